"""What `mock` covers, what it refuses, and what it leaves behind."""

from __future__ import annotations

import asyncio
import functools
import os
import subprocess
import sys
import unittest

import boto3
import botocore.httpsession
import pytest

from statordb.boto import mock

pytest_plugins = ["pytester"]


def names() -> list[str]:
    return boto3.client("dynamodb", region_name="us-east-1").list_tables()["TableNames"]


def make() -> list[str]:
    """Makes a table that must not be there yet."""
    boto3.client("dynamodb", region_name="us-east-1").create_table(
        TableName="users",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return names()


SUITE = """
import unittest

import boto3
import pytest
from statordb.boto import mock

ARGUMENTS = {"region_name": "us-east-1"}

def names():
    return boto3.client("dynamodb", **ARGUMENTS).list_tables()["TableNames"]

def make():
    boto3.client("dynamodb", **ARGUMENTS).create_table(
        TableName="users",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )

@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    import socket

    def refuse(*arguments):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)

@mock
class TestFixtures:
    @pytest.fixture(autouse=True)
    def table(self):
        make()
        yield
        assert names() == ["users"]

    @pytest.fixture
    def asked(self):
        return names()

    @pytest.mark.parametrize("turn", [1, 2])
    def test_one(self, asked, turn):
        assert asked == names() == ["users"]

@mock
class TestSetUp:
    def setup_method(self, method):
        assert method.__name__.startswith("test_")
        make()

    def teardown_method(self):
        assert names() == ["users"]

    def test_one(self):
        assert names() == ["users"]

    @staticmethod
    def test_static():
        assert names() == ["users"]

    @classmethod
    def test_class(cls):
        assert names() == ["users"]

class Base:
    def test_inherited(self):
        make()

@mock
class TestInherited(Base):
    pass

@mock
class TestOuter:
    class TestInner:
        def setup_method(self):
            self.times = getattr(self, "times", 0) + 1
            make()

        def teardown_method(self):
            self.times -= 1
            assert (self.times, names()) == (0, ["users"])

        def test_inner(self):
            assert (self.times, names()) == (1, ["users"])

    def test_outer(self):
        assert names() == []

@mock
class TestUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def table(self):
        make()

    def setUp(self):
        self.assertEqual(names(), ["users"])

    def test_one(self):
        self.assertEqual(names(), ["users"])

    def test_two(self):
        self.test_one()

@pytest.fixture
@mock
def users():
    make()
    yield names()
    assert names() == ["users"]

def test_a_fixture(users):
    assert users == names() == ["users"]
"""


def test_in_a_decorated_class_fixtures_set_up_and_every_kind_of_test_are_covered(pytester) -> None:
    pytester.makepyfile(test_suite=SUITE)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=11)


def test_decorated_asynchronous_generators_are_open_until_they_end() -> None:
    @mock
    async def tables():
        yield make()
        yield names()

    async def collect() -> list[list[str]]:
        return [found async for found in tables()]

    assert asyncio.run(collect()) == [["users"], ["users"]]


def test_decorated_static_and_class_methods_and_partials_are_covered() -> None:
    class Holder:
        @mock
        @staticmethod
        def static() -> list[str]:
            return make()

        @mock
        @classmethod
        def of_class(cls) -> list[str]:
            return make()

    assert Holder.static() == Holder.of_class() == mock(functools.partial(make))() == ["users"]


def test_tests_of_a_decorated_class_are_covered_when_they_are_called_by_hand() -> None:
    @mock
    class Tests:
        def test_one(self) -> list[str]:
            return make()

    assert Tests().test_one() == Tests().test_one() == ["users"]


def test_set_up_that_tests_share_is_refused() -> None:
    class WithUnittest(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None: ...
        def test_one(self) -> None: ...

    class WithSetup:
        def setup_class(self) -> None: ...
        def test_one(self) -> None: ...

    class WithFixture:
        @pytest.fixture(scope="class")
        def shared(self) -> None: ...
        def test_one(self) -> None: ...

    for decorated, name in ((WithUnittest, "setUpClass"), (WithSetup, "setup_class"), (WithFixture, "shared")):
        with pytest.raises(TypeError, match=rf"{name}` runs once for all tests"):
            mock(decorated)


def test_what_cannot_be_covered_is_refused() -> None:
    class Callable:
        def __call__(self) -> None: ...

    class NoTests:
        def run(self) -> None: ...

    @pytest.fixture
    def fixture() -> None: ...

    for thing in (5, "text", Callable(), fixture, NoTests):
        with pytest.raises(TypeError, match="mock"):
            mock(thing)

    async def later() -> None: ...

    for gives_something_to_run in (lambda: later(), lambda: (n for n in [1])):
        with pytest.raises(TypeError, match="after its mock has ended"):
            mock(gives_something_to_run)()


@pytest.mark.parametrize(("given", "region"), [({}, "us-east-1"), ({"AWS_REGION": "eu-west-3"}, "eu-west-3")])
def test_a_client_without_a_region_has_that_of_the_environment_or_the_default(monkeypatch, given, region) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with mock():
        client = boto3.client("dynamodb")
        assert client.meta.region_name == region
        assert client.list_tables()["TableNames"] == []
        assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_PROFILE"] == "no-such-profile"
    assert "AWS_DEFAULT_REGION" not in os.environ


def test_stopping_twice_does_nothing() -> None:
    opened = mock()
    opened.start()
    assert repr(opened) == "<statordb.boto.mock open>"
    opened.stop()
    opened.stop()
    assert repr(opened) == "<statordb.boto.mock not open>"


def test_the_patch_of_another_tool_stays(monkeypatch) -> None:
    session = botocore.httpsession.URLLib3Session
    monkeypatch.setattr(session, "send", session.send)
    before = session.send
    opened = mock()
    opened.start()
    ours = session.send

    def theirs(self, request):
        return ours(self, request)

    session.send = theirs
    opened.stop()
    assert session.send is theirs
    session.send = before
    with mock():
        assert session.send is not before
    assert session.send is before


def test_clients_made_in_mocks_share_what_was_read_of_service_models() -> None:
    loaders = []
    for _ in range(2):
        with mock():
            loaders.append(boto3.Session(region_name="us-east-1")._session.get_component("data_loader"))
    assert loaders[0] is loaders[1]


def test_without_boto3_the_import_names_the_extra() -> None:
    code = "import sys; sys.modules['boto3'] = None; import statordb.boto"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "ImportError: `statordb.boto` needs `boto3`: install boto3, or statordb with its extra `boto`" in done.stderr


def test_a_mock_takes_the_options_of_a_database() -> None:
    @mock(item_collection_bytes_max=1_000, wording="classic")
    def run():
        client = boto3.client("dynamodb", region_name="us-east-1")
        local = {
            "IndexName": "local",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        client.create_table(
            TableName="users",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "no", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "no", "at")],
            LocalSecondaryIndexes=[local],
        )
        with pytest.raises(client.exceptions.ItemCollectionSizeLimitExceededException):
            client.put_item(TableName="users", Item={"id": {"S": "a"}, "no": {"S": "1"}, "t": {"S": "x" * 1_000}})
        return True

    assert run()
    assert run()
    with pytest.raises(TypeError, match="no_such_option"):
        mock(no_such_option=1)
    with pytest.raises(ValueError, match="gsi_delay"):
        mock(gsi_delay=-1)
