"""DescribeKinesisStreamingDestination: no table has one."""

from __future__ import annotations

from failure import fails


def test_a_table_has_no_destination(ddb, hash_table) -> None:
    answer = ddb.describe_kinesis_streaming_destination(TableName=hash_table)
    assert (answer["TableName"], answer["KinesisDataStreamDestinations"]) == (hash_table, [])


def test_a_missing_table_is_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.describe_kinesis_streaming_destination(TableName="nosuch")
