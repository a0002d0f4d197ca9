"""A worker: a process that runs a function, one invocation at a time, and the Runtime API that it asks.

The API is Lambda's, on a port of the worker's own, so any runtime that knows it can be a worker. A process that takes
too long, or ends, is replaced by the next one; no shell is between.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from statordb.functions.runtime_api import ANSWER_BYTES_MAX, api_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Invocation", "Worker", "WorkerEnded"]

INIT_S_MAX = 10
"""Lambda's limit for a function to be loaded; after it loading counts as part of the first invocation."""
DRAIN_S = 0.05
LINE_BYTES_MAX = 32 * 1024
"""A longer line is cut into several."""


class WorkerEnded(Exception):
    """The process has ended, or could not be started; the message says how."""


@dataclass
class Invocation:
    """One invocation, from the request to its answer."""

    request_id: str
    body: bytes
    arn: str
    deadline_ms: int
    client_context: str | None = None
    trace_id: str = ""
    answer: bytes | None = None
    error_type: str | None = None
    """What the function says that its error is, if it failed."""
    done: threading.Event = field(default_factory=threading.Event)


class Worker:
    """A process, and what it writes."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], write: Callable[[str], None]
    ) -> None:
        self.write = write
        """What is done with a line that the process writes."""
        self._waiting: queue.Queue[Invocation | None] = queue.Queue()
        self._current: Invocation | None = None
        self._given: Invocation | None = None
        self._has_ended = False
        self.is_ready = threading.Event()
        self.init_error: dict[str, Any] | None = None
        self.init_ms = 0.0
        self._started = time.monotonic()
        self._api = api_of(self)
        address = f"127.0.0.1:{self._api.server_address[1]}"
        threading.Thread(target=self._api.serve_forever, name="statordb-runtime-api", daemon=True).start()
        try:
            self._process = subprocess.Popen(  # noqa: S603 (no shell; the command is the runtime's)
                list(command),
                cwd=folder,
                env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
                # It ends when the server does, however that ends: then nobody has the other end of the pipe.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._close_api()
            raise WorkerEnded(f"`{command[0]}` cannot be started: {error.strerror}") from error
        self._reader = threading.Thread(target=self._read_output, name="statordb-worker-output", daemon=True)
        self._busy = threading.Lock()

    def start(self) -> bool:
        """Wait until the function is loaded, as long as that may take; whether it is."""
        self._reader.start()
        threading.Thread(target=self._wait, name="statordb-worker", daemon=True).start()
        self.is_ready.wait(INIT_S_MAX)
        self.init_ms = (time.monotonic() - self._started) * 1000
        return self.init_error is None

    # ------------------------------------------------------------------------------------------------ use

    @property
    def is_alive(self) -> bool:
        """Whether the process can take an invocation."""
        return self._process.poll() is None and self.init_error is None

    def invoke(self, invocation: Invocation, timeout_s: float) -> bool:
        """Have the process carry out an invocation; whether it did so in time. Afterwards one that did not is ended."""
        self._given = invocation
        self._waiting.put(invocation)
        if self._has_ended:
            # It ended before it could take it, and whoever waits for its end may have looked before.
            invocation.done.set()
        is_done = invocation.done.wait(timeout_s)
        if not is_done:
            self.end()
        self._drain()
        return is_done

    def memory_mb(self) -> int:
        """The most memory that the process has had, where the system tells."""
        try:
            with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:  # noqa: PTH123
                for line in status:
                    if line.startswith("VmHWM:"):
                        return int(line.split()[1]) // 1024
        except (OSError, ValueError):
            pass
        return 0

    def exit_text(self) -> str:
        """How the process has ended."""
        code = self._process.poll()
        if code is None or code >= 0:
            return f"exit status {code or 0}"
        return f"signal: {signal.Signals(-code).name[3:].lower()}"

    def end(self) -> None:
        """End the process, and all that it has started."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        self._close_api()

    # ------------------------------------------------------------------------------------------------ threads

    def _wait(self) -> None:
        """Whoever waits for a process that has ended is told."""
        self._process.wait()
        self._reader.join(1)
        self.is_ready.set()
        self._has_ended = True
        self._waiting.put(None)
        if self._given is not None:
            self._given.done.set()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with self._busy, contextlib.suppress(OSError):
                    pipe.close()
        self._close_api()

    def _read_output(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 (it is a pipe)
        rest = b""
        # It is closed once the process has ended, whoever of its children still holds the other end.
        with contextlib.suppress(OSError, ValueError):
            while True:
                _wait_for(output)
                # From before the pipe is empty until its lines are written: `_drain` sees both.
                with self._busy:
                    part = os.read(output.fileno(), LINE_BYTES_MAX)
                    *lines, rest = (rest + part).split(b"\n")
                    if not part or len(rest) >= LINE_BYTES_MAX:
                        lines, rest = lines + [rest] * bool(rest), b""
                    for line in lines:
                        self.write(line.decode("utf-8", "replace").rstrip("\r"))
                if not part:
                    break

    def _drain(self) -> None:
        """Wait until what the function has written is read: it wrote before it answered."""
        if os.name != "posix":
            # Who reads holds the lock until there is something, and nobody tells whether there is.
            return
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline and _unread(self._process):
            time.sleep(0.0002)
        with self._busy:
            pass

    def _close_api(self) -> None:
        # From another thread: it waits for one that may be this one.
        threading.Thread(target=self._shut_api, daemon=True).start()

    def _shut_api(self) -> None:
        self._api.shutdown()
        self._api.server_close()

    # ------------------------------------------------------------------------------------------------ Runtime API

    def next_invocation(self) -> Invocation | None:
        """The next one, when there is one; None when the process is to end."""
        self.is_ready.set()
        current = self._current
        if current is not None:
            # A runtime that asks for more without an answer has given none.
            current.done.set()
        self._current = self._waiting.get()
        return self._current

    def answered(self, request_id: str, body: bytes, error_type: str | None) -> bool:
        """Take the answer of an invocation; whether it is the one under way."""
        current = self._current
        if current is None or current.request_id != request_id:
            return False
        self._current = None
        current.answer, current.error_type = body, error_type
        current.done.set()
        return True

    def too_large(self, request_id: str) -> None:
        """Take note of an answer that is larger than Lambda allows."""
        error = {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size exceeded maximum allowed payload size ({ANSWER_BYTES_MAX} bytes).",
        }
        self.answered(request_id, json.dumps(error).encode(), error["errorType"])

    def failed_to_load(self, body: bytes, error_type: str | None) -> None:
        """Take the reason for which the function cannot be loaded."""
        try:
            error = json.loads(body)
        except ValueError:
            error = {}
        self.init_error = error if isinstance(error, dict) else {}
        self.init_error.setdefault("errorType", error_type or "Runtime.Unknown")
        self.init_error.setdefault("errorMessage", "the runtime could not be started")
        self.is_ready.set()


def _wait_for(output: IO[bytes]) -> None:
    """Wait until there is something to be read, where the system tells."""
    if os.name == "posix":
        poll = select.poll()
        poll.register(output.fileno(), select.POLLIN)
        poll.poll()


def _unread(process: subprocess.Popen[bytes]) -> bool:
    """Whether the pipe of a process holds bytes that nobody has read."""
    if os.name != "posix" or process.stdout is None:
        return False
    import array
    import fcntl
    import termios

    count = array.array("i", [0])
    try:
        fcntl.ioctl(process.stdout.fileno(), termios.FIONREAD, count)
    except (OSError, ValueError):
        return False
    return count[0] > 0
