"""ListStreams: the streams of a table, or all of them, by pages."""

from __future__ import annotations

import pytest

from failure import constraint, rejects
from shards import NO_ARN, streamed
from tables import create_table


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


def test_a_table_without_a_stream_has_none(ddb, streams) -> None:
    create_table(ddb, "plain", "a:S")
    assert streams.list_streams(TableName="plain")["Streams"] == []
    assert streams.list_streams(TableName="nosuch")["Streams"] == []
    assert "LatestStreamArn" not in ddb.describe_table(TableName="plain")["Table"]


@pytest.mark.parametrize(("limit", "text"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")])
def test_limit_is_1_to_100(streams, limit, text) -> None:
    with rejects(constraint(limit, "limit", f"Member must have value {text}")):
        streams.list_streams(Limit=limit)


def test_a_start_is_the_arn_of_a_stream(streams) -> None:
    with rejects("Invalid StreamArn"):
        streams.list_streams(ExclusiveStartStreamArn=NO_ARN)
    with rejects(constraint("arn", "exclusiveStartStreamArn", "Member must have length greater than or equal to 37")):
        streams.list_streams(ExclusiveStartStreamArn="arn")
