"""PutItem: values and their canonical form, keys, sizes, conditions and what is returned."""

from __future__ import annotations

import re

import pytest

from failure import ENVELOPE, INVALID, constraint, fails, rejects
from tables import sized_item

KEY = {"a": {"S": "k"}}
ITEM_BYTES_MAX = 409_600
FAILED = "The conditional request failed"


def stored(ddb, table, value):
    """A value as it is read after it was put."""
    ddb.put_item(TableName=table, Item={**KEY, "v": value})
    return ddb.get_item(TableName=table, Key=KEY, ConsistentRead=True)["Item"]["v"]


# ------------------------------------------------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    "value",
    [
        {"S": "text"}, {"S": ""}, {"S": "ünï\U0001f600\u0000"}, {"N": "1"}, {"B": b"\x00\xff"}, {"B": b""}, {"BOOL": True}, {"BOOL": False},
        {"NULL": True}, {"L": []}, {"M": {}}, {"L": [{"S": "x"}, {"L": [{"NULL": True}]}]},
        {"M": {"a.b": {"M": {"#c": {"N": "-1"}}}}},
    ],
    ids=str,
)  # fmt: skip
def test_values_come_back_as_they_were(ddb, hash_table, value) -> None:
    assert stored(ddb, hash_table, value) == value


@pytest.mark.parametrize(
    ("kind", "elements"),
    [("SS", ["b", "a", ""]), ("NS", ["3", "-1", "20"]), ("BS", [b"\xff", b"a"])],
)
def test_sets_come_back_with_the_same_elements(ddb, hash_table, kind, elements) -> None:
    assert sorted(stored(ddb, hash_table, {kind: elements})[kind]) == sorted(elements)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("01", "1"), ("+5", "5"), ("-0", "0"), ("0e10", "0"), ("0e125", "0"), ("0.0e126", "0"), ("1.0", "1"), ("1.50", "1.5"), (".5", "0.5"), ("5.", "5"),
        ("1e3", "1000"), ("1E+2", "100"), ("00.100", "0.1"), ("-12.3400e-2", "-0.1234"), ("1e-5", "0.00001"),
        ("1e125", "1" + "0" * 125), ("1e-130", "0." + "0" * 129 + "1"), ("-1E-130", "-0." + "0" * 129 + "1"),
        ("9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
        ("0.00000000000000000000000000000000000001234567890123456789012345678901234567",
         "0.00000000000000000000000000000000000001234567890123456789012345678901234567"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("1234567890123456789012345678901234567800", "1234567890123456789012345678901234567800"),
    ],
)  # fmt: skip
def test_numbers_are_written_in_one_form(ddb, hash_table, given, canonical) -> None:
    assert stored(ddb, hash_table, {"N": given}) == {"N": canonical}
    assert stored(ddb, hash_table, {"NS": [given]}) == {"NS": [canonical]}
    assert stored(ddb, hash_table, {"L": [{"M": {"n": {"N": given}}}]}) == {"L": [{"M": {"n": {"N": canonical}}}]}


NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
DIGITS = "Attempting to store more than 38 significant digits in a Number"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NOT_A_NUMBER), ("abc", f"{NOT_A_NUMBER}: abc"), ("NaN", f"{NOT_A_NUMBER}: NaN"), ("Infinity", f"{NOT_A_NUMBER}: Infinity"),
        (" 1", f"{NOT_A_NUMBER}:  1"), ("0x10", f"{NOT_A_NUMBER}: 0x10"), ("1_000", f"{NOT_A_NUMBER}: 1_000"),
        ("1e", f"{NOT_A_NUMBER}: 1e"), ("--1", f"{NOT_A_NUMBER}: --1"), (".", f"{NOT_A_NUMBER}: ."),
        ("1e126", OVERFLOW), ("0e126", OVERFLOW), ("-1e126", OVERFLOW), ("1e1000000", OVERFLOW), ("1e-131", UNDERFLOW), ("1e-99999", UNDERFLOW),
        ("1" * 39, DIGITS), ("0." + "1" * 39, DIGITS), ("1." + "0" * 38 + "1", DIGITS),
    ],
)  # fmt: skip
def test_what_is_no_number_is_rejected(ddb, hash_table, text, message) -> None:
    with rejects(message):
        ddb.put_item(TableName=hash_table, Item={**KEY, "n": {"N": text}})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"SS": []}, INVALID + "An string set  may not be empty"),
        ({"NS": []}, INVALID + "An number set  may not be empty"),
        ({"BS": []}, INVALID + "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, INVALID + "Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"BS": [b"b", b"b"]}, INVALID + "Input collection [Yg==, Yg==]of type BS contains duplicates."),
        ({"NULL": False}, INVALID + "Null attribute value types must have the value of true"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "wrap", [lambda value: value, lambda value: {"L": [{"M": {"x": value}}]}], ids=["top", "nested"]
)
def test_values_against_the_rules_are_rejected_in_the_envelope(ddb, hash_table, value, message, wrap) -> None:
    with rejects(ENVELOPE + message):
        ddb.put_item(TableName=hash_table, Item={**KEY, "v": wrap(value)})


