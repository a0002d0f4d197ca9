"""Differences between AWS and DynamoDB Local in transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .case import Case
from .comparable import as_text
from .order_of_faults import earlier, stage_of
from .peer import Answer
from .rules import OF_AN_UPDATE
from .wordings import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = tuple[str, str, "Callable[[Case], Answer]"]
UNITS = {"TransactGetItems": "ReadCapacityUnits", "TransactWriteItems": "WriteCapacityUnits"}
SEVERAL = (*UNITS, "BatchGetItem", "BatchWriteItem")
STATIC = 5
KEYS = 6.2


def reason_with_full_stop(case: Case) -> Answer:
    """Local ends the message of a reason with a full stop."""
    reasons = case.local.members.get("CancellationReasons")
    if reasons is None:
        return case.local
    text = "The conditional request failed"
    shorter = [{**reason, "Message": text} if reason.get("Message") == f"{text}." else reason for reason in reasons]
    return replace(case.local, members={**case.local.members, "CancellationReasons": shorter})


def kind_of_units(case: Case) -> Answer:
    """Local does not say which kind of units a transaction consumed."""
    units = UNITS.get(case.operation.name)
    capacities = case.local.members.get("ConsumedCapacity")
    if units is None or not isinstance(capacities, list):
        return case.local
    told = {own["TableName"]: own for own in case.ours.members.get("ConsumedCapacity", [])}
    return _with_capacities(case.local, [_with(units, own, told.get(own["TableName"], {})) for own in capacities])


def _with_capacities(answer: Answer, capacities: list[Any]) -> Answer:
    return replace(answer, members={**answer.members, "ConsumedCapacity": sorted(capacities, key=as_text)})


def _with(units: str, capacity: Any, told: Any) -> Any:
    """A capacity with its kind of units wherever ours has them."""
    if not isinstance(capacity, dict) or not isinstance(told, dict):
        return capacity
    result = {name: _with(units, value, told.get(name)) for name, value in capacity.items()}
    return {**result, units: result["CapacityUnits"]} if units in told and "CapacityUnits" in result else result


def units_of_unchanged_items(case: Case) -> Answer:
    """Local charges less where a transaction leaves an item as it was."""
    ours, local = case.ours.members.get("ConsumedCapacity"), case.local.members.get("ConsumedCapacity")
    if case.operation.name != "TransactWriteItems" or not ours or not local:
        return case.local
    told = {own["TableName"]: own for own in ours}
    if all(own["CapacityUnits"] <= told.get(own["TableName"], own)["CapacityUnits"] for own in local):
        return _with_capacities(case.local, ours)
    return case.local


def short_list_of_reasons(case: Case) -> Answer:
    """Local gives the reasons only of actions up to the first that is not valid, or of that one alone."""
    ours, local = (answer.members.get("CancellationReasons", []) for answer in (case.ours, case.local))
    told = [reason for reason in ours if reason != {"Code": "None"}]
    if len(local) < len(ours) and local and told == [reason for reason in local if reason != {"Code": "None"}]:
        return replace(
            case.local, message=case.ours.message, members={**case.local.members, "CancellationReasons": ours}
        )
    return case.local


def fault_of_keys(answer: Answer) -> bool:
    """True for a transaction that is cancelled because an action does not fit the keys of its table."""
    reasons = answer.members.get("CancellationReasons", [])
    texts = [reason["Message"] for reason in reasons if reason["Code"] == "ValidationError"]
    return len(texts) == 1 and int(stage_of(Answer(400, message=texts[0])) or 0) == int(KEYS)


def path_into_a_key(case: Case) -> Answer:
    """Local does not look for paths into key attributes in the conditions of a transaction."""
    reasons = case.ours.members.get("CancellationReasons", [])
    found = any("Key attributes must be scalars" in reason.get("Message", "") for reason in reasons)
    return case.ours if found and not case.local.message.startswith("Key attributes must") else case.local


def conditions_after_a_fault(case: Case) -> Answer:
    """Local evaluates conditions although an action is not valid."""
    reasons = case.local.members.get("CancellationReasons", [])
    if "ValidationError" not in [reason["Code"] for reason in reasons]:
        return case.ours if reasons and fault_of_keys(case.ours) else case.local
    if fault_of_keys(case.ours) and fault_of_keys(case.local):
        return case.ours
    # Nor is any action behind the first that is not valid.
    first = [reason["Code"] for reason in reasons].index("ValidationError")
    rest = [reason if place == first else {"Code": "None"} for place, reason in enumerate(reasons)]
    return replace(case.local, message=case.ours.message, members={**case.local.members, "CancellationReasons": rest})


def wording_of_reasons(case: Case) -> Answer:
    """Local words a reason like the error of the operation."""
    ours, local = (answer.members.get("CancellationReasons", []) for answer in (case.ours, case.local))
    if len(ours) != len(local):
        return case.local
    pairs = zip(ours, local, strict=True)
    reasons = [own if _is_same_fault(case, own, other) else other for own, other in pairs]
    return (
        replace(case.local, members={**case.local.members, "CancellationReasons": reasons}) if reasons else case.local
    )


def _is_same_fault(case: Case, ours: dict[str, Any], local: dict[str, Any]) -> bool:
    if {ours["Code"], local["Code"]} != {"ValidationError"}:
        return False
    own, other = (Answer(400, "ValidationException", reason.get("Message", "")) for reason in (ours, local))
    return _is_explained(Case(case.operation, own, other))


def item_of_nothing(case: Case) -> Answer:
    """Local gives an empty item where a projection matches nothing."""
    responses = case.local.members.get("Responses")
    if case.operation.name != "TransactGetItems" or not isinstance(responses, list):
        return case.local
    shorter = [{} if response == {"Item": {}} else response for response in responses]
    return replace(case.local, members={**case.local.members, "Responses": shorter})


def reason_alone(case: Case) -> Answer:
    """Local refuses the whole transaction where AWS cancels it and gives a ValidationError as a reason."""
    reasons = case.ours.members.get("CancellationReasons", [])
    texts = [reason.get("Message", "") for reason in reasons if reason["Code"] == "ValidationError"]
    if len(texts) != 1 or case.local.is_good or "CancellationReasons" in case.local.members:
        return case.local
    alone = Case(
        case.operation, Answer(400, "ValidationException", texts[0]), replace(case.local, kind="ValidationException")
    )
    return case.ours if _is_explained(alone) else case.local


def _is_explained(case: Case) -> bool:
    if case.ours == case.local:
        return True
    if case.ours.message in OF_AN_UPDATE and case.local.message in OF_AN_UPDATE:
        return True
    actions = case.operation.body.get("TransactItems") or case.operation.body.get("TransactStatements") or []
    if len(actions) > 1 and {stage_of(case.ours), stage_of(case.local)} == {KEYS}:
        return True
    rules = [rule for _, _, rule in WORDINGS]
    return any(rule(case) == case.ours for rule in (*rules, earlier))


def faults_of_several_actions(case: Case) -> Answer:
    """Both refuse the request before it runs, for different actions."""
    if case.operation.name not in SEVERAL or not case.both_refused:
        return case.local
    stages = stage_of(case.ours), stage_of(case.local)
    is_static = all(stage is not None and stage < STATIC for stage in stages)
    return case.ours if is_static or stages == (KEYS, KEYS) else case.local


def update_of_nothing(case: Case) -> Answer:
    """Local takes an Update that has no UpdateExpression."""
    return case.ours if "update.updateExpression' failed to satisfy" in case.ours.message else case.local


TRANSACTIONS: tuple[Entry, ...] = (
    ("full stop of a reason", "AWS documentation, TransactWriteItems: the message has none", reason_with_full_stop),
    ("kind of units", "recorded on AWS: ReadCapacityUnits or WriteCapacityUnits beside CapacityUnits", kind_of_units),
    (
        "units of unchanged items",
        "inferred, not recorded on AWS: the documentation has two units for each KB of a transactional write, and no exception",
        units_of_unchanged_items,
    ),
    (
        "short list of reasons",
        "AWS documentation, CancellationReasons: one for each action, in their order",
        short_list_of_reasons,
    ),
    (
        "conditions after a fault",
        "recorded on AWS: the first ValidationError ends the checks, and conditions are not evaluated",
        conditions_after_a_fault,
    ),
    ("wording of reasons", "message recorded on AWS", wording_of_reasons),
    (
        "item of nothing",
        "recorded on AWS: TransactGetItems has no Item where the projection matches nothing",
        item_of_nothing,
    ),
    (
        "reason alone",
        "recorded on AWS: a TransactionCanceledException with ValidationError as the reason",
        reason_alone,
    ),
    ("update of nothing", "AWS documentation, Update: UpdateExpression is required", update_of_nothing),
    (
        "faults of several actions",
        "inferred, not recorded on AWS: nobody has recorded which action is reported first",
        faults_of_several_actions,
    ),
    ("path into a key", "recorded on AWS for conditions; in transactions inferred from it", path_into_a_key),
)
