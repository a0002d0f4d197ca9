"""The table of figures: one row for each thing measured, with its bar and what DynamoDB Local took in the same run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `bar` is the most that it may be, or the least of a rate; `peer` is another's figure."""

    what: str
    unit: str
    value: float | None
    bar: float | None = None
    peer: float | None = None
    peer_name: str = "DynamoDB Local 3.3.1"
    is_rate: bool = False

    @property
    def verdict(self) -> str:
        """Whether the bar is kept."""
        if self.bar is None or self.value is None:
            return ""
        is_kept = self.value >= self.bar if self.is_rate else self.value <= self.bar
        return "kept" if is_kept else "MISSED"


def number(value: float | None) -> str:
    """A figure with three digits that mean something."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"


HEAD = ("what", "StatorDB", "bar", "", "another", "")


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row as text."""
    bar = "" if row.bar is None else f"{number(row.bar)} {row.unit}"
    peer = ("", "") if row.peer is None else (f"{number(row.peer)} {row.unit}", row.peer_name)
    return (row.what, f"{number(row.value)} {row.unit}", bar, row.verdict, *peer)


def as_markdown(rows: list[Row], machine: str) -> str:
    """The rows as a Markdown table, with the machine above it."""
    lines = [f"Measured by `make bench` on {machine}; medians of one run.", ""]
    lines += ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"
