"""Whatever text comes, it is answered or refused, quickly: never a fault of ours, a crash or a hang."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import pytest

import statordb
from conftest import boto_client
from partiql.fuzz import ANSWER_S_MAX, FRAMES, NESTS, REFUSALS, Asked, Mutation, faults, refusal, with_small_stack
from partiql.script import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = range(4)


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    with statordb.connect(":memory:") as database:
        prepare(database.client())
        yield database


def texts(seed: int, count: int) -> Iterator[Asked]:
    mutation = Mutation(random.Random(seed))
    return (mutation.asked() for _ in range(count))


@pytest.mark.parametrize("seed", SEEDS)
def test_changed_statements_are_answered_or_refused(database: Any, seed: int) -> None:
    assert faults(database.client().execute_statement, texts(seed, 250)) == []


def test_changed_statements_are_answered_or_refused_over_http(database: Any) -> None:
    with database.serve() as server:
        assert faults(boto_client(server.url).execute_statement, texts(100, 200), clock=time.monotonic) == []


def test_changed_statements_are_answered_or_refused_on_a_small_stack(database: Any) -> None:
    execute = database.client().execute_statement
    assert with_small_stack(lambda: faults(execute, texts(200, 200))) == []


def test_statements_nest_as_deep_as_their_length_allows_on_a_small_stack(database: Any) -> None:
    execute = database.client().execute_statement
    deep = []
    for opens, closes in NESTS:
        depth = 8000 // (len(opens) + len(closes))
        deep += [Asked(frame.format(opens * depth + "1" + closes * depth)) for frame in (FRAMES[0], FRAMES[9])]
        deep += [Asked(frame.format(opens * 95 + "a=1" + closes * 95)) for frame in FRAMES[::3]]
    assert with_small_stack(lambda: faults(execute, iter(deep))) == []


def test_batches_and_transactions_answer_or_refuse_changed_statements(database: Any) -> None:
    client = database.client()
    for asked in texts(300, 200):
        batch = refusal(lambda asked=asked, **_: client.batch_execute_statement(Statements=[asked.members()]), asked)
        assert batch in {None, "ValidationException"}, asked
        cancelled = refusal(
            lambda asked=asked, **_: client.execute_transaction(TransactStatements=[asked.members()]), asked
        )
        assert cancelled in {None, "TransactionCanceledException"} | REFUSALS, asked


def test_explanations_refuse_as_statements_do(database: Any) -> None:
    for asked in texts(400, 200):
        explained = refusal(lambda asked=asked, **_: database.explain(asked.text), asked)
        assert explained is None or explained in REFUSALS, asked


COMMENTS = [
    "/**/" * 2000,
    "--\n" * 2700,
    "-" * 8000,
    "--a" * 2600,
    "-- \n\n" * 1600,
    "/*/" * 2700,
    "/* */ " * 1300,
    "\n" * 8000,
]


@pytest.mark.parametrize("comments", COMMENTS, ids=[text[:6] for text in COMMENTS])
@pytest.mark.parametrize("rest", ["", "x", "/", "SELECT", "SELECT * FROM hhh WHERE a = ", "/*"])
def test_a_text_of_comments_alone_is_refused_at_once(database: Any, comments: str, rest: str) -> None:
    # Two hundred comments with nothing behind them took for ever: the search for the first word of the statement let a
    # comment end at its own end or at that of any later one, and tried all ways to part the text. A comment matches in
    # one way now.
    execute = database.client().execute_statement
    before = time.thread_time()
    assert refusal(execute, Asked((comments + rest)[-8192:])) == "ValidationException"
    assert time.thread_time() - before < ANSWER_S_MAX


def test_a_text_of_8192_characters_is_read_and_one_more_is_refused(database: Any) -> None:
    execute = database.client().execute_statement
    frame = "SELECT * FROM hhh WHERE a = '{}'"
    room = 8192 - len(frame.format(""))
    for character in ("x", "é", "\U0001f600"):
        # A character outside the first plane counts twice, as in UTF-16.
        width = len(character.encode("utf-16-le")) // 2
        content = character * (room // width)
        content += "x" * (room - width * len(content))
        # The key is longer than a key may be, which only a text that was read can be refused for.
        with pytest.raises(execute.__self__.exceptions.ValidationException) as caught:
            execute(Statement=frame.format(content))
        assert "2048 bytes" in str(caught.value)
        with pytest.raises(execute.__self__.exceptions.ValidationException) as caught:
            execute(Statement=frame.format(content + "x"))
        assert "length less than or equal to 8192" in str(caught.value)


def test_half_a_surrogate_pair_is_no_text(database: Any) -> None:
    half = Asked("SELECT * FROM hhh WHERE a = '\ud800'")
    with pytest.raises(UnicodeEncodeError):
        database.client().execute_statement(Statement=half.text)
    with database.serve() as server:
        assert refusal(boto_client(server.url).execute_statement, half) == "SerializationException"
