"""Whatever fails: each item's changes are delivered in order, none is lost, and none after its checkpoint."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

import statordb
from statordb._core import sequence_number

PATIENCE_S = 30


@dataclass(frozen=True)
class Plan:
    """What happens, drawn at random."""

    writes: list[int]
    """The item of each write."""
    failures: list[int | None]
    """For each call in turn: how much of the batch succeeds, in tenths, 10 an exception, None all of it."""
    restarts: list[int]
    """Behind which writes the mapping is stopped and started again, as after a crash."""
    batch_size: int
    lanes: int
    bisect: bool
    reports: bool


PLANS = some.builds(
    Plan,
    writes=some.lists(some.integers(0, 4), min_size=1, max_size=60),
    failures=some.lists(some.none() | some.integers(0, 10), max_size=15),
    restarts=some.lists(some.integers(0, 60), max_size=2),
    batch_size=some.sampled_from([1, 2, 7, 100]),
    lanes=some.sampled_from([1, 1, 3]),
    bisect=some.booleans(),
    reports=some.booleans(),
)


class Receiver:
    """A function that fails as planned, and knows what it took."""

    def __init__(self, plan: Plan, db: statordb.Database) -> None:
        self.plan, self.db = plan, db
        self.lock = threading.Lock()
        self.calls = 0
        self.taken: dict[str, list[int]] = {}
        self.late: list[str] = []

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        with self.lock:
            self._check_checkpoint(event["Records"])
            fate = self.plan.failures[self.calls] if self.calls < len(self.plan.failures) else None
            self.calls += 1
            if fate is None:
                self._take(event["Records"])
                return None
            if not self.plan.reports or fate == 10:
                raise RuntimeError("as planned")
            done = len(event["Records"]) * fate // 10
            self._take(event["Records"][:done])
            return {"batchItemFailures": [{"itemIdentifier": event["Records"][done]["dynamodb"]["SequenceNumber"]}]}

    def _take(self, records: list[dict[str, Any]]) -> None:
        for record in records:
            image = record["dynamodb"]["NewImage"]
            numbers = self.taken.setdefault(image["id"]["S"], [])
            number = int(image["number"]["N"])
            if number not in numbers:
                numbers.append(number)

    def _check_checkpoint(self, records: list[dict[str, Any]]) -> None:
        for name, document in self.db._core.documents("mapping/"):
            if name.count("/") == 2:
                after = sequence_number(json.loads(document)["after"])
                self.late += [
                    each["dynamodb"]["SequenceNumber"]
                    for each in records
                    if each["dynamodb"]["SequenceNumber"] <= after
                ]


def written(plan: Plan) -> dict[str, list[int]]:
    expected: dict[str, list[int]] = {}
    for number, item in enumerate(plan.writes):
        expected.setdefault(f"item-{item}", []).append(number)
    return expected


def run(plan: Plan, db: statordb.Database) -> None:
    table = db.create_table("orders", "id", stream="NEW_IMAGE")
    receiver = Receiver(plan, db)
    types = ["ReportBatchItemFailures"] if plan.reports else []
    mapping = db.event_source_mapping(
        receiver,
        "orders",
        name="receiver",
        batch_size=plan.batch_size,
        parallelization_factor=plan.lanes,
        bisect_batch_on_function_error=plan.bisect,
        function_response_types=types,
    )
    for number, item in enumerate(plan.writes):
        table.put({"id": f"item-{item}", "number": number})
        if number in plan.restarts:
            mapping.stop()
            mapping.start()
    expected = written(plan)
    deadline = time.monotonic() + PATIENCE_S
    while {item: len(numbers) for item, numbers in receiver.taken.items()} != {
        item: len(numbers) for item, numbers in expected.items()
    }:
        assert time.monotonic() < deadline, f"lost: {receiver.taken} of {expected}"
        # Rests between attempts are by the database's clock.
        db.clock.advance(milliseconds=500)
        time.sleep(0.001)
    mapping.stop()
    assert receiver.taken == expected
    assert receiver.late == []
    calls = receiver.calls
    mapping.start()
    time.sleep(0.005)
    mapping.stop()
    assert receiver.calls == calls, "what is finished is not delivered again"


def quiet(plan: Plan, **options: Any) -> None:
    import logging

    logging.getLogger("statordb.streams").setLevel(logging.CRITICAL)
    try:
        with statordb.connect(**options) as db:
            run(plan, db)
    finally:
        logging.getLogger("statordb.streams").setLevel(logging.NOTSET)


@given(PLANS)
@settings(max_examples=60, deadline=None)
def test_first_successes_are_in_the_order_of_writes_and_nothing_is_lost(plan: Plan) -> None:
    quiet(plan)


@given(PLANS)
@settings(max_examples=10, deadline=None)
def test_so_they_are_on_disk(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        quiet(plan, path=str(Path(folder) / "app.stator"))
