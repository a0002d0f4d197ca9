"""Records on their way to a function."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["EVENT_BYTES", "PAYLOAD_BYTES_MAX", "Entry"]

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
