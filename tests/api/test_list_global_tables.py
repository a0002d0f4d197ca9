"""ListGlobalTables: there are no global tables."""

from __future__ import annotations

from failure import constraint, rejects


def test_the_list_is_empty(ddb) -> None:
    answer = ddb.list_global_tables()
    answer.pop("ResponseMetadata", None)
    assert answer == {"GlobalTables": []}


def test_what_is_asked_for_is_checked(ddb) -> None:
    with rejects(constraint(0, "limit", "Member must have value greater than or equal to 1")):
        ddb.list_global_tables(Limit=0)
