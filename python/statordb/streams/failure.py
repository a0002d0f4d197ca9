"""What becomes of records that a function did not take: a document for each batch, and where it goes.

The document has the members that Lambda sends to SQS and SNS, none of the records; for S3 it has the event too. It goes
to a table, a file, a callable of this program, or over HTTP in the form in which SQS, SNS or S3 take it.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol
from urllib import parse, request

from statordb._core import sequence_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statordb import _core
    from statordb.streams.function import Function, Outcome
    from statordb.streams.records import Entry

__all__ = ["Destination", "DestinationError", "Discarded", "destination_of", "iso_time"]

HTTP_TIMEOUT_S = 10
AGE_EXCEEDED = "RecordAgeExceeded"
ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
SERVICES = ("sqs", "sns", "s3")


class DestinationError(ValueError):
    """There is no such destination, or none that can be reached; the message says what would do."""


def iso_time(milliseconds: int) -> str:
    """Return a time as Lambda prints it: `2026-11-23T05:46:00.000Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


class Discarded:
    """A batch that was given up.

    `function` was called `invocations` times with it; `outcome` is the last of them, None if there was none.
    """

    def __init__(
        self,
        condition: str,
        entries: Sequence[Entry],
        *,
        function: Function,
        stream_arn: str,
        mapping: str,
        shard: str,
        invocations: int,
        outcome: Outcome | None,
        now_ms: int,
    ) -> None:
        self.condition = condition
        self.entries = entries
        self.function = function
        self.stream_arn = stream_arn
        self.mapping = mapping
        self.shard = shard
        self.invocations = invocations
        self.outcome = outcome
        self.now_ms = now_ms

    def document(self) -> dict[str, Any]:
        """Return what SQS and SNS are sent."""
        first, last = self.entries[0], self.entries[-1]
        document: dict[str, Any] = {
            "requestContext": {
                "requestId": self.outcome.request_id if self.outcome else str(uuid.uuid4()),
                "functionArn": self.function.arn,
                "condition": self.condition,
                "approximateInvokeCount": self.invocations,
            },
            "version": "1.0",
            "timestamp": iso_time(self.now_ms),
            "DDBStreamBatchInfo": {
                "shardId": self.shard,
                "startSequenceNumber": sequence_number(first.number),
                "endSequenceNumber": sequence_number(last.number),
                "approximateArrivalOfFirstRecord": iso_time(first.created_ms),
                "approximateArrivalOfLastRecord": iso_time(last.created_ms),
                "batchSize": len(self.entries),
                "streamArn": self.stream_arn,
            },
        }
        if self.outcome is not None:
            # Items that a function reports as failed are no error of the function (recorded on AWS).
            document["responseContext"] = {
                "statusCode": 200,
                "executedVersion": self.function.version,
                "functionError": "Unhandled" if self.outcome.error else None,
            }
        return document

    def whole_document(self) -> dict[str, Any]:
        """Return what S3 is sent: the same, and the event as a text."""
        event = {"Records": [entry.event for entry in self.entries]}
        return {**self.document(), "payload": json.dumps(event)}


class Destination(Protocol):
    """Where documents go."""

    def send(self, discarded: Discarded) -> None:
        """Deliver the document of a batch. Raises what hinders it."""
        ...


class CallableDestination:
    """A callable of this program, which is given the document."""

    def __init__(self, call: Callable[[dict[str, Any]], Any]) -> None:
        self.call = call

    def send(self, discarded: Discarded) -> None:
        """Call it."""
        self.call(discarded.document())


class FileDestination:
    """A file, which gets a line of JSON for each document."""

    def __init__(self, path: str) -> None:
        self.path = path

    def send(self, discarded: Discarded) -> None:
        """Write a line, and have the disk keep it."""
        with open(self.path, "a", encoding="utf-8") as file:  # noqa: PTH123 (a path of the user's, as it is)
            file.write(json.dumps(discarded.document()) + "\n")
            file.flush()
            os.fsync(file.fileno())


class TableDestination:
    """A table of the same database, whose partition key gets the id of the request."""

    def __init__(self, database: _core.Database, table: str) -> None:
        self.database = database
        self.table = table

    def send(self, discarded: Discarded) -> None:
        """Put an item: the document as JSON, and what one looks for as attributes."""
        described = self.database.call("DescribeTable", {"TableName": self.table})["Table"]
        document = discarded.document()
        batch = document["DDBStreamBatchInfo"]
        item: dict[str, Any] = {
            "document": {"S": json.dumps(document)},
            "condition": {"S": discarded.condition},
            "functionArn": {"S": discarded.function.arn},
            "timestamp": {"S": document["timestamp"]},
        }
        kinds = {each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]}
        roles = {"HASH": document["requestContext"]["requestId"], "RANGE": batch["startSequenceNumber"]}
        for key in described["KeySchema"]:
            item[key["AttributeName"]] = {kinds[key["AttributeName"]]: roles[key["KeyType"]]}
        self.database.call("PutItem", {"TableName": self.table, "Item": item})


class HttpDestination:
    """An address that takes the document as the body of a POST."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, discarded: Discarded) -> None:
        """Post it."""
        _sent(self.url, json.dumps(discarded.document()).encode(), {"Content-Type": "application/json"})


class QueueDestination:
    """A queue, at an endpoint that speaks the protocol of SQS."""

    def __init__(self, endpoint: str, region: str, account: str, name: str) -> None:
        self.endpoint, self.region = endpoint.rstrip("/"), region
        self.queue = f"{self.endpoint}/{account}/{name}"

    def send(self, discarded: Discarded) -> None:
        """Send a message (SendMessage)."""
        message = {"QueueUrl": self.queue, "MessageBody": json.dumps(discarded.document())}
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
        _sent(self.endpoint + "/", json.dumps(message).encode(), headers | _scope("sqs", self.region))


class TopicDestination:
    """A topic, at an endpoint that speaks the protocol of SNS."""

    def __init__(self, endpoint: str, region: str, arn: str) -> None:
        self.endpoint, self.region, self.arn = endpoint.rstrip("/"), region, arn

    def send(self, discarded: Discarded) -> None:
        """Publish a message (Publish)."""
        message = {
            "Action": "Publish",
            "Version": "2010-03-31",
            "TopicArn": self.arn,
            "Message": json.dumps(discarded.document()),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        _sent(self.endpoint + "/", parse.urlencode(message).encode(), headers | _scope("sns", self.region))


class BucketDestination:
    """A bucket, at an endpoint that speaks the protocol of S3 with the bucket in the path."""

    def __init__(self, endpoint: str, region: str, bucket: str) -> None:
        self.endpoint, self.region, self.bucket = endpoint.rstrip("/"), region, bucket

    def send(self, discarded: Discarded) -> None:
        """Put an object (PutObject), named as Lambda names it."""
        moment = datetime.fromtimestamp(discarded.now_ms / 1000, timezone.utc)
        day, second = moment.strftime("%Y/%m/%d"), moment.strftime("%Y-%m-%dT%H.%M.%S")
        key = f"aws/lambda/{discarded.mapping}/{discarded.shard}/{day}/{second}-{uuid.uuid4()}"
        body = json.dumps(discarded.whole_document()).encode()
        headers = {"Content-Type": "application/json"} | _scope("s3", self.region)
        _sent(f"{self.endpoint}/{self.bucket}/{key}", body, headers, method="PUT")


def destination_of(place: str, database: _core.Database) -> Destination:
    """Return the destination of an ARN or an address.

    An ARN of a table, `file://` with a path, `http://` and `https://` are taken as they are. The ARNs of SQS, SNS and
    S3 need an endpoint: `AWS_ENDPOINT_URL_SQS` and the like, as the SDKs read them. Raises `DestinationError`.
    """
    scheme, _, rest = place.partition("://")
    if scheme == "file" and rest:
        return FileDestination(parse.unquote(rest))
    if scheme in ("http", "https") and rest:
        return HttpDestination(place)
    parts = place.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":
        _, _, service, region, account, name = parts
        if service == "dynamodb" and name.startswith("table/") and "/" not in name[6:]:
            return TableDestination(database, place)
        if service in SERVICES:
            return _of_service(service, region, account, name, place)
    raise DestinationError(
        f"`{place}` is no destination: an ARN of a table, SQS, SNS or S3, or an http:// or file:// URL"
    )


def _of_service(service: str, region: str, account: str, name: str, arn: str) -> Destination:
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    endpoint = os.environ.get(variable)
    if not endpoint:
        raise DestinationError(f"there is no endpoint for `{arn}`: set {variable} to one that speaks its protocol")
    if not endpoint.startswith(("http://", "https://")):
        raise DestinationError(f"{variable} is no address of HTTP")
    if service == "sqs":
        return QueueDestination(endpoint, region, account, name)
    if service == "sns":
        return TopicDestination(endpoint, region, arn)
    return BucketDestination(endpoint, region or "us-east-1", name)


def _scope(service: str, region: str) -> dict[str, str]:
    """What emulators read the service and the region from; it is no signature."""
    credential = f"statordb/{datetime.now(timezone.utc):%Y%m%d}/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=none"}


def _sent(url: str, body: bytes, headers: dict[str, str], method: str = "POST") -> None:
    sent = request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 (checked to be HTTP)
    with request.urlopen(sent, timeout=HTTP_TIMEOUT_S) as answer:  # noqa: S310
        answer.read()
