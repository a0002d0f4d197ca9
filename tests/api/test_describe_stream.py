"""DescribeStream: a stream and its shards."""

from __future__ import annotations

import re
import time
from datetime import timezone

import pytest

from failure import constraint, fails, rejects
from shards import MISSING_ARN, MISSING_SHARD, NO_ARN, iterator, put, records, shards, streamed, values


def test_a_stream_is_described(ddb, streams) -> None:
    table, arn = streamed(ddb, "OLD_IMAGE")
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    created = description.pop("CreationRequestDateTime")
    (shard,) = description.pop("Shards")
    label = arn.rpartition("/")[2]
    assert description == {
        "StreamArn": arn,
        "StreamLabel": label,
        "StreamStatus": "ENABLED",
        "StreamViewType": "OLD_IMAGE",
        "TableName": table,
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    }
    assert created.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") == label.partition(".")[0]
    assert re.fullmatch(r"shardId-\d{20}-[0-9a-f]{8}", shard["ShardId"])
    assert list(shard["SequenceNumberRange"]) == ["StartingSequenceNumber"]
    page = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=shard["ShardId"])
    assert page["StreamDescription"]["Shards"] == []
    children = {"Type": "CHILD_SHARDS", "ShardId": shard["ShardId"]}
    assert streams.describe_stream(StreamArn=arn, ShardFilter=children)["StreamDescription"]["Shards"] == []


def test_a_disabled_stream_is_read_to_its_end_and_a_new_one_has_a_new_label(ddb, streams) -> None:
    table, first = streamed(ddb)
    put(ddb, table, 1)
    ddb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    put(ddb, table, 2)
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    ddb.update_table(TableName=table, StreamSpecification=specification)
    put(ddb, table, 3)
    second = ddb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    listed = [one["StreamArn"] for one in streams.list_streams(TableName=table)["Streams"]]
    assert sorted(listed) == sorted([first, second])
    assert first < second
    assert streams.describe_stream(StreamArn=first)["StreamDescription"]["StreamStatus"] == "DISABLED"
    assert values(records(streams, first)) == ["1"]
    assert values(records(streams, second)) == ["3"]
    assert "NextShardIterator" not in streams.get_records(ShardIterator=iterator(streams, first))
    (shard,) = shards(streams, first)
    assert int(shard["SequenceNumberRange"]["EndingSequenceNumber"]) > int(
        shard["SequenceNumberRange"]["StartingSequenceNumber"]
    )


def test_the_stream_of_a_deleted_table_can_be_read(ddb, streams) -> None:
    table, arn = streamed(ddb)
    put(ddb, table, 1)
    ddb.delete_table(TableName=table)
    assert values(records(streams, arn)) == ["1"]
    assert streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED"
    assert "NextShardIterator" not in streams.get_records(ShardIterator=iterator(streams, arn))


def test_a_stream_is_being_switched_as_long_as_its_table_changes() -> None:
    import statordb

    def status(expected: str) -> None:
        deadline = time.monotonic() + 10
        while (seen := streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"]) != expected:
            assert time.monotonic() < deadline, seen
            time.sleep(0.01)

    with statordb.connect(control_plane_delay=0.3) as database:
        client, streams = database.client(), database.streams()
        table, arn = streamed(client)
        status("ENABLING")
        client.get_waiter("table_exists").wait(TableName=table)
        status("ENABLED")
        client.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
        status("DISABLING")
        status("DISABLED")


def test_a_stream_that_does_not_exist(streams) -> None:
    with fails("ResourceNotFoundException", f"Requested resource not found: Stream: {MISSING_ARN} not found"):
        streams.describe_stream(StreamArn=MISSING_ARN)
    with rejects("Invalid StreamArn"):
        streams.describe_stream(StreamArn=NO_ARN)


@pytest.mark.parametrize(
    ("members", "value", "path", "text"),
    [
        ({}, None, "streamArn", "not be null"),
        ({"StreamArn": "arn"}, "arn", "streamArn", "have length greater than or equal to 37"),
        ({"StreamArn": MISSING_ARN, "Limit": 0}, 0, "limit", "have value greater than or equal to 1"),
        ({"StreamArn": MISSING_ARN, "Limit": 101}, 101, "limit", "have value less than or equal to 100"),
        (
            {"StreamArn": MISSING_ARN, "ShardFilter": {"Type": "X", "ShardId": MISSING_SHARD}},
            "X",
            "shardFilter.type",
            "satisfy enum value set: [CHILD_SHARDS]",
        ),
        (
            {"StreamArn": MISSING_ARN, "ShardFilter": {"Type": "CHILD_SHARDS"}},
            None,
            "shardFilter.shardId",
            "not be null",
        ),
    ],
)
def test_constraints(streams, members, value, path, text) -> None:
    with rejects(constraint(value, path, f"Member must {text}")):
        streams.describe_stream(**members)
