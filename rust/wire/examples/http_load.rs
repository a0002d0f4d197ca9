//! A load generator for the measurements in `bench/`: each connection is a thread that sends one request, waits for its
//! answer, checks it, and sends the next.
//!
//! `http_load ADDRESS OPERATION TEMPLATE PLACEHOLDER KEYS CONNECTIONS REQUESTS UNIQUE`
//!
//! TEMPLATE is a file with a request's body in which PLACEHOLDER, a text of digits, stands for the key; the keys are the
//! numbers below KEYS with as many digits. UNIQUE, a text, stands for a number that no two requests share. It prints the
//! requests answered in a second, and ends with an error at the first answer that is not 200 or, of a GetItem, does not
//! hold the key that was asked for. A Scan is sent over one connection, page after page to the end of the table, and the
//! items read in a second are printed.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What every connection sends.
#[derive(Clone)]
struct Plan {
    address: String,
    operation: String,
    template: String,
    placeholder: String,
    unique: String,
    keys: usize,
}

/// The first place of `needle`.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

impl Plan {
    fn key(&self, number: usize) -> String {
        format!("{:0width$}", number % self.keys, width = self.placeholder.len())
    }

    fn request(&self, number: usize) -> Vec<u8> {
        self.request_of(&self.template.replace(&self.placeholder, &self.key(number)))
    }

    fn request_of(&self, body: &str) -> Vec<u8> {
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
        let reads_key = matches!(self.operation.as_str(), "GetItem" | "ExecuteStatement");
        let holds_key = !reads_key || find(answer, self.key(number).as_bytes()).is_some();
        if answer.starts_with(b"HTTP/1.1 200") && holds_key {
            return Ok(());
        }
        let text = String::from_utf8_lossy(answer);
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
    let mut chunk = [0_u8; 64 * 1024];
    let mut end = None;
    loop {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        end = end.or_else(|| lengths(answer).map(|(head, body)| head + body));
        if end.is_some_and(|end| answer.len() >= end) {
            return Ok(());
        }
    }
}

/// Sends the requests whose numbers are `first`, `first + step`, and so on below `end`.
fn send_all(plan: &Plan, first: usize, step: usize, end: usize) -> Fallible<()> {
    let mut prepared: Vec<Vec<u8>> = (0..plan.keys).map(|number| plan.request(number)).collect();
    let mut stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::new();
    let unique = prepared.first().and_then(|request| find(request, plan.unique.as_bytes()));
    // Numbers go on from run to run, so that the server has not seen them.
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as usize % 1_000_000 * 1_000_000;
    for number in (first..end).step_by(step) {
        let request = prepared.get_mut(number % plan.keys).ok_or("no such request")?;
        if let Some(place) = unique {
            let text = format!("{:0width$}", run + number, width = plan.unique.len());
            request.get_mut(place..place + text.len()).ok_or("no place")?.copy_from_slice(text.as_bytes());
        }
        stream.write_all(request)?;
        read_answer(&mut stream, &mut answer)?;
        plan.check(&answer, number)?;
    }
    Ok(())
}

/// Scans the table once and tells how many items there were.
fn scan(plan: &Plan) -> Fallible<usize> {
    let mut stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::new();
    let mut items = 0;
    let mut body = plan.template.clone();
    loop {
        stream.write_all(&plan.request_of(&body))?;
        read_answer(&mut stream, &mut answer)?;
        plan.check(&answer, 0)?;
        items += number_behind(&answer, b"\"Count\":")?;
        let Some(place) = find_last(&answer, b"\"LastEvaluatedKey\":{") else { return Ok(items) };
        let key = object_at(&answer, place + b"\"LastEvaluatedKey\":".len())?;
        body = plan.template.replacen('{', &format!("{{\"ExclusiveStartKey\":{key},"), 1);
    }
}

/// The last place of `needle`, which stands near the end.
fn find_last(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let start = haystack.len().saturating_sub(1_000);
    haystack.get(start..)?.windows(needle.len()).rposition(|window| window == needle).map(|place| start + place)
}

fn number_behind(answer: &[u8], name: &[u8]) -> Fallible<usize> {
    // DynamoDB Local writes the members in another order, so the number may stand before the items.
    let place = find_last(answer, name).or_else(|| find(answer, name)).ok_or("no count")? + name.len();
    let digits = answer.get(place..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

/// The JSON object that begins at a place; no text in it holds braces.
fn object_at(answer: &[u8], place: usize) -> Fallible<String> {
    let rest = String::from_utf8_lossy(answer.get(place..).unwrap_or_default()).into_owned();
    let mut depth = 0;
    for (index, letter) in rest.char_indices() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if depth == 0 {
            return Ok(rest.get(..=index).unwrap_or_default().to_owned());
        }
    }
    Err("an object without an end".into())
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
    let [address, operation, template, placeholder, keys, connections, requests, unique] = words.as_slice() else {
        return Err("usage: http_load ADDRESS OPERATION TEMPLATE PLACEHOLDER KEYS CONNECTIONS REQUESTS UNIQUE".into());
    };
    let plan = Plan {
        address: address.clone(),
        operation: operation.clone(),
        template: fs::read_to_string(template)?,
        placeholder: placeholder.clone(),
        unique: unique.clone(),
        keys: keys.parse()?,
    };
    if plan.operation == "Scan" {
        let started = Instant::now();
        let items = scan(&plan)?;
        println!("{:.0}", items as f64 / started.elapsed().as_secs_f64());
        return Ok(());
    }
    println!("{:.0}", run(&plan, connections.parse()?, requests.parse()?)?);
    Ok(())
}
