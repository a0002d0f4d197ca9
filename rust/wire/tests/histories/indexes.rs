//! Indexes while many threads write: at every moment each of them is the projection of its table, entry by entry and
//! byte by byte, and so are the index of what expires and the sizes of item collections.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::Value as Json;
use statordb_engine::EngineOptions;
use statordb_engine::value::{Item, ItemRef, Kind, Number};
use statordb_store::{Direction, KeyRange, MemoryStore, Read, Store, TreeId};

use super::database::{Database, SMALL, operations};
use super::things::{self, INDEXES, Index, Projected, TABLE_KEY};
use super::watched::Watched;
use super::writes::{Purpose, SetAtEnd, put_fixed, write_all};

/// Snapshots that are looked at, and indexes that are filled, while the writers write: they go on until then.
const SNAPSHOTS_MIN: usize = 60;
const FILLED_MIN: usize = 3;
/// Snapshots between one change of the indexes and the next.
const PAUSE: usize = 4;

/// The index that comes and goes, with one of these projections.
const LATE: [Projected; 3] = [Projected::All, Projected::KeysOnly, Projected::Include(&["b", "x"])];

/// What stands in a tree.
type Entries = BTreeMap<Vec<u8>, Item>;

/// Reads a tree of items. A key begins with the hash of its partition key, which must be the same at all times.
fn entries(state: &dyn Read, tree: TreeId, hashes: &mut HashMap<Vec<u8>, Vec<u8>>) -> Entries {
    let mut found = Entries::new();
    let mut visit = |key: &[u8], bytes: &statordb_store::Bytes| {
        let hash = &key[..8];
        let known = hashes.entry(collection(key)).or_insert_with(|| hash.to_vec());
        assert_eq!(known, hash, "a partition key has one hash");
        found.insert(key.to_vec(), Item::from_bytes(bytes.clone()).unwrap());
        ControlFlow::Continue(())
    };
    state.range(tree, KeyRange::ALL, Direction::Forward, &mut visit).unwrap();
    found
}

/// A value with its end: zeros in it are marked.
fn ended(value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for byte in value {
        bytes.push(*byte);
        bytes.extend((*byte == 0).then_some(0xff));
    }
    bytes.extend([0, 1]);
    bytes
}

/// The key of an item's entry behind its hash; none for an item that is not in the index.
fn entry_key(index: &Index, item: ItemRef<'_>, table_key: &[u8]) -> Option<Vec<u8>> {
    let values =
        |names: &[&str]| names.iter().map(|name| Some(item.get(name)?.scalar_bytes())).collect::<Option<Vec<_>>>();
    let (hash, range) = (values(index.hash)?, values(index.range)?);
    let partition = match hash.as_slice() {
        [only] => only.to_vec(),
        several => several.iter().flat_map(|value| ended(value)).collect(),
    };
    let mut key = (partition.len() as u16).to_be_bytes().to_vec();
    key.extend(partition);
    key.extend(range.iter().flat_map(|value| ended(value)));
    key.extend(table_key);
    Some(key)
}

/// What an entry is made of, to be compared.
fn content(item: ItemRef<'_>, holds: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let held = item.iter().filter(|(name, _)| holds(name));
    held.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
}

/// What an index must hold of the items: by the key behind its hash.
fn projection(index: &Index, items: &Entries) -> BTreeMap<Vec<u8>, Vec<(String, Vec<u8>)>> {
    let entry = |(key, item): (&Vec<u8>, &Item)| {
        let entry_key = entry_key(index, item.view(), key)?;
        Some((entry_key, content(item.view(), |name| index.holds(name))))
    };
    items.iter().filter_map(entry).collect()
}

/// A table and what belongs to it, as trees.
struct Trees {
    table: TreeId,
    collections: TreeId,
    expiry: TreeId,
    indexes: Vec<(TreeId, Index)>,
}

/// Looks at snapshots.
struct Checker<'h> {
    database: &'h Database,
    store: Watched,
    trees: Trees,
    /// The index that is being filled.
    filling: Option<(TreeId, Index)>,
    hashes: HashMap<Vec<u8>, Vec<u8>>,
    snapshots: usize,
    compared: usize,
    filled: usize,
    changes: usize,
    expired: usize,
}

