//! Streams: what happened to the items of a table, in order, for a day.
//!
//! A stream's records stand in a tree of their own beside the table's, in the partition of the item they are about, and are
//! written by the same commit; so there is a record exactly where there is a change, and readers see both at once. The
//! records of a partition are cut into shards. Which shards there are is kept here, in memory, and changed only as
//! `shard.rs` says.
//!
//! Locks: a partition's, then a stream's state. The state is never held while the store is called.

mod iterator;
mod read;
mod record;
mod registry;
mod sequence;
mod shard;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use md5::{Digest, Md5};
use statordb_store::{Bytes, Durability, HashRange, Store, TreeId, Txn, Verdict};

pub use record::{EventName, StreamRecord};
pub use sequence::SequenceNumber;

pub(crate) use iterator::{Position, ShardIterator, Unchecked};
pub(crate) use registry::{Found, NewStream, Streams, stream_arn};
pub(crate) use shard::Shard;

use crate::catalog::KeyRole;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::STREAM_MS_MAX;
use crate::value::{Builder, Item, ItemRef};
use sequence::Sequence;
use shard::Shards;

/// `StreamViewType`: what a record shows of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamView {
    /// Its key.
    KeysOnly,
    /// All of it, after the change.
    NewImage,
    /// All of it, before the change.
    OldImage,
    /// All of it, before and after.
    NewAndOldImages,
}

impl StreamView {
    const ALL: [Self; 4] = [Self::NewImage, Self::OldImage, Self::NewAndOldImages, Self::KeysOnly];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }

    /// The view of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    fn shows_old(self) -> bool {
        matches!(self, Self::OldImage | Self::NewAndOldImages)
    }

    fn shows_new(self) -> bool {
        matches!(self, Self::NewImage | Self::NewAndOldImages)
    }
}

/// `StreamStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamStatus {
    /// Changes are recorded, while its table still changes.
    Enabling,
    /// Changes are recorded.
    Enabled,
    /// No change is recorded any more, but one that began earlier may still come, or its table still changes.
    Disabling,
    /// Its records are all there are.
    Disabled,
}

/// A change of an item's value, inside the transaction that makes it.
pub(crate) struct Change<'a> {
    /// The key under which the item stands in the table's tree: declared to the transaction.
    pub(crate) key: &'a [u8],
    pub(crate) old: Option<&'a Item>,
    pub(crate) new: Option<&'a Item>,
    /// Whether it is TTL that removes the item.
    pub(crate) by_ttl: bool,
    pub(crate) now_ms: u64,
}

/// A stream of a table, enabled or not.
pub(crate) struct Stream {
    /// Random, and the same as long as the stream exists.
    id: [u8; 16],
    table: String,
    label: String,
    created_ms: u64,
    keys: Vec<(String, KeyRole)>,
    view: StreamView,
    base: TreeId,
    tree: TreeId,
    sequence: Arc<Sequence>,
    state: RwLock<State>,
}

/// What changes of a stream.
#[derive(Debug)]
struct State {
    status: StreamStatus,
    /// When it was disabled.
    ended_ms: Option<u64>,
    shards: Shards,
}

/// Where a record goes.
struct Slot {
    range_start: u64,
    shard: u64,
    sequence: SequenceNumber,
    created_ms: u64,
}

impl Slot {
    fn of(shard: &Shard, sequence: &Sequence, now_ms: u64) -> Self {
        let created_ms = shard.stamp(now_ms);
        Self { range_start: shard.range.start, shard: shard.number, sequence: sequence.take(), created_ms }
    }
}

/// The key of a record. It begins with the first hash of its partition, so it lies in that partition and, since a split
/// leaves that hash to the lower part, it is found there after any number of splits.
fn record_key(range_start: u64, shard: u64, sequence: SequenceNumber) -> [u8; 24] {
    let mut key = [0; 24];
    let words = [range_start, shard, sequence.0].map(u64::to_be_bytes);
    key.iter_mut().zip(words.as_flattened()).for_each(|(to, from)| *to = *from);
    key
}

/// A digest of several parts, for identifiers that must come out the same each time.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut digest = Md5::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

impl Stream {
    /// `StreamLabel`.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// `TableName`.
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// `StreamViewType`.
    pub(crate) fn view(&self) -> StreamView {
        self.view
    }

