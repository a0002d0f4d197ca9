"""ListTagsOfResource: all tags of a table."""

from __future__ import annotations

from failure import INVALID, fails, rejects
from tables import table_arn


def test_a_table_has_none_at_first(ddb, hash_table) -> None:
    answer = ddb.list_tags_of_resource(ResourceArn=table_arn(ddb, hash_table))
    assert answer["Tags"] == []
    assert "NextToken" not in answer


def test_a_paginator_reads_them(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": f"k{number:02}", "Value": "v"} for number in range(50)])
    full = ddb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn).build_full_result()
    assert [tag["Key"] for tag in full["Tags"]] == [f"k{number:02}" for number in range(50)]


def test_what_is_no_arn_of_a_table_is_rejected(ddb) -> None:
    with rejects("Invalid TableArn"):
        ddb.list_tags_of_resource()
    with rejects(INVALID + "ARNs must start with 'arn:': films"):
        ddb.list_tags_of_resource(ResourceArn="films")


def test_a_token_that_was_not_given_out_is_rejected(ddb, hash_table) -> None:
    with rejects("Invalid NextToken: x"):
        ddb.list_tags_of_resource(ResourceArn=table_arn(ddb, hash_table), NextToken="x")


def test_a_missing_table_is_named_by_its_arn(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table).replace("/hash", "/nosuch")
    with fails("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"):
        ddb.list_tags_of_resource(ResourceArn=arn)
