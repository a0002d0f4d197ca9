//! What the catalog keeps in the store: a tree of its own, in which tables, streams, their shards and documents of other
//! rooms have a record each.
//!
//! ```text
//! tree 0   0 u64 | 0                                   the greatest id that a tree was ever given
//!          0 u64 | 1 | name of a table                 the table (record.rs)
//!          0 u64 | 2 | id of a stream                  the stream (stream/saved.rs)
//!          0 u64 | 3 | id of its stream | number u64   a shard (stream/saved.rs; the number is big endian)
//!          0 u64 | 4 | name                            a document of another room (documents.rs)
//! ```
//! All keys have the same hash, so all of it is one partition, and one key is its lock. A change is one transaction; it is
//! made before anybody sees what it is about, and trees are made before the record that names them: a crash can leave a tree
//! that no record names, never a name without its tree. Ids of trees are never given twice.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use statordb_store::{Bytes, CommitSeq, Durability, Home, Store, Tally, TreeId, Txn, Verdict};

use crate::error::Result;
use crate::record::{Reader, Unreadable, Writer};
use crate::tokens::TOKEN_TREES;

/// The tree of the records.
pub(crate) const CATALOG_TREE: TreeId = TreeId(0);

/// The key of the counter of trees. Whoever declares it has the lock of all records.
pub(crate) const COUNTER_KEY: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 0];
const COUNTER_VERSION: u8 = 1;

const HASH_BYTES: usize = 8;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    Table,
    Stream,
    Shard,
    Document,
}

impl RecordKind {
    fn byte(self) -> u8 {
        match self {
            Self::Table => 1,
            Self::Stream => 2,
            Self::Shard => 3,
            Self::Document => 4,
        }
    }

    /// The kind of a key, and what follows it; nothing for a key that no record has.
    pub(crate) fn split(key: &[u8]) -> Option<(Self, &[u8])> {
        let (kind, name) = key.get(HASH_BYTES..)?.split_first()?;
        let kinds = [Self::Table, Self::Stream, Self::Shard, Self::Document];
        Some((kinds.into_iter().find(|known| known.byte() == *kind)?, name))
    }
}

/// A record to be written or, without a value, to be removed.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    key: Vec<u8>,
    value: Option<Bytes>,
}

impl Entry {
    pub(crate) fn new(kind: RecordKind, name: &[&[u8]], value: Option<Bytes>) -> Self {
        let mut key = vec![0; HASH_BYTES];
        key.push(kind.byte());
        name.iter().for_each(|part| key.extend_from_slice(part));
        Self { key, value }
    }

    /// The keys of all records of a kind whose names begin so: from the first one until before the second.
    pub(crate) fn keys_of(kind: RecordKind, prefix: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let first = Self::new(kind, &[prefix], None).key;
        let mut end = first.clone();
        // The kind is no 255, so there is a byte to count up.
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                break;
            }
        }
        (first, end)
    }

    /// Hands the record to a transaction.
    pub(crate) fn write(&self, txn: &mut dyn Txn) {
        txn.write(CATALOG_TREE, &self.key, self.value.clone(), Tally::NONE);
    }
}

/// Writes records, all of them or none, in one transaction that has nothing else to do.
pub(crate) fn commit_entries(store: &dyn Store, entries: &[Entry]) -> Result<Option<CommitSeq>> {
    let mut body = |txn: &mut dyn Txn| {
        entries.iter().for_each(|entry| entry.write(txn));
        Verdict::Commit
    };
    Ok(store.transact(&[(CATALOG_TREE, COUNTER_KEY)], Durability::Full, &mut body)?)
}

/// The greatest id in the counter's record.
pub(crate) fn read_counter(bytes: &[u8]) -> std::result::Result<u64, Unreadable> {
    Reader::read(bytes, COUNTER_VERSION, Reader::number)
}

/// The writer of the records, and the giver of ids.
pub(crate) struct Kept {
    store: Arc<dyn Store>,
    /// The greatest id that a tree was given.
    last_tree: AtomicU64,
}

impl Kept {
    /// Ids of trees begin behind `last_tree`, and behind those of tokens.
    pub(crate) fn new(store: Arc<dyn Store>, last_tree: u64) -> Self {
        Self { store, last_tree: AtomicU64::new(last_tree.max(TOKEN_TREES)) }
    }

    /// Writes records, all of them or none; returns when they are in the order of commits, with the counter as it is.
    /// `counted` is added to a tally by the same commit.
    pub(crate) fn commit(&self, entries: &[Entry], counted: Option<(TreeId, Tally)>) -> Result<Option<CommitSeq>> {
        let mut body = |txn: &mut dyn Txn| {
            entries.iter().for_each(|entry| entry.write(txn));
            let mut counter = Writer::new(COUNTER_VERSION);
            counter.word(self.last_tree.load(Ordering::Relaxed));
            txn.put(CATALOG_TREE, COUNTER_KEY, counter.finish());
            if let Some((tree, tally)) = counted {
                // No entry has the empty key: only the tally changes.
                txn.write(tree, &[], None, tally);
            }
            Verdict::Commit
        };
        Ok(self.store.transact(&[(CATALOG_TREE, COUNTER_KEY)], Durability::Full, &mut body)?)
    }

    /// Comes back when a commit is durable.
    pub(crate) fn wait(&self, commit: Option<CommitSeq>) -> Result<()> {
        commit.map_or(Ok(()), |commit| Ok(self.store.wait_durable(commit)?))
    }

    /// Trees for what is about to be recorded.
    pub(crate) fn new_trees(&self) -> NewTrees<'_> {
        NewTrees { kept: self, made: Vec::new() }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kept").field("last_tree", &self.last_tree).finish_non_exhaustive()
    }
}

/// Trees that no record names yet. Unless one comes to, they are dropped with this.
#[derive(Debug)]
pub(crate) struct NewTrees<'k> {
    kept: &'k Kept,
    made: Vec<TreeId>,
}

impl NewTrees<'_> {
    /// An empty tree, of an id that no tree had before.
    pub(crate) fn make(&mut self, home: Home) -> Result<TreeId> {
        let tree = TreeId(self.kept.last_tree.fetch_add(1, Ordering::Relaxed) + 1);
        self.kept.store.create(tree, home)?;
        self.made.push(tree);
        Ok(tree)
    }

    /// A record that names them is committed.
    pub(crate) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for NewTrees<'_> {
    fn drop(&mut self) {
        for tree in self.made.drain(..).rev() {
            // One that cannot be dropped now is when the store is opened again: no record names it.
            let _ = self.kept.store.drop_tree(tree);
        }
    }
}
