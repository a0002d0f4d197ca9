"""Lengths and values of AWS's model: what is at a bound is taken, what is beyond is reported with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from failure import constraint, rejects
from tables import index, key_schema

if TYPE_CHECKING:
    from collections.abc import Callable

Members = dict[str, Any]

KEY = {"a": {"S": "k"}}
TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/abc"
STREAM_ARN = TABLE_ARN + "/stream/2026-01-01T00:00:00.000"
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST", **key_schema("a:S")}


def letters(count: int) -> str:
    return "x" * count


def digits(count: int) -> str:
    return "1" * count


def names(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


def stream_arn(count: int) -> str:
    return STREAM_ARN[:count].ljust(count, "x")


def create(**members: Any) -> Members:
    return {"TableName": "made", **ON_DEMAND, **members}


def with_key(name: str) -> Members:
    return create(KeySchema=[{"AttributeName": name, "KeyType": "HASH"}])


def projecting(attribute_names: list[str]) -> Members:
    return create(GlobalSecondaryIndexes=[index("by-a", "a", projection="INCLUDE", names=attribute_names)])


def at_index(name: str) -> Members:
    return create(GlobalSecondaryIndexes=[index(name, "a")])


def as_it_is(value: Any) -> Any:
    return value


def shard_iterator(**members: Any) -> Members:
    return {
        "StreamArn": STREAM_ARN,
        "ShardId": "shardId-00000001234567890123-12345678",
        "ShardIteratorType": "AT_SEQUENCE_NUMBER",
        "SequenceNumber": digits(21),
        **members,
    }


# Operation, how a request with a value is made, how a value of a size is made, the path, the least and the greatest size.
Bound = tuple[str, "Callable[[Any], Members]", "Callable[[int], Any]", str, "int | None", "int | None"]
LENGTHS: dict[str, Bound] = {
    "name of a table": ("create_table", lambda name: create(TableName=name), letters, "tableName", 3, 255),
    "name of an index": ("create_table", at_index, letters, "globalSecondaryIndexes.1.member.indexName", 3, 255),
    "name of an index that is read": ("scan", lambda name: {"TableName": "nosuch", "IndexName": name}, letters, "indexName", 3, 255),
    "name of a key": ("create_table", with_key, letters, "keySchema.1.member.attributeName", 1, 255),
    "projected name": ("create_table", lambda name: projecting([name]), letters, "globalSecondaryIndexes.1.member.projection.nonKeyAttributes.1.member", 1, 255),
    "projected names": ("create_table", projecting, names, "globalSecondaryIndexes.1.member.projection.nonKeyAttributes", 1, 20),
    "AttributesToGet": ("scan", lambda value: {"TableName": "nosuch", "AttributesToGet": value}, names, "attributesToGet", 1, None),
    "ClientRequestToken": (
        "transact_write_items",
        lambda token: {"TransactItems": [{"Delete": {"TableName": "nosuch", "Key": KEY}}], "ClientRequestToken": token},
        letters, "clientRequestToken", 1, 36,
    ),
    "attribute of a time to live": (
        "update_time_to_live",
        lambda name: {"TableName": "nosuch", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": name}},
        letters, "timeToLiveSpecification.attributeName", 1, 255,
    ),
}  # fmt: skip
VALUES: dict[str, Bound] = {
    "Limit of ListTables": ("list_tables", lambda limit: {"Limit": limit}, as_it_is, "limit", 1, 100),
    "Limit of Scan": ("scan", lambda limit: {"TableName": "nosuch", "Limit": limit}, as_it_is, "limit", 1, None),
    "Segment": ("scan", lambda number: {"TableName": "nosuch", "Segment": number, "TotalSegments": 1_000_000}, as_it_is, "segment", 0, 999_999),
    "TotalSegments": ("scan", lambda total: {"TableName": "nosuch", "Segment": 0, "TotalSegments": total}, as_it_is, "totalSegments", 1, 1_000_000),
    "RecoveryPeriodInDays": (
        "update_continuous_backups",
        lambda days: {
            "TableName": "nosuch",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days},
        },
        as_it_is, "pointInTimeRecoverySpecification.recoveryPeriodInDays", 1, 35,
    ),
}  # fmt: skip
LENGTHS_OF_STREAMS: dict[str, Bound] = {
    "StreamArn": ("describe_stream", lambda arn: {"StreamArn": arn}, stream_arn, "streamArn", 37, 1024),
    "ExclusiveStartShardId": ("describe_stream", lambda shard: {"StreamArn": STREAM_ARN, "ExclusiveStartShardId": shard}, letters, "exclusiveStartShardId", 28, 65),
    "ShardId": ("get_shard_iterator", lambda shard: shard_iterator(ShardId=shard), letters, "shardId", 28, 65),
    "SequenceNumber": ("get_shard_iterator", lambda number: shard_iterator(SequenceNumber=number), digits, "sequenceNumber", 21, 40),
}  # fmt: skip
VALUES_OF_STREAMS: dict[str, Bound] = {
    "Limit of GetRecords": ("get_records", lambda limit: {"ShardIterator": "x", "Limit": limit}, as_it_is, "limit", 1, 1000),
    "Limit of ListStreams": ("list_streams", lambda limit: {"Limit": limit}, as_it_is, "limit", 1, 100),
    "Limit of DescribeStream": ("describe_stream", lambda limit: {"StreamArn": STREAM_ARN, "Limit": limit}, as_it_is, "limit", 1, 100),
}  # fmt: skip


def printed(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def refusal(call: Any, members: Members) -> str:
    """The message of the error, empty where there is none."""
    try:
        call(**members)
    except Exception as error:
        return str(error)
    return ""


def is_told(client: Any, bound: Bound, kind: str) -> None:
    """The least and the greatest are no fault of the member, one less and one more are."""
    operation, request, value_of, path, least, greatest = bound
    for edge, beyond, words in ((least, -1, "greater than or equal to"), (greatest, 1, "less than or equal to")):
        if edge is None:
            continue
        assert f"at '{path}'" not in refusal(getattr(client, operation), request(value_of(edge)))
        value = value_of(edge + beyond)
        with rejects(constraint(printed(value), path, f"Member must have {kind} {words} {edge}")):
            getattr(client, operation)(**request(value))


@pytest.mark.parametrize("name", LENGTHS)
def test_lengths(ddb, name) -> None:
    is_told(ddb, LENGTHS[name], "length")


@pytest.mark.parametrize("name", VALUES)
def test_values(ddb, name) -> None:
    is_told(ddb, VALUES[name], "value")


@pytest.mark.parametrize("name", LENGTHS_OF_STREAMS)
def test_lengths_of_streams(streams, name) -> None:
    is_told(streams, LENGTHS_OF_STREAMS[name], "length")


@pytest.mark.parametrize("name", VALUES_OF_STREAMS)
def test_values_of_streams(streams, name) -> None:
    is_told(streams, VALUES_OF_STREAMS[name], "value")
