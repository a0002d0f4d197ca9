"""Texts made to break the reader of statements, from statements that DynamoDB was once asked.

Every text is answered or refused, quickly. ``python -m partiql.fuzz --seconds 600 [--seed 7] [--http]`` goes on for as
long as it is told; what it finds it prints, with the seed that finds it again.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import statordb
from partiql.script import NAMES, calls, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATEMENT_CHARS_MAX = 8192
ANSWER_S_MAX = 1.0
STACK_BYTES = 256 * 1024

REFUSALS = frozenset(
    {
        "ValidationException",
        "ResourceNotFoundException",
        "ConditionalCheckFailedException",
        "DuplicateItemException",
    }
)
TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|<<|>>|<>|<=|>=|!=|\|\||[A-Za-z_$@][\w$]*|[0-9.]+|\s+|.", re.S)
# What opens and, perhaps, closes again.
NESTS = [
    ("(", ")"),
    ("( ", " ) "),
    ("[", "]"),
    ("{'a':", "}"),
    ("<<", ">>"),
    ("[{'a':<<", ">>}]"),
    ("NOT ", ""),
    ("NOT (", ")"),
    ("NOT a=1 AND (", ")"),
    ("-", ""),
    ("- ", ""),
    ("+", ""),
    ("1-(", ")"),
    ("SELECT ", ""),
    ("(SELECT * FROM hhh WHERE a=", ")"),
    ("EXISTS(SELECT * FROM hhh WHERE ", ")"),
    ("SELECT * FROM (", ")"),
    ("size(", ")"),
    ("contains(a, ", ")"),
    ("list_append([1], ", ")"),
    ("if_not_exists(n, ", ")"),
    ("foo(", ")"),
    ("a[", "]"),
    ("a.b[", "]"),
    ("a IN (", ")"),
    ("a BETWEEN ", " AND 1"),
    ("a=1 OR (b=1 AND ", ")"),
]
# What repeats, with what stands between.
CHAINS = [
    ("a=1", " AND "),
    ("a=1", " OR "),
    ("a='one'", " OR "),
    ("p='x' AND s=1", " OR "),
    ("a<>n", " AND NOT "),
    ("1", "+"),
    ("n", "-"),
    ("n", "||"),
    ("a", "."),
    ("a", "=1="),
    ("a", " IN "),
    ("a[0]", "."),
    ("[0]", ""),
    ("?", ","),
    ("1", ","),
    ("'x'", ", "),
    ("a", " IS NULL AND "),
    ("a BETWEEN 1 AND 2", " AND "),
    ("'a':1", ","),
    ("--\n", ""),
    ("/*", " "),
    ("/**/", ""),
    ("''", ""),
    ('""', ""),
    (" ", ""),
    ("9", ""),
    ("x", ""),
    ("é", ""),
    ("\U0001f600", ""),
]
FRAMES = [
    "SELECT * FROM hhh WHERE {}",
    "SELECT * FROM hhh WHERE a={}",
    "SELECT * FROM hhh WHERE a IN ({})",
    "SELECT * FROM hhh WHERE a IN [{}]",
    "SELECT * FROM hrr WHERE p='x' AND ({})",
    "SELECT * FROM hrr WHERE p='x' AND s={}",
    "SELECT {} FROM hhh",
    "SELECT * FROM {}",
    "SELECT * FROM hrr WHERE p='x' ORDER BY {}",
    "INSERT INTO hhh VALUE {{'a':'f','x':{}}}",
    "INSERT INTO hhh VALUE {{{}}}",
    "INSERT INTO hhh VALUE {}",
    "UPDATE hhh SET n={} WHERE a='one'",
    "UPDATE hhh SET {} WHERE a='one'",
    "UPDATE hhh SET l=list_append(l,{}) WHERE a='one'",
    "UPDATE hhh REMOVE {} WHERE a='one'",
    "UPDATE hhh SET z=1 WHERE a='one' AND {}",
    "DELETE FROM hhh WHERE a='none' AND ({})",
    "EXISTS(SELECT * FROM hhh WHERE a='one' AND {})",
    "{}",
]
# Characters that readers of texts trip over: controls, other spaces, quotes of other kinds, digits and letters that are
# none, what changes its length in another case. Halves of surrogate pairs are no text: nothing of Python can send them.
ODD = [
    *"\0\x01\x0b\x0c\x1c\x85\xa0\xad\u200b\u2028\u2029\ufeff\ufffe\uffff",
    *"\u2018\u2019\u201c\u201d\u00b4\uff07\uff02\uff08\uff09\uff1d\uff1f",
    *"\u0663\u00b2\u00bd\u00e9\u0131\u0130\u017f\u212a\u00df",
    "\U0001f600",
    "\U000e0001",
    "\U0010ffff",
    "e\u0301",
    "\r\n",
    "\\",
    "\\'",
    "\\u0000",
]
VALUES: list[dict[str, Any]] = [
    {"S": "one"},
    {"S": "x"},
    {"S": ""},
    {"N": "1"},
    {"N": "1e400"},
    {"N": "x"},
    {"B": b"ab"},
    {"BOOL": True},
    {"NULL": True},
    {"SS": ["a"]},
    {"NS": []},
    {"L": [{"N": "1"}]},
    {"M": {"a": {"S": "x"}}},
    {},
    {"S": "a", "N": "1"},
]


@dataclass(frozen=True)
class Asked:
    """A text with its parameters."""

    text: str
    parameters: list[dict[str, Any]] | None = None

    def members(self) -> dict[str, Any]:
        """As ExecuteStatement takes it."""
        return {"Statement": self.text, **({} if self.parameters is None else {"Parameters": self.parameters})}


# ------------------------------------------------------------------------------------------------------------- the world


def recorded() -> list[Asked]:
    """The statements that were once asked, each once."""
    found: dict[str, Asked] = {}
    for name in NAMES:
        for call in calls(name):
            members = (call.members.get(each) for each in ("Statements", "TransactStatements"))
            for each in [call.members, *(each for member in members if isinstance(member, list) for each in member)]:
                if isinstance(each.get("Statement"), str):
                    found.setdefault(each["Statement"], Asked(each["Statement"], _values(each.get("Parameters"))))
    return list(found.values())


def _values(given: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Parameters as a client takes them, with bytes for B."""
    if given is None:
        return None
    return [{"B": value["B"].encode()} if "B" in value else value for value in given]


