//! What happens as time passes: client tokens are forgotten, items expire.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{NOW_MS, Timed as Fixture};
use serde_json::json;
use statordb_engine::EngineOptions;

const NOW_S: u64 = NOW_MS / 1_000;
const MINUTE_MS: u64 = 60 * 1_000;
const FIVE_YEARS_S: u64 = 5 * 365 * 24 * 60 * 60;

impl Fixture {
    /// With a table `films`, of items by `pk`.
    fn new() -> Self {
        let fixture = Self::with(EngineOptions::default());
        fixture.ok(
            "CreateTable",
            &json!({
                "TableName": "films", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            }),
        );
        fixture.ok("DescribeTable", &json!({"TableName": "films"}));
        fixture
    }

    fn put(&self, pk: &str, expires: u64) {
        let item = json!({"pk": {"S": pk}, "expires": {"N": expires.to_string()}});
        self.ok("PutItem", &json!({"TableName": "films", "Item": item}));
    }

    fn keys(&self) -> Vec<String> {
        let scanned = self.ok("Scan", &json!({"TableName": "films"}));
        let keys = scanned["Items"].as_array().unwrap().iter().map(|item| item["pk"]["S"].as_str().unwrap().to_owned());
        let mut keys: Vec<_> = keys.collect();
        keys.sort();
        keys
    }

    /// How many items a round of upkeep deletes.
    fn expire(&self) -> usize {
        self.engine.upkeep().unwrap().expired
    }
}

fn expiring() -> Fixture {
    let fixture = Fixture::new();
    let specification = json!({"Enabled": true, "AttributeName": "expires"});
    fixture.ok("UpdateTimeToLive", &json!({"TableName": "films", "TimeToLiveSpecification": specification}));
    fixture
}

#[test]
fn a_client_token_is_known_for_ten_minutes() {
    let fixture = Fixture::new();
    let add = |by: &str| {
        let update = json!({
            "TableName": "films", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": by}},
        });
        json!({"TransactItems": [{"Update": update}], "ClientRequestToken": "token"})
    };
    let value = || {
        let got = fixture.ok("GetItem", &json!({"TableName": "films", "Key": {"pk": {"S": "a"}}}));
        got["Item"]["n"]["N"].as_str().unwrap().to_owned()
    };
    fixture.ok("TransactWriteItems", &add("1"));
    fixture.pass_ms(10 * MINUTE_MS - 1);
    fixture.expire();
    fixture.ok("TransactWriteItems", &add("1"));
    assert_eq!(value(), "1");
    let (status, error) = fixture.call("TransactWriteItems", &add("2"));
    assert_eq!(status, 400);
    assert_eq!(error["__type"], "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException");
    fixture.pass_ms(1);
    fixture.ok("TransactWriteItems", &add("2"));
    assert_eq!(value(), "3");
}

#[test]
fn an_item_whose_time_has_come_is_as_any_other_until_it_is_deleted() {
    let fixture = expiring();
    for pk in ["left", "saved", "again"] {
        fixture.put(pk, NOW_S + 10);
    }
    assert_eq!(fixture.expire(), 0);
    fixture.pass_ms(9_000);
    assert_eq!(fixture.expire(), 0);
    fixture.pass_ms(1_000);
    assert_eq!(fixture.keys(), ["again", "left", "saved"]);
    let update = json!({
        "TableName": "films", "Key": {"pk": {"S": "saved"}}, "UpdateExpression": "REMOVE expires",
        "ConditionExpression": "expires = :then",
        "ExpressionAttributeValues": {":then": {"N": (NOW_S + 10).to_string()}},
    });
    fixture.ok("UpdateItem", &update);
    fixture.put("again", NOW_S + 20);
    assert_eq!(fixture.expire(), 1);
    assert_eq!(fixture.keys(), ["again", "saved"]);
    fixture.pass_ms(10_000);
    assert_eq!(fixture.expire(), 1);
    assert_eq!(fixture.keys(), ["saved"]);
}

#[test]
fn a_time_of_more_than_five_years_ago_is_no_time() {
    let fixture = expiring();
    fixture.put("just", NOW_S - FIVE_YEARS_S);
    fixture.put("before", NOW_S - FIVE_YEARS_S - 1);
    assert_eq!(fixture.expire(), 1);
    assert_eq!(fixture.keys(), ["before"]);
}

#[test]
fn nothing_expires_once_it_is_switched_off() {
    let fixture = expiring();
    fixture.put("a", NOW_S - 1);
    let specification = json!({"Enabled": false, "AttributeName": "expires"});
    fixture.ok("UpdateTimeToLive", &json!({"TableName": "films", "TimeToLiveSpecification": specification}));
    assert_eq!(fixture.expire(), 0);
    assert_eq!(fixture.keys(), ["a"]);
}
