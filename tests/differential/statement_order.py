"""Statements with two faults: which of them is told first is not recorded on AWS.

As in `order_of_faults`, both must refuse, and our fault must be of an earlier stage than Local's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .order_of_faults import earlier

if TYPE_CHECKING:
    from .case import Case
    from .peer import Answer

# What is wrong with a parameter, whatever the statement is.
VALUES = 4
OF_EXPRESSIONS = 7
# Before this a statement is refused whatever its table and its parameters are.
STATIC = 4.5
LITERALS = 3.3
STAGES: tuple[tuple[float, str], ...] = (
    (1, r"\d+ validation errors? detected: .*"),
    (1.9, r"Path component cannot be an empty string"),
    (2, r"Statement wasn't well formed, .*"),
    (
        2.1,
        r"Unsupported (operation|token|clause).*|Aliasing is not supported|Only select from a single table.*"
        r"|A path may contain.*|FROM clause may only.*|This operation is not supported on an index"
        r"|Select projection doesn't.*|Unexpected from source|The argument to NOT must.*",
    ),
    (
        3,
        r"Where clause does not contain.*|Variable reference .* in ORDER BY .*|Must have .*|Duplicate identifiers in select.*"
        r"|Invalid returning clause.*|Expected '\*' .*|The first argument to SET_.*|SET_(ADD|DELETE) must have .*"
        r"|Empty bags are not supported.*|Tuple keys must be.*|Duplicate keys in tuple.*|MISSING must be compared.*"
        r"|Unsupported operator in .*|List index is not within.*|The (left hand|arguments).*|WHERE clause must contain.*|IN operator must.*"
        r"|RETURNING is not supported.*|Operator or function requires a document path; operator or function: if_not_exists|The function is not allowed in an update.*",
    ),
    (3.1, r"Multiple conditions on same key.*|The second argument to SET_.*"),
    (3.12, r"Unsupported format in item expression.*"),
    (3.15, r"Unsupported data type in Bag.*"),
    (4.1, r"EXISTS can only be used .*"),
    (
        3.2,
        r"Negative zero decimal .*|Syntax error; .*|Unrecognized function: .*|Unsupported data type.*|Unexpected path component.*",
    ),
    (
        3.5,
        r"Select statements within ExecuteTransaction .*|EXISTS.*|RETURNING clause is not supported.*|Reads on indices .*"
        r"|Only single item select is supported|Unsupported operation in transaction.*",
    ),
    (3.7, r"ExecuteTransaction API does not support both.*|Read and write requests together.*"),
    (3.8, r"Provided list of item keys contains duplicates"),
    (LITERALS, r"Input collection contains duplicates"),
    (
        VALUES,
        r"One or more parameter values were invalid: (Null attribute|Binary sets|An (string|number) set|Input coll).*"
        r"|DynamoDB only supports precision.*|Attempting to store .*",
    ),
    (
        VALUES,
        r"Number of parameters in request.*|Number (over|under)flow.*|Supplied AttributeValue .*|.*Input collection .*|(A value provided|The parameter) cannot be converted.*",
    ),
    (5, r"Requested resource not found|Cannot do operations on a non-existent table"),
    (6.2, r".* index .* does not project .*|One or more parameter values were invalid: Condition parameter type .*"),
    (6.1, r"Key value must be of type .*"),
    (
        6,
        r"Key attribute.*|Consistent reads .*|One or more parameter values .*|The table does not have the specified index.*",
    ),
    (
        OF_EXPRESSIONS,
        r"Two document paths .*|Incorrect (operand|number).*|The first operand must be .*|Invalid .*|The BETWEEN operator .*",
    ),
    (7.5, r"Item size .*"),
    (
        8,
        r"The (conditional request failed|provided expression|document path|update expression).*|An operand in the update.*",
    ),
)
NO_INDEX = "The table does not have the specified index"
PLACE = re.compile(r"^Validation failed in TransactStatements\[\d+\]: ")
COMPILED = tuple((stage, re.compile(pattern, re.DOTALL)) for stage, pattern in STAGES)


def stage_of_statement(answer: Answer) -> float | None:
    """The stage that a refusal of a statement belongs to."""
    text = PLACE.sub("", answer.message)
    return next((stage for stage, pattern in COMPILED if pattern.fullmatch(text)), None)


def head_of(answer: Answer) -> str:
    """What a message says, without what it says it of."""
    return answer.message.partition(";")[0]


def two_faults_of_expressions(case: Case) -> Answer:
    """Both refuse the expressions of a statement, for different parts of them."""
    both = stage_of_statement(case.ours) == stage_of_statement(case.local) == OF_EXPRESSIONS
    return case.ours if both and head_of(case.ours) != head_of(case.local) else case.local


def earlier_in_statement(case: Case) -> Answer:
    """Both refuse, for different faults."""
    ours, local = stage_of_statement(case.ours), stage_of_statement(case.local)
    # A statement is planned with the keys of its table.
    is_absent = local is not None and (
        case.ours.kind == "ResourceNotFoundException" or case.ours.message.startswith(NO_INDEX)
    )
    if is_absent or (ours is not None and local is not None and ours < local):
        return case.ours
    return earlier(case)
