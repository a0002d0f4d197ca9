//! A store on disk that seals, splits and merges after nearly every commit, so that a short test meets every layer.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use statordb_store::{
    Bytes, CommitSeq, Direction, DiskStore, Durability, HashRange, Home, KeyRange, Read, Store, StoreCaps, StoreError,
    StoreStats, TreeId, Txn, Verdict,
};

/// After this many commits it does so after every sixteenth only: a test of thousands would take minutes.
const EVERY_MAX: u64 = 100;

pub(crate) struct Eager {
    store: DiskStore,
    commits: AtomicU64,
}

impl Eager {
    pub(crate) fn over(store: DiskStore) -> Self {
        Self { store, commits: AtomicU64::new(0) }
    }
}

impl Read for Eager {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.store.get(tree, key)
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.store.range(tree, range, direction, visit)
    }
}

impl Store for Eager {
    fn snapshot(&self) -> Result<Box<dyn Read>, StoreError> {
        self.store.snapshot()
    }

    fn fork(&self) -> Result<Box<dyn Store>, StoreError> {
        self.store.fork()
    }

    fn transact(
        &self,
        keys: &[(TreeId, &[u8])],
        durability: Durability,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Option<CommitSeq>, StoreError> {
        let commit = self.store.transact(keys, durability, body)?;
        let commits = self.commits.fetch_add(1, Ordering::Relaxed);
        if commits < EVERY_MAX || commits.is_multiple_of(16) {
            self.store.maintain(true)?;
        }
        Ok(commit)
    }

    fn wait_durable(&self, commit: CommitSeq) -> Result<(), StoreError> {
        self.store.wait_durable(commit)
    }

    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        self.store.maintain(true)?;
        self.store.partitions(tree)
    }

    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        self.store.create(tree, home)
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        self.store.drop_tree(tree)
    }

    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        self.store.trim(tree, key)?;
        self.store.maintain(true)
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        self.store.checkpoint()
    }

    fn stats(&self) -> StoreStats {
        self.store.maintain(true).unwrap();
        self.store.stats()
    }

    fn caps(&self) -> StoreCaps {
        self.store.caps()
    }
}
