"""CreateTable: what is described, and what a schema must not be."""

from __future__ import annotations

import re

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import create_table, key_schema, put_all

ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
UNITS = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
NAME_LENGTH = re.compile(
    r"1 validation error detected: Value '.*' at 'tableName' failed to satisfy constraint: Member must have length "
    r"(greater than or equal to 3|less than or equal to 255)|TableName must be at least 3 characters long and at most 255 characters long"
)


@pytest.mark.parametrize("keys", [("a:S",), ("a:N",), ("a:B",), ("a:S", "b:S"), ("a:S", "b:N"), ("a:N", "b:B")])
def test_describes_the_keys_as_they_were_given(ddb, keys) -> None:
    description = ddb.create_table(TableName="made", **ON_DEMAND, **key_schema(*keys))["TableDescription"]
    expected = key_schema(*keys)
    assert description["KeySchema"] == expected["KeySchema"]
    assert sorted(map(str, description["AttributeDefinitions"])) == sorted(map(str, expected["AttributeDefinitions"]))


def test_describes_a_table_billed_by_request(ddb) -> None:
    description = ddb.create_table(TableName="made", **ON_DEMAND, **key_schema("a:S"))["TableDescription"]
    assert description["TableName"] == "made"
    assert description["TableStatus"] in ("CREATING", "ACTIVE")
    assert description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert description["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert description["ProvisionedThroughput"]["WriteCapacityUnits"] == 0
    assert (description["ItemCount"], description["TableSizeBytes"]) == (0, 0)
    assert description["DeletionProtectionEnabled"] is False
    assert re.fullmatch(r"arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table/made", description["TableArn"])


def test_describes_provisioned_units(ddb) -> None:
    description = ddb.create_table(TableName="made", ProvisionedThroughput=UNITS, **key_schema("a:S"))[
        "TableDescription"
    ]
    assert {name: description["ProvisionedThroughput"][name] for name in UNITS} == UNITS
    assert "BillingModeSummary" not in description


def test_two_tables_have_different_ids_and_the_same_keys_apart(ddb) -> None:
    create_table(ddb, "one", "a:S")
    create_table(ddb, "two", "a:S")
    put_all(ddb, "one", [{"a": {"S": "k"}, "v": {"S": "of one"}}])
    assert "Item" not in ddb.get_item(TableName="two", Key={"a": {"S": "k"}})
    ids = {ddb.describe_table(TableName=name)["Table"].get("TableId", name) for name in ("one", "two")}
    assert len(ids) == 2


def test_an_existing_name_is_in_use(ddb) -> None:
    create_table(ddb, "taken", "a:S")
    with fails("ResourceInUseException", "Table already exists: taken"):
        ddb.create_table(TableName="taken", **ON_DEMAND, **key_schema("a:S"))


@pytest.mark.parametrize("name", ["abc", "a" * 255, "A-b_c.9", "..."])
def test_names_of_3_to_255_letters_digits_and_signs_are_taken(ddb, name) -> None:
    assert create_table(ddb, name, "a:S") == name


@pytest.mark.parametrize("name", ["ab", "a" * 256])
def test_names_of_another_length_are_rejected(ddb, name) -> None:
    with rejects(NAME_LENGTH):
        ddb.create_table(TableName=name, **ON_DEMAND, **key_schema("a:S"))


@pytest.mark.parametrize("name", ["a b c", "abc;", "tâble"])
def test_names_with_other_characters_are_rejected(ddb, name) -> None:
    with rejects(constraint(name, "tableName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")):
        ddb.create_table(TableName=name, **ON_DEMAND, **key_schema("a:S"))


def attribute(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": kind}


def key(name: str, role: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": role}


A, B = attribute("a", "S"), attribute("b", "S")
HASH_A, RANGE_B = key("a", "HASH"), key("b", "RANGE")


@pytest.mark.parametrize(
    ("schema", "definitions", "message"),
    [
        ([HASH_A, RANGE_B], [A], "Invalid KeySchema: Some index key attribute have no definition"),
        (
            [key("b", "HASH")],
            [A],
            INVALID
            + "Some index key attributes are not defined in AttributeDefinitions. Keys: [b], AttributeDefinitions: [a]",
        ),
        (
            [HASH_A, key("a", "RANGE")],
            [A, B],
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        ([key("a", "RANGE")], [A], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        ([HASH_A, key("b", "HASH")], [A, B], "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        (
            [HASH_A],
            [A, B],
            INVALID
            + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ),
    ],
    ids=["fewer definitions", "undefined", "same name", "range first", "two hash keys", "spare definition"],
)
def test_a_wrong_key_schema_is_rejected(ddb, schema, definitions, message) -> None:
    with rejects(message):
        ddb.create_table(TableName="made", **ON_DEMAND, KeySchema=schema, AttributeDefinitions=definitions)


@pytest.mark.parametrize(
    ("members", "path", "value", "text"),
    [
        (
            {"AttributeDefinitions": [attribute("a", "SS")]},
            "attributeDefinitions.1.member.attributeType",
            "SS",
            "enum value set: [B, N, S]",
        ),
        ({"KeySchema": [key("a", "SORT")]}, "keySchema.1.member.keyType", "SORT", "enum value set: [HASH, RANGE]"),
        ({"BillingMode": "FREE"}, "billingMode", "FREE", "enum value set: [PROVISIONED, PAY_PER_REQUEST]"),
    ],
)
def test_words_of_no_enum_are_rejected(ddb, members, path, value, text) -> None:
    request = {"TableName": "made", **ON_DEMAND, **key_schema("a:S"), **members}
    with rejects(constraint(value, path, f"Member must satisfy {text}")):
        ddb.create_table(**request)


@pytest.mark.parametrize("member", ["KeySchema", "AttributeDefinitions"])
def test_schema_and_definitions_must_be_given(ddb, member) -> None:
    request = {"TableName": "made", **ON_DEMAND, **key_schema("a:S")}
    del request[member]
    with rejects(constraint(None, member[0].lower() + member[1:], "Member must not be null")):
        ddb.create_table(**request)


def test_a_name_must_be_given(ddb) -> None:
    with rejects("The parameter 'TableName' is required but was not present in the request"):
        ddb.create_table(**ON_DEMAND, **key_schema("a:S"))


def test_units_and_billing_by_request_exclude_each_other(ddb) -> None:
    with rejects(
        INVALID
        + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    ):
        ddb.create_table(TableName="made", ProvisionedThroughput=UNITS, **ON_DEMAND, **key_schema("a:S"))


@pytest.mark.parametrize("billing", [{}, {"BillingMode": "PROVISIONED"}])
def test_provisioned_billing_needs_units(ddb, billing) -> None:
    with rejects(
        INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
    ):
        ddb.create_table(TableName="made", **billing, **key_schema("a:S"))


@pytest.mark.parametrize("member", sorted(UNITS))
def test_units_are_at_least_one(ddb, member) -> None:
    path = f"provisionedThroughput.{member[0].lower()}{member[1:]}"
    with rejects(constraint(0, path, "Member must have value greater than or equal to 1")):
        ddb.create_table(TableName="made", ProvisionedThroughput={**UNITS, member: 0}, **key_schema("a:S"))


def test_a_rejected_table_does_not_exist(ddb) -> None:
    with rejects():
        ddb.create_table(TableName="made", **ON_DEMAND, KeySchema=[HASH_A], AttributeDefinitions=[B])
    assert "made" not in ddb.list_tables()["TableNames"]
