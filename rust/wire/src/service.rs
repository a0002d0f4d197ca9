//! One call, from its bytes to its reply: the order of checks, written as a list.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::de::IgnoredAny;
use statordb_engine::clock::{Clock, Random};
use statordb_engine::error::{Error, ErrorKind};
use statordb_engine::ops::Caller;
use statordb_engine::stream::feeding;
use statordb_engine::{Engine, Unsettled, Wording};

use crate::bounds;
use crate::call::{Call, Reply, Trace};
use crate::encoding;
use crate::error::{Exception, Failure};
use crate::limits::BODY_BYTES_MAX;
use crate::operation::{Operation, Target};
use crate::origins::Origins;
use crate::reply::{Outcome, media_type, reply};
use crate::run::run_json;
use crate::shapes::{Request, parse_worded};
use crate::sigv4;

/// What answers calls: an engine, and what is passed in.
pub struct Service {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) options: ServiceOptions,
}

/// Told of a fault of ours: what happened, for the log.
pub type FaultReport = Arc<dyn Fn(&str) + Send + Sync>;

/// What can be chosen about a service.
#[derive(Clone)]
pub struct ServiceOptions {
    /// The region of a caller whose credentials name none, and of the health text.
    pub region: String,
    /// The pages that may read answers.
    pub origins: Origins,
    /// Told of faults of ours; the caller only learns that there was one.
    pub on_fault: Option<FaultReport>,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self { region: "us-east-1".into(), origins: Origins::default(), on_fault: None }
    }
}

