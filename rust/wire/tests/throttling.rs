//! Throttling by the clock: what is let in, what is refused and how it says so, and what comes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::Timed as Fixture;
use serde_json::{Value, json};
use statordb_engine::EngineOptions;

const TABLE_ARN: &str = "arn:aws:dynamodb:eu-west-2:000000000000:table/films";
const TABLE_TEXT: &str = "The level of configured provisioned throughput for the table was exceeded. Consider increasing \
                          your provisioning level with the UpdateTable API.";
const INDEX_TEXT: &str = "The level of configured provisioned throughput for one or more global secondary indexes of the \
                          table was exceeded. Consider increasing your provisioning level for the under-provisioned global \
                          secondary indexes with the UpdateTable API.";
const HOT_TEXT: &str = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling \
                        your table or index so please try again shortly. If exceptions persist, check if you have a hot \
                        key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html";
const HOT_INDEX_TEXT: &str = "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is \
                              automatically scaling your index so please try again shortly.";
const MAX_TEXT: &str = "Throughput exceeds the maximum OnDemandThroughput configured on table or index";

impl Fixture {
    fn new(throttling: bool) -> Self {
        Self::with(EngineOptions { throttling, ..EngineOptions::default() })
    }

    /// The answer of a request that must be refused.
    fn refused(&self, operation: &str, body: &Value) -> Value {
        let (status, answer) = self.call(operation, body);
        assert_eq!(status, 400, "{operation} {body}: {answer}");
        answer
    }

    fn make(&self, table: Value) {
        let mut request = json!({
            "TableName": "films",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        });
        merge(&mut request, table);
        self.ok("CreateTable", &request);
        self.ok("DescribeTable", &json!({"TableName": "films"}));
    }

    fn put(&self, pk: &str) -> (u16, Value) {
        self.call("PutItem", &json!({"TableName": "films", "Item": {"pk": {"S": pk}}}))
    }

    /// Puts until one is refused; tells how many were not, and what the refusal says.
    fn puts_until_refused(&self, item: &Value) -> (usize, Value) {
        let mut done = 0;
        loop {
            match self.call("PutItem", &json!({"TableName": "films", "Item": item})) {
                (200, _) => done += 1,
                (_, answer) => return (done, answer),
            }
            assert!(done < 5_000, "nothing is refused");
        }
    }
}

fn merge(into: &mut Value, further: Value) {
    let Value::Object(further) = further else { panic!("not an object") };
    into.as_object_mut().unwrap().extend(further);
}

fn provisioned(read: u64, write: u64) -> Value {
    json!({"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}})
}

fn exceeded(reason: &str, resource: &str, message: &str) -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "ThrottlingReasons": [{"reason": reason, "resource": resource}],
        "message": message,
    })
}

fn throttled(reason: &str, resource: &str, message: &str) -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException",
        "throttlingReasons": [{"reason": reason, "resource": resource}],
        "message": message,
    })
}

fn item(pk: &str) -> Value {
    json!({"pk": {"S": pk}})
}

#[test]
fn nothing_is_throttled_unless_it_is_asked_for() {
    let fixture = Fixture::new(false);
    fixture.make(provisioned(1, 1));
    for number in 0..50 {
        assert_eq!(fixture.put(&number.to_string()).0, 200);
    }
}

#[test]
fn writes_are_refused_when_a_table_has_nothing_left_and_go_on_a_second_later() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 2));
    let refusal = exceeded("TableWriteProvisionedThroughputExceeded", TABLE_ARN, TABLE_TEXT);
    assert_eq!(fixture.puts_until_refused(&item("a")), (2, refusal.clone()));
    fixture.pass_ms(1_000);
    assert_eq!(fixture.puts_until_refused(&item("a")), (2, refusal));
    // A write that is refused leaves nothing.
    assert_eq!(fixture.put("b").0, 400);
    fixture.pass_ms(1_000);
    let got = fixture.ok("GetItem", &json!({"TableName": "films", "Key": item("b")}));
    assert_eq!(got, json!({}));
}

