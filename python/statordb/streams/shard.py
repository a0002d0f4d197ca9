"""One shard of a stream, read for one mapping: records in order, what of them is finished, and the lanes they go by.

With a parallelization factor of one the lane reads the shard itself, in the shard's thread. With more, that thread
hands records to so many lanes by their partition keys, so that those of an item stay in order. The checkpoint is behind
the last record before the first that any lane has not finished.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from statordb.errors import ResourceNotFoundException
from statordb.streams.lane import Lane
from statordb.streams.records import Entry

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from statordb.streams.mapping import EventSourceMapping

__all__ = ["Shard", "Stopped"]

READ_MAX = 1000
"""The most records that are read at a time."""
QUEUED_MAX = 2000
"""Records that wait for a lane; with more, reading waits for it."""


class Stopped(Exception):
    """The mapping was stopped; what is not finished is delivered when it goes on."""


class Shard:
    """A shard that a mapping reads, from a checkpoint on, until it has ended or the mapping is stopped."""

    def __init__(self, mapping: EventSourceMapping, shard_id: str, kept: dict[str, Any]) -> None:
        self.mapping = mapping
        self.id = shard_id
        self.reader = mapping.reader
        self.position: int = kept.get("after", 0)
        """Up to where records were read."""
        self.read_to = self.position
        """Up to where all records that were wanted are known to a lane."""
        self.has_ended = False
        self.is_stopping = False
        """Its own, since a mapping may have been started again while a function of before still runs."""
        self.is_stale = False
        """Whether another one has taken its place: then it keeps nothing."""
        self._lock = threading.Condition()
        self._read_ms = 0
        count = mapping.settings.parallelization_factor
        states: dict[str, Any] = kept.get("windows", {})
        self.lanes = [Lane(self, number, states.get(f"{number}/{count}")) for number in range(count)]
        self._threads: list[threading.Thread] = []

    @property
    def is_done(self) -> bool:
        """Whether the shard has ended and all of it is finished."""
        return self.has_ended and self.after() >= self.read_to

    # ------------------------------------------------------------------------------------------------ threads

    def run(self) -> None:
        """Read and deliver until the shard has ended. Raises `Stopped`."""
        if len(self.lanes) == 1:
            self.lanes[0].run()
        else:
            self._run_lanes()
        if self.is_done:
            self.keep(done=True)

    def _run_lanes(self) -> None:
        for lane in self.lanes:
            name = f"statordb-lane-{self.id[-8:]}-{lane.number}"
            self._threads.append(self.mapping.started(lane.run, name))
        try:
            while self._spread(self._read(None)):
                pass
        except BaseException:
            self.stop()
            raise
        finally:
            with self._lock:
                self._lock.notify_all()
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join()
        self.check()

    def _spread(self, entries: list[Entry]) -> bool:
        """Hand records to their lanes; whether there are more to come."""
        count = len(self.lanes)
        with self._lock:
            for entry in entries:
                lane = self.lanes[entry.key_hash % count]
                while len(lane.queue) >= QUEUED_MAX and not self.is_stopping:
                    self._lock.wait()
                lane.queue.append(entry)
            # Only now: a checkpoint must not pass records that no lane knows of.
            self.read_to = self.position
            self._lock.notify_all()
        self.check()
        return not self.has_ended

    def wake(self) -> None:
        """Have whoever waits look again."""
        with self._lock:
            self._lock.notify_all()

    def stop(self) -> None:
        """Have all threads of the shard end as soon as they can."""
        with self._lock:
            self.is_stopping = True
            self._lock.notify_all()

    def check(self) -> None:
        """Raise `Stopped` if the shard is to be stopped."""
        if self.is_stopping:
            raise Stopped

    # ------------------------------------------------------------------------------------------------ records

    def fill(self, queue: deque[Entry], until_ms: int | None) -> bool:
        """Put records into a lane's queue, waiting for the first until a time, None for ever; whether there are any.

        None come when the time is over, or when the shard has ended. Raises `Stopped`.
        """
        if len(self.lanes) == 1:
            queue.extend(self._read(until_ms))
            self.read_to = self.position
            return bool(queue)
        with self._lock:
            while not queue:
                self.check()
                if self.has_ended:
                    return False
                left_s = None if until_ms is None else (until_ms - self.reader.now_ms()) / 1000
                if left_s is not None and left_s <= 0:
                    return False
                self._lock.wait(left_s)
            return True

    def taken(self) -> None:
        """Note that a lane has taken records from its queue."""
        if len(self.lanes) > 1:
            with self._lock:
                self._lock.notify_all()

    def _read(self, until_ms: int | None) -> list[Entry]:
        """Read the next records that a filter wants. Whoever knows them then says so by setting `read_to`."""
        reader, is_wanted = self.reader, self.mapping.is_wanted
        while True:
            self._keep_pace()
            moment = reader.moment(self.id)
            self.check()
            entries, has_ended = self._page(self.position, is_wanted)
            if entries:
                return entries
            is_further = self.position > self.read_to
            self.read_to = self.position
            if has_ended:
                self.has_ended = True
                return []
            self.keep()
            limit_s = None if until_ms is None else (until_ms - reader.now_ms()) / 1000
            if limit_s is not None and limit_s <= 0:
                return []
            if not is_further:
                reader.sleep(moment, self.id, limit_s)

    def _page(self, behind: int, is_wanted: Callable[[dict[str, Any]], bool] | None) -> tuple[list[Entry], bool]:
        """Read a page, which moves the position on; the records that are wanted, and whether the shard has ended."""
        try:
            page = self.reader.read(self.id, behind, READ_MAX)
        except ResourceNotFoundException:
            # It became older than a day while it was read: what comes after it need not wait.
            self.mapping.note_trimmed(self.id)
            return [], True
        events, numbers, sizes, times, hashes, has_ended, was_trimmed = page
        if was_trimmed:
            self.mapping.note_trimmed(self.id)
        entries = map(Entry._make, zip(numbers, sizes, times, hashes, events, strict=True))
        if numbers:
            self.position = numbers[-1]
        return [entry for entry in entries if is_wanted is None or is_wanted(entry.event)], has_ended

    def _keep_pace(self) -> None:
        """Read no more often than was asked for."""
        if self.mapping.poll_ms:
            self.sleep_until(self._read_ms + self.mapping.poll_ms)
            self._read_ms = self.reader.now_ms()

    def again(self, entries: list[Entry]) -> list[Entry]:
        """Read records again, for an event of its own: functions may have changed the one that they were given.

        Those that are too old by now are left out.
        """
        wanted = {entry.number for entry in entries}
        found: list[Entry] = []
        behind, last = entries[0].number - 1, entries[-1].number
        while behind < last:
            try:
                page = self.reader.read(self.id, behind, READ_MAX)
            except ResourceNotFoundException:
                break
            events, numbers, sizes, times, hashes, _, _ = page
            if not numbers:
                break
            read = map(Entry._make, zip(numbers, sizes, times, hashes, events, strict=True))
            found.extend(entry for entry in read if entry.number in wanted)
            behind = numbers[-1]
        return found

    def sleep_until(self, until_ms: int) -> None:
        """Wait until a time by the database's clock. Raises `Stopped`."""
        while True:
            moment = self.reader.moment()
            self.check()
            left_s = (until_ms - self.reader.now_ms()) / 1000
            if left_s <= 0:
                return
            self.reader.sleep(moment, None, left_s)

    # ------------------------------------------------------------------------------------------------ checkpoint

    def after(self) -> int:
        """The number up to which everything is finished."""
        firsts = [lane.unfinished() for lane in self.lanes]
        first = min((first for first in firsts if first), default=0)
        return first - 1 if first else self.read_to

    def keep(self, *, done: bool = False) -> None:
        """Keep in the database how far this has come, if that has changed."""
        with self._lock:
            if not self.is_stale:
                self.mapping.keep_shard(self.id, self._document(done=done))

    def _document(self, *, done: bool) -> dict[str, Any]:
        """What is kept of the shard."""
        document: dict[str, Any] = {"after": self.after()}
        if done:
            document["done"] = True
        windows = {f"{lane.number}/{len(self.lanes)}": lane.window.kept() for lane in self.lanes if lane.window.is_open}
        if windows:
            document["windows"] = windows
        return document
