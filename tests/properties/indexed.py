"""A slow model of one table with indexes: what it holds, what its indexes hold, how large that is and what it costs.

Everything is written from the documented rules, apart from the engine: sizes by adding up, entries by looking at every
item, units by comparing the entries before and after a write.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from .values import documents, number_text, plain_item

Item = dict[str, Any]

TABLE = "indexed"
KEYS = ("a", "b")


@dataclass(frozen=True)
class Index:
    """An index: its key attributes, the first one of the partition; `includes` is nothing for all attributes."""

    name: str
    is_global: bool
    keys: tuple[str, ...]
    includes: tuple[str, ...] | None

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item, if it does."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.includes is None:
            return item
        kept = {*KEYS, *self.keys, *self.includes}
        return {name: value for name, value in item.items() if name in kept}

    def description(self) -> dict[str, Any]:
        """The index as CreateTable takes it."""
        roles = zip(self.keys, ("HASH", "RANGE"), strict=False)
        projection: dict[str, Any] = {"ProjectionType": "ALL"}
        if self.includes is not None:
            projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.includes)}
            if not self.includes:
                projection = {"ProjectionType": "KEYS_ONLY"}
        schema = [{"AttributeName": name, "KeyType": role} for name, role in roles]
        return {"IndexName": self.name, "KeySchema": schema, "Projection": projection}


INDEXES = [
    Index("l-all", False, ("a", "n"), None),
    Index("l-keys", False, ("a", "s"), ()),
    Index("l-some", False, ("a", "n"), ("v",)),
    Index("g-all", True, ("s", "n"), None),
    Index("g-keys", True, ("n",), ()),
    Index("g-some", True, ("s",), ("w", "b")),
]
TYPES = {"a": "S", "b": "S", "n": "N", "s": "S"}


def create(client: Any) -> Any:
    """Creates the table and gives its client back."""
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in TYPES.items()],
        LocalSecondaryIndexes=[index.description() for index in INDEXES if not index.is_global],
        GlobalSecondaryIndexes=[index.description() for index in INDEXES if index.is_global],
    )
    deadline = time.monotonic() + 10
    while client.describe_table(TableName=TABLE)["Table"]["TableStatus"] != "ACTIVE":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return client


def clear(client: Any) -> None:
    """Deletes every item."""
    for item in client.scan(TableName=TABLE, ProjectionExpression="a, b")["Items"]:
        client.delete_item(TableName=TABLE, Key=item)


# ------------------------------------------------------------------------------------------------------------------- sizes


def number_size(text: str) -> int:
    """One byte, one for each pair of digits about the point that is not at an end and zero, one for a sign."""
    number = Decimal(text)
    if number == 0:
        return 1
    whole, _, fraction = number_text(number.copy_abs()).partition(".")
    whole, fraction = whole.zfill(len(whole) + len(whole) % 2), fraction.ljust(len(fraction) + len(fraction) % 2, "0")
    pairs = [(whole + fraction)[place : place + 2] for place in range(0, len(whole + fraction), 2)]
    while pairs[0] == "00":
        pairs.pop(0)
    while pairs[-1] == "00":
        pairs.pop()
    return 1 + len(pairs) + (number < 0)


def value_size(value: dict[str, Any]) -> int:
    """The bytes of a value."""
    [(kind, content)] = value.items()
    if kind in ("S", "SS"):
        return sum(len(text.encode()) for text in ([content] if kind == "S" else content))
    if kind in ("B", "BS"):
        return sum(len(data) for data in ([content] if kind == "B" else content))
    if kind in ("N", "NS"):
        return sum(number_size(text) for text in ([content] if kind == "N" else content))
    if kind == "L":
        return 3 + sum(1 + value_size(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(element) for name, element in content.items())
    return 1


def item_size(item: Item | None) -> int:
    """The bytes of an item; 0 of none."""
    return sum(len(name.encode()) + value_size(value) for name, value in (item or {}).items())


# ------------------------------------------------------------------------------------------------------------------- units


def blocks(size: int, block: int) -> int:
    """How many blocks are begun, at least one."""
    return max(1, -(-size // block))


def read_units(size: int, *, consistent: bool) -> float:
    """Units of a read of so many bytes."""
    return blocks(size, 4096) * (1.0 if consistent else 0.5)


def write_units(size: int) -> float:
    """Units of a write of so many bytes."""
    return float(blocks(size, 1024))


def same(one: Item, other: Item) -> bool:
    """Whether two items are equal by value."""
    return plain_item(one) == plain_item(other)


def index_units(index: Index, old: Item | None, new: Item | None) -> float:
    """Units of what a write does to one index."""
    before, after = index.entry(old), index.entry(new)
    if before is None or after is None:
        entry = before or after
        return 0.0 if entry is None else write_units(item_size(entry))
    if not same({key: before[key] for key in index.keys}, {key: after[key] for key in index.keys}):
        return write_units(item_size(before)) + write_units(item_size(after))
    return 0.0 if same(before, after) else write_units(max(item_size(before), item_size(after)))


class Units:
    """Units while they are being counted: of the table, and of indexes by name."""

    def __init__(self) -> None:
        self.table = 0.0
        self.indexes: dict[str, float] = {}

    def add_write(self, old: Item | None, new: Item | None, *, factor: int = 1) -> None:
        """Adds a write; in a transaction the part of the table counts twice."""
        self.table += factor * write_units(max(item_size(old), item_size(new)))
        for index in INDEXES:
            units = index_units(index, old, new)
            if units:
                self.indexes[index.name] = self.indexes.get(index.name, 0.0) + units

    def report(self, detail: str, **kinds: Any) -> dict[str, Any]:
        """`ConsumedCapacity`. `kinds` has `top` and `arms`: what the units are called beside CapacityUnits."""
        total = self.table + sum(self.indexes.values())
        report: dict[str, Any] = {"TableName": TABLE, **named(total, kinds.get("top"))}
        if detail != "INDEXES":
            return report
        report["Table"] = named(self.table, kinds.get("arms"))
        for member, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
            names = [index.name for index in INDEXES if index.is_global == is_global and index.name in self.indexes]
            if names:
                report[member] = {name: named(self.indexes[name], kinds.get("arms")) for name in names}
        return report


def named(units: float, kind: str | None) -> dict[str, float]:
    return {"CapacityUnits": units, **({kind: units} if kind else {})}


# ----------------------------------------------------------------------------------------------------------------- history

keys = st.builds(lambda part, sort: {"a": {"S": part}, "b": {"S": sort}}, st.sampled_from("pq"), st.sampled_from("123"))
sizes = st.sampled_from([0, 1, 900, 1000, 1024, 1100, 2100, 4000, 4200, 9000])
padding = st.builds(lambda size, end: {"S": "x" * size + end}, sizes, st.sampled_from(["", "é", "12"]))
numbers = st.sampled_from(["0", "1", "1.0", "-1", "10", "120", "0.012", "-12.345", "1e10"]).map(
    lambda text: {"N": text}
)
texts = st.sampled_from(["x", "y", "longer"]).map(lambda text: {"S": text})
attributes = st.fixed_dictionaries(
    {}, optional={"n": numbers, "s": texts, "v": padding | documents, "w": padding | documents}
)
changes = st.dictionaries(st.sampled_from("nsvw"), st.none(), min_size=0, max_size=2).flatmap(
    lambda removed: attributes.map(lambda values: {**values, **removed})
)
"""Attributes to set, and those to remove as None."""

puts = st.tuples(st.just("put"), keys, attributes)
deletes = st.tuples(st.just("delete"), keys, st.just({}))
updates = st.tuples(st.just("update"), keys, changes)
writes = puts | deletes | updates


class Model:
    """What the table holds."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def get(self, key: Item) -> Item | None:
        """The item under a key."""
        return self.items.get((key["a"]["S"], key["b"]["S"]))

    def result(self, write: Any) -> Item | None:
        """What a write makes of its item, with numbers as they are stored."""
        kind, key, values = write
        if kind == "delete":
            return None
        if kind == "check":
            return self.get(key)
        if kind == "put":
            return stored({**key, **values})
        old = self.get(key)
        sets = {name: value for name, value in values.items() if value is not None}
        if old is None and not sets and values:
            return None
        item = {name: value for name, value in (old or key).items() if values.get(name, value) is not None}
        return stored({**item, **sets})

    def apply(self, write: Any) -> tuple[Item | None, Item | None]:
        """Carries a write out and gives the images before and after it."""
        _, key, _ = write
        old, new = self.get(key), self.result(write)
        place = (key["a"]["S"], key["b"]["S"])
        if new is None:
            self.items.pop(place, None)
        else:
            self.items[place] = new
        return old, new

    def entries(self, index: Index) -> list[Item]:
        """What an index holds, in no order."""
        return [entry for entry in map(index.entry, self.items.values()) if entry is not None]


