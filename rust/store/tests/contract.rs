//! The rules of the contract, run against every store of this crate.
//!
//! A store joins by one line below: a function that makes an empty store whose partitions split at a given size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod suite;

use std::sync::Arc;

use statordb_store::{DiskOptions, DiskStore, MemoryOptions, MemoryStore, Store};
use suite::eager::Eager;
use suite::folder::MemoryFolder;

fn memory(partition_bytes_max: u64) -> Box<dyn Store> {
    Box::new(MemoryStore::new(MemoryOptions { partition_bytes_max }))
}

store_contract!(memory: splits forks);

/// With threads of its own, which seal what little memory it is given often.
fn disk(partition_bytes_max: u64) -> Box<dyn Store> {
    let options = DiskOptions { partition_bytes_max, memory_bytes: 1, ..DiskOptions::default() };
    Box::new(DiskStore::open(Arc::new(MemoryFolder::default()), options, 7).unwrap())
}

store_contract!(disk:);

/// Without threads, and with everything that they do done after every commit.
fn eager_disk(partition_bytes_max: u64) -> Box<dyn Store> {
    let options = DiskOptions { partition_bytes_max, memory_bytes: 1, threads: false, ..DiskOptions::default() };
    Box::new(Eager::over(DiskStore::open(Arc::new(MemoryFolder::default()), options, 7).unwrap()))
}

store_contract!(eager_disk: splits);
