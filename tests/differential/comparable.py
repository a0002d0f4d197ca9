"""Answers made comparable: what has no order is ordered, what is a fact of one server alone is left out.

Only what every answer may differ in belongs here; what differs between AWS and DynamoDB Local is in `differences.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .operation import as_text

if TYPE_CHECKING:
    from .operation import Operation
    from .peer import Answer

SETS = ("SS", "NS", "BS")
ARN = re.compile(r"arn:aws:dynamodb:[a-z0-9-]+:\d{12}:")
# What one server makes up, or what it fills in at a time of its own.
MADE_UP = frozenset(
    {
        "TableId",
        "CreationDateTime",
        "WarmThroughput",
        "LastUpdateToPayPerRequestDateTime",
        "LastIncreaseDateTime",
        "LastDecreaseDateTime",
        "TableStatus",
        "IndexStatus",
        "Backfilling",
        "LatestStreamLabel",
        "LatestStreamArn",
        "StreamArn",
        "StreamLabel",
        "StreamStatus",
        "ShardId",
        "ParentShardId",
        "SequenceNumberRange",
        "CreationRequestDateTime",
        "ShardIterator",
        "NextShardIterator",
    }
)
# What is left of a table's description when it is dropped.
DROPPED = frozenset({"TableName", "TableArn", "ProvisionedThroughput", "DeletionProtectionEnabled"})
DESCRIPTIONS = (
    "CreateTable",
    "DescribeTable",
    "DeleteTable",
    "UpdateTable",
    "ListStreams",
    "DescribeStream",
    "GetShardIterator",
)
PARTS = " validation errors detected: "


def plain(value: Any) -> Any:
    """A value with sets in one order and without region and account."""
    if isinstance(value, str):
        return ARN.sub("arn:aws:dynamodb:REGION:ACCOUNT:", value)
    if isinstance(value, list):
        return [plain(element) for element in value]
    if not isinstance(value, dict):
        return value
    result = {name: plain(member) for name, member in value.items()}
    for name in SETS:
        if len(result) == 1 and isinstance(result.get(name), list):
            result[name].sort(key=as_text)
    return result


def without_made_up(value: Any) -> Any:
    """A description without what one server makes up."""
    if isinstance(value, list):
        return sorted((without_made_up(element) for element in value), key=as_text)
    if not isinstance(value, dict):
        return value
    return {name: without_made_up(member) for name, member in value.items() if name not in MADE_UP}


def ordered_message(message: str) -> str:
    """A message of several parts, which have no order, in one order."""
    head, found, rest = message.partition(PARTS)
    return head + found + "; ".join(sorted(rest.split("; "))) if found else message


def ordered_items(operation: Operation, items: list[Any]) -> list[Any]:
    """Items in the order in which they are compared: as they came, or in one where servers have an order of their own."""
    if operation.name == "Scan" or (operation.name == "Query" and "IndexName" in operation.body):
        return sorted(items, key=as_text)
    if operation.name != "ExecuteStatement" or operation.order is None:
        return items
    # Within a partition items have an order, as far as it is known which of them are of one.
    name = operation.order
    is_known = all(name in item for item in items)
    return sorted(items, key=lambda item: as_text(item[name] if is_known else item))


def comparable(operation: Operation, answer: Answer) -> Answer:
    """The answer as it is compared."""
    members = plain(answer.members)
    if operation.name in DESCRIPTIONS:
        members = without_made_up(members)
    if operation.name == "DeleteTable" and "TableDescription" in members:
        description = members["TableDescription"]
        members = {"TableDescription": {name: description[name] for name in DROPPED if name in description}}
    if isinstance(members.get("ConsumedCapacity"), list):
        members["ConsumedCapacity"].sort(key=as_text)
    if operation.name == "BatchGetItem":
        for items in members.get("Responses", {}).values():
            items.sort(key=as_text)
    if "Items" in members:
        members["Items"] = ordered_items(operation, members["Items"])
    return replace(answer, message=ordered_message(answer.message), members=members)
