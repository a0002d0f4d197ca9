"""What the streams of a table tell: for each item the same changes in the same order."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import cycle
from typing import TYPE_CHECKING, Any

from .case import Case
from .comparable import plain
from .operation import Operation, as_text
from .peer import Answer
from .rules import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pair import Pair
    from .peer import Peer
    from .schema import Table

# Facts of one server alone, or of the moment.
OWN = ("eventID", "awsRegion")
OF_THE_MOMENT = ("ApproximateCreationDateTime", "SequenceNumber")
# How many records are asked for in turn.
LIMITS: tuple[dict[str, int], ...] = ({}, {"Limit": 1000}, {"Limit": 7}, {"Limit": 1})
Log = dict[str, list[Any]]


class Reader:
    """Reads the records of a table's stream on one server, each once."""

    def __init__(self, peer: Peer, table: Table) -> None:
        self._peer = peer
        described = peer.call("DescribeTable", {"TableName": table.name}).members["Table"]
        self._arn = described["LatestStreamArn"]
        self._next: dict[str, str | None] = {}

    def new(self) -> list[dict[str, Any]]:
        """The records since the last call."""
        found: list[dict[str, Any]] = []
        for shard in self._shards():
            if shard not in self._next:
                self._next[shard] = self._start(shard)
            found += self._rest(shard)
        return found

    def _call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._peer.call(operation, body)
        if not answer.is_good:
            raise RuntimeError(f"{operation}: {answer}")
        return answer.members

    def _shards(self) -> list[str]:
        return [
            shard["ShardId"]
            for shard in self._call("DescribeStream", {"StreamArn": self._arn})["StreamDescription"]["Shards"]
        ]

    def _start(self, shard: str) -> str:
        body = {"StreamArn": self._arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        return str(self._call("GetShardIterator", body)["ShardIterator"])

    def _rest(self, shard: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for limit in cycle(LIMITS):
            iterator = self._next[shard]
            if iterator is None:
                break
            page = self._call("GetRecords", {"ShardIterator": iterator, **limit})
            self._next[shard] = page.get("NextShardIterator")
            found += page["Records"]
            if len(page["Records"]) > limit.get("Limit", 1000):
                raise RuntimeError(f"GetRecords gives more than {limit}")
            if not page["Records"]:
                break
        self._check_positions(shard, found)
        return found

    def _check_positions(self, shard: str, records: list[dict[str, Any]]) -> None:
        """Reads on from the middle once more, at and after a record."""
        middle = len(records) // 2
        if middle == 0:
            return
        for kind, at in (("AT_SEQUENCE_NUMBER", middle), ("AFTER_SEQUENCE_NUMBER", middle + 1)):
            body = {
                "StreamArn": self._arn,
                "ShardId": shard,
                "ShardIteratorType": kind,
                "SequenceNumber": records[middle]["dynamodb"]["SequenceNumber"],
            }
            iterator = self._call("GetShardIterator", body)["ShardIterator"]
            page = self._call("GetRecords", {"ShardIterator": iterator, "Limit": 3})["Records"]
            if page != records[at : at + 3]:
                raise RuntimeError(f"GetRecords {kind} begins elsewhere: {page}, not {records[at : at + 3]}")


def log(records: list[dict[str, Any]]) -> Log:
    """The changes of each item, in their order."""
    found: Log = defaultdict(list)
    for record in records:
        change = {name: value for name, value in record["dynamodb"].items() if name not in OF_THE_MOMENT}
        outer = {name: value for name, value in record.items() if name not in (*OWN, "dynamodb")}
        # DynamoDB Local tells numbers of a key as they were written, and each time may be otherwise.
        found[as_text(canonical(plain(change["Keys"])))].append(plain({**outer, "change": change}))
    return found


class Streams:
    """The readers of all tables that have a stream."""

    def __init__(self, pair: Pair, tables: list[Table]) -> None:
        self._pair = pair
        self._readers = {
            table.name: [Reader(peer, table) for peer in pair.peers] for table in tables if table.stream is not None
        }
        self.records = 0

    def compare(self) -> Iterator[Case]:
        """What each item went through since the last time, but for items that were written on one server alone."""
        for table, readers in self._readers.items():
            ours, local = (log(reader.new()) for reader in readers)
            self.records += sum(map(len, ours.values()))
            for key in sorted({*ours, *local}):
                if as_text([table, json_key(key)]) not in self._pair.realigned:
                    operation = Operation("GetRecords", {"TableName": table, "Key": key})
                    own, other = ({"Changes": changes.get(key, [])} for changes in (ours, local))
                    yield Case(operation, Answer(200, members=own), Answer(200, members=other))
        self._pair.realigned.clear()


def json_key(text: str) -> Any:
    """The key that a log is sorted by, as it was."""
    return json.loads(text)
