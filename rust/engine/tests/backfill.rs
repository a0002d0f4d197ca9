//! Indexes that are made while the table is written to: what a backfill leaves is what writes alone would have left.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use statordb_engine::catalog::{BillingMode, KeyRole, NewIndex, Projection, TableDescription, TableStatus};
use statordb_engine::clock::{Clock, Random};
use statordb_engine::error::ErrorKind;
use statordb_engine::expr::Substitutions;
use statordb_engine::ops::create_table::CreateTable;
use statordb_engine::ops::delete_item::DeleteItem;
use statordb_engine::ops::delete_table::DeleteTable;
use statordb_engine::ops::describe_table::DescribeTable;
use statordb_engine::ops::describe_time_to_live::{DescribeTimeToLive, TimeToLiveStatus};
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::scan::Scan;
use statordb_engine::ops::update_table::{IndexUpdate, UpdateTable};
use statordb_engine::ops::update_time_to_live::{TimeToLive, UpdateTimeToLive};
use statordb_engine::ops::{Caller, ConditionParameters, ReturnConsumedCapacity, ReturnValues};
use statordb_engine::value::{Builder, Item, Kind, Number};
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };

/// A clock that is set, and a sequence of bytes.
#[derive(Debug)]
struct Set {
    now_ms: AtomicU64,
    next: AtomicU64,
}

impl Clock for Set {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}

impl Random for Set {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(next.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

fn engine(options: EngineOptions) -> (Engine, Arc<Set>) {
    let set = Arc::new(Set { now_ms: AtomicU64::new(1_700_000_000_000), next: AtomicU64::new(0) });
    // Small partitions, so that trees split while they are filled.
    let store = Arc::new(MemoryStore::new(MemoryOptions { partition_bytes_max: 2_048 }));
    let engine = Engine::open(store, set.clone(), set.clone(), options).unwrap();
    let table = CreateTable {
        table: "films".into(),
        definitions: vec![("id".into(), Kind::S)],
        key_schema: vec![("id".into(), KeyRole::Hash)],
        billing_mode: Some(BillingMode::PayPerRequest),
        ..CreateTable::default()
    };
    engine.create_table(&CALLER, table).unwrap();
    (engine, set)
}

fn at_once(items: u64) -> EngineOptions {
    EngineOptions { backfill_items_at_once_max: items, ..EngineOptions::default() }
}

fn key(id: usize) -> Item {
    let mut builder = Builder::item();
    builder.name("id");
    builder.string(&format!("film-{id:04}"));
    builder.finish_item().unwrap()
}

/// A film; year 0 stands for none.
fn film(id: usize, year: u64, title: &str) -> Item {
    let mut builder = Builder::item();
    builder.name("id");
    builder.string(&format!("film-{id:04}"));
    if year > 0 {
        builder.name("year");
        builder.number(&Number::from(year));
    }
    builder.name("title");
    builder.string(title);
    builder.finish_item().unwrap()
}

fn put(engine: &Engine, item: Item) {
    let request = PutItem {
        table: "films".into(),
        item: Ok(item),
        condition: ConditionParameters::default(),
        substitutions: Default::default(),
        return_values: ReturnValues::None,
        return_item_collection_metrics: false,
        return_consumed_capacity: ReturnConsumedCapacity::None,
    };
    engine.put_item(&request).unwrap();
}

fn delete(engine: &Engine, id: usize) {
    let request = DeleteItem {
        table: "films".into(),
        key: Ok(key(id)),
        condition: ConditionParameters::default(),
        substitutions: Default::default(),
        return_values: ReturnValues::None,
        return_item_collection_metrics: false,
        return_consumed_capacity: ReturnConsumedCapacity::None,
    };
    engine.delete_item(&request).unwrap();
}

fn by_year(name: &str) -> UpdateTable<'_> {
    let index = NewIndex {
        name: name.into(),
        key_schema: vec![("year".into(), KeyRole::Hash)],
        projection: Projection::ALL,
        ..NewIndex::default()
    };
    UpdateTable {
        table: "films".into(),
        definitions: vec![("year".into(), Kind::N)],
        indexes: vec![IndexUpdate { create: Some(index), ..IndexUpdate::default() }],
        ..UpdateTable::default()
    }
}

fn without(name: &str) -> UpdateTable<'_> {
    let gone = IndexUpdate { delete: Some(name.into()), ..IndexUpdate::default() };
    UpdateTable { table: "films".into(), indexes: vec![gone], ..UpdateTable::default() }
}

fn describe(engine: &Engine) -> TableDescription {
    engine.describe_table(&CALLER, &DescribeTable { table: "films".into() }).unwrap()
}

