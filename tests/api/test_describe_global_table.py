"""DescribeGlobalTable: there are no global tables."""

from __future__ import annotations

from failure import constraint, fails, rejects

NAMED = "films"


def test_what_is_asked_for_is_not_found(ddb) -> None:
    with fails("GlobalTableNotFoundException", f"Global table not found: Global table with name: '{NAMED}' does not exist."):
        ddb.describe_global_table(GlobalTableName=NAMED)


def test_it_must_be_named(ddb) -> None:
    with rejects(constraint(None, "globalTableName", "Member must not be null")):
        ddb.describe_global_table()
