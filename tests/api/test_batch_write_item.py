"""BatchWriteItem: up to 25 puts and deletes, each on its own."""

from __future__ import annotations

import re

import pytest

from failure import constraint, fails, rejects
from tables import create_table, put_all, sized_item

SCHEMA = "The provided key element does not match the schema"
PER_TABLE = (
    "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
    "Member must have length greater than or equal to 1]"
)


def key(name) -> dict:
    return {"a": {"S": str(name)}}


def put(item) -> dict:
    return {"PutRequest": {"Item": item}}


def delete(item_key) -> dict:
    return {"DeleteRequest": {"Key": item_key}}


def write(ddb, **members):
    return ddb.batch_write_item(RequestItems=members.pop("tables"), **members)


def stored(ddb, table) -> list[str]:
    return sorted(item["a"]["S"] for item in ddb.scan(TableName=table)["Items"])


def test_puts_and_deletes_are_done(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [key("old"), key("gone")])
    answer = write(
        ddb,
        tables={
            hash_table: [
                put(key("new")),
                put({**key("old"), "n": {"N": "1"}}),
                delete(key("gone")),
                delete(key("absent")),
            ]
        },
    )
    assert answer["UnprocessedItems"] == {}
    assert stored(ddb, hash_table) == ["new", "old"]
    assert ddb.get_item(TableName=hash_table, Key=key("old"))["Item"]["n"] == {"N": "1"}


def test_25_requests_to_several_tables(ddb, hash_table) -> None:
    other = create_table(ddb, "other", "a:S")
    write(
        ddb,
        tables={
            hash_table: [put(key(number)) for number in range(20)],
            other: [put(key(number)) for number in range(5)],
        },
    )
    assert (len(stored(ddb, hash_table)), len(stored(ddb, other))) == (20, 5)


def test_more_than_25_requests_to_one_table_are_rejected(ddb, hash_table) -> None:
    shown = re.compile(
        r"1 validation error detected: Value '\{hash=\[.*' at 'requestItems' failed to satisfy constraint: "
        + re.escape(PER_TABLE)
    )
    with rejects(shown):
        write(ddb, tables={hash_table: [put(key(number)) for number in range(26)]})
    assert stored(ddb, hash_table) == []


def test_more_than_25_requests_in_all_are_rejected(ddb, hash_table) -> None:
    other = create_table(ddb, "other", "a:S")
    with rejects("Too many items requested for the BatchWriteItem call"):
        write(ddb, tables={hash_table: [put(key(number)) for number in range(25)], other: [put(key(1))]})


@pytest.mark.parametrize(
    "requests",
    [
        [put(key("x")), delete(key("x"))],
        [put(key("x")), put({**key("x"), "n": {"N": "1"}})],
        [delete(key("x")), delete(key("x"))],
    ],
)
def test_one_item_may_be_named_once(ddb, hash_table, requests) -> None:
    with rejects("Provided list of item keys contains duplicates"):
        write(ddb, tables={hash_table: requests})


def test_numbers_name_one_item_however_they_are_written(ddb) -> None:
    table = create_table(ddb, "numbers", "a:N")
    with rejects("Provided list of item keys contains duplicates"):
        write(ddb, tables={table: [put({"a": {"N": "1"}}), put({"a": {"N": "1.0"}})]})


EXACTLY_ONE = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        ([{}], EXACTLY_ONE),
        ([{**put(key("x")), **delete(key("x"))}], EXACTLY_ONE),
        ([put({"b": {"S": "x"}})], SCHEMA),
        ([put({"a": {"N": "1"}})], SCHEMA),
        ([delete({**key("x"), "b": {"S": "x"}})], SCHEMA),
        (
            [put(key(""))],
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a",
        ),
        ([put(sized_item(key("x"), 409_601))], "Item size has exceeded the maximum allowed size"),
        (
            [put({**key("x"), "s": {"SS": []}})],
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
    ],
    ids=["neither", "both", "no key", "type of key", "key too large", "empty key", "item too large", "empty set"],
)
def test_one_wrong_request_fails_the_whole_batch_before_any_write(ddb, hash_table, requests, message) -> None:
    with rejects(message):
        write(ddb, tables={hash_table: [put(key("first")), *requests]})
    assert stored(ddb, hash_table) == []


@pytest.mark.parametrize(
    ("request_items", "message"),
    [
        ({}, re.compile("The requestItems parameter is required for BatchWriteItem|" + re.escape(constraint("{}", "requestItems", "Member must have length greater than or equal to 1")))),
        ({"hash": []}, re.compile(re.escape(constraint("{hash=[]}", "requestItems", PER_TABLE)) + "|.*'requestItems.hash.member' failed to satisfy constraint: Member must have length greater than or equal to 1")),
    ],
    ids=["no table", "no request"],
)  # fmt: skip
def test_an_empty_batch_is_rejected(ddb, hash_table, request_items, message) -> None:
    with rejects(message):
        write(ddb, tables=request_items)


def test_a_missing_table_fails_the_whole_batch(ddb, hash_table) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        write(ddb, tables={hash_table: [put(key(1))], "nosuch": [put(key(1))]})
    assert stored(ddb, hash_table) == []


def test_units_are_summed_by_table(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(key("old"), 3000)])
    requests = [put(sized_item(key("new"), 2000)), delete(key("old")), delete(key("absent"))]
    answer = write(ddb, tables={hash_table: requests}, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": hash_table, "CapacityUnits": 2.0 + 3.0 + 1.0}]


def test_takes_an_arn_for_a_table(ddb, hash_table) -> None:
    arn = ddb.describe_table(TableName=hash_table)["Table"]["TableArn"]
    write(ddb, tables={arn: [put(key("x"))]})
    assert stored(ddb, hash_table) == ["x"]
