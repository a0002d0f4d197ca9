"""GetRecords: the records of a shard, one for each change of an item's value."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from failure import constraint, rejects
from shards import KEY, iterator, put, records, streamed, values

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


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
    table, arn = streamed(ddb, key="id:S")
    ddb.put_item(TableName=table, Item={"id": {"S": "Fred"}})
    assert records(streams, arn)[0]["dynamodb"]["SizeBytes"] == 12


def test_the_size_of_a_change_is_that_of_its_keys_and_both_images(ddb, streams) -> None:
    table, arn = streamed(ddb, key="id:S")
    key = {"id": {"S": "0123456789"}}
    for letter in "xy":
        ddb.put_item(TableName=table, Item={**key, "filler": {"S": letter * 16}})
    inserted, modified = (record["dynamodb"] for record in records(streams, arn))
    assert inserted["SizeBytes"] == 12 + 34
    assert modified["SizeBytes"] == 12 + 34 + 34 == 80


def test_what_changes_nothing_has_no_record(ddb, streams) -> None:
    table, arn = streamed(ddb)
    members = {
        "one": {"N": "1"},
        "two": {"NS": ["1", "2"]},
        "more": {"L": [{"M": {"y": {"N": "1"}, "z": {"N": "10"}}}]},
    }
    turned = {
        "M": {
            "more": {"L": [{"M": {"z": {"N": "1e1"}, "y": {"N": "1.0"}}}]},
            "two": {"NS": ["2.0", "1"]},
            "one": {"N": "1.00"},
        }
    }
    ddb.put_item(TableName=table, Item={**KEY, "x": {"N": "2"}, "s": {"SS": ["a", "b"]}, "m": {"M": members}})
    ddb.put_item(TableName=table, Item={**KEY, "s": {"SS": ["b", "a"]}, "x": {"N": "2.0"}, "m": turned})
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


def test_an_iterator_that_was_not_given_out(ddb, streams) -> None:
    _, arn = streamed(ddb)
    good = iterator(streams, arn)
    other = ("B" if good[-9] == "A" else "A").join([good[:-9], good[-8:]])
    for garbage in ("bogus", good[:-1], f"{arn}|1|AAAA", other):
        with rejects("Invalid ShardIterator"):
            streams.get_records(ShardIterator=garbage)


@pytest.mark.parametrize(("limit", "text"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")])
def test_limit_is_1_to_1000(streams, limit, text) -> None:
    with rejects(constraint(limit, "limit", f"Member must have value {text}")):
        streams.get_records(ShardIterator="x", Limit=limit)
