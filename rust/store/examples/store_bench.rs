//! Nanoseconds per call of the in-memory store, of its tree alone, and of a `BTreeMap` behind a lock, in one run:
//! `cargo run --release -p statordb-store --example store_bench [entries...]`.
//!
//! Keys are 36 bytes, met in random order: spread by their hash, or all of one hash, as under one partition key. Values
//! are 1 KB, made anew for each put.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, clippy::indexing_slicing)]

use statordb_store::tree::Tree;
use statordb_store::{
    Bytes, Direction, Durability, Home, KeyRange, MemoryOptions, MemoryStore, Store, TreeId, Verdict,
};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, RwLock};
use std::time::Instant;

const TABLE: TreeId = TreeId(1);
/// The subjects take turns, so that a noisy moment of the machine troubles all of them; the best round of each counts.
const ROUNDS: u64 = 20;
const CALLS: u64 = 20_000;
const RANGE_ITEMS: usize = 10;

fn scatter(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB)
}

const VALUE: [u8; 1024] = [7; 1024];

type Key = [u8; 36];

fn spread_key(number: u64) -> Key {
    let mut key = [b'k'; 36];
    key[..8].copy_from_slice(&scatter(number).to_be_bytes());
    key[28..].copy_from_slice(&number.to_be_bytes());
    key
}

fn one_hash_key(number: u64) -> Key {
    let mut key = [b'k'; 36];
    key[28..].copy_from_slice(&scatter(number).to_be_bytes());
    key
}

/// What is compared: something that holds keys and values.
trait Subject {
    fn name(&self) -> &'static str;
    fn get(&self, key: &[u8]) -> usize;
    fn put(&mut self, key: &[u8], value: &[u8]);
    fn range(&self, key: &[u8]) -> usize;
}

struct Standard(RwLock<BTreeMap<Vec<u8>, Arc<[u8]>>>);

impl Subject for Standard {
    fn name(&self) -> &'static str {
        "RwLock<BTreeMap>"
    }

    fn get(&self, key: &[u8]) -> usize {
        let found = self.0.read().unwrap().get(key).cloned();
        found.map_or(0, |value| usize::from(value[0]))
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.0.write().unwrap().insert(key.to_vec(), value.into());
    }

    fn range(&self, key: &[u8]) -> usize {
        let map = self.0.read().unwrap();
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Included(key), Bound::Unbounded);
        let first = |(key, value): (&Vec<u8>, &Arc<[u8]>)| key.len() + usize::from(value[0]);
        map.range::<[u8], _>(bounds).take(RANGE_ITEMS).map(first).sum()
    }
}

struct Plain(Tree);

impl Subject for Plain {
    fn name(&self) -> &'static str {
        "Tree alone"
    }

    fn get(&self, key: &[u8]) -> usize {
        self.0.get(key).cloned().map_or(0, |value| usize::from(value[0]))
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.0.insert(key, Bytes::from(value));
    }

    fn range(&self, key: &[u8]) -> usize {
        let range = KeyRange { start: Bound::Included(key), end: Bound::Unbounded };
        let entries = self.0.range(range, Direction::Forward).take(RANGE_ITEMS);
        entries.map(|(key, value)| key.len() + usize::from(value[0])).sum()
    }
}

