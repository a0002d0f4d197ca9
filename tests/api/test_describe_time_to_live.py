"""DescribeTimeToLive: whether and by which attribute items expire."""

from __future__ import annotations

from failure import fails


def test_tells_the_attribute_while_it_is_on(ddb, hash_table) -> None:
    off = {"TimeToLiveStatus": "DISABLED"}
    assert ddb.describe_time_to_live(TableName=hash_table)["TimeToLiveDescription"] == off
    specification = {"Enabled": True, "AttributeName": "expires"}
    ddb.update_time_to_live(TableName=hash_table, TimeToLiveSpecification=specification)
    on = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert ddb.describe_time_to_live(TableName=hash_table)["TimeToLiveDescription"] == on
    ddb.update_time_to_live(TableName=hash_table, TimeToLiveSpecification={**specification, "Enabled": False})
    assert ddb.describe_time_to_live(TableName=hash_table)["TimeToLiveDescription"] == off


def test_a_missing_table_is_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.describe_time_to_live(TableName="nosuch")
