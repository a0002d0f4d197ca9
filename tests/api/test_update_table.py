"""UpdateTable: a table changes while it is in use."""

from __future__ import annotations

import re
import time

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import all_pages, answered_items, attributes, create_table, index, key_schema, put_all

UNITS = {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5}
MORE = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 5}
NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
    "SSESpecification or ReplicaUpdates is required"
)
ONE_AT_A_TIME = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"


@pytest.fixture
def paid(ddb) -> str:
    """A table with provisioned units."""
    ddb.create_table(TableName="paid", ProvisionedThroughput=UNITS, **key_schema("a:S"))
    return settled(ddb, "paid")["TableName"]


def settled(ddb, name: str) -> dict:
    """The description of a table once it is active."""
    deadline = time.monotonic() + 30
    while (table := ddb.describe_table(TableName=name)["Table"])["TableStatus"] != "ACTIVE":
        assert time.monotonic() < deadline, table
        time.sleep(0.01)
    return table


def make(ddb, table: str, new: dict, *definitions: str) -> dict:
    return ddb.update_table(
        TableName=table, AttributeDefinitions=attributes(*definitions), GlobalSecondaryIndexUpdates=[{"Create": new}]
    )["TableDescription"]


def remove(ddb, table: str, name: str) -> dict:
    updates = [{"Delete": {"IndexName": name}}]
    return ddb.update_table(TableName=table, GlobalSecondaryIndexUpdates=updates)["TableDescription"]


@pytest.mark.parametrize(
    "members", [{}, {"GlobalSecondaryIndexUpdates": []}, {"AttributeDefinitions": attributes("a:S")}]
)
def test_something_must_be_asked_for(ddb, hash_table, members) -> None:
    with rejects(NOTHING):
        ddb.update_table(TableName=hash_table, **members)


def test_a_missing_table_is_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.update_table(TableName="nosuch", BillingMode="PAY_PER_REQUEST")


def test_a_name_must_be_given(ddb) -> None:
    with rejects("The parameter 'TableName' is required but was not present in the request"):
        ddb.update_table(BillingMode="PAY_PER_REQUEST")


# ----------------------------------------------------------------------------------------------------------------- billing


def test_units_are_changed(ddb, paid) -> None:
    answer = ddb.update_table(TableName=paid, ProvisionedThroughput=MORE)["TableDescription"]
    assert answer["TableStatus"] == "UPDATING"
    units = settled(ddb, paid)["ProvisionedThroughput"]
    assert {name: units[name] for name in MORE} == MORE
    assert "LastIncreaseDateTime" in units
    assert "LastDecreaseDateTime" not in units
    ddb.update_table(TableName=paid, ProvisionedThroughput=UNITS)
    units = settled(ddb, paid)["ProvisionedThroughput"]
    assert (units["NumberOfDecreasesToday"], "LastDecreaseDateTime" in units) == (1, True)


def test_the_same_units_are_no_change(ddb, paid) -> None:
    with rejects(
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current "
        "ReadCapacityUnits provisioned for the table: 10. Requested ReadCapacityUnits: 10. Current WriteCapacityUnits "
        "provisioned for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits."
    ):
        ddb.update_table(TableName=paid, ProvisionedThroughput=UNITS)


