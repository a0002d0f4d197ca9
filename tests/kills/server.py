"""A server on disk that can be killed, and connections to it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"
    ),
    "X-Amz-Date": "20261123T000000Z",
}
TIMEOUT_S = 30


class Gone(Exception):
    """The server was killed before it answered: what was asked may have been done, or not."""


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.code = answer.get("__type", "").rpartition("#")[2]


class Connection:
    """One connection; it is opened again when it broke."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)

    def call(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        """Carries out an operation. Raises `Gone` when there is no answer, `Refused` when it is an error."""
        service = "DynamoDBStreams" if operation in STREAMS else "DynamoDB"
        headers = {**HEADERS, "X-Amz-Target": f"{service}_20120810.{operation}"}
        try:
            self._http.request("POST", "/", json.dumps(members), headers)
            response = self._http.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._http.close()
            raise Gone(str(error)) from error
        if response.status != 200:
            raise Refused(response.status, answer)
        return answer


STREAMS = ("ListStreams", "DescribeStream", "GetShardIterator", "GetRecords")


class Server:
    """`statordb serve --path`, from its start to its sudden end."""

    def __init__(self, path: Path, *options: str) -> None:
        command = [sys.executable, "-m", "statordb", "serve", "--port", "0", "--path", str(path), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = 0

    def wait(self) -> Server:
        """Waits until it serves; raises what it says if it does not."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if found is None:
            raise RuntimeError(f"the server did not start: {line}{self._process.stderr.read()}")
        self.port = int(found[1])
        return self

    def connect(self) -> Connection:
        return Connection(self.port)

    def kill(self) -> None:
        """Ends it as a power cut of the process: nothing of it runs any more."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def stop(self) -> int:
        """Ends it as Ctrl-C does, and returns its status."""
        self._process.terminate()
        return self._process.wait(timeout=TIMEOUT_S)

    def rss_bytes(self) -> int:
        """What it holds in memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))
