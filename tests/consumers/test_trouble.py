"""What once went wrong: stops in the middle, threads that end, shards that become too old, aliases, state that is changed."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

import statordb
from statordb.streams.lane import Lane
from statordb.streams.records import Entry

from .conftest import Noted, eventually
from .test_delivery import put
from .test_functions import Clients, clients, python, runtime  # noqa: F401 (a fixture)

if TYPE_CHECKING:
    from pathlib import Path


def test_a_function_that_fails_while_all_is_stopped_has_not_failed(
    db: statordb.Database, orders: statordb.Table
) -> None:
    begun, go = threading.Event(), threading.Event()
    documents: list[Any] = []

    def answer(event: dict[str, Any]) -> None:
        begun.set()
        go.wait(10)
        raise RuntimeError("the server is gone")

    noted = Noted(answer)
    mapping = db.event_source_mapping(noted, "orders", maximum_retry_attempts=0, on_failure=documents.append)
    put(orders, "a")
    assert begun.wait(10)
    stopping = threading.Thread(target=mapping.stop)
    stopping.start()
    eventually(lambda: mapping.is_stopping)
    go.set()
    stopping.join()
    assert documents == []
    noted.answer = lambda event: None
    mapping.start()
    eventually(lambda: noted.flat() == ["a", "a"])


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt, GeneratorExit])
def test_whatever_a_handler_raises_is_a_failure_of_its_own(
    db: statordb.Database, orders: statordb.Table, error: type[BaseException]
) -> None:
    def answer(event: dict[str, Any]) -> None:
        if len(noted.events) == 1:
            raise error

    noted = Noted(answer)
    mapping = db.event_source_mapping(noted, "orders", parallelization_factor=2)
    put(orders, "a")
    eventually(lambda: mapping.status()["delivered"] == 1)
    assert noted.flat() == ["a", "a"]


def test_a_shard_that_becomes_too_old_while_it_is_read_does_not_hold_up_its_children(
    db: statordb.Database, orders: statordb.Table
) -> None:
    def answer(event: dict[str, Any]) -> None:
        if "1" in [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]:
            raise RuntimeError("never")

    noted = Noted(answer)
    db.event_source_mapping(noted, "orders")
    put(orders, "1")
    eventually(lambda: noted.events)
    db.clock.advance(hours=5)
    put(orders, "2")
    db.clock.advance(hours=25)
    put(orders, "3")
    eventually(lambda: noted.flat()[-1:] == ["3"])


def test_a_mapping_that_was_deleted_while_its_function_ran_is_gone(
    db: statordb.Database, orders: statordb.Table
) -> None:
    begun, go = threading.Event(), threading.Event()
    noted = Noted(lambda event: begun.set() or (go.wait(10) and None))
    mapping = db.event_source_mapping(noted, "orders")
    put(orders, "a")
    assert begun.wait(10)
    threads = [
        threading.Thread(target=mapping.change, args=(mapping.settings,)),
        threading.Thread(target=mapping.delete),
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    go.set()
    for thread in threads:
        thread.join()
    put(orders, "b")
    time.sleep(0.1)
    assert noted.flat() == ["a"]
    assert db._core.documents("mapping/") == []
    assert db.consumers() == []
    mapping.start()
    assert mapping.is_stopping


def test_a_function_may_stop_its_own_mapping(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted(lambda event: mapping.stop())
    mapping = db.event_source_mapping(noted, "orders", enabled=False, parallelization_factor=2)
    mapping.start()
    began = time.monotonic()
    put(orders, "a")
    eventually(lambda: mapping.state == "Disabled")
    assert time.monotonic() - began < 5


def test_state_that_a_failing_function_has_changed_is_not_passed_on(
    db: statordb.Database, orders: statordb.Table
) -> None:
    states = []

    def count(event: dict[str, Any], context: Any) -> dict[str, Any]:
        states.append(json.loads(json.dumps(event["state"])))
        event["state"]["n"] = event["state"].get("n", 0) + len(event["Records"])
        if len(states) < 3:
            raise RuntimeError("again")
        return {"state": event["state"]}

    mapping = db.event_source_mapping(count, "orders", tumbling_window_in_seconds=900)
    put(orders, "a")
    eventually(lambda: mapping.status()["delivered"] == 1)
    assert states[:3] == [{}, {}, {}]


def test_a_record_is_unfinished_from_the_queue_into_the_hand() -> None:
    """Whoever asks between two steps of a lane must not be told that a record in hand is finished."""
    entries = [Entry(number, 1, 0, 0, {}) for number in (5, 6)]
    lane = Lane.__new__(Lane)

    class Queue(list):
        def __getitem__(self, place: Any) -> Any:
            found = list.__getitem__(self, place)
            if lane.first == 0:
                # The lane takes the record while it is being looked at.
                lane.first = found.number
                list.pop(self, 0)
            return found

    lane.queue, lane.first = Queue(entries), 0  # type: ignore[assignment]
    assert lane.unfinished() == 5


def test_a_mapping_of_an_alias_stays_one_after_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "app.stator")
    with statordb.connect(path) as db, db.serve(functions=True) as server:
        made = Clients(server.url)
        stream = made.table("orders")
        made.create("def handler(event, context):\n    return None")
        made.functions.publish_version(FunctionName="f")
        made.functions.create_alias(FunctionName="f", Name="prod", FunctionVersion="1")
        members = {"EventSourceArn": stream, "StartingPosition": "LATEST"}
        made.functions.create_event_source_mapping(FunctionName="f:prod", **members)
        made.functions.create_event_source_mapping(FunctionName="f", **members)
    with statordb.connect(path) as db, db.serve(functions=True) as server:
        listed = Clients(server.url).functions.list_event_source_mappings()["EventSourceMappings"]
        assert sorted(each["FunctionArn"].partition(":function:")[2] for each in listed) == ["f", "f:prod"]


def test_a_function_that_is_deleted_and_made_again_goes_on(clients: Clients) -> None:  # noqa: F811
    source = "import boto3\ndef handler(event, context):\n    boto3.client('dynamodb').put_item(TableName='seen', Item={'id': {'S': 'x'}})"
    stream = clients.table("orders")
    clients.table("seen")
    clients.create(source, Timeout=20)
    clients.functions.create_event_source_mapping(FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST")
    clients.functions.delete_function(FunctionName="f")
    clients.db.put_item(TableName="orders", Item={"id": {"S": "1"}})
    time.sleep(0.2)
    clients.create(source, Timeout=20)
    eventually(lambda: clients.db.scan(TableName="seen")["Count"] == 1)


def test_a_worker_that_ends_between_two_invocations_keeps_nobody_waiting(clients: Clients) -> None:  # noqa: F811
    source = """
