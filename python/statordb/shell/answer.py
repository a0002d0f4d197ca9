"""Rows of a statement on their way to a reader: some at a time, with their columns in order."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from statordb.errors import ClientError
from statordb.partiql.ast import Name, Path, Select
from statordb.partiql.errors import StatementError
from statordb.partiql.parse import parse
from statordb.partiql.plan import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statordb.database import Database

__all__ = ["Answer", "parameters_of"]

Item = dict[str, Any]


class Answer:
    """What a statement answered. It was carried out when this was made; rows are read as they are taken."""

    def __init__(self, database: Database, statement: str, parameters: Sequence[Any], *, consistent: bool) -> None:
        self._database = database
        self._statement = statement
        self._rows = iter(database.sql(statement, parameters, consistent=consistent))
        self._projected: list[str] = []
        self._keys: list[str] | None = None

    def take(self, count: int) -> list[Item]:
        """The next rows, up to so many."""
        rows = list(islice(self._rows, count))
        if rows and self._keys is None:
            self._projected, self._keys = _first_columns(self._database, self._statement)
        return rows

    def columns(self, rows: list[Item]) -> list[str]:
        """The columns of these rows: what was asked for, or key attributes first; then as they appear."""
        found = dict.fromkeys(name for row in rows for name in row)
        keys = [name for name in self._keys or [] if name in found]
        return list(dict.fromkeys([*self._projected, *keys, *found]))


def parameters_of(statement: str, given: list[Any]) -> list[Any]:
    """What of the parameters a statement is given: none if it has no question mark."""
    try:
        return given if given and parse(statement)[1] else []
    except StatementError:
        return given


def _first_columns(database: Database, statement: str) -> tuple[list[str], list[str]]:
    """The attributes that a SELECT names, else the key attributes of what it reads or writes."""
    try:
        read, _ = parse(statement)
        if isinstance(read, Select) and isinstance(read.projection, list):
            return [name for column in read.projection if (name := _name(column.expression)) is not None], []
        hash_key, range_key, index = database._core.source_keys(*source_of(read))
    except (StatementError, ClientError):
        # It was carried out, so this is of no account: the table was dropped meanwhile.
        return [], []
    of_index = [*index[0], *index[1]] if index else []
    return [], [*of_index, *hash_key, *range_key]


def _name(expression: Any) -> str | None:
    """What the attribute of a projected path is called; None where an element of a list gives it its name."""
    if isinstance(expression, Name):
        return expression.text
    if isinstance(expression, Path) and isinstance(expression.steps[-1], str):
        return expression.steps[-1]
    return None
