"""What a statement would do, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from statordb.partiql.ast import Exists, Select
from statordb.partiql.parse import parse
from statordb.partiql.plan import Keys, plan, source_of
from statordb.partiql.show import show, shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from statordb.partiql.ast import Expression
    from statordb.partiql.plan import Plan

__all__ = ["Explanation", "explained"]

# Names of the partition key and the sort key of a table, and of both of the index that is named with it.
KeysOf: TypeAlias = "Callable[[str, str | None], tuple[list[str], list[str], tuple[list[str], list[str]] | None]]"
OPERATIONS = {"insert": "PutItem", "update": "UpdateItem", "delete": "DeleteItem", "exists": "ConditionCheck"}


@dataclass(frozen=True)
class Explanation:
    """The plan of a statement; as a text, one line for each thing there is to say.

    >>> import statordb
    >>> db = statordb.connect()
    >>> _ = db.create_table("films", "studio", "year:N")
    >>> print(db.explain("SELECT title FROM films WHERE studio = ? AND rating > 7"))
    operation      Query
    table          films
    key condition  studio = ?
    filter         rating > 7
    projection     title
    parameters     1
    why            studio, the partition key, is pinned by =; filters are charged for what they drop
    """

    operation: str
    """GetItem, Query, Scan, PutItem, UpdateItem, DeleteItem or ConditionCheck."""
    table: str
    """Name or ARN of the table."""
    index: str | None
    """Name of the index that is read."""
    key_condition: str | None
    """What of the WHERE says where to read or write."""
    filter: str | None
    """What of it drops items after they were read."""
    condition: str | None
    """What of it has to hold for a write to be done."""
    projection: str | None
    """The paths that are returned; None for everything."""
    full_scan: bool
    """Whether the whole table or index is read: FullTableScan of policies."""
    parameters: int
    """How many parameters there are."""
    why: str
    """Why it is this operation."""

    def __str__(self) -> str:
        whole = f" of the whole {'index' if self.index else 'table'}" if self.full_scan else ""
        lines = [
            ("operation", self.operation + whole),
            ("table", self.table),
            ("index", self.index),
            ("key condition", self.key_condition),
            ("filter", self.filter),
            ("condition", self.condition),
            ("projection", self.projection),
            ("parameters", str(self.parameters) if self.parameters else None),
            ("why", self.why),
        ]
        return "\n".join(f"{name:<13}  {text}" for name, text in lines if text is not None)


def explained(statement: str, keys_of: KeysOf) -> Explanation:
    """Explain a statement. Raises StatementError, and what ``keys_of`` raises."""
    read, parameters = parse(statement)
    table, index = source_of(read)
    keys = Keys(*keys_of(table, index))
    made = plan(read, keys, parameters)
    rest = _and(made.rest_nodes)
    is_read = made.kind == "select"
    select = read.select if isinstance(read, Exists) else read
    columns = select.projection if isinstance(select, Select) and isinstance(select.projection, list) else None
    return Explanation(
        operation=_operation(made),
        table=table,
        index=index,
        key_condition=_and(made.key_nodes) if made.access[0] != "scan" else None,
        filter=rest if is_read else None,
        condition=None if is_read else rest,
        projection=None if columns is None else ", ".join(show(column.expression) for column in columns),
        full_scan=made.is_full_scan,
        parameters=parameters,
        why=_why(made, keys),
    )


def _operation(made: Plan) -> str:
    if made.kind != "select":
        return OPERATIONS[made.kind]
    return {"key": "GetItem", "partitions": "Query", "scan": "Scan"}[made.access[0]]


def _and(nodes: list[Expression]) -> str | None:
    if not nodes:
        return None
    return " AND ".join(f"({show(node)})" if " OR " in show(node) and len(nodes) > 1 else show(node) for node in nodes)


def _why(made: Plan, keys: Keys) -> str:
    names = " and ".join(shown_name(name) for name in (keys.index[0] if keys.index else keys.hash))
    match made.access[0]:
        case "item":
            return "an INSERT puts the item, unless one with its key is there"
        case "key" if made.kind == "select":
            return "every key attribute equals one value, and nothing else is asked"
        case "key":
            return "every key attribute equals one value; what else is asked is a condition"
        case "scan":
            return f"the partition key, {names}, is not pinned by =, IN or OR of these; everything is read and charged"
        case _:
            count = len(made.access[1])
            pinned = f"{names}, the partition key, is pinned by ="
            if count > 1:
                pinned = f"{names}, the partition key, has {count} values; each is a Query of its own"
            return pinned + ("; filters are charged for what they drop" if made.rest_nodes else "")
