"""Query and Scan of secondary indexes: order, pages, starting keys, what can be selected, and units."""

from __future__ import annotations

import re

import pytest

from failure import INVALID, constraint, rejects
from tables import all_pages, answered_items, create_indexed_table, index, put_all, sized_item

from .scan_order import segment_of

KINDS = {"global": "g-ix", "local": "l-ix"}
EXTRA = {"e": {"S": "extra"}, "f": {"N": "7"}}


@pytest.fixture
def empty(ddb) -> str:
    """A table with indexes by the number `n` of one partition: `x` of the GSI, `a` of the LSI."""
    return create_indexed_table(
        ddb,
        "indexed",
        "a:S b:S",
        "x:S n:N s:S",
        gsi=[
            index("g-ix", "x", "n:R"),
            index("g-keys", "x", "n:R", projection="KEYS_ONLY"),
            index("g-some", "x", projection="INCLUDE", names=["e"]),
            index("g-text", "x", "s:R"),
        ],
        lsi=[
            index("l-ix", "a", "n:R"),
            index("l-keys", "a", "n:R", projection="KEYS_ONLY"),
            index("l-some", "a", "n:R", projection="INCLUDE", names=["e"]),
        ],
    )


NUMBERS = [-20, -1.5, 0, 0.5, 3, 10, 100]


def item(number, sort, **more):
    return {"a": {"S": "p"}, "b": {"S": sort}, "x": {"S": "p"}, "n": {"N": str(number)}, **EXTRA, **more}


@pytest.fixture
def table(ddb, empty) -> str:
    """The partition `p` of each index has seven items, in another order than that of the table."""
    put_all(ddb, empty, [item(number, str(place)) for place, number in enumerate(reversed(NUMBERS))])
    others = [
        {"a": {"S": "q"}, "b": {"S": "1"}, "x": {"S": "q"}, "n": {"N": "5"}},
        {"a": {"S": "p"}, "b": {"S": "no index"}},
    ]
    put_all(ddb, empty, others)
    return empty


def condition(kind, text="", **values):
    """A key condition for the partition `p` of an index."""
    attribute = "x" if kind == "global" else "a"
    named = {f":{name}": value for name, value in values.items()}
    return {
        "IndexName": KINDS[kind],
        "KeyConditionExpression": f"{attribute} = :p{text}",
        "ExpressionAttributeValues": {":p": {"S": "p"}, **named},
    }


def sort_key(item):
    return item["b"]["S"]


def numbers(answer):
    return [float(item["n"]["N"]) for item in answer["Items"]]


both = pytest.mark.parametrize("kind", KINDS)


# --------------------------------------------------------------------------------------------------- order and conditions


@both
@pytest.mark.parametrize("forward", [True, False])
def test_items_come_in_the_order_of_the_index(ddb, table, kind, forward) -> None:
    answer = ddb.query(TableName=table, ScanIndexForward=forward, **condition(kind))
    assert numbers(answer) == (NUMBERS if forward else NUMBERS[::-1])
    assert (answer["Count"], answer["ScannedCount"]) == (7, 7)
    assert "LastEvaluatedKey" not in answer


@both
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" AND n = :n", [0.5]), (" AND n < :n", [-20, -1.5, 0]), (" AND n <= :n", [-20, -1.5, 0, 0.5]), (" AND n > :n", [3, 10, 100]),
        (" AND n >= :n", [0.5, 3, 10, 100]), (" AND n BETWEEN :n AND :m", [0.5, 3, 10]),
    ],
)  # fmt: skip
def test_conditions_choose_a_range(ddb, table, kind, text, expected) -> None:
    values = {"n": {"N": "0.50"}, "m": {"N": "1e1"}}
    if ":m" not in text:
        del values["m"]
    assert numbers(ddb.query(TableName=table, **condition(kind, text, **values))) == expected


def test_begins_with_chooses_texts(ddb, empty) -> None:
    texts = ["a", "ab", "abc", "ac", "b"]
    put_all(ddb, empty, [item(0, text, s={"S": text}) for text in texts])
    answer = ddb.query(
        TableName=empty,
        IndexName="g-text",
        KeyConditionExpression="x = :p AND begins_with(s, :s)",
        ExpressionAttributeValues={":p": {"S": "p"}, ":s": {"S": "ab"}},
    )
    assert [item["s"]["S"] for item in answer["Items"]] == ["ab", "abc"]