@pytest.mark.parametrize(
    "wrap", [lambda value: value, lambda value: {"L": [{"M": {"x": value}}]}], ids=["top", "nested"]
)
def test_a_value_has_exactly_one_type(ddb, hash_table, wrap) -> None:
    with rejects("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"):
        ddb.put_item(TableName=hash_table, Item={**KEY, "v": wrap({})})
    with rejects(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    ):
        ddb.put_item(TableName=hash_table, Item={**KEY, "v": wrap({"S": "x", "N": "1"})})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"S": "x", "SS": []}, ENVELOPE + INVALID + "An string set  may not be empty"),
        ({"L": [{"NS": []}, {"SS": []}]}, ENVELOPE + INVALID + "An number set  may not be empty"),
        ({"L": [{"S": "x", "N": "1"}, {"SS": []}]}, "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
        ({"M": {"x": {"N": "abc"}}, "S": "x"}, "The parameter cannot be converted to a numeric value: abc"),
    ],
    ids=["content before number of types", "first of two", "first of two, types", "content of two types"],
)  # fmt: skip
def test_values_are_looked_at_in_the_order_of_the_document(ddb, hash_table, value, message) -> None:
    with rejects(message):
        ddb.put_item(TableName=hash_table, Item={**KEY, "v": value})


@pytest.mark.parametrize("wrap", [lambda name: {name: {"S": "x"}}, lambda name: {"m": {"M": {name: {"S": "x"}}}}])
def test_an_attribute_has_a_name_of_at_most_65535_bytes(ddb, hash_table, wrap) -> None:
    ddb.put_item(TableName=hash_table, Item={**KEY, **wrap("x" * 65_535)})
    with rejects():
        ddb.put_item(TableName=hash_table, Item={**KEY, **wrap("x" * 65_536)})


@pytest.mark.parametrize("nameless", [{"": {"S": "x"}}, {"m": {"M": {"": {"S": "x"}}}}], ids=["top", "nested"])
def test_an_attribute_has_a_name(ddb, hash_table, nameless) -> None:
    with rejects(re.compile(f"({ENVELOPE})?{INVALID}Empty attribute name")):
        ddb.put_item(TableName=hash_table, Item={**KEY, **nameless})


def nested(levels: int):
    """A number inside this many lists."""
    value = {"N": "1"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_an_attribute_has_at_most_31_levels(ddb, hash_table) -> None:
    assert stored(ddb, hash_table, nested(31)) == nested(31)
    message = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
    with rejects(message):
        ddb.put_item(TableName=hash_table, Item={**KEY, "v": nested(32)})


# -------------------------------------------------------------------------------------------------------------------- size


def test_an_item_may_have_400_kb_to_the_byte(ddb, hash_table) -> None:
    ddb.put_item(TableName=hash_table, Item=sized_item(KEY, ITEM_BYTES_MAX))
    with rejects("Item size has exceeded the maximum allowed size"):
        ddb.put_item(TableName=hash_table, Item=sized_item(KEY, ITEM_BYTES_MAX + 1))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é\U0001f600"}, 6), ({"B": b"12345"}, 5), ({"BOOL": False}, 1), ({"NULL": True}, 1),
        ({"L": []}, 3), ({"M": {}}, 3), ({"L": [{"S": "ab"}, {"NULL": True}]}, 3 + 3 + 2), ({"M": {"xy": {"S": "ab"}}}, 3 + 1 + 2 + 2),
        ({"SS": ["a", "bc"]}, 3), ({"BS": [b"a", b"bc"]}, 3), ({"NS": ["0", "1", "-1"]}, 1 + 2 + 3),
        ({"N": "0"}, 1), ({"N": "1"}, 2), ({"N": "100"}, 2), ({"N": "1000"}, 2), ({"N": "0.01"}, 2), ({"N": "1e125"}, 2),
        ({"N": "120"}, 3), ({"N": "0.012"}, 3), ({"N": "10.01"}, 3), ({"N": "-1"}, 3), ({"N": "12.3456"}, 4), ({"N": "999.9"}, 4),
        ({"N": "12345678901234567890123456789012345678"}, 20), ({"N": "1234567890123456789012345678901234567"}, 20),
        ({"N": "-12345678901234567890123456789012345678"}, 21), ({"N": "-1234567890123456789.0123456789012345678"}, 22), ({"N": "-123456789012345678901234567890123456"}, 20),
    ],
    ids=str,
)  # fmt: skip
def test_each_value_has_its_size_to_the_byte(ddb, hash_table, value, size) -> None:
    """The rest of the item is a string that leaves exactly `size` bytes for the value and its one-letter name."""
    padded = sized_item(KEY, ITEM_BYTES_MAX - size - 1)
    ddb.put_item(TableName=hash_table, Item={**padded, "v": value})
    larger = sized_item(KEY, ITEM_BYTES_MAX - size)
    with rejects("Item size has exceeded the maximum allowed size"):
        ddb.put_item(TableName=hash_table, Item={**larger, "v": value})


