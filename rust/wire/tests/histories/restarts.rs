//! Random operations of every kind, and the store opened again now and then, also where the clock went back: what can be
//! seen is the same as before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use statordb_engine::EngineOptions;
use statordb_store::{MemoryStore, Store};

use super::database::{Chance, Database, SMALL, operations};
use super::seen;
use super::watched::Watched;

const TABLES: usize = 4;
const MINUTE_MS: u64 = 60 * 1_000;
/// Operations between one opening and the next, on average.
const PAUSE: usize = 25;

/// A history of one database.
struct History {
    chance: Chance,
    store: Watched,
    options: EngineOptions,
    database: Option<Database>,
    /// Iterators that were given out, with what they led to when the store was last opened.
    iterators: Vec<String>,
    /// Transactions with tokens, and when they were carried out by the clock of the history.
    tokens: Vec<(Value, u64)>,
    now_ms: u64,
    /// `eventID` and number of the records that were seen.
    events: BTreeMap<String, String>,
    restarts: usize,
}

fn keys(hash: &str, range: Option<&str>) -> Value {
    let key = |name: &str, role: &str| json!({ "AttributeName": name, "KeyType": role });
    let range = range.map(|name| key(name, "RANGE"));
    json!(std::iter::once(key(hash, "HASH")).chain(range).collect::<Vec<_>>())
}

fn definitions(names: &[&str]) -> Value {
    json!(names.iter().map(|name| json!({ "AttributeName": name, "AttributeType": "S" })).collect::<Vec<_>>())
}

fn global_index(name: &str, attribute: &str, projection: &Value) -> Value {
    json!({ "IndexName": name, "KeySchema": keys(attribute, None), "Projection": projection })
}

impl History {
    fn new(seed: u64) -> Self {
        let store = Watched::over(MemoryStore::new(SMALL));
        let mut chance = Chance::new(seed);
        let options =
            EngineOptions { control_plane_delay_ms: [0, 0, 1_500][chance.below(3)], ..EngineOptions::default() };
        let database = Some(Database::over(Box::new(store.clone()), options));
        let (iterators, tokens, events) = Default::default();
        Self { chance, store, options, database, iterators, tokens, now_ms: 0, events, restarts: 0 }
    }

    fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// Most calls fit what there is; the others are refused.
    fn call(&self, operation: &str, body: &Value) -> Option<Value> {
        self.database().call(operation, &body.to_string()).ok()
    }

    fn table(&mut self) -> String {
        format!("table-{}", self.chance.below(TABLES))
    }

    fn is(&mut self, part: usize) -> bool {
        self.chance.below(part) == 0
    }

    fn step(&mut self) {
        match self.chance.below(40) {
            0..3 => self.create(),
            3 => self.delete(),
            4..8 => self.update(),
            8..10 => self.expire(),
            10..12 => self.label(),
            12 => self.insights(),
            13..15 => self.pass(),
            15..17 => self.take_iterator(),
            17..20 => self.transact(),
            20..22 => self.batch(),
            _ => self.write(),
        }
    }