import os, threading
def handler(event, context):
    threading.Timer(0.05, os._exit, (0,)).start()
    return 1
"""
    clients.create(source, Timeout=30)
    began = time.monotonic()
    for _ in range(4):
        clients.call()
        time.sleep(0.049)
    assert time.monotonic() - began < 10


def test_an_exit_tells_its_status(clients: Clients) -> None:  # noqa: F811
    clients.create("import sys\ndef handler(event, context):\n    sys.exit(3)", Timeout=10)
    told, error, _ = clients.call()
    assert (told["errorType"], error) == ("Runtime.ExitError", "Unhandled")
    assert "exit status 3" in told["errorMessage"]


ANSWER_BYTES_MAX = 6 * 1024 * 1024 + 100


@pytest.mark.parametrize("more", [0, 1])
def test_an_answer_may_have_as_many_bytes_as_with_lambda(clients: Clients, more: int) -> None:  # noqa: F811
    clients.create("def handler(event, context):\n    return 'x' * event", Timeout=20)
    told, error, _ = clients.call(ANSWER_BYTES_MAX - 2 + more)
    if more:
        assert (told["errorType"], error) == ("Function.ResponseSizeTooLarge", "Unhandled")
        assert f"({ANSWER_BYTES_MAX} bytes)" in told["errorMessage"]
    else:
        assert (len(told), error) == (ANSWER_BYTES_MAX - 2, None)


CHUNKED = """#!/usr/bin/env python3
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def asked(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/invocation/" + path, body, encode_chunked=body is not None,
                headers={"Transfer-Encoding": "chunked"} if body is not None else {})
    answer = api.getresponse()
    return answer.status, answer.headers["Lambda-Runtime-Aws-Request-Id"], answer.read()
status = 0
while True:
    _, request, body = asked("GET", "next")
    count = int(body)
    chunks = [b'"'] + [b"x" * 100_000] * count + [b'"'] if count else [str(status).encode()]
    status, _, _ = asked("POST", request + "/response", iter(chunks))
