"""Global indexes whose keys have several attributes: up to four of the partition key, up to four of the sort key."""

from __future__ import annotations

import itertools
import re

import pytest

from failure import INVALID, constraint, rejects
from tables import all_pages, answered_items, create_indexed_table, index, indexed_table, put_all

PARTITION = "p1 p2"
SORT = "s1 s2 s3"
DEFINITIONS = "p1:S p2:N s1:S s2:N s3:B"
KEYS = {"p1": {"S": "x"}, "p2": {"N": "1"}}


def keys_of(partition, sort) -> list[str]:
    """Keys as `index` takes them."""
    return [*partition.split(), *(f"{name}:R" for name in sort.split())]


@pytest.fixture
def table(ddb) -> str:
    """A table with an index of two partition and three sort attributes, of all types."""
    return create_indexed_table(ddb, "several", "a:S", DEFINITIONS, gsi=[index("ix1", *keys_of(PARTITION, SORT))])


def item(name, s1, s2, s3, **more):
    values = {"s1": {"S": s1}, "s2": {"N": str(s2)}, "s3": {"B": s3}}
    return {"a": {"S": name}, **KEYS, **values, **more}


@pytest.fixture
def full(ddb, table) -> str:
    """All combinations of two values each, in one partition; and items of partitions that look alike."""
    combined = itertools.product(["a", "aa"], [-1, 10], [b"\x00", b"\x00\x01"])
    put_all(ddb, table, [item(f"item {place}", *values) for place, values in enumerate(combined)])
    put_all(ddb, table, [item("other 1", "a", 0, b"x", p1={"S": "x1"}), item("other 2", "a", 0, b"x", p2={"N": "11"})])
    return table


VALUES = {
    ":x": {"S": "x"}, ":1": {"N": "1"}, ":a": {"S": "a"}, ":b": {"S": "b"}, ":n": {"N": "10"}, ":m": {"N": "-1.0"}, ":d": {"B": b"\x00"}, ":e": {"B": b"\x00\x01"},
    ":empty": {"S": ""},
}  # fmt: skip
BOTH = "p1 = :x AND p2 = :1"


def query(ddb, table, text, **members):
    words = set(re.findall(r":\w+", text))
    values = {name: value for name, value in VALUES.items() if name in words}
    return ddb.query(
        TableName=table, IndexName="ix1", KeyConditionExpression=text, ExpressionAttributeValues=values, **members
    )


def sort_keys(answer):
    return [(item["s1"]["S"], int(item["s2"]["N"]), bytes(item["s3"]["B"])) for item in answer["Items"]]


ALL = sorted(itertools.product(["a", "aa"], [-1, 10], [b"\x00", b"\x00\x01"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BOTH, ALL),
        ("p2 = :1 AND :x = p1", ALL),
        (f"{BOTH} AND s1 = :a", ALL[:4]),
        (f"s1 = :a AND {BOTH}", ALL[:4]),
        (f"{BOTH} AND s1 > :a", ALL[4:]),
        (f"{BOTH} AND begins_with(s1, :a)", ALL),
        (f"{BOTH} AND s1 BETWEEN :a AND :b", ALL),
        (f"{BOTH} AND s1 = :a AND s2 = :m", ALL[:2]),
        (f"s2 >= :n AND {BOTH} AND s1 = :a", ALL[2:4]),
        (f"{BOTH} AND s1 = :a AND s2 BETWEEN :m AND :n", ALL[:4]),
        (f"{BOTH} AND s1 = :a AND s2 = :n AND s3 = :e", ALL[3:4]),
        (f"{BOTH} AND s1 = :a AND s2 = :n AND s3 <= :d", ALL[2:3]),
        (f"{BOTH} AND s1 = :a AND s2 = :n AND begins_with(s3, :d)", ALL[2:4]),
        (f"s3 > :d AND s2 = :n AND s1 = :a AND {BOTH}", ALL[3:4]),
        (f"{BOTH} AND s1 = :b", []),
    ],
)
@pytest.mark.parametrize("forward", [True, False])
def test_conditions_go_from_left_to_right(ddb, full, text, expected, forward) -> None:
    answer = query(ddb, full, text, ScanIndexForward=forward)
    assert sort_keys(answer) == (expected if forward else expected[::-1])


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_go_on_from_all_keys(ddb, full, limit, forward) -> None:
    words = {":x": VALUES[":x"], ":1": VALUES[":1"]}
    request = {
        "TableName": full,
        "IndexName": "ix1",
        "KeyConditionExpression": BOTH,
        "ExpressionAttributeValues": words,
    }
    pages = all_pages(ddb.query, Limit=limit, ScanIndexForward=forward, **request)
    assert [item for page in pages for item in sort_keys(page)] == (ALL if forward else ALL[::-1])
    for page in pages[:-1]:
        last = page["Items"][-1]
        assert page["LastEvaluatedKey"] == {name: last[name] for name in ("a", "p1", "p2", "s1", "s2", "s3")}


