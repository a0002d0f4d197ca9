//! Splits under writers: shards and their children, and consumers that follow them while writes go on.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::ops::get_shard_iterator::ShardIteratorType::*;
use crate::stream::Position;
use crate::value::ItemRef;
use statordb_store::{Direction, KeyRange};
use std::ops::ControlFlow;

const WRITERS: u64 = 4;
const WRITES: u64 = 2_000;
const ITEMS: u64 = 150;

/// Writes to `ITEMS` items, each writer to all of them: values that ascend per item and writer, and deletes.
fn write_many(world: &World, stream: &Stream, writer: u64) {
    let mut dice = writer * 7_919 + 1;
    for number in 0..WRITES {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let id = format!("item {}", (dice >> 33) % ITEMS);
        let value = format!("{writer}:{number:06}:{}", "x".repeat((dice >> 60) as usize * 8));
        world.write(stream, &id, (dice >> 40 & 7 != 0).then_some(&*value));
    }
}

/// What the table holds.
fn table(world: &World) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let visit = &mut |_: &[u8], bytes: &statordb_store::Bytes| {
        let item = ItemRef::parse(bytes).unwrap();
        let text = |name| item.get(name).unwrap().as_str().unwrap().to_owned();
        found.insert(text("id"), text("value"));
        ControlFlow::Continue(())
    };
    world.engine.store.range(world.base, KeyRange::ALL, Direction::Forward, visit).unwrap();
    found
}

/// A consumer as libraries write them: every shard from an iterator on, children once their parent is read to its end.
struct Consumer<'w> {
    world: &'w World,
    stream: &'w Stream,
    /// Iterators of the shards that are being read.
    reading: HashMap<String, String>,
    /// Shards that are known, and those read to their end.
    known: HashSet<String>,
    ended: HashSet<String>,
    records: Vec<StreamRecord>,
}

impl<'w> Consumer<'w> {
    fn new(world: &'w World, stream: &'w Stream) -> Self {
        let (reading, known, ended) = Default::default();
        Self { world, stream, reading, known, ended, records: Vec::new() }
    }

    /// Leaves what is there now, and reads what comes.
    fn begin_with_latest(&mut self) {
        for shard in self.world.shards(self.stream) {
            let iterator = self.world.iterator(self.stream, &shard.id, Latest).unwrap();
            self.reading.insert(shard.id.clone(), iterator);
            self.known.insert(shard.id);
        }
    }

    /// Takes up new shards, and reads a page of each.
    fn step(&mut self) {
        for shard in self.world.shards(self.stream) {
            let is_next = shard.parent.as_ref().is_none_or(|parent| self.ended.contains(parent));
            if is_next && self.known.insert(shard.id.clone()) {
                let iterator = self.world.iterator(self.stream, &shard.id, TrimHorizon).unwrap();
                self.reading.insert(shard.id, iterator);
            }
        }
        for (shard, iterator) in std::mem::take(&mut self.reading) {
            let page = self.world.get(&iterator, Some(50)).unwrap();
            self.records.extend(page.records);
            match page.next {
                Some(next) => _ = self.reading.insert(shard, next),
                None => _ = self.ended.insert(shard),
            }
        }
    }

    /// Reads until the stream, which nobody writes to any more, gives nothing more.
    fn finish(mut self) -> Vec<StreamRecord> {
        loop {
            let (records, ended) = (self.records.len(), self.ended.len());
            self.step();
            if (self.records.len(), self.ended.len()) == (records, ended)
                && self.reading.len() + ended >= self.known.len()
            {
                return self.records;
            }
        }
    }
}

/// Every record once, and those of an item in the order of their numbers.
fn assert_in_order(records: &[StreamRecord]) {
    let numbers: BTreeSet<_> = records.iter().map(StreamRecord::sequence_number).collect();
    assert_eq!(numbers.len(), records.len(), "a record was read twice");
    let mut last: HashMap<String, StreamRecord> = HashMap::new();
    for record in records {
        if let Some(before) = last.insert(id_of(record), record.clone()) {
            assert!(before.sequence_number() < record.sequence_number());
            assert_eq!(before.new_image(), record.old_image(), "a record between these two is missing");
        }
    }
}

