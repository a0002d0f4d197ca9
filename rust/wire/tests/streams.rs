//! Requests of DynamoDB Streams: their targets, types and constraints, and answers that need no stream.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Fixture, fixture, headers, post, text};
use statordb_wire::operation::Operation;
use statordb_wire::{Reply, parse_json};

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/nosuch/stream/2024-11-18T14:36:44.149";
const SHARD: &str = "shardId-00000000000000000000-00000000";

fn send(fixture: &Fixture, operation: &str, body: &str) -> Reply {
    fixture.send(&post(headers(&format!("DynamoDBStreams_20120810.{operation}")), body.as_bytes()))
}

/// `__type` and message of a refusal.
fn refusal(operation: &str, body: &str) -> (String, String) {
    let reply = send(&fixture(), operation, body);
    assert_eq!(reply.status, 400, "{operation} {body}: {}", text(&reply));
    let error: serde_json::Value = serde_json::from_str(text(&reply)).unwrap();
    let message = error.get("message").or(error.get("Message")).and_then(|text| text.as_str()).unwrap_or_default();
    (error["__type"].as_str().unwrap().to_owned(), message.to_owned())
}

/// The parts of a ValidationException over constraints, sorted.
fn violations(operation: &str, body: &str) -> Vec<String> {
    let (kind, message) = refusal(operation, body);
    assert_eq!(kind, "com.amazon.coral.validate#ValidationException");
    let (_, parts) = message.split_once(" detected: ").unwrap();
    let mut parts: Vec<_> = parts.split("; ").map(str::to_owned).collect();
    parts.sort();
    parts
}

#[test]
fn operations_have_the_targets_of_their_service_alone() {
    for operation in Operation::ALL {
        let mine = if operation.is_of_streams() { "DynamoDBStreams_20120810" } else { "DynamoDB_20120810" };
        for service in ["DynamoDB_20120810", "DynamoDBStreams_20120810"] {
            let reply = fixture().send(&post(headers(&format!("{service}.{operation}")), b"{}"));
            let is_known = !text(&reply).contains("UnknownOperationException");
            assert_eq!(is_known, service == mine, "{service}.{operation}");
        }
    }
    assert_eq!(Operation::ALL.into_iter().filter(|operation| operation.is_of_streams()).count(), 4);
}

#[test]
fn members_that_must_be_there() {
    let null = |path| format!("Value null at '{path}' failed to satisfy constraint: Member must not be null");
    for (operation, members) in [
        ("DescribeStream", &["streamArn"][..]),
        ("GetShardIterator", &["shardId", "shardIteratorType", "streamArn"]),
        ("GetRecords", &["shardIterator"]),
    ] {
        assert_eq!(violations(operation, "{}"), members.iter().map(null).collect::<Vec<_>>());
    }
    let filter = format!(r#"{{"StreamArn":"{ARN}","ShardFilter":{{}}}}"#);
    assert_eq!(violations("DescribeStream", &filter), [null(&"shardFilter.shardId"), null(&"shardFilter.type")]);
}

#[test]
fn lengths_and_values() {
    let at_least = |path: &str, value: &str, kind: &str, least: u32| {
        format!(
            "Value '{value}' at '{path}' failed to satisfy constraint: Member must have {kind} greater than or equal to {least}"
        )
    };
    let at_most = |path: &str, value: &str, kind: &str, most: u32| {
        format!(
            "Value '{value}' at '{path}' failed to satisfy constraint: Member must have {kind} less than or equal to {most}"
        )
    };
    let long = "a".repeat(1_025);
    let longer = "a".repeat(2_049);
    let number = "1".repeat(41);
    let shard = "s".repeat(66);
    for (operation, body, expected) in [
        ("ListStreams", r#"{"Limit":0}"#.to_owned(), at_least("limit", "0", "value", 1)),
        ("ListStreams", r#"{"Limit":101}"#.to_owned(), at_most("limit", "101", "value", 100)),
        ("ListStreams", r#"{"TableName":"ab"}"#.to_owned(), at_least("tableName", "ab", "length", 3)),
        (
            "ListStreams",
            r#"{"ExclusiveStartStreamArn":"arn"}"#.to_owned(),
            at_least("exclusiveStartStreamArn", "arn", "length", 37),
        ),
        ("DescribeStream", r#"{"StreamArn":"arn"}"#.to_owned(), at_least("streamArn", "arn", "length", 37)),
        ("DescribeStream", format!(r#"{{"StreamArn":"{long}"}}"#), at_most("streamArn", &long, "length", 1_024)),
        ("DescribeStream", format!(r#"{{"StreamArn":"{ARN}","Limit":101}}"#), at_most("limit", "101", "value", 100)),
        (
            "DescribeStream",
            format!(r#"{{"StreamArn":"{ARN}","ExclusiveStartShardId":"x"}}"#),
            at_least("exclusiveStartShardId", "x", "length", 28),
        ),
        (
            "GetShardIterator",
            format!(r#"{{"StreamArn":"{ARN}","ShardId":"{shard}","ShardIteratorType":"LATEST"}}"#),
            at_most("shardId", &shard, "length", 65),
        ),
        (
            "GetShardIterator",
            format!(
                r#"{{"StreamArn":"{ARN}","ShardId":"{SHARD}","ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"1"}}"#
            ),
            at_least("sequenceNumber", "1", "length", 21),
        ),
        (
            "GetShardIterator",
            format!(
                r#"{{"StreamArn":"{ARN}","ShardId":"{SHARD}","ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"{number}"}}"#
            ),
            at_most("sequenceNumber", &number, "length", 40),
        ),
        ("GetRecords", r#"{"ShardIterator":"x","Limit":1001}"#.to_owned(), at_most("limit", "1001", "value", 1_000)),
        ("GetRecords", r#"{"ShardIterator":"x","Limit":0}"#.to_owned(), at_least("limit", "0", "value", 1)),
        ("GetRecords", r#"{"ShardIterator":""}"#.to_owned(), at_least("shardIterator", "", "length", 1)),
        (
            "GetRecords",
            format!(r#"{{"ShardIterator":"{longer}"}}"#),
            at_most("shardIterator", &longer, "length", 2_048),
        ),
    ] {
        assert_eq!(violations(operation, &body), [expected], "{operation} {body}");
    }
}

#[test]
fn words() {
    let body = format!(r#"{{"StreamArn":"{ARN}","ShardId":"{SHARD}","ShardIteratorType":"X"}}"#);
    let expected = "Value 'X' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: \
                    [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]";
    assert_eq!(violations("GetShardIterator", &body), [expected]);
    let body = format!(r#"{{"StreamArn":"{ARN}","ShardFilter":{{"Type":"X","ShardId":"{SHARD}"}}}}"#);
    let expected = "Value 'X' at 'shardFilter.type' failed to satisfy constraint: Member must satisfy enum value set: \
                    [CHILD_SHARDS]";
    assert_eq!(violations("DescribeStream", &body), [expected]);
}

#[test]
fn types() {
    let body = |time: &str| {
        format!(r#"{{"StreamArn":"{ARN}","ShardId":"{SHARD}","ShardIteratorType":"AT_TIMESTAMP","Timestamp":{time}}}"#)
    };
    for (time, expected) in [
        (r#""now""#, "STRING_VALUE cannot be converted to Date"),
        ("true", "TRUE_VALUE cannot be converted to Date"),
        ("[1]", "Unrecognized collection type class java.util.Date"),
        ("{}", "Start of structure or map found where not expected"),
    ] {
        let (kind, message) = refusal("GetShardIterator", &body(time));
        assert_eq!((kind.as_str(), message.as_str()), ("com.amazon.coral.service#SerializationException", expected));
    }
    for (time, milliseconds) in [
        ("1791316726.480", 1_791_316_726_480),
        ("1791316726", 1_791_316_726_000),
        ("1.791316726999E9", 1_791_316_726_999),
        ("-5", -5_000),
        ("1e300", i64::MAX),
        ("9223372036854775807", i64::MAX),
    ] {
        match parse_json(Operation::GetShardIterator, &body(time)).unwrap() {
            statordb_wire::Request::GetShardIterator(request) => {
                assert_eq!(request.timestamp_ms, Some(milliseconds), "{time}");
            }
            other => assert_eq!(other.operation(), Operation::GetShardIterator),
        }
    }
}

#[test]
fn what_does_not_exist() {
    let not_found = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException";
    let message = format!("Requested resource not found: Stream: {ARN} not found");
    for body in [
        format!(r#"{{"StreamArn":"{ARN}"}}"#),
        format!(r#"{{"StreamArn":"{ARN}","ShardId":"{SHARD}","ShardIteratorType":"LATEST"}}"#),
    ] {
        let operation = if body.contains("ShardId") { "GetShardIterator" } else { "DescribeStream" };
        assert_eq!(refusal(operation, &body), (not_found.to_owned(), message.clone()));
    }
    let invalid = "com.amazon.coral.validate#ValidationException";
    let bogus = r#"{"StreamArn":"sdfadfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdf"}"#;
    assert_eq!(refusal("DescribeStream", bogus), (invalid.to_owned(), "Invalid StreamArn".to_owned()));
    let garbage = r#"{"ShardIterator":"bogus"}"#;
    assert_eq!(refusal("GetRecords", garbage), (invalid.to_owned(), "Invalid ShardIterator".to_owned()));
    for body in ["{}", r#"{"TableName":"nosuch"}"#] {
        assert_eq!(text(&send(&fixture(), "ListStreams", body)), r#"{"Streams":[]}"#);
    }
}

/// The answer of a call that succeeds.
fn answer(fixture: &Fixture, operation: &str, body: &str) -> serde_json::Value {
    let reply = send(fixture, operation, body);
    assert_eq!(reply.status, 200, "{operation} {body}: {}", text(&reply));
    serde_json::from_str(text(&reply)).unwrap()
}

#[test]
fn a_stream_on_the_wire() {
    let fixture = fixture();
    fixture.ok(
        "CreateTable",
        r#"{"TableName":"films","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",
            "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}"#,
    );
    let table = &fixture.ok("DescribeTable", r#"{"TableName":"films"}"#)["Table"];
    let arn = "arn:aws:dynamodb:eu-west-2:000000000000:table/films/stream/2026-11-23T05:46:00.123";
    let specification = serde_json::json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    assert_eq!((&table["LatestStreamArn"], &table["StreamSpecification"]), (&arn.into(), &specification));
    assert_eq!(table["LatestStreamLabel"], "2026-11-23T05:46:00.123");
    fixture.ok("PutItem", r#"{"TableName":"films","Item":{"id":{"S":"Fred"},"b":{"B":"AAE="}}}"#);
    fixture.ok("DeleteItem", r#"{"TableName":"films","Key":{"id":{"S":"Fred"}}}"#);

    let listed = answer(&fixture, "ListStreams", r#"{"TableName":"films"}"#);
    let expected = serde_json::json!({"Streams": [
        {"StreamArn": arn, "TableName": "films", "StreamLabel": "2026-11-23T05:46:00.123"}
    ]});
    assert_eq!(listed, expected);
    let stream = &answer(&fixture, "DescribeStream", &format!(r#"{{"StreamArn":"{arn}"}}"#))["StreamDescription"];
    let start = &stream["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"];
    let shard = stream["Shards"][0]["ShardId"].as_str().unwrap();
    assert!(shard.starts_with("shardId-00000001795412760123-"), "{shard}");
    let expected = serde_json::json!({
        "StreamArn": arn,
        "StreamLabel": "2026-11-23T05:46:00.123",
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "CreationRequestDateTime": 1_795_412_760.123,
        "TableName": "films",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Shards": [{"ShardId": shard, "SequenceNumberRange": {"StartingSequenceNumber": start}}],
    });
    assert_eq!(stream, &expected);
    let body = format!(r#"{{"StreamArn":"{arn}","ShardId":"{shard}","ShardIteratorType":"TRIM_HORIZON"}}"#);
    let iterator = answer(&fixture, "GetShardIterator", &body);
    let got = answer(&fixture, "GetRecords", &iterator.to_string());
    assert!(got["NextShardIterator"].as_str().unwrap().starts_with(&format!("{arn}|1|")));
    let image = serde_json::json!({"b": {"B": "AAE="}, "id": {"S": "Fred"}});
    let record = |place: usize, name: &str, image_name: &str| {
        let found = &got["Records"][place];
        let expected = serde_json::json!({
            "eventID": found["eventID"],
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-2",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_412_760.0,
                "Keys": {"id": {"S": "Fred"}},
                image_name: image,
                "SequenceNumber": found["dynamodb"]["SequenceNumber"],
                "SizeBytes": 6 + 9,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        });
        assert_eq!(found, &expected);
        assert_eq!(found["eventID"].as_str().unwrap().len(), 32);
        assert_eq!(found["dynamodb"]["SequenceNumber"].as_str().unwrap().len(), 21);
    };
    record(0, "INSERT", "NewImage");
    record(1, "REMOVE", "OldImage");
    assert_eq!(got["Records"].as_array().unwrap().len(), 2);
}