def test_a_scan_answers_every_partition(ddb, full) -> None:
    assert len(answered_items(all_pages(ddb.scan, TableName=full, IndexName="ix1", Limit=3))) == 10
    request = {"TableName": full, "IndexName": "ix1", "TotalSegments": 5}
    names = [item["a"]["S"] for segment in range(5) for item in ddb.scan(**request, Segment=segment)["Items"]]
    assert sorted(names) == sorted([f"item {place}" for place in range(8)] + ["other 1", "other 2"])


def test_the_parts_of_a_partition_key_do_not_run_into_each_other(ddb) -> None:
    table = create_indexed_table(ddb, "parts", "a:S", "p1:S p2:S", gsi=[index("ix1", "p1", "p2")])
    pairs = [("ab", "c"), ("a", "bc"), ("abc", "d"), ("ab", "cd")]
    put_all(
        ddb,
        table,
        [{"a": {"S": str(place)}, "p1": {"S": one}, "p2": {"S": two}} for place, (one, two) in enumerate(pairs)],
    )
    for place, (one, two) in enumerate(pairs):
        answer = ddb.query(
            TableName=table,
            IndexName="ix1",
            KeyConditionExpression="p1 = :1 AND p2 = :2",
            ExpressionAttributeValues={":1": {"S": one}, ":2": {"S": two}},
        )
        assert [item["a"]["S"] for item in answer["Items"]] == [str(place)]


@pytest.mark.parametrize("missing", ["p1", "p2", "s1", "s2", "s3"])
def test_an_item_that_lacks_one_of_the_keys_is_not_in_the_index(ddb, table, missing) -> None:
    whole = item("k", "a", 1, b"x")
    ddb.put_item(TableName=table, Item={name: value for name, value in whole.items() if name != missing})
    assert ddb.scan(TableName=table, IndexName="ix1")["Items"] == []
    values = {":v": whole[missing]}
    update = {"TableName": table, "Key": {"a": {"S": "k"}}}
    ddb.update_item(**update, UpdateExpression=f"SET {missing} = :v", ExpressionAttributeValues=values)
    assert ddb.scan(TableName=table, IndexName="ix1")["Items"] == [whole]
    ddb.update_item(**update, UpdateExpression=f"REMOVE {missing}")
    assert ddb.scan(TableName=table, IndexName="ix1")["Items"] == []


MISSED = "Query condition missed key schema element: "
HASH = re.compile(r".*HASH.*equality.*")
RANGE = re.compile(r".*RANGE.*equality.*")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p1 = :x", MISSED + "p2"),
        ("p2 = :1", MISSED + "p1"),
        ("s1 = :a AND p2 = :1", MISSED + "p1"),
        ("p1 = :x AND p2 > :1", HASH),
        ("begins_with(p1, :x) AND p2 = :1", HASH),
        (f"{BOTH} AND s2 = :n", MISSED + "s1"),
        (f"{BOTH} AND s1 = :a AND s3 = :d", MISSED + "s2"),
        (f"{BOTH} AND s1 > :a AND s2 = :n", RANGE),
        (f"{BOTH} AND s1 = :a AND s2 > :n AND s3 = :d", RANGE),
        (f"{BOTH} AND begins_with(s1, :a) AND s2 > :n", RANGE),
        (f"{BOTH} AND a = :a", MISSED + "s1"),
        (f"{BOTH} AND s1 = :n", INVALID + "Condition parameter type does not match schema type"),
        ("p1 = :1 AND p2 = :1", INVALID + "Condition parameter type does not match schema type"),
        (
            "p1 = :empty AND p2 = :1",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p1",
        ),
        (f"{BOTH} AND s1 > :a AND s1 < :b", "KeyConditionExpressions must only contain one condition per key"),
    ],
)
def test_conditions_that_name_no_range_are_rejected(ddb, full, text, message) -> None:
    with rejects(message):
        query(ddb, full, text)


