//! Another service on the same port: it takes the requests of its paths, and answers them from a thread that may wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

/// A request of another service, whole.
#[derive(Debug)]
pub struct OtherCall {
    /// The method, in capitals.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query, without its question mark; may be empty.
    pub query: String,
    /// All headers; names in small letters, values that are text.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Its answer.
#[derive(Debug)]
pub struct OtherReply {
    /// The status.
    pub status: u16,
    /// All headers but those of the connection.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl OtherReply {
    /// A fault of the service's.
    pub fn fault() -> Self {
        Self {
            status: 500,
            headers: Vec::new(),
            body: b"{\"Type\":\"Service\",\"Message\":\"internal error\"}".to_vec(),
        }
    }
}

/// Another service.
pub trait OtherService: Send + Sync {
    /// Whether the requests of a path are its own.
    fn takes(&self, path: &str) -> bool;

    /// Answers one request. It may take its time.
    fn answer(&self, call: OtherCall) -> OtherReply;
}

/// The answer of another service, in hyper's form. No thread of the server waits for it.
pub(super) async fn ask(service: &Arc<dyn OtherService>, call: OtherCall) -> Response<Full<Bytes>> {
    let service = Arc::clone(service);
    // A panic ends this request alone.
    let answer = move || catch_unwind(AssertUnwindSafe(|| service.answer(call)));
    let answered = tokio::task::spawn_blocking(answer).await;
    let reply = answered.ok().and_then(Result::ok).unwrap_or_else(OtherReply::fault);
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
