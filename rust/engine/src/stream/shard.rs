//! Shards: stretches of a stream, each of one partition and at most four hours, and who descends from whom.
//!
//! A shard is opened when its partition is first met, by a write or by somebody who looks. It is closed when its
//! partition is seen split, when it is four hours old, or with the stream; its records stay until they are a day old.
//! Nothing is written to a closed shard: it is closed only by one who holds the lock of its partition, or who has seen
//! the partition split, after which the store lets nobody write to the whole.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use statordb_store::HashRange;

use super::digest;
use super::iterator::{Position, ShardIterator};
use super::sequence::{Sequence, SequenceNumber};
use crate::limits::SHARD_MS_MAX;

/// Where and when a shard ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed {
    /// No record of the shard has a greater number.
    pub(super) end: SequenceNumber,
    pub(super) at_ms: u64,
}

/// A shard.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Its place among the shards of its stream.
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) range: HashRange,
    opened_ms: u64,
    /// All records of the shard have greater numbers.
    pub(super) start: SequenceNumber,
    closed: OnceLock<Closed>,
    /// The time of the last record: times do not go back within a shard, whatever the clock does.
    last_ms: AtomicU64,
    /// Records up to this number have been deleted.
    trimmed: AtomicU64,
}

impl Shard {
    /// `ShardId`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// `ParentShardId`.
    pub(crate) fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    /// `StartingSequenceNumber`.
    pub(crate) fn start(&self) -> SequenceNumber {
        self.start
    }

    /// `EndingSequenceNumber`, once it is closed.
    pub(crate) fn end(&self) -> Option<SequenceNumber> {
        self.closed().map(|closed| closed.end)
    }

    /// An iterator of this shard.
    pub(crate) fn iterator(&self, position: Position, issued_ms: u64) -> ShardIterator {
        ShardIterator { shard: self.number, position, issued_ms }
    }

    pub(super) fn closed(&self) -> Option<Closed> {
        self.closed.get().copied()
    }

    /// Whether it has been open for as long as a shard may be.
    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.opened_ms) >= SHARD_MS_MAX
    }

    /// Whether it was closed before `horizon_ms`, so that all of its records are older.
    pub(super) fn is_past(&self, horizon_ms: u64) -> bool {
        self.closed().is_some_and(|closed| closed.at_ms < horizon_ms)
    }

    /// The time that a record made now is given.
    pub(super) fn stamp(&self, now_ms: u64) -> u64 {
        self.last_ms.fetch_max(now_ms, Ordering::Relaxed).max(now_ms)
    }

    /// Notes that records up to `last` are being deleted.
    pub(super) fn trim(&self, last: SequenceNumber) {
        self.trimmed.fetch_max(last.0, Ordering::Relaxed);
    }

    /// Whether a record of this number or a greater one has been deleted.
    pub(super) fn is_trimmed(&self, from: SequenceNumber) -> bool {
        self.trimmed.load(Ordering::Relaxed) >= from.0
    }

    /// A number that all records that are left are behind of.
    pub(super) fn floor(&self) -> SequenceNumber {
        self.start.max(SequenceNumber(self.trimmed.load(Ordering::Relaxed)))
    }

    fn close(&self, sequence: &Sequence, now_ms: u64) {
        let at_ms = self.stamp(now_ms);
        self.closed.get_or_init(|| Closed { end: sequence.take(), at_ms });
    }
}

/// The shards of one stream.
#[derive(Debug)]
pub(super) struct Shards {
    stream: [u8; 16],
    /// In the order in which they were opened, which is that of their numbers and of their ids.
    all: Vec<Arc<Shard>>,
    /// Those that take records, by their first hash; no two of them overlap.
    open: Vec<Arc<Shard>>,
    opened: u64,
    last_id_ms: u64,
}

impl Shards {
    /// No shards, of the stream with this identifier.
    pub(super) fn of(stream: [u8; 16]) -> Self {
        Self { stream, all: Vec::new(), open: Vec::new(), opened: 0, last_id_ms: 0 }
    }

    pub(super) fn all(&self) -> &[Arc<Shard>] {
        &self.all
    }

    pub(super) fn open(&self) -> &[Arc<Shard>] {
        &self.open
    }

