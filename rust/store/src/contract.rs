//! The contract that every store keeps: reads, transactions, trees, snapshots.
//!
//! Keys and values are bytes; keys are ordered byte by byte. The first eight bytes of a key are its hash and choose the
//! partition it lives in. A store never looks further into a key, and never into a value.

use crate::{Bytes, StoreError};
use std::ops::{AddAssign, Bound, ControlFlow};

/// The name of a tree, chosen by the caller. Trees with greater ids are locked later.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TreeId(pub u64);

/// Totally ordered position of a commit; at least 1, never repeats.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CommitSeq(pub u64);

/// When a commit may be acknowledged. A store without a disk treats all of them as `Memory`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// After the disk has it.
    Full,
    /// After the operating system has it.
    Os,
    /// At once.
    Memory,
}

/// The order in which a range is visited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Ascending keys.
    Forward,
    /// Descending keys.
    Backward,
}

/// Start and end over whole keys, in key order whatever the direction. A range that ends before it starts is empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyRange<'a> {
    /// Where the lower keys begin.
    pub start: Bound<&'a [u8]>,
    /// Where the upper keys end.
    pub end: Bound<&'a [u8]>,
}

impl KeyRange<'static> {
    /// Every key.
    pub const ALL: Self = Self { start: Bound::Unbounded, end: Bound::Unbounded };
}

/// Which lock a tree's partitions use: its own, or those of another tree (an LSI lives in the partitions of its base
/// table, so that both change under one lock).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// Partitions of its own.
    Own,
    /// The partitions of that tree, which must exist.
    With(TreeId),
    /// The partitions of that tree too, as a guest: its bytes neither cause a split nor say where to cut. For what
    /// grows beside a tree and is thrown away by age.
    Beside(TreeId),
}

/// A partition of a tree, by the hashes that it covers. Partitions are split and never joined, and a split changes the
/// range of every part; so within one family of trees a range names one partition for ever, and a partition was part
/// of another if its range lies within the other's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct HashRange {
    /// The first hash.
    pub start: u64,
    /// The last hash.
    pub end: u64,
}

impl HashRange {
    /// Whether all hashes of `other` are in this range.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// What a caller counts about a tree: a commit adds to it, and it is as durable as the commit. A store does not know what
/// is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Items that came, or, where negative, went.
    pub items: i64,
    /// Bytes that came or went.
    pub bytes: i64,
}

impl Tally {
    /// Nothing to count.
    pub const NONE: Self = Self { items: 0, bytes: 0 };
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.items = self.items.wrapping_add(other.items);
        self.bytes = self.bytes.wrapping_add(other.bytes);
    }
}

/// What the body of a transaction decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Verdict {
    /// Apply every put and delete, all together.
    Commit,
    /// Apply nothing.
    Abort,
}

/// The hash of a key: its first eight bytes, big endian; a shorter key counts as padded with zeros.
#[must_use]
pub fn key_hash(key: &[u8]) -> u64 {
    if let Some(first) = key.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut padded = [0; 8];
    for (to, from) in padded.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(padded)
}

/// Something that can be read: a store (its newest committed state) or a snapshot (one state for ever).
pub trait Read: Send + Sync {
    /// The value of a key, if it has one.
    ///
    /// # Errors
    /// `NoSuchTree`.
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// Shows the entries of a range to `visit`, in order, until it breaks. No lock is held meanwhile: the visitor may
    /// take its time and may call the store. On a store, the entries of one partition are of one moment, those of
    /// different partitions may not be; on a snapshot, all are.
    ///
    /// # Errors
    /// `NoSuchTree`.
    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;
}

/// A transaction as its body sees it. Puts and deletes may go to any key of any tree; they are kept aside until the
/// body has returned `Verdict::Commit`. What is wrong with one (no such tree, too large) is reported by `transact`.
pub trait Txn {
    /// The value of a declared key, as this transaction has left it so far.
    ///
    /// # Errors
    /// `UndeclaredKey` for any other key.
    fn get(&mut self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// The partition in which a declared key lives. It stays so, and nobody else writes to it, until this transaction
    /// has ended; a split that the commit causes comes after everything that the transaction wrote.
    ///
    /// # Errors
    /// `UndeclaredKey` for any other key.
    fn partition(&mut self, tree: TreeId, key: &[u8]) -> Result<HashRange, StoreError>;

    /// Sets the value of a key, or removes the key where there is none, and adds to the tally of the tree.
    fn write(&mut self, tree: TreeId, key: &[u8], value: Option<Bytes>, tally: Tally);

    /// Sets the value of a key.
    fn put(&mut self, tree: TreeId, key: &[u8], value: Bytes) {
        self.write(tree, key, Some(value), Tally::NONE);
    }

    /// Removes a key, if it is there.
    fn delete(&mut self, tree: TreeId, key: &[u8]) {
        self.write(tree, key, None, Tally::NONE);
    }
}

/// A store. Reads on the store itself see its newest committed state.
pub trait Store: Read {
    /// One consistent state of all trees, which stays as it is. Costs writers nothing once it is dropped.
    ///
    /// # Errors
    /// None in memory.
    fn snapshot(&self) -> Result<Box<dyn Read>, StoreError>;

