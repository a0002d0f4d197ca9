"""The client shaped like boto3's."""

from __future__ import annotations

import datetime

import pytest

import statordb
from statordb import errors

SCHEMA = {
    "AttributeDefinitions": [
        {"AttributeName": "a", "AttributeType": "S"},
        {"AttributeName": "b", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def client():
    with statordb.connect(":memory:") as db:
        client = db.client()
        client.create_table(TableName="things", **SCHEMA)
        client.get_waiter("table_exists").wait(TableName="things")
        yield client


def item(b: int, **more):
    return {"a": {"S": "x"}, "b": {"N": str(b)}, **more}


def test_all_types_go_in_and_come_back(client) -> None:
    given = item(
        1,
        s={"S": "text"},
        n={"N": "1.5"},
        bin={"B": b"\x00\xff"},
        t={"BOOL": True},
        z={"NULL": True},
        ss={"SS": ["a", "b"]},
        ns={"NS": ["1", "2.5"]},
        bs={"BS": [b"x", b"y"]},
        l={"L": [{"S": "a"}, {"L": []}]},
        m={"M": {"k": {"N": "1"}}},
    )
    client.put_item(TableName="things", Item=given)
    assert client.get_item(TableName="things", Key=item(1))["Item"] == given


def test_answers_have_metadata_like_boto3(client) -> None:
    one, two = client.list_tables(), client.list_tables()
    assert one["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert one["ResponseMetadata"]["RetryAttempts"] == 0
    assert one["ResponseMetadata"]["RequestId"] != two["ResponseMetadata"]["RequestId"]


def test_times_are_aware(client) -> None:
    created = client.describe_table(TableName="things")["Table"]["CreationDateTime"]
    age = datetime.datetime.now(datetime.timezone.utc) - created
    assert datetime.timedelta(0) <= age < datetime.timedelta(minutes=5)


def test_a_member_that_does_not_exist_is_refused_with_those_that_do(client) -> None:
    with pytest.raises(errors.ParamValidationError, match=r"ItemKey.*TableName.*Key"):
        client.get_item(TableName="things", ItemKey=item(1))


@pytest.mark.parametrize(
    "members", [{"Limit": None}, {"Limit": object()}, {"ExclusiveStartTableName": datetime.date(2020, 1, 1)}]
)
def test_values_that_no_request_can_hold_are_refused(client, members) -> None:
    with pytest.raises(errors.ParamValidationError):
        client.list_tables(**members)


def test_a_dict_that_holds_itself_is_an_error_not_a_crash(client) -> None:
    endless: dict[str, object] = {}
    endless["L"] = [endless]
    with pytest.raises(errors.StatorError):
        client.put_item(TableName="things", Item=item(1, x=endless))
    endless["X"] = endless
    with pytest.raises(errors.StatorError):
        client.list_tables(ExclusiveStartTableName=endless)


def test_errors_are_found_under_the_client(client) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.get_item(TableName="missing", Key=item(1))
    assert isinstance(caught.value, client.exceptions.ClientError)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert client.exceptions.from_code("ValidationException") is errors.ValidationException
    assert client.exceptions.from_code("Other") is errors.ClientError
    with pytest.raises(AttributeError, match="ConditionalCheckFailedException"):
        _ = client.exceptions.NoSuchException


def test_a_failed_condition_carries_the_typed_item(client) -> None:
    client.put_item(TableName="things", Item=item(1, v={"S": "old"}))
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as caught:
        client.put_item(
            TableName="things",
            Item=item(1),
            ConditionExpression="attribute_not_exists(a)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.item == caught.value.response["Item"] == item(1, v={"S": "old"})


def fill(client, count: int) -> None:
    for b in range(count):
        client.put_item(TableName="things", Item=item(b))


QUERY = {"TableName": "things", "KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}


def test_paginators_walk_all_pages(client) -> None:
    fill(client, 10)
    pages = list(client.get_paginator("query").paginate(**QUERY, PaginationConfig={"PageSize": 4}))
    assert [page["Count"] for page in pages] == [4, 4, 2]
    full = (
        client.get_paginator("scan").paginate(TableName="things", PaginationConfig={"PageSize": 3}).build_full_result()
    )
    assert (len(full["Items"]), full["Count"], full["ScannedCount"]) == (10, 10, 10)
    assert "NextToken" not in full
    assert client.get_paginator("list_tables").paginate().build_full_result() == {"TableNames": ["things"]}


@pytest.mark.parametrize("page_size", [1, 3, 4, 100])
def test_a_pagination_goes_on_where_max_items_stopped_it(client, page_size) -> None:
    fill(client, 10)
    seen, token = [], None
    for _ in range(10):
        config = {"PageSize": page_size, "MaxItems": 4, "StartingToken": token}
        full = client.get_paginator("query").paginate(**QUERY, PaginationConfig=config).build_full_result()
        seen += [int(found["b"]["N"]) for found in full["Items"]]
        token = full.get("NextToken")
        if token is None:
            break
    assert seen == list(range(10))


def test_tokens_are_those_of_botocore(client) -> None:
    botocore = pytest.importorskip("statordb.boto")
    fill(client, 10)
    with botocore.mock() as db:
        other = botocore.client(db)
        other.create_table(TableName="things", **SCHEMA)
        fill(other, 10)
        config = {"PageSize": 5, "MaxItems": 3}
        ours, theirs = (
            door.get_paginator("query").paginate(**QUERY, PaginationConfig=config).build_full_result()["NextToken"]
            for door in (client, other)
        )
        assert ours == theirs


def test_what_is_no_paginator_or_waiter_says_so(client) -> None:
    assert client.can_paginate("query")
    assert not client.can_paginate("get_item")
    with pytest.raises(ValueError, match="list_tables"):
        client.get_paginator("get_item")
    with pytest.raises(ValueError, match="table_not_exists"):
        client.get_waiter("table_broken")
    with pytest.raises(errors.PaginationError, match="bad starting token"):
        list(client.get_paginator("query").paginate(**QUERY, PaginationConfig={"StartingToken": "nonsense"}))
    with pytest.raises(NotImplementedError, match="JMESPath"):
        client.get_paginator("query").paginate(**QUERY).search("Items[]")


def test_waiters_wait_and_give_up(client) -> None:
    client.get_waiter("table_exists").wait(TableName="things")
    with pytest.raises(errors.WaiterError, match="Max attempts exceeded"):
        client.get_waiter("table_not_exists").wait(TableName="things", WaiterConfig={"Delay": 0.01, "MaxAttempts": 2})
    client.delete_table(TableName="things")
    client.get_waiter("table_not_exists").wait(TableName="things")
    with pytest.raises(errors.WaiterError) as caught:
        client.get_waiter("table_exists").wait(TableName="things", WaiterConfig={"Delay": 0.01, "MaxAttempts": 2})
    assert caught.value.last_response["Error"]["Code"] == "ResourceNotFoundException"


def test_every_operation_has_a_method(client) -> None:
    assert len(client.meta.method_to_api_mapping) == 46
    for method in client.meta.method_to_api_mapping:
        assert callable(getattr(client, method))
    assert client.meta.region_name == "us-east-1"
    assert client.describe_limits()["TableMaxReadCapacityUnits"] > 0
    assert client.describe_endpoints()["Endpoints"][0]["Address"]
    client.close()
