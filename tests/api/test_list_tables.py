"""ListTables: names in order, by pages."""

from __future__ import annotations

import pytest

from failure import constraint, rejects
from tables import create_table, table_names

NAMES = ["Zeta", "a-1", "a.1", "a10", "a20", "a_1", "beta"]


@pytest.fixture
def tables(ddb):
    for name in reversed(NAMES):
        create_table(ddb, name, "a:S")
    return ddb


def test_no_tables_give_an_empty_list(ddb) -> None:
    answer = ddb.list_tables()
    assert answer["TableNames"] == []
    assert "LastEvaluatedTableName" not in answer


def test_names_come_in_the_order_of_their_bytes(tables) -> None:
    assert tables.list_tables()["TableNames"] == NAMES


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
def test_pages_of_any_size_give_every_name_once(tables, limit) -> None:
    names, start = [], {}
    while True:
        page = tables.list_tables(Limit=limit, **start)
        assert len(page["TableNames"]) <= limit
        names += page["TableNames"]
        if "LastEvaluatedTableName" not in page:
            break
        assert page["LastEvaluatedTableName"] == page["TableNames"][-1]
        start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}
    assert names == NAMES


def test_the_start_need_not_exist(tables) -> None:
    assert tables.list_tables(ExclusiveStartTableName="a1z")["TableNames"] == ["a20", "a_1", "beta"]


def test_a_start_past_the_end_gives_nothing(tables) -> None:
    assert tables.list_tables(ExclusiveStartTableName="zzz")["TableNames"] == []


def test_a_page_has_100_names_by_default(ddb) -> None:
    names = [f"t{number:03}" for number in range(102)]
    for name in names:
        create_table(ddb, name, "a:S")
    first = ddb.list_tables()
    assert first["TableNames"] == names[:100]
    assert first["LastEvaluatedTableName"] == "t099"
    assert table_names(ddb) == names


@pytest.mark.parametrize(
    ("limit", "text"),
    [(0, "greater than or equal to 1"), (-1, "greater than or equal to 1"), (101, "less than or equal to 100")],
)
def test_limit_is_1_to_100(ddb, limit, text) -> None:
    with rejects(constraint(limit, "limit", f"Member must have value {text}")):
        ddb.list_tables(Limit=limit)
