"""UpdateTimeToLive: items expire by an attribute, or no longer."""

from __future__ import annotations

import time

import pytest

from failure import constraint, fails, rejects
from tables import create_indexed_table, index


def switch(ddb, table: str, enabled: bool, attribute: str = "expires") -> dict:
    return ddb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute}
    )["TimeToLiveSpecification"]


def test_is_switched_on_and_off(ddb, hash_table) -> None:
    assert switch(ddb, hash_table, True) == {"Enabled": True, "AttributeName": "expires"}
    with rejects("TimeToLive is already enabled"):
        switch(ddb, hash_table, True)
    for enabled in (True, False):
        with rejects("TimeToLive is active on a different AttributeName: current AttributeName is expires"):
            switch(ddb, hash_table, enabled, "other")
    assert switch(ddb, hash_table, False) == {"Enabled": False, "AttributeName": "expires"}
    with rejects("TimeToLive is already disabled"):
        switch(ddb, hash_table, False)


def test_a_table_with_items_keeps_them_readable(ddb, hash_table) -> None:
    ddb.put_item(TableName=hash_table, Item={"a": {"S": "x"}, "expires": {"N": "99999999999"}})
    switch(ddb, hash_table, True)
    ddb.put_item(TableName=hash_table, Item={"a": {"S": "y"}, "expires": {"S": "never"}})
    assert ddb.scan(TableName=hash_table)["Count"] == 2


YEAR_S = 365 * 24 * 60 * 60


def test_items_expire_by_a_number_of_seconds_that_is_past_and_not_five_years_old(ddb, range_table) -> None:
    now = int(time.time())
    due = {
        "now": {"N": str(now)},
        "yesterday": {"N": str(now - 86_400)},
        "years ago": {"N": str(now - 4 * YEAR_S)},
        "fraction": {"N": f"{now - 100}.5"},
        "exponent": {"N": f"{now - 100}00e-2"},
    }
    kept = {
        "tomorrow": {"N": str(now + 86_400)},
        "too old": {"N": str(now - 5 * YEAR_S - 86_400)},
        "one": {"N": "1"},
        "none": {"N": "0"},
        "negative": {"N": str(-now)},
        "milliseconds": {"N": str(now * 1000)},
        "huge": {"N": "9e125"},
        "text": {"S": str(now - 100)},
        "set": {"NS": [str(now - 100)]},
        "list": {"L": [{"N": str(now - 100)}]},
        "null": {"NULL": True},
    }
    for name, value in {**kept, "without": None, **due}.items():
        expires = {} if value is None else {"expires": value}
        ddb.put_item(TableName=range_table, Item={"a": {"S": "p"}, "b": {"S": name}, **expires})
    switch(ddb, range_table, True)
    assert names_that_stay(ddb, range_table, due) == {*kept, "without"}


def names_that_stay(ddb, table: str, due) -> set[str]:
    """The sort keys of what is left once what is due has gone; one round of deletions looks at every item."""
    deadline = time.monotonic() + 20
    while True:
        left = {item["b"]["S"] for item in ddb.scan(TableName=table, ConsistentRead=True)["Items"]}
        if not left & set(due):
            return left
        assert time.monotonic() < deadline, left & set(due)
        time.sleep(0.1)


def test_items_expire_by_their_key_and_leave_their_indexes(ddb) -> None:
    create_indexed_table(ddb, "keyed", "a:S expires:N", "x:S", gsi=[index("by-x", "x")])
    now = int(time.time())
    for expires in (now + 86_400, now - 10):
        ddb.put_item(TableName="keyed", Item={"a": {"S": "p"}, "expires": {"N": str(expires)}, "x": {"S": "x"}})
    switch(ddb, "keyed", True)
    deadline = time.monotonic() + 20
    while ddb.scan(TableName="keyed", IndexName="by-x")["Count"] > 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    [left] = ddb.scan(TableName="keyed")["Items"]
    assert left["expires"] == {"N": str(now + 86_400)}


def test_an_attribute_has_255_characters_at_most(ddb, hash_table) -> None:
    text = "Member must have length less than or equal to 255"
    with rejects(constraint("x" * 256, "timeToLiveSpecification.attributeName", text)):
        switch(ddb, hash_table, True, "x" * 256)
    assert switch(ddb, hash_table, True, "x" * 255)["AttributeName"] == "x" * 255


def test_once_an_hour_where_changes_take_time() -> None:
    import statordb

    with statordb.connect(control_plane_delay=0.05) as db:
        client = db.client()
        db.create_table("slow", "a")
        switch(client, "slow", True)
        assert client.describe_time_to_live(TableName="slow")["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLING"
        with rejects("Time to live has been modified multiple times within a fixed interval"):
            switch(client, "slow", False)


def test_a_missing_table_is_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        switch(ddb, "nosuch", True)


@pytest.mark.parametrize(
    ("specification", "path", "value", "text"),
    [
        (None, "timeToLiveSpecification", None, "Member must not be null"),
        ({"Enabled": True}, "timeToLiveSpecification.attributeName", None, "Member must not be null"),
        ({"AttributeName": "x"}, "timeToLiveSpecification.enabled", None, "Member must not be null"),
        (
            {"Enabled": True, "AttributeName": ""},
            "timeToLiveSpecification.attributeName",
            "",
            "Member must have length greater than or equal to 1",
        ),
    ],
)
def test_a_specification_is_whole(ddb, hash_table, specification, path, value, text) -> None:
    members = {} if specification is None else {"TimeToLiveSpecification": specification}
    with rejects(constraint(value, path, text)):
        ddb.update_time_to_live(TableName=hash_table, **members)
