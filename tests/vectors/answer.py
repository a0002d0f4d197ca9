"""Answers made comparable: what differs from run to run or has no order is masked by rule, everything else must be equal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .vector import Expected, Vector

CORAL = "com.amazon.coral.service"
MODEL = "com.amazonaws.dynamodb.v20120810"
PREFIX = {
    "AccessDeniedException": CORAL,
    "IncompleteSignatureException": CORAL,
    "InvalidSignatureException": CORAL,
    "MissingAuthenticationTokenException": CORAL,
    "SerializationException": CORAL,
    "UnknownOperationException": CORAL,
    "UnrecognizedClientException": CORAL,
    "ValidationException": "com.amazon.coral.validate",
}
"""The prefix of `__type` by exception; every other one has the model's."""

TABLE_MASKED = frozenset(
    {"TableId", "WarmThroughput", "LastUpdateToPayPerRequestDateTime", "LastIncreaseDateTime", "LastDecreaseDateTime"}
)
"""Members of a table's description that AWS adds, or that DynamoDB Local prints as 0.0."""
LAX_OF_INDEX = frozenset({"IndexStatus", "Backfilling", "IndexSizeBytes", "ItemCount"})
"""Members of an index in the answer to a change of its table: AWS's takes time, DynamoDB Local's is over at once."""
OPERATIONS_ON_TABLES = ("CreateTable", "DeleteTable", "DescribeTable", "UpdateTable")
TABLE_STATUSES = ("CREATING", "ACTIVE", "UPDATING", "DELETING")
DELETED_TABLE = frozenset(
    {
        "TableName",
        "TableStatus",
        "TableArn",
        "TableId",
        "ItemCount",
        "TableSizeBytes",
        "ProvisionedThroughput",
        "DeletionProtectionEnabled",
    }
)
"""What AWS's DeleteTable still tells about a table."""
ARN = re.compile(r"arn:aws:dynamodb:[a-z0-9-]+:\d{12}:")
SETS = ("SS", "NS", "BS")


def as_text(value: Any) -> str:
    """A value as text that sorts."""
    return json.dumps(value, sort_keys=True)


def masked(value: Any, volatile: frozenset[str]) -> Any:
    """A value without its volatile members, region and account; sets and capacities in one order."""
    if isinstance(value, str):
        return ARN.sub("arn:aws:dynamodb:REGION:ACCOUNT:", value)
    if isinstance(value, list):
        return [masked(element, volatile) for element in value]
    if not isinstance(value, dict):
        return value
    result = {name: masked(member, volatile) for name, member in value.items() if name not in volatile}
    for name in SETS:
        if len(result) == 1 and isinstance(result.get(name), list):
            result[name].sort()
    if isinstance(result.get("ConsumedCapacity"), list):
        result["ConsumedCapacity"].sort(key=as_text)
    if "awsRegion" in result:
        result["awsRegion"] = "REGION"
    if result.get("TableStatus") in TABLE_STATUSES:
        result["TableStatus"] = "any"
    return result


def indexes_masked(description: Any, volatile: frozenset[str]) -> None:
    """Takes from a table's description what DynamoDB Local leaves out of its indexes, and what is `volatile` in them."""
    for index in description.get("GlobalSecondaryIndexes", ()) if isinstance(description, dict) else ():
        index.get("ProvisionedThroughput", {}).pop("NumberOfDecreasesToday", None)
        for name in volatile:
            index.pop(name, None)


def unordered(value: Any, paths: tuple[str, ...]) -> Any:
    """A value with the lists at `paths` (`Responses.*`) in one order."""
    for path in paths:
        holder = value.get(path.partition(".")[0])
        if isinstance(holder, dict):
            for elements in holder.values():
                elements.sort(key=as_text)
    return value


def comparable(response: Any, vector: Vector) -> Any:
    """An answer of `vector`'s operation as it is compared."""
    volatile = vector.volatile
    if vector.operation in OPERATIONS_ON_TABLES:
        volatile = volatile | TABLE_MASKED
    response = unordered(masked(response, volatile), vector.unordered)
    for member, lax in (("TableDescription", LAX_OF_INDEX), ("Table", frozenset())):
        if vector.operation in OPERATIONS_ON_TABLES and member in response:
            indexes_masked(response[member], lax)
    if vector.operation == "DeleteTable" and "TableDescription" in response:
        description = response["TableDescription"]
        response = {"TableDescription": {name: member for name, member in description.items() if name in DELETED_TABLE}}
    return response


def parts(message: str) -> tuple[str, frozenset[str]]:
    """A message of several validation errors as its head and its parts: AWS lists them in no order."""
    head, found, rest = message.partition(" validation errors detected: ")
    return (head, frozenset(rest.split("; "))) if found else (message, frozenset())


def message_fits(message: str, expected: Expected) -> bool:
    """True if a message is one of those expected."""
    if expected.pattern is not None:
        return re.fullmatch(expected.pattern, message, re.DOTALL) is not None
    message = masked(message, frozenset())
    return parts(message) in [parts(masked(candidate, frozenset())) for candidate in expected.messages]


def error_difference(response: dict[str, Any], vector: Vector, names: str) -> str | None:
    """How an error differs from the expected one. `names` is "aws" where prefixes and the message's key must be AWS's."""
    expected = vector.expected
    prefix, _, kind = response.get("__type", "").rpartition("#")
    if kind != expected.type:
        return f"type {kind}: {response}"
    if names == "aws" and prefix != PREFIX.get(kind, MODEL):
        return f"prefix {prefix} of {kind}"
    key = "message" if names == "local" and "message" in response else KEY_OF_MESSAGE[names](kind)
    if key not in response and (expected.messages != ("",) and expected.messages):
        return f"no member `{key}`: {response}"
    if not message_fits(response.get(key, ""), expected):
        return f"message {response.get(key)!r}"
    rest = {name: value for name, value in response.items() if name not in ("__type", key)}
    if comparable(rest, vector) != comparable(expected.response, vector):
        return f"beside the message {rest}"
    return None


KEY_OF_MESSAGE = {
    "aws": lambda kind: "Message" if kind in ("SerializationException", "AccessDeniedException") else "message",
    "local": lambda kind: "Message",
}
"""The key of the message by exception."""


def difference(status: int, response: Any, vector: Vector, names: str = "aws") -> str | None:
    """How an answer differs from the expected one, or None."""
    expected = vector.expected
    if status != expected.status:
        return f"status {status}: {as_text(response)[:300]}"
    if expected.any:
        return None
    if status != 200:
        return error_difference(response, vector, names)
    if expected.response_pattern is not None:
        text = json.dumps(response, separators=(",", ":"))
        return None if re.fullmatch(expected.response_pattern, text) else f"answer {text[:300]}"
    got = comparable(response, vector)
    return None if got == comparable(expected.response, vector) else f"answer {as_text(got)[:600]}"


def wanted(vector: Vector) -> str:
    """The expected answer in short, for a report."""
    expected = vector.expected
    if expected.status == 200:
        return expected.response_pattern or as_text(comparable(expected.response, vector))[:600]
    return f"{expected.status} {expected.type} {expected.pattern or ' | '.join(expected.messages)}"
