"""Every recorded request, in order, through the HTTP door and in process: AWS's answer, or a reason in data."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from .answer import ARN, difference, wanted
from .vector import FOLDER, SCOPE, Vector, document, lines, load

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[[str, bytes], tuple[int, bytes]]

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
}
VECTORS = load()


def captured(response: Any, place: str) -> str:
    """What an answer has at a place like `Shards.0.ShardId`; nothing that is asked for later where it has nothing there."""
    for step in place.split("."):
        try:
            response = response[int(step)] if isinstance(response, list) else response[step]
        except (KeyError, IndexError):
            return f"nothing at {place}"
    return response


class Run:
    """Sends vectors in order and keeps what came of each."""

    def __init__(self, call: Call, vectors: list[Vector]) -> None:
        self._call = call
        self._vectors = vectors
        self._arn_prefix = "arn:aws:dynamodb:eu-central-1:000000000000:"
        self._captured: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.differences: list[str] = []

    def all(self) -> None:
        for vector in self._vectors:
            self._one(vector)

    @property
    def summary(self) -> str:
        return ", ".join(f"{self.counts[kind]} {kind}" for kind in ("passed", "out of scope", "excused"))

    def _one(self, vector: Vector) -> None:
        found = self._send(vector) if vector.is_run else None
        if vector.later:
            self.counts["out of scope"] += 1
        elif vector.excused:
            self.counts["excused"] += 1
            if found is None:
                self.differences.append(f"{vector.name}: is excused, but gives the expected answer")
        elif found is None:
            self.counts["passed"] += 1
        else:
            self.differences.append(f"{vector.name}: {found}\n    expected {wanted(vector)}")

    def _send(self, vector: Vector) -> str | None:
        text = ARN.sub(self._arn_prefix, json.dumps(vector.body))
        for name, value in self._captured.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        status, answered = self._call(vector.target, text.encode())
        try:
            response = json.loads(answered) if answered else {}
        except ValueError:
            return f"status {status}, not JSON: {answered[:200]!r}"
        for name, place in vector.capture.items():
            self._captured[name] = captured(response, place)
        self._settle(vector, response)
        if vector.undo and status == 200:
            self._call(f"DynamoDB_20120810.{vector.undo['op']}", json.dumps(vector.undo["body"]).encode())
        return difference(status, response, vector)

    def _settle(self, vector: Vector, response: dict[str, Any]) -> None:
        """Learns the region and account of ARNs, and waits until a created or deleted table is so."""
        description = response.get("TableDescription") if vector.operation in ("CreateTable", "DeleteTable") else None
        if not description:
            return
        found = ARN.match(description["TableArn"])
        self._arn_prefix = found[0] if found else self._arn_prefix
        deadline = time.monotonic() + 10
        while description.get("TableStatus") in ("CREATING", "DELETING") and time.monotonic() < deadline:
            name = json.dumps({"TableName": description["TableName"]}).encode()
            answer = json.loads(self._call("DynamoDB_20120810.DescribeTable", name)[1])
            if "Table" not in answer or answer["Table"]["TableStatus"] == "ACTIVE":
                return
            time.sleep(0.01)


def check(call: Call, door: str, record_property: Any, vectors: list[Vector] = VECTORS) -> Run:
    run = Run(call, vectors)
    run.all()
    record_property("summary", f"vectors: {run.summary} ({door})")
    assert not run.differences, f"{len(run.differences)} vectors differ ({run.summary}):\n" + "\n".join(run.differences)
    return run


def test_every_recorded_request_over_http(empty_endpoint: str, record_property: Any) -> None:
    connection = http.client.HTTPConnection(empty_endpoint.removeprefix("http://"), timeout=60)

    def call(target: str, body: bytes) -> tuple[int, bytes]:
        connection.request("POST", "/", body, {**HEADERS, "X-Amz-Target": target})
        answer = connection.getresponse()
        return answer.status, answer.read()

    check(call, "http", record_property)


def test_every_recorded_request_in_process(record_property: Any) -> None:
    """The same bytes through botocore's HTTP session, which the mock answers without a socket."""
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    import statordb.boto

    session = URLLib3Session()

    def call(target: str, body: bytes) -> tuple[int, bytes]:
        address = "https://dynamodb.eu-central-1.amazonaws.com/"
        request = AWSRequest("POST", address, {**HEADERS, "X-Amz-Target": target}, body)
        answer = session.send(request.prepare())
        return answer.status_code, answer.content

    with statordb.boto.mock():
        check(call, "in process", record_property)


def test_every_recorded_request_in_classic_words(record_property: Any) -> None:
    """The same requests, answered as AWS did before mid-2026: as many pass as with the words of today."""
    import statordb

    counts = []
    for wording in ("current", "classic"):
        with statordb.connect(wording=wording) as database:

            def call(target: str, body: bytes, database: statordb.Database = database) -> tuple[int, bytes]:
                headers = [*HEADERS.items(), ("X-Amz-Target", target)]
                status, _, answer = database._core.handle("POST", "/", headers, body)
                return status, answer

            run = check(call, f"{wording} words", record_property, load(classic=wording == "classic"))
            counts.append(run.counts["passed"])
    assert counts[0] == counts[1]


def test_classic_words_are_others() -> None:
    """At least the envelope of 2026 tells the two apart, and what is marked does."""
    changed = [
        vector.name
        for vector, classic in zip(VECTORS, load(classic=True), strict=True)
        if vector.expected.messages != classic.expected.messages
    ]
    assert len(changed) > 130
    assert {line["name"] for line in lines("aws.jsonl") if "classic" in line} <= set(changed)


# ---------------------------------------------------------------------------------------------------------------- the data


def test_every_mark_has_an_expectation() -> None:
    marked = {vector.name for vector in VECTORS if vector.marked}
    stated = {line["name"] for line in lines("aws.jsonl")}
    assert marked - stated == set()


@pytest.mark.parametrize("file", ["aws.jsonl", "scope.json", "excused.json"])
def test_data_names_recorded_requests_once(file: str) -> None:
    names = {
        "aws.jsonl": lambda: [line["name"] for line in lines(file)],
        "scope.json": lambda: [name for group in document(file)["later"] for name in group["names"]],
        "excused.json": lambda: [entry["name"] for entry in document(file)],
    }[file]()
    assert len(names) == len(set(names))
    assert set(names) <= {vector.name for vector in VECTORS}


def test_every_excuse_has_a_reason_of_its_own() -> None:
    for entry in document("excused.json"):
        assert len(entry["reason"].split()) >= 5, entry


def test_operations_in_scope_have_vectors_or_are_new() -> None:
    assert {vector.operation for vector in VECTORS} >= SCOPE


def test_patterns_compile() -> None:
    for line in lines("aws.jsonl"):
        re.compile(line.get("pattern", ""))
        re.compile(line.get("response_pattern", ""))


def test_recorded_answers_are_the_copy_that_was_recorded() -> None:
    assert len(VECTORS) == 1267
    assert (FOLDER / "probes.jsonl").stat().st_size == 533538
