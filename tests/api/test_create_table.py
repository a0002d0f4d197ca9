"""CreateTable: what is described, and what a schema must not be."""

from __future__ import annotations

import itertools
import re

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import attributes, create_table, index, key_schema, put_all, when_active

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
        ([HASH_A, key("a", "RANGE")], [A], "Invalid KeySchema: Some index key attribute have no definition"),
        ([key("a", "RANGE")], [A], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        ([HASH_A, key("b", "HASH")], [A, B], "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        (
            [HASH_A],
            [A, B],
            INVALID
            + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ),
    ],
    ids=["fewer definitions", "undefined", "same name", "one name", "range first", "two hash keys", "spare definition"],
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


# ----------------------------------------------------------------------------------------------------------------- indexes

TWO = {"TableName": "made", **ON_DEMAND, **key_schema("a:S", "b:S")}
BY_C = index("by-c", "a", "c:R")
KEYS_DIFFER = "Index KeySchema does not have the same leading hash key as table KeySchema for index: by-c. index hash key: b, table hash key: a"


def with_attributes(*names: str) -> dict:
    return {"AttributeDefinitions": attributes(*(f"{name}:S" for name in names))}


def test_describes_indexes_as_they_were_given(ddb) -> None:
    ddb.create_table(
        **{**TWO, **with_attributes("a", "b", "c", "d")},
        LocalSecondaryIndexes=[index("local", "a", "c:R", projection="INCLUDE", names=["e"])],
        GlobalSecondaryIndexes=[index("global", "d", "a:R", projection="KEYS_ONLY")],
    )
    table = ddb.describe_table(TableName="made")["Table"]
    local, other = table["LocalSecondaryIndexes"][0], table["GlobalSecondaryIndexes"][0]
    assert local["IndexArn"] == table["TableArn"] + "/index/local"
    assert local["KeySchema"] == index("local", "a", "c:R")["KeySchema"]
    assert local["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["e"]}
    assert not {"IndexStatus", "ProvisionedThroughput", "WarmThroughput", "Backfilling"} & set(local)
    assert other["IndexStatus"] == "ACTIVE"
    assert other["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert "Backfilling" not in other
    assert other["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert (other["ItemCount"], other["IndexSizeBytes"]) == (0, 0)
    if "WarmThroughput" in table:
        assert other["WarmThroughput"] == {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}


def test_a_new_tables_indexes_are_being_made(ddb) -> None:
    answer = ddb.create_table(**{**TWO, **with_attributes("a", "b", "d")}, GlobalSecondaryIndexes=[index("by-d", "d")])
    [new] = answer["TableDescription"]["GlobalSecondaryIndexes"]
    assert new["IndexStatus"] == "CREATING"
    assert not {"WarmThroughput", "Backfilling"} & set(new)


def test_what_a_table_says_only_once_it_is_made(ddb) -> None:
    """The answer to CreateTable is of a moment at which there is neither throughput nor a change of billing."""
    new = ddb.create_table(TableName="made", **ON_DEMAND, **key_schema("a:S"))["TableDescription"]
    assert new["TableStatus"] == "CREATING"
    assert new["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    made = ddb.describe_table(TableName=when_active(ddb, "made"))["Table"]
    assert set(made) - set(new) == {"WarmThroughput"}
    assert set(made["BillingModeSummary"]) == {"BillingMode", "LastUpdateToPayPerRequestDateTime"}


def test_the_most_indexes_and_the_most_names(ddb) -> None:
    """Five local indexes, twenty global ones, and 100 names of attributes over all of them."""
    local = [
        index(f"local{n}", "a", "c:R", projection="INCLUDE", names=[f"l{n}{m}" for m in range(12)]) for n in range(5)
    ]
    others = [index(f"global{n}", "c", projection="INCLUDE", names=["x", "y"]) for n in range(20)]
    ddb.create_table(
        **{**TWO, **with_attributes("a", "b", "c")}, LocalSecondaryIndexes=local, GlobalSecondaryIndexes=others
    )
    table = ddb.describe_table(TableName=when_active(ddb, "made"))["Table"]
    assert (len(table["LocalSecondaryIndexes"]), len(table["GlobalSecondaryIndexes"])) == (5, 20)
    others[0]["Projection"]["NonKeyAttributes"].append("z")
    with rejects(re.compile(".*NonKeyAttributes.*100")):
        ddb.create_table(
            **{**TWO, **with_attributes("a", "b", "c"), "TableName": "more"},
            LocalSecondaryIndexes=local,
            GlobalSecondaryIndexes=others,
        )


def test_names_of_attributes_in_schemas_have_255_characters_at_most(ddb) -> None:
    longest, long = "k" * 255, "k" * 256
    text = "Member must have length less than or equal to 255"
    create_table(ddb, "made", f"{longest}:S")
    part = f"Value '{long}' at '{{}}' failed to satisfy constraint: {text}"
    paths = ("attributeDefinitions.1.member.attributeName", "keySchema.1.member.attributeName")
    with rejects() as failure:
        ddb.create_table(TableName="more", **ON_DEMAND, **key_schema(f"{long}:S"))
    count, _, parts = failure.message.partition(": ")
    assert (count, sorted(parts.split("; "))) == ("2 validation errors detected", [part.format(path) for path in paths])
    path = "globalSecondaryIndexes.1.member.projection.nonKeyAttributes.1.member"
    with rejects(constraint(long, path, text)):
        ddb.create_table(**TWO, GlobalSecondaryIndexes=[index("by-b", "b", projection="INCLUDE", names=[long])])


def test_a_global_index_has_up_to_four_attributes_of_each_kind(ddb) -> None:
    names = [f"k{number}" for number in range(8)]
    wide = index("wide", *names[:4], *(f"{name}:R" for name in names[4:]))
    ddb.create_table(**{**TWO, **with_attributes("a", "b", *names)}, GlobalSecondaryIndexes=[wide])
    assert ddb.describe_table(TableName="made")["Table"]["GlobalSecondaryIndexes"][0]["KeySchema"] == wide["KeySchema"]


TOO_MANY_KEYS = INVALID + "The KeySchema exceeds the maximum allowed number of {} key attributes"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["k0", "k1", "k2", "k3", "k4"], TOO_MANY_KEYS.format("HASH")),
        (["k0", "k1:R", "k2:R", "k3:R", "k4:R", "k5:R"], TOO_MANY_KEYS.format("RANGE")),
        (["k0", "k1:R", "k2"], INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema"),
        (["k0", "k1", "k0"], "The KeySchema contains multiple key attributes with the same name"),
        (["k0", "k0"], "The KeySchema contains multiple key attributes with the same name"),
        (["k0", "k0:R"], "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        (["k0:R", "k1"], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    ],
)
def test_other_keys_of_a_global_index_are_rejected(ddb, keys, message) -> None:
    names = sorted({key.removesuffix(":R") for key in keys})
    with rejects(message):
        ddb.create_table(**{**TWO, **with_attributes("a", "b", *names)}, GlobalSecondaryIndexes=[index("wide", *keys)])


def too_many(member: str, count: int) -> dict:
    return {member: [index(f"ix{number:02}", "a", "c:R") for number in range(count)]}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"LocalSecondaryIndexes": []}, "List of LocalSecondaryIndexes is empty"),
        ({"GlobalSecondaryIndexes": []}, "List of GlobalSecondaryIndexes is empty"),
        (
            {"LocalSecondaryIndexes": [BY_C], **key_schema("a:S")},
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        ),
        (
            {"LocalSecondaryIndexes": [index("by-x", "a", "x:R")], **with_attributes("a", "b")},
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [a, x], AttributeDefinitions: [a, b]",
        ),
        ({"LocalSecondaryIndexes": [index("by-c", "a")]}, "Index KeySchema does not have a range key for index: by-c"),
        ({"LocalSecondaryIndexes": [index("by-c", "b", "c:R")]}, KEYS_DIFFER),
        ({"GlobalSecondaryIndexes": [{**BY_C, "Projection": {}}]}, "Unknown ProjectionType: null"),
        (
            {"LocalSecondaryIndexes": [index("by-c", "a", "c:R", names=["d"])]},
            "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("by-c", "c", projection="KEYS_ONLY", names=["d"])]},
            "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("by-c", "c", projection="INCLUDE")]},
            "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("by-c", "c", projection="INCLUDE", names=["d", "e", "d"])]},
            "Duplicate element in NonKeyAttributes: d",
        ),
        ({"LocalSecondaryIndexes": [BY_C], "GlobalSecondaryIndexes": [BY_C]}, "Duplicate index name: by-c"),
        ({"LocalSecondaryIndexes": [BY_C, BY_C]}, "Duplicate index name: by-c"),
        ({"GlobalSecondaryIndexes": [BY_C, BY_C]}, "Duplicate index name: by-c"),
        (
            {"LocalSecondaryIndexes": [index("by-c", "a", "c:R", projection="KEYS_ONLY", names=["d"])]},
            "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("by-x", "x")], **with_attributes("a", "b")},
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [a, b]",
        ),
        (too_many("LocalSecondaryIndexes", 6), "Number of LocalSecondaryIndexes exceeds per-table limit of 5"),
        (too_many("GlobalSecondaryIndexes", 21), "GlobalSecondaryIndex count exceeds the per-table limit of 20"),
        (
            {"GlobalSecondaryIndexes": [{**BY_C, "ProvisionedThroughput": UNITS}]},
            "ProvisionedThroughput should not be specified for index: by-c when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"GlobalSecondaryIndexes": [BY_C], "BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
            "ProvisionedThroughput is not specified for index: by-c",
        ),
        (
            {"GlobalSecondaryIndexes": [index("by-a", "a")]},
            "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: [a, b]",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_indexes_that_make_no_sense_are_rejected(ddb, members, message) -> None:
    with rejects(INVALID + message):
        ddb.create_table(**{**TWO, **with_attributes("a", "b", "c"), **members})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("a", "a:R"), "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        (("c:R", "a"), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (("a", "c"), "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
    ],
)
def test_a_local_index_has_the_keys_of_a_table(ddb, keys, message) -> None:
    with rejects(message):
        ddb.create_table(**{**TWO, **with_attributes("a", "b", "c")}, LocalSecondaryIndexes=[index("by-c", *keys)])


def test_names_of_non_key_attributes_are_counted(ddb) -> None:
    many = [
        index(f"ix{number}", "c", projection="INCLUDE", names=[f"n{number}{n}" for n in range(17)])
        for number in range(6)
    ]
    with rejects(re.compile(".*NonKeyAttributes.*100")):
        ddb.create_table(**{**TWO, **with_attributes("a", "b", "c")}, GlobalSecondaryIndexes=many)
    names = [f"n{number}" for number in range(21)]
    path = "globalSecondaryIndexes.1.member.projection.nonKeyAttributes"
    with rejects(constraint(f"[{', '.join(names)}]", path, "Member must have length less than or equal to 20")):
        ddb.create_table(
            **{**TWO, **with_attributes("a", "b", "c")},
            GlobalSecondaryIndexes=[index("by-c", "c", projection="INCLUDE", names=names)],
        )


UNUSED_C = (
    "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
)
FAULTS = [
    (
        "Invalid table-class parameter provided. Please try again with a valid table-class value: "
        "[STANDARD, STANDARD_INFREQUENT_ACCESS].",
        {"TableClass": "x"},
    ),
    (
        INVALID
        + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        {"ProvisionedThroughput": UNITS},
    ),
    ("Invalid KeySchema: Some index key attribute have no definition", {"AttributeDefinitions": [A]}),
    (
        re.compile(r"One or more .*: Some index key attributes are not defined in AttributeDefinitions\. Keys: .*"),
        {"AttributeDefinitions": [A, attribute("c", "S")]},
    ),
    (
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        {"KeySchema": [key("b", "HASH"), RANGE_B]},
    ),
    (
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        {"KeySchema": [HASH_A, key("b", "HASH")]},
    ),
    (INVALID + UNUSED_C, {"AttributeDefinitions": [A, B, attribute("c", "S")]}),
    (INVALID + "List of LocalSecondaryIndexes is empty", {"LocalSecondaryIndexes": []}),
    (
        INVALID + "Index KeySchema does not have a range key for index: local",
        {"LocalSecondaryIndexes": [index("local", "a")]},
    ),
    (INVALID + "List of GlobalSecondaryIndexes is empty", {"GlobalSecondaryIndexes": []}),
    (
        INVALID + "Unknown ProjectionType: null",
        {"GlobalSecondaryIndexes": [{**index("global", "a"), "Projection": {}}]},
    ),
    (
        INVALID + "Table is being created with a stream disabled, UpdateViewType should not be specified",
        {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
    ),
    ("Table already exists: made", {"TableName": "made"}),
]


def test_the_earlier_of_two_faults_is_reported(ddb) -> None:
    create_table(ddb, "made", "a:S")
    for (message, one), (_, two) in itertools.combinations(FAULTS, 2):
        # One member has one fault only, and what counts definitions depends on whether there are indexes.
        with_index = any(name.endswith("Indexes") for name in two)
        if one.keys() & two.keys() or (message == INVALID + UNUSED_C and with_index):
            continue
        with rejects(message):
            ddb.create_table(**{**TWO, **one, **two})


def test_a_table_that_is_being_created_has_nothing_of_its_time(ddb) -> None:
    new = ddb.create_table(TableName="made", **ON_DEMAND, **key_schema("a:S"))["TableDescription"]
    assert new["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    assert "WarmThroughput" not in new
    table = ddb.describe_table(TableName="made")["Table"]
    assert "LastUpdateToPayPerRequestDateTime" in table["BillingModeSummary"]
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}


def test_an_attribute_is_defined_once(ddb) -> None:
    with rejects(INVALID + "Duplicate AttributeName in AttributeDefinitions: a"):
        ddb.create_table(
            TableName="made", **ON_DEMAND, KeySchema=[HASH_A], AttributeDefinitions=[A, attribute("a", "N")]
        )


@pytest.mark.parametrize("member", ["ReadCapacityUnits", "WriteCapacityUnits"])
def test_units_have_a_bound(ddb, member) -> None:
    units = {**UNITS, member: 1_000_000_000_001}
    with rejects(f"Given value 1000000000001 for {member} is out of bounds"):
        ddb.create_table(TableName="made", ProvisionedThroughput=units, **key_schema("a:S"))
    with rejects(f"Given value 1000000000001 for {member} is out of bounds for index by-c"):
        ddb.create_table(
            TableName="made",
            ProvisionedThroughput=UNITS,
            KeySchema=[HASH_A],
            AttributeDefinitions=attributes("a:S", "c:S"),
            GlobalSecondaryIndexes=[index("by-c", "c", ProvisionedThroughput=units)],
        )


# ---------------------------------------------------------------------------------------------------------------- settings

ONE = {"TableName": "made", **ON_DEMAND, **key_schema("a:S")}
BY_D = {"AttributeDefinitions": attributes("a:S", "d:S")}
PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
INITIAL = (
    "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
)


def test_what_was_set_is_described(ddb) -> None:
    ddb.create_table(
        **ONE,
        TableClass="STANDARD_INFREQUENT_ACCESS",
        OnDemandThroughput={"MaxReadRequestUnits": 5},
        WarmThroughput={"ReadUnitsPerSecond": 13000},
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "1234"},
        DeletionProtectionEnabled=False,
        Tags=[{"Key": "team", "Value": "films"}],
        ResourcePolicy='{"Version": "2012-10-17", "Statement": []}',
    )
    table = ddb.describe_table(TableName="made")["Table"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": -1}
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert (table["SSEDescription"]["Status"], table["SSEDescription"]["SSEType"]) == ("ENABLED", "KMS")
    assert re.fullmatch(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/1234", table["SSEDescription"]["KMSMasterKeyArn"])
    assert ddb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "team", "Value": "films"}]
    policy = ddb.get_resource_policy(ResourceArn=table["TableArn"])["Policy"]
    assert policy == '{"Version": "2012-10-17", "Statement": []}'


def test_a_stream_is_described(ddb) -> None:
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    table = ddb.create_table(**ONE, StreamSpecification=specification)["TableDescription"]
    assert table["StreamSpecification"] == specification
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", table["LatestStreamLabel"])
    assert table["LatestStreamArn"] == f"{table['TableArn']}/stream/{table['LatestStreamLabel']}"


def test_a_stream_that_is_off_is_nothing(ddb) -> None:
    table = ddb.create_table(**ONE, StreamSpecification={"StreamEnabled": False})["TableDescription"]
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & set(table)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
            INVALID + "Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            INVALID + "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": ""}},
            constraint(
                "",
                "streamSpecification.streamViewType",
                "Member must satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]",
            ),
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "ALL"}},
            constraint(
                "ALL",
                "streamSpecification.streamViewType",
                "Member must satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]",
            ),
        ),
        (
            {"StreamSpecification": {}},
            constraint(None, "streamSpecification.streamEnabled", "Member must not be null"),
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
            INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range",
        ),
        (
            {"OnDemandThroughput": {"MaxWriteRequestUnits": -1}},
            INVALID + "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range",
        ),
        (
            {**BY_D, "GlobalSecondaryIndexes": [index("by-d", "d", OnDemandThroughput={"MaxReadRequestUnits": -2})]},
            INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for index : by-d is outside of valid range",
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 1}, **PROVISIONED},
            INVALID
            + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED",
        ),
        (
            {"WarmThroughput": {"ReadUnitsPerSecond": 1}},
            INVALID + f"Requested ReadUnitsPerSecond for WarmThroughput for table is lower than {INITIAL}",
        ),
        (
            {**BY_D, "GlobalSecondaryIndexes": [index("by-d", "d", WarmThroughput={"WriteUnitsPerSecond": 3999})]},
            INVALID + f"Requested WriteUnitsPerSecond for WarmThroughput for index by-d is lower than {INITIAL}",
        ),
        (
            {"WarmThroughput": {"WriteUnitsPerSecond": 2}, **PROVISIONED},
            INVALID + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of "
            "ProvisionedThroughput",
        ),
        ({"SSESpecification": {"Enabled": True, "SSEType": "AES256"}}, INVALID + "SSEType AES256 is not supported"),
        (
            {"SSESpecification": {"Enabled": False, "KMSMasterKeyId": "1234"}},
            INVALID + "KMSMasterKeyId can not be specified if Enabled is false",
        ),
        (
            {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
            INVALID + "SSEType can not be specified if Enabled is false",
        ),
        (
            {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "1234"}},
            INVALID + "SSEType KMS is required if KMSMasterKeyId is specified",
        ),
        (
            {"TableClass": "standard"},
            "Invalid table-class parameter provided. Please try again with a valid table-class value: "
            "[STANDARD, STANDARD_INFREQUENT_ACCESS].",
        ),
        (
            {"Tags": [{"Key": f"k{number}", "Value": ""} for number in range(51)]},
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
        ({"Tags": [{}]}, "The Tag Key provided is invalid, Key: null"),
        (
            {"ResourcePolicy": "no document"},
            INVALID + "Invalid policy document: This policy contains invalid Json",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_settings_that_make_no_sense_are_rejected(ddb, members, message) -> None:
    with rejects(message):
        ddb.create_table(**{**ONE, **members})


@pytest.mark.parametrize(
    "members",
    [
        {"VectorIndexes": [{"IndexName": "near"}]},
        {"GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/other"},
        {"GlobalTableSettingsReplicationMode": "ENABLED"},
    ],
    ids=lambda members: next(iter(members)),
)
def test_what_is_not_honoured_is_refused(ddb, members) -> None:
    name = next(iter(members))
    with rejects(f"`{name}` of CreateTable is not supported by this version of StatorDB"):
        ddb.create_table(**ONE, **members)
