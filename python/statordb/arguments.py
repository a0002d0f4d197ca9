"""Checks of arguments that have no counterpart in DynamoDB, or that would fail far from their cause.

Each names the parameter and says what would do. What DynamoDB judges is left to the database, with DynamoDB's message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Projection", "checked_integer", "checked_mapping", "checked_region", "projected"]

Projection: TypeAlias = "str | Sequence[str]"


def checked_integer(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Raise TypeError or ValueError unless `value` is None or an int from `least` to `most`."""
    if value is None:
        return
    if not isinstance(value, int):
        raise TypeError(f"{name} is an int, not {value!r}")
    if value < least or (most is not None and value > most):
        wanted = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value}: it must be {wanted}")


def checked_mapping(name: str, value: Any) -> None:
    """Raise TypeError unless `value` is a dict or another mapping."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is a dict from names to values, not {value!r}")


def checked_region(region: Any) -> None:
    """Raise TypeError or ValueError unless `region` can stand in an ARN."""
    if not isinstance(region, str):
        raise TypeError(f"region is a str, not {region!r}")
    if not (region.isascii() and region.replace("-", "").isalnum()):
        raise ValueError(f"region is {region!r}: it must have letters, digits and hyphens only, like `us-east-1`")


def projected(
    projection: Projection | None, names: Mapping[str, str] | None
) -> tuple[str | None, Mapping[str, str] | None]:
    """Return the projection as DynamoDB's text, with the names that it needs. A list has names of attributes."""
    if projection is None or isinstance(projection, str):
        return projection, names
    if not isinstance(projection, (list, tuple)) or not all(isinstance(name, str) for name in projection):
        raise TypeError(f"projection is a str, or a list of names of attributes, not {projection!r}")
    placeholders = {f"#statordb_p{number}": name for number, name in enumerate(dict.fromkeys(projection))}
    return ", ".join(placeholders), {**(names or {}), **placeholders}
