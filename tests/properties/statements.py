"""Random conditions of statements: their text in PartiQL, their text as an expression, and what a model makes of them.

Each node writes itself both ways and decides about an item in its plain form. Nothing here knows the parser or the
planner of statements.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st

from .test_conditions import COMPARE, begins_with, contains, order, size
from .values import Typed, documents, plain

Path: TypeAlias = "tuple[str | int, ...]"
Item: TypeAlias = "dict[str, Typed]"

EFFORT = int(os.environ.get("STATORDB_TEST_EFFORT", "1"))


def examples(count: int) -> int:
    """How many examples a test draws: more with `STATORDB_TEST_EFFORT`."""
    return count * EFFORT


# --------------------------------------------------------------------------------------------------------------- texts


@dataclass
class Statement:
    """A statement while it is written: its parameters in their order."""

    parameters: list[Typed] = field(default_factory=list)

    def value(self, value: Typed, *, is_literal: bool) -> str:
        """A value, as a literal where there is one."""
        [(kind, content)] = value.items()
        if not is_literal or kind in ("B", "BS"):
            self.parameters.append(value)
            return "?"
        return literal(kind, content, self)

    def members(self, text: str) -> dict[str, Any]:
        """The members of ExecuteStatement."""
        return {"Statement": text, **({"Parameters": self.parameters} if self.parameters else {})}


def literal(kind: str, content: Any, statement: Statement) -> str:
    """The literal of a value; what has none inside is a parameter."""
    quoted = "'" + content.replace("'", "''") + "'" if kind == "S" else ""
    if kind == "L":
        return f"[{', '.join(statement.value(element, is_literal=True) for element in content)}]"
    if kind == "M":
        pairs = [(name.replace("'", "''"), statement.value(each, is_literal=True)) for name, each in content.items()]
        return "{" + ", ".join(f"'{name}': {value}" for name, value in pairs) + "}"
    if kind in ("SS", "NS"):
        return f"<<{', '.join(literal(kind[0], element, statement) for element in content)}>>"
    return {"S": quoted, "N": str(content), "BOOL": str(content).lower(), "NULL": "null"}[kind]


@dataclass
class Expression:
    """An expression while it is written: its names and values get placeholders."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Typed] = field(default_factory=dict)

    def name(self, name: str) -> str:
        self.names[f"#{name}"] = name
        return f"#{name}"

    def value(self, value: Typed) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = value
        return name

    def members(self, **texts: str | None) -> dict[str, Any]:
        """The members of a request with these expressions."""
        members: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
        if self.names:
            members["ExpressionAttributeNames"] = self.names
        if self.values:
            members["ExpressionAttributeValues"] = self.values
        return members


# --------------------------------------------------------------------------------------------------------------- nodes


def resolve(item: dict[str, Any], path: Path) -> Any:
    """The plain value at a path, or nothing."""
    value = item.get(str(path[0]))
    for step in path[1:]:
        if value is None:
            return None
        kind, content = value
        if isinstance(step, int):
            value = content[step] if kind == "L" and step < len(content) else None
        else:
            value = content.get(step) if kind == "M" else None
    return value


def stepped(path: Path, name: Any) -> str:
    """A path with its names written by `name`."""
    first, *rest = path
    return name(first) + "".join(f"[{step}]" if isinstance(step, int) else f".{name(step)}" for step in rest)


@dataclass(frozen=True)
class At:
    """What lies at a path."""

    path: Path
    is_quoted: bool = False

    def text(self, statement: Statement) -> str:
        return stepped(self.path, lambda name: f'"{name}"' if self.is_quoted else name)

    def expression(self, expression: Expression) -> str:
        return stepped(self.path, expression.name)

    def plain(self, item: Any) -> Any:
        return resolve(item, self.path)


@dataclass(frozen=True)
class Value:
    """A literal or a parameter."""

    typed: Typed
    is_literal: bool

    def text(self, statement: Statement) -> str:
        return statement.value(self.typed, is_literal=self.is_literal)

    def expression(self, expression: Expression) -> str:
        return expression.value(self.typed)

    def plain(self, item: Any) -> Any:
        return plain(self.typed)


@dataclass(frozen=True)
class Size:
    """The size of what lies at a path."""

    of: At

    def text(self, statement: Statement) -> str:
        return f"size({self.of.text(statement)})"

    def expression(self, expression: Expression) -> str:
        return f"size({self.of.expression(expression)})"

    def plain(self, item: Any) -> Any:
        return size(self.of.plain(item))


