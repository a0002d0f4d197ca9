"""boto3 against a running server: the low-level client, the resource, a paginator and a waiter, as users write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore import xform_name
from botocore.exceptions import ClientError

from .roundtrip import STEPS, holds

ACCOUNT = {"region_name": "eu-central-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture
def client(empty_endpoint: str) -> Any:
    return boto3.client("dynamodb", endpoint_url=empty_endpoint, **ACCOUNT)


def test_every_step_with_the_low_level_client(client) -> None:
    for step in STEPS:
        call = getattr(client, xform_name(step["operation"]))
        if "error" in step:
            with pytest.raises(ClientError) as caught:
                call(**step["members"])
            assert caught.value.response["Error"]["Code"] == step["error"]
        else:
            answer = call(**step["members"])
            assert holds(step["answer"], answer), (step["operation"], answer)


def test_binary_values_arrive_as_bytes(client) -> None:
    client.create_table(
        TableName="binary",
        AttributeDefinitions=[{"AttributeName": "b", "AttributeType": "B"}],
        KeySchema=[{"AttributeName": "b", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="binary", WaiterConfig={"Delay": 1})
    client.put_item(TableName="binary", Item={"b": {"B": b"\x00\xff"}, "set": {"BS": [b"one"]}})
    assert client.scan(TableName="binary")["Items"] == [{"b": {"B": b"\x00\xff"}, "set": {"BS": [b"one"]}}]


def test_the_arn_has_the_region_of_the_client(client) -> None:
    client.create_table(
        TableName="here",
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert client.describe_table(TableName="here")["Table"]["TableArn"].startswith("arn:aws:dynamodb:eu-central-1:")


def test_the_resource_with_native_values(empty_endpoint: str) -> None:
    resource = boto3.resource("dynamodb", endpoint_url=empty_endpoint, **ACCOUNT)
    table = resource.create_table(
        TableName="songs",
        AttributeDefinitions=[
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"}, {"AttributeName": "year", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for year in range(1960, 2020):
            batch.put_item(Item={"artist": "a", "year": year, "sold": Decimal("1.5") * year, "tags": {"x", str(year)}})
    answer = table.query(
        KeyConditionExpression=Key("artist").eq("a") & Key("year").between(1970, 1979),
        FilterExpression=Attr("tags").contains("1975"),
    )
    assert [item["year"] for item in answer["Items"]] == [1975]
    assert answer["Items"][0]["sold"] == Decimal("2962.5")
    table.update_item(
        Key={"artist": "a", "year": 1975},
        UpdateExpression="ADD sold :n",
        ExpressionAttributeValues={":n": Decimal("0.5")},
    )
    assert table.get_item(Key={"artist": "a", "year": 1975})["Item"]["sold"] == Decimal("2963")
    table.delete()
    table.wait_until_not_exists()


def test_a_paginator_goes_through_every_page(client) -> None:
    client.create_table(
        TableName="pages",
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(23):
        client.put_item(TableName="pages", Item={"a": {"S": str(number)}})
    pages = client.get_paginator("scan").paginate(TableName="pages", PaginationConfig={"PageSize": 5})
    assert sorted(int(item["a"]["S"]) for page in pages for item in page["Items"]) == list(range(23))