impl Service {
    /// A service of `engine`. The clock tells the dates of replies, the random source makes their ids.
    pub fn new(engine: Arc<Engine>, clock: Arc<dyn Clock>, random: Arc<dyn Random>, options: ServiceOptions) -> Self {
        Self { engine, clock, random, options }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    fn report(&self, fault: &str) {
        if let Some(on_fault) = &self.options.on_fault {
            on_fault(fault);
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Service").field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// Answers one call.
pub fn handle(service: &Service, call: &Call<'_>) -> Reply {
    let (answered, unsettled) = handle_unsettled(service, call, &mut Trace::default());
    match unsettled.map_or(Ok(()), |met| service.engine.settle(met)) {
        Ok(()) => answered,
        Err(error) => not_durable(service, call, &error),
    }
}

/// Answers one call, and tells what it was, and what has to be durable before the reply may be sent.
pub(crate) fn handle_unsettled(service: &Service, call: &Call<'_>, trace: &mut Trace) -> (Reply, Option<Unsettled>) {
    // A panic ends this request alone.
    let mut guarded = || catch_unwind(AssertUnwindSafe(|| outcome(service, call, trace)));
    let (outcome, unsettled) = service.engine.unsettled(|| match call.headers.trace_id.and_then(feeder) {
        Some(feeder) => feeding(feeder, guarded),
        None => guarded(),
    });
    let outcome = outcome.unwrap_or_else(|panic| {
        service.report(&panic_text(panic.as_ref()));
        Outcome::Failure(Failure::internal())
    });
    (reply(service, call, outcome), unsettled)
}

/// The reply in the place of one that must not be sent, since what it tells of may be lost.
pub(crate) fn not_durable(service: &Service, call: &Call<'_>, error: &Error) -> Reply {
    service.report(error.message());
    reply(service, call, Outcome::Failure(Failure::internal()))
}

/// Who has started the function that sends a request: the second part of its lineage, as in `Lineage=1:a87bd80c:0`.
fn feeder(trace_id: &str) -> Option<u64> {
    let lineage = trace_id.split(';').find_map(|part| part.trim().strip_prefix("Lineage="))?;
    u64::from_str_radix(lineage.split(':').nth(1)?, 16).ok()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a request panicked: {}", text.unwrap_or("without a message"))
}

/// What a call comes to. The order of checks is AWS's (recorded); what comes first is reported first:
///
/// 1. size: a body over 16 MiB is not read
/// 2. method and content type: only a POST of JSON is a request of the API
/// 3. the body's encoding, and its syntax as JSON
/// 4. the target
/// 5. the signature's form
/// 6. an empty body
/// 7. types of members, then their constraints
/// 8. what the caller may do
/// 9. everything that the engine knows: meaning, tables, conditions
fn outcome(service: &Service, call: &Call<'_>, trace: &mut Trace) -> Outcome {
    if call.body.len() > BODY_BYTES_MAX {
        return Outcome::TooLarge;
    }
    match call.method {
        "POST" if call.body.is_empty() || has_json(call) => {}
        "GET" if call.path == "/" => return Outcome::Health,
        "OPTIONS" if call.headers.origin.is_some() => return Outcome::Preflight,
        _ => return Outcome::NotFound,
    }
    match operate(service, call, trace) {
        Ok(body) => Outcome::Body(body),
        Err(failure) => Outcome::Failure(failure),
    }
}

fn has_json(call: &Call<'_>) -> bool {
    let kind = media_type(call.headers.content_type.unwrap_or_default());
    kind.eq_ignore_ascii_case("application/x-amz-json-1.0") || kind.eq_ignore_ascii_case("application/json")
}

fn operate(service: &Service, call: &Call<'_>, trace: &mut Trace) -> Result<Vec<u8>, Failure> {
    let body = encoding::decoded(call.headers.content_encoding, call.body)?;
    let text = std::str::from_utf8(&body).map_err(|_| malformed())?;
    let (operation, region) = addressed(call, trace).map_err(|failure| syntax_first(text, failure))?;
    let region = if region.is_empty() { service.options.region.as_str() } else { &region };
    let request = parse_json_worded(operation, text, service.engine.wording())?;
    if trace.wants_table {
        trace.table = request.table().map(str::to_owned);
    }
    run(service, &Caller { region }, request)
}

/// Steps 4 and 5: which operation is asked for, and in which region.
fn addressed<'a>(call: &Call<'a>, trace: &mut Trace) -> Result<(Operation, Cow<'a, str>), Failure> {
    let operation = target(call)?;
    trace.operation = Some(operation);
    Ok((operation, sigv4::region(&call.headers, call.query)?))
}

fn target(call: &Call<'_>) -> Result<Operation, Failure> {
    match Target::parse(call.headers.target.unwrap_or_default()) {
        Target::Known(operation) => Ok(operation),
        Target::NotYet(name) => Err(Failure::not_yet(name)),
        Target::Unknown => Err(Failure::silent(Exception::UnknownOperation)),
    }
}

/// Reads the parameters of `operation` from the JSON of a body: steps 6 and 7.
///
/// # Errors
/// As [`crate::parse`], and a SerializationException without a text when this is not JSON.
pub fn parse_json(operation: Operation, text: &str) -> Result<Request<'_>, Failure> {
    parse_json_worded(operation, text, Wording::default())
}

/// The same, with what is wrong told in the words of `wording`.
///
/// # Errors
/// As [`parse_json`].
pub fn parse_json_worded(operation: Operation, text: &str, wording: Wording) -> Result<Request<'_>, Failure> {
    if !bounds::are_kept(text.as_bytes()) {
        return Err(malformed());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let request = parse_worded(operation, &mut deserializer, wording).map_err(|failure| syntax_first(text, failure))?;
    deserializer.end().map_err(|_| malformed())?;
    Ok(request)
}

/// The syntax of a body is checked before anything that it says, but it is only known when all of it is read. So it is
/// looked at on its own when something else was wrong, and costs nothing otherwise.
fn syntax_first(text: &str, failure: Failure) -> Failure {
    let is_json = text.is_empty() || serde_json::from_str::<IgnoredAny>(text).is_ok();
    if is_json { failure } else { malformed() }
}

fn malformed() -> Failure {
    Failure::silent(Exception::Serialization)
}

/// Steps 8 and 9.
fn run(service: &Service, caller: &Caller<'_>, request: Request<'_>) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::with_capacity(1024);
    match run_json(&service.engine, caller, request, &mut body) {
        Ok(()) => Ok(body),
        Err(error) => Err(failure(service, error)),
    }
}

fn failure(service: &Service, error: Error) -> Failure {
    if error.kind() == ErrorKind::Internal {
        service.report(error.message());
    }
    error.into()
}
