"""Query: one partition, in the order of the sort key, by pages."""

from __future__ import annotations

import re

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import all_pages, answered_items, put_all, sized_item

SORT_KEYS = ["a", "aa", "ab", "b", "ba", "é", "\U0001f600"]
ITEMS = [{"a": {"S": "p"}, "b": {"S": key}, "n": {"N": str(number)}} for number, key in enumerate(SORT_KEYS)]
OTHERS = [{"a": {"S": "q"}, "b": {"S": "a"}, "n": {"N": "99"}}, {"a": {"S": "pp"}, "b": {"S": "a"}}]
NUMBERS = ["-1e5", "-2", "-1.5", "0", "0.01", "1", "2", "10", "1e5"]


@pytest.fixture
def table(ddb, range_table) -> str:
    put_all(ddb, range_table, [*reversed(ITEMS), *OTHERS])
    return range_table


def condition(text, **values):
    """A key condition and its values: `:a` is always `p`."""
    return {
        "KeyConditionExpression": text,
        "ExpressionAttributeValues": {":a": {"S": "p"}, **{f":{name}": value for name, value in values.items()}},
    }


PARTITION = condition("a = :a")


def sort_keys(answer):
    return [item["b"]["S"] for item in answer["Items"]]


# --------------------------------------------------------------------------------------------------- conditions and order


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("a = :a", {}, SORT_KEYS),
        ("a = :a AND b = :b", {"b": "ab"}, ["ab"]),
        ("a = :a AND b = :b", {"b": "absent"}, []),
        ("a = :a AND b < :b", {"b": "ab"}, ["a", "aa"]),
        ("a = :a AND b <= :b", {"b": "ab"}, ["a", "aa", "ab"]),
        ("a = :a AND b > :b", {"b": "b"}, ["ba", "é", "\U0001f600"]),
        ("a = :a AND b >= :b", {"b": "b"}, ["b", "ba", "é", "\U0001f600"]),
        ("a = :a AND b BETWEEN :b AND :c", {"b": "aa", "c": "b"}, ["aa", "ab", "b"]),
        ("a = :a AND begins_with(b, :b)", {"b": "a"}, ["a", "aa", "ab"]),
        ("b > :b AND :a = a", {"b": "b"}, ["ba", "é", "\U0001f600"]),
        ("(a = :a) AND (:b < b)", {"b": "b"}, ["ba", "é", "\U0001f600"]),
    ],
)
def test_conditions_choose_a_range_of_the_partition(ddb, table, text, values, expected) -> None:
    answer = ddb.query(TableName=table, **condition(text, **{name: {"S": value} for name, value in values.items()}))
    assert sort_keys(answer) == expected
    assert (answer["Count"], answer["ScannedCount"]) == (len(expected), len(expected))
    assert "LastEvaluatedKey" not in answer


def test_a_range_can_be_read_backwards(ddb, table) -> None:
    assert sort_keys(ddb.query(TableName=table, ScanIndexForward=False, **PARTITION)) == SORT_KEYS[::-1]


def test_numbers_sort_by_value(ddb, number_table) -> None:
    put_all(ddb, number_table, [{"a": {"S": "p"}, "b": {"N": text}} for text in sorted(NUMBERS)])
    items = ddb.query(TableName=number_table, **PARTITION)["Items"]
    assert [float(item["b"]["N"]) for item in items] == [float(text) for text in NUMBERS]
    between = ddb.query(
        TableName=number_table, **condition("a = :a AND b BETWEEN :b AND :c", b={"N": "-1.50"}, c={"N": "1.0"})
    )
    assert [item["b"]["N"] for item in between["Items"]] == ["-1.5", "0", "0.01", "1"]


def test_binary_keys_sort_by_their_bytes(ddb) -> None:
    from tables import create_table

    table = create_table(ddb, "binary", "a:S", "b:B")
    keys = [b"\x00", b"\x00\x00", b"\x00\xff", b"\x01", b"\x7f", b"\x80", b"\xff"]
    put_all(ddb, table, [{"a": {"S": "p"}, "b": {"B": key}} for key in reversed(keys)])
    items = ddb.query(TableName=table, **PARTITION)["Items"]
    assert [bytes(item["b"]["B"]) for item in items] == keys


def test_legacy_conditions_choose_a_range(ddb, table) -> None:
    conditions = {
        "a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]},
        "b": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "b"}]},
    }
    assert sort_keys(ddb.query(TableName=table, KeyConditions=conditions)) == ["b", "ba"]


