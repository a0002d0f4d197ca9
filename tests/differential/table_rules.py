"""Differences between AWS and DynamoDB Local in tables and their streams."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case
    from .peer import Answer

Entry = tuple[str, str, "Callable[[Case], Answer]"]
# What is wrong with a change of a table that is there.
OF_A_CHANGE = re.compile(
    r"One or more parameter values were invalid: ProvisionedThroughput (must|should not) be specified for index: .*"
    r"|The provisioned throughput for the (table|index .*) will not change\..*|The requested throughput value equals .*"
    r"|Invalid global secondary index name|Attempting to create an index which already exists|Requested resource not found",
    re.DOTALL,
)
NO_LIMITS = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
EMPTY = ({"M": {}}, {"L": []}, {"S": ""}, {"B": ""})


def description(answer: Answer) -> tuple[str, dict[str, Any]]:
    """The member that describes a table, and what it says."""
    name = "Table" if "Table" in answer.members else "TableDescription"
    return name, dict(answer.members.get(name, {}))


def with_description(answer: Answer, **members: Any) -> Answer:
    """An answer with some members of its description replaced."""
    name, described = description(answer)
    return replace(answer, members={**answer.members, name: {**described, **members}})


def throughput_of_indexes(case: Case) -> Answer:
    """Local does not tell the throughput of an index that is billed by request, or tells the one it had before."""
    _, local = description(case.local)
    if not case.both_good or not local.get("GlobalSecondaryIndexes"):
        return case.local
    zero = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    by_request = local.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    indexes = [
        {**index, "ProvisionedThroughput": {**zero, **({} if by_request else index.get("ProvisionedThroughput", {}))}}
        for index in local["GlobalSecondaryIndexes"]
    ]
    return with_description(case.local, GlobalSecondaryIndexes=sorted(indexes, key=as_sorted))


def size_of_an_index(case: Case) -> Answer:
    """Local counts whole items in the size of an index."""
    _, local = description(case.local)
    told = {index["IndexName"]: index for index in description(case.ours)[1].get("GlobalSecondaryIndexes", [])}
    if not case.both_good or not local.get("GlobalSecondaryIndexes"):
        return case.local
    indexes = [_with_size(index, told.get(index["IndexName"], index)) for index in local["GlobalSecondaryIndexes"]]
    return with_description(case.local, GlobalSecondaryIndexes=sorted(indexes, key=as_sorted))


def _with_size(local: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    fits = (
        ours.get("ItemCount") == local.get("ItemCount")
        and ours.get("IndexSizeBytes", 0) < local.get("IndexSizeBytes", 0)
        and local["Projection"]["ProjectionType"] != "ALL"
    )
    return {**local, "IndexSizeBytes": ours["IndexSizeBytes"]} if fits else local


def throughput_of_a_switch(case: Case) -> Answer:
    """Local keeps the throughput that indexes had before the table was billed by request, or fails inside."""
    refuses = "ProvisionedThroughput must be specified for index" in case.ours.message
    is_switch = case.operation.body.get("BillingMode") == "PROVISIONED"
    is_taken = case.local.is_good or case.local.status == 500
    is_kept = case.ours.is_good and case.local.message == "The requested throughput value equals the current value"
    fits = (refuses and is_taken) or is_kept
    return case.ours if case.operation.name == "UpdateTable" and is_switch and fits else case.local


def two_faults_of_a_change(case: Case) -> Answer:
    """Both refuse to change a table, for different faults."""
    own, other = (OF_A_CHANGE.fullmatch(answer.message) for answer in (case.ours, case.local))
    several = len({"BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexUpdates"} & {*case.operation.body}) > 1
    is_index = "GlobalSecondaryIndexUpdates" in case.operation.body
    both = case.operation.name == "UpdateTable" and case.both_refused and (several or is_index)
    return case.ours if both and own and other else case.local


def limits_of_a_new_index(case: Case) -> Answer:
    """Local tells limits that an index made by UpdateTable does not have."""
    _, local = description(case.local)
    if not case.both_good or not local.get("GlobalSecondaryIndexes"):
        return case.local
    indexes = [
        {name: value for name, value in index.items() if name != "OnDemandThroughput" or value != NO_LIMITS}
        for index in local["GlobalSecondaryIndexes"]
    ]
    return with_description(case.local, GlobalSecondaryIndexes=sorted(indexes, key=as_sorted))


def as_sorted(value: Any) -> str:
    """Text that sorts."""
    return json.dumps(value, sort_keys=True)


def inner_failure(case: Case) -> Answer:
    """Local fails inside, or never ends, where it adds an index to a table that has seen others."""
    is_protected = case.local.message.startswith("Resource cannot be deleted as it is currently protected")
    if case.operation.name == "DeleteTable" and case.ours.kind == "ResourceNotFoundException" and is_protected:
        # The table could not be dropped after that.
        return case.ours
    is_broken = case.local.status in (0, 500) and case.ours.status in (200, 400)
    return case.ours if case.operation.name == "UpdateTable" and is_broken else case.local


def new_index(case: Case) -> Answer:
    """Local describes an index that it begins to build in less detail."""
    (_, ours), (_, local) = description(case.ours), description(case.local)
    told = [answer.get("GlobalSecondaryIndexes", []) for answer in (ours, local)]
    if case.operation.name != "UpdateTable" or not case.both_good or len(told[0]) != len(told[1]):
        return case.local
    same = [[(index["IndexName"], index["KeySchema"], index["Projection"]) for index in indexes] for indexes in told]
    return (
        with_description(case.local, GlobalSecondaryIndexes=told[0]) if same[0] == same[1] and told[0] else case.local
    )


def throughput_of_a_new_index(case: Case) -> Answer:
    """Local fails inside where a new index has no throughput."""
    texts = ("must be specified for index", "ProvisionedThroughput is not specified for index")
    refuses = any(text in case.ours.message for text in texts)
    return case.ours if refuses and case.local.status == 500 else case.local


def sequence_numbers(case: Case) -> Answer:
    """Local takes a sequence number that it never gave for some shards."""
    refuses = case.ours.message.endswith("Invalid SequenceNumber")
    is_own = case.local.is_good or case.local.message == "Shard does not exist"
    return case.ours if case.operation.name == "GetShardIterator" and refuses and is_own else case.local


def decreases(case: Case) -> Answer:
    """Local does not count the decreases of a day."""
    (_, ours), (_, local) = description(case.ours), description(case.local)
    if not case.both_good:
        return case.local
    told = {index["IndexName"]: index for index in ours.get("GlobalSecondaryIndexes", [])}
    members = _with_decreases(local, ours)
    if "GlobalSecondaryIndexes" in local:
        indexes = [
            _with_decreases(index, told.get(index["IndexName"], {})) for index in local["GlobalSecondaryIndexes"]
        ]
        members["GlobalSecondaryIndexes"] = sorted(indexes, key=as_sorted)
    return with_description(case.local, **members) if members else case.local


def _with_decreases(local: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    told = ours.get("ProvisionedThroughput", {}).get("NumberOfDecreasesToday")
    if not told or "ProvisionedThroughput" not in local:
        return dict(local)
    return {**local, "ProvisionedThroughput": {**local["ProvisionedThroughput"], "NumberOfDecreasesToday": told}}


def throughput_of_an_index_on_demand(case: Case) -> Answer:
    """Local takes a throughput for an index of a table that is billed by request."""
    texts = ("ProvisionedThroughput should not be specified for index", "can be specified for index")
    refuses = any(text in case.ours.message for text in texts)
    return case.ours if refuses and case.local.is_good else case.local


def empty_images(case: Case) -> Answer:
    """Local leaves the type of an empty value out of the images of its streams."""
    if "Changes" not in case.local.members:
        return case.local
    return replace(case.local, members=filled(case.local.members, case.ours.members))


def filled(local: Any, ours: Any) -> Any:
    """Local's value with our empty values where it has none."""
    if local == {} and ours in EMPTY:
        return ours
    if isinstance(local, dict) and isinstance(ours, dict):
        return {name: filled(value, ours.get(name)) for name, value in local.items()}
    if isinstance(local, list) and isinstance(ours, list) and len(local) == len(ours):
        return [filled(value, own) for value, own in zip(local, ours, strict=True)]
    return local


