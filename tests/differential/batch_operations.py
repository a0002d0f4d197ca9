"""Random BatchWriteItem, BatchGetItem, TransactWriteItems and TransactGetItems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .expressions import Expressions
from .item_operations import CAPACITIES, item, key, projected, touched
from .operation import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from .schema import Table

TOKENS = ("token-1", "token-2", "token-3")


def batch_write_item(chance: Random, tables: Sequence[Table]) -> Operation:
    """A BatchWriteItem over one or two tables, mostly without a repeated key."""
    requests: dict[str, list[dict[str, Any]]] = {}
    touches: list[tuple[str, dict[str, Any]]] = []
    for table in chance.sample(list(tables), chance.choice((1, 1, 2))):
        requests[table.name] = [
            element for element in (_write(chance, table, touches) for _ in range(chance.randint(1, 5))) if element
        ]
    body: dict[str, Any] = {"RequestItems": requests}
    options(chance, body)
    return Operation("BatchWriteItem", body, touches=touches)


def _write(chance: Random, table: Table, touches: list[tuple[str, dict[str, Any]]]) -> dict[str, Any] | None:
    is_put = chance.random() < 0.7
    content = item(chance, table) if is_put else key(chance, table)
    fresh = touched(table, content)
    if fresh and fresh[0] in touches and chance.random() < 0.97:
        return None
    touches += fresh
    return {"PutRequest": {"Item": content}} if is_put else {"DeleteRequest": {"Key": content}}


def batch_get_item(chance: Random, tables: Sequence[Table]) -> Operation:
    """A BatchGetItem over one or two tables."""
    requests: dict[str, Any] = {}
    for table in chance.sample(list(tables), chance.choice((1, 1, 2))):
        keys = [key(chance, table) for _ in range(chance.randint(1, 6))]
        kept = [own for at, own in enumerate(keys) if own not in keys[:at] or chance.random() < 0.02]
        requests[table.name] = {"Keys": kept}
        projected(chance, table, requests[table.name])
        if chance.random() < 0.2:
            requests[table.name]["ConsistentRead"] = True
    body: dict[str, Any] = {"RequestItems": requests}
    options(chance, body)
    return Operation("BatchGetItem", body)


def options(chance: Random, body: dict[str, Any]) -> None:
    """Asks for the consumed capacity."""
    if chance.random() < 0.4:
        body["ReturnConsumedCapacity"] = chance.choice(CAPACITIES)


def transact_write_items(chance: Random, tables: Sequence[Table]) -> Operation:
    """A TransactWriteItems of all four actions."""
    actions, touches = [], []
    for _ in range(chance.choices((1, 2, 3, 6), (3, 5, 3, 1))[0]):
        table = chance.choice(list(tables))
        action, own = chance.choice(ACTIONS)(chance, table)
        if own and own[0] in touches and chance.random() < 0.97:
            continue
        touches += own
        actions.append(action)
    body: dict[str, Any] = {"TransactItems": actions}
    options(chance, body)
    if chance.random() < 0.02:
        actions.append(
            chance.choice(({}, {"Put": {}}, {"Put": actions[0].get("Put", {}), "Delete": {}})) if actions else {}
        )
    return Operation("TransactWriteItems", body, touches=touches)


Action = tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]


def _put(chance: Random, table: Table) -> Action:
    body: dict[str, Any] = {"TableName": table.name, "Item": item(chance, table)}
    _conditioned(chance, table, body, 0.3)
    return {"Put": body}, touched(table, body["Item"])


def _delete(chance: Random, table: Table) -> Action:
    body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
    _conditioned(chance, table, body, 0.3)
    return {"Delete": body}, touched(table, body["Key"])


def _check(chance: Random, table: Table) -> Action:
    body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
    _conditioned(chance, table, body, 0.99)
    return {"ConditionCheck": body}, touched(table, body["Key"])


def _update(chance: Random, table: Table) -> Action:
    body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
    expressions = Expressions(chance, table)
    if chance.random() < 0.99:
        body["UpdateExpression"] = expressions.update()
    _conditioned(chance, table, body, 0.3, expressions)
    return {"Update": body}, touched(table, body["Key"])


def _conditioned(
    chance: Random, table: Table, body: dict[str, Any], share: float, expressions: Expressions | None = None
) -> None:
    expressions = expressions or Expressions(chance, table)
    if chance.random() < share:
        body["ConditionExpression"] = expressions.condition(1)
        if chance.random() < 0.4:
            body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    expressions.into(body)


ACTIONS = (_put, _put, _delete, _check, _update, _update)


def transact_get_items(chance: Random, tables: Sequence[Table]) -> Operation:
    """A TransactGetItems."""
    gets = []
    for _ in range(chance.randint(1, 5)):
        table = chance.choice(list(tables))
        body: dict[str, Any] = {"TableName": table.name, "Key": key(chance, table)}
        projected(chance, table, body)
        body.pop("AttributesToGet", None)
        if body not in gets or chance.random() < 0.02:
            gets.append(body)
    whole: dict[str, Any] = {"TransactItems": [{"Get": get} for get in gets]}
    options(chance, whole)
    return Operation("TransactGetItems", whole)
