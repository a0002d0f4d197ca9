"""What is measured: an item of 1 KB with ten attributes, and how often it is read and written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

TABLE = "bench"
ITEM_BYTES = 1024
KEYS = 1000
"""Items in the table; calls go through them in turn."""

PLACE_OF_KEY = "00000000"
"""Stands for the eight digits of a key in the template of a request."""


def key_text(number: int) -> str:
    """The partition key of an item: eight digits, so that all items have the same size."""
    return f"{number % KEYS:08}"


def key(number: int) -> dict[str, Any]:
    """The key of an item, with types."""
    return {"pk": {"S": key_text(number)}}


def item(number: int) -> dict[str, Any]:
    """An item of 1,024 bytes by DynamoDB's rule, with ten attributes of seven types."""
    attributes: dict[str, Any] = {
        **key(number),
        "name": {"S": "Ada Lovelace"},
        "mail": {"S": "ada.lovelace@example.org"},
        "visits": {"N": "1234567"},
        "balance": {"N": "-98765.4321"},
        "active": {"BOOL": True},
        "tags": {"SS": ["admin", "author", "early-adopter"]},
        "address": {"M": {"street": {"S": "12 St James's Square"}, "city": {"S": "London"}, "zip": {"S": "SW1Y 4JH"}}},
        "recent": {"L": [{"N": "1"}, {"N": "22"}, {"N": "333"}, {"S": "four"}]},
    }
    return {**attributes, "notes": {"S": "x" * (ITEM_BYTES - USED)}}


USED = 203
"""Bytes of an item without the text of `notes`; checked against the database before anything is measured."""


@dataclass(frozen=True)
class Request:
    """A request over HTTP: the operation, and a body in which `PLACE_OF_KEY` stands for the key."""

    operation: str
    body: dict[str, Any]
    keys: int = KEYS

    @property
    def text(self) -> str:
        """The body as it is sent, without spaces as SDKs write it."""
        return json.dumps(self.body, separators=(",", ":"))


COLLECTION = 100
"""Items of one partition key in the table of collections."""
SORT_KEYS = [f"{number:04}" for number in range(COLLECTION)]
UNIQUE = "tttttttttttt"
"""Stands for twelve digits that differ in every request: a client token."""


def sorted_item(number: int, sort: str) -> dict[str, Any]:
    """The item of a collection: of 1,024 bytes too."""
    whole = item(number)
    return {**whole, "sk": {"S": sort}, "notes": {"S": whole["notes"]["S"][len(sort) + 2 :]}}


def indexed_item(number: int) -> dict[str, Any]:
    """An item with the keys of two indexes; of 1,024 bytes too."""
    whole = item(number)
    keys = {"city": {"S": f"city{number % 50:04}"}, "joined": {"N": f"{20000000 + number % 9999}"}}
    return {**whole, **keys, "notes": {"S": whole["notes"]["S"][23:]}}


@dataclass(frozen=True)
class Table:
    """A table under measurement: how it is made, and what it holds."""

    create: dict[str, Any]
    items: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.create["TableName"])


def _create(name: str, *sort: str, **more: Any) -> dict[str, Any]:
    keys = ["pk", *sort]
    indexed = more.pop("indexed", {})
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys]
        + [{"AttributeName": key, "AttributeType": kind} for key, kind in indexed.items()],
        "KeySchema": [
            {"AttributeName": key, "KeyType": role} for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


def _index(name: str, *keys: str) -> dict[str, Any]:
    roles = zip(keys, ("HASH", "RANGE"), strict=False)
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": role} for key, role in roles],
        "Projection": {"ProjectionType": "ALL"},
    }


SCANNED = 20_000
"""Items of the table that is scanned as a whole: those of the collections."""
TABLES = [
    Table(_create(TABLE), [item(number) for number in range(KEYS)]),
    Table(
        _create("collections", "sk"),
        [sorted_item(number, sort) for number in range(SCANNED // COLLECTION) for sort in SORT_KEYS],
    ),
    Table(
        _create(
            "indexed",
            indexed={"city": "S", "joined": "N"},
            GlobalSecondaryIndexes=[_index("by_city", "city", "joined"), _index("by_day", "joined")],
        ),
        [indexed_item(number) for number in range(KEYS)],
    ),
]

GET = Request("GetItem", {"TableName": TABLE, "Key": {"pk": {"S": PLACE_OF_KEY}}})
STATEMENT = Request(
    "ExecuteStatement",
    {"Statement": f'SELECT * FROM "{TABLE}" WHERE pk = ?', "Parameters": [{"S": PLACE_OF_KEY}]},
)
PUT = Request("PutItem", {"TableName": TABLE, "Item": item(0)})
QUERY = Request(
    "Query",
    {
        "TableName": "collections",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": PLACE_OF_KEY}},
        "Limit": 10,
    },
    keys=SCANNED // COLLECTION,
)
TRANSACTION = Request(
    "TransactWriteItems",
    {
        "TransactItems": [
            {"Put": {"TableName": "collections", "Item": sorted_item(0, sort)}} for sort in SORT_KEYS[:4]
        ],
        "ClientRequestToken": UNIQUE,
    },
    keys=SCANNED // COLLECTION,
)
PUT_INDEXED = Request("PutItem", {"TableName": "indexed", "Item": indexed_item(0)})
SCAN = Request("Scan", {"TableName": "collections"})


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds (the median counts), calls in a round, requests over HTTP, connections."""

    rounds: int = 5
    calls: int = 20_000
    requests: int = 100_000
    warm_up: int = 20_000
    connections: int = 16


FULL = Effort()
PEER = Effort(rounds=3, requests=20_000, warm_up=40_000)
"""For servers that need to get warm, and longer for each request."""
QUICK = Effort(rounds=3, calls=2_000, requests=10_000, warm_up=2_000)
"""For a look whether everything runs; the figures mean little."""