    fn create(&mut self) {
        let name = self.table();
        let (has_local, has_global, has_stream, by_request) = (self.is(3), self.is(2), self.is(2), self.is(2));
        let mut body = json!({ "TableName": name, "DeletionProtectionEnabled": self.is(9) });
        let range = has_local.then_some("s");
        body["KeySchema"] = keys("k", range);
        let mut names = vec!["k"];
        names.extend(range);
        if has_local {
            names.push("b");
            body["LocalSecondaryIndexes"] = json!([{
                "IndexName": "local", "KeySchema": keys("k", Some("b")), "Projection": { "ProjectionType": "ALL" },
            }]);
        }
        if has_global {
            names.push("a");
            let projection = json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["n", "c"] });
            let mut index = global_index("global", "a", &projection);
            if !by_request {
                index["ProvisionedThroughput"] = json!({ "ReadCapacityUnits": 3, "WriteCapacityUnits": 4 });
            }
            body["GlobalSecondaryIndexes"] = json!([index]);
        }
        body["AttributeDefinitions"] = definitions(&names);
        match by_request {
            true => body["BillingMode"] = json!("PAY_PER_REQUEST"),
            false => {
                body["ProvisionedThroughput"] = json!({ "ReadCapacityUnits": 9, "WriteCapacityUnits": 9 });
            }
        }
        if has_stream {
            body["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" });
        }
        if self.is(3) {
            body["Tags"] = json!([{ "Key": "made", "Value": "with it" }]);
            body["ResourcePolicy"] = json!("{}");
            body["SSESpecification"] = json!({ "Enabled": true });
        }
        self.call("CreateTable", &body);
    }

    fn delete(&mut self) {
        let body = json!({ "TableName": self.table() });
        self.call("DeleteTable", &body);
    }

    fn update(&mut self) {
        let mut body = json!({ "TableName": self.table() });
        match self.chance.below(8) {
            0 => {
                body["AttributeDefinitions"] = definitions(&["b"]);
                let index = global_index("late", "b", &json!({ "ProjectionType": "KEYS_ONLY" }));
                body["GlobalSecondaryIndexUpdates"] = json!([{ "Create": index }]);
            }
            1 => {
                let name = ["late", "global"][self.chance.below(2)];
                body["GlobalSecondaryIndexUpdates"] = json!([{ "Delete": { "IndexName": name } }]);
            }
            2 => body["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" }),
            3 => body["StreamSpecification"] = json!({ "StreamEnabled": false }),
            4 => body["BillingMode"] = json!("PAY_PER_REQUEST"),
            5 => {
                let units = 1 + self.chance.below(20);
                body["BillingMode"] = json!("PROVISIONED");
                body["ProvisionedThroughput"] = json!({ "ReadCapacityUnits": units, "WriteCapacityUnits": 5 });
            }
            6 => body["DeletionProtectionEnabled"] = json!(self.is(2)),
            _ => body["TableClass"] = json!("STANDARD_INFREQUENT_ACCESS"),
        }
        self.call("UpdateTable", &body);
    }

    fn expire(&mut self) {
        let enabled = self.is(2);
        let specification = json!({ "Enabled": enabled, "AttributeName": "t" });
        let body = json!({ "TableName": self.table(), "TimeToLiveSpecification": specification });
        self.call("UpdateTimeToLive", &body);
    }

    fn label(&mut self) {
        let arn = format!("arn:aws:dynamodb:eu-west-2:000000000000:table/{}", self.table());
        let key = format!("key-{}", self.chance.below(5));
        match self.chance.below(4) {
            0 => self.call("UntagResource", &json!({ "ResourceArn": arn, "TagKeys": [key] })),
            1 => self.call("DeleteResourcePolicy", &json!({ "ResourceArn": arn })),
            2 => {
                let policy = format!(r#"{{"Version":"{key}"}}"#);
                self.call("PutResourcePolicy", &json!({ "ResourceArn": arn, "Policy": policy }))
            }
            _ => {
                let value = self.chance.below(9).to_string();
                self.call("TagResource", &json!({ "ResourceArn": arn, "Tags": [{ "Key": key, "Value": value }] }))
            }
        };
    }

    fn insights(&mut self) {
        let action = if self.is(2) { "DISABLE" } else { "ENABLE" };
        let mut body = json!({ "TableName": self.table(), "ContributorInsightsAction": action });
        if self.is(2) {
            body["IndexName"] = json!("global");
        }
        self.call("UpdateContributorInsights", &body);
    }

    /// Time passes: a moment, or some hours, so that shards end and records are trimmed.
    fn pass(&mut self) {
        let by_ms = [700, 2_000, 9 * MINUTE_MS, 5 * 60 * MINUTE_MS][self.chance.below(4)];
        self.now_ms += by_ms;
        self.database().later(by_ms);
        self.database().upkeep();
    }

    fn take_iterator(&mut self) {
        let arns = seen::streams(self.database());
        if arns.is_empty() {
            return;
        }
        let arn = &arns[self.chance.below(arns.len())];
        let shards = seen::shards(self.database(), arn);
        if shards.is_empty() {
            return;
        }
        let shard = &shards[self.chance.below(shards.len())];
        let kind = ["TRIM_HORIZON", "LATEST"][self.chance.below(2)];
        self.iterators.push(seen::iterator(self.database(), arn, shard, kind));
    }

    fn item(&mut self) -> Value {
        let mut item = self.key();
        for name in ["a", "b", "c"] {
            if self.is(2) {
                item[name] = json!({ "S": format!("{name}-{}", self.chance.below(6)) });
            }
        }
        if self.is(4) {
            let expires = 1_795_412_760 + self.chance.below(100_000);
            item["t"] = json!({ "N": expires.to_string() });
        }
        item["n"] = json!({ "S": "x".repeat(self.chance.below(300)) });
        item
    }

    /// The sort key is one of tables with LSIs, and an attribute elsewhere.
    fn key(&mut self) -> Value {
        json!({ "k": { "S": format!("k-{}", self.chance.below(20)) }, "s": { "S": "s" } })
    }

    fn write(&mut self) {
        let mut body = json!({ "TableName": self.table() });
        if self.is(5) {
            body["Key"] = self.key();
            if self.call("DeleteItem", &body).is_none() {
                body["Key"]["s"].take();
                body["Key"].as_object_mut().unwrap().remove("s");
                self.call("DeleteItem", &body);
            }
        } else {
            body["Item"] = self.item();
            self.call("PutItem", &body);
        }
    }

    fn batch(&mut self) {
        let mut puts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for _ in 0..4 {
            puts.entry(self.table()).or_default().push(json!({ "PutRequest": { "Item": self.item() } }));
        }
        self.call("BatchWriteItem", &json!({ "RequestItems": puts }));
    }

    fn transact(&mut self) {
        let key = json!({ "k": { "S": format!("counter-{}", self.chance.below(3)) } });
        let update = json!({
            "TableName": self.table(),
            "Key": key,
            "UpdateExpression": "ADD visits :one",
            "ExpressionAttributeValues": { ":one": { "N": "1" } },
        });
        let put = json!({ "TableName": self.table(), "Item": self.item() });
        let token = format!("token-{}", self.tokens.len());
        let body = json!({ "TransactItems": [{ "Update": update }, { "Put": put }], "ClientRequestToken": token });
        if self.call("TransactWriteItems", &body).is_some() {
            self.tokens.push((body, self.now_ms));
        }
    }

    /// Everything, as it is seen now.
    fn look(&self) -> Value {
        let database = self.database();
        let read = |iterator: &String| seen::records_from(database, iterator);
        json!({
            "tables": seen::all_tables(database),
            "streams": seen::all_streams(database),
            "iterators": self.iterators.iter().map(read).collect::<Vec<_>>(),
        })
    }

    /// Looks, opens the store again, and looks again.
    fn restart(&mut self) {
        let before = self.look();
        self.meet_records(&before);
        let database = self.database.take().unwrap();
        self.database = Some(database.again(Box::new(self.store.clone()), self.options));
        let after = self.look();
        if before != after {
            panic!("restart {}:\n{before:#}\n\n{after:#}", self.restarts);
        }
        self.replay();
        self.check_trees();
        self.database().check();
        self.restarts += 1;
    }

    /// Records that are new have greater numbers than all that were seen before.
    fn meet_records(&mut self, seen: &Value) {
        let last = self.events.values().max().cloned();
        let streams = seen["streams"].as_object().unwrap().values();
        let shards = streams.flat_map(|stream| stream["shards"].as_array().unwrap());
        for record in shards.flat_map(|shard| shard["records"].as_array().unwrap()) {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (event, number) = (text(&record["eventID"]), text(&record["dynamodb"]["SequenceNumber"]));
            match self.events.get(&event) {
                Some(known) => assert_eq!(*known, number),
                None => {
                    assert!(last.as_ref().is_none_or(|last| number > *last), "{number} goes back behind {last:?}");
                    self.events.insert(event, number);
                }
            }
        }
        let numbers: BTreeSet<&String> = self.events.values().collect();
        assert_eq!(numbers.len(), self.events.len(), "a number is given once");
    }

    /// A transaction that is sent again does nothing.
    fn replay(&mut self) {
        let before = seen::all_tables(self.database());
        let now_ms = self.now_ms;
        self.tokens.retain(|(_, at_ms)| now_ms < at_ms + 10 * MINUTE_MS);
        for (body, _) in &self.tokens {
            // A table that it is about may be gone.
            self.call("TransactWriteItems", body);
        }
        assert_eq!(seen::all_tables(self.database()), before);
    }

    /// The store has the trees that it needs and no others.
    fn check_trees(&mut self) {
        if self.options.control_plane_delay_ms > 0 {
            self.now_ms += 2_000;
            self.database().later(2_000);
        }
        self.database().upkeep();
        let is_of_tokens = |tree: u64| (1..=16).contains(&tree);
        let stats = self.store.stats();
        let trees = stats.trees.iter().filter(|row| !is_of_tokens(row.tree.0)).count();
        let streams = seen::streams(self.database()).len();
        let named = seen::trees(seen::all_tables(self.database()).values(), streams);
        assert_eq!(trees, named, "{:?}", stats.trees);
    }
}

