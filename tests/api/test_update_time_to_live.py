"""UpdateTimeToLive: items expire by an attribute, or no longer."""

from __future__ import annotations

import pytest

from failure import constraint, fails, rejects


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
