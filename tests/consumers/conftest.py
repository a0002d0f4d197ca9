"""A database with a table whose stream is read, and functions that note what they were given."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import statordb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 20


def eventually(condition: Callable[[], Any]) -> Any:
    """What a condition comes to, once it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


class Noted:
    """A function that notes its events, and does with each what it is told to."""

    __name__ = "noted"

    def __init__(self, answer: Callable[[dict[str, Any]], Any] = lambda event: None) -> None:
        self.answer = answer
        self.events: list[dict[str, Any]] = []
        self.contexts: list[Any] = []
        self.lock = threading.Lock()

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        with self.lock:
            self.events.append(event)
            self.contexts.append(context)
        return self.answer(event)

    def ids(self) -> list[list[str]]:
        """The partition keys of each event."""
        with self.lock:
            return [ids_of(event) for event in self.events]

    def flat(self) -> list[str]:
        return [each for batch in self.ids() for each in batch]


def ids_of(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]


@pytest.fixture
def db() -> Iterator[statordb.Database]:
    logging.getLogger("statordb.streams").setLevel(logging.CRITICAL)
    with statordb.connect() as database:
        yield database
    logging.getLogger("statordb.streams").setLevel(logging.NOTSET)


@pytest.fixture
def orders(db: statordb.Database) -> statordb.Table:
    return db.create_table("orders", "id", stream="NEW_AND_OLD_IMAGES")
