"""What native doors do with throttling: exceptions with their reasons, and batches that are written in the end."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import statordb
import statordb.table
from statordb.errors import ProvisionedThroughputExceededException, UnprocessedError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = "x" * 8_000


@pytest.fixture
def database() -> Iterator[statordb.Database]:
    with statordb.connect(throttling=True, region="eu-west-2") as database:
        yield database


def make(database: statordb.Database, write: int) -> statordb.Table:
    client = database.client()
    client.create_table(
        TableName="meters",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 100, "WriteCapacityUnits": write},
    )
    client.get_waiter("table_exists").wait(TableName="meters")
    return database.table("meters")


def test_the_exception_says_what_had_nothing_left(database: statordb.Database) -> None:
    meters = make(database, 1)
    meters.put({"id": "large", "text": LARGE})
    with pytest.raises(ProvisionedThroughputExceededException) as raised:
        meters.put({"id": "small"})
    arn = "arn:aws:dynamodb:eu-west-2:000000000000:table/meters"
    reasons = [{"reason": "TableWriteProvisionedThroughputExceeded", "resource": arn}]
    assert raised.value.response["ThrottlingReasons"] == reasons
    assert pickle.loads(pickle.dumps(raised.value)).response["ThrottlingReasons"] == reasons


def test_what_was_throttled_waits_in_the_writer(database: statordb.Database) -> None:
    meters = make(database, 1)
    writer = meters.batch_writer()
    writer.put({"id": "a", "text": LARGE})
    writer.put({"id": "b"})
    writer.delete({"id": "c"})
    with pytest.raises(ProvisionedThroughputExceededException):
        writer.flush()
    assert repr(writer) == "<statordb.BatchWriter of 'meters', 2 waiting>"
    assert [item["id"] for item in meters.scan()] == ["a"]
    database.client().update_table(
        TableName="meters", ProvisionedThroughput={"ReadCapacityUnits": 100, "WriteCapacityUnits": 10_000}
    )
    for _ in range(50):
        try:
            writer.flush()
        except ProvisionedThroughputExceededException:
            threading.Event().wait(0.05)
    assert sorted(item["id"] for item in meters.scan()) == ["a", "b"]


def test_a_writer_waits_for_a_transaction_and_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statordb.table, "PAUSES_S", (0.0, 0.01))
    with statordb.connect() as database:
        stock = database.create_table("stock", "sku")
        held: list[Any] = [{"Put": {"TableName": "stock", "Item": {"sku": {"S": sku}}}} for sku in "ab"]
        with pytest.raises(UnprocessedError) as raised, database.hold_transaction(TransactItems=held):
            with stock.batch_writer() as batch:
                batch.put({"sku": "a", "count": 1})
                batch.delete({"sku": "b"})
                batch.put({"sku": "c"})
        assert (raised.value.puts, raised.value.deletes) == ([{"sku": "a", "count": 1}], [{"sku": "b"}])
        assert str(raised.value) == "2 requests of a batch were not processed"
        assert [item["sku"] for item in stock.scan()] == ["c"]
        again = pickle.loads(pickle.dumps(raised.value))
        assert (again.puts, again.deletes) == (raised.value.puts, raised.value.deletes)


def test_a_member_of_a_batch_that_meets_a_transaction_comes_back() -> None:
    with statordb.connect() as database:
        database.create_table("stock", "sku")
        client = database.client()
        put = {"PutRequest": {"Item": {"sku": {"S": "a"}, "data": {"B": b"\x00\xff"}}}}
        delete = {"DeleteRequest": {"Key": {"sku": {"S": "b"}}}}
        other = {"PutRequest": {"Item": {"sku": {"S": "c"}}}}
        held: list[Any] = [{"Put": {"TableName": "stock", "Item": {"sku": {"S": sku}}}} for sku in "ab"]
        answers = []
        try:
            with database.hold_transaction(TransactItems=held):
                answers.append(client.batch_write_item(RequestItems={"stock": [put, other, delete]}))
                answers.append(client.batch_write_item(RequestItems={"stock": [delete]}))
                raise InterruptedError
        except InterruptedError:
            pass
        assert [answer["UnprocessedItems"] for answer in answers] == [{"stock": [put, delete]}, {"stock": [delete]}]
        assert client.scan(TableName="stock")["Items"] == [{"sku": {"S": "c"}}]


def test_contributors_are_counted_while_they_are_asked_for(database: statordb.Database) -> None:
    client = database.client()
    meters = make(database, 3)
    assert database.contributors("meters") is None
    client.update_contributor_insights(TableName="meters", ContributorInsightsAction="ENABLE")
    meters.put({"id": "cold"})
    meters.put({"id": "hot", "text": LARGE})
    meters.get({"id": "hot"}, consistent=True)
    list(meters.query("id = :id", values={":id": "hot"}, consistent=True))
    for _ in range(3):
        with pytest.raises(ProvisionedThroughputExceededException):
            meters.put({"id": "hot"})
    counted = database.contributors("meters")
    assert counted == {
        "accessed": [({"id": "hot"}, 8.0 + 2.0 + 2.0), ({"id": "cold"}, 1.0)],
        "accessed_items": [],
        "throttled": [({"id": "hot"}, 3.0)],
        "throttled_items": [],
    }
    client.update_contributor_insights(TableName="meters", ContributorInsightsAction="DISABLE")
    assert database.contributors("meters") is None
    client.update_contributor_insights(
        TableName="meters", ContributorInsightsAction="ENABLE", ContributorInsightsMode="THROTTLED_KEYS"
    )
    meters.get({"id": "hot"})
    assert database.contributors("meters") == dict.fromkeys(counted, [])


def test_contributors_of_an_index_have_its_keys() -> None:
    with statordb.connect() as database:
        client = database.client()
        client.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in (("id", "S"), ("who", "S"), ("at", "N"))
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_who",
                    "KeySchema": [
                        {"AttributeName": "who", "KeyType": "HASH"},
                        {"AttributeName": "at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        client.get_waiter("table_exists").wait(TableName="orders")
        client.update_contributor_insights(TableName="orders", IndexName="by_who", ContributorInsightsAction="ENABLE")
        orders = database.table("orders")
        orders.batch_write(puts=[{"id": str(at), "who": "ada", "at": at} for at in range(3)])
        orders.put({"id": "without"})
        assert orders.query("who = :w", values={":w": "ada"}, index="by_who").count() == 3
        counted = database.contributors("orders", "by_who")
        assert counted is not None
        assert counted["accessed"] == [({"who": "ada"}, 3.5)]
        assert sorted((int(key["at"]), units) for key, units in counted["accessed_items"]) == [
            (0, 1.0),
            (1, 1.0),
            (2, 1.0),
        ]
        assert database.contributors("orders") is None


def test_contributors_of_nothing_are_refused(database: statordb.Database) -> None:
    with pytest.raises(statordb.errors.ResourceNotFoundException):
        database.contributors("nosuch")


def test_the_command_has_the_options() -> None:
    command = [sys.executable, "-m", "statordb", "serve", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "--throttling" in text
    assert "--wording [current|classic]" in text
