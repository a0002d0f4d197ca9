"""Nodes as texts, in the words of PartiQL: for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from statordb.partiql.ast import (
    Bag,
    Between,
    Call,
    Compared,
    In,
    Is,
    List,
    Literal,
    Logic,
    Name,
    Not,
    Parameter,
    Path,
    Sequence,
    Tuple,
)
from statordb.partiql.reserved import RESERVED

if TYPE_CHECKING:
    from statordb.partiql.ast import Expression

__all__ = ["show", "shown_name", "shown_text"]

PLAIN_NAME = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$]*")


def shown_name(name: str) -> str:
    """A name, in double quotes where it needs them."""
    if PLAIN_NAME.fullmatch(name) and name.lower() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def shown_text(text: str) -> str:
    """A string, in quotes."""
    return "'" + text.replace("'", "''") + "'"


def show(node: Expression) -> str:
    """The text of a node; one that was written otherwise may read back as the same."""
    match node:
        case Name():
            return shown_name(node.text)
        case Path():
            steps = (f".{shown_name(step)}" if isinstance(step, str) else f"[{show(step)}]" for step in node.steps)
            return show(node.root) + "".join(steps)
        case Literal():
            return _literal(node)
        case Parameter():
            return "?"
        case List():
            return f"[{_all(node.elements)}]"
        case Sequence():
            return f"({_all(node.elements)})"
        case Bag():
            return f"<<{_all(node.elements)}>>"
        case Tuple():
            return "{" + ", ".join(f"{show(key)}: {show(value)}" for key, value in node.pairs) + "}"
        case Call():
            return f"{node.name}({', '.join('*' if each is None else show(each) for each in node.arguments)})"
        case Compared():
            return f"{show(node.left)} {node.operator} {show(node.right)}"
        case Between():
            return f"{show(node.operand)}{_not(node.negated)} BETWEEN {show(node.low)} AND {show(node.high)}"
        case In():
            among = (
                f"({show(node.among)})"
                if node.is_grouped and not isinstance(node.among, Sequence)
                else show(node.among)
            )
            return f"{show(node.operand)}{_not(node.negated)} IN {among}"
        case Is():
            return f"{show(node.operand)} IS{_not(node.negated)} {node.what}"
        case Not():
            return f"NOT {_inner(node.operand)}"
        case Logic():
            return f" {node.operator} ".join(_inner(part) for part in node.operands)
        case _:
            return str(node.token)


def _literal(node: Literal) -> str:
    if node.kind == "S":
        return shown_text(str(node.value))
    if node.kind == "BOOL":
        return "TRUE" if node.value else "FALSE"
    return "NULL" if node.kind == "NULL" else str(node.value)


def _all(nodes: list[Expression]) -> str:
    return ", ".join(show(node) for node in nodes)


def _not(is_negated: bool) -> str:
    return " NOT" if is_negated else ""


def _inner(node: Expression) -> str:
    return f"({show(node)})" if isinstance(node, Logic) else show(node)
