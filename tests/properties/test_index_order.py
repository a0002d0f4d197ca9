"""Entries of an index come in the order of its sort keys, attribute by attribute, whatever bytes they are made of."""

from __future__ import annotations

import itertools
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .values import number_text

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = "ordered"
TYPES = {"p": "S", "q": "B", "s": "S", "d": "B", "n": "N"}
INDEXES = {"by-s": ("p", "s"), "by-d": ("p", "d"), "by-n": ("p", "n")}
"""Indexes of one sort attribute; `several` has two attributes of the partition and three of the sort key."""

texts = st.text(st.sampled_from("\x00\x01ab\x7fé\U0001f600"), min_size=1, max_size=4)
binaries = st.lists(st.sampled_from([0, 1, 2, 127, 254, 255]), min_size=1, max_size=4).map(bytes)
numbers = st.one_of(
    st.integers(-30, 30).map(Decimal),
    st.sampled_from(
        ["0", "-0.1", "0.1", "1e-130", "-1e-130", "9.9e125", "-9.9e125", "99", "100", "-99", "-100", "0.01"]
    ).map(Decimal),
)
STRATEGIES: dict[str, Any] = {"S": texts, "B": binaries, "N": numbers}
partitions = itertools.count()


def typed(kind: str, value: Any) -> dict[str, Any]:
    return {kind: number_text(value) if kind == "N" else value}


def order(kind: str, value: Any) -> Any:
    return value.encode() if kind == "S" else value


@pytest.fixture(scope="module")
def client() -> Any:
    client = statordb.connect(":memory:").client()

    def index(name: str, hashes: tuple[str, ...], ranges: tuple[str, ...]) -> dict[str, Any]:
        schema = [{"AttributeName": key, "KeyType": "HASH"} for key in hashes]
        schema += [{"AttributeName": key, "KeyType": "RANGE"} for key in ranges]
        return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}

    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in [("a", "S"), *TYPES.items()]
        ],
        GlobalSecondaryIndexes=[
            *(index(name, (hash_key,), (sort,)) for name, (hash_key, sort) in INDEXES.items()),
            index("several", ("p", "q"), ("s", "d", "n")),
        ],
    )
    deadline = time.monotonic() + 10
    while client.describe_table(TableName=TABLE)["Table"]["TableStatus"] != "ACTIVE":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return client


def put(client: Any, items: list[dict[str, Any]]) -> None:
    """Puts items of one example; their keys in the table say nothing."""
    for place, item in enumerate(items):
        values = {name: typed(TYPES[name], value) for name, value in item.items()}
        client.put_item(TableName=TABLE, Item={"a": {"S": f"{item['p']} {place}"}, **values})


def query(client: Any, index: str, condition: str, values: dict[str, Any], **members: Any) -> list[int]:
    """The places of the items that a condition finds."""
    answer = client.query(
        TableName=TABLE, IndexName=index, KeyConditionExpression=condition, ExpressionAttributeValues=values, **members
    )
    return [int(item["a"]["S"].rpartition(" ")[2]) for item in answer["Items"]]


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, two: one == two,
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}


