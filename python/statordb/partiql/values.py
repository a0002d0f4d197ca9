"""The values of statements: written out, with parameters inside, or refused."""

from __future__ import annotations

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


def template(node: Expression) -> Template:
    """The value of a literal, a parameter, a list, a set or a map.

    Raises StatementError for anything else, and for what is wrong inside.
    """
    return _template(node, ROOT, ROOT)


def item(node: Expression) -> Template:
    """The item of an INSERT. Raises StatementError."""
    if not isinstance(node, Tuple):
        raise StatementError(
            "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
            f"statement. at {at(node.token)}"
        )
    return _map(node, ROOT)


def _template(node: Expression, place: str, key: str) -> Template:
    """The value at a place; ``key`` is what messages call what it lies under."""
    match node:
        case Literal():
            return node.kind, node.value
        case Parameter():
            return "P", node.number
        case List() | Sequence():
            return "L", [_template(each, place, f"{place}.{number}") for number, each in enumerate(node.elements)]
        case Bag():
            return _set(node)
        case Tuple():
            return _map(node, place)
        case Ion():
            raise StatementError(
                f"Ion Literals are not supported: {_ion_type(node)} under key {key} at {at(node.token)}"
            )
        case _:
            raise StatementError(f"Unsupported data type: {_what(node)} under key {key} at {at(node.token)}")


def _what(node: Expression) -> str:
    match node:
        case Missing():
            return "MISSING"
        case Name():
            return node.text
        case Operation():
            return node.operator
        case Call():
            return node.name
        case Path():
            return "Path"
        case Compared():
            return node.operator
        case Logic():
            return node.operator.lower()
        case Not() | In() | Is() | Between() | Like():
            return type(node).__name__.lower()
        case _:
            return type(node).__name__


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
    members: list[tuple[str, Template]] = []
    names: set[str] = set()
    for key, value in node.pairs:
        if not isinstance(key, Literal) or key.kind != "S":
            kind = "VariableReference" if isinstance(key, Name) else type(key).__name__
            raise StatementError(
                f"Tuple keys must be of type String. Actual type: {kind} under {place} at {at(key.token)}"
            )
        name = str(key.value)
        if not name:
            raise StatementError("Path component cannot be an empty string")
        if name in names:
            raise StatementError(f"Duplicate keys in tuple. Key: {name} under {place} at {at(key.token)}")
        names.add(name)
        # What lies in a map at the top is said to lie under the root itself (measured).
        key_of = place if place == ROOT and not isinstance(value, List | Tuple) else f"{place}.{name}"
        inner = place if place == ROOT else f"{place}.{name}"
        members.append((name, _template(value, inner, key_of)))
    return "M", members


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
    return "SET", [_template(element, ROOT, ROOT) for element in node.elements]
