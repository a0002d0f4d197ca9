"""The pytest plugin, run by a pytest of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import json
import sys
import urllib.request
import pytest

def test_nothing_is_imported_before_a_fixture_is_used():
    assert not {"boto3", "botocore", "statordb.boto"} & set(sys.modules)

@pytest.mark.parametrize("turn", [1, 2])
def test_the_database_is_fresh(statordb, turn):
    assert statordb.tables() == []
    statordb.create_table("users", "id")

def test_all_doors_lead_to_one_database(
    statordb, statordb_client, statordb_boto_client, statordb_resource, statordb_endpoint
):
    statordb.create_table("users", "id")
    assert statordb_client.list_tables()["TableNames"] == ["users"]
    assert statordb_boto_client.list_tables()["TableNames"] == ["users"]
    statordb_resource.Table("users").put_item(Item={"id": "ada"})
    assert statordb.table("users").get({"id": "ada"}) == {"id": "ada"}
    import boto3
    client = boto3.client(
        "dynamodb", endpoint_url=statordb_endpoint, region_name="us-east-1",
        aws_access_key_id="a", aws_secret_access_key="b",
    )
    assert client.list_tables()["TableNames"] == ["users"]
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def test_each_test_has_a_database_and_every_door(suite) -> None:
    suite.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=4)


def test_under_xdist(suite) -> None:
    pytest.importorskip("xdist")
    suite.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider").assert_outcomes(passed=4)


def test_importing_the_plugin_imports_no_boto3() -> None:
    code = "import sys, statordb.pytest_plugin; assert not {'boto3', 'botocore'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
