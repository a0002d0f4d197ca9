"""DeleteResourcePolicy: a policy goes; where there is none there is nothing to do."""

from __future__ import annotations

from failure import fails
from tables import table_arn

POLICY = '{"Version": "2012-10-17", "Statement": []}'


def test_tells_the_revision_that_went(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    revision = ddb.put_resource_policy(ResourceArn=arn, Policy=POLICY)["RevisionId"]
    assert ddb.delete_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    assert "RevisionId" not in ddb.delete_resource_policy(ResourceArn=arn)
    with fails("PolicyNotFoundException"):
        ddb.get_resource_policy(ResourceArn=arn)


def test_only_the_expected_revision_goes(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    not_found = f"Resource-based policy not found for the provided ResourceArn: {arn}"
    with fails("PolicyNotFoundException", not_found):
        ddb.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId="1")
    revision = ddb.put_resource_policy(ResourceArn=arn, Policy=POLICY)["RevisionId"]
    with fails("PolicyNotFoundException", not_found):
        ddb.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId="1")
    ddb.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=revision)


def test_a_missing_table_is_named(ddb, hash_table) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.delete_resource_policy(ResourceArn=table_arn(ddb, hash_table).replace("/hash", "/nosuch"))
