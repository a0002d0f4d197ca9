"""Requests with two faults: AWS reports the one that it checks first, DynamoDB Local another.

Only the order is excused: both must refuse, and the fault that we report must be of an earlier stage of AWS's checks than
Local's. The stages are told apart by the text of the messages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case
    from .peer import Answer

Entry = tuple[str, str, "Callable[[Case], Answer]"]

STAGES: tuple[tuple[float, str], ...] = (
    (
        1,
        r".*BillingMode is PAY_PER_REQUEST|.*failed to satisfy constraint: .*|No Attribute Schema Defined|Table read and write throughput must.*|No defined key schema.*|Limit must be greater.*|Invalid table/index name.*",
    ),
    (2, r"Can not use both expression and non-expression parameters .*"),
    (2.9, r"TransactItems can only contain.*|Invalid Request: TransactWriteRequest.*"),
    (
        2.8,
        r"At least one of ProvisionedThroughput, .*|.*ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
    ),
    (3.1, r"One or more parameter values were invalid: (ADD action|DELETE action|Only DELETE).*"),
    (
        2.95,
        r"(One or more parameter values were invalid: )?(Null attribute|Input coll|An (string|number) set|Binary sets).*"
        r"|The parameter cannot be converted.*|Attempting to store.*|A value provided cannot.*|Supplied AttributeValue.*|Number (over|under)flow.*",
    ),
    (3.0, r"ReturnValues can only.*|Return values set to invalid value"),
    (
        3.2,
        r"The BETWEEN condition .*|.*Duplicate value in attribute name: .*|Cannot have two attributes.*|ConditionalOperator .*|One or more parameter values were invalid: (Invalid number of argument|AttributeValueList|Value |Exists|ComparisonOperator|AttributeValues inside).*|Item size has exceeded.*",
    ),
    (3.3, r"The (Segment|TotalSegments) parameter .*|.* at 'segment' .*|If (total )?segment.*"),
    (3.4, r"Either the KeyConditions or KeyConditionExpression .*|Conditions must be at least length 1"),
    (4.0, r"ExpressionAttribute.*"),
    (4.1, r"Invalid UpdateExpression: .*"),
    (4.2, r"Invalid ConditionExpression: .*"),
    (
        4.3,
        r"(Invalid KeyConditionExpression: |KeyConditionExpressions |Invalid operator used in KeyCond|Invalid condition in KeyCond).*|Conditions can be of length.*",
    ),
    (4.4, r"Invalid FilterExpression: .*"),
    (4.5, r"Invalid ProjectionExpression: .*"),
    (4.6, r"Value provided in ExpressionAttributeNames.*"),
    (4.7, r"Value provided in ExpressionAttributeValues.*"),
    (5, r"Requested resource not found.*|Cannot do operations on a non-existent table"),
    (5.9, r"Table already exists.*|Cannot create preexisting table"),
    (6.0, r"The table does not have the specified index.*"),
    (6.1, r"The provided (exclusive )?start.*|The query can return.*|Exclusive Start Key.*"),
    (
        6.2,
        r"Transaction request cannot include.*|Provided list of item keys contains duplicates|The provided key element.*|One or more parameter values were invalid: (Missing the key|Type mismatch for|Cannot update attribute|Size of).*|One or more parameter values are not valid.*|One of the required keys.*|Invalid attribute value type|The number of conditions on the keys.*|The list of keys in RequestItems for BatchGetItem may not contain.*|Hash primary key values must.*|Query condition missed.*|Query key condition.*|Filter Expression can only.*|QueryFilter can only.*|Consistent read.*|One or more parameter values were invalid: (Condition parameter|Global secondary|Secondary index|Select type).*",
    ),
    (6.25, r"The update expression attempted.*"),
    (6.3, r"Key attributes must be scalars.*"),
    (6.5, r"ALL_PROJECTED_ATTRIBUTES can be.*|Must specify the Attr.*|Cannot specify the.*"),
    (7, r"Transaction cancelled, .*|The conditional request failed"),
    (8.0, r"DynamoDB only supports precision.*|The provided expression refers.*|An operand in the update expression.*"),
    (8.1, r"The document path provided.*|Item size to update.*|Type mismatch for attribute to update"),
)
# Where AWS looks for a table; a name of one or two characters is one that is not there.
TABLE = 5
CONSTRAINTS = 1
SEVERAL = re.compile(r"[0-9]+ validation errors detected: ")
# Within one expression; what is not named here comes first.
EXPRESSIONS = 4
WITHIN = (
    r"Invalid (?!Update)\w+: Attribute name is a reserved keyword",
    "An expression attribute name used in the document path is not defined",
    "An expression attribute value used in expression is not defined",
    "Two document paths overlap",
    "Two document paths conflict",
    "Incorrect number of operands",
    "The first operand must be distinct",
    "Incorrect operand type for operator or function; operator: ",
    "Incorrect operand type",
)
COMPILED = tuple((stage, re.compile(pattern, re.DOTALL)) for stage, pattern in STAGES)


def stage_of(answer: Answer) -> float | None:
    """The stage of AWS's checks that a refusal belongs to."""
    text = answer.message.removeprefix("1 validation error detected: ")
    stage = next((stage for stage, pattern in COMPILED if pattern.fullmatch(text)), None)
    if stage is None or int(stage) != EXPRESSIONS:
        return stage
    return stage + next((place / 100 for place, part in enumerate(WITHIN, 1) if re.search(part, text)), 0)


def several_constraints(case: Case) -> Answer:
    """AWS lists all members that are against a constraint, Local stops at one."""
    are_several = SEVERAL.match(case.ours.message) is not None and stage_of(case.local) == CONSTRAINTS
    return case.ours if are_several and case.both_refused else case.local


def earlier(case: Case) -> Answer:
    """Both refuse, for different faults."""
    if not case.both_refused:
        return case.local
    ours, local = stage_of(case.ours), stage_of(case.local)
    if case.local.message.startswith("Invalid table/index name") and len(str(case.operation.body.get("TableName"))) in (
        1,
        2,
    ):
        local = TABLE
    return case.ours if ours is not None and local is not None and ours < local else case.local


ORDER: tuple[Entry, ...] = (
    (
        "several constraints",
        "recorded on AWS: all members that are against a constraint are listed",
        several_constraints,
    ),
    (
        "order of faults",
        "order of AWS's checks: the stages are recorded on AWS, the order within a stage is partly inferred",
        earlier,
    ),
)
