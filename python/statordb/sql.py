"""Statements of PartiQL by native values: what `Database.sql` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow

__all__ = ["Rows"]

Item = dict[str, Any]


class Rows:
    """What a statement returned: iterate over the rows, each a dict of native values.

    The statement was carried out when this was made. Of a SELECT the first page, of up to 1 MB, was read; further pages
    are read as they are asked for, and again by another iteration. A write has one row where it says RETURNING and none
    else.
    """

    def __init__(
        self, statement: str, first: tuple[list[Item], str | None], read: Callable[[str], tuple[list[Item], str | None]]
    ) -> None:
        self._statement = statement
        self._first = first
        self._read = read

    def pages(self) -> Iterator[list[Item]]:
        """Read page by page. A page may have no rows where a filter dropped them."""
        rows, token = self._first
        yield rows
        while token is not None:
            rows, token = self._read(token)
            yield rows

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from page

    def all(self) -> list[Item]:
        """Return every row."""
        return list(self)

    def first(self) -> Item | None:
        """Return the first row, or None."""
        return next(iter(self), None)

    def to_arrow(self) -> pyarrow.Table:
        """Return every row as a table of Arrow, which pandas, Polars and DuckDB read as it is.

        Columns are the attributes, in the order in which they appear first; what is missing is null, as NULL is.
        Strings, booleans and binaries are what they are. Numbers are int64 where all of a column are whole and in its
        range, else decimal128 or decimal256 with as many digits as they need, else texts: never rounded. Sets, in
        order, and lists are lists, maps are structs with all members that there are. Raises `TypeError` for a column
        with values of different types, and `ModuleNotFoundError` without pyarrow, which the extra `arrow` brings.
        """
        from statordb.arrow import table_of

        return table_of(self)

    def __repr__(self) -> str:
        rows, token = self._first
        more = "" if token is None else ", more to come"
        return f"<statordb.Rows of {self._statement!r}: {len(rows)}{more}>"