MISSED = "Query condition missed key schema element"


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("b = :a", {}, f"{MISSED}: a"),
        ("a = :a AND n = :a", {}, f"{MISSED}: b"),
        ("a > :a", {}, "Query key condition not supported"),
        ("a = :a AND b = :n", {"n": {"N": "1"}}, INVALID + "Condition parameter type does not match schema type"),
        ("a = :a OR b = :a", {}, "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT a = :a", {}, "Invalid operator used in KeyConditionExpression: NOT"),
        ("a = :a AND b IN (:a)", {}, "Invalid operator used in KeyConditionExpression: IN"),
        ("a = :a AND b <> :a", {}, "Invalid operator used in KeyConditionExpression: <>"),
        ("a = :a AND attribute_exists(b)", {}, "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("a = :a AND contains(b, :a)", {}, "Invalid operator used in KeyConditionExpression: contains"),
        ("a = :a AND size(b) = :a", {}, "KeyConditionExpressions cannot contain nested operations"),
        ("a = :a AND b = :a AND b > :a", {}, "KeyConditionExpressions must only contain one condition per key"),
        (
            "a = :a AND b BETWEEN :b AND :c",
            {"b": {"S": "z"}, "c": {"S": "a"}},
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {S:z}, upper bound operand: AttributeValue: {S:a}",
        ),
        ("", {}, "Invalid KeyConditionExpression: The expression can not be empty;"),
    ],
)
def test_conditions_that_name_no_range_are_rejected(ddb, table, text, values, message) -> None:
    with rejects(message):
        ddb.query(TableName=table, **condition(text, **values))


def test_a_key_condition_must_be_given(ddb, table) -> None:
    with rejects("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."):
        ddb.query(TableName=table)


# ------------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_of_any_size_give_every_item_once(ddb, table, limit, forward) -> None:
    pages = all_pages(ddb.query, TableName=table, Limit=limit, ScanIndexForward=forward, **PARTITION)
    assert [item["b"]["S"] for item in answered_items(pages)] == SORT_KEYS[:: 1 if forward else -1]
    assert all(page["ScannedCount"] == limit for page in pages[:-1])
    for page in pages[:-1]:
        last = page["Items"][-1]
        assert page["LastEvaluatedKey"] == {"a": last["a"], "b": last["b"]}


def test_a_full_page_at_the_end_has_a_key_to_go_on_with(ddb, table) -> None:
    answer = ddb.query(TableName=table, Limit=len(ITEMS), **PARTITION)
    assert answer["LastEvaluatedKey"] == {"a": {"S": "p"}, "b": {"S": SORT_KEYS[-1]}}
    rest = ddb.query(TableName=table, ExclusiveStartKey=answer["LastEvaluatedKey"], **PARTITION)
    assert (rest["Items"], rest["Count"]) == ([], 0)


def test_limit_counts_items_before_the_filter(ddb, table) -> None:
    request = condition("a = :a", n={"N": "3"})
    answer = ddb.query(TableName=table, Limit=4, FilterExpression="n >= :n", **request)
    assert (sort_keys(answer), answer["Count"], answer["ScannedCount"]) == (["b"], 1, 4)
    assert answer["LastEvaluatedKey"]["b"] == {"S": "b"}


def test_a_page_ends_with_the_item_that_crosses_1_mb(ddb, range_table) -> None:
    items = [sized_item({"a": {"S": "p"}, "b": {"S": str(number)}}, 200 * 1024) for number in range(8)]
    put_all(ddb, range_table, items)
    pages = all_pages(ddb.query, TableName=range_table, **PARTITION)
    assert [page["Count"] for page in pages] == [6, 2]
    assert pages[0]["LastEvaluatedKey"] == {"a": {"S": "p"}, "b": {"S": "5"}}


def test_1_mb_counts_items_before_filter_and_projection(ddb, range_table) -> None:
    items = [sized_item({"a": {"S": "p"}, "b": {"S": str(number)}}, 200 * 1024) for number in range(8)]
    put_all(ddb, range_table, items)
    answer = ddb.query(
        TableName=range_table, FilterExpression="attribute_exists(absent)", ProjectionExpression="b", **PARTITION
    )
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 6)
    assert answer["LastEvaluatedKey"]["b"] == {"S": "5"}


def test_the_start_need_not_exist(ddb, table) -> None:
    start = {"a": {"S": "p"}, "b": {"S": "abc"}}
    assert sort_keys(ddb.query(TableName=table, ExclusiveStartKey=start, **PARTITION)) == SORT_KEYS[3:]
    assert sort_keys(ddb.query(TableName=table, ExclusiveStartKey=start, ScanIndexForward=False, **PARTITION)) == [
        "ab",
        "aa",
        "a",
    ]


