"""Both servers side by side: one operation is sent to each, and what it left is made the same again where they may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .case import Case
from .comparable import comparable, plain
from .differences import differences_of
from .execution import execute, settle
from .operation import TABLE_CHANGES, Operation, as_text
from .peer import Answer
from .rules import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .peer import Peer
    from .schema import Table

# DynamoDB Local now and then fails inside when a table is changed.
DROPS_MAX = 5
UPDATES = ("UpdateItem", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")


class Pair:
    """The two servers. `prefix` begins the names of all tables that belong to the comparison."""

    def __init__(self, ours: Peer, local: Peer, prefix: str) -> None:
        self.peers = (ours, local)
        self.prefix = prefix
        # Items that were written on one server alone since the streams were compared.
        self.realigned: set[str] = set()

    def create(self, table: Table) -> None:
        """Makes a table on both servers."""
        for peer in self.peers:
            answer = peer.call("CreateTable", table.creation())
            if not answer.is_good:
                raise RuntimeError(f"cannot create {table.name}: {answer}")
            settle(peer, table.name)

    def compare(self, operation: Operation) -> Iterator[Case]:
        """Sends an operation; yields the answers first, and what an update left if it is not the same."""
        ours, local = (comparable(operation, execute(peer, operation, self.prefix)) for peer in self.peers)
        yield Case(operation, ours, local)
        # A batch that is refused may have been carried out in part.
        is_done = ours.is_good or operation.name == "BatchExecuteStatement"
        if operation.name in UPDATES and is_done and done(ours) == done(local):
            yield from self._compare_stored(operation)
        elif ours != local:
            for table, key in operation.touches:
                self.align_item(table, key)
            # Tables that are only described in other words are kept, for what is done to them next.
            if operation.name in TABLE_CHANGES and (ours.is_good != local.is_good or 0 in (ours.status, local.status)):
                self._forget(operation.body.get("TableName"))

    def _compare_stored(self, operation: Operation) -> Iterator[Case]:
        for table, key in operation.touches:
            found = self._stored(table, key)
            if found[0] != found[1]:
                self._overwrite(table, key, found[0])
                answers = (Answer(200, members={"Stored": item} if item is not None else {}) for item in found)
                yield Case(operation, *answers)

    def _stored(self, table: str, key: dict[str, Any]) -> list[Any]:
        request = {"TableName": table, "Key": key, "ConsistentRead": True}
        return [plain(peer.call("GetItem", request).members.get("Item")) for peer in self.peers]

    def _forget(self, table: Any) -> None:
        if isinstance(table, str) and table.startswith(self.prefix):
            self.drop(table)

    def drop(self, table: str) -> None:
        """Drops a table on both servers."""
        for peer in self.peers:
            for _ in range(DROPS_MAX):
                peer.call("UpdateTable", {"TableName": table, "DeletionProtectionEnabled": False})
                settle(peer, table)
                answer = peer.call("DeleteTable", {"TableName": table})
                settle(peer, table)
                if answer.is_good or answer.kind == "ResourceNotFoundException":
                    break

    def align_item(self, table: str, key: dict[str, Any]) -> None:
        """Makes an item the same on both servers."""
        ours, local = self._stored(table, key)
        if ours != local:
            self._overwrite(table, key, ours)

    def _overwrite(self, table: str, key: dict[str, Any], item: dict[str, Any] | None) -> None:
        # Streams tell the numbers of a key as DynamoDB answers with them.
        self.realigned.add(as_text([table, canonical(plain(key))]))
        local = self.peers[1]
        if item is not None and local.call("PutItem", {"TableName": table, "Item": item}).is_good:
            return
        for peer in self.peers if item is not None else (local,):
            peer.call("DeleteItem", {"TableName": table, "Key": key})


def done(answer: Answer) -> list[bool]:
    """Whether an operation was carried out, or which statements of a batch were."""
    if not answer.is_good:
        return [False]
    return [True, *("Error" not in one for one in answer.members.get("Responses", []))]


def explained(case: Case) -> list[str] | None:
    """The entries that explain a case, none of them if there is nothing to explain; None if it stays unexplained."""
    return [] if case.ours == case.local else differences_of(case)
