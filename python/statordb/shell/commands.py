"""The commands of the shell, which begin with a dot."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statordb.shell.faults import Refused
from statordb.shell.printer import MODES
from statordb.shell.schema import described
from statordb.shell.stream import follow
from statordb.shell.values import as_json, parse_json, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from statordb.shell.session import Session

__all__ = ["COMMANDS", "Command", "run"]

SWITCH = ("on", "off")


@dataclass(frozen=True)
class Command:
    """A command: what follows its name, what it does, and which words may follow."""

    name: str
    arguments: str
    about: str
    do: Callable[[Session, str], None]
    choices: tuple[str, ...] = ()
    takes_table: bool = False


def run(session: Session, text: str) -> None:
    """Carry out a command. Raises Refused, ValueError, and what the database raises."""
    name, _, rest = text.partition(" ")
    command = COMMANDS.get(name.rstrip(";").lower())
    if command is None:
        raise Refused(f"`{plain(name)}` is no command: `.help` lists them")
    command.do(session, rest.strip().removesuffix(";").rstrip())


def _words(command: str, rest: str, least: int, most: int) -> list[str]:
    words = shlex.split(rest)
    if not least <= len(words) <= most:
        raise Refused(f"say `{command} {COMMANDS[command].arguments}`".rstrip("` ") + "`")
    return words


def _tables(session: Session, rest: str) -> None:
    _words(".tables", rest, 0, 0)
    for name in session.database.tables():
        session.write(name)


def _schema(session: Session, rest: str) -> None:
    names = _words(".schema", rest, 0, 1) or session.database.tables()
    for place, name in enumerate(names):
        if place:
            session.write("")
        session.write(described(session.database, name))


def _explain(session: Session, rest: str) -> None:
    if not rest:
        raise Refused("say `.explain STATEMENT`")
    session.write(str(session.database.explain(rest)))


def _stream(session: Session, rest: str) -> None:
    (table,) = _words(".stream", rest, 1, 1)
    follow(session, table)


def _params(session: Session, rest: str) -> None:
    tell = session.say if rest else session.write
    if rest:
        session.parameters = [] if rest == "clear" else parse_json(rest)
    if not session.parameters:
        tell("no parameters")
    for place, value in enumerate(session.parameters, 1):
        tell(f"{place}: {as_json(value)}")


def _switch(session: Session, rest: str, command: str) -> None:
    words = [word.lower() for word in _words(command, rest, 0, 1)]
    if words and words[0] not in SWITCH:
        raise Refused(f"say `{command} on` or `{command} off`")
    if words:
        setattr(session, command[1:], words[0] == "on")
    else:
        session.write(f"{command[1:]} is {SWITCH[not getattr(session, command[1:])]}")


def _consistent(session: Session, rest: str) -> None:
    _switch(session, rest, ".consistent")


def _timer(session: Session, rest: str) -> None:
    _switch(session, rest, ".timer")


def _mode(session: Session, rest: str) -> None:
    words = [word.lower() for word in _words(".mode", rest, 0, 1)]
    if words and words[0] not in MODES:
        raise Refused(f"`{plain(words[0])}` is no mode: say one of {', '.join(MODES)}")
    if words:
        session.mode = words[0]
    else:
        session.write(f"mode is {session.mode}")


def _more(session: Session, rest: str) -> None:
    _words(".more", rest, 0, 0)
    if session.answer is None:
        raise Refused("there are no more rows")
    session.show(time.perf_counter())


def _create(session: Session, rest: str) -> None:
    words = _words(".create", rest, 2, 3)
    session.database.create_table(*words)
    session.catalog.forget()
    session.say(f"made {words[0]}")


def _drop(session: Session, rest: str) -> None:
    (table,) = _words(".drop", rest, 1, 1)
    session.database.delete_table(table)
    session.catalog.forget()
    session.say(f"dropped {plain(table)}")


def _help(session: Session, rest: str) -> None:
    _words(".help", rest, 0, 0)
    width = max(len(f"{each.name} {each.arguments}") for each in COMMANDS.values())
    for each in COMMANDS.values():
        session.write(f"{each.name} {each.arguments}".ljust(width) + f"  {each.about}")
    session.write("Statements of PartiQL end with `;` and may have several lines.")


def _exit(session: Session, _rest: str) -> None:
    session.is_over = True


COMMANDS = {
    command.name: command
    for command in (
        Command(".tables", "", "list the tables", _tables),
        Command(".schema", "[TABLE]", "show keys, indexes, billing, stream, TTL and items", _schema, takes_table=True),
        Command(".create", "TABLE KEY[:S|N|B] [SORT[:S|N|B]]", "make a table; keys are strings unless said", _create),
        Command(".drop", "TABLE", "drop a table and its items", _drop, takes_table=True),
        Command(".explain", "STATEMENT", "tell what a statement would do, and why", _explain),
        Command(".stream", "TABLE", "show the latest changes, and new ones until Ctrl-C", _stream, takes_table=True),
        Command(".params", "[JSON... | clear]", "set or show the values of the question marks", _params, ("clear",)),
        Command(".consistent", "[on|off]", "read consistently", _consistent, SWITCH),
        Command(".mode", "[table|json|line]", "how rows are printed", _mode, MODES),
        Command(".more", "", "show the next rows", _more),
        Command(".timer", "[on|off]", "tell how long statements take", _timer, SWITCH),
        Command(".help", "", "list the commands", _help),
        Command(".exit", "", "end, as Ctrl-D does", _exit),
        Command(".quit", "", "the same", _exit),
    )
}
