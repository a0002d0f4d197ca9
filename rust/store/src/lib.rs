//! Ordered bytes, kept atomically.
//!
//! A store holds trees; a tree maps keys to values, both of them bytes, in the order of the keys. This crate owns order,
//! atomicity and isolation, and knows nothing of items, JSON or time. Everything above it speaks to the traits
//! [`Store`], [`Read`] and [`Txn`]; [`MemoryStore`] is the store that keeps everything in memory.
//!
//! ```
//! use statordb_store::{Bytes, Durability, Home, MemoryOptions, MemoryStore, Read, Store, TreeId, Verdict};
//!
//! let store = MemoryStore::new(MemoryOptions::default());
//! let users = TreeId(1);
//! store.create(users, Home::Own)?;
//! let key = b"hash....ada".as_slice();
//! let commit = store.transact(&[(users, key)], Durability::Memory, &mut |txn| {
//!     txn.put(users, key, Bytes::from(b"Lovelace".as_slice()));
//!     Verdict::Commit
//! })?;
//! assert!(commit.is_some());
//! assert_eq!(store.get(users, key)?.as_deref(), Some(b"Lovelace".as_slice()));
//! # Ok::<(), statordb_store::StoreError>(())
//! ```

mod bytes;
mod coding;
mod contract;
mod disk;
mod error;
mod few;
pub mod io;
mod lock;
mod log;
mod manifest;
mod memory;
mod partition;
mod routes;
pub mod sealed;
mod settle;
mod snapshot;
pub mod tree;
mod txn;

pub use bytes::Bytes;
pub use contract::{
    CommitSeq, Direction, Durability, HashRange, Home, KeyRange, Read, Store, StoreCaps, StoreStats, Tally, TreeId,
    TreeStats, Txn, Verdict, key_hash,
};
pub use disk::{Checked, DiskOptions, DiskStore, DiskUsage, Ticks, release_after_fork};
pub use error::StoreError;
pub use memory::{MemoryOptions, MemoryStore};
pub use settle::deferring;
