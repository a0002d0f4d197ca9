"""The command line."""

from __future__ import annotations

import gc
import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

import statordb

COMMAND = [sys.executable, "-m", "statordb"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_version_and_help() -> None:
    assert run("--version").stdout == f"statordb, version {statordb.__version__}\n"
    assert "serve" in run("--help").stdout
    for option in ("--host", "--port", "--path", "--log-level", "--log-format", "--allow-public", "--allow-host"):
        assert option in run("serve", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--path", "/proc/no/such/folder"], "/proc/no/such/folder"),
        (["--durability", "os"], "`durability` is for a database on disk"),
        (["--host", "0.0.0.0", "--port", "0"], "--allow-public"),
        (["--host", "no.such.host.invalid", "--port", "0"], "no.such.host.invalid"),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(arguments, message) -> None:
    done = run("serve", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


class Serving:
    """`statordb serve` on a free port, until the block ends."""

    def __init__(self, *options: str) -> None:
        self.options = options

    def __enter__(self) -> Serving:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *self.options], stdout=pipe, stderr=pipe, text=True
        )
        self.first_lines = [self.process.stdout.readline() for _ in range(4)]
        self.url = self.first_lines[0].rsplit(" ", 1)[1].strip()
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def list_tables(url: str) -> tuple[int, dict[str, object]]:
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, b"{}", headers), timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def test_serve_prints_how_to_reach_it_and_serves() -> None:
    with Serving() as serving:
        printed = "".join(serving.first_lines)
        assert f'boto3.client("dynamodb", endpoint_url="{serving.url}"' in printed
        assert f"aws dynamodb list-tables --endpoint-url {serving.url}" in printed
        assert list_tables(serving.url) == (200, {"TableNames": []})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks a process to end")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_server_well(number) -> None:
    with Serving() as serving:
        serving.process.send_signal(number)
        assert serving.process.wait(10) == 0
        assert "Traceback" not in serving.process.stderr.read()


def test_json_logs_have_an_object_a_line() -> None:
    with Serving("--log-level", "info", "--log-format", "json") as serving:
        list_tables(serving.url)
        serving.process.send_signal(signal.SIGTERM)
        _, logged = serving.process.communicate(timeout=10)
    lines = [json.loads(line) for line in logged.splitlines()]
    assert any("ListTables" in json.dumps(line) for line in lines)


def test_a_port_in_use_is_one_clear_line() -> None:
    with Serving() as serving:
        done = run("serve", "--port", serving.url.rsplit(":", 1)[1])
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "cannot listen on `127.0.0.1:" in done.stderr
        assert "--port 0" in done.stderr
        assert "rrno" not in done.stderr
        assert "os error" not in done.stderr


def open_request(url: str) -> socket.socket:
    """Begins a request and does not end it."""
    connection = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=10)
    connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
    return connection


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks a process to end")
def test_the_first_ctrl_c_says_what_is_waited_for_and_the_second_ends_at_once() -> None:
    with Serving() as serving, open_request(serving.url):
        time.sleep(0.2)
        serving.process.send_signal(signal.SIGINT)
        assert serving.process.stderr.readline() == "finishing open requests; Ctrl-C again to stop now\n"
        assert serving.process.poll() is None
        serving.process.send_signal(signal.SIGINT)
        assert serving.process.wait(5) == 128 + signal.SIGINT


def test_refused_requests_are_logged_with_the_time_in_utc() -> None:
    with Serving("--log-level", "info") as serving:
        refused = urllib.request.Request(serving.url, b"{}", {"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(refused, timeout=10)
        list_tables(serving.url)
        serving.process.send_signal(signal.SIGTERM)
        _, logged = serving.process.communicate(timeout=10)
    time_of_day = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    first, second = logged.splitlines()
    assert re.fullmatch(rf"{time_of_day} - - - 403 \d+B 0us", first)
    assert re.fullmatch(rf"{time_of_day} [A-Z0-9]{{52}} ListTables - 200 \d+B \d+us", second)


def test_a_server_keeps_its_database() -> None:
    def served() -> statordb.Server:
        return statordb.connect().serve()

    with served() as server:
        gc.collect()
        assert not server.wait(0.3)
        assert list_tables(server.url) == (200, {"TableNames": []})


def test_a_wait_has_any_length_but_none_that_is_no_number() -> None:
    with statordb.connect() as db:
        server = db.serve()
        assert not server.wait(-1)
        with pytest.raises(ValueError, match="not a number"):
            server.wait(float("nan"))
        for timeout_s in (None, float("inf"), 1e30):
            with ThreadPoolExecutor() as pool:
                waiting = pool.submit(server.wait, timeout_s)
                assert wait([waiting], 0.3).not_done == {waiting}
                server.stop()
                assert waiting.result(10)
            server = db.serve()


# A program that a script starts in the background ignores Ctrl-C, and so do those that it starts.
ATTENTIVE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_ends_a_wait() -> None:
    program = "import statordb; s = statordb.connect().serve(); print('ready', flush=True); s.wait()"
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", ATTENTIVE + program], stdout=pipe, stderr=pipe, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert "KeyboardInterrupt" in errors


def test_a_server_of_a_database_starts_and_stops_at_once() -> None:
    with statordb.connect() as db:
        db.create_table("users", "id")
        with db.serve() as server:
            assert list_tables(server.url) == (200, {"TableNames": ["users"]})
            assert not server.wait(0)
        assert server.wait(0)
        server.stop()
        with pytest.raises(statordb.StatorError, match="allow_public"):
            db.serve("0.0.0.0")


def test_a_server_ends_with_its_database_not_with_its_handle() -> None:
    db = statordb.connect()
    url = db.serve().url
    assert list_tables(url) == (200, {"TableNames": []})
    db.close()
    with pytest.raises(urllib.error.URLError):
        list_tables(url)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_ends_a_long_read() -> None:
    program = """
import statordb, sys
table = statordb.connect().create_table("numbers", "n:N")
table.batch_write(puts=({"n": n} for n in range(1000)))
try:
    print("ready", flush=True)
    while True:
        table.scan(page_size=1).count()
except KeyboardInterrupt:
    sys.exit(7)
"""
    process = subprocess.Popen([sys.executable, "-c", ATTENTIVE + program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 7


def test_an_interpreter_ends_while_a_server_runs() -> None:
    program = "import statordb; db = statordb.connect(); server = db.serve(); print(server.url)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
