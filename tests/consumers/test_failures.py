"""What happens when a function fails: attempts, halves, reports, ages, documents, windows with state."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib import parse

import pytest

import statordb

from .conftest import Noted, eventually, ids_of
from .test_delivery import put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def failing_on(*poison: str) -> Noted:
    def answer(event: dict[str, Any]) -> None:
        if set(poison) & set(ids_of(event)):
            raise RuntimeError("poison")

    return Noted(answer)


def sequence_of(event: dict[str, Any], wanted: str) -> str:
    return next(
        record["dynamodb"]["SequenceNumber"]
        for record in event["Records"]
        if record["dynamodb"]["Keys"]["id"]["S"] == wanted
    )


def test_a_batch_is_tried_until_it_succeeds_and_the_shard_waits(db: statordb.Database, orders: statordb.Table) -> None:
    left = [3]

    def answer(event: dict[str, Any]) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("not yet")

    noted = Noted(answer)
    put(orders, "a", "b", "c")
    mapping = db.event_source_mapping(noted, "orders", batch_size=2)
    eventually(lambda: len(noted.events) == 5)
    assert noted.ids() == [["a", "b"]] * 4 + [["c"]]
    assert mapping.status()["retries"] == 3
    eventually(lambda: mapping.describe()["LastProcessingResult"] == "OK")


@pytest.mark.parametrize(("attempts", "calls"), [(0, 1), (1, 2), (3, 4)])
def test_with_n_retries_a_function_is_called_once_more_than_that(
    db: statordb.Database, orders: statordb.Table, attempts: int, calls: int
) -> None:
    noted, documents = failing_on("a"), []
    put(orders, "a", "b")
    db.event_source_mapping(noted, "orders", batch_size=1, maximum_retry_attempts=attempts, on_failure=documents.append)
    eventually(lambda: noted.flat()[-1:] == ["b"])
    assert noted.flat() == ["a"] * calls + ["b"]
    assert [each["requestContext"]["approximateInvokeCount"] for each in documents] == [calls]


def test_a_failed_batch_is_split_in_two_without_using_up_an_attempt(
    db: statordb.Database, orders: statordb.Table
) -> None:
    noted, documents = failing_on("d"), []
    put(orders, *"abcdefgh")
    db.event_source_mapping(
        noted, "orders", bisect_batch_on_function_error=True, maximum_retry_attempts=1, on_failure=documents.append
    )
    eventually(lambda: noted.flat()[-1:] == ["h"] and documents)
    assert noted.ids() == [list("abcdefgh"), list("abcd"), list("ab"), list("cd"), ["c"], ["d"], ["d"], list("efgh")]
    (document,) = documents
    assert document["DDBStreamBatchInfo"]["batchSize"] == 1
    assert document["DDBStreamBatchInfo"]["startSequenceNumber"] == sequence_of(noted.events[0], "d")


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, []])
def test_these_reports_mean_that_all_went_well(db: statordb.Database, orders: statordb.Table, answer: Any) -> None:
    noted = Noted(lambda event: answer)
    put(orders, "a", "b")
    mapping = db.event_source_mapping(noted, "orders", function_response_types=["ReportBatchItemFailures"])
    eventually(lambda: mapping.status()["delivered"] == 2)
    assert noted.ids() == [["a", "b"]]


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "100000000000000000001"}]},
        {"batchItemFailures": [{"wrongName": "1"}]},
        {"batchItemFailures": ["text"]},
        {"batchItemFailures": "text"},
        {"wrongName": []},
        "text",
    ],
)
def test_these_reports_mean_that_all_failed(db: statordb.Database, orders: statordb.Table, answer: Any) -> None:
    noted, documents = Noted(lambda event: answer), []
    put(orders, "a", "b")
    db.event_source_mapping(
        noted,
        "orders",
        function_response_types=["ReportBatchItemFailures"],
        maximum_retry_attempts=1,
        on_failure=documents.append,
    )
    eventually(lambda: documents)
    assert noted.ids() == [["a", "b"], ["a", "b"]]
    assert documents[0]["responseContext"]["functionError"] is None


def test_without_the_response_type_what_a_function_returns_means_nothing(
    db: statordb.Database, orders: statordb.Table
) -> None:
    noted = Noted(lambda event: {"batchItemFailures": [{"itemIdentifier": ""}]})
    put(orders, "a")
    mapping = db.event_source_mapping(noted, "orders")
    eventually(lambda: mapping.status()["delivered"] == 1)
    assert len(noted.events) == 1


@pytest.mark.parametrize("bisect", [False, True])
def test_all_from_the_least_reported_record_on_is_tried_again(
    db: statordb.Database, orders: statordb.Table, bisect: bool
) -> None:
    def answer(event: dict[str, Any]) -> dict[str, Any] | None:
        if len(noted.events) > 1:
            return None
        failed = [sequence_of(event, each) for each in ("e", "c")]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    noted = Noted(answer)
    put(orders, *"abcdef")
    db.event_source_mapping(
        noted,
        "orders",
        function_response_types=["ReportBatchItemFailures"],
        bisect_batch_on_function_error=bisect,
    )
    eventually(lambda: len(noted.events) == 2)
    assert noted.ids() == [list("abcdef"), list("cdef")]


def test_what_came_before_a_reported_record_is_finished(db: statordb.Database, orders: statordb.Table) -> None:
    def answer(event: dict[str, Any]) -> dict[str, Any]:
        return {"batchItemFailures": [{"itemIdentifier": sequence_of(event, "b")}]}

    noted = Noted(answer)
    put(orders, *"abc")
    mapping = db.event_source_mapping(noted, "orders", function_response_types=["ReportBatchItemFailures"])
    eventually(lambda: len(noted.events) >= 2)
    mapping.stop()
    assert noted.ids()[0] == list("abc")
    count = len(noted.events)
    mapping.start()
    eventually(lambda: len(noted.events) > count)
    assert noted.ids()[count] == list("bc")


def test_records_that_are_too_old_are_given_up(db: statordb.Database, orders: statordb.Table) -> None:
    noted, documents = failing_on("a"), []
    put(orders, "a")
    db.event_source_mapping(
        noted, "orders", maximum_record_age_in_seconds=60, on_failure=documents.append, batch_size=1
    )
    eventually(lambda: len(noted.events) >= 2)
    assert documents == []
    db.clock.advance(seconds=61)
    put(orders, "b")
    eventually(lambda: noted.flat()[-1:] == ["b"] and documents)
    assert documents[0]["requestContext"]["condition"] == "RecordAgeExceeded"


def test_without_a_limit_a_record_is_tried_until_the_stream_forgets_it(
    db: statordb.Database, orders: statordb.Table
) -> None:
    noted, documents = failing_on("a"), []
    put(orders, "a")
    db.event_source_mapping(noted, "orders", on_failure=documents.append, batch_size=1)
    eventually(lambda: len(noted.events) >= 3)
    db.clock.advance(hours=25)
    put(orders, "b")
    eventually(lambda: noted.flat()[-1:] == ["b"])
    assert [each["requestContext"]["condition"] for each in documents] == ["RecordAgeExceeded"]


def test_a_value_that_is_no_json_and_an_exit_are_errors_of_the_function(
    db: statordb.Database, orders: statordb.Table
) -> None:
    answers = [lambda: {1, 2}, lambda: exit(3), lambda: None]
    noted = Noted(lambda event: answers[len(noted.events) - 1]())
    put(orders, "a")
    mapping = db.event_source_mapping(noted, "orders")
    eventually(lambda: mapping.status()["delivered"] == 1)
    assert len(noted.events) == 3


def test_a_failure_document_has_lambdas_members(db: statordb.Database, orders: statordb.Table) -> None:
    noted, documents = failing_on("a"), []
    put(orders, "a", "b")
    mapping = db.event_source_mapping(noted, "orders", maximum_retry_attempts=1, on_failure=documents.append)
    eventually(lambda: documents)
    (document,) = documents
    first, last = (sequence_of(noted.events[1], each) for each in "ab")
    created = noted.events[1]["Records"][0]["dynamodb"]["ApproximateCreationDateTime"]
    batch = document.pop("DDBStreamBatchInfo")
    assert batch.pop("approximateArrivalOfFirstRecord")[:19] == time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created))
    assert batch.pop("approximateArrivalOfLastRecord").endswith("Z")
    assert batch == {
        "shardId": mapping.reader.shards()[0][0],
        "startSequenceNumber": first,
        "endSequenceNumber": last,
        "batchSize": 2,
        "streamArn": mapping.stream_arn,
    }
    assert document.pop("timestamp").endswith("Z")
    assert document == {
        "requestContext": {
            "requestId": noted.contexts[1].aws_request_id,
            "functionArn": mapping.function.arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
    }


def test_documents_go_to_a_file_and_to_a_table(db: statordb.Database, orders: statordb.Table, tmp_path: Path) -> None:
    db.create_table("failed", "request", "from")
    put(orders, "a")
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/failed"
    for name, place in [("one", f"file://{tmp_path}/failed.jsonl"), ("two", arn)]:
        db.event_source_mapping(failing_on("a"), "orders", name=name, maximum_retry_attempts=0, on_failure=place)
    lines = eventually(lambda: (tmp_path / "failed.jsonl").exists() and (tmp_path / "failed.jsonl").read_text())
    assert json.loads(lines)["requestContext"]["functionArn"].endswith(":one")
    (item,) = eventually(lambda: list(db.table("failed").scan()))
    document = json.loads(item["document"])
    assert (item["request"], item["condition"]) == (document["requestContext"]["requestId"], "RetryAttemptsExhausted")
    assert item["from"] == document["DDBStreamBatchInfo"]["startSequenceNumber"]


class Sink:
    """A service that notes the requests that it is sent."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.refusals = 0
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if sink.refusals:
                    sink.refusals -= 1
                    self.send_error(500)
                    return
                sink.requests.append((self.command, self.path, dict(self.headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_PUT = do_POST  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.server.shutdown()
    sink.server.server_close()


def given_up(db: statordb.Database, orders: statordb.Table, place: str, sink: Sink) -> tuple[str, str, dict, bytes]:
    put(orders, "a")
    db.event_source_mapping(failing_on("a"), "orders", maximum_retry_attempts=0, on_failure=place)
    eventually(lambda: sink.requests)
    return sink.requests[0]


def test_a_document_is_sent_as_sqs_takes_it(
    db: statordb.Database, orders: statordb.Table, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", sink.url)
    sink.refusals = 2
    _, path, headers, body = given_up(db, orders, "arn:aws:sqs:us-east-1:123456789012:failed", sink)
    assert (path, headers["X-Amz-Target"]) == ("/", "AmazonSQS.SendMessage")
    message = json.loads(body)
    assert message["QueueUrl"] == f"{sink.url}/123456789012/failed"
    assert json.loads(message["MessageBody"])["version"] == "1.0"


def test_a_document_is_sent_as_sns_takes_it(
    db: statordb.Database, orders: statordb.Table, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", sink.url)
    *_, body = given_up(db, orders, "arn:aws:sns:us-east-1:123456789012:failed", sink)
    message = dict(parse.parse_qsl(body.decode()))
    assert (message["Action"], message["TopicArn"]) == ("Publish", "arn:aws:sns:us-east-1:123456789012:failed")
    assert "payload" not in json.loads(message["Message"])


def test_s3_is_sent_the_event_too(
    db: statordb.Database, orders: statordb.Table, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", sink.url)
    method, path, _, body = given_up(db, orders, "arn:aws:s3:::failed-records", sink)
    assert method == "PUT"
    assert path.startswith("/failed-records/aws/lambda/")
    document = json.loads(body)
    assert ids_of(json.loads(document["payload"])) == ["a"]


def test_a_document_is_posted_to_an_address(db: statordb.Database, orders: statordb.Table, sink: Sink) -> None:
    _, path, _, body = given_up(db, orders, f"{sink.url}/failed", sink)
    assert (path, json.loads(body)["version"]) == ("/failed", "1.0")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:failed", "AWS_ENDPOINT_URL_SQS"),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/x", "is no destination"),
        ("ftp://example.com", "is no destination"),
        ("somewhere", "is no destination"),
    ],
)
def test_a_destination_that_cannot_be_reached_is_refused(
    db: statordb.Database, orders: statordb.Table, place: str, message: str
) -> None:
    with pytest.raises(statordb.ClientError, match=message) as caught:
        db.event_source_mapping(Noted(), "orders", on_failure=place)
    assert caught.value.code == "InvalidParameterValueException"


# ------------------------------------------------------------------------------------------------ tumbling windows


def counting(event: dict[str, Any]) -> dict[str, Any]:
    return {"state": {"count": event["state"].get("count", 0) + len(event["Records"])}}


def test_a_tumbling_window_passes_state_on_and_ends_with_its_time(
    db: statordb.Database, orders: statordb.Table
) -> None:
    noted = Noted(counting)
    mapping = db.event_source_mapping(noted, "orders", tumbling_window_in_seconds=900, batch_size=2)
    put(orders, "a", "b", "c")
    eventually(lambda: len(noted.flat()) == 3)
    db.clock.advance(minutes=15)
    put(orders, "d")
    eventually(lambda: noted.flat() == ["a", "b", "c", "d"])
    *first, final, next_window = noted.events
    # The clock may have passed the end of a window between two puts.
    assert [event["isFinalInvokeForWindow"] for event in noted.events].count(True) >= 1
    assert final["Records"] == []
    assert final["isFinalInvokeForWindow"]
    assert final["state"] == {"count": sum(len(event["Records"]) for event in first)}
    assert next_window["state"] == {}
    assert (final["shardId"], final["eventSourceARN"]) == (mapping.reader.shards()[0][0], mapping.stream_arn)
    assert not final["isWindowTerminatedEarly"]
    start, end = (time.strptime(final["window"][each], "%Y-%m-%dT%H:%M:%SZ") for each in ("start", "end"))
    assert time.mktime(end) - time.mktime(start) == 900
    assert start.tm_min % 15 == start.tm_sec == 0


def test_a_window_function_that_returns_no_state_has_failed(db: statordb.Database, orders: statordb.Table) -> None:
    answers = [None, {}, {"state": 7}, {"state": {}}]
    noted = Noted(lambda event: answers[min(len(noted.events), 4) - 1])
    put(orders, "a")
    mapping = db.event_source_mapping(noted, "orders", tumbling_window_in_seconds=900)
    eventually(lambda: mapping.status()["delivered"] == 4 or len(noted.events) >= 4)
    assert noted.flat()[:4] == ["a"] * 4
    assert mapping.status()["retries"] == 3


def test_a_state_that_is_too_large_ends_the_window_early(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted(lambda event: {"state": {"text": "x" * (1024 * 1024)}})
    put(orders, "a")
    db.event_source_mapping(noted, "orders", tumbling_window_in_seconds=900)
    final = eventually(lambda: [event for event in noted.events if event["isFinalInvokeForWindow"]])
    assert final[0]["isWindowTerminatedEarly"]


def test_the_state_of_a_window_survives_a_restart(tmp_path: Path) -> None:
    first, second = Noted(counting), Noted(counting)
    with statordb.connect(str(tmp_path / "app.stator")) as db:
        table = db.create_table("orders", "id", stream="NEW_IMAGE")
        mapping = db.event_source_mapping(first, "orders", name="count", tumbling_window_in_seconds=900)
        put(table, "a", "b")
        eventually(lambda: mapping.status()["delivered"] == 2)
    with statordb.connect(str(tmp_path / "app.stator")) as db:
        put(db.table("orders"), "c")
        db.event_source_mapping(second, "orders", name="count", tumbling_window_in_seconds=900)
        eventually(lambda: second.flat() == ["c"])
    with_record = next(event for event in second.events if event["Records"])
    assert with_record["state"] in ({"count": 2}, {}), "empty only where a window has ended meanwhile"
