"""Records on their way to a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EVENT_BYTES", "PAYLOAD_BYTES_MAX", "Entry", "sequence_text"]

PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
"""Lambda's limit of what a function is given."""
EVENT_BYTES = 1024
"""Room for what an event has beside its records: brackets, and the members of a tumbling window but its state."""


class Entry(NamedTuple):
    """A record that a filter wants."""

    number: int
    """Its place in the order of all records."""
    size: int
    """Bytes of the event, as JSON."""
    created_ms: int
    """When the change was made, in milliseconds since 1970."""
    key_hash: int
    """A hash of the partition key."""
    event: dict[str, Any]
    """The record as a function is given it."""


def sequence_text(number: int) -> str:
    """Return the SequenceNumber of a place in the order: as the engine prints it, 21 digits that begin with 1."""
    return f"1{number:020d}"


def payload_bytes(entries: Iterable[Entry]) -> int:
    """Return how many bytes the records take in an event, with the commas between them."""
    return sum(entry.size + 1 for entry in entries)
