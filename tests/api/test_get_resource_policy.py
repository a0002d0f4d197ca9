"""GetResourcePolicy: the policy of a table or a stream, as it was given."""

from __future__ import annotations

from failure import INVALID, fails, rejects
from tables import table_arn

POLICY = '{ "Statement": [],   "Version": "2012-10-17" }'


def test_gives_the_text_as_it_was(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    revision = ddb.put_resource_policy(ResourceArn=arn, Policy=POLICY)["RevisionId"]
    answer = ddb.get_resource_policy(ResourceArn=arn)
    assert (answer["Policy"], answer["RevisionId"]) == (POLICY, revision)


def test_a_table_without_a_policy_says_so(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    with fails("PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {arn}"):
        ddb.get_resource_policy(ResourceArn=arn)


def test_what_is_no_resource_is_rejected(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table) + "/index/i"
    with rejects(
        f"{INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {arn}"
    ):
        ddb.get_resource_policy(ResourceArn=arn)
