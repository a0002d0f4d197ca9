"""One test, every door: `ddb` is a client shaped like boto3's low-level one, over each way into the database.

`--doors` chooses among embedded, disk (embedded too, over files), boto3 (in process) and http. `--endpoint` adds a door to a server that runs already, such as
DynamoDB Local.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from server import Server
from tables import drop_all_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

DOORS = ("embedded", "disk", "boto3", "http")
FILES = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where files are that need not outlive the machine."""
SIGNED_AS = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--doors",
        default=os.environ.get("STATORDB_TEST_DOORS", ",".join(DOORS)),
        help="doors to test, separated by commas",
    )
    parser.addoption(
        "--endpoint", default=os.environ.get("STATORDB_TEST_ENDPOINT"), help="address of a server that runs already"
    )


def chosen_doors(config: pytest.Config) -> list[str]:
    doors = [door for door in config.getoption("--doors").split(",") if door]
    return [*doors, *(["endpoint"] if config.getoption("--endpoint") else [])]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "door" in metafunc.fixturenames:
        metafunc.parametrize("door", chosen_doors(metafunc.config), scope="session")


def boto_client(endpoint: str, service: str = "dynamodb") -> Any:
    """A boto3 client that leaves every check to the server and tries once."""
    import boto3
    from botocore.config import Config

    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=endpoint, config=config, **SIGNED_AS)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of a server that all tests of this process share."""
    with Server() as server:
        yield server.endpoint


@pytest.fixture(scope="session")
def remote(door: str, request: pytest.FixtureRequest) -> Any:
    """A client of a server, for the doors that have one."""
    if door == "http":
        return boto_client(request.getfixturevalue("endpoint"))
    return boto_client(request.config.getoption("--endpoint")) if door == "endpoint" else None


@pytest.fixture
def opened(door: str, remote: Any) -> Iterator[Any]:
    """An empty database of this process, for the doors that lead into it."""
    if remote is not None:
        yield None
        return
    import statordb

    if door != "disk":
        with statordb.connect(":memory:") as database:
            yield database
        return
    with TemporaryDirectory(dir=FILES) as folder, statordb.connect(f"{folder}/app.stator") as database:
        yield database


@pytest.fixture
def ddb(door: str, remote: Any, opened: Any) -> Iterator[Any]:
    """A client of an empty database."""
    if remote is not None:
        yield remote
        drop_all_tables(remote)
    else:
        yield opened.client() if door in ("embedded", "disk") else boto_in_process(opened)


@pytest.fixture
def streams(door: str, remote: Any, opened: Any) -> Any:
    """A client of the streams of the database that `ddb` is a client of."""
    if remote is not None:
        return boto_client(remote.meta.endpoint_url, "dynamodbstreams")
    return opened.streams() if door in ("embedded", "disk") else boto_in_process(opened, "dynamodbstreams")


def boto_in_process(database: Any, service: str = "dynamodb") -> Any:
    """A boto3 client that `database` answers in this process."""
    from botocore.config import Config

    import statordb.boto

    return statordb.boto.client(database, service, config=Config(parameter_validation=False), **SIGNED_AS)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints what tests counted: their user properties called `summary`."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == "summary":
                        terminalreporter.write_line(value)


@pytest.fixture
def empty_endpoint() -> Iterator[str]:
    """The address of a server of this test alone."""
    with Server() as server:
        yield server.endpoint