#[test]
fn reads_and_writes_are_counted_apart_by_what_they_cost() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 5));
    fixture.ok("PutItem", &json!({"TableName": "films", "Item": {"pk": {"S": "a"}, "b": {"S": "x".repeat(5_000)}}}));
    assert_eq!(fixture.put("b").0, 400);
    let get = |consistent| json!({"TableName": "films", "Key": item("a"), "ConsistentRead": consistent});
    // Two blocks, read consistently: two units of one a second, so it takes more than a second to recover.
    fixture.ok("GetItem", &get(true));
    let refusal = exceeded("TableReadProvisionedThroughputExceeded", TABLE_ARN, TABLE_TEXT);
    assert_eq!(fixture.refused("GetItem", &get(false)), refusal);
    assert_eq!(fixture.refused("Scan", &json!({"TableName": "films"})), refusal);
    let query = json!({"TableName": "films", "KeyConditionExpression": "pk = :p",
                       "ExpressionAttributeValues": {":p": {"S": "a"}}});
    assert_eq!(fixture.refused("Query", &query), refusal);
    fixture.pass_ms(1_000);
    assert_eq!(fixture.refused("GetItem", &get(false)), refusal);
    fixture.pass_ms(1);
    fixture.ok("Query", &query);
    assert_eq!(fixture.refused("GetItem", &get(false)), refusal);
}

#[test]
fn five_minutes_of_unused_capacity_are_kept() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 2));
    fixture.put("a");
    fixture.pass_ms(100_000);
    assert_eq!(fixture.puts_until_refused(&item("a")).0, 201);
    fixture.pass_ms(10_000_000);
    assert_eq!(fixture.puts_until_refused(&item("a")).0, 600);
}

#[test]
fn a_partition_has_limits_of_its_own() {
    let fixture = Fixture::new(true);
    fixture.make(json!({"BillingMode": "PAY_PER_REQUEST"}));
    let refusal = throttled("TableWriteKeyRangeThroughputExceeded", TABLE_ARN, HOT_TEXT);
    assert_eq!(fixture.puts_until_refused(&item("hot")), (1_000, refusal));
    let others = (0..20).filter(|other| fixture.put(&format!("other {other}")).0 == 200).count();
    assert!((10..20).contains(&others), "three of four partitions are as good as before: {others}");
    // Reads have theirs.
    fixture.ok("GetItem", &json!({"TableName": "films", "Key": item("hot")}));
    // A partition saves nothing.
    fixture.pass_ms(100_000);
    assert_eq!(fixture.puts_until_refused(&item("hot")).0, 1_000);
}

#[test]
fn a_hot_key_of_a_provisioned_table_has_its_reason() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 2_000));
    let refusal = exceeded("TableWriteKeyRangeThroughputExceeded", TABLE_ARN, TABLE_TEXT);
    assert_eq!(fixture.puts_until_refused(&item("hot")), (1_000, refusal));
}

#[test]
fn a_write_whose_condition_fails_costs_what_the_item_has() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 3));
    let large = json!({"pk": {"S": "a"}, "b": {"S": "x".repeat(1_500)}});
    fixture.ok("PutItem", &json!({"TableName": "films", "Item": large}));
    let put = json!({"TableName": "films", "Item": item("a"), "ConditionExpression": "attribute_not_exists(pk)"});
    let answer = fixture.refused("PutItem", &put);
    assert_eq!(answer["message"], "The conditional request failed");
    fixture.pass_ms(333);
    assert_eq!(fixture.put("b").0, 400, "four of three units are spent");
    fixture.pass_ms(1);
    assert_eq!(fixture.put("b").0, 200);
}

