"""The mappings of a database: made, found again after a restart, listed, and stopped with it."""

from __future__ import annotations

import atexit
import json
import re
import threading
import uuid
import weakref
from typing import TYPE_CHECKING, Any

from statordb.options import poll_ms_of
from statordb.streams.failure import CallableDestination, DestinationError, destination_of
from statordb.streams.function import LocalFunction, function_arn
from statordb.streams.mapping import EventSourceMapping, document_name
from statordb.streams.refusal import refusal
from statordb.streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statordb import _core
    from statordb.streams.failure import Destination
    from statordb.streams.function import Function

__all__ = ["Consumers"]

CREATE = "CreateEventSourceMapping"
FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
OPEN: weakref.WeakSet[Consumers] = weakref.WeakSet()


class Consumers:
    """All mappings of one database."""

    def __init__(self, database: _core.Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._mappings: dict[str, EventSourceMapping] = {}
        OPEN.add(self)

    def add(
        self,
        handler: Callable[..., Any],
        table: str,
        members: Mapping[str, Any],
        *,
        name: str | None = None,
        on_failure: Callable[[dict[str, Any]], Any] | str | None = None,
        pace: str = "push",
    ) -> EventSourceMapping:
        """Run a handler of this program from the stream of a table; go on where a mapping of its name has stopped."""
        poll_ms = poll_ms_of(pace)
        name = name or str(getattr(handler, "__name__", ""))
        if not FUNCTION_NAME.fullmatch(name):
            raise ValueError(f"a function needs a name of up to 64 letters, digits, - and _: give `name`, not {name!r}")
        stream_arn = self.stream_of(table)
        function = LocalFunction(handler, name, function_arn(self._database.region, name))
        given = {"StartingPosition": "TRIM_HORIZON", **members, "EventSourceArn": stream_arn}
        if isinstance(on_failure, str):
            given["DestinationConfig"] = {"OnFailure": {"Destination": on_failure}}
        settings = Settings.of_members(given, CREATE)
        destination = self.destination(settings, CREATE, on_failure if callable(on_failure) else None)
        return self.create(function, stream_arn, settings, destination=destination, poll_ms=poll_ms)

    def stream_of(self, table: str) -> str:
        """The ARN of the stream of a table, or the ARN itself. Raises ValueError where the stream is not enabled."""
        if "/stream/" in table:
            return table
        described = self._database.call("DescribeTable", {"TableName": table})["Table"]
        if not described.get("StreamSpecification", {}).get("StreamEnabled"):
            raise ValueError(
                f"the stream of `{table}` is not enabled: give `stream='NEW_AND_OLD_IMAGES'` to `create_table`, or "
                "StreamSpecification to UpdateTable"
            )
        arn: str = described["LatestStreamArn"]
        return arn

    def destination(
        self, settings: Settings, operation: str, call: Callable[..., Any] | None = None
    ) -> Destination | None:
        """Where the documents of a mapping go: to `call`, else where the settings say. Raises what Lambda answers."""
        if call is not None:
            return CallableDestination(call)
        if settings.on_failure is None:
            return None
        try:
            return destination_of(settings.on_failure, self._database)
        except DestinationError as error:
            raise refusal(str(error), operation) from error

    def create(
        self,
        function: Function,
        stream_arn: str,
        settings: Settings,
        *,
        destination: Destination | None,
        poll_ms: int = 0,
    ) -> EventSourceMapping:
        """Make a mapping, or take up the kept one of the same function and stream, and start it."""
        with self._lock:
            known = self._kept_id(function, stream_arn)
            if known in self._mappings:
                message = (
                    f'The event source arn (" {stream_arn} ") and function (" {function.name} ") provided mapping '
                    f"already exists. Please update or delete the existing mapping with UUID {known}"
                )
                raise refusal(message, CREATE, "ResourceConflictException", 409)
            mapping = EventSourceMapping(
                self._database, function, stream_arn, settings, known or str(uuid.uuid4()), poll_ms=poll_ms
            )
            mapping.destination = destination
            mapping.forget = self._forget
            if known is None:
                mapping.begin()
            else:
                mapping.save()
            self._mappings[mapping.uuid] = mapping
        if settings.enabled:
            mapping.start()
        else:
            mapping.state = "Disabled"
        return mapping

    def _kept_id(self, function: Function, stream_arn: str) -> str | None:
        prefix, wanted = document_name(""), (function.name, function.qualifier, stream_arn)
        for name, document in self._database.documents(prefix):
            identifier, _, rest = name[len(prefix) :].partition("/")
            if not rest:
                kept = json.loads(document)
                if (kept["function"], kept["qualifier"], kept["stream"]) == wanted:
                    return identifier
        return None

    def list(self) -> list[EventSourceMapping]:
        """All mappings, in the order in which they were made."""
        with self._lock:
            return list(self._mappings.values())

    def _forget(self, mapping: EventSourceMapping) -> None:
        with self._lock:
            self._mappings.pop(mapping.uuid, None)

    def release(self, mapping: EventSourceMapping) -> None:
        """Stop a mapping, which goes on when it is made again."""
        mapping.stop()
        self._forget(mapping)

    def call(self) -> None:
        """Have all mappings look at the time."""
        for mapping in self.list():
            mapping.call()

    def stop(self) -> None:
        """Stop all mappings; what they have not finished is delivered when they are started again."""
        for mapping in self.list():
            mapping.stop()
        with self._lock:
            self._mappings.clear()


@atexit.register
def _stop_all() -> None:
    """Stop every mapping before the interpreter ends, since threads of the extension must not be in a call by then."""
    for consumers in list(OPEN):
        consumers.stop()
