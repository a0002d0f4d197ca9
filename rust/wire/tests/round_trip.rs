//! Items through JSON and back, and parsers that never panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{fixture, headers, post, text};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use statordb_engine::value::{Builder, Item, Number, Value};
use statordb_wire::answer::ItemBody;
use statordb_wire::operation::Operation;
use statordb_wire::{Request, parse_json};

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+-]?[0-9]{1,20}",
        "-?[0-9]{1,10}\\.[0-9]{0,10}",
        "-?\\.[0-9]{1,12}",
        "-?[1-9][0-9]{0,5}[eE][+-]?[0-9]{1,2}",
    ]
}

/// An attribute value in JSON, as a client may write it.
fn attribute() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<String>().prop_map(|text| json!({ "S": text })),
        "[\\x00-\\x7f]{30,70}|[a-z]{60}[\"\\\\é]{0,9}".prop_map(|text| json!({ "S": text })),
        number().prop_map(|text| json!({ "N": text })),
        any::<Vec<u8>>().prop_map(|bytes| json!({ "B": STANDARD.encode(bytes) })),
        any::<bool>().prop_map(|value| json!({ "BOOL": value })),
        Just(json!({ "NULL": true })),
        prop::collection::btree_set(".{0,6}", 1..5).prop_map(|set| json!({ "SS": set })),
        prop::collection::btree_set(any::<Vec<u8>>(), 1..5)
            .prop_map(|set| json!({ "BS": set.iter().map(|bytes| STANDARD.encode(bytes)).collect::<Vec<_>>() })),
        prop::collection::btree_map(-50_i32..50, "0{0,3}", 1..5).prop_map(|set| {
            json!({ "NS": set.iter().map(|(number, zeros)| format!("{number}.{zeros}")).collect::<Vec<_>>() })
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!({ "L": list })),
            prop::collection::btree_map(".{1,8}", inner, 0..4).prop_map(|map| json!({ "M": map })),
        ]
    })
}

fn item() -> impl Strategy<Value = Map<String, Json>> {
    prop::collection::btree_map(".{1,10}", attribute(), 0..6).prop_map(|map| map.into_iter().collect())
}

/// What an item means, read from its JSON without the code under test.
fn meaning(attributes: &Map<String, Json>) -> BTreeMap<String, Value> {
    attributes.iter().map(|(name, value)| (name.clone(), value_of(value))).collect()
}

fn value_of(json: &Json) -> Value {
    let (kind, content) = json.as_object().unwrap().iter().next().unwrap();
    let texts = || content.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    let text = || content.as_str().unwrap();
    match kind.as_str() {
        "S" => Value::S(text().to_owned()),
        "N" => Value::N(Number::parse(text()).unwrap()),
        "B" => Value::B(STANDARD.decode(text()).unwrap()),
        "BOOL" => Value::Bool(content.as_bool().unwrap()),
        "NULL" => Value::Null,
        "SS" => Value::Ss(texts().map(str::to_owned).collect()),
        "NS" => Value::Ns(texts().map(|text| Number::parse(text).unwrap()).collect()),
        "BS" => Value::Bs(texts().map(|text| STANDARD.decode(text).unwrap()).collect()),
        "L" => Value::L(content.as_array().unwrap().iter().map(value_of).collect()),
        _ => Value::M(meaning(content.as_object().unwrap())),
    }
}