@pytest.mark.parametrize("index", INDEXES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_sort_attribute_orders_and_cuts(client: Any, index: str, data: st.DataObject) -> None:
    _, name = INDEXES[index]
    kind = TYPES[name]
    partition = f"one {next(partitions)}"
    values = data.draw(st.lists(STRATEGIES[kind], min_size=1, max_size=10))
    put(client, [{"p": partition, name: value} for value in values])
    keys = [order(kind, value) for value in values]
    named = {":p": {"S": partition}}
    found = query(client, index, "p = :p", named)
    assert [keys[place] for place in found] == sorted(keys)
    assert sorted(found) == list(range(len(keys)))
    assert query(client, index, "p = :p", named, ScanIndexForward=False) == found[::-1]
    bound = data.draw(st.sampled_from(values) | STRATEGIES[kind])
    for operator, holds in OPERATORS.items():
        wanted = [place for place in found if holds(keys[place], order(kind, bound))]
        condition = f"p = :p AND {name} {operator} :b"
        assert query(client, index, condition, {**named, ":b": typed(kind, bound)}) == wanted, operator
    low, high = sorted([bound, data.draw(STRATEGIES[kind])], key=lambda value: order(kind, value))
    wanted = [place for place in found if order(kind, low) <= keys[place] <= order(kind, high)]
    between = {**named, ":l": typed(kind, low), ":h": typed(kind, high)}
    assert query(client, index, f"p = :p AND {name} BETWEEN :l AND :h", between) == wanted
    if kind != "N":
        prefix = bound[: data.draw(st.integers(1, len(bound)))]
        wanted = [place for place in found if values[place].startswith(prefix)]
        begins = {**named, ":b": typed(kind, prefix)}
        assert query(client, index, f"p = :p AND begins_with({name}, :b)", begins) == wanted


few = {
    "s": st.sampled_from(["a", "a\x00", "a\x00\x00", "ab", "\x00"]),
    "d": st.sampled_from([b"\x00", b"\x00\xff", b"\x01", b"\xff"]),
    "n": numbers,
}
rows = st.fixed_dictionaries(few)


@settings(max_examples=250, deadline=None)
@given(items=st.lists(rows, min_size=1, max_size=12), data=st.data())
def test_several_sort_attributes_order_and_cut_from_left_to_right(
    client: Any, items: list[Any], data: st.DataObject
) -> None:
    partition = {"p": f"several {next(partitions)}", "q": data.draw(binaries)}
    put(client, [{**partition, **item} for item in items])
    keys = [tuple(order(TYPES[name], item[name]) for name in "sdn") for item in items]
    condition = "p = :p AND q = :q"
    named = {":p": {"S": partition["p"]}, ":q": {"B": partition["q"]}}
    found = query(client, "several", condition, named)
    assert [keys[place] for place in found] == sorted(keys)
    assert sorted(found) == list(range(len(keys)))
    chosen = data.draw(st.sampled_from(items) | rows)
    for depth, name in enumerate("sdn"):
        kind = TYPES[name]
        bound = order(kind, chosen[name])
        named[f":{name}"] = typed(kind, chosen[name])
        inside = [
            place
            for place in found
            if all(
                keys[place][before] == order(TYPES[other], chosen[other]) for before, other in enumerate("sdn"[:depth])
            )
        ]
        for operator, holds in OPERATORS.items():
            wanted = [place for place in inside if holds(keys[place][depth], bound)]
            assert query(client, "several", f"{condition} AND {name} {operator} :{name}", named) == wanted, (
                name,
                operator,
            )
        if kind != "N":
            wanted = [place for place in inside if items[place][name].startswith(chosen[name])]
            assert query(client, "several", f"{condition} AND begins_with({name}, :{name})", named) == wanted
        condition += f" AND {name} = :{name}"


@settings(max_examples=100, deadline=None)
@given(items=st.lists(rows, min_size=1, max_size=9), forward=st.booleans(), limit=st.integers(1, 3))
def test_pages_follow_each_other_in_both_directions(client: Any, items: list[Any], forward: bool, limit: int) -> None:
    partition = {"p": f"paged {next(partitions)}", "q": b"q"}
    put(client, [{**partition, **item} for item in items])
    request = {
        "TableName": TABLE,
        "IndexName": "several",
        "KeyConditionExpression": "p = :p AND q = :q",
        "ExpressionAttributeValues": {":p": {"S": partition["p"]}, ":q": {"B": b"q"}},
        "ScanIndexForward": forward,
    }
    seen: list[Any] = []
    start: dict[str, Any] = {}
    while True:
        answer = client.query(**request, **start, Limit=limit)
        seen += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            break
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert seen == client.query(**request)["Items"]
    assert len(seen) == len(items)