#[test]
fn what_is_seen_is_the_same_when_the_store_is_opened_again() {
    let (mut restarts, mut records) = (0, 0);
    for seed in 0..12 {
        let mut history = History::new(seed);
        for _ in 0..operations(250) {
            history.step();
            if history.is(PAUSE) {
                history.restart();
            }
        }
        history.restart();
        (restarts, records) = (restarts + history.restarts, records + history.events.len());
    }
    println!("restarts {restarts}, records {records}");
    assert!(restarts > 12 && records > 100);
}

/// A table that is indexed for real, in a thread of its own, while it is closed and opened and written to.
#[test]
fn an_index_that_was_being_filled_is_filled_again() {
    let options = EngineOptions { backfill_items_at_once_max: 0, ..EngineOptions::default() };
    let store = Watched::over(MemoryStore::new(SMALL));
    let mut database = Database::over(Box::new(store.clone()), options);
    let create = json!({
        "TableName": "films", "AttributeDefinitions": definitions(&["k"]), "KeySchema": keys("k", None),
        "BillingMode": "PAY_PER_REQUEST",
    });
    database.ok("CreateTable", &create.to_string());
    let put = |database: &Database, number: usize| {
        let text = |text: String| json!({ "S": text });
        let item = json!({
            "k": text(format!("k-{number}")), "b": text(format!("b-{}", number % 7)), "t": { "N": "9999999999" },
        });
        database.ok("PutItem", &json!({ "TableName": "films", "Item": item }).to_string());
    };
    (0..2_000).for_each(|number| put(&database, number));
    let index = global_index("late", "b", &json!({ "ProjectionType": "ALL" }));
    let update = json!({
        "TableName": "films", "AttributeDefinitions": definitions(&["b"]),
        "GlobalSecondaryIndexUpdates": [{ "Create": index }],
    });
    database.ok("UpdateTable", &update.to_string());
    let expiry = json!({ "Enabled": true, "AttributeName": "t" });
    database.ok("UpdateTimeToLive", &json!({ "TableName": "films", "TimeToLiveSpecification": expiry }).to_string());
    for number in 2_000..2_010 {
        put(&database, number);
        database = database.again(Box::new(store.clone()), options);
        put(&database, number + 10);
    }
    let status = || {
        let table = seen::all_tables(&database).remove("films").unwrap();
        let index = &table["described"]["Table"]["GlobalSecondaryIndexes"][0];
        let expiry = &table["expiry"]["TimeToLiveDescription"]["TimeToLiveStatus"];
        (index["IndexStatus"] == "ACTIVE" && expiry == "ENABLED").then(|| (index["ItemCount"].clone(), table.clone()))
    };
    let (count, table) = loop {
        std::thread::sleep(std::time::Duration::from_millis(5));
        if let Some(found) = status() {
            break found;
        }
    };
    assert_eq!((count, &table["described"]["Table"]["ItemCount"]), (json!(2_020), &json!(2_020)));
    let stats = store.stats();
    assert_eq!(stats.trees.len(), 4, "the catalog, the table, its index, its expiry: {:?}", stats.trees);
    assert!(stats.trees.iter().skip(1).all(|row| row.entries == 2_020), "{:?}", stats.trees);
    let again = database.again(Box::new(store), options);
    assert_eq!(seen::all_tables(&again)["films"], table);
}

