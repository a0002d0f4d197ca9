//! Replies: headers, checksums, compression, pages of other origins, health, faults.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::io::{Read, Write};
use std::sync::atomic::Ordering;

use common::{DATE, Fixture, fixture, fixture_with, headers, post, text};
use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use statordb_wire::{Call, Headers, Origins, Reply, ServiceOptions};

const LIST: &str = "DynamoDB_20120810.ListTables";

fn check_headers(reply: &Reply) {
    let id = reply.header("x-amzn-requestid").unwrap();
    assert!(id.len() == 52 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{id}");
    assert_eq!(reply.header("x-amz-crc32"), Some(crc32fast::hash(&reply.body).to_string().as_str()));
    assert_eq!(reply.header("date"), Some(DATE));
    assert_eq!(reply.header("server"), Some("Server"));
}

#[test]
fn every_reply_has_an_id_a_checksum_and_a_date() {
    let fixture = fixture();
    let calls = [
        post(headers(LIST), b"{}"),
        post(headers(LIST), b"{"),
        post(Headers::default(), b"{}"),
        Call { method: "GET", ..post(Headers::default(), b"") },
        Call { method: "OPTIONS", ..post(Headers { origin: Some("http://localhost"), ..Headers::default() }, b"") },
    ];
    let mut ids = Vec::new();
    for call in calls {
        let reply = fixture.send(&call);
        check_headers(&reply);
        ids.push(reply.header("x-amzn-requestid").unwrap().to_owned());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn the_content_type_is_echoed() {
    let fixture = fixture();
    for (sent, got) in [
        ("application/x-amz-json-1.0", "application/x-amz-json-1.0"),
        ("application/json; charset=utf-8", "application/json"),
        ("Application/Json", "application/json"),
    ] {
        for body in [&b"{}"[..], b"{"] {
            let reply = fixture.send(&post(Headers { content_type: Some(sent), ..headers(LIST) }, body));
            assert_eq!(reply.header("content-type"), Some(got), "{sent}");
        }
    }
}

/// The body and checksum that AWS sends, recorded.
#[test]
fn what_is_no_request_is_answered_as_aws_does() {
    let reply = fixture().send(&Call { method: "PUT", ..post(headers(LIST), b"{}") });
    assert_eq!((reply.status, reply.body.len(), reply.header("x-amz-crc32")), (404, 29, Some("3552371480")));
}

#[test]
fn health() {
    let reply = fixture().send(&Call { method: "GET", ..post(Headers::default(), b"") });
    assert_eq!((reply.status, text(&reply)), (200, "healthy: dynamodb.us-east-1.amazonaws.com "));
    let options = ServiceOptions { region: "local".into(), ..ServiceOptions::default() };
    let reply = fixture_with(options).send(&Call { method: "GET", ..post(Headers::default(), b"") });
    assert_eq!(text(&reply), "healthy: dynamodb.local.amazonaws.com ");
}

#[test]
fn pages_of_this_machine_may_read_answers() {
    let fixture = fixture();
    let from = |origin| Headers { origin: Some(origin), ..headers(LIST) };
    for body in [&b"{}"[..], b"{"] {
        let reply = fixture.send(&post(from("http://localhost:3000"), body));
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        let reply = fixture.send(&post(from("https://example.com"), body));
        assert_eq!(reply.header("access-control-allow-origin"), None);
        assert_eq!(fixture.send(&post(headers(LIST), body)).header("access-control-allow-origin"), None);
    }
}

#[test]
fn preflights() {
    let asked = Headers {
        origin: Some("http://localhost:3000"),
        cors_method: Some("POST"),
        cors_headers: Some("authorization,x-amz-target"),
        ..Headers::default()
    };
    let reply = fixture().send(&Call { method: "OPTIONS", ..post(asked, b"") });
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("authorization,x-amz-target"));
    assert_eq!(reply.header("access-control-max-age"), Some("172800"));
    let foreign = Headers { origin: Some("https://example.com"), ..asked };
    let reply = fixture().send(&Call { method: "OPTIONS", ..post(foreign, b"") });
    assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{reply:?}");
    let all = fixture_with(ServiceOptions { origins: Origins::All, ..ServiceOptions::default() });
    let reply = all.send(&Call { method: "OPTIONS", ..post(foreign, b"") });
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_requests() {
    let fixture = fixture();
    let status = |encoding, body: &[u8]| {
        let headers = Headers { content_encoding: Some(encoding), ..headers(LIST) };
        let reply = fixture.send(&post(headers, body));
        if reply.status == 500 {
            assert!(text(&reply).contains("com.amazonaws.dynamodb.v20120810#InternalServerError"));
        }
        reply.status
    };
    let body = br#"{"Limit": 10}"#;
    let members = [gzip(&body[..5]), gzip(&body[5..])].concat();
    assert_eq!(status("gzip", &gzip(body)), 200);
    assert_eq!(status("GZIP", &gzip(body)), 200);
    assert_eq!(status("gzip", &members), 200);
    assert_eq!(status("deflate", &deflate(body)), 200);
    assert_eq!(status("identity", body), 200);
    assert_eq!(status("deflate", &[deflate(&body[..5]), deflate(&body[5..])].concat()), 500);
    assert_eq!(status("gzip", body), 500);
    assert_eq!(status("gzip", &gzip(body)[..20]), 500);
    assert_eq!(status("br", body), 500);
    assert_eq!(status("gzip, deflate", body), 500);
    let most = [vec![b' '; 16 * 1024 * 1024 - 2], b"{}".to_vec()].concat();
    assert_eq!(status("gzip", &gzip(&most)), 200);
    assert_eq!(status("gzip", &gzip(&[&most[..], b" "].concat())), 500);
    assert_eq!(status("deflate", &deflate(&[&most[..], b" "].concat())), 500);
}

/// A table with an item whose answer is larger than 4 KB.
fn with_large_item() -> Fixture {
    let fixture = fixture().with_table();
    let long = "abcdefgh".repeat(600);
    fixture.ok("PutItem", &format!(r#"{{"TableName":"films","Item":{{"pk":{{"S":"a"}},"long":{{"S":"{long}"}}}}}}"#));
    fixture.ok("PutItem", r#"{"TableName":"films","Item":{"pk":{"S":"b"}}}"#);
    fixture
}

#[test]
fn compressed_replies() {
    let fixture = with_large_item();
    let get = |accept, key| {
        let body = format!(r#"{{"TableName":"films","Key":{{"pk":{{"S":"{key}"}}}}}}"#);
        let headers = Headers { accept_encoding: accept, ..headers("DynamoDB_20120810.GetItem") };
        let reply = fixture.send(&post(headers, body.as_bytes()));
        check_headers(&reply);
        reply
    };
    let plain = get(None, "a");
    for (accept, encoding) in [
        ("gzip", Some("gzip")),
        ("deflate, gzip;q=0.5", Some("gzip")),
        ("deflate", Some("deflate")),
        ("gzip;q=0, DEFLATE", Some("deflate")),
        ("br, identity", None),
        ("", None),
        ("gzip;q=0.0", None),
    ] {
        let reply = get(Some(accept), "a");
        assert_eq!(reply.header("content-encoding"), encoding, "{accept}");
        let mut body = Vec::new();
        match encoding {
            Some("gzip") => GzDecoder::new(&reply.body[..]).read_to_end(&mut body).unwrap(),
            Some(_) => ZlibDecoder::new(&reply.body[..]).read_to_end(&mut body).unwrap(),
            None => reply.body.as_slice().read_to_end(&mut body).unwrap(),
        };
        assert_eq!(body, plain.body, "{accept}");
        assert_eq!(get(Some(accept), "b").header("content-encoding"), None, "small ones are left alone");
    }
}

#[test]
fn a_panic_ends_its_request_alone() {
    let fixture = fixture().with_table();
    fixture.engine_clock.panics.store(true, Ordering::Relaxed);
    let body = r#"{"TableName":"more","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
                   "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}"#;
    let reply = fixture.call("CreateTable", body);
    check_headers(&reply);
    let text = text(&reply);
    assert_eq!(reply.status, 500, "{text}");
    assert!(text.contains("com.amazonaws.dynamodb.v20120810#InternalServerError"), "{text}");
    assert!(!text.contains("told to panic"), "the cause is not for the caller: {text}");
    assert_eq!(*fixture.faults.lock().unwrap(), ["a request panicked: the clock was told to panic"]);
    fixture.engine_clock.panics.store(false, Ordering::Relaxed);
    fixture.ok("PutItem", r#"{"TableName":"films","Item":{"pk":{"S":"a"}}}"#);
}

#[test]
fn a_failed_condition_returns_the_item_beside_its_message() {
    let fixture = fixture().with_table();
    fixture.ok("PutItem", r#"{"TableName":"films","Item":{"pk":{"S":"a"},"n":{"N":"1.0"}}}"#);
    let body = r#"{"TableName":"films","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)",
                   "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#;
    let reply = fixture.call("PutItem", body);
    let wanted = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed","Item":{"n":{"N":"1"},"pk":{"S":"a"}}}"#;
    assert_eq!((reply.status, text(&reply)), (400, wanted));
}

#[test]
fn a_canceled_transaction_has_a_reason_for_each_action() {
    let fixture = fixture().with_table();
    fixture.ok("PutItem", r#"{"TableName":"films","Item":{"pk":{"S":"a"},"n":{"N":"1.0"}}}"#);
    let put = |pk: &str| {
        let condition =
            r#""ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD""#;
        format!(r#"{{"Put":{{"TableName":"films","Item":{{"pk":{{"S":"{pk}"}}}},{condition}}}}}"#)
    };
    let reply = fixture.call("TransactWriteItems", &format!(r#"{{"TransactItems":[{},{}]}}"#, put("b"), put("a")));
    let wanted = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"n":{"N":"1"},"pk":{"S":"a"}}}],"message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"}"#;
    assert_eq!((reply.status, text(&reply)), (400, wanted));
}