Operand: TypeAlias = At | Value | Size


@dataclass(frozen=True)
class Compared:
    left: Operand
    operator: str
    right: Operand

    def text(self, statement: Statement) -> str:
        return f"{self.left.text(statement)} {self.operator} {self.right.text(statement)}"

    def expression(self, expression: Expression) -> str:
        return f"{self.left.expression(expression)} {self.operator} {self.right.expression(expression)}"

    def decide(self, item: Any) -> bool:
        return bool(COMPARE[self.operator](self.left.plain(item), self.right.plain(item)))


@dataclass(frozen=True)
class Between:
    operand: Operand
    low: Value
    high: Value
    negated: bool = False

    def text(self, statement: Statement) -> str:
        word = "NOT BETWEEN" if self.negated else "BETWEEN"
        operands = [each.text(statement) for each in (self.operand, self.low, self.high)]
        return f"{operands[0]} {word} {operands[1]} AND {operands[2]}"

    def expression(self, expression: Expression) -> str:
        operands = [each.expression(expression) for each in (self.operand, self.low, self.high)]
        return f"{'NOT ' * self.negated}{operands[0]} BETWEEN {operands[1]} AND {operands[2]}"

    def decide(self, item: Any) -> bool:
        value = self.operand.plain(item)
        low, high = order(value, self.low.plain(item)), order(value, self.high.plain(item))
        return (low in (0, 1) and high in (-1, 0)) != self.negated


@dataclass(frozen=True)
class Among:
    operand: Operand
    among: tuple[Operand, ...]
    brackets: str = "()"
    negated: bool = False

    def text(self, statement: Statement) -> str:
        operand = self.operand.text(statement)
        among = ", ".join(each.text(statement) for each in self.among)
        return f"{operand} {'NOT ' * self.negated}IN {self.brackets[0]}{among}{self.brackets[1]}"

    def expression(self, expression: Expression) -> str:
        operand = self.operand.expression(expression)
        among = ", ".join(each.expression(expression) for each in self.among)
        return f"{'NOT ' * self.negated}{operand} IN ({among})"

    def decide(self, item: Any) -> bool:
        value = self.operand.plain(item)
        return (value is not None and any(value == each.plain(item) for each in self.among)) != self.negated


@dataclass(frozen=True)
class Is:
    """IS MISSING and IS NULL."""

    operand: At
    what: str
    negated: bool = False

    def text(self, statement: Statement) -> str:
        return f"{self.operand.text(statement)} IS {'NOT ' * self.negated}{self.what}"

    def expression(self, expression: Expression) -> str:
        operand = self.operand.expression(expression)
        if self.what == "NULL":
            return f"{'NOT ' * self.negated}attribute_type({operand}, {expression.value({'S': 'NULL'})})"
        return f"attribute_exists({operand})" if self.negated else f"attribute_not_exists({operand})"

    def decide(self, item: Any) -> bool:
        value = self.operand.plain(item)
        return (value is None if self.what == "MISSING" else value is not None and value[0] == "NULL") != self.negated


@dataclass(frozen=True)
class Called:
    """A predicate: begins_with, contains, attribute_type."""

    name: str
    operand: At
    argument: Value

    def text(self, statement: Statement) -> str:
        return f"{self.name}({self.operand.text(statement)}, {self.argument.text(statement)})"

    def expression(self, expression: Expression) -> str:
        return f"{self.name}({self.operand.expression(expression)}, {self.argument.expression(expression)})"

    def decide(self, item: Any) -> bool:
        value, argument = self.operand.plain(item), self.argument.plain(item)
        if self.name == "attribute_type":
            return value is not None and value[0] == argument[1]
        return begins_with(value, argument) if self.name == "begins_with" else contains(value, argument)


@dataclass(frozen=True)
class Not:
    operand: Any
    is_grouped: bool = True

    def text(self, statement: Statement) -> str:
        is_grouped = self.is_grouped or isinstance(self.operand, Joined)
        return f"NOT ({self.operand.text(statement)})" if is_grouped else f"NOT {self.operand.text(statement)}"

    def expression(self, expression: Expression) -> str:
        return f"NOT ({self.operand.expression(expression)})"

    def decide(self, item: Any) -> bool:
        return not self.operand.decide(item)


