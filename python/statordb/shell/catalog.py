"""Names of a database for completion: read when they are asked for, and kept until something may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statordb.errors import StatorError

if TYPE_CHECKING:
    from statordb.database import Database

__all__ = ["Catalog"]

SAMPLE_ITEMS = 50
"""Items of a table whose attributes are looked at."""
ATTRIBUTES_MAX = 500


class Catalog:
    """The names of tables, of their indexes, and of attributes that a few items have."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables: list[str] | None = None
        self._described: dict[str, tuple[list[str], list[str]]] = {}

    def forget(self) -> None:
        """Read everything again."""
        self._tables = None
        self._described.clear()

    def tables(self) -> list[str]:
        """The names of all tables."""
        if self._tables is None:
            self._tables = self._database.tables()
        return self._tables

    def indexes(self, table: str) -> list[str]:
        """The names of the indexes of a table."""
        return self._of(table)[0]

    def attributes(self, table: str) -> list[str]:
        """Key attributes of a table and its indexes, then names that a sample of its items has."""
        return self._of(table)[1]

    def _of(self, table: str) -> tuple[list[str], list[str]]:
        if table not in self._described:
            try:
                self._described[table] = self._read(table)
            except StatorError:
                # There is no such table, at least not yet.
                return [], []
        return self._described[table]

    def _read(self, table: str) -> tuple[list[str], list[str]]:
        described: dict[str, Any] = self._database._core.call("DescribeTable", {"TableName": table})["Table"]
        kinds = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        indexes = [index["IndexName"] for kind in kinds for index in described.get(kind, [])]
        names = dict.fromkeys(each["AttributeName"] for each in described["AttributeDefinitions"])
        # One page, which DynamoDB ends at a megabyte.
        page = next(self._database.table(table).scan(page_size=SAMPLE_ITEMS).pages())
        names.update(dict.fromkeys(name for item in page.items for name in item))
        return indexes, list(names)[:ATTRIBUTES_MAX]
