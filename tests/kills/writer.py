"""A writer: it asks, notes what it is told, and knows what it cannot know when the server goes."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

from .server import Gone, Refused
from .world import ACCOUNT_COUNT, ACCOUNTS, GROUPS, ITEMS

if TYPE_CHECKING:
    from .server import Connection
    from .world import Counts, Written

PAD_MAX = 1_500


def key(written: Written, number: int) -> dict[str, dict[str, str]]:
    return {"k": {"S": written.name}, "n": {"N": str(number)}}


class Writer:
    """One writer and its random choices."""

    def __init__(self, written: Written, counts: Counts, seed: int) -> None:
        self._written = written
        self._counts = counts
        self._dice = random.Random(seed)

    def run(self, connection: Connection) -> None:
        """Writes until the server is gone."""
        try:
            while True:
                self._step(connection)
        except Gone:
            return

    def _step(self, connection: Connection) -> None:
        roll = self._dice.random()
        if roll < 0.7:
            self._insert(connection)
        elif roll < 0.85:
            self._transfer(connection)
        elif roll < 0.95:
            self._count(connection)
        else:
            self._delete(connection)

    def _insert(self, connection: Connection) -> None:
        written = self._written
        written.issued += 1
        number = written.issued
        item = {
            **key(written, number),
            "g": {"S": str(number % GROUPS)},
            "pad": {"S": "x" * self._dice.randrange(PAD_MAX)},
        }
        try:
            connection.call("PutItem", {"TableName": ITEMS, "Item": item})
        except Gone:
            written.unknown.add(number)
            raise
        written.acknowledged.add(number)
        self._counts.add()

    def _count(self, connection: Connection) -> None:
        written = self._written
        written.counter_max += 1
        answer = connection.call(
            "UpdateItem",
            {
                "TableName": ITEMS,
                "Key": key(written, 0),
                "UpdateExpression": "ADD c :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
                "ReturnValues": "UPDATED_NEW",
            },
        )
        written.counter = written.counter_max = int(answer["Attributes"]["c"]["N"])
        self._counts.add()

    def _delete(self, connection: Connection) -> None:
        written = self._written
        number = written.issued - 50
        if number <= 0 or number in written.deleted or number in written.perhaps_deleted:
            return
        written.perhaps_deleted.add(number)
        connection.call("DeleteItem", {"TableName": ITEMS, "Key": key(written, number)})
        written.perhaps_deleted.discard(number)
        written.deleted.add(number)
        self._counts.add()

    def _transfer(self, connection: Connection) -> None:
        source, target = self._dice.sample(range(ACCOUNT_COUNT), 2)
        amount = self._dice.randrange(1, 50)
        update = lambda account, sign, condition: {  # noqa: E731
            "Update": {
                "TableName": ACCOUNTS,
                "Key": {"id": {"N": str(account)}},
                "UpdateExpression": f"SET balance = balance {sign} :amount",
                "ConditionExpression": condition,
                "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
            }
        }
        transfer = {
            "TransactItems": [
                update(source, "-", "balance >= :amount"),
                update(target, "+", "attribute_exists(balance) AND :amount = :amount"),
            ],
            "ClientRequestToken": str(uuid.UUID(int=self._dice.getrandbits(128))),
        }
        try:
            connection.call("TransactWriteItems", transfer)
        except Refused as error:
            if error.code != "TransactionCanceledException":
                raise
            return
        # The same again, with its token: nothing more is moved.
        if self._dice.random() < 0.2:
            connection.call("TransactWriteItems", transfer)
        self._counts.add(transfers=1)
