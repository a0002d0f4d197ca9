"""What a statement is made of.

A node knows the token that it begins with, for messages, and how deep it nests: whatever walks over nodes by calling
itself may rely on that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lark import Token

__all__ = [
    "All",
    "Assignment",
    "Bag",
    "Between",
    "Call",
    "Column",
    "Compared",
    "Create",
    "Delete",
    "Drop",
    "Exists",
    "Expression",
    "In",
    "Insert",
    "Ion",
    "Is",
    "Like",
    "List",
    "Literal",
    "Logic",
    "Missing",
    "Name",
    "Not",
    "Operation",
    "Parameter",
    "Path",
    "Projection",
    "Removal",
    "Returning",
    "Select",
    "Sequence",
    "Signed",
    "Sorted",
    "Source",
    "Statement",
    "Subquery",
    "Target",
    "Tuple",
    "Update",
    "Value",
    "at",
]


def at(token: Token) -> str:
    """Where a token stands, as messages tell it: line, column and length."""
    return f"{token.line}:{token.column}:{len(token)}"


# --------------------------------------------------------------------------------------------------------- expressions


@dataclass(slots=True)
class Name:
    """An attribute, or a table."""

    text: str
    token: Token
    depth: int = 0


@dataclass(slots=True)
class Literal:
    """A scalar: its type (S, N, BOOL or NULL) and its content."""

    kind: str
    value: str | bool | None
    token: Token
    depth: int = 0


@dataclass(slots=True)
class Parameter:
    """A question mark, by its number from 0 on."""

    number: int
    token: Token
    depth: int = 0


@dataclass(slots=True)
class Missing:
    """The word MISSING."""

    token: Token
    depth: int = 0


@dataclass(slots=True)
class Ion:
    """A literal between backquotes."""

    token: Token
    depth: int = 0


@dataclass(slots=True)
class Path:
    """What lies in something: steps are names, or what stands in brackets."""

    root: Expression
    steps: list[str | Expression]
    token: Token
    depth: int


@dataclass(slots=True)
class List:
    """Values in brackets."""

    elements: list[Expression]
    token: Token
    depth: int


@dataclass(slots=True)
class Bag:
    """Values between << and >>: a set."""

    elements: list[Expression]
    token: Token
    depth: int


@dataclass(slots=True)
class Tuple:
    """Pairs in braces: a map."""

    pairs: list[tuple[Expression, Expression]]
    token: Token
    depth: int


@dataclass(slots=True)
class Sequence:
    """Two or more values in parentheses."""

    elements: list[Expression]
    token: Token
    depth: int


@dataclass(slots=True)
class Call:
    """A function with its arguments; a star is none."""

    name: str
    arguments: list[Expression | None]
    token: Token
    depth: int


@dataclass(slots=True)
class Operation:
    """Arithmetic, or a concatenation."""

    operator: str
    left: Expression
    right: Expression
    token: Token
    depth: int


@dataclass(slots=True)
class Signed:
    """A sign before something that is not a number."""

    operator: str
    operand: Expression
    token: Token
    depth: int


@dataclass(slots=True)
class Compared:
    """A comparison."""

    operator: str
    left: Expression
    right: Expression
    token: Token
    depth: int


@dataclass(slots=True)
class Between:
    """A value between two bounds."""

    operand: Expression
    low: Expression
    high: Expression
    negated: bool
    token: Token
    depth: int


@dataclass(slots=True)
class In:
    """A value among others, and whether these stand in parentheses."""

    operand: Expression
    among: Expression
    is_grouped: bool
    negated: bool
    token: Token
    depth: int


@dataclass(slots=True)
class Is:
    """IS MISSING and IS NULL."""

    operand: Expression
    what: str
    negated: bool
    token: Token
    depth: int


@dataclass(slots=True)
class Like:
    """LIKE, which DynamoDB does not have."""

    operand: Expression
    token: Token
    depth: int


@dataclass(slots=True)
class Not:
    """A negation."""

    operand: Expression
    token: Token
    depth: int


@dataclass(slots=True)
class Logic:
    """Two or more conditions, all of which hold (AND) or one of which does (OR)."""

    operator: str
    operands: list[Expression]
    token: Token
    depth: int


@dataclass(slots=True)
class Subquery:
    """A SELECT in parentheses."""

    select: Select
    token: Token
    depth: int = 0


@dataclass(slots=True)
class Exists:
    """EXISTS with a SELECT."""

    select: Select
    token: Token
    depth: int = 0


Value: TypeAlias = Literal | Parameter | List | Bag | Tuple
Expression: TypeAlias = (
    Name
    | Literal
    | Parameter
    | Missing
    | Ion
    | Path
    | List
    | Bag
    | Tuple
    | Sequence
    | Call
    | Operation
    | Signed
    | Compared
    | Between
    | In
    | Is
    | Like
    | Not
    | Logic
    | Subquery
    | Exists
)

# ---------------------------------------------------------------------------------------------------------- statements


@dataclass(slots=True)
class All:
    """The star of a SELECT."""


@dataclass(slots=True)
class Projection:
    """SELECT VALUE and PIVOT."""


@dataclass(slots=True)
class Column:
    """One expression of a SELECT, and whether it has a name of its own."""

    expression: Expression
    is_aliased: bool


@dataclass(slots=True)
class Source:
    """Where a SELECT reads."""

    expression: Expression
    is_aliased: bool


@dataclass(slots=True)
class Sorted:
    """One key of an ORDER BY."""

    expression: Expression
    ascends: bool


@dataclass(slots=True)
class Target:
    """A name with steps: a table, or what an UPDATE changes."""

    name: str
    steps: list[str | Expression]
    token: Token


@dataclass(slots=True)
class Select:
    """SELECT. Clauses that DynamoDB does not have are there to be refused by name."""

    token: Token
    quantifier: str | None
    projection: All | Projection | list[Column]
    sources: list[Source]
    where: Expression | None
    has_group: bool
    having: Expression | None
    order: list[Sorted]
    limit: Expression | None
    offset: Expression | None


@dataclass(slots=True)
class Returning:
    """RETURNING: ALL or MODIFIED, OLD or NEW, and whether a star follows."""

    what: str
    when: str
    has_star: bool


@dataclass(slots=True)
class Insert:
    """INSERT; without VALUE it is one of SQL's older forms."""

    target: Target
    value: Expression
    returning: Returning | None
    has_value_keyword: bool = True


@dataclass(slots=True)
class Assignment:
    """One part of a SET."""

    target: Target
    value: Expression


@dataclass(slots=True)
class Removal:
    """A REMOVE."""

    target: Target


@dataclass(slots=True)
class Update:
    """UPDATE."""

    target: Target
    is_aliased: bool
    changes: list[Assignment | Removal] = field(default_factory=list)
    where: Expression | None = None
    returning: Returning | None = None


@dataclass(slots=True)
class Delete:
    """DELETE."""

    target: Target
    is_aliased: bool
    where: Expression | None
    returning: Returning | None


@dataclass(slots=True)
class Create:
    """CREATE TABLE."""


@dataclass(slots=True)
class Drop:
    """DROP TABLE."""


Statement: TypeAlias = Select | Insert | Update | Delete | Create | Drop | Expression
