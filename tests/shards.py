"""Streams and their shards as tests read them."""

from __future__ import annotations

import uuid
from typing import Any

from tables import key_schema

MISSING_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/nosuch/stream/2024-11-18T14:36:44.149"
MISSING_SHARD = "shardId-00000000000000000000-00000000"
NO_ARN = "sdfadfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdf"
KEY = {"a": {"S": "k"}}


def streamed(ddb: Any, view: str = "NEW_AND_OLD_IMAGES", key: str = "a:S") -> tuple[str, str]:
    """A table with a partition key and a stream; its name and the stream's ARN.

    Streams are listed for a day after their tables, so each table has a name of its own.
    """
    name = f"strm-{uuid.uuid4().hex[:12]}"
    table = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **key_schema(key)}
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
