"""One operation of a run: what is sent, and what the comparison has to know beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
        return {"name": self.name, "body": self.body, "walk": self.walk, "segments": self.segments}
