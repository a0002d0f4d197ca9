"""Ways in which a request is made wrong as a whole, whatever its operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    from .operation import Operation

WRONG_NAMES = ("", "ab", "a b c", "no-such-table", "x" * 256, "ä-table")
ENUMS = ("ReturnValues", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "Select", "ConditionalOperator")
LEGACY: dict[str, tuple[str, Any]] = {
    "PutItem": ("Expected", {"n1": {"Exists": False}}),
    "DeleteItem": ("Expected", {"n1": {"Exists": False}}),
    "UpdateItem": ("AttributeUpdates", {"n1": {"Value": {"N": "1"}}}),
    "GetItem": ("AttributesToGet", ["n1"]),
    "Query": ("QueryFilter", {"n1": {"ComparisonOperator": "NULL"}}),
    "Scan": ("ScanFilter", {"n1": {"ComparisonOperator": "NULL"}}),
}


def _table_name(chance: Random, operation: Operation) -> None:
    if "TableName" in operation.body:
        # A table that is made must not be one that workers share.
        names = [name for name in WRONG_NAMES if operation.name != "CreateTable" or name != "no-such-table"]
        operation.body["TableName"] = chance.choice(names)


def _missing_member(chance: Random, operation: Operation) -> None:
    operation.body.pop(chance.choice(sorted(operation.body)), None)


def _wrong_type(chance: Random, operation: Operation) -> None:
    operation.body[chance.choice(sorted(operation.body))] = chance.choice((True, 5, "text", [], {}, [1], {"x": 1}))


def _wrong_word(chance: Random, operation: Operation) -> None:
    known = [name for name in ENUMS if name in operation.body] or ["ReturnConsumedCapacity"]
    operation.body[chance.choice(known)] = chance.choice(("NOTHING", "none", ""))


def _both_forms(_: Random, operation: Operation) -> None:
    if operation.name in LEGACY:
        name, value = LEGACY[operation.name]
        operation.body[name] = value


def _empty_maps(chance: Random, operation: Operation) -> None:
    operation.body[chance.choice(("ExpressionAttributeNames", "ExpressionAttributeValues"))] = {}


def _stray_names(chance: Random, operation: Operation) -> None:
    operation.body[chance.choice(("ExpressionAttributeNames", "ExpressionAttributeValues"))] = chance.choice(
        ({"a": "b"}, {"#a": "b"}, {":a": {"S": "b"}}, {"#": "b"})
    )


def _unknown_member(_: Random, operation: Operation) -> None:
    operation.body["NoSuchMember"] = {"a": [1]}


MUTATIONS = (
    _table_name,
    _table_name,
    _missing_member,
    _wrong_type,
    _wrong_word,
    _both_forms,
    _empty_maps,
    _stray_names,
    _unknown_member,
)
SHARE = 0.015


def maybe_mutate(chance: Random, operation: Operation) -> Operation:
    """The operation, seldom with something wrong in it."""
    # Without the name of a table, ListStreams tells of the tables of other workers too.
    if chance.random() < SHARE and operation.body and operation.name != "ListStreams":
        chance.choice(MUTATIONS)(chance, operation)
    return operation
