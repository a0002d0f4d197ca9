"""The parameters from before expressions: Expected, filters, KeyConditions, AttributeUpdates, and what is wrong with them."""

from __future__ import annotations

import pytest

from failure import INVALID, constraint, fails, rejects
from tables import put_all

KEY = {"a": {"S": "k"}}
ITEM = {
    **KEY,
    "n": {"N": "5"},
    "s": {"S": "text"},
    "ss": {"SS": ["x", "y"]},
    "l": {"L": [{"N": "1"}]},
    "d": {"B": b"\x01\x02"},
}


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, [ITEM])
    return hash_table


def compare(operator, *values) -> dict:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


ONE, TWO, TEXT = {"N": "1"}, {"N": "2"}, {"S": "text"}
ARGUMENTS = "Invalid number of argument(s) for the {} ComparisonOperator"
TYPES = "ComparisonOperator {} is not valid for {} AttributeValue type"
CONDITIONS = [
    *[(compare(operator), INVALID + ARGUMENTS.format(operator)) for operator in ("EQ", "NE", "LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN")],
    *[(compare(operator, ONE, TWO), INVALID + ARGUMENTS.format(operator)) for operator in ("EQ", "NE", "LE", "LT", "GE", "GT", "NULL", "NOT_NULL")],
    (compare("BETWEEN", ONE), INVALID + ARGUMENTS.format("BETWEEN")),
    (compare("LT", {"L": []}), INVALID + TYPES.format("LT", "L")),
    (compare("GE", {"SS": ["a"]}), INVALID + TYPES.format("GE", "SS")),
    (compare("BEGINS_WITH", ONE), INVALID + TYPES.format("BEGINS_WITH", "N")),
    (compare("IN", {"L": []}), INVALID + TYPES.format("IN", "L")),
    (compare("CONTAINS", {"SS": ["a"]}), INVALID + TYPES.format("CONTAINS", "SS")),
    (compare("IN", ONE, TEXT), INVALID + "AttributeValues inside AttributeValueList must be of same type"),
    (compare("BETWEEN", ONE, TEXT), INVALID + "AttributeValues inside AttributeValueList must be of same type"),
    (compare("BETWEEN", TWO, ONE), "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "message"), CONDITIONS, ids=str)
def test_wrong_conditions_are_refused_wherever_they_stand(ddb, condition, message) -> None:
    with rejects(message):
        ddb.delete_item(TableName="nosuch", Key=KEY, Expected={"n": condition})
    with rejects(message):
        ddb.scan(TableName="nosuch", ScanFilter={"n": condition})
    with rejects(message):
        ddb.query(TableName="nosuch", KeyConditions={"a": compare("EQ", TEXT)}, QueryFilter={"n": condition})


SAMPLES = {
    "S": {"S": "x"}, "N": {"N": "1"}, "B": {"B": b"x"}, "BOOL": {"BOOL": True}, "NULL": {"NULL": True}, "SS": {"SS": ["x"]},
    "NS": {"NS": ["1"]}, "BS": {"BS": [b"x"]}, "L": {"L": []}, "M": {"M": {}},
}  # fmt: skip
ORDERED = ("S", "N", "B")
CONTAINED = (*ORDERED, "BOOL", "NULL")
TAKEN = {
    "EQ": tuple(SAMPLES),
    "NE": tuple(SAMPLES),
    **dict.fromkeys(["LE", "LT", "GE", "GT", "BETWEEN", "IN"], ORDERED),
    **dict.fromkeys(["CONTAINS", "NOT_CONTAINS"], CONTAINED),
    "BEGINS_WITH": ("S", "B"),
}


@pytest.mark.parametrize("operator", TAKEN)
def test_each_operator_takes_values_of_its_types(ddb, table, operator) -> None:
    for kind, value in SAMPLES.items():
        condition = compare(operator, *[value] * (2 if operator == "BETWEEN" else 1))
        if kind in TAKEN[operator]:
            ddb.scan(TableName=table, ScanFilter={"x": condition})
        else:
            with rejects(INVALID + TYPES.format(operator, kind)):
                ddb.scan(TableName=table, ScanFilter={"x": condition})


def test_both_forms_of_an_update_cost_the_same(ddb, hash_table) -> None:
    """And leave the same item."""
    long = {"S": "x" * 3000}
    forms = [
        {"AttributeUpdates": {"s": {"Value": long}, "n": {"Action": "ADD", "Value": {"N": "1"}}}},
        {"UpdateExpression": "SET s = :s ADD n :n", "ExpressionAttributeValues": {":s": long, ":n": {"N": "1"}}},
    ]
    answers = [
        ddb.update_item(
            TableName=hash_table,
            Key={"a": {"S": str(number)}},
            ReturnConsumedCapacity="TOTAL",
            ReturnValues="UPDATED_NEW",
            **form,
        )
        for number, form in enumerate(forms)
    ]
    for member in ("Attributes", "ConsumedCapacity"):
        assert answers[0][member] == answers[1][member]
    assert answers[0]["ConsumedCapacity"]["CapacityUnits"] == 3.0


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({}, "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        ({"Exists": False, "Value": ONE}, "Value cannot be used when Exists is false for Attribute: a"),
        ({"Value": ONE, "AttributeValueList": [ONE], "ComparisonOperator": "EQ"}, "Value and AttributeValueList cannot be used together for Attribute: a"),
        ({"Exists": True, "Value": ONE, "ComparisonOperator": "EQ"}, "Exists and ComparisonOperator cannot be used together for Attribute: a"),
        ({"ComparisonOperator": "LT"}, "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a"),
        ({"AttributeValueList": [ONE]}, "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_expectations_are_refused(ddb, expected, message) -> None:
    with rejects(INVALID + message):
        ddb.delete_item(TableName="nosuch", Key=KEY, Expected={"a": expected})


HOLDING = [
    ("n", {"Value": {"N": "5.0"}}), ("absent", {"Exists": False}), ("n", {"Exists": True, "Value": {"N": "5"}}),
    ("n", {"ComparisonOperator": "EQ", "Value": {"N": "5"}}), ("absent", compare("NE", ONE)), ("absent", compare("NULL")),
    ("s", compare("NOT_NULL")), ("s", compare("BEGINS_WITH", {"S": "te"})), ("s", compare("CONTAINS", {"S": "ex"})), ("ss", compare("CONTAINS", {"S": "x"})),
    ("ss", compare("NOT_CONTAINS", {"S": "z"})), ("n", compare("IN", ONE, {"N": "5"})), ("n", compare("BETWEEN", ONE, {"N": "5"})),
    ("l", compare("EQ", {"L": [{"N": "1.0"}]})), ("ss", compare("EQ", {"SS": ["y", "x"]})), ("d", compare("CONTAINS", {"B": b"\x02"})),
]  # fmt: skip
FAILING = [
    ("n", {"Value": {"N": "6"}}), ("n", {"Exists": False}), ("absent", compare("EQ", ONE)), ("absent", compare("NOT_CONTAINS", ONE)), ("n", compare("LT", TEXT)),
    ("s", compare("NULL")), ("absent", compare("NOT_NULL")), ("n", compare("IN", ONE, TWO)), ("absent", compare("LT", ONE)), ("ss", compare("NOT_CONTAINS", {"S": "x"})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "condition"), HOLDING, ids=str)
def test_conditions_that_hold(ddb, table, name, condition) -> None:
    ddb.delete_item(TableName=table, Key=KEY, Expected={name: condition})
    assert "Item" not in ddb.get_item(TableName=table, Key=KEY)


@pytest.mark.parametrize(("name", "condition"), FAILING, ids=str)
def test_conditions_that_fail(ddb, table, name, condition) -> None:
    with fails("ConditionalCheckFailedException", "The conditional request failed"):
        ddb.delete_item(TableName=table, Key=KEY, Expected={name: condition})


@pytest.mark.parametrize(("operator", "holds"), [("AND", False), ("OR", True), (None, False)])
def test_conditions_are_joined_by_and_unless_said_otherwise(ddb, table, operator, holds) -> None:
    members = {"ConditionalOperator": operator} if operator else {}
    filters = {"n": compare("EQ", {"N": "5"}), "s": compare("EQ", {"S": "other"})}
    assert ddb.scan(TableName=table, ScanFilter=filters, **members)["Count"] == int(holds)


@pytest.mark.parametrize("members", [{}, {"Expected": {}}], ids=["alone", "empty"])
def test_an_operator_joins_conditions(ddb, members) -> None:
    message = "ConditionalOperator cannot be used without Filter or Expected"
    with rejects(message):
        ddb.delete_item(TableName="nosuch", Key=KEY, ConditionalOperator="AND", **members)
    with rejects(message):
        ddb.query(TableName="nosuch", KeyConditions={"a": compare("EQ", TEXT)}, ConditionalOperator="OR")


UNINDEXABLE = "Attempted conditional constraint is not an indexable operation"


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"a": compare("EQ", TEXT), "b": compare("NE", TEXT)}, UNINDEXABLE),
        ({"a": compare("EQ", TEXT), "b": compare("IN", TEXT)}, UNINDEXABLE),
        ({"a": compare("EQ", TEXT), "b": compare("CONTAINS", TEXT)}, UNINDEXABLE),
        ({"a": compare("NULL")}, UNINDEXABLE),
        ({"a": compare("LT", TEXT)}, "Query key condition not supported"),
        ({}, "Conditions can be of length 1 or 2 only"),
        ({name: compare("EQ", TEXT) for name in "abc"}, "Conditions can be of length 1 or 2 only"),
        ({"b": compare("EQ", TEXT)}, "Query condition missed key schema element: a"),
        ({"a": compare("EQ", ONE)}, INVALID + "Condition parameter type does not match schema type"),
    ],
    ids=["not equal", "in", "contains", "null", "less", "none", "three", "no hash", "type"],
)
def test_wrong_key_conditions_are_refused(ddb, range_table, conditions, message) -> None:
    with rejects(message):
        ddb.query(TableName=range_table, KeyConditions=conditions)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_filter_may_not_name_a_key(ddb, range_table, name) -> None:
    message = f"QueryFilter can only contain non-primary key attributes: Primary key attribute: {name}"
    with rejects(message):
        ddb.query(
            TableName=range_table, KeyConditions={"a": compare("EQ", TEXT)}, QueryFilter={name: compare("EQ", TEXT)}
        )


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "PUT"}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "ADD"}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "DELETE", "Value": TEXT}, INVALID + "DELETE action with value is not supported for the type S"),
        ({"Action": "DELETE", "Value": {"L": []}}, INVALID + "DELETE action with value is not supported for the type L"),
        *[
            ({"Action": "DELETE", "Value": value}, INVALID + f"DELETE action with value is not supported for the type {kind}")
            for kind, value in SAMPLES.items()
            if kind not in ("SS", "NS", "BS")
        ],
        *[
            ({"Action": "ADD", "Value": value}, INVALID + f"ADD action is not supported for the type {kind}")
            for kind, value in SAMPLES.items()
            if kind in ("B", "BOOL", "NULL")
        ],
        ({"Action": "ADD", "Value": TEXT}, INVALID + "ADD action is not supported for the type S"),
        ({"Action": "ADD", "Value": {"M": {}}}, INVALID + "ADD action is not supported for the type M"),
        ({"Action": "SET", "Value": TEXT}, constraint("SET", "attributeUpdates.v.member.action", "Member must satisfy enum value set: [ADD, PUT, DELETE]")),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_updates_are_refused(ddb, update, message) -> None:
    with rejects(message):
        ddb.update_item(TableName="nosuch", Key=KEY, AttributeUpdates={"v": update})


