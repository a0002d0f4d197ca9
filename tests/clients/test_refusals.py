"""What is refused before an operation begins, in AWS's words: signatures that are no signatures, members of wrong types."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

TYPE = {"Content-Type": "application/x-amz-json-1.0"}
DATE = {"X-Amz-Date": "20260101T000000Z"}
WHOLE = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0"


def call(endpoint: str, operation: str, body: Any, headers: dict[str, str], path: str = "/") -> dict[str, Any]:
    """The error that a request is answered with: its name, and its text under either name."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, data, {**TYPE, "X-Amz-Target": f"DynamoDB_20120810.{operation}", **headers})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    assert answer.status == 400
    return {"name": found["__type"].partition("#")[2], "prefix": found["__type"].partition("#")[0], **found}


# -------------------------------------------------------------------------------------------------------------- signatures

PARAMETER = "Authorization header requires '{}' parameter. "
NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
QUERY = "AWS query-string parameters must include '{}'. "


@pytest.mark.parametrize(
    ("headers", "path", "name", "text"),
    [
        ({}, "/", "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
        ({"Authorization": "Basic YTpi"}, "/", "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
        (
            {"Authorization": WHOLE, **DATE},
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        ),
        (
            {"Authorization": "AWS4-HMAC-SHA256 x=y"},
            "/",
            "IncompleteSignatureException",
            PARAMETER.format("Credential") + PARAMETER.format("Signature") + PARAMETER.format("SignedHeaders") + NO_DATE
            + "Authorization=AWS4-HMAC-SHA256 x=y",
        ),
        ({"Authorization": WHOLE}, "/", "IncompleteSignatureException", f"{NO_DATE}Authorization={WHOLE}"),
        (
            {"Authorization": "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b", **DATE},
            "/",
            "IncompleteSignatureException",
            PARAMETER.format("Signature") + "Authorization=AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b",
        ),
        (
            {},
            "/?X-Amz-Algorithm=",
            "IncompleteSignatureException",
            "".join(QUERY.format(f"X-Amz-{part}") for part in ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date"))
            + "Re-examine the query-string parameters.",
        ),
        (
            {},
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-SignedHeaders=b&X-Amz-Date=c",
            "IncompleteSignatureException",
            QUERY.format("X-Amz-Signature") + "Re-examine the query-string parameters.",
        ),
    ],
    ids=["none", "another kind", "both", "nothing in it", "no date", "one part", "empty query", "one parameter"],
)  # fmt: skip
def test_what_is_no_signature_is_told(endpoint, headers, path, name, text) -> None:
    error = call(endpoint, "ListTables", {}, headers, path)
    assert (error["prefix"], error["name"]) == ("com.amazon.coral.service", name)
    assert error["message"] == text


# ------------------------------------------------------------------------------------------------------- types of members

SIGNED = {"Authorization": WHOLE, **DATE}
OBJECT = "Start of structure or map found where not expected"
VALUE_CLASS = "com.amazonaws.dynamodb.v20120810.AttributeValue"


def inside(*path: Any):
    """A body with the value at a place, and something valid around it."""

    def body(value: Any) -> Any:
        for step in reversed(path):
            value = [value] if step == "[]" else {step: value}
        return value

    return body


TEXT = ("PutItem", inside("TableName"))
INTEGER = ("Query", inside("Limit"))
LONG = ("CreateTable", inside("ProvisionedThroughput", "ReadCapacityUnits"))
TRUTH = ("GetItem", inside("ConsistentRead"))
DATA = ("PutItem", inside("Item", "a", "B"))
LIST = ("GetItem", inside("AttributesToGet"))
ITEM = ("PutItem", inside("Item"))
NAMES = ("PutItem", inside("ExpressionAttributeNames"))
STRUCTURE = ("CreateTable", inside("ProvisionedThroughput"))
ELEMENT = ("CreateTable", inside("KeySchema", "[]"))


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        (TEXT, True, "TRUE_VALUE cannot be converted to String"),
        (TEXT, False, "FALSE_VALUE cannot be converted to String"),
        (TEXT, 23, "NUMBER_VALUE cannot be converted to String"),
        (TEXT, 23.45, "DECIMAL_VALUE cannot be converted to String"),
        (TEXT, [], "Unrecognized collection type class java.lang.String"),
        (TEXT, {}, OBJECT),
        (INTEGER, "23", "STRING_VALUE cannot be converted to Integer"),
        (INTEGER, True, "TRUE_VALUE cannot be converted to Integer"),
        (INTEGER, [], "Unrecognized collection type class java.lang.Integer"),
        (INTEGER, {}, OBJECT),
        (LONG, "23", "STRING_VALUE cannot be converted to Long"),
        (LONG, [], "Unrecognized collection type class java.lang.Long"),
        (TRUTH, 23, "NUMBER_VALUE cannot be converted to Boolean"),
        (TRUTH, 23.45, "DECIMAL_VALUE cannot be converted to Boolean"),
        (TRUTH, "maybe", "Unexpected token received from parser"),
        (TRUTH, [], "Unrecognized collection type class java.lang.Boolean"),
        (DATA, True, "only base-64-encoded strings are convertible to bytes"),
        (DATA, 23, "only base-64-encoded strings are convertible to bytes"),
        (DATA, "abcde", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        (DATA, "=+/=", "Invalid last non-pad Base64 character dectected"),
        (DATA, [], "Unrecognized collection type class java.nio.ByteBuffer"),
        (LIST, "23", "Unexpected field type"),
        (LIST, {}, OBJECT),
        (ITEM, "23", "Unexpected field type"),
        (ITEM, [], f"Unrecognized collection type java.util.Map<java.lang.String, {VALUE_CLASS}>"),
        (NAMES, [], "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"),
        (STRUCTURE, "23", "Unexpected field type"),
        (STRUCTURE, [], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput"),
        (ELEMENT, "23", "Unexpected value type in payload"),
        (("PutItem", inside("Item", "a", "N")), 5, "NUMBER_VALUE cannot be converted to String"),
    ],
    ids=lambda value: None if isinstance(value, tuple) else str(value),
)  # fmt: skip
def test_a_member_of_a_wrong_type_is_told(endpoint, place, value, text) -> None:
    operation, body = place
    error = call(endpoint, operation, body(value), SIGNED)
    assert (error["prefix"], error["name"]) == ("com.amazon.coral.service", "SerializationException")
    assert error["Message"] == text


@pytest.mark.parametrize(
    ("operation", "items"), [("BatchGetItem", {"abc": {"Keys": ["23"]}}), ("BatchWriteItem", {"abc": "23"})]
)
def test_lists_and_maps_inside_others_have_a_text_of_their_own(endpoint, operation, items) -> None:
    error = call(endpoint, operation, {"RequestItems": items}, SIGNED)
    assert error["name"] == "SerializationException"
    head = (
        "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class ("
    )
    assert error["Message"].startswith(head)


@pytest.mark.parametrize("body", [b"", b"{", b"[", b"nonsense", b'{"Limit": 1e}'])
def test_what_is_no_json_is_refused_without_a_word(endpoint, body) -> None:
    error = call(endpoint, "ListTables", body, SIGNED)
    assert error["name"] == "SerializationException"
    assert not {"message", "Message"} & set(error)


# ---------------------------------------------------------------------------------------------------------------- browsers


def options(endpoint: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)
    connection.request("OPTIONS", "/", headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_a_browser_may_ask_before_it_sends(endpoint) -> None:
    asked = {"Access-Control-Request-Headers": "x-amz-target, authorization", "Access-Control-Request-Method": "POST"}
    answer = options(endpoint, {"Origin": "http://localhost:3000", **asked})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "http://localhost:3000")
    assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-target, authorization"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Max-Age"] == "172800"


@pytest.mark.parametrize(("method", "path"), [("PUT", "/"), ("DELETE", "/"), ("GET", "/other")])
def test_other_methods_and_paths_are_unknown(endpoint, method, path) -> None:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)
    connection.request(method, path, headers=SIGNED)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (404, b"<UnknownOperationException/>\n")
    connection.close()


# ------------------------------------------------------------------------------------------------ bodies of other refusals

FAILED = "The conditional request failed"
SCHEMA = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
}