@dataclass(frozen=True)
class Joined:
    """Conditions joined by AND or by OR; parentheses where they are needed, or everywhere."""

    operator: str
    operands: tuple[Any, ...]
    is_grouped: bool = False

    def text(self, statement: Statement) -> str:
        return f" {self.operator} ".join(self._part(each, statement) for each in self.operands)

    def _part(self, node: Any, statement: Statement) -> str:
        is_looser = isinstance(node, Joined) and (self.operator, node.operator) == ("AND", "OR")
        text = node.text(statement)
        return f"({text})" if self.is_grouped or is_looser else text

    def expression(self, expression: Expression) -> str:
        return f" {self.operator} ".join(f"({each.expression(expression)})" for each in self.operands)

    def decide(self, item: Any) -> bool:
        decided = [each.decide(item) for each in self.operands]
        return all(decided) if self.operator == "AND" else any(decided)


def conjuncts(node: Any) -> list[Any]:
    """The conditions all of which hold."""
    if node is None:
        return []
    if isinstance(node, Joined) and node.operator == "AND":
        return [each for operand in node.operands for each in conjuncts(operand)]
    return [node]


def names_in(node: Any) -> set[str]:
    """The attributes that a condition looks at."""
    expression = Expression()
    node.expression(expression)
    if isinstance(node, At):
        return {str(node.path[0])}
    parts = [getattr(node, name) for name in getattr(node, "__dataclass_fields__", {})]
    inner = [each for part in parts for each in (part if isinstance(part, tuple) else [part])]
    return {name for each in inner if hasattr(each, "expression") for name in names_in(each)}


# ---------------------------------------------------------------------------------------------------------- strategies

# Drawn from lists, not made up: values meet each other, and a draw is one choice.
KEY_TEXTS = {
    "S": [{"S": text} for text in ("x", "y", "it's", "xy")],
    "N": [{"N": text} for text in ("-1", "1.5", "10", "-2")],
    "B": [{"B": data} for data in (b"\x00", b"ab", b"\xff", b"a")],
}
OTHER_TEXTS = {
    "S": [{"S": text} for text in ("", "xyz", "\u00ff\U0001f600", "x" * 9)],
    "N": [{"N": text} for text in ("0", "2", "1e20", "-0.00001", "12345678901234567890123456789012345678")],
    "B": [{"B": data} for data in (b"", b"abc", b"\x00\x00")],
}
SCALARS = [value for kind in "SNB" for value in KEY_TEXTS[kind]]
DOCUMENTS: list[Typed] = [
    *SCALARS,
    *({"BOOL": True}, {"BOOL": False}, {"NULL": True}, {"S": ""}, {"N": "0"}),
    *({"SS": ["x", "y"]}, {"SS": ["it's"]}, {"NS": ["-1", "10"]}, {"BS": [b"ab"]}),
    *({"L": []}, {"L": [{"S": "x"}]}, {"L": [{"N": "10"}, {"L": [{"NULL": True}]}]}, {"L": [{"B": b"a"}]}),
    *(
        {"M": {}},
        {"M": {"x": {"S": "x"}}},
        {"M": {"y": {"L": [{"N": "10"}]}, "x": {"SS": ["x"]}}},
        {"M": {"'": {"B": b""}}},
    ),
]
# Attributes that are in no key.
FREE: list[Path] = [("v",), ("n",), ("ss",), ("m",), ("l",), ("m", "x"), ("m", "y"), ("l", 0), ("l", 1), ("m", "y", 0)]
OPERATORS = ["=", "=", "=", "<>", "<", "<=", ">", ">="]
BRACKETS = ["()", "[]"]

free_documents = st.sampled_from(DOCUMENTS * 3) | documents
free_paths = st.sampled_from([At(path, is_quoted) for path in FREE for is_quoted in (False, True)])
free_values = st.sampled_from([Value(each, is_literal) for each in DOCUMENTS * 3 for is_literal in (False, True)]) | (
    st.builds(Value, documents, st.booleans())
)


def contents(kind: str) -> st.SearchStrategy[Typed]:
    """Values of one scalar type, from few."""
    return st.sampled_from(KEY_TEXTS[kind][:3] * 2 + KEY_TEXTS[kind][3:])


