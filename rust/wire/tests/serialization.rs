//! SerializationException: every text that AWS has for a value of the wrong type, in the places of these operations.

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

/// The text of the SerializationException that a body is answered with.
fn refusal(operation: Operation, body: &str) -> String {
    let failure = parse_json(operation, body).expect_err(body);
    assert_eq!(failure.exception().name(), "SerializationException", "{body}: {failure}");
    failure.message().unwrap_or("<none>").to_owned()
}

const OBJECT: &str = "Start of structure or map found where not expected";
const FIELD: &str = "Unexpected field type";
const PAYLOAD: &str = "Unexpected value type in payload";
const PARAMETERIZED: &str = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class \
                             java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and \
                             java.lang.Class are in module java.base of loader 'bootstrap')";

fn check(operation: Operation, member: &str, cases: &[(&str, &str)]) {
    for (value, text) in cases {
        let body = format!("{{\"{member}\": {value}}}");
        assert_eq!(refusal(operation, &body), *text, "{body}");
    }
}

#[test]
fn a_text_is_wanted() {
    let cases = [
        ("true", "TRUE_VALUE cannot be converted to String"),
        ("false", "FALSE_VALUE cannot be converted to String"),
        ("23", "NUMBER_VALUE cannot be converted to String"),
        ("-2147483648", "NUMBER_VALUE cannot be converted to String"),
        ("23.45", "DECIMAL_VALUE cannot be converted to String"),
        ("[]", "Unrecognized collection type class java.lang.String"),
        ("{}", OBJECT),
    ];
    for operation in Operation::ALL {
        let has_table = statordb_wire::members(operation).any(|member| member == "TableName");
        if has_table {
            check(operation, "TableName", &cases);
        }
    }
    for member in ["ReturnValues", "ReturnConsumedCapacity", "ConditionExpression", "ConditionalOperator"] {
        check(Operation::PutItem, member, &cases);
    }
    check(Operation::ListTables, "ExclusiveStartTableName", &cases);
}

#[test]
fn an_integer_is_wanted() {
    let cases = [
        ("\"23\"", "STRING_VALUE cannot be converted to Integer"),
        ("true", "TRUE_VALUE cannot be converted to Integer"),
        ("false", "FALSE_VALUE cannot be converted to Integer"),
        ("[]", "Unrecognized collection type class java.lang.Integer"),
        ("{}", OBJECT),
        // Integers have 32 bits.
        ("2147483648", "NUMBER_VALUE cannot be converted to Integer"),
        ("-2147483649", "NUMBER_VALUE cannot be converted to Integer"),
        ("9223372036854775808", "NUMBER_VALUE cannot be converted to Integer"),
        ("18446744073709551616", "DECIMAL_VALUE cannot be converted to Integer"),
        ("1e99", "DECIMAL_VALUE cannot be converted to Integer"),
        ("-1e99", "DECIMAL_VALUE cannot be converted to Integer"),
        ("1e400", "<none>"),
    ];
    for (operation, member) in [
        (Operation::Query, "Limit"),
        (Operation::Scan, "Limit"),
        (Operation::Scan, "Segment"),
        (Operation::Scan, "TotalSegments"),
        (Operation::ListTables, "Limit"),
    ] {
        check(operation, member, &cases);
    }
}

#[test]
fn a_long_is_wanted() {
    for (value, text) in [
        ("\"23\"", "STRING_VALUE cannot be converted to Long"),
        ("true", "TRUE_VALUE cannot be converted to Long"),
        ("[]", "Unrecognized collection type class java.lang.Long"),
        ("{}", OBJECT),
        ("9223372036854775808", "NUMBER_VALUE cannot be converted to Long"),
        ("1e19", "DECIMAL_VALUE cannot be converted to Long"),
    ] {
        let value = format!("{{\"ReadCapacityUnits\": {value}}}");
        check(Operation::CreateTable, "ProvisionedThroughput", &[(&value, text)]);
    }
}

#[test]
fn a_truth_value_is_wanted() {
    let cases = [
        ("23", "NUMBER_VALUE cannot be converted to Boolean"),
        ("23.45", "DECIMAL_VALUE cannot be converted to Boolean"),
        ("\"\"", "Unexpected token received from parser"),
        ("\"maybe\"", "Unexpected token received from parser"),
        ("[]", "Unrecognized collection type class java.lang.Boolean"),
        ("{}", OBJECT),
    ];
    for (operation, member) in [
        (Operation::GetItem, "ConsistentRead"),
        (Operation::Query, "ScanIndexForward"),
        (Operation::CreateTable, "DeletionProtectionEnabled"),
    ] {
        check(operation, member, &cases);
    }
}

#[test]
fn a_list_is_wanted() {
    let cases = [("\"23\"", FIELD), ("true", FIELD), ("23", FIELD), ("2.5", FIELD), ("{}", OBJECT)];
    check(Operation::GetItem, "AttributesToGet", &cases);
    check(Operation::CreateTable, "KeySchema", &cases);
    check(Operation::CreateTable, "AttributeDefinitions", &cases);
}

