"""A shop written with PynamoDB: models with indexes, a version, an expiry and a stream, batches and transactions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import CancellationReason, DeleteError, PutError, TransactWriteError, UpdateError
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
    LocalSecondaryIndex,
)
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from conftest import SIGNED_AS

REGION = SIGNED_AS["region_name"]
KEY_ID = SIGNED_AS["aws_access_key_id"]
SECRET = SIGNED_AS["aws_secret_access_key"]
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
EXPIRY = datetime(2100, 1, 1, tzinfo=timezone.utc)
STATES = ("open", "sent", "done")
FAILED = CancellationReason(code="ConditionalCheckFailed", message="The conditional request failed")


class Address(MapAttribute):
    city = UnicodeAttribute()
    zip_code = UnicodeAttribute(attr_name="zip")


class Line(MapAttribute):
    article = UnicodeAttribute()
    count = NumberAttribute(default=1)


class ByState(GlobalSecondaryIndex):
    class Meta:
        index_name = "by-state"
        projection = IncludeProjection(["placed"])

    state = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(range_key=True)


class ByTotal(LocalSecondaryIndex):
    class Meta:
        index_name = "by-total"
        projection = AllProjection()

    customer = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(range_key=True)


class ByPlaced(LocalSecondaryIndex):
    class Meta:
        index_name = "by-placed"
        projection = KeysOnlyProjection()

    customer = UnicodeAttribute(hash_key=True)
    placed = UTCDateTimeAttribute(range_key=True)


@dataclass(frozen=True)
class Shop:
    """The models of one server and a connection to it; tables exist."""

    order: Any
    account: Any
    connection: Connection
    client: Any

    def write(self, **options: Any) -> TransactWrite:
        return TransactWrite(connection=self.connection, **options)

    def read(self) -> TransactGet:
        return TransactGet(connection=self.connection)


def order_model(endpoint: str) -> Any:
    class Order(Model):
        class Meta:
            table_name = "orders"
            host = endpoint
            region = REGION
            aws_access_key_id = KEY_ID
            aws_secret_access_key = SECRET
            billing_mode = "PAY_PER_REQUEST"
            stream_view_type = "NEW_AND_OLD_IMAGES"

        customer = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)
        state = UnicodeAttribute(null=True)
        total = NumberAttribute()
        placed = UTCDateTimeAttribute()
        paid = BooleanAttribute(default=False)
        address = Address(null=True)
        lines = ListAttribute(of=Line, null=True)
        labels = UnicodeSetAttribute(null=True)
        stamp = BinaryAttribute(legacy_encoding=False, null=True)
        notes = JSONAttribute(null=True)
        expires = TTLAttribute(null=True)
        version = VersionAttribute()
        by_state = ByState()
        by_total = ByTotal()
        by_placed = ByPlaced()

    return Order


def account_model(endpoint: str) -> Any:
    class Account(Model):
        class Meta:
            table_name = "accounts"
            host = endpoint
            region = REGION
            aws_access_key_id = KEY_ID
            aws_secret_access_key = SECRET
            read_capacity_units = 3
            write_capacity_units = 2

        customer = UnicodeAttribute(hash_key=True)
        balance = NumberAttribute(default=0)

    return Account


@pytest.fixture
def shop(database_endpoint: str) -> Shop:
    order, account = order_model(database_endpoint), account_model(database_endpoint)
    order.create_table(wait=True)
    account.create_table(wait=True)
    connection = Connection(
        host=database_endpoint, region=REGION, aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET
    )
    client = boto3.client("dynamodb", endpoint_url=database_endpoint, **SIGNED_AS)
    return Shop(order, account, connection, client)


def total_of(number: int) -> int:
    """Totals of orders, in another order than their numbers."""
    return number * 37 % 101


def place_orders(shop: Shop, customer: str, count: int) -> None:
    with shop.order.batch_write() as batch:
        for number in range(1, count + 1):
            batch.save(
                shop.order(
                    customer,
                    number,
                    state=STATES[number % 3],
                    total=total_of(number),
                    placed=NOON - timedelta(hours=number),
                )
            )


def numbers(found: Any) -> list[int]:
    return [order.number for order in found]


def by_total(chosen: Any) -> list[int]:
    """Numbers of orders as an index on totals sorts them."""
    return sorted(chosen, key=total_of)


def test_the_table_is_as_the_model_says(shop) -> None:
    assert shop.order.exists()
    table = shop.client.describe_table(TableName="orders")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["LatestStreamArn"].startswith(table["TableArn"] + "/stream/")
    (by_state,) = table["GlobalSecondaryIndexes"]
    assert by_state["KeySchema"] == [
        {"AttributeName": "state", "KeyType": "HASH"},
        {"AttributeName": "total", "KeyType": "RANGE"},
    ]
    assert by_state["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["placed"]}
    assert by_state["IndexStatus"] == "ACTIVE"
    assert by_state["IndexArn"] == table["TableArn"] + "/index/by-state"
    local = {index["IndexName"]: index["Projection"] for index in table["LocalSecondaryIndexes"]}
    assert local == {"by-total": {"ProjectionType": "ALL"}, "by-placed": {"ProjectionType": "KEYS_ONLY"}}
    expiry = shop.client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires"
    assert expiry["TimeToLiveStatus"] in ("ENABLING", "ENABLED")
    throughput = shop.account.describe_table()["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (3, 2)
    shop.account.delete_table()
    assert not shop.account.exists()


def test_an_order_comes_back_as_it_was_saved(shop) -> None:
    saved = shop.order(
        "ana",
        1,
        state="open",
        total=12.5,
        placed=NOON,
        address=Address(city="Tromsø", zip_code="9008"),
        lines=[Line(article="lamp"), Line(article="bulb", count=4)],
        labels={"gift", "fragile"},
        stamp=b"\x00\xff",
        notes={"by": ["phone", 2, None]},
        expires=EXPIRY,
    )
    saved.save()
    read = shop.order.get("ana", 1, consistent_read=True)
    # Python has sets in an order that another run of it does not have.
    as_read, as_saved = read.serialize(), saved.serialize()
    assert sorted(as_read.pop("labels")["SS"]) == sorted(as_saved.pop("labels")["SS"])
    assert as_read == as_saved
    assert read.notes == {"by": ["phone", 2, None]}
    assert (read.total, read.version, read.paid, read.expires) == (12.5, 1, False, EXPIRY)
    assert [(line.article, line.count) for line in read.lines] == [("lamp", 1), ("bulb", 4)]
    assert shop.order.get("ana", 1, attributes_to_get=["address.city"]).address.city == "Tromsø"
    with pytest.raises(shop.order.DoesNotExist):
        shop.order.get("ana", 2)


def test_updates_change_what_they_name_and_old_copies_are_refused(shop) -> None:
    order = shop.order("ana", 1, state="open", total=10, placed=NOON, lines=[Line(article="lamp")], labels={"gift"})
    order.save(condition=shop.order.customer.does_not_exist())
    stale = shop.order.get("ana", 1)
    Order = shop.order  # noqa: N806
    order.update(
        actions=[
            Order.total.add(5),
            Order.state.set("sent"),
            Order.lines.set(Order.lines.append([Line(article="bulb")])),
            Order.labels.delete({"gift"}),
            Order.stamp.set(Order.stamp | b"new"),
        ],
        condition=(Order.total < 11) & Order.lines[0].article.startswith("la") & Order.state.is_in("open", "sent"),
    )
    assert (order.total, order.state, order.version, order.stamp) == (15, "sent", 2, b"new")
    assert ([line.article for line in order.lines], order.labels) == (["lamp", "bulb"], None)
    with pytest.raises(PutError) as caught:
        stale.save()
    assert caught.value.cause_response_code == "ConditionalCheckFailedException"
    assert caught.value.cause_response_message == "The conditional request failed"
    with pytest.raises(UpdateError) as refused:
        stale.update(actions=[Order.total.add(1)])
    assert refused.value.cause_response_code == "ConditionalCheckFailedException"
    with pytest.raises(DeleteError) as kept:
        order.delete(condition=Order.state == "open")
    assert kept.value.cause_response_code == "ConditionalCheckFailedException"
    stale.refresh()
    assert (stale.total, stale.version) == (15, 2)
    stale.delete()
    assert shop.order.count("ana") == 0


def test_queries_of_the_table(shop) -> None:
    Order = shop.order  # noqa: N806
    place_orders(shop, "ana", 12)
    place_orders(shop, "bob", 3)
    assert numbers(Order.query("ana")) == list(range(1, 13))
    assert numbers(Order.query("ana", scan_index_forward=False, page_size=5)) == list(range(12, 0, -1))
    assert numbers(Order.query("ana", Order.number.between(3, 5))) == [3, 4, 5]
    assert numbers(Order.query("ana", Order.number > 10, filter_condition=Order.state == "sent")) == []
    filtered = Order.query("ana", filter_condition=Order.state == "sent", page_size=5)
    assert numbers(filtered) == [1, 4, 7, 10]
    assert filtered.page_iter.total_scanned_count == 12
    assert Order.count("ana", Order.number <= 9, filter_condition=Order.state != "sent") == 6
    first = Order.query("ana", limit=5)
    assert numbers(first) == [1, 2, 3, 4, 5]
    assert first.last_evaluated_key == {"customer": {"S": "ana"}, "number": {"N": "5"}}
    assert numbers(Order.query("ana", last_evaluated_key=first.last_evaluated_key)) == list(range(6, 13))


def test_queries_of_indexes(shop) -> None:
    Order = shop.order  # noqa: N806
    place_orders(shop, "ana", 12)
    place_orders(shop, "bob", 3)
    assert numbers(Order.by_total.query("ana")) == by_total(range(1, 13))
    assert numbers(Order.by_total.query("ana", scan_index_forward=False, page_size=5)) == by_total(range(1, 13))[::-1]
    above = by_total(number for number in range(1, 13) if total_of(number) >= 50)
    assert numbers(Order.by_total.query("ana", Order.total >= 50, consistent_read=True)) == above
    assert numbers(Order.by_placed.query("ana", Order.placed < NOON - timedelta(hours=9))) == [12, 11, 10]
    assert [order.total for order in Order.by_placed.query("bob")] == [None] * 3
    sent = [("ana", number) for number in (1, 4, 7, 10)] + [("bob", 1)]
    found = list(Order.by_state.query("sent", page_size=2))
    assert [order.total for order in found] == sorted(total_of(number) for _, number in sent)
    assert sorted((order.customer, order.number) for order in found) == sent
    assert {order.placed for order in found if order.number == 1} == {NOON - timedelta(hours=1)}
    assert {order.version for order in found} == {None}
    assert Order.by_state.count("sent", filter_condition=Order.placed < NOON - timedelta(hours=4)) == 2
    Order.get("ana", 4).update(actions=[Order.state.remove()])
    Order.get("bob", 1).delete()
    assert (
        numbers(Order.by_state.query("sent", Order.total > 0, scan_index_forward=False)) == by_total([1, 7, 10])[::-1]
    )


def test_an_index_page_ends_in_a_key_of_table_and_index(shop) -> None:
    Order = shop.order  # noqa: N806
    place_orders(shop, "ana", 12)
    page = Order.by_state.query("open", limit=2)
    chosen = by_total([3, 6, 9, 12])
    assert numbers(page) == chosen[:2]
    assert page.last_evaluated_key == {
        "customer": {"S": "ana"},
        "number": {"N": str(chosen[1])},
        "state": {"S": "open"},
        "total": {"N": str(total_of(chosen[1]))},
    }
    assert numbers(Order.by_state.query("open", last_evaluated_key=page.last_evaluated_key)) == chosen[2:]


def test_scans_and_batches(shop) -> None:
    Order = shop.order  # noqa: N806
    place_orders(shop, "ana", 30)
    place_orders(shop, "bob", 3)
    assert sorted(numbers(Order.scan(page_size=7))) == sorted([*range(1, 31), 1, 2, 3])
    assert sorted(numbers(Order.scan(Order.total > 90))) == [n for n in range(1, 31) if total_of(n) > 90]
    halves = [numbers(Order.scan(segment=segment, total_segments=2)) for segment in (0, 1)]
    assert sum(map(len, halves)) == 33
    assert len(list(Order.by_state.scan(page_size=10))) == 33
    keys = [("ana", number) for number in (5, 1, 30)] + [("bob", 3), ("bob", 4)]
    read = list(Order.batch_get(keys))
    assert sorted((order.customer, order.number) for order in read) == sorted(keys[:-1])
    with Order.batch_write() as batch:
        for number in range(1, 30):
            batch.delete(Order("ana", number))
        batch.save(Order("eva", 1, total=1, placed=NOON))
    assert sorted((order.customer, order.number) for order in Order.scan()) == [
        ("ana", 30),
        *(("bob", number) for number in (1, 2, 3)),
        ("eva", 1),
    ]


def test_transactions_are_done_whole(shop) -> None:
    Order, Account = shop.order, shop.account  # noqa: N806
    ana, bob = Account("ana", balance=100), Account("bob", balance=0)
    ana.save()
    bob.save()
    Order("ana", 9, state="open", total=1, placed=NOON).save()
    order = Order("ana", 1, state="open", total=60, placed=NOON)
    with shop.write() as write:
        write.condition_check(Account, "bob", condition=Account.customer.exists())
        write.save(order, condition=Order.number.does_not_exist())
        write.update(ana, actions=[Account.balance.add(-60)], condition=Account.balance >= 60)
        write.delete(Order.get("ana", 9))
    assert order.version == 1
    with shop.read() as read:
        account, placed, gone = read.get(Account, "ana"), read.get(Order, "ana", 1), read.get(Order, "ana", 9)
    assert (account.get().balance, placed.get().total, placed.get().version) == (40, 60, 1)
    with pytest.raises(Order.DoesNotExist):
        gone.get()
    assert numbers(Order.by_state.query("open")) == [1]


def test_a_cancelled_transaction_gives_a_reason_for_each_part(shop) -> None:
    Order, Account = shop.order, shop.account  # noqa: N806
    ana, order = Account("ana", balance=10), Order("ana", 1, state="open", total=60, placed=NOON)
    ana.save()
    Account("bob", balance=1).save()
    with pytest.raises(TransactWriteError) as caught, shop.write() as write:
        write.condition_check(Account, "bob", condition=Account.balance > 1)
        write.save(order)
        write.update(ana, actions=[Account.balance.add(-60)], condition=Account.balance >= 60, return_values="ALL_OLD")
    error = caught.value
    assert error.cause_response_code == "TransactionCanceledException"
    assert error.cause_response_message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[ConditionalCheckFailed, None, ConditionalCheckFailed]"
    )
    old = {"customer": {"S": "ana"}, "balance": {"N": "10"}}
    check, *others = error.cancellation_reasons
    # DynamoDB Local ends this message with a period; AWS does not.
    assert (check.code, check.message.rstrip("."), check.raw_item) == (FAILED.code, FAILED.message, None)
    assert others == [None, CancellationReason(FAILED.code, FAILED.message, old)]
    assert (Order.count("ana"), Account.get("ana").balance) == (0, 10)
    with pytest.raises(TransactWriteError) as twice, shop.write() as write:
        write.update(ana, actions=[Account.balance.add(1)])
        write.delete(ana)
    assert twice.value.cause_response_code == "ValidationException"
    assert twice.value.cause_response_message == "Transaction request cannot include multiple operations on one item"
    assert twice.value.cancellation_reasons == []


def test_a_transaction_with_a_token_is_done_once(shop) -> None:
    Account = shop.account  # noqa: N806
    ana = Account("ana", balance=1)
    ana.save()
    token = str(uuid.uuid4())
    for _ in range(3):
        with shop.write(client_request_token=token) as write:
            write.update(ana, actions=[Account.balance.add(10)])
    assert Account.get("ana").balance == 11
    with pytest.raises(TransactWriteError) as caught, shop.write(client_request_token=token) as write:
        write.update(ana, actions=[Account.balance.add(11)])
    assert caught.value.cause_response_code == "IdempotentParameterMismatchException"
    assert Account.get("ana").balance == 11
