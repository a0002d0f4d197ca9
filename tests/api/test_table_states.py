"""Tables and indexes that are being created, updated and deleted for a while, as on AWS: `control_plane_delay`."""

from __future__ import annotations

import time

import pytest

from failure import fails, rejects
from tables import attributes, create_table, index, put_all, when_active

DELAY_S = 0.5
KEY = {"a": {"S": "k"}}
IN_USE = "Attempt to change a resource which is still in use: Table is being {}: slow"
NOT_FOUND = ("ResourceNotFoundException", "Requested resource not found")
CREATE = {
    "TableName": "slow",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "AttributeDefinitions": attributes("a:S"),
}


@pytest.fixture
def client():
    import statordb

    with statordb.connect(":memory:", control_plane_delay=DELAY_S) as database:
        yield database.client()


def status(client) -> str:
    return client.describe_table(TableName="slow")["Table"]["TableStatus"]


@pytest.fixture
def table(client) -> str:
    """A table that is active, with an item."""
    create_table(client, "slow", "a:S")
    put_all(client, "slow", [{**KEY, "x": {"S": "x"}}])
    return "slow"


def add_index(client) -> None:
    client.update_table(
        TableName="slow",
        AttributeDefinitions=attributes("x:S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("g-ix", "x")}],
    )


def test_a_new_table_is_no_table_for_items_yet(client) -> None:
    begin = time.monotonic()
    client.create_table(**CREATE)
    assert status(client) == "CREATING"
    for call, members in (
        (client.put_item, {"Item": KEY}),
        (client.get_item, {"Key": KEY}),
        (client.scan, {}),
        (client.update_item, {"Key": KEY}),
    ):
        with fails(*NOT_FOUND):
            call(TableName="slow", **members)
    with fails(*NOT_FOUND):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "slow", "Item": KEY}}])
    with fails(*NOT_FOUND):
        client.batch_write_item(RequestItems={"slow": [{"PutRequest": {"Item": KEY}}]})
    when_active(client, "slow")
    assert time.monotonic() - begin > 0.9 * DELAY_S  # its clock counts whole milliseconds
    client.put_item(TableName="slow", Item=KEY)


def test_a_table_that_is_being_created_cannot_be_changed(client) -> None:
    client.create_table(**CREATE)
    with fails("ResourceInUseException", IN_USE.format("created")):
        client.delete_table(TableName="slow")
    with fails("ResourceInUseException", IN_USE.format("created")):
        client.update_table(TableName="slow", DeletionProtectionEnabled=True)
    with fails("ResourceInUseException", "Table already exists: slow"):
        client.create_table(**CREATE)


EXPIRY = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "x"}}
EXPIRY_STATE = "Cannot describe time to live while table is in {0} state: Current table state is {0}"
INSIGHTS_STATE = "Table or Index is not in a valid state to update Key Access Insights: {} must be ACTIVE to enable ContributorInsights."


def test_nothing_of_a_table_that_comes_or_goes_is_changed(client) -> None:
    arn = client.create_table(**CREATE)["TableDescription"]["TableArn"]
    in_use = "Attempt to change a resource which is still in use: Table slow is being created"
    with fails("ResourceInUseException", in_use):
        client.update_time_to_live(TableName="slow", **EXPIRY)
    with rejects(INSIGHTS_STATE.format("TableStatus")):
        client.update_contributor_insights(TableName="slow", ContributorInsightsAction="ENABLE")
    for change, state in (("created", "CREATING"), ("deleted", "DELETING")):
        for call, members in (
            (client.tag_resource, {"Tags": [{"Key": "k", "Value": "v"}]}),
            (client.untag_resource, {"TagKeys": ["k"]}),
            (client.put_resource_policy, {"Policy": "{}"}),
            (client.delete_resource_policy, {}),
        ):
            with fails("ResourceInUseException", IN_USE.format(change)):
                call(ResourceArn=arn, **members)
        with rejects(EXPIRY_STATE.format(state)):
            client.describe_time_to_live(TableName="slow")
        assert client.describe_contributor_insights(TableName="slow")["ContributorInsightsStatus"] == "DISABLED"
        assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == []
        assert client.describe_continuous_backups(TableName="slow")["ContinuousBackupsDescription"]
        if change == "created":
            when_active(client, "slow")
            client.delete_table(TableName="slow")


