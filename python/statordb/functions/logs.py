"""What functions write: the last lines, with those by which Lambda marks where an invocation begins and ends."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

__all__ = ["Line", "Logs"]

LINES_MAX = 10_000
"""Lines that are kept, of all functions together."""
LINE_CHARACTERS_MAX = 32_768


class Line(NamedTuple):
    """One line that a function has written."""

    number: int
    time_ms: int
    function: str
    text: str


class Logs:
    """The lines of all functions of a server."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines: deque[Line] = deque(maxlen=LINES_MAX)
        self._last = 0

    def add(self, function: str, text: str, time_ms: int) -> None:
        """Add a line."""
        with self._changed:
            self._last += 1
            self._lines.append(Line(self._last, time_ms, function, text[:LINE_CHARACTERS_MAX]))
            self._changed.notify_all()

    def behind(self, number: int, function: str | None, wait_s: float = 0) -> list[Line]:
        """Return the lines behind a number, of one function or of all; wait for the first if there is none."""
        with self._changed:
            if wait_s and self._last <= number:
                self._changed.wait(wait_s)
            wanted = (line for line in self._lines if line.number > number)
            return [line for line in wanted if function is None or line.function == function]
