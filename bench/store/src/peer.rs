//! redb, with one thread that commits for everybody who waits.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex};
use std::thread;

use redb::{Database, ReadableTable, TableDefinition};

use crate::clients::Target;
use crate::rows::{ENTRY_BYTES, ITEM_BYTES, RECORD_BYTES, entry_key, filled, item_key, record_key};

const ITEMS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("items");
const ENTRIES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("entries");
const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");

struct Ask {
    number: u64,
    seed: u64,
    done: std::sync::Arc<(Mutex<bool>, Condvar)>,
}

pub struct Redb {
    asks: Sender<Ask>,
    preloads: Sender<(u64, Sender<()>)>,
}

impl Redb {
    pub fn new(folder: &Path, cache_bytes: usize) -> Self {
        let database = Database::builder().set_cache_size(cache_bytes).create(folder.join("redb")).unwrap();
        let (asks, asked) = channel();
        let (preloads, preloading) = channel();
        thread::spawn(move || work(&database, &asked, &preloading));
        Self { asks, preloads }
    }

    pub fn preload(&self, items: u64) {
        let (done, wait) = channel();
        self.preloads.send((items, done)).unwrap();
        let _ = wait.recv();
    }
}

fn work(database: &Database, asked: &Receiver<Ask>, preloading: &Receiver<(u64, Sender<()>)>) {
    let mut sequence = 0;
    if let Ok((items, done)) = preloading.recv() {
        for first in (0..items).step_by(5_000) {
            put(database, (first..items.min(first + 5_000)).map(|number| (number * 2, number)), &mut sequence);
        }
        let _ = done.send(());
    }
    while let Ok(first) = asked.recv() {
        let batch: Vec<Ask> = std::iter::once(first).chain(asked.try_iter()).collect();
        put(database, batch.iter().map(|ask| (ask.number, ask.seed)), &mut sequence);
        for ask in &batch {
            *ask.done.0.lock().unwrap() = true;
            ask.done.1.notify_one();
        }
    }
}

fn put(database: &Database, rows: impl Iterator<Item = (u64, u64)>, sequence: &mut u64) {
    let txn = database.begin_write().unwrap();
    {
        let mut items = txn.open_table(ITEMS).unwrap();
        let mut entries = txn.open_table(ENTRIES).unwrap();
        let mut records = txn.open_table(RECORDS).unwrap();
        for (number, seed) in rows {
            *sequence += 1;
            std::hint::black_box(items.get(item_key(number).as_slice()).unwrap().map(|old| old.value().len()));
            items.insert(item_key(number).as_slice(), filled(ITEM_BYTES, seed).as_slice()).unwrap();
            entries.insert(entry_key(number).as_slice(), filled(ENTRY_BYTES, seed).as_slice()).unwrap();
            records.insert(record_key(0, *sequence).as_slice(), filled(RECORD_BYTES, seed).as_slice()).unwrap();
        }
    }
    txn.commit().unwrap();
}

impl Target for Redb {
    fn commit(&self, number: u64, seed: u64) {
        let done = std::sync::Arc::new((Mutex::new(false), Condvar::new()));
        self.asks.send(Ask { number, seed, done: std::sync::Arc::clone(&done) }).unwrap();
        let finished = done.0.lock().unwrap();
        drop(done.1.wait_while(finished, |finished| !*finished).unwrap());
    }
}
