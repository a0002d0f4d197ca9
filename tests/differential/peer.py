"""One connection to a server under comparison, and the answers that it gives."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import Any

from bench.servers import HEADERS

STREAMS = frozenset({"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"})
TIMEOUT_S = 60
FIXED = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())


@dataclass(frozen=True)
class Answer:
    """An answer in the form that both servers share: `kind` is the error without its prefix, or empty."""

    status: int
    kind: str = ""
    message: str = ""
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.status == 200

    def __str__(self) -> str:
        rest = json.dumps(self.members, sort_keys=True) if self.members else ""
        return f"{self.status} {self.kind} {self.message} {rest}".replace("  ", " ")


def target_of(operation: str) -> str:
    """The value of `X-Amz-Target`."""
    return ("DynamoDBStreams_20120810." if operation in STREAMS else "DynamoDB_20120810.") + operation


def answer_of(status: int, text: bytes) -> Answer:
    """Reads the body of a response."""
    try:
        members = json.loads(text) if text else {}
    except ValueError:
        return Answer(status, "NotJson", text[:200].decode("utf-8", "replace"))
    if status == 200:
        return Answer(status, members=members)
    kind = members.pop("__type", "").rpartition("#")[2]
    message = members.pop("message", None) or members.pop("Message", None) or ""
    return Answer(status, kind, message, {name: value for name, value in members.items() if name.lower() != "message"})


class Peer:
    """Sends requests one after the other over a connection that stays open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        # What `execution` has learned of the names that this server made up.
        self.known: dict[str, str] = {}

    def call(self, operation: str, body: dict[str, Any]) -> Answer:
        """The answer to one request."""
        payload = json.dumps(body).encode()
        head = (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{FIXED}X-Amz-Target: {target_of(operation)}\r\n"
            f"Content-Length: {len(payload)}\r\n\r\n"
        )
        try:
            return self._exchange(head.encode() + payload)
        except ConnectionError:
            self.close()
            return self._exchange(head.encode() + payload)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._reader = self._socket.makefile("rb")
        self._socket.sendall(request)
        line = self._reader.readline()
        if not line:
            raise ConnectionResetError("closed before an answer")
        status = int(line.split()[1])
        length, closes = self._read_headers()
        text = self._reader.read(length)
        if closes:
            self.close()
        return answer_of(status, text)

    def _read_headers(self) -> tuple[int, bool]:
        length, closes = 0, False
        while (line := self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"connection":
                closes = value.strip().lower() == b"close"
        return length, closes
