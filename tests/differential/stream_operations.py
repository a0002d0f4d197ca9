"""Random reads of streams. Names that each server makes up for itself stand as `$stream` and `$shard` of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .operation import Operation

if TYPE_CHECKING:
    from random import Random

    from .schema import Table

STREAM = "$stream "
SHARD = "$shard "
MALFORMED_ARN = "arn:aws:dynamodb:us-east-1:000000000000:no-such-thing-at-all"
NO_SHARD = "shardId-00000000000000000000-00000000"
TYPES = ("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


def list_streams(chance: Random, table: Table) -> Operation:
    """A ListStreams of one table."""
    body: dict[str, Any] = {"TableName": table.name if chance.random() < 0.9 else "no-such-table"}
    if chance.random() < 0.3:
        body["Limit"] = chance.choice((1, 100, 0, 101))
    return Operation("ListStreams", body)


def describe_stream(chance: Random, table: Table) -> Operation:
    """A DescribeStream."""
    body: dict[str, Any] = {"StreamArn": STREAM + table.name if chance.random() < 0.9 else MALFORMED_ARN}
    if chance.random() < 0.3:
        body["Limit"] = chance.choice((1, 100, 0, 101))
    return Operation("DescribeStream", body)


def get_shard_iterator(chance: Random, table: Table) -> Operation:
    """A GetShardIterator."""
    body: dict[str, Any] = {
        "StreamArn": STREAM + table.name,
        "ShardId": SHARD + table.name if chance.random() < 0.9 else NO_SHARD,
        "ShardIteratorType": chance.choice(TYPES) if chance.random() < 0.95 else "SOMEWHERE",
    }
    if body["ShardIteratorType"].endswith("SEQUENCE_NUMBER") != (chance.random() < 0.1):
        body["SequenceNumber"] = "0" * 20 + "1" if chance.random() < 0.9 else "x"
    return Operation("GetShardIterator", body)


def get_records(chance: Random, _: Table) -> Operation:
    """A GetRecords of an iterator that no server gave."""
    return Operation("GetRecords", {"ShardIterator": chance.choice(("x", "", "a|b|c"))})
