"""Differences between AWS and DynamoDB Local that are more than words, each a rule that turns Local's answer into AWS's."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .comparable import as_text, ordered_items, plain
from .update_paths import cut, is_clearing, paths, sections
from .values import LONG_NEGATIVE, LONG_NUMBERS
from .wordings import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case
    from .peer import Answer

# Clauses of an update are carried out in an order that AWS does not tell.
OF_AN_UPDATE = (
    "The provided expression refers to an attribute that does not exist in the item",
    "An operand in the update expression has an incorrect data type",
    "DynamoDB only supports precision up to 38 digits",
    "Number overflow. Attempting to store a number with magnitude larger than supported range",
)
TYPES_OF_KEYS = (
    "Invalid attribute value type",
    "One or more parameter values were invalid: Type mismatch for key",
    "One or more parameter values were invalid: Type mismatch for Index Key",
)
VALUE_AFTER_A_DOT = re.compile(r"\.\s*:")
Entry = tuple[str, str, "Callable[[Case], Answer]"]


def with_members(answer: Answer, **members: Any) -> Answer:
    """An answer with other members; None takes a member away."""
    return replace(
        answer, members={name: value for name, value in {**answer.members, **members}.items() if value is not None}
    )


def serialization(case: Case) -> Answer:
    """Local fails inside, or takes something else for the member."""
    return case.ours if case.ours.kind == "SerializationException" else case.local


def unchecked_enum(case: Case) -> Answer:
    """Local takes an unknown word where AWS has a list of words."""
    refuses = case.ours.kind == "ValidationException" and "Member must satisfy enum value set" in case.ours.message
    return case.ours if refuses and (case.local.is_good or case.local.status == 500) else case.local


def empty_list_of_names(case: Case) -> Answer:
    """Local takes an empty AttributesToGet for none."""
    refuses = "'attributesToGet' failed to satisfy constraint: Member must have length" in case.ours.message
    return case.ours if refuses and case.local.is_good else case.local


def unrequested_capacity(case: Case) -> Answer:
    """Local tells the capacity of a delete that nobody asked for."""
    asked = case.operation.body.get("ReturnConsumedCapacity", "NONE") != "NONE"
    return (
        case.local if case.operation.name != "DeleteItem" or asked else with_members(case.local, ConsumedCapacity=None)
    )


def number_text(text: str) -> str:
    """A number as DynamoDB answers with it."""
    value = format(Decimal(text), "f")
    value = value.rstrip("0").rstrip(".") if "." in value else value
    return "0" if value in ("", "-0") else value


def canonical(value: Any) -> Any:
    """A value with all numbers as DynamoDB answers with them."""
    if isinstance(value, list):
        return [canonical(element) for element in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("N"), str):
        return {"N": number_text(value["N"])}
    if len(value) == 1 and isinstance(value.get("NS"), list):
        return plain({"NS": [number_text(element) for element in value["NS"]]})
    return {name: canonical(element) for name, element in value.items()}


def numbers_as_written(case: Case) -> Answer:
    """Local keeps the text of a number that an update expression wrote."""
    members = canonical(case.local.members)
    if "Items" in members:
        members["Items"] = ordered_items(case.operation, members["Items"])
    return replace(case.local, members=members)


def updates_of(case: Case) -> list[dict[str, Any]]:
    """The bodies of all updates of an operation."""
    if case.operation.name == "TransactWriteItems":
        return [action["Update"] for action in case.operation.body.get("TransactItems", []) if "Update" in action]
    return [case.operation.body] if case.operation.name == "UpdateItem" else []


def clearing_a_missing_item(case: Case) -> Answer:
    """Local makes an item of the key alone."""
    for body in updates_of(case):
        for member in ("Attributes", "Stored"):
            is_alone = (
                case.local.members.get(member) == canonical(plain(body.get("Key"))) and member not in case.ours.members
            )
            if is_alone and is_clearing(body):
                return with_members(case.local, **{member: None})
    return case.local


def updated_leaves(case: Case) -> Answer:
    """Local returns whole top-level attributes where AWS returns the parts that were addressed."""
    body = case.operation.body
    wanted = str(body.get("ReturnValues"))
    if case.operation.name != "UpdateItem" or not case.both_good or not wanted.startswith("UPDATED_"):
        return case.local
    attributes = case.local.members.get("Attributes")
    if attributes is None or "UpdateExpression" not in body:
        return case.local
    kept = cut(attributes, paths(body["UpdateExpression"], body.get("ExpressionAttributeNames", {})))
    return with_members(case.local, Attributes=kept or None)


def removal_in_a_missing_item(case: Case) -> Answer:
    """Local looks for the parent of a removed path although there is no item."""
    refused = case.local.message == "The document path provided in the update expression is invalid for update"
    removed = [
        clause
        for body in updates_of(case)
        for word, parts in sections(str(body.get("UpdateExpression")))
        if word in ("REMOVE", "DELETE")
        for clause in parts
    ]
    is_nested = any("." in clause or "[" in clause for clause in removed)
    return case.ours if refused and is_nested and is_done_or_cancelled(case.ours) else case.local


def is_done_or_cancelled(answer: Answer) -> bool:
    """True for an answer that is not about what an update does."""
    return answer.is_good or answer.kind == "TransactionCanceledException"


def capacity_of_nothing(case: Case) -> Answer:
    """Local counts no capacity where no item was read."""
    ours, local = case.ours.members, case.local.members
    if case.operation.name not in ("Query", "Scan") or not case.both_good or local.get("ScannedCount") != 0:
        return case.local
    least = 1.0 if case.operation.body.get("ConsistentRead") else 0.5
    capacity = ours.get("ConsumedCapacity")
    return (
        with_members(case.local, ConsumedCapacity=capacity)
        if capacity and capacity["CapacityUnits"] == least
        else case.local
    )


def capacity_of_missing_items(case: Case) -> Answer:
    """Local counts no capacity for keys of a BatchGetItem that have no item."""
    if case.operation.name != "BatchGetItem" or not case.both_good or "ConsumedCapacity" not in case.local.members:
        return case.local
    requests = case.operation.body["RequestItems"]
    capacities = [
        _with_missing(capacity, requests[capacity["TableName"]], case)
        for capacity in case.local.members["ConsumedCapacity"]
    ]
    known = {capacity["TableName"] for capacity in capacities}
    for own in case.ours.members.get("ConsumedCapacity", []):
        if own["TableName"] not in known and not case.local.members["Responses"].get(own["TableName"]):
            capacities.append(own)
    return with_members(case.local, ConsumedCapacity=sorted(capacities, key=as_text))


def _with_missing(capacity: dict[str, Any], request: dict[str, Any], case: Case) -> dict[str, Any]:
    found = len(case.local.members["Responses"].get(capacity["TableName"], []))
    more = (len(request["Keys"]) - found) * (1.0 if request.get("ConsistentRead") else 0.5)
    result = {**capacity, "CapacityUnits": capacity["CapacityUnits"] + more}
    if "Table" in capacity:
        result["Table"] = {"CapacityUnits": capacity["Table"]["CapacityUnits"] + more}
    return result


def capacity_of_missing_deletes(case: Case) -> Answer:
    """Local counts two units for a delete in a batch that finds no item."""
    ours, local = case.ours.members.get("ConsumedCapacity"), case.local.members.get("ConsumedCapacity")
    if (
        case.operation.name != "BatchWriteItem"
        or not case.both_good
        or not ours
        or not local
        or len(ours) != len(local)
    ):
        return case.local
    requests = case.operation.body["RequestItems"]
    for own, other in zip(sorted(ours, key=_table_of), sorted(local, key=_table_of), strict=True):
        # Beside that a put may be charged for an index that it is not in, which a total does not tell apart.
        arm = "Table" if "Table" in own and "Table" in other else None
        more = (other[arm] if arm else other)["CapacityUnits"] - (own[arm] if arm else own)["CapacityUnits"]
        deletes = sum("DeleteRequest" in request for request in requests[own["TableName"]])
        if more < 0 or (arm and more > deletes):
            return case.local
    return with_members(case.local, ConsumedCapacity=ours)


def _table_of(capacity: dict[str, Any]) -> str:
    return str(capacity["TableName"])


def default_action(case: Case) -> Answer:
    """Local overlooks an attribute update that names no action."""
    updates = case.operation.body.get("AttributeUpdates")
    if case.operation.name != "UpdateItem" or not isinstance(updates, dict) or not case.both_good:
        return case.local
    if all("Action" in update for update in updates.values()):
        return case.local
    members = {name: value for name, value in case.ours.members.items() if name == "ConsumedCapacity"}
    for member in ("Stored", "Attributes"):
        own, other = (answer.members.get(member, {}) for answer in (case.ours, case.local))
        changed = {name: value for name, value in own.items() if name in updates}
        merged = {**{name: value for name, value in other.items() if name not in updates}, **changed}
        if merged:
            members[member] = merged
    return replace(case.local, members=members)


def lists_as_sets(case: Case) -> Answer:
    """Local compares lists of legacy conditions without regard to repeated elements."""
    body = case.operation.body
    conditions = [body.get(name) for name in ("QueryFilter", "ScanFilter", "Expected")]
    compared = [
        value
        for several in conditions
        if isinstance(several, dict)
        for condition in several.values()
        for value in [condition.get("Value"), *condition.get("AttributeValueList", [])]
    ]
    has_list = any("'L': " in repr(value) for value in compared)
    decided = all(
        answer.is_good or answer.kind == "ConditionalCheckFailedException" for answer in (case.ours, case.local)
    )
    return case.ours if has_list and decided else case.local


def start_at_the_bound(case: Case) -> Answer:
    """Local refuses to start after the bound of the sort key condition, as it never says that one could."""
    refused = case.local.message == "The provided starting key does not match the range key predicate"
    nothing = case.ours.is_good and case.ours.members.get("ScannedCount") == 0
    return case.ours if refused and nothing else case.local


def start_of_one_row(case: Case) -> Answer:
    """Local takes a start key where there is one item at most."""
    refuses = case.ours.message.startswith("The provided exclusive start key is invalid: ")
    return (
        case.ours
        if refuses and case.local.is_good and len(case.operation.body["ExclusiveStartKey"]) == 1
        else case.local
    )


def empty_expression(case: Case) -> Answer:
    """Local takes an empty expression for none."""
    is_empty = "" in [value for name, value in case.operation.body.items() if name.endswith("Expression")]
    refused = "can only be specified when using expressions" in case.local.message
    return case.ours if is_empty and refused and case.both_refused else case.local


def page_up_to_the_bound(case: Case) -> Answer:
    """Local gives no key to go on from where the last item of a full page is the bound of the sort key condition."""
    limit, scanned = case.operation.body.get("Limit"), case.local.members.get("ScannedCount", 0)
    if case.operation.name != "Query" or not case.both_good or not limit or not scanned or scanned % limit:
        return case.local
    if case.operation.walk:
        return with_members(case.local, Pages=case.ours.members.get("Pages"))
    return with_members(case.local, LastEvaluatedKey=case.ours.members.get("LastEvaluatedKey"))


def fallback_of_nothing(case: Case) -> Answer:
    """Local evaluates what if_not_exists falls back to although the path exists."""
    refused = case.local.message == "The provided expression refers to an attribute that does not exist in the item"
    falls_back = any("if_not_exists" in str(body.get("UpdateExpression")) for body in updates_of(case))
    return case.ours if refused and falls_back and case.ours.kind != "InternalServerError" else case.local


def two_faults_of_an_update(case: Case) -> Answer:
    """Both refuse what an update does to the item, for different clauses."""
    own = case.ours.message in OF_AN_UPDATE or "Type mismatch for Index Key" in case.ours.message
    if own and case.local.message in OF_AN_UPDATE and case.operation.name == "UpdateItem":
        return case.ours
    for mark in (
        " operand type: ",
        "Primary key attribute: ",
        " attribute name: ",
        " attribute value: ",
        " Key: ",
        " IndexKey: ",
    ):
        own, other = (answer.message.removeprefix(ENVELOPE).partition(mark) for answer in (case.ours, case.local))
        if own[0] == other[0] and own[1] and case.both_refused:
            return case.ours
    return case.local


def two_faults_of_the_shape(case: Case) -> Answer:
    """Both refuse a request before its expressions are understood, for different parts of it."""
    ours, local = (answer.message.removeprefix(ENVELOPE) for answer in (case.ours, case.local))
    substitutions = all(
        text.startswith(("ExpressionAttributeNames ", "ExpressionAttributeValues ")) for text in (ours, local)
    )
    parsing = "Expression: Syntax error; " in ours and local.endswith(
        "Expression: The expression has redundant parentheses;"
    )
    keys = all(" Cannot update attribute " in text for text in (ours, local))
    indexes = all("Type mismatch for Index Key" in text or "secondary index key" in text for text in (ours, local))
    return case.ours if case.both_refused and (substitutions or parsing or keys or indexes) else case.local


def path_into_a_key(case: Case) -> Answer:
    """Both refuse what the keys of the table do not allow: a path into a key, and a value of another type."""
    is_path = case.ours.message.startswith("Key attributes must be scalars")
    of_keys = case.local.message in TYPES_OF_KEYS or "cannot contain an empty" in case.local.message
    return case.ours if is_path and of_keys else case.local


def value_after_a_dot(case: Case) -> Answer:
    """Local takes a placeholder of a value for an element of a path, and then finds no name of it."""
    is_syntax = "Expression: Syntax error; token: " in case.ours.message
    return (
        case.ours
        if is_syntax and case.both_refused and VALUE_AFTER_A_DOT.search(repr(case.operation.body))
        else case.local
    )


def two_faults_of_a_key_condition(case: Case) -> Answer:
    """Both refuse a key condition, for a key that it misses and for the type of another."""
    missed = case.ours.message.startswith("Query condition missed key schema element")
    text = case.local.message
    is_value = text.endswith("does not match schema type") or "cannot contain an empty" in text
    return case.ours if missed and is_value else case.local


def two_legacy_faults(case: Case) -> Answer:
    """Both refuse a Query for a legacy condition; AWS looks at the filter first."""
    both = case.operation.name == "Query" and "KeyConditions" in case.operation.body
    about = "is not valid for" in case.local.message or case.local.message.startswith("The BETWEEN condition")
    return case.ours if both and about and case.both_refused and case.ours.kind == "ValidationException" else case.local


def table_class(case: Case) -> Answer:
    """Local does not tell the class of a table, nor change it."""
    told = _description(case.ours).get("TableClassSummary")
    if told is None or not case.both_good:
        is_change = case.operation.name == "UpdateTable" and case.operation.body.get("TableClass") is not None
        is_no_class = case.ours.message.startswith("Invalid table-class parameter")
        is_ignored = is_no_class or case.local.message == "Nothing to update"
        return case.ours if is_change and is_ignored else case.local
    name = "Table" if "Table" in case.local.members else "TableDescription"
    return with_members(case.local, **{name: {**_description(case.local), "TableClassSummary": told}})


def _description(answer: Answer) -> dict[str, Any]:
    found = answer.members.get("Table") or answer.members.get("TableDescription") or {}
    return dict(found)


def empty_substitutions(case: Case) -> Answer:
    """Local overlooks empty names and values where there is no expression."""
    text = case.ours.message.removeprefix("1 validation error detected: ")
    body = case.operation.body
    is_empty = {} in (body.get("ExpressionAttributeNames"), body.get("ExpressionAttributeValues"))
    return case.ours if is_empty and "can only be specified when using expressions" in text else case.local


def throughput_on_demand(case: Case) -> Answer:
    """Local takes a throughput for a table that is billed by request."""
    text = case.ours.message
    refuses = "can be specified when BillingMode is PAY_PER_REQUEST" in text or "at 'provisionedThroughput." in text
    return case.ours if refuses and case.local.is_good else case.local


def word_size(case: Case) -> Answer:
    """Local takes `size` for a name in an update."""
    is_size = case.ours.message.lower().endswith("reserved keyword: size")
    is_other = not case.local.message.lower().endswith("reserved keyword: size")
    return case.ours if is_size and is_other else case.local


def minuses(value: Any) -> int:
    """How many negative numbers of 20 groups of two digits there are in a value."""
    if isinstance(value, list):
        return sum(map(minuses, value))
    return sum(map(minuses, value.values())) if isinstance(value, dict) else int(value == LONG_NEGATIVE)


def minus_of_a_long_number(case: Case) -> Answer:
    """Local does not count the minus of a number of 20 groups of two digits."""
    changes = case.local.members.get("Changes", [])
    counted = [
        {
            **record,
            "change": {**record["change"], "SizeBytes": record["change"]["SizeBytes"] + minuses(record["change"])},
        }
        for record in changes
    ]
    if counted:
        return with_members(case.local, Changes=counted)
    told = [answer.members.get("ConsumedCapacity") for answer in (case.ours, case.local)]
    if not case.both_good or not all(told):
        return case.local
    ours, local = ([one] if isinstance(one, dict) else one for one in told)
    dear = {_table_of(own): own for own in ours if _table_of(own)[-6:] == LONG_NUMBERS}
    paid = [_with_minus(case, dear.get(_table_of(other), other), other) for other in local]
    return with_members(
        case.local, ConsumedCapacity=paid[0] if isinstance(told[1], dict) else sorted(paid, key=as_text)
    )


def _with_minus(case: Case, ours: dict[str, Any], local: dict[str, Any]) -> dict[str, Any]:
    # Two units for each item of a transaction, one for each of a batch, and one for all that a page reads.
    items = len(case.operation.touches or case.operation.body.get("TransactItems", [0]))
    return ours if 0 < ours["CapacityUnits"] - local["CapacityUnits"] <= 2 * items else local


# First of all: the other rules look into requests that have the right shape.
SHAPE: tuple[Entry, ...] = (
    ("wrong JSON type", "recorded on AWS: a SerializationException with status 400", serialization),
)
RULES: tuple[Entry, ...] = (
    (
        "unknown word",
        "recorded on AWS: `Member must satisfy enum value set`, also for the capacity of batches",
        unchecked_enum,
    ),
    ("numbers as written", "recorded on AWS: numbers are normalised wherever they come from", numbers_as_written),
    (
        "capacity of a delete of nothing",
        "recorded on AWS: capacity is told only where it was asked for",
        unrequested_capacity,
    ),
    (
        "clearing a missing item",
        "recorded on AWS: an update of only REMOVE and DELETE makes no item",
        clearing_a_missing_item,
    ),
    (
        "updated parts",
        "recorded on AWS: UPDATED_OLD and UPDATED_NEW return only the addressed parts of documents",
        updated_leaves,
    ),
    (
        "removal in a missing item",
        "recorded on AWS for updates that only REMOVE; for DELETE, and beside SET or ADD, inferred from it",
        removal_in_a_missing_item,
    ),
    (
        "capacity of reading nothing",
        "AWS documentation, read capacity: a read that finds no item consumes the least unit",
        capacity_of_nothing,
    ),
    (
        "capacity of missing items in a batch",
        "AWS documentation, read capacity: a read that finds no item consumes the least unit",
        capacity_of_missing_items,
    ),
    (
        "minus of a long number",
        "inferred from what is recorded on AWS: a number takes a byte for its minus, however many digits it has",
        minus_of_a_long_number,
    ),
    (
        "capacity of deletes of nothing in a batch",
        "AWS documentation, write capacity: deleting an item that does not exist consumes one unit",
        capacity_of_missing_deletes,
    ),
    ("default action", "AWS documentation, AttributeUpdates: the action is PUT where none is named", default_action),
    ("lists as sets", "recorded on AWS: lists are equal if they are so element by element", lists_as_sets),
    (
        "start at the bound",
        "inferred, not recorded on AWS: a start key must lie within the condition, as its bound does",
        start_at_the_bound,
    ),
    (
        "start key of one row",
        "recorded on AWS: a Query of a table without a sort key cannot be restarted",
        start_of_one_row,
    ),
    ("empty expression", "recorded on AWS: an empty expression is an expression, and refused", empty_expression),
    (
        "page up to the bound",
        "inferred, not recorded on AWS: a page that reaches Limit has a key to go on from; Local leaves it out at the bound of the condition",
        page_up_to_the_bound,
    ),
    (
        "fallback of if_not_exists",
        "AWS documentation, if_not_exists: the value counts only if the path is missing",
        fallback_of_nothing,
    ),
    (
        "two faults of one kind",
        "inferred, not recorded on AWS: clauses are checked one after the other, and nobody has recorded in which order",
        two_faults_of_an_update,
    ),
    (
        "two faults in legacy conditions",
        "order of AWS's checks, as recorded on AWS: filter, then key conditions",
        two_legacy_faults,
    ),
    ("class of a table", "recorded on AWS: TableClassSummary", table_class),
    (
        "empty names or values without an expression",
        "inferred, not recorded on AWS: an older DynamoDB Local refused them as AWS refuses those that are not empty",
        empty_substitutions,
    ),
    (
        "throughput of a table billed by request",
        "recorded on AWS: neither unit can be specified when BillingMode is PAY_PER_REQUEST",
        throughput_on_demand,
    ),
    ("size as a name", "AWS documentation, reserved words: SIZE is one", word_size),
    (
        "two faults of a key condition",
        "inferred, not recorded on AWS: which keys there are is checked before their types",
        two_faults_of_a_key_condition,
    ),
    ("value after a dot", "AWS documentation, document paths: the elements of a path are names", value_after_a_dot),
    (
        "path into a key beside a type",
        "inferred, not recorded on AWS: nobody has recorded which of the two is reported first",
        path_into_a_key,
    ),
    (
        "empty list of names",
        "AWS's service model has the constraint, and the form of its message is recorded",
        empty_list_of_names,
    ),
    (
        "two faults of the shape",
        "inferred, not recorded on AWS: nobody has recorded which of the two is reported first",
        two_faults_of_the_shape,
    ),
)
