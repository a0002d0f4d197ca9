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
const ROUNDS: usize = 5;
const RANGE_ITEMS: usize = 10;

fn scatter(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB)
}

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

/// Nanoseconds per call of `one`, the least of a few rounds.
fn time(calls: u64, mut one: impl FnMut(u64)) -> f64 {
    let round = |round: usize, one: &mut dyn FnMut(u64)| {
        let begin = Instant::now();
        (0..calls).for_each(|call| one(scatter(call + round as u64 * calls)));
        begin.elapsed().as_nanos() as f64 / calls as f64
    };
    (0..ROUNDS).map(|number| round(number, &mut one)).fold(f64::MAX, f64::min)
}

fn measure(subject: &mut dyn Subject, entries: u64, key: fn(u64) -> Key) -> [f64; 4] {
    let value = [7u8; 1024];
    let begin = Instant::now();
    (0..entries).for_each(|number| subject.put(&key(number), &value));
    let load = begin.elapsed().as_nanos() as f64 / entries as f64;
    let calls = 200_000;
    let get = time(calls, |roll| _ = black_box(subject.get(&key(roll % entries))));
    let range = time(calls / 4, |roll| _ = black_box(subject.range(&key(roll % entries))));
    let put = time(calls, |roll| subject.put(&key(roll % entries), &value));
    [load, get, put, range]
}

fn compare(entries: u64, keys: &str, key: fn(u64) -> Key) {
    println!("\n{entries} entries of 1 KB, {keys}; ns per call (and times that of the BTreeMap)");
    println!("{:<22}{:>16}{:>16}{:>16}{:>16}", "", "load", "get", "overwrite", "10-item range");
    // The memory is fetched from the system before the first is measured, so that all of them find it fetched.
    drop((0..entries).map(|number| (spread_key(number).to_vec(), vec![1u8; 1040])).collect::<Vec<_>>());
    let mut first = None;
    let subjects: [fn() -> Box<dyn Subject>; 4] = [
        || Box::new(Standard(RwLock::default())),
        || Box::new(Plain(Tree::new())),
        || Box::new(Ours::new("MemoryStore", u64::MAX)),
        || Box::new(Ours::new("MemoryStore, 16 MiB", 16 << 20)),
    ];
    for subject in subjects {
        let mut subject = subject();
        let times = measure(&mut *subject, entries, key);
        let base = *first.get_or_insert(times);
        let cells = times.iter().zip(base).map(|(time, base)| format!("{time:.0} ({:.2})", time / base));
        println!("{:<22}{}", subject.name(), cells.map(|cell| format!("{cell:>16}")).collect::<String>());
    }
}

/// The store after a fork: the fork itself, the first overwrites, and the fork's end.
fn fork(entries: u64) {
    let mut ours = Ours::new("", u64::MAX);
    let value = [7u8; 1024];
    (0..entries).for_each(|number| ours.put(&spread_key(number), &value));
    let forks = time(20_000, |_| drop(black_box(ours.1.fork().unwrap())));
    let snapshots = time(20_000, |_| drop(black_box(ours.1.snapshot().unwrap())));
    let fork = ours.1.fork().unwrap();
    let begin = Instant::now();
    (0..1_000).for_each(|call| ours.put(&spread_key(scatter(call) % entries), &value));
    let copying = begin.elapsed().as_nanos() as f64 / 1_000.0;
    drop(fork);
    println!("\none partition of {entries} entries: fork and drop {forks:.0} ns, snapshot and drop {snapshots:.0} ns,");
    println!("each of the first 1,000 overwrites after a fork {copying:.0} ns");
}

fn main() {
    let asked: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![100_000, 1_000_000] } else { asked };
    sizes.into_iter().for_each(|entries| compare(entries, "keys spread", spread_key));
    compare(100_000, "keys of one hash", one_hash_key);
    fork(100_000);
}