impl Checker<'_> {
    /// Compares everything at one moment.
    fn check(&mut self) {
        let state = self.store.snapshot().unwrap();
        let items = entries(&*state, self.trees.table, &mut self.hashes);
        let mut sizes: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        let mut weigh =
            |key: &[u8], item: &Item| *sizes.entry(collection(key)).or_default() += item.view().size() as u64;
        for (key, item) in &items {
            assert_eq!(key[8..], table_key(item.view()), "{item:?}");
            weigh(key, item);
        }
        for (tree, index) in &self.trees.indexes {
            let found = entries(&*state, *tree, &mut self.hashes);
            if index.is_local {
                found.iter().for_each(|(key, entry)| weigh(key, entry));
            }
            let found = found.iter().map(|(key, entry)| (key[8..].to_vec(), content(entry.view(), |_| true))).collect();
            assert_same(index.name, &projection(index, &items), &found);
            self.compared += found.len();
        }
        self.check_sizes(&*state, &sizes);
        self.check_expiry(&*state, &items);
        drop(state);
        if self.snapshots.is_multiple_of(PAUSE) {
            self.database.check();
        }
        self.snapshots += 1;
    }

    /// The sizes of item collections: of items and of their entries in LSIs.
    fn check_sizes(&self, state: &dyn Read, expected: &BTreeMap<Vec<u8>, u64>) {
        let mut found = BTreeMap::new();
        let mut visit = |key: &[u8], bytes: &statordb_store::Bytes| {
            found.insert(collection(key), u64::from_le_bytes(bytes[..].try_into().unwrap()));
            ControlFlow::Continue(())
        };
        state.range(self.trees.collections, KeyRange::ALL, Direction::Forward, &mut visit).unwrap();
        assert_same("collections", expected, &found);
    }

    /// The items that expire, by the second in which they do.
    fn check_expiry(&self, state: &dyn Read, items: &Entries) {
        let mut expected = BTreeMap::new();
        for (key, item) in items {
            let seconds =
                item.view().get("t").filter(|value| value.kind() == Kind::N).and_then(|value| value.as_number());
            if let Some(seconds) = seconds {
                expected.insert([whole(&seconds).to_be_bytes().as_slice(), key].concat(), ());
            }
        }
        let mut found = BTreeMap::new();
        let mut visit = |key: &[u8], _: &statordb_store::Bytes| {
            found.insert(key.to_vec(), ());
            ControlFlow::Continue(())
        };
        state.range(self.trees.expiry, KeyRange::ALL, Direction::Forward, &mut visit).unwrap();
        assert_same("expiry", &expected, &found);
    }

    /// Makes an index, waits for its filling, and deletes it again.
    fn change_indexes(&mut self) {
        match self.filling {
            Some((tree, index)) if self.is_active(index.name) => {
                self.trees.indexes.push((tree, index));
                (self.filling, self.filled) = (None, self.filled + 1);
            }
            None if self.snapshots.is_multiple_of(PAUSE) && self.trees.indexes.len() > INDEXES.len() => {
                self.trees.indexes.pop();
                self.delete_late();
            }
            None if self.snapshots.is_multiple_of(PAUSE) => self.create_late(),
            _ => {}
        }
    }

    /// Makes the index that comes and goes; now and then it goes before it is filled.
    fn create_late(&mut self) {
        let projected = LATE[self.changes % LATE.len()];
        let index = Index { name: "late", is_local: false, hash: &["a"], range: &["s"], projected };
        self.update(&format!(r#"{{"Create":{}}}"#, index.json()));
        let made = self.store.take_made();
        assert_eq!(made.len(), 1);
        if self.changes % 5 == 4 {
            self.delete_late();
        } else {
            self.filling = Some((made[0], index));
        }
    }

    fn delete_late(&mut self) {
        self.update(r#"{"Delete":{"IndexName":"late"}}"#);
    }

    fn update(&mut self, change: &str) {
        let body = format!(
            r#"{{"TableName":"things","AttributeDefinitions":{},"GlobalSecondaryIndexUpdates":[{change}]}}"#,
            things::definitions()
        );
        self.database.ok("UpdateTable", &body);
        self.changes += 1;
    }

    fn described(&self) -> Json {
        self.database.ok("DescribeTable", r#"{"TableName":"things"}"#)["Table"].clone()
    }

    fn is_active(&self, name: &str) -> bool {
        let table = self.described();
        let mut indexes = table["GlobalSecondaryIndexes"].as_array().unwrap().iter();
        indexes.any(|index| index["IndexName"] == name && index["IndexStatus"] == "ACTIVE")
    }

    /// When nobody writes: descriptions count what is there.
    fn check_counts(&mut self) {
        let table = self.described();
        let counts = |json: &Json, bytes: &str| (json["ItemCount"].as_u64().unwrap(), json[bytes].as_u64().unwrap());
        let mut count = |tree| {
            let found = entries(&self.store, tree, &mut self.hashes);
            (found.len() as u64, found.values().map(|item| item.view().size() as u64).sum::<u64>())
        };
        assert_eq!(counts(&table, "TableSizeBytes"), count(self.trees.table));
        for (tree, index) in &self.trees.indexes {
            let of_kind = &table[if index.is_local { "LocalSecondaryIndexes" } else { "GlobalSecondaryIndexes" }];
            let told = of_kind.as_array().unwrap().iter().find(|told| told["IndexName"] == index.name).unwrap();
            assert_eq!(counts(told, "IndexSizeBytes"), count(*tree), "{}", index.name);
        }
    }
}

/// The key of an item behind its hash.
fn table_key(item: ItemRef<'_>) -> Vec<u8> {
    let [partition, sort] = TABLE_KEY.map(|name| item.get(name).unwrap().scalar_bytes());
    [(partition.len() as u16).to_be_bytes().as_slice(), partition, sort].concat()
}

/// The partition key in a key, with its length.
fn collection(key: &[u8]) -> Vec<u8> {
    key[8..10 + usize::from(u16::from_be_bytes([key[8], key[9]]))].to_vec()
}

/// The first whole second that is no earlier.
fn whole(seconds: &Number) -> u64 {
    let text = seconds.to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), 0), |(whole, _)| (whole, 1));
    whole.parse::<u64>().unwrap() + fraction
}