/// Who asks for records that were trimmed is told so also when the store was opened again since.
#[test]
fn what_was_trimmed_stays_trimmed() {
    let store = Watched::over(MemoryStore::new(SMALL));
    let database = Database::over(Box::new(store.clone()), EngineOptions::default());
    let create = json!({
        "TableName": "films", "AttributeDefinitions": definitions(&["k"]), "KeySchema": keys("k", None),
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "KEYS_ONLY" },
    });
    database.ok("CreateTable", &create.to_string());
    for value in ["1", "2"] {
        let item = json!({ "k": { "S": "one" }, "v": { "N": value } });
        database.ok("PutItem", &json!({ "TableName": "films", "Item": item }).to_string());
        database.later(60 * MINUTE_MS);
    }
    let arn = seen::streams(&database).remove(0);
    let shard = seen::shards(&database, &arn).remove(0);
    let records = seen::records_from(&database, &seen::iterator(&database, &arn, &shard, "TRIM_HORIZON"));
    let first = &records[0]["dynamodb"]["SequenceNumber"];
    let body = json!({
        "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": first,
    });
    let ask = |database: &Database| database.call("GetShardIterator", &body.to_string());
    assert!(ask(&database).is_ok());
    database.later(22 * 60 * MINUTE_MS + 1);
    database.upkeep();
    let entries = || store.stats().trees.last().unwrap().entries;
    assert_eq!(entries(), 1);
    let database = database.again(Box::new(store.clone()), EngineOptions::default());
    let trimmed = ask(&database).unwrap_err();
    assert!(trimmed.contains("read past the oldest stream record"), "{trimmed}");
    assert_eq!(entries(), 1);
}

