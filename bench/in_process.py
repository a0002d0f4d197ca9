"""Calls in this process: the embedded client and table, and boto3 answered without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import statordb
import statordb.boto

from .timing import per_call_us
from .workloads import ITEM_BYTES, KEYS, TABLE, TABLES, item, key

if TYPE_CHECKING:
    from collections.abc import Callable

    from .workloads import Effort

ITEMS = [item(number) for number in range(KEYS)]
KEYS_TYPED = [key(number) for number in range(KEYS)]


def loaded(client: Any) -> Any:
    """Makes the table and its items with a client, and checks an item's size and content."""
    client.create_table(**TABLES[0].create)
    for one in ITEMS:
        client.put_item(TableName=TABLE, Item=one)
    assert client.get_item(TableName=TABLE, Key=KEYS_TYPED[7])["Item"].keys() == ITEMS[7].keys()
    return client


def check_size(client: Any) -> None:
    """Asserts that an item has the size that it is said to have: with 400 KB less its size beside it, it just fits."""
    rest = {"more": {"S": "x" * (409_600 - ITEM_BYTES - len("more"))}}
    client.put_item(TableName=TABLE, Item={**ITEMS[0], **rest})
    try:
        client.put_item(TableName=TABLE, Item={**ITEMS[0], "more": {"S": rest["more"]["S"] + "x"}})
    except statordb.ClientError:
        client.put_item(TableName=TABLE, Item=ITEMS[0])
        return
    raise AssertionError(f"the item is not of {ITEM_BYTES} bytes")


def getting(client: Any) -> Callable[[int], object]:
    """A call that gets one item."""
    return lambda number: client.get_item(TableName=TABLE, Key=KEYS_TYPED[number % KEYS])


def putting(client: Any) -> Callable[[int], object]:
    """A call that puts one item."""
    return lambda number: client.put_item(TableName=TABLE, Item=ITEMS[number % KEYS])


def embedded(effort: Effort) -> dict[str, float]:
    """Microseconds of a call of the embedded client and of the native table."""
    with statordb.connect(":memory:") as database:
        client = loaded(database.client())
        check_size(client)
        table = database.table(TABLE)
        natives = [table.get({"pk": one["pk"]["S"]}) for one in ITEMS]
        calls: dict[str, Callable[[int], object]] = {
            "client get": getting(client),
            "client put": putting(client),
            "table get": lambda number: table.get({"pk": f"{number % KEYS:08}"}),
            "table put": lambda number: table.put(natives[number % KEYS]),
        }
        return {name: per_call_us(call, calls=effort.calls, rounds=effort.rounds) for name, call in calls.items()}


def boto(effort: Effort) -> dict[str, float]:
    """Microseconds of a call of boto3, answered in process."""
    with statordb.connect(":memory:") as database:
        client = loaded(statordb.boto.client(database))
        calls = effort.calls // 10
        return {
            "get": per_call_us(getting(client), calls=calls, rounds=effort.rounds),
            "put": per_call_us(putting(client), calls=calls, rounds=effort.rounds),
        }
