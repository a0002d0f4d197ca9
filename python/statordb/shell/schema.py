"""What there is to know of a table, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statordb.shell.values import plain

if TYPE_CHECKING:
    from statordb.database import Database

__all__ = ["described"]


def described(database: Database, name: str) -> str:
    """The table, a line for each thing. Raises ResourceNotFoundException."""
    table: dict[str, Any] = database._core.call("DescribeTable", {"TableName": name})["Table"]
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    state = "" if table["TableStatus"] == "ACTIVE" else f" ({table['TableStatus']})"
    lines = [
        ("partition key", _keys(table, types, "HASH")),
        ("sort key", _keys(table, types, "RANGE")),
        *(("global index", _index(each, types)) for each in table.get("GlobalSecondaryIndexes", [])),
        *(("local index", _index(each, types)) for each in table.get("LocalSecondaryIndexes", [])),
        ("billing", _billing(table)),
        ("stream", _stream(table)),
        ("time to live", _ttl(database, table["TableName"])),
        ("items", f"{table['ItemCount']:,} of {table['TableSizeBytes']:,} bytes"),
    ]
    return "\n".join([table["TableName"] + state, *(f"  {what:<13}  {text}" for what, text in lines if text)])


def _keys(of: dict[str, Any], types: dict[str, str], role: str) -> str:
    names = [each["AttributeName"] for each in of["KeySchema"] if each["KeyType"] == role]
    return ", ".join(f"{plain(name)} ({types[name]})" for name in names)


def _index(index: dict[str, Any], types: dict[str, str]) -> str:
    keys = ", ".join(keys for role in ("HASH", "RANGE") if (keys := _keys(index, types, role)))
    projection = index["Projection"]
    kind = projection["ProjectionType"]
    held = {"ALL": "all attributes", "KEYS_ONLY": "keys only"}.get(kind) or "with " + ", ".join(
        plain(name) for name in projection.get("NonKeyAttributes", [])
    )
    state = index.get("IndexStatus", "ACTIVE")
    return f"{index['IndexName']}: {keys}; {held}" + ("" if state == "ACTIVE" else f"; {state}")


def _billing(table: dict[str, Any]) -> str:
    if table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return "on demand"
    units = table["ProvisionedThroughput"]
    return f"provisioned, {units['ReadCapacityUnits']} read and {units['WriteCapacityUnits']} write units"


def _stream(table: dict[str, Any]) -> str:
    stream = table.get("StreamSpecification", {})
    return str(stream["StreamViewType"]) if stream.get("StreamEnabled") else "none"


def _ttl(database: Database, name: str) -> str:
    answer = database._core.call("DescribeTimeToLive", {"TableName": name})["TimeToLiveDescription"]
    return plain(answer["AttributeName"]) if answer["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else "none"
