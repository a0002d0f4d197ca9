"""The words of messages: those of AWS today, and those from before mid-2026, by every rule that tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import statordb
from failure import VALIDATION, fails
from server import Server
from tables import create_table

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVELOPE = "1 validation error detected: "
KEY = {"a": {"S": "x"}}
EMPTY = {"a": {"S": ""}}
CONTENT = "The AttributeValue for a key attribute cannot contain an empty string value. Key: a"
SPECIFIC = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
NESTED = "KeyConditionExpressions cannot have conditions on nested attributes"
SET = "One or more parameter values were invalid: An string set  may not be empty"
CHOICE = "failed to satisfy constraint: Member must satisfy enum value set:"
LENGTH = "failed to satisfy constraint: Member must have length"
VALUE = "failed to satisfy constraint: Member must have value"
BY_KEY = {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
NAME = "TableName must be at least 3 characters long and at most 255 characters long"

# Operation, members beside TableName, today's message, the classic one.
Case = tuple[str, dict[str, Any], str, str]
CASES: list[Case] = [
    (
        "put_item",
        {"Item": KEY, "ReturnValues": "ALL_NEW"},
        f"{ENVELOPE}ReturnValues can only be ALL_OLD or NONE",
        "ReturnValues can only be ALL_OLD or NONE",
    ),
    (
        "update_item",
        {"Key": KEY, "UpdateExpression": "SET b = :b", "ExpressionAttributeValues": {":b": {"SS": []}}},
        f"{ENVELOPE}{SET}",
        f"ExpressionAttributeValues contains invalid value: {SET} for key :b",
    ),
    (
        "update_item",
        {"Key": KEY, "UpdateExpression": ""},
        f"{ENVELOPE}Invalid UpdateExpression: The expression can not be empty;",
        "Invalid UpdateExpression: The expression can not be empty;",
    ),
    (
        "delete_item",
        {"Key": KEY, "ConditionExpression": ""},
        "Invalid ConditionExpression: The expression can not be empty;",
        "Invalid ConditionExpression: The expression can not be empty;",
    ),
    *(
        (
            operation,
            {"Key": EMPTY},
            f"One or more parameter values are not valid. {CONTENT}",
            f"One or more parameter values were invalid: {CONTENT}",
        )
        for operation in ("get_item", "update_item", "delete_item")
    ),
    (
        "put_item",
        {"Item": EMPTY},
        f"One or more parameter values are not valid. {CONTENT}",
        f"One or more parameter values are not valid. {CONTENT}",
    ),
    ("query", {**BY_KEY, "Select": "SPECIFIC_ATTRIBUTES"}, ENVELOPE + SPECIFIC, SPECIFIC),
    ("scan", {"Select": "SPECIFIC_ATTRIBUTES"}, SPECIFIC, SPECIFIC),
    (
        "query",
        {**BY_KEY, "KeyConditionExpression": "a.b = :a"},
        f"Invalid KeyConditionExpression: {NESTED}",
        NESTED,
    ),
    (
        "query",
        {**BY_KEY, "Limit": 0},
        f"{ENVELOPE}Value at 'Limit' {VALUE} greater than or equal to 1",
        f"{ENVELOPE}Value '0' at 'limit' {VALUE} greater than or equal to 1",
    ),
    (
        "update_item",
        {"Key": KEY, "ReturnValues": "x", "ReturnConsumedCapacity": "y"},
        f"{ENVELOPE}Value 'x' at 'returnValues' {CHOICE} [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        f"2 validation errors detected: Value 'x' at 'returnValues' {CHOICE} [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, "
        f"UPDATED_NEW]; Value 'y' at 'returnConsumedCapacity' {CHOICE} [INDEXES, TOTAL, NONE]",
    ),
    (
        "get_item",
        {"TableName": "", "Key": KEY},
        f"{ENVELOPE}Value '' at 'tableName' {LENGTH} greater than or equal to 1",
        NAME,
    ),
    (
        "get_item",
        {"TableName": None, "Key": KEY},
        f"{ENVELOPE}Value null at 'tableName' failed to satisfy constraint: Member must not be null",
        "The parameter 'TableName' is required but was not present in the request",
    ),
    (
        "batch_write_item",
        {"TableName": None, "RequestItems": {}},
        "The requestItems parameter is required for BatchWriteItem",
        f"{ENVELOPE}Value '{{}}' at 'requestItems' {LENGTH} greater than or equal to 1",
    ),
    (
        "create_table",
        {
            "TableName": "ab",
            "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
        f"{ENVELOPE}Value 'ab' at 'tableName' {LENGTH} greater than or equal to 3",
        NAME,
    ),
]


@pytest.fixture(scope="module", params=["current", "classic"])
def words(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    with statordb.connect(wording=request.param) as database:
        client = database.client()
        create_table(client, "hash", "a:S")
        yield request.param, client


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[3]}"[:70])
def test_messages_have_the_words_that_were_chosen(words: tuple[str, Any], case: Case) -> None:
    wording, client = words
    operation, given, current, classic = case
    members = {name: value for name, value in {"TableName": "hash", **given}.items() if value is not None}
    with fails(VALIDATION, current if wording == "current" else classic):
        getattr(client, operation)(**members)


def test_the_native_door_has_them_too() -> None:
    with statordb.connect(wording="classic") as database:
        table = database.create_table("users", "id")
        with fails(VALIDATION, f"One or more parameter values were invalid: {CONTENT.replace('Key: a', 'Key: id')}"):
            table.get({"id": ""})


def test_the_server_has_them_too() -> None:
    from conftest import boto_client

    with Server("--wording", "classic") as server:
        client = boto_client(server.endpoint)
        with fails(VALIDATION, NAME):
            client.get_item(TableName="ab", Key=KEY)


def test_other_words_are_refused() -> None:
    with pytest.raises(ValueError, match="`wording` is one of current, classic, not 'antique'"):
        statordb.connect(wording="antique")
