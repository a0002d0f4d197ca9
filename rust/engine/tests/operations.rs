//! The Rust door: what the engine does when it is called as a crate, from many threads.

#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use statordb_engine::catalog::{BillingMode, KeyRole, TableStatus};
use statordb_engine::clock::{Clock, Random};
use statordb_engine::error::ErrorKind;
use statordb_engine::expr::Substitutions;
use statordb_engine::ops::batch_get_item::{BatchGetItem, KeysOfTable, RequestedKey, RowsByTable};
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::ops::delete_table::DeleteTable;
use statordb_engine::ops::describe_table::DescribeTable;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::scan::Scan;
use statordb_engine::ops::update_item::{AttributeAction, AttributeUpdate, UpdateItem};
use statordb_engine::ops::{
    Caller, ComparisonOperator, ConditionParameters, LegacyCondition, ReturnConsumedCapacity, ReturnValues, Rows,
};
use statordb_engine::value::{Builder, EncodedValue, Item, ItemRef, Kind, Number, Value};
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };

/// A clock that stands still and a sequence of bytes.
#[derive(Debug, Default)]
struct Still(AtomicU64);

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

impl Random for Still {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(next.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

fn engine() -> Engine {
    let store = Arc::new(MemoryStore::new(MemoryOptions { partition_bytes_max: 4_096 }));
    let (clock, random) = (Arc::new(Still::default()), Arc::new(Still::default()));
    let engine = Engine::open(store, clock, random, EngineOptions::default()).unwrap();
    engine.create_table(&CALLER, table("counters")).unwrap();
    engine
}

fn table(name: &str) -> CreateTable<'_> {
    CreateTable {
        table: Cow::Borrowed(name),
        definitions: vec![(Cow::Borrowed("id"), Kind::S)],
        key_schema: vec![(Cow::Borrowed("id"), KeyRole::Hash)],
        billing_mode: Some(BillingMode::PayPerRequest),
        throughput: None,
        table_class: None,
        deletion_protection: false,
        ..CreateTable::default()
    }
}

fn key(id: &str) -> Item {
    let mut builder = Builder::item();
    builder.name("id");
    builder.string(id);
    builder.finish_item().unwrap()
}

fn put(engine: &Engine, id: &str) {
    let request = PutItem {
        table: Cow::Borrowed("counters"),
        item: Ok(key(id)),
        condition: ConditionParameters::default(),
        substitutions: Substitutions::default(),
        return_values: ReturnValues::None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        return_item_collection_metrics: false,
    };
    engine.put_item(&request).unwrap();
}

fn get(engine: &Engine, id: &str) -> Option<Item> {
    let request = GetItem {
        table: Cow::Borrowed("counters"),
        key: Ok(key(id)),
        attributes_to_get: None,
        consistent_read: true,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        projection_expression: None,
        names: None,
    };
    engine.get_item(request).unwrap().item
}

fn add_one(engine: &Engine, id: &str) {
    let one = EncodedValue::of(&Value::N(Number::from(1))).unwrap();
    let request = UpdateItem {
        table: Cow::Borrowed("counters"),
        key: Ok(key(id)),
        update_expression: Some(Cow::Borrowed("ADD visits :one")),
        attribute_updates: None,
        condition: ConditionParameters::default(),
        substitutions: Substitutions { names: None, values: Some(vec![(Cow::Borrowed(":one"), Ok(one))]) },
        return_values: ReturnValues::None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        return_item_collection_metrics: false,
    };
    engine.update_item(&request).unwrap();
}

fn scan(segment: Option<u32>, total_segments: Option<u32>) -> Scan<'static> {
    Scan {
        table: Cow::Borrowed("counters"),
        index: None,
        select: None,
        attributes_to_get: None,
        limit: None,
        consistent_read: true,
        scan_filter: None,
        conditional_operator: None,
        exclusive_start_key: None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        total_segments,
        segment,
        projection_expression: None,
        filter_expression: None,
        substitutions: Substitutions::default(),
    }
}

#[test]
fn no_update_is_lost_between_threads() {
    let engine = engine();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|call| add_one(&engine, &format!("counter {}", call % 5))));
        }
    });
    for counter in 0..5 {
        let item = get(&engine, &format!("counter {counter}")).unwrap();
        assert_eq!(item.view().get("visits").unwrap().as_number().unwrap(), Number::from(400));
    }
    let described = engine.describe_table(&CALLER, &DescribeTable { table: Cow::Borrowed("counters") }).unwrap();
    assert_eq!(described.item_count, 5);
    assert_eq!(described.size_bytes, get_sizes(&engine));
}

fn get_sizes(engine: &Engine) -> u64 {
    let mut rows = Vec::new();
    engine.scan(&scan(None, None), &mut rows).unwrap();
    rows.iter().map(|item| item.view().size() as u64).sum()
}

#[test]
fn segments_together_are_the_whole_table_while_others_write() {
    let engine = engine();
    (0..300).for_each(|number| put(&engine, &format!("item {number}")));
    let stop = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Ordering::Relaxed) == 0 {
                put(&engine, "item 7");
            }
        });
        let mut seen = Vec::new();
        for segment in 0..7 {
            let mut rows = Vec::new();
            engine.scan(&scan(Some(segment), Some(7)), &mut rows).unwrap();
            seen.extend(rows.iter().map(|item| item.view().get("id").unwrap().as_str().unwrap().to_owned()));
        }
        stop.store(1, Ordering::Relaxed);
        assert_eq!(seen.len(), 300);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 300);
    });
}

