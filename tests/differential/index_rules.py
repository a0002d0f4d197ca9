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
SELECTS = re.compile(r"Select type|Must specify the AttributesToGet|Cannot specify the")
INDEX_KEY = re.compile(
    r"The update expression attempted to update the secondary index key|.*Type mismatch for Index Key"
    r"|.*attempted to update a secondary index key to a value"
)
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
    told = "ConsumedCapacity" in case.ours.members and "ConsumedCapacity" in case.local.members
    if case.operation.name != "TransactWriteItems" or not told:
        return case.local
    own, other = index_arms(case.ours), index_arms(case.local)
    # A total alone does not tell the part of the indexes.
    is_total = not any("Table" in arm for arm in capacities(case.local))
    is_less = other and all(units <= other.get(name, 0) for name, units in own.items())
    return with_capacities(case) if is_total or is_less else case.local


def clearing_arms(case: Case) -> Answer:
    """Local charges for the index entry of the item that it makes of a key alone."""
    is_one = case.operation.name == "UpdateItem" and is_clearing(case.operation.body)
    return with_capacities(case) if is_one and is_cheaper(case) else case.local


def incomplete_keys(case: Case) -> Answer:
    """Local charges for an index of two attributes where the item had one of them before and has the other now."""
    is_write = case.operation.name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
    return with_capacities(case) if is_write and is_cheaper(case) else case.local


def scan_of_an_index(case: Case) -> Answer:
    """Local counts the items of the table where the entries of an index are scanned."""
    told = "ConsumedCapacity" in case.ours.members and "ConsumedCapacity" in case.local.members
    if case.operation.name != "Scan" or "IndexName" not in case.operation.body or not case.both_good or not told:
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


def filter_of_a_scan(case: Case) -> Answer:
    """Local filters a Scan of a global index by what only the table has."""
    refuses = "does not project one or more filter attributes" in case.ours.message
    return case.ours if case.operation.name == "Scan" and refuses and case.local.is_good else case.local


def fetches_of_a_scan(case: Case) -> Answer:
    """Local does not count what a Scan of a local index fetches from the table."""
    told = "ConsumedCapacity" in case.ours.members and "ConsumedCapacity" in case.local.members
    is_scan = case.operation.name == "Scan" and str(case.operation.body.get("IndexName")).startswith("l-")
    own, other = index_arms(case.ours), index_arms(case.local)
    same = all(units <= other.get(name, 0) for name, units in own.items())
    return with_capacities(case) if is_scan and case.both_good and told and same else case.local


def unsupported_type(case: Case) -> Answer:
    """Local takes an index key of another type from an update."""
    reasons = [reason.get("Message", "") for reason in case.ours.members.get("CancellationReasons", [])]
    refuses = any(INDEX_KEY.match(text) for text in (case.ours.message, *reasons))
    return case.ours if refuses and case.local.is_good else case.local


def removal_from_an_index_key(case: Case) -> Answer:
    """Local refuses to remove elements from the key attribute of an index, also where there is none."""
    refused = case.local.message == "Updates on index keys must be of the same data type as the key attribute"
    return case.ours if refused and case.ours.is_good else case.local


def fetch_of_what_is_there(case: Case) -> Answer:
    """Local counts a fetch from the table for attributes that the local index has itself."""
    is_query = case.operation.name == "Query" and str(case.operation.body.get("IndexName")).startswith("l-")
    told = "ConsumedCapacity" in case.ours.members and "ConsumedCapacity" in case.local.members
    if not is_query or not case.both_good or not told or index_arms(case.ours) != index_arms(case.local):
        return case.local
    ours, local = (capacities(answer)[0]["CapacityUnits"] for answer in (case.ours, case.local))
    return with_capacities(case) if ours < local else case.local


def two_projections(case: Case) -> Answer:
    """Both refuse what an index does not project: AWS looks at what is returned first, Local at the filter."""
    both = PROJECTS.fullmatch(case.ours.message) or SELECTS.search(case.ours.message)
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
        "scan of an index",
        "AWS documentation, read capacity of indexes: the sizes are those of the index entries",
        scan_of_an_index,
    ),
    ("order of unprojected names", "the attributes are printed in the order of a hash set", order_of_names),
    (
        "fetched filter",
        "AWS documentation, local indexes: what is not projected is fetched from the table",
        fetched_filter,
    ),
    (
        "two projections",
        "inferred, not recorded on AWS: what is selected is checked before the filter",
        two_projections,
    ),
    (
        "filter of a scan",
        "inferred, not recorded on AWS: a Query is refused so; a global index holds only what is projected",
        filter_of_a_scan,
    ),
    (
        "fetches of a scan",
        "AWS documentation, local indexes: each item that is fetched consumes read units",
        fetches_of_a_scan,
    ),
    ("type of an index key in an update", "recorded on AWS: an update to another type is refused", unsupported_type),
    (
        "removal from an index key",
        "inferred, not recorded on AWS: DELETE does nothing where the attribute is missing",
        removal_from_an_index_key,
    ),
    (
        "fetch of what is there",
        "AWS documentation, local indexes: only attributes that are not projected are fetched from the table",
        fetch_of_what_is_there,
    ),
)
