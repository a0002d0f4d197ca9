"""What can be chosen about how a database behaves, for `statordb.connect` and `statordb serve` alike.

Everything here is for rehearsing what AWS does and a local database does not have to do: being late, being in the way,
being full. Without options nothing is late and nothing is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONS", "EngineOptions", "Option", "checked_options"]


class EngineOptions(TypedDict, total=False):
    """The options of `connect`, by name; see `OPTIONS` for what each is."""

    control_plane_delay: float
    gsi_delay: float
    transaction_conflicts: bool
    item_collection_bytes_max: int
    throttling: bool
    wording: str


class Option(NamedTuple):
    """One option: its name in Python, its type, how its value is called, and what it does."""

    name: str
    kind: type
    unit: str
    about: str
    choices: tuple[str, ...] = ()


OPTIONS: tuple[Option, ...] = (
    Option(
        "control_plane_delay", float, "SECONDS", "How long tables and indexes are being created, updated or deleted."
    ),
    Option("gsi_delay", float, "SECONDS", "Show writes in global secondary indexes only so many seconds later."),
    Option(
        "transaction_conflicts",
        bool,
        "",
        "Refuse a write that meets a transaction under way, as AWS does, not delay it.",
    ),
    Option(
        "item_collection_bytes_max",
        int,
        "BYTES",
        "Most bytes of an item collection, in tables with local secondary indexes; 10 GB without.",
    ),
    Option("throttling", bool, "", "Throttle requests by the capacity of tables, indexes and partitions."),
    Option(
        "wording",
        str,
        "WORDS",
        "Words of messages: those of AWS today, or classic ones, from before mid-2026.",
        choices=("current", "classic"),
    ),
)
"""Every option. A `bool` is a flag of the command."""


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return `options` in the right types; raise `TypeError` for an unknown one, `ValueError` for a bad value."""
    known = {option.name: option for option in OPTIONS}
    checked: dict[str, Any] = {}
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            raise TypeError(f"there is no option `{name}`: the options are {', '.join(known)}")
        checked[name] = _checked(option, value)
    return checked


def _checked(option: Option, value: Any) -> Any:
    if option.kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"`{option.name}` is True or False, not {value!r}")
        return value
    if option.kind is str:
        if option.choices and value not in option.choices:
            raise ValueError(f"`{option.name}` is one of {', '.join(option.choices)}, not {value!r}")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**53:
        raise ValueError(f"`{option.name}` is a number from 0 to 2**53, not {value!r}")
    if option.kind is int and value != int(value):
        raise ValueError(f"`{option.name}` is a whole number, not {value!r}")
    return option.kind(value)
