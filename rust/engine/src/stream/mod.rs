//! Streams: what happened to the items of a table, in order, for a day.
//!
//! A stream's records stand in a tree of their own beside the table's, in the partition of the item they are about, and are
//! written by the same commit; so there is a record exactly where there is a change, and readers see both at once. The
//! records of a partition are cut into shards. Which shards there are is kept here, in memory, and changed only as
//! `shard.rs` says; the catalog has a record of the stream and of each of its shards (`saved.rs`).
//!
//! Locks: a stream's `shaping`, a partition's, the stream's state. The state is never held while the store is called, and
//! nobody waits for `shaping` while he has a partition.

mod bell;
mod iterator;
mod life;
mod read;
mod reader;
mod record;
mod registry;
mod saved;
mod sequence;
mod shard;
#[cfg(test)]
mod tests;
mod whole;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use md5::{Digest, Md5};
use statordb_store::{Bytes, Durability, HashRange, Store, TreeId, Txn, Verdict};

pub use reader::{Moment, ReadRecords, ReadShard, StreamReader, feeding};
pub use record::{EventName, StreamRecord};
pub use sequence::SequenceNumber;

pub(crate) use iterator::{Position, ShardIterator, Unchecked};
pub(crate) use life::{Beginning, Ending, NewStream};
pub(crate) use registry::{Found, Streams, stream_arn};
pub(crate) use saved::{SavedShard, SavedStream, read_shard, read_stream};
pub(crate) use shard::Shard;
pub(crate) use whole::check_stream;

use crate::catalog::KeyRole;
use crate::catalog::kept::{CATALOG_TREE, COUNTER_KEY};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::STREAM_MS_MAX;
use crate::value::{Builder, Item, ItemRef};
use saved::shard_entry;
use sequence::Sequence;
use shard::{Plan, Shards};

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

/// What became of the record of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Captured {
    /// It is written; or the stream has ended, and there is none.
    Done,
    /// No shard takes it: the transaction is to be run again once one was opened where this hash is.
    NoShard(u64),
}

/// What never changes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    /// Random, and the same as long as the stream exists.
    id: [u8; 16],
    table: String,
    label: String,
    created_ms: u64,
    keys: Vec<(String, KeyRole)>,
    view: StreamView,
    base: TreeId,
    tree: TreeId,
}

/// A stream of a table, enabled or not.
pub(crate) struct Stream {
    facts: Facts,
    sequence: Arc<Sequence>,
    /// Held by who changes what is recorded of the shards, from the plan until it is shown.
    shaping: Mutex<()>,
    state: RwLock<State>,
    bell: bell::Bell,
    fed_by: reader::FedBy,
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
        let sequence = sequence.take();
        shard.note_taken(sequence);
        Self { range_start: shard.range.start, shard: shard.number(), sequence, created_ms }
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
    /// What tells it from all other streams.
    pub(crate) fn id(&self) -> &[u8; 16] {
        &self.facts.id
    }

    /// `StreamLabel`.
    pub(crate) fn label(&self) -> &str {
        &self.facts.label
    }

    /// `TableName`.
    pub(crate) fn table(&self) -> &str {
        &self.facts.table
    }

    /// `StreamViewType`.
    pub(crate) fn view(&self) -> StreamView {
        self.facts.view
    }

    /// `CreationRequestDateTime`, in milliseconds since 1970.
    pub(crate) fn created_ms(&self) -> u64 {
        self.facts.created_ms
    }

    /// `KeySchema`.
    pub(crate) fn keys(&self) -> &[(String, KeyRole)] {
        &self.facts.keys
    }

    /// `StreamArn`, as a caller in `region` sees it.
    pub(crate) fn arn(&self, region: &str) -> String {
        stream_arn(region, &self.facts.table, &self.facts.label)
    }

    /// `StreamStatus`.
    pub(crate) fn status(&self) -> StreamStatus {
        self.read().status
    }

