//! A store that fails: after so many calls it does nothing any more, as if the process had ended there. What is left of it
//! are two states: that of all its commits, and that of those which somebody had waited for. What is dropped or trimmed is
//! gone from both: files may be deleted before the log says so.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, MemoryStore, Read, Store, StoreCaps,
    StoreError, StoreStats, TreeId, Txn, Verdict,
};

use super::database::SMALL;

/// What a call says once the store has failed.
pub(crate) const CRASHED: &str = "the process has ended";

/// The store; a clone is the same one.
#[derive(Clone)]
pub(crate) struct Failing {
    store: Arc<Box<dyn Store>>,
    /// As it was when somebody had last waited.
    durable: Arc<Mutex<Box<dyn Store>>>,
    calls: Arc<AtomicU64>,
    calls_max: u64,
}

impl Failing {
    /// An empty store that does so many calls.
    pub(crate) fn after(calls_max: u64) -> Self {
        Self::over(Box::new(MemoryStore::new(SMALL)), calls_max)
    }

    /// The same with what a store has.
    pub(crate) fn over(store: Box<dyn Store>, calls_max: u64) -> Self {
        let durable = Arc::new(Mutex::new(store.fork().unwrap()));
        Self { store: Arc::new(store), durable, calls: Arc::default(), calls_max }
    }

    /// Whether every call was done.
    pub(crate) fn has_lasted(&self) -> bool {
        self.calls.load(Ordering::Relaxed) <= self.calls_max
    }

    /// Everything that was committed.
    pub(crate) fn committed(&self) -> Box<dyn Store> {
        self.store.fork().unwrap()
    }

    /// What was committed when somebody last waited.
    pub(crate) fn durable(&self) -> Box<dyn Store> {
        self.durable.lock().unwrap().fork().unwrap()
    }

    fn call(&self) -> Result<&dyn Store, StoreError> {
        match self.calls.fetch_add(1, Ordering::Relaxed) < self.calls_max {
            true => Ok(&**self.store),
            false => Err(StoreError::Poisoned(CRASHED.to_owned())),
        }
    }
}

/// A tree that was made since somebody last waited.
fn may_be_unknown(error: StoreError) -> Result<(), StoreError> {
    match error {
        StoreError::NoSuchTree(_) => Ok(()),
        other => Err(other),
    }
}

impl Read for Failing {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.call()?.get(tree, key)
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.call()?.range(tree, range, direction, visit)
    }
}

impl Store for Failing {
    fn snapshot(&self) -> Result<Box<dyn Read>, StoreError> {
        self.call()?.snapshot()
    }

    fn fork(&self) -> Result<Box<dyn Store>, StoreError> {
        self.call()?.fork()
    }

    fn transact(
        &self,
        keys: &[(TreeId, &[u8])],
        durability: Durability,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Option<CommitSeq>, StoreError> {
        self.call()?.transact(keys, durability, body)
    }

    fn wait_durable(&self, commit: CommitSeq) -> Result<(), StoreError> {
        self.call()?.wait_durable(commit)?;
        let mut durable = self.durable.lock().unwrap();
        *durable = self.committed();
        Ok(())
    }

    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        self.call()?.partitions(tree)
    }

    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        self.call()?.create(tree, home)
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        self.call()?.drop_tree(tree)?;
        let durable = self.durable.lock().unwrap();
        durable.drop_tree(tree).or_else(may_be_unknown)
    }

    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        self.call()?.trim(tree, key)?;
        let durable = self.durable.lock().unwrap();
        durable.trim(tree, key).or_else(may_be_unknown)
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        self.call()?.checkpoint()
    }

    fn stats(&self) -> StoreStats {
        self.store.stats()
    }

    fn caps(&self) -> StoreCaps {
        self.store.caps()
    }
}