def body_of(endpoint: str, operation: str, members: Any) -> Any:
    """The whole body of an answer."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)
    headers = {**TYPE, **SIGNED, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    connection.request("POST", "/", json.dumps(members).encode(), headers)
    body = json.loads(connection.getresponse().read())
    connection.close()
    return body


def test_a_canceled_transaction_lists_its_reasons_beside_the_message(empty_endpoint) -> None:
    body_of(empty_endpoint, "CreateTable", {"TableName": "wire", **SCHEMA})
    item = {"a": {"S": "x"}, "n": {"N": "1"}}
    body_of(empty_endpoint, "PutItem", {"TableName": "wire", "Item": item})
    put = {"TableName": "wire", "Item": {"a": {"S": "x"}}, "ConditionExpression": "attribute_not_exists(a)"}
    shown = {**put, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    actions = [{"Put": {"TableName": "wire", "Item": {"a": {"S": "y"}}}}, {"Put": shown}]
    assert body_of(empty_endpoint, "TransactWriteItems", {"TransactItems": actions}) == {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": FAILED, "Item": item}],
    }
    kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
    assert body_of(empty_endpoint, "PutItem", put) == {"__type": kind, "message": FAILED}
    assert body_of(empty_endpoint, "PutItem", shown) == {"__type": kind, "message": FAILED, "Item": item}


@pytest.mark.parametrize(
    ("operation", "members", "kind", "message"),
    [
        (
            "GetItem",
            {"TableName": "nosuch", "Key": {"a": {"S": "x"}}},
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            "Requested resource not found",
        ),
        (
            "PutItem",
            {"TableName": "nosuch", "Item": {"a": {"Unknown": "x"}}},
            "com.amazon.coral.validate#ValidationException",
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            "DescribeTable",
            {"TableName": "nosuch"},
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            "Requested resource not found: Table: nosuch not found",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {}},
            "com.amazon.coral.validate#ValidationException",
            "The requestItems parameter is required for BatchGetItem",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {}},
            "com.amazon.coral.validate#ValidationException",
            "The requestItems parameter is required for BatchWriteItem",
        ),
        (
            "Query",
            {"TableName": "nosuch", "Limit": 0, "KeyConditionExpression": "a = :a"},
            "com.amazon.coral.validate#ValidationException",
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
    ],
)  # fmt: skip
def test_bodies_have_a_type_with_its_prefix_and_a_message(endpoint, operation, members, kind, message) -> None:
    assert body_of(endpoint, operation, members) == {"__type": kind, "message": message}


def test_bodies_without_a_text_have_a_type_alone(endpoint) -> None:
    unknown = {"__type": "com.amazon.coral.service#UnknownOperationException"}
    assert body_of(endpoint, "NoSuchOperation", {}) == unknown


def test_names_of_tables_in_maps_have_a_text_of_their_own(endpoint) -> None:
    keys = "Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
    error = body_of(
        endpoint, "BatchWriteItem", {"RequestItems": {"a b": [{"DeleteRequest": {"Key": {"a": {"S": "x"}}}}]}}
    )
    assert error["__type"] == "com.amazon.coral.validate#ValidationException"
    assert error["message"].endswith(f"at 'requestItems' failed to satisfy constraint: {keys}")
