//! Reading a stream as a consumer does: by shard and sequence number, without iterators, and asleep while there is nothing.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use statordb_store::key_hash;

use super::{Position, SequenceNumber, Shard, Stream, StreamRecord, StreamView};
use crate::Engine;
use crate::catalog::KeyRole;
use crate::error::{Error, ErrorKind, Result};
use crate::key::tree_key;
use crate::limits::GET_RECORDS_MAX;

/// A reader of one stream. It keeps neither the engine nor its store alive.
pub struct StreamReader {
    engine: Weak<Engine>,
    stream: Arc<Stream>,
    /// How often it was called away from its sleep.
    calls: Arc<AtomicU64>,
}

/// One shard, as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadShard {
    /// `ShardId`.
    pub id: String,
    /// `ParentShardId`.
    pub parent: Option<String>,
    /// Whether it takes records.
    pub is_open: bool,
}

/// Records of a shard, in order.
#[derive(Debug)]
pub struct ReadRecords {
    /// The records.
    pub records: Vec<StreamRecord>,
    /// Whether there are no more, and never will be.
    pub has_ended: bool,
    /// Whether records behind the asked place were too old to be read; then these are the first that are left.
    pub was_trimmed: bool,
}

/// What a reader knew before it looked for records: it does not sleep if that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The last number that was taken for a record of the shard.
    pub taken: u64,
    /// How often the reader was called.
    pub calls: u64,
}

thread_local! {
    /// For whom this thread writes; 0 for nobody that is known.
    static FEEDER: Cell<u64> = const { Cell::new(0) };
}

/// Does something that `feeder` has asked for: what this thread writes to a stream meanwhile is noted as its.
pub fn feeding<T>(feeder: u64, work: impl FnOnce() -> T) -> T {
    let before = FEEDER.replace(feeder);
    let done = work();
    FEEDER.set(before);
    done
}

/// Who has last written to a stream, of those who are known.
#[derive(Debug, Default)]
pub(super) struct FedBy(AtomicU64);

impl FedBy {
    /// Notes that this thread has written a record to the stream.
    pub(super) fn note(&self) {
        let feeder = FEEDER.get();
        if feeder != 0 {
            self.0.store(feeder, Ordering::Relaxed);
        }
    }
}

impl Engine {
    /// A reader of the stream with this ARN.
    ///
    /// # Errors
    /// ValidationException for what is no ARN of a stream, ResourceNotFoundException for an unknown stream.
    pub fn stream_reader(self: &Arc<Self>, arn: &str) -> Result<StreamReader> {
        let stream = self.find_stream(arn, self.clock.now_ms())?;
        Ok(StreamReader { engine: Arc::downgrade(self), stream, calls: Arc::default() })
    }
}

impl StreamReader {
    fn engine(&self) -> Result<Arc<Engine>> {
        self.engine.upgrade().ok_or_else(|| Error::internal("the database is closed"))
    }

    /// The engine, while it is there.
    pub fn living_engine(&self) -> Option<Arc<Engine>> {
        self.engine.upgrade()
    }

    /// `TableName`.
    pub fn table(&self) -> &str {
        self.stream.table()
    }

    /// `StreamViewType` of every record.
    pub fn view(&self) -> StreamView {
        self.stream.view()
    }

    /// All shards that can still be read, parents before their children. Every partition has one.
    ///
    /// # Errors
    /// Faults of ours.
    pub fn shards(&self) -> Result<Vec<ReadShard>> {
        let engine = self.engine()?;
        let now_ms = engine.clock.now_ms();
        self.stream.refresh(&*engine.store, now_ms)?;
        let read = |shard: &Arc<Shard>| ReadShard {
            id: shard.id().to_owned(),
            parent: shard.parent().map(str::to_owned),
            is_open: shard.end().is_none(),
        };
        Ok(self.stream.shards(now_ms).iter().map(read).collect())
    }

    /// The number of the last record that a shard has now, or one that all its records are behind of.
    ///
    /// # Errors
    /// ResourceNotFoundException for a shard that is not there.
    pub fn last(&self, shard: &str) -> Result<SequenceNumber> {
        let engine = self.engine()?;
        let shard = self.shard(&engine, shard)?;
        let next = self.stream.latest(&*engine.store, &shard)?;
        Ok(SequenceNumber(next.0.saturating_sub(1)))
    }

    fn shard(&self, engine: &Engine, id: &str) -> Result<Arc<Shard>> {
        let shard = self.stream.shard(id, engine.clock.now_ms());
        shard.ok_or_else(|| {
            Error::new(ErrorKind::ResourceNotFound, format!("Requested resource not found: Shard does not exist: {id}"))
        })
    }

    /// Reads up to `limit` records behind a number, 1,000 or 1 MB at most. What is not durable yet is waited for.
    ///
    /// # Errors
    /// ResourceNotFoundException for a shard that is not there any more, faults of ours.
    pub fn read(&self, shard: &str, behind: SequenceNumber, limit: usize) -> Result<ReadRecords> {
        let engine = self.engine()?;
        let shard = self.shard(&engine, shard)?;
        let limit = limit.clamp(1, GET_RECORDS_MAX);
        let page = |position| self.stream.page(&*engine.store, &shard, position, limit, engine.clock.now_ms());
        let (page, met) = engine.unsettled(|| match page(Position::From(behind.next().max(shard.floor().next()))) {
            Err(error) if error.kind() == ErrorKind::TrimmedDataAccess => (page(Position::Horizon), true),
            page => (page, false),
        });
        met.map_or(Ok(()), |met| engine.settle(met))?;
        let (page, was_trimmed) = page;
        let page = page?;
        Ok(ReadRecords { records: page.records, has_ended: page.next.is_none(), was_trimmed })
    }

    /// A hash of the partition key of a record's item.
    pub fn partition_hash(&self, record: &StreamRecord) -> u64 {
        let name = self.stream.keys().iter().find(|(_, role)| *role == KeyRole::Hash).map(|(name, _)| name);
        let value = name.and_then(|name| record.keys()?.get(name));
        value.map_or(0, |value| key_hash(&tree_key(value.scalar_bytes(), None)))
    }

    /// What a reader has to know before it looks for records of a shard, or of none.
    pub fn moment(&self, shard: Option<&str>) -> Moment {
        let calls = self.calls.load(Ordering::SeqCst);
        let taken = shard.and_then(|id| self.stream.shard(id, 0)).map_or(0, |shard| shard.taken());
        Moment { taken, calls }
    }

    /// Sleeps until a record is written to the shard, the shard is closed, the reader is called, or the time is over;
    /// not at all if one of that has happened since the moment.
    pub fn sleep(&self, shard: Option<&str>, since: Moment, limit: Option<Duration>) {
        let calls = Arc::clone(&self.calls);
        let shard = shard.and_then(|id| self.stream.shard(id, 0));
        let engine = Weak::clone(&self.engine);
        let is_due = move || {
            calls.load(Ordering::SeqCst) != since.calls
                || engine.strong_count() == 0
                || shard.as_ref().is_some_and(|shard| shard.taken() != since.taken || shard.end().is_some())
        };
        self.stream.bell.sleep(is_due, limit);
    }

    /// Whether `feeder` was the last of those who are known to have written to the stream.
    pub fn is_fed_by(&self, feeder: u64) -> bool {
        self.stream.fed_by.0.load(Ordering::Relaxed) == feeder
    }

    /// Calls everybody who sleeps by this reader.
    pub fn call(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.stream.bell.ring();
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StreamReader").field("stream", &self.stream).finish_non_exhaustive()
    }
}