#[test]
fn a_global_index_without_capacity_refuses_the_writes_that_change_it() {
    let fixture = Fixture::new(true);
    let mut table = provisioned(100, 100);
    merge(
        &mut table,
        json!({
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                     {"AttributeName": "genre", "AttributeType": "S"}],
            "GlobalSecondaryIndexes": [{"IndexName": "by_genre", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}],
        }),
    );
    fixture.make(table);
    let indexed = json!({"pk": {"S": "a"}, "genre": {"S": "drama"}});
    fixture.ok("PutItem", &json!({"TableName": "films", "Item": indexed}));
    let other = json!({"TableName": "films", "Item": {"pk": {"S": "b"}, "genre": {"S": "drama"}}});
    let index_arn = format!("{TABLE_ARN}/index/by_genre");
    let refusal = exceeded("IndexWriteProvisionedThroughputExceeded", &index_arn, INDEX_TEXT);
    assert_eq!(fixture.refused("PutItem", &other), refusal);
    assert_eq!(fixture.ok("GetItem", &json!({"TableName": "films", "Key": item("b")})), json!({}));
    // Writes that leave the index as it is are let in.
    fixture.ok("PutItem", &json!({"TableName": "films", "Item": item("b")}));
    let update = json!({"TableName": "films", "Key": item("a"), "UpdateExpression": "SET seen = :t",
                        "ExpressionAttributeValues": {":t": {"BOOL": true}}});
    fixture.ok("UpdateItem", &update);
    // In a transaction it is the reason of that action alone.
    let transaction = json!({"TransactItems": [{"Put": {"TableName": "films", "Item": item("c")}},
                                               {"Put": other}]});
    let answer = fixture.refused("TransactWriteItems", &transaction);
    let reasons = json!([{"Code": "None"}, {"Code": "ProvisionedThroughputExceeded", "Message": INDEX_TEXT}]);
    assert_eq!(answer["CancellationReasons"], reasons);
    let query = json!({"TableName": "films", "IndexName": "by_genre", "KeyConditionExpression": "genre = :g",
                       "ExpressionAttributeValues": {":g": {"S": "drama"}}});
    fixture.ok("Query", &query);
    fixture.ok("Query", &query);
    let refusal = exceeded("IndexReadProvisionedThroughputExceeded", &index_arn, INDEX_TEXT);
    assert_eq!(fixture.refused("Query", &query), refusal);
    fixture.ok("Scan", &json!({"TableName": "films"}));
}

#[test]
fn a_hot_key_of_an_index_has_its_reason() {
    let fixture = Fixture::new(true);
    fixture.make(json!({
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                 {"AttributeName": "genre", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by_genre", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}]}],
    }));
    let mut done = 0;
    let refusal = loop {
        let item = json!({"pk": {"S": done.to_string()}, "genre": {"S": "drama"}});
        match fixture.call("PutItem", &json!({"TableName": "films", "Item": item})) {
            (200, _) => done += 1,
            (_, answer) => break answer,
        }
    };
    assert_eq!(done, 1_000);
    let index_arn = format!("{TABLE_ARN}/index/by_genre");
    assert_eq!(refusal, throttled("IndexWriteKeyRangeThroughputExceeded", &index_arn, HOT_INDEX_TEXT));
}

#[test]
fn throttled_members_of_a_batch_come_back_and_all_of_them_are_an_error() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(2, 2));
    let put = |pk: &str| json!({"PutRequest": {"Item": item(pk)}});
    let delete = json!({"DeleteRequest": {"Key": item("d")}});
    let batch = json!({"RequestItems": {"films": [put("a"), put("b"), put("c"), delete]}});
    let written = fixture.ok("BatchWriteItem", &batch);
    assert_eq!(written, json!({"UnprocessedItems": {"films": [put("c"), delete]}}));
    let again = json!({"RequestItems": written["UnprocessedItems"]});
    let refusal = exceeded("TableWriteProvisionedThroughputExceeded", TABLE_ARN, TABLE_TEXT);
    assert_eq!(fixture.refused("BatchWriteItem", &again), refusal);
    fixture.pass_ms(1_000);
    assert_eq!(fixture.ok("BatchWriteItem", &again), json!({"UnprocessedItems": {}}));

    let keys = |keys: &[&str]| keys.iter().map(|pk| item(pk)).collect::<Vec<_>>();
    let read = |names: &[&str]| json!({"RequestItems": {"films": {"Keys": keys(names), "ConsistentRead": true, "ProjectionExpression": "pk"}}});
    fixture.pass_ms(1_000);
    let mut found = Vec::new();
    let mut asked = read(&["a", "b", "c"]);
    for _ in 0..2 {
        let got = fixture.ok("BatchGetItem", &asked);
        found.push(got["Responses"]["films"].as_array().unwrap().len());
        asked = json!({"RequestItems": got["UnprocessedKeys"]});
        fixture.pass_ms(1_000);
        if found.len() == 1 {
            assert_eq!(asked, read(&["c"]));
        }
    }
    assert_eq!(found, [2, 1]);
    assert_eq!(asked, json!({"RequestItems": {}}));
    fixture.ok("BatchGetItem", &read(&["a", "b", "c"]));
    let refusal = exceeded("TableReadProvisionedThroughputExceeded", TABLE_ARN, TABLE_TEXT);
    assert_eq!(fixture.refused("BatchGetItem", &read(&["a", "b"])), refusal);
}