#[test]
fn a_map_is_wanted() {
    let of_class = |class: &str| format!("Unrecognized collection type java.util.Map<java.lang.String, {class}>");
    let package = "com.amazonaws.dynamodb.v20120810.";
    let table = [
        (Operation::PutItem, "Item", format!("{package}AttributeValue")),
        (Operation::GetItem, "Key", format!("{package}AttributeValue")),
        (Operation::Query, "ExclusiveStartKey", format!("{package}AttributeValue")),
        (Operation::PutItem, "ExpressionAttributeValues", format!("{package}AttributeValue")),
        (Operation::PutItem, "ExpressionAttributeNames", "java.lang.String".into()),
        (Operation::PutItem, "Expected", format!("{package}ExpectedAttributeValue")),
        (Operation::UpdateItem, "AttributeUpdates", format!("{package}AttributeValueUpdate")),
        (Operation::Query, "KeyConditions", format!("{package}Condition")),
        (Operation::Query, "QueryFilter", format!("{package}Condition")),
        (Operation::Scan, "ScanFilter", format!("{package}Condition")),
        (Operation::BatchGetItem, "RequestItems", format!("{package}KeysAndAttributes")),
        (Operation::BatchWriteItem, "RequestItems", format!("java.util.List<{package}WriteRequest>")),
    ];
    for (operation, member, class) in table {
        let array = of_class(&class);
        check(operation, member, &[("\"23\"", FIELD), ("true", FIELD), ("23", FIELD), ("[]", &array)]);
    }
}

#[test]
fn a_structure_is_wanted() {
    let package = "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.";
    let array = format!("{package}ProvisionedThroughput");
    check(Operation::CreateTable, "ProvisionedThroughput", &[("\"23\"", FIELD), ("1", FIELD), ("[]", &array)]);
    for (operation, member, class) in [
        (Operation::PutItem, "Expected", "ExpectedAttributeValue"),
        (Operation::UpdateItem, "AttributeUpdates", "AttributeValueUpdate"),
        (Operation::Query, "KeyConditions", "Condition"),
        (Operation::BatchGetItem, "RequestItems", "KeysAndAttributes"),
        (Operation::PutItem, "Item", "AttributeValue"),
        (Operation::PutItem, "ExpressionAttributeValues", "AttributeValue"),
    ] {
        let array = format!("{package}{class}");
        let cases = [("{\"a\": \"23\"}", PAYLOAD), ("{\"a\": true}", PAYLOAD), ("{\"a\": 1}", PAYLOAD)];
        check(operation, member, &cases);
        check(operation, member, &[("{\"a\": []}", &array)]);
    }
    for (member, class) in [("KeySchema", "KeySchemaElement"), ("AttributeDefinitions", "AttributeDefinition")] {
        let array = format!("{package}{class}");
        check(Operation::CreateTable, member, &[("[\"23\"]", PAYLOAD), ("[true]", PAYLOAD), ("[[]]", &array)]);
    }
}

#[test]
fn lists_and_maps_inside_others_have_a_text_of_their_own() {
    let cases = [("{\"t\": \"23\"}", PARAMETERIZED), ("{\"t\": 1}", PARAMETERIZED), ("{\"t\": {}}", OBJECT)];
    check(Operation::BatchWriteItem, "RequestItems", &cases);
    let map = "Unrecognized collection type java.util.Map<java.lang.String, \
               com.amazonaws.dynamodb.v20120810.AttributeValue>";
    let cases = [
        ("{\"t\": {\"Keys\": [\"23\"]}}", PARAMETERIZED),
        ("{\"t\": {\"Keys\": [true]}}", PARAMETERIZED),
        ("{\"t\": {\"Keys\": [[]]}}", map),
        ("{\"t\": {\"Keys\": {}}}", OBJECT),
        ("{\"t\": {\"Keys\": \"23\"}}", FIELD),
    ];
    check(Operation::BatchGetItem, "RequestItems", &cases);
}

