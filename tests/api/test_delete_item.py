"""DeleteItem: one item less, or nothing."""

from __future__ import annotations

import pytest

from failure import constraint, fails, rejects
from tables import put_all, sized_item

KEY = {"a": {"S": "k"}}
ITEM = {**KEY, "v": {"N": "1"}}
FAILED = "The conditional request failed"


def test_an_item_is_gone_and_others_stay(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [ITEM, {"a": {"S": "other"}}])
    assert set(ddb.delete_item(TableName=hash_table, Key=KEY)) <= {"ResponseMetadata"}
    assert ddb.scan(TableName=hash_table)["Items"] == [{"a": {"S": "other"}}]


def test_a_missing_item_is_deleted_without_a_word(ddb, hash_table) -> None:
    for members in ({}, {"ReturnValues": "ALL_OLD"}):
        assert set(ddb.delete_item(TableName=hash_table, Key=KEY, **members)) <= {"ResponseMetadata"}


def test_the_old_item_is_returned_on_request(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [ITEM])
    assert ddb.delete_item(TableName=hash_table, Key=KEY, ReturnValues="ALL_OLD")["Attributes"] == ITEM


@pytest.mark.parametrize("word", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_a_delete_returns_all_old_or_nothing(ddb, hash_table, word) -> None:
    with rejects("ReturnValues can only be ALL_OLD or NONE"):
        ddb.delete_item(TableName=hash_table, Key=KEY, ReturnValues=word)


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ("v = :v", "1", True),
        ("v = :v", "1.0", True),
        ("v > :v", "1", False),
        ("v <> :v", "1", False),
        ("NOT v > :v", "1", True),
    ],
)
def test_a_condition_decides(ddb, hash_table, condition, value, holds) -> None:
    put_all(ddb, hash_table, [ITEM])
    request = {"ConditionExpression": condition, "ExpressionAttributeValues": {":v": {"N": value}}}
    if holds:
        ddb.delete_item(TableName=hash_table, Key=KEY, **request)
    else:
        with fails("ConditionalCheckFailedException", FAILED):
            ddb.delete_item(TableName=hash_table, Key=KEY, **request)
    assert ("Item" in ddb.get_item(TableName=hash_table, Key=KEY)) == (not holds)


def test_a_failed_condition_returns_the_item_on_request(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [ITEM])
    with fails("ConditionalCheckFailedException", FAILED) as failure:
        ddb.delete_item(
            TableName=hash_table,
            Key=KEY,
            ConditionExpression="attribute_not_exists(v)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert failure.response["Item"] == ITEM


def test_messages_are_bare(ddb) -> None:
    """Only PutItem and UpdateItem report them behind `1 validation error detected: `."""
    with rejects("Invalid ConditionExpression: The expression can not be empty;"):
        ddb.delete_item(TableName="nosuch", Key=KEY, ConditionExpression="")


@pytest.mark.parametrize("key", [{"b": {"S": "x"}}, {"a": {"N": "1"}}, {**KEY, "b": {"S": "x"}}])
def test_a_key_must_match_the_schema(ddb, hash_table, key) -> None:
    with rejects("The provided key element does not match the schema"):
        ddb.delete_item(TableName=hash_table, Key=key)


@pytest.mark.parametrize(("size", "units"), [(0, 1.0), (100, 1.0), (1024, 1.0), (1025, 2.0), (5000, 5.0)])
def test_units_are_per_kb_of_the_old_item(ddb, hash_table, size, units) -> None:
    if size:
        put_all(ddb, hash_table, [sized_item(KEY, size)])
    answer = ddb.delete_item(TableName=hash_table, Key=KEY, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": hash_table, "CapacityUnits": units}


def test_takes_an_arn_for_a_table(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [ITEM])
    arn = ddb.describe_table(TableName=hash_table)["Table"]["TableArn"]
    ddb.delete_item(TableName=arn, Key=KEY)
    assert ddb.scan(TableName=hash_table)["Count"] == 0


@pytest.mark.parametrize(("members", "path"), [({"Key": KEY}, "tableName"), ({"TableName": "nosuch"}, "key")])
def test_table_and_key_must_be_given(ddb, members, path) -> None:
    with rejects(constraint(None, path, "Member must not be null")):
        ddb.delete_item(**members)