@pytest.mark.parametrize(
    ("name", "update"),
    [
        ("s", {"Action": "ADD", "Value": ONE}),
        ("n", {"Action": "ADD", "Value": {"SS": ["x"]}}),
        ("ss", {"Action": "ADD", "Value": {"NS": ["1"]}}),
        ("s", {"Action": "ADD", "Value": {"L": []}}),
        ("n", {"Action": "DELETE", "Value": {"SS": ["x"]}}),
    ],
)
def test_an_update_must_fit_what_is_stored(ddb, table, name, update) -> None:
    with rejects("Type mismatch for attribute to update"):
        ddb.update_item(TableName=table, Key=KEY, AttributeUpdates={name: update})


def test_an_empty_update_makes_the_key(ddb, hash_table) -> None:
    answer = ddb.update_item(TableName=hash_table, Key=KEY, AttributeUpdates={}, ReturnValues="UPDATED_NEW")
    assert "Attributes" not in answer
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == KEY


@pytest.mark.parametrize(
    ("call", "members"),
    [("get_item", {"Key": KEY}), ("scan", {}), ("query", {"KeyConditions": {"a": compare("EQ", TEXT)}})],
)
def test_attributes_to_get_are_named_once_and_are_some(ddb, call, members) -> None:
    with rejects(INVALID + "Duplicate value in attribute name: a"):
        getattr(ddb, call)(TableName="nosuch", AttributesToGet=["a", "b", "a"], **members)
    with rejects(constraint("[]", "attributesToGet", "Member must have length greater than or equal to 1")):
        getattr(ddb, call)(TableName="nosuch", AttributesToGet=[], **members)


@pytest.mark.parametrize("word", ["EQUALS", ""])
def test_operators_are_words_of_an_enum(ddb, word) -> None:
    words = "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]"
    with rejects(
        constraint(word, "scanFilter.n.member.comparisonOperator", f"Member must satisfy enum value set: {words}")
    ):
        ddb.scan(TableName="nosuch", ScanFilter={"n": compare(word, ONE)})
    with rejects(constraint("XOR", "conditionalOperator", "Member must satisfy enum value set: [OR, AND]")):
        ddb.scan(TableName="nosuch", ScanFilter={"n": compare("EQ", ONE)}, ConditionalOperator="XOR")
