"""Items of one partition come back in the order of their sort keys: numbers by value, strings and binaries by bytes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .values import number_text, numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

KINDS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "S": (
        st.text(min_size=1, max_size=8, alphabet=st.characters(blacklist_categories=("Cs",))),
        str,
        lambda key: key.encode(),
    ),
    "N": (numbers, number_text, lambda key: key),
    "B": (st.binary(min_size=1, max_size=8), bytes, lambda key: key),
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, two: one == two,
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}
partitions = itertools.count()


@pytest.fixture(scope="module")
def client() -> Any:
    client = statordb.connect(":memory:").client()
    for kind in KINDS:
        client.create_table(
            TableName=f"sorted-{kind}",
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "p", "AttributeType": "S"},
                {"AttributeName": "s", "AttributeType": kind},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    return client


def distinct(keys: list[Any], order: Callable[[Any], Any]) -> list[Any]:
    return [next(group) for _, group in itertools.groupby(sorted(keys, key=order), key=order)]


def query(client: Any, kind: str, partition: str, condition: str = "", **values: Any) -> list[Any]:
    answer = client.query(
        TableName=f"sorted-{kind}",
        KeyConditionExpression="p = :p" + condition,
        ExpressionAttributeValues={":p": {"S": partition}, **{f":{name}": value for name, value in values.items()}},
    )
    return [item["s"][kind] for item in answer["Items"]]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_queries_return_sort_keys_in_order_and_cut_where_conditions_say(
    client: Any, kind: str, data: st.DataObject
) -> None:
    strategy, write, order = KINDS[kind]
    keys = data.draw(st.lists(strategy, min_size=1, max_size=12))
    partition = f"partition {next(partitions)}"
    for key in keys:
        client.put_item(TableName=f"sorted-{kind}", Item={"p": {"S": partition}, "s": {kind: write(key)}})
    expected = distinct(keys, order)
    assert query(client, kind, partition) == [write(key) for key in expected]
    bound = data.draw(st.sampled_from(keys) | strategy)
    for operator, holds in OPERATORS.items():
        kept = [write(key) for key in expected if holds(order(key), order(bound))]
        assert query(client, kind, partition, f" AND s {operator} :b", b={kind: write(bound)}) == kept, operator
    low, high = sorted([bound, data.draw(strategy)], key=order)
    kept = [write(key) for key in expected if order(low) <= order(key) <= order(high)]
    between = {"l": {kind: write(low)}, "h": {kind: write(high)}}
    assert query(client, kind, partition, " AND s BETWEEN :l AND :h", **between) == kept
    if kind != "N":
        prefix = bound[: data.draw(st.integers(1, len(bound)))]
        kept = [write(key) for key in expected if key.startswith(prefix)]
        assert query(client, kind, partition, " AND begins_with(s, :b)", b={kind: prefix}) == kept


@settings(max_examples=100, deadline=None)
@given(keys=st.lists(numbers, min_size=1, max_size=8), forward=st.booleans(), page=st.integers(1, 3))
def test_pages_follow_each_other_in_both_directions(client: Any, keys: list[Decimal], forward: bool, page: int) -> None:
    partition = f"paged {next(partitions)}"
    for key in keys:
        client.put_item(TableName="sorted-N", Item={"p": {"S": partition}, "s": {"N": number_text(key)}})
    seen: list[str] = []
    start: dict[str, Any] = {}
    while True:
        answer = client.query(
            TableName="sorted-N",
            KeyConditionExpression="p = :p",
            ExpressionAttributeValues={":p": {"S": partition}},
            ScanIndexForward=forward,
            Limit=page,
            **start,
        )
        seen.extend(item["s"]["N"] for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            break
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    expected = [number_text(key) for key in distinct(keys, lambda key: key)]
    assert seen == (expected if forward else expected[::-1])
