//! A load generator for the measurements in `bench/`: each connection is a thread that sends one request, waits for its
//! answer, checks it, and sends the next.
//!
//! `http_load ADDRESS OPERATION TEMPLATE PLACEHOLDER KEYS CONNECTIONS REQUESTS`
//!
//! TEMPLATE is a file with a request's body in which PLACEHOLDER, a text of digits, stands for the key; the keys are the
//! numbers below KEYS with as many digits. It prints the requests answered in a second, and ends with an error at the first
//! answer that is not 200 or, of a GetItem, does not hold the key that was asked for.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;
use std::{env, fs, thread};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What every connection sends.
#[derive(Clone)]
struct Plan {
    address: String,
    operation: String,
    template: String,
    placeholder: String,
    keys: usize,
}

impl Plan {
    fn key(&self, number: usize) -> String {
        format!("{:0width$}", number % self.keys, width = self.placeholder.len())
    }

    fn request(&self, number: usize) -> Vec<u8> {
        let body = self.template.replace(&self.placeholder, &self.key(number));
        format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.{}\r\n\
             X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.operation,
            body.len()
        )
        .into_bytes()
    }

    fn check(&self, answer: &[u8], number: usize) -> Fallible<()> {
        let text = String::from_utf8_lossy(answer);
        let holds_key = self.operation != "GetItem" || text.contains(&self.key(number));
        if text.starts_with("HTTP/1.1 200") && holds_key {
            return Ok(());
        }
        Err(format!("a wrong answer to {} of {}: {text}", self.operation, self.key(number)).into())
    }
}

/// Where the head of an answer ends, and how long its body is, once the head is there.
fn lengths(answer: &[u8]) -> Option<(usize, usize)> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(answer.get(..head)?).to_ascii_lowercase();
    let value = text.split("\r\n").find_map(|line| line.strip_prefix("content-length:"))?;
    Some((head, value.trim().parse().ok()?))
}

fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Fallible<()> {
    answer.clear();
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if let Some((head, body)) = lengths(answer)
            && answer.len() >= head + body
        {
            return Ok(());
        }
    }
}

/// Sends the requests whose numbers are `first`, `first + step`, and so on below `end`.
fn send_all(plan: &Plan, first: usize, step: usize, end: usize) -> Fallible<()> {
    let prepared: Vec<Vec<u8>> = (0..plan.keys).map(|number| plan.request(number)).collect();
    let mut stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::new();
    for number in (first..end).step_by(step) {
        let request = prepared.get(number % plan.keys).ok_or("no such request")?;
        stream.write_all(request)?;
        read_answer(&mut stream, &mut answer)?;
        plan.check(&answer, number)?;
    }
    Ok(())
}

fn run(plan: &Plan, connections: usize, requests: usize) -> Fallible<f64> {
    let started = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|first| {
            let plan = plan.clone();
            thread::spawn(move || send_all(&plan, first, connections, requests))
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a connection's thread panicked")??;
    }
    Ok(requests as f64 / started.elapsed().as_secs_f64())
}

fn main() -> Fallible<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [address, operation, template, placeholder, keys, connections, requests] = words.as_slice() else {
        return Err("usage: http_load ADDRESS OPERATION TEMPLATE PLACEHOLDER KEYS CONNECTIONS REQUESTS".into());
    };
    let plan = Plan {
        address: address.clone(),
        operation: operation.clone(),
        template: fs::read_to_string(template)?,
        placeholder: placeholder.clone(),
        keys: keys.parse()?,
    };
    println!("{:.0}", run(&plan, connections.parse()?, requests.parse()?)?);
    Ok(())
}