    /// An independent store that begins as a copy of this one, made by sharing. Its commits continue from this
    /// store's `CommitSeq`.
    ///
    /// # Errors
    /// `Unsupported` where a store cannot share.
    fn fork(&self) -> Result<Box<dyn Store>, StoreError>;

    /// Runs `body` with the declared `keys` locked, then applies what it wrote, all or nothing, and returns its place
    /// in the order of commits; `None` when the body said `Abort`. Transactions are serializable in that order.
    ///
    /// The body may be run again on a conflict, so it must have no effects of its own besides overwriting its result.
    /// It must not call the store: it would wait for locks that it holds. If it panics, nothing is applied.
    ///
    /// # Errors
    /// `NoSuchTree` for a declared or written tree, `TooLarge`.
    fn transact(
        &self,
        keys: &[(TreeId, &[u8])],
        durability: Durability,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Option<CommitSeq>, StoreError>;

    /// Returns once the commit, and every one before it, is as durable as it was asked to be.
    ///
    /// # Errors
    /// None in memory, where it returns at once.
    fn wait_durable(&self, commit: CommitSeq) -> Result<(), StoreError>;

    /// Calls back, once and on any thread, when `wait_durable` would return, with what it would return.
    fn when_durable(&self, commit: CommitSeq, callback: Box<dyn FnOnce(Result<(), StoreError>) + Send>) {
        callback(self.wait_durable(commit));
    }

    /// The partitions of a tree, in order; together they cover every hash. Each was there when it was looked at, and
    /// may have been split since; once it has been seen split, all writes to the whole are committed.
    ///
    /// # Errors
    /// `NoSuchTree`.
    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError>;

    /// Makes an empty tree.
    ///
    /// # Errors
    /// `TreeExists`; `NoSuchTree` for the home of `Home::With` and `Home::Beside`.
    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError>;

    /// Removes a tree and its entries. Trees that live with it stay, and keep its partitions alive.
    ///
    /// # Errors
    /// `NoSuchTree`.
    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError>;

    /// Removes the entries of a tree that have the hash of `key` and lie before it; its tally stays. Cheap however many
    /// they are where `key` lies in a tree that lives beside another: that is how such trees are kept short, and nothing
    /// may be written to such a place afterwards. Elsewhere it
    /// takes a commit for every thousand, and an error may come after some of them.
    ///
    /// # Errors
    /// `NoSuchTree`.
    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError>;

    /// Writes settled entries to where they are cheap to keep. Nothing to do in memory.
    ///
    /// # Errors
    /// None in memory.
    fn checkpoint(&self) -> Result<(), StoreError>;

    /// Settles everything and lets go of files and threads. What is asked for afterwards fails with `Closed`, in a store
    /// that has any; closing once more does nothing. A store that is dropped without is closed, and nobody is told how it
    /// went.
    ///
    /// # Errors
    /// `Io` and `Poisoned`: what was acknowledged is kept, and found by the next opening.
    fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// How much the store holds, at one moment.
    fn stats(&self) -> StoreStats;

    /// What the store can take.
    fn caps(&self) -> StoreCaps;
}

/// How much one tree holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeStats {
    /// The tree.
    pub tree: TreeId,
    /// Its entries.
    pub entries: u64,
    /// Bytes of its keys and values.
    pub bytes: u64,
    /// What its writers have counted.
    pub tally: Tally,
    /// The partitions it is spread over.
    pub partitions: u64,
}

/// How much a store holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StoreStats {
    /// Every tree, by id.
    pub trees: Vec<TreeStats>,
    /// Entries of all trees.
    pub entries: u64,
    /// Bytes of all keys and values.
    pub bytes: u64,
    /// Partitions, each counted once however many trees live in it.
    pub partitions: u64,
}

/// What a store can take, and whether it keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreCaps {
    /// The longest key; at least 2,048 + 1,024 + 64.
    pub key_bytes_max: usize,
    /// The longest value; at least 512 KiB.
    pub value_bytes_max: usize,
    /// The most puts and deletes in one transaction.
    pub transaction_writes_max: usize,
    /// The most bytes of keys and values in one transaction.
    pub transaction_bytes_max: usize,
    /// Whether a commit outlives the process.
    pub persistent: bool,
}

impl StoreStats {
    /// Counts a part of a tree that is listed already, in its row and in the total.
    pub(crate) fn count(&mut self, tree: TreeId, entries: u64, bytes: u64, tally: Tally) {
        self.entries += entries;
        self.bytes += bytes;
        if let Some(row) = self.trees.iter_mut().find(|row| row.tree == tree) {
            row.entries += entries;
            row.bytes += bytes;
            row.tally += tally;
        }
    }
}
