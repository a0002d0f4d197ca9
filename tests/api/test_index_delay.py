"""Global indexes that are late, as on AWS: the option `gsi_delay` of a database."""

from __future__ import annotations

import time

import pytest

from tables import create_indexed_table, index

DELAY_S = 0.4
KEY = {"a": {"S": "p"}, "b": {"S": "1"}}


@pytest.fixture
def client():
    import statordb

    with statordb.connect(":memory:", gsi_delay=DELAY_S) as database:
        client = database.client()
        create_indexed_table(
            client, "late", "a:S b:S", "x:S", gsi=[index("g-ix", "x")], lsi=[index("l-ix", "a", "x:R")]
        )
        yield client


def seen(client, name) -> list:
    """The values of `v` in an index, by Scan and by Query alike."""
    scanned = client.scan(TableName="late", IndexName=name)["Items"]
    attribute, value = ("x", "x") if name == "g-ix" else ("a", "p")
    queried = client.query(
        TableName="late",
        IndexName=name,
        KeyConditionExpression=f"{attribute} = :v",
        ExpressionAttributeValues={":v": {"S": value}},
    )["Items"]
    assert scanned == queried
    return [item["v"]["N"] for item in scanned]


def wait_for(client, expected) -> float:
    """Waits until the global index holds what it should, and returns how long that took."""
    begin = time.monotonic()
    while seen(client, "g-ix") != expected:
        assert time.monotonic() - begin < 10
        time.sleep(0.01)
    return time.monotonic() - begin


def put(client, value) -> None:
    client.put_item(TableName="late", Item={**KEY, "x": {"S": "x"}, "v": {"N": value}})


def test_writes_show_in_a_global_index_only_later(client) -> None:
    put(client, "1")
    assert client.get_item(TableName="late", Key=KEY, ConsistentRead=True)["Item"]["v"] == {"N": "1"}
    assert seen(client, "l-ix") == ["1"]
    assert seen(client, "g-ix") == []
    assert wait_for(client, ["1"]) > DELAY_S / 2


def test_changes_and_deletions_show_in_their_order(client) -> None:
    put(client, "1")
    wait_for(client, ["1"])
    put(client, "2")
    assert (seen(client, "l-ix"), seen(client, "g-ix")) == (["2"], ["1"])
    client.delete_item(TableName="late", Key=KEY)
    assert (seen(client, "l-ix"), seen(client, "g-ix")) == ([], ["1"])
    wait_for(client, [])


def test_without_the_option_nothing_is_late() -> None:
    import statordb

    with statordb.connect(":memory:") as database:
        client = database.client()
        create_indexed_table(
            client, "late", "a:S b:S", "x:S", gsi=[index("g-ix", "x")], lsi=[index("l-ix", "a", "x:R")]
        )
        for value in ("1", "2"):
            put(client, value)
            assert seen(client, "g-ix") == [value]


def test_an_index_that_is_made_later_holds_the_items_that_are_there(client) -> None:
    put(client, "1")
    wait_for(client, ["1"])
    put(client, "2")
    client.update_table(
        TableName="late",
        AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("made-later", "x")}],
    )
    client.get_waiter("table_exists").wait(TableName="late")
    assert client.scan(TableName="late", IndexName="made-later")["Count"] == 1
