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

STAGES: tuple[tuple[float, str], ...] = (
    (1, r"\d+ validation errors? detected: .*"),
    (
        2,
        r"Statement wasn't well formed, .*|Path component cannot be an empty string|Unsupported (operation|token|clause).*"
        r"|Aliasing is not supported|Only select from a single table.*|A path may contain.*|Unexpected .*|Unrecognized function: .*"
        r"|FROM clause may only.*|This operation is not supported on an index|Select projection doesn't.*",
    ),
    (
        3,
        r"Where clause does not contain.*|Variable reference .* in ORDER BY .*|Must have .*|Duplicate identifiers in select.*"
        r"|Multiple conditions on same key.*|Invalid returning clause.*|Expected '\*' .*|The (first|second) argument to SET_.*"
        r"|Empty bags are not supported.*|Tuple keys must be.*|Duplicate keys in tuple.*|MISSING must be compared.*"
        r"|Unsupported operator in .*|List index is not within.*|The (left hand|arguments).*|WHERE clause must contain.*|IN operator must.*"
        r"|RETURNING is not supported.*",
    ),
    (3.2, r"Unsupported data type: .*"),
    (
        3.5,
        r"Select statements within ExecuteTransaction .*|EXISTS.*|RETURNING clause is not supported.*|Reads on indices .*"
        r"|Only single item select is supported",
    ),
    (3.7, r"ExecuteTransaction API does not support both.*|Read and write requests together.*"),
    (4, r"Number of parameters in request.*|Number (over|under)flow.*|Supplied AttributeValue .*|.*Input collection .*|(A value provided|The parameter) cannot be converted.*"),
    (5, r"Requested resource not found|Cannot do operations on a non-existent table"),
    (6, r"Key attribute.*|One or more parameter values .*|The table does not have the specified index.*"),
    (
        7,
        r"Two document paths .*|Incorrect (operand|number).*|The first operand must be .*|Invalid .*|The BETWEEN operator .*|Item size .*",
    ),
    (8, r"The (conditional request failed|provided expression|document path|update expression).*|An operand in the update.*"),
)
PLACE = re.compile(r"^Validation failed in TransactStatements\[\d+\]: ")
COMPILED = tuple((stage, re.compile(pattern, re.DOTALL)) for stage, pattern in STAGES)


def stage_of_statement(answer: Answer) -> float | None:
    """The stage that a refusal of a statement belongs to."""
    text = PLACE.sub("", answer.message)
    return next((stage for stage, pattern in COMPILED if pattern.fullmatch(text)), None)


def earlier_in_statement(case: Case) -> Answer:
    """Both refuse, for different faults."""
    ours, local = stage_of_statement(case.ours), stage_of_statement(case.local)
    # A statement is planned with the keys of its table.
    is_absent = case.ours.kind == "ResourceNotFoundException" and local is not None
    if is_absent or (ours is not None and local is not None and ours < local):
        return case.ours
    return earlier(case)
