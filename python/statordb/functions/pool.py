"""The workers of one version of a function: as many as there are invocations at a time, used again and again."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import secrets
import shutil
import sys
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statordb.functions.worker import Invocation, Worker, WorkerEnded
from statordb.streams.failure import iso_time
from statordb.streams.function import Outcome, function_arn

if TYPE_CHECKING:
    from statordb.functions.function import FunctionConfiguration
    from statordb.functions.registry import Registry

__all__ = ["Invoked", "Pool", "Throttled", "WorkerFunction"]

WORKERS_MAX = 50
"""Invocations of a version at a time; Lambda's quota is 1,000 for all functions of an account."""
LOG_TAIL_BYTES = 4096
"""Of the end of what an invocation has written; no more lines than that are kept."""
HERE = Path(__file__).parent


class Throttled(Exception):
    """As many workers as there may be are busy."""


@dataclass(frozen=True)
class Invoked:
    """What came of an invocation."""

    request_id: str
    payload: bytes
    function_error: str | None
    log_tail: str
    version: str


class Pool:
    """The workers of one version of a function."""

    def __init__(self, registry: Registry, configuration: FunctionConfiguration) -> None:
        self.registry = registry
        self.configuration = configuration
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self.is_over = False
        """Whether there will be no more workers."""
        self._changed_ns = 0
        self._log_stream = f"{time.strftime('%Y/%m/%d')}/[{configuration.version}]{secrets.token_hex(16)}"

    # ------------------------------------------------------------------------------------------------ invocations

    def invoke(
        self, body: bytes, *, client_context: str | None = None, request_id: str | None = None, feeder: int = 0
    ) -> Invoked:
        """Run the function, and come back when it has ended, or was ended. Raises `Throttled`.

        `feeder` stands for the mapping that runs it, if one does; requests of the function say so.
        """
        configuration = self.configuration
        request_id = request_id or str(uuid.uuid4())
        lines: deque[str] = deque(maxlen=LOG_TAIL_BYTES)
        failed: str | None = "Unhandled"
        began = time.monotonic()
        worker, init_ms, failure = self._worker(lines)
        self._log(lines, f"START RequestId: {request_id} Version: {configuration.version}")
        if worker is None:
            payload = json.dumps(failure).encode()
        else:
            # Loading is none of the function's time, but for what takes longer than Lambda allows.
            began = time.monotonic()
            trace_id = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0"
            if feeder:
                trace_id += f";Lineage=1:{feeder:08x}:0"
            invocation = Invocation(
                request_id,
                body,
                configuration.arn(self.registry.region),
                deadline_ms=int((time.time() + configuration.timeout_s) * 1000),
                client_context=client_context,
                trace_id=trace_id,
            )
            payload, failed = self._run(worker, lines, invocation)
        took_ms = (time.monotonic() - began) * 1000
        self._log(lines, f"END RequestId: {request_id}")
        self._log(lines, self._report(request_id, took_ms, init_ms, worker.memory_mb() if worker else 0))
        if worker is not None:
            self._give_back(worker)
        tail = "\n".join(lines).encode()[-LOG_TAIL_BYTES:]
        return Invoked(request_id, payload, failed, base64.b64encode(tail).decode(), configuration.version)

    def _run(self, worker: Worker, lines: deque[str], invocation: Invocation) -> tuple[bytes, str | None]:
        """Have a worker carry out an invocation; the payload, and whether it is that of an error."""
        worker.write = partial(self._log, lines)
        request_id, timeout_s = invocation.request_id, self.configuration.timeout_s
        is_done = worker.invoke(invocation, timeout_s)
        if not is_done:
            what = f"Task timed out after {timeout_s:.2f} seconds"
            message = f"RequestId: {request_id} Error: {what}"
            self._log(lines, f"{iso_time(int(time.time() * 1000))} {request_id} {what}")
            return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}).encode(), "Unhandled"
        if invocation.answer is None:
            message = f"RequestId: {request_id} Error: Runtime exited with error: {worker.exit_text()}"
            self._log(lines, message)
            return json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode(), "Unhandled"
        return invocation.answer, "Unhandled" if invocation.error_type else None

    def _report(self, request_id: str, took_ms: float, init_ms: float | None, memory_mb: int) -> str:
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {took_ms:.2f} ms",
            f"Billed Duration: {math.ceil(took_ms)} ms",
            f"Memory Size: {self.configuration.memory_mb} MB",
            f"Max Memory Used: {memory_mb} MB",
        ]
        if init_ms is not None:
            parts.append(f"Init Duration: {init_ms:.2f} ms")
        return "\t".join(parts) + "\t"

    def _log(self, lines: deque[str], text: str) -> None:
        lines.append(text)
        self.registry.logs.add(self.configuration.name, text, int(time.time() * 1000))

    # ------------------------------------------------------------------------------------------------ workers

    def _worker(self, lines: deque[str]) -> tuple[Worker | None, float | None, dict[str, Any]]:
        """An idle worker, or a new one with the time that it took to load; or why there is none."""
        self._look_at_folder()
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    self._busy.add(worker)
                    return worker, None, {}
                worker.end()
            if len(self._busy) >= WORKERS_MAX or self.is_over:
                raise Throttled
        try:
            folder = self.registry.folder(self.configuration)
            worker = Worker(self._command(), folder, self._environment(), partial(self._log, lines))
        except WorkerEnded as error:
            return None, None, {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": str(error)}
        with self._lock:
            self._busy.add(worker)
        if worker.start() and worker.is_alive:
            return worker, worker.init_ms, {}
        failure = worker.init_error or {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"Error: Runtime exited with error: {worker.exit_text()}",
        }
        with self._lock:
            self._busy.discard(worker)
        worker.end()
        return None, worker.init_ms, failure

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            is_kept = worker.is_alive and not self.is_over
            if is_kept:
                self._idle.append(worker)
        if not is_kept:
            worker.end()

    def _look_at_folder(self) -> None:
        """End idle workers whose code has changed, where it is run from its folder."""
        if self.configuration.folder is None:
            return
        changed_ns = _changed_ns(Path(self.configuration.folder))
        with self._lock:
            if changed_ns == self._changed_ns:
                return
            self._changed_ns, idle, self._idle = changed_ns, self._idle, []
        for worker in idle:
            worker.end()

    def end(self) -> None:
        """End the workers that are idle, and the others when they have answered."""
        with self._lock:
            self.is_over = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def kill(self) -> None:
        """End all workers now."""
        self.end()
        with self._lock:
            busy = list(self._busy)
        for worker in busy:
            worker.end()

    def _command(self) -> list[str]:
        runtime = self.configuration.runtime
        if runtime.startswith("python"):
            return [sys.executable, "-u", str(HERE / "bootstrap.py")]
        if runtime.startswith("nodejs"):
            node = shutil.which("node")
            if node is None:
                raise WorkerEnded(f"there is no `node` for the runtime {runtime}: install Node.js")
            return [node, str(HERE / "bootstrap.mjs")]
        return [str(self.registry.folder(self.configuration) / "bootstrap")]

    def _environment(self) -> dict[str, str]:
        """What Lambda gives a function, where this server is, and its own variables."""
        configuration, registry = self.configuration, self.registry
        root = str(registry.folder(configuration))
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        return {
            **inherited,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": registry.endpoint,
            "AWS_REGION": registry.region,
            "AWS_DEFAULT_REGION": registry.region,
            "AWS_ACCESS_KEY_ID": "ASIA" + secrets.token_hex(8).upper(),
            "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
            "AWS_SESSION_TOKEN": secrets.token_urlsafe(30),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.runtime}",
            **configuration.environment,
            "_HANDLER": configuration.handler,
            "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
            "AWS_LAMBDA_FUNCTION_VERSION": configuration.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{configuration.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self._log_stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": root,
            "LAMBDA_RUNTIME_DIR": str(HERE),
        }


def _changed_ns(folder: Path) -> int:
    """When a file of a folder was changed last; those that go while this looks, and links to nothing, do not count."""
    newest = 0
    for path in folder.rglob("*"):
        if "__pycache__" not in path.parts:
            with contextlib.suppress(OSError):
                newest = max(newest, path.stat().st_mtime_ns)
    return newest


class WorkerFunction:
    """A function of the registry, as a mapping invokes it."""

    def __init__(self, registry: Registry, name: str, qualifier: str | None) -> None:
        self.registry = registry
        self.name = name
        self.qualifier = qualifier

    @property
    def arn(self) -> str:
        """The ARN, with the version or the alias that was asked for."""
        return function_arn(self.registry.region, self.name, self.qualifier)

    @property
    def version(self) -> str:
        """The version that is invoked."""
        return self._configuration().version

    def _configuration(self) -> FunctionConfiguration:
        from statordb.functions.function import Name

        return self.registry.find(Name(self.name, self.qualifier, "Invoke"), "Invoke")

    def invoke(self, event: dict[str, Any], feeder: int) -> Outcome:
        """Invoke it in a worker."""
        request_id = str(uuid.uuid4())
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            invoked = self.registry.pool(self._configuration()).invoke(body, request_id=request_id, feeder=feeder)
        except Throttled:
            return Outcome(request_id, error="the function is throttled", was_called=False)
        except Exception as error:
            # Such as a function that was deleted, and may be made again: it is no attempt of the function's.
            return Outcome(request_id, error=f"{type(error).__name__}: {error}", was_called=False)
        try:
            value = json.loads(invoked.payload) if invoked.payload else None
        except ValueError:
            return Outcome(request_id, error="the function has answered no JSON")
        if invoked.function_error is None:
            return Outcome(request_id, value)
        described = value if isinstance(value, dict) else {}
        return Outcome(request_id, error=f"{described.get('errorType')}: {described.get('errorMessage')}")
