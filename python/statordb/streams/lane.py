"""A lane: the records of a shard, or of a part of its keys, made into batches and delivered one batch at a time.

A batch ends with its size, with its time, with the payload that a function can be given, or with a tumbling window. One
that fails is tried again from its beginning, in halves where that was asked for, from the reported record on where the
function says so, until it has succeeded or is given up; what comes later waits.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from statordb._core import sequence_number
from statordb.streams.failure import AGE_EXCEEDED, ATTEMPTS_EXHAUSTED, Discarded
from statordb.streams.records import EVENT_BYTES, PAYLOAD_BYTES_MAX, Entry
from statordb.streams.window import Window

if TYPE_CHECKING:
    from statordb.streams.function import Outcome
    from statordb.streams.shard import Shard

__all__ = ["Lane"]

STREAM_AGE_MS_MAX = 24 * 60 * 60 * 1000
"""How long a stream keeps its records: none is tried for longer."""
RETRY_MS_LEAST = 50
RETRY_MS_MOST = 5_000
"""The rests between attempts, each twice as long as the one before. AWS does not say what its own are."""


class Piece:
    """A part of a batch that is delivered by itself."""

    def __init__(self, entries: list[Entry], attempts: int = 0, invocations: int = 0, *, is_fresh: bool = True) -> None:
        self.entries = entries
        self.attempts = attempts
        """Attempts that count against the limit."""
        self.invocations = invocations
        """How often the function was given its records."""
        self.is_fresh = is_fresh
        """Whether no function has had its events in its hands."""
        self.outcome: Outcome | None = None


class Lane:
    """One lane of a shard."""

    def __init__(self, shard: Shard, number: int, kept_window: dict[str, Any] | None) -> None:
        self.shard = shard
        self.number = number
        self.queue: deque[Entry] = deque()
        self.first = 0
        """The first number of the batch in hand that is not finished; 0 without a batch."""
        self.first_created_ms = 0
        settings = shard.mapping.settings
        self.settings = settings
        self.window = Window(settings.tumbling_window_in_seconds, kept_window)
        self.has_windows = settings.tumbling_window_in_seconds > 0

    def unfinished(self) -> int:
        """The first number that is not finished, 0 if all are. May be asked by any thread."""
        # In this order: a record is in hand before it leaves the queue.
        try:
            head = self.queue[0].number
        except IndexError:
            head = 0
        return self.first or head

    def age_ms(self, now_ms: int) -> int:
        """How old the first record is that is not finished, in milliseconds; 0 if all are."""
        created_ms = self.first_created_ms if self.first else 0
        if not created_ms:
            try:
                created_ms = self.queue[0].created_ms
            except IndexError:
                return 0
        return max(0, now_ms - created_ms)

    def run(self) -> None:
        """Deliver batches until the shard has ended. Raises `Stopped`."""
        while True:
            batch = self._gather()
            if batch:
                self._deliver(batch)
            elif self.shard.has_ended and not self.queue:
                break
            self._end_window()
        if self.window.is_open:
            self._invoke_final()

    # ------------------------------------------------------------------------------------------------ batches

    def _gather(self) -> list[Entry]:
        """The next batch. None only when the shard or a window has ended."""
        batch: list[Entry] = []
        room = PAYLOAD_BYTES_MAX - EVENT_BYTES - (self.window.state_bytes() if self.has_windows else 0)
        deadline_ms: int | None = None
        while len(batch) < self.settings.batch_size:
            if not self.queue and not self._wait(deadline_ms):
                break
            if self.has_windows and not self.window.holds(self.queue[0].created_ms):
                break
            taken = self._take(batch, room)
            room -= taken
            if not taken:
                break
            if deadline_ms is None:
                deadline_ms = self.shard.reader.now_ms() + self.settings.maximum_batching_window_in_seconds * 1000
        self.shard.taken()
        return batch

    def _wait(self, deadline_ms: int | None) -> bool:
        """Wait for a record, as long as the batch, or the window, may wait; whether there is one."""
        if self.window.is_open:
            deadline_ms = min(deadline_ms or self.window.end_ms, self.window.end_ms)
        return self.shard.fill(self.queue, deadline_ms)

    def _take(self, batch: list[Entry], room: int) -> int:
        """Take records from the queue as long as there is room for them; the bytes that they take."""
        taken = 0
        queue, left = self.queue, self.settings.batch_size - len(batch)
        while queue and left:
            entry = queue[0]
            size = entry.size + 1
            if taken + size > room and (batch or taken):
                break
            if self.has_windows and not self.window.holds(entry.created_ms):
                break
            if not self.first:
                self.first_created_ms = entry.created_ms
                self.first = entry.number
            batch.append(queue.popleft())
            if self.has_windows:
                self.window.open_at(entry.created_ms)
            taken += size
            left -= 1
            if taken > room:
                break
        return taken

    # ------------------------------------------------------------------------------------------------ delivery

    def _deliver(self, batch: list[Entry]) -> None:
        """Have the function take a batch, or give it up."""
        pieces = deque([Piece(batch)])
        throttled = 0
        while pieces:
            piece = pieces[0]
            if not self._drop_old(piece):
                self._finish(pieces)
                continue
            outcome = self._invoke(piece)
            self._check_stop(outcome)
            if not outcome.was_called:
                throttled += 1
                self._rest(throttled)
                continue
            throttled = 0
            piece.invocations += 1
            piece.is_fresh = False
            piece.outcome = outcome
            failed = self._failed_from(piece, outcome)
            if failed is None:
                self._finish(pieces)
            else:
                self._fail(pieces, failed)

    def _check_stop(self, outcome: Outcome) -> None:
        """A function that fails while all is being stopped has not failed: it is called again when that goes on."""
        if outcome.error is not None:
            self.shard.check()

    def _finish(self, pieces: deque[Piece]) -> None:
        """The first piece is finished."""
        pieces.popleft()
        self.first = pieces[0].entries[0].number if pieces else 0
        self.shard.keep()

    def _invoke(self, piece: Piece) -> Outcome:
        mapping = self.shard.mapping
        event: dict[str, Any] = {"Records": [entry.event for entry in piece.entries]}
        if self.has_windows:
            event |= self._window_members(is_final=False)
        return mapping.invoke(event, piece.entries)

    def _failed_from(self, piece: Piece, outcome: Outcome) -> int | None:
        """Where in the piece it has failed; None if all of it has succeeded."""
        if outcome.error is not None:
            return 0
        if self.has_windows:
            state = outcome.value.get("state") if isinstance(outcome.value, dict) else None
            if not isinstance(state, dict):
                self.shard.mapping.note_error(f"`{self.shard.mapping.function.name}` returned no state of the window")
                return 0
        failed = self._reported(piece, outcome.value) if self.settings.function_response_types else None
        if failed != 0 and self.has_windows:
            self.window.state = outcome.value["state"]
        if failed is not None:
            self.shard.mapping.note_error(f"`{self.shard.mapping.function.name}` reported items that failed")
        return failed

    def _reported(self, piece: Piece, value: Any) -> int | None:
        """The place of the first record that a function reports as failed. A report that makes no sense means all."""
        if value is None or value == {}:
            return None
        failures = value.get("batchItemFailures", ...) if isinstance(value, dict) else ...
        if failures is None or failures == []:
            return None
        if not isinstance(failures, list):
            # A wrong name; an empty list in the place of a reply is a success.
            return None if value == [] else 0
        places = {sequence_number(entry.number): place for place, entry in enumerate(piece.entries)}
        names = [each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures]
        found = [places.get(name) if isinstance(name, str) else None for name in names]
        return 0 if None in found else min(place for place in found if place is not None)

    def _fail(self, pieces: deque[Piece], failed: int) -> None:
        """The first piece has failed from a place on: decide what is tried next."""
        piece = pieces.popleft()
        done, rest = piece.entries[:failed], piece.entries[failed:]
        is_exception = piece.outcome is not None and piece.outcome.error is not None
        if done:
            # What came before it was taken, so this is the first attempt of the rest.
            pieces.appendleft(Piece(rest, 1, piece.invocations, is_fresh=False))
        elif self.settings.bisect_batch_on_function_error and is_exception and len(rest) > 1:
            half = (len(rest) + 1) // 2
            for part in (rest[half:], rest[:half]):
                pieces.appendleft(Piece(part, piece.attempts, piece.invocations, is_fresh=False))
        else:
            piece.attempts += 1
            pieces.appendleft(piece)
        first = pieces[0]
        first.outcome = piece.outcome
        self.first = first.entries[0].number
        if done:
            self.shard.keep()
        limit = self.settings.maximum_retry_attempts
        if limit >= 0 and first.attempts > limit:
            self._discard(first, first.entries, ATTEMPTS_EXHAUSTED)
            self._finish(pieces)
        elif first.attempts or not is_exception:
            self.shard.mapping.note_retry()
            self._rest(first.attempts)

    def _rest(self, attempts: int) -> None:
        rest_ms = min(RETRY_MS_LEAST << min(max(attempts - 1, 0), 20), RETRY_MS_MOST)
        self.shard.sleep_until(self.shard.reader.now_ms() + rest_ms)

    def _age_ms_max(self) -> int:
        age_s = self.settings.maximum_record_age_in_seconds
        return STREAM_AGE_MS_MAX if age_s < 0 else min(age_s * 1000, STREAM_AGE_MS_MAX)

    def _drop_old(self, piece: Piece) -> bool:
        """Give up the records that are too old, and make the others fit to be given; whether there are any."""
        now_ms, age_ms = self.shard.reader.now_ms(), self._age_ms_max()
        old = [entry for entry in piece.entries if now_ms - entry.created_ms > age_ms]
        if old:
            self._discard(piece, old, AGE_EXCEEDED)
            piece.entries = piece.entries[len(old) :]
        if piece.entries and not piece.is_fresh:
            piece.entries, piece.is_fresh = self.shard.again(piece.entries), True
        if piece.entries:
            self.first_created_ms = piece.entries[0].created_ms
            self.first = piece.entries[0].number
        return bool(piece.entries)

    def _discard(self, piece: Piece, entries: list[Entry], condition: str) -> None:
        shard, mapping = self.shard, self.shard.mapping
        entries = entries if piece.is_fresh else shard.again(entries) or entries
        discarded = Discarded(
            condition,
            entries,
            function=mapping.function,
            stream_arn=mapping.stream_arn,
            mapping=mapping.uuid,
            shard=shard.id,
            invocations=piece.invocations,
            outcome=piece.outcome,
            now_ms=shard.reader.now_ms(),
        )
        mapping.discard(discarded, shard)

    # ------------------------------------------------------------------------------------------------ windows

    def _window_members(self, *, is_final: bool, is_early: bool = False) -> dict[str, Any]:
        members = self.window.members(is_final=is_final, is_early=is_early)
        mapping = self.shard.mapping
        return {**members, "shardId": self.shard.id, "eventSourceARN": mapping.stream_arn}

    def _end_window(self) -> None:
        """End the window if its time is over, or if its state has grown too large."""
        if not self.window.is_open:
            return
        is_early = self.window.is_state_too_large()
        is_past = self.shard.reader.now_ms() >= self.window.end_ms
        is_left = bool(self.queue) and not self.window.holds(self.queue[0].created_ms)
        if is_early or is_left or (is_past and not self.queue):
            self._invoke_final(is_early=is_early)

    def _invoke_final(self, *, is_early: bool = False) -> None:
        """Give the function the state of a window for the last time, with no records; what fails is tried again."""
        mapping, attempts = self.shard.mapping, 0
        limit = self.settings.maximum_retry_attempts
        while True:
            event = {"Records": [], **self._window_members(is_final=True, is_early=is_early)}
            outcome = mapping.invoke(event, [])
            self._check_stop(outcome)
            attempts += outcome.was_called
            is_past = self.shard.reader.now_ms() - self.window.end_ms > self._age_ms_max()
            if (outcome.was_called and outcome.error is None) or 0 <= limit < attempts or is_past:
                break
            mapping.note_retry()
            self._rest(attempts)
        self.window.close()
        self.shard.keep()
