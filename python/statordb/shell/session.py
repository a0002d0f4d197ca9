"""A session: a database, what was set for the next statements, and where answers are printed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statordb.shell.answer import Answer, parameters_of
from statordb.shell.catalog import Catalog
from statordb.shell.commands import run
from statordb.shell.faults import FAULTS, fault_line, pointed_at
from statordb.shell.printer import print_rows
from statordb.shell.values import plain

if TYPE_CHECKING:
    from typing import TextIO

    from statordb.database import Database

__all__ = ["Session"]

PAGE_ROWS = 100
"""Rows that are shown before `.more` is asked for."""
CHUNK_ROWS = 1000
"""Rows that are printed at a time where nobody waits for them."""


# Space and comments.
BEFORE_VERB = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.S)


@dataclass
class Session:
    """What a shell knows between statements; `do` carries out one of them, or a command."""

    database: Database
    out: TextIO
    err: TextIO
    is_interactive: bool
    mode: str = "table"
    timer: bool = True
    consistent: bool = False
    parameters: list[Any] = field(default_factory=list)
    is_over: bool = False
    answer: Answer | None = None
    """What `.more` takes rows from."""
    is_write: bool = False
    """Whether the last statement was one."""

    def __post_init__(self) -> None:
        self.catalog = Catalog(self.database)

    def do(self, text: str, line: int | None = None) -> bool:
        """Carry out a statement or a command, and tell what is wrong with it; whether all went well.

        `line` is where it stands in a script.
        """
        try:
            if text.startswith("."):
                run(self, text)
            else:
                self.execute(text)
        except FAULTS as error:
            self._tell(text, error, line)
            return False
        except KeyboardInterrupt:
            if not self.is_interactive:
                raise
            self.answer = None
            self.say("interrupted")
            return False
        return True

    def execute(self, statement: str) -> None:
        """Carry out a statement and print its rows: in a script all of them."""
        begun = time.perf_counter()
        self.answer = None
        given = parameters_of(statement, self.parameters)
        self.answer = Answer(self.database, statement, given, consistent=self.consistent)
        self.is_write = BEFORE_VERB.sub("", statement, count=1)[:6].upper() != "SELECT"
        if self.is_write:
            self.catalog.forget()
        self.show(begun)

    def show(self, begun: float) -> None:
        """Print the next rows of the answer."""
        if self.is_interactive:
            self._show_page(begun)
        else:
            count = self._show_all()
            if self.timer:
                self.note(f"{_rows(count)} ({_elapsed(begun)})")

    def _show_page(self, begun: float) -> None:
        assert self.answer is not None  # noqa: S101 (it was set by the caller)
        rows = self.answer.take(PAGE_ROWS)
        elapsed = f" ({_elapsed(begun)})" if self.timer else ""
        left_out = print_rows(rows, self.answer.columns(rows), self.mode, self.out)
        if left_out:
            self.say(f"{_columns(left_out)} left out; `.mode line` shows all")
        if len(rows) < PAGE_ROWS:
            self.answer = None
            self.say(("done" if self.is_write and not rows else _rows(len(rows))) + elapsed)
        else:
            self.say(f"{_rows(len(rows))}{elapsed}; `.more` shows the next")

    def _show_all(self) -> int:
        assert self.answer is not None  # noqa: S101 (it was set by the caller)
        answer, self.answer, count = self.answer, None, 0
        while rows := answer.take(CHUNK_ROWS):
            count += len(rows)
            left_out = print_rows(rows, answer.columns(rows), self.mode, self.out)
            if left_out:
                self.note(f"{_columns(left_out)} left out")
        return count

    def write(self, text: str) -> None:
        """Print lines of an answer."""
        self.out.write(text + "\n")

    def say(self, text: str) -> None:
        """Tell whoever sits at the terminal what was done; a script is silent about that."""
        if self.is_interactive:
            self.note(text)

    def note(self, text: str) -> None:
        """Print a line about an answer, which is no part of it."""
        out = self.out if self.is_interactive else self.err
        out.write(text + "\n")
        out.flush()

    def _tell(self, text: str, error: Exception, line: int | None) -> None:
        self.out.flush()
        # A command gives its statement a place of its own.
        statement = text.partition(" ")[2].lstrip() if text.lower().startswith(".explain") else text
        place = "" if line is None else f"line {line}: "
        name = "" if self.is_interactive else f"statordb: {place}"
        for each in (*pointed_at(statement, error), name + fault_line(error)):
            self.err.write(each + "\n")
        self.err.flush()


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _columns(names: list[str]) -> str:
    shown = ", ".join(plain(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
    return f"{len(names)} column{'s' * (len(names) > 1)} ({shown})"


def _elapsed(begun: float) -> str:
    elapsed_s = time.perf_counter() - begun
    return f"{elapsed_s:.2f} s" if elapsed_s >= 1 else f"{elapsed_s * 1000:.1f} ms"
