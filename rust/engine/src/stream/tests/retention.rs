//! What time does to a stream: shards roll, records are trimmed, streams end and are forgotten.

use super::*;
use crate::error::ErrorKind;
use crate::ops::get_shard_iterator::ShardIteratorType::*;
use crate::ops::list_streams::ListStreams;
use crate::stream::StreamStatus;

const HUGE: u64 = 1 << 40;

fn labels(world: &World, table: Option<&'static str>) -> Vec<String> {
    let request = ListStreams { table: table.map(Cow::Borrowed), ..ListStreams::default() };
    world.engine.list_streams(&CALLER, &request).unwrap().streams.into_iter().map(|listed| listed.label).collect()
}

fn is_trimmed<T: std::fmt::Debug>(result: Result<T>) -> bool {
    let error = result.unwrap_err();
    assert_eq!(error.message(), "The operation attempted to read past the oldest stream record in a shard.");
    error.kind() == ErrorKind::TrimmedDataAccess
}

#[test]
fn a_shard_gives_way_to_a_child_after_four_hours() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    world.write(&stream, "a", Some("1"));
    world.pass(4 * HOUR - 1);
    world.write(&stream, "a", Some("2"));
    assert_eq!(world.shards(&stream).len(), 1);
    world.pass(1);
    world.write(&stream, "a", Some("3"));
    world.pass(4 * HOUR);
    let shards = world.shards(&stream);
    assert_eq!(shards.len(), 3, "a write opened the second one, and who looked the third");
    assert!(shards.windows(2).all(|pair| pair[1].parent.as_ref() == Some(&pair[0].id)));
    assert!(shards.windows(2).all(|pair| pair[0].end.unwrap() < pair[1].start));
    assert_eq!(shards.iter().map(|shard| shard.end.is_some()).collect::<Vec<_>>(), [true, true, false]);
    let counts: Vec<_> = shards.iter().map(|shard| world.read_shard(&stream, &shard.id).len()).collect();
    assert_eq!(counts, [2, 1, 0]);
    let iterator = world.iterator(&stream, &shards[0].id, TrimHorizon).unwrap();
    assert_eq!(world.get(&iterator, Some(2)).unwrap().next, None, "a closed shard that is read to its end has no next");
    let first = world.get(&iterator, Some(1)).unwrap();
    assert!(first.next.is_some());
    let latest = world.iterator(&stream, &shards[0].id, Latest).unwrap();
    let latest = world.get(&latest, None).unwrap();
    assert_eq!((latest.records.len(), latest.next), (0, None));
}

#[test]
fn records_of_a_day_ago_are_gone_before_and_after_they_are_deleted() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    for value in ["1", "2"] {
        world.write(&stream, "a", Some(value));
    }
    let old = world.read_all(&stream);
    let numbers: Vec<_> = old.iter().map(|record| record.sequence_number().to_string()).collect();
    let first = world.shards(&stream)[0].id.clone();
    world.pass(HOUR);
    world.write(&stream, "a", Some("3"));
    world.pass(23 * HOUR);
    assert_eq!(world.read_shard(&stream, &first).len(), 3, "24 hours old is not too old");
    let at_the_first = world.iterator_at(&stream, &first, AtSequenceNumber, Some(&numbers[0]), None).unwrap();
    let from_the_horizon = world.iterator(&stream, &first, TrimHorizon).unwrap();
    world.pass(1);
    let entries = |world: &World| {
        let stats = world.engine.store.stats();
        stats.trees.iter().find(|row| row.tree == stream.facts.tree).map(|row| row.entries)
    };
    for deleted in [false, true] {
        if deleted {
            world.engine.trim_streams().unwrap();
        }
        assert_eq!(entries(&world), Some(if deleted { 1 } else { 3 }));
        assert_eq!(replay(&world.read_all(&stream)), BTreeMap::from([("a".to_owned(), "3".to_owned())]));
        assert!(is_trimmed(world.get(&at_the_first, None)));
        assert_eq!(world.get(&from_the_horizon, None).unwrap().records.len(), 1);
        for number in &numbers {
            for kind in [AtSequenceNumber, AfterSequenceNumber] {
                assert!(is_trimmed(world.iterator_at(&stream, &first, kind, Some(number), None)));
            }
        }
        let earlier = world.iterator_at(&stream, &first, AtTimestamp, None, Some(START)).unwrap();
        assert_eq!(world.get(&earlier, None).unwrap().records.len(), 1);
    }
}

#[test]
fn a_closed_shard_disappears_with_its_last_record() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    world.write(&stream, "a", Some("1"));
    world.pass(4 * HOUR);
    world.write(&stream, "a", Some("2"));
    let shards = world.shards(&stream);
    world.pass(24 * HOUR);
    assert!(world.shards(&stream).iter().any(|shard| shard.id == shards[0].id));
    let from_the_horizon = world.iterator(&stream, &shards[0].id, TrimHorizon).unwrap();
    let number = shards[0].end.unwrap().to_string();
    let at_the_end = world.iterator_at(&stream, &shards[0].id, AtSequenceNumber, Some(&number), None).unwrap();
    world.pass(1);
    for _ in 0..2 {
        let left = world.shards(&stream);
        assert!(left.iter().all(|shard| shard.id != shards[0].id));
        assert_eq!(left[0].parent.as_ref(), Some(&shards[0].id), "a child keeps the name of its parent");
        let error = world.iterator(&stream, &shards[0].id, Latest).unwrap_err();
        assert_eq!(error.message(), "Requested resource not found: Shard does not exist");
        let nothing = world.get(&from_the_horizon, None).unwrap();
        assert_eq!((nothing.records.len(), nothing.next), (0, None));
        assert!(is_trimmed(world.get(&at_the_end, None)));
        world.engine.trim_streams().unwrap();
    }
}

