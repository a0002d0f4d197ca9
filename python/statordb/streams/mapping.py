"""An event source mapping: a function, a stream, the settings between them, and the threads that run it.

Its state is Lambda's: Creating, Enabled, Disabling, Disabled, Enabling, Updating, Deleting. What it has finished is
kept in the database under its id, so it goes on where it was after a restart, and after being disabled.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from statordb.errors import ClosedError
from statordb.streams import filter as patterns
from statordb.streams.shard import Shard, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statordb import _core
    from statordb.streams.failure import Destination, Discarded
    from statordb.streams.function import Function, Outcome
    from statordb.streams.records import Entry
    from statordb.streams.settings import Settings

__all__ = ["EventSourceMapping", "document_name"]

LOGGER = logging.getLogger("statordb.streams")
NO_RECORDS = "No records processed"
USER_ACTION = "User action"
JOIN_S = 30
"""How long a stop waits for a function that runs."""
DELIVERY_ATTEMPTS = 5
DELIVERY_REST_MS = 200


def document_name(uuid: str, *parts: str) -> str:
    """Return the name under which something of a mapping is kept."""
    return "/".join(("mapping", uuid, *parts))


class EventSourceMapping:
    """A mapping; made with `Database.event_source_mapping`. Its methods may be called from any thread."""

    def __init__(
        self,
        database: _core.Database,
        function: Function,
        stream_arn: str,
        settings: Settings,
        uuid: str,
        *,
        poll_ms: int = 0,
    ) -> None:
        self.database = database
        self.function = function
        self.stream_arn = stream_arn
        self.settings = settings
        self.uuid = uuid
        self.poll_ms = poll_ms
        self._feeder = int(uuid[:8], 16) or 1
        self.reader = database.stream_reader(stream_arn)
        self.destination: Destination | None = None
        self.is_wanted: Callable[[dict[str, Any]], bool] | None = None
        self.state = "Creating"
        self.last_result = NO_RECORDS
        self.last_modified_ms = database.now_ms()
        self.last_error: str | None = None
        self.retries = self.delivered = self.discarded = 0
        self.has_fed_itself = False
        self.forget: Callable[[EventSourceMapping], None] = lambda _: None
        """Told when it is deleted."""
        self.is_stopping = True
        self._process = os.getpid()
        self.is_deleted = False
        self._lock = threading.RLock()
        self._changing = threading.RLock()
        """Held by who starts, stops, changes or deletes the mapping, from beginning to end."""
        self._threads: set[threading.Thread] = set()
        self._shards: dict[str, Shard] = {}
        self._kept: dict[str, dict[str, Any]] = {}

    # ------------------------------------------------------------------------------------------------ what users see

    @property
    def arn(self) -> str:
        """The ARN of the mapping."""
        prefix = self.function.arn.split(":function:")[0]
        return f"{prefix}:event-source-mapping:{self.uuid}"

    def describe(self) -> dict[str, Any]:
        """Return what GetEventSourceMapping answers."""
        return {
            "UUID": self.uuid,
            **self.settings.members(),
            "EventSourceArn": self.stream_arn,
            "FunctionArn": self.function.arn,
            "LastModified": self.last_modified_ms / 1000,
            "LastProcessingResult": self.last_result,
            "State": self.state,
            "StateTransitionReason": USER_ACTION,
            "EventSourceMappingArn": self.arn,
        }

    def status(self) -> dict[str, Any]:
        """Return how the mapping does: its state, how far behind it is, its last error, its counts, its shards."""
        now_ms = self.database.now_ms()
        with self._lock:
            shards = list(self._shards.values())
        ages = [lane.age_ms(now_ms) for shard in shards for lane in shard.lanes]
        return {
            "uuid": self.uuid,
            "function": self.function.name,
            "table": self.reader.table,
            "stream_arn": self.stream_arn,
            "state": self.state,
            "lag_ms": max(ages, default=0),
            "last_result": self.last_result,
            "last_error": self.last_error,
            "delivered": self.delivered,
            "retries": self.retries,
            "discarded": self.discarded,
            "feeds_itself": self.has_fed_itself,
            "shards": [{"id": shard.id, "after": shard.after()} for shard in shards],
        }

    def __repr__(self) -> str:
        return f"<statordb.streams.EventSourceMapping {self.function.name} {self.state}>"

    # ------------------------------------------------------------------------------------------------ life

    def begin(self) -> None:
        """Note where to begin, for a mapping that is new, and keep it."""
        changes: list[tuple[str, bytes | None]] = [(document_name(self.uuid), self._document())]
        if self.settings.starting_position == "LATEST":
            for shard_id, _, is_open in self.reader.shards():
                kept = {"after": self.reader.last(shard_id)} if is_open else {"after": 0, "done": True}
                changes.append((document_name(self.uuid, shard_id), json.dumps(kept).encode()))
        self.database.keep(changes)

    def _document(self) -> bytes:
        kept = {
            "function": self.function.name,
            "qualifier": self.function.qualifier,
            "stream": self.stream_arn,
            "settings": self.settings.kept(),
            "modified_ms": self.last_modified_ms,
        }
        return json.dumps(kept).encode()

    def start(self) -> None:
        """Go on from what is kept."""
        with self._changing, self._lock:
            if not self.is_stopping or self.is_deleted:
                return
            self.is_wanted = _any_of(self.settings.filters)
            prefix = document_name(self.uuid, "")
            kept = self.database.documents(prefix)
            self._kept = {name[len(prefix) :]: json.loads(document) for name, document in kept}
            self._shards = {}
            self.is_stopping = False
            self.state = "Enabled"
            self._advance()

    def stop(self, state: str = "Disabled") -> None:
        """Stop all threads of the mapping; a function that runs is waited for."""
        if os.getpid() != self._process:
            return
        with self._changing:
            with self._lock:
                self.is_stopping = True
                shards, threads = list(self._shards.values()), list(self._threads)
            for shard in shards:
                shard.stop()
            self.call()
            is_inside = threading.current_thread() in threads
            for thread in threads:
                # A function that stops its own mapping is waited for by nobody.
                if not is_inside:
                    thread.join(JOIN_S)
            with self._lock:
                # Whoever is not done by now keeps nothing more: its records are delivered again.
                for shard in self._shards.values():
                    shard.is_stale = True
                self._shards = {}
            self.state = state

    def change(self, settings: Settings) -> None:
        """Take other settings, from the checkpoint on."""
        with self._changing:
            if self.is_deleted:
                return
            self.stop("Updating")
            self.settings = settings
            self.last_modified_ms = self.database.now_ms()
            self.save()
            if settings.enabled:
                self.start()
            else:
                self.state = "Disabled"

    def save(self) -> None:
        """Keep the settings."""
        self.database.keep([(document_name(self.uuid), self._document())])

    def delete(self) -> None:
        """Stop, and forget how far this has come."""
        with self._changing:
            self.stop("Deleting")
            self.is_deleted = True
            names = [document_name(self.uuid)]
            names.extend(name for name, _ in self.database.documents(document_name(self.uuid, "")))
            self.database.keep([(name, None) for name in names])
            self.forget(self)

    def call(self) -> None:
        """Have all threads look at the time, and at whether they are to stop."""
        self.reader.call()
        with self._lock:
            shards = list(self._shards.values())
        for shard in shards:
            shard.wake()

    # ------------------------------------------------------------------------------------------------ shards

    def _advance(self) -> None:
        """Start the shards that may be read: those whose parents are finished, or not there any more."""
        with self._lock:
            listed = self.reader.shards()
            ids = {shard_id for shard_id, _, _ in listed}
            for shard_id, parent, _ in listed:
                is_free = parent not in ids or self._is_done(parent)
                if is_free and not self.is_stopping and shard_id not in self._shards and not self._is_done(shard_id):
                    shard = Shard(self, shard_id, self._kept.get(shard_id, {}))
                    self._shards[shard_id] = shard
                    self.started(partial(self._run, shard), f"statordb-shard-{shard_id[-8:]}")
            gone = [name for name in self._kept if name not in ids]
            if gone:
                self.reader.keep([(document_name(self.uuid, name), None) for name in gone], False)
                for name in gone:
                    del self._kept[name]

    def _is_done(self, shard_id: str | None) -> bool:
        return bool(self._kept.get(shard_id or "", {}).get("done"))

    def _run(self, shard: Shard) -> None:
        shard.run()
        with self._lock:
            if self._shards.get(shard.id) is shard:
                del self._shards[shard.id]
                self._advance()

    def started(self, run: Callable[[], None], name: str) -> threading.Thread:
        """Start a thread that ends with the mapping."""

        def guarded() -> None:
            try:
                run()
            except (Stopped, ClosedError):
                pass
            except BaseException as error:
                LOGGER.exception("the mapping of `%s` has stopped", self.function.name)
                self._note_fault(error)
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        with self._lock:
            # Whoever stops the mapping finds no thread that is not running.
            thread.start()
            self._threads.add(thread)
        return thread

    def _note_fault(self, error: BaseException) -> None:
        """Something of ours failed: nothing more is delivered until the mapping is started again."""
        self.note_error(f"{type(error).__name__}: {error}")
        with self._lock:
            self.is_stopping = True
            shards = list(self._shards.values())
        for shard in shards:
            shard.stop()
        self.state = "Disabled"
        self.call()

    def keep_shard(self, shard_id: str, document: Mapping[str, Any]) -> None:
        """Keep how far a shard has come. It need not be durable at once: what is lost is delivered again."""
        if document == self._kept.get(shard_id, {"after": 0}):
            return
        self.reader.keep([(document_name(self.uuid, shard_id), json.dumps(document).encode())], False)
        self._kept[shard_id] = dict(document)

    # ------------------------------------------------------------------------------------------------ delivery

    def invoke(self, event: dict[str, Any], entries: Sequence[Entry]) -> Outcome:
        """Give an event to the function."""
        outcome = self.reader.feeding(self._feeder, partial(self.function.invoke, event, self._feeder))
        if not self.has_fed_itself and self.reader.is_fed_by(self._feeder):
            self.has_fed_itself = True
            LOGGER.warning(
                "`%s` writes to `%s`, whose stream it reads: it runs for ever, unless a filter leaves that out",
                self.function.name,
                self.reader.table,
            )
        if outcome.error is None:
            self.last_result = "OK"
            self.delivered += len(entries)
        else:
            self.note_error(outcome.error)
        return outcome

    def note_error(self, error: str) -> None:
        """Note why something failed."""
        self.last_result = "PROBLEM: Function call failed"
        self.last_error = error

    def note_retry(self) -> None:
        """Note that a batch is tried again."""
        self.retries += 1

    def note_trimmed(self, shard_id: str) -> None:
        """Note that records were older than a day before they could be read."""
        LOGGER.warning("`%s` has missed records of %s: they were older than 24 hours", self.function.name, shard_id)
        self.last_error = "records were older than 24 hours before they could be read"

    def discard(self, discarded: Discarded, shard: Shard) -> None:
        """Deliver the document of a batch that is given up. If that fails again and again, the batch is lost."""
        self.discarded += len(discarded.entries)
        if self.destination is None:
            return
        for attempt in range(1, DELIVERY_ATTEMPTS + 1):
            try:
                self.destination.send(discarded)
            except Exception as error:
                LOGGER.warning("the destination of `%s` failed: %s", self.function.name, error, exc_info=True)
                self.last_error = f"destination: {type(error).__name__}: {error}"
                if attempt < DELIVERY_ATTEMPTS:
                    shard.sleep_until(shard.reader.now_ms() + DELIVERY_REST_MS * attempt)
            else:
                return


def _any_of(filters: Sequence[str]) -> Callable[[dict[str, Any]], bool] | None:
    tests = [patterns.compiled(pattern) for pattern in filters]
    if len(tests) == 1:
        return tests[0]
    return (lambda record: any(test(record) for test in tests)) if tests else None
