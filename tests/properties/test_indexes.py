"""After every step of a random history, each index is the projection of its table, by Scan and by Query."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .indexed import INDEXES, TABLE, Index, Model, action, clear, create, deletes, distinct, puts, send, updates, writes
from .values import plain_item

batches = st.tuples(st.just("batch"), st.lists(puts | deletes, min_size=1, max_size=6).map(distinct))
transactions = st.tuples(
    st.just("transaction"),
    st.lists(writes.filter(lambda write: write[0] != "update" or write[2]), min_size=1, max_size=6).map(distinct),
)
failures = st.tuples(st.just("failure"), st.lists(puts | updates, min_size=1, max_size=3).map(distinct))
steps = st.tuples(st.just("single"), st.lists(writes, min_size=1, max_size=1)) | batches | transactions | failures


@pytest.fixture(scope="module")
def client() -> Any:
    return create(statordb.connect(":memory:").client())


def carry_out(client: Any, step: Any) -> bool:
    """Sends a step, and says whether it is to have had an effect."""
    kind, parts = step
    if kind == "single":
        send(client, parts[0])
    elif kind == "batch":
        requests = [
            {"PutRequest": {"Item": {**key, **values}}} if what == "put" else {"DeleteRequest": {"Key": key}}
            for what, key, values in parts
        ]
        client.batch_write_item(RequestItems={TABLE: requests})
    elif kind == "transaction":
        client.transact_write_items(TransactItems=[action(write) for write in parts])
    else:
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            send(client, parts[0], ConditionExpression="attribute_exists(absent)")
    return bool(kind != "failure")


def frozen(items: list[Any]) -> Counter[str]:
    """Items by value, in no order."""
    return Counter(str(sorted(plain_item(item).items(), key=str)) for item in items)


def order_of(index: Index, item: Any) -> Any:
    """What orders the entries of one partition: nothing for an index without a sort key."""
    if len(index.keys) == 1:
        return ()
    [(kind, content)] = item[index.keys[1]].items()
    return float(content) if kind == "N" else content.encode()


def check(client: Any, model: Model, index: Index) -> None:
    """The index holds what it should: as a whole, and each partition in its order, in both directions and by pages."""
    wanted = model.entries(index)
    request = {"TableName": TABLE, "IndexName": index.name}
    assert frozen(client.scan(**request)["Items"]) == frozen(wanted), index
    partition = index.keys[0]
    parts: dict[str, list[Any]] = {}
    for entry in wanted:
        parts.setdefault(str(entry[partition]), []).append(entry)
    for entries in parts.values():
        values = {":p": entries[0][partition]}
        members = {**request, "KeyConditionExpression": f"{partition} = :p", "ExpressionAttributeValues": values}
        found = client.query(**members)["Items"]
        assert frozen(found) == frozen(entries), index
        assert [order_of(index, item) for item in found] == sorted(order_of(index, item) for item in entries)
        assert client.query(**members, ScanIndexForward=False)["Items"] == found[::-1]
        assert pages(client, members) == found


def pages(client: Any, members: Any) -> list[Any]:
    """What a Query answers by two items at a time."""
    items: list[Any] = []
    start: dict[str, Any] = {}
    while True:
        answer = client.query(**members, **start, Limit=2)
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return items
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@settings(max_examples=150, deadline=None)
@given(history=st.lists(steps, min_size=1, max_size=8))
def test_indexes_are_projections_of_their_table(client: Any, history: list[Any]) -> None:
    clear(client)
    model = Model()
    for step in history:
        if carry_out(client, step):
            for write in step[1]:
                model.apply(write)
        assert frozen(client.scan(TableName=TABLE, ConsistentRead=True)["Items"]) == frozen(list(model.items.values()))
        for index in INDEXES:
            check(client, model, index)


@settings(max_examples=100, deadline=None)
@given(history=st.lists(writes, min_size=1, max_size=10))
def test_items_and_bytes_of_indexes_are_counted(client: Any, history: list[Any]) -> None:
    from .indexed import item_size

    clear(client)
    model = Model()
    for write in history:
        send(client, write)
        model.apply(write)
    table = client.describe_table(TableName=TABLE)["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (
        len(model.items),
        sum(map(item_size, model.items.values())),
    )
    described = {one["IndexName"]: one for one in table["LocalSecondaryIndexes"] + table["GlobalSecondaryIndexes"]}
    for index in INDEXES:
        entries = model.entries(index)
        one = described[index.name]
        assert (one["ItemCount"], one["IndexSizeBytes"]) == (len(entries), sum(map(item_size, entries))), index