def test_legacy_conditions_may_name_all_keys(ddb, full) -> None:
    def equal(value):
        return {"ComparisonOperator": "EQ", "AttributeValueList": [value]}

    conditions = {"p1": equal(VALUES[":x"]), "p2": equal(VALUES[":1"]), "s1": equal(VALUES[":a"])}
    conditions["s2"] = {"ComparisonOperator": "LT", "AttributeValueList": [VALUES[":n"]]}
    assert sort_keys(ddb.query(TableName=full, IndexName="ix1", KeyConditions=conditions)) == ALL[:2]


@pytest.mark.parametrize("name", ["p1", "p2", "s1", "s2", "s3"])
def test_a_filter_may_name_none_of_the_keys(ddb, full, name) -> None:
    with rejects(f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"):
        query(ddb, full, BOTH, FilterExpression=f"attribute_exists({name})")
    assert query(ddb, full, BOTH, FilterExpression="attribute_exists(a)")["Count"] == 8


@pytest.mark.parametrize("missing", ["a", "p1", "p2", "s1", "s2", "s3"])
def test_a_start_has_every_key(ddb, full, missing) -> None:
    start = item("item 3", "a", 10, b"\x00\x01")
    assert sort_keys(query(ddb, full, BOTH, ExclusiveStartKey=start)) == ALL[4:]
    del start[missing]
    with rejects("The provided starting key is invalid"):
        query(ddb, full, BOTH, ExclusiveStartKey=start)


def test_a_start_is_of_the_partition(ddb, full) -> None:
    start = {**item("item 3", "a", 10, b"\x00\x01"), "p2": {"N": "2"}}
    with rejects("The provided starting key is outside query boundaries based on provided conditions"):
        query(ddb, full, BOTH, ExclusiveStartKey=start)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"p2": {"S": "1"}}, INVALID + "Type mismatch for Index Key p2 Expected: N Actual: S IndexName: ix1"),
        ({"s3": {"NULL": True}}, INVALID + "Type mismatch for Index Key s3 Expected: B Actual: NULL IndexName: ix1"),
        ({"p1": {"S": "x" * 2049}}, re.compile(".*2048.*")),
        ({"s1": {"S": "x" * 1025}}, re.compile(".*1024.*")),
    ],
    ids=["partition type", "sort type", "partition size", "sort size"],
)
def test_each_key_has_its_type_and_size(ddb, table, attributes, message) -> None:
    with rejects(message):
        ddb.put_item(TableName=table, Item={"a": {"S": "k"}, **attributes})


# ----------------------------------------------------------------------------------------------------------------- schemas


@pytest.mark.parametrize(
    ("partition", "sort"), [("p1", "s1 s2 s3 s4"), ("p1 p2 p3 p4", ""), ("p1 p2 p3 p4", "s1 s2 s3 s4")]
)
def test_an_index_has_up_to_four_of_each(ddb, partition, sort) -> None:
    names = f"{partition} {sort}".split()
    definitions = " ".join(f"{name}:S" for name in names)
    table = create_indexed_table(ddb, "made", "a:S", definitions, gsi=[index("ix1", *keys_of(partition, sort))])
    [described] = ddb.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert described["KeySchema"] == index("ix1", *keys_of(partition, sort))["KeySchema"]
    whole = {"a": {"S": "k"}, **{name: {"S": name} for name in names}}
    ddb.put_item(TableName=table, Item=whole)
    text = " AND ".join(f"{name} = :{name}" for name in names)
    values = {f":{name}": {"S": name} for name in names}
    answer = ddb.query(TableName=table, IndexName="ix1", KeyConditionExpression=text, ExpressionAttributeValues=values)
    assert answer["Items"] == [whole]


