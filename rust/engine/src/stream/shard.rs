//! Shards: stretches of a stream, each of one partition and at most four hours, and who descends from whom.
//!
//! A shard is opened when its partition is first met, by a write or by somebody who looks. It is closed when its
//! partition is seen split, when it is four hours old, or with the stream; its records stay until they are a day old.
//! Which shards are opened and closed is planned by one who holds the locks of their partitions, recorded, and then shown.
//! Nothing is written to a closed shard: from the plan on it takes nothing, and what was written before it is committed,
//! since the planner has the partition's lock or has seen it split, after which the store lets nobody write to the whole.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use statordb_store::HashRange;

use super::digest;
use super::iterator::{Position, ShardIterator};
use super::sequence::{Sequence, SequenceNumber};
use crate::limits::SHARD_MS_MAX;

/// Where and when a shard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    /// No record of the shard has a greater number.
    pub(super) end: SequenceNumber,
    pub(super) at_ms: u64,
}

/// What a shard is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Its place among the shards of its stream.
    pub(super) number: u64,
    pub(super) ms: u64,
    /// `shardId-<milliseconds>-<8 hex digits>`
    pub(super) id: String,
}

impl Name {
    pub(super) fn new(stream: &[u8; 16], number: u64, ms: u64) -> Self {
        let word = digest(&[stream, &number.to_be_bytes()]);
        Self { number, ms, id: format!("shardId-{ms:020}-{:08x}", u128::from_be_bytes(word) >> 96) }
    }
}

/// A shard.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(super) name: Name,
    pub(super) parent: Option<Name>,
    pub(super) range: HashRange,
    pub(super) opened_ms: u64,
    /// All records of the shard have greater numbers.
    pub(super) start: SequenceNumber,
    closed: OnceLock<Closed>,
    /// Set while it is being closed.
    closing: AtomicBool,
    /// The time of the last record: times do not go back within a shard, nor from a parent to its child, whatever the
    /// clock does.
    last_ms: AtomicU64,
    /// Records up to this number have been deleted.
    trimmed: AtomicU64,
    /// The last number that was taken for a record since the store was opened.
    taken: AtomicU64,
}

/// What is recorded of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShardParts {
    pub(super) name: Name,
    pub(super) parent: Option<Name>,
    pub(super) range: HashRange,
    pub(super) opened_ms: u64,
    pub(super) start: SequenceNumber,
    pub(super) closed: Option<Closed>,
    pub(super) trimmed: SequenceNumber,
}

impl Shard {
    /// A shard whose last record is of `last_ms` or earlier.
    pub(super) fn new(parts: ShardParts, last_ms: u64) -> Self {
        let ShardParts { name, parent, range, opened_ms, start, closed, trimmed } = parts;
        let closed = closed.map_or_else(OnceLock::new, OnceLock::from);
        let (closing, last_ms, trimmed) = (AtomicBool::new(false), AtomicU64::new(last_ms), AtomicU64::new(trimmed.0));
        let taken = AtomicU64::new(0);
        Self { name, parent, range, opened_ms, start, closed, closing, last_ms, trimmed, taken }
    }

    /// What is recorded of it when it is closed as said.
    pub(super) fn parts(&self, closed: Option<Closed>) -> ShardParts {
        ShardParts {
            name: self.name.clone(),
            parent: self.parent.clone(),
            range: self.range,
            opened_ms: self.opened_ms,
            start: self.start,
            closed,
            trimmed: SequenceNumber(self.trimmed.load(Ordering::Relaxed)),
        }
    }

    /// `ShardId`.
    pub(crate) fn id(&self) -> &str {
        &self.name.id
    }

    /// `ParentShardId`.
    pub(crate) fn parent(&self) -> Option<&str> {
        self.parent.as_ref().map(|parent| parent.id.as_str())
    }

    pub(super) fn number(&self) -> u64 {
        self.name.number
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
        ShardIterator { shard: self.number(), position, issued_ms }
    }

    pub(super) fn closed(&self) -> Option<Closed> {
        self.closed.get().copied()
    }

    /// Whether it takes records now: one that has been open for as long as a shard may be does not.
    pub(super) fn takes(&self, now_ms: u64) -> bool {
        !self.closing.load(Ordering::Acquire) && now_ms.saturating_sub(self.opened_ms) < SHARD_MS_MAX
    }

    /// Whether it was closed before `horizon_ms`, so that all of its records are older.
    pub(super) fn is_past(&self, horizon_ms: u64) -> bool {
        self.closed().is_some_and(|closed| closed.at_ms < horizon_ms)
    }

    /// The time that a record made now is given.
    pub(super) fn stamp(&self, now_ms: u64) -> u64 {
        self.last_ms.fetch_max(now_ms, Ordering::Relaxed).max(now_ms)
    }

    /// Notes that a number was taken for a record, under the lock of the partition.
    pub(super) fn note_taken(&self, sequence: SequenceNumber) {
        self.taken.store(sequence.0, Ordering::Relaxed);
    }

    /// The last number that was noted so.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
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

