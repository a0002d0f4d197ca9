//! Records and the five ways into a shard.

use super::*;
use crate::error::ErrorKind;
use crate::ops::get_shard_iterator::ShardIteratorType::*;
use crate::stream::EventName;

const HUGE: u64 = 1 << 40;

fn values(records: &[StreamRecord]) -> Vec<String> {
    records.iter().filter_map(value_of).collect()
}

#[test]
fn every_change_of_a_value_has_one_record() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewAndOldImages);
    world.write(&stream, "Fred", Some("1"));
    world.write(&stream, "Fred", Some("1"));
    world.write(&stream, "Fred", Some("2"));
    world.write_by(&stream, "Fred", None, true, Verdict::Commit);
    world.write(&stream, "Fred", None);
    let shard = world.open_shard(&stream);
    let iterator = world.iterator(&stream, &shard, TrimHorizon).unwrap();
    let page = world.get(&iterator, None).unwrap();
    assert_eq!((page.region.as_str(), page.view), ("eu-west-2", StreamView::NewAndOldImages));
    let names: Vec<_> = page.records.iter().map(|record| (record.event_name(), record.is_by_ttl())).collect();
    assert_eq!(names, [(EventName::Insert, false), (EventName::Modify, false), (EventName::Remove, true)]);
    let (one, two) = (item("Fred", Some("1")), item("Fred", Some("2")));
    let images: Vec<_> = page.records.iter().map(|record| (record.old_image(), record.new_image())).collect();
    assert_eq!(images, [(None, Some(one.view())), (Some(one.view()), Some(two.view())), (Some(two.view()), None)]);
    assert!(page.records.iter().all(|record| record.keys() == Some(item("Fred", None).view())));
    assert!(page.records.iter().all(|record| record.created_s() == START / 1000));
    assert!(page.records.is_sorted_by(|a, b| a.sequence_number() < b.sequence_number()));
    let again = world.get(&iterator, None).unwrap();
    let ids = |records: &[StreamRecord]| records.iter().map(StreamRecord::event_id).collect::<Vec<_>>();
    assert_eq!(ids(&again.records), ids(&page.records), "a record that is read twice is the same event");
    assert!(ids(&page.records)[0] != ids(&page.records)[1]);
}

#[test]
fn an_aborted_write_leaves_no_record() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::KeysOnly);
    world.write_by(&stream, "a", Some("1"), false, Verdict::Abort);
    world.pass(5 * HOUR);
    // This one would have opened a new shard.
    world.write_by(&stream, "a", Some("1"), false, Verdict::Abort);
    assert!(world.read_all(&stream).is_empty());
    world.write(&stream, "a", Some("1"));
    assert_eq!(world.read_all(&stream).len(), 1);
}

#[test]
fn latest_begins_behind_what_can_be_read() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let shard = world.open_shard(&stream);
    let from_the_start = world.iterator(&stream, &shard, Latest).unwrap();
    world.write(&stream, "a", Some("1"));
    let latest = world.iterator(&stream, &shard, Latest).unwrap();
    let empty = world.get(&latest, None).unwrap();
    assert_eq!((empty.records.len(), empty.next.is_some()), (0, true));
    world.write(&stream, "a", Some("2"));
    world.write(&stream, "b", Some("3"));
    assert_eq!(values(&world.read(latest)), ["2", "3"]);
    assert_eq!(values(&world.read(empty.next.unwrap())), ["2", "3"]);
    assert_eq!(values(&world.read(from_the_start)), ["1", "2", "3"]);
}

#[test]
fn sequence_numbers_lead_to_their_records() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let shard = world.open_shard(&stream);
    for value in ["1", "2", "3"] {
        world.write(&stream, "a", Some(value));
    }
    let number = world.read_all(&stream)[1].sequence_number().to_string();
    let read = |kind, number: &str| {
        let iterator = world.iterator_at(&stream, &shard, kind, Some(number), None);
        iterator.map(|iterator| values(&world.read(iterator)))
    };
    assert_eq!(read(AtSequenceNumber, &number).unwrap(), ["2", "3"]);
    assert_eq!(read(AfterSequenceNumber, &number).unwrap(), ["3"]);
    let start = world.shards(&stream)[0].start.to_string();
    assert_eq!(read(AtSequenceNumber, &start).unwrap(), ["1", "2", "3"], "the range of a shard begins with its start");
    let outside = ["100000000000000000000", "118446744073709551615", "000000000000000000001", "an-unheard-of-number!"];
    for (kind, number) in
        [AtSequenceNumber, AfterSequenceNumber].into_iter().flat_map(|kind| outside.map(|it| (kind, it)))
    {
        let error = read(kind, number).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{number}");
        assert_eq!(error.message(), "One or more parameter values were invalid: Invalid SequenceNumber");
    }
}

