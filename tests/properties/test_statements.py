"""Random SELECTs answer, cost and are refused as the calls do that they come to: GetItem, Query, Scan.

What they come to is read off their conditions here, once more and by the plain rules: equality, IN, or OR of these on the
partition key makes partitions that are read; comparisons of the sort key beside it narrow them; all else is a filter,
which a statement takes on key attributes too. Those a Query refuses, so the model decides about them itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cmp_to_key
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .statement_tables import TABLES, Source, Table, World, contents_of
from .statements import (
    FREE,
    Among,
    At,
    Between,
    Called,
    Compared,
    Expression,
    Item,
    Joined,
    Path,
    Statement,
    Value,
    at,
    conjuncts,
    examples,
    free_conditions,
    names_in,
    resolve,
    scalar_conditions,
    trees,
    values,
)
from .statements import (
    compared as flipped,
)
from .test_conditions import order
from .values import plain, plain_item, typed

FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
# What an expression has before its refusal, and lists of paths: statements may tell them in another order.
WRAPPED = re.compile(
    r"^(?:1 validation error detected: )?Invalid \w+: |(?<=rewrite one of these paths); path one: .*|(?<=does not project) \[.*\]$"
)


@dataclass(frozen=True)
class Select:
    """A SELECT, and how it is asked."""

    table: Table
    source: Source
    columns: tuple[Path, ...]
    where: Any
    order: tuple[tuple[str, str], ...] = ()
    is_consistent: bool = False

    def members(self) -> dict[str, Any]:
        """As ExecuteStatement takes it."""
        statement = Statement()
        columns = ", ".join(At(path).text(statement) for path in self.columns) or "*"
        source = self.table.name if self.source.index is None else f'"{self.table.name}"."{self.source.index}"'
        text = f"SELECT {columns} FROM {source}"
        if self.where is not None:
            text += f" WHERE {self.where.text(statement)}"
        if self.order:
            text += " ORDER BY " + ", ".join(f"{name} {way}".strip() for name, way in self.order)
        return {**statement.members(text), **({"ConsistentRead": True} if self.is_consistent else {})}


# ---------------------------------------------------------------------------------------------------------- strategies


@cache
@st.composite
def keyed(draw: st.DrawFn, table: Table, source: Source) -> list[Any]:
    """Conditions that pin a partition, and perhaps narrow it."""

    def equality(name: str) -> Any:
        return flipped(draw, draw(at((name,))), "=", draw(values(table.types[name])))

    first, *more = source.hash
    form = draw(st.sampled_from(["=", "=", "=", "=", "in", "or", "or and"]))
    if form == "in":
        among = draw(st.lists(values(table.types[first]), min_size=1, max_size=4))
        pin: Any = Among(draw(at((first,))), tuple(among), draw(st.sampled_from(["()", "[]"])))
    elif form == "=":
        pin = equality(first)
    else:
        each = [equality(first) for _ in range(draw(st.integers(2, 3)))]
        if form == "or and":
            each = [Joined("AND", (one, draw(conditions(table)))) if draw(st.booleans()) else one for one in each]
        pin = Joined("OR", tuple(each))
    parts = [pin, *(equality(name) for name in more)]
    for name in source.range:
        number = draw(st.sampled_from([0, 1, 1, 2]))
        parts += [draw(scalar_conditions(name, table.types[name])) for _ in range(number)]
    return parts


@cache
def conditions(table: Table) -> Any:
    """A condition on anything."""
    of_keys = [scalar_conditions(name, kind) for name, kind in table.types.items()]
    return st.one_of(*of_keys, free_conditions(), free_conditions())


@cache
@st.composite
def wheres(draw: st.DrawFn, table: Table, source: Source) -> Any:
    parts = draw(keyed(table, source)) if draw(st.integers(0, 4)) else []
    if not parts or draw(st.booleans()):
        parts.append(draw(trees(conditions(table))))
    parts = draw(st.permutations(parts))
    while len(parts) > 1 and draw(st.booleans()):
        parts = [Joined("AND", tuple(parts[:2]), draw(st.booleans())), *parts[2:]]
    return parts[0] if len(parts) == 1 else Joined("AND", tuple(parts))


@cache
@st.composite
def selects(draw: st.DrawFn, table: Table) -> Select:
    source = draw(st.sampled_from([table.base, *table.sources]))
    paths = [*((name,) for name in table.types), *FREE]
    columns = draw(st.lists(st.sampled_from(paths), max_size=3, unique_by=column)) if draw(st.booleans()) else []
    ways = st.sampled_from(["", "ASC", "DESC"])
    names = [*source.hash[:1], *source.range[:1], *(["v"] if draw(st.integers(0, 20)) == 0 else [])]
    ordered = draw(st.lists(st.tuples(st.sampled_from(names), ways), max_size=2, unique_by=lambda each: each[0]))
    where = draw(wheres(table, source)) if draw(st.integers(0, 9)) else None
    # Where everything is read, an order is refused; that is asked for now and then.
    if not (where is not None and partitions_of(source, conjuncts(where))[0]) and draw(st.integers(0, 5)):
        ordered = []
    is_consistent = draw(st.integers(0, 29 if source.is_global else 3)) == 3
    return Select(table, source, tuple(columns), where, tuple(ordered), is_consistent)


def column(path: Path) -> str:
    """What a column is called: the last name, with the indexes behind it."""
    called = ""
    for step in path:
        called = f"{called}[{step}]" if isinstance(step, int) else step
    return called


# ------------------------------------------------------------------------------------------------------------- the rules


@dataclass
class Plan:
    """What a SELECT comes to: nothing for `partitions` when everything is read."""

    partitions: list[list[Value]] | None
    is_single: bool = False
    equal: list[Compared] = field(default_factory=list)
    sort: list[Any] = field(default_factory=list)
    rest: list[Any] = field(default_factory=list)


def compared(node: Any, name: str) -> tuple[str, Value] | None:
    """The operator and the value that an attribute is compared with."""
    if not isinstance(node, Compared) or node.operator not in FLIPPED:
        return None
    for one, other, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, FLIPPED[node.operator]),
    ):
        if isinstance(one, At) and one.path == (name,) and isinstance(other, Value):
            return operator, other
    return None


def equality(node: Any, name: str) -> Value | None:
    found = compared(node, name)
    return found[1] if found is not None and found[0] == "=" else None


def pinned(node: Any, name: str) -> list[Value] | None:
    """The values one of which an attribute has where the condition holds."""
    value = equality(node, name)
    if value is not None:
        return [value]
    if isinstance(node, Among) and not node.negated and isinstance(node.operand, At) and node.operand.path == (name,):
        return list(node.among) if all(isinstance(each, Value) for each in node.among) else None
    if isinstance(node, Joined):
        each = [pinned(operand, name) for operand in node.operands]
        found = [one for one in each if one is not None]
        if node.operator == "AND":
            return found[0] if found else None
        return [value for one in found for value in one] if len(found) == len(each) else None
    return None


def is_exact(node: Any, name: str) -> bool:
    """Whether a condition says which values an attribute has, and no more."""
    if isinstance(node, Joined):
        return node.operator == "OR" and all(is_exact(operand, name) for operand in node.operands)
    return pinned(node, name) is not None


def partitions_of(source: Source, parts: list[Any]) -> tuple[list[list[Value]] | None, list[Any]]:
    """The values of the partition keys that are read, and the conditions that are left."""
    if len(source.hash) == 1:
        [name] = source.hash
        pins = [node for node in parts if pinned(node, name) is not None]
        if not pins:
            return None, parts
        node = min(pins, key=lambda each: (len(pinned(each, name) or []), not is_exact(each, name)))
        rest = [other for other in parts if other is not node or not is_exact(node, name)]
        return [[value] for value in pinned(node, name) or []], rest
    chosen, rest = [], list(parts)
    for name in source.hash:
        node = next((node for node in rest if equality(node, name) is not None), None)
        if node is None:
            return None, parts
        chosen.append(equality(node, name))
        rest = [other for other in rest if other is not node]
    return [chosen], rest


def is_of_sort_key(node: Any, name: str) -> bool:
    """Whether a condition narrows a partition."""
    if isinstance(node, Between):
        return isinstance(node.operand, At) and node.operand.path == (name,) and not node.negated
    if isinstance(node, Called):
        return node.name == "begins_with" and node.operand.path == (name,)
    return compared(node, name) is not None


def plan(select: Select) -> Plan:
    """What a SELECT comes to."""
    source, parts = select.source, conjuncts(select.where)
    partitions, rest = partitions_of(source, parts)
    if partitions is None:
        return Plan(None, rest=parts)
    equal: list[Compared] = []
    for name in source.range[:-1]:
        node = next((node for node in rest if equality(node, name) is not None), None)
        if node is None:
            break
        equal.append(node)
        rest = [other for other in rest if other is not node]
    sort = []
    if source.range:
        sort = [node for node in rest if is_of_sort_key(node, source.range[len(equal)])]
        rest = [node for node in rest if not any(node is other for other in sort)]
    names = [*source.hash, *source.range]
    is_single = (
        source.index is None
        and len(parts) == len(names)
        and all(any(equality(node, name) is not None for node in parts) for name in names)
    )
    return Plan(partitions, is_single, equal, sort, rest)


# ------------------------------------------------------------------------------------------------------------- the model


class Model:
    """What a SELECT answers, costs and is refused for, by the calls that it comes to."""

    def __init__(self, world: World, select: Select) -> None:
        self.world, self.client = world, world.client
        self.select, self.source, self.table = select, select.source, select.table
        self.plan = plan(select)

    # ------------------------------------------------------------------------------------------------------- refusals

    def refusals(self) -> set[str]:
        """The texts with which it may be refused; none when it is answered."""
        return {*self._of_order(), *self._of_index(), *self._of_values(), *self._of_conditions()}

    def _refused(self, **members: Any) -> set[str]:
        """What a Scan with these members is refused for, without the name of the parameter."""
        index = {} if self.source.index is None or "FilterExpression" in members else {"IndexName": self.source.index}
        try:
            self.client.scan(TableName=self.table.name, **index, **members, Limit=1)
        except self.client.exceptions.ValidationException as error:
            return {WRAPPED.sub("", error.response["Error"]["Message"])}
        return set()

    def _of_order(self) -> set[str]:
        told = set()
        for name, _ in self.select.order:
            if name not in self.source.keys:
                told.add(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
        if self.select.order and self.select.where is None:
            told.add("Must have WHERE clause in the statement when using ORDER BY clause.")
        elif self.select.order and self.plan.partitions is None:
            told.add(
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
            )
        return told

    def _of_index(self) -> set[str]:
        source, told = self.source, set()
        if source.is_global and self.select.is_consistent:
            told.add("Consistent reads are not supported on global secondary indexes")
        told |= self._refused(**self._projection({}))
        if source.index is None:
            return told
        lacking = {name for node in self.plan.rest for name in names_in(node) if not self.table.shows(source, name)}
        if lacking and self.plan.partitions is not None:
            told.add("does not project one or more filter attributes")
        return told

    def _of_values(self) -> set[str]:
        """What is wrong with the values of keys."""
        if self.plan.partitions is None:
            return set()
        told = {
            reason
            for partition in self.plan.partitions
            for name, value in zip(self.source.hash, partition, strict=True)
            if (reason := self._of_key(name, value))
        }
        for place, node in enumerate([*self.plan.equal, *self.plan.sort]):
            name = self.source.range[min(place, len(self.plan.equal))]
            for value in operands(node):
                reason = self._of_key(name, value)
                told |= {reason} if reason else set()
        return told

    def _of_key(self, name: str, value: Value) -> str | None:
        [(kind, content)] = value.typed.items()
        if kind != self.table.types[name]:
            return f"Key attribute's data type should match its data type in table's schema: Key {name}"
        if content in ("", b""):
            what = "string" if kind == "S" else "binary"
            return (
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty {what} value. Key: {name}"
            )
        return None

    def _of_conditions(self) -> set[str]:
        """What a filter would refuse."""
        told = set()
        for node in [*self.plan.sort, *self.plan.rest]:
            expression = Expression()
            members = expression.members(FilterExpression=node.expression(expression))
            told |= self._refused(**members)
        return told

    # --------------------------------------------------------------------------------------------------------- answers

    def rows(self) -> list[Item]:
        """The items that are read, in their order, filtered and projected."""
        return [row for row in map(self.row, self.read()) if row is not None]

    def row(self, key: Item) -> Item | None:
        """What is returned of an item that is read."""
        item = self.world.found(key)
        entry = self.table.entry(self.source, item) or {}
        if not all(node.decide(plain_item(entry)) for node in self.plan.rest):
            return None
        if not self.select.columns:
            return entry
        found = {column(path): resolve(plain_item(item), path) for path in self.select.columns}
        return {name: typed(value) for name, value in found.items() if value is not None}

    def read(self) -> list[Item]:
        """The keys of the items that are read, in their order."""
        if self.plan.partitions is None:
            return self.client.scan(**self._source())["Items"]
        read = []
        for partition in self._ordered_partitions():
            found = self.client.query(**self._source(), **self._key(partition), ScanIndexForward=self._is_forward())
            read += [item for item in found["Items"] if all(node.decide(plain_item(item)) for node in self.plan.sort)]
        return read

    def _source(self) -> dict[str, Any]:
        index = {} if self.source.index is None else {"IndexName": self.source.index}
        consistent = {"ConsistentRead": True} if self.select.is_consistent else {}
        return {"TableName": self.table.name, **index, **consistent}

    def _is_forward(self) -> bool:
        ways = dict(self.select.order)
        return not any(ways.get(name) == "DESC" for name in self.source.range)

    def _ordered_partitions(self) -> list[list[Value]]:
        """Each partition once: in the order of a Scan, or in that of their keys where that is asked for."""
        different: dict[str, list[Value]] = {}
        for partition in self.plan.partitions or []:
            different.setdefault(str([plain(value.typed) for value in partition]), partition)
        partitions = list(different.values())
        ways = [way for name, way in self.select.order if name in self.source.hash]
        if ways and len(self.source.hash) == 1:
            by_key = cmp_to_key(lambda one, other: order(plain(one[0].typed), plain(other[0].typed)) or 0)
            return sorted(partitions, key=by_key, reverse=ways[0] == "DESC")
        scanned = self.client.scan(**self._source())["Items"]
        places: dict[str, int] = {}
        for place, item in enumerate(scanned):
            places.setdefault(str([plain(item[name]) for name in self.source.hash]), place)
        return sorted(partitions, key=lambda each: places.get(str([plain(value.typed) for value in each]), -1))

    def _key(self, partition: list[Value], *sort: Any) -> dict[str, Any]:
        expression = Expression()
        pins = [Compared(At((name,)), "=", value) for name, value in zip(self.source.hash, partition, strict=True)]
        parts = [*pins, *(named_first(node) for node in (*self.plan.equal, *sort))]
        return expression.members(KeyConditionExpression=" AND ".join(node.expression(expression) for node in parts))

    # ------------------------------------------------------------------------------------------------------------ cost

    def cost(self) -> dict[str, Any]:
        """`ConsumedCapacity`: the sum over the calls."""
        asked = {**self._source(), "ReturnConsumedCapacity": "INDEXES"}
        if self.plan.is_single:
            return self.client.get_item(**asked, Key=self.key())["ConsumedCapacity"]
        if self.plan.partitions is None:
            return self.client.scan(**asked, **self._projection({}))["ConsumedCapacity"]
        calls = []
        for partition in self._ordered_partitions():
            key = self._key(partition, *self._narrowed(partition))
            calls.append(self.client.query(**asked, **self._projection(key))["ConsumedCapacity"])
        return summed(calls)

    def key(self) -> Item:
        """The key of the one item that is read."""
        return {name: self._single(name).typed for name in self.source.keys}

    def _single(self, name: str) -> Value:
        return next(value for node in conjuncts(self.select.where) if (value := equality(node, name)) is not None)

    def _narrowed(self, partition: list[Value]) -> list[Any]:
        """One condition that leaves of a partition what all of them leave."""
        if len(self.plan.sort) < 2:
            return self.plan.sort
        name = self.source.range[len(self.plan.equal)]
        found = self.client.query(**self._source(), **self._key(partition))["Items"]
        left = [item[name] for item in found if all(node.decide(plain_item(item)) for node in self.plan.sort)]
        if left:
            return [Between(At((name,)), Value(left[0], False), Value(left[-1], False))]
        nothing = {"S": {"S": "\U0010ffff"}, "N": {"N": "9e99"}, "B": {"B": b"\xff" * 9}}
        return [Compared(At((name,)), ">", Value(nothing[self.table.types[name]], False))]

    def _projection(self, members: dict[str, Any]) -> dict[str, Any]:
        if not self.select.columns:
            return members
        names = {f"#{name}": name for path in self.select.columns for name in path if isinstance(name, str)}
        text = ", ".join(At(path).expression(Expression()) for path in self.select.columns)
        return {
            **members,
            "ProjectionExpression": text,
            "ExpressionAttributeNames": {**members.get("ExpressionAttributeNames", {}), **names},
        }


def operands(node: Any) -> list[Value]:
    """The values in a condition on a key."""
    if isinstance(node, Between):
        return [node.low, node.high]
    if isinstance(node, Called):
        return [node.argument]
    return [each for each in (node.left, node.right) if isinstance(each, Value)]


def named_first(node: Any) -> Any:
    """A key condition as a Query takes it: the attribute first."""
    if isinstance(node, Compared) and isinstance(node.left, Value):
        return Compared(node.right, FLIPPED[node.operator], node.left)
    return node


def summed(each: list[Any]) -> Any:
    """Reports added up."""
    first = each[0]
    if not isinstance(first, dict):
        return sum(each) if isinstance(first, float | int) else first
    names = {name for one in each for name in one}
    return {name: summed([one[name] for one in each if name in one]) for name in names}


# ------------------------------------------------------------------------------------------------------------------ tests


@pytest.fixture(scope="module")
def world() -> Any:
    with statordb.connect(":memory:") as database:
        yield World(database.client())


@st.composite
def cases(draw: st.DrawFn) -> tuple[Table, list[Item], list[Select]]:
    table = draw(st.sampled_from(TABLES))
    return table, draw(contents_of(table)), draw(st.lists(selects(table), min_size=3, max_size=3))


def plain_rows(rows: list[Item]) -> list[dict[str, Any]]:
    return [plain_item(row) for row in rows]


def refused(world: World, select: Select) -> str | None:
    """The text with which a SELECT is refused."""
    try:
        world.client.execute_statement(**select.members())
    except world.client.exceptions.ValidationException as error:
        return str(error.response["Error"]["Message"])
    return None


def is_among(told: str | None, texts: set[str]) -> bool:
    return told is not None and any(text == told or text in told for text in texts)


@settings(max_examples=examples(250), deadline=None)
@given(case=cases())
def test_a_select_answers_costs_and_is_refused_as_the_calls_that_it_comes_to(world: World, case: Any) -> None:
    table, items, each = case
    world.fill(table, items)
    for select in each:
        model, members = Model(world, select), select.members()
        wanted = model.refusals()
        if wanted:
            assert is_among(refused(world, select), wanted), (members, wanted)
            continue
        answer = world.client.execute_statement(**members, ReturnConsumedCapacity="INDEXES")
        assert plain_rows(answer["Items"]) == plain_rows(model.rows()), members
        assert answer["ConsumedCapacity"] == model.cost(), members
        assert "NextToken" not in answer


@settings(max_examples=examples(120), deadline=None)
@given(case=cases(), limit=st.integers(1, 4))
def test_a_page_reads_no_more_than_its_limit_and_all_pages_are_the_whole(world: World, case: Any, limit: int) -> None:
    table, items, each = case
    world.fill(table, items)
    for select in each:
        model, members = Model(world, select), select.members()
        if model.refusals():
            continue
        read = model.read()
        wanted = [read[place : place + limit] for place in range(0, len(read) + 1, limit)]
        if model.plan.is_single:
            wanted = [read]
        assert [plain_rows(page) for page in pages(world, members, limit)] == [
            plain_rows([row for row in map(model.row, page) if row is not None]) for page in wanted
        ], members


def pages(world: World, members: dict[str, Any], limit: int) -> list[list[Item]]:
    """The rows of each page, to the end."""
    answers = [world.client.execute_statement(**members, Limit=limit)]
    while "NextToken" in answers[-1]:
        token = answers[-1]["NextToken"]
        answers.append(world.client.execute_statement(**members, Limit=limit, NextToken=token))
    return [answer["Items"] for answer in answers]
