"""DynamoDB Streams: what happened to the items of a table, through every door."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timezone
from typing import Any

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import create_table, key_schema

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
MISSING_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/nosuch/stream/2024-11-18T14:36:44.149"
MISSING_SHARD = "shardId-00000000000000000000-00000000"
KEY = {"a": {"S": "k"}}


def streamed(ddb: Any, view: str = "NEW_AND_OLD_IMAGES") -> tuple[str, str]:
    """A table with partition key `a` and a stream; its name and the stream's ARN.

    Streams are listed for a day after their tables, so each table has a name of its own.
    """
    name = f"strm-{uuid.uuid4().hex[:12]}"
    table = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **key_schema("a:S")}
    ddb.create_table(**table, StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    return name, ddb.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def shards(streams: Any, arn: str) -> list[dict[str, Any]]:
    """The shards of a stream, over all pages."""
    found: list[dict[str, Any]] = []
    start: dict[str, str] = {}
    while True:
        page = streams.describe_stream(StreamArn=arn, **start)["StreamDescription"]
        found += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            return found
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}


def iterator(streams: Any, arn: str, kind: str = "TRIM_HORIZON", **members: Any) -> str:
    """An iterator of a stream's only shard."""
    (shard,) = shards(streams, arn)
    answer = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=kind, **members)
    return answer["ShardIterator"]


def records(streams: Any, arn: str, kind: str = "TRIM_HORIZON", **members: Any) -> list[dict[str, Any]]:
    """The records of a stream's only shard, from one of the iterators on."""
    found: list[dict[str, Any]] = []
    next_iterator = iterator(streams, arn, kind, **members)
    while next_iterator:
        page = streams.get_records(ShardIterator=next_iterator, Limit=3)
        if not page["Records"]:
            break
        found += page["Records"]
        next_iterator = page.get("NextShardIterator")
    return found


def values(found: list[dict[str, Any]]) -> list[str | None]:
    """What each record's item has in `x` from then on."""
    return [record["dynamodb"].get("NewImage", {}).get("x", {}).get("N") for record in found]


def put(ddb: Any, table: str, x: int) -> None:
    ddb.put_item(TableName=table, Item={**KEY, "x": {"N": str(x)}})


@pytest.mark.parametrize("view", VIEWS)
def test_records_show_what_the_view_shows(ddb, streams, view) -> None:
    table, arn = streamed(ddb, view)
    put(ddb, table, 1)
    put(ddb, table, 2)
    ddb.delete_item(TableName=table, Key=KEY)
    before = time.time()
    one, two = ({**KEY, "x": {"N": number}} for number in "12")
    expected = [("INSERT", None, one), ("MODIFY", one, two), ("REMOVE", two, None)]
    found = records(streams, arn)
    assert len(found) == 3
    for record, (name, old, new) in zip(found, expected, strict=True):
        content = record["dynamodb"]
        created = content.pop("ApproximateCreationDateTime")
        assert isinstance(created, datetime)
        assert created.microsecond == 0
        assert abs(created.timestamp() - before) < 60
        number = content.pop("SequenceNumber")
        assert 21 <= len(number) <= 40
        assert number.isdigit()
        images = {"OldImage": old if "OLD" in view else None, "NewImage": new if "NEW" in view else None}
        images = {image: item for image, item in images.items() if item is not None}
        assert content == {"Keys": KEY, **images, "SizeBytes": 2 + 5 * len(images), "StreamViewType": view}
        assert len(record.pop("eventID")) == 32
        assert record == {
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": content,
        }


def test_sizes_are_those_recorded_on_aws(ddb, streams) -> None:
    table = f"strm-{uuid.uuid4().hex[:12]}"
    ddb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **key_schema("id:S"),
    )
    arn = ddb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    ddb.put_item(TableName=table, Item={"id": {"S": "Fred"}})
    assert records(streams, arn)[0]["dynamodb"]["SizeBytes"] == 12


def test_what_changes_nothing_has_no_record(ddb, streams) -> None:
    table, arn = streamed(ddb)
    ddb.put_item(TableName=table, Item={**KEY, "x": {"N": "2"}, "s": {"SS": ["a", "b"]}})
    ddb.put_item(TableName=table, Item={**KEY, "s": {"SS": ["b", "a"]}, "x": {"N": "2.0"}})
    update = {"TableName": table, "Key": KEY}
    ddb.update_item(**update, UpdateExpression="SET x = :x", ExpressionAttributeValues={":x": {"N": "2.00"}})
    ddb.update_item(**update, UpdateExpression="REMOVE nope")
    ddb.update_item(TableName=table, Key={"a": {"S": "never"}}, UpdateExpression="REMOVE nope")
    ddb.delete_item(TableName=table, Key={"a": {"S": "never"}})
    ddb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": {"a": {"S": "never"}}}}]})
    with pytest.raises(Exception, match="The conditional request failed"):
        ddb.delete_item(**update, ConditionExpression="attribute_not_exists(a)")
    assert [record["eventName"] for record in records(streams, arn)] == ["INSERT"]


def test_batches_and_transactions_have_a_record_for_each_item_that_changes(ddb, streams) -> None:
    table, arn = streamed(ddb, "KEYS_ONLY")
    items = [{"a": {"S": text}} for text in ("b1", "b2", "t1", "t2")]
    ddb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items[:2]]})
    ddb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item}} for item in items[2:]])
    found = records(streams, arn)
    assert sorted(record["dynamodb"]["Keys"]["a"]["S"] for record in found) == ["b1", "b2", "t1", "t2"]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
    assert numbers == sorted(set(numbers))


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


