"""Writes the generated parts of docs/compatibility.md: `make docs`.

What is answered is told by the tables that requests are read with; what is not yet, by botocore's models. The prose of the
page is written by hand and stands outside of the marks; what stands between two marks is written anew.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import botocore

from statordb import _core

from . import model
from .examples import ROOT

PAGE = ROOT / "docs" / "compatibility.md"
SERVICE_NAMES = {"dynamodb": "DynamoDB", "dynamodbstreams": "DynamoDB Streams"}


def page(text: str) -> str:
    """The page with its generated parts as they should be now."""
    known = _core.operations()
    for name, lines in (("operations", states(known)), ("members", members(known))):
        part = "\n".join([opening(name), "", *lines, "", closing(name)])
        pattern = re.compile(f"{re.escape(opening(name))}.*?{re.escape(closing(name))}", re.DOTALL)
        text, count = pattern.subn(lambda _, part=part: part, text)
        if count != 1:
            raise ValueError(f"{PAGE.name} should have the marks of `{name}` once, it has them {count} times")
    return text


def opening(name: str) -> str:
    return f"<!-- {name}: written by `make docs` -->"


def closing(name: str) -> str:
    return f"<!-- end of {name} -->"


def table(*columns: str) -> list[str]:
    return [row(*columns), "|" + "---|" * len(columns)]


def row(*cells: str) -> str:
    return re.sub(" +", " ", f"| {' | '.join(cells)} |")


# ------------------------------------------------------------------------------------------------------------ operations


def states(known: list[dict[str, Any]]) -> list[str]:
    """A line for every operation that botocore knows."""
    answered = {f"{one['service']}.{one['name']}": one for one in known if one["answered"]}
    names = sorted(model.operations(), key=lambda name: name.split(".")[::-1])
    lines = [f"Of the API as botocore {botocore.__version__} knows it, {counts(names, answered)} are answered.", ""]
    lines += table("operation", "service", "state")
    for name in names:
        service, operation = name.split(".")
        lines.append(row(operation, SERVICE_NAMES[service], state(answered.get(name))))
    return lines


def counts(names: list[str], answered: dict[str, Any]) -> str:
    texts = []
    for service, title in SERVICE_NAMES.items():
        of_service = [name for name in names if name.startswith(f"{service}.")]
        count = sum(name in answered for name in of_service)
        texts.append(f"{count} of the {len(of_service)} operations of {title}")
    return " and ".join(texts)


def state(operation: dict[str, Any] | None) -> str:
    if operation is None:
        return "not yet"
    refused = sum(member["refused"] for member in operation["members"])
    link = f"[yes](#{operation['name'].lower()})"
    return f"{link}, {refused} of its members {'is' if refused == 1 else 'are'} refused" if refused else link


# --------------------------------------------------------------------------------------------------------------- members


def members(known: list[dict[str, Any]]) -> list[str]:
    """A table for every answered operation, and one for all others."""
    lines = []
    for operation in sorted((one for one in known if one["answered"]), key=lambda one: one["name"]):
        lines += [f"### {operation['name']}", "", *members_of(operation), ""]
    return [*lines, *later(known)]


def members_of(operation: dict[str, Any]) -> list[str]:
    """Members by the structure that they stand in; what a refused member holds is refused with it."""
    honoured: dict[str, list[str]] = defaultdict(list)
    refused: dict[str, list[str]] = defaultdict(list)
    for member in operation["members"]:
        inside, _, name = member["path"].rpartition(".")
        if member["refused"]:
            refused[inside].append(name + accepted(member["accepted"]))
        elif not name.endswith(("[]", "{}")):
            honoured[inside].append(name)
    if not honoured and not refused:
        return ["It has no members."]
    columns = [honoured, refused] if refused else [honoured]
    lines = table("in", "honoured", *["refused"][: len(columns) - 1])
    for inside in dict.fromkeys([*honoured, *refused]):
        place = f"`{inside}`" if inside else "the request"
        lines.append(row(place, *(", ".join(column[inside]) for column in columns)))
    return lines


def accepted(value: Any) -> str:
    return "" if value is None else f" (but not `{json.dumps(value)}`)"


def later(known: list[dict[str, Any]]) -> list[str]:
    """The members of operations that are not there yet, and of the structures that they hold."""
    answered = {(one["service"], one["name"]) for one in known if one["answered"]}
    shapes = {
        name: service_model.operation_model(name).input_shape
        for service, service_model in model.services().items()
        for name in service_model.operation_names
        if (service, name) not in answered
    }
    if not shapes:
        return []
    lines = ["### Operations that are not there yet", "", *table("operation", "members, none of them yet")]
    lines += [row(name, typed_members(shapes[name])) for name in sorted(shapes)]
    structures = structures_in(list(shapes.values()))
    if structures:
        lines += [
            "",
            "The structures that they hold, by their names: a member's own, or the one in parentheses.",
            "",
            *table("structure", "members"),
        ]
        lines += [row(name, typed_members(structures[name])) for name in sorted(structures)]
    return lines


def typed_members(structure: Any) -> str:
    """The members of a structure, each with the structure that it holds when that has another name."""
    texts = []
    for name, shape in (structure.members if structure else {}).items():
        held = innermost(shape)
        is_entered = held.type_name == "structure" and held.name not in (name, model.ATTRIBUTE_VALUE)
        texts.append(f"{name} ({held.name})" if is_entered else name)
    return ", ".join(texts)


def innermost(shape: Any) -> Any:
    """What lists and maps hold in the end."""
    while shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value
    return shape


def structures_in(shapes: list[Any]) -> dict[str, Any]:
    """The structures that requests hold, by name."""
    held = (place.shape for shape in shapes for place in model.places(shape, ""))
    return {
        shape.name: shape for shape in held if shape.type_name == "structure" and shape.name != model.ATTRIBUTE_VALUE
    }


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
