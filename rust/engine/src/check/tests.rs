//! Every kind of violation, planted through the store, is named; a database that nobody has tampered with has none.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use statordb_store::{
    Bytes, Direction, Durability, Home, KeyRange, MemoryOptions, MemoryStore, Tally, TreeId, Verdict,
};

use super::Checkup;
use crate::catalog::kept::{CATALOG_TREE, Entry, RecordKind};
use crate::catalog::{BillingMode, KeyRole, NewIndex, Projection, ProjectionType, Table};
use crate::clock::{Clock, Random};
use crate::expr::Substitutions;
use crate::ops::create_table::{CreateTable, StreamSpecification};
use crate::ops::put_item::PutItem;
use crate::ops::update_time_to_live::{TimeToLive, UpdateTimeToLive};
use crate::ops::{Caller, ConditionParameters, ReturnConsumedCapacity, ReturnValues};
use crate::stream::StreamView;
use crate::value::{Builder, Item, Kind, Number};
use crate::{Engine, EngineOptions};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };
const NOW_S: u64 = 1_795_412_760;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        NOW_S * 1_000
    }
}

impl Random for Still {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A table `films` with everything that a table can have, and ten items of it.
struct World {
    engine: Engine,
    table: Arc<Table>,
}

fn new_index(name: &'static str, hash: &'static str, range: &'static str, kind: ProjectionType) -> NewIndex<'static> {
    NewIndex {
        name: name.into(),
        key_schema: vec![(hash.into(), KeyRole::Hash), (range.into(), KeyRole::Range)],
        projection: Projection { kind: Some(kind), non_key_attributes: None },
        throughput: None,
        on_demand: None,
        warm: None,
    }
}

fn item(number: usize) -> Item {
    let mut builder = Builder::item();
    for (name, text) in [("id", format!("film-{}", number % 4)), ("a", format!("a-{number}"))] {
        builder.name(name);
        builder.string(&text);
    }
    for (name, value) in [("n", number as u64), ("t", NOW_S + 1_000 + number as u64)] {
        builder.name(name);
        builder.number(&Number::from(value));
    }
    builder.finish_item().unwrap()
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new(MemoryOptions { partition_bytes_max: 1_024 }));
        let engine = Engine::open(store, Arc::new(Still), Arc::new(Still), EngineOptions::default()).unwrap();
        let request = CreateTable {
            table: Cow::Borrowed("films"),
            definitions: vec![("id".into(), Kind::S), ("n".into(), Kind::N), ("a".into(), Kind::S)],
            key_schema: vec![("id".into(), KeyRole::Hash), ("n".into(), KeyRole::Range)],
            billing_mode: Some(BillingMode::PayPerRequest),
            local_indexes: Some(vec![new_index("local", "id", "a", ProjectionType::All)]),
            global_indexes: Some(vec![new_index("global", "a", "n", ProjectionType::KeysOnly)]),
            stream: Some(StreamSpecification { enabled: true, view: Some(StreamView::NewAndOldImages) }),
            ..CreateTable::default()
        };
        engine.create_table(&CALLER, request).unwrap();
        let specification = TimeToLive { enabled: true, attribute: "t".into() };
        engine.update_time_to_live(&UpdateTimeToLive { table: "films".into(), specification }).unwrap();
        let world = Self { table: engine.catalog.get("films").unwrap(), engine };
        (0..10).for_each(|number| world.put(item(number)));
        world
    }

    fn put(&self, item: Item) {
        let request = PutItem {
            table: Cow::Borrowed("films"),
            item: Ok(item),
            condition: ConditionParameters::default(),
            substitutions: Substitutions::default(),
            return_values: ReturnValues::None,
            return_consumed_capacity: ReturnConsumedCapacity::None,
            return_item_collection_metrics: false,
        };
        self.engine.put_item(&request).unwrap();
    }

    fn index(&self, name: &str) -> TreeId {
        self.table.live().index(name).unwrap().tree
    }

    fn stream(&self) -> TreeId {
        let taken = self.engine.store.stats().trees.iter().map(|row| row.tree).collect::<Vec<_>>();
        let own: Vec<TreeId> = self.table.live().trees().chain([self.table.tree, CATALOG_TREE]).collect();
        let mut others = taken.into_iter().filter(|tree| !own.contains(tree));
        let stream = others.next().unwrap();
        assert_eq!(others.next(), None);
        stream
    }

    /// The key and the value of an entry of a tree.
    fn nth(&self, tree: TreeId, number: usize) -> (Vec<u8>, Bytes) {
        let mut entries = Vec::new();
        let mut visit = |key: &[u8], bytes: &Bytes| {
            entries.push((key.to_vec(), bytes.clone()));
            ControlFlow::Continue(())
        };
        self.engine.store.range(tree, KeyRange::ALL, Direction::Forward, &mut visit).unwrap();
        entries.swap_remove(number)
    }