# ----------------------------------------------------------------------------------------------------------- mutations


class Mutation:
    """Makes texts out of statements, with the dice that it is given."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.statements = recorded()
        self.tokens = sorted({token for asked in self.statements for token in TOKEN.findall(asked.text)})

    def asked(self) -> Asked:
        """The next text."""
        make = self.dice.choice(
            [self._of_tokens, self._of_tokens, self._of_tokens, self._of_characters, self._nested, self._chained]
        )
        text, parameters = make()
        if self.dice.random() < 0.1:
            text = self._filled(text)
        if self.dice.random() < 0.1:
            parameters = [self.dice.choice(VALUES) for _ in range(self.dice.randrange(4))]
        return Asked(text[: STATEMENT_CHARS_MAX + self.dice.choice([0, 0, 0, 1])], parameters)

    def _of_tokens(self) -> tuple[str, list[dict[str, Any]] | None]:
        asked = self.dice.choice(self.statements)
        tokens = TOKEN.findall(asked.text)
        for _ in range(self.dice.choice([1, 1, 2, 3, 8])):
            tokens = self._changed(tokens or [""])
        return "".join(tokens), asked.parameters

    def _changed(self, tokens: list[str]) -> list[str]:
        place, other = self.dice.randrange(len(tokens)), self.dice.randrange(len(tokens))
        low, high = min(place, other), max(place, other)
        match self.dice.randrange(8):
            case 0:
                return tokens[:place] + tokens[place + 1 :]
            case 1:
                return [*tokens[:place], tokens[place], *tokens[place:]]
            case 2:
                tokens[place], tokens[other] = tokens[other], tokens[place]
                return tokens
            case 3:
                return tokens[:low] + tokens[high:]
            case 4:
                return tokens[:high] + tokens[low:]
            case 5:
                return [*tokens[:place], self.dice.choice(self.tokens), " ", *tokens[place:]]
            case 6:
                tokens[place] = self.dice.choice(self.tokens)
                return tokens
            case _:
                # The head of this statement, the tail of another one.
                more = TOKEN.findall(self.dice.choice(self.statements).text)
                return tokens[:place] + more[self.dice.randrange(len(more) + 1) :]

    def _of_characters(self) -> tuple[str, list[dict[str, Any]] | None]:
        asked = self.dice.choice(self.statements)
        text = asked.text
        for _ in range(self.dice.choice([1, 1, 2, 5])):
            place = self.dice.randrange(len(text) + 1)
            match self.dice.randrange(5):
                case 0:
                    text = text[:place] + self.dice.choice(ODD) + text[place:]
                case 1:
                    text = text[:place] + chr(self.dice.randrange(256)) + text[place:]
                case 2:
                    text = text[:place]
                case 3:
                    text = (
                        text[:place]
                        + self.dice.choice(["'", '"', "`", "/*", "*/", "--", "<<", ">>", "\0"])
                        + text[place:]
                    )
                case _:
                    text = text[:place] + self.dice.randbytes(3).decode("latin-1") + text[place + 3 :]
        return text, asked.parameters

    def _nested(self) -> tuple[str, list[dict[str, Any]] | None]:
        opens, closes = self.dice.choice(NESTS)
        room = STATEMENT_CHARS_MAX - 80
        depth_max = room // (len(opens) + len(closes))
        depth = min(depth_max, self.dice.choice([3, 30, 98, 99, 100, 101, 102, 300, 1000, room]))
        inner = self.dice.choice(["1", "a", "a=1", "?", "", "'x'", "n+1"])
        closed = self.dice.choice([depth, depth, depth, depth - 1, depth + 1, 0])
        return self.dice.choice(FRAMES).format(opens * depth + inner + closes * closed), None

    def _chained(self) -> tuple[str, list[dict[str, Any]] | None]:
        part, between = self.dice.choice(CHAINS)
        count_max = (STATEMENT_CHARS_MAX - 80) // len(part + between)
        count = min(count_max, self.dice.choice([2, 49, 50, 51, 99, 100, 101, 102, 302, 1000, STATEMENT_CHARS_MAX]))
        parameters = [{"S": "x"}] * count if part == "?" else None
        return self.dice.choice(FRAMES).format(between.join([part] * count)), parameters

    def _filled(self, text: str) -> str:
        """A text of the most characters that there may be."""
        room = STATEMENT_CHARS_MAX - len(text)
        return text + (self.dice.choice([" ", "\n", ";", "'", "(", "x", "-", "/*", "\0", "é"]) * max(room, 0))


# -------------------------------------------------------------------------------------------------------------- checks


def fault(call: Callable[..., Any], asked: Asked, clock: Callable[[], float]) -> str | None:
    """What is wrong with how a statement is answered."""
    start = clock()
    outcome = refusal(call, asked)
    spent = clock() - start
    if spent > ANSWER_S_MAX:
        return f"took {spent:.1f} s"
    return None if outcome is None or outcome in REFUSALS else outcome


def refusal(call: Callable[..., Any], asked: Asked) -> str | None:
    """The code of a refusal, or what else was raised; nothing for an answer."""
    try:
        call(**asked.members())
    except Exception as error:
        response = getattr(error, "response", None)
        return str(response["Error"]["Code"]) if isinstance(response, dict) else f"{type(error).__name__}: {error}"
    except BaseException as error:
        # A panic of the engine is no Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return f"{type(error).__name__}: {error}"
    return None


def faults(
    call: Callable[..., Any], each: Iterator[Asked], *, clock: Callable[[], float] = time.thread_time
) -> list[tuple[Asked, str]]:
    """The statements that are not answered as they should be, and how they were."""
    found = []
    for asked in each:
        wrong = fault(call, asked, clock)
        if wrong is not None:
            found.append((asked, wrong))
    return found


def with_small_stack(work: Callable[[], Any]) -> Any:
    """Does something in a thread that has little room to call itself in."""
    results: list[Any] = []
    former = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=lambda: results.append(work()))
        thread.start()
    finally:
        threading.stack_size(former)
    thread.join()
    [result] = results
    return result


def main(arguments: list[str] | None = None) -> int:
    """Runs for some seconds; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m partiql.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--http", action="store_true", help="ask a server of this process")
    given = parser.parse_args(arguments)
    deadline = time.monotonic() + given.seconds
    count, wrong = 0, 0
    with statordb.connect(":memory:") as database:
        prepare(database.client())
        for seed in range(given.seed, sys.maxsize):
            if time.monotonic() > deadline:
                break
            mutation = Mutation(random.Random(seed))
            each = (mutation.asked() for _ in range(500))
            for asked, reason in _found(database, each, http=given.http):
                wrong += 1
                print(f"seed {seed}: {reason[:300]}\n  {asked.text[:300]!r} ({len(asked.text)}) {asked.parameters}")
            count += 500
    print(f"{count} statements, {wrong} faults")
    return 1 if wrong else 0


def _found(database: Any, each: Iterator[Asked], *, http: bool) -> list[tuple[Asked, str]]:
    if not http:
        return faults(database.client().execute_statement, each)
    from conftest import boto_client

    with database.serve() as server:
        return faults(boto_client(server.url).execute_statement, each, clock=time.monotonic)


if __name__ == "__main__":
    sys.exit(main())
