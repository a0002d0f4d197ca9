"""Scan: the whole table in AWS's order, by pages and by segments."""

from __future__ import annotations

import re

import pytest

from failure import constraint, fails, rejects
from tables import all_pages, answered_items, create_table, put_all, sized_item

from .scan_order import hash_of, segment_of

STRINGS = ["2", "8", "9", "1", "6", "hello", "0", "5", "4", "äáöü", "aardman", "7", "3", "zapf"]
NUMBERS = ["7", "999.9", "8", "3", "2", "-999.9", "9", "4", "-0.09", "6", "1", "0", "0.012345", "5"]
"""The two orders in which AWS was seen to answer a scan."""

MANY = [{"a": {"S": f"key {number}"}, "n": {"N": str(number)}} for number in range(200)]


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, MANY)
    return hash_table


def keys(items):
    return [item["a"]["S"] for item in items]


# ------------------------------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize(("kind", "order"), [("S", STRINGS), ("N", NUMBERS)])
def test_items_come_in_the_order_that_was_recorded_on_aws(ddb, kind, order) -> None:
    table = create_table(ddb, "ordered", f"a:{kind}")
    put_all(ddb, table, [{"a": {kind: text}} for text in sorted(order)])
    assert [item["a"][kind] for item in ddb.scan(TableName=table)["Items"]] == order


@pytest.mark.parametrize(("kind", "order"), [("S", STRINGS), ("N", NUMBERS)])
def test_the_model_of_the_order_agrees_with_the_recordings(kind, order) -> None:
    assert sorted(order, key=lambda text: hash_of({kind: text})) == order


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("S", [f"key {number}" for number in range(60)]),
        ("N", [f"{sign}{digits}e{exponent}" for sign in ("", "-") for digits in ("1", "12", "123", "9.87654321") for exponent in (-130, -7, -2, -1, 0, 1, 2, 9, 120)]),
        ("B", [bytes([number, 255 - number]) for number in range(60)]),
    ],
)  # fmt: skip
def test_items_come_in_the_order_of_the_hash_of_their_key(ddb, kind, values) -> None:
    table = create_table(ddb, "ordered", f"a:{kind}")
    for value in values:
        ddb.put_item(TableName=table, Item={"a": {kind: value}})
    hashes = [hash_of(item["a"]) for item in ddb.scan(TableName=table)["Items"]]
    assert hashes == sorted(hashes)
    assert len(hashes) == len(values)


def test_items_of_one_partition_come_in_the_order_of_the_sort_key(ddb, range_table) -> None:
    put_all(ddb, range_table, [{"a": {"S": part}, "b": {"S": sort}} for sort in "cab" for part in "xyz"])
    seen = [(item["a"]["S"], item["b"]["S"]) for item in ddb.scan(TableName=range_table)["Items"]]
    partitions = sorted("xyz", key=lambda part: hash_of({"S": part}))
    assert seen == [(part, sort) for part in partitions for sort in "abc"]


# ------------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("limit", [1, 7, 50, 199, 200, 1000])
def test_pages_of_any_size_give_every_item_once(ddb, table, limit) -> None:
    pages = all_pages(ddb.scan, TableName=table, Limit=limit)
    whole = ddb.scan(TableName=table)["Items"]
    assert answered_items(pages) == whole
    assert len(whole) == len(MANY)
    assert all(page["ScannedCount"] == limit for page in pages[:-1])
    assert all(page["LastEvaluatedKey"] == {"a": page["Items"][-1]["a"]} for page in pages[:-1])


def test_a_page_ends_with_the_item_that_crosses_1_mb_before_filter(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item({"a": {"S": str(number)}}, 300 * 1024) for number in range(6)])
    pages = all_pages(ddb.scan, TableName=hash_table, FilterExpression="attribute_not_exists(filler)")
    assert [(page["Count"], page["ScannedCount"]) for page in pages] == [(0, 4), (0, 2)]


def test_the_start_need_not_exist(ddb, table) -> None:
    start = {"a": {"S": "no such key"}}
    expected = [item for item in ddb.scan(TableName=table)["Items"] if hash_of(item["a"]) > hash_of(start["a"])]
    assert ddb.scan(TableName=table, ExclusiveStartKey=start)["Items"] == expected
    assert 0 < len(expected) < len(MANY)


SCHEMA = "The provided starting key is invalid: The provided key element does not match the schema"


@pytest.mark.parametrize("start", [{"b": {"S": "x"}}, {"a": {"S": "x"}, "b": {"S": "x"}}, {"a": {"N": "1"}}])
def test_a_start_must_match_the_schema(ddb, table, start) -> None:
    with rejects(re.compile(f"{SCHEMA}|The provided key element does not match the schema")):
        ddb.scan(TableName=table, ExclusiveStartKey=start)


# ---------------------------------------------------------------------------------------------------------------- segments


