"""Differences between AWS and DynamoDB Local in statements of PartiQL.

Faults are told in three places: of a request, of one statement of a batch, and as a reason of a transaction. What is known of a
fault holds in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .case import Case
from .operation import as_text
from .peer import Answer
from .rules import OF_AN_UPDATE, with_members
from .statement_order import (
    LITERALS,
    PLACE,
    STATIC,
    VALUES,
    earlier_in_statement,
    head_of,
    stage_of_statement,
    two_faults_of_expressions,
)
from .update_paths import cut
from .wordings import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = tuple[str, str, "Callable[[Case], Answer]"]
Rule = "Callable[[Case], Answer]"
OPERATIONS = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
CONSTRAINT = re.compile(r"\d+ validation errors? detected: ")
SEVERAL_PARTITIONS = re.compile(r"\b(IN|OR|NOT)\b", re.IGNORECASE)
# A SELECT of a path into a document.
NESTED = re.compile(r"^SELECT [^*]*[.\[].* FROM ", re.IGNORECASE)
# Partition keys by OR, and more than one condition beside it.
BESIDE_OR = re.compile(r"\bOR\b.*\).* AND .* AND ", re.IGNORECASE | re.DOTALL)
EXISTS = re.compile(r"EXISTS\b", re.IGNORECASE)
# Indexes that do not have all attributes.
PARTIAL_INDEX = re.compile(r"\"\.\"(g-one|g-keys|g-flip|l-some|l-keys)\"")
# What a batch is refused for as a whole.
WHOLE = (
    "Read and write requests together in the same batch is not supported.",
    "Provided list of item keys contains duplicates",
)
ORDERS = ("Must have at least one non-optional hash key condition", "Variable reference ")
INDEX_KEY = (
    "The update expression attempted to update the secondary index key",
    "One or more parameter values were invalid: Type mismatch for Index Key",
)
DUPLICATE = "Duplicate primary key exists in table"
PATHS = "Two document paths "
MALFORMED = "Statement wasn't well formed, can't be processed: "
CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
CODES = {"ConditionalCheckFailed": "ConditionalCheckFailedException", "ValidationError": "ValidationException"}
MODIFIED = re.compile(r"RETURNING MODIFIED (OLD|NEW) \*", re.IGNORECASE)
CHANGE = re.compile(r"(?:\bSET\b|\bREMOVE\b|,)\s*((?:\"[^\"]*\"|\w+)(?:\.(?:\"[^\"]*\"|\w+)|\[\d+\])*)", re.IGNORECASE)
ARGUMENTS = re.compile(r"\([^()]*\)")
STEP = re.compile(r"\"([^\"]*)\"|\[(\d+)\]|(\w+)")


def everywhere(rule: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """A rule about a fault, in all places where statements have faults."""

    def applied(case: Case) -> Answer:
        if case.operation.name not in OPERATIONS:
            return case.local
        if "Responses" in case.ours.members and "Responses" in case.local.members:
            return _in_batch(case, rule)
        if "CancellationReasons" in case.ours.members and "CancellationReasons" in case.local.members:
            return _in_reasons(case, rule)
        # Whatever statement of a transaction it is told of.
        bare = without_place(case)
        return case.ours if bare.ours != bare.local and rule(bare) == bare.ours else case.local

    return applied


def without_place(case: Case) -> Case:
    """A case whose messages do not tell which statement of a transaction they are about."""
    ours, local = (replace(answer, message=PLACE.sub("", answer.message)) for answer in (case.ours, case.local))
    return Case(case.operation, ours, local)


def _told(told: dict[str, Any]) -> Answer:
    """The answer to one statement of a batch, or a reason of a transaction, as an answer of its own."""
    error = told.get("Error", told if "Code" in told else None)
    if error is None:
        return Answer(200, members={"Item": told["Item"]} if "Item" in told else {})
    members = {"Item": error["Item"]} if "Item" in error else {}
    return Answer(400, CODES.get(error["Code"], error["Code"]), str(error.get("Message", "")), members)


def _ruled(case: Case, rule: Callable[[Case], Answer], ours: dict[str, Any], local: dict[str, Any]) -> dict[str, Any]:
    own, other = _told(ours), _told(local)
    return ours if own != other and rule(Case(case.operation, own, other)) == own else local


def _in_batch(case: Case, rule: Callable[[Case], Answer]) -> Answer:
    ours, local = (answer.members.get("Responses", []) for answer in (case.ours, case.local))
    if len(ours) != len(local):
        return case.local
    return with_members(
        case.local, Responses=[_ruled(case, rule, own, other) for own, other in zip(ours, local, strict=True)]
    )


def _in_reasons(case: Case, rule: Callable[[Case], Answer]) -> Answer:
    ours, local = (answer.members["CancellationReasons"] for answer in (case.ours, case.local))
    if len(ours) != len(local):
        return case.local
    reasons = [
        other if "None" in (own["Code"], other["Code"]) else _ruled(case, rule, own, other)
        for own, other in zip(ours, local, strict=True)
    ]
    return cancelled(case.local, reasons)


def cancelled(answer: Answer, reasons: list[dict[str, Any]]) -> Answer:
    """The answer of a transaction that is cancelled for these reasons."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return replace(answer, message=f"{CANCELLED}[{codes}]", members={**answer.members, "CancellationReasons": reasons})