TABLES: tuple[Entry, ...] = (
    ("throughput of indexes", "recorded on AWS: zeros for an index that is billed by request", throughput_of_indexes),
    (
        "size of an index",
        "AWS documentation, storage of global indexes: an entry takes the sizes of its keys and of what is projected",
        size_of_an_index,
    ),
    (
        "limits of a new index",
        "inferred, not recorded on AWS: limits of requests are told only where they were given",
        limits_of_a_new_index,
    ),
    (
        "two faults of a change",
        "inferred, not recorded on AWS: nobody has recorded which of the two is reported first",
        two_faults_of_a_change,
    ),
    (
        "throughput of indexes in a switch",
        "recorded on AWS: a switch to PROVISIONED is refused without the throughput of each index",
        throughput_of_a_switch,
    ),
    ("decreases", "AWS documentation, NumberOfDecreasesToday: decreases are counted", decreases),
    (
        "throughput of an index on demand",
        "recorded on AWS: no throughput for an index when BillingMode is PAY_PER_REQUEST",
        throughput_of_an_index_on_demand,
    ),
    ("new index", "inferred, not recorded on AWS: a new index is described like the others", new_index),
    (
        "throughput of a new index",
        "inferred, not recorded on AWS: from memory of AWS's message",
        throughput_of_a_new_index,
    ),
    (
        "sequence numbers",
        "inferred, not recorded on AWS: a sequence number that the shard never gave is not valid",
        sequence_numbers,
    ),
    ("empty values of images", "recorded on AWS: images are whole items", empty_images),
    (
        "inner failure",
        "says nothing of AWS: DynamoDB Local fails inside, or never ends",
        inner_failure,
    ),
)