/// Waits for real time: the backfill has a thread of its own.
fn until_active(engine: &Engine) -> TableDescription {
    let mut looks = 0;
    loop {
        let description = describe(engine);
        if description.status == TableStatus::Active {
            return description;
        }
        looks += 1;
        assert!(looks < 3_000, "the index was not filled");
        thread::sleep(Duration::from_millis(10));
    }
}

fn scan_of<'a>(index: Option<&'a str>, start: Option<Item>) -> Scan<'a> {
    Scan {
        table: "films".into(),
        index: index.map(Cow::Borrowed),
        select: None,
        attributes_to_get: None,
        limit: None,
        consistent_read: false,
        scan_filter: None,
        conditional_operator: None,
        exclusive_start_key: start.map(Ok),
        return_consumed_capacity: ReturnConsumedCapacity::None,
        total_segments: None,
        segment: None,
        projection_expression: None,
        filter_expression: None,
        substitutions: Substitutions::default(),
    }
}

fn scan(engine: &Engine, index: Option<&str>) -> BTreeMap<String, Item> {
    let mut found = BTreeMap::new();
    let mut start = None;
    loop {
        let mut rows: Vec<Item> = Vec::new();
        let request = scan_of(index, start);
        let page = engine.scan(&request, &mut rows).unwrap();
        found.extend(rows.into_iter().map(|item| (item.view().get("id").unwrap().as_str().unwrap().to_owned(), item)));
        start = page.last_evaluated_key;
        if start.is_none() {
            return found;
        }
    }
}

fn is_in_index(item: &Item) -> bool {
    item.view().get("year").is_some_and(|year| year.kind() == Kind::N)
}

/// The index holds exactly the items of the table that have its key, as they are, and counts them.
fn assert_index_is_whole(engine: &Engine, description: &TableDescription) {
    let expected: BTreeMap<_, _> = scan(engine, None).into_iter().filter(|(_, item)| is_in_index(item)).collect();
    let found = scan(engine, Some("by-year"));
    assert_eq!(found.len(), expected.len());
    assert!(found == expected);
    let index = &description.details.as_ref().unwrap().global_indexes[0];
    let bytes: usize = expected.values().map(|item| item.view().size()).sum();
    assert_eq!((index.item_count, index.size_bytes), (expected.len() as u64, bytes as u64));
}

#[test]
fn an_index_of_a_small_table_is_filled_at_once_and_answered_as_being_made() {
    let (engine, _) = engine(EngineOptions::default());
    (0..300).for_each(|id| put(&engine, film(id, (id % 7) as u64, "a title")));
    let mut odd = Builder::item();
    odd.name("id");
    odd.string("odd");
    odd.name("year");
    odd.string("a text where a number belongs");
    put(&engine, odd.finish_item().unwrap());

    let answer = engine.update_table(&CALLER, &by_year("by-year")).unwrap();
    let index = &answer.details.as_ref().unwrap().global_indexes[0];
    let global = index.global.as_ref().unwrap();
    assert_eq!(answer.status, TableStatus::Updating);
    assert_eq!((global.status, global.backfilling, index.item_count), (TableStatus::Creating, Some(false), 0));
    let description = describe(&engine);
    assert_eq!(description.status, TableStatus::Active);
    assert_index_is_whole(&engine, &description);
}

#[test]
fn writers_and_a_backfill_leave_what_writers_alone_would() {
    const ITEMS: usize = 600;
    let (engine, _) = engine(at_once(0));
    (0..ITEMS).for_each(|id| put(&engine, film(id, (id % 5) as u64, "before")));
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..4 {
            let (engine, ends) = (&engine, &ends);
            scope.spawn(move || {
                // Each writer has items of its own, changes their key and their rest, takes them away and brings them back.
                let mut round = 0;
                while !ends.load(Ordering::Relaxed) || round < 3 {
                    for id in (writer..ITEMS + 40).step_by(4) {
                        match (id + round) % 6 {
                            0 => delete(engine, id),
                            1 => put(engine, film(id, 0, "without a year")),
                            by => put(
                                engine,
                                film(id, ((by + round) % 5) as u64, if round % 2 == 0 { "even" } else { "odd" }),
                            ),
                        }
                    }
                    round += 1;
                }
            });
        }
        for _ in 0..6 {
            engine.update_table(&CALLER, &by_year("by-year")).unwrap();
            until_active(&engine);
            engine.update_table(&CALLER, &without("by-year")).unwrap();
        }
        engine.update_table(&CALLER, &by_year("by-year")).unwrap();
        until_active(&engine);
        ends.store(true, Ordering::Relaxed);
    });
    assert_index_is_whole(&engine, &describe(&engine));
    assert_eq!(describe(&engine).item_count, scan(&engine, None).len() as u64);
}

