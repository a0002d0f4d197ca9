"""Clients of streams: the one without botocore, and boto3's in process."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import boto3
import pytest

import statordb
import statordb.boto
from statordb import errors
from statordb.client import STREAMS_OPERATIONS

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/nosuch/stream/2024-11-18T14:36:44.149"
SHARD = "shardId-00000000000000000000-00000000"


@pytest.fixture
def db():
    with statordb.connect() as database:
        yield database


def test_a_client_has_the_methods_of_boto3s(db) -> None:
    theirs = boto3.client("dynamodbstreams", region_name="us-east-1").meta
    ours = db.streams().meta
    operations = {name: api for name, api in theirs.method_to_api_mapping.items() if hasattr(db.streams(), name)}
    assert operations == ours.method_to_api_mapping == STREAMS_OPERATIONS
    assert ours.region_name == "us-east-1"
    assert ours.endpoint_url == theirs.endpoint_url
    assert not db.streams().can_paginate("list_streams")
    assert repr(db.streams()) == "<statordb.StreamsClient us-east-1>"
    db.streams().close()
    assert db.streams().list_streams()["Streams"] == []


def test_exceptions_have_classes(db) -> None:
    streams = db.streams()
    assert streams.exceptions.ExpiredIteratorException is errors.ExpiredIteratorException
    assert streams.exceptions.TrimmedDataAccessException is errors.TrimmedDataAccessException
    with pytest.raises(streams.exceptions.ResourceNotFoundException) as caught:
        streams.describe_stream(StreamArn=ARN)
    assert caught.value.operation_name == "DescribeStream"
    assert caught.value.message == f"Requested resource not found: Stream: {ARN} not found"


def test_the_calls_of_streams_are_not_those_of_tables(db) -> None:
    with pytest.raises(errors.ParamValidationError, match="its parameters are ShardIterator, Limit"):
        db.streams().get_records(StreamArn=ARN)
    assert not hasattr(db.client(), "get_records")


@pytest.mark.parametrize(
    ("ahead", "is_future"),
    [(timedelta(minutes=1), True), (timedelta(minutes=-1), False)],
)
def test_a_timestamp_may_be_a_datetime_or_a_number(db, ahead, is_future) -> None:
    utc = datetime.now(timezone.utc) + ahead
    elsewhere = utc.astimezone(timezone(timedelta(hours=5)))
    local = utc.astimezone().replace(tzinfo=None)
    for given in (utc, elsewhere, local, utc.timestamp(), int(utc.timestamp())):
        expected = "Timestamp should not be in the future" if is_future else "Requested resource not found"
        with pytest.raises(errors.ClientError, match=expected):
            db.streams().get_shard_iterator(
                StreamArn=ARN, ShardId=SHARD, ShardIteratorType="AT_TIMESTAMP", Timestamp=given
            )


def test_boto3_in_process_has_a_client_of_streams(db) -> None:
    client = statordb.boto.client(db, "dynamodbstreams")
    assert client.list_streams()["Streams"] == []
    assert statordb.boto.session(db).client("dynamodbstreams").list_streams()["Streams"] == []


@statordb.boto.mock
def test_a_mock_answers_clients_of_streams() -> None:
    client = boto3.client("dynamodbstreams")
    assert client.list_streams()["Streams"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream(StreamArn=ARN)
