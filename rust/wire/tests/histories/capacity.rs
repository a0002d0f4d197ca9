//! What writes from many threads cost, summed up, beside a slow calculation from the images that the stream shows.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use serde_json::{Map, Value};
use statordb_engine::EngineOptions;
use statordb_store::MemoryStore;

use super::database::{Database, SMALL, operations};
use super::follower::Follower;
use super::sizes::item_size;
use super::things::{self, INDEXES, Index, TABLE_KEY};
use super::writes::{Purpose, Request, put_fixed, write_all};

type Item = Map<String, Value>;

/// Units by table or index.
#[derive(Debug, Default, PartialEq)]
struct Units(BTreeMap<String, f64>);

impl Units {
    fn add(&mut self, name: &str, units: f64) {
        if units != 0.0 {
            *self.0.entry(name.to_owned()).or_default() += units;
        }
    }
}

/// What the answers of one client said, and what of it no record tells of; the second of each two is of transactions.
#[derive(Debug, Default)]
struct Told {
    units: Units,
    deletes: [usize; 2],
    repeats: [usize; 2],
    checks: usize,
}

impl Told {
    fn take(&mut self, request: &Request, answer: &Value) {
        let place = usize::from(request.is_transaction());
        self.deletes[place] += request.deletes;
        self.repeats[place] += request.repeats;
        self.checks += request.checks;
        let reports = &answer["ConsumedCapacity"];
        let [report] = reports.as_array().map_or(std::slice::from_ref(reports), Vec::as_slice) else {
            panic!("one table: {answer}")
        };
        assert_eq!(report["TableName"], "things");
        let units = |arm: &Value| {
            let units = arm["CapacityUnits"].as_f64().unwrap();
            assert_eq!(
                arm.get("WriteCapacityUnits").and_then(Value::as_f64),
                request.is_transaction().then_some(units)
            );
            units
        };
        let mut sum = units(&report["Table"]);
        self.units.add("table", sum);
        for indexes in ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"] {
            for (name, arm) in report[indexes].as_object().into_iter().flatten() {
                let is_local = INDEXES.iter().any(|index| index.name == name && index.is_local);
                assert_eq!(is_local, indexes == "LocalSecondaryIndexes");
                self.units.add(name, units(arm));
                sum += units(arm);
            }
        }
        assert_eq!(units(report), sum, "{report}");
    }

    fn add(&mut self, other: &Self) {
        other.units.0.iter().for_each(|(name, units)| self.units.add(name, *units));
        for place in [0, 1] {
            self.deletes[place] += other.deletes[place];
            self.repeats[place] += other.repeats[place];
        }
        self.checks += other.checks;
    }
}

fn write_units(bytes: usize) -> f64 {
    bytes.div_ceil(1_024).max(1) as f64
}

/// The entry of an item in an index: the values of its keys, and what it holds.
fn entry(index: &Index, item: &Item) -> Option<(Vec<Value>, Item)> {
    let keys = index.keys().map(|name| item.get(name).cloned()).collect::<Option<_>>()?;
    let held = item.iter().filter(|(name, _)| index.holds(name)).map(|(name, value)| (name.clone(), value.clone()));
    Some((keys, held.collect()))
}

/// What the change of an entry costs.
fn index_units(index: &Index, old: Option<&Item>, new: Option<&Item>) -> f64 {
    let (old, new) = (old.and_then(|item| entry(index, item)), new.and_then(|item| entry(index, item)));
    match (old, new) {
        (None, None) => 0.0,
        (None, Some((_, held))) | (Some((_, held)), None) => write_units(item_size(&held)),
        (Some((old_keys, old)), Some((new_keys, new))) => {
            let (old_size, new_size) = (item_size(&old), item_size(&new));
            match () {
                () if old_keys != new_keys => write_units(old_size) + write_units(new_size),
                () if old == new => 0.0,
                () => write_units(old_size.max(new_size)),
            }
        }
    }
}

/// The same as `Told`, from what the stream shows.
#[derive(Debug, Default)]
struct Shown {
    units: Units,
    removes: [usize; 2],
    records: HashMap<&'static str, usize>,
}

impl Shown {
    fn take(&mut self, record: &Value) {
        let change = &record["dynamodb"];
        let (old, new) = (change["OldImage"].as_object(), change["NewImage"].as_object());
        let number = |value: &Value| value["N"].as_str().unwrap().parse::<usize>().unwrap();
        let is_transaction = match new {
            Some(new) => number(&new["u"]) % 2 == 1,
            None => number(&change["Keys"][TABLE_KEY[1]]) % 2 == 0,
        };
        self.removes[usize::from(is_transaction)] += usize::from(new.is_none());
        let size = old.map_or(0, item_size).max(new.map_or(0, item_size));
        self.units.add("table", write_units(size) * if is_transaction { 2.0 } else { 1.0 });
        for index in &INDEXES {
            self.units.add(index.name, index_units(index, old, new));
        }
        let kind = if is_transaction { "in transactions" } else { "others" };
        *self.records.entry(kind).or_default() += 1;
    }

    /// Adds what has left no record: deletions of nothing, and what was done to the item that nothing changes.
    fn add_silent(&mut self, told: &Told, fixed: &Item) {
        let fixed = write_units(item_size(fixed));
        let missing = |place: usize| (told.deletes[place] - self.removes[place]) as f64;
        let other = missing(0) + told.repeats[0] as f64 * fixed;
        let transacted = missing(1) + (told.repeats[1] + told.checks) as f64 * fixed;
        self.units.add("table", other + 2.0 * transacted);
    }
}

#[test]
fn writes_cost_what_their_images_say() {
    let database = Database::over(Box::new(MemoryStore::new(SMALL)), EngineOptions::default());
    things::create(&database);
    let arn = things::stream_arn(&database);
    put_fixed(&database);
    let mut follower = Follower::from_horizon(&database, &arn, 0);
    follower.catch_up(&mut |_| ());
    let fixed = follower.items.values().next().unwrap().as_object().unwrap().clone();

    let (next, enough, end) = (AtomicUsize::new(0), AtomicBool::new(true), operations(10_000));
    let clients = write_all(&database, Purpose::Capacity, (&next, end), &enough, Told::take);
    let mut told = Told::default();
    clients.iter().for_each(|client| told.add(client));
    let mut shown = Shown::default();
    follower.catch_up(&mut |record| shown.take(record));
    shown.add_silent(&told, &fixed);

    println!("operations {end}, records {:?}, units {:?}", shown.records, shown.units.0);
    assert_eq!(told.units, shown.units);
    assert!(told.units.0.len() == 1 + INDEXES.len() && told.checks > 0 && told.deletes > shown.removes);
}