    /// Writes past the engine.
    fn plant(&self, tree: TreeId, key: &[u8], value: Option<&[u8]>, tally: Tally) {
        let mut body = |txn: &mut dyn statordb_store::Txn| {
            txn.write(tree, key, value.map(Bytes::from), tally);
            Verdict::Commit
        };
        self.engine.store.transact(&[(tree, key)], Durability::Full, &mut body).unwrap();
    }

    fn check(&self) -> Checkup {
        let checkup = self.engine.check().unwrap();
        assert_eq!(checkup.violation_count as usize, checkup.violations.len());
        checkup
    }
}

/// Plants something in a world of its own, and sees it named, as the first thing and, where `alone`, as the only one.
fn sees(plant: impl FnOnce(&World), expected: &str, alone: bool) {
    let world = World::new();
    assert_eq!(world.check().violations, [""; 0]);
    plant(&world);
    let found = world.check().violations;
    assert!(found.iter().any(|text| text.contains(expected)), "{expected}\n{found:#?}");
    assert!(!alone || found.len() == 1, "{found:#?}");
    assert!(found.iter().all(|text| !text.contains("1795413760")), "values are not shown: {found:#?}");
}

#[test]
fn a_database_that_nobody_tampered_with_is_whole_and_everything_is_looked_at() {
    let world = World::new();
    let checkup = world.check();
    // Ten in each index and of time to live; four item collections.
    let expected = Checkup { tables: 1, items: 10, index_entries: 34, stream_records: 10, ..Checkup::default() };
    assert_eq!(checkup, expected);
}

#[test]
fn entries_of_indexes_that_are_missing_wrong_or_too_many_are_named() {
    for name in ["local", "global"] {
        let at = |world: &World| (world.index(name), world.nth(world.index(name), 3));
        sees(
            |world| {
                let (tree, (key, _)) = at(world);
                world.plant(tree, &key, None, Tally::NONE);
            },
            &format!("table `films`, index `{name}`: the entry of {{id: \"film-"),
            true,
        );
        sees(
            |world| {
                let (tree, (key, _)) = at(world);
                let (_, other) = world.nth(tree, 4);
                world.plant(tree, &key, Some(&other), Tally::NONE);
            },
            "has another content than the item",
            true,
        );
        sees(
            |world| {
                let (tree, (key, bytes)) = at(world);
                world.plant(tree, &[&key[..], b"x"].concat(), Some(&bytes), Tally::NONE);
            },
            &format!("index `{name}`: there is an entry of {{id: \"film-"),
            true,
        );
        sees(
            |world| {
                let (tree, _) = at(world);
                world.plant(tree, b"12345678left over", Some(b"garbage"), Tally::NONE);
            },
            &format!("index `{name}`: there is an entry of `left over` that no item asks for"),
            true,
        );
        sees(|world| world.engine.store.drop_tree(at(world).0).unwrap(), "is not there", false);
    }
}

#[test]
fn the_index_of_time_to_live_is_looked_at() {
    let tree = |world: &World| world.table.live().ttl.as_ref().unwrap().tree;
    sees(
        |world| world.plant(tree(world), &world.nth(tree(world), 0).0, None, Tally::NONE),
        "table `films`, time to live: the entry of {id: \"film-0\", n: 0} is missing",
        true,
    );
    sees(
        |world| {
            let (key, _) = world.nth(tree(world), 0);
            world.plant(tree(world), &[&[0; 8], &key[8..]].concat(), Some(&[]), Tally::NONE);
        },
        "table `films`, time to live: there is an entry of {id: \"film-0\", n: 0} that no item asks for",
        true,
    );
}

#[test]
fn sizes_of_item_collections_are_looked_at() {
    let tree = |world: &World| world.table.live().collections.unwrap();
    sees(
        |world| world.plant(tree(world), &world.nth(tree(world), 0).0, Some(&9_u64.to_le_bytes()), Tally::NONE),
        "and 9 are counted",
        true,
    );
    sees(|world| world.plant(tree(world), &world.nth(tree(world), 0).0, None, Tally::NONE), "and 0 are counted", true);
    sees(
        |world| world.plant(tree(world), b"12345678\x00\x04none", Some(&9_u64.to_le_bytes()), Tally::NONE),
        "sizes of item collections: there is an entry of `none` that no item asks for",
        true,
    );
}

#[test]
fn items_that_cannot_be_read_or_stand_in_a_wrong_place_are_named() {
    let nth = |world: &World| world.nth(world.table.tree, 2);
    sees(
        |world| world.plant(world.table.tree, &nth(world).0, Some(b"garbage"), Tally::NONE),
        "table `films`: the item {id: \"film-",
        false,
    );
    sees(
        |world| {
            let (key, bytes) = nth(world);
            let cut = &bytes[..bytes.len() - 1];
            world.plant(world.table.tree, &key, Some(cut), Tally::NONE);
        },
        "cannot be decoded",
        false,
    );
    sees(
        |world| {
            let (key, bytes) = nth(world);
            world.plant(world.table.tree, &[&key[..], b"x"].concat(), Some(&bytes), Tally::NONE);
        },
        "stands there, but has another key",
        true,
    );
}

