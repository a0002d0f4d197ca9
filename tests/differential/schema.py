"""The tables that operations go to, and which features of tables the compared server has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .values import BLOBS, Item, Typed

if TYPE_CHECKING:
    from random import Random

    from .peer import Peer

KEY_VALUES: dict[str, tuple[str, ...]] = {
    "S": ("a", "b", "ab", "c", "é", "Z", "10", "9"),
    "N": ("0", "1", "2", "10", "-1", "1.5", "-0.5", "100"),
    "B": BLOBS[1:],
}
PARTITIONS = 4


@dataclass(frozen=True)
class Index:
    """A secondary index. `projected` is None for ALL, and the names of INCLUDE otherwise."""

    name: str
    keys: tuple[tuple[str, str], ...]
    is_global: bool
    projected: tuple[str, ...] | None = None

    def description(self) -> dict[str, Any]:
        """The index as CreateTable takes it."""
        if self.projected is None:
            projection: dict[str, Any] = {"ProjectionType": "ALL"}
        elif self.projected:
            projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.projected)}
        else:
            projection = {"ProjectionType": "KEYS_ONLY"}
        return {"IndexName": self.name, "KeySchema": key_schema(self.keys), "Projection": projection}


@dataclass(frozen=True)
class Table:
    """A table of the comparison. Keys are pairs of name and type, the partition key first."""

    name: str
    keys: tuple[tuple[str, str], ...]
    indexes: tuple[Index, ...] = ()
    stream: str | None = None

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.keys)

    @property
    def indexed(self) -> dict[str, str]:
        """The attributes that only indexes have as keys, with their types."""
        found = {name: kind for index in self.indexes for name, kind in index.keys}
        return {name: kind for name, kind in found.items() if name not in self.key_names}

    def creation(self) -> dict[str, Any]:
        """The body of CreateTable."""
        body: dict[str, Any] = {
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key_schema(self.keys),
            "AttributeDefinitions": definitions({**dict(self.keys), **self.indexed}),
        }
        for member, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
            indexes = [index.description() for index in self.indexes if index.is_global is is_global]
            if indexes:
                body[member] = indexes
        if self.stream is not None:
            body["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": self.stream}
        return body

    def key(self, chance: Random) -> Item:
        """A key of the table, of few so that requests meet."""
        values = {}
        for place, (name, kind) in enumerate(self.keys):
            pool = KEY_VALUES[kind]
            values[name] = {kind: chance.choice(pool[:PARTITIONS] if place == 0 else pool)}
        return values

    def key_of(self, item: Any) -> Item | None:
        """The key attributes of an item, or None where one is missing or of another type."""
        if not isinstance(item, dict):
            return None
        found = {name: item.get(name) for name in self.key_names}
        fits = all(isinstance(found[name], dict) and set(found[name] or {}) == {kind} for name, kind in self.keys)
        return {name: value for name, value in found.items() if value is not None} if fits else None

    def index_key_value(self, chance: Random, name: str) -> Typed:
        """A value for the key attribute of an index."""
        kind = self.indexed[name]
        return {kind: chance.choice(KEY_VALUES[kind][:5])}


def table_of(body: dict[str, Any]) -> Table:
    """The table of a CreateTable request of `Table.creation`."""
    kinds = {element["AttributeName"]: element["AttributeType"] for element in body["AttributeDefinitions"]}

    def keys(schema: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((element["AttributeName"], kinds[element["AttributeName"]]) for element in schema)

    indexes = []
    for member, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
        for index in body.get(member, []):
            projection = index["Projection"]
            names = None if projection["ProjectionType"] == "ALL" else tuple(projection.get("NonKeyAttributes", ()))
            indexes.append(Index(index["IndexName"], keys(index["KeySchema"]), is_global, names))
    stream = body.get("StreamSpecification", {}).get("StreamViewType")
    return Table(body["TableName"], keys(body["KeySchema"]), tuple(indexes), stream)


def key_schema(keys: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    """`KeySchema` of pairs of name and type."""
    return [{"AttributeName": name, "KeyType": role} for (name, _), role in zip(keys, ("HASH", "RANGE"), strict=False)]


def definitions(kinds: dict[str, str]) -> list[dict[str, str]]:
    """`AttributeDefinitions` of names with their types."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


@dataclass
class Features:
    """What the compared server can do."""

    local_indexes: bool = False
    global_indexes: bool = False
    streams: bool = False
    operations: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"local indexes {self.local_indexes}, global indexes {self.global_indexes}, streams {self.streams}, {len(self.operations)} operations"


OPERATIONS = (
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeLimits",
    "DescribeStream",
    "DescribeTable",
    "DescribeTimeToLive",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
    "ListTables",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
)


def features_of(peer: Peer) -> Features:
    """Asks a server what it can do."""
    features = Features(
        operations={name for name in OPERATIONS if peer.call(name, {}).kind != "UnknownOperationException"}
    )
    features.local_indexes = _creates(peer, "probe-lsi", (LOCAL_ALL,), None)
    features.global_indexes = _creates(peer, "probe-gsi", (GLOBAL_ALL,), None)
    features.streams = _creates(peer, "probe-stream", (), "NEW_IMAGE")
    return features


def _creates(peer: Peer, name: str, indexes: tuple[Index, ...], stream: str | None) -> bool:
    table = Table(name, (("p", "S"), ("q", "N")), indexes, stream)
    if not peer.call("CreateTable", table.creation()).is_good:
        return False
    peer.call("DeleteTable", {"TableName": name})
    return True


LOCAL_ALL = Index("l-all", (("p", "S"), ("ln", "N")), is_global=False)
GLOBAL_ALL = Index("g-all", (("gs", "S"), ("gn", "N")), is_global=True)


def tables(prefix: str, features: Features) -> list[Table]:
    """The tables that one worker compares."""
    kept = []
    for table in (
        Table(f"{prefix}-hash", (("p", "S"),), (Index("g-one", (("gs", "S"),), True, ("n1", "m1")),), "NEW_IMAGE"),
        Table(
            f"{prefix}-range",
            (("p", "S"), ("q", "N")),
            (
                LOCAL_ALL,
                Index("l-some", (("p", "S"), ("ls", "S")), False, ("s1", "l1")),
                Index("l-keys", (("p", "S"), ("s2", "S")), False, ()),
                GLOBAL_ALL,
                Index("g-keys", (("gn", "N"),), True, ()),
                Index("g-flip", (("q", "N"), ("p", "S")), True, ("f1", "n2", "ss1")),
            ),
            "NEW_AND_OLD_IMAGES",
        ),
        Table(f"{prefix}-number", (("k", "N"), ("r", "S")), (Index("g-blob", (("gb", "B"), ("gs", "S")), True),)),
        Table(f"{prefix}-blob", (("p", "B"), ("q", "B")), (), "KEYS_ONLY"),
        Table(f"{prefix}-plain", (("k", "N"),), (), "OLD_IMAGE"),
    ):
        indexes = tuple(
            index for index in table.indexes if (features.global_indexes if index.is_global else features.local_indexes)
        )
        kept.append(Table(table.name, table.keys, indexes, table.stream if features.streams else None))
    return kept