def test_a_record_that_is_read_again_is_the_same(ddb, streams) -> None:
    table, arn = streamed(ddb)
    put(ddb, table, 1)
    put(ddb, table, 2)
    first = records(streams, arn)
    assert records(streams, arn) == first
    assert first[0]["eventID"] != first[1]["eventID"]


def test_an_open_shard_always_has_a_next_iterator(ddb, streams) -> None:
    table, arn = streamed(ddb)
    page = streams.get_records(ShardIterator=iterator(streams, arn))
    for x in range(3):
        assert page["Records"] == []
        put(ddb, table, x)
        page = streams.get_records(ShardIterator=page["NextShardIterator"])
        assert values(page["Records"]) == [str(x)]
        page = streams.get_records(ShardIterator=page["NextShardIterator"])


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
    assert len(shard["ShardId"]) == 37
    assert list(shard["SequenceNumberRange"]) == ["StartingSequenceNumber"]
    page = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=shard["ShardId"])
    assert page["StreamDescription"]["Shards"] == []
    children = {"Type": "CHILD_SHARDS", "ShardId": shard["ShardId"]}
    assert streams.describe_stream(StreamArn=arn, ShardFilter=children)["StreamDescription"]["Shards"] == []


def test_streams_are_listed_by_pages(ddb, streams) -> None:
    arns = sorted(streamed(ddb)[1] for _ in range(3))
    found, start = [], {}
    while True:
        page = streams.list_streams(Limit=1, **start)
        assert len(page["Streams"]) <= 1
        found += page["Streams"]
        if "LastEvaluatedStreamArn" not in page:
            break
        assert page["LastEvaluatedStreamArn"] == page["Streams"][-1]["StreamArn"]
        start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
    listed = [one["StreamArn"] for one in found]
    assert [arn for arn in listed if arn in arns] == arns
    table = arns[0].split("/")[1]
    label = arns[0].rpartition("/")[2]
    only = streams.list_streams(TableName=table)
    assert only["Streams"] == [{"StreamArn": arns[0], "TableName": table, "StreamLabel": label}]


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


def test_a_table_without_a_stream_has_none(ddb, streams) -> None:
    create_table(ddb, "plain", "a:S")
    assert streams.list_streams(TableName="plain")["Streams"] == []
    assert streams.list_streams(TableName="nosuch")["Streams"] == []
    assert "LatestStreamArn" not in ddb.describe_table(TableName="plain")["Table"]


@pytest.mark.parametrize("operation", ["describe_stream", "get_shard_iterator"])
def test_a_stream_that_does_not_exist(streams, operation) -> None:
    members = {} if operation == "describe_stream" else {"ShardId": MISSING_SHARD, "ShardIteratorType": "LATEST"}
    text = f"Requested resource not found: Stream: {MISSING_ARN} not found"
    with fails("ResourceNotFoundException", text):
        getattr(streams, operation)(StreamArn=MISSING_ARN, **members)
    with rejects("Invalid StreamArn"):
        getattr(streams, operation)(StreamArn="sdfadfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdf", **members)


def test_a_shard_that_does_not_exist(ddb, streams) -> None:
    _, arn = streamed(ddb)
    with fails("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        streams.get_shard_iterator(StreamArn=arn, ShardId=MISSING_SHARD, ShardIteratorType="LATEST")


def test_an_iterator_that_was_not_given_out(ddb, streams) -> None:
    _, arn = streamed(ddb)
    good = iterator(streams, arn)
    other = ("B" if good[-9] == "A" else "A").join([good[:-9], good[-8:]])
    for garbage in ("bogus", good[:-1], f"{arn}|1|AAAA", other):
        with rejects("Invalid ShardIterator"):
            streams.get_records(ShardIterator=garbage)


@pytest.mark.parametrize(
    ("operation", "members", "value", "path", "text"),
    [
        ("list_streams", {"Limit": 0}, 0, "limit", "value greater than or equal to 1"),
        ("list_streams", {"Limit": 101}, 101, "limit", "value less than or equal to 100"),
        ("describe_stream", {"StreamArn": "arn"}, "arn", "streamArn", "length greater than or equal to 37"),
        ("get_records", {"ShardIterator": "x", "Limit": 1001}, 1001, "limit", "value less than or equal to 1000"),
    ],
)
def test_constraints(streams, operation, members, value, path, text) -> None:
    with rejects(constraint(value, path, f"Member must have {text}")):
        getattr(streams, operation)(**members)


def test_items_that_time_to_live_removes_are_marked(ddb, streams) -> None:
    table, arn = streamed(ddb, "OLD_IMAGE")
    specification = {"Enabled": True, "AttributeName": "ends"}
    ddb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    item = {**KEY, "ends": {"N": str(int(time.time()) - 10)}}
    ddb.put_item(TableName=table, Item=item)
    deadline = time.monotonic() + 20
    while len(found := records(streams, arn)) < 2:
        assert time.monotonic() < deadline, "the item was not removed"
        time.sleep(0.1)
    assert "userIdentity" not in found[0]
    assert found[1]["eventName"] == "REMOVE"
    assert found[1]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert found[1]["dynamodb"]["OldImage"] == item