#[test]
fn counts_that_differ_from_what_is_there_are_named() {
    let more = Tally { items: 1, bytes: -5 };
    // The empty key has no entry: only the tally changes.
    sees(|world| world.plant(world.table.tree, &[], None, more), "table `films`: it holds 10 items of", true);
    sees(|world| world.plant(world.index("global"), &[], None, more), "index `global`: it holds 10 items", true);
    sees(|world| world.table.contents.add(more), "table `films`: it tells of 11 items of", true);
}

#[test]
fn records_of_streams_are_looked_at() {
    let put = |world: &World, key: &[u8], bytes: &[u8]| world.plant(world.stream(), key, Some(bytes), Tally::NONE);
    let nth = |world: &World| world.nth(world.stream(), 1);
    sees(|world| put(world, &nth(world).0, b"garbage"), "it cannot be read", true);
    sees(|world| put(world, b"12345678nokey", b""), "its key is none of a record", true);
    let at = |world: &World, word: usize, value: u64| {
        let (mut key, bytes) = nth(world);
        key[word * 8..][..8].copy_from_slice(&value.to_be_bytes());
        put(world, &key, &bytes);
    };
    sees(|world| at(world, 2, 1), "it lies outside of its shard", true);
    sees(|world| at(world, 1, 999), "it has no shard", true);
    sees(
        |world| {
            let (key, bytes) = nth(world);
            let mut bytes = bytes.to_vec();
            bytes[2..10].copy_from_slice(&(NOW_S * 2_000).to_le_bytes());
            let shard = &key[8..16];
            // It has another one behind it.
            let (behind, _) = world.nth(world.stream(), 2);
            assert_eq!(&behind[8..16], shard);
            put(world, &key, &bytes);
        },
        "it is earlier than the one before it",
        true,
    );
}

/// The record of this kind with this number.
fn record(world: &World, kind: RecordKind, number: usize) -> (Vec<u8>, Bytes) {
    let records = (0..).map(|place| world.nth(CATALOG_TREE, place));
    records.filter(|(key, _)| matches!(RecordKind::split(key), Some((of, _)) if of == kind)).nth(number).unwrap()
}

#[test]
fn records_of_the_catalog_and_their_trees_are_looked_at() {
    let garble = |world: &World, kind| {
        let (key, _) = record(world, kind, 0);
        world.plant(CATALOG_TREE, &key, Some(&[1, 2, 3]), Tally::NONE);
    };
    sees(|world| garble(world, RecordKind::Table), "the record of the table `films` cannot be read", true);
    sees(|world| garble(world, RecordKind::Stream), "the record of a stream cannot be read", false);
    sees(|world| garble(world, RecordKind::Shard), "the record of a shard cannot be read", false);
    sees(
        |world| world.plant(CATALOG_TREE, &record(world, RecordKind::Stream, 0).0, None, Tally::NONE),
        "the table `films` has a stream without a record",
        false,
    );
    sees(
        |world| world.plant(CATALOG_TREE, &record(world, RecordKind::Shard, 0).0, None, Tally::NONE),
        "its parent is not there",
        false,
    );
    sees(
        |world| world.engine.store.create(TreeId(17 + 900), Home::Own).unwrap(),
        "the tree `917` belongs to nothing",
        false,
    );
    sees(|world| world.engine.store.drop_tree(world.stream()).unwrap(), "which is not there", true);
    sees(
        |world| {
            let entry = Entry::new(RecordKind::Table, &[b"other"], Some(record(world, RecordKind::Table, 0).1));
            let mut body = |txn: &mut dyn statordb_store::Txn| {
                entry.write(txn);
                Verdict::Commit
            };
            world.engine.store.transact(&[(CATALOG_TREE, &[])], Durability::Full, &mut body).unwrap();
        },
        "the record of the table `other` cannot be read: it is that of `films`",
        true,
    );
}

#[test]
fn records_of_client_tokens_are_looked_at() {
    sees(
        |world| {
            let place = world.engine.tokens.place(&*world.engine.store, "a-token").unwrap();
            world.plant(place.tree, &place.key, Some(b"garbage"), Tally::NONE);
        },
        "the record of the client token `a-token` cannot be read",
        true,
    );
}

#[test]
fn a_hundred_violations_are_told_and_all_are_counted() {
    let world = World::new();
    for number in 0..150_u64 {
        world.plant(world.index("global"), &number.to_be_bytes(), Some(b"garbage"), Tally::NONE);
    }
    let checkup = world.engine.check().unwrap();
    assert_eq!((checkup.violations.len(), checkup.violation_count), (100, 150));
}
