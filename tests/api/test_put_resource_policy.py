"""PutResourcePolicy: a table or a stream gets a policy, which is kept by revision."""

from __future__ import annotations

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import table_arn

ONE = '{"Version": "2012-10-17", "Statement": []}'
OTHER = '{"Version": "2012-10-17", "Id": "other", "Statement": []}'
NOT_FOUND = "Resource-based policy not found for the provided ResourceArn: "


def test_the_same_policy_is_the_same_revision(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    first = ddb.put_resource_policy(ResourceArn=arn, Policy=ONE)["RevisionId"]
    assert ddb.put_resource_policy(ResourceArn=arn, Policy=ONE)["RevisionId"] == first
    second = ddb.put_resource_policy(ResourceArn=arn, Policy=OTHER)["RevisionId"]
    assert second != first
    answer = ddb.get_resource_policy(ResourceArn=arn)
    assert (answer["Policy"], answer["RevisionId"]) == (OTHER, second)


def test_only_the_expected_revision_is_replaced(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    with fails("PolicyNotFoundException", NOT_FOUND + arn):
        ddb.put_resource_policy(ResourceArn=arn, Policy=ONE, ExpectedRevisionId="1")
    first = ddb.put_resource_policy(ResourceArn=arn, Policy=ONE, ExpectedRevisionId="NO_POLICY")["RevisionId"]
    for expected in ("NO_POLICY", "1"):
        with fails("PolicyNotFoundException", NOT_FOUND + arn):
            ddb.put_resource_policy(ResourceArn=arn, Policy=OTHER, ExpectedRevisionId=expected)
    ddb.put_resource_policy(ResourceArn=arn, Policy=OTHER, ExpectedRevisionId=first)


def test_a_stream_has_a_policy_of_its_own(ddb, hash_table) -> None:
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    table = ddb.update_table(TableName=hash_table, StreamSpecification=view)["TableDescription"]
    ddb.put_resource_policy(ResourceArn=table["LatestStreamArn"], Policy=ONE)
    assert ddb.get_resource_policy(ResourceArn=table["LatestStreamArn"])["Policy"] == ONE
    with fails("PolicyNotFoundException", NOT_FOUND + table["TableArn"]):
        ddb.get_resource_policy(ResourceArn=table["TableArn"])


@pytest.mark.parametrize("policy", ["", "text", "[]", '{"Version"', '{"Version": "2012-10-17"} and more'])
def test_a_policy_is_an_object_of_json(ddb, hash_table, policy) -> None:
    with rejects(INVALID + "Invalid policy document: This policy contains invalid Json"):
        ddb.put_resource_policy(ResourceArn=table_arn(ddb, hash_table), Policy=policy)


def test_a_policy_has_at_most_20_kb(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.put_resource_policy(ResourceArn=arn, Policy=ONE + " " * (20 * 1024 - len(ONE)))
    with rejects(INVALID + "Maximum policy size of 20480 bytes exceeded"):
        ddb.put_resource_policy(ResourceArn=arn, Policy=ONE + " " * (20 * 1024 + 1 - len(ONE)))


def test_resource_and_policy_must_be_given(ddb, hash_table) -> None:
    with rejects(constraint(None, "resourceArn", "Member must not be null")):
        ddb.put_resource_policy(Policy=ONE)
    with rejects(constraint(None, "policy", "Member must not be null")):
        ddb.put_resource_policy(ResourceArn=table_arn(ddb, hash_table))


@pytest.mark.parametrize(
    ("members", "path", "text"),
    [
        ({"ExpectedRevisionId": ""}, "expectedRevisionId", "greater than or equal to 1"),
        ({"ExpectedRevisionId": "1" * 256}, "expectedRevisionId", "less than or equal to 255"),
        ({"ResourceArn": ""}, "resourceArn", "greater than or equal to 1"),
        ({"ResourceArn": "a" * 1284}, "resourceArn", "less than or equal to 1283"),
    ],
)
def test_arns_and_revisions_have_lengths(ddb, hash_table, members, path, text) -> None:
    request = {"ResourceArn": table_arn(ddb, hash_table), "Policy": ONE, **members}
    [value] = members.values()
    with rejects(constraint(value, path, f"Member must have length {text}")):
        ddb.put_resource_policy(**request)
    del request["Policy"]
    with rejects(constraint(value, path, f"Member must have length {text}")):
        ddb.delete_resource_policy(**request)


def test_access_of_ones_own_may_be_removed(ddb, hash_table) -> None:
    """It has to be confirmed to AWS, which looks into the policy; the member is taken here too."""
    arn = table_arn(ddb, hash_table)
    ddb.put_resource_policy(ResourceArn=arn, Policy=ONE, ConfirmRemoveSelfResourceAccess=True)
    assert ddb.get_resource_policy(ResourceArn=arn)["Policy"] == ONE


def test_missing_resources_are_named(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.put_resource_policy(ResourceArn=arn.replace("/hash", "/nosuch"), Policy=ONE)
    stream = arn + "/stream/2026-01-01T00:00:00.000"
    with fails("ResourceNotFoundException", f"Requested resource not found: Stream: {stream} not found"):
        ddb.put_resource_policy(ResourceArn=stream, Policy=ONE)