@pytest.mark.parametrize(
    ("keys", "definitions", "message"),
    [
        (index("ix1", "p1", "p2", "p3", "p4", "p5"), "p1:S p2:S p3:S p4:S p5:S", re.compile(".*HASH.*")),
        (
            index("ix1", "p1", "s1:R", "s2:R", "s3:R", "s4:R", "s5:R"),
            "p1:S s1:S s2:S s3:S s4:S s5:S",
            re.compile(".*RANGE.*"),
        ),
        (index("ix1", "p1", "p1"), "p1:S", re.compile(".*same name.*")),
        (index("ix1", "p1", "s1:R", "p1:R"), "p1:S s1:S", re.compile(".*same name.*")),
        (index("ix1", "p1", "p2", "s1:R"), "p1:S s1:S", re.compile(".*Some index key attribute.*defin.*")),
    ],
    ids=["five of HASH", "five of RANGE", "twice", "in both", "undefined"],
)
def test_wrong_schemas_are_rejected(ddb, keys, definitions, message) -> None:
    with rejects(message):
        ddb.create_table(**indexed_table("made", "a:S", definitions, gsi=[keys]))


def test_partition_attributes_precede_sort_attributes(ddb) -> None:
    keys = index("ix1", "p1", "s1:R")
    keys["KeySchema"].append({"AttributeName": "p2", "KeyType": "HASH"})
    with rejects(INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema"):
        ddb.create_table(**indexed_table("made", "a:S", "p1:S p2:S s1:S", gsi=[keys]))


def test_tables_and_local_indexes_have_one_of_each(ddb) -> None:
    schema = index("ix1", "a", "b")["KeySchema"]
    with rejects():
        ddb.create_table(**{**indexed_table("made", "a:S", "b:S"), "KeySchema": schema})
    with rejects():
        ddb.create_table(**indexed_table("made", "a:S b:S", "c:S d:S", lsi=[index("ix1", "a", "c:R", "d:R")]))


def test_a_segment_holds_whole_partitions(ddb, full) -> None:
    request = {"TableName": full, "IndexName": "ix1", "TotalSegments": 64}
    holding = [
        segment
        for segment in range(64)
        if any(item["a"]["S"].startswith("item") for item in ddb.scan(**request, Segment=segment)["Items"])
    ]
    assert len(holding) == 1


def test_projections_are_words_of_an_enum(ddb) -> None:
    keys = index("ix1", "p1", projection="SOME")
    path = "globalSecondaryIndexes.1.member.projection.projectionType"
    with rejects(constraint("SOME", path, "Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]")):
        ddb.create_table(**indexed_table("made", "a:S", "p1:S", gsi=[keys]))


@pytest.mark.parametrize(
    ("stored", "name", "size", "message"),
    [
        ({"p": 1500, "q": 1}, "q", 1000, "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ({"s": 600, "t": 1}, "t", 600, "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"),
    ],
)
def test_an_update_of_a_part_measures_the_whole_key(ddb, stored, name, size, message) -> None:
    parted = create_indexed_table(ddb, "parted", "a:S", "p:S q:S s:S t:S", gsi=[index("ix1", "p", "q", "s:R", "t:R")])
    key = {"a": {"S": "x"}}
    values = {part: {"S": "x" * stored.get(part, 1)} for part in "pqst"}
    put_all(ddb, parted, [{**key, **values}])
    update = {"UpdateExpression": f"SET {name} = :v", "ExpressionAttributeValues": {":v": {"S": "y" * size}}}
    with rejects(re.compile(f".*{re.escape(message)}")):
        ddb.update_item(TableName=parted, Key=key, **update)
    assert ddb.scan(TableName=parted, IndexName="ix1")["Items"] == [{**key, **values}]