@pytest.mark.parametrize(
    ("start", "text", "message"),
    [
        ({"a": {"S": "p"}}, "a = :a", "The provided starting key is invalid"),
        ({"a": {"S": "p"}, "b": {"S": "b"}, "c": {"S": "c"}}, "a = :a", "The provided starting key is invalid"),
        ({"a": {"S": "p"}, "c": {"S": "b"}}, "a = :a", "The provided starting key is invalid"),
        ({"a": {"N": "1"}, "b": {"S": "b"}}, "a = :a", re.compile(r"(The provided starting key is invalid: )?The provided key element does not match the schema")),
        ({"a": {"S": "q"}, "b": {"S": "b"}}, "a = :a", "The provided starting key is outside query boundaries based on provided conditions"),
        ({"a": {"S": "p"}, "b": {"S": "a"}}, "a = :a AND b > :a", "The provided starting key does not match the range key predicate"),
    ],
)  # fmt: skip
def test_a_start_outside_the_range_is_rejected(ddb, table, start, text, message) -> None:
    with rejects(message):
        ddb.query(TableName=table, ExclusiveStartKey=start, **condition(text))


START = "The provided starting key is invalid: "

WRONG_VALUES = [
    ({}, START + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    ({"S": "b", "N": "1"}, START + "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
    ({"NULL": False}, f"{START}{INVALID}Null attribute value types must have the value of true"),
    ({"SS": []}, f"{START}{INVALID}An string set  may not be empty"),
    ({"BS": []}, f"{START}{INVALID}Binary sets should not be empty"),
    ({"NS": []}, INVALID + "An number set  may not be empty"),
    ({"SS": ["a", "a"]}, INVALID + "Input collection [a, a] contains duplicates."),
    ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
    ({"BS": [b"b", b"b"]}, INVALID + "Input collection [Yg==, Yg==]of type BS contains duplicates."),
    ({"N": "abc"}, "The parameter cannot be converted to a numeric value: abc"),
    ({"N": ""}, "The parameter cannot be converted to a numeric value"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), WRONG_VALUES, ids=str)
def test_a_start_of_no_values_is_rejected_before_the_table_is_looked_up(ddb, value, message) -> None:
    """Faults of numbers, equal elements and an empty set of numbers come without the words about the start."""
    start = {"a": {"S": "p"}, "b": value}
    with rejects(message):
        ddb.query(TableName="nosuch", ExclusiveStartKey=start, **PARTITION)
    with rejects(message):
        ddb.scan(TableName="nosuch", ExclusiveStartKey=start)


def test_one_item_has_no_second_page(ddb, table) -> None:
    """A start of another partition, beside a condition on the sort key."""
    with rejects("The query can return at most one row and cannot be restarted"):
        ddb.query(
            TableName=table, ExclusiveStartKey={"a": {"S": "q"}, "b": {"S": "b"}}, **condition("a = :a AND b > :a")
        )


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_is_at_least_1(ddb, table, limit) -> None:
    shown = re.compile(
        rf"1 validation error detected: Value ('{limit}' at 'limit'|at 'Limit') failed to satisfy constraint: "
        r"Member must have value greater than or equal to 1"
    )
    with rejects(shown):
        ddb.query(TableName=table, Limit=limit, **PARTITION)


# ------------------------------------------------------------------------------------------ filters, projections, counting


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("n > :n", {"n": {"N": "4"}}, ["é", "\U0001f600"]),
        ("n IN (:n, :m)", {"n": {"N": "0"}, "m": {"N": "6.0"}}, ["a", "\U0001f600"]),
        ("attribute_exists(absent)", {}, []),
        ("NOT n > :n", {"n": {"N": "0"}}, ["a"]),
    ],
)
def test_filters_drop_items_after_they_were_read(ddb, table, text, values, expected) -> None:
    answer = ddb.query(TableName=table, FilterExpression=text, **condition("a = :a", **values))
    assert sort_keys(answer) == expected
    assert (answer["Count"], answer["ScannedCount"]) == (len(expected), len(SORT_KEYS))


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_filter_may_not_name_a_key(ddb, table, name) -> None:
    with rejects(f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"):
        ddb.query(TableName=table, FilterExpression=f"{name} = :a", **PARTITION)


def test_a_legacy_filter_drops_items(ddb, table) -> None:
    keys = {"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]}}
    filters = {"n": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "2"}]}}
    assert sort_keys(ddb.query(TableName=table, KeyConditions=keys, QueryFilter=filters)) == ["a", "aa"]


