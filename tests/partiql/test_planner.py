"""Statements are understood once, in Python, and explained there; the grammar's table is that of the grammar."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from decimal import Decimal

import lark
import pytest

import statordb
from conftest import boto_client
from failure import rejects
from statordb.partiql import planner, table
from statordb.partiql.parse import DEPTH_MAX, Nodes, parse
from statordb.partiql.show import show


@pytest.fixture
def db():
    with statordb.connect() as database:
        films = database.create_table("films", "studio", "year:N")
        films.put({"studio": "Ghibli", "year": 1988, "title": "Totoro"})
        yield database


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The texts that the planner was asked about."""
    texts: list[str] = []
    read = planner.read

    def counted(text: str) -> planner.Read:
        texts.append(text)
        return read(text)

    monkeypatch.setattr(planner, "read", counted)
    return texts


def test_a_text_is_planned_once_whatever_the_door(db, asked) -> None:
    statement = "SELECT title FROM films WHERE studio = ? AND year = ?"
    with db.serve() as server:
        ddb = boto_client(server.url)
        for year in (1988, 1989, 1988):
            ddb.execute_statement(Statement=statement, Parameters=[{"S": "Ghibli"}, {"N": str(year)}])
    for year in (1988, 1989):
        db.client().execute_statement(Statement=statement, Parameters=[{"S": "Ghibli"}, {"N": str(year)}])
        db.sql(statement, ["Ghibli", year])
    assert asked == [statement]


def test_a_text_that_is_refused_is_not_kept(db, asked) -> None:
    for _ in range(2):
        with pytest.raises(statordb.ClientError):
            db.sql("SELECT title FROM nowhere")
    assert len(asked) == 2


