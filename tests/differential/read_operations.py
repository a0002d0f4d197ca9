"""Random Query and Scan over tables and their indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import legacy
from .expressions import Expressions
from .item_operations import capacity
from .operation import Operation
from .values import ATTRIBUTES

if TYPE_CHECKING:
    from random import Random

    from .schema import Index, Table
    from .values import Typed

SELECTS = ("ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT")


def chosen_index(chance: Random, table: Table, body: dict[str, Any]) -> Index | None:
    """Chooses the table or one of its indexes and says so in the request."""
    if chance.random() < 0.005:
        body["IndexName"] = "no-such-index"
        return None
    if not table.indexes or chance.random() < 0.45:
        return None
    index = chance.choice(table.indexes)
    body["IndexName"] = index.name
    return index


def keys_of(table: Table, index: Index | None) -> tuple[tuple[str, str], ...]:
    """The key attributes that a read of a table or an index is sorted by."""
    return table.keys if index is None else index.keys


def pick_of(chance: Random, table: Table) -> Any:
    """A function that gives a value for a key attribute of the table or of its indexes."""

    def pick(name: str) -> Typed:
        return table.key(chance)[name] if name in table.key_names else table.index_key_value(chance, name)

    return pick


def start_key(chance: Random, table: Table, index: Index | None, body: dict[str, Any]) -> None:
    """Adds a start key, mostly one that could have been an answer's."""
    if chance.random() > 0.06:
        return
    pick = pick_of(chance, table)
    names = {name for name, _ in (*table.keys, *keys_of(table, index))}
    # Entries of an index that tie have an order of their own on each server, so that a good key would begin elsewhere.
    if chance.random() < 0.1 or index is not None:
        names.discard(chance.choice(sorted(names)))
    elif chance.random() < 0.05:
        names.add("n1")
    body["ExclusiveStartKey"] = {name: {"N": "1"} if name == "n1" else pick(name) for name in sorted(names)}


def read_options(chance: Random, body: dict[str, Any]) -> None:
    """Adds the members that Query and Scan share."""
    if chance.random() < 0.25:
        body["ConsistentRead"] = chance.random() < 0.5
    if chance.random() < 0.4:
        body["Limit"] = chance.choice((1, 2, 3, 5, 8)) if chance.random() < 0.98 else chance.choice((0, -1))
    if chance.random() < 0.12:
        body["Select"] = chance.choice(SELECTS)
    capacity(chance, body)


def legacy_options(chance: Random, body: dict[str, Any], filter_name: str) -> None:
    """Adds a filter and a projection in the legacy form."""
    if chance.random() < 0.6:
        body[filter_name] = legacy.conditions(chance)
        if chance.random() < 0.4:
            body["ConditionalOperator"] = chance.choice(("AND", "OR"))
    elif chance.random() < 0.03:
        body["ConditionalOperator"] = "AND"
    if chance.random() < 0.25 and "Select" not in body:
        body["AttributesToGet"] = chance.sample(sorted(ATTRIBUTES), chance.randint(1, 3))


def expression_options(chance: Random, body: dict[str, Any], expressions: Expressions) -> None:
    """Adds a filter and a projection as expressions."""
    if chance.random() < 0.4:
        body["FilterExpression"] = expressions.condition()
    if chance.random() < (0.3 if body.get("Select") in (None, "SPECIFIC_ATTRIBUTES") else 0.05):
        body["ProjectionExpression"] = expressions.projection()


def query(chance: Random, table: Table) -> Operation:
    """A Query; one that may have ties in its order is walked to its end."""
    body: dict[str, Any] = {"TableName": table.name}
    index = chosen_index(chance, table, body)
    pick = pick_of(chance, table)
    read_options(chance, body)
    if chance.random() < 0.3:
        body["ScanIndexForward"] = chance.random() < 0.3
    start_key(chance, table, index, body)
    if chance.random() < 0.2:
        body["KeyConditions"] = legacy.key_conditions(chance, keys_of(table, index), pick)
        legacy_options(chance, body, "QueryFilter")
    else:
        expressions = Expressions(chance, table)
        if chance.random() < 0.99:
            body["KeyConditionExpression"] = expressions.key_condition(keys_of(table, index), pick)
        expression_options(chance, body, expressions)
        expressions.into(body)
    return Operation("Query", body, walk=index is not None or chance.random() < 0.3)


def scan(chance: Random, table: Table) -> Operation:
    """A Scan, walked to its end: the order of partitions is not the same on both servers."""
    body: dict[str, Any] = {"TableName": table.name}
    index = chosen_index(chance, table, body)
    read_options(chance, body)
    if chance.random() < 0.25:
        legacy_options(chance, body, "ScanFilter")
    else:
        expressions = Expressions(chance, table)
        expression_options(chance, body, expressions)
        expressions.into(body)
    bad_start(chance, table, index, body)
    return Operation("Scan", body, walk=True, segments=segments(chance, body))


def bad_start(chance: Random, table: Table, index: Index | None, body: dict[str, Any]) -> None:
    """Seldom adds a start key that must be refused; a good one would begin elsewhere on each server."""
    if chance.random() > 0.01:
        return
    pick = pick_of(chance, table)
    names = sorted({name for name, _ in (*table.keys, *keys_of(table, index))})
    body["ExclusiveStartKey"] = {name: pick(name) for name in names[1:]} | {"other": {"S": "a"}}


def segments(chance: Random, body: dict[str, Any]) -> int:
    """Adds segments: how many are to be walked, or 0 where the members do not fit together."""
    sort = chance.random()
    if sort < 0.08:
        return chance.choice((1, 2, 3, 7))
    if sort < 0.1:
        body |= chance.choice(
            (
                {"Segment": 0},
                {"TotalSegments": 2},
                {"Segment": 2, "TotalSegments": 2},
                {"Segment": -1, "TotalSegments": 2},
            )
        )
    return 0
