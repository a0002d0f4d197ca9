"""A divergence seen again, and cut down to the requests that it takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .execution import walked
from .operation import Operation
from .pair import Pair, explained
from .schema import table_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .case import Case
    from .peer import Peer
    from .schema import Table


class History:
    """What was sent so far that may have changed something."""

    def __init__(self, tables: list[Table]) -> None:
        self._tables = tables
        self._operations: list[Operation] = []

    def add(self, operation: Operation) -> None:
        if operation.subjects:
            self._operations.append(operation)

    def replay(self, operation: Operation, ours: Peer) -> dict[str, Any]:
        """What is needed to see an operation again: tables, and items or what was sent for the same items before."""
        used = [table for table in self._tables if table.name in json.dumps(operation.body)]
        if operation.subjects or not used:
            items: dict[str, Any] = {}
            before = [other.described() for other in self._operations if self._concerns(other, operation)]
        else:
            items = {table.name: walked(ours, "Scan", {"TableName": table.name}).members["Items"] for table in used}
            before = []
        return {
            "tables": [table.creation() for table in used],
            "items": items,
            "before": before,
            "operation": operation.described(),
        }

    def _concerns(self, before: Operation, operation: Operation) -> bool:
        name = operation.body.get("TableName")
        if not isinstance(name, str) or name in [table.name for table in self._tables]:
            return bool(operation.subjects & before.subjects)
        # A table that comes and goes is what all requests before have made of it.
        return name in (before.body.get("TableName"), *(table for table, _ in before.touches))


def load(path: Path) -> dict[str, Any]:
    """Reads what a run has kept of a divergence."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


class Replay:
    """Sends what was kept to both servers, in tables made anew each time."""

    def __init__(self, pair: Pair, kept: dict[str, Any]) -> None:
        self._pair = pair
        self._tables = [table_of(body) for body in kept["tables"]]
        self._operation = operation_of(kept["operation"])
        puts = [("PutItem", table, item) for table, items in kept["items"].items() for item in items]
        self.before = [
            *(Operation(name, {"TableName": table, "Item": item}) for name, table, item in puts),
            *map(operation_of, kept["before"]),
        ]
        made = [*self.before, self._operation]
        self._made = {str(operation.body["TableName"]) for operation in made if operation.name == "CreateTable"}

    def cases(self, before: Sequence[Operation]) -> list[Case]:
        """The answers to the operation after some others."""
        for name in self._made:
            self._pair.drop(name)
        for table in self._tables:
            self._pair.drop(table.name)
            self._pair.create(table)
        for operation in before:
            list(self._pair.compare(operation))
        return [case for case in self._pair.compare(self._operation) if explained(case) is None]

    def shortest(self) -> list[Operation]:
        """The operations before it without which the servers would agree."""
        kept = list(self.before)
        size = max(len(kept) // 2, 1)
        while kept:
            for at in range(0, len(kept), size):
                shorter = kept[:at] + kept[at + size :]
                if self.cases(shorter):
                    kept = shorter
                    break
            else:
                if size == 1:
                    return kept
                size = max(size // 2, 1)
        return kept


def operation_of(described: dict[str, Any]) -> Operation:
    """The operation that was described."""
    touches = [(table, key) for table, key in described.get("touches", [])]
    return Operation(
        described["name"], described["body"], described["walk"], described["segments"], touches, described.get("order")
    )


def replayed(pair: Pair, path: Path) -> str:
    """The requests that a divergence takes, and both answers, as text."""
    replay = Replay(pair, load(path))
    if not replay.cases(replay.before):
        return "both servers answer the same, or differ for a known reason"
    before = replay.shortest()
    lines = [f"{operation.name} {json.dumps(operation.body)}" for operation in before]
    for case in replay.cases(before):
        lines += [
            f"{case.operation.name} {json.dumps(case.operation.body)}",
            f"  ours  {case.ours}",
            f"  local {case.local}",
        ]
    return "\n".join(lines)
