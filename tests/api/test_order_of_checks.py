"""Requests with two faults: the one that AWS checks first is reported, in each operation on items."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from failure import ENVELOPE, INVALID, VALIDATION, constraint, fails
from tables import create_indexed_table, index, put_all

if TYPE_CHECKING:
    from collections.abc import Iterator

MIXED = "Can not use both expression and non-expression parameters in the same request: "
NOT_FOUND, FAILED = "Requested resource not found", "The conditional request failed"
EMPTY_SET = INVALID + "An string set  may not be empty"
EXPRESSION = "Invalid {}Expression: The expression can not be empty;"
BAD_NAME = 'ExpressionAttributeNames contains invalid key: Syntax error; key: "u"'
BAD_VALUE = 'ExpressionAttributeValues contains invalid key: Syntax error; key: "u"'
UNUSED_NAME = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}"
UNUSED_VALUE = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:u}"
START = "The provided starting key is invalid"
SCHEMA = "The provided key element does not match the schema"
UPDATED_KEY = INVALID + "Cannot update attribute a. This attribute is part of the key"
INDEX_KEY = INVALID + "Type mismatch for Index Key x Expected: S Actual: N IndexName: by-x"
WORD = constraint("x", "returnConsumedCapacity", "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]")

Members = dict[str, Any]
Fault = tuple[str, Members]

S, SET, NUMBER = {"S": "k"}, {"SS": []}, {"N": "1"}
KEY = {"a": S, "b": S}
LARGE = {"S": "x" * 409_600}
NO_ARGUMENT = {"ComparisonOperator": "EQ", "AttributeValueList": []}
EXISTS = "attribute_exists(s)"

CONSTRAINT: Fault = (WORD, {"ReturnConsumedCapacity": "x"})
TABLE: Fault = (NOT_FOUND, {"TableName": "nosuch"})
EXPECTED: Fault = (INVALID + "Value must be provided when Exists is true for Attribute: n", {"Expected": {"n": {"Exists": True}}})  # fmt: skip
ALONE: Fault = ("ExpressionAttributeNames can only be specified when using expressions", {"ExpressionAttributeNames": {"#a": "a"}})  # fmt: skip
KEY_VALUE: Fault = (EMPTY_SET, {"Key": {"v": SET}})
KEY_TYPE: Fault = (SCHEMA, {"Key": {"a": NUMBER}})
FALSE: Fault = (FAILED, {"Expected": {"z": {"Value": S}}})
FALSE_EXPRESSION: Fault = (FAILED, {"ConditionExpression": "attribute_exists(z)"})
TWICE: Fault = (INVALID + "Duplicate value in attribute name: s", {"AttributesToGet": ["s", "s"]})
ARGUMENTS = INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator"
START_VALUE: Fault = (f"{START}: {EMPTY_SET}", {"ExclusiveStartKey": {"v": SET}})
START_SCHEMA: Fault = (START, {"ExclusiveStartKey": {"c": S}})
INDEX: Fault = ("The table does not have the specified index: nope", {"IndexName": "nope"})
CONDITION: Fault = (EXPRESSION.format("Condition"), {"ConditionExpression": ""})
FILTER: Fault = (EXPRESSION.format("Filter"), {"FilterExpression": ""})
PROJECTION: Fault = (EXPRESSION.format("Projection"), {"ProjectionExpression": ""})
MAPS: list[Fault] = [
    (BAD_NAME, {"ExpressionAttributeNames": {"u": "u"}}),
    (BAD_VALUE, {"ExpressionAttributeValues": {"u": S}}),
]
UNUSED: list[Fault] = [
    (UNUSED_NAME, {"ExpressionAttributeNames": {"#u": "u"}}),
    (UNUSED_VALUE, {"ExpressionAttributeValues": {":u": S}}),
]


def enveloped(*faults: Fault) -> list[Fault]:
    return [(ENVELOPE + message, members) for message, members in faults]


def mixed(**members: Any) -> Fault:
    """Parameters of both kinds: which are named depends on the other fault."""
    return MIXED, members


# Each operation with a request that is right, and the faults in the order in which they are looked for.
ORDERS: dict[str, tuple[Members, list[Fault]]] = {
    "put_item": (
        {"Item": KEY},
        [
            CONSTRAINT,
            *enveloped(mixed(Expected={"m": {"Exists": False}}, ConditionExpression=EXISTS)),
            (ENVELOPE + EMPTY_SET, {"Item": {"v": SET}}),
            (ENVELOPE + "ReturnValues can only be ALL_OLD or NONE", {"ReturnValues": "ALL_NEW"}),
            ("Item size has exceeded the maximum allowed size", {"Item": {"filler": LARGE}}),
            EXPECTED,
            *enveloped(ALONE),
            TABLE,
            (INVALID + "Type mismatch for key a expected: S actual: N", {"Item": {"a": NUMBER}}),
            (INDEX_KEY, {"Item": {"x": NUMBER}}),
            FALSE,
        ],
    ),
    "put_item with expressions": (
        {"Item": KEY},
        [
            (ENVELOPE + EMPTY_SET, {"Item": {"v": SET}}),
            ("Item size has exceeded the maximum allowed size", {"Item": {"filler": LARGE}}),
            *enveloped(CONDITION),
            TABLE,
            (INVALID + "Missing the key b in the item", {"Item": {"b": None}}),
            FALSE_EXPRESSION,
        ],
    ),
    "delete_item": (
        {"Key": KEY},
        [
            CONSTRAINT,
            mixed(Expected={"m": {"Exists": False}}, ConditionExpression=EXISTS),
            KEY_VALUE,
            EXPECTED,
            ALONE,
            TABLE,
            KEY_TYPE,
            FALSE,
        ],
    ),
    "get_item": (
        {"Key": KEY},
        [
            CONSTRAINT,
            mixed(AttributesToGet=["s", "s"], ProjectionExpression="s"),
            KEY_VALUE,
            TWICE,
            ALONE,
            TABLE,
            KEY_TYPE,
        ],
    ),
    "update_item": (
        {"Key": KEY},
        [
            CONSTRAINT,
            *enveloped(mixed(AttributeUpdates={"v": {"Action": "DELETE"}}, ConditionExpression=EXISTS)),
            *enveloped(KEY_VALUE),
            (INVALID + "Only DELETE action is allowed when no attribute value is specified", {"AttributeUpdates": {"w": {"Action": "PUT"}}}),
            EXPECTED,
            *enveloped(ALONE),
            TABLE,
            KEY_TYPE,
            (UPDATED_KEY, {"AttributeUpdates": {"a": {"Action": "DELETE"}}}),
            (INDEX_KEY, {"AttributeUpdates": {"x": {"Value": NUMBER}}}),
            FALSE,
            ("Type mismatch for attribute to update", {"AttributeUpdates": {"s": {"Action": "ADD", "Value": NUMBER}}}),
            ("Item size to update has exceeded the maximum allowed size", {"AttributeUpdates": {"filler": {"Value": LARGE}}}),
        ],
    ),
    "update_item with expressions": (
        {"Key": KEY},
        [
            *enveloped(KEY_VALUE),
            *enveloped(
                (EXPRESSION.format("Update"), {"UpdateExpression": ""}),
                CONDITION,
            ),
            TABLE,
            KEY_TYPE,
            (UPDATED_KEY, {"UpdateExpression": "REMOVE a"}),
            FALSE_EXPRESSION,
            ("The document path provided in the update expression is invalid for update", {"UpdateExpression": "SET s.t = s"}),
        ],
    ),
    "query without a condition": (
        {},
        [
            CONSTRAINT,
            mixed(ConditionalOperator="OR", FilterExpression=EXISTS),
            (ARGUMENTS, {"QueryFilter": {"s": NO_ARGUMENT}}),
            TWICE,
            START_VALUE,
            ("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.", {}),
        ],
    ),
    "query": (
        {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": S}},
        [
            CONSTRAINT,
            mixed(AttributesToGet=["s", "s"]),
            START_VALUE,
            *MAPS,
            (EXPRESSION.format("KeyCondition"), {"KeyConditionExpression": ""}),
            FILTER,
            PROJECTION,
            *UNUSED,
            ("Invalid operator used in KeyConditionExpression: OR", {"KeyConditionExpression": "a = :a OR b = :a"}),
            TABLE,
            INDEX,
            START_SCHEMA,
            ("Query key condition not supported", {"KeyConditionExpression": "a > :a"}),
            ("Filter Expression can only contain non-primary key attributes: Primary key attribute: b", {"FilterExpression": "b = :a"}),
            ("Cannot specify the ProjectionExpression when choosing to get only the Count", {"Select": "COUNT", "ProjectionExpression": "s"}),
        ],
    ),
    "scan": (
        {},
        [
            CONSTRAINT,
            mixed(ConditionalOperator="OR", FilterExpression=EXISTS),
            TWICE,
            (ARGUMENTS, {"ScanFilter": {"s": NO_ARGUMENT}}),
            START_VALUE,
            ("The TotalSegments parameter is required but was not present in the request when Segment parameter is present", {"Segment": 0}),
            ALONE,
            TABLE,
            INDEX,
            (f"{START}: {SCHEMA}", {"ExclusiveStartKey": {"c": S}}),
        ],
    ),
    "scan with expressions": (
        {"FilterExpression": "s = :a", "ExpressionAttributeValues": {":a": S}},
        [START_VALUE, *MAPS, FILTER, PROJECTION, *UNUSED, TABLE],
    ),
}  # fmt: skip


def merged(one: Members, two: Members) -> Members | None:
    """Two faults in one request; None where they say different things of one member or of one attribute in it."""
    result = dict(one)
    for name, value in two.items():
        old = result.get(name, value)
        if isinstance(old, dict) and isinstance(value, dict):
            if any(old[inner] != value[inner] for inner in old.keys() & value.keys()):
                return None
            value = {**old, **value}
        elif old != value:
            return None
        result[name] = value
    return result


def request_of(base: Members, faults: Members) -> Members:
    """The request that is right, with faults in place of what they concern; an attribute that is None is left out."""
    request = {"TableName": "ordered", **base, **faults}
    for name, inner in base.items():
        if isinstance(inner, dict) and name in faults:
            both = {**inner, **faults[name]}
            request[name] = {attribute: value for attribute, value in both.items() if value is not None}
    return request


def cases(name: str) -> Iterator[tuple[str, Members]]:
    """Every fault alone, and every two that fit into one request, with the message of the earlier."""
    base, faults = ORDERS[name]
    for message, members in faults:
        yield message, request_of(base, members)
    for (message, one), (_, two) in combinations(faults, 2):
        if (both := merged(one, two)) is not None:
            yield message, request_of(base, both)


def code_of(message: str) -> str:
    """The exception that has this message."""
    return {NOT_FOUND: "ResourceNotFoundException", FAILED: "ConditionalCheckFailedException"}.get(message, VALIDATION)


@pytest.fixture
def table(ddb) -> str:
    name = create_indexed_table(ddb, "ordered", "a:S b:S", "x:S", gsi=[index("by-x", "x")])
    put_all(ddb, name, [{**KEY, "s": S}])
    return name


@pytest.mark.parametrize("name", ORDERS)
def test_the_earlier_of_two_faults_is_reported(ddb, table, name) -> None:
    operation = getattr(ddb, name.split()[0])
    asked = 0
    for message, members in cases(name):
        wanted = re.compile(re.escape(message) + ".*") if message.endswith(MIXED) else message
        with fails(code_of(message), wanted):
            operation(**members)
        asked += 1
    assert asked > 2 * len(ORDERS[name][1])
