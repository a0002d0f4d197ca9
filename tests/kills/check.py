"""What must hold after each restart, and what is looked at more rarely since it takes longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .world import ACCOUNT_COUNT, ACCOUNTS, BALANCE, INDEX, ITEMS, Written, all_items
from .writer import key

if TYPE_CHECKING:
    from .server import Connection


class Violation(AssertionError):
    """Something that was answered is not so."""


def require(holds: bool, text: str) -> None:
    if not holds:
        raise Violation(text)


def check_writer(connection: Connection, written: Written) -> None:
    """Everything that this writer was told since the last check, and nothing that it never asked for."""
    query = {
        "TableName": ITEMS,
        "KeyConditionExpression": "k = :k AND n > :n",
        "ExpressionAttributeValues": {":k": {"S": written.name}, ":n": {"N": str(written.checked)}},
        "ConsistentRead": True,
    }
    found = {int(item["n"]["N"]) for item in all_items(connection, "Query", query)}
    gone = written.deleted | written.perhaps_deleted
    lost = written.acknowledged - found - gone
    require(not lost, f"{written.name}: acknowledged and lost: {sorted(lost)[:10]} ({len(lost)} of them)")
    invented = found - written.acknowledged - written.unknown
    require(not invented, f"{written.name}: never asked for: {sorted(invented)[:10]}")
    back = found & written.deleted
    require(not back, f"{written.name}: deleted and there again: {sorted(back)[:10]}")
    written.inserted |= written.acknowledged | (found & written.unknown)
    counter = connection.call("GetItem", {"TableName": ITEMS, "Key": key(written, 0), "ConsistentRead": True})
    value = int(counter.get("Item", {}).get("c", {"N": "0"})["N"])
    require(
        written.counter <= value <= written.counter_max,
        f"{written.name}: the counter is {value}, and should be {written.counter} to {written.counter_max}",
    )
    written.counter = written.counter_max = value
    # What is deleted later lies at most this far back.
    written.checked = max(written.issued - 200, written.checked)
    keep = {number for number in written.acknowledged | written.unknown if number > written.checked}
    written.unknown = {number for number in written.unknown & keep if number in found}
    written.acknowledged &= keep
    written.acknowledged |= written.unknown
    written.unknown = set()
    for number in list(written.perhaps_deleted):
        if number > written.checked:
            written.perhaps_deleted.discard(number)
            if number not in found:
                written.deleted.add(number)


def check_sum(connection: Connection) -> None:
    """Transfers move, and neither make nor lose anything."""
    accounts = all_items(connection, "Scan", {"TableName": ACCOUNTS, "ConsistentRead": True})
    total = sum(int(account["balance"]["N"]) for account in accounts)
    require(
        len(accounts) == ACCOUNT_COUNT and total == ACCOUNT_COUNT * BALANCE,
        f"{len(accounts)} accounts hold {total} of {ACCOUNT_COUNT * BALANCE}",
    )


def check_index(connection: Connection) -> int:
    """The index has exactly the entries that the items ask for; the table says how many items it has."""
    order = lambda item: (item["k"]["S"], int(item["n"]["N"]))  # noqa: E731
    items = sorted(all_items(connection, "Scan", {"TableName": ITEMS, "ConsistentRead": True}), key=order)
    entries = sorted(all_items(connection, "Scan", {"TableName": ITEMS, "IndexName": INDEX}), key=order)
    expected = [item for item in items if "g" in item]
    require(entries == expected, f"the index has {len(entries)} entries, and should have {len(expected)}")
    told = connection.call("DescribeTable", {"TableName": ITEMS})["Table"]
    require(told["ItemCount"] == len(items), f"the table says {told['ItemCount']} items, and has {len(items)}")
    counted = told["GlobalSecondaryIndexes"][0]["ItemCount"]
    require(counted == len(entries), f"the index says {counted} entries, and has {len(entries)}")
    return len(items)


class Follower:
    """Reads the stream of the items to its end, over any number of restarts, with the iterators it was given."""

    def __init__(self) -> None:
        self._iterators: dict[str, str | None] = {}
        self._last: dict[str, str] = {}
        self._inserted: dict[str, list[int]] = {}
        self.records = 0

    def follow(self, connection: Connection) -> None:
        """Reads what has come since."""
        arn = connection.call("DescribeTable", {"TableName": ITEMS})["Table"]["LatestStreamArn"]
        # Children follow their parents in the list.
        for shard in self._shards(connection, arn):
            name = shard["ShardId"]
            if name not in self._iterators:
                asked = {"StreamArn": arn, "ShardId": name, "ShardIteratorType": "TRIM_HORIZON"}
                self._iterators[name] = connection.call("GetShardIterator", asked)["ShardIterator"]
            self._read(connection, name)

    def _shards(self, connection: Connection, arn: str) -> list[dict[str, Any]]:
        shards: list[dict[str, Any]] = []
        members = {"StreamArn": arn}
        while True:
            told = connection.call("DescribeStream", members)["StreamDescription"]
            shards.extend(told["Shards"])
            if "LastEvaluatedShardId" not in told:
                return shards
            members["ExclusiveStartShardId"] = told["LastEvaluatedShardId"]

    def _read(self, connection: Connection, shard: str) -> None:
        while (iterator := self._iterators[shard]) is not None:
            page = connection.call("GetRecords", {"ShardIterator": iterator})
            self._iterators[shard] = page.get("NextShardIterator")
            for record in page["Records"]:
                self._note(shard, record)
            if not page["Records"]:
                return

    def _note(self, shard: str, record: dict[str, Any]) -> None:
        image, number = record["dynamodb"], record["dynamodb"]["SequenceNumber"]
        require(number > self._last.get(shard, ""), f"{shard}: {number} comes after {self._last.get(shard)}")
        self._last[shard] = number
        self.records += 1
        name, item = image["Keys"]["k"]["S"], int(image["Keys"]["n"]["N"])
        if record["eventName"] == "INSERT" and item > 0:
            self._inserted.setdefault(name, []).append(item)

    def check(self, written: Written) -> None:
        """Every item that this writer inserted has one record, in the order of the writes, and nothing else has."""
        seen = self._inserted.get(written.name, [])
        require(seen == sorted(set(seen)), f"{written.name}: records out of order or twice")
        gap = written.inserted - set(seen)
        require(not gap, f"{written.name}: no record of {sorted(gap)[:10]}")
        more = set(seen) - written.inserted
        require(not more, f"{written.name}: a record of what was never written: {sorted(more)[:10]}")