def test_a_projection_keeps_what_it_names(ddb, table) -> None:
    answer = ddb.query(TableName=table, ProjectionExpression="n", Limit=2, **PARTITION)
    assert answer["Items"] == [{"n": {"N": "0"}}, {"n": {"N": "1"}}]
    assert answer["LastEvaluatedKey"] == {"a": {"S": "p"}, "b": {"S": "aa"}}


def test_counting_answers_no_items(ddb, table) -> None:
    answer = ddb.query(TableName=table, Select="COUNT", **PARTITION)
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (7, 7)


ALL = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"


@pytest.mark.parametrize(
    ("select", "members", "message"),
    [
        (
            "ALL_ATTRIBUTES",
            {"ProjectionExpression": "n"},
            "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES",
        ),
        (
            "COUNT",
            {"ProjectionExpression": "n"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        ("ALL_PROJECTED_ATTRIBUTES", {}, re.compile(f"(1 validation error detected: )?{ALL}")),
        (
            "SPECIFIC_ATTRIBUTES",
            {},
            re.compile(
                "(1 validation error detected: )?"
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
            ),
        ),
        (
            "X",
            {},
            constraint(
                "X",
                "select",
                "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
            ),
        ),
    ],
)
def test_selections_that_contradict_are_rejected(ddb, table, select, members, message) -> None:
    with rejects(message):
        ddb.query(TableName=table, Select=select, **members, **PARTITION)


@pytest.mark.parametrize(("select", "which"), [("COUNT", "only the Count"), ("ALL_ATTRIBUTES", "ALL_ATTRIBUTES")])
def test_attributes_to_get_are_a_selection(ddb, table, select, which) -> None:
    keys = {"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]}}
    request = {"TableName": table, "AttributesToGet": ["n"]}
    with rejects(f"Cannot specify the AttributesToGet when choosing to get {which}"):
        ddb.query(KeyConditions=keys, Select=select, **request)
    with rejects(f"Cannot specify the AttributesToGet when choosing to get {which}"):
        ddb.scan(Select=select, **request)
    answer = ddb.query(KeyConditions=keys, Select="SPECIFIC_ATTRIBUTES", **request)
    assert [set(item) for item in answer["Items"]] == [{"n"}] * len(ITEMS)


@pytest.mark.parametrize(("consistent", "units"), [(False, 1.5), (True, 3.0)])
def test_units_round_the_sum_of_what_was_read(ddb, range_table, consistent, units) -> None:
    put_all(ddb, range_table, [sized_item({"a": {"S": "p"}, "b": {"S": str(number)}}, 3000) for number in range(4)])
    request = {
        "FilterExpression": "attribute_exists(absent)",
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": "INDEXES",
    }
    answer = ddb.query(TableName=range_table, **request, **PARTITION)
    assert answer["ConsumedCapacity"] == {
        "TableName": range_table,
        "CapacityUnits": units,
        "Table": {"CapacityUnits": units},
    }


# ------------------------------------------------------------------------------------------------------------------- table


def test_an_empty_partition_costs_half_a_unit(ddb, range_table) -> None:
    answer = ddb.query(TableName=range_table, ReturnConsumedCapacity="TOTAL", **PARTITION)
    assert answer["Items"] == []
    assert answer["ConsumedCapacity"] == {"TableName": range_table, "CapacityUnits": 0.5}


def test_takes_an_arn_for_a_table(ddb, table) -> None:
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    assert sort_keys(ddb.query(TableName=arn, **PARTITION)) == SORT_KEYS


def test_an_unknown_index_is_named(ddb, table) -> None:
    with rejects("The table does not have the specified index: nope"):
        ddb.query(TableName=table, IndexName="nope", **PARTITION)


def test_a_wrong_expression_is_rejected_before_the_table_is_looked_up(ddb) -> None:
    with rejects("Invalid KeyConditionExpression: The expression can not be empty;"):
        ddb.query(TableName="nosuch", **condition(""))
    with fails("ResourceNotFoundException", "Requested resource not found"):
        ddb.query(TableName="nosuch", **PARTITION)


def test_a_table_without_a_sort_key_has_one_page(ddb, hash_table) -> None:
    """A starting key would be refused there, so that a page that reaches its limit must not give one."""
    ddb.put_item(TableName=hash_table, Item={"a": {"S": "p"}})
    pages = all_pages(ddb.query, TableName=hash_table, Limit=1, **PARTITION)
    assert [page["Count"] for page in pages] == [1]
    with rejects(
        "The provided exclusive start key is invalid: ExclusiveStartKey: {a=AttributeValue: {S:p}}",
    ):
        ddb.query(TableName=hash_table, ExclusiveStartKey={"a": {"S": "p"}}, **PARTITION)