@both
def test_legacy_conditions_work_on_indexes(ddb, table, kind) -> None:
    attribute = "x" if kind == "global" else "a"
    conditions = {
        attribute: {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]},
        "n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "1"}]},
    }
    assert numbers(ddb.query(TableName=table, IndexName=KINDS[kind], KeyConditions=conditions)) == [3, 10, 100]


@both
def test_a_scan_answers_every_entry(ddb, table, kind) -> None:
    answer = ddb.scan(TableName=table, IndexName=KINDS[kind])
    assert sorted(numbers(answer)) == sorted([*NUMBERS, 5])
    assert answer["ScannedCount"] == 8


@both
def test_a_scan_keeps_partitions_together_and_in_order(ddb, empty, kind) -> None:
    items = [item(number, f"{part}{number}", a={"S": part}, x={"S": part}) for number in (3, 1, 2) for part in "uvwxyz"]
    put_all(ddb, empty, items)
    seen = [(item["x"]["S"], item["n"]["N"]) for item in ddb.scan(TableName=empty, IndexName=KINDS[kind])["Items"]]
    parts = list(dict.fromkeys(part for part, _ in seen))
    assert sorted(parts) == list("uvwxyz")
    assert seen == [(part, number) for part in parts for number in "123"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("total", [2, 3, 16])
def test_segments_together_give_every_entry_once(ddb, empty, kind, total) -> None:
    put_all(ddb, empty, [item(1, "1", a={"S": str(part)}, x={"S": str(part)}) for part in range(50)])
    request = {"TableName": empty, "IndexName": KINDS[kind], "TotalSegments": total}
    parts = [item["a"]["S"] for segment in range(total) for item in ddb.scan(**request, Segment=segment)["Items"]]
    assert sorted(parts, key=int) == [str(part) for part in range(50)]


# ------------------------------------------------------------------------------------------------------------------- pages


@both
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_give_every_item_once_also_with_equal_keys(ddb, empty, kind, limit, forward) -> None:
    items = [item(number % 3, str(number)) for number in range(12)]
    put_all(ddb, empty, items)
    request = {"TableName": empty, "ScanIndexForward": forward, **condition(kind)}
    whole = ddb.query(**request)["Items"]
    pages = all_pages(ddb.query, Limit=limit, **request)
    assert answered_items(pages) == whole
    assert sorted(whole, key=sort_key) == sorted(items, key=sort_key)
    assert [item["n"]["N"] for item in whole] == sorted((item["n"]["N"] for item in items), reverse=not forward)
    for page in pages[:-1]:
        assert page["ScannedCount"] == limit
        assert page["LastEvaluatedKey"] == {
            name: page["Items"][-1][name] for name in ("axbn" if kind == "global" else "abn")
        }


@both
def test_backwards_is_the_order_turned_also_of_equal_keys(ddb, empty, kind) -> None:
    put_all(ddb, empty, [item(1, str(number)) for number in range(6)])
    request = {"TableName": empty, **condition(kind)}
    assert ddb.query(**request)["Items"] == ddb.query(**request, ScanIndexForward=False)["Items"][::-1]


@both
@pytest.mark.parametrize("limit", [1, 3, 8])
def test_scans_of_an_index_are_read_by_pages(ddb, table, kind, limit) -> None:
    request = {"TableName": table, "IndexName": KINDS[kind]}
    pages = all_pages(ddb.scan, Limit=limit, **request)
    assert answered_items(pages) == ddb.scan(**request)["Items"]
    assert all(set(page["LastEvaluatedKey"]) == set("axbn" if kind == "global" else "abn") for page in pages[:-1])


@both
def test_the_start_need_not_exist(ddb, table, kind) -> None:
    start = {
        "a": {"S": "p"},
        "b": {"S": "absent"},
        "n": {"N": "0.7"},
        **({"x": {"S": "p"}} if kind == "global" else {}),
    }
    assert numbers(ddb.query(TableName=table, ExclusiveStartKey=start, **condition(kind))) == [3, 10, 100]
    backwards = ddb.query(TableName=table, ExclusiveStartKey=start, ScanIndexForward=False, **condition(kind))
    assert numbers(backwards) == [0.5, 0, -1.5, -20]


START = {"a": {"S": "p"}, "b": {"S": "1"}, "x": {"S": "p"}, "n": {"N": "10"}}
INVALID_START = "The provided starting key is invalid"
SCHEMA = re.compile(f"({INVALID_START}: )?The provided key element does not match the schema")
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


@pytest.mark.parametrize(
    ("changes", "text", "message"),
    [
        ({"b": None}, "", INVALID_START),
        ({"x": None}, "", INVALID_START),
        ({"n": None}, "", INVALID_START),
        ({"x": None, "n": None}, "", INVALID_START),
        ({"y": {"S": "y"}}, "", INVALID_START),
        ({"n": None, "y": {"S": "y"}}, "", INVALID_START),
        ({"n": {"S": "10"}}, "", SCHEMA),
        ({"x": {"N": "1"}}, "", SCHEMA),
        ({"a": {"N": "1"}}, "", SCHEMA),
        ({"b": {"BOOL": True}}, "", SCHEMA),
        ({"x": {"S": "q"}}, "", OUTSIDE),
        ({}, " AND n > :n", "The provided starting key does not match the range key predicate"),
        ({"n": {"N": "30"}}, " AND n < :n", "The provided starting key does not match the range key predicate"),
        ({"x": {"S": "q"}}, " AND n > :n", "The query can return at most one row and cannot be restarted"),
    ],
    ids=str,
)  # fmt: skip
def test_a_start_that_does_not_fit_a_global_index_is_rejected(ddb, table, changes, text, message) -> None:
    start = {name: value for name, value in {**START, **changes}.items() if value}
    values = {"n": {"N": "20"}} if text else {}
    with rejects(message):
        ddb.query(TableName=table, ExclusiveStartKey=start, **condition("global", text, **values))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": None}, INVALID_START),
        ({"b": None}, INVALID_START),
        ({"x": {"S": "p"}}, INVALID_START),
        ({"n": {"S": "10"}}, SCHEMA),
        ({"a": {"S": "q"}}, OUTSIDE),
    ],
    ids=str,
)
def test_a_start_that_does_not_fit_a_local_index_is_rejected(ddb, table, changes, message) -> None:
    start = {name: value for name, value in {**START, "x": None, **changes}.items() if value}
    with rejects(message):
        ddb.query(TableName=table, ExclusiveStartKey=start, **condition("local"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": None}, INVALID_START), ({"b": None}, INVALID_START), ({"y": {"S": "y"}}, INVALID_START), ({"x": {"N": "1"}}, SCHEMA), ({"a": {"N": "1"}}, SCHEMA),
        ({"n": {"SS": []}}, f"{INVALID_START}: {INVALID}An string set  may not be empty"), ({"n": {"N": "abc"}}, "The parameter cannot be converted to a numeric value: abc"),
    ],
    ids=str,
)  # fmt: skip
def test_a_start_that_does_not_fit_a_scan_is_rejected(ddb, table, changes, message) -> None:
    start = {name: value for name, value in {**START, **changes}.items() if value}
    with rejects(message):
        ddb.scan(TableName=table, IndexName="g-ix", ExclusiveStartKey=start)


