"""Lambda's Runtime API: a runtime asks for its next invocation, and tells what came of it. Each worker has its own."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statordb.functions.worker import Worker

__all__ = ["api_of"]

RUNTIME = "/2018-06-01/runtime"
BODY_BYTES_MAX = 6 * 1024 * 1024 + 100 * 1024
TOO_LARGE = (
    b'{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}'
)


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
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self._refuse(length)
            return
        body = self.rfile.read(length) if length else self._chunks()
        kind = self.headers.get("Lambda-Runtime-Function-Error-Type")
        parts = self.path.removeprefix(RUNTIME).strip("/").split("/")
        if parts == ["init", "error"]:
            self.worker.failed_to_load(body, kind)
        elif len(parts) == 3 and parts[0] == "invocation" and parts[2] in ("response", "error"):
            failed = parts[2] == "error"
            if not self.worker.answered(parts[1], body, (kind or "Unhandled") if failed else None):
                self._reply(400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')
                return
        else:
            self._reply(404, b"{}")
            return
        self._reply(202, b'{"status":"OK"}')

    def _refuse(self, length: int) -> None:
        """Answer a body that is too large, and is read without being kept, so that the runtime gets to see that."""
        while length > 0 and (part := self.rfile.read(min(length, 1 << 20))):
            length -= len(part)
        parts = self.path.removeprefix(RUNTIME).strip("/").split("/")
        if len(parts) == 3:
            self.worker.too_large(parts[1])
        self._reply(413, TOO_LARGE)

    def _chunks(self) -> bytes:
        """A body that is sent in chunks, as some runtimes send theirs."""
        if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
            return b""
        parts, total = [], 0
        while size := int(self.rfile.readline(32).split(b";")[0] or b"0", 16):
            total += size
            if total > BODY_BYTES_MAX:
                self.close_connection = True
                break
            parts.append(self.rfile.read(size))
            self.rfile.readline(4)
        self.rfile.readline(4)
        return b"".join(parts)

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