#[test]
fn latest_works_where_everything_was_trimmed() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    world.write(&stream, "a", Some("1"));
    world.write(&stream, "a", Some("2"));
    let shard = world.shards(&stream)[0].id.clone();
    world.pass(24 * HOUR + 1);
    world.engine.trim_streams().unwrap();
    let latest = world.iterator(&stream, &shard, Latest).unwrap();
    let page = world.get(&latest, None).unwrap();
    assert_eq!(page.records.len(), 0);
    let now = world.iterator_at(&stream, &shard, AtTimestamp, None, Some(world.clock.now_ms())).unwrap();
    assert_eq!(world.get(&now, None).unwrap().records.len(), 0);
}

#[test]
fn many_records_are_trimmed_at_once() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::KeysOnly);
    (0..2_500).for_each(|number| world.write(&stream, "a", Some(&number.to_string())));
    world.pass(24 * HOUR + 1);
    world.write(&stream, "a", Some("last"));
    world.engine.trim_streams().unwrap();
    let stats = world.engine.store.stats();
    assert_eq!(stats.trees.iter().find(|row| row.tree == stream.facts.tree).unwrap().entries, 1);
    assert_eq!(world.read_all(&stream).len(), 1);
}

#[test]
fn a_disabled_stream_is_read_for_a_day_and_its_successor_has_another_label() {
    let world = World::new(HUGE);
    let first = world.enable(StreamView::NewImage);
    world.write(&first, "a", Some("1"));
    world.disable(&first);
    world.write(&first, "a", Some("2"));
    let second = world.enable(StreamView::OldImage);
    assert_eq!(first.label(), "2026-11-23T05:46:00.000");
    assert_eq!(second.label(), "2026-11-23T05:46:00.001", "the clock stood still");
    assert_eq!(labels(&world, Some("films")), [first.label(), second.label()]);
    assert_eq!((first.status(), second.status()), (StreamStatus::Disabled, StreamStatus::Enabled));
    assert_eq!(replay(&world.read_all(&first)), BTreeMap::from([("a".to_owned(), "1".to_owned())]));
    let shards = world.shards(&first);
    assert!(shards.iter().all(|shard| shard.end.is_some()));
    let iterator = world.iterator(&first, &shards[0].id, TrimHorizon).unwrap();
    assert_eq!(world.get(&iterator, None).unwrap().next, None);
    world.pass(24 * HOUR);
    assert_eq!(labels(&world, None).len(), 2);
    world.pass(1);
    assert_eq!(labels(&world, None), [second.label()]);
    let trees = world.engine.store.stats().trees.len();
    world.engine.trim_streams().unwrap();
    assert_eq!(world.engine.store.stats().trees.len(), trees - 1);
    let request = DescribeStream { arn: Cow::Owned(first.arn("eu-west-2")), ..request_rest() };
    assert_eq!(world.engine.describe_stream(&CALLER, &request).unwrap_err().kind(), ErrorKind::ResourceNotFound);
    assert!(world.shards(&second).iter().any(|shard| shard.end.is_none()));
}

#[test]
fn a_stream_outlives_its_table() {
    let world = World::new(400);
    let stream = world.enable(StreamView::NewImage);
    (0..50).for_each(|number| world.write(&stream, &number.to_string(), Some("x")));
    world.disable(&stream);
    world.engine.store.drop_tree(world.base).unwrap();
    assert_eq!(replay(&world.read_all(&stream)).len(), 50);
    assert!(world.shards(&stream).len() > 4);
    world.pass(24 * HOUR + 1);
    world.engine.trim_streams().unwrap();
    assert_eq!(world.engine.store.stats().trees.len(), 1, "the catalog is left");
}

#[test]
fn lists_come_in_pages() {
    let world = World::new(HUGE);
    for table in ["b", "a", "c"] {
        world.disable(&world.enable_on(table, world.base, StreamView::KeysOnly));
        world.enable_on(table, world.base, StreamView::KeysOnly);
    }
    let (mut seen, mut start) = (Vec::new(), None);
    loop {
        let request = ListStreams { limit: Some(2), exclusive_start: start.map(Cow::Owned), table: None };
        let page = world.engine.list_streams(&CALLER, &request).unwrap();
        seen.extend(page.streams.into_iter().map(|listed| (listed.table, listed.label)));
        match page.last_evaluated {
            Some(last) => start = Some(last),
            None => break,
        }
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.is_sorted_by(|a, b| a < b));
    assert_eq!(labels(&world, Some("b")).len(), 2);
    assert!(labels(&world, Some("nosuch")).is_empty());
    let request = ListStreams { exclusive_start: Some(Cow::Borrowed("bogus")), ..ListStreams::default() };
    assert_eq!(world.engine.list_streams(&CALLER, &request).unwrap_err().message(), "Invalid StreamArn");
}