def test_a_start_must_be_of_the_segment(ddb, table) -> None:
    message = (
        f"{INVALID_START}: Invalid ExclusiveStartKey. "
        "Please use ExclusiveStartKey with correct Segment. TotalSegments: 4096 Segment: {}"
    )
    segment = segment_of(START["x"], 4096)
    request = {"TableName": table, "IndexName": "g-ix", "ExclusiveStartKey": START, "TotalSegments": 4096}
    with rejects(message.format(segment - 1)):
        ddb.scan(Segment=segment - 1, **request)
    assert numbers(ddb.scan(Segment=segment, **request)) == [100]


@both
def test_a_page_has_1_mb_of_what_is_in_the_index(ddb, empty, kind) -> None:
    items = [
        sized_item({"a": {"S": "p"}, "b": {"S": str(n)}}, 150 * 1024) | {"x": {"S": "p"}, "n": {"N": str(n)}}
        for n in range(8)
    ]
    put_all(ddb, empty, items)
    assert [page["Count"] for page in all_pages(ddb.query, TableName=empty, **condition(kind))] == [7, 1]
    small = {**condition(kind), "IndexName": "g-keys" if kind == "global" else "l-keys"}
    assert [page["Count"] for page in all_pages(ddb.query, TableName=empty, **small)] == [8]


