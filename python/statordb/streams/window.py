"""Tumbling windows: stretches of time, by when records were made, in which a function passes state on to itself."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STATE_BYTES_MAX", "Window"]

STATE_BYTES_MAX = 1024 * 1024
"""Lambda's limit of the state of a window."""


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Window:
    """The window of a lane: none is open until there is a record."""

    def __init__(self, seconds: int, kept: Mapping[str, Any] | None) -> None:
        self.length_ms = seconds * 1000
        self.start_ms: int | None = None
        self.state: dict[str, Any] = {}
        if kept and kept.get("length_ms") == self.length_ms:
            self.start_ms, self.state = kept["start_ms"], kept["state"]

    @property
    def is_open(self) -> bool:
        """Whether there is a window that has not been ended."""
        return self.start_ms is not None

    @property
    def end_ms(self) -> int:
        """Where the open window ends."""
        return (self.start_ms or 0) + self.length_ms

    def open_at(self, created_ms: int) -> None:
        """Open the window of a record, if none is open."""
        if self.start_ms is None:
            self.start_ms = created_ms - created_ms % self.length_ms

    def holds(self, created_ms: int) -> bool:
        """Whether a record belongs into the open window. One that came late, from before it, does too."""
        return self.start_ms is None or created_ms < self.end_ms

    def close(self) -> None:
        """End the open window; the next one begins with no state."""
        self.start_ms, self.state = None, {}

    def state_bytes(self) -> int:
        """Return how many bytes the state takes as JSON."""
        return len(json.dumps(self.state).encode()) if self.state else 2

    def is_state_too_large(self) -> bool:
        """Whether the state is larger than Lambda takes, which ends the window early."""
        return self.state_bytes() > STATE_BYTES_MAX

    def members(self, *, is_final: bool, is_early: bool) -> dict[str, Any]:
        """Return what an event says of the window."""
        return {
            "window": {"start": _iso(self.start_ms or 0), "end": _iso(self.end_ms)},
            # One of its own: a function may change it, and fail.
            "state": json.loads(json.dumps(self.state)),
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_early,
        }

    def kept(self) -> dict[str, Any]:
        """Return what is kept of an open window."""
        return {"length_ms": self.length_ms, "start_ms": self.start_ms, "state": self.state}
