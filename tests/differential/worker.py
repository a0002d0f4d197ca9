"""One worker: sends the operations of its generator to both servers and compares answers and, at intervals, everything stored."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .changes import Streams
from .generator import Generator
from .outcome import Divergence, Outcome
from .pair import Pair, explained
from .peer import Peer
from .replay import History
from .stored import compare_stored, only_in_one, realign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .case import Case
    from .operation import Operation
    from .schema import Features

CHECK_EVERY = 1000


class Worker:
    """Compares two servers. `prefix` keeps its tables apart from those of other workers."""

    def __init__(
        self, ours: Peer, local: Peer, seed: str, prefix: str, features: Features, often: Sequence[str] = ()
    ) -> None:
        self.pair = Pair(ours, local, prefix)
        self.seed = seed
        self.generator = Generator(seed, prefix, features, often)
        self.history = History(self.generator.tables)
        self.outcome = Outcome()

    def run(self, count: int, divergences_max: int) -> Outcome:
        """Compares `count` operations; ends early after so many divergences."""
        started = time.monotonic()
        for table in self.generator.tables:
            self.pair.create(table)
        self.streams = Streams(self.pair, self.generator.tables)
        for number in range(count):
            self._one(number, self.generator.next())
            if (number + 1) % CHECK_EVERY == 0 or number + 1 == count:
                self._check(number)
            if len(self.outcome.divergences) >= divergences_max:
                break
        self.outcome.seconds = time.monotonic() - started
        self.outcome.records = self.streams.records
        return self.outcome

    def _one(self, number: int, operation: Operation) -> None:
        self.outcome.operations[operation.name] += 1
        for at, case in enumerate(self.pair.compare(operation)):
            if at == 0 and not case.ours.is_good:
                self.outcome.refused[operation.name] += 1
            self._judge(number, case, operation.described())
        self.history.add(operation)

    def _judge(self, number: int, case: Case, described: dict[str, Any]) -> bool:
        names = explained(case)
        self.outcome.excused.update(names or [])
        if names is None:
            replay = self.history.replay(case.operation, self.pair.peers[0])
            self.outcome.divergences.append(Divergence(self.seed, number, described, case.ours, case.local, replay))
        return names is not None

    def _check(self, number: int) -> None:
        self.outcome.checks += 1
        for case in self.streams.compare():
            self._judge(number, case, {"name": "changes of an item", "body": case.operation.body})
        for table in self.generator.tables:
            for case in compare_stored(self.pair, table):
                if explained(case) is None:
                    case = only_in_one(case)
                if not self._judge(number, case, {"name": "everything stored", "body": case.operation.body}):
                    realign(self.pair, table, case)


def run_worker(
    ports: tuple[int, int],
    features: Features,
    seed: str,
    prefix: str,
    count: int,
    divergences_max: int,
    often: Sequence[str] = (),
) -> Outcome:
    """Runs a worker against servers on these ports of this machine, ours first."""
    ours, local = Peer(ports[0]), Peer(ports[1])
    try:
        return Worker(ours, local, seed, prefix, features, often).run(count, divergences_max)
    finally:
        ours.close()
        local.close()