@pytest.mark.parametrize("total", [1, 2, 3, 4, 7, 64, 4096])
def test_segments_together_give_every_item_once(ddb, table, total) -> None:
    numbers = range(total) if total <= 64 else sorted({segment_of(item["a"], total) for item in MANY})
    segments = [ddb.scan(TableName=table, Segment=number, TotalSegments=total)["Items"] for number in numbers]
    for number, items in zip(numbers, segments, strict=True):
        assert {segment_of(item["a"], total) for item in items} <= {number}
    assert [item for items in segments for item in items] == ddb.scan(TableName=table)["Items"]


def test_a_segment_is_read_by_pages(ddb, table) -> None:
    request = {"TableName": table, "Segment": 1, "TotalSegments": 3}
    assert answered_items(all_pages(ddb.scan, Limit=5, **request)) == ddb.scan(**request)["Items"]


def test_a_start_must_be_of_the_segment(ddb, table) -> None:
    other = next(item["a"] for item in MANY if segment_of(item["a"], 2) == 1)
    message = (
        "The provided starting key is invalid: Invalid ExclusiveStartKey. "
        "Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 0"
    )
    with rejects(message):
        ddb.scan(TableName=table, Segment=0, TotalSegments=2, ExclusiveStartKey={"a": other})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
        ),
        (
            {"TotalSegments": 2},
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2",
        ),
        (
            {"Segment": 0, "TotalSegments": 0},
            constraint(0, "totalSegments", "Member must have value greater than or equal to 1"),
        ),
        (
            {"Segment": 0, "TotalSegments": 1000001},
            constraint(1000001, "totalSegments", "Member must have value less than or equal to 1000000"),
        ),
        (
            {"Segment": -1, "TotalSegments": 2},
            constraint(-1, "segment", "Member must have value greater than or equal to 0"),
        ),
    ],
    ids=str,
)
def test_segments_must_be_numbered_from_zero_below_their_total(ddb, table, members, message) -> None:
    with rejects(message):
        ddb.scan(TableName=table, **members)


# ------------------------------------------------------------------------------------------ filters, projections, counting


def test_a_filter_may_name_keys(ddb, table) -> None:
    answer = ddb.scan(
        TableName=table,
        FilterExpression="a = :a OR n < :n",
        ExpressionAttributeValues={":a": {"S": "key 7"}, ":n": {"N": "2"}},
    )
    assert sorted(keys(answer["Items"])) == ["key 0", "key 1", "key 7"]
    assert (answer["Count"], answer["ScannedCount"]) == (3, 200)


def test_a_legacy_filter_drops_items(ddb, table) -> None:
    filters = {
        "n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "3"}, {"N": "5"}]},
        "a": {"ComparisonOperator": "NE", "AttributeValueList": [{"S": "key 4"}]},
    }
    assert sorted(keys(ddb.scan(TableName=table, ScanFilter=filters)["Items"])) == ["key 3", "key 5"]
    assert ddb.scan(TableName=table, ScanFilter=filters, ConditionalOperator="OR")["Count"] == 200


def test_a_projection_keeps_what_it_names(ddb, table) -> None:
    answer = ddb.scan(TableName=table, ProjectionExpression="n", Limit=3)
    assert all(set(item) == {"n"} for item in answer["Items"])
    assert set(answer["LastEvaluatedKey"]) == {"a"}


def test_counting_answers_no_items(ddb, table) -> None:
    answer = ddb.scan(TableName=table, Select="COUNT")
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (200, 200)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        ({"Select": "COUNT", "AttributesToGet": ["n"]}, "Cannot specify the AttributesToGet when choosing to get only the Count"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
        (
            {"FilterExpression": "n = :n", "ScanFilter": {"n": {"ComparisonOperator": "NULL"}}, "ExpressionAttributeValues": {":n": {"N": "1"}}},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {ScanFilter} Expression parameters: {FilterExpression}",
        ),
        ({"FilterExpression": "n"}, 'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "n"'),
        ({"IndexName": "nope"}, "The table does not have the specified index: nope"),
        ({"Limit": 0}, re.compile("1 validation error detected: Value .*at '[lL]imit' failed to satisfy constraint: Member must have value greater than or equal to 1")),
    ],
    ids=str,
)  # fmt: skip
def test_requests_that_contradict_are_rejected(ddb, table, members, message) -> None:
    with rejects(message):
        ddb.scan(TableName=table, **members)


@pytest.mark.parametrize(("consistent", "units"), [(False, 4.0), (True, 8.0)])
def test_units_round_the_sum_of_what_was_read(ddb, hash_table, consistent, units) -> None:
    put_all(ddb, hash_table, [sized_item({"a": {"S": str(number)}}, 3000) for number in range(10)])
    answer = ddb.scan(TableName=hash_table, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": hash_table, "CapacityUnits": units}


def test_takes_an_arn_for_a_table(ddb, table) -> None:
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    assert ddb.scan(TableName=arn)["Count"] == 200


def test_a_missing_table_is_not_found(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        ddb.scan(TableName="nosuch")
