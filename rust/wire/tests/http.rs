//! The listener, spoken to through sockets on the loopback interface.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use common::{AUTHORIZATION, Fixture, fixture};
use statordb_wire::http::{AccessRecord, Server, ServerError, ServerOptions, ShutdownHandle};

/// A server that runs until it is dropped.
struct Running {
    address: SocketAddr,
    handle: ShutdownHandle,
    thread: Option<JoinHandle<()>>,
    fixture: Fixture,
}

fn options() -> ServerOptions {
    ServerOptions { address: SocketAddr::from(([127, 0, 0, 1], 0)), workers: 1, ..ServerOptions::default() }
}

fn run(options: ServerOptions) -> Running {
    let fixture = fixture().with_table();
    let server = Server::bind(options, fixture.service.clone()).unwrap();
    let (address, handle) = (server.address(), server.shutdown_handle());
    let thread = std::thread::spawn(move || server.run().unwrap());
    Running { address, handle, thread: Some(thread), fixture }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

struct Response {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Response {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn has(&self, header: &str) -> bool {
        self.head.to_ascii_lowercase().lines().any(|line| line == header)
    }
}

struct Client {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Client {
    fn connect(server: &Running) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream, rest: Vec::new() }
    }

    fn write(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that has seen enough may close before all is written.
        let _ = self.stream.write_all(bytes.as_ref());
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 65536];
        match self.stream.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.rest.extend_from_slice(&buffer[..count]);
                true
            }
        }
    }

    fn response(&mut self) -> Option<Response> {
        let end = loop {
            match self.rest.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break end,
                None if self.more() => {}
                None => return None,
            }
        };
        let head = String::from_utf8(self.rest.drain(..end + 4).collect()).unwrap();
        let lengths = head
            .lines()
            .filter_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
        let length: usize = lengths.sum();
        while self.rest.len() < length && self.more() {}
        let status = head[9..12].parse().unwrap();
        Some(Response { status, head, body: self.rest.drain(..length).collect() })
    }

    fn is_closed(&mut self) -> bool {
        assert!(self.rest.is_empty(), "{}", String::from_utf8_lossy(&self.rest));
        !self.more()
    }
}

fn head(operation: &str, more: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost:8000\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Type: \
         application/x-amz-json-1.0\r\nX-Amz-Date: 20261123T054600Z\r\nAuthorization: {AUTHORIZATION}\r\n{more}\r\n"
    )
}

fn request(operation: &str, body: &str) -> String {
    head(operation, &format!("Content-Length: {}\r\n", body.len())) + body
}

