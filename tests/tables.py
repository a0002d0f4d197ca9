"""Tables and items as tests write them: short to say, with DynamoDB's types."""

from __future__ import annotations

import time
from typing import Any

Client = Any
Item = dict[str, dict[str, Any]]

BATCH = 25


def key_schema(*keys: str) -> dict[str, Any]:
    """`KeySchema` and `AttributeDefinitions` of keys written as `name:TYPE`, the partition key first."""
    pairs = [key.split(":") for key in keys]
    return {
        "KeySchema": [
            {"AttributeName": name, "KeyType": role} for (name, _), role in zip(pairs, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in pairs],
    }


def create_table(ddb: Client, name: str, *keys: str) -> str:
    """Creates a table that is billed by request, waits until it is active and returns its name."""
    ddb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **key_schema(*keys))
    return when_active(ddb, name)


def when_active(ddb: Client, name: str) -> str:
    """Waits until a table and all its indexes are active, and returns its name."""
    deadline = time.monotonic() + 10
    while True:
        table = ddb.describe_table(TableName=name)["Table"]
        indexes = table.get("GlobalSecondaryIndexes", [])
        if table["TableStatus"] == "ACTIVE" and all(index["IndexStatus"] == "ACTIVE" for index in indexes):
            return name
        assert time.monotonic() < deadline, f"table {name} did not become active"
        time.sleep(0.01)


def indexed_table(
    name: str, keys: str, definitions: str, *, gsi: list[Any] | None = None, lsi: list[Any] | None = None
) -> dict[str, Any]:
    """The members of CreateTable for a table with indexes; `keys` and `definitions` as in `a:S b:N`."""
    lists = {"GlobalSecondaryIndexes": gsi, "LocalSecondaryIndexes": lsi}
    given = key_schema(*keys.split(), *definitions.split())
    schema = key_schema(*keys.split())["KeySchema"]
    indexes = {member: indexes for member, indexes in lists.items() if indexes is not None}
    return {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **given, "KeySchema": schema, **indexes}


def create_indexed_table(ddb: Client, name: str, keys: str, definitions: str, **indexes: Any) -> str:
    """Creates a table with indexes, waits until all of it is active and returns its name."""
    ddb.create_table(**indexed_table(name, keys, definitions, **indexes))
    return when_active(ddb, name)


def table_names(ddb: Client) -> list[str]:
    """The names of all tables, over all pages."""
    names: list[str] = []
    start: dict[str, str] = {}
    while True:
        page = ddb.list_tables(**start)
        names += page["TableNames"]
        if "LastEvaluatedTableName" not in page:
            return names
        start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}


def drop_all_tables(ddb: Client) -> None:
    """Deletes every table and waits until it is gone."""
    for name in table_names(ddb):
        ddb.delete_table(TableName=name)
    deadline = time.monotonic() + 10
    while table_names(ddb):
        assert time.monotonic() < deadline, "tables are still there"
        time.sleep(0.01)


def put_all(ddb: Client, table: str, items: list[Item]) -> None:
    """Puts items with different keys."""
    for start in range(0, len(items), BATCH):
        requests = [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]
        assert not ddb.batch_write_item(RequestItems={table: requests})["UnprocessedItems"]


def sized_item(key: Item, size: int, attribute: str = "filler") -> Item:
    """An item of exactly `size` bytes by DynamoDB's rule: a string pads the key, which is of strings."""
    used = sum(len(name.encode()) + len(value["S"].encode()) for name, value in key.items()) + len(attribute)
    return {**key, attribute: {"S": "x" * (size - used)}}


def all_pages(call: Any, **request: Any) -> list[dict[str, Any]]:
    """The answers of Query or Scan, page by page, to the end."""
    pages = [call(**request)]
    while "LastEvaluatedKey" in pages[-1]:
        pages.append(call(**request, ExclusiveStartKey=pages[-1]["LastEvaluatedKey"]))
    return pages


def answered_items(pages: list[dict[str, Any]]) -> list[Item]:
    """The items of all pages."""
    return [item for page in pages for item in page["Items"]]


def index(
    name: str, *keys: str, projection: str = "ALL", names: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    """An index over keys written as `name` (partition key) or `name:R` (sort key)."""
    schema = [
        {"AttributeName": key.removesuffix(":R"), "KeyType": "RANGE" if key.endswith(":R") else "HASH"} for key in keys
    ]
    projected: dict[str, Any] = {"ProjectionType": projection}
    if names is not None:
        projected["NonKeyAttributes"] = names
    return {"IndexName": name, "KeySchema": schema, "Projection": projected, **more}


def attributes(*definitions: str) -> list[dict[str, str]]:
    """`AttributeDefinitions` written as `name:TYPE`."""
    pairs = [definition.split(":") for definition in definitions]
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in pairs]


def table_arn(ddb: Client, name: str) -> str:
    """The ARN of a table."""
    return ddb.describe_table(TableName=name)["Table"]["TableArn"]
