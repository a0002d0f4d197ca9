"""Texts to nodes."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any, TypeAlias

import lark
from lark import Token, v_args

from statordb.partiql import table
from statordb.partiql.ast import (
    All,
    Assignment,
    Bag,
    Between,
    Call,
    Column,
    Compared,
    Create,
    Delete,
    Drop,
    Exists,
    Expression,
    In,
    Insert,
    Ion,
    Is,
    Like,
    List,
    Literal,
    Logic,
    Missing,
    Name,
    Not,
    Operation,
    Parameter,
    Path,
    Projection,
    Removal,
    Returning,
    Select,
    Sequence,
    Signed,
    Sorted,
    Source,
    Statement,
    Subquery,
    Target,
    Tuple,
    Update,
    at,
)
from statordb.partiql.errors import MalformedError, StatementError, malformed
from statordb.partiql.reserved import RESERVED

__all__ = ["DEPTH_MAX", "parse"]

Pair: TypeAlias = tuple[Expression, Expression]

# Whatever walks over nodes does it by calling itself.
DEPTH_MAX = 100
# Functions whose names are reserved; they are read so that they can be refused as functions.
AGGREGATES = frozenset({"avg", "count", "max", "min", "sum"})

# Each comment matches in one way only: with two, a text of many comments would be tried in all ways there are.
_COMMENT = r"--[^\n]*(?![^\n])|/\*(?:[^*]|\*(?!/))*\*/"
COMMENT = re.compile(_COMMENT)
# The first word of a statement, behind spaces and comments.
VERB = re.compile(rf"(?:\s|{_COMMENT})*(?:select|insert|update|delete|exists|create|drop)\b", re.I)

_lock = threading.Lock()


def parse(text: str) -> tuple[Statement, int]:
    """The nodes of a text, and how many parameters it has.

    Raises StatementError for a text that is not PartiQL, with the place of what should not be there.
    """
    # The callbacks count parameters; they count those of one text at a time.
    with _lock:
        parser, nodes = _parser()
        nodes.parameters, nodes.statement = 0, text
        try:
            tree: Any = parser.parse(text)
        except lark.exceptions.UnexpectedInput as error:
            raise _of_statement(text, malformed(_detail(error))) from None
        except MalformedError as error:
            raise _of_statement(text, error) from None
        statement: Statement = tree
        return statement, nodes.parameters


def _of_statement(text: str, error: MalformedError) -> MalformedError:
    """What is wrong with a text; one that begins like no statement is told that alone."""
    return error if VERB.match(text) else malformed("Expected data manipulation")


@cache
def _parser() -> tuple[lark.Lark, Nodes]:
    nodes = Nodes()
    return table.load(nodes), nodes


def _detail(error: lark.exceptions.UnexpectedInput) -> str:
    """Why a text is not PartiQL, in the words of AWS where those are known."""
    expected = getattr(error, "accepts", None) or getattr(error, "expected", None) or set()
    if expected & {"_INSERT", "_SET"}:
        return "Expected data manipulation"
    if isinstance(error, lark.exceptions.UnexpectedToken):
        token = error.token
        read = error.interactive_parser.parser_state.value_stack
        if read and getattr(read[-1], "type", None) == "NAME" and read[-1].lower() in RESERVED:
            # It was read as a name, and nobody has looked at it yet.
            token = read[-1]
            return f"Unexpected keyword at {at(token)}"
        if token.type == "$END":
            return "Unexpected end of statement"
        if token.type == "NAME":
            return f"Unexpected identifier at {at(token)}"
        if token.lower() in RESERVED:
            return f"Unexpected keyword at {at(token)}"
        return f"Unexpected token at {at(token)}"
    return f"Unexpected character at {error.line}:{error.column}:1"


def _name(token: Token) -> str:
    if token.type == "QUOTED":
        text = token[1:-1].replace('""', '"')
        if not text:
            raise StatementError("Path component cannot be an empty string")
        return text
    if token.lower() in RESERVED:
        raise malformed(f"Unexpected keyword at {at(token)}")
    return str(token)


def _deeper(*nodes: Expression | None) -> int:
    depth = 1 + max((node.depth for node in nodes if node is not None), default=0)
    if depth > DEPTH_MAX:
        raise malformed(f"it nests deeper than {DEPTH_MAX} levels")
    return depth


@v_args(inline=True)
class Nodes(lark.Transformer[Token, Any]):
    """Makes nodes of what the parser has read, from the inside out."""

    parameters: int = 0
    statement: str = ""

    # ------------------------------------------------------------------------------------------------------ statements

    def start(self, statement: Statement) -> Statement:
        return statement

    def quantifier(self, word: Token) -> Token:
        return word

    def projected_all(self, _star: Token) -> All:
        return All()

    def projected_value(self, *_: Any) -> Projection:
        return Projection()

    def projected(self, *columns: Column) -> list[Column]:
        return list(columns)

    def column(self, expression: Expression, alias: str | None) -> Column:
        return Column(expression, alias is not None)

    def alias(self, name: Token) -> str:
        return _name(name)

    def sources(self, *parts: Any) -> list[Source]:
        return [part for part in parts if isinstance(part, Source)]

    def source(self, expression: Expression, alias: str | None) -> Source:
        return Source(expression, alias is not None)

    def where(self, expression: Expression) -> Expression:
        return expression

    def group(self, *_: Any) -> bool:
        return True

    def having(self, _word: Token, expression: Expression) -> Expression:
        return expression

    def order(self, *keys: Sorted) -> list[Sorted]:
        return list(keys)

    def sorted(self, expression: Expression, direction: Token | None) -> Sorted:
        return Sorted(expression, direction is None or direction.type == "ASC")

    def limit(self, _word: Token, expression: Expression) -> Expression:
        return expression

    def offset(self, _word: Token, expression: Expression) -> Expression:
        return expression

    def select(
        self,
        token: Token,
        quantifier: Token | None,
        projection: All | Projection | list[Column],
        sources: list[Source],
        where: Expression | None,
        group: bool | None,
        having: Expression | None,
        order: list[Sorted] | None,
        limit: Expression | None,
        offset: Expression | None,
    ) -> Select:
        word = None if quantifier is None else quantifier.upper()
        return Select(token, word, projection, sources, where, bool(group), having, order or [], limit, offset)

    def insert(self, target: Target, _value: Token, value: Expression, returning: Returning | None) -> Insert:
        return Insert(target, value, returning)

    def insert_legacy(self, target: Target, value: Expression, returning: Returning | None) -> Insert:
        return Insert(target, value, returning, has_value_keyword=False)

    def update(self, target: Target, alias: str | None, *parts: Any) -> Update:
        *changes, where, returning = parts
        each: list[Assignment | Removal] = [change for change in changes for change in change]
        return Update(target, alias is not None, each, where, returning)

    def set(self, *assignments: Assignment) -> list[Assignment]:
        return list(assignments)

    def assignment(self, target: Target, _equal: Token, value: Expression) -> Assignment:
        return Assignment(target, value)

    def remove(self, target: Target) -> list[Removal]:
        return [Removal(target)]

    def delete(
        self, target: Target, alias: str | None, where: Expression | None, returning: Returning | None
    ) -> Delete:
        return Delete(target, alias is not None, where, returning)

    def returning(self, what: Token, when: Token, star: Token | Expression) -> Returning:
        return Returning(what.upper(), when.upper(), isinstance(star, Token))

    def create(self, *_: Token) -> Create:
        return Create()

    def drop(self, *_: Token) -> Drop:
        return Drop()

    # ------------------------------------------------------------------------------------------------------ conditions

    def _logic(self, operator: str, left: Expression, token: Token, right: Expression) -> Logic:
        # A chain is one node, however long it is.
        more = right.operands if isinstance(right, Logic) and right.operator == operator else [right]
        if isinstance(left, Logic) and left.operator == operator:
            left.operands.extend(more)
            left.depth = max(left.depth, _deeper(*more))
            return left
        return Logic(operator, [left, *more], token, _deeper(left, *more))

    def or_(self, left: Expression, token: Token, right: Expression) -> Logic:
        return self._logic("OR", left, token, right)

    def and_(self, left: Expression, token: Token, right: Expression) -> Logic:
        return self._logic("AND", left, token, right)

    def not_(self, token: Token, operand: Expression) -> Not:
        return Not(operand, token, _deeper(operand))

    def compared(self, left: Expression, operator: Token, right: Expression) -> Compared:
        name = "<>" if operator == "!=" else str(operator)
        return Compared(name, left, right, operator, _deeper(left, right))

    def between(
        self, operand: Expression, negated: Token | None, token: Token, low: Expression, _and: Token, high: Expression
    ) -> Between:
        return Between(operand, low, high, negated is not None, token, _deeper(operand, low, high))

    def in_(self, operand: Expression, negated: Token | None, token: Token, among: Expression) -> In:
        # One value in parentheses is a list of one here, and the value itself elsewhere.
        between = COMMENT.sub("", self.statement[token.end_pos : among.token.start_pos])
        return In(operand, among, "(" in between, negated is not None, token, _deeper(operand, among))

    def is_(self, operand: Expression, token: Token, negated: Token | None, what: Token) -> Is:
        return Is(operand, what.upper(), negated is not None, token, _deeper(operand))

    def like(self, operand: Expression, _negated: Token | None, token: Token, pattern: Expression) -> Like:
        return Like(operand, token, _deeper(operand, pattern))

    # ---------------------------------------------------------------------------------------------------------- values

    def summed(self, left: Expression, operator: Token, right: Expression) -> Operation:
        return Operation(str(operator), left, right, operator, _deeper(left, right))

    def signed(self, operator: Token, operand: Expression) -> Expression:
        if isinstance(operand, Literal) and operand.kind == "N" and not str(operand.value).startswith("-"):
            sign = "-" if operator == "-" else ""
            return Literal("N", f"{sign}{operand.value}", operand.token)
        return Signed(str(operator), operand, operator, _deeper(operand))

    def target(self, name: Token, *steps: str | Expression) -> Target:
        return Target(_name(name), list(steps), name)

    def name(self, token: Token) -> Name:
        return Name(_name(token), token)

    def path(self, root: Expression, *steps: str | Expression) -> Path:
        inner = [step for step in steps if not isinstance(step, str)]
        return Path(root, list(steps), root.token, _deeper(root, *inner))

    def step(self, name: Token) -> str:
        return _name(name)

    def index(self, _open: Token, expression: Expression) -> Expression:
        return expression

    def text(self, token: Token) -> Literal:
        return Literal("S", token[1:-1].replace("''", "'"), token)

    def number(self, token: Token) -> Literal:
        return Literal("N", str(token), token)

    def true(self, token: Token) -> Literal:
        return Literal("BOOL", True, token)

    def false(self, token: Token) -> Literal:
        return Literal("BOOL", False, token)

    def null(self, token: Token) -> Literal:
        return Literal("NULL", None, token)

    def missing(self, token: Token) -> Missing:
        return Missing(token)

    def parameter(self, token: Token) -> Parameter:
        number = self.parameters
        self.parameters += 1
        return Parameter(number, token)

    def ion(self, token: Token) -> Ion:
        return Ion(token)

    def list(self, token: Token, *elements: Expression | None) -> List:
        given = [element for element in elements if element is not None]
        return List(given, token, _deeper(*given))

    def bag(self, token: Token, *elements: Expression | None) -> Bag:
        given = [element for element in elements if element is not None]
        return Bag(given, token, _deeper(*given))

    def tuple(self, token: Token, *pairs: Pair | None) -> Tuple:
        given = [pair for pair in pairs if pair is not None]
        return Tuple(given, token, _deeper(*(node for pair in given for node in pair)))

    def pair(self, name: Expression, value: Expression) -> Pair:
        return name, value

    def call(self, name: Token, *arguments: Expression | Token | None) -> Call:
        word = name.lower()
        if name.type == "NAME" and word in RESERVED and word not in AGGREGATES:
            raise malformed(f"Unexpected keyword at {at(name)}")
        given = [argument for argument in arguments if argument is not None]
        each = [None if isinstance(argument, Token) else argument for argument in given]
        return Call(str(name), each, name, _deeper(*each))

    def argument(self, argument: Expression | Token) -> Expression | Token:
        return argument

    def group_(self, inner: Expression) -> Expression:
        return inner

    def sequence(self, *elements: Expression) -> Sequence:
        return Sequence(list(elements), elements[0].token, _deeper(*elements))

    def subquery(self, select: Select) -> Subquery:
        return Subquery(select, select.token)

    def exists(self, _word: Token, select: Select) -> Exists:
        return Exists(select, select.token)
