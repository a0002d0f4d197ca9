"""Rows printed: as tables, as lines of JSON, or an attribute a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statordb.shell.values import as_cell, as_json, cut, plain

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["MODES", "print_rows"]

MODES = ("table", "json", "line")
NAME_LENGTH_MAX = 60

Item = dict[str, Any]


def print_rows(rows: list[Item], names: list[str], mode: str, out: TextIO) -> list[str]:
    """Print rows with their columns in an order; return the names of columns that were left out for want of room."""
    if not rows:
        return []
    if mode == "table":
        from statordb.shell.grid import draw

        return draw(rows, names, out)
    for row in rows:
        in_order = {name: row[name] for name in names if name in row}
        out.write(_json_line(in_order, out) if mode == "json" else _lines(in_order))
    return []


def _json_line(row: Item, out: TextIO) -> str:
    is_unicode = (getattr(out, "encoding", None) or "utf-8").lower().startswith("utf")
    return as_json(row, ascii_only=not is_unicode) + "\n"


def _lines(row: Item) -> str:
    names = [plain(cut(name, NAME_LENGTH_MAX)) for name in row]
    width = max(map(len, names), default=0)
    values = (plain(value) if isinstance(value, str) and value else as_cell(value) for value in row.values())
    return "".join(f"{name:>{width}} = {value}\n" for name, value in zip(names, values, strict=True)) + "\n"
