"""What the writers have asked for and been told, and what must therefore be there."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Connection

ITEMS = "items"
ACCOUNTS = "accounts"
INDEX = "by-group"
GROUPS = 7
ACCOUNT_COUNT = 20
BALANCE = 1_000


@dataclass
class Written:
    """What one writer did: items numbered upwards, a counter that goes up, deletions."""

    name: str
    issued: int = 0
    """The last number that was asked for."""
    acknowledged: set[int] = field(default_factory=set)
    """Items that were answered, since the last check."""
    unknown: set[int] = field(default_factory=set)
    """Items that were asked for when the server went."""
    inserted: set[int] = field(default_factory=set)
    """All items that are known to have been inserted."""
    deleted: set[int] = field(default_factory=set)
    """Items whose deletion was answered."""
    perhaps_deleted: set[int] = field(default_factory=set)
    counter: int = 0
    counter_max: int = 0
    checked: int = 0
    """Items up to this number were checked."""


class Counts:
    """What was answered so far, over all writers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.acknowledged = 0
        self.transfers = 0

    def add(self, *, transfers: int = 0) -> None:
        with self._lock:
            self.acknowledged += 1
            self.transfers += transfers


def create(connection: Connection) -> None:
    """Makes the tables."""
    connection.call(
        "CreateTable",
        {
            "TableName": ITEMS,
            "AttributeDefinitions": [
                {"AttributeName": "k", "AttributeType": "S"},
                {"AttributeName": "n", "AttributeType": "N"},
                {"AttributeName": "g", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": INDEX,
                    "KeySchema": [
                        {"AttributeName": "g", "KeyType": "HASH"},
                        {"AttributeName": "n", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
    )
    connection.call(
        "CreateTable",
        {
            "TableName": ACCOUNTS,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    for account in range(ACCOUNT_COUNT):
        item = {"id": {"N": str(account)}, "balance": {"N": str(BALANCE)}}
        connection.call("PutItem", {"TableName": ACCOUNTS, "Item": item})


def all_items(connection: Connection, operation: str, members: dict[str, Any]) -> list[dict[str, Any]]:
    """Every item of a Query or a Scan, page after page."""
    items: list[dict[str, Any]] = []
    members = dict(members)
    while True:
        page = connection.call(operation, members)
        items.extend(page["Items"])
        if "LastEvaluatedKey" not in page:
            return items
        members["ExclusiveStartKey"] = page["LastEvaluatedKey"]