#[test]
fn a_transaction_is_canceled_with_a_reason_for_each_action() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 1));
    let put = |pk: &str| json!({"Put": {"TableName": "films", "Item": item(pk)}});
    // Twice two units of one a second.
    fixture.ok("TransactWriteItems", &json!({"TransactItems": [put("a"), put("b")]}));
    fixture.pass_ms(3_000);
    let answer = fixture.refused("TransactWriteItems", &json!({"TransactItems": [put("a"), put("b")]}));
    let reason = json!({"Code": "ProvisionedThroughputExceeded", "Message": TABLE_TEXT});
    assert_eq!(answer["CancellationReasons"], json!([reason, reason]));
    assert_eq!(
        answer["message"],
        "Transaction cancelled, please refer cancellation reasons for specific reasons [ProvisionedThroughputExceeded, \
         ProvisionedThroughputExceeded]"
    );
    let get = |pk: &str| json!({"Get": {"TableName": "films", "Key": item(pk)}});
    fixture.ok("TransactGetItems", &json!({"TransactItems": [get("a"), get("b")]}));
    let answer = fixture.refused("TransactGetItems", &json!({"TransactItems": [get("a")]}));
    assert_eq!(answer["CancellationReasons"], json!([reason]));
}

#[test]
fn other_throughput_counts_at_once() {
    let fixture = Fixture::new(true);
    fixture.make(provisioned(1, 1));
    assert_eq!(fixture.puts_until_refused(&item("a")).0, 1);
    let mut update = provisioned(1, 50);
    merge(&mut update, json!({"TableName": "films"}));
    fixture.ok("UpdateTable", &update);
    fixture.pass_ms(100);
    assert_eq!(fixture.puts_until_refused(&item("a")).0, 5);
}

#[test]
fn a_maximum_of_a_table_paid_per_request_counts() {
    let fixture = Fixture::new(true);
    fixture.make(json!({"BillingMode": "PAY_PER_REQUEST",
                        "OnDemandThroughput": {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 3}}));
    let refusal = throttled("TableWriteMaxOnDemandThroughputExceeded", TABLE_ARN, MAX_TEXT);
    assert_eq!(fixture.puts_until_refused(&item("a")), (3, refusal));
    let put = json!({"Put": {"TableName": "films", "Item": item("a")}});
    let answer = fixture.refused("TransactWriteItems", &json!({"TransactItems": [put]}));
    assert_eq!(answer["CancellationReasons"], json!([{"Code": "ThrottlingError", "Message": MAX_TEXT}]));
    fixture.ok(
        "UpdateTable",
        &json!({"TableName": "films", "OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}}),
    );
    fixture.pass_ms(1);
    assert_eq!(fixture.puts_until_refused(&item("b")).0, 1_000);
}