def fault(name: str, fact: str, local: str, ours: str) -> Entry:
    """An entry about a fault that is told in other words."""

    def rule(case: Case) -> Answer:
        is_known = re.fullmatch(local, case.local.message, re.DOTALL) and re.fullmatch(
            ours, case.ours.message, re.DOTALL
        )
        return case.ours if is_known else case.local

    return name, fact, everywhere(rule)


def capacity_of_statements(case: Case) -> Answer:
    """Local tells no capacity of statements."""
    if case.operation.name not in OPERATIONS or not case.both_good or "ConsumedCapacity" in case.local.members:
        return case.local
    return with_members(case.local, ConsumedCapacity=case.ours.members.get("ConsumedCapacity"))


def detail_of_malformed(case: Case) -> Answer:
    """Local repeats the statement."""
    both = all(MALFORMED in answer.message for answer in (case.ours, case.local))
    return case.ours if both else case.local


def name_of_a_duplicate(case: Case) -> Answer:
    """Local leaves the ending of the exception out."""
    both = case.ours.message == case.local.message == DUPLICATE
    return case.ours if both else case.local


def code_of_a_duplicate(case: Case) -> Answer:
    """Local calls a duplicate in a transaction by the code of what is not valid."""
    reasons = case.local.members.get("CancellationReasons")
    if case.operation.name != "ExecuteTransaction" or not reasons:
        return case.local
    return cancelled(
        case.local,
        [{**one, "Code": "DuplicateItem"} if one.get("Message") == DUPLICATE else one for one in reasons],
    )


def wording(case: Case) -> Answer:
    """What is worded otherwise elsewhere is so here."""
    return next((case.ours for _, _, rule in WORDINGS if rule(case) == case.ours), case.local)


def failure(case: Case) -> Answer:
    """Local fails inside."""
    failed = case.local.status == 500 and case.ours.status != 500
    return case.ours if failed and case.operation.name in OPERATIONS else case.local


def constraint(case: Case) -> Answer:
    """Local fails inside, words it in its own way, or does not look."""
    is_of_a_member = CONSTRAINT.match(case.ours.message) and case.operation.name in OPERATIONS
    return case.ours if is_of_a_member else case.local


def place_of_a_fault(case: Case) -> Answer:
    """Local names the statement of a transaction for other faults than we do."""
    bare = without_place(case)
    is_transaction = case.operation.name == "ExecuteTransaction" and case.both_refused
    return case.ours if is_transaction and bare.ours == bare.local else case.local


