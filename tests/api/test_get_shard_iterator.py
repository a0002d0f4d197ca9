"""GetShardIterator: where in a shard to begin to read."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest

from failure import INVALID, constraint, fails, rejects
from shards import MISSING_ARN, MISSING_SHARD, NO_ARN, iterator, put, records, shards, streamed, values


def test_iterators_lead_where_they_should(ddb, streams) -> None:
    table, arn = streamed(ddb)
    latest = iterator(streams, arn, "LATEST")
    for x in range(4):
        put(ddb, table, x)
    found = records(streams, arn)
    assert values(found) == ["0", "1", "2", "3"]
    number = found[1]["dynamodb"]["SequenceNumber"]
    assert values(records(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=number)) == ["1", "2", "3"]
    assert values(records(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)) == ["2", "3"]
    assert values(streams.get_records(ShardIterator=latest)["Records"]) == ["0", "1", "2", "3"]
    behind = iterator(streams, arn, "LATEST")
    put(ddb, table, 4)
    assert values(streams.get_records(ShardIterator=behind)["Records"]) == ["4"]


def test_a_shard_begins_with_its_start_also_without_records(ddb, streams) -> None:
    table, arn = streamed(ddb)
    start = shards(streams, arn)[0]["SequenceNumberRange"]["StartingSequenceNumber"]
    begins = [iterator(streams, arn, f"{word}_SEQUENCE_NUMBER", SequenceNumber=start) for word in ("AT", "AFTER")]
    put(ddb, table, 1)
    for begin in begins:
        assert values(streams.get_records(ShardIterator=begin)["Records"]) == ["1"]


def test_a_timestamp_leads_to_the_first_record_at_it_or_after(ddb, streams) -> None:
    table, arn = streamed(ddb)
    put(ddb, table, 1)
    time.sleep(1.1 - time.time() % 1)
    put(ddb, table, 2)
    second = records(streams, arn)[1]["dynamodb"]["ApproximateCreationDateTime"]
    assert values(records(streams, arn, "AT_TIMESTAMP", Timestamp=second)) == ["2"]
    assert values(records(streams, arn, "AT_TIMESTAMP", Timestamp=int(second.timestamp()) - 3600)) == ["1", "2"]
    long_ago = datetime(2001, 1, 1, tzinfo=timezone.utc)
    assert values(records(streams, arn, "AT_TIMESTAMP", Timestamp=long_ago)) == ["1", "2"]
    with rejects(f"{INVALID}Timestamp should not be in the future"):
        iterator(streams, arn, "AT_TIMESTAMP", Timestamp=int(time.time()) + 60)


@pytest.mark.parametrize(
    ("kind", "members", "text"),
    [
        ("LATEST", {"SequenceNumber": "1" * 21}, "SequenceNumber should not be passed for this iterator type"),
        ("TRIM_HORIZON", {"SequenceNumber": "1" * 21}, "SequenceNumber should not be passed for this iterator type"),
        ("AT_SEQUENCE_NUMBER", {}, "Invalid SequenceNumber"),
        ("AFTER_SEQUENCE_NUMBER", {}, "Invalid SequenceNumber"),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": "1" * 40}, "Invalid SequenceNumber"),
        ("AT_TIMESTAMP", {}, "Invalid Timestamp"),
        ("LATEST", {"Timestamp": 1}, "Timestamp should not be passed for this iterator type"),
    ],
)
def test_members_of_an_iterator_fit_together(ddb, streams, kind, members, text) -> None:
    _, arn = streamed(ddb)
    with rejects(INVALID + text):
        iterator(streams, arn, kind, **members)


def test_a_shard_that_does_not_exist(ddb, streams) -> None:
    _, arn = streamed(ddb)
    with fails("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        streams.get_shard_iterator(StreamArn=arn, ShardId=MISSING_SHARD, ShardIteratorType="LATEST")


def test_a_stream_that_does_not_exist(streams) -> None:
    members = {"ShardId": MISSING_SHARD, "ShardIteratorType": "LATEST"}
    with fails("ResourceNotFoundException", f"Requested resource not found: Stream: {MISSING_ARN} not found"):
        streams.get_shard_iterator(StreamArn=MISSING_ARN, **members)
    with rejects("Invalid StreamArn"):
        streams.get_shard_iterator(StreamArn=NO_ARN, **members)


@pytest.mark.parametrize(
    ("members", "value", "path", "text"),
    [
        ({"ShardId": "x"}, "x", "shardId", "have length greater than or equal to 28"),
        ({"SequenceNumber": "1"}, "1", "sequenceNumber", "have length greater than or equal to 21"),
        ({"SequenceNumber": "1" * 41}, "1" * 41, "sequenceNumber", "have length less than or equal to 40"),
        (
            {"ShardIteratorType": "X"},
            "X",
            "shardIteratorType",
            "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
        ),
    ],
)
def test_constraints(streams, members, value, path, text) -> None:
    good = {"StreamArn": MISSING_ARN, "ShardId": MISSING_SHARD, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    with rejects(constraint(value, path, f"Member must {text}")):
        streams.get_shard_iterator(**{**good, **members})


def test_a_timestamp_may_be_now(ddb, streams) -> None:
    _, arn = streamed(ddb)
    for _ in range(50):
        iterator(streams, arn, "AT_TIMESTAMP", Timestamp=datetime.now(timezone.utc))
        iterator(streams, arn, "AT_TIMESTAMP", Timestamp=time.time())