    /// `CreationRequestDateTime`, in milliseconds since 1970.
    pub(crate) fn created_ms(&self) -> u64 {
        self.created_ms
    }

    /// `KeySchema`.
    pub(crate) fn keys(&self) -> &[(String, KeyRole)] {
        &self.keys
    }

    /// `StreamArn`, as a caller in `region` sees it.
    pub(crate) fn arn(&self, region: &str) -> String {
        stream_arn(region, &self.table, &self.label)
    }

    /// `StreamStatus`.
    pub(crate) fn status(&self) -> StreamStatus {
        self.read().status
    }

    /// `StreamStatus` as it is told where changes of tables take `delay_ms`.
    pub(crate) fn told_status(&self, now_ms: u64, delay_ms: u64) -> StreamStatus {
        let state = self.read();
        match (state.status, state.ended_ms) {
            (StreamStatus::Enabled, _) if now_ms < self.created_ms + delay_ms => StreamStatus::Enabling,
            (StreamStatus::Disabled, Some(ended_ms)) if now_ms < ended_ms + delay_ms => StreamStatus::Disabling,
            (status, _) => status,
        }
    }

    /// Whether changes are recorded.
    pub(crate) fn is_enabled(&self) -> bool {
        self.status() == StreamStatus::Enabled
    }

