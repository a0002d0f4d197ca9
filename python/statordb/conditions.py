"""Conditions as text.

Takes what a caller gave as a condition and gives DynamoDB's expression. Conditions of `boto3.dynamodb.conditions` are
known by their shape (`get_expression`), so boto3 is not imported; their names and values get placeholders that no
caller would choose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Condition", "as_texts"]


class Buildable(Protocol):
    """A condition object of boto3, such as `Attr("age").gt(18)`."""

    def get_expression(self) -> dict[str, Any]:
        """Return `format`, `operator` and `values`."""


Condition: TypeAlias = "str | Buildable"


def as_texts(
    conditions: Sequence[Condition | None], names: Mapping[str, str] | None, values: Mapping[str, Any] | None
) -> tuple[list[str | None], Mapping[str, str] | None, Mapping[str, Any] | None]:
    """Return the conditions as texts, with the names and values that they need added to those given."""
    if all(condition is None or isinstance(condition, str) for condition in conditions):
        return list(conditions), names, values  # type: ignore[arg-type]
    builder = _Builder(dict(names or {}), dict(values or {}))
    texts = [
        condition if condition is None or isinstance(condition, str) else builder.expression(condition)
        for condition in conditions
    ]
    return texts, builder.names or None, builder.values or None


class _Builder:
    def __init__(self, names: dict[str, str], values: dict[str, Any]) -> None:
        self.names = names
        self.values = values

    def expression(self, condition: Buildable) -> str:
        if not hasattr(condition, "get_expression"):
            raise TypeError(f"a condition is a str or made with boto3.dynamodb.conditions, not {condition!r}")
        parts = condition.get_expression()
        grouped = getattr(condition, "has_grouped_values", False)
        operands = [self._operand(value, grouped=grouped) for value in parts["values"]]
        text: str = parts["format"].format(*operands, operator=parts["operator"])
        return text

    def _operand(self, value: Any, *, grouped: bool) -> str:
        if hasattr(value, "get_expression"):
            return self.expression(value)
        if type(value).__module__ == "boto3.dynamodb.conditions" and hasattr(value, "name"):
            return self._path(value.name)
        if grouped and isinstance(value, (list, tuple)):
            return "(" + ", ".join(self._value(element) for element in value) + ")"
        return self._value(value)

    def _path(self, path: str) -> str:
        return ".".join(self._name(part) for part in path.split("."))

    def _name(self, part: str) -> str:
        name, bracket, indexes = part.partition("[")
        placeholder = f"#statordb_n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder + bracket + indexes

    def _value(self, value: Any) -> str:
        placeholder = f":statordb_v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder
