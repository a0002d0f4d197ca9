//! Constraints: the texts of `N validation errors detected`, and what is reported alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use statordb_wire::operation::Operation;
use statordb_wire::parse_json;

fn refusal(operation: Operation, body: &str) -> String {
    let failure = parse_json(operation, body).expect_err(body);
    assert_eq!(failure.exception().name(), "ValidationException", "{body}: {failure}");
    failure.message().unwrap().to_owned()
}

/// Compares `N validation errors detected: ...` without regard to the order of its parts, which AWS leaves open.
fn check(operation: Operation, body: &str, parts: &[&str]) {
    let plural = if parts.len() == 1 { "" } else { "s" };
    let head = format!("{} validation error{plural} detected: ", parts.len());
    let text = refusal(operation, body);
    let rest = text.strip_prefix(&head).unwrap_or_else(|| panic!("{body}: {text}"));
    let mut found: Vec<&str> = rest.split("; ").collect();
    let mut wanted = parts.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{body}");
}

const NULL: &str = "failed to satisfy constraint: Member must not be null";
const PATTERN: &str = "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

fn null(path: &str) -> String {
    format!("Value null at '{path}' {NULL}")
}

#[test]
fn required_members() {
    use Operation::{BatchGetItem, BatchWriteItem, CreateTable, DeleteItem, GetItem, PutItem, Query, Scan, UpdateItem};
    for (operation, members) in [
        (PutItem, &["tableName", "item"][..]),
        (GetItem, &["tableName", "key"]),
        (UpdateItem, &["tableName", "key"]),
        (DeleteItem, &["tableName", "key"]),
        (Query, &["tableName"]),
        (Scan, &["tableName"]),
        (BatchGetItem, &["requestItems"]),
        (BatchWriteItem, &["requestItems"]),
    ] {
        let parts: Vec<String> = members.iter().map(|member| null(member)).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        check(operation, "{}", &parts);
    }
    let parts = [null("attributeDefinitions"), null("keySchema")];
    check(CreateTable, r#"{"TableName": "abc"}"#, &[&parts[0], &parts[1]]);
    for operation in [CreateTable, Operation::DescribeTable, Operation::DeleteTable] {
        let text = "The parameter 'TableName' is required but was not present in the request";
        assert_eq!(refusal(operation, r#"{"ProvisionedThroughput": {}}"#), text);
    }
}

#[test]
fn names_of_tables() {
    let long = "a".repeat(256);
    let length = "failed to satisfy constraint: Member must have length";
    for operation in [Operation::PutItem, Operation::GetItem, Operation::UpdateItem, Operation::Query, Operation::Scan]
    {
        let body = |name: &str| format!(r#"{{"TableName": "{name}", "ReturnConsumedCapacity": "x"}}"#);
        // Alone: neither the missing key nor the bad word is told.
        check(operation, &body(""), &[&format!("Value '' at 'tableName' {length} greater than or equal to 1")]);
        check(operation, &body("abc;"), &[&format!("Value 'abc;' at 'tableName' {PATTERN}")]);
        check(operation, &body(&long), &[&format!("Value '{long}' at 'tableName' {length} less than or equal to 255")]);
    }
    for name in ["a", "ab", "A.b-c_9", "arn:aws:dynamodb:us-east-1:000000000000:table/films"] {
        let body = format!(r#"{{"TableName": "{name}"}}"#);
        assert!(parse_json(Operation::Scan, &body).is_ok(), "{name}");
        assert!(parse_json(Operation::DescribeTable, &body).is_ok(), "{name}");
    }
    for arn in [
        "arn:aws:dynamodb:ddblocal:000000000000:table/a",
        "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/A.b-c_9",
    ] {
        let keys = format!(r#"{{"RequestItems": {{"{arn}": {{"Keys": [{{}}]}}}}}}"#);
        assert!(parse_json(Operation::BatchGetItem, &keys).is_ok(), "{arn}");
        assert!(parse_json(Operation::DeleteTable, &format!(r#"{{"TableName": "{arn}"}}"#)).is_ok(), "{arn}");
    }
    let new = |name: &str| format!(r#"{{"TableName": "{name}"}}"#);
    check(
        Operation::CreateTable,
        &new("ab"),
        &[&format!("Value 'ab' at 'tableName' {length} greater than or equal to 3")],
    );
    check(Operation::CreateTable, &new("abc;"), &[&format!("Value 'abc;' at 'tableName' {PATTERN}")]);
    check(
        Operation::CreateTable,
        &new(";"),
        &[
            &format!("Value ';' at 'tableName' {PATTERN}"),
            &format!("Value ';' at 'tableName' {length} greater than or equal to 3"),
        ],
    );
    let arn = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", "a".repeat(1000));
    check(Operation::Scan, &new(&arn), &[&format!("Value '{arn}' at 'tableName' {length} less than or equal to 1024")]);
}

/// Parts of an ARN that cannot be what they stand for were passed over.
#[test]
fn arns_of_tables_are_read_to_the_letter() {
    let long = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", "a".repeat(256));
    for arn in [
        "arn:x:dynamodb:::table/tcl",
        "arn:x:dynamodb:us-east-1:000000000000:table/abc",
        "arn:aws:dynamodb::000000000000:table/abc",
        "arn:aws:dynamodb:us east:000000000000:table/abc",
        "arn:aws:dynamodb:us-east-1::table/abc",
        "arn:aws:dynamodb:us-east-1:abc:table/abc",
        "arn:aws:dynamodb:us-east-1:00000000000:table/abc",
        "arn:aws:s3:us-east-1:000000000000:table/abc",
        "arn:aws:dynamodb:us-east-1:000000000000:table/",
        "arn:aws:dynamodb:us-east-1:000000000000:table/a b",
        "arn:aws:dynamodb:us-east-1:000000000000:table/abc:d",
        "arn:aws:dynamodb:us-east-1:000000000000:table/abc/index/i",
        "arn:aws:dynamodb:us-east-1:000000000000:table/abc/stream/2026-11-23T05:46:00.000",
        "arn:aws:dynamodb:us-east-1:000000000000:abc",
        "arn:aws:dynamodb",
        "arn:",
        &long,
    ] {
        let body = format!(r#"{{"TableName": "{arn}", "Key": {{}}}}"#);
        for operation in [Operation::GetItem, Operation::DescribeTable, Operation::DeleteTable, Operation::Query] {
            check(operation, &body, &[&format!("Value '{arn}' at 'tableName' {PATTERN}")]);
        }
        let keys = format!(r#"{{"RequestItems": {{"{arn}": {{"Keys": [{{}}]}}}}}}"#);
        assert!(refusal(Operation::BatchGetItem, &keys).contains("Map keys must satisfy constraint"), "{arn}");
    }
}

/// Every enumeration, in the order in which AWS prints it.
#[test]
fn words() {
    let put = r#""TableName": "abc", "Item": {}"#;
    let update = r#""TableName": "abc", "Key": {}"#;
    let cases = [
        (Operation::PutItem, put, "ReturnConsumedCapacity", "[INDEXES, TOTAL, NONE]"),
        (Operation::PutItem, put, "ReturnItemCollectionMetrics", "[SIZE, NONE]"),
        (Operation::PutItem, put, "ReturnValues", "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"),
        (Operation::PutItem, put, "ConditionalOperator", "[OR, AND]"),
        (Operation::PutItem, put, "ReturnValuesOnConditionCheckFailure", "[ALL_OLD, NONE]"),
        (Operation::UpdateItem, update, "ReturnValues", "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"),
        (
            Operation::Query,
            r#""TableName": "abc""#,
            "Select",
            "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
        ),
    ];
    for (operation, good, member, words) in cases {
        for word in ["", "none", "HI"] {
            let path = format!("{}{}", member[..1].to_lowercase(), &member[1..]);
            let part = format!(
                "Value '{word}' at '{path}' failed to satisfy constraint: Member must satisfy enum value set: {words}"
            );
            check(operation, &format!(r#"{{{good}, "{member}": "{word}"}}"#), &[&part]);
        }
    }
    let operators = "Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, \
                     BEGINS_WITH, GE, CONTAINS]";
    check(
        Operation::Query,
        r#"{"TableName": "abc", "KeyConditions": {"a": {"ComparisonOperator": "LET"}, "b": {}}}"#,
        &[
            &format!(
                "Value 'LET' at 'keyConditions.a.member.comparisonOperator' failed to satisfy constraint: {operators}"
            ),
            &null("keyConditions.b.member.comparisonOperator"),
        ],
    );
    check(
        Operation::PutItem,
        r#"{"TableName": "abc", "Item": {}, "Expected": {"a": {"ComparisonOperator": "LET"}}}"#,
        &[&format!("Value 'LET' at 'expected.a.member.comparisonOperator' failed to satisfy constraint: {operators}")],
    );
    check(
        Operation::UpdateItem,
        r#"{"TableName": "abc", "Key": {}, "AttributeUpdates": {"a": {"Action": "SET"}}}"#,
        &[
            "Value 'SET' at 'attributeUpdates.a.member.action' failed to satisfy constraint: Member must satisfy enum value \
           set: [ADD, PUT, DELETE]",
        ],
    );
}

#[test]
fn put_item_tells_all_bad_words_and_update_item_the_first() {
    let metrics = "Value 'b' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum value \
                   set: [SIZE, NONE]";
    let capacity = "Value 'a' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: \
                    [INDEXES, TOTAL, NONE]";
    let words = r#""ReturnConsumedCapacity": "a", "ReturnItemCollectionMetrics": "b""#;
    check(Operation::PutItem, &format!(r#"{{"TableName": "abc", "Item": {{}}, {words}}}"#), &[capacity, metrics]);
    check(Operation::UpdateItem, &format!(r#"{{"TableName": "abc", "Key": {{}}, {words}}}"#), &[capacity]);
    check(Operation::UpdateItem, &format!(r#"{{"TableName": "abc", {words}}}"#), &[&null("key"), capacity]);
}

#[test]
fn numbers() {
    let value = "failed to satisfy constraint: Member must have value";
    let table = r#""TableName": "abc""#;
    for (operation, members, parts) in [
        (Operation::ListTables, r#""Limit": 0"#, format!("Value '0' at 'limit' {value} greater than or equal to 1")),
        (Operation::ListTables, r#""Limit": 101"#, format!("Value '101' at 'limit' {value} less than or equal to 100")),
        (Operation::ListTables, r#""Limit": 0.9"#, format!("Value '0' at 'limit' {value} greater than or equal to 1")),
        (
            Operation::ListTables,
            r#""Limit": 2147483647"#,
            format!("Value '2147483647' at 'limit' {value} less than or equal to 100"),
        ),
        (Operation::Scan, r#""Limit": 0"#, format!("Value '0' at 'limit' {value} greater than or equal to 1")),
        (Operation::Scan, r#""Limit": -1"#, format!("Value '-1' at 'limit' {value} greater than or equal to 1")),
        // A 2026 form: no value, and the spelling of the wire.
        (Operation::Query, r#""Limit": 0"#, format!("Value at 'Limit' {value} greater than or equal to 1")),
        (
            Operation::Scan,
            r#""TotalSegments": 0"#,
            format!("Value '0' at 'totalSegments' {value} greater than or equal to 1"),
        ),
        (
            Operation::Scan,
            r#""TotalSegments": 1000001"#,
            format!("Value '1000001' at 'totalSegments' {value} less than or equal to 1000000"),
        ),
        (Operation::Scan, r#""Segment": -1"#, format!("Value '-1' at 'segment' {value} greater than or equal to 0")),
        (
            Operation::Scan,
            r#""Segment": 1000000"#,
            format!("Value '1000000' at 'segment' {value} less than or equal to 999999"),
        ),
    ] {
        check(operation, &format!("{{{table}, {members}}}"), &[&parts]);
    }
    check(
        Operation::CreateTable,
        r#"{"TableName": "abc", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": -1}}"#,
        &[
            &format!("Value '0' at 'provisionedThroughput.readCapacityUnits' {value} greater than or equal to 1"),
            &format!("Value '-1' at 'provisionedThroughput.writeCapacityUnits' {value} greater than or equal to 1"),
        ],
    );
    check(
        Operation::CreateTable,
        r#"{"TableName": "abc", "AttributeDefinitions": [], "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "ProvisionedThroughput": {}}"#,
        &[&null("provisionedThroughput.readCapacityUnits"), &null("provisionedThroughput.writeCapacityUnits")],
    );
}

#[test]
fn lengths() {
    let length = "failed to satisfy constraint: Member must have length";
    check(
        Operation::GetItem,
        r#"{"TableName": "abc", "Key": {}, "AttributesToGet": []}"#,
        &[&format!("Value '[]' at 'attributesToGet' {length} greater than or equal to 1")],
    );
    check(
        Operation::Query,
        r#"{"TableName": "abc", "IndexName": "a"}"#,
        &[&format!("Value 'a' at 'indexName' {length} greater than or equal to 3")],
    );
    check(
        Operation::Query,
        r#"{"TableName": "abc", "IndexName": "a;"}"#,
        &[
            &format!("Value 'a;' at 'indexName' {length} greater than or equal to 3"),
            &format!("Value 'a;' at 'indexName' {PATTERN}"),
        ],
    );
    check(
        Operation::ListTables,
        r#"{"ExclusiveStartTableName": "ab"}"#,
        &[&format!("Value 'ab' at 'exclusiveStartTableName' {length} greater than or equal to 3")],
    );
}

#[test]
fn definitions_of_a_table() {
    let length = "failed to satisfy constraint: Member must have length";
    check(
        Operation::CreateTable,
        r#"{"TableName": "abc", "KeySchema": [], "AttributeDefinitions": [{"AttributeType": "SS"}], "BillingMode": "A"}"#,
        &[
            &format!("Value '[]' at 'keySchema' {length} greater than or equal to 1"),
            &null("attributeDefinitions.1.member.attributeName"),
            "Value 'SS' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy \
             enum value set: [B, N, S]",
            "Value 'A' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, \
             PAY_PER_REQUEST]",
        ],
    );
    let element = |name: &str, role: &str| format!(r#"{{"AttributeName": "{name}", "KeyType": "{role}"}}"#);
    let three = [element("a", "HASH"), element("b", "RANGE"), element("c", "RANGE")].join(",");
    check(
        Operation::CreateTable,
        &format!(r#"{{"TableName": "abc", "AttributeDefinitions": [], "KeySchema": [{three}]}}"#),
        &[&format!(
            "Value '[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, keyType=RANGE), \
             KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema' {length} less than or equal to 2"
        )],
    );
    let long = "n".repeat(256);
    check(
        Operation::CreateTable,
        &format!(r#"{{"TableName": "abc", "AttributeDefinitions": [], "KeySchema": [{}]}}"#, element(&long, "hash")),
        &[
            &format!("Value '{long}' at 'keySchema.1.member.attributeName' {length} less than or equal to 255"),
            "Value 'hash' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: \
             [HASH, RANGE]",
        ],
    );
}

#[test]
fn at_most_ten_are_told() {
    let definitions = ["{}"; 8].join(",");
    let body = format!(r#"{{"TableName": "abc", "KeySchema": [], "AttributeDefinitions": [{definitions}]}}"#);
    let text = refusal(Operation::CreateTable, &body);
    assert!(text.starts_with("10 validation errors detected: "), "{text}");
    assert_eq!(text.split("; ").count(), 10, "{text}");
}

#[test]
fn batches_of_writes() {
    let check = |body: &str, parts: &[&str]| check(Operation::BatchWriteItem, body, parts);
    let empty = "The requestItems parameter is required for BatchWriteItem";
    assert_eq!(refusal(Operation::BatchWriteItem, r#"{"RequestItems": {}}"#), empty);
    let lists = "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or \
                 equal to 25, Member must have length greater than or equal to 1]";
    check(r#"{"RequestItems": {"hash": []}}"#, &[&format!("Value '{{hash=[]}}' at 'requestItems' {lists}")]);
    let put = r#"{"PutRequest": {"Item": {"a": {"S": "x"}}}}"#;
    let body = format!(r#"{{"RequestItems": {{"hash": [{}]}}}}"#, vec![put; 26].join(","));
    let text = refusal(Operation::BatchWriteItem, &body);
    let printed = "1 validation error detected: Value '{hash=[WriteRequest(putRequest=PutRequest(item={a=AttributeValue: \
                   {S:x}}), deleteRequest=null), WriteRequest(";
    assert!(text.starts_with(printed) && text.ends_with(lists), "{text}");
    assert!(text.len() < 4096, "a message does not repeat a large request");
    let keys = "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal \
                to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: \
                [a-zA-Z0-9_.-]+]";
    let text = refusal(Operation::BatchWriteItem, &format!(r#"{{"RequestItems": {{"x;": [{put}]}}}}"#));
    assert!(text.contains("at 'requestItems'") && text.ends_with(keys), "{text}");
    check(
        r#"{"RequestItems": {"hash": [{"PutRequest": {}}, {"DeleteRequest": {}}]}}"#,
        &[
            &null("requestItems.hash.member.1.member.putRequest.item"),
            &null("requestItems.hash.member.2.member.deleteRequest.key"),
        ],
    );
    assert!(
        parse_json(Operation::BatchWriteItem, r#"{"RequestItems": {"ab": [{}]}}"#).is_ok(),
        "the engine's to refuse"
    );
}

#[test]
fn batches_of_reads() {
    let check = |body: &str, parts: &[&str]| check(Operation::BatchGetItem, body, parts);
    let empty = "The requestItems parameter is required for BatchGetItem";
    assert_eq!(refusal(Operation::BatchGetItem, r#"{"RequestItems": {}}"#), empty);
    check(r#"{"RequestItems": {"hash": {}}}"#, &[&null("requestItems.hash.member.keys")]);
    let length = "failed to satisfy constraint: Member must have length";
    check(
        r#"{"RequestItems": {"hash": {"Keys": []}}}"#,
        &[&format!("Value '[]' at 'requestItems.hash.member.keys' {length} greater than or equal to 1")],
    );
    let keys = vec![r#"{"a": {"S": "x"}}"#; 101].join(",");
    check(
        &format!(r#"{{"RequestItems": {{"hash": {{"Keys": [{keys}]}}}}}}"#),
        &[&format!("Value at 'RequestItems.hash.member.Keys' {length} less than or equal to 100")],
    );
    check(
        r#"{"RequestItems": {"hash": {"Keys": [null], "AttributesToGet": []}}}"#,
        &[
            &null("requestItems.hash.member.keys.1.member"),
            &format!("Value '[]' at 'requestItems.hash.member.attributesToGet' {length} greater than or equal to 1"),
        ],
    );
}

/// Members of today's API that this version does not honour are refused when they ask for something, never ignored.
#[test]
fn members_that_are_not_honoured_are_refused() {
    let good = r#""TableName": "abc", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
                  "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]"#;
    let refused = [
        ("GlobalTableSourceArn", r#""arn""#),
        ("GlobalTableSourceArn", "1e300"),
        ("GlobalTableSettingsReplicationMode", r#""ENABLED""#),
        ("GlobalTableSettingsReplicationMode", r#""DISABLED""#),
        ("GlobalTableSettingsReplicationMode", "false"),
        ("VectorIndexes", r#"[{}]"#),
        ("VectorIndexes", "{}"),
    ];
    for (member, value) in refused {
        let text = refusal(Operation::CreateTable, &format!(r#"{{{good}, "{member}": {value}}}"#));
        assert_eq!(text, format!("`{member}` of CreateTable is not supported by this version of StatorDB"));
        // Constraints come first.
        let text = refusal(Operation::CreateTable, &format!(r#"{{"TableName": "abc", "{member}": {value}}}"#));
        assert!(text.starts_with("2 validation errors detected: "), "{text}");
    }
    let ignored = [
        ("VectorIndexes", "[]"),
        ("VectorIndexes", "null"),
        ("GlobalTableSourceArn", "null"),
        ("ResourcePolicy", "null"),
        ("StreamSpecification", "null"),
    ];
    for (member, value) in ignored {
        let body = format!(r#"{{{good}, "{member}": {value}}}"#);
        assert!(parse_json(Operation::CreateTable, &body).is_ok(), "{body}");
    }
}

/// A document is looked at when all else is well.
#[test]
fn policies_are_objects_of_json() {
    let arn = r#""ResourceArn": "arn:aws:dynamodb:eu-west-2:000000000000:table/films""#;
    for policy in ["", " ", "text", "[]", "{", r"{} {}", r"{'a': 1}"] {
        let text = refusal(Operation::PutResourcePolicy, &format!(r#"{{{arn}, "Policy": "{policy}"}}"#));
        assert_eq!(
            text,
            "One or more parameter values were invalid: Invalid policy document: This policy contains invalid Json"
        );
    }
    let both = r#"{"Policy": "text", "ExpectedRevisionId": ""}"#;
    assert!(refusal(Operation::PutResourcePolicy, both).starts_with("2 validation errors detected: "));
    let good = format!(r#"{{{arn}, "Policy": " {{\"a\": [1]}} "}}"#);
    assert!(parse_json(Operation::PutResourcePolicy, &good).is_ok());
}
