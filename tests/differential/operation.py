"""One operation of a run: what is sent, and what the comparison has to know beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

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

    def described(self) -> dict[str, Any]:
        """The operation as data, for a replay."""
        return {
            "name": self.name,
            "body": self.body,
            "walk": self.walk,
            "segments": self.segments,
            "touches": self.touches,
        }

    @property
    def subjects(self) -> set[str]:
        """What the operation may change: items by key, or a whole table."""
        if self.touches:
            return {as_text([table, key]) for table, key in self.touches}
        return {as_text(self.body.get("TableName"))} if self.name in TABLE_CHANGES else set()
