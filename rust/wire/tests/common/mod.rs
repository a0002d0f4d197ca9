//! What the tests of this crate share: a service whose time and chance are fixed, and calls to it.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses a part")]

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;
use statordb_engine::clock::{Clock, Random};
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};
use statordb_wire::{Call, Headers, Reply, Service, ServiceOptions, handle};

pub const NOW_MS: u64 = 1_795_412_760_123;
pub const DATE: &str = "Mon, 23 Nov 2026 05:46:00 GMT";
pub const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-2/dynamodb/aws4_request, \
                                 SignedHeaders=host;x-amz-date, Signature=0123";

/// A clock that stands still, and panics when it is told to.
#[derive(Debug, Default)]
pub struct Still {
    pub panics: AtomicBool,
}

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        assert!(!self.panics.load(Ordering::Relaxed), "the clock was told to panic");
        NOW_MS
    }
}

/// A clock that a test moves.
#[derive(Debug)]
pub struct Moved(pub AtomicU64);

impl Default for Moved {
    fn default() -> Self {
        Self(AtomicU64::new(NOW_MS))
    }
}

impl Clock for Moved {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub struct Counted(AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = (self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
        }
    }
}

/// A service over an empty engine, and what it was passed.
pub struct Fixture {
    pub service: Arc<Service>,
    /// The engine's clock; the service has one of its own.
    pub engine_clock: Arc<Still>,
    pub faults: Arc<Mutex<Vec<String>>>,
}

pub fn fixture() -> Fixture {
    fixture_with(ServiceOptions::default())
}

pub fn fixture_with(options: ServiceOptions) -> Fixture {
    let engine_clock = Arc::new(Still::default());
    let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let random = Arc::new(Counted::default());
    let engine = Engine::open(store, engine_clock.clone(), random, EngineOptions::default()).unwrap();
    let engine = Arc::new(engine);
    let faults = Arc::new(Mutex::new(Vec::new()));
    let reported = faults.clone();
    let options = ServiceOptions {
        on_fault: Some(Arc::new(move |fault: &str| reported.lock().unwrap().push(fault.to_owned()))),
        ..options
    };
    let service = Service::new(engine, Arc::new(Still::default()), Arc::new(Counted::default()), options);
    Fixture { service: Arc::new(service), engine_clock, faults }
}

/// Headers of a good request.
pub fn headers(target: &str) -> Headers<'_> {
    Headers {
        target: Some(target),
        content_type: Some("application/x-amz-json-1.0"),
        authorization: Some(AUTHORIZATION),
        amz_date: Some("20261123T054600Z"),
        ..Headers::default()
    }
}

pub fn post<'a>(headers: Headers<'a>, body: &'a [u8]) -> Call<'a> {
    Call { method: "POST", path: "/", query: "", headers, body }
}

impl Fixture {
    pub fn send(&self, call: &Call<'_>) -> Reply {
        handle(&self.service, call)
    }

    /// A good request of `operation`.
    pub fn call(&self, operation: &str, body: &str) -> Reply {
        self.send(&post(headers(&format!("DynamoDB_20120810.{operation}")), body.as_bytes()))
    }

    /// The same, which must succeed; its body.
    pub fn ok(&self, operation: &str, body: &str) -> Value {
        let reply = self.call(operation, body);
        let text = text(&reply);
        assert_eq!(reply.status, 200, "{operation} {body}: {text}");
        serde_json::from_str(text).unwrap()
    }

    pub fn with_table(self) -> Self {
        self.ok(
            "CreateTable",
            r#"{"TableName":"films","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#,
        );
        self.ok("DescribeTable", r#"{"TableName":"films"}"#);
        self
    }
}

/// A service whose engine has a clock that is moved.
pub struct Timed {
    pub service: Service,
    pub engine: Arc<Engine>,
    pub clock: Arc<Moved>,
}

impl Timed {
    pub fn with(options: EngineOptions) -> Self {
        let clock = Arc::new(Moved::default());
        let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
        let engine = Arc::new(Engine::open(store, clock.clone(), Arc::new(Counted::default()), options).unwrap());
        let (still, random) = (Arc::new(Still::default()), Arc::new(Counted::default()));
        Self { service: Service::new(engine.clone(), still, random, ServiceOptions::default()), engine, clock }
    }

    pub fn pass_ms(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// The status and the body of a reply.
    pub fn call(&self, operation: &str, body: &Value) -> (u16, Value) {
        let target = format!("DynamoDB_20120810.{operation}");
        let reply = handle(&self.service, &post(headers(&target), body.to_string().as_bytes()));
        (reply.status, serde_json::from_str(text(&reply)).unwrap())
    }

    /// The body of a reply to a request that must succeed.
    pub fn ok(&self, operation: &str, body: &Value) -> Value {
        let (status, answer) = self.call(operation, body);
        assert_eq!(status, 200, "{operation} {body}: {answer}");
        answer
    }
}

pub fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}
