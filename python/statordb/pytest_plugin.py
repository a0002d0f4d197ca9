"""Fixtures for pytest: a fresh database for each test, and every door to it.

The plugin is known to pytest when StatorDB is installed. It imports no boto3 and starts nothing until a fixture is
used, and holds nothing that processes could share, so it works under pytest-xdist as it does alone. All fixtures of one
test are doors to the same database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statordb.client import Client
    from statordb.database import Database


@pytest.fixture(name="statordb")
def _statordb() -> Iterator[Database]:
    """A fresh database, closed after the test."""
    from statordb.database import connect

    with connect(":memory:") as database:
        yield database


@pytest.fixture
def statordb_client(statordb: Database) -> Client:
    """A client shaped like boto3's, without boto3."""
    return statordb.client()


@pytest.fixture
def statordb_boto_client(statordb: Database) -> Any:
    """`boto3.client("dynamodb")`, answered in process."""
    from statordb.boto import client

    return client(statordb)


@pytest.fixture
def statordb_resource(statordb: Database) -> Any:
    """`boto3.resource("dynamodb")`, answered in process."""
    from statordb.boto import resource

    return resource(statordb)


@pytest.fixture
def statordb_endpoint(statordb: Database) -> Iterator[str]:
    """The URL of an HTTP server of the database, for other languages and processes."""
    with statordb.serve() as server:
        yield server.url
