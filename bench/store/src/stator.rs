//! Our stores: on disk, acknowledged when synced or when written, and in memory.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use statordb_store::io::RealFolder;
use statordb_store::{
    Bytes, DiskOptions, DiskStore, Durability, Home, MemoryOptions, MemoryStore, Store, Ticks, TreeId, Verdict,
};

use crate::clients::Target;
use crate::options::Options;
use crate::rows::{ENTRY_BYTES, ITEM_BYTES, RECORD_BYTES, entry_key, filled, item_key, record_key};

const ITEMS: TreeId = TreeId(1);
const ENTRIES: TreeId = TreeId(2);
const RECORDS: TreeId = TreeId(3);
/// As DynamoDB's are split, so that a large store has several.
const PARTITION_BYTES: u64 = 256 << 20;

#[derive(Debug)]
struct SystemTicks(Instant);

impl Ticks for SystemTicks {
    fn now_ns(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

pub struct Stator {
    store: Box<dyn Store>,
    sequence: AtomicU64,
}

pub fn options(options: &Options, acknowledge_written: bool) -> DiskOptions {
    DiskOptions {
        partition_bytes_max: PARTITION_BYTES,
        memory_bytes: options.memory_bytes,
        acknowledge_written,
        threads: true,
        ticks: Some(Arc::new(SystemTicks(Instant::now()))),
        ..DiskOptions::default()
    }
}

pub fn open(folder: &Path, options: DiskOptions) -> DiskStore {
    DiskStore::open(Arc::new(RealFolder::open(folder).unwrap()), options, 7).unwrap()
}

impl Stator {
    fn over(store: Box<dyn Store>) -> Self {
        store.create(ITEMS, Home::Own).unwrap();
        store.create(ENTRIES, Home::Own).unwrap();
        store.create(RECORDS, Home::Beside(ITEMS)).unwrap();
        Self { store, sequence: AtomicU64::new(0) }
    }

    pub fn in_memory() -> Self {
        Self::over(Box::new(MemoryStore::new(MemoryOptions { partition_bytes_max: PARTITION_BYTES })))
    }

    pub fn on_disk(folder: &Path, asked: &Options, acknowledge_written: bool) -> Self {
        Self::over(Box::new(open(folder, options(asked, acknowledge_written))))
    }

    /// How long an opening takes, in milliseconds.
    pub fn reopen(folder: &Path, asked: &Options) -> f64 {
        let began = Instant::now();
        let store = open(folder, options(asked, false));
        let took = began.elapsed().as_secs_f64() * 1e3;
        store.close().unwrap();
        took
    }

    pub fn close(&self) -> f64 {
        let began = Instant::now();
        self.store.close().unwrap();
        began.elapsed().as_secs_f64() * 1e3
    }

    /// Puts every second key.
    pub fn preload(&self, items: u64) {
        for first in (0..items).step_by(50) {
            let numbers: Vec<u64> = (first..items.min(first + 50)).map(|number| number * 2).collect();
            let commit = self.store.transact(&[], Durability::Full, &mut |txn| {
                for number in &numbers {
                    txn.put(ITEMS, &item_key(*number), filled(ITEM_BYTES, *number).into());
                    txn.put(ENTRIES, &entry_key(*number), filled(ENTRY_BYTES, *number).into());
                }
                Verdict::Commit
            });
            std::hint::black_box(commit.unwrap());
        }
        self.store.checkpoint().unwrap();
    }
}

impl Target for Stator {
    fn commit(&self, number: u64, seed: u64) {
        let (key, entry) = (item_key(number), entry_key(number));
        let (item, index, record): (Bytes, Bytes, Bytes) =
            (filled(ITEM_BYTES, seed).into(), filled(ENTRY_BYTES, seed).into(), filled(RECORD_BYTES, seed).into());
        let commit = self.store.transact(&[(ITEMS, &key)], Durability::Full, &mut |txn| {
            std::hint::black_box(txn.get(ITEMS, &key).unwrap().map(|old| old.len()));
            let range = txn.partition(ITEMS, &key).unwrap();
            let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
            txn.put(ITEMS, &key, item.clone());
            txn.put(ENTRIES, &entry, index.clone());
            txn.put(RECORDS, &record_key(range.start, sequence), record.clone());
            Verdict::Commit
        });
        self.store.wait_durable(commit.unwrap().unwrap()).unwrap();
    }
}
