//! The process ends behind each of the store's calls in turn: what was acknowledged is there when the store is opened again,
//! what was not is there as a whole or not at all, and nothing else is.

use std::collections::BTreeMap;
use std::thread;

use serde_json::{Value, json};
use statordb_engine::EngineOptions;
use statordb_store::Store;

use super::database::Database;
use super::failing::{CRASHED, Failing};
use super::seen;

/// One operation of the script.
enum Step {
    Call(&'static str, Value),
    /// Milliseconds pass; then what is due is done.
    Pass(u64),
}

/// Among which the crashes are divided.
const THREADS: u64 = 4;
const HOUR_MS: u64 = 60 * 60 * 1_000;

fn key(name: &str) -> Value {
    json!([{ "AttributeName": name, "KeyType": "HASH" }])
}

fn create(name: &str, view: Option<&str>, has_index: bool) -> Step {
    let string = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let mut body = json!({
        "TableName": name, "KeySchema": key("k"), "AttributeDefinitions": [string("k")],
        "BillingMode": "PAY_PER_REQUEST",
    });
    if has_index {
        body["AttributeDefinitions"] = json!([string("k"), string("a")]);
        body["GlobalSecondaryIndexes"] =
            json!([{ "IndexName": "first", "KeySchema": key("a"), "Projection": { "ProjectionType": "ALL" } }]);
    }
    if let Some(view) = view {
        body["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    Step::Call("CreateTable", body)
}

fn update(name: &str, member: &str, value: Value) -> Step {
    let mut body = json!({ "TableName": name });
    body[member] = value;
    if member == "GlobalSecondaryIndexUpdates" {
        body["AttributeDefinitions"] = json!([{ "AttributeName": "b", "AttributeType": "S" }]);
    }
    Step::Call("UpdateTable", body)
}

fn item(number: usize) -> Value {
    let text = |text: String| json!({ "S": text });
    json!({
        "k": text(format!("k-{}", number % 17)),
        "a": text(format!("a-{}", number % 5)),
        "b": text(format!("b-{}", number % 3)),
        "text": text("x".repeat(number * 37 % 300)),
        "number": { "N": number.to_string() },
    })
}

fn put(table: &str, number: usize) -> Step {
    Step::Call("PutItem", json!({ "TableName": table, "Item": item(number) }))
}

fn puts(steps: &mut Vec<Step>, table: &str, numbers: std::ops::Range<usize>) {
    steps.extend(numbers.map(|number| put(table, number)));
}

fn transact(number: usize, token: &str) -> Step {
    let put = |table: &str| json!({ "Put": { "TableName": table, "Item": item(number) } });
    let one = json!({ ":one": { "N": "1" } });
    let update = json!({ "Update": {
        "TableName": "films", "Key": { "k": { "S": "counter" } },
        "UpdateExpression": "ADD visits :one", "ExpressionAttributeValues": one,
    } });
    let items = json!([put("films"), put("people"), update]);
    Step::Call("TransactWriteItems", json!({ "TransactItems": items, "ClientRequestToken": token }))
}

fn expiry(enabled: bool) -> Step {
    let specification = json!({ "Enabled": enabled, "AttributeName": "t" });
    Step::Call("UpdateTimeToLive", json!({ "TableName": "films", "TimeToLiveSpecification": specification }))
}

/// Everything that leaves something in the store.
fn script() -> Vec<Step> {
    let arn = "arn:aws:dynamodb:eu-west-2:000000000000:table/films";
    let mut steps = vec![create("films", Some("NEW_AND_OLD_IMAGES"), true), create("people", None, false)];
    puts(&mut steps, "films", 0..40);
    puts(&mut steps, "people", 0..20);
    // Only the second of its puts changes anything.
    let requests = [39, 38].map(|number| json!({ "PutRequest": { "Item": item(number) } }));
    let of_people = json!([{ "PutRequest": { "Item": item(41) } }]);
    steps.push(put("people", 41));
    steps.push(put("films", 21));
    steps.push(Step::Call("BatchWriteItem", json!({ "RequestItems": { "films": requests, "people": of_people } })));
    steps.push(Step::Call("TagResource", json!({ "ResourceArn": arn, "Tags": [{ "Key": "a", "Value": "b" }] })));
    steps.push(Step::Call("PutResourcePolicy", json!({ "ResourceArn": arn, "Policy": "{}" })));
    let late = json!({ "IndexName": "late", "KeySchema": key("b"), "Projection": { "ProjectionType": "KEYS_ONLY" } });
    steps.push(update("films", "GlobalSecondaryIndexUpdates", json!([{ "Create": late }])));
    puts(&mut steps, "films", 40..60);
    // Each of these twice: the second time it does nothing.
    steps.extend((0..6).map(|number| transact(60 + number / 2, &format!("token-{}", number / 2))));
    steps.extend((0..6).map(|number| transact(70 + number, &format!("other-{number}"))));
    steps.push(expiry(true));
    let mut expires = item(3);
    expires["t"] = json!({ "N": (1_795_412_760 + 3_000).to_string() });
    steps.push(Step::Call("PutItem", json!({ "TableName": "films", "Item": expires })));
    // A shard ends and an item expires; then its records are trimmed; then a stream that ended is forgotten.
    steps.push(Step::Pass(5 * HOUR_MS));
    puts(&mut steps, "films", 80..100);
    steps.push(update(
        "people",
        "StreamSpecification",
        json!({ "StreamEnabled": true, "StreamViewType": "KEYS_ONLY" }),
    ));
    puts(&mut steps, "people", 20..35);
    steps.push(update("people", "StreamSpecification", json!({ "StreamEnabled": false })));
    puts(&mut steps, "people", 35..38);
    steps.push(Step::Pass(20 * HOUR_MS));
    puts(&mut steps, "films", 100..110);
    steps.push(Step::Pass(10 * HOUR_MS));
    steps.push(update("films", "GlobalSecondaryIndexUpdates", json!([{ "Delete": { "IndexName": "first" } }])));
    steps.push(expiry(false));
    puts(&mut steps, "films", 110..115);
    steps.push(Step::Call("DeleteTable", json!({ "TableName": "films" })));
    steps.push(create("films", Some("KEYS_ONLY"), false));
    puts(&mut steps, "films", 115..125);
    steps.push(update("films", "DeletionProtectionEnabled", json!(true)));
    steps.push(Step::Pass(30 * HOUR_MS));
    steps.push(Step::Call("DeleteTable", json!({ "TableName": "people" })));
    steps
}

/// Does a step; whether the store lived through it.
fn take(database: &Database, step: &Step) -> bool {
    let outcome = match step {
        Step::Call(operation, body) => database.call(operation, &body.to_string()).map(drop),
        Step::Pass(by_ms) => {
            database.later(*by_ms);
            database.try_upkeep().map(drop)
        }
    };
    match outcome {
        Ok(()) => true,
        Err(message) if message.contains(CRASHED) => false,
        Err(message) => panic!("{message}"),
    }
}

/// What can be seen, but for what depends on which shards were opened when: the records of each item are there, in order.
fn seen(database: &Database) -> Value {
    let mut streams: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
    for (arn, stream) in seen::all_streams(database) {
        let items = streams.entry(arn).or_default();
        let mut last = None;
        let shards = stream["shards"].as_array().unwrap();
        for record in shards.iter().flat_map(|shard| shard["records"].as_array().unwrap()) {
            let mut image = record["dynamodb"].clone();
            let number = image["SequenceNumber"].take().as_str().unwrap().to_owned();
            let of_item = items.entry(image["Keys"].to_string()).or_default();
            of_item.push(json!({ "number": number, "name": record["eventName"], "image": image }));
            last = last.max(Some(number));
        }
        for records in items.values_mut() {
            assert!(records.is_sorted_by(|one, other| one["number"].as_str() < other["number"].as_str()));
            records.iter_mut().for_each(|record| drop(record["number"].take()));
        }
    }
    let mut tables = seen::all_tables(database);
    for table in tables.values_mut() {
        check_counts(table);
        // Chance gives another id to what is made again after a step that failed.
        drop(table["described"]["Table"]["TableId"].take());
    }
    json!({ "tables": tables, "streams": streams })
}

/// A table and its indexes count what they have, and each index has the items that belong into it.
fn check_counts(table: &Value) {
    let described = &table["described"]["Table"];
    assert_eq!(described["ItemCount"], table["items"]["Count"]);
    for index in described["GlobalSecondaryIndexes"].as_array().into_iter().flatten() {
        let name = index["IndexName"].as_str().unwrap();
        assert_eq!(index["IndexStatus"], "ACTIVE", "{name}");
        assert_eq!(index["ItemCount"], table["entries"][name]["Count"], "{name}");
        let attribute = index["KeySchema"][0]["AttributeName"].as_str().unwrap();
        let items = table["items"]["Items"].as_array().unwrap();
        let belong = items.iter().filter(|item| item.get(attribute).is_some()).count();
        assert_eq!(index["ItemCount"], belong, "{name}");
    }
}

/// What is seen after each number of steps.
fn expected(steps: &[Step]) -> Vec<Value> {
    let store = Failing::after(u64::MAX);
    let database = Database::over(Box::new(store.clone()), EngineOptions::default());
    let look = || seen(&database.beside(store.committed()).unwrap());
    let mut expected = vec![look()];
    for step in steps {
        assert!(take(&database, step));
        expected.push(look());
    }
    expected
}

/// Opens what a crash has left, and looks at it. The opening, too, may end behind any of its calls.
fn check(at: &str, crashed: &Database, left: &dyn Store, expected: &[Value], ends_again: bool) {
    let fork = || left.fork().unwrap();
    let store = Failing::over(fork(), u64::MAX);
    let opened = crashed.beside(Box::new(store.clone())).unwrap();
    opened.check();
    let found = seen(&opened);
    assert!(expected.contains(&found), "{at}:\n{found:#}\n\nis none of\n{:#}", json!(expected));
    // A stream that has been over for a day has its tree until somebody does what is due.
    opened.upkeep();
    let trees: Vec<u64> =
        store.stats().trees.iter().map(|row| row.tree.0).filter(|tree| !(1..=16).contains(tree)).collect();
    let streams = found["streams"].as_object().unwrap().len();
    let named = seen::trees(found["tables"].as_object().unwrap().values(), streams);
    assert_eq!(trees.len(), named, "{at}: {trees:?}");
    for calls in (0..).take_while(|_| ends_again) {
        let store = Failing::over(fork(), calls);
        let outcome = crashed.beside(Box::new(store.clone()));
        for left in [store.committed(), store.durable()] {
            check(&format!("{at}, opening {calls}"), crashed, &*left, std::slice::from_ref(&found), false);
        }
        if outcome.is_ok() {
            break;
        }
    }
}

/// One step fails behind `calls` calls of the store; whether there was such a step.
fn crash_after(calls: u64, steps: &[Step], expected: &[Value]) -> bool {
    let store = Failing::after(calls);
    let database = Database::over(Box::new(Failing::after(u64::MAX)), EngineOptions::default());
    // The first calls make the catalog.
    let Ok(database) = database.beside(Box::new(store.clone())) else {
        for left in [store.committed(), store.durable()] {
            check(&format!("behind call {calls}"), &database, &*left, &expected[..1], false);
        }
        return true;
    };
    let Some(failed) = steps.iter().position(|step| !take(&database, step)) else {
        assert!(store.has_lasted());
        return false;
    };
    for (kind, left) in [("committed", store.committed()), ("durable", store.durable())] {
        let at = format!("behind call {calls}, step {failed}, what was {kind}");
        check(&at, &database, &*left, &expected[failed..failed + 2], calls.is_multiple_of(11));
    }
    true
}

#[test]
fn a_crash_behind_any_call_loses_nothing_and_leaves_nothing_half_done() {
    let steps = script();
    let expected = expected(&steps);
    let count = |start: u64| {
        let calls = (start..).step_by(THREADS as usize);
        calls.take_while(|calls| crash_after(*calls, &steps, &expected)).count()
    };
    let crashes: usize = thread::scope(|scope| {
        let count = &count;
        let threads: Vec<_> = (0..THREADS).map(|start| scope.spawn(move || count(start))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    println!("steps {}, crashes {crashes}", steps.len());
    assert!(crashes > 400);
}

const WRITERS: usize = 4;
const COUNTERS: usize = 12;

/// Counts up, each writer its own counters, until the store has failed; tells how far each of them was acknowledged.
fn count_up(database: &Database, writer: usize) -> BTreeMap<String, usize> {
    let mut acknowledged = BTreeMap::new();
    for round in 0.. {
        let name = format!("counter-{writer}-{}", round % COUNTERS);
        let update = json!({
            "TableName": "films", "Key": { "k": { "S": name } },
            "UpdateExpression": "ADD visits :one SET a = :pad, b = :pad",
            "ExpressionAttributeValues": { ":one": { "N": "1" }, ":pad": { "S": "x".repeat(round * 7 % 90 + 1) } },
        });
        let body = match round % 5 {
            0 => Step::Call("TransactWriteItems", json!({ "TransactItems": [{ "Update": update }] })),
            _ => Step::Call("UpdateItem", update),
        };
        if !take(database, &body) {
            break;
        }
        *acknowledged.entry(name).or_default() += 1;
    }
    acknowledged
}

/// What a counter has, by its table, and what its records say that it had, in their order.
fn check_counter(found: &Value, name: &str, acknowledged: usize) {
    let visits = |image: &Value| image["visits"]["N"].as_str().map_or(0, |number| number.parse().unwrap());
    let items = found["tables"]["films"]["items"]["Items"].as_array().unwrap();
    let counted = items.iter().find(|item| item["k"]["S"] == name).map_or(0, &visits);
    assert!(
        (acknowledged..=acknowledged + 1).contains(&counted),
        "{name}: {acknowledged} acknowledged, {counted} there"
    );
    let key = json!({ "k": { "S": name } }).to_string();
    let streams = found["streams"].as_object().unwrap();
    let records = streams.values().filter_map(|items| items.get(&key)?.as_array()).flatten();
    let recorded: Vec<usize> = records.map(|record| visits(&record["image"]["NewImage"])).collect();
    assert_eq!(recorded, (1..=counted).collect::<Vec<_>>(), "{name}");
}

/// Partitions split and shards end while many write; the process ends somewhere.
#[test]
fn a_crash_under_writers_leaves_every_acknowledged_write_its_record_and_its_entry() {
    let mut shards = 0;
    for crash in 0..30 {
        let store = Failing::after(200 + crash * 97);
        let options = EngineOptions::default();
        let database = Database::over(Box::new(store.clone()), options);
        assert!(take(&database, &create("films", Some("NEW_IMAGE"), true)));
        let acknowledged: Vec<_> = thread::scope(|scope| {
            let database = &database;
            let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || count_up(database, writer))).collect();
            // While they write, shards become old.
            (0..10).for_each(|_| {
                thread::sleep(std::time::Duration::from_millis(1));
                database.later(HOUR_MS);
            });
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        for left in [store.committed(), store.durable()] {
            let opened = database.beside(left).unwrap();
            opened.check();
            let found = seen(&opened);
            for (name, count) in acknowledged.iter().flatten() {
                check_counter(&found, name, *count);
            }
            shards += seen::shards(&opened, &seen::streams(&opened)[0]).len();
        }
    }
    println!("shards {shards}");
    assert!(shards > 200);
}
