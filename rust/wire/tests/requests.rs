//! What comes out of parsing: every member of every operation, in its typed form; and deserializers other than JSON's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::borrow::Cow;

use common::{fixture, text};
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_test::{Configure, Token, assert_ser_tokens};
use statordb_engine::catalog::{BillingMode, KeyRole, TableClass, Throughput};
use statordb_engine::ops::update_item::AttributeAction;
use statordb_engine::ops::{ComparisonOperator, ConditionalOperator, ReturnConsumedCapacity, ReturnValues, Select};
use statordb_engine::value::{Kind, Value, ValueError};
use statordb_wire::answer::ItemBody;
use statordb_wire::operation::Operation;
use statordb_wire::{Request, parse, parse_json};

fn request(operation: Operation, body: &str) -> Request<'_> {
    let request = parse_json(operation, body).unwrap();
    assert_eq!(request.operation(), operation);
    request
}

#[test]
fn put_item() {
    let body = r##"{"TableName": "films", "Item": {"a": {"S": "x"}}, "Expected": {"a": {"Value": {"N": "1"}, "Exists": "true",
        "ComparisonOperator": "BETWEEN", "AttributeValueList": [{"S": "x"}, {}]}}, "ReturnValues": "UPDATED_OLD",
        "ReturnConsumedCapacity": "INDEXES", "ReturnItemCollectionMetrics": "SIZE", "ConditionalOperator": "OR",
        "ConditionExpression": "a = :a", "ExpressionAttributeNames": {"#a": "x", "#b": "y", "#a": "z"},
        "ExpressionAttributeValues": {":a": {"S": "y"}, ":b": {"N": "?"}, ":c": null},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}"##;
    let Request::PutItem(request) = request(Operation::PutItem, body) else { panic!() };
    assert!(matches!(request.table, Cow::Borrowed("films")), "texts are borrowed from the body");
    assert_eq!(request.item.unwrap().view().get("a").unwrap().as_str(), Some("x"));
    assert_eq!(request.return_values, ReturnValues::UpdatedOld);
    assert_eq!(request.return_consumed_capacity, ReturnConsumedCapacity::Indexes);
    assert_eq!(request.condition.expression.as_deref(), Some("a = :a"));
    assert_eq!(request.condition.conditional_operator, Some(ConditionalOperator::Or));
    assert!(request.condition.return_old_on_failure);
    let expected = request.condition.expected.unwrap();
    let (name, expected) = &expected[0];
    assert_eq!(
        (name.as_ref(), expected.exists, expected.operator),
        ("a", Some(true), Some(ComparisonOperator::Between))
    );
    assert_eq!(expected.value.as_ref().unwrap().as_ref().unwrap().view().kind(), Kind::N);
    let list = expected.list.as_ref().unwrap();
    assert!(list[0].is_ok() && list[1] == Err(ValueError::Empty), "{list:?}");
    let names = request.substitutions.names.unwrap();
    assert_eq!(names, [("#a".into(), "z".into()), ("#b".into(), "y".into())], "the last of a name counts");
    let values = request.substitutions.values.unwrap();
    assert!(values[0].1.is_ok() && values[2].1 == Err(ValueError::Empty), "{values:?}");
    assert!(matches!(values[1].1, Err(ValueError::Number(_))));
}

#[test]
fn update_item_and_delete_item() {
    let body = r##"{"TableName": "films", "Key": {"a": {"S": "x"}}, "UpdateExpression": "SET a = :a", "AttributeUpdates": {
        "p": {"Value": {"S": "x"}}, "q": {"Action": "ADD", "Value": {"N": "1"}}, "r": {"Action": "DELETE"}},
        "ReturnValues": "ALL_NEW"}"##;
    let Request::UpdateItem(update) = request(Operation::UpdateItem, body) else { panic!() };
    assert_eq!(update.update_expression.as_deref(), Some("SET a = :a"));
    assert_eq!(update.return_values, ReturnValues::AllNew);
    let updates = update.attribute_updates.unwrap();
    let actions: Vec<_> =
        updates.iter().map(|(name, update)| (name.as_ref(), update.action, update.value.is_some())).collect();
    let wanted =
        [("p", AttributeAction::Put, true), ("q", AttributeAction::Add, true), ("r", AttributeAction::Delete, false)];
    assert_eq!(actions, wanted);
    assert!(update.condition.expression.is_none() && !update.condition.return_old_on_failure);
    let body = r##"{"TableName": "films", "Key": {"a": {"SS": []}}, "ReturnValues": "NONE", "ReturnConsumedCapacity": "TOTAL"}"##;
    let Request::DeleteItem(delete) = request(Operation::DeleteItem, body) else { panic!() };
    assert_eq!(delete.key, Err(ValueError::EmptySet(Kind::Ss)), "reported later, in its turn");
    assert_eq!(
        (delete.return_values, delete.return_consumed_capacity),
        (ReturnValues::None, ReturnConsumedCapacity::Total)
    );
}

