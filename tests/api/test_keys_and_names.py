"""What keys must be, and that a table may be named by its ARN: the same in every operation."""

from __future__ import annotations

from typing import Any

import pytest

from failure import INVALID, cancels, constraint, fails, rejects, unfit
from tables import create_table, put_all, table_arn

Key = dict[str, Any]

VALUES = {":a": "a", ":b": "b"}
NOT_VALID = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} value. Key: {}"
LARGE_HASH = INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"
LARGE_RANGE = INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
SCHEMA = "The provided key element does not match the schema"
OTHER_TYPE = INVALID + "Condition parameter type does not match schema type"


def condition(table: str, key: Key) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeyConditionExpression": "a = :a AND b = :b",
        "ExpressionAttributeValues": {placeholder: key[name] for placeholder, name in VALUES.items()},
    }


def legacy_condition(table: str, key: Key) -> dict[str, Any]:
    conditions = {name: {"ComparisonOperator": "EQ", "AttributeValueList": [value]} for name, value in key.items()}
    return {"TableName": table, "KeyConditions": conditions}


# How a key comes into each operation.
PATHS: dict[str, tuple[str, Any]] = {
    "get": ("get_item", lambda table, key: {"TableName": table, "Key": key}),
    "put": ("put_item", lambda table, key: {"TableName": table, "Item": key}),
    "update": ("update_item", lambda table, key: {"TableName": table, "Key": key}),
    "delete": ("delete_item", lambda table, key: {"TableName": table, "Key": key}),
    "query": ("query", condition),
    "legacy query": ("query", legacy_condition),
    "start of a scan": ("scan", lambda table, key: {"TableName": table, "ExclusiveStartKey": key}),
    "batch get": ("batch_get_item", lambda table, key: {"RequestItems": {table: {"Keys": [key]}}}),
    "batch put": ("batch_write_item", lambda table, key: {"RequestItems": {table: [{"PutRequest": {"Item": key}}]}}),
    "batch delete": ("batch_write_item", lambda table, key: {"RequestItems": {table: [{"DeleteRequest": {"Key": key}}]}}),
    "transact get": ("transact_get_items", lambda table, key: {"TransactItems": [{"Get": {"TableName": table, "Key": key}}]}),
    "transact delete": ("transact_write_items", lambda table, key: {"TransactItems": [{"Delete": {"TableName": table, "Key": key}}]}),
}  # fmt: skip
GOOD: Key = {"a": {"S": "x"}, "b": {"B": b"x"}}
WRONG = {
    "empty string": ({"a": {"S": ""}}, NOT_VALID.format("string", "a")),
    "empty binary": ({"b": {"B": b""}}, NOT_VALID.format("binary", "b")),
    "large partition key": ({"a": {"S": "é" * 1024 + "x"}}, LARGE_HASH),
    "large sort key": ({"b": {"B": b"x" * 1025}}, LARGE_RANGE),
}


@pytest.fixture
def keyed(ddb) -> str:
    return create_table(ddb, "keyed", "a:S", "b:B")


@pytest.mark.parametrize("path", PATHS)
def test_a_key_is_neither_empty_nor_too_large(ddb, keyed, path) -> None:
    operation, request = PATHS[path]
    for change, message in WRONG.values():
        is_reason = path.startswith("transact") and message in (LARGE_HASH, LARGE_RANGE)
        with cancels(unfit(message)) if is_reason else rejects(message):
            getattr(ddb, operation)(**request(keyed, {**GOOD, **change}))
    getattr(ddb, operation)(**request(keyed, {"a": {"S": "é" * 1024}, "b": {"B": b"x" * 1024}}))


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path not in ("put", "query", "legacy query", "start of a scan")]
)
def test_a_key_has_the_attributes_of_the_schema(ddb, keyed, path) -> None:
    operation, request = PATHS[path]
    wrong = [{"a": GOOD["a"]}, {**GOOD, "b": {"S": "x"}}, {**GOOD, "a": {"N": "1"}}, {**GOOD, "a": {"NULL": True}}]
    wrong += [] if path == "batch put" else [{**GOOD, "c": {"S": "x"}}]
    for key in wrong:
        with cancels(unfit(SCHEMA)) if path.startswith("transact") else rejects(SCHEMA):
            getattr(ddb, operation)(**request(keyed, key))


@pytest.mark.parametrize("path", ["query", "legacy query"])
def test_a_condition_has_the_type_of_the_key(ddb, keyed, path) -> None:
    operation, request = PATHS[path]
    for change in ({"a": {"N": "1"}}, {"b": {"S": "x"}}):
        with rejects(OTHER_TYPE):
            getattr(ddb, operation)(**request(keyed, {**GOOD, **change}))


def test_a_sort_condition_needs_a_sort_key(ddb, hash_table) -> None:
    for text in ("a = :a AND b = :b", "a = :a AND b > :b", "a = :a AND begins_with(b, :b)"):
        with rejects("Query key condition not supported"):
            ddb.query(
                TableName=hash_table,
                KeyConditionExpression=text,
                ExpressionAttributeValues={":a": {"S": "x"}, ":b": {"S": "x"}},
            )


def test_keys_of_a_batch_are_compared_once_the_table_is_found(ddb, hash_table) -> None:
    key = {"a": {"S": "x"}}
    with fails("ResourceNotFoundException", "Requested resource not found"):
        ddb.batch_write_item(RequestItems={"nosuch": [{"DeleteRequest": {"Key": key}}] * 2})
    with rejects("Provided list of item keys contains duplicates"):
        ddb.batch_write_item(RequestItems={hash_table: [{"DeleteRequest": {"Key": key}}] * 2})


# ------------------------------------------------------------------------------------------------------------------ names

TTL = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}
OF_TABLES: dict[str, dict[str, Any]] = {
    "describe_table": {},
    "update_table": {"DeletionProtectionEnabled": False},
    "describe_time_to_live": {},
    "update_time_to_live": TTL,
    "describe_continuous_backups": {},
    "update_continuous_backups": {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
    "describe_contributor_insights": {},
    "update_contributor_insights": {"ContributorInsightsAction": "ENABLE"},
    "describe_kinesis_streaming_destination": {},
    "list_contributor_insights": {},
    "delete_table": {},
}


@pytest.mark.parametrize("path", PATHS)
def test_operations_on_items_take_an_arn_for_a_name(ddb, keyed, path) -> None:
    operation, request = PATHS[path]
    put_all(ddb, keyed, [GOOD])
    getattr(ddb, operation)(**request(table_arn(ddb, keyed), GOOD))


@pytest.mark.parametrize("operation", OF_TABLES)
def test_operations_on_tables_take_an_arn_for_a_name(ddb, hash_table, operation) -> None:
    arn = table_arn(ddb, hash_table)
    getattr(ddb, operation)(TableName=arn, **OF_TABLES[operation])


@pytest.mark.parametrize("path", PATHS)
def test_arns_of_other_things_are_rejected(ddb, keyed, path) -> None:
    operation, request = PATHS[path]
    arn = table_arn(ddb, keyed)
    for wrong in (
        arn + "/index/by-a",
        arn + "/stream/2026-01-01T00:00:00.000",
        "arn:aws:dynamodb",
        arn.replace("table/", ""),
    ):
        with rejects():
            getattr(ddb, operation)(**request(wrong, GOOD))


def test_a_new_table_has_a_name_and_no_arn(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table) + "2"
    schema = {
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
    }
    with rejects(constraint(arn, "tableName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")):
        ddb.create_table(TableName=arn, BillingMode="PAY_PER_REQUEST", **schema)