#[test]
fn parameters_that_do_not_go_together_are_refused() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let shard = world.open_shard(&stream);
    let number = "100000000000000000001";
    let refused = |kind, number, time, text: &str| {
        let error = world.iterator_at(&stream, &shard, kind, number, time).unwrap_err();
        assert_eq!(error.message(), format!("One or more parameter values were invalid: {text}"));
    };
    for kind in [TrimHorizon, Latest, AtTimestamp] {
        refused(kind, Some(number), None, "SequenceNumber should not be passed for this iterator type");
    }
    for kind in [TrimHorizon, Latest] {
        refused(kind, None, Some(START), "Timestamp should not be passed for this iterator type");
    }
    for kind in [AtSequenceNumber, AfterSequenceNumber] {
        refused(kind, None, None, "Invalid SequenceNumber");
        refused(kind, Some(number), Some(START), "Timestamp should not be passed for this iterator type");
    }
    refused(AtTimestamp, None, None, "Invalid Timestamp");
    refused(AtTimestamp, None, Some(START + 2), "Timestamp should not be in the future");
    // Clients round the time to milliseconds, our clock cuts it.
    assert!(world.iterator_at(&stream, &shard, AtTimestamp, None, Some(START + 1)).is_ok());
}

#[test]
fn a_timestamp_leads_to_the_first_record_of_that_time_or_later() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let shard = world.open_shard(&stream);
    let read = |time| {
        let iterator = world.iterator_at(&stream, &shard, AtTimestamp, None, Some(time)).unwrap();
        values(&world.read(iterator))
    };
    assert!(read(START).is_empty());
    let mut times = Vec::new();
    for number in 0..40_u64 {
        world.pass(number % 3 * 250);
        times.push(world.clock.now_ms());
        world.write(&stream, "a", Some(&number.to_string()));
    }
    for time in times[0] - 300..=*times.last().unwrap() {
        if time % 50 != 0 {
            continue;
        }
        let expected: Vec<_> = (0..40).filter(|place| times[*place] >= time).map(|place| place.to_string()).collect();
        assert_eq!(read(time), expected, "{time}");
    }
    world.pass(MINUTE);
    let behind = world.iterator_at(&stream, &shard, AtTimestamp, None, Some(world.clock.now_ms())).unwrap();
    world.write(&stream, "a", Some("later"));
    assert_eq!(values(&world.read(behind)), ["later"]);
    world.pass(20 * HOUR);
    assert_eq!(read(0).len(), 41, "older than the horizon is the horizon");
}

#[test]
fn a_page_ends_at_its_limit_or_at_one_megabyte() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let shard = world.open_shard(&stream);
    for number in 0..5 {
        world.write(&stream, "large", Some(&format!("{number}{}", "x".repeat(399_000))));
    }
    (0..1_100).for_each(|number| world.write(&stream, "small", Some(&number.to_string())));
    let mut next = world.iterator(&stream, &shard, TrimHorizon).unwrap();
    let mut lengths = Vec::new();
    for limit in [None, Some(2), Some(4), None, Some(1_000), None] {
        let page = world.get(&next, limit).unwrap();
        assert!(page.records.iter().map(StreamRecord::size_bytes).sum::<usize>() <= 1_048_576);
        lengths.push(page.records.len());
        next = page.next.unwrap();
    }
    assert_eq!(lengths, [2, 2, 4, 1_000, 97, 0]);
}

#[test]
fn what_does_not_exist_is_named() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let unknown = "shardId-00000000000000000000-00000000";
    let error = world.iterator(&stream, unknown, Latest).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceNotFound);
    assert_eq!(error.message(), "Requested resource not found: Shard does not exist");
    let describe = |arn: &'static str| {
        let request = DescribeStream { arn: Cow::Borrowed(arn), ..request_rest() };
        world.engine.describe_stream(&CALLER, &request).unwrap_err()
    };
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/nosuch/stream/2024-11-18T14:36:44.149";
    assert_eq!(describe(arn).kind(), ErrorKind::ResourceNotFound);
    assert_eq!(describe(arn).message(), format!("Requested resource not found: Stream: {arn} not found"));
    let bogus = describe("sdfadfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdf");
    assert_eq!((bogus.kind(), bogus.message()), (ErrorKind::Validation, "Invalid StreamArn"));
}

#[test]
fn an_iterator_lives_for_15_minutes_and_is_not_made_up() {
    let world = World::new(HUGE);
    let stream = world.enable(StreamView::NewImage);
    let shard = world.open_shard(&stream);
    world.write(&stream, "a", Some("1"));
    let iterator = world.iterator(&stream, &shard, TrimHorizon).unwrap();
    world.pass(15 * MINUTE);
    let page = world.get(&iterator, None).unwrap();
    assert_eq!(page.records.len(), 1);
    world.pass(1);
    let error = world.get(&iterator, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExpiredIterator);
    assert_eq!(error.message(), "The provided iterator exceeds the maximum age allowed.");
    assert!(world.get(&page.next.unwrap(), None).is_ok(), "the next one began its own 15 minutes");
    let other = world.enable_on("others", world.base, StreamView::NewImage);
    let of_other = world.iterator(&other, &world.open_shard(&other), Latest).unwrap();
    let swapped = of_other.replace("/others/", "/films/").replace(other.label(), stream.label());
    for garbage in ["bogus", iterator.get(..iterator.len() - 2).unwrap(), &swapped] {
        let error = world.get(garbage, None).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Validation, "Invalid ShardIterator"), "{garbage}");
    }
}
