"""GetItem: one item by its key."""

from __future__ import annotations

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import put_all, sized_item

SCHEMA = "The provided key element does not match the schema"
ITEM = {
    "a": {"S": "k"},
    "s": {"S": "text"},
    "n": {"N": "5"},
    "l": {"L": [{"S": "zero"}, {"S": "one"}, {"L": [{"N": "20"}, {"N": "21"}]}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"S": "deep"}}}}},
}
KEY = {"a": ITEM["a"]}


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, [ITEM])
    return hash_table


def test_answers_the_whole_item(ddb, table) -> None:
    assert ddb.get_item(TableName=table, Key=KEY)["Item"] == ITEM


def test_a_missing_item_is_no_member_of_the_answer(ddb, table) -> None:
    assert set(ddb.get_item(TableName=table, Key={"a": {"S": "absent"}})) <= {"ResponseMetadata"}


@pytest.mark.parametrize(
    ("projection", "names", "expected"),
    [
        ("s", None, {"s": {"S": "text"}}),
        ("s, n", None, {"s": {"S": "text"}, "n": {"N": "5"}}),
        ("absent", None, {}),
        ("m.x", None, {"m": {"M": {"x": {"N": "1"}}}}),
        ("m.y.z, m.x", None, {"m": ITEM["m"]}),
        ("m.absent.z", None, {}),
        ("l[1]", None, {"l": {"L": [{"S": "one"}]}}),
        ("l[2][1], l[0]", None, {"l": {"L": [{"S": "zero"}, {"L": [{"N": "21"}]}]}}),
        ("l[2][1], l[2][0]", None, {"l": {"L": [{"L": [{"N": "20"}, {"N": "21"}]}]}}),
        ("l[1], l[2][1], l[0]", None, {"l": {"L": [{"S": "zero"}, {"S": "one"}, {"L": [{"N": "21"}]}]}}),
        ("l[9], s.x, n[0]", None, {}),
        ("#m.#x", {"#m": "m", "#x": "x"}, {"m": {"M": {"x": {"N": "1"}}}}),
    ],
)
def test_a_projection_keeps_what_its_paths_reach(ddb, table, projection, names, expected) -> None:
    members = {"ExpressionAttributeNames": names} if names else {}
    assert ddb.get_item(TableName=table, Key=KEY, ProjectionExpression=projection, **members)["Item"] == expected


def test_legacy_projection_takes_names_of_attributes(ddb, table) -> None:
    answer = ddb.get_item(TableName=table, Key=KEY, AttributesToGet=["s", "m.x", "absent"])
    assert answer["Item"] == {"s": {"S": "text"}}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ProjectionExpression": "s, s"}, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]"),
        ({"ProjectionExpression": "m, m.x"}, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, x]"),
        ({"ProjectionExpression": "m[0], m.x"}, "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, [0]], path two: [m, x]"),
        ({"ProjectionExpression": ""}, "Invalid ProjectionExpression: The expression can not be empty;"),
        ({"ProjectionExpression": "s,"}, 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'),
        ({"ProjectionExpression": "size"}, "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: size"),
        ({"ProjectionExpression": "#s"}, "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #s"),
        ({"ProjectionExpression": "s", "ExpressionAttributeNames": {"#s": "s"}}, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#s}"),
        ({"ProjectionExpression": "s", "ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeNames": {"#s": "s"}}, "ExpressionAttributeNames can only be specified when using expressions"),
        ({"ProjectionExpression": "s", "AttributesToGet": ["s"]}, "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"),
        ({"AttributesToGet": ["s", "s"]}, INVALID + "Duplicate value in attribute name: s"),
    ],
)  # fmt: skip
def test_wrong_projections_are_rejected_before_the_table_is_looked_up(ddb, members, message) -> None:
    with rejects(message):
        ddb.get_item(TableName="nosuch", Key=KEY, **members)


def test_an_empty_legacy_projection_is_rejected(ddb, table) -> None:
    with rejects(constraint("[]", "attributesToGet", "Member must have length greater than or equal to 1")):
        ddb.get_item(TableName=table, Key=KEY, AttributesToGet=[])


@pytest.mark.parametrize(
    "key",
    [{"b": {"S": "x"}}, {"a": {"N": "1"}}, {"a": {"S": "x"}, "b": {"S": "x"}}, {"a": {"BOOL": True}}, {}],
    ids=["another attribute", "another type", "one too many", "no key type", "absent"],
)
def test_a_key_must_match_the_schema(ddb, table, key) -> None:
    with rejects(SCHEMA):
        ddb.get_item(TableName=table, Key=key)


def test_a_sort_key_must_be_given(ddb, range_table) -> None:
    with rejects(SCHEMA):
        ddb.get_item(TableName=range_table, Key=KEY)


def test_an_empty_key_is_rejected(ddb, table) -> None:
    with rejects(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a"
    ):
        ddb.get_item(TableName=table, Key={"a": {"S": ""}})


def test_a_key_that_is_too_long_is_rejected(ddb, table) -> None:
    with rejects(INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"):
        ddb.get_item(TableName=table, Key={"a": {"S": "x" * 2049}})


@pytest.mark.parametrize(
    ("consistent", "size", "units"),
    [(False, 100, 0.5), (True, 100, 1.0), (False, 4096, 0.5), (False, 4097, 1.0), (True, 9000, 3.0)],
)
def test_units_are_per_4_kb_and_half_for_eventual_reads(ddb, hash_table, consistent, size, units) -> None:
    put_all(ddb, hash_table, [sized_item(KEY, size)])
    answer = ddb.get_item(
        TableName=hash_table,
        Key=KEY,
        ConsistentRead=consistent,
        ProjectionExpression="a",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == {"TableName": hash_table, "CapacityUnits": units}


def test_a_missing_item_costs_a_unit_too(ddb, table) -> None:
    answer = ddb.get_item(
        TableName=table, Key={"a": {"S": "absent"}}, ConsistentRead=True, ReturnConsumedCapacity="INDEXES"
    )
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}


def test_takes_an_arn_for_a_table(ddb, table) -> None:
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    assert ddb.get_item(TableName=arn, Key=KEY)["Item"] == ITEM
    with fails("ResourceNotFoundException", "Requested resource not found"):
        ddb.get_item(TableName=arn + "x", Key=KEY)


@pytest.mark.parametrize(("members", "path"), [({"Key": KEY}, "tableName"), ({"TableName": "nosuch"}, "key")])
def test_table_and_key_must_be_given(ddb, members, path) -> None:
    with rejects(constraint(None, path, "Member must not be null")):
        ddb.get_item(**members)


def test_several_missing_members_are_reported_together(ddb) -> None:
    text = "failed to satisfy constraint: Member must"
    with rejects() as failure:
        ddb.get_item(TableName="nosuch", ReturnConsumedCapacity="ALL")
    head, _, parts = failure.message.partition(" validation errors detected: ")
    assert head == "2"
    assert set(parts.split("; ")) == {
        f"Value null at 'key' {text} not be null",
        f"Value 'ALL' at 'returnConsumedCapacity' {text} satisfy enum value set: [INDEXES, TOTAL, NONE]",
    }