def test_billing_by_request_and_back(ddb, paid) -> None:
    answer = ddb.update_table(TableName=paid, BillingMode="PAY_PER_REQUEST")["TableDescription"]
    assert answer["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    table = settled(ddb, paid)
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert "LastUpdateToPayPerRequestDateTime" in table["BillingModeSummary"]
    with rejects(INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"):
        ddb.update_table(TableName=paid, BillingMode="PROVISIONED")
    ddb.update_table(TableName=paid, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    table = settled(ddb, paid)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 10


@pytest.mark.parametrize("mode", [{}, {"BillingMode": "PAY_PER_REQUEST"}])
def test_units_and_billing_by_request_exclude_each_other(ddb, hash_table, mode) -> None:
    with rejects(
        INVALID
        + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    ):
        ddb.update_table(TableName=hash_table, ProvisionedThroughput=UNITS, **mode)


def test_a_table_with_indexes_needs_units_for_each_of_them(ddb, hash_table) -> None:
    for name in ("by-x", "by-y"):
        make(ddb, hash_table, index(name, "x"), "x:S")
        settled(ddb, hash_table)
    with rejects(INVALID + "ProvisionedThroughput must be specified for index: by-x,by-y"):
        ddb.update_table(TableName=hash_table, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    updates = [{"Update": {"IndexName": name, "ProvisionedThroughput": MORE}} for name in ("by-x", "by-y")]
    ddb.update_table(
        TableName=hash_table,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexUpdates=updates,
    )
    units = [one["ProvisionedThroughput"] for one in settled(ddb, hash_table)["GlobalSecondaryIndexes"]]
    assert [one["ReadCapacityUnits"] for one in units] == [20, 20]


def test_limits_of_billing_by_request_are_set_and_removed(ddb, hash_table) -> None:
    ddb.update_table(TableName=hash_table, OnDemandThroughput={"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 9})
    assert settled(ddb, hash_table)["OnDemandThroughput"] == {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 9}
    ddb.update_table(TableName=hash_table, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert settled(ddb, hash_table)["OnDemandThroughput"] == {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 9}
    ddb.update_table(TableName=hash_table, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert "OnDemandThroughput" not in settled(ddb, hash_table)
    for units in (-2, 0):
        with rejects(
            INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"
        ):
            ddb.update_table(TableName=hash_table, OnDemandThroughput={"MaxReadRequestUnits": units})


def test_limits_are_of_billing_by_request(ddb, paid) -> None:
    with rejects(
        INVALID
        + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
    ):
        ddb.update_table(TableName=paid, OnDemandThroughput={"MaxReadRequestUnits": 1})


def test_warm_throughput_only_grows(ddb, hash_table) -> None:
    ddb.update_table(TableName=hash_table, WarmThroughput={"WriteUnitsPerSecond": 5000})
    assert settled(ddb, hash_table)["WarmThroughput"]["WriteUnitsPerSecond"] == 5000
    lower = "is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
    with rejects(f"{INVALID}Requested WriteUnitsPerSecond for WarmThroughput for table {lower}"):
        ddb.update_table(TableName=hash_table, WarmThroughput={"WriteUnitsPerSecond": 4000})
    ddb.update_table(TableName=hash_table, WarmThroughput={"WriteUnitsPerSecond": 5000})
    make(ddb, hash_table, index("by-x", "x"), "x:S")
    settled(ddb, hash_table)
    updates = [{"Update": {"IndexName": "by-x", "WarmThroughput": {"ReadUnitsPerSecond": 11999}}}]
    with rejects(f"{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for index by-x {lower}"):
        ddb.update_table(TableName=hash_table, GlobalSecondaryIndexUpdates=updates)


# ---------------------------------------------------------------------------------------------------------------- settings


def test_deletion_protection_is_switched(ddb, hash_table) -> None:
    ddb.update_table(TableName=hash_table, DeletionProtectionEnabled=True)
    assert settled(ddb, hash_table)["DeletionProtectionEnabled"] is True
    with rejects(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    ):
        ddb.delete_table(TableName=hash_table)
    ddb.update_table(TableName=hash_table, DeletionProtectionEnabled=False)
    ddb.delete_table(TableName=hash_table)


def test_class_and_encryption_are_changed(ddb, hash_table) -> None:
    ddb.update_table(TableName=hash_table, TableClass="STANDARD_INFREQUENT_ACCESS")
    table = settled(ddb, hash_table)
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "LastUpdateDateTime" in table["TableClassSummary"]
    with rejects(INVALID + "Table is already encrypted by default"):
        ddb.update_table(TableName=hash_table, SSESpecification={"Enabled": False})
    ddb.update_table(TableName=hash_table, SSESpecification={"Enabled": True})
    key = settled(ddb, hash_table)["SSEDescription"]
    assert (key["Status"], key["SSEType"]) == ("ENABLED", "KMS")
    with rejects(
        INVALID
        + "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
    ):
        named = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["KMSMasterKeyArn"]}
        ddb.update_table(TableName=hash_table, SSESpecification=named)
    ddb.update_table(TableName=hash_table, SSESpecification={"Enabled": False})
    assert "SSEDescription" not in settled(ddb, hash_table)


ENCRYPTION = {"SSESpecification": {"Enabled": True}}
CLASS = {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
PROTECTION = {"DeletionProtectionEnabled": True}
WARM = {"WarmThroughput": {"ReadUnitsPerSecond": 13000}}
LIMITS = {"OnDemandThroughput": {"MaxReadRequestUnits": 5}}
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
BY_REQUEST = {"BillingMode": "PAY_PER_REQUEST"}
NEW_INDEX = {
    "AttributeDefinitions": attributes("x:S"),
    "GlobalSecondaryIndexUpdates": [{"Create": index("by-x", "x")}],
}
OLD_INDEX = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-x"}}]}
ONLY_ENCRYPTION = "Server-Side Encryption modification must be the only operation in the request"
ONLY_CLASS = "TableClass modification must be the only operation in the request"
ONLY_PROTECTION = "DeletionProtection modification must be the only operation in the request"
ONLY_WARM = "WarmThroughput must be the only operation in the request"
LIMITS_AND_BILLING = "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
INDEX_AND_UNITS = "You cannot create or delete index while updating table IOPS"
STREAM_AND_UNITS = "You cannot modify stream status while updating table IOPS"
INDEX_AND_STREAM = "You cannot create or delete index while changing stream status"
INDEX_AND_WARM = "Create global secondary index cannot be specified when updating WarmThroughput"


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        *[
            (ENCRYPTION, other, ONLY_ENCRYPTION)
            for other in (CLASS, PROTECTION, WARM, LIMITS, STREAM, PROVISIONED, NEW_INDEX)
        ],
        *[(CLASS, other, ONLY_CLASS) for other in (PROTECTION, WARM, LIMITS, STREAM, BY_REQUEST, NEW_INDEX)],
        *[(PROTECTION, other, ONLY_PROTECTION) for other in (WARM, LIMITS, STREAM, PROVISIONED, BY_REQUEST, NEW_INDEX)],
        *[(LIMITS, other, LIMITS_AND_BILLING) for other in (WARM, STREAM)],
        *[(WARM, other, ONLY_WARM) for other in (STREAM, PROVISIONED, BY_REQUEST)],
        (WARM, NEW_INDEX, INDEX_AND_WARM),
        (STREAM, PROVISIONED, STREAM_AND_UNITS),
        (STREAM, {"ProvisionedThroughput": UNITS}, STREAM_AND_UNITS),
        *[(STREAM, other, INDEX_AND_STREAM) for other in (NEW_INDEX, OLD_INDEX)],
        *[({"ProvisionedThroughput": UNITS}, other, INDEX_AND_UNITS) for other in (NEW_INDEX, OLD_INDEX)],
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_a_request_makes_one_change(ddb, hash_table, one, other, message) -> None:
    """As AWS answered in October 2026, whatever the table is like."""
    before = settled(ddb, hash_table)
    with rejects(INVALID + message):
        ddb.update_table(TableName=hash_table, **one, **other)
    assert settled(ddb, hash_table) == before


@pytest.mark.parametrize("other", [STREAM, LIMITS, {}], ids=["stream", "limits", "alone"])
def test_billing_by_request_may_come_with_a_stream_or_with_limits(ddb, paid, other) -> None:
    ddb.update_table(TableName=paid, **BY_REQUEST, **other)
    table = settled(ddb, paid)
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert {name: table[name] for name in other} in (
        {},
        STREAM,
        {"OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": -1}},
    )


def test_an_index_may_be_made_with_another_billing_or_other_units_of_an_index(ddb, paid) -> None:
    make(ddb, paid, index("by-y", "y", ProvisionedThroughput=UNITS), "y:S")
    settled(ddb, paid)
    updates = [
        {"Create": index("by-x", "x", ProvisionedThroughput=UNITS)},
        {"Update": {"IndexName": "by-y", "ProvisionedThroughput": MORE}},
    ]
    ddb.update_table(TableName=paid, AttributeDefinitions=attributes("x:S"), GlobalSecondaryIndexUpdates=updates)
    indexes = {one["IndexName"]: one["ProvisionedThroughput"] for one in settled(ddb, paid)["GlobalSecondaryIndexes"]}
    assert {name: units["ReadCapacityUnits"] for name, units in indexes.items()} == {"by-x": 10, "by-y": 20}


def test_a_stream_is_switched_on_and_off(ddb, hash_table) -> None:
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    on = ddb.update_table(TableName=hash_table, StreamSpecification=view)["TableDescription"]
    assert on["StreamSpecification"] == view
    settled(ddb, hash_table)
    for another in (view, {**view, "StreamViewType": "NEW_IMAGE"}):
        with rejects(f"Table already has an enabled stream: TableName: {hash_table}"):
            ddb.update_table(TableName=hash_table, StreamSpecification=another)
    assert settled(ddb, hash_table)["StreamSpecification"] == view
    ddb.update_table(TableName=hash_table, StreamSpecification={"StreamEnabled": False})
    off = settled(ddb, hash_table)
    assert "StreamSpecification" not in off
    assert off["LatestStreamArn"] == on["LatestStreamArn"]
    with rejects(f"Table has no stream to disable: TableName: {hash_table}"):
        ddb.update_table(TableName=hash_table, StreamSpecification={"StreamEnabled": False})
    with rejects(INVALID + "If stream is being enabled then UpdateViewType is required"):
        ddb.update_table(TableName=hash_table, StreamSpecification={"StreamEnabled": True})
    with rejects(INVALID + "If stream is being disabled, then UpdateViewType must not be specified"):
        ddb.update_table(TableName=hash_table, StreamSpecification={**view, "StreamEnabled": False})


@pytest.mark.parametrize(
    "member",
    [
        {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
        {"MultiRegionConsistency": "STRONG"},
        {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
        {"GlobalTableSettingsReplicationMode": "ENABLED"},
        {"DisassociationProtectionEnabled": True},
        {"VectorIndexUpdates": [{"Delete": {"IndexName": "near"}}]},
    ],
    ids=lambda member: next(iter(member)),
)
def test_what_is_not_honoured_is_refused(ddb, hash_table, member) -> None:
    with rejects(f"`{next(iter(member))}` of UpdateTable is not supported by this version of StatorDB"):
        ddb.update_table(TableName=hash_table, **member)


# ----------------------------------------------------------------------------------------------------------------- indexes


def test_an_index_is_made_and_filled(ddb, hash_table) -> None:
    big = "x" * 2049
    put_all(
        ddb,
        hash_table,
        [
            {"a": {"S": "good"}, "x": {"S": "v"}, "rest": {"S": "r"}},
            {"a": {"S": "without"}},
            {"a": {"S": "wrong type"}, "x": {"N": "5"}},
            {"a": {"S": "empty"}, "x": {"S": ""}},
            {"a": {"S": "too long"}, "x": {"S": big}},
        ],
    )
    answer = make(ddb, hash_table, index("by-x", "x"), "a:S", "x:S", "unused:N")
    assert answer["TableStatus"] == "UPDATING"
    new = answer["GlobalSecondaryIndexes"][0]
    assert (new["IndexStatus"], new["Backfilling"]) == ("CREATING", False)
    assert "WarmThroughput" not in new
    table = settled(ddb, hash_table)
    new = table["GlobalSecondaryIndexes"][0]
    assert new["IndexStatus"] == "ACTIVE"
    assert "Backfilling" not in new
    assert (new["ItemCount"], new["IndexSizeBytes"]) == (1, 5 + 2 + 5)
    assert sorted(map(str, table["AttributeDefinitions"])) == sorted(map(str, attributes("a:S", "x:S")))
    assert [item["a"]["S"] for item in ddb.scan(TableName=hash_table, IndexName="by-x")["Items"]] == ["good"]


def test_what_an_old_item_may_be_a_new_one_may_not(ddb, hash_table) -> None:
    make(ddb, hash_table, index("by-x", "x"), "x:S")
    settled(ddb, hash_table)
    with rejects(INVALID + "Type mismatch for Index Key x Expected: S Actual: N IndexName: by-x"):
        ddb.put_item(TableName=hash_table, Item={"a": {"S": "new"}, "x": {"N": "5"}})


def test_an_index_over_several_attributes_is_filled_in_their_order(ddb, hash_table) -> None:
    items = [
        {"a": {"S": f"{team}{number}"}, "team": {"S": team}, "year": {"N": str(number % 3)}, "n": {"N": str(number)}}
        for team in ("red", "blue")
        for number in range(9)
    ]
    put_all(ddb, hash_table, items)
    make(ddb, hash_table, index("wide", "team", "year:R", "n:R"), "team:S", "year:N", "n:N")
    settled(ddb, hash_table)
    found = ddb.query(
        TableName=hash_table,
        IndexName="wide",
        KeyConditionExpression="team = :t",
        ExpressionAttributeValues={":t": {"S": "red"}},
    )["Items"]
    order = [(int(item["year"]["N"]), int(item["n"]["N"])) for item in found]
    assert order == sorted(order)
    assert len(order) == 9


def test_more_items_than_are_filled_at_once() -> None:
    """Beyond 10,000 items an index is filled beside other requests, which keep it."""
    import statordb

    with statordb.connect() as db:
        ddb, name = db.client(), create_table(db.client(), "large", "a:S")
        put_all(ddb, name, [{"a": {"S": str(number)}, "x": {"N": str(number % 10)}} for number in range(10_050)])
        make(ddb, name, index("by-x", "x", projection="KEYS_ONLY"), "x:N")
        ddb.put_item(TableName=name, Item={"a": {"S": "meanwhile"}, "x": {"N": "1"}})
        ddb.delete_item(TableName=name, Key={"a": {"S": "0"}})
        assert settled(ddb, name)["GlobalSecondaryIndexes"][0]["ItemCount"] == 10_050
        found = answered_items(all_pages(ddb.scan, TableName=name, IndexName="by-x"))
        assert {item["a"]["S"] for item in found} == {*map(str, range(1, 10_050)), "meanwhile"}


def test_an_index_is_deleted_with_the_definitions_that_only_it_needed(ddb, hash_table) -> None:
    make(ddb, hash_table, index("by-x", "x", "y:R"), "x:S", "y:S")
    settled(ddb, hash_table)
    make(ddb, hash_table, index("by-y", "y"), "y:S")
    settled(ddb, hash_table)
    answer = remove(ddb, hash_table, "by-x")
    states = {one["IndexName"]: one["IndexStatus"] for one in answer["GlobalSecondaryIndexes"]}
    assert states == {"by-x": "DELETING", "by-y": "ACTIVE"}
    table = settled(ddb, hash_table)
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by-y"]
    assert sorted(map(str, table["AttributeDefinitions"])) == sorted(map(str, attributes("a:S", "y:S")))
    with rejects("The table does not have the specified index: by-x"):
        ddb.scan(TableName=hash_table, IndexName="by-x")


def test_units_of_an_index_are_changed(ddb, paid) -> None:
    make(ddb, paid, index("by-x", "x", ProvisionedThroughput=UNITS), "x:S")
    settled(ddb, paid)
    updates = [{"Update": {"IndexName": "by-x", "ProvisionedThroughput": MORE}}]
    ddb.update_table(TableName=paid, GlobalSecondaryIndexUpdates=updates)
    assert settled(ddb, paid)["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 20
    with rejects(re.compile("The provisioned throughput for the index by-x will not change. .*")):
        ddb.update_table(TableName=paid, GlobalSecondaryIndexUpdates=updates)


X = index("by-x", "x")
DEFINED = {"AttributeDefinitions": attributes("a:S", "x:S", "y:S")}


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (
            [{}],
            INVALID
            + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
            "must not be null",
        ),
        (
            [{"Create": X, "Delete": {"IndexName": "by-x"}}],
            INVALID + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
        ),
        (
            [{"Create": X}, {"Delete": {"IndexName": "by-x"}}],
            INVALID + "Only one global secondary index update per index is allowed simultaneously. Index: by-x",
        ),
        (
            [{"Create": index("by-z", "z")}],
            INVALID
            + "Some index key attributes are not defined in AttributeDefinitions. Keys: [z], AttributeDefinitions: [a, x, y]",
        ),
        ([{"Create": {**X, "Projection": {}}}], INVALID + "Unknown ProjectionType: null"),
        (
            [{"Create": {**X, "ProvisionedThroughput": UNITS}}],
            INVALID
            + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: by-x when BillingMode is "
            "PAY_PER_REQUEST",
        ),
        (
            [{"Delete": {}}],
            constraint(None, "globalSecondaryIndexUpdates.1.member.delete.indexName", "Member must not be null"),
        ),
    ],
)
def test_updates_of_indexes_that_make_no_sense_are_rejected(ddb, hash_table, updates, message) -> None:
    with rejects(message):
        ddb.update_table(TableName=hash_table, GlobalSecondaryIndexUpdates=updates, **DEFINED)


def test_keys_are_defined_in_the_same_request(ddb, hash_table) -> None:
    updates = [{"Create": index("by-a", "a")}]
    with rejects(INVALID + "AttributeDefinitions is not specified for index: by-a"):
        ddb.update_table(TableName=hash_table, GlobalSecondaryIndexUpdates=updates)
    with rejects(
        INVALID
        + "Some index key attributes are not defined in AttributeDefinitions. Keys: [a], AttributeDefinitions: [x]"
    ):
        ddb.update_table(
            TableName=hash_table, GlobalSecondaryIndexUpdates=updates, AttributeDefinitions=attributes("x:S")
        )


def test_units_of_indexes_go_with_those_of_their_table(ddb, paid, hash_table) -> None:
    with rejects(INVALID + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: by-x"):
        make(ddb, paid, index("by-x", "x"), "x:S")
    make(ddb, hash_table, index("by-x", "x"), "x:S")
    settled(ddb, hash_table)
    for members in ({"ProvisionedThroughput": UNITS}, {}, {"OnDemandThroughput": {}}):
        with rejects(
            INVALID
            + "The only Updates for index: by-x when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
            "WarmThroughput"
        ):
            updates = [{"Update": {"IndexName": "by-x", **members}}]
            ddb.update_table(TableName=hash_table, GlobalSecondaryIndexUpdates=updates)


def test_attributes_keep_their_type(ddb) -> None:
    create_table(ddb, "typed", "xyz:S")
    schema = "Schema:[SchemaElement: key{{xyz:{}:HASH}}]"
    with rejects(
        INVALID
        + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. "
        f"Existing schema: {schema.format('S')} New schema: {schema.format('N')}"
    ):
        make(ddb, "typed", index("by-xyz", "xyz"), "xyz:N")


@pytest.mark.parametrize(
    "updates",
    [
        [{"Create": X}, {"Create": index("by-y", "y")}],
        [{"Create": X}, {"Delete": {"IndexName": "nope"}}],
        [{"Delete": {"IndexName": "nope"}}, {"Delete": {"IndexName": "neither"}}],
    ],
    ids=["two new ones", "a new one for an unknown one", "two unknown ones"],
)
def test_one_index_at_a_time(ddb, hash_table, updates) -> None:
    with fails("LimitExceededException", ONE_AT_A_TIME):
        ddb.update_table(TableName=hash_table, GlobalSecondaryIndexUpdates=updates, **DEFINED)


def test_names_of_indexes_have_255_characters_at_most(ddb, hash_table) -> None:
    longest = "n" * 255
    make(ddb, hash_table, index(longest, "x"), "x:S")
    assert settled(ddb, hash_table)["GlobalSecondaryIndexes"][0]["IndexName"] == longest
    remove(ddb, hash_table, longest)
    settled(ddb, hash_table)
    path = "globalSecondaryIndexUpdates.1.member.create.indexName"
    with rejects(constraint(longest + "n", path, "Member must have length less than or equal to 255")):
        make(ddb, hash_table, index(longest + "n", "x"), "x:S")


def test_a_table_says_its_stream_in_every_answer(ddb, hash_table) -> None:
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    on = ddb.update_table(TableName=hash_table, StreamSpecification=view)["TableDescription"]
    settled(ddb, hash_table)
    again = ddb.update_table(TableName=hash_table, BillingMode="PAY_PER_REQUEST")["TableDescription"]
    for member in ("LatestStreamArn", "LatestStreamLabel", "StreamSpecification"):
        assert again[member] == on[member] == settled(ddb, hash_table)[member]


def test_a_name_is_taken_by_indexes_of_both_kinds(ddb) -> None:
    ddb.create_table(
        TableName="both",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key_schema("a:S", "b:S")["KeySchema"],
        AttributeDefinitions=attributes("a:S", "b:S", "c:S"),
        LocalSecondaryIndexes=[index("local", "a", "c:R")],
    )
    settled(ddb, "both")
    with rejects("Attempting to create an index which already exists"):
        make(ddb, "both", index("local", "c"), "c:S")
    with rejects("Cannot delete an index that is not a GlobalSecondaryIndex: local"):
        remove(ddb, "both", "local")
    with rejects("Cannot update an index that is not a GlobalSecondaryIndex: local"):
        updates = [{"Update": {"IndexName": "local", "OnDemandThroughput": {"MaxReadRequestUnits": 1}}}]
        ddb.update_table(TableName="both", GlobalSecondaryIndexUpdates=updates)
    make(ddb, "both", index("global", "c"), "c:S")
    settled(ddb, "both")
    with rejects("Attempting to create an index which already exists"):
        make(ddb, "both", index("global", "c"), "c:S")


@pytest.mark.parametrize("update", [{"Delete": {"IndexName": "nope"}}, {"Update": {"IndexName": "nope"}}])
def test_an_unknown_index_is_not_found(ddb, hash_table, update) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        ddb.update_table(TableName=hash_table, GlobalSecondaryIndexUpdates=[update])


def test_twenty_indexes_and_no_more(ddb) -> None:
    ddb.create_table(
        TableName="full",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key_schema("a:S")["KeySchema"],
        AttributeDefinitions=attributes("a:S", "x:S"),
        GlobalSecondaryIndexes=[index(f"ix{number:02}", "x") for number in range(20)],
    )
    settled(ddb, "full")
    message = "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20"
    with fails("LimitExceededException", message):
        make(ddb, "full", index("ix20", "x"), "x:S")


def test_one_hundred_names_of_attributes_and_no_more(ddb) -> None:
    included = [
        index(f"ix{number}", "x", projection="INCLUDE", names=[f"n{number}{n}" for n in range(20)])
        for number in range(5)
    ]
    ddb.create_table(
        TableName="full",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key_schema("a:S")["KeySchema"],
        AttributeDefinitions=attributes("a:S", "x:S"),
        GlobalSecondaryIndexes=included,
    )
    settled(ddb, "full")
    with rejects(re.compile(".*NonKeyAttributes.*100")):
        make(ddb, "full", index("more", "x", projection="INCLUDE", names=["one"]), "x:S")
    make(ddb, "full", index("keys", "x", projection="KEYS_ONLY"), "x:S")


# ------------------------------------------------------------------------------------------------------------------ states


def test_states_last_as_long_as_they_are_told_to() -> None:
    import statordb

    with statordb.connect(control_plane_delay=0.3) as db:
        client = db.client()
        client.create_table(TableName="slow", BillingMode="PAY_PER_REQUEST", **key_schema("a:S"))
        use = "Attempt to change a resource which is still in use: Table is being"
        with fails("ResourceInUseException", f"{use} created: slow"):
            client.delete_table(TableName="slow")
        with fails("ResourceInUseException", f"{use} created: slow"):
            client.update_table(TableName="slow", DeletionProtectionEnabled=True)
        with fails("ResourceNotFoundException", "Requested resource not found"):
            client.get_item(TableName="slow", Key={"a": {"S": "x"}})
        client.get_waiter("table_exists").wait(TableName="slow")
        make(client, "slow", X, "x:S")
        with rejects("Cannot read from backfilling global secondary index: by-x"):
            client.scan(TableName="slow", IndexName="by-x")
        for change in (
            {"DeletionProtectionEnabled": True},
            {"GlobalSecondaryIndexUpdates": [{"Create": index("by-y", "x")}]},
        ):
            with fails("ResourceInUseException", f"{use} updated: slow"):
                client.update_table(TableName="slow", AttributeDefinitions=attributes("x:S"), **change)
        with fails("ResourceInUseException", f"{use} updated: slow"):
            client.delete_table(TableName="slow")
        settled(client, "slow")
        client.delete_table(TableName="slow")
        assert client.describe_table(TableName="slow")["Table"]["TableStatus"] == "DELETING"
        assert client.list_tables()["TableNames"] == ["slow"]
        with fails("ResourceInUseException", f"{use} deleted: slow"):
            client.delete_table(TableName="slow")
        client.get_waiter("table_not_exists").wait(TableName="slow")
        assert client.list_tables()["TableNames"] == []