#[test]
fn get_item() {
    let body = r##"{"TableName": "films", "Key": {"a": {"S": "x"}}, "AttributesToGet": ["a", "\u0062"], "ConsistentRead": true,
        "ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": "a"}}"##;
    let Request::GetItem(get) = request(Operation::GetItem, body) else { panic!() };
    assert!(get.consistent_read && get.projection_expression.as_deref() == Some("#a"));
    assert_eq!(get.attributes_to_get.unwrap(), ["a", "b"]);
    assert_eq!(get.names.unwrap(), [("#a".into(), "a".into())]);
}

#[test]
fn query_and_scan() {
    let body = r##"{"TableName": "films", "IndexName": "index", "Select": "COUNT", "AttributesToGet": ["a"], "Limit": 7,
        "ConsistentRead": true, "KeyConditions": {"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}},
        "QueryFilter": {"b": {"ComparisonOperator": "NULL"}}, "ConditionalOperator": "AND", "ScanIndexForward": false,
        "ExclusiveStartKey": {"a": {"N": "?"}}, "FilterExpression": "f", "KeyConditionExpression": "k",
        "ProjectionExpression": "p", "ExpressionAttributeValues": {}}"##;
    let Request::Query(query) = request(Operation::Query, body) else { panic!() };
    assert_eq!((query.index.as_deref(), query.select, query.limit), (Some("index"), Some(Select::Count), Some(7)));
    assert!(query.consistent_read && !query.scan_index_forward);
    let conditions = query.key_conditions.unwrap();
    assert_eq!((conditions[0].1.operator, conditions[0].1.list.len()), (ComparisonOperator::Eq, 1));
    let filter = query.query_filter.unwrap();
    assert_eq!((filter[0].1.operator, filter[0].1.list.len()), (ComparisonOperator::Null, 0));
    assert_eq!(query.conditional_operator, Some(ConditionalOperator::And));
    assert!(matches!(query.exclusive_start_key, Some(Err(ValueError::Number(_)))));
    let texts = [query.filter_expression, query.key_condition_expression, query.projection_expression];
    assert_eq!(texts.map(Option::unwrap), ["f", "k", "p"]);
    assert!(query.substitutions.names.is_none() && query.substitutions.values.is_some_and(|values| values.is_empty()));
    let Request::Query(query) = request(Operation::Query, r##"{"TableName": "films"}"##) else { panic!() };
    assert!(query.scan_index_forward && !query.consistent_read && query.limit.is_none());
    let body = r##"{"TableName": "films", "Select": "ALL_PROJECTED_ATTRIBUTES", "Segment": 0, "TotalSegments": 1000000, "Limit": 2.9,
        "ScanFilter": {"b": {"ComparisonOperator": "IN", "AttributeValueList": []}}, "ExclusiveStartKey": {"a": {"S": "x"}}}"##;
    let Request::Scan(scan) = request(Operation::Scan, body) else { panic!() };
    assert_eq!((scan.segment, scan.total_segments, scan.limit), (Some(0), Some(1_000_000), Some(2)));
    assert_eq!(scan.select, Some(Select::AllProjectedAttributes));
    assert_eq!(scan.scan_filter.unwrap()[0].1.operator, ComparisonOperator::In);
    assert!(matches!(scan.exclusive_start_key, Some(Ok(_))));
}

