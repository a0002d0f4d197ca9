"""DescribeTable: a table by name or ARN."""

from __future__ import annotations

import pytest

from failure import constraint, fails, rejects
from tables import create_table, put_all


def test_describes_what_was_created(ddb) -> None:
    create_table(ddb, "known", "a:S", "b:N")
    table = ddb.describe_table(TableName="known")["Table"]
    assert table["TableName"] == "known"
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}]
    assert "LocalSecondaryIndexes" not in table
    assert "GlobalSecondaryIndexes" not in table
    assert "StreamSpecification" not in table


def test_time_of_creation_does_not_change(ddb) -> None:
    create_table(ddb, "known", "a:S")
    first = ddb.describe_table(TableName="known")["Table"]["CreationDateTime"]
    put_all(ddb, "known", [{"a": {"S": "x"}}])
    assert ddb.describe_table(TableName="known")["Table"]["CreationDateTime"] == first


def test_takes_an_arn_for_a_name(ddb) -> None:
    create_table(ddb, "known", "a:S")
    by_name = ddb.describe_table(TableName="known")["Table"]
    assert ddb.describe_table(TableName=by_name["TableArn"])["Table"] == by_name


@pytest.mark.parametrize("name", ["nosuch", "no.such-table_9"])
def test_a_missing_table_is_named(ddb, name) -> None:
    with fails("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found"):
        ddb.describe_table(TableName=name)


@pytest.mark.parametrize("suffix", ["/index/i", "/stream/2026-01-01T00:00:00.000"])
def test_arns_of_other_resources_are_rejected(ddb, suffix) -> None:
    create_table(ddb, "known", "a:S")
    arn = ddb.describe_table(TableName="known")["Table"]["TableArn"]
    with rejects():
        ddb.describe_table(TableName=arn + suffix)


def test_a_name_with_other_characters_is_rejected(ddb) -> None:
    with rejects(constraint("abc;", "tableName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")):
        ddb.describe_table(TableName="abc;")
