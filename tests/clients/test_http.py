"""What only shows on the wire: headers, checksums, encodings and connections, with plain HTTP and plain sockets."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import zlib
from typing import Any

import pytest

SIGNED = {
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-3/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0",
}
JSON = {"Content-Type": "application/x-amz-json-1.0"}


class Connection:
    """One connection to a server, which stays open between requests."""

    def __init__(self, endpoint: str) -> None:
        self.http = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)

    def send(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        self.http.request(method, path, body, headers)
        answer = self.http.getresponse()
        return answer, answer.read()

    def call(self, operation: str, members: Any, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        body = members if isinstance(members, bytes) else json.dumps(members).encode()
        return self.send("POST", "/", body, {**SIGNED, **JSON, **target, **named})


@pytest.fixture
def connection(empty_endpoint: str) -> Connection:
    return Connection(empty_endpoint)


@pytest.fixture
def with_table(connection: Connection) -> Connection:
    members = {
        "TableName": "wire",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
    }
    assert connection.call("CreateTable", members)[0].status == 200
    connection.call("PutItem", {"TableName": "wire", "Item": {"a": {"S": "x"}, "text": {"S": "y" * 9000}}})
    return connection


GET = {"TableName": "wire", "Key": {"a": {"S": "x"}}}


@pytest.mark.parametrize(
    ("operation", "members", "status"),
    [("ListTables", {}, 200), ("GetItem", {"TableName": "nosuch", "Key": {"a": {"S": "x"}}}, 400)],
)
def test_every_answer_has_type_checksum_and_request_id(connection, operation, members, status) -> None:
    answer, body = connection.call(operation, members)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(body)
    assert re.fullmatch(r"[0-9A-Z]{52}", answer.headers["x-amzn-RequestId"])
    assert int(answer.headers["Content-Length"]) == len(body)
    assert answer.headers["Server"] == "Server"
    assert answer.headers["Date"].endswith(" GMT")


def test_request_ids_differ(connection) -> None:
    ids = {connection.call("ListTables", {})[0].headers["x-amzn-RequestId"] for _ in range(20)}
    assert len(ids) == 20


def test_capacity_is_written_with_a_fraction(with_table) -> None:
    _, body = with_table.call(
        "GetItem", {**GET, "ConsistentRead": True, "ProjectionExpression": "a", "ReturnConsumedCapacity": "TOTAL"}
    )
    assert b'"CapacityUnits":3.0' in body


def test_the_region_of_the_credentials_is_in_arns(with_table) -> None:
    _, body = with_table.call("DescribeTable", {"TableName": "wire"})
    assert b"arn:aws:dynamodb:eu-west-3:" in body


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        ({}, b"{}", "MissingAuthenticationTokenException"),
        ({**SIGNED, "Authorization": "AWS4-HMAC-SHA256 Signature=0"}, b"{}", "IncompleteSignatureException"),
        (SIGNED, b"{", "SerializationException"),
        (SIGNED, b"", "SerializationException"),
        (SIGNED, b'{"Limit": "x"}', "SerializationException"),
        (SIGNED, b'{"Limit": 0}', "ValidationException"),
    ],
)
def test_checks_before_the_operation(connection, headers, body, kind) -> None:
    target = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    answer, text = connection.send("POST", "/", body, {**JSON, **target, **headers})
    assert answer.status == 400
    assert json.loads(text)["__type"].endswith(f"#{kind}")


def test_an_unknown_operation_is_named_so(connection) -> None:
    answer, text = connection.call("NoSuchOperation", {})
    assert answer.status == 400
    assert json.loads(text)["__type"] == "com.amazon.coral.service#UnknownOperationException"


def test_the_health_check_names_the_service(connection) -> None:
    answer, text = connection.send("GET", "/", b"", {})
    assert answer.status == 200
    assert text.startswith(b"healthy: dynamodb.")


def test_many_requests_share_a_connection(with_table) -> None:
    before = with_table.http.sock
    for _ in range(50):
        assert with_table.call("GetItem", GET)[0].status == 200
    assert with_table.http.sock is before


def test_large_answers_are_compressed_on_request(with_table) -> None:
    answer, body = with_table.call("GetItem", GET, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(body)
    assert json.loads(gzip.decompress(body))["Item"]["text"]["S"] == "y" * 9000
    assert with_table.call("GetItem", GET)[0].headers["Content-Encoding"] is None


@pytest.mark.parametrize(("encodings", "chosen"), [(["gzip", "identity"], "gzip"), (["identity", "gzip"], None)])
def test_of_several_headers_for_encodings_the_first_counts(with_table, encodings, chosen) -> None:
    http = with_table.http
    body = json.dumps(GET).encode()
    http.putrequest("POST", "/", skip_accept_encoding=True)
    headers = {**SIGNED, **JSON, "X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Length": str(len(body))}
    for name, value in [*headers.items(), *(("Accept-Encoding", encoding) for encoding in encodings)]:
        http.putheader(name, value)
    http.endheaders(body)
    answer = http.getresponse()
    answer.read()
    assert answer.headers["Content-Encoding"] == chosen


def test_times_are_seconds_with_a_fraction_and_numbers_of_items_are_texts(with_table) -> None:
    _, body = with_table.call("DescribeTable", {"TableName": "wire"})
    assert re.search(rb'"CreationDateTime":[0-9]{10}\.[0-9]{1,3}[,}]', body)
    with_table.call("PutItem", {"TableName": "wire", "Item": {"a": {"S": "n"}, "n": {"N": "1.50"}}})
    _, body = with_table.call("GetItem", {"TableName": "wire", "Key": {"a": {"S": "n"}}})
    assert b'"n":{"N":"1.5"}' in body


@pytest.mark.parametrize(
    ("word", "truth"),
    [("true", True), ("1", True), ("YES", True), ("True", True), ("false", False), ("0", False), ("no", False), ("NO", False)],
)  # fmt: skip
def test_truth_may_be_a_word(with_table, word, truth) -> None:
    item = {"a": {"S": "truth"}, "v": {"BOOL": word}}
    assert with_table.call("PutItem", {"TableName": "wire", "Item": item})[0].status == 200
    _, body = with_table.call("GetItem", {"TableName": "wire", "Key": {"a": {"S": "truth"}}, "ConsistentRead": word})
    assert json.loads(body)["Item"]["v"] == {"BOOL": truth}


def test_fractions_of_whole_numbers_are_cut_off(with_table) -> None:
    with_table.call("PutItem", {"TableName": "wire", "Item": {"a": {"S": "second"}}})
    _, body = with_table.call("Scan", {"TableName": "wire", "Limit": 1.9})
    assert json.loads(body)["ScannedCount"] == 1


def test_members_that_are_null_or_unknown_are_as_if_absent(with_table) -> None:
    _, body = with_table.call("GetItem", {**GET, "ProjectionExpression": None, "Whatever": [{"a": 1}]})
    assert json.loads(body)["Item"]["a"] == {"S": "x"}


def test_requests_may_be_compressed(with_table) -> None:
    answer, body = with_table.call("GetItem", gzip.compress(json.dumps(GET).encode()), Content_Encoding="gzip")
    assert answer.status == 200
    assert json.loads(body)["Item"]["a"] == {"S": "x"}


def test_more_than_16_mb_are_too_much(empty_endpoint) -> None:
    """The answer may come before all is sent, so a broken pipe while sending is fine."""
    connection = Connection(empty_endpoint)
    try:
        answer, body = connection.call("PutItem", b"x" * (16 * 1024 * 1024 + 1))
    except (BrokenPipeError, ConnectionResetError):
        return
    assert (answer.status, body) == (413, b"")


def test_pipelined_requests_are_answered_in_order(with_table, empty_endpoint) -> None:
    host = empty_endpoint.removeprefix("http://")

    def request(projection: str) -> bytes:
        body = json.dumps({**GET, "ProjectionExpression": projection}).encode()
        fields = {
            "Host": host,
            **SIGNED,
            **JSON,
            "X-Amz-Target": "DynamoDB_20120810.GetItem",
            "Content-Length": str(len(body)),
        }
        return (
            b"POST / HTTP/1.1\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
            + b"\r\n"
            + body
        )

    with socket.create_connection((host.split(":")[0], int(host.split(":")[1])), timeout=30) as stream:
        stream.sendall(request("a") + request("nosuch"))
        received = b""
        while received.count(b"HTTP/1.1 200") < 2 or not received.endswith(b"}"):
            chunk = stream.recv(65536)
            assert chunk, received
            received += chunk
    first, second = (part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200")[1:])
    assert json.loads(first) == {"Item": {"a": {"S": "x"}}}
    assert json.loads(second) == {"Item": {}}


def test_a_name_that_points_here_is_not_answered(connection) -> None:
    """A page on the web can make its own name point to this machine; the browser says that name."""
    answer, body = connection.call("ListTables", {}, Host="evil.example.com")
    assert answer.status in (400, 403, 404, 421)
    assert b"TableNames" not in body


def test_pages_of_other_origins_may_not_read(connection) -> None:
    ours, _ = connection.call("ListTables", {}, Origin="http://localhost:3000")
    theirs, _ = connection.call("ListTables", {}, Origin="https://evil.example.com")
    assert ours.headers["Access-Control-Allow-Origin"] is not None
    assert theirs.headers["Access-Control-Allow-Origin"] is None