#[test]
fn a_stream_rebuilds_its_table_through_all_splits() {
    let world = World::new(1_500);
    let stream = world.enable(StreamView::NewAndOldImages);
    let (world, stream) = (&world, &*stream);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || write_many(world, stream, writer));
        }
    });
    let shards = world.shards(stream);
    assert!(shards.len() > 20, "{} shards", shards.len());
    let by_id: HashMap<_, _> = shards.iter().map(|shard| (&shard.id, shard)).collect();
    for shard in &shards {
        let Some(parent) = shard.parent.as_ref().map(|parent| by_id[parent]) else { continue };
        assert!(parent.end.unwrap() < shard.start && parent.id < shard.id);
    }
    assert_eq!(shards.iter().filter(|shard| shard.parent.is_none()).count(), 1);
    for shard in &shards {
        let records = world.read_shard(stream, &shard.id);
        let inside = |record: &StreamRecord| {
            let number = record.sequence_number();
            shard.start < number && shard.end.is_none_or(|end| number < end)
        };
        assert!(records.iter().all(inside));
        assert!(records.is_sorted_by(|a, b| a.sequence_number() < b.sequence_number()));
    }
    let records = Consumer::new(world, stream).finish();
    assert_in_order(&records);
    assert_eq!(replay(&records), table(world));
    let ids: HashSet<_> = records.iter().map(StreamRecord::event_id).collect();
    assert_eq!(ids.len(), records.len());
}

#[test]
fn a_consumer_that_reads_while_writes_go_on_misses_nothing() {
    let world = World::new(1_500);
    let stream = world.enable(StreamView::NewAndOldImages);
    let (world, stream) = (&world, &*stream);
    let records = thread::scope(|scope| {
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || write_many(world, stream, writer))).collect();
        let mut consumer = Consumer::new(world, stream);
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            consumer.step();
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        consumer.finish()
    });
    assert_in_order(&records);
    assert_eq!(replay(&records), table(world));
    assert_eq!(records.len(), Consumer::new(world, stream).finish().len());
}

#[test]
fn a_consumer_that_begins_with_latest_sees_every_write_from_then_on() {
    let world = World::new(1_500);
    let stream = world.enable(StreamView::NewAndOldImages);
    let (world, stream) = (&world, &*stream);
    let begun = AtomicBool::new(false);
    let (before, records) = thread::scope(|scope| {
        let begun = &begun;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn(move || {
                    write_many(world, stream, writer);
                    while !begun.load(Ordering::SeqCst) {
                        write_many(world, stream, writer);
                    }
                    (0..50).for_each(|number| {
                        world.write(stream, &format!("after {writer} {number}"), Some("seen"));
                    });
                })
            })
            .collect();
        let mut consumer = Consumer::new(world, stream);
        thread::yield_now();
        consumer.begin_with_latest();
        begun.store(true, Ordering::SeqCst);
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            consumer.step();
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        (consumer.records.len(), consumer.finish())
    });
    assert!(records.len() >= before);
    assert_in_order(&records);
    let after = records.iter().filter(|record| id_of(record).starts_with("after ")).count() as u64;
    assert_eq!(after, WRITERS * 50);
}

#[test]
fn a_stream_that_is_disabled_under_writers_ends_where_its_readers_saw_it_end() {
    let world = World::new(1_500);
    let stream = world.enable(StreamView::NewAndOldImages);
    let (world, stream) = (&world, &stream);
    let records = thread::scope(|scope| {
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || write_many(world, stream, writer))).collect();
        let mut consumer = Consumer::new(world, stream);
        (0..20).for_each(|_| consumer.step());
        world.disable(stream);
        let records = consumer.finish();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        records
    });
    assert_in_order(&records);
    assert_eq!(records.len(), world.read_all(stream).len(), "a record came into a shard that had been read to its end");
}

#[test]
fn shards_roll_under_writers_without_losing_a_record() {
    let world = World::new(3_000);
    let stream = world.enable(StreamView::NewAndOldImages);
    let (world, stream) = (&world, &*stream);
    let records = thread::scope(|scope| {
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || write_many(world, stream, writer))).collect();
        let mut consumer = Consumer::new(world, stream);
        for _ in 0..4 {
            (0..10).for_each(|_| consumer.step());
            // Every iterator is replaced before it is too old.
            (0..20).for_each(|_| {
                world.pass(12 * MINUTE);
                consumer.step();
            });
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        consumer.finish()
    });
    assert_in_order(&records);
    assert_eq!(replay(&records), table(world));
}

