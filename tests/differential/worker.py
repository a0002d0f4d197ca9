"""One worker: sends the operations of its generator to both servers and compares answers and, at intervals, everything stored."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .comparable import as_text, comparable, plain
from .case import Case
from .differences import differences_of
from .execution import execute, settle, walked
from .generator import Generator
from .operation import Operation
from .peer import Answer, Peer
from .schema import Features, Table, features_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_EVERY = 1000
UPDATES = ("UpdateItem", "TransactWriteItems")


@dataclass
class Divergence:
    """A difference that nothing excuses."""

    seed: str
    number: int
    operation: dict[str, Any]
    ours: Answer
    local: Answer

    def __str__(self) -> str:
        return f"operation {self.number} of seed {self.seed}: {as_text(self.operation)}\n  ours  {self.ours}\n  local {self.local}"


@dataclass
class Outcome:
    """What came of a run."""

    operations: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    divergences: list[Divergence] = field(default_factory=list)
    checks: int = 0
    seconds: float = 0.0

    def add(self, other: Outcome) -> None:
        self.operations += other.operations
        self.refused += other.refused
        self.excused += other.excused
        self.divergences += other.divergences
        self.checks += other.checks
        self.seconds = max(self.seconds, other.seconds)


class Worker:
    """Compares two servers. `prefix` keeps its tables apart from those of other workers."""

    def __init__(self, ours: Peer, local: Peer, seed: str, prefix: str, features: Features) -> None:
        self.peers = (ours, local)
        self.prefix = prefix
        self.seed = seed
        self.generator = Generator(seed, prefix, features)
        self.tables = {table.name: table for table in self.generator.tables}
        self.outcome = Outcome()

    def create_tables(self) -> None:
        for peer in self.peers:
            for table in self.tables.values():
                answer = peer.call("CreateTable", table.creation())
                if not answer.is_good:
                    raise RuntimeError(f"cannot create {table.name}: {answer}")
                settle(peer, table.name)

    def run(self, count: int, divergences_max: int) -> Outcome:
        """Compares `count` operations; ends early after so many divergences."""
        started = time.monotonic()
        self.create_tables()
        for number in range(count):
            self._one(number, self.generator.next())
            if (number + 1) % CHECK_EVERY == 0 or number + 1 == count:
                self.check(number)
            if len(self.outcome.divergences) >= divergences_max:
                break
        self.outcome.seconds = time.monotonic() - started
        return self.outcome

    def _one(self, number: int, operation: Operation) -> None:
        ours, local = (comparable(operation, execute(peer, operation, self.prefix)) for peer in self.peers)
        self.outcome.operations[operation.name] += 1
        if not ours.is_good:
            self.outcome.refused[operation.name] += 1
        if ours != local:
            self._judge(number, operation, ours, local)
        if operation.name in UPDATES and ours.is_good and local.is_good:
            self._compare_stored(number, operation)
        elif ours != local:
            self._align(operation)

    def _compare_stored(self, number: int, operation: Operation) -> None:
        """What an update left in the tables: its answer does not always tell."""
        for table, key in operation.touches:
            request = {"TableName": table, "Key": key, "ConsistentRead": True}
            found = [plain(peer.call("GetItem", request).members.get("Item")) for peer in self.peers]
            if found[0] == found[1]:
                continue
            ours, local = (Answer(200, members={"Stored": item} if item is not None else {}) for item in found)
            self._judge(number, operation, ours, local)
            self._overwrite(table, key, found[0])

    def _judge(self, number: int, operation: Operation, ours: Answer, local: Answer) -> None:
        names = differences_of(Case(operation, ours, local))
        if names is not None:
            self.outcome.excused.update(names)
        else:
            self.outcome.divergences.append(Divergence(self.seed, number, operation.described(), ours, local))

    def _align(self, operation: Operation) -> None:
        """After answers that differ: what the operation touched is made the same on both servers."""
        for name, key in operation.touches:
            self._align_item(name, key)
        table = operation.body.get("TableName")
        if operation.name in ("CreateTable", "DeleteTable", "UpdateTable", "UpdateTimeToLive") and isinstance(table, str):
            self._drop(table)

    def _drop(self, table: str) -> None:
        for peer in self.peers:
            off = {"TableName": table, "DeletionProtectionEnabled": False}
            peer.call("UpdateTable", off)
            if peer.call("DeleteTable", {"TableName": table}).is_good:
                settle(peer, table)

    def _align_item(self, table: str, key: dict[str, Any]) -> None:
        request = {"TableName": table, "Key": key, "ConsistentRead": True}
        ours, local = (peer.call("GetItem", request).members.get("Item") for peer in self.peers)
        if as_text(plain(ours)) == as_text(plain(local)):
            return
        self._overwrite(table, key, ours)

    def _overwrite(self, table: str, key: dict[str, Any], item: dict[str, Any] | None) -> None:
        local = self.peers[1]
        if item is not None and local.call("PutItem", {"TableName": table, "Item": item}).is_good:
            return
        for peer in self.peers if item is not None else (local,):
            peer.call("DeleteItem", {"TableName": table, "Key": key})

    # ------------------------------------------------------------------------------------------------------ state

    def check(self, number: int) -> None:
        """Compares everything that the tables and their indexes hold."""
        self.outcome.checks += 1
        for table in self.tables.values():
            for body in self._whole(table):
                self._check_one(number, table, body)

    def _whole(self, table: Table) -> Iterator[dict[str, Any]]:
        yield {"TableName": table.name, "ConsistentRead": True}
        for index in table.indexes:
            yield {"TableName": table.name, "IndexName": index.name}

    def _check_one(self, number: int, table: Table, body: dict[str, Any]) -> None:
        operation = Operation("Scan", body, walk=True)
        ours, local = (comparable(operation, walked(peer, "Scan", body)) for peer in self.peers)
        if ours.members.get("Items") == local.members.get("Items"):
            return
        self._judge_stored(number, table, operation, ours, local)

    def _judge_stored(self, number: int, table: Table, operation: Operation, ours: Answer, local: Answer) -> None:
        names = differences_of(Case(operation, ours, local))
        if names is not None:
            self.outcome.excused.update(names)
            return
        own, other = ({as_text(item): item for item in answer.members.get("Items", [])} for answer in (ours, local))
        only_ours, only_local = ([items[text] for text in sorted(items.keys() - others.keys())] for items, others in ((own, other), (other, own)))
        self.outcome.divergences.append(
            Divergence(
                self.seed,
                number,
                {"name": "everything stored", "body": operation.body},
                Answer(ours.status, ours.kind, ours.message, {"only": only_ours}),
                Answer(local.status, local.kind, local.message, {"only": only_local}),
            )
        )
        for item in (*only_ours, *only_local):
            key = table.key_of(item)
            if key is not None:
                self._align_item(table.name, key)


def run_worker(ports: tuple[int, int], seed: str, prefix: str, count: int, divergences_max: int) -> Outcome:
    """Runs a worker against servers on these ports of this machine, ours first."""
    ours, local = Peer(ports[0]), Peer(ports[1])
    try:
        return Worker(ours, local, seed, prefix, features_of_prefix(ours)).run(count, divergences_max)
    finally:
        ours.close()
        local.close()


def features_of_prefix(peer: Peer) -> Features:
    """The features of a server."""
    return features_of(peer)
