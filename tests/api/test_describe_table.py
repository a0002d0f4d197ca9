"""DescribeTable: a table by name or ARN."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from failure import constraint, fails, rejects
from tables import (
    attributes,
    create_indexed_table,
    create_table,
    drop_all_tables,
    index,
    key_schema,
    put_all,
    when_active,
)


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


COUNTS = {"ItemCount": 0, "TableSizeBytes": 0, "DeletionProtectionEnabled": False}
NO_UNITS = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
ON_DEMAND_WARM = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}


def described(ddb, name: str) -> dict:
    """A description without what differs from table to table."""
    table = ddb.describe_table(TableName=name)["Table"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", table.pop("TableId"))
    assert isinstance(table.pop("CreationDateTime"), datetime)
    return table


def test_all_that_is_said_of_a_table_billed_by_request(ddb) -> None:
    create_indexed_table(
        ddb,
        "known",
        "a:S b:S",
        "x:S",
        gsi=[index("global", "x", "a:R", projection="INCLUDE", names=["y"])],
        lsi=[index("local", "a", "x:R", projection="KEYS_ONLY")],
    )
    table = described(ddb, "known")
    billing = table.pop("BillingModeSummary")
    assert isinstance(billing.pop("LastUpdateToPayPerRequestDateTime"), datetime)
    assert billing == {"BillingMode": "PAY_PER_REQUEST"}
    arn = table["TableArn"]
    assert re.fullmatch(r"arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table/known", arn)
    assert table == {
        "TableName": "known",
        "TableArn": arn,
        "TableStatus": "ACTIVE",
        **COUNTS,
        "AttributeDefinitions": attributes("a:S", "b:S", "x:S"),
        "KeySchema": key_schema("a:S", "b:S")["KeySchema"],
        "ProvisionedThroughput": NO_UNITS,
        "WarmThroughput": ON_DEMAND_WARM,
        "GlobalSecondaryIndexes": [
            {
                **index("global", "x", "a:R", projection="INCLUDE", names=["y"]),
                "IndexArn": arn + "/index/global",
                "IndexStatus": "ACTIVE",
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "ProvisionedThroughput": NO_UNITS,
                "WarmThroughput": ON_DEMAND_WARM,
            }
        ],
        "LocalSecondaryIndexes": [
            {
                **index("local", "a", "x:R", projection="KEYS_ONLY"),
                "IndexArn": arn + "/index/local",
                "IndexSizeBytes": 0,
                "ItemCount": 0,
            }
        ],
    }


def test_all_that_is_said_of_a_table_with_units(ddb) -> None:
    units = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
    ddb.create_table(TableName="paid", ProvisionedThroughput=units, **key_schema("a:S"))
    when_active(ddb, "paid")
    table = described(ddb, "paid")
    assert table == {
        "TableName": "paid",
        "TableArn": table["TableArn"],
        "TableStatus": "ACTIVE",
        **COUNTS,
        **key_schema("a:S"),
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **units},
        "WarmThroughput": {"ReadUnitsPerSecond": 7, "WriteUnitsPerSecond": 3, "Status": "ACTIVE"},
    }


def test_the_id_of_a_table_is_its_own_and_that_of_its_name_is_not(ddb) -> None:
    ids = []
    for _ in range(2):
        create_table(ddb, "known", "a:S")
        seen = {ddb.describe_table(TableName="known")["Table"]["TableId"] for _ in range(2)}
        ids += seen
        assert len(seen) == 1
        drop_all_tables(ddb)
    assert ids[0] != ids[1]


def test_items_are_counted_with_their_sizes(ddb) -> None:
    create_indexed_table(ddb, "known", "a:S", "x:S", gsi=[index("global", "x", projection="KEYS_ONLY")])
    put_all(ddb, "known", [{"a": {"S": "1"}, "x": {"S": "x"}, "y": {"S": "yyy"}}, {"a": {"S": "22"}}])
    table = ddb.describe_table(TableName="known")["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (2, 2 + 2 + 4 + 3)
    [indexed] = table["GlobalSecondaryIndexes"]
    assert (indexed["ItemCount"], indexed["IndexSizeBytes"]) == (1, 2 + 2)