def test_many_texts_from_many_threads_are_planned_right(db) -> None:
    wrong: list[object] = []

    def read(first: int) -> None:
        for number in range(first, first + 60):
            found = db.sql(
                f"SELECT title FROM films WHERE studio = 'Ghibli' AND year = ? AND year < {2000 + number}", [1988]
            )
            if found.all() != [{"title": "Totoro"}]:
                wrong.append((number, found.all()))

    threads = [threading.Thread(target=read, args=(first,)) for first in range(0, 480, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_bug_of_the_planner_is_a_fault_of_that_statement_alone(db, monkeypatch) -> None:
    def fails(_text: str) -> planner.Read:
        raise RuntimeError("a bug")

    monkeypatch.setattr(planner, "read", fails)
    with pytest.raises(statordb.ClientError) as raised:
        db.sql("SELECT title FROM films")
    assert raised.value.code == "InternalServerError"
    assert "a bug" not in raised.value.message
    monkeypatch.undo()
    assert db.sql("SELECT title FROM films").all() == [{"title": "Totoro"}]


def test_the_table_is_that_of_the_grammar() -> None:
    kept = json.loads(table.TABLE.read_text("utf-8"))
    made = (lark.__version__, table.digest())
    assert (kept["lark"], kept["grammar"]) == made, "make it again: python -m statordb.partiql.table"


def test_without_a_table_of_its_version_the_grammar_is_read(monkeypatch, tmp_path) -> None:
    kept = json.loads(table.TABLE.read_text("utf-8"))
    other = tmp_path / "grammar.json"
    other.write_text(json.dumps({**kept, "lark": "0"}))
    monkeypatch.setattr(table, "TABLE", other)
    assert show(table.load(Nodes()).parse("SELECT a FROM t WHERE a = 1").where) == "a = 1"


def test_importing_the_package_loads_no_grammar() -> None:
    script = """
import sys, statordb
statordb.connect().serve().stop()
print([name for name in sys.modules if name.split(".")[0] == "lark" or name.startswith("statordb.partiql")])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "SELECT * FROM films WHERE studio = 'Ghibli' AND year = 1988",
            {"operation": "GetItem", "key_condition": "studio = 'Ghibli' AND year = 1988", "filter": None},
        ),
        (
            "SELECT title FROM films WHERE studio IN ['a', ?] AND year > 3 AND (a = 1 OR b.c[0] IS NOT MISSING)",
            {
                "operation": "Query",
                "key_condition": "studio IN ['a', ?] AND year > 3",
                "filter": "a = 1 OR b.c[0] IS NOT MISSING",
                "projection": "title",
                "parameters": 1,
            },
        ),
        (
            "SELECT * FROM films WHERE studio = 'a' OR title = 'b'",
            {"operation": "Scan", "key_condition": None, "filter": "studio = 'a' OR title = 'b'", "full_scan": True},
        ),
        ("SELECT * FROM films WHERE NOT studio = 'a'", {"operation": "Scan", "filter": "NOT studio = 'a'"}),
        (
            "UPDATE films SET a = 1 WHERE studio = 'a' AND year = 1 AND NOT (a = 1 AND b = 2)",
            {
                "operation": "UpdateItem",
                "key_condition": "studio = 'a' AND year = 1",
                "condition": "NOT (a = 1 AND b = 2)",
                "filter": None,
            },
        ),
        ("INSERT INTO films VALUE {'studio': 'a', 'year': 1}", {"operation": "PutItem", "key_condition": None}),
        ("DELETE FROM films WHERE studio = 'a' AND year = 1", {"operation": "DeleteItem", "condition": None}),
        (
            "EXISTS(SELECT * FROM films WHERE studio = 'a' AND year = 1 AND a = 1)",
            {"operation": "ConditionCheck", "condition": "a = 1"},
        ),
    ],
)
def test_a_plan_is_explained(db, statement, expected) -> None:
    explanation = db.explain(statement)
    assert {name: getattr(explanation, name) for name in expected} == expected
    assert explanation.why
    assert str(explanation).startswith("operation      " + explanation.operation)


@pytest.mark.parametrize("parameters", ["Ghibli", b"x", {"studio": "Ghibli"}])
def test_parameters_are_a_list(db, parameters) -> None:
    with pytest.raises(TypeError, match="parameters is a list of values, not"):
        db.sql("SELECT * FROM films WHERE studio = ?", parameters)


def test_values_are_native_ones(db) -> None:
    row = {
        "studio": "x",
        "year": Decimal(1),
        "b": b"\x00",
        "s": {"a", "b"},
        "n": {Decimal(1), Decimal("2.5")},
        "l": [None, True],
    }
    marks = ", ".join(f"'{name}': ?" for name in row)
    db.sql(f"INSERT INTO films VALUE {{{marks}}}", list(row.values()))
    rows = db.sql("SELECT * FROM films WHERE studio = ?", ("x",))
    assert rows.all() == [row] == list(rows)
    assert rows.first() == row
    assert repr(rows) == "<statordb.Rows of 'SELECT * FROM films WHERE studio = ?': 1>"
    with pytest.raises(TypeError, match="Float types are not supported"):
        db.sql("SELECT * FROM films WHERE studio = ?", [1.5])


def test_rows_are_read_on_page_by_page(db) -> None:
    db.table("films").batch_write(puts=({"studio": "x", "year": year} for year in range(50)))
    rows = db.sql("SELECT year FROM films WHERE studio = 'x'", page_size=7)
    assert [int(row["year"]) for row in rows] == list(range(50))
    assert [len(page) for page in rows.pages()] == [7] * 7 + [1]
    assert repr(rows).endswith("7, more to come>")
    with pytest.raises(ValueError, match="page_size is 0"):
        db.sql("SELECT * FROM films", page_size=0)


def test_a_write_is_done_when_it_returns(db) -> None:
    db.sql("UPDATE films SET seen = true WHERE studio = 'Ghibli' AND year = 1988")
    assert db.table("films").get({"studio": "Ghibli", "year": 1988})["seen"] is True


def test_an_explanation_does_nothing(db) -> None:
    db.explain("DELETE FROM films WHERE studio = 'Ghibli' AND year = 1988")
    assert db.table("films").get({"studio": "Ghibli", "year": 1988}) is not None


def test_a_statement_that_is_refused_is_not_explained(db) -> None:
    with rejects("Statement wasn't well formed, can't be processed: Expected data manipulation"):
        db.explain("SELEC 1")
    with rejects("Duplicate identifiers in select clause: a"):
        db.explain("SELECT a, a FROM films")
    with pytest.raises(statordb.ClientError, match="Requested resource not found"):
        db.explain("SELECT a FROM nowhere")


@pytest.mark.parametrize(
    "condition",
    [
        "a = 1 AND (b <> 'it''s' OR NOT c > 2.5e3)",
        'a IN (1, 2, ?) AND "user"."a b"[3] BETWEEN ? AND -4',
        "a IN ('x') AND begins_with(b, 'x') AND size(c) >= 3",
        "a NOT IN [1] AND b NOT BETWEEN 1 AND 2 AND c IS NULL AND d.e IS NOT MISSING",
        "a = {'k': [1, <<'x', 'y'>>, TRUE, NULL]}",
    ],
)
def test_a_condition_is_shown_as_it_reads(condition) -> None:
    statement, _ = parse(f"SELECT * FROM t WHERE {condition}")
    again, _ = parse(f"SELECT * FROM t WHERE {show(statement.where)}")
    assert show(again.where) == show(statement.where) == condition


def test_nesting_is_bounded_and_parentheses_are_not_nesting(db) -> None:
    deep = "NOT " * (DEPTH_MAX - 2) + "title = 'x'"
    assert len(db.sql(f"SELECT * FROM films WHERE {deep}").all()) in (0, 1)
    with rejects(f"Statement wasn't well formed, can't be processed: it nests deeper than {DEPTH_MAX} levels"):
        db.sql(f"SELECT * FROM films WHERE {'NOT ' * DEPTH_MAX} title = 'x'")
    assert db.sql(f"SELECT title FROM films WHERE {'(' * 3000}year = 1988{')' * 3000}").all() == [{"title": "Totoro"}]


@pytest.mark.parametrize(
    ("order", "is_taken"),
    [
        ("q", True),
        ("q DESC, r DESC", True),
        ("g, q, r", True),
        ("q, r DESC", False),
        ("r", False),
        ("r, q", False),
        ("q, q", False),
    ],
)
def test_an_order_is_one_that_a_read_has(db, order, is_taken) -> None:
    keys = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "several",
                "KeySchema": [
                    {"AttributeName": "g", "KeyType": "HASH"},
                    {"AttributeName": "q", "KeyType": "RANGE"},
                    {"AttributeName": "r", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ]
    }
    db.client().create_table(
        TableName="many",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in "agqr"],
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        **keys,
    )
    statement = f"SELECT * FROM many.several WHERE g = 'x' ORDER BY {order}"
    if is_taken:
        assert db.sql(statement).all() == []
        return
    with rejects("ORDER BY clause must have the attributes of the sort key in their order and in one direction"):
        db.sql(statement)
    # What equals something has no order.
    assert db.sql("SELECT * FROM many.several WHERE g = 'x' AND q = 'y' ORDER BY r DESC").all() == []
