"""What can be chosen about how a database behaves, for `statordb.connect` and `statordb serve` alike.

`OPTIONS` are for rehearsing what AWS does and a local database does not have to do: being late, being in the way,
being full. Without them nothing is late and nothing is refused. `DISK_OPTIONS` are those of a database on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DISK_OPTIONS",
    "OPTIONS",
    "DiskOptions",
    "EngineOptions",
    "Option",
    "Options",
    "checked_options",
    "poll_ms_of",
]

MEMORY_BYTES_MIN = 16 * 2**20
POLL_LIKE_AWS_MS = 250
"""Lambda polls each shard four times a second (developer guide)."""
PACES = {"push": 0, "aws": POLL_LIKE_AWS_MS}


class EngineOptions(TypedDict, total=False):
    """The options of `connect`, by name; see `OPTIONS` for what each is."""

    control_plane_delay: float
    gsi_delay: float
    transaction_conflicts: bool
    item_collection_bytes_max: int
    throttling: bool
    wording: str


class DiskOptions(TypedDict, total=False):
    """The options of `connect` for a database on disk, by name; see `DISK_OPTIONS` for what each is."""

    durability: str
    memory_bytes_max: int


class Options(EngineOptions, DiskOptions, total=False):
    """Every option of `connect`."""


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


DISK_OPTIONS: tuple[Option, ...] = (
    Option(
        "durability",
        str,
        "",
        "When a write is answered: full, when the disk has it; os, when the operating system has it, so a crash of the "
        "machine may take the last 0.1 s back; memory, at once, with `:memory:` alone. full without.",
        choices=("full", "os", "memory"),
    ),
    Option(
        "memory_bytes_max", int, "BYTES", "Memory for what is on disk or goes there; at least 16 MiB, 256 MiB without."
    ),
)
"""The options of a database on disk."""


def checked_options(options: Mapping[str, Any], *, on_disk: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `options` in the right types: those of the engine, and those of the disk.

    Raises `TypeError` for an unknown one, `ValueError` for a bad value, or for an option of the disk without a disk.
    """
    known = {option.name: option for option in (*OPTIONS, *DISK_OPTIONS)}
    engine: dict[str, Any] = {}
    disk: dict[str, Any] = {}
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            raise TypeError(f"there is no option `{name}`: the options are {', '.join(known)}")
        (disk if option in DISK_OPTIONS else engine)[name] = _checked(option, value)
    _check_disk(disk, on_disk)
    return engine, disk


def _check_disk(options: dict[str, Any], on_disk: bool) -> None:
    durability = options.get("durability")
    if not on_disk:
        if durability == "memory":
            del options["durability"]
        for name in options:
            raise ValueError(f"`{name}` is for a database on disk: give `connect` the path of a folder")
    elif durability == "memory":
        raise ValueError("`durability` memory keeps nothing on disk: leave the path out")
    if options.get("memory_bytes_max", MEMORY_BYTES_MIN) < MEMORY_BYTES_MIN:
        raise ValueError(f"`memory_bytes_max` is at least {MEMORY_BYTES_MIN}")


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


def poll_ms_of(pace: str) -> int:
    """Return the rest between two readings of a stream, in milliseconds. Raises `ValueError` for no such pace."""
    if pace not in PACES:
        raise ValueError(f"pace is one of {', '.join(PACES)}, not {pace!r}")
    return PACES[pace]