    /// Whether it was disabled a day ago: then nobody finds it any more.
    pub(crate) fn is_past(&self, now_ms: u64) -> bool {
        self.read().ended_ms.is_some_and(|ended_ms| ended_ms < horizon(now_ms))
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the record of a change into the transaction that makes it. The caller has seen that the item's value does
    /// change. Called again when the body is run again; what it leaves behind then is a number that nothing has.
    ///
    /// # Errors
    /// A fault of ours when the item's key was not declared.
    pub(crate) fn capture(&self, txn: &mut dyn Txn, change: &Change<'_>) -> Result<()> {
        let Some(image) = change.new.or(change.old) else { return Ok(()) };
        let range = txn.partition(self.base, change.key)?;
        let Some(slot) = self.slot(range, change.now_ms) else { return Ok(()) };
        let record = record::Change {
            created_ms: slot.created_ms,
            by_ttl: change.by_ttl,
            keys: &self.key_of(image.view()),
            old: change.old,
            new: change.new,
        };
        let key = record_key(slot.range_start, slot.shard, slot.sequence);
        txn.put(self.tree, &key, record::encode(&record, self.view));
        Ok(())
    }

    /// A place in the current shard of a partition that the caller has locked; none when the stream has ended. The number
    /// is taken before the state is let go, so that a shard's end is behind all of its numbers.
    fn slot(&self, range: HashRange, now_ms: u64) -> Option<Slot> {
        {
            let state = self.read();
            if state.status != StreamStatus::Enabled {
                return None;
            }
            if let Some(shard) = state.shards.taking(range).filter(|shard| !shard.is_due(now_ms)) {
                return Some(Slot::of(shard, &self.sequence, now_ms));
            }
        }
        let mut state = self.write();
        if state.status != StreamStatus::Enabled {
            return None;
        }
        let shard = state.shards.current(range, &self.sequence, now_ms);
        Some(Slot::of(&shard, &self.sequence, now_ms))
    }

    fn key_of(&self, item: ItemRef<'_>) -> Item {
        let mut builder = Builder::item();
        for (name, _) in &self.keys {
            if let Some(value) = item.get(name) {
                builder.name(name);
                builder.encoded(value);
            }
        }
        builder.finish_item().unwrap_or_else(|_| Item::empty())
    }

    /// Brings the shards up to the partitions as they are now, and to the time.
    pub(crate) fn refresh(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        if !self.is_enabled() {
            return Ok(());
        }
        let ranges = store.partitions(self.tree).map_err(|error| self.store_error(error))?;
        let is_known = { ranges.iter().all(|range| self.read().shards.taking(*range).is_some()) };
        if !is_known {
            let mut state = self.write();
            if state.status == StreamStatus::Enabled {
                ranges.iter().for_each(|range| state.shards.meet(*range, &self.sequence, now_ms));
            }
        }
        let due = |shard: &&Arc<Shard>| shard.is_due(now_ms);
        let old: Vec<_> = self.read().shards.open().iter().filter(due).map(|shard| shard.range).collect();
        old.into_iter().try_for_each(|range| self.roll(store, range, now_ms))
    }

    /// Closes an old shard that nobody writes to, under the lock of its partition, so that nobody is just about to.
    fn roll(&self, store: &dyn Store, range: HashRange, now_ms: u64) -> Result<()> {
        self.lock_partition(store, range.start, |current| {
            let mut state = self.write();
            if current == range && state.status == StreamStatus::Enabled {
                state.shards.current(range, &self.sequence, now_ms);
            }
        })
    }

    /// Runs `work` while the partition of a hash is locked: all writes that began before have ended.
    fn lock_partition(&self, store: &dyn Store, hash: u64, mut work: impl FnMut(HashRange)) -> Result<()> {
        let key = hash.to_be_bytes();
        let mut seen = Ok(());
        let mut body = |txn: &mut dyn Txn| {
            seen = txn.partition(self.tree, &key).map(&mut work);
            Verdict::Abort
        };
        let run = store.transact(&[(self.tree, key.as_slice())], Durability::Memory, &mut body);
        run.map(drop).and(seen).map_err(|error| self.store_error(error))
    }

    /// Ends the stream: its shards are closed, and stay readable for a day.
    pub(crate) fn disable(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        {
            let mut state = self.write();
            if state.status == StreamStatus::Disabled {
                return Ok(());
            }
            state.status = StreamStatus::Disabling;
        }
        // Who has taken a number has committed once its partition could be locked; who comes later finds the status.
        for range in store.partitions(self.tree).map_err(|error| self.store_error(error))? {
            self.lock_partition(store, range.start, |_| ())?;
        }
        let mut state = self.write();
        state.shards.close(&self.sequence, now_ms);
        state.status = StreamStatus::Disabled;
        state.ended_ms = Some(now_ms);
        Ok(())
    }

    /// The shards that can still be read, in order.
    pub(crate) fn shards(&self, now_ms: u64) -> Vec<Arc<Shard>> {
        let is_there = |shard: &&Arc<Shard>| !shard.is_past(horizon(now_ms));
        self.read().shards.all().iter().filter(is_there).cloned().collect()
    }

    /// A shard by its id, if it can still be read.
    pub(crate) fn shard(&self, id: &str, now_ms: u64) -> Option<Arc<Shard>> {
        self.read().shards.by_id(id).filter(|shard| !shard.is_past(horizon(now_ms))).cloned()
    }

    /// The shard of an iterator, if it can still be read.
    pub(crate) fn shard_of(&self, iterator: &ShardIterator, now_ms: u64) -> Option<Arc<Shard>> {
        self.read().shards.by_number(iterator.shard).filter(|shard| !shard.is_past(horizon(now_ms))).cloned()
    }

    /// The last number that the engine has given out, to any record of any stream.
    pub(crate) fn last_sequence_number(&self) -> SequenceNumber {
        self.sequence.last()
    }

    /// The text of an iterator of this stream.
    pub(crate) fn print_iterator(&self, region: &str, iterator: &ShardIterator) -> String {
        iterator.print(&self.arn(region), &self.id)
    }

    /// An iterator, if this stream has given it out.
    pub(crate) fn check_iterator(&self, text: &Unchecked<'_>) -> Option<ShardIterator> {
        text.of(&self.id)
    }

    fn record(&self, bytes: &Bytes, sequence: SequenceNumber) -> Option<StreamRecord> {
        let event_id = digest(&[&self.id, &sequence.0.to_be_bytes()]);
        StreamRecord::parse(bytes, sequence, event_id)
    }

    /// A stream can be forgotten between its look-up and the store's.
    fn store_error(&self, error: statordb_store::StoreError) -> Error {
        match error {
            statordb_store::StoreError::NoSuchTree(_) => Error::new(ErrorKind::ResourceNotFound, NOT_FOUND),
            other => other.into(),
        }
    }
}

const NOT_FOUND: &str = "Requested resource not found";

/// Records and ends that are this old are past.
fn horizon(now_ms: u64) -> u64 {
    now_ms.saturating_sub(STREAM_MS_MAX)
}

impl fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Stream");
        debug.field("table", &self.table).field("label", &self.label).field("view", &self.view).finish_non_exhaustive()
    }
}
