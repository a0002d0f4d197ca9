"""The values of statements: written out, with parameters inside, or refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from statordb.partiql.ast import (
    Bag,
    Between,
    Call,
    Compared,
    In,
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
    Sequence,
    Signed,
    Tuple,
    at,
)
from statordb.partiql.errors import StatementError

if TYPE_CHECKING:
    from statordb.partiql.ast import Expression

__all__ = ["Template", "item", "template"]

# A type with a content; "P" is a parameter by its number, "SET" a set of what its elements are.
Template: TypeAlias = (
    "tuple[str, str | bool | int | None] | tuple[str, list[Template]] | tuple[str, list[tuple[str, Template]]]"
)

ROOT = "root"
# A zero with a sign and a point or an exponent; -0 is taken (measured).
NEGATIVE_ZERO = re.compile(r"-0*(?:\.0*(?:[eE].*)?|[eE].*)")


def template(node: Expression) -> Template:
    """The value of a literal, a parameter, a list, a set or a map.

    Raises StatementError for anything else, and for what is wrong inside.
    """
    return _template(node, ROOT)


def item(node: Expression) -> Template:
    """The item of an INSERT. Raises StatementError."""
    if not isinstance(node, Tuple):
        raise StatementError(
            "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
            f"statement. at {at(node.token)}"
        )
    members: dict[str, Template] = {}
    for key, value in node.pairs:
        name = _key(key, ROOT)
        if name in members:
            raise StatementError(f"Duplicate keys in tuple. Key: {name} under {ROOT} at {at(key.token)}")
        # What lies in the item itself is said to lie under the root (measured).
        members[name] = _template(value, ROOT)
    return "M", list(members.items())


def _template(node: Expression, place: str) -> Template:
    """The value at a place: the names and numbers under which it lies, as messages tell them."""
    match node:
        case Literal():
            if node.kind == "N" and NEGATIVE_ZERO.fullmatch(str(node.value)):
                raise StatementError(f"Negative zero decimal is not supported under key {place} at {at(node.token)}")
            return node.kind, node.value
        case Parameter():
            return "P", node.number
        case List() | Sequence():
            return "L", [_template(each, f"{place}.{number}") for number, each in enumerate(node.elements)]
        case Bag():
            return _set(node)
        case Tuple():
            return _map(node, place)
        case Ion():
            raise StatementError(
                f"Ion Literals are not supported: {_ion_type(node)} under key {place} at {at(node.token)}"
            )
        case _:
            what = _what(node) if place == ROOT else _what_inside(node)
            # Where a path stands is not told (measured).
            where = "" if isinstance(node, Path) else f" at {at(node.token)}"
            raise StatementError(f"Unsupported data type: {what} under key {place}{where}")


def _what(node: Expression) -> str:
    match node:
        case Missing():
            return "MISSING"
        case Name():
            return node.text
        case Operation() | Compared() | Signed():
            return node.operator
        case Logic():
            return node.operator.lower()
        case Call():
            return node.name
        case Path():
            return "PATH"
        case Not() | In() | Is() | Between() | Like():
            return type(node).__name__.lower()
        case _:
            return type(node).__name__


def _what_inside(node: Expression) -> str:
    """The same, of what lies in a list or a map (measured)."""
    match node:
        case Missing():
            return "LiteralMissing"
        case Name():
            return "VariableReference"
        case Path():
            return "Path"
        case _:
            return "NAry"


def _ion_type(node: Ion) -> str:
    text = node.token[1:-1].strip()
    if text[:1] in "\"'":
        return "STRING"
    if text[:1] in "[({":
        return {"[": "LIST", "(": "SEXP", "{": "STRUCT"}[text[0]]
    if text in {"true", "false"}:
        return "BOOL"
    if text.lstrip("-").isdigit():
        return "INT"
    return "DECIMAL" if text[:1].isdigit() else "SYMBOL"


def _map(node: Tuple, place: str) -> Template:
    members: dict[str, Template] = {}
    for key, value in node.pairs:
        name = _key(key, place)
        if name in members:
            raise StatementError(f"Duplicate keys in tuple. Key: {name} under {place} at {at(node.token)}")
        members[name] = _template(value, f"{place}.{name}")
    return "M", list(members.items())


def _key(key: Expression, place: str) -> str:
    """The name of a member."""
    if not isinstance(key, Literal) or key.kind != "S":
        kind = "VariableReference" if isinstance(key, Name) else type(key).__name__
        raise StatementError(f"Tuple keys must be of type String. Actual type: {kind} under {place} at {at(key.token)}")
    name = str(key.value)
    if not name:
        raise StatementError("Path component cannot be an empty string")
    return name


def _set(node: Bag) -> Template:
    if not node.elements:
        raise StatementError(f"Empty bags are not supported at {at(node.token)}")
    kind = None
    seen: set[str] = set()
    for element in node.elements:
        if isinstance(element, Parameter):
            continue
        is_like_others = isinstance(element, Literal) and element.kind in {"S", "N"} and kind in {None, element.kind}
        if not is_like_others or not isinstance(element, Literal):
            raise StatementError(
                "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags at "
                f"{at(element.token)}"
            )
        kind = element.kind
        if str(element.value) in seen:
            raise StatementError("Input collection contains duplicates")
        seen.add(str(element.value))
    return "SET", [_template(element, ROOT) for element in node.elements]