def stored(item: Item) -> Item:
    """An item with the numbers of its keys and attributes in their one form."""
    return {name: stored_value(value) for name, value in item.items()}


def stored_value(value: dict[str, Any]) -> dict[str, Any]:
    [(kind, content)] = value.items()
    if kind == "N":
        return {"N": number_text(Decimal(content))}
    if kind == "L":
        return {"L": [stored_value(element) for element in content]}
    if kind == "M":
        return {"M": {name: stored_value(element) for name, element in content.items()}}
    return value


def update_members(values: Item) -> dict[str, Any]:
    """The expression of an update, and its values."""
    sets = [name for name, value in values.items() if value is not None]
    removed = [name for name, value in values.items() if value is None]
    sections = [
        "SET " + ", ".join(f"{name} = :{name}" for name in sets) if sets else "",
        "REMOVE " + ", ".join(removed) if removed else "",
    ]
    members: dict[str, Any] = {"UpdateExpression": " ".join(filter(None, sections))} if values else {}
    if sets:
        members["ExpressionAttributeValues"] = {f":{name}": values[name] for name in sets}
    return members


def send(client: Any, write: Any, **members: Any) -> dict[str, Any]:
    """Sends one write."""
    kind, key, values = write
    if kind == "put":
        return client.put_item(TableName=TABLE, Item={**key, **values}, **members)
    if kind == "delete":
        return client.delete_item(TableName=TABLE, Key=key, **members)
    return client.update_item(TableName=TABLE, Key=key, **update_members(values), **members)


def action(write: Any) -> dict[str, Any]:
    """A write as an action of a transaction."""
    kind, key, values = write
    if kind == "put":
        return {"Put": {"TableName": TABLE, "Item": {**key, **values}}}
    if kind == "delete":
        return {"Delete": {"TableName": TABLE, "Key": key}}
    if kind == "check":
        check = {"TableName": TABLE, "Key": key, "ConditionExpression": "attribute_not_exists(absent)"}
        return {"ConditionCheck": check}
    return {"Update": {"TableName": TABLE, "Key": key, **update_members(values)}}


def distinct(given: list[Any]) -> list[Any]:
    """Writes of different items: the first of each."""
    first: dict[str, Any] = {}
    for write in given:
        first.setdefault(str(write[1]), write)
    return list(first.values())
