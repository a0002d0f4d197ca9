"""What random reads and writes of a table with indexes cost, beside a slow calculation of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .indexed import (
    INDEXES,
    TABLE,
    Index,
    Model,
    Units,
    action,
    clear,
    create,
    deletes,
    distinct,
    item_size,
    keys,
    puts,
    read_units,
    send,
    updates,
    writes,
)

details = st.sampled_from(["TOTAL", "INDEXES"])
checks = st.tuples(st.just("check"), keys, st.just({}))
several = st.lists(writes.filter(lambda write: write[0] != "update" or write[2]) | checks, min_size=1, max_size=6)


@pytest.fixture(scope="module")
def client() -> Any:
    return create(statordb.connect(":memory:").client())


def begin(client: Any, history: list[Any]) -> Model:
    """An empty table with what `history` writes."""
    clear(client)
    model = Model()
    for write in history:
        send(client, write)
        model.apply(write)
    return model


histories = st.lists(puts | updates, max_size=8)


# ------------------------------------------------------------------------------------------------------------------ writes


@settings(max_examples=300, deadline=None)
@given(history=st.lists(writes, min_size=1, max_size=8), detail=details)
def test_single_writes(client: Any, history: list[Any], detail: str) -> None:
    model = begin(client, [])
    for write in history:
        answer = send(client, write, ReturnConsumedCapacity=detail)
        units = Units()
        units.add_write(*model.apply(write))
        assert answer["ConsumedCapacity"] == units.report(detail), write


@settings(max_examples=150, deadline=None)
@given(history=histories, batch=st.lists(puts | deletes, min_size=1, max_size=6).map(distinct), detail=details)
def test_batches_of_writes(client: Any, history: list[Any], batch: list[Any], detail: str) -> None:
    model = begin(client, history)
    requests = [
        {"PutRequest": {"Item": {**key, **values}}} if kind == "put" else {"DeleteRequest": {"Key": key}}
        for kind, key, values in batch
    ]
    answer = client.batch_write_item(RequestItems={TABLE: requests}, ReturnConsumedCapacity=detail)
    units = Units()
    for write in batch:
        units.add_write(*model.apply(write))
    assert answer["ConsumedCapacity"] == [units.report(detail)]


@settings(max_examples=200, deadline=None)
@given(history=histories, writes=several.map(distinct), detail=details)
def test_transactions_of_writes_and_sending_them_again(
    client: Any, history: list[Any], writes: list[Any], detail: str
) -> None:
    model = begin(client, history)
    request = {
        "TransactItems": [action(write) for write in writes],
        "ClientRequestToken": str(uuid.uuid4()),
        "ReturnConsumedCapacity": detail,
    }
    answer = client.transact_write_items(**request)
    units = Units()
    for write in writes:
        units.add_write(*model.apply(write), factor=2)
    kind = "WriteCapacityUnits"
    assert answer["ConsumedCapacity"] == [units.report(detail, top=kind, arms=kind)]
    again = Units()
    again.table = 2 * sum(read_units(item_size(model.get(write[1])), consistent=True) for write in writes)
    replayed = client.transact_write_items(**request)
    assert replayed["ConsumedCapacity"] == [again.report(detail, top="ReadCapacityUnits")]


# ------------------------------------------------------------------------------------------------------------------- reads

projections = st.sampled_from([{}, {"ProjectionExpression": "b"}, {"ProjectionExpression": "absent"}])


@settings(max_examples=150, deadline=None)
@given(
    history=histories,
    wanted=st.lists(keys, min_size=1, max_size=6),
    consistent=st.booleans(),
    detail=details,
    members=projections,
)
def test_reads_by_key(
    client: Any, history: list[Any], wanted: list[Any], consistent: bool, detail: str, members: dict[str, str]
) -> None:
    model = begin(client, history)
    wanted = [write[1] for write in distinct([("get", key, {}) for key in wanted])]
    sizes = [item_size(model.get(key)) for key in wanted]
    units = Units()
    units.table = read_units(sizes[0], consistent=consistent)
    one = {"TableName": TABLE, "Key": wanted[0], "ConsistentRead": consistent, **members}
    assert client.get_item(**one, ReturnConsumedCapacity=detail)["ConsumedCapacity"] == units.report(detail)
    units.table = sum(read_units(size, consistent=consistent) for size in sizes)
    batch = {TABLE: {"Keys": wanted, "ConsistentRead": consistent, **members}}
    answer = client.batch_get_item(RequestItems=batch, ReturnConsumedCapacity=detail)
    assert answer["ConsumedCapacity"] == [units.report(detail)]
    units.table = 2 * sum(read_units(size, consistent=True) for size in sizes)
    gets = [{"Get": {"TableName": TABLE, "Key": key, **members}} for key in wanted]
    answer = client.transact_get_items(TransactItems=gets, ReturnConsumedCapacity=detail)
    assert answer["ConsumedCapacity"] == [units.report(detail, top="ReadCapacityUnits")]


FILTERS: list[dict[str, Any]] = [{}, {"FilterExpression": "attribute_exists(absent)"}, {"Select": "COUNT"}]


@settings(max_examples=150, deadline=None)
@given(history=histories, consistent=st.booleans(), detail=details, members=projections, part=st.sampled_from("pqr"))
def test_reads_of_the_table(
    client: Any, history: list[Any], consistent: bool, detail: str, members: dict[str, str], part: str
) -> None:
    model = begin(client, history)
    asked = {"TableName": TABLE, "ConsistentRead": consistent, "ReturnConsumedCapacity": detail}
    for further in [members, *FILTERS[1:]]:
        units = Units()
        units.table = read_units(sum(map(item_size, model.items.values())), consistent=consistent)
        assert client.scan(**asked, **further)["ConsumedCapacity"] == units.report(detail)
        inside = [item for item in model.items.values() if item["a"]["S"] == part]
        units.table = read_units(sum(map(item_size, inside)), consistent=consistent)
        values = {":p": {"S": part}}
        answer = client.query(**asked, **further, KeyConditionExpression="a = :p", ExpressionAttributeValues=values)
        assert answer["ConsumedCapacity"] == units.report(detail)


class IndexRead:
    """A read of an index: the entries that it reads, and whether it fetches what they lack."""

    def __init__(self, index: Index, entries: list[Any], *, consistent: bool, fetches: bool) -> None:
        self._index, self._entries, self._consistent, self._fetches = index, entries, consistent, fetches

    def units(self, model: Model) -> Units:
        """What it costs."""
        units = Units()
        bytes_read = sum(map(item_size, self._entries))
        units.indexes[self._index.name] = read_units(bytes_read, consistent=self._consistent)
        if self._fetches:
            items = [model.get(entry) for entry in self._entries]
            units.table = sum(read_units(item_size(item), consistent=self._consistent) for item in items)
        return units


def choices(index: Index) -> list[tuple[dict[str, Any], bool]]:
    """Members of a read of an index, and whether they need what it may lack."""
    lacks = index.includes is not None
    asked: list[tuple[dict[str, Any], bool]] = [
        ({}, False),
        ({"Select": "COUNT"}, False),
        ({"ProjectionExpression": "a"}, False),
    ]
    if index.is_global:
        return asked
    return [
        *asked,
        ({"Select": "ALL_ATTRIBUTES"}, lacks),
        ({"ProjectionExpression": "a, w"}, lacks),
        ({"FilterExpression": "attribute_exists(w)"}, lacks),
        ({"FilterExpression": "attribute_exists(w)", "Select": "COUNT"}, lacks),
    ]


@settings(max_examples=150, deadline=None)
@given(history=histories, index=st.sampled_from(INDEXES), consistent=st.booleans(), detail=details, data=st.data())
def test_reads_of_indexes(
    client: Any, history: list[Any], index: Index, consistent: bool, detail: str, data: st.DataObject
) -> None:
    model = begin(client, history)
    consistent = consistent and not index.is_global
    members, fetches = data.draw(st.sampled_from(choices(index)))
    asked = {
        "TableName": TABLE,
        "IndexName": index.name,
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": detail,
        **members,
    }
    entries = model.entries(index)
    read = IndexRead(index, entries, consistent=consistent, fetches=fetches)
    assert client.scan(**asked)["ConsumedCapacity"] == read.units(model).report(detail)
    partition = index.keys[0]
    value = data.draw(
        st.sampled_from([entry[partition] for entry in entries] or [{"N": "7"} if partition == "n" else {"S": "z"}])
    )
    inside = [entry for entry in entries if entry[partition] == value]
    read = IndexRead(index, inside, consistent=consistent, fetches=fetches)
    condition = {"KeyConditionExpression": f"{partition} = :p", "ExpressionAttributeValues": {":p": value}}
    assert client.query(**asked, **condition)["ConsumedCapacity"] == read.units(model).report(detail)


def test_the_sizes_that_were_measured() -> None:
    """The calculation itself, against sizes that were recorded."""
    recorded = {"0": 1, "1": 2, "10": 2, "12": 2, "100": 2, "1000": 2, "0.1": 2, "0.01": 2, "0.0012": 2, "1e125": 2}
    recorded |= {"120": 3, "0.012": 3, "1001": 3, "10.01": 3, "1.5": 3, "123": 3, "-1": 3, "12.3456": 4, "999.9": 4}
    recorded |= {"1" * 37: 20, "1" * 38: 20}
    assert {text: item_size({"n": {"N": text}}) - 1 for text in recorded} == recorded
