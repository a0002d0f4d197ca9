"""Runs one operation on one server: one request, or all pages and segments of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .peer import STREAMS, Answer
from .stream_operations import SHARD, STREAM

if TYPE_CHECKING:
    from .operation import Operation
    from .peer import Peer

PAGES_MAX = 200
SETTLE_S = 5
CREATIONS_MAX = 5
CHANGES = ("CreateTable", "UpdateTable", "DeleteTable")


def execute(peer: Peer, operation: Operation, prefix: str) -> Answer:
    """The answer of a server to an operation."""
    if operation.name == "ListTables":
        return list_tables(peer, operation, prefix)
    if operation.segments:
        return segmented(peer, operation)
    if operation.name == "ExecuteStatement":
        return pages(peer, operation.body)
    if operation.walk:
        return walked(peer, operation.name, operation.body)
    answer = peer.call(operation.name, resolved(peer, operation))
    for _ in range(CREATIONS_MAX):
        # DynamoDB Local fails now and then where another table is created at the same time.
        if operation.name != "CreateTable" or answer.status != 500:
            break
        time.sleep(0.02)
        answer = peer.call(operation.name, operation.body)
    if operation.name in CHANGES and answer.is_good and not settle(peer, operation.body.get("TableName", "")):
        return Answer(0, "Stuck", "the table or an index of it does not become active")
    return answer


def resolved(peer: Peer, operation: Operation) -> dict[str, Any]:
    """The body with the names that this server made up."""
    if operation.name not in STREAMS:
        return operation.body
    return {
        name: made_up(peer, value) if isinstance(value, str) and value.startswith((STREAM, SHARD)) else value
        for name, value in operation.body.items()
    }


def made_up(peer: Peer, name: str) -> str:
    """The ARN of a table's stream, or the name of its first shard."""
    if name not in peer.known:
        table = name.partition(" ")[2]
        if name.startswith(STREAM):
            peer.known[name] = peer.call("DescribeTable", {"TableName": table}).members["Table"]["LatestStreamArn"]
        else:
            described = peer.call("DescribeStream", {"StreamArn": made_up(peer, STREAM + table)}).members
            peer.known[name] = described["StreamDescription"]["Shards"][0]["ShardId"]
    return peer.known[name]


def walked(peer: Peer, name: str, body: dict[str, Any]) -> Answer:
    """All pages of a Query or Scan as one answer; where pages end is not the same on both servers."""
    first = answer = peer.call(name, body)
    if "Limit" in body:
        first.members.pop("ConsumedCapacity", None)
    if not answer.is_good or "LastEvaluatedKey" not in answer.members:
        return answer
    total = dict(first.members)
    total["Pages"] = 1
    while answer.is_good and "LastEvaluatedKey" in answer.members:
        answer = peer.call(name, {**body, "ExclusiveStartKey": answer.members["LastEvaluatedKey"]})
        if not answer.is_good:
            return answer
        add(total, answer)
        total["Pages"] += 1
        if total["Pages"] > PAGES_MAX:
            raise RuntimeError(f"{name} does not end: {body}")
    for member in ("LastEvaluatedKey", "ConsumedCapacity"):
        total.pop(member, None)
    return Answer(200, members=total)


def pages(peer: Peer, body: dict[str, Any]) -> Answer:
    """All pages of a statement as one answer; a token is good on the server alone that gave it."""
    first = answer = peer.call("ExecuteStatement", body)
    if not first.is_good or not {"NextToken", "LastEvaluatedKey"} & first.members.keys():
        return first
    total = dict(first.members)
    count = 1
    while "NextToken" in answer.members:
        answer = peer.call("ExecuteStatement", {**body, "NextToken": answer.members["NextToken"]})
        if not answer.is_good:
            return answer
        total["Items"] = total["Items"] + answer.members["Items"]
        count += 1
        if count > PAGES_MAX:
            raise RuntimeError(f"a statement does not end: {body}")
    for member in ("NextToken", "LastEvaluatedKey", "ConsumedCapacity"):
        total.pop(member, None)
    return Answer(200, members={**total, "Pages": count})


def add(total: dict[str, Any], answer: Answer) -> None:
    """Adds the items and counts of a page."""
    if "Items" in answer.members:
        total["Items"] = total.get("Items", []) + answer.members["Items"]
    for count in ("Count", "ScannedCount"):
        total[count] = total.get(count, 0) + answer.members.get(count, 0)


def segmented(peer: Peer, operation: Operation) -> Answer:
    """All segments of a Scan as one answer; which item is in which segment is not the same on both servers."""
    total: dict[str, Any] = {}
    for segment in range(operation.segments):
        body = {**operation.body, "Segment": segment, "TotalSegments": operation.segments}
        answer = walked(peer, operation.name, body)
        if not answer.is_good:
            return answer
        add(total, answer)
    return Answer(200, members=total)


def list_tables(peer: Peer, operation: Operation, prefix: str) -> Answer:
    """The names of all pages that begin with the prefix."""
    answer = peer.call("ListTables", operation.body)
    names: list[str] = []
    while answer.is_good:
        names += answer.members["TableNames"]
        if "LastEvaluatedTableName" not in answer.members:
            return Answer(200, members={"TableNames": [name for name in names if name.startswith(prefix)]})
        start = answer.members["LastEvaluatedTableName"]
        answer = peer.call("ListTables", {**operation.body, "ExclusiveStartTableName": start})
    return answer


def settle(peer: Peer, table: str) -> bool:
    """Waits until a table and its indexes are active, or the table is gone; False if that does not happen."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        answer = peer.call("DescribeTable", {"TableName": table})
        if not answer.is_good:
            return True
        description = answer.members["Table"]
        states = {index["IndexStatus"] for index in description.get("GlobalSecondaryIndexes", [])}
        if states | {description["TableStatus"]} == {"ACTIVE"}:
            return True
        time.sleep(0.002)
    return False