# -------------------------------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"b": {"S": "x"}}, INVALID + "Missing the key a in the item"),
        ({"a": {"S": "x"}}, INVALID + "Missing the key b in the item"),
        ({"a": {"N": "1"}, "b": {"S": "x"}}, INVALID + "Type mismatch for key a expected: S actual: N"),
        ({"a": {"S": "x"}, "b": {"BOOL": True}}, INVALID + "Type mismatch for key b expected: S actual: BOOL"),
        ({"a": {"S": "x"}, "b": {"SS": ["x"]}}, INVALID + "Type mismatch for key b expected: S actual: SS"),
        (
            {"a": {"S": ""}, "b": {"S": "x"}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a",
        ),
        (
            {"a": {"S": "x"}, "b": {"S": ""}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: b",
        ),
        (
            {"a": {"S": "x" * 2049}, "b": {"S": "x"}},
            INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        (
            {"a": {"S": "é" * 1025}, "b": {"S": "x"}},
            INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        (
            {"a": {"S": "x"}, "b": {"S": "x" * 1025}},
            INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        ),
    ],
)
def test_an_item_without_a_proper_key_is_rejected(ddb, range_table, item, message) -> None:
    with rejects(message):
        ddb.put_item(TableName=range_table, Item=item)


def test_keys_may_have_2048_and_1024_bytes(ddb, range_table) -> None:
    key = {"a": {"S": "é" * 1024}, "b": {"S": "x" * 1024}}
    ddb.put_item(TableName=range_table, Item=key)
    assert ddb.get_item(TableName=range_table, Key=key)["Item"] == key


def test_keys_are_the_same_number_however_they_are_written(ddb, number_table) -> None:
    for text in ("1000", "1e3", "1000.0", "+01000"):
        answer = ddb.put_item(
            TableName=number_table, Item={"a": {"S": "n"}, "b": {"N": text}, "v": {"S": text}}, ReturnValues="ALL_OLD"
        )
        assert ("Attributes" in answer) == (text != "1000")
    assert ddb.scan(TableName=number_table)["Items"] == [{"a": {"S": "n"}, "b": {"N": "1000"}, "v": {"S": "+01000"}}]


# --------------------------------------------------------------------------------------------------------- what comes back


def test_nothing_is_returned_unless_asked(ddb, hash_table) -> None:
    for _ in range(2):
        answer = ddb.put_item(TableName=hash_table, Item=KEY)
        assert set(answer) <= {"ResponseMetadata"}


def test_the_old_item_is_returned_on_request(ddb, hash_table) -> None:
    old, new = {**KEY, "v": {"N": "1"}}, {**KEY, "w": {"N": "2"}}
    assert "Attributes" not in ddb.put_item(TableName=hash_table, Item=old, ReturnValues="ALL_OLD")
    assert ddb.put_item(TableName=hash_table, Item=new, ReturnValues="ALL_OLD")["Attributes"] == old
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == new


@pytest.mark.parametrize("word", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_a_put_returns_all_old_or_nothing(ddb, hash_table, word) -> None:
    with rejects(ENVELOPE + "ReturnValues can only be ALL_OLD or NONE"):
        ddb.put_item(TableName=hash_table, Item=KEY, ReturnValues=word)


def test_words_of_no_enum_are_rejected(ddb, hash_table) -> None:
    text = "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
    with rejects(constraint("ALL", "returnValues", text)):
        ddb.put_item(TableName=hash_table, Item=KEY, ReturnValues="ALL")


@pytest.mark.parametrize(
    ("old", "new", "units"), [(0, 100, 1), (0, 1024, 1), (0, 1025, 2), (5000, 100, 5), (100, 5000, 5)]
)
def test_units_are_per_kb_of_the_larger_item(ddb, hash_table, old, new, units) -> None:
    if old:
        ddb.put_item(TableName=hash_table, Item=sized_item(KEY, old))
    answer = ddb.put_item(TableName=hash_table, Item=sized_item(KEY, new), ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": hash_table, "CapacityUnits": float(units)}


def test_units_by_index_name_the_table(ddb, hash_table) -> None:
    answer = ddb.put_item(TableName=hash_table, Item=KEY, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": hash_table,
        "CapacityUnits": 1.0,
        "Table": {"CapacityUnits": 1.0},
    }


# ------------------------------------------------------------------------------------------------------------- conditions


def test_a_false_condition_leaves_the_item(ddb, hash_table) -> None:
    ddb.put_item(TableName=hash_table, Item={**KEY, "v": {"N": "1"}})
    with fails("ConditionalCheckFailedException", FAILED) as failure:
        ddb.put_item(TableName=hash_table, Item=KEY, ConditionExpression="attribute_not_exists(a)")
    assert "Item" not in failure.response
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"]["v"] == {"N": "1"}


def test_a_failed_condition_returns_the_item_on_request(ddb, hash_table) -> None:
    item = {**KEY, "v": {"L": [{"N": "1"}]}}
    ddb.put_item(TableName=hash_table, Item=item)
    with fails("ConditionalCheckFailedException", FAILED) as failure:
        ddb.put_item(
            TableName=hash_table,
            Item=KEY,
            ConditionExpression="attribute_not_exists(a)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert failure.response["Item"] == item


def test_a_failed_condition_on_no_item_returns_none(ddb, hash_table) -> None:
    with fails("ConditionalCheckFailedException", FAILED) as failure:
        ddb.put_item(
            TableName=hash_table,
            Item=KEY,
            ConditionExpression="attribute_exists(a)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert "Item" not in failure.response


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ExpressionAttributeNames": {"#a": "a"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {":a": {"S": "a"}}},
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeNames": {"#b": "b", "#c": "c"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}",
        ),
        (
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeValues": {":b": {"S": "b"}}},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}",
        ),
        ({"ConditionExpression": ""}, "Invalid ConditionExpression: The expression can not be empty;"),
        ({"ConditionExpression": "a = "}, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "= "'),
        (
            {"ConditionExpression": "name = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}},
            "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: name",
        ),
        (
            {
                "ConditionExpression": "a = :v",
                "Expected": {"a": {"Exists": False}},
                "ExpressionAttributeValues": {":v": {"S": "x"}},
            },
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
    ],
)
def test_wrong_expressions_are_rejected_before_the_table_is_looked_up(ddb, members, message) -> None:
    with rejects(ENVELOPE + message):
        ddb.put_item(TableName="nosuch", Item=KEY, **members)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ConditionExpression": "#n = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}},
            "An expression attribute name used in the document path is not defined; attribute name: #n",
        ),
        (
            {"ConditionExpression": "a = :v"},
            "An expression attribute value used in expression is not defined; attribute value: :v",
        ),
    ],
)
def test_undefined_names_and_values_are_reported_without_the_envelope(ddb, members, message) -> None:
    with rejects(f"Invalid ConditionExpression: {message}"):
        ddb.put_item(TableName="nosuch", Item=KEY, **members)


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({"a": {"Exists": False}}, False),
        ({"v": {"Value": {"N": "1"}}}, True),
        ({"v": {"Value": {"N": "2"}}}, False),
        ({"v": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "1"}]}}, True),
        ({"w": {"ComparisonOperator": "NULL"}}, True),
        ({"v": {"ComparisonOperator": "IN", "AttributeValueList": [{"N": "3"}, {"N": "1.0"}]}}, True),
    ],
    ids=str,
)
def test_legacy_conditions_hold_or_fail(ddb, hash_table, expected, holds) -> None:
    ddb.put_item(TableName=hash_table, Item={**KEY, "v": {"N": "1"}})
    if holds:
        ddb.put_item(TableName=hash_table, Item=KEY, Expected=expected)
        return
    with fails("ConditionalCheckFailedException", FAILED):
        ddb.put_item(TableName=hash_table, Item=KEY, Expected=expected)


# ------------------------------------------------------------------------------------------------------------------- table


def test_takes_an_arn_for_a_table(ddb, hash_table) -> None:
    arn = ddb.describe_table(TableName=hash_table)["Table"]["TableArn"]
    ddb.put_item(TableName=arn, Item=KEY)
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == KEY


@pytest.mark.parametrize(("members", "path"), [({"Item": KEY}, "tableName"), ({"TableName": "nosuch"}, "item")])
def test_table_and_item_must_be_given(ddb, members, path) -> None:
    with rejects(constraint(None, path, "Member must not be null")):
        ddb.put_item(**members)


def test_a_conditional_operator_joins_two_conditions_at_least(ddb, hash_table) -> None:
    one = {"n": {"Exists": False}}
    with rejects("ConditionalOperator cannot be used without Filter or Expected"):
        ddb.put_item(TableName=hash_table, Item=KEY, ConditionalOperator="AND", Expected={})
    with rejects("ConditionalOperator can only be used when Filter or Expected has two or more elements"):
        ddb.put_item(TableName=hash_table, Item=KEY, ConditionalOperator="AND", Expected=one)
    ddb.put_item(TableName=hash_table, Item=KEY, ConditionalOperator="AND", Expected={**one, "m": {"Exists": False}})