#[test]
fn contents_of_attribute_values_have_types_too() {
    let blob = "only base-64-encoded strings are convertible to bytes";
    let cases = [
        (r#"{"S": 5}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"S": []}"#, "Unrecognized collection type class java.lang.String"),
        (r#"{"S": {}}"#, OBJECT),
        (r#"{"N": 5}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"N": 5.5}"#, "DECIMAL_VALUE cannot be converted to String"),
        (r#"{"N": true}"#, "TRUE_VALUE cannot be converted to String"),
        (r#"{"B": true}"#, blob),
        (r#"{"B": 1}"#, blob),
        (r#"{"B": 1.5}"#, blob),
        (r#"{"B": []}"#, "Unrecognized collection type class java.nio.ByteBuffer"),
        (r#"{"B": {}}"#, OBJECT),
        (r#"{"B": "YWJjZ"}"#, "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        (r#"{"B": "YWJjYW=="}"#, "Invalid last non-pad Base64 character dectected"),
        (r#"{"B": "YW~j"}"#, "Invalid last non-pad Base64 character dectected"),
        (r#"{"BOOL": 1}"#, "NUMBER_VALUE cannot be converted to Boolean"),
        (r#"{"BOOL": "x"}"#, "Unexpected token received from parser"),
        (r#"{"NULL": "x"}"#, "Unexpected token received from parser"),
        (r#"{"NULL": []}"#, "Unrecognized collection type class java.lang.Boolean"),
        (r#"{"SS": "a"}"#, FIELD),
        (r#"{"SS": {}}"#, OBJECT),
        (r#"{"SS": [1]}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"SS": [[]]}"#, "Unrecognized collection type class java.lang.String"),
        (r#"{"NS": [1]}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"NS": [{}]}"#, OBJECT),
        (r#"{"BS": [true]}"#, blob),
        (r#"{"BS": ["YWJ"]}"#, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        (r#"{"BS": [[]]}"#, "Unrecognized collection type class java.nio.ByteBuffer"),
        (r#"{"L": "a"}"#, FIELD),
        (r#"{"L": {}}"#, OBJECT),
        (r#"{"L": ["a"]}"#, PAYLOAD),
        (r#"{"L": [[]]}"#, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
        (r#"{"M": "a"}"#, FIELD),
        (r#"{"M": {"a": 1}}"#, PAYLOAD),
        (
            r#"{"M": []}"#,
            "Unrecognized collection type java.util.Map<java.lang.String, \
             com.amazonaws.dynamodb.v20120810.AttributeValue>",
        ),
        (r#"{"L": [{"M": {"a": {"N": 1}}}]}"#, "NUMBER_VALUE cannot be converted to String"),
    ];
    for (value, text) in cases {
        assert_eq!(refusal(Operation::PutItem, &format!("{{\"Item\": {{\"a\": {value}}}}}")), text, "{value}");
        let expected = format!("{{\"Expected\": {{\"a\": {{\"Value\": {value}}}}}}}");
        assert_eq!(refusal(Operation::PutItem, &expected), text, "{value}");
    }
    assert_eq!(refusal(Operation::PutItem, r#"{"Expected": {"a": {"Value": "x"}}}"#), FIELD);
    assert_eq!(refusal(Operation::PutItem, r#"{"Expected": {"a": {"AttributeValueList": ["x"]}}}"#), PAYLOAD);
}

#[test]
fn what_is_no_object_of_json_has_no_text() {
    let unclosed = format!("{{\"Item\": {{\"a\": {}", "{\"L\": [".repeat(300));
    let deep = format!("{{\"Item\": {{\"a\": {}{}}}}}", "{\"L\": [".repeat(3_000), "]}".repeat(3_000));
    for body in [
        "",
        "{",
        "[]",
        "null",
        "5",
        "\"a\"",
        "{} x",
        "{\"a\":}",
        "{'a': 1}",
        "{\"TableName\": \"\\ud800\"}",
        &unclosed,
        &deep,
    ] {
        assert_eq!(refusal(Operation::PutItem, body), "<none>", "{body}");
    }
}

#[test]
fn the_first_wrong_type_in_the_document_is_told() {
    let body = r#"{"TableName": "ab", "Item": {"a": {"S": 1}}, "ReturnValues": true}"#;
    assert_eq!(refusal(Operation::PutItem, body), "NUMBER_VALUE cannot be converted to String");
    let body = r#"{"ReturnValues": true, "Item": {"a": {"S": 1}}}"#;
    assert_eq!(refusal(Operation::PutItem, body), "TRUE_VALUE cannot be converted to String");
}

#[test]
fn nulls_and_unknown_members_are_passed_over() {
    let good = [
        r#"{"TableName": "abc", "Key": {"a": {"S": "x"}}, "Unknown": [{"S": 1}, null], "ConsistentRead": null}"#,
        r#"{"TableName": "abc", "Key": {"a": {"S": "x", "N": null, "Z": 5}}, "ExpressionAttributeNames": null}"#,
        r#"{"TableName": "abc", "Key": {"a": {"B": "AAE="}}, "ConsistentRead": "YES"}"#,
        r#"{"TableName": "abc", "Key": {}, "AttributesToGet": null, "ProjectionExpression": null}"#,
    ];
    for body in good {
        assert!(parse_json(Operation::GetItem, body).is_ok(), "{body}");
    }
}

/// A body of 16 MB may hold millions of tiny elements; they are not followed to the end of the memory.
#[test]
fn a_request_of_millions_of_parts_is_not_followed() {
    let parts = |count| format!("{{\"RequestItems\": {{\"abc\": [{}{{}}]}}}}", "{},".repeat(count));
    assert_eq!(refusal(Operation::BatchWriteItem, &parts(1_000_000)), "<none>");
    let failure = parse_json(Operation::BatchWriteItem, &parts(100_000)).unwrap_err();
    assert_eq!(failure.exception().name(), "ValidationException");
}
