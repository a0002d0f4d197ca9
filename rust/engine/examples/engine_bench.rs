//! What the engine's calls cost: nanoseconds of one thread on items of 1 KB and ten attributes, in memory.
//!
//! `cargo run --release -p statordb-engine --example engine_bench`. One line a call: median of nine rounds.
//! `partition_hash_ns` is the part of a call that goes into the hash of its partition key.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a program, not library code")]

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use md5::{Digest, Md5};

use statordb_engine::catalog::{BillingMode, KeyRole, NewIndex, Projection};
use statordb_engine::clock::{Clock, Random};
use statordb_engine::expr::Substitutions;
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::query::Query;
use statordb_engine::ops::update_item::UpdateItem;
use statordb_engine::ops::{Caller, ConditionParameters, ReturnConsumedCapacity, ReturnValues};
use statordb_engine::value::{Builder, EncodedValue, Item, Value};
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};

const ITEMS: usize = 10_000;
const ROUNDS: usize = 9;
const CALLS: usize = 20_000;
const TABLE: &str = "users";
/// A table of the same items that has two GSIs, one of them of keys alone.
const INDEXED: &str = "indexed";

#[derive(Debug)]
struct System;

impl Clock for System {
    fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
    }
}

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn key(number: usize) -> Item {
    let mut builder = Builder::item();
    builder.name("pk");
    builder.string(&format!("user#{number:08}"));
    builder.name("sk");
    builder.string("profile");
    builder.finish_item().unwrap()
}

fn item(number: usize) -> Item {
    item_of(number, 12_345)
}

/// The item `number` as it is after so many visits.
fn item_of(number: usize, visits: usize) -> Item {
    let mut builder = Builder::item();
    builder.name("pk");
    builder.string(&format!("user#{number:08}"));
    builder.name("sk");
    builder.string("profile");
    for attribute in 0..6 {
        builder.name(&format!("attribute{attribute}"));
        builder.string(&"x".repeat(150));
    }
    builder.name("visits");
    builder.number_text(&visits.to_string());
    builder.name("active");
    builder.boolean(true);
    builder.finish_item().unwrap()
}

fn engine() -> Engine {
    let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let engine = Engine::open(store, Arc::new(System), Arc::new(System), EngineOptions::default()).unwrap();
    let text = |name: &'static str| Cow::Borrowed(name);
    let kind = statordb_engine::value::Kind::S;
    let request = CreateTable {
        table: text(TABLE),
        definitions: vec![(text("pk"), kind), (text("sk"), kind)],
        key_schema: vec![(text("pk"), KeyRole::Hash), (text("sk"), KeyRole::Range)],
        billing_mode: Some(BillingMode::PayPerRequest),
        throughput: None,
        table_class: None,
        deletion_protection: false,
        ..CreateTable::default()
    };
    engine.create_table(&Caller { region: "us-east-1" }, request).unwrap();
    engine.create_table(&Caller { region: "us-east-1" }, indexed()).unwrap();
    (0..ITEMS).for_each(|number| put(&engine, TABLE, item(number)));
    (0..ITEMS).for_each(|number| put(&engine, INDEXED, item(number)));
    engine
}

fn indexed() -> CreateTable<'static> {
    let text = |name: &'static str| Cow::Borrowed(name);
    let (string, number) = (statordb_engine::value::Kind::S, statordb_engine::value::Kind::N);
    let keys_only =
        Projection { kind: Some(statordb_engine::catalog::ProjectionType::KeysOnly), non_key_attributes: None };
    let index = |name, key, projection| NewIndex {
        name: text(name),
        key_schema: vec![(text(key), KeyRole::Hash), (text("pk"), KeyRole::Range)],
        projection,
        ..NewIndex::default()
    };
    CreateTable {
        table: text(INDEXED),
        definitions: vec![(text("pk"), string), (text("sk"), string), (text("visits"), number)],
        key_schema: vec![(text("pk"), KeyRole::Hash), (text("sk"), KeyRole::Range)],
        billing_mode: Some(BillingMode::PayPerRequest),
        global_indexes: Some(vec![index("by-sk", "sk", keys_only), index("by-visits", "visits", Projection::ALL)]),
        ..CreateTable::default()
    }
}