def reason_or_not(case: Case) -> Answer:
    """Local cancels a transaction for other faults than we do, and refuses the request for others."""
    reasons = [answer.members.get("CancellationReasons") for answer in (case.ours, case.local)]
    if case.operation.name != "ExecuteTransaction" or not case.both_refused or all(reasons) or not any(reasons):
        return case.local
    ours, local = (_alone(answer) for answer in (case.ours, case.local))
    if ours is None or local is None:
        return case.local
    stages = stage_of_statement(ours), stage_of_statement(local)
    is_same = ours == local or wording(Case(case.operation, ours, local)) == ours or PATHS in ours.message
    are_two = None not in stages and (stages[0] != stages[1] or head_of(ours) != head_of(local))
    return case.ours if is_same or are_two else case.local


def _alone(answer: Answer) -> Answer | None:
    """The one fault that is told, whether as a reason or not."""
    reasons = answer.members.get("CancellationReasons")
    if reasons is None:
        return Answer(answer.status, answer.kind, PLACE.sub("", answer.message))
    told = [_told(reason) for reason in reasons if reason["Code"] != "None"]
    return told[0] if len(told) == 1 else None


def table_of_a_fault(case: Case) -> Answer:
    """Local does not tell the table of a statement that it has not begun to carry out."""
    ours, local = (answer.members.get("Responses", []) for answer in (case.ours, case.local))
    if case.operation.name != "BatchExecuteStatement" or not local or len(ours) != len(local):
        return case.local
    found = [
        {**other, "TableName": own["TableName"]}
        if "Error" in own and "Error" in other and "TableName" in own
        else other
        for own, other in zip(ours, local, strict=True)
    ]
    return with_members(case.local, Responses=found)


def token_of_one_item(case: Case) -> Answer:
    """Local gives a token for a page of one item, behind which there is nothing."""
    is_one = len(case.local.members.get("Items", [])) <= 1 and "Limit" in case.operation.body
    if case.operation.name != "ExecuteStatement" or not case.both_good or not is_one:
        return case.local
    return with_members(case.local, Pages=None) if "Pages" not in case.ours.members else case.local


def whole_batch(case: Case) -> Answer:
    """Local knows what a statement is about that cannot be carried out, and we do not; with EXISTS it is the other way."""
    if case.ours.message in WHOLE and (
        case.local.message in WHOLE or stage_of_statement(case.local) in (LITERALS, VALUES)
    ):
        return case.ours
    is_batch = case.operation.name == "BatchExecuteStatement" and case.ours.is_good != case.local.is_good
    refused, done = (case.local, case.ours) if case.ours.is_good else (case.ours, case.local)
    errors = [one for one in done.members.get("Responses", []) if "Error" in one]
    return case.ours if is_batch and errors and refused.message in WHOLE else case.local


def changed_paths(statement: str) -> list[tuple[str | int, ...]]:
    """The paths that an UPDATE changes."""
    head = re.split(r"\bWHERE\b", statement, maxsplit=1, flags=re.IGNORECASE)[0]
    while (shorter := ARGUMENTS.sub("", head)) != head:
        head = shorter
    return [
        tuple(int(index) if index else quoted or word for quoted, index, word in STEP.findall(path))
        for path in CHANGE.findall(head)
    ]


def modified_leaves(case: Case) -> Answer:
    """Local returns whole top-level attributes where AWS returns the parts that were addressed."""
    if case.operation.name == "ExecuteStatement" and "Items" in case.local.members:
        return with_members(case.local, Items=_cut_items(case.operation.body, case.local.members["Items"]))
    if case.operation.name != "BatchExecuteStatement" or "Responses" not in case.local.members:
        return case.local
    responses = [
        _cut_response(body, response)
        for body, response in zip(case.operation.body["Statements"], case.local.members["Responses"], strict=False)
    ]
    return with_members(case.local, Responses=responses)


def _cut_items(body: dict[str, Any], items: list[Any]) -> list[Any]:
    text = str(body.get("Statement"))
    if not MODIFIED.search(text):
        return items
    # Where nothing is left of an item, nothing is returned.
    return [kept for kept in (cut(one, changed_paths(text)) for one in items) if kept]