/// A shard that is closed has all its records: closing it, or ending the stream, waits for a write that has its number
/// and is not committed yet.
#[test]
fn closing_waits_for_a_write_that_has_its_number() {
    for ends in [false, true] {
        let world = World::new(1 << 40);
        let stream = world.enable(StreamView::KeysOnly);
        let (world, stream) = (&world, &stream);
        let range = world.engine.store.partitions(world.base).unwrap()[0];
        let first = world.open_shard(stream);
        let later = START + 4 * HOUR;
        let (captured, has_captured) = mpsc::channel();
        let ended = &AtomicBool::new(false);
        let seen = thread::scope(|scope| {
            scope.spawn(move || {
                let key = world.schema.encode_key(item("a", None).view()).unwrap();
                let new = item("a", Some("1"));
                let body = &mut |txn: &mut dyn Txn| {
                    let change = Change { key: &key, old: None, new: Some(&new), by_ttl: false, now_ms: START };
                    assert_eq!(stream.capture(txn, &change).unwrap(), Captured::Done);
                    captured.send(()).unwrap();
                    thread::sleep(Duration::from_millis(100));
                    ended.store(true, Ordering::SeqCst);
                    Verdict::Commit
                };
                world.engine.store.transact(&[(world.base, &key)], Durability::Full, body).unwrap();
            });
            has_captured.recv().unwrap();
            if ends {
                world.disable_at(stream, later);
            } else {
                stream.open_shards(&*world.engine.store, &[range.start], later).unwrap();
            }
            let shard = stream.shard(&first, later).unwrap();
            assert!(shard.end().is_some() && ended.load(Ordering::SeqCst));
            stream.page(&*world.engine.store, &shard, Position::Horizon, 10, START).unwrap()
        });
        assert_eq!((seen.records.len(), seen.next), (1, None));
    }
}

/// Between the plan and its showing a writer whose clock is behind may come: it finds no shard, and not the old one.
#[test]
fn a_shard_that_is_to_end_takes_nothing_from_the_plan_on() {
    let world = World::new(1 << 40);
    let stream = world.enable(StreamView::KeysOnly);
    let key = world.schema.encode_key(item("a", None).view()).unwrap();
    let new = item("a", Some("1"));
    let (mut plan, mut captured) = (None, Vec::new());
    let keys = [(world.base, key.as_slice()), (stream.facts.tree, &[0; 8][..])];
    let body = &mut |txn: &mut dyn Txn| {
        let change = Change { key: &key, old: None, new: Some(&new), by_ttl: false, now_ms: START };
        captured.push(stream.capture(txn, &change).unwrap());
        let planned = stream.plan(&[[0; 8]], START + 4 * HOUR, txn).unwrap();
        captured.push(stream.capture(txn, &change).unwrap());
        planned.set_closing(false);
        captured.push(stream.capture(txn, &change).unwrap());
        plan = Some(planned);
        Verdict::Abort
    };
    world.engine.store.transact(&keys, Durability::Full, body).unwrap();
    assert_eq!(captured, [Captured::Done, Captured::NoShard(0), Captured::Done]);
    let plan = plan.unwrap();
    assert_eq!((plan.closed.len(), plan.opened.len()), (1, 1));
}

#[test]
fn the_children_of_a_shard_can_be_asked_for() {
    let world = World::new(1_500);
    let stream = world.enable(StreamView::KeysOnly);
    write_many(&world, &stream, 1);
    let shards = world.shards(&stream);
    for shard in &shards {
        let expected: Vec<_> =
            shards.iter().filter(|other| other.parent.as_ref() == Some(&shard.id)).cloned().collect();
        let request = DescribeStream {
            arn: Cow::Owned(stream.arn("eu-west-2")),
            children_of: Some(Cow::Borrowed(&shard.id)),
            ..request_rest()
        };
        assert_eq!(world.engine.describe_stream(&CALLER, &request).unwrap().shards, expected);
    }
    assert!(shards.iter().any(|shard| shard.parent.is_some()));
}
