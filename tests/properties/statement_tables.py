"""Tables of all shapes of keys, what they hold, and what their indexes hold of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tables import attributes, when_active
from tables import index as index_description

from .statements import Item, contents, free_documents
from .values import plain


@dataclass(frozen=True)
class Source:
    """What is read: a table, or an index of it. `includes` is nothing for all attributes."""

    hash: tuple[str, ...]
    range: tuple[str, ...] = ()
    index: str | None = None
    is_global: bool = False
    includes: tuple[str, ...] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.hash, *self.range)


@dataclass(frozen=True)
class Table:
    """A table, the types of its key attributes and those of its indexes."""

    name: str
    types: dict[str, str] = field(repr=False, hash=False)
    base: Source = field(repr=False)
    indexes: tuple[Source, ...] = field(default=(), repr=False)

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.base, *self.indexes)

    def key(self, item: Item) -> Item:
        """The key of an item."""
        return {name: item[name] for name in self.base.keys}

    def shows(self, source: Source, name: str) -> bool:
        """Whether a source has an attribute."""
        return source.includes is None or name in {*self.base.keys, *source.keys, *source.includes}

    def entry(self, source: Source, item: Item) -> Item | None:
        """What a source holds of an item, if it does."""
        if any(name not in item for name in source.keys):
            return None
        return {name: value for name, value in item.items() if self.shows(source, name)}


def _all(name: str, keys: str, sort: str = "", *, is_global: bool = True, includes: str | None = None) -> Source:
    listed = None if includes is None else tuple(includes.split())
    return Source(tuple(keys.split()), tuple(sort.split()), name, is_global, listed)


TABLES = [
    Table("hashed", {"p": "S", "g": "N"}, Source(("p",)), (_all("gall", "g"), _all("gkeys", "g", "p", includes=""))),
    Table(
        "strings",
        {"p": "S", "s": "S", "g": "S", "q": "N"},
        Source(("p",), ("s",)),
        (
            _all("gall", "g", "q"),
            _all("gkeys", "g", includes=""),
            _all("gsome", "q", "s", includes="v m"),
            _all("lall", "p", "q", is_global=False),
            _all("lkeys", "p", "g", is_global=False, includes=""),
            _all("lsome", "p", "q", is_global=False, includes="v l"),
        ),
    ),
    Table(
        "numbers",
        {"p": "N", "s": "N", "g": "B"},
        Source(("p",), ("s",)),
        (_all("gall", "s", "p"), _all("lkeys", "p", "g", is_global=False, includes="")),
    ),
    Table(
        "binaries", {"p": "B", "s": "B", "g": "N"}, Source(("p",), ("s",)), (_all("gsome", "g", "s", includes="n ss"),)
    ),
    Table(
        "several",
        {"p": "S", "g": "S", "w": "N", "q": "S", "r": "N"},
        Source(("p",)),
        (_all("gall", "g w", "q r"), _all("gkeys", "w g", "r", includes="")),
    ),
]


def create(client: Any) -> Any:
    """Creates all tables and gives the client back."""
    for table in TABLES:
        described: dict[str, list[Any]] = {"GlobalSecondaryIndexes": [], "LocalSecondaryIndexes": []}
        for index in table.indexes:
            names = list(index.includes) if index.includes else None
            kind = "ALL" if index.includes is None else "INCLUDE" if names else "KEYS_ONLY"
            keys = [*index.hash, *(f"{name}:R" for name in index.range)]
            member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
            described[member].append(index_description(index.index or "", *keys, projection=kind, names=names))
        roles = zip(table.base.keys, ("HASH", "RANGE"), strict=False)
        client.create_table(
            TableName=table.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": role} for name, role in roles],
            AttributeDefinitions=attributes(*(f"{name}:{kind}" for name, kind in table.types.items())),
            **{member: indexes for member, indexes in described.items() if indexes},
        )
        when_active(client, table.name)
    return client


class World:
    """The tables, and what the one in use holds."""

    def __init__(self, client: Any) -> None:
        self.client = create(client)
        self.table = TABLES[0]
        self.items: list[Item] = []

    def fill(self, table: Table, items: list[Item]) -> None:
        """Empties what was used before and puts items."""
        for item in self.client.scan(TableName=self.table.name)["Items"]:
            self.client.delete_item(TableName=self.table.name, Key=self.table.key(item))
        self.table, self.items = table, items
        for item in items:
            self.client.put_item(TableName=table.name, Item=item)

    def found(self, key: Item) -> Item:
        """The item with the key that an item or an entry has."""
        wanted = self.identity(key)
        [item] = [item for item in self.items if self.identity(item) == wanted]
        return item

    def identity(self, item: Item) -> Any:
        return [plain(item[name]) for name in self.table.base.keys]


FREE_ATTRIBUTES = {
    "v": free_documents,
    "n": contents("N"),
    "ss": st.sampled_from([["x"], ["x", "y"], ["xy", "y"]]).map(lambda texts: {"SS": texts}),
    "m": st.dictionaries(st.sampled_from("xy"), free_documents, max_size=2).map(lambda content: {"M": content}),
    "l": st.lists(free_documents, max_size=2).map(lambda content: {"L": content}),
    "pad": st.sampled_from([300, 1100, 4000, 5000]).map(lambda size: {"S": "-" * size}),
}


@cache
def items_of(table: Table) -> st.SearchStrategy[Item]:
    """Items of a table."""
    of_keys = {name: contents(kind) for name, kind in table.types.items()}
    of_indexes = {name: each for name, each in of_keys.items() if name not in table.base.keys}
    keys = {name: of_keys[name] for name in table.base.keys}
    return st.fixed_dictionaries({**keys, **of_indexes}, optional=FREE_ATTRIBUTES) | st.fixed_dictionaries(
        keys, optional={**of_indexes, **FREE_ATTRIBUTES}
    )


@cache
def contents_of(table: Table, min_size: int = 2) -> st.SearchStrategy[list[Item]]:
    """What a table may hold: items with keys of their own."""
    listed = st.lists(items_of(table), min_size=min_size, max_size=8)
    return listed.map(lambda items: list({str(table.key(item)): item for item in items}.values()))