    /// Where it would end now.
    fn closed_now(&self, sequence: &Sequence, now_ms: u64) -> Closed {
        Closed { at_ms: self.stamp(now_ms), end: sequence.take() }
    }
}

/// Shards that are to be closed and opened.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) closed: Vec<(Arc<Shard>, Closed)>,
    pub(super) opened: Vec<Arc<Shard>>,
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.closed.is_empty() && self.opened.is_empty()
    }

    /// From now on the shards that it closes take nothing; or they do again, when nothing comes of it.
    pub(super) fn set_closing(&self, closing: bool) {
        self.closed.iter().for_each(|(shard, _)| shard.closing.store(closing, Ordering::Release));
    }

    /// What is recorded of all shards that it changes.
    pub(super) fn parts(&self) -> impl Iterator<Item = ShardParts> {
        let closed = self.closed.iter().map(|(shard, closed)| shard.parts(Some(*closed)));
        closed.chain(self.opened.iter().map(|shard| shard.parts(None)))
    }

    fn closes(&self, shard: &Shard) -> Option<Closed> {
        let planned = self.closed.iter().find(|(other, _)| other.number() == shard.number());
        planned.map(|(_, closed)| *closed).or(shard.closed())
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
    /// The number and the milliseconds in the id of the last one that was opened.
    last: (u64, u64),
}

impl Shards {
    /// The shards of the stream with this identifier.
    pub(super) fn of(stream: [u8; 16], shards: impl IntoIterator<Item = Shard>) -> Self {
        let mut all: Vec<Arc<Shard>> = shards.into_iter().map(Arc::new).collect();
        all.sort_by_key(|shard| shard.number());
        let mut open: Vec<_> = all.iter().filter(|shard| shard.closed().is_none()).cloned().collect();
        open.sort_by_key(|shard| shard.range.start);
        let last = all.last().map_or((0, 0), |last| (last.number(), last.name.ms));
        Self { stream, all, open, last }
    }

    pub(super) fn all(&self) -> &[Arc<Shard>] {
        &self.all
    }

