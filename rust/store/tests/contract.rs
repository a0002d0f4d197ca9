//! The rules of the contract, run against every store of this crate.
//!
//! A store joins by one line below: a function that makes an empty store whose partitions split at a given size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod suite;

use statordb_store::{MemoryOptions, MemoryStore, Store};

fn memory(partition_bytes_max: u64) -> Box<dyn Store> {
    Box::new(MemoryStore::new(MemoryOptions { partition_bytes_max }))
}

store_contract!(memory);
