//! A store in memory that a test has its own hand on: it can look at states that the engine never shows, and knows
//! which trees were made when.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, MemoryStore, Read, Store, StoreCaps,
    StoreError, StoreStats, TreeId, Txn, Verdict,
};

/// The store; a clone is the same one.
#[derive(Clone)]
pub(crate) struct Watched {
    store: Arc<MemoryStore>,
    made: Arc<Mutex<Vec<TreeId>>>,
}

impl Watched {
    pub(crate) fn over(store: MemoryStore) -> Self {
        Self { store: Arc::new(store), made: Arc::default() }
    }

    /// The trees that were made since this was last asked, in their order.
    pub(crate) fn take_made(&self) -> Vec<TreeId> {
        std::mem::take(&mut *self.made.lock().unwrap())
    }
}

impl Read for Watched {
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

impl Store for Watched {
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
        self.store.transact(keys, durability, body)
    }

    fn wait_durable(&self, commit: CommitSeq) -> Result<(), StoreError> {
        self.store.wait_durable(commit)
    }

    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        self.store.partitions(tree)
    }

    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        self.store.create(tree, home)?;
        self.made.lock().unwrap().push(tree);
        Ok(())
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        self.store.drop_tree(tree)
    }

    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        self.store.trim(tree, key)
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        self.store.checkpoint()
    }

    fn stats(&self) -> StoreStats {
        self.store.stats()
    }

    fn caps(&self) -> StoreCaps {
        self.store.caps()
    }
}
