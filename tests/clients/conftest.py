"""Which servers the programs of client libraries run against: one of StatorDB's own, and what `--endpoint` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import boto_client, chosen_doors
from server import Server
from tables import drop_all_tables

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_endpoint" in metafunc.fixturenames:
        doors = [door for door in chosen_doors(metafunc.config) if door in ("http", "endpoint")]
        metafunc.parametrize("database_endpoint", doors, indirect=True)


@pytest.fixture
def database_endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server with no tables; those a program leaves at a named one are dropped."""
    if request.param == "http":
        with Server() as server:
            yield server.endpoint
        return
    named = request.config.getoption("--endpoint")
    try:
        yield named
    finally:
        drop_all_tables(boto_client(named))
