"""boto3 in process: clients of one database, and the mock."""

from __future__ import annotations

import asyncio
import os
import threading
import unittest
from decimal import Decimal

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

import statordb
import statordb.boto
from statordb.boto import mock

CREDENTIALS = {"region_name": "eu-west-1", "aws_access_key_id": "other", "aws_secret_access_key": "other"}
TABLE = {
    "TableName": "users",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def db():
    with statordb.connect(":memory:") as db:
        yield db


@pytest.fixture
def no_network(monkeypatch):
    """No socket is opened, whatever happens."""
    import socket

    def refuse(*arguments):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def no_aws_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def make_users(client) -> None:
    client.create_table(**TABLE)
    client.get_waiter("table_exists").wait(TableName="users")


def table_names(client):
    return client.list_tables()["TableNames"]


@pytest.mark.usefixtures("no_network")
def test_a_client_talks_to_its_database(db) -> None:
    client = statordb.boto.client(db)
    make_users(client)
    client.put_item(TableName="users", Item={"id": {"S": "ada"}, "bin": {"B": b"\x00"}, "n": {"N": "1.50"}})
    assert db.table("users").get({"id": "ada"}) == {"id": "ada", "bin": b"\x00", "n": Decimal("1.5")}
    answer = client.get_item(TableName="users", Key={"id": {"S": "ada"}})
    assert answer["Item"]["n"] == {"N": "1.5"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-crc32"].isdigit()
    assert statordb.boto.client(statordb.connect()).list_tables()["TableNames"] == []


def test_errors_and_checks_are_those_of_boto3(db) -> None:
    client = statordb.boto.client(db)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName="missing")
    with pytest.raises(ParamValidationError):
        client.get_item(TableName="missing")
    with pytest.raises(ClientError, match="ValidationException"):
        client.scan(TableName="missing", FilterExpression="a =")


def test_a_resource_talks_to_its_database(db) -> None:
    resource = statordb.boto.resource(db)
    table = resource.create_table(**TABLE)
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for n in range(30):
            batch.put_item(Item={"id": str(n), "n": n})
    found = table.scan(FilterExpression=boto3.dynamodb.conditions.Attr("n").lt(5))
    assert sorted(item["n"] for item in found["Items"]) == [0, 1, 2, 3, 4]
    assert [table.name for table in resource.tables.all()] == ["users"]


def test_the_region_of_a_client_stands_in_arns(db) -> None:
    client = statordb.boto.client(db, **CREDENTIALS)
    arn = client.create_table(**TABLE)["TableDescription"]["TableArn"]
    assert arn.startswith("arn:aws:dynamodb:eu-west-1:")
    assert statordb.boto.session(db).region_name == "us-east-1"


def test_streams_are_answered_too(db) -> None:
    streams = statordb.boto.client(db, "dynamodbstreams")
    try:
        assert "Streams" in streams.list_streams()
    except ClientError as error:
        assert error.response["Error"]["Code"] == "UnknownOperationException"  # noqa: PT017 (either is an answer)


@pytest.mark.usefixtures("no_network", "no_aws_environment")
def test_a_mock_serves_clients_made_before_and_inside() -> None:
    before = boto3.session.Session(**CREDENTIALS).client("dynamodb")
    with mock() as db:
        db.create_table("users", "id")
        assert table_names(before) == ["users"]
        assert table_names(boto3.client("dynamodb")) == ["users"]
        assert table_names(boto3.resource("dynamodb").meta.client) == ["users"]
        assert table_names(boto3.Session().client("dynamodb")) == ["users"]
        assert os.environ["AWS_ACCESS_KEY_ID"]
    assert "AWS_ACCESS_KEY_ID" not in os.environ
    assert "AWS_DEFAULT_REGION" not in os.environ
    assert boto3.DEFAULT_SESSION is None


def test_a_mock_keeps_the_environment_that_there_is(monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "mine"
        client = boto3.Session().client("dynamodb")
        assert ":eu-central-1:" in client.create_table(**TABLE)["TableDescription"]["TableArn"]
    assert os.environ["AWS_ACCESS_KEY_ID"] == "mine"


@pytest.mark.usefixtures("no_network", "no_aws_environment")
def test_mocks_inside_each_other_and_clients_of_a_database_keep_apart() -> None:
    own = statordb.connect()
    bound = statordb.boto.client(own)
    with mock() as outer:
        outer.create_table("outer", "id")
        client = boto3.client("dynamodb")
        with mock() as inner:
            inner.create_table("inner", "id")
            assert table_names(client) == ["inner"]
            make_users(bound)
            assert table_names(client) == ["inner"]
        assert table_names(client) == ["outer"]
    assert own.tables() == ["users"]


@pytest.mark.usefixtures("no_network", "no_aws_environment")
def test_threads_see_the_mock() -> None:
    seen: list[list[str]] = []
    with mock() as db:
        db.create_table("users", "id")
        thread = threading.Thread(target=lambda: seen.append(table_names(boto3.Session().client("dynamodb"))))
        thread.start()
        thread.join()
    assert seen == [["users"]]


@mock
def make_once() -> list[str]:
    """Makes a table that must not be there yet."""
    client = boto3.client("dynamodb", region_name="us-east-1")
    make_users(client)
    return table_names(client)


@mock()
async def make_once_later() -> list[str]:
    await asyncio.sleep(0)
    return make_once.__wrapped__()


@mock
def tables_while_open():
    yield make_once.__wrapped__()


@pytest.mark.usefixtures("no_network", "no_aws_environment")
def test_decorated_functions_have_a_fresh_database_each_time() -> None:
    for _ in range(2):
        assert make_once() == ["users"]
        assert asyncio.run(make_once_later()) == ["users"]
        assert list(tables_while_open()) == [["users"]]
    assert make_once.__doc__ == "Makes a table that must not be there yet."


@pytest.mark.usefixtures("no_network")
@mock
class TestDecoratedClass:
    @pytest.mark.parametrize("turn", [1, 2])
    def test_each_test_is_alone(self, turn) -> None:
        assert make_once.__wrapped__() == ["users"]

    @mock
    def test_methods_may_be_decorated(self) -> None:
        assert make_once.__wrapped__() == ["users"]


@pytest.mark.usefixtures("no_network")
@mock
class TestDecoratedClassWithSetup:
    def setup_method(self) -> None:
        assert make_once.__wrapped__() == ["users"]

    @pytest.mark.parametrize("turn", [1, 2])
    def test_set_up_and_test_share_a_database(self, turn) -> None:
        assert table_names(boto3.client("dynamodb", region_name="us-east-1")) == ["users"]


@mock
class TestDecoratedUnittest(unittest.TestCase):
    def setUp(self) -> None:
        make_once.__wrapped__()

    def tearDown(self) -> None:
        self.assertEqual(table_names(boto3.client("dynamodb", region_name="us-east-1")), ["users"])

    def test_one(self) -> None:
        self.assertEqual(table_names(boto3.client("dynamodb", region_name="us-east-1")), ["users"])

    def test_two(self) -> None:
        self.test_one()


@pytest.mark.usefixtures("no_aws_environment")
def test_other_services_are_left_alone() -> None:
    with mock():
        config = boto3.session.Config(retries={"total_max_attempts": 1})
        s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:1", config=config)
        with pytest.raises(Exception, match="Could not connect"):
            s3.list_buckets()