def test_what_is_fetched_from_the_table_does_not_count_for_the_page(ddb, empty) -> None:
    """A page of 1 MB is one of entries of the index: these are small, the items behind them are not."""
    items = [{**sized_item(key(n), 150 * 1024), "n": {"N": str(n)}} for n in range(8)]
    put_all(ddb, empty, items)
    request = {**condition("local"), "IndexName": "l-keys", "Select": "ALL_ATTRIBUTES"}
    [page] = all_pages(ddb.query, TableName=empty, **request)
    assert page["Items"] == items


def key(number) -> dict:
    return {"a": {"S": "p"}, "b": {"S": str(number)}}


# ---------------------------------------------------------------------------------------------------------------- choosing


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("g-ix", "abxnef"),
        ("g-keys", "abxn"),
        ("g-some", "abxe"),
        ("l-ix", "abxnef"),
        ("l-keys", "abn"),
        ("l-some", "abne"),
    ],
)
@pytest.mark.parametrize("select", [None, "ALL_PROJECTED_ATTRIBUTES"])
def test_what_is_projected_is_answered_unless_more_is_asked(ddb, table, name, kept, select) -> None:
    members = {"Select": select} if select else {}
    request = {**condition("global" if name.startswith("g") else "local"), "IndexName": name}
    for answer in (
        ddb.query(TableName=table, **request, **members),
        ddb.scan(TableName=table, IndexName=name, **members),
    ):
        items = [item for item in answer["Items"] if item["a"]["S"] == "p"]
        assert len(items) == 7
        assert all(set(item) == set(kept) for item in items)


@both
def test_counting_answers_no_items(ddb, table, kind) -> None:
    answer = ddb.query(TableName=table, Select="COUNT", **condition(kind))
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (7, 7)


ALL_OF_GSI = (
    INVALID
    + "Select type ALL_ATTRIBUTES is not supported for global secondary index {} because its projection type is not ALL"
)


@pytest.mark.parametrize("name", ["g-keys", "g-some"])
def test_a_global_index_has_only_what_is_projected(ddb, table, name) -> None:
    request = {**condition("global"), "IndexName": name}
    values = {":p": {"S": "p"}, ":f": {"N": "7"}}
    for call, members in ((ddb.query, request), (ddb.scan, {"IndexName": name})):
        with rejects(ALL_OF_GSI.format(name)):
            call(TableName=table, Select="ALL_ATTRIBUTES", **members)
        with rejects(f"{INVALID}Global secondary index {name} does not project [f]"):
            call(TableName=table, ProjectionExpression="a, f", **members)
        with rejects(f"{INVALID}Global secondary index {name} does not project [f]"):
            call(TableName=table, AttributesToGet=["f"], **({"IndexName": name} if call == ddb.scan else legacy(name)))
        used = values if call == ddb.query else {":f": values[":f"]}
        with rejects(f"{INVALID}Secondary index {name} does not project one or more filter attributes: [f]"):
            call(TableName=table, FilterExpression="f = :f", **{**members, "ExpressionAttributeValues": used})


def legacy(name) -> dict:
    return {"IndexName": name, "KeyConditions": {"x": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]}}}


def test_a_global_index_with_everything_answers_everything(ddb, table) -> None:
    answer = ddb.query(TableName=table, Select="ALL_ATTRIBUTES", **condition("global"))
    assert all(set(item) == set("abxnef") for item in answer["Items"])


