"""What botocore's service models say that requests may hold, laid flat in the way of `statordb._core.operations`.

An attribute value is a place of its own and is not entered: it may hold itself without end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = ("dynamodb", "dynamodbstreams")
ATTRIBUTE_VALUE = "AttributeValue"


@dataclass(frozen=True)
class Place:
    """A member, or what a list or a map holds: `KeySchema[].KeyType`, `RequestItems{}`."""

    path: str
    shape: Any
    required: bool

    @property
    def is_member(self) -> bool:
        return not self.path.endswith(("[]", "{}"))

    @property
    def kind(self) -> str:
        return self.shape.type_name

    @property
    def choices(self) -> frozenset[str]:
        return frozenset(getattr(self.shape, "enum", ()))

    @property
    def min(self) -> int | None:
        return self.shape.metadata.get("min")

    @property
    def max(self) -> int | None:
        return self.shape.metadata.get("max")


def services() -> dict[str, Any]:
    """The models of both services."""
    session = botocore.session.get_session()
    return {name: session.get_service_model(name) for name in SERVICES}


def operations() -> dict[str, list[Place]]:
    """The places in the requests of every operation, by `service.Operation`."""
    return {
        f"{service}.{name}": list(places(model.operation_model(name).input_shape, ""))
        for service, model in services().items()
        for name in model.operation_names
    }


def places(shape: Any, path: str) -> Iterator[Place]:
    """The places in a value of a shape, each before what it holds."""
    if shape is None or shape.name == ATTRIBUTE_VALUE:
        return
    prefix = f"{path}." if path else ""
    for suffix, held, required in held_by(shape):
        inner = f"{path}{suffix}" if suffix in ("[]", "{}") else f"{prefix}{suffix}"
        yield Place(inner, held, required)
        yield from places(held, inner)


def held_by(shape: Any) -> list[tuple[str, Any, bool]]:
    """What a shape holds directly: how it is told in a path, its shape, and whether it must be there."""
    if shape.type_name == "structure":
        return [(name, member, name in shape.required_members) for name, member in shape.members.items()]
    if shape.type_name == "list":
        return [("[]", shape.member, False)]
    if shape.type_name == "map":
        return [("{}", shape.value, False)]
    return []
