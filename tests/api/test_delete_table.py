"""DeleteTable: a table goes with all that is in it."""

from __future__ import annotations

import pytest

from failure import fails, rejects
from tables import create_table, drop_all_tables, key_schema, put_all, table_names


def test_describes_a_deleted_table_in_short(ddb) -> None:
    create_table(ddb, "going", "a:S", "b:S")
    description = ddb.delete_table(TableName="going")["TableDescription"]
    assert description == {
        "TableName": "going",
        "TableStatus": "DELETING",
        "TableArn": description["TableArn"],
        "TableId": description["TableId"],
        "ItemCount": 0,
        "TableSizeBytes": 0,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "DeletionProtectionEnabled": False,
    }


def test_a_deleted_table_is_neither_listed_nor_found(ddb) -> None:
    create_table(ddb, "going", "a:S")
    create_table(ddb, "staying", "a:S")
    ddb.delete_table(TableName="going")
    with fails("ResourceNotFoundException", "Requested resource not found"):
        ddb.get_item(TableName="going", Key={"a": {"S": "x"}})
    assert [name for name in table_names(ddb) if name != "going"] == ["staying"]


def test_a_table_created_again_is_empty(ddb) -> None:
    create_table(ddb, "again", "a:S")
    put_all(ddb, "again", [{"a": {"S": str(number)}} for number in range(30)])
    drop_all_tables(ddb)
    create_table(ddb, "again", "a:S")
    assert ddb.scan(TableName="again")["Count"] == 0


def test_takes_an_arn_for_a_name(ddb) -> None:
    create_table(ddb, "going", "a:S")
    arn = ddb.describe_table(TableName="going")["Table"]["TableArn"]
    assert ddb.delete_table(TableName=arn)["TableDescription"]["TableName"] == "going"


def test_a_missing_table_is_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.delete_table(TableName="nosuch")


def test_a_protected_table_stays() -> None:
    import statordb

    message = (
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )
    with statordb.connect(":memory:") as database:
        ddb = database.client()
        ddb.create_table(
            TableName="kept", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True, **key_schema("a:S")
        )
        with rejects(message):
            ddb.delete_table(TableName="kept")
        assert ddb.describe_table(TableName="kept")["Table"]["DeletionProtectionEnabled"] is True


OPERATIONS = {
    "get_item": {"Key": {"a": {"S": "x"}}},
    "put_item": {"Item": {"a": {"S": "x"}}},
    "delete_item": {"Key": {"a": {"S": "x"}}},
    "update_item": {"Key": {"a": {"S": "x"}}},
    "query": {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}},
    "scan": {},
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_data_operations_need_a_table_that_exists(ddb, operation) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        getattr(ddb, operation)(TableName="nosuch", **OPERATIONS[operation])