"""


@pytest.mark.skipif(os.name == "nt", reason="a script that runs by itself")
def test_an_answer_in_chunks_is_taken_whole_or_not_at_all(clients: Clients) -> None:  # noqa: F811
    clients.create("", **runtime(CHUNKED), Timeout=20)
    told, error, _ = clients.call(60)
    assert (len(told), error) == (6_000_000, None)
    told, error, _ = clients.call(70)
    assert (told["errorType"], error) == ("Function.ResponseSizeTooLarge", "Unhandled")
    assert clients.call(0)[0] == 413, "the runtime is told, on the same connection"


def test_however_much_a_function_writes_its_last_lines_are_told(clients: Clients) -> None:  # noqa: F811
    source = "def handler(event, context):\n    for number in range(20_000):\n        print(number)\n    print('x' * 100_000)"
    clients.create(source, Timeout=30)
    _, error, log = clients.call()
    assert (error, len(log)) == (None, 4096)
    assert log.splitlines()[-1].startswith("REPORT ")
    assert log.splitlines()[-3].strip("x") == ""


def test_code_that_nothing_uses_any_more_is_not_kept() -> None:
    with statordb.connect() as db, db.serve(functions=True) as server:
        made = Clients(server.url)

        def kept() -> int:
            return len(db._core.documents("code/"))

        made.create("def handler(event, context):\n    return 1")
        made.create("def handler(event, context):\n    return 1", "g")
        assert kept() == 1
        made.functions.update_function_code(FunctionName="f", **python("def handler(event, context):\n    return 2"))
        assert kept() == 2
        made.functions.publish_version(FunctionName="f")
        made.functions.update_function_code(FunctionName="f", **python("def handler(event, context):\n    return 3"))
        assert kept() == 3
        made.functions.update_function_code(FunctionName="f", **python("def handler(event, context):\n    return 4"))
        assert kept() == 3
        assert [made.call(name=name)[0] for name in ("f", "f:1", "g")] == [4, 2, 1]
        made.functions.delete_function(FunctionName="f")
        assert kept() == 1
        assert made.call(name="g")[0] == 1


def test_a_pace_that_there_is_not_or_is_of_nothing_is_refused() -> None:
    with statordb.connect() as db:
        with pytest.raises(ValueError, match="pace is one of push, aws, not 'slow'"):
            db.serve(functions=True, pace="slow")
        with pytest.raises(ValueError, match="pace is that of functions"):
            db.serve(pace="aws")


def test_a_server_without_functions_loads_nothing_of_them() -> None:
    script = """
import sys, statordb
statordb.connect().serve().stop()
print([name for name in sys.modules if name.startswith(("statordb.streams", "statordb.functions"))])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize("is_on", [True, False])
def test_garbage_is_collected_as_before_when_records_were_read(
    db: statordb.Database, orders: statordb.Table, is_on: bool
) -> None:
    with orders.batch_writer() as writer:
        for number in range(1_000):
            writer.put({"id": str(number)})
    if not is_on:
        gc.disable()
    try:
        during: list[bool] = []
        mapping = db.event_source_mapping(
            lambda *_: during.append(gc.isenabled()), "orders", name="f", batch_size=1_000
        )
        eventually(lambda: mapping.status()["delivered"] == 1_000)
        assert (set(during), gc.isenabled()) == ({is_on}, is_on)
    finally:
        gc.enable()


def test_one_server_of_a_database_runs_its_functions() -> None:
    with statordb.connect() as db:
        with db.serve(functions=True):
            with pytest.raises(ValueError, match="another server of this database runs its functions"):
                db.serve(functions=True)
            db.serve().stop()
        with db.serve(functions=True) as server:
            Clients(server.url).functions.list_functions()


def test_a_worker_answers_its_runtime_alone(clients: Clients) -> None:  # noqa: F811
    source = """
import os, urllib.request, urllib.error
def handler(event, context):
    url = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/init/error"
    told = []
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        try:
            urllib.request.urlopen(urllib.request.Request(url, data=b"{}", headers=headers))
        except urllib.error.HTTPError as error:
            told.append(error.code)
    return told
"""
    clients.create(source, Timeout=20)
    assert clients.call()[0] == [403, 403, 403]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that asks a process to end")
def test_ctrl_c_says_that_functions_are_waited_for() -> None:
    command = [sys.executable, "-m", "statordb", "serve", "--port", "0", "--functions"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        made = Clients(server.stdout.readline().split()[-1])
        made.create("import time\ndef handler(event, context):\n    print('begun')\n    time.sleep(60)", Timeout=90)
        members = {"EventSourceArn": made.table("orders"), "FunctionName": "f", "StartingPosition": "TRIM_HORIZON"}
        made.functions.create_event_source_mapping(**members)
        made.db.put_item(TableName="orders", Item={"id": {"S": "1"}})
        logs = f"{made.url}/statordb/logs"
        eventually(lambda: b"begun" in urllib.request.urlopen(logs, timeout=10).read())
        server.send_signal(signal.SIGINT)
        assert server.stderr.readline() == "finishing open requests; Ctrl-C again to stop now\n"
        server.send_signal(signal.SIGINT)
        assert server.wait(5) == 128 + signal.SIGINT


def test_a_closed_database_leaves_no_worker_behind() -> None:
    db = statordb.connect()
    made = Clients(db.serve(functions=True).url)
    made.create("import os\ndef handler(event, context):\n    return os.getpid()", Timeout=20)
    process = made.call()[0]
    db.close()

    def is_gone() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        return False

    eventually(is_gone)


def test_a_link_to_nothing_beside_the_code_harms_nobody(clients: Clients, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1")
    (tmp_path / ".#app.py").symlink_to("nowhere")
    clients.create("", Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)}, Timeout=20)
    assert clients.call()[0] == 1