#[test]
fn batches() {
    let body = r##"{"RequestItems": {"films": {"Keys": [{"a": {"N": "1"}, "b": {"N": "2"}}, {"a": {"N": "1.0"}, "b": {"N": "2"}},
        {"b": {"N": "2"}, "a": {"N": "1"}}], "ConsistentRead": false, "AttributesToGet": ["a"]}, "books": {"Keys": [{}]}}}"##;
    let Request::BatchGetItem(batch) = request(Operation::BatchGetItem, body) else { panic!() };
    let films = &batch.tables[0];
    assert_eq!((films.table.as_ref(), films.consistent_read), ("films", Some(false)));
    assert_eq!(batch.tables[1].consistent_read, None);
    let keys: Vec<_> = films.keys.iter().map(|key| (key.key.clone().unwrap(), key.spelling)).collect();
    assert_eq!(keys[0].0, keys[1].0);
    assert_ne!(keys[0].1, keys[1].1, "equal keys, spelled differently");
    assert_eq!(keys[0], keys[2], "the order of attributes does not count");
    let body = r##"{"RequestItems": {"films": [{"PutRequest": {"Item": {"a": {"S": "x"}}}}, {"DeleteRequest": {"Key": {"a": {}}}},
        {}]}}"##;
    let Request::BatchWriteItem(batch) = request(Operation::BatchWriteItem, body) else { panic!() };
    let requests = &batch.tables[0].1;
    assert!(requests[0].put.as_ref().unwrap().is_ok() && requests[0].delete.is_none());
    assert_eq!(requests[1].delete, Some(Err(ValueError::Empty)));
    assert!(requests[2].put.is_none() && requests[2].delete.is_none());
}

