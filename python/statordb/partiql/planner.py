"""The planner as the engine calls it: a text is read, then planned with the keys of its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statordb.partiql.errors import StatementError
from statordb.partiql.parse import parse
from statordb.partiql.plan import Keys, plan, source_of

if TYPE_CHECKING:
    from statordb.partiql.ast import Statement

__all__ = ["Read", "StatementError", "outline", "read"]


@dataclass
class Read:
    """A text that was read: its nodes, how many parameters it has, and what it is about."""

    statement: Statement
    parameters: int
    table: str
    index: str | None


def read(text: str) -> Read:
    """Read a text. Raises StatementError."""
    statement, parameters = parse(text)
    table, index = source_of(statement)
    return Read(statement, parameters, table, index)


def outline(
    read: Read, hash_key: list[str], range_key: list[str], index: tuple[list[str], list[str]] | None
) -> dict[str, Any]:
    """What the engine takes of the plan, for these keys. Raises StatementError."""
    made = plan(read.statement, Keys(hash_key, range_key, index), read.parameters)
    return {
        "kind": made.kind,
        "table": made.table,
        "index": made.index,
        "access": made.access,
        "parameters": made.parameters,
        "names": made.names,
        "values": made.values,
        "sets": made.sets,
        "equals": made.equals,
        "condition": made.condition,
        "update": made.update,
        "projected": made.projected,
        "returning": made.returning,
        "has_condition": bool(made.rest_nodes),
    }
