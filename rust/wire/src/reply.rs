//! Replies: status, headers and body, as AWS sends them.
//!
//! Every reply has a request id and the checksum of its body as sent, errors too.

use std::borrow::Cow;

use crate::Service;
use crate::call::{Call, Reply};
use crate::date::http_date;
use crate::encoding;
use crate::error::Failure;
use crate::run::write_json;

/// What a call came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The body of a result.
    Body(Vec<u8>),
    /// An exception.
    Failure(Failure),
    /// The health text.
    Health,
    /// The answer to a browser that asks what it may send.
    Preflight,
    /// No such thing here.
    NotFound,
    /// The body is over the limit.
    TooLarge,
}

const JSON: &str = "application/x-amz-json-1.0";
/// AWS's answer to what is not a request of the API.
const NOT_FOUND: &[u8] = b"<UnknownOperationException/>\n";
/// Seconds for which a browser may keep the answer to its preflight.
const PREFLIGHT_SECONDS: &str = "172800";

/// Makes the reply of an outcome.
pub(crate) fn reply(service: &Service, call: &Call<'_>, outcome: Outcome) -> Reply {
    let mut headers: Vec<(&'static str, Cow<'static, str>)> = Vec::with_capacity(8);
    headers.push(("server", Cow::Borrowed("Server")));
    headers.push(("x-amzn-requestid", request_id(service).into()));
    let (status, body) = match outcome {
        Outcome::Body(body) => (200, json(call, body, &mut headers)),
        Outcome::Failure(failure) => {
            let mut body = Vec::with_capacity(256);
            // Writing to memory does not fail; should it, an empty body is still an answer.
            let _ = write_json(&failure, &mut body);
            (failure.exception().status(), json(call, body, &mut headers))
        }
        Outcome::Health => (200, format!("healthy: dynamodb.{}.amazonaws.com ", service.options.region).into_bytes()),
        Outcome::Preflight => (200, Vec::new()),
        Outcome::NotFound => (404, NOT_FOUND.to_vec()),
        Outcome::TooLarge => (413, Vec::new()),
    };
    headers.push(("x-amz-crc32", crc32fast::hash(&body).to_string().into()));
    headers.push(("date", http_date(service.clock.now_ms()).into()));
    cross_origin(service, call, &mut headers);
    Reply { status, headers, body }
}

/// Adds what a JSON body needs, and compresses it where that is worth it and allowed.
fn json(call: &Call<'_>, body: Vec<u8>, headers: &mut Vec<(&'static str, Cow<'static, str>)>) -> Vec<u8> {
    let plain = call.headers.content_type.is_some_and(|kind| media_type(kind).eq_ignore_ascii_case("application/json"));
    headers.push(("content-type", Cow::Borrowed(if plain { "application/json" } else { JSON })));
    let encoding = encoding::choose(call.headers.accept_encoding, body.len());
    match encoding.and_then(|encoding| Some((encoding, encoding::compressed(encoding, &body)?))) {
        Some((encoding, compressed)) => {
            headers.push(("content-encoding", Cow::Borrowed(encoding.name())));
            compressed
        }
        None => body,
    }
}

/// A content type without its parameters.
pub(crate) fn media_type(content_type: &str) -> &str {
    content_type.split_once(';').map_or(content_type, |(kind, _)| kind).trim()
}

/// What a browser needs to see before it shows an answer to a page of another origin.
fn cross_origin(service: &Service, call: &Call<'_>, headers: &mut Vec<(&'static str, Cow<'static, str>)>) {
    let Some(origin) = call.headers.origin else { return };
    if !service.options.origins.allow(origin) {
        return;
    }
    headers.push(("access-control-allow-origin", Cow::Borrowed("*")));
    if call.method != "OPTIONS" {
        return;
    }
    if let Some(asked) = call.headers.cors_headers {
        headers.push(("access-control-allow-headers", asked.to_owned().into()));
    }
    if let Some(asked) = call.headers.cors_method {
        headers.push(("access-control-allow-methods", asked.to_owned().into()));
    }
    headers.push(("access-control-max-age", Cow::Borrowed(PREFLIGHT_SECONDS)));
}

/// 52 characters, five random bits each.
fn request_id(service: &Service) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
    let mut bytes = [0_u8; 52];
    service.random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(DIGITS.get(usize::from(byte & 31)).copied().unwrap_or(b'0'))).collect()
}
