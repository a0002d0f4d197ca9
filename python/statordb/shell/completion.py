"""What the shell offers behind the cursor: keywords, names, functions and commands, as the place asks for."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from prompt_toolkit.completion import Completer, Completion

from statordb.partiql.expressions import FUNCTIONS, SET_FUNCTIONS, UPDATE_FUNCTIONS
from statordb.partiql.show import shown_name
from statordb.shell.commands import COMMANDS
from statordb.shell.statements import Splitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    from statordb.shell.catalog import Catalog

__all__ = ["StatementCompleter"]

VERBS = ("SELECT", "INSERT INTO", "UPDATE", "DELETE FROM")
# fmt: off
KEYWORDS = (
    "FROM", "WHERE", "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "MISSING", "TRUE", "FALSE", "ORDER BY", "ASC",
    "DESC", "VALUE", "SET", "REMOVE", "RETURNING", "ALL", "MODIFIED", "OLD", "NEW",
)
# fmt: on
CALLABLE = tuple(sorted({*FUNCTIONS, *UPDATE_FUNCTIONS, *SET_FUNCTIONS}))
# Words behind which a table stands.
BEFORE_TABLE = {"FROM", "INTO", "UPDATE"}
WORD = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$]*$")
TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|[A-Za-z_$@][A-Za-z0-9_$]*|[^\s]""", re.S
)


class StatementCompleter(Completer):
    """Completes statements and commands with the names of a database."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002 (as it is called)
        """Yield what may stand at the cursor."""
        splitter = Splitter()
        splitter.feed(document.text_before_cursor)
        typed = splitter.pending.lstrip()
        last_line = document.current_line_before_cursor.lstrip()
        if splitter.is_empty and last_line.startswith("."):
            yield from self._of_command(last_line, document)
        elif splitter.inside == '"':
            yield from self._of_quoted(typed, document)
        elif splitter.inside is None:
            yield from self._of_word(typed, document)

    def _of_command(self, line: str, document: Document) -> Iterator[Completion]:
        name, space, rest = line.partition(" ")
        if not space:
            yield from _matching(name, COMMANDS)
            return
        command = COMMANDS.get(name.lower())
        if command is None:
            return
        if command.name == ".explain":
            yield from self._of_word(rest.lstrip(), document)
        elif " " not in rest:
            yield from _matching(rest, self._catalog.tables() if command.takes_table else command.choices)

    def _of_quoted(self, typed: str, document: Document) -> Iterator[Completion]:
        """Complete a name whose quote is open, whatever it has in it."""
        begun = _open_quote(typed)
        prefix = typed[begun + 1 :].replace('""', '"')
        for name in self._names(_tokens(typed[:begun]), document):
            if name.startswith(prefix):
                text = '"' + name.replace('"', '""') + '"'
                yield Completion(text, start_position=begun - len(typed), display=name)

    def _of_word(self, typed: str, document: Document) -> Iterator[Completion]:
        match = WORD.search(typed)
        word = match[0] if match else ""
        before = _tokens(typed[: len(typed) - len(word)])
        names = {shown_name(name): name for name in self._names(before, document)}
        for shown, name in names.items():
            if name.lower().startswith(word.lower()):
                yield Completion(shown, start_position=-len(word), display=name)
        if before and (before[-1] == "." or before[-1].upper() in BEFORE_TABLE):
            return
        is_small = word[:1].islower()
        for keyword in KEYWORDS if before else VERBS:
            if keyword.startswith(word.upper()):
                yield Completion(keyword.lower() if is_small else keyword, start_position=-len(word))
        if before:
            yield from (Completion(f"{each}(", -len(word), each) for each in CALLABLE if each.startswith(word.lower()))

    def _names(self, before: list[str], document: Document) -> list[str]:
        """Names that may follow these tokens: tables, indexes behind a table and a dot, else attributes."""
        last = before[-1].upper() if before else ""
        if last in BEFORE_TABLE:
            return self._catalog.tables()
        if last == ".":
            is_of_table = len(before) > 2 and before[-3].upper() in BEFORE_TABLE
            return self._catalog.indexes(_name(before[-2])) if is_of_table else []
        if not before:
            return []
        attributes = (name for table in _tables(document) for name in self._catalog.attributes(table))
        return list(dict.fromkeys(attributes))


def _tables(document: Document) -> list[str]:
    """The tables that the statement around the cursor names, also behind it."""
    splitter = Splitter()
    splitter.feed(document.text_before_cursor)
    behind = document.text_after_cursor.partition(";")[0]
    before = splitter.pending if not splitter.is_empty else document.current_line_before_cursor
    tokens = _tokens(before + behind)
    return [_name(name) for word, name in pairwise(tokens) if word.upper() in BEFORE_TABLE]


def _tokens(text: str) -> list[str]:
    return [token for token in TOKEN.findall(text) if not token.startswith(("--", "/*"))]


def _name(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token


def _open_quote(text: str) -> int:
    """Where the quote begins that is open at the end."""
    place = 0
    for match in TOKEN.finditer(text):
        if match[0] == '"':
            place = match.start()
            break
    return place


def _matching(word: str, words: Iterable[str]) -> Iterator[Completion]:
    for each in words:
        if each.lower().startswith(word.lower()):
            yield Completion(each, start_position=-len(word))
