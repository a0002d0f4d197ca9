"""Everything that the tables and their indexes hold, compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .case import Case
from .comparable import comparable
from .execution import walked
from .operation import Operation, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pair import Pair
    from .schema import Table


def compare_stored(pair: Pair, table: Table) -> Iterator[Case]:
    """The whole contents of a table and of each of its indexes."""
    yield _compare(pair, {"TableName": table.name, "ConsistentRead": True})
    for index in table.indexes:
        yield _compare(pair, {"TableName": table.name, "IndexName": index.name})


def _compare(pair: Pair, body: dict[str, Any]) -> Case:
    operation = Operation("Scan", body, walk=True)
    answers = [comparable(operation, walked(peer, "Scan", body)) for peer in pair.peers]
    items = [replace(answer, members={"Items": answer.members.get("Items", [])}) for answer in answers]
    return Case(operation, *items)


def only_in_one(case: Case) -> Case:
    """The case without the items that both have."""
    texts = [{as_text(item) for item in answer.members["Items"]} for answer in (case.ours, case.local)]
    common = texts[0] & texts[1]
    ours, local = (
        replace(answer, members={"Items": [item for item in answer.members["Items"] if as_text(item) not in common]})
        for answer in (case.ours, case.local)
    )
    return Case(case.operation, ours, local)


def realign(pair: Pair, table: Table, case: Case) -> None:
    """Makes the items that differ the same, so that one difference is not met again and again."""
    for answer in (case.ours, case.local):
        for item in answer.members["Items"]:
            key = table.key_of(item)
            if key is not None:
                pair.align_item(table.name, key)
