"""The shell from its beginning to its end: at a terminal with prompts, from a pipe as a script."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from statordb import __version__
from statordb.database import IN_MEMORY, connect
from statordb.shell.session import Session
from statordb.shell.statements import Splitter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statordb.database import Database

__all__ = ["run_script", "run_shell"]

STATEMENT_LENGTH_MAX = 1_000_000
"""From here on a statement of a script is taken for one whose semicolon is missing."""


def run_shell(path: str) -> bool:
    """Run the shell over a database, which is made if it is not there; whether all went well.

    Raises what `connect` raises, and ModuleNotFoundError where a terminal needs what is not installed.
    """
    is_interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if is_interactive:
        # Before anything is made.
        _import_extra()
    is_new = path != IN_MEMORY and not Path(path).exists()
    with connect(path) as database:
        if is_new:
            print(f"made {path}: it was not there", file=sys.stdout if is_interactive else sys.stderr)
        if is_interactive:
            return _run_prompt(database)
        session = Session(database, sys.stdout, sys.stderr, is_interactive=False, mode="json", timer=False)
        return run_script(session, sys.stdin)


def _import_extra() -> None:
    try:
        import statordb.shell.grid
        import statordb.shell.prompt  # noqa: F401 (both are used later)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        message = f'the shell needs the module `{missing}`: pip install "statordb[shell]"'
        raise ModuleNotFoundError(message, name=error.name) from error


def _run_prompt(database: Database) -> bool:
    from statordb.shell.prompt import interact

    session = Session(database, sys.stdout, sys.stdout, is_interactive=True)
    session.say(f"StatorDB {__version__}, {database.path}. Statements end with `;`, `.help` lists commands.")
    interact(session)
    return True


def run_script(session: Session, lines: Iterable[str]) -> bool:
    """Carry out what lines say, up to the first error; whether there was none."""
    splitter = Splitter()
    for line in lines:
        for place, text in splitter.feed(line):
            if not session.do(text, place):
                return False
            if session.is_over:
                return True
        if splitter.length > STATEMENT_LENGTH_MAX:
            session.note(
                f"statordb: line {splitter.line}: the statement has no end: is there a `;` or a quote missing?"
            )
            return False
    return all(session.do(text, place) for place, text in splitter.finish())