@cache
def values(kind: str) -> st.SearchStrategy[Value]:
    """Values of one scalar type; few others of it, very few of another type."""
    other = [value for each in "SNB" if each != kind for value in KEY_TEXTS[each][:1]]
    listed = KEY_TEXTS[kind] * 16 + OTHER_TEXTS[kind] + other
    return st.sampled_from([Value(each, is_literal) for each in listed for is_literal in (False, True)])


@cache
def at(path: Path) -> st.SearchStrategy[At]:
    return st.sampled_from([At(path, False), At(path, True)])


def compared(draw: st.DrawFn, one: Operand, operator: str, other: Operand) -> Compared:
    """A comparison, either way round."""
    return Compared(one, operator, other) if draw(st.booleans()) else Compared(other, operator, one)


def between(draw: st.DrawFn, operand: At, value: st.SearchStrategy[Value], negated: bool) -> Between:
    """A value between two others, mostly in their order."""
    low, high = draw(value), draw(value)
    is_turned = order(plain(low.typed), plain(high.typed)) == 1 and draw(st.integers(0, 9)) > 0
    return Between(operand, high, low, negated) if is_turned else Between(operand, low, high, negated)


@cache
@st.composite
def scalar_conditions(draw: st.DrawFn, name: str, kind: str) -> Any:
    """A condition on an attribute of a known scalar type."""
    operand, value = draw(at((name,))), values(kind)
    form = draw(st.sampled_from(["compare"] * 5 + ["between", "between", "in", "begins", "is", "size", "contains"]))
    if form == "compare" or (form == "begins" and kind == "N"):
        return compared(draw, operand, draw(st.sampled_from(OPERATORS)), draw(value))
    if form == "between":
        return between(draw, operand, value, draw(st.integers(0, 5)) == 5)
    if form == "in":
        among = draw(st.lists(value, min_size=1, max_size=4))
        return Among(operand, tuple(among), draw(st.sampled_from(BRACKETS)), draw(st.integers(0, 5)) == 5)
    if form in ("begins", "contains"):
        return Called("begins_with" if form == "begins" else "contains", operand, draw(value))
    if form == "size":
        return Compared(Size(operand), draw(st.sampled_from(OPERATORS)), Value({"N": "1"}, True))
    return Is(operand, draw(st.sampled_from(["MISSING", "NULL"])), draw(st.booleans()))


ATTRIBUTE_TYPES = [*["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"] * 3, "X"]
FREE_FORMS = ["compare", "compare", "compare", "paths", "between", "in", "begins", "contains", "type", "is", "size"]


@cache
@st.composite
def free_conditions(draw: st.DrawFn) -> Any:
    """A condition on attributes that are in no key."""
    operand, form = draw(free_paths), draw(st.sampled_from(FREE_FORMS))
    if form == "compare":
        operator = draw(st.sampled_from(OPERATORS))
        value = free_values if operator in ("=", "<>") else values(draw(st.sampled_from("SNB")))
        return compared(draw, operand, operator, draw(value))
    if form == "paths":
        return Compared(operand, draw(st.sampled_from(OPERATORS)), draw(free_paths))
    if form == "between":
        return between(draw, operand, values(draw(st.sampled_from("SNB"))), draw(st.booleans()))
    if form == "in":
        among = draw(st.lists(free_values | at(("n",)), min_size=1, max_size=3))
        return Among(operand, tuple(among), draw(st.sampled_from(BRACKETS)), draw(st.booleans()))
    if form == "begins":
        return Called("begins_with", operand, draw(values(draw(st.sampled_from("SB")))))
    if form == "contains":
        return Called("contains", operand, draw(free_values))
    if form == "type":
        return Called(
            "attribute_type", operand, Value({"S": draw(st.sampled_from(ATTRIBUTE_TYPES))}, draw(st.booleans()))
        )
    if form == "size":
        return Compared(Size(operand), draw(st.sampled_from(OPERATORS)), draw(values("N")))
    return Is(operand, draw(st.sampled_from(["MISSING", "NULL"])), draw(st.booleans()))


@cache
def trees(leaves: st.SearchStrategy[Any], max_leaves: int = 3) -> st.SearchStrategy[Any]:
    """Conditions joined and negated."""

    def joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        together = st.builds(Joined, st.sampled_from(["AND", "OR"]), several, st.booleans())
        return together | st.builds(Not, inner, st.booleans())

    return st.recursive(leaves, joined, max_leaves=max_leaves)