fn put(engine: &Engine, table: &'static str, item: Item) {
    let request = PutItem {
        table: Cow::Borrowed(table),
        item: Ok(item),
        condition: ConditionParameters::default(),
        substitutions: Substitutions::default(),
        return_values: ReturnValues::None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        return_item_collection_metrics: false,
    };
    engine.put_item(&request).unwrap();
}

fn get(engine: &Engine, key: Item) {
    let request = GetItem {
        table: Cow::Borrowed(TABLE),
        key: Ok(key),
        attributes_to_get: None,
        consistent_read: false,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        projection_expression: None,
        names: None,
    };
    black_box(engine.get_item(request).unwrap());
}

fn update(engine: &Engine, key: Item) {
    let one = EncodedValue::of(&Value::N(1.into())).map_err(|_| unreachable_value());
    let request = UpdateItem {
        table: Cow::Borrowed(TABLE),
        key: Ok(key),
        update_expression: Some(Cow::Borrowed("SET visits = visits + :one")),
        attribute_updates: None,
        condition: ConditionParameters {
            expression: Some(Cow::Borrowed("attribute_exists(pk) AND active <> :one")),
            ..ConditionParameters::default()
        },
        substitutions: Substitutions { names: None, values: Some(vec![(Cow::Borrowed(":one"), one)]) },
        return_values: ReturnValues::None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        return_item_collection_metrics: false,
    };
    black_box(engine.update_item(&request).unwrap());
}

fn unreachable_value() -> statordb_engine::value::ValueError {
    statordb_engine::value::ValueError::Empty
}

fn query(engine: &Engine, number: usize) {
    let partition = EncodedValue::of(&Value::S(format!("user#{number:08}"))).map_err(|_| unreachable_value());
    let request = Query {
        table: Cow::Borrowed(TABLE),
        index: None,
        select: None,
        attributes_to_get: None,
        limit: None,
        consistent_read: false,
        key_conditions: None,
        query_filter: None,
        conditional_operator: None,
        scan_index_forward: true,
        exclusive_start_key: None,
        return_consumed_capacity: ReturnConsumedCapacity::None,
        projection_expression: None,
        filter_expression: None,
        key_condition_expression: Some(Cow::Borrowed("pk = :pk")),
        substitutions: Substitutions { names: None, values: Some(vec![(Cow::Borrowed(":pk"), partition)]) },
    };
    let mut rows = Vec::new();
    engine.query(&request, &mut rows).unwrap();
    black_box(rows);
}

fn hash(number: usize) {
    let mut digest = Md5::new();
    digest.update(b"Outliers");
    digest.update(format_key(number).as_bytes());
    black_box(digest.finalize());
}

/// A key without the cost of formatting one.
fn format_key(number: usize) -> &'static str {
    if number.is_multiple_of(2) { "user#00000001" } else { "user#00000002" }
}

/// Median nanoseconds of one call, over rounds of many.
fn measure(mut call: impl FnMut(usize)) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(&mut call);
            start.elapsed().as_nanos() as f64 / CALLS as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// Numbers that visit the items in no order.
fn scattered(call: usize) -> usize {
    call.wrapping_mul(2_654_435_761) % ITEMS
}

fn main() {
    let engine = engine();
    let keys: Vec<Item> = (0..ITEMS).map(key).collect();
    let items: Vec<Item> = (0..ITEMS).map(item).collect();
    let key_of = |call: usize| keys.get(scattered(call)).cloned().unwrap();
    let put_of = |call: usize| items.get(scattered(call)).cloned().unwrap();
    println!("item_bytes {}", items.first().map_or(0, |item| item.view().size()));
    println!("partition_hash_ns {:.0}", measure(hash));
    println!("get_item_ns {:.0}", measure(|call| get(&engine, key_of(call))));
    println!("put_item_ns {:.0}", measure(|call| put(&engine, TABLE, put_of(call))));
    let moved: Vec<Item> = (0..ITEMS).map(|number| item_of(number, number)).collect();
    let moved_of = |call: usize| {
        let items = if (call / ITEMS).is_multiple_of(2) { &moved } else { &items };
        items.get(scattered(call)).cloned().unwrap()
    };
    println!("put_item_with_gsis_ns {:.0}", measure(|call| put(&engine, INDEXED, moved_of(call))));
    println!("update_item_ns {:.0}", measure(|call| update(&engine, key_of(call))));
    println!("query_one_ns {:.0}", measure(|call| query(&engine, scattered(call))));
}
