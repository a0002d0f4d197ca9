"""The document paths that an update expression changes, and an item cut down to them."""

from __future__ import annotations

import re
from typing import Any

SECTION = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)
STEP = re.compile(r"\.\s*([#\w]+)|\[\s*(\d+)\s*\]|([#\w]+)")

Path = tuple[str | int, ...]


def sections(expression: str) -> list[tuple[str, list[str]]]:
    """The sections of an update expression with their clauses."""
    parts = SECTION.split(expression)
    return [(word.upper(), clauses(text)) for word, text in zip(parts[1::2], parts[2::2], strict=True)]


def clauses(text: str) -> list[str]:
    """The parts between commas that are in no parentheses."""
    found, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [clause.strip() for clause in found]


def paths(expression: str, names: dict[str, str]) -> list[Path]:
    """The paths that an update expression changes, with their names resolved."""
    found = []
    for word, parts in sections(expression):
        for clause in parts:
            target = {"SET": clause.partition("=")[0], "REMOVE": clause}.get(word, clause.partition(":")[0])
            found.append(steps(target, names))
    return found


def steps(path: str, names: dict[str, str]) -> Path:
    """The elements of a path."""
    return tuple(
        int(index) if index else names.get(name or first, name or first) for name, index, first in STEP.findall(path)
    )


def is_clearing(body: dict[str, Any]) -> bool:
    """True if an update can only take away."""
    if "UpdateExpression" in body:
        return {word for word, _ in sections(str(body["UpdateExpression"]))} <= {"REMOVE", "DELETE"}
    updates = body.get("AttributeUpdates")
    return isinstance(updates, dict) and all(update.get("Action") == "DELETE" for update in updates.values())


def cut(item: dict[str, Any], kept: list[Path]) -> dict[str, Any]:
    """The parts of an item at some paths, each in the documents that it lies in."""
    found = {}
    for name in {path[0] for path in kept if path}:
        rest = [path[1:] for path in kept if path and path[0] == name]
        part = _cut_value(item[name], rest) if name in item else None
        if part is not None:
            found[str(name)] = part
    return found


def _cut_value(value: dict[str, Any], kept: list[Path]) -> dict[str, Any] | None:
    if () in kept:
        return value
    if "M" in value:
        members = cut(value["M"], kept)
        return {"M": members} if members else None
    if "L" not in value:
        return None
    elements = []
    for index in sorted({path[0] for path in kept if isinstance(path[0], int)}):
        rest = [path[1:] for path in kept if path[0] == index]
        part = _cut_value(value["L"][index], rest) if index < len(value["L"]) else None
        if part is not None:
            elements.append(part)
    return {"L": elements} if elements else None