#[test]
fn an_index_or_a_table_that_is_deleted_ends_its_backfill() {
    let (engine, _) = engine(at_once(0));
    (0..2_000).for_each(|id| put(&engine, film(id, 1_900, "a title")));
    for round in 0..5 {
        engine.update_table(&CALLER, &by_year("by-year")).unwrap();
        if round % 2 == 0 {
            match engine.update_table(&CALLER, &by_year("another")) {
                Err(error) => assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}"),
                // The first index was whole already.
                Ok(_) => drop(engine.update_table(&CALLER, &without("another")).unwrap()),
            }
        }
        engine.update_table(&CALLER, &without("by-year")).unwrap();
        assert_eq!(describe(&engine).details.unwrap().definitions, [("id".to_owned(), Kind::S)]);
    }
    engine.update_table(&CALLER, &by_year("by-year")).unwrap();
    engine.delete_table(&CALLER, &DeleteTable { table: "films".into() }).unwrap();
    let error = engine.describe_table(&CALLER, &DescribeTable { table: "films".into() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceNotFound);
}

#[test]
fn states_last_as_long_as_they_are_told_to() {
    let options = EngineOptions { control_plane_delay_ms: 1_000, ..EngineOptions::default() };
    let (engine, clock) = engine(options);
    let later = |by: u64| clock.now_ms.fetch_add(by, Ordering::Relaxed);
    let films = || DeleteTable { table: "films".into() };
    let kind = |result: Result<TableDescription, statordb_engine::error::Error>| result.unwrap_err().kind();

    assert_eq!(describe(&engine).status, TableStatus::Creating);
    assert_eq!(kind(engine.delete_table(&CALLER, &films())), ErrorKind::ResourceInUse);
    assert_eq!(kind(engine.update_table(&CALLER, &by_year("by-year"))), ErrorKind::ResourceInUse);
    later(1_000);
    assert_eq!(describe(&engine).status, TableStatus::Active);

    put(&engine, film(1, 1_960, "La dolce vita"));
    engine.update_table(&CALLER, &by_year("by-year")).unwrap();
    let description = describe(&engine);
    let index = description.details.unwrap().global_indexes.remove(0).global.unwrap();
    assert_eq!((description.status, index.status), (TableStatus::Updating, TableStatus::Creating));
    assert_eq!(kind(engine.delete_table(&CALLER, &films())), ErrorKind::ResourceInUse);
    assert_eq!(kind(engine.update_table(&CALLER, &by_year("another"))), ErrorKind::ResourceInUse);
    let error = engine.scan(&scan_of(Some("by-year"), None), &mut Vec::<Item>::new()).unwrap_err();
    assert_eq!(error.message(), "Cannot read from backfilling global secondary index: by-year");
    later(1_000);
    assert_eq!(scan(&engine, Some("by-year")).len(), 1);

    engine.update_table(&CALLER, &without("by-year")).unwrap();
    let index = describe(&engine).details.unwrap().global_indexes.remove(0).global.unwrap();
    assert_eq!(index.status, TableStatus::Deleting);
    later(1_000);
    assert_eq!(describe(&engine).details.unwrap().global_indexes, []);

    engine.delete_table(&CALLER, &films()).unwrap();
    assert_eq!(describe(&engine).status, TableStatus::Deleting);
    assert_eq!(kind(engine.delete_table(&CALLER, &films())), ErrorKind::ResourceInUse);
    let error = engine.scan(&scan_of(None, None), &mut Vec::<Item>::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceNotFound);
    later(1_000);
    let gone = engine.describe_table(&CALLER, &DescribeTable { table: "films".into() });
    assert_eq!(kind(gone), ErrorKind::ResourceNotFound);
}

#[test]
fn expiry_is_switched_once_an_hour_where_changes_take_time() {
    let options = EngineOptions { control_plane_delay_ms: 1_000, ..EngineOptions::default() };
    let (engine, clock) = engine(options);
    let later = |by: u64| clock.now_ms.fetch_add(by, Ordering::Relaxed);
    let switch = |enabled: bool| {
        let specification = TimeToLive { enabled, attribute: "expires".into() };
        engine.update_time_to_live(&UpdateTimeToLive { table: "films".into(), specification })
    };
    let status = || engine.describe_time_to_live(&DescribeTimeToLive { table: "films".into() }).unwrap().status;
    later(1_000);
    switch(true).unwrap();
    assert_eq!(status(), TimeToLiveStatus::Enabling);
    later(1_000);
    assert_eq!(status(), TimeToLiveStatus::Enabled);
    let error = switch(false).unwrap_err();
    assert_eq!(error.message(), "Time to live has been modified multiple times within a fixed interval");
    later(60 * 60 * 1_000);
    switch(false).unwrap();
    assert_eq!(status(), TimeToLiveStatus::Disabling);
    later(1_000);
    assert_eq!(status(), TimeToLiveStatus::Disabled);
}
