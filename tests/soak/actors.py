"""Who uses the server beside the writers of `kills`: each does its work over and over until the server is gone."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from kills.check import Follower, require
from kills.server import Gone, Refused
from kills.world import ITEMS, Written, all_items
from kills.writer import Writer

if TYPE_CHECKING:
    import threading

    from kills.server import Connection
    from kills.world import Counts

LATE = "late"
EXPIRING = "expiring"
PASSING = "passing"
PATIENCE_S = 15.0
"""Items may be there so long after their time; the machine may be busy."""
BATCH = 25


class Actor:
    """One of them. What it counts it counts over all lives of the server."""

    pause_s = 0.1

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.done = 0
        self.violations: list[str] = []

    def run(self, connection: Connection, is_over: threading.Event) -> None:
        """Works until the server is gone or all is over."""
        try:
            while not is_over.wait(self.dice.uniform(0.5, 1.5) * self.pause_s):
                self.step(connection)
        except Gone:
            return
        except (AssertionError, Refused) as error:
            self.violations.append(f"{type(self).__name__}: {error}")

    def step(self, connection: Connection) -> None:
        raise NotImplementedError


class Pacer(Actor):
    """A writer of `kills` that does not write as fast as it can, so that half an hour does not fill the disk."""

    pause_s = 0.015

    def __init__(self, written: Written, counts: Counts, seed: int) -> None:
        super().__init__(seed)
        self._writer = Writer(written, counts, seed)

    def step(self, connection: Connection) -> None:
        self._writer._step(connection)
        self.done += 1


class Expirer(Actor):
    """Puts items whose time comes soon: they are there before, and are gone after it."""

    pause_s = 0.03

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._waiting: dict[str, float] = {}

    @staticmethod
    def create(connection: Connection) -> None:
        create_table(connection, EXPIRING)
        ttl = {"Enabled": True, "AttributeName": "expires"}
        connection.call("UpdateTimeToLive", {"TableName": EXPIRING, "TimeToLiveSpecification": ttl})

    def step(self, connection: Connection) -> None:
        name, expires = f"item-{self.dice.getrandbits(64)}", int(time.time()) + self.dice.randrange(3, 15)
        self._waiting[name] = expires
        item = {"id": {"S": name}, "expires": {"N": str(expires)}, "pad": {"S": "x" * self.dice.randrange(500)}}
        connection.call("PutItem", {"TableName": EXPIRING, "Item": item})
        is_there = self._is_there(connection, name)
        require(is_there or time.time() > expires - 1, f"{name} went before its time")
        overdue = [name for name, expires in self._waiting.items() if time.time() > expires + PATIENCE_S]
        for old in overdue:
            require(not self._is_there(connection, old), f"{old} is there {PATIENCE_S} s after its time")
            del self._waiting[old]
            self.done += 1

    def _is_there(self, connection: Connection, name: str) -> bool:
        asked = {"TableName": EXPIRING, "Key": {"id": {"S": name}}, "ConsistentRead": True}
        return "Item" in connection.call("GetItem", asked)

    def was_away(self, seconds: float) -> None:
        """Nothing expired while there was no server."""
        self._waiting = {name: expires + seconds for name, expires in self._waiting.items()}


class Indexer(Actor):
    """Makes and deletes an index of the table that is written to, mostly before or while it is filled."""

    pause_s = 3.0

    def step(self, connection: Connection) -> None:
        told = connection.call("DescribeTable", {"TableName": ITEMS})["Table"]
        has_late = any(index["IndexName"] == LATE for index in told["GlobalSecondaryIndexes"])
        index = {
            "IndexName": LATE,
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "k", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": self.dice.choice(["ALL", "KEYS_ONLY"])},
        }
        change = {"Delete": {"IndexName": LATE}} if has_late else {"Create": index}
        names = (("k", "S"), ("n", "N"), ("g", "S"))
        definitions = [{"AttributeName": name, "AttributeType": kind} for name, kind in names]
        members = {"TableName": ITEMS, "AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": [change]}
        try:
            connection.call("UpdateTable", members)
        except Refused as error:
            if error.code not in ("ResourceInUseException", "LimitExceededException"):
                raise
        self.done += 1


class Dropper(Actor):
    """Drops a table and makes it again: it is empty then, and holds what it was given."""

    pause_s = 1.0

    def step(self, connection: Connection) -> None:
        try:
            connection.call("DeleteTable", {"TableName": PASSING})
        except Refused as error:
            if error.code != "ResourceNotFoundException":
                raise
        create_table(connection, PASSING, has_stream=True)
        found = all_items(connection, "Scan", {"TableName": PASSING})
        require(not found, f"a new table has {len(found)} items")
        count = BATCH * self.dice.randrange(1, 8)
        for start in range(0, count, BATCH):
            puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(start, start + BATCH)]
            connection.call("BatchWriteItem", {"RequestItems": {PASSING: puts}})
        found = all_items(connection, "Scan", {"TableName": PASSING, "ConsistentRead": True})
        require(len(found) == count, f"a table that was given {count} items has {len(found)}")
        self.done += 1


class Reader(Actor):
    """Follows the stream of the items while it is written."""

    pause_s = 1.0

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.follower = Weigher()

    def step(self, connection: Connection) -> None:
        self.follower.follow(connection)
        self.done += 1


class Weigher(Follower):
    """Knows how large the records are too."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def _note(self, shard: str, record: dict[str, Any]) -> None:
        super()._note(shard, record)
        self.bytes += record["dynamodb"]["SizeBytes"]


def create_table(connection: Connection, name: str, *, has_stream: bool = False) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"} if has_stream else {"StreamEnabled": False}
    connection.call(
        "CreateTable",
        {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": stream,
        },
    )
