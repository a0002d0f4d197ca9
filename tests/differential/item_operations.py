"""Random PutItem, GetItem, UpdateItem and DeleteItem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import legacy
from .expressions import Expressions
from .operation import Operation
from .values import ATTRIBUTES, LONG_NUMBERS, any_value, attribute_value, bad_value, large_text, long_negatives

if TYPE_CHECKING:
    from random import Random

    from .schema import Table
    from .values import Item

CAPACITIES = ("NONE", "TOTAL", "INDEXES")
OF_UPDATE = ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")


def item(chance: Random, table: Table) -> Item:
    """A whole item: its key and some attributes."""
    found = dict(table.key(chance))
    for name in chance.sample(sorted(ATTRIBUTES), chance.randint(0, 7)):
        found[name] = attribute_value(chance, name)
    for name in table.indexed:
        if chance.random() < 0.6:
            found[name] = table.index_key_value(chance, name)
    sort = chance.random()
    if sort < 0.01:
        found["x1"] = bad_value(chance)
    elif sort < 0.02:
        found[chance.choice((*table.key_names, *table.indexed))] = chance.choice(
            ({"S": ""}, {"BOOL": True}, {"N": "1"})
        )
    elif sort < (0.06 if table.name[-6:] != LONG_NUMBERS else 0.2):
        found["large"] = large_text(chance) if table.name[-6:] != LONG_NUMBERS else long_negatives(chance)
    elif sort < 0.063:
        found.pop(chance.choice(table.key_names))
    elif sort < 0.064:
        found["large"] = {"S": "x" * 409_600}
    return found


def key(chance: Random, table: Table) -> Item:
    """A key, seldom one that is not the table's."""
    found = table.key(chance)
    sort = chance.random()
    if sort < 0.004:
        found[chance.choice(table.key_names)] = any_value(chance)
    elif sort < 0.006:
        found["extra"] = {"S": "a"}
    elif sort < 0.008:
        del found[chance.choice(table.key_names)]
    elif sort < 0.01:
        found[chance.choice(table.key_names)] = chance.choice(({"S": ""}, {"B": ""}, {"S": "x" * 2049}, {}))
    return found


def conditioned(chance: Random, body: dict[str, Any], expressions: Expressions | None, share: float = 0.45) -> None:
    """Adds a condition, as an expression or in the legacy form, and what is returned where it fails."""
    if chance.random() > share:
        return
    if expressions is not None:
        body["ConditionExpression"] = expressions.condition()
        if chance.random() < 0.4:
            body["ReturnValuesOnConditionCheckFailure"] = chance.choice(("ALL_OLD", "ALL_OLD", "NONE"))
        return
    body["Expected"] = legacy.expected(chance)
    if chance.random() < 0.3:
        body["ConditionalOperator"] = chance.choice(("AND", "OR"))


def returned(chance: Random, body: dict[str, Any], words: tuple[str, ...]) -> None:
    """Adds what is to be returned."""
    if chance.random() < 0.6:
        body["ReturnValues"] = chance.choice(words)
    elif chance.random() < 0.01:
        body["ReturnValues"] = chance.choice(OF_UPDATE)
    capacity(chance, body)


def capacity(chance: Random, body: dict[str, Any]) -> None:
    """Asks for the capacity that was consumed."""
    if chance.random() < 0.35:
        body["ReturnConsumedCapacity"] = chance.choice(CAPACITIES)


def touched(table: Table, found: Any) -> list[tuple[str, dict[str, Any]]]:
    """What a write of this item or key may change."""
    own = table.key_of(found)
    return [] if own is None else [(table.name, own)]


def put_item(chance: Random, table: Table) -> Operation:
    """A PutItem."""
    body: dict[str, Any] = {"TableName": table.name, "Item": item(chance, table)}
    write_options(chance, table, body)
    returned(chance, body, ("NONE", "ALL_OLD"))
    return Operation("PutItem", body, touches=touched(table, body["Item"]))


def delete_item(chance: Random, table: Table) -> Operation:
    """A DeleteItem."""
    body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
    write_options(chance, table, body)
    returned(chance, body, ("NONE", "ALL_OLD"))
    return Operation("DeleteItem", body, touches=touched(table, body["Key"]))


def write_options(chance: Random, table: Table, body: dict[str, Any]) -> None:
    """Adds a condition in one of its two forms."""
    if chance.random() < 0.2:
        conditioned(chance, body, None)
        return
    expressions = Expressions(chance, table)
    conditioned(chance, body, expressions)
    expressions.into(body)


def update_item(chance: Random, table: Table) -> Operation:
    """An UpdateItem."""
    body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
    if chance.random() < 0.15:
        if chance.random() < 0.97:
            body["AttributeUpdates"] = legacy.attribute_updates(chance, table)
        conditioned(chance, body, None, 0.3)
    else:
        expressions = Expressions(chance, table)
        if chance.random() < 0.98:
            body["UpdateExpression"] = expressions.update()
        conditioned(chance, body, expressions, 0.3)
        expressions.into(body)
    returned(chance, body, OF_UPDATE)
    return Operation("UpdateItem", body, touches=touched(table, body["Key"]))


def get_item(chance: Random, table: Table) -> Operation:
    """A GetItem."""
    body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
    projected(chance, table, body)
    if chance.random() < 0.3:
        body["ConsistentRead"] = chance.random() < 0.7
    capacity(chance, body)
    return Operation("GetItem", body)


def projected(chance: Random, table: Table, body: dict[str, Any]) -> None:
    """Adds a projection, as an expression or in the legacy form."""
    sort = chance.random()
    if sort < 0.4:
        expressions = Expressions(chance, table)
        body["ProjectionExpression"] = expressions.projection()
        if chance.random() < 0.03:
            expressions.names["#unused"] = "a"
        if expressions.names:
            body["ExpressionAttributeNames"] = expressions.names
    elif sort < 0.5:
        names = chance.sample([*table.key_names, *sorted(ATTRIBUTES)], chance.randint(1, 4))
        body["AttributesToGet"] = names if chance.random() < 0.98 else [names[0], names[0]]