    /// `StreamStatus` as it is told where changes of tables take `delay_ms`.
    pub(crate) fn told_status(&self, now_ms: u64, delay_ms: u64) -> StreamStatus {
        let state = self.read();
        match (state.status, state.ended_ms) {
            (StreamStatus::Enabled, _) if now_ms < self.facts.created_ms + delay_ms => StreamStatus::Enabling,
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

    fn shaping(&self) -> MutexGuard<'_, ()> {
        self.shaping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the record of a change into the transaction that makes it. The caller has seen that the item's value does
    /// change. Called again when the body is run again; what it leaves behind then is a number that nothing has.
    ///
    /// # Errors
    /// A fault of ours when the item's key was not declared.
    pub(crate) fn capture(&self, txn: &mut dyn Txn, change: &Change<'_>) -> Result<Captured> {
        let Some(image) = change.new.or(change.old) else { return Ok(Captured::Done) };
        let range = txn.partition(self.facts.base, change.key)?;
        let slot = {
            let state = self.read();
            if state.status != StreamStatus::Enabled {
                return Ok(Captured::Done);
            }
            let Some(shard) = state.shards.taking(range, change.now_ms) else {
                return Ok(Captured::NoShard(range.start));
            };
            // The number is taken under the partition's lock, so a shard's end is behind all of its numbers.
            Slot::of(shard, &self.sequence, change.now_ms)
        };
        let record = record::Change {
            created_ms: slot.created_ms,
            by_ttl: change.by_ttl,
            keys: &self.key_of(image.view()),
            old: change.old,
            new: change.new,
        };
        let key = record_key(slot.range_start, slot.shard, slot.sequence);
        txn.put(self.facts.tree, &key, record::encode(&record, self.facts.view));
        self.fed_by.note();
        Ok(Captured::Done)
    }

    fn key_of(&self, item: ItemRef<'_>) -> Item {
        let mut builder = Builder::item();
        for (name, _) in &self.facts.keys {
            if let Some(value) = item.get(name) {
                builder.name(name);
                builder.encoded(value);
            }
        }
        builder.finish_item().unwrap_or_else(|_| Item::empty())
    }

    /// Brings the shards up to the partitions as they are now, and to the time.
    pub(crate) fn refresh(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        while self.is_enabled() {
            let ranges = store.partitions(self.facts.tree).map_err(|error| self.store_error(error))?;
            let lacking: Vec<u64> = {
                let state = self.read();
                let lacks = |range: &&HashRange| state.shards.taking(**range, now_ms).is_none();
                ranges.iter().filter(lacks).map(|range| range.start).collect()
            };
            if lacking.is_empty() {
                return Ok(());
            }
            self.open_shards(store, &lacking, now_ms)?;
        }
        Ok(())
    }

    /// Sees to it that the partitions of these hashes have shards that take records, and comes back when that is durable.
    /// Their locks are held meanwhile: what was written to the shards that end is committed.
    pub(crate) fn open_shards(&self, store: &dyn Store, hashes: &[u64], now_ms: u64) -> Result<()> {
        let _shaping = self.shaping();
        let hashes: Vec<[u8; 8]> = hashes.iter().map(|hash| hash.to_be_bytes()).collect();
        let mut keys = vec![(CATALOG_TREE, COUNTER_KEY)];
        keys.extend(hashes.iter().map(|hash| (self.facts.tree, hash.as_slice())));
        let mut planned = Ok(Plan::default());
        let mut body = |txn: &mut dyn Txn| {
            if let Ok(plan) = &planned {
                plan.set_closing(false);
            }
            planned = self.plan(&hashes, now_ms, txn);
            match &planned {
                Ok(plan) if !plan.is_empty() => {
                    plan.parts().for_each(|parts| shard_entry(&self.facts.id, &parts).write(txn));
                    Verdict::Commit
                }
                _ => Verdict::Abort,
            }
        };
        let committed = store.transact(&keys, Durability::Full, &mut body);
        let plan = planned.map_err(|error| self.store_error(error))?;
        let committed = committed.map_err(|error| {
            plan.set_closing(false);
            self.store_error(error)
        })?;
        if let Some(commit) = committed {
            store.wait_durable(commit)?;
            self.write().shards.carry_out(plan);
            self.ring();
        }
        Ok(())
    }

    /// Wakes who waits for what was just committed, or shown.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }

    /// What is to be done about the partitions of these hashes, which are locked. From now on nobody takes a place in a
    /// shard that is to end.
    fn plan(
        &self,
        hashes: &[[u8; 8]],
        now_ms: u64,
        txn: &mut dyn Txn,
    ) -> std::result::Result<Plan, statordb_store::StoreError> {
        let ranges = hashes
            .iter()
            .map(|hash| txn.partition(self.facts.tree, hash))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let state = self.read();
        if state.status != StreamStatus::Enabled {
            return Ok(Plan::default());
        }
        let plan = state.shards.plan(&ranges, &self.sequence, now_ms);
        plan.set_closing(true);
        Ok(plan)
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
        iterator.print(&self.arn(region), &self.facts.id)
    }

    /// An iterator, if this stream has given it out.
    pub(crate) fn check_iterator(&self, text: &Unchecked<'_>) -> Option<ShardIterator> {
        text.of(&self.facts.id)
    }

    fn record(&self, bytes: &Bytes, sequence: SequenceNumber) -> Option<StreamRecord> {
        let event_id = digest(&[&self.facts.id, &sequence.0.to_be_bytes()]);
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
        debug
            .field("table", &self.facts.table)
            .field("label", &self.facts.label)
            .field("view", &self.facts.view)
            .finish_non_exhaustive()
    }
}
