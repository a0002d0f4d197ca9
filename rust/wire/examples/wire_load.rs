//! What a request costs the server: CPU microseconds a request, syscalls included, and requests a second.
//!
//! `cargo run --release -p statordb-wire --example wire_load` starts `wire_server` beside itself on the loopback interface,
//! sends requests from blocking threads, one keep-alive connection each, and reads the server's CPU time from the kernel
//! (Linux only). Arguments: connections, requests a connection, the server's threads.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program, not library code"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const ITEMS: usize = 1_000;

fn main() {
    let argument = |place: usize, usual: usize| std::env::args().nth(place).map_or(usual, |text| text.parse().unwrap());
    let (connections, requests, workers) = (argument(1, 16), argument(2, 5_000), argument(3, 2));
    let (mut server, address) = start(workers);
    prepare(&address);
    println!("connections {connections}, requests {}, threads {workers}", connections * requests);
    for (name, operation) in [("get_item_1kb", 0), ("put_item_1kb", 1), ("update_item", 2), ("query_10kb", 3)] {
        let before = cpu_ns(server.id());
        let start = Instant::now();
        std::thread::scope(|scope| {
            for connection in 0..connections {
                let address = address.as_str();
                scope.spawn(move || load(address, operation, connection, requests));
            }
        });
        let seconds = start.elapsed().as_secs_f64();
        let total = (connections * requests) as f64;
        let cpu = (cpu_ns(server.id()) - before) as f64 / total / 1000.0;
        println!("{name:14} {cpu:6.1} us CPU a request, {:8.0} requests/s", total / seconds);
    }
    drop(server.stdin.take());
    server.wait().unwrap();
}

fn start(workers: usize) -> (Child, String) {
    let beside = std::env::current_exe().unwrap().with_file_name("wire_server");
    let mut server = Command::new(beside)
        .args(["127.0.0.1:0", &workers.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (server, address.trim().to_owned())
}

/// Nanoseconds that all threads of a process have run.
fn cpu_ns(process: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let of_task = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or_default()
    };
    tasks.map(|task| of_task(task.unwrap())).sum()
}

fn prepare(address: &str) {
    let mut client = Client::connect(address);
    client.call(
        "CreateTable",
        r#"{"TableName":"users","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"BillingMode":"PAY_PER_REQUEST"}"#,
    );
    for number in 0..ITEMS {
        client.call("PutItem", &put(number, "profile"));
    }
    for part in 0..10 {
        client.call("PutItem", &put(ITEMS, &format!("part{part}")));
    }
}

fn put(number: usize, sort: &str) -> String {
    let long = "x".repeat(150);
    let attributes: Vec<String> = (0..6).map(|place| format!(r#""attribute{place}":{{"S":"{long}"}}"#)).collect();
    format!(
        r#"{{"TableName":"users","Item":{{"pk":{{"S":"user#{number:08}"}},"sk":{{"S":"{sort}"}},{},"visits":{{"N":"12345"}},"active":{{"BOOL":true}}}}}}"#,
        attributes.join(",")
    )
}

fn load(address: &str, operation: usize, connection: usize, requests: usize) {
    let mut client = Client::connect(address);
    for request in 0..requests {
        let number = (connection * requests + request).wrapping_mul(2_654_435_761) % ITEMS;
        let key = format!(r#"{{"pk":{{"S":"user#{number:08}"}},"sk":{{"S":"profile"}}}}"#);
        match operation {
            0 => client.call("GetItem", &format!(r#"{{"TableName":"users","Key":{key}}}"#)),
            1 => client.call("PutItem", &put(number, "profile")),
            2 => client.call(
                "UpdateItem",
                &format!(
                    r#"{{"TableName":"users","Key":{key},"UpdateExpression":"SET visits = visits + :one","ExpressionAttributeValues":{{":one":{{"N":"1"}}}}}}"#
                ),
            ),
            _ => client.call(
                "Query",
                &format!(
                    r#"{{"TableName":"users","KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{{":pk":{{"S":"user#{ITEMS:08}"}}}}}}"#
                ),
            ),
        }
    }
}

/// A client that knows as much of HTTP as it needs.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 64 * 1024] }
    }

    /// The head is as large as that of an SDK.
    fn call(&mut self, operation: &str, body: &str) {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost:8000\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Type: \
             application/x-amz-json-1.0\r\nUser-Agent: Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 \
             md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.43.11\r\n\
             X-Amz-Date: 20261123T060000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20261123/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
             Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\namz-sdk-invocation-id: \
             6c1c4b3e-5b7f-4c58-9d0f-3c2f5d1b7a11\r\namz-sdk-request: attempt=1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut filled = 0;
        loop {
            filled += self.stream.read(&mut self.buffer[filled..]).unwrap();
            if let Some(length) = whole_length(&self.buffer[..filled])
                && filled >= length
            {
                break;
            }
        }
        assert!(self.buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.buffer[..filled]));
    }
}

/// Bytes of the whole response, once its head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..head]).unwrap();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some(head + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap()))
}