/// The item of a PutItem whose attributes these are.
fn parsed(attributes: &Map<String, Json>) -> Item {
    let body = json!({ "TableName": "films", "Item": attributes }).to_string();
    match parse_json(Operation::PutItem, &body).unwrap() {
        Request::PutItem(request) => request.item.unwrap(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    /// JSON -> request -> bytes -> JSON: the item means what was written, and its JSON is canonical from then on.
    #[test]
    fn items_survive_json(attributes in item()) {
        let item = parsed(&attributes);
        let mut built = Builder::item();
        for (name, value) in meaning(&attributes) {
            built.name(&name);
            built.decoded(&value);
        }
        prop_assert_eq!(&item, &built.finish_item().unwrap());
        let canonical = serde_json::to_string(&ItemBody(item.view())).unwrap();
        let again: Map<String, Json> = serde_json::from_str(&canonical).unwrap();
        prop_assert_eq!(meaning(&again), meaning(&attributes));
        prop_assert_eq!(serde_json::to_string(&ItemBody(parsed(&again).view())).unwrap(), canonical);
    }

    /// The same through the whole of the protocol and the engine.
    #[test]
    fn items_survive_a_table(mut attributes in item()) {
        attributes.insert("pk".into(), json!({ "S": "key" }));
        let fixture = fixture().with_table();
        fixture.ok("PutItem", &json!({ "TableName": "films", "Item": attributes }).to_string());
        let got = fixture.ok("GetItem", r##"{"TableName":"films","Key":{"pk":{"S":"key"}}}"##);
        let rows = fixture.ok("Scan", r##"{"TableName":"films"}"##);
        let batch = r##"{"RequestItems":{"films":{"Keys":[{"pk":{"S":"key"}}]}}}"##;
        let batch = fixture.ok("BatchGetItem", batch);
        prop_assert_eq!(meaning(got["Item"].as_object().unwrap()), meaning(&attributes));
        prop_assert_eq!(&rows["Items"], &json!([got["Item"]]));
        prop_assert_eq!(&batch["Responses"], &json!({ "films": [got["Item"]] }));
        // Rows are written straight from their bytes, as the serializer of answers writes them.
        let serialized = serde_json::to_string(&ItemBody(parsed(&attributes).view())).unwrap();
        let reply = fixture.call("GetItem", r##"{"TableName":"films","Key":{"pk":{"S":"key"}}}"##);
        prop_assert_eq!(text(&reply), format!(r##"{{"Item":{serialized}}}"##));
    }

    /// Whatever a body is, it is answered; and never with a fault of ours.
    #[test]
    fn any_body_is_answered(body in any::<Vec<u8>>(), operation in prop::sample::select(Operation::ALL.to_vec())) {
        let target = format!("DynamoDB_20120810.{operation}");
        let reply = fixture().send(&post(headers(&target), &body));
        prop_assert!(matches!(reply.status, 200 | 400), "{}", text(&reply));
    }

    /// Good bodies with a few bytes changed get further than noise does.
    #[test]
    fn any_changed_body_is_answered(
        which in 0..GOOD.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            prop::sample::select(b"{}[]\",:\\0159.eE-truefalsn SNBLM\n".to_vec()),
            any::<u8>(),
        ]), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (operation, good) = GOOD[which];
        let mut body = good.as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        let fixture = fixture().with_table();
        let reply = fixture.send(&post(headers(&format!("DynamoDB_20120810.{operation}")), &body));
        prop_assert!(matches!(reply.status, 200 | 400), "{}", text(&reply));
        prop_assert!(fixture.faults.lock().unwrap().is_empty());
    }
}

const GOOD: &[(&str, &str)] = &[
    (
        "PutItem",
        r##"{"TableName":"films","Item":{"pk":{"S":"a"},"n":{"N":"1.5e3"},"b":{"B":"AAE="},"l":{"L":[{"NULL":true},{"M":{"x":{"SS":["a","b"]}}}]}},"ConditionExpression":"attribute_not_exists(#p)","ExpressionAttributeNames":{"#p":"pk"},"ReturnValues":"ALL_OLD"}"##,
    ),
    (
        "UpdateItem",
        r##"{"TableName":"films","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET n = if_not_exists(n, :z) + :o REMOVE l[0]","ExpressionAttributeValues":{":z":{"N":"0"},":o":{"N":"1"}},"ReturnValues":"UPDATED_NEW"}"##,
    ),
    (
        "UpdateItem",
        r##"{"TableName":"films","Key":{"pk":{"S":"a"}},"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"1"}}},"Expected":{"pk":{"ComparisonOperator":"NOT_NULL"},"n":{"Exists":false}},"ConditionalOperator":"OR"}"##,
    ),
    (
        "Query",
        r##"{"TableName":"films","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"Limit":3,"ScanIndexForward":false,"ReturnConsumedCapacity":"INDEXES"}"##,
    ),
    (
        "Query",
        r##"{"TableName":"films","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}},"QueryFilter":{"n":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"1"}]}},"AttributesToGet":["n"]}"##,
    ),
    (
        "Scan",
        r##"{"TableName":"films","Segment":0,"TotalSegments":1,"ExclusiveStartKey":{"pk":{"S":"a"}},"FilterExpression":"size(n) > :o","ExpressionAttributeValues":{":o":{"N":"1"}}}"##,
    ),
    (
        "BatchGetItem",
        r##"{"RequestItems":{"films":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}],"ConsistentRead":true,"ProjectionExpression":"pk"}}}"##,
    ),
    (
        "BatchWriteItem",
        r##"{"RequestItems":{"films":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]}}"##,
    ),
    (
        "CreateTable",
        r##"{"TableName":"more","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5},"Tags":[],"StreamSpecification":{"StreamEnabled":false}}"##,
    ),
];

#[test]
fn the_good_bodies_are_good() {
    for (operation, body) in GOOD {
        let reply = fixture().with_table().call(operation, body);
        let is_condition = text(&reply).contains("ConditionalCheckFailed");
        assert!(reply.status == 200 || is_condition, "{operation}: {}", text(&reply));
    }
}