#[test]
fn a_deleted_table_is_gone_and_its_name_is_free() {
    let engine = engine();
    put(&engine, "one");
    let name = DeleteTable { table: Cow::Borrowed("arn:aws:dynamodb:eu-west-2:000000000000:table/counters") };
    let deleted = engine.delete_table(&CALLER, &name).unwrap();
    assert_eq!((deleted.status, deleted.details), (TableStatus::Deleting, None));
    let error = engine.delete_table(&CALLER, &name).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceNotFound);
    assert_eq!(error.message(), "Requested resource not found: Table: counters not found");
    let created = engine.create_table(&CALLER, table("counters")).unwrap();
    assert_eq!((created.status, created.item_count), (TableStatus::Creating, 0));
    assert_ne!(created.id, deleted.id);
    assert!(get(&engine, "one").is_none());
}

#[derive(Default)]
struct Ids(Vec<String>);

impl Rows for Ids {
    fn row(&mut self, item: ItemRef<'_>) {
        self.0.push(item.get("id").unwrap().as_str().unwrap().to_owned());
    }
}

impl RowsByTable for Ids {
    fn table(&mut self, _: &str) {}
}

#[test]
fn keys_written_differently_are_no_duplicates_of_a_batch_get() {
    let engine = engine();
    put(&engine, "one");
    let batch = |second: u64| BatchGetItem {
        tables: vec![KeysOfTable {
            table: Cow::Borrowed("counters"),
            keys: [1, second].map(|spelling| RequestedKey { key: Ok(key("one")), spelling }).to_vec(),
            attributes_to_get: None,
            consistent_read: None,
            projection_expression: None,
            names: None,
        }],
        return_consumed_capacity: ReturnConsumedCapacity::None,
    };
    let mut rows = Ids::default();
    assert!(engine.batch_get_item(batch(2), &mut rows).unwrap().unprocessed.is_empty());
    assert_eq!(rows.0, ["one"]);
    let error = engine.batch_get_item(batch(1), &mut rows).unwrap_err();
    assert_eq!(error.message(), "Provided list of item keys contains duplicates");
}

#[test]
fn a_table_named_twice_is_one_table() {
    let engine = engine();
    put(&engine, "one");
    let keys = |table: &'static str| KeysOfTable {
        table: Cow::Borrowed(table),
        keys: vec![RequestedKey { key: Ok(key("one")), spelling: 1 }],
        attributes_to_get: None,
        consistent_read: None,
        projection_expression: None,
        names: None,
    };
    let request = BatchGetItem {
        tables: vec![keys("counters"), keys("arn:aws:dynamodb:eu-west-2:000000000000:table/counters")],
        return_consumed_capacity: ReturnConsumedCapacity::None,
    };
    let error = engine.batch_get_item(request, &mut Ids::default()).unwrap_err();
    assert_eq!(error.message(), "Provided list of item keys contains duplicates");
}

/// A filter of the legacy parameters has no limit of its own; it once kept a Scan busy for seconds.
#[test]
fn a_page_ends_when_its_filter_has_compared_enough() {
    let engine = engine();
    (0..40).for_each(|number| put(&engine, &format!("item {number}")));
    let operand = || EncodedValue::of(&Value::S("no such value".into()));
    let operands = (0..500_000).map(|_| operand()).collect();
    let condition = LegacyCondition { operator: ComparisonOperator::In, list: operands };
    let request = Scan { scan_filter: Some(vec![(Cow::Borrowed("id"), condition)]), ..scan(None, None) };
    let mut rows = Vec::new();
    let page = engine.scan(&request, &mut rows).unwrap();
    assert_eq!((page.scanned_count, rows.len()), (20, 0));
    let rest = Scan { exclusive_start_key: page.last_evaluated_key.map(Ok), ..request };
    assert_eq!(engine.scan(&rest, &mut rows).unwrap().scanned_count, 20);
}

#[test]
fn many_attribute_updates_are_merged_in_order() {
    let engine = engine();
    let number = |number: u64| EncodedValue::of(&Value::N(Number::from(number)));
    let update = |names: std::ops::Range<u64>, action: AttributeAction| UpdateItem {
        table: Cow::Borrowed("counters"),
        key: Ok(key("wide")),
        update_expression: None,
        attribute_updates: Some(
            names
                .rev()
                .map(|name| {
                    let value = (action != AttributeAction::Delete).then(|| number(name));
                    (Cow::Owned(format!("attribute {name:05}")), AttributeUpdate { action, value })
                })
                .collect(),
        ),
        condition: ConditionParameters::default(),
        substitutions: Substitutions::default(),
        return_values: ReturnValues::AllNew,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        return_item_collection_metrics: false,
    };
    engine.update_item(&update(0..5_000, AttributeAction::Put)).unwrap();
    engine.update_item(&update(1_000..2_000, AttributeAction::Delete)).unwrap();
    let item = engine.update_item(&update(4_999..5_001, AttributeAction::Add)).unwrap().attributes.unwrap();
    assert_eq!(item.view().len(), 1 + 4_001);
    assert!(item.view().get("attribute 01500").is_none());
    assert_eq!(item.view().get("attribute 04999").unwrap().as_number(), Some(Number::from(9_998)));
    assert_eq!(item.view().get("attribute 05000").unwrap().as_number(), Some(Number::from(5_000)));
}
