"""A server in a process of its own, started on a free port and ended by its own process id."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

READY_S = 30
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
COMMAND = (sys.executable, "-m", "statordb", "serve", "--port", "0")


class Server:
    """Runs `command` until the block ends; `endpoint` is the address that it printed."""

    def __init__(self, *options: str, command: tuple[str, ...] = COMMAND) -> None:
        self._command = [*command, *options]
        self.endpoint = ""
        self.printed: list[str] = []

    def __enter__(self) -> Server:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for _ in self._until(time.monotonic() + READY_S):
            if self.endpoint:
                return self
        self.__exit__(None, None, None)
        raise RuntimeError("the server did not say where it listens:\n" + "".join(self.printed))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)

    @property
    def process_id(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.printed.append(line)
            found = ADDRESS.search(line)
            if found and not self.endpoint:
                self.endpoint = found[0]

    def _until(self, deadline: float) -> Iterator[None]:
        while time.monotonic() < deadline and self._process.poll() is None:
            yield
            time.sleep(0.01)
        yield
