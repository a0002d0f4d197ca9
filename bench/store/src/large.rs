//! Data many times larger than the memory that the store may use: what it takes of memory and disk, how fast it is read,
//! how long it takes to open, and what is left after everything was overwritten again and again.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use statordb_store::{Bytes, Direction, DiskStore, Durability, Home, KeyRange, Read, Store, TreeId, Verdict};

use crate::figures::{disk_bytes, peak_rss_mib, reset_peak_rss};
use crate::options::Options;
use crate::rows::{Dice, ITEM_BYTES, filled, item_key};
use crate::stator;

const ITEMS: TreeId = TreeId(1);
/// Items under one partition key.
const COLLECTION: u64 = 10;
const WRITERS: u64 = 4;
const BATCH: u64 = 40;
const READ_SECONDS: u64 = 10;

/// A key under a partition key that ten items share.
fn key(number: u64) -> [u8; 36] {
    let mut key = item_key(number / COLLECTION);
    key[28..].copy_from_slice(&(number % COLLECTION).to_be_bytes());
    key
}

pub fn run(options: &Options, gib: u64, rounds: u64) {
    let items = (gib << 30) / (ITEM_BYTES as u64 + 36) / COLLECTION * COLLECTION;
    let folder = options.folder.join("large");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    println!("{items} items of 1 KB, {gib} GiB, {} MiB of memory for the store", options.memory_bytes >> 20);
    reset_peak_rss();
    let store = stator::open(&folder, stator::options(options, false));
    store.create(ITEMS, Home::Own).unwrap();
    let began = Instant::now();
    overwrite(&store, items, 0);
    store.checkpoint().unwrap();
    tell(&store, &folder, items, "loaded", began);
    read(&store, items);
    let began = Instant::now();
    store.close().unwrap();
    println!("closed in {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    drop(store);
    open_twice(options, &folder, "after a clean close");
    kill(options, &folder);
    open_twice(options, &folder, "after kill -9");
    let store = stator::open(&folder, stator::options(options, false));
    for round in 1..=rounds {
        reset_peak_rss();
        let began = Instant::now();
        overwrite(&store, items, round);
        tell(&store, &folder, items, &format!("overwritten {round} times"), began);
    }
    read(&store, items);
    drop(store);
    open_twice(options, &folder, "after all that");
    let _ = std::fs::remove_dir_all(&folder);
}

fn tell(store: &DiskStore, folder: &Path, items: u64, what: &str, began: Instant) {
    let usage = store.usage();
    let live = items * (ITEM_BYTES as u64 + 36);
    let files = disk_bytes(folder);
    println!(
        "{what}: {:.0} items/s, peak RSS {} MiB, files {:.2} GiB of which log {:.2}, {:.2} times what is live without it, \
         sections {:.2} times; {} sections, {} MiB of blocks in memory",
        items as f64 / began.elapsed().as_secs_f64(),
        peak_rss_mib(),
        files as f64 / f64::from(1 << 30),
        usage.log as f64 / f64::from(1 << 30),
        files.saturating_sub(usage.log) as f64 / live as f64,
        usage.sealed as f64 / live as f64,
        usage.sections,
        usage.cache >> 20,
    );
}

/// Puts every item, in an order that looks random.
fn overwrite(store: &DiskStore, items: u64, round: u64) {
    let next = AtomicU64::new(0);
    // A step without a divisor in common with the number of items visits each once.
    let step = (items as f64 * 0.618) as u64 | 1;
    let step = (step..).find(|step| gcd(*step, items) == 1).unwrap();
    let work = || loop {
        let first = next.fetch_add(BATCH, Ordering::Relaxed);
        if first >= items {
            return;
        }
        let numbers: Vec<u64> = (first..items.min(first + BATCH))
            .map(|place| (u128::from(place) * u128::from(step) % u128::from(items)) as u64)
            .collect();
        let values: Vec<Bytes> = numbers.iter().map(|number| filled(ITEM_BYTES, number ^ round).into()).collect();
        let commit = store.transact(&[], Durability::Full, &mut |txn| {
            for (number, value) in numbers.iter().zip(&values) {
                txn.put(ITEMS, &key(*number), value.clone());
            }
            Verdict::Commit
        });
        store.wait_durable(commit.unwrap().unwrap()).unwrap();
    };
    thread::scope(|scope| (0..WRITERS).for_each(|_| drop(scope.spawn(work))));
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Random reads of one thread: of one item, and of the ten items of a partition key.
fn read(store: &DiskStore, items: u64) {
    let mut dice = Dice::new(5);
    let mut gets = 0_u64;
    let end = Instant::now() + Duration::from_secs(READ_SECONDS);
    while Instant::now() < end {
        for _ in 0..64 {
            assert!(store.get(ITEMS, &key(dice.roll(items))).unwrap().is_some());
        }
        gets += 64;
    }
    let mut ranges = 0_u64;
    let end = Instant::now() + Duration::from_secs(READ_SECONDS);
    while Instant::now() < end {
        for _ in 0..16 {
            let first = dice.roll(items / COLLECTION) * COLLECTION;
            let (low, high) = (key(first), key(first + COLLECTION - 1));
            let range = KeyRange { start: std::ops::Bound::Included(&low), end: std::ops::Bound::Included(&high) };
            let mut found = 0;
            let visit = &mut |_: &[u8], _: &Bytes| {
                found += 1;
                std::ops::ControlFlow::Continue(())
            };
            store.range(ITEMS, range, Direction::Forward, visit).unwrap();
            assert_eq!(found, COLLECTION);
        }
        ranges += 16;
    }
    println!(
        "one thread reads {} items/s, and {} ranges of ten items/s; peak RSS {} MiB",
        gets / READ_SECONDS,
        ranges / READ_SECONDS,
        peak_rss_mib()
    );
}

/// Opens and leaves the store as it is: by another process that ends without a word, so that it is what it was.
fn open_twice(options: &Options, folder: &Path, what: &str) {
    let mut took = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        let store = stator::open(folder, stator::options(options, false));
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        if what != "after kill -9" {
            store.close().unwrap();
            continue;
        }
        // Closing would settle what this is about.
        break;
    }
    println!("opened {what} in {took:.0?} ms");
}

/// Lets a process write until its maps are as full as they get, and kills it.
fn kill(options: &Options, folder: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--write-until-killed", &folder.display().to_string()])
        .args(["--memory", &(options.memory_bytes >> 20).to_string()])
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_secs(6));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Writes into a store until somebody ends this process.
pub fn write_until_killed(options: &Options, folder: &Path) {
    let store = stator::open(folder, stator::options(options, false));
    for round in 100.. {
        overwrite(&store, 1_000_000, round);
    }
}
