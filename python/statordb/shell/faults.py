"""What went wrong, told in a line, with the place in the statement above it."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

from statordb.errors import ClientError, StatorError
from statordb.shell.values import plain

__all__ = ["FAULTS", "Refused", "fault_line", "pointed_at"]

PLACE = re.compile(r" at (\d+):(\d+):(\d+)\b")
# As much of a long line as is shown on either side of the place.
AROUND = 60


class Refused(Exception):
    """A command that cannot be done; the text says why."""


FAULTS = (StatorError, ValueError, RecursionError, Refused)
"""What a statement or a command may raise, besides being interrupted."""


def fault_line(error: Exception) -> str:
    """What is wrong, in one line."""
    text = f"{error.code}: {error.message}" if isinstance(error, ClientError) else str(error)
    return plain(" ".join(text.split()))


def pointed_at(statement: str, error: Exception) -> list[str]:
    """The line of the statement that the message names, and carets under the place; nothing where it names none."""
    found = PLACE.search(str(error))
    lines = statement.split("\n")
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return []
    shown = "".join(each if each.isprintable() else " " for each in lines[int(found[1]) - 1])
    begin = int(found[2]) - 1
    # A token may go on in the next line.
    end = max(min(begin + int(found[3]), len(shown)), begin + 1)
    first = max(begin - AROUND, 0)
    left = "…" if first else ""
    last = end + AROUND
    right = "…" if last < len(shown) else ""
    before = left + shown[first:begin]
    return [before + shown[begin:last] + right, " " * _columns(before) + "^" * max(_columns(shown[begin:end]), 1)]


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)
