"""Random legacy parameters: Expected, filters, key conditions and AttributeUpdates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .values import ATTRIBUTES, attribute_value, typed

if TYPE_CHECKING:
    from random import Random

    from .schema import Table

COUNTS = {
    "EQ": 1,
    "NE": 1,
    "LE": 1,
    "LT": 1,
    "GE": 1,
    "GT": 1,
    "CONTAINS": 1,
    "NOT_CONTAINS": 1,
    "BEGINS_WITH": 1,
    "BETWEEN": 2,
    "NULL": 0,
    "NOT_NULL": 0,
    "IN": 2,
}
OF_KEYS = ("EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN")


def attribute(chance: Random) -> str:
    """The name of an attribute for a condition."""
    return chance.choice(sorted(ATTRIBUTES))


def condition(chance: Random, name: str) -> dict[str, Any]:
    """A condition of ComparisonOperator and AttributeValueList."""
    operator = chance.choice(sorted(COUNTS))
    count = COUNTS[operator] if chance.random() < 0.97 else chance.randint(0, 3)
    kind = ATTRIBUTES.get(name, "S")
    if operator in ("LE", "LT", "GE", "GT", "BETWEEN", "IN", "CONTAINS", "NOT_CONTAINS") and chance.random() < 0.95:
        kind = kind if kind in ("S", "N", "B") else {"SS": "S", "NS": "N", "BS": "B"}.get(kind, "N")
    elif operator == "BEGINS_WITH" and chance.random() < 0.95:
        kind = "B" if kind == "B" else "S"
    arguments = [typed(chance, kind) for _ in range(count)]
    if operator == "BETWEEN" and count == 2 and kind == "N" and chance.random() < 0.95:
        arguments.sort(key=lambda number: float(number["N"]))
    elif operator == "BETWEEN" and count == 2 and kind == "S" and chance.random() < 0.95:
        arguments.sort(key=lambda text: text["S"].encode())
    return {"ComparisonOperator": operator, **({"AttributeValueList": arguments} if arguments else {})}


def conditions(chance: Random) -> dict[str, Any]:
    """The map of a filter."""
    names = {attribute(chance) for _ in range(chance.choices((1, 2, 3), (6, 3, 1))[0])}
    return {name: condition(chance, name) for name in sorted(names)}


def expected(chance: Random) -> dict[str, Any]:
    """The map of Expected, with its two older forms too."""
    found = {}
    for name in conditions(chance):
        sort = chance.random()
        if sort < 0.5:
            found[name] = condition(chance, name)
        elif sort < 0.75:
            found[name] = {"Value": attribute_value(chance, name), **({"Exists": True} if sort < 0.6 else {})}
        elif sort < 0.97:
            found[name] = {"Exists": False}
        else:
            found[name] = chance.choice(
                ({}, {"Exists": True}, {"Exists": False, "Value": {"S": "a"}}, {"AttributeValueList": [{"S": "a"}]})
            )
    return found


def attribute_updates(chance: Random, table: Table) -> dict[str, Any]:
    """The map of AttributeUpdates."""
    names = {attribute(chance) for _ in range(chance.randint(1, 3))}
    if chance.random() < 0.01:
        names.add(table.key_names[0])
    updates: dict[str, Any] = {}
    for name in sorted(names):
        action = chance.choices(("PUT", "ADD", "DELETE", None), (32, 32, 32, 4))[0]
        updates[name] = {"Action": action} if action else {}
        if action == "DELETE" and chance.random() < 0.6:
            continue
        kind = ATTRIBUTES.get(name, "S")
        wanted = {"ADD": ("N", "SS", "NS", "BS", "L"), "DELETE": ("SS", "NS", "BS")}.get(action or "")
        if wanted and kind not in wanted and chance.random() < 0.95:
            kind = chance.choice(wanted)
        updates[name]["Value"] = typed(chance, kind)
    return updates


def key_conditions(chance: Random, keys: tuple[tuple[str, str], ...], pick: Any) -> dict[str, Any]:
    """The map of KeyConditions; `pick` gives a value of a key attribute."""
    (hash_name, _), *rest = keys
    found = {hash_name: {"ComparisonOperator": "EQ", "AttributeValueList": [pick(hash_name)]}}
    if rest and chance.random() < 0.6:
        name, kind = rest[0]
        operator = chance.choice(OF_KEYS if kind != "N" or chance.random() < 0.03 else OF_KEYS[:5])
        arguments = [pick(name) for _ in range(COUNTS[operator])]
        if operator == "BETWEEN" and kind != "B":
            arguments.sort(key=lambda end: float(end["N"]) if kind == "N" else end["S"].encode())
        found[name] = {"ComparisonOperator": operator, "AttributeValueList": arguments}
    return found
