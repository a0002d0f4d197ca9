"""The clock of a database, for tests that cannot wait."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statordb import _core
    from statordb.streams.consumers import Consumers

__all__ = ["DatabaseClock"]


class DatabaseClock:
    """The time of a database: that of the machine, and by how much it was set ahead. It is never set back.

    >>> import statordb
    >>> db = statordb.connect()
    >>> before = db.clock.now()
    >>> db.clock.advance(hours=25)
    >>> (db.clock.now() - before).days
    1
    """

    def __init__(self, database: _core.Database, consumers: Consumers) -> None:
        self._database = database
        self._consumers = consumers

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.fromtimestamp(self._database.now_ms() / 1000, timezone.utc)

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, milliseconds: float = 0) -> None:
        """Set the time ahead: items expire, records of streams grow old, waits of consumers end.

        Raises `ValueError` for a time that lies behind.
        """
        step = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
        if step < timedelta(0):
            raise ValueError("a clock cannot be set back")
        self._database.advance(round(step / timedelta(milliseconds=1)))
        self._consumers.call()
