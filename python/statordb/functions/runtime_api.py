"""Lambda's Runtime API: a runtime asks for its next invocation, and tells what came of it. Each worker has its own."""

from __future__ import annotations

import string
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statordb.functions.worker import Worker

__all__ = ["ANSWER_BYTES_MAX", "api_of"]

RUNTIME = "/2018-06-01/runtime"
ANSWER_BYTES_MAX = 6 * 1024 * 1024 + 100
"""Lambda's limit of what a function returns: 6,291,556."""
CHUNK_LINE_BYTES_MAX = 256
READ_BYTES = 1 << 20
TOO_LARGE = (
    '{"errorMessage":"Exceeded maximum allowed payload size '
    f'({ANSWER_BYTES_MAX} bytes).","errorType":"RequestEntityTooLarge"}}'
).encode()


class TooLargeError(Exception):
    """The body is larger than a function may return; it was read to its end."""


class BrokenError(Exception):
    """The body is none of HTTP."""


def _number(text: str, base: int) -> int:
    digits = string.hexdigits if base == 16 else string.digits
    if not text or any(each not in digits for each in text):
        raise BrokenError
    return int(text, base)


class Api(BaseHTTPRequestHandler):
    """A connection of a worker's runtime."""

    worker: Worker
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _is_own(self) -> bool:
        """Whether it is the runtime that asks: a page of the web says where it is from, or calls this machine else."""
        host, port = self.connection.getsockname()
        is_own = self.headers.get("Host") == f"{host}:{port}"
        if is_own and "Origin" not in self.headers and "Sec-Fetch-Site" not in self.headers:
            return True
        self.close_connection = True
        self._reply(403, b"{}")
        return False

    def do_GET(self) -> None:
        if not self._is_own():
            return
        if self.path != f"{RUNTIME}/invocation/next":
            self._reply(404, b"{}")
            return
        invocation = self.worker.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        self._reply(200, invocation.body, headers)

    def do_POST(self) -> None:
        if not self._is_own():
            return
        kind = self.headers.get("Lambda-Runtime-Function-Error-Type")
        parts = self.path.removeprefix(RUNTIME).strip("/").split("/")
        is_answer = len(parts) == 3 and parts[0] == "invocation" and parts[2] in ("response", "error")
        try:
            body = self._body()
        except TooLargeError:
            if is_answer:
                self.worker.too_large(parts[1])
            self._reply(413, TOO_LARGE)
            return
        except BrokenError:
            self.close_connection = True
            self._reply(400, b'{"errorMessage":"the body is broken","errorType":"InvalidRequest"}')
            return
        if parts == ["init", "error"]:
            self.worker.failed_to_load(body, kind)
        elif is_answer:
            failed = parts[2] == "error"
            if not self.worker.answered(parts[1], body, (kind or "Unhandled") if failed else None):
                self._reply(400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')
                return
        else:
            self._reply(404, b"{}")
            return
        self._reply(202, b'{"status":"OK"}')

    def _body(self) -> bytes:
        """The body, with a length or in chunks, as runtimes send theirs. Raises `TooLargeError` and `BrokenError`."""
        if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
            return b"".join(self._within([_number(self.headers.get("Content-Length") or "0", 10)]))
        return b"".join(self._within(self._chunk_sizes()))

    def _chunk_sizes(self) -> Iterator[int]:
        """The sizes of the chunks; what lies between them, and behind the last, is read when the next is asked for."""
        while size := _number(self._line().partition(b";")[0].decode("ascii", "replace"), 16):
            yield size
            if self._line():
                raise BrokenError
        while self._line():
            pass

    def _line(self) -> bytes:
        line = self.rfile.readline(CHUNK_LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            raise BrokenError
        return line.strip()

    def _within(self, sizes: Iterable[int]) -> list[bytes]:
        """Read parts of these sizes. What is too much is read too, since the runtime is to see why, but not kept."""
        parts: list[bytes] = []
        room = ANSWER_BYTES_MAX
        for size in sizes:
            room -= size
            if room < 0:
                parts.clear()
            left = size
            while left:
                part = self.rfile.read(min(left, READ_BYTES))
                if not part:
                    raise BrokenError
                left -= len(part)
                if room >= 0:
                    parts.append(part)
        if room < 0:
            raise TooLargeError
        return parts

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        pass


class Listener(ThreadingHTTPServer):
    """The listener of a worker, whose connection breaks whenever the worker is ended."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that broke: who waits for the worker is told by its end."""


def api_of(worker: Worker) -> ThreadingHTTPServer:
    """Listen for the runtime of a worker, on a free port of this machine alone."""
    return Listener(("127.0.0.1", 0), type("WorkerApi", (Api,), {"worker": worker}))