#[test]
fn tables() {
    let body = r##"{"TableName": "films", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "N"}, {"AttributeName": "b",
        "AttributeType": "B"}], "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
        "BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 5.9, "WriteCapacityUnits": 9223372036854775807},
        "TableClass": "STANDARD_INFREQUENT_ACCESS", "DeletionProtectionEnabled": true}"##;
    let Request::CreateTable(create) = request(Operation::CreateTable, body) else { panic!() };
    assert_eq!(create.definitions, [("a".into(), Kind::N), ("b".into(), Kind::B)]);
    assert_eq!(create.key_schema, [("a".into(), KeyRole::Hash), ("b".into(), KeyRole::Range)]);
    assert_eq!(create.billing_mode, Some(BillingMode::Provisioned));
    assert_eq!(create.throughput, Some(Throughput { read_units: 5, write_units: i64::MAX as u64 }));
    assert_eq!((create.table_class, create.deletion_protection), (Some(TableClass::StandardInfrequentAccess), true));
    let Request::ListTables(list) =
        request(Operation::ListTables, r##"{"ExclusiveStartTableName": "abc", "Limit": 9}"##)
    else {
        panic!()
    };
    assert_eq!((list.exclusive_start.as_deref(), list.limit), (Some("abc"), Some(9)));
    assert_eq!(request(Operation::DescribeTable, r##"{"TableName": "t"}"##).table(), Some("t"));
    assert_eq!(request(Operation::DeleteTable, r##"{"TableName": "t"}"##).table(), Some("t"));
    assert_eq!(request(Operation::DescribeLimits, "{}").table(), None);
}

/// What an engine's answers become; the wire's names are asked for here, the engine's rules elsewhere.
#[test]
fn answers() {
    let fixture = fixture().with_table();
    let page = fixture.ok(
        "Query",
        r##"{"TableName":"films","KeyConditionExpression":"pk = :p",
        "ExpressionAttributeValues":{":p":{"S":"a"}},"ReturnConsumedCapacity":"INDEXES"}"##,
    );
    let wanted = serde_json::json!({
        "Items": [], "Count": 0, "ScannedCount": 0,
        "ConsumedCapacity": {"TableName": "films", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}}
    });
    assert_eq!(page, wanted);
    fixture.ok("PutItem", r##"{"TableName":"films","Item":{"pk":{"S":"a"}}}"##);
    fixture.ok("PutItem", r##"{"TableName":"films","Item":{"pk":{"S":"b"}}}"##);
    let count = fixture.ok("Scan", r##"{"TableName":"films","Select":"COUNT"}"##);
    assert_eq!(count, serde_json::json!({"Count": 2, "ScannedCount": 2}));
    let page = fixture.ok("Scan", r##"{"TableName":"films","Limit":1}"##);
    assert_eq!(page["Items"].as_array().unwrap().len(), 1);
    assert_eq!(page["Items"][0], page["LastEvaluatedKey"]);
    let batch = fixture.ok(
        "BatchGetItem",
        r##"{"RequestItems":{"films":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"c"}}]}},
        "ReturnConsumedCapacity":"TOTAL"}"##,
    );
    let wanted = serde_json::json!({
        "Responses": {"films": [{"pk": {"S": "a"}}]}, "UnprocessedKeys": {},
        "ConsumedCapacity": [{"TableName": "films", "CapacityUnits": 1.0}]
    });
    assert_eq!(batch, wanted);
    let batch =
        fixture.ok("BatchWriteItem", r##"{"RequestItems":{"films":[{"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}}"##);
    assert_eq!(batch, serde_json::json!({"UnprocessedItems": {}}));
    let table = fixture.ok("DescribeTable", r##"{"TableName":"films"}"##);
    let table = table["Table"].as_object().unwrap();
    assert_eq!(table["CreationDateTime"], serde_json::json!(1_795_412_760.123));
    assert_eq!(table["TableArn"], "arn:aws:dynamodb:eu-west-2:000000000000:table/films");
    assert_eq!(fixture.ok("ListTables", "{}"), serde_json::json!({"TableNames": ["films"]}));
    let capacity =
        r##"{"TableName":"films","Key":{"pk":{"S":"b"}},"ReturnConsumedCapacity":"TOTAL","ConsistentRead":true}"##;
    let reply = fixture.call("GetItem", capacity);
    assert!(text(&reply).contains("\"CapacityUnits\":1.0"), "a float even when it is whole: {}", text(&reply));
}

/// An answer that fails after rows were read leaves nothing of itself.
#[test]
fn an_error_is_the_whole_body() {
    let fixture = fixture();
    let reply = fixture.call("Scan", r##"{"TableName":"films"}"##);
    assert!(text(&reply).starts_with("{\"__type\""), "{}", text(&reply));
}

/// Objects of another world: bytes are bytes, and texts in their place are texts and not base64.
#[derive(Clone, Debug)]
enum Native {
    Map(Vec<(&'static str, Native)>),
    List(Vec<Native>),
    Text(&'static str),
    Bytes(&'static [u8]),
    Integer(i64),
    Truth(bool),
    Nothing,
}

impl<'de> Deserializer<'de> for Native {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::Map(members) => visitor.visit_map(MapDeserializer::new(members.into_iter())),
            Self::List(elements) => visitor.visit_seq(SeqDeserializer::new(elements.into_iter())),
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Bytes(bytes) => visitor.visit_bytes(bytes),
            Self::Integer(number) => visitor.visit_i64(number),
            Self::Truth(value) => visitor.visit_bool(value),
            Self::Nothing => visitor.visit_none(),
        }
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_> for Native {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn of(kind: &'static str, content: Native) -> Native {
    Native::Map(vec![(kind, content)])
}

#[test]
fn native_objects_are_read_like_json() {
    use Native::{Bytes, List, Map, Nothing, Text, Truth};
    let item = Map(vec![
        ("b", of("B", Bytes(b"\0\xff"))),
        ("text", of("B", Text("not base64"))),
        ("bs", of("BS", List(vec![Bytes(b"2"), Bytes(b"1")]))),
        ("n", of("N", Text("1.50"))),
        ("l", of("L", List(vec![of("BOOL", Truth(false)), of("NULL", Truth(true))]))),
    ]);
    let put = Map(vec![("TableName", Text("films")), ("Item", item), ("Expected", Nothing)]);
    let Request::PutItem(request) = parse(Operation::PutItem, put).unwrap() else { panic!() };
    assert!(request.condition.expected.is_none());
    let item = request.item.unwrap();
    let value = |name: &str| item.view().get(name).unwrap().to_value();
    assert_eq!(value("b"), Value::B(b"\0\xff".to_vec()));
    assert_eq!(value("text"), Value::B(b"not base64".to_vec()));
    assert_eq!(value("bs"), Value::Bs([b"1".to_vec(), b"2".to_vec()].into()));
    assert_eq!(value("l"), Value::L(vec![Value::Bool(false), Value::Null]));
    let tokens = [
        Token::Map { len: Some(1) },
        Token::Str("b"),
        Token::Map { len: Some(1) },
        Token::Str("B"),
        Token::Bytes(b"\0\xff"),
        Token::MapEnd,
        Token::MapEnd,
    ];
    let only = parse(
        Operation::PutItem,
        Map(vec![("TableName", Text("films")), ("Item", Map(vec![("b", of("B", Bytes(b"\0\xff")))]))]),
    );
    let Ok(Request::PutItem(only)) = only else { panic!() };
    let only = only.item.unwrap();
    assert_ser_tokens(&ItemBody(only.view()).compact(), &tokens);
}

#[test]
fn native_objects_are_refused_like_json() {
    use Native::{Bytes, Integer, List, Map, Text};
    let text = |members| parse(Operation::PutItem, Map(members)).unwrap_err().message().map(str::to_owned);
    let item = |content| vec![("Item", Map(vec![("a", content)]))];
    assert_eq!(text(item(of("N", Integer(5)))).unwrap(), "NUMBER_VALUE cannot be converted to String");
    assert_eq!(text(item(of("SS", Text("a")))).unwrap(), "Unexpected field type");
    assert_eq!(text(item(of("S", Bytes(b"a")))).unwrap(), "STRING_VALUE cannot be converted to String");
    assert_eq!(text(vec![("TableName", List(vec![]))]).unwrap(), "Unrecognized collection type class java.lang.String");
    let mut deep = of("S", Text(""));
    for _ in 0..32 {
        deep = of("L", List(vec![deep]));
    }
    for more in [0, 1, 31, 32, 40] {
        for _ in 0..more {
            deep = of("M", Map(vec![("a", deep)]));
        }
        let put = Map(vec![("TableName", Text("films")), ("Item", Map(vec![("a", deep.clone())]))]);
        let Ok(Request::PutItem(request)) = parse(Operation::PutItem, put) else { panic!() };
        assert_eq!(request.item, Err(ValueError::Nesting));
    }
}

/// `levels` lists or maps in each other, as an attribute value.
fn nested(levels: usize, open: &str, close: &str) -> String {
    format!("{}{{\"S\":\"x\"}}{}", open.repeat(levels), close.repeat(levels))
}

const NESTING: &str = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond \
                       supported limit";

/// From some depth on the answer was a SerializationException without a text; AWS has one answer for all depths.
#[test]
fn every_nesting_beyond_the_limit_has_one_answer() {
    let fixture = fixture().with_table();
    let put = |value: &str| {
        fixture.call("PutItem", &format!(r##"{{"TableName":"films","Item":{{"pk":{{"S":"a"}},"v":{value}}}}}"##))
    };
    for (open, close) in [("{\"L\":[", "]}"), ("{\"M\":{\"a\":", "}}")] {
        assert_eq!(put(&nested(31, open, close)).status, 200);
        for levels in [32, 33, 60, 63, 64, 65, 100, 500, 2_000] {
            let reply = put(&nested(levels, open, close));
            let body: serde_json::Value = serde_json::from_str(text(&reply)).unwrap();
            assert_eq!(body["__type"], "com.amazon.coral.validate#ValidationException", "{levels}");
            assert_eq!(body["message"], NESTING, "{levels}");
        }
    }
    let value = nested(100, "{\"L\":[", "]}");
    let update = format!(
        r##"{{"TableName":"films","Key":{{"pk":{{"S":"a"}}}},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{{":v":{value}}}}}"##
    );
    assert!(text(&fixture.call("UpdateItem", &update)).contains(NESTING));
    // The syntax of what is skipped still counts.
    let broken = nested(100, "{\"L\":[", "]}").replace("\"x\"", "x");
    assert_eq!(text(&put(&broken)), r##"{"__type":"com.amazon.coral.service#SerializationException"}"##);
}