    pub(super) fn by_number(&self, number: u64) -> Option<&Arc<Shard>> {
        let index = self.all.binary_search_by_key(&number, |shard| shard.number()).ok()?;
        self.all.get(index)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Shard>> {
        let index = self.all.binary_search_by(|shard| shard.id().cmp(id)).ok()?;
        self.all.get(index)
    }

    /// The shard that takes the records of a partition now, if there is one.
    pub(super) fn taking(&self, range: HashRange, now_ms: u64) -> Option<&Arc<Shard>> {
        let index = self.open.binary_search_by_key(&range.start, |shard| shard.range.start).ok()?;
        self.open.get(index).filter(|shard| shard.range == range && shard.takes(now_ms))
    }

    /// What has to be done so that each of these partitions has a shard that takes records. The caller holds their locks,
    /// or nobody writes to any of them.
    pub(super) fn plan(&self, ranges: &[HashRange], sequence: &Sequence, now_ms: u64) -> Plan {
        let mut plan = Plan::default();
        for range in ranges {
            if self.taking(*range, now_ms).is_none() && plan.opened.iter().all(|shard| shard.range != *range) {
                self.plan_one(*range, sequence, now_ms, &mut plan);
            }
        }
        plan
    }

    /// A new shard for a partition, as the child of the last one that had all its hashes, which is closed.
    fn plan_one(&self, range: HashRange, sequence: &Sequence, now_ms: u64, plan: &mut Plan) {
        let parent = self.all.iter().rev().find(|shard| shard.range.contains(&range));
        let ended = parent.map(|parent| {
            plan.closes(parent).unwrap_or_else(|| {
                let closed = parent.closed_now(sequence, now_ms);
                plan.closed.push((Arc::clone(parent), closed));
                closed
            })
        });
        let (number, ms) = plan.opened.last().map_or(self.last, |last| (last.number(), last.name.ms));
        let parts = ShardParts {
            name: Name::new(&self.stream, number + 1, now_ms.max(ms + 1)),
            parent: parent.map(|parent| parent.name.clone()),
            range,
            opened_ms: now_ms,
            start: sequence.take(),
            closed: None,
            trimmed: SequenceNumber(0),
        };
        plan.opened.push(Arc::new(Shard::new(parts, ended.map_or(0, |ended| ended.at_ms))));
    }

    /// What has to be done so that no shard takes anything.
    pub(super) fn plan_end(&self, sequence: &Sequence, now_ms: u64) -> Plan {
        let close = |shard: &Arc<Shard>| (Arc::clone(shard), shard.closed_now(sequence, now_ms));
        Plan { closed: self.open.iter().map(close).collect(), opened: Vec::new() }
    }

    /// Does what was planned and recorded.
    pub(super) fn carry_out(&mut self, plan: Plan) {
        for (shard, closed) in plan.closed {
            shard.closed.get_or_init(|| closed);
            self.open.retain(|open| open.number() != shard.number());
        }
        for shard in plan.opened {
            self.last = (shard.number(), shard.name.ms);
            let place = self.open.partition_point(|open| open.range.start < shard.range.start);
            self.open.insert(place, Arc::clone(&shard));
            self.all.push(shard);
        }
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
        (Shards::of([7; 16], []), Sequence::behind(0, 1))
    }

    fn open(shards: &mut Shards, sequence: &Sequence, ranges: &[HashRange], now_ms: u64) {
        let plan = shards.plan(ranges, sequence, now_ms);
        shards.carry_out(plan);
    }

    fn parents(shards: &Shards) -> Vec<(HashRange, Option<HashRange>)> {
        let range = |parent: &Name| shards.by_id(&parent.id).unwrap().range;
        shards.all().iter().map(|shard| (shard.range, shard.parent.as_ref().map(range))).collect()
    }

    fn open_starts(shards: &Shards) -> Vec<u64> {
        shards.open.iter().map(|shard| shard.range.start).collect()
    }

    #[test]
    fn parts_of_a_partition_descend_from_the_last_shard_that_had_all_their_hashes() {
        let (mut shards, sequence) = shards();
        open(&mut shards, &sequence, &[WHOLE], 1);
        // The upper half was split once more before anyone looked.
        open(&mut shards, &sequence, &[part(75, 99)], 1);
        let closed = shards.by_number(1).unwrap().closed().expect("a partition that was split takes nothing any more");
        assert!(closed.end < shards.by_number(2).unwrap().start);
        open(&mut shards, &sequence, &[part(0, 49), part(50, 74), part(75, 99), part(0, 49)], 1);
        let whole = Some(WHOLE);
        assert_eq!(
            parents(&shards),
            [(WHOLE, None), (part(75, 99), whole), (part(0, 49), whole), (part(50, 74), whole)]
        );
        assert_eq!(open_starts(&shards), [0, 50, 75]);
        assert_eq!(shards.by_number(1).unwrap().closed(), Some(closed), "it is closed once");
    }

    #[test]
    fn an_old_shard_gives_way_to_a_child_of_the_same_hashes() {
        let (mut shards, sequence) = shards();
        open(&mut shards, &sequence, &[WHOLE], 1_000);
        assert!(shards.plan(&[WHOLE], &sequence, 1_000 + SHARD_MS_MAX - 1).is_empty());
        open(&mut shards, &sequence, &[WHOLE], 1_000 + SHARD_MS_MAX);
        assert_eq!(parents(&shards), [(WHOLE, None), (WHOLE, Some(WHOLE))]);
        assert_eq!(shards.open.iter().map(|shard| shard.number()).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_shard_that_is_being_closed_takes_nothing_unless_nothing_comes_of_it() {
        let (mut shards, sequence) = shards();
        open(&mut shards, &sequence, &[WHOLE], 1);
        let plan = shards.plan(&[part(0, 49)], &sequence, 1);
        plan.set_closing(true);
        assert!(shards.taking(WHOLE, 1).is_none());
        plan.set_closing(false);
        assert!(shards.taking(WHOLE, 1).is_some());
        let last = sequence.last();
        plan.set_closing(true);
        let again = shards.plan(&[part(0, 49)], &sequence, 1);
        assert_eq!(again.opened[0].name, plan.opened[0].name, "what was never shown is planned again");
        assert!(again.closed[0].1.end > last);
    }

    #[test]
    fn ids_ascend_where_the_clock_stands_still_or_goes_back() {
        let (mut shards, sequence) = shards();
        open(&mut shards, &sequence, &[part(0, 0), part(1, 1)], 5);
        open(&mut shards, &sequence, &[part(2, 2)], 3);
        open(&mut shards, &sequence, &[part(3, 3)], 9);
        let ids: Vec<&str> = shards.all().iter().map(|shard| shard.id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(ids[0].starts_with("shardId-00000000000000000005-"));
        assert!(ids.iter().all(|id| id.len() == 37 && shards.by_id(id).is_some()));
    }

    #[test]
    fn times_of_records_do_not_go_back_within_a_shard_or_to_its_child() {
        let (mut shards, sequence) = shards();
        open(&mut shards, &sequence, &[WHOLE], 1);
        let shard = Arc::clone(shards.by_number(1).unwrap());
        assert_eq!([5, 4, 6].map(|now_ms| shard.stamp(now_ms)), [5, 5, 6]);
        open(&mut shards, &sequence, &[part(0, 49)], 3);
        let child = shards.by_number(2).unwrap();
        assert_eq!((shard.closed().unwrap().at_ms, child.stamp(2)), (6, 6));
    }

    #[test]
    fn shards_are_the_same_when_they_are_put_together_again() {
        let (mut shards, sequence) = shards();
        open(&mut shards, &sequence, &[part(0, 49), part(50, 99)], 7);
        open(&mut shards, &sequence, &[part(50, 74), part(75, 99)], 7);
        let parts = |shards: &Shards| -> Vec<ShardParts> {
            shards.all().iter().map(|shard| shard.parts(shard.closed())).collect()
        };
        let again = Shards::of([7; 16], parts(&shards).into_iter().rev().map(|parts| Shard::new(parts, 0)));
        assert_eq!(parts(&again), parts(&shards));
        assert_eq!((open_starts(&again), again.last), (open_starts(&shards), shards.last));
    }
}