fn put(key: &str) -> String {
    request("PutItem", &format!(r#"{{"TableName":"films","Item":{{"pk":{{"S":"{key}"}}}}}}"#))
}

fn get(key: &str) -> String {
    request("GetItem", &format!(r#"{{"TableName":"films","Key":{{"pk":{{"S":"{key}"}}}}}}"#))
}

#[test]
fn requests_share_a_connection() {
    let server = run(options());
    let mut client = Client::connect(&server);
    for round in 0..3 {
        client.write(put(&format!("k{round}")));
        let response = client.response().unwrap();
        assert_eq!((response.status, response.text()), (200, "{}"));
        assert!(
            response.has("content-type: application/x-amz-json-1.0") && response.head.contains("x-amzn-requestid: ")
        );
        assert!(response.has(&format!("x-amz-crc32: {}", crc32fast::hash(b"{}"))));
        assert_eq!(response.head.matches("date: ").count(), 1, "one date: {}", response.head);
        client.write(get(&format!("k{round}")));
        assert_eq!(client.response().unwrap().text(), format!(r#"{{"Item":{{"pk":{{"S":"k{round}"}}}}}}"#));
    }
}

#[test]
fn requests_may_be_sent_ahead() {
    let server = run(options());
    let mut client = Client::connect(&server);
    client.write((0..20).map(|key| put(&format!("k{key}"))).collect::<String>() + &get("k7") + &get("none"));
    for _ in 0..20 {
        assert_eq!(client.response().unwrap().text(), "{}");
    }
    assert_eq!(client.response().unwrap().text(), r#"{"Item":{"pk":{"S":"k7"}}}"#);
    assert_eq!(client.response().unwrap().text(), "{}");
}

#[test]
fn a_client_may_ask_to_close() {
    let server = run(options());
    let mut client = Client::connect(&server);
    client.write(head("ListTables", "Connection: close\r\nContent-Length: 2\r\n") + "{}");
    let response = client.response().unwrap();
    assert!(response.status == 200 && response.has("connection: close"), "{}", response.head);
    assert!(client.is_closed());
}

#[test]
fn bodies_may_come_in_pieces_and_chunks() {
    let server = run(options());
    let mut client = Client::connect(&server);
    let whole = put("pieces");
    for piece in whole.as_bytes().chunks(40) {
        client.write(piece);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(client.response().unwrap().status, 200);
    let long = "x".repeat(100_000);
    let body = format!(r#"{{"TableName":"films","Item":{{"pk":{{"S":"chunks"}},"long":{{"S":"{long}"}}}}}}"#);
    client.write(head("PutItem", "Transfer-Encoding: chunked\r\n"));
    for chunk in body.as_bytes().chunks(30_000) {
        client.write(format!("{:x}\r\n", chunk.len()));
        client.write(chunk);
        client.write("\r\n");
    }
    client.write("0\r\n\r\n");
    assert_eq!(client.response().unwrap().text(), "{}");
    client.write(get("chunks"));
    assert!(client.response().unwrap().body.len() > long.len());
    client.write(head("PutItem", "Transfer-Encoding: chunked\r\n") + "zz\r\n");
    assert_eq!(client.response().unwrap().status, 400);
}

#[test]
fn a_body_of_16_mb_is_read_and_a_larger_one_is_not() {
    let server = run(options());
    let most = 16 * 1024 * 1024;
    let mut client = Client::connect(&server);
    client.write(head("ListTables", &format!("Content-Length: {most}\r\n")));
    client.write(vec![b' '; most - 2]);
    client.write("{}");
    assert_eq!(client.response().unwrap().status, 200);
    client.write(head("ListTables", &format!("Content-Length: {}\r\n", most + 1)));
    client.write(vec![b' '; most + 1]);
    let response = client.response().unwrap();
    assert_eq!((response.status, response.body.len()), (413, 0));
    assert!(response.has("connection: close") && client.is_closed());
    // A client that asks first is answered before it sends anything.
    let mut client = Client::connect(&server);
    client.write(head("ListTables", &format!("Expect: 100-continue\r\nContent-Length: {}\r\n", most + 1)));
    assert_eq!(client.response().unwrap().status, 413);
    // A length is not needed to be refused.
    let mut client = Client::connect(&server);
    client.write(head("ListTables", "Transfer-Encoding: chunked\r\n"));
    for _ in 0..17 {
        client.write(format!("{:x}\r\n", 1024 * 1024));
        client.write(vec![b' '; 1024 * 1024]);
        client.write("\r\n");
    }
    client.write("0\r\n\r\n");
    assert_eq!(client.response().unwrap().status, 413);
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on() {
    let server = run(options());
    let mut client = Client::connect(&server);
    client.write(head("ListTables", "Expect: 100-continue\r\nContent-Length: 2\r\n"));
    assert!(client.more() && client.rest.starts_with(b"HTTP/1.1 100 "));
    client.rest.clear();
    client.write("{}");
    assert_eq!(client.response().unwrap().text(), r#"{"TableNames":["films"]}"#);
}

#[test]
fn heads_over_16_kb_are_refused() {
    let server = run(options());
    let mut client = Client::connect(&server);
    client.write(head("ListTables", &format!("X-Long: {}\r\nContent-Length: 2\r\n", "x".repeat(15_000))) + "{}");
    assert_eq!(client.response().unwrap().status, 200);
    for more in [format!("X-Long: {}\r\n", "x".repeat(16_384)), "X-Short: abcdefg\r\n".repeat(1_000)] {
        let mut client = Client::connect(&server);
        client.write(head("ListTables", &format!("{more}Content-Length: 2\r\n")) + "{}");
        let status = client.response().unwrap().status;
        // More than a hundred headers are refused before they are counted in bytes.
        assert!(status == 400 || (status == 431 && more.len() > 17_000), "{status}");
        assert!(client.is_closed());
    }
    let mut client = Client::connect(&server);
    client.write(format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(16_384)));
    assert_eq!(client.response().unwrap().status, 400);
}

#[test]
fn only_known_names_are_answered() {
    let server = run(ServerOptions { allowed_hosts: vec!["database".into()], ..options() });
    let ask = |host: &str, target: &str| {
        let mut client = Client::connect(&server);
        client.write(format!("GET {target} HTTP/1.1\r\n{host}\r\n"));
        client.response().unwrap()
    };
    let hosts = ["localhost:1", "127.0.0.1", "[::1]:8000", "database:8000", "dynamodb.us-east-1.amazonaws.com"];
    for host in hosts {
        let response = ask(&format!("Host: {host}\r\n"), "/");
        assert_eq!(response.text(), "healthy: dynamodb.us-east-1.amazonaws.com ", "{host}");
    }
    for hosts in ["Host: example.com\r\n", "", "Host: \r\n", "Host: localhost\r\nHost: example.com\r\n"] {
        let response = ask(hosts, "/");
        assert_eq!(response.status, 403, "{hosts}");
        assert_eq!(
            response.text(),
            "this server does not answer to the name in the Host header; give it with `--allow-host`"
        );
    }
    // Before anything else of the request is looked at.
    assert_eq!(ask("Host: example.com\r\nX-Amz-Target: x\r\n", "/any").status, 403);
    assert_eq!(ask("Host: localhost\r\n", "http://example.com/").status, 403);
}

#[test]
fn other_machines_are_not_listened_to_by_accident() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8000"] {
        let error = Server::bind(ServerOptions { address: address.parse().unwrap(), ..options() }, fixture().service);
        let error = error.unwrap_err();
        assert!(matches!(error, ServerError::Public(_)));
        assert!(error.to_string().contains("`--allow-public`") && error.to_string().contains(address), "{error}");
    }
}

#[test]
fn an_address_in_use_is_an_error_that_names_it() {
    let server = run(options());
    let error = Server::bind(ServerOptions { address: server.address, ..options() }, fixture().service).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on `{}`: ", server.address)), "{error}");
}

#[test]
fn slow_heads_and_bodies_end_and_idle_connections_too() {
    let server = run(ServerOptions {
        head_timeout: Duration::from_millis(100),
        body_timeout: Duration::from_millis(100),
        idle_timeout: Duration::from_millis(600),
        ..options()
    });
    let start = Instant::now();
    let mut slow = Client::connect(&server);
    // A byte now and then does not help.
    while start.elapsed() < Duration::from_secs(10) && slow.stream.write_all(b"P").is_ok() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

    let mut client = Client::connect(&server);
    client.write(head("ListTables", "Content-Length: 2\r\n") + "{");
    assert_eq!(client.response().unwrap().status, 408);
    assert!(client.is_closed());

    let mut idle = Client::connect(&server);
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(300));
        idle.write(get("none"));
        assert_eq!(idle.response().unwrap().status, 200, "a connection in use stays");
    }
    let start = Instant::now();
    assert!(idle.is_closed());
    assert!(start.elapsed() >= Duration::from_millis(450), "{:?}", start.elapsed());
}

fn put_of(bytes: usize) -> String {
    let long = "x".repeat(bytes);
    request("PutItem", &format!(r#"{{"TableName":"films","Item":{{"pk":{{"S":"long"}},"long":{{"S":"{long}"}}}}}}"#))
}

/// What a head announces used to be reserved before the first byte of the body came, so that 16 connections that sent only
/// heads kept every other body over 64 KB waiting for a minute.
#[test]
fn bodies_that_are_only_announced_hold_no_memory() {
    let server = run(ServerOptions { bodies_bytes_max: 16 * 1024 * 1024, ..options() });
    let mut silent: Vec<Client> = (0..16).map(|_| Client::connect(&server)).collect();
    for (number, client) in silent.iter_mut().enumerate() {
        let how = if number % 2 == 0 { "Content-Length: 16777216\r\n" } else { "Transfer-Encoding: chunked\r\n" };
        client.write(head("PutItem", how));
        if number % 4 == 1 {
            client.write(format!("{:x}\r\n", 70_000) + &" ".repeat(70_000));
        }
    }
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    let mut client = Client::connect(&server);
    client.write(put_of(300_000));
    assert_eq!(client.response().unwrap().text(), "{}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// Bodies that wait for each other's memory end, and what they held serves the next.
#[test]
fn bodies_that_get_no_memory_are_throttled_and_the_rest_goes_on() {
    let server = run(ServerOptions {
        bodies_bytes_max: 16 * 1024 * 1024,
        body_timeout: Duration::from_secs(30),
        body_stall_timeout: Duration::from_secs(3),
        body_memory_timeout: Duration::from_millis(300),
        ..options()
    });
    let most = 16 * 1024 * 1024;
    let mut halves: Vec<Client> = (0..4).map(|_| Client::connect(&server)).collect();
    for client in &mut halves {
        client.write(head("ListTables", &format!("Content-Length: {most}\r\n")));
        client.write(vec![b' '; 3 * 1024 * 1024]);
    }
    std::thread::sleep(Duration::from_millis(100));
    // Together they hold all that there is, and each of them needs more.
    let bodies: Vec<JoinHandle<(u16, String)>> = halves
        .into_iter()
        .map(|mut client| {
            std::thread::spawn(move || {
                client.write(vec![b' '; most - 3 * 1024 * 1024 - 2]);
                client.write("{}");
                let response = client.response().unwrap();
                assert!(response.status == 200 || response.has("connection: close"), "{}", response.head);
                (response.status, response.text().to_owned())
            })
        })
        .collect();
    let answers: Vec<(u16, String)> = bodies.into_iter().map(|body| body.join().unwrap()).collect();
    let throttled = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\",\"message\":\"other requests hold \
                     all the memory for bodies; try again\"}";
    assert!(answers.iter().any(|answer| answer.0 == 503), "they do not fit together");
    for (status, text) in &answers {
        assert!(*status == 200 || (*status == 503 && text == throttled), "{status} {text}");
    }
    // All of it has come back.
    let mut client = Client::connect(&server);
    client.write(head("ListTables", &format!("Content-Length: {most}\r\n")));
    client.write(vec![b' '; most - 2]);
    client.write("{}");
    assert_eq!(client.response().unwrap().status, 200);
}

/// The wait for memory is not the sender's fault.
#[test]
fn a_wait_for_memory_does_not_count_as_slowness() {
    let server = run(ServerOptions {
        bodies_bytes_max: 16 * 1024 * 1024,
        body_timeout: Duration::from_secs(2),
        body_stall_timeout: Duration::from_secs(2),
        body_memory_timeout: Duration::from_secs(10),
        ..options()
    });
    let most = 16 * 1024 * 1024;
    let mut first = Client::connect(&server);
    first.write(head("ListTables", &format!("Content-Length: {most}\r\n")));
    first.write(vec![b' '; most - 2]);
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    let mut second = Client::connect(&server);
    second.write(put_of(300_000));
    // The first never ends, and is ended.
    assert_eq!(first.response().unwrap().status, 408);
    assert_eq!(second.response().unwrap().text(), "{}");
    assert!(start.elapsed() >= Duration::from_secs(1), "the second waited: {:?}", start.elapsed());
}

#[test]
fn a_body_that_stalls_is_ended_and_a_slow_one_is_not() {
    let server = run(ServerOptions { body_stall_timeout: Duration::from_millis(400), ..options() });
    let mut stalled = Client::connect(&server);
    let start = Instant::now();
    stalled.write(head("ListTables", "Content-Length: 16777216\r\n") + "{");
    assert_eq!(stalled.response().unwrap().status, 408);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(stalled.is_closed());
    let mut slow = Client::connect(&server);
    slow.write(head("ListTables", "Content-Length: 10\r\n"));
    for byte in b"{        }" {
        std::thread::sleep(Duration::from_millis(80));
        slow.write([*byte]);
    }
    assert_eq!(slow.response().unwrap().status, 200);
}

#[test]
fn connections_beyond_the_limit_wait() {
    let server = run(ServerOptions { connections_max: 2, ..options() });
    let mut first = Client::connect(&server);
    let mut second = Client::connect(&server);
    for client in [&mut first, &mut second] {
        client.write(get("none"));
        assert_eq!(client.response().unwrap().status, 200);
    }
    let mut third = Client::connect(&server);
    third.stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    third.write(get("none"));
    assert!(third.response().is_none(), "nobody serves it yet");
    drop(first);
    third.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(third.response().unwrap().status, 200);
}

#[test]
fn a_shutdown_lets_requests_end_and_nothing_begin() {
    let mut server = run(ServerOptions { shutdown_timeout: Duration::from_secs(10), ..options() });
    let mut idle = Client::connect(&server);
    idle.write(get("none"));
    idle.response().unwrap();
    let mut busy = Client::connect(&server);
    let whole = put("last");
    let (first, second) = whole.split_at(whole.len() - 10);
    busy.write(first);
    // Its head has to be there before the end is announced.
    std::thread::sleep(Duration::from_millis(200));
    server.handle.shutdown();
    assert!(idle.is_closed());
    busy.write(second);
    let response = busy.response().unwrap();
    assert!(response.status == 200 && response.has("connection: close"), "{}", response.head);
    server.thread.take().unwrap().join().unwrap();
    assert!(TcpStream::connect(server.address).is_err());
    server.fixture.ok("GetItem", r#"{"TableName":"films","Key":{"pk":{"S":"last"}}}"#);
}

#[test]
fn a_shutdown_does_not_wait_for_ever() {
    let mut server = run(ServerOptions { shutdown_timeout: Duration::from_millis(100), ..options() });
    let mut stuck = Client::connect(&server);
    stuck.write(head("ListTables", "Content-Length: 2\r\n") + "{");
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    server.handle.shutdown();
    server.thread.take().unwrap().join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(stuck.is_closed());
}

#[test]
fn a_panic_costs_one_reply_and_not_the_connection() {
    let server = run(options());
    let mut client = Client::connect(&server);
    let body = r#"{"TableName":"more","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
                   "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#;
    server.fixture.engine_clock.panics.store(true, Ordering::Relaxed);
    client.write(request("CreateTable", body));
    assert_eq!(client.response().unwrap().status, 500);
    server.fixture.engine_clock.panics.store(false, Ordering::Relaxed);
    client.write(get("none"));
    assert_eq!(client.response().unwrap().status, 200);
}

#[test]
fn the_access_log_tells_of_requests_and_not_of_items() {
    let lines: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let told = lines.clone();
    let log = move |record: &AccessRecord<'_>| {
        told.lock().unwrap().push((record.to_string(), serde_json::to_string(record).unwrap()));
    };
    let server = run(ServerOptions { access_log: Some(Arc::new(log)), ..options() });
    let mut client = Client::connect(&server);
    client.write(put("secret"));
    let id = client.response().unwrap().head.split_once("x-amzn-requestid: ").unwrap().1[..52].to_owned();
    client.write(request("ListTables", "{"));
    client.response().unwrap();
    client.write(request("GetItem", r#"{"TableName":"a\nb","Key":{}}"#));
    client.response().unwrap();
    client.write(request("GetItem", r#"{"TableName":"none","Key":{}}"#));
    client.response().unwrap();
    let lines = lines.lock().unwrap();
    assert!(lines[0].0.starts_with(&format!("2026-11-23T05:46:00.123Z {id} PutItem films 200 2B ")), "{}", lines[0].0);
    assert!(lines[0].1.starts_with(&format!(r#"{{"time_ms":1795412760123,"request_id":"{id}","operation":"PutItem","table":"films","status":200,"bytes":2,"microseconds":"#)), "{}", lines[0].1);
    assert!(lines[1].0.contains(" ListTables - 400 "), "{}", lines[1].0);
    assert!(lines[2].0.contains(" GetItem - 400 "), "{}", lines[2].0);
    assert!(lines[3].0.contains(" GetItem none 400 "), "{}", lines[3].0);
    assert!(
        lines.iter().all(|(text, json)| !text.contains("secret") && !json.contains("secret") && !text.contains("AKID"))
    );
}

/// Requests that are refused before they are read left no trace in the log.
#[test]
fn the_access_log_tells_of_refused_requests() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = lines.clone();
    let log = move |record: &AccessRecord<'_>| told.lock().unwrap().push(record.to_string());
    let server = run(ServerOptions {
        access_log: Some(Arc::new(log)),
        body_stall_timeout: Duration::from_millis(200),
        ..options()
    });
    let ask = |request: String| {
        let mut client = Client::connect(&server);
        client.write(request);
        let response = client.response().unwrap();
        let line = lines.lock().unwrap().pop().expect("a line");
        assert!(lines.lock().unwrap().is_empty(), "one line a request");
        (response, line)
    };
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n".to_owned(), 403),
        (head("ListTables", &format!("X-Long: {}\r\n", "x".repeat(17_000))), 400),
        (head("ListTables", "Content-Length: 2\r\n"), 408),
        (head("ListTables", "Transfer-Encoding: chunked\r\n") + "zz\r\n", 400),
    ] {
        let (response, line) = ask(request);
        assert_eq!(response.status, status);
        assert_eq!(line, format!("2026-11-23T05:46:00.123Z - - - {status} {}B 0us", response.body.len()));
    }
    let (response, line) = ask(head("ListTables", "Expect: 100-continue\r\nContent-Length: 16777217\r\n"));
    let id = response.head.split_once("x-amzn-requestid: ").unwrap().1[..52].to_owned();
    assert_eq!(line, format!("2026-11-23T05:46:00.123Z {id} - - 413 0B 0us"));
    let mut client = Client::connect(&server);
    client.write("NOT HTTP\r\n\r\n");
    assert_eq!(client.response().unwrap().status, 400);
    assert!(client.is_closed());
    for _ in 0..100 {
        if !lines.lock().unwrap().is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(lines.lock().unwrap().as_slice(), ["2026-11-23T05:46:00.123Z - - - 400 0B 0us"]);
}

#[test]
fn what_is_no_http_is_refused_and_the_server_goes_on() {
    let server = run(options());
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut client = Client::connect(&server);
        client.write(garbage);
        client.stream.shutdown(std::net::Shutdown::Write).unwrap();
        if let Some(response) = client.response() {
            assert_eq!(response.status, 400, "{}", response.head);
        }
    }
    let mut client = Client::connect(&server);
    client.write(get("none"));
    assert_eq!(client.response().unwrap().status, 200);
}
