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

    @property
    def text(self) -> str:
        """The body as it is sent, without spaces as SDKs write it."""
        return json.dumps(self.body, separators=(",", ":"))


CREATE = {
    "TableName": TABLE,
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
GET = Request("GetItem", {"TableName": TABLE, "Key": {"pk": {"S": PLACE_OF_KEY}}})
PUT = Request("PutItem", {"TableName": TABLE, "Item": item(0)})


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
