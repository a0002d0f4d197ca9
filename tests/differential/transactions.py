"""Differences between AWS and DynamoDB Local in transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .case import Case
from .order_of_faults import earlier, stage_of
from .peer import Answer
from .wordings import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = tuple[str, str, "Callable[[Case], Answer]"]
UNITS = {"TransactGetItems": "ReadCapacityUnits", "TransactWriteItems": "WriteCapacityUnits"}
STATIC = 5


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
    return replace(case.local, members={**case.local.members, "ConsumedCapacity": [_with(units, own) for own in capacities]})


def _with(units: str, capacity: Any) -> Any:
    if not isinstance(capacity, dict):
        return capacity
    result = {name: _with(units, value) for name, value in capacity.items()}
    return {**result, units: result["CapacityUnits"]} if "CapacityUnits" in result else result


def reason_alone(case: Case) -> Answer:
    """Local refuses the whole transaction where AWS cancels it and gives a ValidationError as a reason."""
    reasons = case.ours.members.get("CancellationReasons", [])
    texts = [reason.get("Message", "") for reason in reasons if reason["Code"] == "ValidationError"]
    if len(texts) != 1 or case.local.is_good or "CancellationReasons" in case.local.members:
        return case.local
    alone = Case(case.operation, Answer(400, "ValidationException", texts[0]), replace(case.local, kind="ValidationException"))
    return case.ours if _is_explained(alone) else case.local


def _is_explained(case: Case) -> bool:
    if case.ours == case.local:
        return True
    rules = [rule for _, _, rule in WORDINGS]
    return any(rule(case) == case.ours for rule in (*rules, earlier))


def faults_of_several_actions(case: Case) -> Answer:
    """Both refuse the request before it runs, for different actions."""
    if case.operation.name not in UNITS or not case.both_refused:
        return case.local
    stages = stage_of(case.ours), stage_of(case.local)
    return case.ours if all(stage is not None and stage < STATIC for stage in stages) else case.local


def update_of_nothing(case: Case) -> Answer:
    """Local takes an Update that has no UpdateExpression."""
    return case.ours if "update.updateExpression' failed to satisfy" in case.ours.message else case.local


TRANSACTIONS: tuple[Entry, ...] = (
    ("full stop of a reason", "AWS documentation, TransactWriteItems: the message has none", reason_with_full_stop),
    ("kind of units", "recorded on AWS: ReadCapacityUnits or WriteCapacityUnits beside CapacityUnits", kind_of_units),
    ("reason alone", "recorded on AWS: a TransactionCanceledException with ValidationError as the reason", reason_alone),
    ("update of nothing", "AWS documentation, Update: UpdateExpression is required", update_of_nothing),
    (
        "faults of several actions",
        "actions are checked one after the other, in an order that AWS does not tell",
        faults_of_several_actions,
    ),
)
