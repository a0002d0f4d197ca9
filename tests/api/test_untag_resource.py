"""UntagResource: tags go by their keys."""

from __future__ import annotations

import pytest

from failure import fails, rejects
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


@pytest.mark.parametrize("key", ["", "k" * 129, "a*b"], ids=["none", "long", "sign"])
def test_a_key_must_be_one(ddb, hash_table, key) -> None:
    with rejects(f"The Tag Key provided is invalid, Key: {key}"):
        ddb.untag_resource(ResourceArn=table_arn(ddb, hash_table), TagKeys=["good", key])


def test_a_missing_table_is_named_by_its_arn(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table).replace("/hash", "/nosuch")
    with fails("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"):
        ddb.untag_resource(ResourceArn=arn, TagKeys=["a"])
