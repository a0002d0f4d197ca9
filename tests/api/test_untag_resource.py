"""UntagResource: tags go by their keys."""

from __future__ import annotations

import pytest

from failure import constraint, fails, rejects
from tables import table_arn


def test_takes_tags_away(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": "v"} for key in "abc"])
    ddb.untag_resource(ResourceArn=arn, TagKeys=["a", "c", "unknown"])
    assert ddb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "v"}]


def test_there_must_be_an_arn_and_a_key(ddb, hash_table) -> None:
    with rejects("Invalid TableArn"):
        ddb.untag_resource(TagKeys=["a"])
    with rejects("Atleast one Tag Key needs to be provided as Input."):
        ddb.untag_resource(ResourceArn=table_arn(ddb, hash_table), TagKeys=[])


@pytest.mark.parametrize(
    ("key", "text"), [("", "greater than or equal to 1"), ("k" * 129, "less than or equal to 128")]
)
def test_keys_have_lengths(ddb, hash_table, key, text) -> None:
    with rejects(constraint(key, "tagKeys.1.member", f"Member must have length {text}")):
        ddb.untag_resource(ResourceArn=table_arn(ddb, hash_table), TagKeys=[key])


def test_a_missing_table_is_named_by_its_arn(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table).replace("/hash", "/nosuch")
    with fails("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"):
        ddb.untag_resource(ResourceArn=arn, TagKeys=["a"])