    pub(super) fn by_number(&self, number: u64) -> Option<&Arc<Shard>> {
        let index = self.all.binary_search_by_key(&number, |shard| shard.number).ok()?;
        self.all.get(index)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Shard>> {
        let index = self.all.binary_search_by(|shard| shard.id.as_str().cmp(id)).ok()?;
        self.all.get(index)
    }

    /// The shard that takes the records of a partition, if that has been met.
    pub(super) fn taking(&self, range: HashRange) -> Option<&Arc<Shard>> {
        let index = self.open.binary_search_by_key(&range.start, |shard| shard.range.start).ok()?;
        self.open.get(index).filter(|shard| shard.range == range)
    }

    /// Sees to it that a partition that was seen has a shard. Without its lock it may have been split meanwhile; then
    /// its parts have been met already, or will be.
    pub(super) fn meet(&mut self, range: HashRange, sequence: &Sequence, now_ms: u64) {
        let is_part = |shard: &Arc<Shard>| shard.range != range && range.contains(&shard.range);
        if self.taking(range).is_none() && !self.all.iter().any(is_part) {
            self.begin(range, sequence, now_ms);
        }
    }

    /// The shard that takes a record of a partition now: a new one where there is none or where it is too old. The
    /// caller holds the partition's lock.
    pub(super) fn current(&mut self, range: HashRange, sequence: &Sequence, now_ms: u64) -> Arc<Shard> {
        match self.taking(range) {
            Some(shard) if !shard.is_due(now_ms) => Arc::clone(shard),
            _ => self.begin(range, sequence, now_ms),
        }
    }

    /// Opens a shard for a partition, as the child of the last one that had all its hashes, which is closed.
    fn begin(&mut self, range: HashRange, sequence: &Sequence, now_ms: u64) -> Arc<Shard> {
        let parent = self.all.iter().rev().find(|shard| shard.range.contains(&range)).cloned();
        if let Some(parent) = &parent {
            parent.close(sequence, now_ms);
            self.open.retain(|shard| shard.number != parent.number);
        }
        self.opened += 1;
        let shard = Arc::new(Shard {
            number: self.opened,
            id: self.next_id(now_ms),
            parent: parent.map(|parent| parent.id.clone()),
            range,
            opened_ms: now_ms,
            start: sequence.take(),
            closed: OnceLock::new(),
            last_ms: AtomicU64::new(0),
            trimmed: AtomicU64::new(0),
        });
        self.all.push(Arc::clone(&shard));
        let place = self.open.partition_point(|open| open.range.start < range.start);
        self.open.insert(place, Arc::clone(&shard));
        shard
    }

    /// `shardId-<milliseconds>-<8 hex digits>`, greater than all before.
    fn next_id(&mut self, now_ms: u64) -> String {
        self.last_id_ms = now_ms.max(self.last_id_ms + 1);
        let word = digest(&[&self.stream, &self.opened.to_be_bytes()]);
        format!("shardId-{:020}-{:08x}", self.last_id_ms, u128::from_be_bytes(word) >> 96)
    }

    /// Closes all shards.
    pub(super) fn close(&mut self, sequence: &Sequence, now_ms: u64) {
        self.open.drain(..).for_each(|shard| shard.close(sequence, now_ms));
    }

    /// Forgets the shards that were closed before `horizon_ms`.
    pub(super) fn forget(&mut self, horizon_ms: u64) {
        self.all.retain(|shard| !shard.is_past(horizon_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: HashRange = HashRange { start: 0, end: 99 };

    fn part(start: u64, end: u64) -> HashRange {
        HashRange { start, end }
    }

    fn shards() -> (Shards, Sequence) {
        (Shards::of([7; 16]), Sequence::behind(0, 1))
    }

    fn parents(shards: &Shards) -> Vec<(HashRange, Option<HashRange>)> {
        let range = |id: &String| shards.by_id(id).unwrap().range;
        shards.all().iter().map(|shard| (shard.range, shard.parent.as_ref().map(range))).collect()
    }

    #[test]
    fn parts_of_a_partition_descend_from_the_last_shard_that_had_all_their_hashes() {
        let (mut shards, sequence) = shards();
        shards.meet(WHOLE, &sequence, 1);
        // The upper half was split once more before anyone looked.
        let upper = shards.current(part(75, 99), &sequence, 1);
        assert!(shards.by_number(1).unwrap().closed().is_some(), "a partition that was split takes nothing any more");
        assert!(shards.by_number(1).unwrap().closed().unwrap().end < upper.start);
        for range in [part(0, 49), part(50, 74), part(75, 99)] {
            shards.meet(range, &sequence, 1);
        }
        let whole = Some(WHOLE);
        assert_eq!(
            parents(&shards),
            [(WHOLE, None), (part(75, 99), whole), (part(0, 49), whole), (part(50, 74), whole)]
        );
        assert_eq!(shards.open().iter().map(|shard| shard.range.start).collect::<Vec<_>>(), [0, 50, 75]);
    }

    #[test]
    fn a_partition_seen_before_it_was_split_is_not_met_again() {
        let (mut shards, sequence) = shards();
        shards.meet(WHOLE, &sequence, 1);
        shards.current(part(0, 49), &sequence, 1);
        shards.meet(WHOLE, &sequence, 1);
        assert_eq!(parents(&shards), [(WHOLE, None), (part(0, 49), Some(WHOLE))]);
    }

    #[test]
    fn an_old_shard_gives_way_to_a_child_of_the_same_hashes() {
        let (mut shards, sequence) = shards();
        let first = shards.current(WHOLE, &sequence, 1_000);
        assert_eq!(shards.current(WHOLE, &sequence, 1_000 + SHARD_MS_MAX - 1).number, first.number);
        let second = shards.current(WHOLE, &sequence, 1_000 + SHARD_MS_MAX);
        assert_eq!((second.parent.as_deref(), second.range), (Some(&*first.id), WHOLE));
        assert_eq!(shards.open().iter().map(|shard| shard.number).collect::<Vec<_>>(), [second.number]);
    }

    #[test]
    fn ids_ascend_where_the_clock_stands_still_or_goes_back() {
        let (mut shards, sequence) = shards();
        for (number, now_ms) in [5, 5, 3, 9].into_iter().enumerate() {
            shards.current(part(number as u64, number as u64), &sequence, now_ms);
        }
        let ids: Vec<&str> = shards.all().iter().map(|shard| &*shard.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(ids[0].starts_with("shardId-00000000000000000005-"));
        assert!(ids.iter().all(|id| id.len() == 37 && shards.by_id(id).is_some()));
    }

    #[test]
    fn times_of_records_do_not_go_back() {
        let (mut shards, sequence) = shards();
        let shard = shards.current(WHOLE, &sequence, 1);
        assert_eq!([5, 4, 6].map(|now_ms| shard.stamp(now_ms)), [5, 5, 6]);
    }
}