def test_insights_are_of_an_index_that_is_made(client, table) -> None:
    add_index(client)
    with rejects(INSIGHTS_STATE.format("IndexStatus")):
        client.update_contributor_insights(TableName=table, IndexName="g-ix", ContributorInsightsAction="ENABLE")


def test_a_table_that_is_being_updated_is_used_but_not_changed(client, table) -> None:
    add_index(client)
    assert status(client) == "UPDATING"
    client.put_item(TableName=table, Item={"a": {"S": "j"}, "x": {"S": "x"}})
    assert client.scan(TableName=table)["Count"] == 2
    with fails("ResourceInUseException", IN_USE.format("updated")):
        client.delete_table(TableName=table)
    with fails("ResourceInUseException", IN_USE.format("updated")):
        client.update_table(TableName=table, DeletionProtectionEnabled=True)
    when_active(client, table)
    assert client.scan(TableName=table, IndexName="g-ix")["Count"] == 2


def test_five_hundred_tables_change_at_one_time() -> None:
    import statordb

    message = "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously"
    with statordb.connect(":memory:", control_plane_delay=1.0) as database:
        client = database.client()
        create_table(client, "slow", "a:S")
        for number in range(500):
            client.create_table(**{**CREATE, "TableName": f"table{number}"})
        with fails("LimitExceededException", message):
            client.create_table(**{**CREATE, "TableName": "another"})
        with fails("LimitExceededException", message):
            client.update_table(TableName="slow", DeletionProtectionEnabled=True)
        with fails("LimitExceededException", message):
            client.delete_table(TableName="slow")
        when_active(client, "table499")
        assert client.update_table(TableName="slow", DeletionProtectionEnabled=True)
        with fails("ResourceNotFoundException"):
            client.describe_table(TableName="another")


def test_an_index_that_is_being_created_cannot_be_read(client, table) -> None:
    add_index(client)
    [described] = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert described["IndexStatus"] == "CREATING"
    assert "Backfilling" in described
    message = "Cannot read from backfilling global secondary index: g-ix"
    with rejects(message):
        client.scan(TableName=table, IndexName="g-ix")
    with rejects(message):
        client.query(
            TableName=table,
            IndexName="g-ix",
            KeyConditionExpression="x = :x",
            ExpressionAttributeValues={":x": {"S": "x"}},
        )
    when_active(client, table)
    assert client.scan(TableName=table, IndexName="g-ix")["Items"] == [{**KEY, "x": {"S": "x"}}]


def test_an_index_that_is_being_deleted_is_shown_but_not_read(client, table) -> None:
    add_index(client)
    when_active(client, table)
    client.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "g-ix"}}])
    [described] = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert described["IndexStatus"] == "DELETING"
    with rejects():
        client.scan(TableName=table, IndexName="g-ix")
    deadline = time.monotonic() + 10
    while "GlobalSecondaryIndexes" in client.describe_table(TableName=table)["Table"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with rejects("The table does not have the specified index: g-ix"):
        client.scan(TableName=table, IndexName="g-ix")


def test_a_deleted_table_is_shown_for_a_while(client, table) -> None:
    assert client.delete_table(TableName=table)["TableDescription"]["TableStatus"] == "DELETING"
    assert status(client) == "DELETING"
    with fails(*NOT_FOUND):
        client.get_item(TableName=table, Key=KEY)
    with fails("ResourceInUseException"):
        client.create_table(**CREATE)
    deadline = time.monotonic() + 10
    while client.list_tables()["TableNames"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with fails("ResourceNotFoundException", "Requested resource not found: Table: slow not found"):
        client.describe_table(TableName=table)
    client.create_table(**CREATE)
