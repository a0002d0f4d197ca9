//! Fills an index of a table that is in use.
//!
//! From the moment on at which the table has the index, every write keeps it; what was there before is walked here, on a
//! snapshot of that moment. Each item's entry is put as the item is *now*, in a transaction that holds the item, so it does
//! not matter whether a write comes before or after: both leave the entry of the newest image. The index's counts are
//! those of the snapshot, because writes count their changes from there; they are committed with the record that says that
//! the index is built, so that one which was not is filled from the start. What cannot be in the index is skipped.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use statordb_store::{Bytes, Direction, Durability, KeyRange, Read, Store, StoreError, Tally, TreeId, Txn, Verdict};

use super::kept::Kept;
use super::{Index, Live, Table, TtlIndex, table_entry};
use crate::Engine;
use crate::error::{Error, Result};
use crate::value::ItemRef;

/// Items of one transaction.
const CHUNK_ITEMS: usize = 64;
/// Bytes of items after which a transaction ends early.
const CHUNK_BYTES: usize = 1 << 20;

/// What is filled.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Index(Arc<Index>),
    Ttl(Arc<TtlIndex>),
}

impl Target {
    /// Puts the entry of an item, if it has one.
    fn put(&self, key: &[u8], bytes: &Bytes, txn: &mut dyn Txn) {
        let Some(item) = ItemRef::parse(bytes) else { return };
        match self {
            Self::Index(index) => {
                if let Some(entry_key) = index.entry_key(item, key) {
                    txn.put(index.tree, &entry_key, index.entry(&item.to_item()).bytes().clone());
                }
            }
            Self::Ttl(ttl) => {
                if let Some(entry_key) = ttl.entry_key(item, key) {
                    txn.put(ttl.tree, &entry_key, Bytes::default());
                }
            }
        }
    }

    /// What the entry of an item counts, in an index that has it.
    fn count(&self, key: &[u8], bytes: &Bytes) -> Tally {
        if let Self::Index(index) = self
            && let Some(item) = ItemRef::parse(bytes)
            && index.entry_key(item, key).is_some()
        {
            let tally = Tally { items: 1, bytes: index.entry_size(item) as i64 };
            index.contents.add(tally);
            return tally;
        }
        Tally::NONE
    }

    fn tree(&self) -> TreeId {
        match self {
            Self::Index(index) => index.tree,
            Self::Ttl(ttl) => ttl.tree,
        }
    }

    /// The table with this index built; nothing if the table does not have it any more.
    fn completed(&self, live: &Live) -> Option<Live> {
        let mut live = live.clone();
        match self {
            Self::Index(index) => {
                let slot = live.indexes.iter_mut().find(|slot| slot.tree == index.tree)?;
                *slot = Arc::new(slot.completed());
            }
            Self::Ttl(ttl) => {
                let slot = live.ttl.as_mut().filter(|slot| slot.tree == ttl.tree)?;
                *slot = Arc::new(TtlIndex::new(ttl.attribute.clone(), ttl.tree, true));
            }
        }
        Some(live)
    }

    /// Says so to those who hold on to the index as it was.
    fn finish(&self) {
        match self {
            Self::Index(index) => index.set_built(true),
            Self::Ttl(ttl) => ttl.set_built(),
        }
    }
}

/// One filling.
struct Backfill {
    store: Arc<dyn Store>,
    kept: Arc<Kept>,
    /// The items as they were when the table got the index.
    snapshot: Box<dyn Read>,
    table: Arc<Table>,
    target: Target,
    /// Set when the engine ends.
    ends: Arc<AtomicBool>,
}

impl Engine {
    /// Fills `target`, which the table has had since the moment of `snapshot`: before this returns if the table is small,
    /// else in a thread of its own.
    pub(crate) fn backfill(&self, table: &Arc<Table>, target: Target, snapshot: Box<dyn Read>) -> Result<()> {
        let (store, kept, ends) = (Arc::clone(&self.store), Arc::clone(&self.catalog.kept), Arc::clone(&self.ends));
        let backfill = Backfill { store, kept, snapshot, table: Arc::clone(table), target, ends };
        if table.contents.items() <= self.options.backfill_items_at_once_max {
            return backfill.run();
        }
        let name = "statordb-backfill".to_owned();
        let spawned = std::thread::Builder::new().name(name).spawn(move || {
            // A fault of the store shows in every other request too; the index stays as it is, unread.
            let _ = backfill.run();
        });
        let thread = spawned.map_err(|error| Error::internal(format!("no thread for a backfill: {error}")))?;
        let mut backfills = self.backfills.lock().unwrap_or_else(PoisonError::into_inner);
        backfills.retain(|thread| !thread.is_finished());
        backfills.push(thread);
        Ok(())
    }
}

/// Keys of items that are looked at together.
#[derive(Default)]
struct Chunk {
    keys: Vec<Vec<u8>>,
    bytes: usize,
}

impl Backfill {
    /// Fills the index and says that it is built. A table or an index that is dropped meanwhile ends it.
    fn run(&self) -> Result<()> {
        match self.fill_all() {
            Ok(Some(counted)) => self.complete(counted),
            // A tree that is not there any more was dropped with its table or index, which is no fault.
            Ok(None) | Err(StoreError::NoSuchTree(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Fills the index and tells what is in it, by the snapshot; nothing when the engine ends before.
    fn fill_all(&self) -> std::result::Result<Option<Tally>, StoreError> {
        let mut chunk = Chunk::default();
        let mut counted = Tally::NONE;
        let mut outcome = Ok(());
        let mut visit = |key: &[u8], bytes: &Bytes| {
            counted += self.target.count(key, bytes);
            chunk.keys.push(key.to_vec());
            chunk.bytes += bytes.len();
            if chunk.keys.len() < CHUNK_ITEMS && chunk.bytes < CHUNK_BYTES {
                return ControlFlow::Continue(());
            }
            outcome = self.fill(&std::mem::take(&mut chunk));
            if outcome.is_err() || self.ends.load(Ordering::Acquire) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        self.snapshot.range(self.table.tree, KeyRange::ALL, Direction::Forward, &mut visit)?;
        outcome?;
        if self.ends.load(Ordering::Acquire) {
            return Ok(None);
        }
        self.fill(&chunk)?;
        Ok(Some(counted))
    }

    /// Records that the index is built, and what is in it; then it is read. All its entries were committed before.
    fn complete(&self, counted: Tally) -> Result<()> {
        let mut changing = self.table.change();
        let Some(live) = self.target.completed(changing.live()).filter(|_| !self.table.is_deleted()) else {
            return Ok(());
        };
        let entries = [table_entry(&self.table, &live, None)];
        let commit = self.kept.commit(&entries, Some((self.target.tree(), counted)))?;
        self.kept.wait(commit)?;
        changing.show(live);
        self.target.finish();
        Ok(())
    }

    fn fill(&self, chunk: &Chunk) -> std::result::Result<(), StoreError> {
        if chunk.keys.is_empty() {
            return Ok(());
        }
        let tree = self.table.tree;
        let keys: Vec<_> = chunk.keys.iter().map(|key| (tree, key.as_slice())).collect();
        let mut failure = None;
        let mut body = |txn: &mut dyn Txn| {
            for key in &chunk.keys {
                match txn.get(tree, key) {
                    Ok(Some(bytes)) => self.target.put(key, &bytes, txn),
                    Ok(None) => {}
                    Err(error) => {
                        failure = Some(error);
                        return Verdict::Abort;
                    }
                }
            }
            Verdict::Commit
        };
        self.store.transact(&keys, Durability::Full, &mut body)?;
        failure.map_or(Ok(()), Err)
    }
}