@pytest.mark.parametrize("name", ["l-keys", "l-some", "l-ix"])
def test_a_local_index_fetches_from_the_table(ddb, table, name) -> None:
    request = {**condition("local"), "IndexName": name}
    whole = ddb.query(TableName=table, Select="ALL_ATTRIBUTES", **request)["Items"]
    assert [set(item) for item in whole] == [set("abxnef")] * 7
    assert numbers({"Items": whole}) == NUMBERS
    some = ddb.query(TableName=table, ProjectionExpression="f, n", **request)["Items"]
    assert [set(item) for item in some] == [{"f", "n"}] * 7
    values = {":p": {"S": "p"}, ":f": {"N": "8"}}
    filtered = ddb.query(TableName=table, FilterExpression="f < :f", **{**request, "ExpressionAttributeValues": values})
    assert (filtered["Count"], filtered["ScannedCount"]) == (7, 7)
    kept = {"l-keys": set("abn"), "l-some": set("abne"), "l-ix": set("abxnef")}[name]
    assert all(set(item) == kept for item in filtered["Items"])


SELECTIONS = [
    ("ALL_ATTRIBUTES", {"ProjectionExpression": "a"}, "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
    ("ALL_PROJECTED_ATTRIBUTES", {"ProjectionExpression": "a"}, "Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES"),
    ("COUNT", {"ProjectionExpression": "a"}, "Cannot specify the ProjectionExpression when choosing to get only the Count"),
    ("SPECIFIC_ATTRIBUTES", {}, re.compile("(1 validation error detected: )?Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")),
]  # fmt: skip


@both
@pytest.mark.parametrize(("select", "members", "message"), SELECTIONS)
def test_selections_that_contradict_are_rejected(ddb, table, kind, select, members, message) -> None:
    with rejects(message):
        ddb.query(TableName=table, Select=select, **members, **condition(kind))


# ----------------------------------------------------------------------------------------------------------------- filters


@pytest.mark.parametrize(("kind", "banned", "free"), [("global", "xn", "ab"), ("local", "an", "bx")])
def test_a_filter_may_name_no_key_of_the_index_but_those_of_the_table(ddb, table, kind, banned, free) -> None:
    request = condition(kind)
    for name in banned:
        with rejects(f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"):
            ddb.query(TableName=table, FilterExpression=f"attribute_exists({name})", **request)
    for name in free:
        assert ddb.query(TableName=table, FilterExpression=f"attribute_exists({name})", **request)["Count"] == 7
    for name in banned + free:
        assert (
            ddb.scan(TableName=table, IndexName=KINDS[kind], FilterExpression=f"attribute_exists({name})")["Count"] == 8
        )


def test_a_legacy_filter_may_name_no_key_of_the_index(ddb, table) -> None:
    equal = {"ComparisonOperator": "NOT_NULL"}
    with rejects("QueryFilter can only contain non-primary key attributes: Primary key attribute: n"):
        ddb.query(TableName=table, **legacy("g-ix"), QueryFilter={"n": equal})
    assert ddb.query(TableName=table, **legacy("g-ix"), QueryFilter={"a": equal})["Count"] == 7


@both
def test_limit_counts_items_before_the_filter(ddb, table, kind) -> None:
    request = condition(kind, f={"S": "3"})
    answer = ddb.query(TableName=table, Limit=4, FilterExpression="b <> :f", **request)
    assert (answer["Count"], answer["ScannedCount"]) == (3, 4)
    assert "LastEvaluatedKey" in answer


# ----------------------------------------------------------------------------------------------------------------- errors


MISSED = "Query condition missed key schema element: "


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("a = :p", {}, MISSED + "x"),
        ("n = :n", {"n": {"N": "1"}}, MISSED + "x"),
        ("x = :p AND b = :p", {}, MISSED + "n"),
        ("x > :p", {}, "Query key condition not supported"),
        ("x = :n", {"n": {"N": "1"}}, INVALID + "Condition parameter type does not match schema type"),
        ("x = :p AND n = :p", {}, INVALID + "Condition parameter type does not match schema type"),
        (
            "x = :n",
            {"n": {"S": ""}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: x",
        ),
    ],
)
def test_conditions_that_name_no_range_are_rejected(ddb, table, text, values, message) -> None:
    named = {f":{name}": value for name, value in {"p": {"S": "p"}, **values}.items() if f":{name}" in text}
    with rejects(message):
        ddb.query(TableName=table, IndexName="g-ix", KeyConditionExpression=text, ExpressionAttributeValues=named)


def test_global_indexes_are_not_read_consistently(ddb, table) -> None:
    message = "Consistent reads are not supported on global secondary indexes"
    with rejects(message):
        ddb.query(TableName=table, ConsistentRead=True, **condition("global"))
    with rejects(message):
        ddb.scan(TableName=table, ConsistentRead=True, IndexName="g-ix")
    assert ddb.query(TableName=table, ConsistentRead=True, **condition("local"))["Count"] == 7
    assert ddb.scan(TableName=table, ConsistentRead=True, IndexName="l-ix")["Count"] == 8


def test_an_unknown_index_is_named(ddb, table) -> None:
    message = "The table does not have the specified index: nope"
    with rejects(message):
        ddb.query(TableName=table, **{**condition("global"), "IndexName": "nope"})
    with rejects(message):
        ddb.scan(TableName=table, IndexName="nope")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ab", "Member must have length greater than or equal to 3"),
        ("a" * 256, "Member must have length less than or equal to 255"),
        ("a b c", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
    ],
)
def test_names_of_indexes_have_a_pattern(ddb, name, text) -> None:
    with rejects(constraint(name, "indexName", text)):
        ddb.scan(TableName="nosuch", IndexName=name)