def _cut_response(body: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    items = _cut_items(body, [response["Item"]]) if "Item" in response else []
    rest = {name: value for name, value in response.items() if name != "Item"}
    return {**rest, "Item": items[0]} if items else rest


def size_of_a_key(case: Case) -> Answer:
    """Local finds nothing where a key is longer than any key."""
    is_long = "has exceeded the" in case.ours.message and "size limit of" in case.ours.message
    return case.ours if case.operation.name == "ExecuteStatement" and is_long and case.local.is_good else case.local


NEGATED = re.compile(r"\bNOT\b|\bMISSING\b|<>|!=|attribute_not_exists", re.IGNORECASE)


def filter_of_an_index(case: Case) -> Answer:
    """Local looks at the item, where AWS refuses or looks at the entry of the index."""
    if case.operation.name != "ExecuteStatement" or case.ours.status == 500:
        return case.local
    if "does not project one or more filter attributes" in case.ours.message:
        return case.ours
    statement = str(case.operation.body.get("Statement"))
    is_partial = PARTIAL_INDEX.search(statement) is not None
    if not is_partial or not case.both_good:
        return case.local
    ours, local = (sorted(map(as_text, answer.members["Items"])) for answer in (case.ours, case.local))
    # What is not in the entry is missing: then the entry has what the item has not.
    is_less = set(ours) <= set(local) or NEGATED.search(statement) is not None
    return with_members(case.local, Items=case.ours.members["Items"]) if is_less else case.local


def key_of_another_type(case: Case) -> Answer:
    """Local refuses to compare a key attribute in a filter with a value of another type."""
    if case.operation.name != "ExecuteStatement" or case.ours.status == 500:
        return case.local
    if case.local.message.endswith("Condition parameter type does not match schema type"):
        return case.ours
    if "for a key attribute cannot contain an empty" in case.local.message and case.ours.is_good:
        return case.ours
    refused, done = (case.ours, case.local) if case.local.is_good else (case.local, case.ours)
    # Where a key is compared more than once, each of us takes another comparison for the key.
    is_of_a_key = refused.message.startswith("Key attribute's data type should match") and done.is_good
    is_read = "SELECT" in str(case.operation.body.get("Statement")).upper()
    return case.ours if is_of_a_key and is_read and len(_keys_compared(case)) > 1 else case.local


def _keys_compared(case: Case) -> list[str]:
    """How often the statement names the key that a message tells of."""
    message = case.ours.message or case.local.message
    name = re.escape(message.rpartition(" ")[2])
    where = str(case.operation.body.get("Statement")).upper().partition("WHERE")[2]
    return re.findall(rf"(?<![\w\"])\"?{name}\"?(?![\w\"])", where, re.IGNORECASE)


def item_of_a_failed_exists(case: Case) -> Answer:
    """Local gives no item with the reason of an EXISTS that asks for it."""
    reasons = case.local.members.get("CancellationReasons", [])
    told = case.ours.members.get("CancellationReasons", [])
    if case.operation.name != "ExecuteTransaction" or not reasons or len(reasons) != len(told):
        return case.local
    statements = case.operation.body["TransactStatements"]
    found = [
        {**other, "Item": own["Item"]} if "Item" in own and EXISTS.match(one["Statement"]) else other
        for one, own, other in zip(statements, told, reasons, strict=False)
    ]
    return with_members(case.local, CancellationReasons=found)


def type_of_an_index_key(case: Case) -> Answer:
    """Local overlooks that an update gives the key of an index another type."""
    refused = case.ours.message.startswith(INDEX_KEY)
    return case.ours if refused and case.local.is_good else case.local


def token_of_a_write(case: Case) -> Answer:
    """Local overlooks a token where there are no pages."""
    is_refused = case.ours.message == "Invalid NextToken" and case.operation.name == "ExecuteStatement"
    return case.ours if is_refused else case.local


def value_of_one_parameter(case: Case) -> Answer:
    """Some values that are none fail one statement of a batch there, and others all of it."""
    is_whole = case.operation.name == "BatchExecuteStatement" and case.local.is_good and not case.ours.is_good
    errors = [one for one in case.local.members.get("Responses", []) if "Error" in one]
    return case.ours if is_whole and errors and stage_of_statement(case.ours) in (LITERALS, VALUES) else case.local


def _texts(case: Case) -> str:
    body = case.operation.body
    several = body.get("Statements") or body.get("TransactStatements") or [body]
    return "\n".join(str(one.get("Statement")) for one in several)


def fallback_of_nothing(case: Case) -> Answer:
    """Local evaluates what if_not_exists falls back to although the path exists."""
    refused = case.local.message == "The provided expression refers to an attribute that does not exist in the item"
    return case.ours if refused and "if_not_exists" in _texts(case) and case.ours.is_good else case.local


def two_faults_of_an_update(case: Case) -> Answer:
    """Both refuse what an update does to the item, for different clauses."""
    known = (*OF_AN_UPDATE, "The document path provided in the update expression is invalid for update")
    return case.ours if case.ours.message in known and case.local.message in known else case.local


def parameters_inside_values(case: Case) -> Answer:
    """Local refuses parameters inside lists, maps and sets."""
    refused = case.local.message.startswith("Unsupported data type: Parameter under key")
    return case.ours if refused else case.local


def carried_out_in_part(case: Case) -> Answer:
    """Local carries out what stands before the second statement about an item, and then refuses the batch."""
    named = [as_text([table, key]) for table, key in case.operation.touches]
    is_stored = case.both_good and not {*case.ours.members, *case.local.members} - {"Stored"}
    is_batch = case.operation.name == "BatchExecuteStatement" and len(set(named)) < len(named)
    return case.ours if is_batch and is_stored else case.local


def order_over_partitions(case: Case) -> Answer:
    """Local does not put partitions in order that are named by OR, and puts each page in order by itself."""
    text = str(case.operation.body.get("Statement")).upper()
    ours, local = (answer.members.get("Items", []) for answer in (case.ours, case.local))
    is_same = sorted(map(as_text, ours)) == sorted(map(as_text, local))
    are_several = SEVERAL_PARTITIONS.search(text) is not None or "Limit" in case.operation.body
    is_ordered = "ORDER BY" in text and are_several
    return with_members(case.local, Items=ours) if is_ordered and is_same and ours else case.local


def order_of_everything(case: Case) -> Answer:
    """Local reads everything and puts it in order where the partition key is compared in any way; of one item it overlooks it."""
    is_refused = case.ours.message.startswith(ORDERS)
    return case.ours if is_refused and case.local.is_good else case.local


def sort_key_beside_or(case: Case) -> Answer:
    """Local loses the condition on the sort key beside an OR of partition keys and another condition."""
    text = str(case.operation.body.get("Statement"))
    if case.operation.name != "ExecuteStatement" or not case.local.is_good or not BESIDE_OR.search(text):
        return case.local
    if not case.ours.is_good:
        is_of_the_key = case.ours.message.startswith("Key attribute's data type should match")
        return case.ours if is_of_the_key else case.local
    ours, local = (Counter(map(as_text, answer.members.get("Items", []))) for answer in (case.ours, case.local))
    if ours - local:
        return case.local
    return with_members(case.local, Items=case.ours.members.get("Items"), Pages=case.ours.members.get("Pages"))


def faults_of_several_statements(case: Case) -> Answer:
    """Both refuse a transaction before it runs, for different statements."""
    stages = stage_of_statement(case.ours), stage_of_statement(case.local)
    is_several = len(case.operation.body.get("TransactStatements") or []) > 1
    is_static = case.both_refused and all(stage is not None and stage < STATIC for stage in stages)
    # Or one of them when it runs, for what does not fit a table.
    reasons = case.local.members.get("CancellationReasons", [])
    runs = any(reason.get("Code") == "ValidationError" for reason in reasons)
    is_first = runs and case.ours.kind == "ValidationException" and stages[0] is not None
    is_known = is_several and (is_static or is_first)
    return case.ours if is_known and case.operation.name == "ExecuteTransaction" else case.local


def path_into_a_key(case: Case) -> Answer:
    """Local does not look for paths into key attributes in the projections of a transaction."""
    return case.ours if case.ours.message.startswith("Key attributes must be scalars") else case.local


def emptied(value: Any) -> Any:
    """A value of which empty lists and maps are told without their type."""
    if isinstance(value, list):
        return [emptied(element) for element in value]
    if value in ({"M": {}}, {"L": []}):
        return {}
    return {name: emptied(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def empty_values_of_reasons(case: Case) -> Answer:
    """Local leaves the type of an empty list or map out of the item of a reason, and of the error of a batch."""
    found = case.local
    for name in ("CancellationReasons", "Responses"):
        ours, local = (answer.members.get(name, []) for answer in (case.ours, found))
        if isinstance(local, list) and isinstance(ours, list) and len(ours) == len(local) and local:
            each = zip(ours, local, strict=True)
            found = with_members(found, **{name: [own if emptied(own) == other else other for own, other in each]})
    return found


def pages_of_a_statement(case: Case) -> Answer:
    """Local ends pages elsewhere where it reads several partitions, and at the bound of a condition on the sort key."""
    own, other = (answer.members.get("Pages", 1) for answer in (case.ours, case.local))
    if case.operation.name != "ExecuteStatement" or not case.both_good or own == other:
        return case.local
    is_one_more = abs(own - other) == 1
    statement = str(case.operation.body.get("Statement"))
    # What is unlike a value is read as what is less and what is more.
    is_several = SEVERAL_PARTITIONS.search(statement) is not None or NEGATED.search(statement) is not None
    return with_members(case.local, Pages=case.ours.members.get("Pages")) if is_one_more or is_several else case.local


def columns_of_one_item(case: Case) -> Answer:
    """Local names the columns of a batch and of a transaction as an API projection does."""
    if case.operation.name not in OPERATIONS[1:] or "Responses" not in case.local.members:
        return case.local
    ours, local = (answer.members.get("Responses", []) for answer in (case.ours, case.local))
    if len(ours) != len(local):
        return case.local
    statements = case.operation.body.get("Statements") or case.operation.body.get("TransactStatements") or []
    found = [
        {**other, "Item": own["Item"]}
        if NESTED.search(str(one.get("Statement"))) and "Item" in own and "Item" in other
        else other
        for one, own, other in zip(statements, ours, local, strict=False)
    ]
    return with_members(case.local, Responses=found)


STATEMENTS: tuple[Entry, ...] = (
    ("capacity of statements", "AWS documentation, ConsumedCapacity of ExecuteStatement", capacity_of_statements),
    ("constraint of a statement", "AWS's service model has the constraints of all members", constraint),
    (
        "table of a fault",
        "AWS documentation, BatchStatementResponse: the table name associated with a failed statement",
        table_of_a_fault,
    ),
    (
        "token of one item",
        "inferred: a SELECT of the whole key is a GetItem, and has no second page",
        token_of_one_item,
    ),
    fault(
        "paths of a statement that overlap",
        "recorded on AWS: the second path is the one that overlaps; Local prints the last of the expression",
        "Two document paths (overlap|conflict) with each other; .*",
        "Two document paths (overlap|conflict) with each other; .*",
    ),
    fault(
        "name of a table in a statement",
        "inferred from what is recorded of other operations: a name that no table can have is a table that is not there",
        "Table name should be within the length .*",
        "Requested resource not found|The table does not have the specified index.*|This operation is not supported on an index",
    ),
    (
        "detail of what is malformed",
        "recorded on AWS: the detail says what is wrong, and does not repeat the statement",
        everywhere(detail_of_malformed),
    ),
    (
        "name of a duplicate",
        "AWS's service model: DuplicateItemException, and DuplicateItem as a code",
        everywhere(name_of_a_duplicate),
    ),
    (
        "code of a duplicate",
        "AWS documentation, CancellationReasons: DuplicateItem",
        code_of_a_duplicate,
    ),
    ("wording in a statement", "the same words as in other operations", everywhere(wording)),
    (
        "batch with a statement that is wrong",
        "inferred, not recorded on AWS: whether a statement that is wrong counts for what a batch is refused for as a whole",
        whole_batch,
    ),
    (
        "item of a failed EXISTS",
        "inferred from ConditionCheck, and the member that asks for it",
        item_of_a_failed_exists,
    ),
    (
        "type of an index key in a statement",
        "recorded on AWS: an update cannot give the key of an index another type",
        everywhere(type_of_an_index_key),
    ),
    ("token of a write", "inferred: a token is refused where it is not of the statement", token_of_a_write),
    (
        "parameters inside values",
        "sources disagree: the developer guide has question marks wherever a value may stand",
        everywhere(parameters_inside_values),
    ),
    (
        "fallback of if_not_exists in a statement",
        "AWS documentation, if_not_exists: the value counts only if the path is missing",
        everywhere(fallback_of_nothing),
    ),
    (
        "two faults of an UPDATE",
        "inferred, not recorded on AWS: nobody has recorded in which order clauses are carried out",
        everywhere(two_faults_of_an_update),
    ),
    (
        "batch that is carried out in part",
        "AWS documentation, BatchExecuteStatement: no two statements about one item, or the request is refused",
        carried_out_in_part,
    ),
    (
        "sort key beside OR",
        "AWS documentation, logical operators: AND is true where both are",
        sort_key_beside_or,
    ),
    ("path into a key in a statement", "recorded on AWS: key attributes are scalars", everywhere(path_into_a_key)),
    (
        "order of everything",
        "inferred from AWS's text, and from Scan, which has no order: one partition key or a list of them is wanted",
        order_of_everything,
    ),
    ("order over partitions", "AWS documentation, ORDER BY: the partition key has an order", order_over_partitions),
    (
        "empty values of reasons",
        "AWS documentation, AttributeValue: a value has exactly one type",
        empty_values_of_reasons,
    ),
    ("pages of a statement", "each server has an order of partitions of its own", pages_of_a_statement),
    (
        "columns of one item",
        "inferred: a SELECT returns the same alone and together with others, as Local does not",
        columns_of_one_item,
    ),
    fault(
        "no key in a transaction",
        "recorded on AWS: a request that is not valid is a ValidationException",
        "(ValidationError )?(Where clause does not contain|Multiple conditions on same key) .*",
        r"(Validation failed in TransactStatements\[\d+\]: )?(Where clause does not contain|Multiple conditions on same key) .*",
    ),
    (
        "failure of a statement",
        "AWS documentation has ORDER BY on indexes and functions of index keys; Local fails inside",
        failure,
    ),
    (
        "size of a key in a statement",
        "recorded on AWS for keys of every operation: they have a limit",
        size_of_a_key,
    ),
    (
        "modified parts of a statement",
        "recorded on AWS for UpdateItem: only the addressed parts of documents",
        modified_leaves,
    ),
    (
        "filter on what an index lacks",
        "recorded on AWS: refused where the partition key is given",
        filter_of_an_index,
    ),
    (
        "key of another type in a filter",
        "inferred from filters of Query: a comparison with another type is false",
        key_of_another_type,
    ),
)
# Last of all, after what is worded otherwise.
LAST: tuple[Entry, ...] = (
    (
        "two faults of expressions",
        "inferred, not recorded on AWS: nobody has recorded which part of an expression is reported first",
        everywhere(two_faults_of_expressions),
    ),
    (
        "faults of several statements",
        "inferred, not recorded on AWS: nobody has recorded which statement is reported first",
        faults_of_several_statements,
    ),
    (
        "order of faults of a statement",
        "inferred, not recorded on AWS: a statement is checked before its table, and its table before its values",
        everywhere(earlier_in_statement),
    ),
    (
        "value of one parameter of a batch",
        "inferred: the model of the API has one value in the place of every parameter; what is none refuses the request",
        value_of_one_parameter,
    ),
)
