"""The runtime of Python functions: asks for invocations, calls the handler, and tells what came of it.

It runs in a process of its own, by Lambda's Runtime API, and needs nothing but the standard library.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import socket
import sys
import threading
import time
import traceback
from types import SimpleNamespace
from typing import Any

RUNTIME = "/2018-06-01/runtime"


def namespace(members: dict[str, Any]) -> SimpleNamespace:
    """Return an object whose attributes are the members."""
    return SimpleNamespace(**members)


class Context:
    """The context object of an invocation."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        client = headers.get("lambda-runtime-client-context")
        self.client_context = json.loads(client, object_hook=namespace) if client else None
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left; never less than 0."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


class Runtime:
    """A connection to the Runtime API."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def next(self) -> tuple[dict[str, str], bytes]:
        """Wait for an invocation."""
        self._connection.request("GET", f"{RUNTIME}/invocation/next")
        answer = self._connection.getresponse()
        body = answer.read()
        return {name.lower(): value for name, value in answer.getheaders()}, body

    def post(self, path: str, body: bytes, kind: str | None = None) -> None:
        """Tell what came of one."""
        headers = {"Content-Type": "application/json"}
        if kind is not None:
            headers["Lambda-Runtime-Function-Error-Type"] = kind
        self._connection.request("POST", RUNTIME + path, body, headers)
        self._connection.getresponse().read()


def failure(error: BaseException, request_id: str | None, *, skip: int) -> dict[str, Any]:
    """Describe an exception as Lambda does; the first `skip` frames are ours."""
    frames = traceback.extract_tb(error.__traceback__)[skip:]
    described: dict[str, Any] = {"errorMessage": str(error), "errorType": type(error).__name__}
    if request_id is not None:
        described["requestId"] = request_id
    described["stackTrace"] = traceback.format_list(frames)
    return described


def tell(described: dict[str, Any]) -> None:
    """Write an error to the log, in Lambda's form."""
    sys.stdout.write(f"[ERROR] {described['errorType']}: {described['errorMessage']}\n")
    if described["stackTrace"]:
        sys.stdout.write("Traceback (most recent call last):\n" + "".join(described["stackTrace"]))
    sys.stdout.flush()


def loaded(name: str) -> Any:
    """Import the handler `file.function`; the file may lie in folders."""
    module, dot, function = name.rpartition(".")
    if not dot:
        raise ImportError(f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    return getattr(importlib.import_module(module.replace("/", ".")), function)


def handled(runtime: Runtime, handler: Any, headers: dict[str, str], body: bytes) -> None:
    """Carry out one invocation."""
    request_id = headers["lambda-runtime-aws-request-id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
    try:
        value = handler(json.loads(body), Context(headers))
    except Exception as error:
        described = failure(error, request_id, skip=1)
        tell(described)
        runtime.post(f"/invocation/{request_id}/error", json.dumps(described).encode(), described["errorType"])
        return
    try:
        answer = json.dumps(value).encode()
    except (TypeError, ValueError) as error:
        described = {
            "errorMessage": f"Unable to marshal response: {error}",
            "errorType": "Runtime.MarshalError",
            "requestId": request_id,
            "stackTrace": [],
        }
        tell(described)
        runtime.post(f"/invocation/{request_id}/error", json.dumps(described).encode(), described["errorType"])
        return
    sys.stdout.flush()
    sys.stderr.flush()
    runtime.post(f"/invocation/{request_id}/response", answer)


def end_with_the_server() -> None:
    """End this process when nobody holds the other end of its input any more."""
    # Without Python's own buffer, whose lock would be held when the interpreter ends.
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> None:
    """Run until the process is ended."""
    threading.Thread(target=end_with_the_server, daemon=True).start()
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    name = os.environ["_HANDLER"]
    try:
        handler = loaded(name)
    except BaseException as error:
        described = failure(error, None, skip=0)
        if isinstance(error, ImportError):
            described["errorType"] = "Runtime.ImportModuleError"
            described["errorMessage"] = f"Unable to import module '{name.rpartition('.')[0]}': {error}"
        elif isinstance(error, AttributeError):
            described["errorType"] = "Runtime.HandlerNotFound"
            module, _, function = name.rpartition(".")
            described["errorMessage"] = f"Handler '{function}' missing on module '{module}'"
        tell(described)
        runtime.post("/init/error", json.dumps(described).encode(), described["errorType"])
        sys.exit(1)
    while True:
        handled(runtime, handler, *runtime.next())


if __name__ == "__main__":
    main()
