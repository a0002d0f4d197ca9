"""Item collections: the items of one partition key with their entries in local indexes, their metrics and their limit."""

from __future__ import annotations

import pytest

from failure import CONDITION_FAILED, NONE, cancels, fails
from tables import create_indexed_table, create_table, index, sized_item

SIZE = {"ReturnItemCollectionMetrics": "SIZE"}
FULL = ("ItemCollectionSizeLimitExceededException", "Collection size exceeded.")
FULL_REASON = {"Code": "ItemCollectionSizeLimitExceeded", "Message": "Collection size exceeded."}


def key(part, sort="1") -> dict:
    return {"a": {"S": part}, "b": {"S": sort}}


def metrics(part) -> dict:
    return {"ItemCollectionKey": {"a": {"S": part}}, "SizeEstimateRangeGB": [0.0, 1.0]}


def create_collections(ddb) -> str:
    """A table with a local index, and so with item collections."""
    return create_indexed_table(
        ddb, "collections", "a:S b:S", "n:N x:S", lsi=[index("l-ix", "a", "n:R")], gsi=[index("g-ix", "x")]
    )


@pytest.fixture
def table(ddb) -> str:
    return create_collections(ddb)


# ----------------------------------------------------------------------------------------------------------------- metrics


def test_single_writes_tell_the_collection(ddb, table) -> None:
    put = ddb.put_item(TableName=table, Item=key("p"), **SIZE)
    update = ddb.update_item(TableName=table, Key=key("q"), **SIZE)
    delete = ddb.delete_item(TableName=table, Key=key("p"), **SIZE)
    assert [answer["ItemCollectionMetrics"] for answer in (put, update, delete)] == [
        metrics("p"),
        metrics("q"),
        metrics("p"),
    ]


@pytest.mark.parametrize("members", [{}, {"ReturnItemCollectionMetrics": "NONE"}])
def test_nothing_is_told_unless_asked(ddb, table, members) -> None:
    assert "ItemCollectionMetrics" not in ddb.put_item(TableName=table, Item=key("p"), **members)
    batch = ddb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key("p")}}]}, **members)
    assert "ItemCollectionMetrics" not in batch


def test_a_table_without_local_indexes_has_no_collections(ddb, range_table) -> None:
    assert "ItemCollectionMetrics" not in ddb.put_item(TableName=range_table, Item=key("p"), **SIZE)
    assert "ItemCollectionMetrics" not in ddb.delete_item(TableName=range_table, Key=key("p"), **SIZE)


def test_batches_tell_the_collections_by_table(ddb, table) -> None:
    puts = [{"PutRequest": {"Item": key(part, sort)}} for part in "pq" for sort in "12"]
    answer = ddb.batch_write_item(RequestItems={table: puts}, **SIZE)
    told = {name: sorted(list_, key=str) for name, list_ in answer["ItemCollectionMetrics"].items()}
    assert told == {table: [metrics("p"), metrics("q")]}


def test_transactions_tell_the_collections_by_table(ddb, table) -> None:
    other = create_table(ddb, "plain", "a:S")
    answer = ddb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": key("p", "1")}},
            {"Put": {"TableName": table, "Item": key("p", "2")}},
            {"Put": {"TableName": other, "Item": {"a": {"S": "k"}}}},
        ],
        **SIZE,
    )
    assert answer["ItemCollectionMetrics"][table] == [metrics("p")]
    assert set(answer["ItemCollectionMetrics"]) <= {table, other}


# ------------------------------------------------------------------------------------------------------------------- limit


@pytest.fixture
def client():
    """A client of a database whose collections are full at 10,000 bytes."""
    import statordb

    with statordb.connect(":memory:", item_collection_bytes_max=10_000) as database:
        client = database.client()
        create_collections(client)
        yield client


TABLE = "collections"


def put(client, part, sort, size, **more):
    return client.put_item(TableName=TABLE, Item={**sized_item(key(part, sort), size), **more})


def test_items_of_one_partition_fill_it_together(client) -> None:
    put(client, "p", "1", 6000)
    put(client, "p", "2", 4000)
    with fails(*FULL):
        client.put_item(TableName=TABLE, Item=key("p", "3"))
    put(client, "q", "1", 10_000)
    assert (
        client.query(
            TableName=TABLE,
            KeyConditionExpression="a = :a",
            ExpressionAttributeValues={":a": {"S": "p"}},
            Select="COUNT",
        )["Count"]
        == 2
    )


def test_entries_of_local_indexes_count_those_of_global_ones_do_not(client) -> None:
    with fails(*FULL):
        put(client, "p", "1", 6000, n={"N": "1"})
    put(client, "p", "1", 6000, x={"S": "x"})
    put(client, "q", "1", 4900, n={"N": "1"})
    with fails(*FULL):
        client.put_item(TableName=TABLE, Item=sized_item(key("q", "2"), 300))


def test_what_makes_it_no_larger_is_done_in_a_full_collection(client) -> None:
    put(client, "p", "1", 10_000)
    put(client, "p", "1", 10_000)
    with fails(*FULL):
        put(client, "p", "1", 10_001)
    put(client, "p", "1", 9000)
    put(client, "p", "2", 1000)
    client.delete_item(TableName=TABLE, Key=key("p", "1"))
    put(client, "p", "3", 9000)


def test_updates_and_batches_meet_the_limit(client) -> None:
    put(client, "p", "1", 10_000)
    update = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}
    with fails(*FULL):
        client.update_item(TableName=TABLE, Key=key("p", "1"), **update)
    client.update_item(TableName=TABLE, Key=key("p", "1"), UpdateExpression="REMOVE v")
    with fails(*FULL):
        client.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": key("p", "2")}}]})


def test_transactions_meet_the_limit_as_a_reason_and_do_nothing(client) -> None:
    put(client, "p", "1", 10_000)
    with cancels(NONE, FULL_REASON):
        client.transact_write_items(
            TransactItems=[{"Put": {"TableName": TABLE, "Item": key(part, "2")}} for part in ("q", "p")]
        )
    assert client.scan(TableName=TABLE, Select="COUNT")["Count"] == 1


def test_the_items_of_a_transaction_are_counted_together(client) -> None:
    items = [sized_item(key("p", sort), 6000) for sort in "12"]
    with cancels(NONE, FULL_REASON):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": item}} for item in items])
    put(client, "p", "1", 6000)
    client.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": TABLE, "Key": key("p", "1")}},
            {"Put": {"TableName": TABLE, "Item": items[1]}},
        ]
    )
    with cancels(CONDITION_FAILED):
        check = {"TableName": TABLE, "Key": key("p", "1"), "ConditionExpression": "attribute_exists(a)"}
        client.transact_write_items(TransactItems=[{"ConditionCheck": check}])


def test_what_failed_does_not_count(client) -> None:
    for _ in range(5):
        with fails("ConditionalCheckFailedException"):
            client.put_item(
                TableName=TABLE, Item=sized_item(key("p"), 6000), ConditionExpression="attribute_exists(absent)"
            )
        with fails(*FULL):
            put(client, "p", "2", 10_001)
    put(client, "p", "1", 10_000)


def test_a_moved_entry_is_counted_once(client) -> None:
    for number in range(5):
        put(client, "p", "1", 4900, n={"N": str(number)})
    client.update_item(TableName=TABLE, Key=key("p", "1"), UpdateExpression="REMOVE n")
    put(client, "p", "2", 4900)
