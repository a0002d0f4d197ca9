"""A chat written with aiodynamo over httpx: one room is a partition, indexes find authors and votes."""

from __future__ import annotations

import asyncio
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiodynamo.client import Client, Table
from aiodynamo.credentials import Key, StaticCredentials
from aiodynamo.errors import (
    CancellationReason,
    ConditionalCheckFailed,
    IdempotentParameterMismatch,
    ItemNotFound,
    TableNotFound,
    TransactionCanceled,
    ValidationException,
)
from aiodynamo.expressions import F, HashKey, RangeKey
from aiodynamo.http.httpx import HTTPX
from aiodynamo.models import (
    BatchGetRequest,
    BatchWriteRequest,
    GlobalSecondaryIndex,
    KeySchema,
    KeySpec,
    KeyType,
    LocalSecondaryIndex,
    PayPerRequest,
    Projection,
    ProjectionType,
    ReturnValues,
    Select,
    StaticDelayRetry,
    StreamSpecification,
    StreamViewType,
    TableStatus,
    TimeToLiveStatus,
)
from aiodynamo.operations import ConditionCheck, Delete, Get, Put, Update
from yarl import URL

from conftest import SIGNED_AS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

SOON = StaticDelayRetry(time_limit_secs=30, delay=0.01)
CREDENTIALS = StaticCredentials(Key(id=SIGNED_AS["aws_access_key_id"], secret=SIGNED_AS["aws_secret_access_key"]))
ROOM = KeySpec("room", KeyType.string)
SENT = KeySpec("sent", KeyType.number)
AUTHORS = ("ana", "bob", "eva")
FAILED = CancellationReason("ConditionalCheckFailed", "The conditional request failed")


def votes_of(sent: int) -> int:
    """Votes of messages, in another order than they were sent."""
    return sent * 37 % 101


def message(room: str, sent: int) -> dict[str, Any]:
    return {
        "room": room,
        "sent": Decimal(sent),
        "author": AUTHORS[sent % 3],
        "votes": Decimal(votes_of(sent)),
        "text": f"message {sent}",
    }


def key(room: str, sent: int) -> dict[str, Any]:
    return {"room": room, "sent": sent}


def author_index() -> GlobalSecondaryIndex:
    schema = KeySchema(KeySpec("author", KeyType.string), SENT)
    return GlobalSecondaryIndex("by-author", schema, Projection(ProjectionType.include, ["text"]), throughput=None)


def vote_index() -> LocalSecondaryIndex:
    schema = KeySchema(ROOM, KeySpec("votes", KeyType.number))
    return LocalSecondaryIndex("by-votes", schema, Projection(ProjectionType.all))


async def create(table: Table) -> None:
    await table.create(
        PayPerRequest(),
        KeySchema(ROOM, SENT),
        lsis=[vote_index()],
        gsis=[author_index()],
        stream=StreamSpecification(enabled=True, view_type=StreamViewType.new_image),
        wait_for_active=SOON,
    )


@pytest.fixture
def chat(database_endpoint: str) -> Callable[[Callable[[Table], Awaitable[None]]], None]:
    """Runs a program with the table of messages, which exists."""

    async def main(program: Callable[[Table], Awaitable[None]]) -> None:
        async with httpx.AsyncClient() as http:
            region = SIGNED_AS["region_name"]
            endpoint = URL(database_endpoint)
            client = Client(HTTPX(http), CREDENTIALS, region, endpoint, Decimal, throttle_config=SOON)
            table = client.table("messages")
            await create(table)
            await program(table)

    return lambda program: asyncio.run(main(program))


async def fill(table: Table, room: str, count: int) -> None:
    """Sends messages 1 to `count`."""
    messages = [message(room, sent) for sent in range(1, count + 1)]
    for start in range(0, count, 25):
        request = BatchWriteRequest(items_to_put=messages[start : start + 25])
        assert await table.client.batch_write({table.name: request}) == {}


async def sent_of(found: AsyncIterator[dict[str, Any]]) -> list[int]:
    return [int(item["sent"]) async for item in found]


def by_votes(chosen: Any) -> list[int]:
    """Times of messages as an index on votes sorts them."""
    return sorted(chosen, key=votes_of)


