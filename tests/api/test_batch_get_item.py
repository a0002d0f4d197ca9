"""BatchGetItem: up to 100 items by key, from several tables."""

from __future__ import annotations

import re

import pytest

from failure import constraint, fails, rejects
from tables import create_table, put_all, sized_item

SCHEMA = "The provided key element does not match the schema"


def key(name) -> dict:
    return {"a": {"S": str(name)}}


def keys(count: int) -> list[dict]:
    return [key(number) for number in range(count)]


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, [{**key(number), "n": {"N": str(number)}} for number in range(100)])
    return hash_table


def get(ddb, **members):
    return ddb.batch_get_item(RequestItems=members.pop("tables"), **members)


def names(items) -> list[str]:
    return sorted(item["a"]["S"] for item in items)


def test_answers_the_items_that_exist(ddb, table) -> None:
    answer = get(ddb, tables={table: {"Keys": [key(1), key("absent"), key(2)]}})
    assert names(answer["Responses"][table]) == ["1", "2"]
    assert answer["UnprocessedKeys"] == {}


def test_a_table_without_a_hit_has_an_empty_list(ddb, table) -> None:
    assert get(ddb, tables={table: {"Keys": [key("absent")]}})["Responses"] == {table: []}


def test_reads_100_keys_of_several_tables(ddb, table) -> None:
    other = create_table(ddb, "other", "a:S")
    put_all(ddb, other, [{**key(1), "of": {"S": "other"}}])
    answer = get(ddb, tables={table: {"Keys": keys(99)}, other: {"Keys": [key(1)]}})
    assert len(answer["Responses"][table]) == 99
    assert answer["Responses"][other] == [{**key(1), "of": {"S": "other"}}]


def test_each_table_has_its_projection(ddb, table) -> None:
    request = {"Keys": [key(1)], "ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "n"}}
    assert get(ddb, tables={table: request})["Responses"] == {table: [{"n": {"N": "1"}}]}
    assert get(ddb, tables={table: {"Keys": [key(1)], "AttributesToGet": ["absent"]}})["Responses"] == {table: [{}]}


def test_keys_may_not_repeat(ddb, table) -> None:
    with rejects("Provided list of item keys contains duplicates"):
        get(ddb, tables={table: {"Keys": [key(1), key(2), key(1)]}})


def test_a_number_written_in_two_ways_is_answered_once(ddb) -> None:
    table = create_table(ddb, "numbers", "a:N")
    put_all(ddb, table, [{"a": {"N": "1"}}])
    answer = get(ddb, tables={table: {"Keys": [{"a": {"N": "1"}}, {"a": {"N": "1.0"}}]}})
    assert answer["Responses"][table] == [{"a": {"N": "1"}}]


def test_more_than_100_keys_of_one_table_are_rejected(ddb, table) -> None:
    shown = re.compile(
        r"1 validation error detected: Value ('\[.*\]' )?at '[rR]equestItems\.hash\.member\.[kK]eys' failed to satisfy constraint: "
        r"Member must have length less than or equal to 100"
    )
    with rejects(shown):
        get(ddb, tables={table: {"Keys": keys(101)}})


def test_more_than_100_keys_in_all_are_rejected(ddb, table) -> None:
    other = create_table(ddb, "other", "a:S")
    with rejects("Too many items requested for the BatchGetItem call"):
        get(ddb, tables={table: {"Keys": keys(100)}, other: {"Keys": keys(1)}})


@pytest.mark.parametrize(
    ("request_items", "message"),
    [
        ({}, re.compile("The requestItems parameter is required for BatchGetItem|" + re.escape(constraint("{}", "requestItems", "Member must have length greater than or equal to 1")))),
        ({"hash": {"Keys": []}}, constraint("[]", "requestItems.hash.member.keys", "Member must have length greater than or equal to 1")),
        ({"hash": {}}, constraint(None, "requestItems.hash.member.keys", "Member must not be null")),
        ({"hash": {"Keys": [{"b": {"S": "x"}}]}}, SCHEMA),
        ({"hash": {"Keys": [{"a": {"N": "1"}}]}}, SCHEMA),
        ({"hash": {"Keys": [key(1)], "ExpressionAttributeNames": {"#n": "n"}}}, "ExpressionAttributeNames can only be specified when using expressions"),
        ({"hash": {"Keys": [key(1)], "ProjectionExpression": "n,"}}, 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'),
    ],
    ids=["no table", "no keys", "keys missing", "another attribute", "another type", "names alone", "syntax"],
)  # fmt: skip
def test_wrong_requests_are_rejected(ddb, hash_table, request_items, message) -> None:
    with rejects(message):
        get(ddb, tables=request_items)


def test_a_missing_table_fails_the_whole_batch(ddb, table) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        get(ddb, tables={table: {"Keys": [key(1)]}, "nosuch": {"Keys": [key(1)]}})


def test_what_does_not_fit_is_left_with_its_settings(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(key(number), 390 * 1024) for number in range(60)])
    settings = {"ConsistentRead": True, "ProjectionExpression": "#a, filler", "ExpressionAttributeNames": {"#a": "a"}}
    tables, seen, calls = {hash_table: {"Keys": keys(60), **settings}}, [], 0
    while tables:
        answer = get(ddb, tables=tables)
        items = answer["Responses"].get(hash_table, [])
        assert items
        seen += names(items)
        tables, calls = answer["UnprocessedKeys"], calls + 1
        if tables:
            rest = dict(tables[hash_table])
            assert len(rest.pop("Keys")) == 60 - len(seen)
            assert rest == settings
    assert sorted(seen) == names(keys(60))
    assert calls > 1


@pytest.mark.parametrize(("last", "fits"), [(229_373, True), (229_374, False)])
def test_an_answer_has_at_most_1_458_173_bytes_of_items(ddb, hash_table, last, fits) -> None:
    """What AWS was seen to do: 1 MB and one largest item, less three bytes."""
    sizes = [409_600, 409_600, 409_600, last]
    put_all(ddb, hash_table, [sized_item(key(number), size) for number, size in enumerate(sizes)])
    answer = get(ddb, tables={hash_table: {"Keys": keys(4)}}, ReturnConsumedCapacity="TOTAL")
    assert len(answer["Responses"][hash_table]) == (4 if fits else 3)
    assert answer["UnprocessedKeys"] == ({} if fits else {hash_table: {"Keys": [key(3)]}})
    units = 3 * 50.0 + (28.0 if fits else 0.0)
    assert answer["ConsumedCapacity"] == [{"TableName": hash_table, "CapacityUnits": units}]


@pytest.mark.parametrize(("consistent", "units"), [(False, 1.5), (True, 3.0)])
def test_units_round_each_item_and_count_missing_ones(ddb, table, consistent, units) -> None:
    request = {table: {"Keys": [key(1), key(2), key("absent")], "ConsistentRead": consistent}}
    answer = get(ddb, tables=request, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [
        {"TableName": table, "CapacityUnits": units, "Table": {"CapacityUnits": units}}
    ]


def test_takes_an_arn_for_a_table(ddb, table) -> None:
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    [items] = get(ddb, tables={arn: {"Keys": [key(1)]}})["Responses"].values()
    assert names(items) == ["1"]
