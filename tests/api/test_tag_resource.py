"""TagResource: tags of tables, and what tags must be."""

from __future__ import annotations

import pytest

from failure import INVALID, fails, rejects
from tables import table_arn

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"
INDEX, STREAM = ARN + "/index/by-x", ARN + "/stream/2026-01-01T00:00:00.000"


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
    with rejects("Number of Tags exceed the current limit for the provided ResourceArn"):
        ddb.tag_resource(ResourceArn=arn, Tags=tags(more="v"))
    with rejects("Number of Tags exceed the current limit for the provided ResourceArn"):
        ddb.untag_resource(ResourceArn=arn, TagKeys=[f"k{number}" for number in range(51)])
    assert len(tags_of(ddb, arn)) == 50


def test_there_must_be_an_arn_and_a_tag(ddb, hash_table) -> None:
    with rejects("Invalid TableArn"):
        ddb.tag_resource(Tags=tags(team="films"))
    with rejects("Atleast one Tag needs to be provided as Input."):
        ddb.tag_resource(ResourceArn=table_arn(ddb, hash_table), Tags=[])


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("films", INVALID + "ARNs must start with 'arn:': films"),
        ("arn:aws:s3:::films", INVALID + "Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::films"),
        (
            INDEX,
            f"{INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {INDEX}",
        ),
        (STREAM, f"Invalid TableArn: Invalid ResourceArn provided as input {STREAM}"),
    ],
    ids=["no ARN", "of another service", "of an index", "of a stream"],
)
def test_only_tables_have_tags(ddb, arn, message) -> None:
    for call, members in (
        (ddb.tag_resource, {"Tags": tags(team="films")}),
        (ddb.untag_resource, {"TagKeys": ["team"]}),
        (ddb.list_tags_of_resource, {}),
    ):
        with rejects(message):
            call(ResourceArn=arn, **members)


def test_a_missing_table_is_named_by_its_arn(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table).replace("/hash", "/nosuch")
    with fails("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"):
        ddb.tag_resource(ResourceArn=arn, Tags=tags(team="films"))


def test_letters_of_all_scripts_and_some_signs_make_tags(ddb, hash_table) -> None:
    arn = table_arn(ddb, hash_table)
    ddb.tag_resource(ResourceArn=arn, Tags=tags(**{"größe +-=._:/@ 9": "映画"}))
    assert tags_of(ddb, arn) == {"größe +-=._:/@ 9": "映画"}


KEY, VALUE = "The Tag Key provided is invalid, Key: ", "The Tag Value provided is invalid, Value: "


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ({"Value": "v"}, KEY + "null"),
        ({}, KEY + "null"),
        ({"Key": "k"}, VALUE + "null"),
        ({"Key": "", "Value": "v"}, KEY),
        ({"Key": "a*b", "Value": "v"}, KEY + "a*b"),
        ({"Key": "k", "Value": "a;b"}, VALUE + "a;b"),
        ({"Key": "k" * 129, "Value": "v"}, KEY + "k" * 129),
        ({"Key": "k", "Value": "v" * 257}, VALUE + "v" * 257),
        ({"Key": "aws:team", "Value": "v"}, "Tag Key cannot be prefixed with aws:, Key: aws:team"),
        ({"Key": "good", "Value": "2"}, "Duplicate Tag Keys provided as input: Duplicate Tag Key found good"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_one_wrong_tag_keeps_all_of_them_away(ddb, hash_table, tag, message) -> None:
    arn = table_arn(ddb, hash_table)
    with rejects(message):
        ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": "good", "Value": "1"}, tag])
    assert tags_of(ddb, arn) == {}


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