def test_the_table_and_its_expiry(chat) -> None:
    async def program(table: Table) -> None:
        assert await table.exists()
        described = await table.describe()
        assert described.status is TableStatus.active
        assert described.throughput == PayPerRequest()
        assert described.key_schema == KeySchema(ROOM, SENT)
        assert set(described.attributes) == {"room", "sent", "author", "votes"}
        assert (await table.time_to_live.describe()).status is TimeToLiveStatus.disabled
        await table.time_to_live.enable("expires")
        expiry = await table.time_to_live.describe()
        assert (expiry.attribute, expiry.status in (TimeToLiveStatus.enabling, TimeToLiveStatus.enabled)) == (
            "expires",
            True,
        )
        await table.delete(wait_for_disabled=SOON)
        assert not await table.exists()
        with pytest.raises(TableNotFound):
            await table.describe()

    chat(program)


def test_items_and_conditions(chat) -> None:
    async def program(table: Table) -> None:
        first = {**message("main", 1), "tags": {"new", "top"}, "raw": b"\x00\xff", "more": {"seen": [True, None, "x"]}}
        assert await table.put_item(first, condition=F("room").does_not_exist()) is None
        assert await table.get_item(key("main", 1), consistent_read=True) == first
        assert await table.get_item(key("main", 1), projection=F("text") & F("more", "seen", 2)) == {
            "text": "message 1",
            "more": {"seen": ["x"]},
        }
        with pytest.raises(ConditionalCheckFailed) as caught:
            await table.put_item(first, condition=F("room").does_not_exist())
        assert "The conditional request failed" in str(caught.value)
        changes = (
            F("votes").change(-3) & F("more", "seen").append(["y"]) & F("raw").remove() & F("tags").delete({"new"})
        )
        new = await table.update_item(
            key("main", 1),
            changes & F("edits").add(1) & F("text").set_if_not_exists("none"),
            return_values=ReturnValues.all_new,
            condition=F("votes").between(30, 40) & F("text").begins_with("mess") & F("tags").contains("top"),
        )
        assert new == {
            **message("main", 1),
            "votes": 34,
            "tags": {"top"},
            "more": {"seen": [True, None, "x", "y"]},
            "edits": 1,
        }
        with pytest.raises(ConditionalCheckFailed):
            await table.update_item(key("main", 1), F("votes").change(1), condition=F("votes").gt(34))
        with pytest.raises(ConditionalCheckFailed):
            await table.delete_item(key("main", 1), condition=~F("edits").exists())
        assert await table.delete_item(key("main", 1), return_values=ReturnValues.all_old) == new
        with pytest.raises(ItemNotFound):
            await table.get_item(key("main", 1))

    chat(program)


def test_queries_of_the_table(chat) -> None:
    async def program(table: Table) -> None:
        await fill(table, "main", 12)
        await fill(table, "side", 3)
        main = HashKey("room", "main")
        everything = list(range(1, 13))
        assert [item async for item in table.query(main)] == [message("main", sent) for sent in everything]
        assert await sent_of(table.query(main, scan_forward=False, limit=5)) == everything[::-1][:5]
        assert await sent_of(table.query(main & RangeKey("sent").between(3, 5))) == [3, 4, 5]
        ours = F("author").equals("bob")
        assert await sent_of(table.query(main, filter_expression=ours, consistent_read=True)) == [1, 4, 7, 10]
        assert await table.count(main & RangeKey("sent").lte(9), filter_expression=~ours) == 6
        page = await table.query_single_page(main, limit=5)
        assert page.items == [message("main", sent) for sent in everything[:5]]
        assert page.last_evaluated_key == {"room": "main", "sent": 5}
        rest = await table.query_single_page(main, start_key=page.last_evaluated_key)
        assert [item["sent"] for item in rest.items] == everything[5:]
        assert rest.is_last_page

    chat(program)


def test_queries_of_indexes(chat) -> None:
    async def program(table: Table) -> None:
        await fill(table, "main", 12)
        await fill(table, "side", 3)
        main, everything = HashKey("room", "main"), by_votes(range(1, 13))
        votes = {"index": "by-votes"}
        assert await sent_of(table.query(main, **votes, consistent_read=True)) == everything
        assert await sent_of(table.query(main, **votes, scan_forward=False)) == everything[::-1]
        above = [sent for sent in everything if votes_of(sent) > 50]
        assert await sent_of(table.query(main & RangeKey("votes").gt(50), **votes)) == above
        authors: dict[str, Any] = {"index": "by-author", "select": Select.all_projected_attributes}
        bob = HashKey("author", "bob")
        found = [item async for item in table.query(bob, **authors)]
        assert [item["sent"] for item in found] == [1, 1, 4, 7, 10]
        assert {tuple(sorted(item)) for item in found} == {("author", "room", "sent", "text")}
        assert await sent_of(table.query(bob & RangeKey("sent").lt(9), **authors, scan_forward=False)) == [7, 4, 1, 1]
        in_side = F("text").equals("message 1")
        assert await table.count(bob, index="by-author", filter_expression=in_side) == 2
        with pytest.raises(ValidationException) as caught:
            await table.query_single_page(bob, index="by-author")
        assert "Select type ALL_ATTRIBUTES is not supported for global secondary index by-author" in str(caught.value)
        await table.update_item(key("main", 4), F("author").remove())
        await table.update_item(key("main", 7), F("author").set("eva"))
        assert await sent_of(table.query(bob, **authors)) == [1, 1, 10]

    chat(program)


