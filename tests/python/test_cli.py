"""The command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

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
        (["--path", "file.stator"], ":memory:"),
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
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 7


def test_an_interpreter_ends_while_a_server_runs() -> None:
    program = "import statordb; db = statordb.connect(); server = db.serve(); print(server.url)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
