"""The stream of a table, printed: what happened last, and what happens from then on."""

from __future__ import annotations

import base64
from collections import deque
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from statordb.errors import ResourceNotFoundException
from statordb.shell.faults import Refused
from statordb.shell.values import as_cell, as_json, cut, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statordb import _core
    from statordb.shell.session import Session

__all__ = ["follow"]

READ_MAX = 1000
LATEST = 10
"""Changes of before that are shown."""
SHOWN_LENGTH_MAX = 40
# Waits are short, because a long one cannot be interrupted on Windows.
POLL_S = 0.2

# The number of a change in the order of all, when it was made, and the record as a function is given it.
Change = tuple[int, int, dict[str, Any]]


def follow(session: Session, table: str) -> None:
    """Print changes: the latest, then new ones until Ctrl-C; in a script all that there are."""
    reader = session.database._core.stream_reader(_stream_of(session, table))
    shards = Shards(reader)
    if not session.is_interactive:
        for change in shards.changes():
            _print(session, change)
        return
    try:
        latest = sorted(deque(shards.changes(), LATEST), key=lambda change: change[0])
        for change in latest:
            _print(session, change)
        session.say(f"following the stream of {plain(table)}; Ctrl-C stops")
        while True:
            moment = reader.moment()
            is_quiet = True
            for change in shards.changes():
                _print(session, change)
                is_quiet = False
            if is_quiet:
                reader.sleep(moment, None, POLL_S)
            session.out.flush()
    except KeyboardInterrupt:
        session.say("")


class Shards:
    """The shards of a stream, and how far each was read."""

    def __init__(self, reader: _core.StreamReader) -> None:
        self._reader = reader
        self._behind: dict[str, int] = {}
        self._ended: set[str] = set()

    def changes(self) -> Iterator[Change]:
        """Changes that were not given before: those of a shard before those of its children."""
        for shard, _, _ in self._reader.shards():
            while shard not in self._ended:
                try:
                    page = self._reader.read(shard, self._behind.get(shard, 0), READ_MAX)
                except ResourceNotFoundException:
                    # It became older than a day.
                    self._ended.add(shard)
                    break
                events, numbers, _, times, _, has_ended, _ = page
                if numbers:
                    self._behind[shard] = numbers[-1]
                yield from zip(numbers, times, events, strict=True)
                if has_ended:
                    self._ended.add(shard)
                if not numbers:
                    break


def _stream_of(session: Session, table: str) -> str:
    described = session.database._core.call("DescribeTable", {"TableName": table})["Table"]
    if not described.get("StreamSpecification", {}).get("StreamEnabled"):
        raise Refused(
            f"{plain(table)} has no stream: give `stream` to `create_table`, or StreamSpecification to UpdateTable"
        )
    arn: str = described["LatestStreamArn"]
    return arn


def _print(session: Session, change: Change) -> None:
    _, created_ms, event = change
    record = event["dynamodb"]
    moment = datetime.fromtimestamp(created_ms / 1000).astimezone()
    if session.mode == "json":
        images = {"keys": "Keys", "new": "NewImage", "old": "OldImage"}
        line = {"time": moment.isoformat(timespec="milliseconds"), "event": event["eventName"]}
        session.write(
            as_json({**line, **{to: _native({"M": record[of]}) for to, of in images.items() if of in record}})
        )
        return
    what = ", ".join(_differences(record))
    session.write(f"{moment:%H:%M:%S}  {event['eventName']:<6}  {_shown({'M': record['Keys']})}  {what}".rstrip())


def _differences(record: dict[str, Any]) -> Iterator[str]:
    """What is different behind a change, besides keys: attributes that came, went or have other values."""
    old, new = record.get("OldImage", {}), record.get("NewImage", {})
    for name in sorted({*old, *new} - {*record["Keys"]}):
        if old.get(name) == new.get(name):
            continue
        if name in old and name in new:
            yield f"{plain(name)}: {_shown(old[name])} -> {_shown(new[name])}"
        else:
            yield f"{plain(name)}: " + (_shown(new[name]) if name in new else f"was {_shown(old[name])}")


def _shown(typed: dict[str, Any]) -> str:
    return cut(as_cell(_native(typed)), SHOWN_LENGTH_MAX)


def _native(typed: dict[str, Any]) -> Any:
    """The value of a record, which has types and is made for JSON."""
    ((kind, value),) = typed.items()
    match kind:
        case "N":
            return Decimal(value)
        case "B":
            return base64.b64decode(value)
        case "NULL":
            return None
        case "L":
            return [_native(each) for each in value]
        case "M":
            return {name: _native(each) for name, each in value.items()}
        case "SS" | "NS" | "BS":
            return {_native({kind[0]: each}) for each in value}
        case _:
            return value