# ------------------------------------------------------------------------------------------------------------------- units


@pytest.fixture
def large(ddb, empty) -> str:
    """Three items of 3,000, 5,000 and 9,000 bytes in one partition of each index."""
    sizes = {"1": 3000, "2": 5000, "3": 9000}
    for sort, size in sizes.items():
        key = {"a": {"S": "p"}, "b": {"S": sort}, "x": {"S": "p"}}
        ddb.put_item(TableName=empty, Item={**sized_item(key, size - 3), "n": {"N": sort}})
    return empty


def spent(answer) -> dict:
    return answer["ConsumedCapacity"]


def test_units_of_a_global_index_are_its_own(ddb, large) -> None:
    assert spent(ddb.query(TableName=large, ReturnConsumedCapacity="INDEXES", **condition("global"))) == {
        "TableName": large,
        "CapacityUnits": 2.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"g-ix": {"CapacityUnits": 2.5}},
    }
    keys = {**condition("global"), "IndexName": "g-keys"}
    assert spent(ddb.query(TableName=large, ReturnConsumedCapacity="TOTAL", **keys)) == {
        "TableName": large,
        "CapacityUnits": 0.5,
    }


@pytest.mark.parametrize(("consistent", "units"), [(False, 2.5), (True, 5.0)])
def test_units_of_a_local_index_are_its_own(ddb, large, consistent, units) -> None:
    request = {"ReturnConsumedCapacity": "INDEXES", "ConsistentRead": consistent, **condition("local")}
    for answer in (
        ddb.query(TableName=large, **request),
        ddb.scan(
            TableName=large,
            **{name: request[name] for name in ("ReturnConsumedCapacity", "ConsistentRead", "IndexName")},
        ),
    ):
        assert spent(answer) == {
            "TableName": large,
            "CapacityUnits": units,
            "Table": {"CapacityUnits": 0.0},
            "LocalSecondaryIndexes": {"l-ix": {"CapacityUnits": units}},
        }


@pytest.mark.parametrize(("consistent", "factor"), [(False, 1), (True, 2)])
@pytest.mark.parametrize(
    "members",
    [
        {"Select": "ALL_ATTRIBUTES"},
        {"ProjectionExpression": "filler"},
        {"FilterExpression": "attribute_exists(filler)"},
    ],
    ids=["everything", "projection", "filter"],
)
def test_what_a_local_index_fetches_costs_a_read_of_each_item(ddb, large, consistent, factor, members) -> None:
    request = {**condition("local"), "IndexName": "l-keys", "ConsistentRead": consistent, **members}
    table_units, index_units = factor * (0.5 + 1.0 + 1.5), factor * 0.5
    assert spent(ddb.query(TableName=large, ReturnConsumedCapacity="INDEXES", **request)) == {
        "TableName": large,
        "CapacityUnits": table_units + index_units,
        "Table": {"CapacityUnits": table_units},
        "LocalSecondaryIndexes": {"l-keys": {"CapacityUnits": index_units}},
    }


