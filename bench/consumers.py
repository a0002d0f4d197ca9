"""Functions that run from streams: from a write to its function, and how many records a second go through one."""

from __future__ import annotations

import io
import socket
import statistics
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

import statordb
from statordb.functions.function import FunctionConfiguration
from statordb.functions.pool import WorkerFunction
from statordb.functions.registry import Registry, sha256_of
from statordb.streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 1_000
PATIENCE_S = 120
# Notes when it was called, by the one clock that processes share, and says so at once.
WORKER_SOURCE = """
import os, socket, time
told = socket.create_connection(("127.0.0.1", int(os.environ["TOLD_PORT"])))
told.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def handler(event, context):
    told.sendall(b"%020d" % time.time_ns())
"""


def write_to_function_us(writes: int) -> float:
    """The median time from a write until its function is called, in this process."""
    called, at = threading.Event(), [0]

    def note(_event: dict[str, Any], _context: Any) -> None:
        at[0] = time.perf_counter_ns()
        called.set()

    with statordb.connect() as db:
        orders = db.create_table("orders", "id", stream="NEW_AND_OLD_IMAGES")
        db.event_source_mapping(note, "orders")

        def one(number: int) -> float:
            called.clear()
            begun = time.perf_counter_ns()
            orders.put({"id": str(number), "text": "x" * 900})
            assert called.wait(PATIENCE_S)
            return (at[0] - begun) / 1000

        return median(one, writes)


def median(one: Callable[[int], float], count: int) -> float:
    """The median of `count` measurements, after some that are not counted."""
    for number in range(max(5, count // 10)):
        one(-number)
    return statistics.median(one(number) for number in range(1, count + 1))


def write_to_worker_us(writes: int) -> float:
    """The same to a function in a process of its own."""
    with statordb.connect() as db, socket.create_server(("127.0.0.1", 0)) as listener:
        orders = db.create_table("orders", "id", stream="NEW_AND_OLD_IMAGES")
        registry = Registry(db._core, "http://127.0.0.1:9")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", WORKER_SOURCE)
        environment = {"TOLD_PORT": str(listener.getsockname()[1])}
        packed = code.getvalue()
        function = FunctionConfiguration(
            "note", "python3.12", "app.handler", "role", sha256_of(packed), len(packed), environment=environment
        )
        try:
            registry.create(function, packed, "CreateFunction")
            worker = WorkerFunction(registry, "note", None)
            db._mappings().create(worker, db._mappings().stream_of("orders"), Settings(), destination=None)
            orders.put({"id": "first"})
            listener.settimeout(PATIENCE_S)
            told, _ = listener.accept()
            told.settimeout(PATIENCE_S)
            told.recv(20, socket.MSG_WAITALL)

            def one(number: int) -> float:
                begun = time.time_ns()
                orders.put({"id": str(number), "text": "x" * 900})
                at = int(told.recv(20, socket.MSG_WAITALL))
                # The next write waits until this batch is finished, as a write in practice does.
                time.sleep(0.002)
                return (at - begun) / 1000

            return median(one, writes)
        finally:
            db.close()
            registry.close()


def records_a_second(records: int) -> float:
    """How many records a second a function that does nothing is given, 1,000 at a time."""
    with statordb.connect() as db:
        orders = db.create_table("orders", "id", stream="NEW_IMAGE")
        with orders.batch_writer() as writer:
            for number in range(records):
                writer.put({"id": str(number), "number": number, "text": "x" * 100})
        seen, done = [0], threading.Event()

        def count(event: dict[str, Any], _context: Any) -> None:
            seen[0] += len(event["Records"])
            if seen[0] == records:
                done.set()

        begun = time.perf_counter()
        db.event_source_mapping(count, "orders", batch_size=BATCH)
        assert done.wait(PATIENCE_S)
        return records / (time.perf_counter() - begun)


def idle_cpu_ms(seconds: float) -> float:
    """The CPU that a waiting consumer takes in a second."""
    with statordb.connect() as db:
        db.create_table("orders", "id", stream="NEW_IMAGE")
        db.event_source_mapping(lambda _event, _context: None, "orders", name="idle")
        time.sleep(0.2)
        before = time.process_time()
        time.sleep(seconds)
        return (time.process_time() - before) / seconds * 1000