fn assert_same<V: PartialEq + std::fmt::Debug>(
    name: &str,
    expected: &BTreeMap<Vec<u8>, V>,
    found: &BTreeMap<Vec<u8>, V>,
) {
    let of = |these: &BTreeMap<Vec<u8>, V>, those: &BTreeMap<Vec<u8>, V>| -> Vec<String> {
        let differs = these.iter().filter(|(key, value)| those.get(*key) != Some(value));
        differs.take(3).map(|(key, value)| format!("{} {value:?}", key.escape_ascii())).collect()
    };
    assert!(
        expected == found,
        "{name}: of {} entries expected {:#?}, found {:#?}",
        expected.len(),
        of(expected, found),
        of(found, expected)
    );
}

/// The table and its trees; large tables are filled by a thread, and every table counts as large.
fn begin() -> (Database, Watched, Trees) {
    let store = Watched::over(MemoryStore::new(SMALL));
    let options = EngineOptions { backfill_items_at_once_max: 0, ..EngineOptions::default() };
    let database = Database::over(Box::new(store.clone()), options);
    // That of the catalog.
    store.take_made();
    things::create(&database);
    let made = store.take_made();
    let [table, collections, rest @ ..] = made.as_slice() else { panic!("{made:?}") };
    let indexes = rest.iter().copied().zip(INDEXES).collect();
    let expiry = r#"{"TableName":"things","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"t"}}"#;
    database.ok("UpdateTimeToLive", expiry);
    let expiry = store.take_made()[0];
    let trees = Trees { table: *table, collections: *collections, expiry, indexes };
    put_fixed(&database);
    (database, store, trees)
}

#[test]
fn every_index_is_the_projection_of_its_table_at_every_moment() {
    let (database, store, trees) = begin();
    let (next, end) = (AtomicUsize::new(0), operations(30_000));
    let (enough, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    let hashes = HashMap::new();
    let mut checker = Checker {
        database: &database,
        store,
        trees,
        filling: None,
        hashes,
        snapshots: 0,
        compared: 0,
        filled: 0,
        changes: 0,
        expired: 0,
    };
    thread::scope(|scope| {
        let (database, next, enough, ended) = (&database, &next, &enough, &ended);
        scope.spawn(move || {
            let _ended = SetAtEnd(ended);
            write_all::<()>(database, Purpose::State, (next, end), enough, |(), _, _| ());
        });
        let _enough = SetAtEnd(enough);
        while !ended.load(Ordering::Acquire) {
            checker.check();
            checker.change_indexes();
            if checker.snapshots % PAUSE == 1 {
                checker.expired += database.upkeep();
            }
            if checker.snapshots >= SNAPSHOTS_MIN && checker.filled >= FILLED_MIN {
                enough.store(true, Ordering::Release);
            }
        }
    });
    let in_flight = checker.snapshots;
    checker.check();
    checker.check_counts();
    println!(
        "operations {}, snapshots {in_flight}, entries compared {}, changes of indexes {}, filled {}, expired {}, \
         partitions {}",
        next.load(Ordering::Relaxed),
        checker.compared,
        checker.changes,
        checker.filled,
        checker.expired,
        checker.store.stats().partitions
    );
    assert!(checker.expired > 0 && checker.store.stats().partitions > 10);
}