def test_a_read_of_an_empty_partition_costs_the_least(ddb, large) -> None:
    request = {**condition("global"), "ExpressionAttributeValues": {":p": {"S": "absent"}}}
    assert spent(ddb.query(TableName=large, ReturnConsumedCapacity="INDEXES", **request)) == {
        "TableName": large,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"g-ix": {"CapacityUnits": 0.5}},
    }


# ------------------------------------------------------------------------------------------- keys of the table in an index


@pytest.fixture
def turned(ddb) -> str:
    """A table whose global indexes have keys of the table: turned around, in part, and only one."""
    return create_indexed_table(
        ddb,
        "turned",
        "a:S b:S",
        "n:N",
        gsi=[
            index("turned-ix", "b", "a:R"),
            index("same-ix", "a", "n:R"),
            index("one-ix", "b", projection="KEYS_ONLY"),
        ],
    )


@pytest.mark.parametrize(
    ("name", "attribute", "start"),
    [("turned-ix", "b", {"a", "b"}), ("same-ix", "a", {"a", "b", "n"}), ("one-ix", "b", {"a", "b"})],
)
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_keys_of_the_table_stand_once_in_a_start(ddb, turned, name, attribute, start, limit) -> None:
    places = [(part, sort) for part in "xyz" for sort in "xyz"]
    put_all(ddb, turned, [{"a": {"S": part}, "b": {"S": sort}, "n": {"N": "1"}} for part, sort in places])
    request = {
        "TableName": turned,
        "IndexName": name,
        "KeyConditionExpression": f"{attribute} = :y",
        "ExpressionAttributeValues": {":y": {"S": "y"}},
    }
    pages = all_pages(ddb.query, Limit=limit, **request)
    found = sorted((item["a"]["S"], item["b"]["S"]) for item in answered_items(pages))
    assert found == [place for place in places if place["ab".index(attribute)] == "y"]
    assert answered_items(pages) == ddb.query(**request)["Items"]
    scanned = all_pages(ddb.scan, TableName=turned, IndexName=name, Limit=limit)
    assert len(answered_items(scanned)) == 9
    for page in pages[:-1] + scanned[:-1]:
        assert set(page["LastEvaluatedKey"]) == start


def test_a_table_read_backwards_by_its_sort_key_is_in_order(ddb, turned) -> None:
    put_all(ddb, turned, [{"a": {"S": part}, "b": {"S": "x"}} for part in ["b", "é", "a", "ab"]])
    values = {":x": {"S": "x"}, ":a": {"S": "a"}}
    request = {"TableName": turned, "IndexName": "turned-ix", "ExpressionAttributeValues": values}
    answer = ddb.query(KeyConditionExpression="b = :x AND begins_with(a, :a)", **request)
    assert [item["a"]["S"] for item in answer["Items"]] == ["a", "ab"]
    assert ddb.scan(TableName=turned, IndexName="same-ix")["Items"] == []


@both
def test_a_condition_is_no_larger_than_a_key(ddb, table, kind) -> None:
    request = {**condition(kind), "ExpressionAttributeValues": {":p": {"S": "x" * 2049}}}
    with rejects(INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"):
        ddb.query(TableName=table, **request)


def test_a_page_of_fetched_items_ends_at_16_mb(ddb) -> None:
    table = create_indexed_table(
        ddb, "fetched", "a:S b:S", "c:S", lsi=[index("keys", "a", "c:R", projection="KEYS_ONLY")]
    )
    text = {"t": {"S": "x" * 390_000}}
    put_all(ddb, table, [{"a": {"S": "x"}, "b": {"S": f"{n:02}"}, "c": {"S": "z"}, **text} for n in range(45)])
    request = {
        "TableName": table,
        "IndexName": "keys",
        "Select": "ALL_ATTRIBUTES",
        "KeyConditionExpression": "a = :a",
        "ExpressionAttributeValues": {":a": {"S": "x"}},
    }
    first = ddb.query(**request)
    assert first["Count"] == 44
    rest = ddb.query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["b"]["S"] for item in first["Items"] + rest["Items"]] == [f"{n:02}" for n in range(45)]
