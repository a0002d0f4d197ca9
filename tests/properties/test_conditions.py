"""Random conditions decide as a model of a few lines does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .values import Typed, documents, plain, plain_item

ORDERED = ("S", "N", "B")
ATTRIBUTES = ["a0", "a1", "a2", "m0.x", "m0.y", "l0[0]", "l0[1]"]
MISSING = None


@dataclass
class Text:
    """An expression while it is written: its values get placeholders."""

    values: dict[str, Typed] = field(default_factory=dict)

    def value(self, value: Typed) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = value
        return name


def resolve(item: dict[str, Any], path: str) -> Any:
    """The plain value at a path, or nothing."""
    if path.startswith("m0."):
        found = item.get("m0")
        return found[1].get(path[3:]) if found and found[0] == "M" else MISSING
    if path.startswith("l0["):
        found, index = item.get("l0"), int(path[3])
        return found[1][index] if found and found[0] == "L" and index < len(found[1]) else MISSING
    return item.get(path)


def order(one: Any, two: Any) -> int | None:
    """-1, 0 or 1 for scalars of one type."""
    if one is MISSING or two is MISSING or one[0] != two[0] or one[0] not in ORDERED:
        return None
    left, right = (value[1].encode() if value[0] == "S" else value[1] for value in (one, two))
    return (left > right) - (left < right)


def size(value: Any) -> Any:
    if value is MISSING or value[0] in ("N", "BOOL", "NULL"):
        return MISSING
    content = value[1]
    length = len(content.encode("utf-16-le")) // 2 if value[0] == "S" else len(content)
    return ("N", Decimal(length))


def contains(value: Any, part: Any) -> bool:
    if value is MISSING or part is MISSING:
        return False
    kind, content = value
    if kind in ("S", "B"):
        return bool(part[0] == kind and part[1] in content)
    if kind in ("SS", "NS", "BS"):
        return bool(part[0] == kind[0] and part[1] in content)
    return bool(kind == "L" and part in content)


def begins_with(value: Any, prefix: Any) -> bool:
    same = value is not MISSING and value[0] == prefix[0] and value[0] in ("S", "B")
    return bool(same and value[1].startswith(prefix[1]))


COMPARE = {
    "=": lambda one, two: one is not MISSING and two is not MISSING and one == two,
    "<>": lambda one, two: one is MISSING or two is MISSING or one != two,
    "<": lambda one, two: order(one, two) == -1,
    "<=": lambda one, two: order(one, two) in (-1, 0),
    ">": lambda one, two: order(one, two) == 1,
    ">=": lambda one, two: order(one, two) in (0, 1),
}
paths = st.sampled_from(ATTRIBUTES)
ordered_values = documents.filter(lambda value: next(iter(value)) in ORDERED)


@st.composite
def comparisons(draw: st.DrawFn) -> Any:
    path, operator = draw(paths), draw(st.sampled_from(sorted(COMPARE)))
    if draw(st.booleans()):
        other = draw(paths.filter(lambda other: other != path))
        return lambda text: f"{path} {operator} {other}", lambda item: COMPARE[operator](
            resolve(item, path), resolve(item, other)
        )
    value = draw(documents if operator in ("=", "<>") else ordered_values)
    return lambda text: f"{path} {operator} {text.value(value)}", lambda item: COMPARE[operator](
        resolve(item, path), plain(value)
    )


@st.composite
def sizes(draw: st.DrawFn) -> Any:
    path, operator, number = draw(paths), draw(st.sampled_from(sorted(COMPARE))), draw(st.integers(0, 4))
    value = {"N": str(number)}
    return (
        lambda text: f"size({path}) {operator} {text.value(value)}",
        lambda item: COMPARE[operator](size(resolve(item, path)), plain(value)),
    )


@st.composite
def ranges(draw: st.DrawFn) -> Any:
    path, low = draw(paths), draw(ordered_values)
    kind = next(iter(low))
    high = draw(ordered_values.filter(lambda value: kind in value))
    low, high = (low, high) if order(plain(low), plain(high)) != 1 else (high, low)
    return (
        lambda text: f"{path} BETWEEN {text.value(low)} AND {text.value(high)}",
        lambda item: (
            order(resolve(item, path), plain(low)) in (0, 1) and order(resolve(item, path), plain(high)) in (-1, 0)
        ),
    )


@st.composite
def memberships(draw: st.DrawFn) -> Any:
    path, values = draw(paths), draw(st.lists(documents, min_size=1, max_size=3))
    return (
        lambda text: f"{path} IN ({', '.join(text.value(value) for value in values)})",
        lambda item: resolve(item, path) is not MISSING and resolve(item, path) in [plain(value) for value in values],
    )


@st.composite
def functions(draw: st.DrawFn) -> Any:
    path = draw(paths)
    name = draw(
        st.sampled_from(["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"])
    )
    if name == "attribute_exists":
        return lambda text: f"attribute_exists({path})", lambda item: resolve(item, path) is not MISSING
    if name == "attribute_not_exists":
        return lambda text: f"attribute_not_exists({path})", lambda item: resolve(item, path) is MISSING
    if name == "attribute_type":
        kind = draw(st.sampled_from(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]))
        return (
            lambda text: f"attribute_type({path}, {text.value({'S': kind})})",
            lambda item: resolve(item, path) is not MISSING and resolve(item, path)[0] == kind,
        )
    if name == "begins_with":
        prefix = draw(documents.filter(lambda value: next(iter(value)) in ("S", "B")))
        return (
            lambda text: f"begins_with({path}, {text.value(prefix)})",
            lambda item: begins_with(resolve(item, path), plain(prefix)),
        )
    part = draw(documents)
    return lambda text: f"contains({path}, {text.value(part)})", lambda item: contains(resolve(item, path), plain(part))


def joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def both(operator: str, one: Any, two: Any) -> Any:
        decide = (
            (lambda item: one[1](item) and two[1](item))
            if operator == "AND"
            else (lambda item: one[1](item) or two[1](item))
        )
        return lambda text: f"({one[0](text)}) {operator} ({two[0](text)})", decide

    def negated(one: Any) -> Any:
        return lambda text: f"NOT ({one[0](text)})", lambda item: not one[1](item)

    return st.builds(both, st.sampled_from(["AND", "OR"]), inner, inner) | st.builds(negated, inner)


simple = st.one_of(comparisons(), sizes(), ranges(), memberships(), functions())
conditions = st.recursive(simple, joined, max_leaves=4)
items = st.fixed_dictionaries(
    {},
    optional={
        "a0": documents,
        "a1": documents,
        "a2": documents,
        "m0": documents
        | st.dictionaries(st.sampled_from("xy"), documents, max_size=2).map(lambda content: {"M": content}),
        "l0": documents | st.lists(documents, max_size=2).map(lambda content: {"L": content}),
    },
)
numbers_of_items = itertools.count()


@pytest.fixture(scope="module")
def client() -> Any:
    client = statordb.connect(":memory:").client()
    client.create_table(
        TableName="conditions",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@settings(max_examples=1500, deadline=None)
@given(item=items, condition=conditions)
def test_conditions_and_filters_decide_as_the_model_does(client: Any, item: dict[str, Typed], condition: Any) -> None:
    write, decide = condition
    text = Text()
    expression = write(text)
    key = {"p": {"S": f"item {next(numbers_of_items)}"}}
    client.put_item(TableName="conditions", Item={**key, **item})
    values = {"ExpressionAttributeValues": text.values} if text.values else {}
    try:
        client.delete_item(TableName="conditions", Key=key, ConditionExpression=expression, **values)
        passed = True
    except client.exceptions.ConditionalCheckFailedException:
        passed = False
    assert passed == bool(decide(plain_item(item))), (expression, text.values)
    if not passed:
        answer = client.query(
            TableName="conditions",
            KeyConditionExpression="p = :key",
            FilterExpression=expression,
            ExpressionAttributeValues={**text.values, ":key": key["p"]},
        )
        assert (answer["Count"], answer["ScannedCount"]) == (0, 1)
        client.delete_item(TableName="conditions", Key=key)
