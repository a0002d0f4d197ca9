"""TransactGetItems: up to 100 items as they are at one moment."""

from __future__ import annotations

import re

import pytest

from failure import INVALID, NONE, cancels, constraint, fails, rejects, unfit
from tables import create_table, put_all, sized_item

SCHEMA = "The provided key element does not match the schema"
TWICE = "Transaction request cannot include multiple operations on one item"


def key(name) -> dict:
    return {"a": {"S": str(name)}}


def get(table, wanted, **members) -> dict:
    return {"Get": {"TableName": table, "Key": wanted, **members}}


def read(ddb, *gets, **members):
    return ddb.transact_get_items(TransactItems=list(gets), **members)


ITEMS = [{**key(number), "n": {"N": str(number)}} for number in range(100)]


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, ITEMS)
    return hash_table


def test_answers_stand_in_the_order_of_the_request(ddb, table) -> None:
    answer = read(ddb, get(table, key(2)), get(table, key("absent")), get(table, key(1)))
    assert answer["Responses"] == [{"Item": ITEMS[2]}, {}, {"Item": ITEMS[1]}]


def test_items_may_be_of_several_tables(ddb, table) -> None:
    other = create_table(ddb, "second", "a:S")
    put_all(ddb, other, [{**key(1), "of": {"S": "second"}}])
    answer = read(ddb, get(other, key(1)), get(table, key(1)))
    assert answer["Responses"] == [{"Item": {**key(1), "of": {"S": "second"}}}, {"Item": ITEMS[1]}]


@pytest.mark.parametrize(
    ("projection", "names", "expected"),
    [
        ("n", None, {"Item": {"n": {"N": "3"}}}),
        ("#n, a", {"#n": "n"}, {"Item": ITEMS[3]}),
        ("absent", None, {}),
        ("n.x", None, {}),
    ],
)
def test_a_projection_that_gives_nothing_gives_no_item(ddb, table, projection, names, expected) -> None:
    members = {"ProjectionExpression": projection, **({"ExpressionAttributeNames": names} if names else {})}
    answer = read(ddb, get(table, key(3), **members), get(table, key(4)))
    assert answer["Responses"] == [expected, {"Item": ITEMS[4]}]


def test_100_items_are_the_most(ddb, table) -> None:
    wanted = [get(table, key(number)) for number in range(100)]
    assert read(ddb, *wanted)["Responses"] == [{"Item": item} for item in ITEMS]
    text = "Member must have length less than or equal to 100"
    shown = re.compile(
        rf"1 validation error detected: Value '.*' at 'transactItems' failed to satisfy constraint: {text}", re.DOTALL
    )
    with rejects(shown):
        read(ddb, *wanted, get(table, key(100)))


def test_there_is_an_item(ddb) -> None:
    with rejects(constraint("[]", "transactItems", "Member must have length greater than or equal to 1")):
        read(ddb)
    with rejects(constraint(None, "transactItems", "Member must not be null")):
        ddb.transact_get_items()


@pytest.mark.parametrize(
    ("element", "path"),
    [
        ({}, "get"),
        ({"Get": {"Key": key(1)}}, "get.tableName"),
        ({"Get": {"TableName": "abc"}}, "get.key"),
    ],
)
def test_each_get_has_what_it_needs(ddb, element, path) -> None:
    with rejects(constraint(None, f"transactItems.2.member.{path}", "Member must not be null")):
        read(ddb, get("abc", key(1)), element)


def test_an_item_is_asked_for_once(ddb, table) -> None:
    with rejects(TWICE):
        read(ddb, get(table, key(1)), get(table, key(2)), get(table, key(1), ProjectionExpression="n"))
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    assert read(ddb, get(arn, key(1)))["Responses"] == [{"Item": ITEMS[1]}]
    with rejects(TWICE):
        read(ddb, get(arn, key(1)), get(table, key(1)))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"a": {"N": "1"}}, SCHEMA),
        ({"b": {"S": "1"}}, SCHEMA),
        ({**key(1), "b": {"S": "1"}}, SCHEMA),
        ({"a": {"BOOL": True}}, SCHEMA),
        (key("x" * 2049), INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    ],
    ids=["type", "name", "further", "no key", "size"],
)
def test_a_key_that_does_not_fit_its_table_is_a_reason(ddb, table, wanted, message) -> None:
    with cancels(NONE, unfit(message), NONE):
        read(ddb, get(table, key(1)), get(table, wanted), get(table, {"c": {"S": "1"}}))


def test_an_empty_key_rejects_the_request(ddb, table) -> None:
    with rejects(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a"
    ):
        read(ddb, get(table, key(1)), get(table, key("")))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ProjectionExpression": ""}, "Invalid ProjectionExpression: The expression can not be empty;"),
        ({"ProjectionExpression": "n,"}, 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'),
        ({"ExpressionAttributeNames": {"#n": "n"}}, "ExpressionAttributeNames can only be specified when using expressions"),
        ({"ProjectionExpression": "n", "ExpressionAttributeNames": {"#n": "n"}}, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}"),
        ({"ProjectionExpression": "n, n"}, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]"),
    ],
)  # fmt: skip
def test_wrong_projections_are_rejected_before_the_table_is_looked_up(ddb, members, message) -> None:
    with rejects(message):
        read(ddb, get("nosuch", key(1), **members))


def test_a_missing_table_fails_the_whole_request(ddb, table) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        read(ddb, get(table, key(1)), get("nosuch", key(1)))


def test_4_mb_are_the_most(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(key(number), 400 * 1024) for number in range(11)])
    wanted = [get(hash_table, key(number)) for number in range(11)]
    assert len(read(ddb, *wanted[:10])["Responses"]) == 10
    with rejects(f"Transaction payload size cannot exceed 4MB. Payload Size: {11 * 400 * 1024}"):
        read(ddb, *wanted)


def test_units_count_twice_for_each_item_also_a_missing_one(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(key("large"), 5000), key("small")])
    gets = [get(hash_table, key(name), ProjectionExpression="a") for name in ("large", "small", "absent")]
    units = 2.0 * (2 + 1 + 1)
    report = {"TableName": hash_table, "CapacityUnits": units, "ReadCapacityUnits": units}
    assert read(ddb, *gets, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == [report]
    answer = read(ddb, *gets, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [{**report, "Table": {"CapacityUnits": units}}]
    assert "ConsumedCapacity" not in read(ddb, *gets)


def test_units_come_by_table(ddb, hash_table, range_table) -> None:
    answer = read(
        ddb,
        get(range_table, {**key("x"), "b": {"S": "y"}}),
        get(hash_table, key("x")),
        get(range_table, {**key("x"), "b": {"S": "z"}}),
        ReturnConsumedCapacity="TOTAL",
    )
    units = {report["TableName"]: report["CapacityUnits"] for report in answer["ConsumedCapacity"]}
    assert units == {range_table: 4.0, hash_table: 2.0}
