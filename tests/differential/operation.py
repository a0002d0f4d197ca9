"""One operation of a run: what is sent, and what the comparison has to know beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

# The order of the items of an answer: that in which each server reads its partitions is its own.
ANY_ORDER = "*"
TABLE_CHANGES = ("CreateTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive")


def as_text(value: Any) -> str:
    """A value as text that sorts."""
    return json.dumps(value, sort_keys=True)


@dataclass
class Operation:
    """A request. `walk` follows its pages to their end on each server; `segments` does so for each segment of a scan."""

    name: str
    body: dict[str, Any]
    walk: bool = False
    segments: int = 0
    # Keys that the request may write, by table: they are read again where the servers were allowed to differ.
    touches: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    # The attribute by which the items of a statement are grouped before they are compared, ANY_ORDER, or None where
    # their order has to be the same.
    order: str | None = None

    def described(self) -> dict[str, Any]:
        """The operation as data, for a replay."""
        return {
            "name": self.name,
            "body": self.body,
            "walk": self.walk,
            "segments": self.segments,
            "touches": self.touches,
            "order": self.order,
        }

    @property
    def subjects(self) -> set[str]:
        """What the operation may change: items by key, or a whole table."""
        if self.touches:
            return {as_text([table, key]) for table, key in self.touches}
        return {as_text(self.body.get("TableName"))} if self.name in TABLE_CHANGES else set()
