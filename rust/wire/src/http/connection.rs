//! Connections: accepted, served request by request, and ended.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, DATE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use statordb_engine::error::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::body::{self, Failure, Times, Whole};
use super::log::AccessRecord;
use super::other::{self, OtherCall, OtherService};
use super::watchdog::{Marked, Marks, watch as watchdog};
use crate::call::{Call, Headers, Reply, Trace};
use crate::date::http_date;
use crate::error::{self, Exception};
use crate::limits::HEAD_BYTES_MAX;
use crate::reply::{Outcome, reply};
use crate::service::{handle_unsettled, not_durable};

/// Bytes that a connection buffers at most: room for a head that is answered as too long.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
/// Rest after the system could not give us a connection, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const NO_MEMORY: &str = "other requests hold all the memory for bodies; try again";

/// Accepts connections until the shutdown, then waits for those that are left.
pub(super) async fn accept(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    shutdown: watch::Sender<bool>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let connections = shared.options.connections_max.clamp(1, Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(connections));
    let mut ending = shutdown.subscribe();
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            biased;
            () = ended(&mut ending) => break,
            (permit, accepted) = next => match (permit, accepted) {
                (Ok(permit), Ok((stream, _))) => {
                    let connection = serve(stream, Arc::clone(&shared), shutdown.subscribe());
                    tokio::spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                _ => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    let all = u32::try_from(connections).unwrap_or(u32::MAX);
    // What has not ended by then is cut off with the runtime.
    let _ = timeout(shared.options.shutdown_timeout, permits.acquire_many(all)).await;
    Ok(())
}

/// Returns when the server is to end. Should nobody be left to say so, it is over too.
async fn ended(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|ends| *ends).await;
}

/// Serves one connection to its end.
async fn serve(stream: TcpStream, shared: Arc<Shared>, mut ending: watch::Receiver<bool>) {
    // Without it, small replies to pipelined requests would wait for each other; it does not fail on a good socket.
    let _ = stream.set_nodelay(true);
    let marks = Arc::new(Marks::default());
    let (head_timeout, idle_timeout) = (shared.options.head_timeout, shared.options.idle_timeout);
    let io = TokioIo::new(Marked { stream, marks: Arc::clone(&marks) });
    let service = service_fn(|request| {
        let (shared, marks) = (Arc::clone(&shared), Arc::clone(&marks));
        async move {
            marks.begin();
            let response = respond(&shared, request).await;
            marks.end();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .keep_alive(true)
        .max_buf_size(BUFFER_BYTES_MAX)
        .auto_date_header(false)
        .header_read_timeout(None)
        .serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let mut watchdog = std::pin::pin!(watchdog(&marks, head_timeout, idle_timeout));
    let mut is_ending = false;
    loop {
        tokio::select! {
            biased;
            // Its errors are those of the network and of clients; only the log is told.
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    log_garbage(&shared, &error);
                }
                return;
            }
            () = watchdog.as_mut() => return,
            () = ended(&mut ending), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Answers one request.
async fn respond(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, mut body) = request.into_parts();
    if let Some(refusal) = refusal(shared, &head.uri, &head.headers, head.method.as_str()) {
        return logged(shared, refusal);
    }
    if let Some(service) = shared.options.other.as_ref().filter(|service| service.takes(head.uri.path())) {
        let response = elsewhere(shared, service, &head, &mut body).await;
        return logged(shared, response);
    }
    let headers = Headers::collect(head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let call = Call {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers,
        body: &[],
    };
    let refusal = match read(shared, &head, &mut body).await {
        Ok(whole) => return answer(shared, &Call { body: &whole.bytes, ..call }).await,
        Err(Failure::TooLarge) => closing(response(reply(&shared.service, &call, Outcome::TooLarge))),
        Err(Failure::NoMemory) => {
            let failure = error::Failure::new(Exception::Overloaded, NO_MEMORY);
            closing(response(reply(&shared.service, &call, Outcome::Failure(failure))))
        }
        Err(failure) => unread(shared, failure),
    };
    logged(shared, refusal)
}

/// Reads a body. One that is refused is read to its end, within bounds, so that its sender gets to see why.
async fn read<'s>(shared: &'s Shared, head: &Parts, body: &mut Incoming) -> Result<Whole<'s>, Failure> {
    let read = body::read(body, &shared.bodies, Times::of(&shared.options)).await;
    match read {
        Err(Failure::TooLarge) if head.headers.contains_key(EXPECT) => {}
        Err(Failure::TooLarge | Failure::NoMemory) => body::discard(body).await,
        _ => {}
    }
    read
}

/// The reply to a request whose body was not read, in a line; no other follows on its connection.
fn unread(shared: &Shared, failure: Failure) -> Response<Full<Bytes>> {
    closing(match failure {
        Failure::TooLarge => line(shared, StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        Failure::NoMemory => line(shared, StatusCode::SERVICE_UNAVAILABLE, NO_MEMORY),
        Failure::Slow => line(shared, StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"),
        Failure::Broken => line(shared, StatusCode::BAD_REQUEST, "the body is broken"),
    })
}

/// Has another service answer a request.
async fn elsewhere(
    shared: &Shared,
    service: &Arc<dyn OtherService>,
    head: &Parts,
    body: &mut Incoming,
) -> Response<Full<Bytes>> {
    let whole = match read(shared, head, body).await {
        Ok(whole) => whole,
        Err(failure) => return unread(shared, failure),
    };
    let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    let call = OtherCall {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().filter_map(text).collect(),
        body: whole.bytes.clone(),
    };
    other::ask(service, call).await
}

/// Logs a reply to a request that was not read, and so has no operation and no table.
fn logged(shared: &Shared, response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let bytes = response.body().size_hint().exact().unwrap_or_default();
    log_refusal(shared, id, response.status().as_u16(), usize::try_from(bytes).unwrap_or_default());
    response
}

fn log_refusal(shared: &Shared, request_id: &str, status: u16, bytes: usize) {
    if let Some(log) = &shared.options.access_log {
        let time_ms = shared.service.clock.now_ms();
        log(&AccessRecord { time_ms, request_id, operation: None, table: None, status, bytes, microseconds: 0 });
    }
}

/// Logs a head that made no sense; hyper has answered it.
fn log_garbage(shared: &Shared, error: &hyper::Error) {
    let status =
        if error.is_parse_too_large() { StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    if error.is_parse() {
        log_refusal(shared, "", status.as_u16(), 0);
    }
}

/// What is refused for its head alone.
fn refusal(shared: &Shared, uri: &hyper::Uri, headers: &HeaderMap, method: &str) -> Option<Response<Full<Bytes>>> {
    let block: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let target = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if block > HEAD_BYTES_MAX || method.len() + target + " HTTP/1.1 ".len() > HEAD_BYTES_MAX {
        return Some(closing(line(shared, StatusCode::BAD_REQUEST, "the head of the request is over 16 KB")));
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_allowed = host.is_some_and(|host| shared.hosts.allow(host))
        && headers.get_all(HOST).iter().count() == 1
        && uri.authority().is_none_or(|authority| shared.hosts.allow(authority.as_str()));
    if is_allowed {
        return None;
    }
    let text = "this server does not answer to the name in the Host header; give it with `--allow-host`";
    Some(line(shared, StatusCode::FORBIDDEN, text))
}

async fn answer(shared: &Shared, call: &Call<'_>) -> Response<Full<Bytes>> {
    let Some(log) = &shared.options.access_log else {
        return response(reply_to(shared, call, &mut Trace::default()).await);
    };
    let mut trace = Trace { wants_table: true, ..Trace::default() };
    let start = Instant::now();
    let reply = reply_to(shared, call, &mut trace).await;
    log(&AccessRecord {
        time_ms: shared.service.clock.now_ms(),
        request_id: reply.header("x-amzn-requestid").unwrap_or_default(),
        operation: trace.operation.map(|operation| operation.name()),
        table: trace.table.as_deref(),
        status: reply.status,
        bytes: reply.body.len(),
        microseconds: u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
    });
    response(reply)
}

/// The reply to a call, when it may be sent. No thread waits for the disk meanwhile.
async fn reply_to(shared: &Shared, call: &Call<'_>, trace: &mut Trace) -> Reply {
    let (reply, unsettled) = handle_unsettled(&shared.service, call, trace);
    let Some(met) = unsettled else { return reply };
    let (told, durable) = oneshot::channel();
    shared.service.engine().when_settled(met, move |settled| drop(told.send(settled)));
    match durable.await {
        Ok(Ok(())) => reply,
        Ok(Err(error)) => not_durable(&shared.service, call, &error),
        Err(_) => not_durable(&shared.service, call, &Error::internal("nobody told whether a commit is durable")),
    }
}

/// A reply in hyper's form.
fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        // Values that were taken from the request came through the same checks there.
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value.into_owned())) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A reply of our own: a status and why, in one line.
fn line(shared: &Shared, status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(date) = HeaderValue::try_from(http_date(shared.service.clock.now_ms())) {
        headers.insert(DATE, date);
    }
    response
}

/// The last reply of its connection.
fn closing(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
