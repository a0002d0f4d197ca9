"""Rows as a table that fits: columns as wide as they must be, the widest cut first, the last ones left out."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from statordb.shell.values import as_cell, cut, plain

if TYPE_CHECKING:
    from typing import TextIO

try:
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
except ModuleNotFoundError as error:
    message = 'tables are drawn by the module `rich`: pip install "statordb[shell]", or ask for JSON'
    raise ModuleNotFoundError(message, name=error.name) from error

__all__ = ["draw"]

COLUMN_WIDTH_MIN = 8
NAME_LENGTH_MAX = 60
GAP = 2
# Where the width is not known: a file, or a pipe.
WIDTH_WITHOUT_TERMINAL = 1000
MISSING = object()

Item = dict[str, Any]


def draw(rows: list[Item], names: list[str], out: TextIO) -> list[str]:
    """Draw rows with these columns; return the names of those that there was no room for."""
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH_WITHOUT_TERMINAL
    cells = {name: [_cell(row.get(name, MISSING)) for row in rows] for name in names}
    heads = {name: plain(cut(name, NAME_LENGTH_MAX)) for name in names}
    wanted = [max(cell_len(heads[name]), *(cell_len(cell) for cell in cells[name]), 1) for name in names]
    widths = _fitted(wanted, console.width)
    shown = names[: len(widths)]
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP // 2), header_style="bold")
    for name, width in zip(shown, widths, strict=True):
        side: Any = "right" if any(_is_number(row.get(name)) for row in rows) else "left"
        grid.add_column(Text(heads[name]), width=width, no_wrap=True, overflow="ellipsis", justify=side)
    for place, row in enumerate(rows):
        grid.add_row(*(_styled(cells[name][place], row.get(name, MISSING)) for name in shown))
    console.print(grid, crop=False, no_wrap=True)
    return names[len(widths) :]


def _cell(value: Any) -> str:
    return "" if value is MISSING else as_cell(value)


def _styled(cell: str, value: Any) -> Text:
    return Text(cell, "dim" if value is None else "", justify="right" if _is_number(value) else "left")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _fitted(wanted: list[int], room: int) -> list[int]:
    """The widths of as many columns as there is room for, at least one."""
    count = len(wanted)
    while count > 1 and _total([min(width, COLUMN_WIDTH_MIN) for width in wanted[:count]]) > room:
        count -= 1
    most = max(wanted[:count], default=1)
    while most > 1 and _total([min(width, most) for width in wanted[:count]]) > room:
        most -= 1
    return [min(width, most) for width in wanted[:count]]


def _total(widths: list[int]) -> int:
    return sum(widths) + (GAP + 1) * (len(widths) - 1)
