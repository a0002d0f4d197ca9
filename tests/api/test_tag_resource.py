"""TagResource: tags of tables, and what tags must be."""

from __future__ import annotations

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import table_arn


def tags_of(ddb, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in ddb.list_tags_of_resource(ResourceArn=arn)["Tags"]}


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_adds_tags_and_changes_them(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=tags(team="films", stage="test"))
    ddb.tag_resource(ResourceArn=arn, Tags=tags(team="books", empty=""))
    assert tags_of(ddb, arn) == {"team": "books", "stage": "test", "empty": ""}


def test_a_table_made_again_has_none(ddb, hash_table) -> None:
    from tables import create_table, drop_all_tables

    ddb.tag_resource(ResourceArn=table_arn(ddb, hash_table), Tags=tags(team="films"))
    drop_all_tables(ddb)
    create_table(ddb, hash_table, "a:S")
    assert tags_of(ddb, table_arn(ddb, hash_table)) == {}


def test_fifty_tags_and_no_more(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=tags(**{f"k{number}": "v" for number in range(50)}))
    ddb.tag_resource(ResourceArn=arn, Tags=tags(k0="again"))
    with rejects(INVALID + "Number of tags 51 exceeds the per-resource limit of 50"):
        ddb.tag_resource(ResourceArn=arn, Tags=tags(more="v"))
    assert len(tags_of(ddb, arn)) == 50


def test_there_must_be_an_arn_and_a_tag(ddb, hash_table) -> None:
    with rejects("Invalid TableArn"):
        ddb.tag_resource(Tags=tags(team="films"))
    with rejects("Atleast one Tag needs to be provided as Input."):
        ddb.tag_resource(ResourceArn=table_arn(ddb, hash_table), Tags=[])


@pytest.mark.parametrize("suffix", ["/index/i", "/stream/2026-01-01T00:00:00.000"])
def test_only_tables_have_tags(ddb, hash_table, suffix) -> None:
    arn = table_arn(ddb, hash_table) + suffix
    with rejects(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}"):
        ddb.tag_resource(ResourceArn=arn, Tags=tags(team="films"))


def test_what_is_no_arn_is_rejected(ddb) -> None:
    with rejects("Invalid TableArn: Invalid ResourceArn provided as input films"):
        ddb.tag_resource(ResourceArn="films", Tags=tags(team="films"))


def test_a_missing_table_is_named_by_its_arn(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table).replace("/hash", "/nosuch")
    with fails("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"):
        ddb.tag_resource(ResourceArn=arn, Tags=tags(team="films"))


def test_letters_of_all_scripts_and_some_signs_make_tags(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=tags(**{"größe +-=._:/@ 9": "映画"}))
    assert tags_of(ddb, arn) == {"größe +-=._:/@ 9": "映画"}
    for pair in ({"a*b": "v"}, {"k": "a;b"}):
        with rejects():
            ddb.tag_resource(ResourceArn=arn, Tags=tags(**pair))
    with rejects(INVALID + "Tag Key must not begin with aws: aws:team"):
        ddb.tag_resource(ResourceArn=arn, Tags=tags(**{"aws:team": "v"}))


@pytest.mark.parametrize(
    ("tag", "path", "value", "text"),
    [
        ({"Value": "v"}, "tags.1.member.key", None, "Member must not be null"),
        ({"Key": "k"}, "tags.1.member.value", None, "Member must not be null"),
        ({"Key": "", "Value": "v"}, "tags.1.member.key", "", "Member must have length greater than or equal to 1"),
        (
            {"Key": "k" * 129, "Value": "v"},
            "tags.1.member.key",
            "k" * 129,
            "Member must have length less than or equal to 128",
        ),
        (
            {"Key": "k", "Value": "v" * 257},
            "tags.1.member.value",
            "v" * 257,
            "Member must have length less than or equal to 256",
        ),
    ],
)
def test_tags_have_lengths(ddb, hash_table, tag, path, value, text) -> None:
    with rejects(constraint(value, path, text)):
        ddb.tag_resource(ResourceArn=table_arn(ddb, hash_table), Tags=[tag])


def test_lengths_of_tags_are_of_characters(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=tags(**{"ö" * 128: "映" * 256}))
    assert tags_of(ddb, arn) == {"ö" * 128: "映" * 256}


def test_the_answer_has_no_body(endpoint) -> None:
    import http.client
    import json

    def call(operation: str, body: dict) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Date": "20260101T000000Z",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        connection.request("POST", "/", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    schema = {
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
    }
    call("CreateTable", {"TableName": "bodiless", "BillingMode": "PAY_PER_REQUEST", **schema})
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/bodiless"
    assert call("TagResource", {"ResourceArn": arn, "Tags": tags(team="films")}) == (200, b"")
    assert call("UntagResource", {"ResourceArn": arn, "TagKeys": ["team"]}) == (200, b"")
    call("DeleteTable", {"TableName": "bodiless"})