struct Ours(&'static str, Box<dyn Store>);

impl Ours {
    fn new(name: &'static str, partition_bytes_max: u64) -> Self {
        let store = MemoryStore::new(MemoryOptions { partition_bytes_max });
        store.create(TABLE, Home::Own).unwrap();
        Self(name, Box::new(store))
    }
}

impl Subject for Ours {
    fn name(&self) -> &'static str {
        self.0
    }

    fn get(&self, key: &[u8]) -> usize {
        self.1.get(TABLE, key).unwrap().map_or(0, |value| usize::from(value[0]))
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        let mut value = Some(Bytes::from(value));
        let commit = self.1.transact(&[(TABLE, key)], Durability::Memory, &mut |txn| {
            if let Some(value) = value.take() {
                txn.put(TABLE, key, value);
            }
            Verdict::Commit
        });
        assert!(commit.unwrap().is_some());
    }

    fn range(&self, key: &[u8]) -> usize {
        let range = KeyRange { start: Bound::Included(key), end: Bound::Unbounded };
        let (mut count, mut sum) = (0, 0);
        let visit = &mut |key: &[u8], value: &Bytes| {
            count += 1;
            sum += key.len() + usize::from(value[0]);
            if count < RANGE_ITEMS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        self.1.range(TABLE, range, Direction::Forward, visit).unwrap();
        sum
    }
}

/// Nanoseconds per call of `one`, which gets the number of the call.
fn time(calls: std::ops::Range<u64>, mut one: impl FnMut(u64)) -> f64 {
    let count = (calls.end - calls.start) as f64;
    let begin = Instant::now();
    calls.for_each(&mut one);
    begin.elapsed().as_nanos() as f64 / count
}

type Subjects = Vec<Box<dyn Subject>>;

/// Puts all entries, in turns; nanoseconds per put of each subject.
fn load(subjects: &mut Subjects, entries: u64, key: fn(u64) -> Key) -> Vec<f64> {
    let mut totals = vec![0.0; subjects.len()];
    for turn in 0..ROUNDS {
        let numbers = entries * turn / ROUNDS..entries * (turn + 1) / ROUNDS;
        for (subject, total) in subjects.iter_mut().zip(&mut totals) {
            *total += time(numbers.clone(), |number| subject.put(&key(number), &VALUE)) / ROUNDS as f64;
        }
    }
    totals
}

/// Calls `one` on every subject in turns; nanoseconds per call of the best round of each.
fn best(subjects: &mut Subjects, mut one: impl FnMut(&mut dyn Subject, u64)) -> Vec<f64> {
    let mut least = vec![f64::MAX; subjects.len()];
    for round in 0..ROUNDS {
        for (subject, least) in subjects.iter_mut().zip(&mut least) {
            let calls = round * CALLS..(round + 1) * CALLS;
            *least = least.min(time(calls, |call| one(&mut **subject, scatter(call))));
        }
    }
    least
}

fn compare(entries: u64, keys: &str, key: fn(u64) -> Key) {
    let mut subjects: Subjects = vec![
        Box::new(Standard(RwLock::default())),
        Box::new(Plain(Tree::new())),
        Box::new(Ours::new("MemoryStore", u64::MAX)),
        Box::new(Ours::new("MemoryStore, 16 MiB", 16 << 20)),
    ];
    let columns = [
        load(&mut subjects, entries, key),
        best(&mut subjects, |subject, roll| _ = black_box(subject.get(&key(roll % entries)))),
        best(&mut subjects, |subject, roll| subject.put(&key(roll % entries), &VALUE)),
        best(&mut subjects, |subject, roll| _ = black_box(subject.range(&key(roll % entries)))),
    ];
    println!("\n{entries} entries of 1 KB, {keys}; ns per call (and times that of the BTreeMap)");
    println!("{:<22}{:>16}{:>16}{:>16}{:>16}", "", "load", "get", "overwrite", "10-item range");
    for (index, subject) in subjects.iter().enumerate() {
        let cell = |column: &Vec<f64>| format!("{:.0} ({:.2})", column[index], column[index] / column[0]);
        let cells = columns.iter().map(|column| format!("{:>16}", cell(column))).collect::<String>();
        println!("{:<22}{cells}", subject.name());
    }
}

/// What a fork and a snapshot of one partition cost, and the overwrites after one.
fn fork(entries: u64) {
    let mut ours = Ours::new("", u64::MAX);
    (0..entries).for_each(|number| ours.put(&spread_key(number), &VALUE));
    let least = |one: &mut dyn FnMut() -> f64| (0..ROUNDS).map(|_| one()).fold(f64::MAX, f64::min);
    let forks = least(&mut || time(0..1_000, |_| drop(black_box(ours.1.fork().unwrap()))));
    let snapshots = least(&mut || time(0..1_000, |_| drop(black_box(ours.1.snapshot().unwrap()))));
    let free = least(&mut || time(0..1_000, |call| ours.put(&spread_key(scatter(call) % entries), &VALUE)));
    let copying = least(&mut || {
        let _fork = ours.1.fork().unwrap();
        time(0..1_000, |call| ours.put(&spread_key(scatter(call) % entries), &VALUE))
    });
    println!("\none partition of {entries} entries: fork and drop {forks:.0} ns, snapshot and drop {snapshots:.0} ns;");
    println!("1,000 overwrites {free:.0} ns each, the first 1,000 after a fork {copying:.0} ns each");
}

fn main() {
    let asked: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![100_000, 1_000_000] } else { asked };
    sizes.into_iter().for_each(|entries| compare(entries, "keys spread", spread_key));
    compare(100_000, "keys of one hash", one_hash_key);
    fork(100_000);
}