def test_pages_of_indexes(chat) -> None:
    async def program(table: Table) -> None:
        await fill(table, "main", 12)
        start, seen, pages = None, [], 0
        while pages == 0 or start is not None:
            page = await table.query_single_page(HashKey("room", "main"), index="by-votes", limit=5, start_key=start)
            seen += [int(item["sent"]) for item in page.items]
            start, pages = page.last_evaluated_key, pages + 1
            if start is not None:
                assert start == {"room": "main", "sent": seen[-1], "votes": votes_of(seen[-1])}
        assert (seen, pages) == (by_votes(range(1, 13)), 3)
        first = await table.scan_single_page(index="by-author", limit=4)
        assert set(first.last_evaluated_key) == {"room", "sent", "author"}
        rest = await sent_of(table.scan(index="by-author", start_key=first.last_evaluated_key))
        assert sorted([int(item["sent"]) for item in first.items] + rest) == list(range(1, 13))

    chat(program)


def test_scans_and_batches(chat) -> None:
    async def program(table: Table) -> None:
        await fill(table, "main", 30)
        assert sorted(await sent_of(table.scan())) == list(range(1, 31))
        assert len(await sent_of(table.scan(limit=7))) == 7
        liked = F("votes").gt(90)
        assert await table.scan_count(filter_expression=liked) == sum(votes_of(sent) > 90 for sent in range(1, 31))
        keys = [key("main", sent) for sent in (5, 1, 30, 31)]
        asked = BatchGetRequest(keys=keys, projection=F("sent") & F("text"), consistent_read=True)
        answer = await table.client.batch_get({table.name: asked})
        assert sorted(answer.items[table.name], key=lambda item: item["sent"]) == [
            {"sent": sent, "text": f"message {sent}"} for sent in (1, 5, 30)
        ]
        assert answer.unprocessed_keys == {}
        deleted = [key("main", sent) for sent in range(1, 21)]
        request = BatchWriteRequest(keys_to_delete=deleted, items_to_put=[message("side", 1)])
        assert await table.client.batch_write({table.name: request}) == {}
        left = [(item["room"], item["sent"]) async for item in table.scan()]
        assert sorted(left) == [*(("main", sent) for sent in range(21, 31)), ("side", 1)]

    chat(program)


def test_transactions(chat) -> None:
    async def program(table: Table) -> None:
        name, client = table.name, table.client
        await fill(table, "main", 3)
        parts = [
            Put(name, message("main", 4), condition=F("room").does_not_exist()),
            Update(name, key("main", 1), F("votes").change(1), condition=F("author").equals("bob")),
            Delete(name, key("main", 2)),
            ConditionCheck(name, key("main", 3), condition=F("votes").gt(0)),
        ]
        await client.transact_write_items(parts)
        assert await sent_of(table.query(HashKey("room", "main"))) == [1, 3, 4]
        read = [Get(name, key("main", 4)), Get(name, key("main", 1), projection=F("votes"))]
        assert await client.transact_get_items(read) == [message("main", 4), {"votes": votes_of(1) + 1}]
        with pytest.raises(TransactionCanceled) as caught:
            await client.transact_write_items(parts)
        assert caught.value.cancellation_reasons == [FAILED, None, None, None]
        assert "specific reasons [ConditionalCheckFailed, None, None, None]" in str(caught.value)
        assert (await table.get_item(key("main", 1)))["votes"] == votes_of(1) + 1
        token, added = str(uuid.uuid4()), Update(name, key("main", 1), F("votes").add(10))
        for _ in range(3):
            await client.transact_write_items([added], request_token=token)
        assert (await table.get_item(key("main", 1)))["votes"] == votes_of(1) + 11
        with pytest.raises(IdempotentParameterMismatch):
            await client.transact_write_items([Update(name, key("main", 1), F("votes").add(9))], request_token=token)
        with pytest.raises(ValidationException) as twice:
            await client.transact_write_items([Delete(name, key("main", 1)), Put(name, message("main", 1))])
        assert "Transaction request cannot include multiple operations on one item" in str(twice.value)

    chat(program)
