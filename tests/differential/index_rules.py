"""Differences between AWS and DynamoDB Local in secondary indexes: what writes of them cost, and what reads of them may ask."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .comparable import as_text
from .update_paths import is_clearing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case
    from .peer import Answer

Entry = tuple[str, str, "Callable[[Case], Answer]"]
ARMS = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
PROJECTS = re.compile(r".*(Global secondary|Secondary) index .* does not project .*")
ATTRIBUTES = re.compile(r"(.*does not project .*)\[(.*)\]")


def capacities(answer: Answer) -> list[dict[str, Any]]:
    """The consumed capacities of an answer, of one table or of several."""
    told = answer.members.get("ConsumedCapacity", [])
    return told if isinstance(told, list) else [told]


def with_capacities(case: Case) -> Answer:
    """Local's answer with our capacity."""
    return replace(
        case.local, members={**case.local.members, "ConsumedCapacity": case.ours.members["ConsumedCapacity"]}
    )


def table_arms(answer: Answer) -> list[str]:
    """The capacity of the tables alone, as text that sorts."""
    return sorted(
        as_text([told["TableName"], told.get("Table", {}).get("CapacityUnits")]) for told in capacities(answer)
    )


def index_arms(answer: Answer) -> dict[str, float]:
    """The capacity of each index."""
    return {
        f"{told['TableName']} {name}": arm["CapacityUnits"]
        for told in capacities(answer)
        for member in ARMS
        for name, arm in told.get(member, {}).items()
    }


def is_cheaper(case: Case) -> bool:
    """True if both did the same, and we charge the same for the tables and less for their indexes."""
    if (
        not case.both_good
        or "ConsumedCapacity" not in case.ours.members
        or "ConsumedCapacity" not in case.local.members
    ):
        return False
    ours, local = (sum(told["CapacityUnits"] for told in capacities(answer)) for answer in (case.ours, case.local))
    own, other = index_arms(case.ours), index_arms(case.local)
    same_tables = table_arms(case.ours) == table_arms(case.local)
    return same_tables and ours < local and all(units <= other.get(name, 0) for name, units in own.items())


def transactional_arms(case: Case) -> Answer:
    """Local charges twice for indexes in a transaction."""
    is_transaction = case.operation.name == "TransactWriteItems"
    return with_capacities(case) if is_transaction and is_cheaper(case) else case.local


def clearing_arms(case: Case) -> Answer:
    """Local charges for the index entry of the item that it makes of a key alone."""
    is_one = case.operation.name == "UpdateItem" and is_clearing(case.operation.body)
    return with_capacities(case) if is_one and is_cheaper(case) else case.local


def incomplete_keys(case: Case) -> Answer:
    """Local charges for an index of two attributes where the item had one of them before and has the other now."""
    is_write = case.operation.name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
    return with_capacities(case) if is_write and is_cheaper(case) else case.local


def scan_of_a_local_index(case: Case) -> Answer:
    """Local counts the items of the table where the entries of a local index are scanned."""
    is_scan = case.operation.name == "Scan" and str(case.operation.body.get("IndexName")).startswith("l-")
    if not is_scan or not case.both_good or "ConsumedCapacity" not in case.ours.members:
        return case.local
    ours, local = (sum(told["CapacityUnits"] for told in capacities(answer)) for answer in (case.ours, case.local))
    return with_capacities(case) if ours < local else case.local


def order_of_names(case: Case) -> Answer:
    """The names of attributes that an index does not project, in another order."""
    own, other = (ATTRIBUTES.fullmatch(answer.message) for answer in (case.ours, case.local))
    same = own and other and own[1] == other[1] and set(own[2].split(", ")) == set(other[2].split(", "))
    return case.ours if same else case.local


def fetched_filter(case: Case) -> Answer:
    """Local refuses a filter on what a local index does not project."""
    is_local = str(case.operation.body.get("IndexName")).startswith("l-")
    refused = "does not project one or more filter attributes" in case.local.message
    return case.ours if is_local and refused and case.ours.is_good else case.local


def two_projections(case: Case) -> Answer:
    """Both refuse what an index does not project: AWS looks at what is returned first, Local at the filter."""
    both = PROJECTS.fullmatch(case.ours.message) or "Select type" in case.ours.message
    return case.ours if both and PROJECTS.fullmatch(case.local.message) else case.local


INDEXES: tuple[Entry, ...] = (
    (
        "indexes in a transaction",
        "recorded on AWS: index writes of a transaction cost what they cost outside",
        transactional_arms,
    ),
    (
        "index entry of a missing item",
        "recorded on AWS: an update of only REMOVE and DELETE makes no item",
        clearing_arms,
    ),
    (
        "incomplete keys of an index",
        "AWS documentation, write capacity of indexes: only entries that are written or removed cost something",
        incomplete_keys,
    ),
    (
        "scan of a local index",
        "AWS documentation, read capacity of local indexes: the sizes are those of the index entries",
        scan_of_a_local_index,
    ),
    ("order of unprojected names", "the attributes are printed in the order of a hash set", order_of_names),
    (
        "fetched filter",
        "AWS documentation, local indexes: what is not projected is fetched from the table",
        fetched_filter,
    ),
    (
        "two projections",
        "order of AWS's checks, as recorded on AWS: what is selected, then the filter",
        two_projections,
    ),
)