/// The clock of the second process is a day behind that of the first: numbers and times of records go on from where they
/// were, and iterators lead to where they led.
#[test]
fn a_stream_goes_on_where_the_clock_went_back() {
    let store = Watched::over(MemoryStore::new(SMALL));
    let database = Database::over(Box::new(store.clone()), EngineOptions::default());
    let create = json!({
        "TableName": "films", "AttributeDefinitions": definitions(&["k"]), "KeySchema": keys("k", None),
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    });
    database.ok("CreateTable", &create.to_string());
    let put = |database: &Database, value: usize| {
        let item = json!({ "k": { "S": "one" }, "v": { "N": value.to_string() } });
        database.ok("PutItem", &json!({ "TableName": "films", "Item": item }).to_string());
    };
    put(&database, 1);
    let arn = seen::streams(&database).remove(0);
    let shard = seen::shards(&database, &arn).remove(0);
    let latest = seen::iterator(&database, &arn, &shard, "LATEST");
    let database = database.again(Box::new(store), EngineOptions::default());
    database.earlier(24 * 60 * MINUTE_MS);
    put(&database, 2);
    let found = seen::records_from(&database, &latest);
    assert_eq!(found.len(), 1, "{found:?}");
    let all = seen::records_from(&database, &seen::iterator(&database, &arn, &shard, "TRIM_HORIZON"));
    let of = |member: &str| all.iter().map(|record| record["dynamodb"][member].to_string()).collect::<Vec<_>>();
    assert_eq!(of("NewImage").len(), 2);
    assert!(of("SequenceNumber").is_sorted_by(|one, other| one < other));
    assert!(of("ApproximateCreationDateTime").is_sorted());
}
