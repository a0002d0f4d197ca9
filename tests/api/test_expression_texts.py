"""What is wrong with expressions, in DynamoDB's words: each text in the operations that can send it."""

from __future__ import annotations

import re

import pytest

from failure import ENVELOPE, rejects
from tables import put_all

KEY = {"a": {"S": "k"}}
VALUES = {
    ":s": {"S": "text"}, ":n": {"N": "1"}, ":nine": {"N": "9"}, ":l": {"L": []}, ":m": {"M": {}}, ":b": {"BOOL": True}, ":ss": {"SS": ["x"]},
    ":type": {"S": "DOG"}, ":null": {"NULL": True}, ":data": {"B": b"x"},
}  # fmt: skip
OPERAND = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
MISUSED = "The function is not allowed to be used this way in an expression; function: "
DISTINCT = "The first operand must be distinct from the remaining operands for this operator or function; operator: {}, first operand: {}"
BOUNDS = "lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}"


def named_values(expression: str) -> dict:
    """The values that an expression names, as a member."""
    words = set(re.findall(r":\w+", expression))
    values = {name: value for name, value in VALUES.items() if name in words}
    return {"ExpressionAttributeValues": values} if values else {}


CONDITIONS = [
    ("", "The expression can not be empty;"),
    ("s = ", 'Syntax error; token: "<EOF>", near: "= "'),
    ("s", 'Syntax error; token: "<EOF>", near: "s"'),
    ("s = 5", 'Syntax error; token: "5", near: "= 5"'),
    ("s != :s", 'Syntax error; token: "!", near: "s !="'),
    ("n IN ()", 'Syntax error; token: ")", near: "()"'),
    ("hello!", 'Syntax error; token: "!", near: "hello!"'),
    ("_s = :s", 'Syntax error; token: "_", near: "_s"'),
    ("l[00] = :s", 'Syntax error; token: "0", near: "00]"'),
    ("((s = :s))", "The expression has redundant parentheses;"),
    ("s = ((:s))", "The expression has redundant parentheses;"),
    ("foo(s)", "Invalid function name; function: foo"),
    ("Attribute_Exists(s)", "Invalid function name; function: Attribute_Exists"),
    ("Size(s) = :n", "Invalid function name; function: Size"),
    ("size(s)", MISUSED + "size"),
    ("attribute_exists(s) = :n", MISUSED + "attribute_exists"),
    ("if_not_exists(s, :n) = :n", "The function is not allowed in a condition expression; function: if_not_exists"),
    ("list_append(s, :l) = :l", "The function is not allowed in a condition expression; function: list_append"),
    ("name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("m.Status = :s", "Attribute name is a reserved keyword; reserved keyword: Status"),
    ("size(s, n) = :n", "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2"),
    ("begins_with(s)", "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1"),
    ("attribute_exists(:s)", "Operator or function requires a document path; operator or function: attribute_exists"),
    ("attribute_not_exists(:s)", "Operator or function requires a document path; operator or function: attribute_not_exists"),
    ("begins_with(s, :n)", OPERAND.format("begins_with", "N")),
    ("begins_with(:l, s)", OPERAND.format("begins_with", "L")),
    ("attribute_type(s, :n)", OPERAND.format("attribute_type", "N")),
    ("attribute_type(s, n)", OPERAND.format("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")),
    ("size(:n) = :n", OPERAND.format("size", "N")),
    ("size(:b) = :n", OPERAND.format("size", "BOOL")),
    ("s < :l", OPERAND.format("<", "L")),
    ("s >= :null", OPERAND.format(">=", "NULL")),
    ("s > :m", OPERAND.format(">", "M")),
    ("s BETWEEN :ss AND :ss", OPERAND.format("BETWEEN", "SS")),
    ("attribute_type(s, :type)", re.compile(r"Invalid attribute type name found; type: DOG, valid types: \{(?:(?:N|BS|L|B|NULL|M|S|SS|NS|BOOL),?){10}\}")),
    ("s = s", DISTINCT.format("=", "[s]")),
    ("a[1].b = a[1].b", DISTINCT.format("=", "[a, [1], b]")),
    ("contains(s, s)", DISTINCT.format("contains", "[s]")),
    ("begins_with(m.x, m.x)", DISTINCT.format("begins_with", "[m, x]")),
    ("n BETWEEN :n AND :s", "The BETWEEN operator requires same data type for lower and upper bounds; " + BOUNDS.format("{N:1}", "{S:text}")),
    ("n BETWEEN :nine AND :n", "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + BOUNDS.format("{N:9}", "{N:1}")),
    ("l[999999999999] = :s", "List index is not within the allowable range; index: [999999999999]"),
    (".".join(["x"] * 41) + " = :s", "The document path has too many nesting levels; nesting levels: 41"),
    ("n IN (" + ", ".join([":n"] * 101) + ")", "The IN operator is provided with too many operands; number of operands: 101"),
    (" OR ".join(["n = :n"] * 151), "The expression contains too many operators; operator count: 301"),
    ("n" + " " * 4400 + "= :n", "Expression size has exceeded the maximum allowed size; expression size: 4405"),
]  # fmt: skip
UNDEFINED = [
    ("s = :absent", "An expression attribute value used in expression is not defined; attribute value: :absent"),
    ("#absent = :s", "An expression attribute name used in the document path is not defined; attribute name: #absent"),
]


def prefixed(prefix: str, message):
    if isinstance(message, re.Pattern):
        return re.compile(re.escape(prefix) + message.pattern)
    return prefix + message


def name_of_case(value) -> str:
    return str(value)[:40] or "empty"


@pytest.mark.parametrize(("expression", "message"), [*CONDITIONS, *UNDEFINED], ids=name_of_case)
def test_conditions_of_a_delete_are_refused_bare(ddb, expression, message) -> None:
    with rejects(prefixed("Invalid ConditionExpression: ", message)):
        ddb.delete_item(TableName="nosuch", Key=KEY, ConditionExpression=expression, **named_values(expression))


@pytest.mark.parametrize(("expression", "message"), CONDITIONS, ids=name_of_case)
def test_conditions_of_an_update_are_refused_in_the_envelope(ddb, expression, message) -> None:
    with rejects(prefixed(f"{ENVELOPE}Invalid ConditionExpression: ", message)):
        ddb.update_item(TableName="nosuch", Key=KEY, ConditionExpression=expression, **named_values(expression))


@pytest.mark.parametrize(("expression", "message"), [*CONDITIONS, *UNDEFINED], ids=name_of_case)
def test_filters_are_refused(ddb, expression, message) -> None:
    with rejects(prefixed("Invalid FilterExpression: ", message)):
        ddb.scan(TableName="nosuch", FilterExpression=expression, **named_values(expression))


@pytest.mark.parametrize("expression", ["n", "n,", "m.x, n["])
def test_a_list_of_paths_that_breaks_off_is_refused(ddb, expression) -> None:
    if expression == "n":
        assert "Item" not in ddb_get(ddb, expression)
        return
    with rejects(re.compile(r'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ".*"')):
        ddb_get(ddb, expression)


def ddb_get(ddb, expression):
    from tables import create_table

    table = create_table(ddb, "projected", "a:S")
    return ddb.get_item(TableName=table, Key=KEY, ProjectionExpression=expression)


SAME = (
    "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: {}, path two: {}"
)
CLASH = (
    "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: {}, path two: {}"
)
OPERATION = "Incorrect operand type for operator or function; operator: {0}, operand type: {1}, typeSet: ALLOWED_FOR_{0}_OPERAND"
UPDATES = [
    ("SET a.b = :s, a = :s", SAME.format("[a, b]", "[a]")),
    ("SET a = :s, a.b = :s", SAME.format("[a]", "[a, b]")),
    ("SET m.k = :s, m[0] = :s", CLASH.format("[m, k]", "[m, [0]]")),
    ("SET n = size(s)", "The function is not allowed in an update expression; function: size"),
    ("SET n = attribute_exists(s)", "The function is not allowed in an update expression; function: attribute_exists"),
    ("SET n = nope(s)", "Invalid function name; function: nope"),
    ("SET l = list_append(list_append(l, :l), :l)", MISUSED + "list_append"),
    ("SET n = n + :s", OPERAND.format("+", "S")),
    ("SET n = :l - n", OPERAND.format("-", "L")),
    ("SET l = list_append(l, :s)", OPERAND.format("list_append", "S")),
    ("SET n = if_not_exists(:s, :n)", "Operator or function requires a document path; operator or function: if_not_exists"),
    ("SET n = n + n + n", 'Syntax error; token: "+", near: "n + n"'),
    ("SET set = :s", 'Syntax error; token: "set", near: "SET set ="'),
    ("ADD n :s", OPERATION.format("ADD", "STRING")),
    ("ADD n :b", OPERATION.format("ADD", "BOOLEAN")),
    ("ADD n :l", OPERATION.format("ADD", "LIST")),
    ("ADD n :m", OPERATION.format("ADD", "MAP")),
    ("ADD n :null", OPERATION.format("ADD", "NULL")),
    ("ADD n :data", OPERATION.format("ADD", "BINARY")),
    ("DELETE n :n", OPERATION.format("DELETE", "NUMBER")),
    ("DELETE n :s", OPERATION.format("DELETE", "STRING")),
    ("REMOVE n REMOVE s", 'The "REMOVE" section can only be used once in an update expression;'),
    ("REMOVE desc", "Attribute name is a reserved keyword; reserved keyword: desc"),
    ("SET n = ((:n))", "The expression has redundant parentheses;"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "message"), UPDATES)
def test_updates_are_refused_in_the_envelope(ddb, expression, message) -> None:
    with rejects(f"{ENVELOPE}Invalid UpdateExpression: {message}"):
        ddb.update_item(TableName="nosuch", Key=KEY, UpdateExpression=expression, **named_values(expression))


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({"a": "b"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        ({"#a-b": "b"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"'),
        (None, {"a": {"S": "x"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "a"'),
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        (
            None,
            {":x": {"SS": []}},
            "ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: An string set  may not be empty for key :x",
        ),
        (
            None,
            {":x": {"N": "abc"}},
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: abc for key :x",
        ),
        (
            None,
            {":x": {}},
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :x",
        ),
        ({"#x": "x", "#y": "y"}, None, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}"),
        (None, {":x": {"S": "x"}}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}"),
    ],
)  # fmt: skip
def test_names_and_values_are_checked_with_their_expression(ddb, names, values, message) -> None:
    members = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    members = {name: member for name, member in members.items() if member is not None}
    with rejects(message):
        ddb.delete_item(TableName="nosuch", Key=KEY, ConditionExpression="attribute_exists(a)", **members)


def test_an_invalid_value_of_an_update_stands_in_the_envelope_alone(ddb) -> None:
    """Since 2026 without the words around it."""
    with rejects(f"{ENVELOPE}One or more parameter values were invalid: An string set  may not be empty"):
        ddb.update_item(
            TableName="nosuch",
            Key=KEY,
            UpdateExpression="SET s = :x",
            ExpressionAttributeValues={":x": {"SS": []}},
        )


ONLY = "can only be specified when using expressions"


@pytest.mark.parametrize(
    ("call", "members", "missing"),
    [
        ("put_item", {"Item": KEY}, "ConditionExpression is null"),
        ("delete_item", {"Key": KEY}, "ConditionExpression is null"),
        ("update_item", {"Key": KEY}, "UpdateExpression and ConditionExpression are null"),
        ("query", {"KeyConditions": {"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "k"}]}}}, "FilterExpression and KeyConditionExpression are null"),
        ("scan", {}, "FilterExpression is null"),
    ],
)  # fmt: skip
def test_names_and_values_need_an_expression(ddb, call, members, missing) -> None:
    prefix = ENVELOPE if call in ("put_item", "update_item") else ""
    with rejects(f"{prefix}ExpressionAttributeNames {ONLY}"):
        getattr(ddb, call)(TableName="nosuch", **members, ExpressionAttributeNames={"#a": "a"})
    for values in ({":a": {"S": "a"}}, {}):
        with rejects(f"{prefix}ExpressionAttributeValues {ONLY}: {missing}"):
            getattr(ddb, call)(TableName="nosuch", **members, ExpressionAttributeValues=values)


CONDITION = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "k"}]}
MIXED = "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {} Expression parameters: {}"


@pytest.mark.parametrize(
    ("call", "legacy", "expressions", "message"),
    [
        (
            "query",
            {"KeyConditions": {"a": CONDITION}, "ConditionalOperator": "AND", "QueryFilter": {"b": CONDITION}, "AttributesToGet": ["a"]},
            {"KeyConditionExpression": "a = :a", "FilterExpression": "b = :a", "ProjectionExpression": "b"},
            MIXED.format("{AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions}", "{ProjectionExpression, FilterExpression, KeyConditionExpression}"),
        ),
        (
            "query",
            {"KeyConditions": {"a": CONDITION}},
            {"KeyConditionExpression": "a = :a"},
            MIXED.format("{KeyConditions}", "{KeyConditionExpression}"),
        ),
        (
            "scan",
            {"ConditionalOperator": "OR", "ScanFilter": {"b": CONDITION}, "AttributesToGet": ["a"]},
            {"FilterExpression": "b = :a", "ProjectionExpression": "b"},
            MIXED.format("{AttributesToGet, ScanFilter, ConditionalOperator}", "{ProjectionExpression, FilterExpression}"),
        ),
        (
            "delete_item",
            {"Key": KEY, "ConditionalOperator": "OR"},
            {"ConditionExpression": "a = :a"},
            MIXED.format("{ConditionalOperator}", "{ConditionExpression}"),
        ),
        (
            "update_item",
            {"Key": KEY, "Expected": {"b": {"Exists": False}}, "AttributeUpdates": {"b": {"Action": "DELETE"}}},
            {"ConditionExpression": "b = :a", "UpdateExpression": "SET b = :a"},
            ENVELOPE + MIXED.format("{AttributeUpdates, Expected}", "{UpdateExpression, ConditionExpression}"),
        ),
        ("get_item", {"Key": KEY, "AttributesToGet": ["a"]}, {"ProjectionExpression": "a"}, MIXED.format("{AttributesToGet}", "{ProjectionExpression}")),
    ],
    ids=["query", "key conditions", "scan", "operator alone", "update", "get"],
)  # fmt: skip
def test_expressions_and_what_was_before_them_exclude_each_other(ddb, call, legacy, expressions, message) -> None:
    with rejects(message):
        getattr(ddb, call)(TableName="nosuch", **legacy, **expressions)


def test_the_tables_of_a_batch_use_one_kind_of_parameters(ddb) -> None:
    tables = {"one": {"Keys": [KEY], "AttributesToGet": ["a"]}, "two": {"Keys": [KEY], "ProjectionExpression": "a"}}
    with rejects(MIXED.format("{AttributesToGet}", "{ProjectionExpression}")):
        ddb.batch_get_item(RequestItems=tables)


def test_legacy_key_conditions_may_stand_beside_expressions(ddb, range_table) -> None:
    put_all(
        ddb, range_table, [{"a": {"S": "k"}, "b": {"S": str(number)}, "n": {"N": str(number)}} for number in range(3)]
    )
    answer = ddb.query(
        TableName=range_table,
        KeyConditions={"a": CONDITION},
        FilterExpression="n > :n",
        ProjectionExpression="n",
        ExpressionAttributeValues={":n": {"N": "0"}},
    )
    assert answer["Items"] == [{"n": {"N": "1"}}, {"n": {"N": "2"}}]


# -------------------------------------------------------------------------------------------------------- key conditions

KEY_VALUES = {
    ":type": {"S": "S"},
    ":p": {"S": "p"},
    ":x": {"S": "x"},
    ":y": {"S": "y"},
    ":n": {"N": "1"},
    ":e": {"S": ""},
}
EMPTY_KEY = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: "
WRONG_CONDITION = "Invalid condition in KeyConditionExpression: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *[
            (f"a = :p {rest}", f"Invalid operator used in KeyConditionExpression: {word}")
            for rest, word in [
                ("OR b = :x", "OR"), ("AND NOT b = :x", "NOT"), ("AND b IN (:x)", "IN"), ("AND b <> :x", "<>"), ("AND attribute_exists(b)", "attribute_exists"),
                ("AND attribute_not_exists(b)", "attribute_not_exists"), ("AND attribute_type(b, :type)", "attribute_type"), ("AND contains(b, :x)", "contains"),
            ]
        ],
        ("a = :p AND size(b) > :n", "KeyConditionExpressions cannot contain nested operations"),
        ("a = b", WRONG_CONDITION + "Multiple attribute names used in one condition"),
        (":p = :x AND a = :p", WRONG_CONDITION + "No key attribute specified"),
        ("a = :p AND :x BETWEEN b AND b", WRONG_CONDITION + "BETWEEN operator must have the key attribute as its first operand"),
        ("a = :p AND begins_with(:x, b)", WRONG_CONDITION + "begins_with operator must have the key attribute as its first operand"),
        ("a = :p AND b.c = :x", "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"),
        ("a = :p AND a = :x", "KeyConditionExpressions must only contain one condition per key"),
        ("a = :p AND b > :x AND b < :y", "KeyConditionExpressions must only contain one condition per key"),
        ("a = :p AND b = :x AND c = :y", "Conditions can be of length 1 or 2 only"),
        ("b = :x", "Query condition missed key schema element: a"),
        ("a = :p AND f = :x", "Query condition missed key schema element: b"),
        ("a < :p", "Query key condition not supported"),
        ("a BETWEEN :p AND :x", "Query key condition not supported"),
        ("begins_with(a, :p)", "Query key condition not supported"),
        ("a = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("a = :p AND b > :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("a = :e", EMPTY_KEY + "a"),
        ("a = :p AND b > :e", EMPTY_KEY + "b"),
        ("a = :p AND begins_with(b, :n)", "Invalid KeyConditionExpression: " + OPERAND.format("begins_with", "N")),
    ],
)  # fmt: skip
def test_key_conditions_are_refused(ddb, range_table, text, message) -> None:
    words = set(re.findall(r":\w+", text))
    values = {name: value for name, value in KEY_VALUES.items() if name in words}
    members = {"ExpressionAttributeValues": values} if values else {}
    with rejects(message):
        ddb.query(TableName=range_table, KeyConditionExpression=text, **members)


def test_a_sort_condition_needs_a_sort_key(ddb, hash_table) -> None:
    with rejects(re.compile("Query key condition not supported|Query condition missed key schema element.*")):
        ddb.query(
            TableName=hash_table,
            KeyConditionExpression="a = :p AND b = :x",
            ExpressionAttributeValues={":p": {"S": "p"}, ":x": {"S": "x"}},
        )


def test_a_row_that_is_alone_cannot_be_a_start(ddb, hash_table) -> None:
    message = "The provided exclusive start key is invalid: ExclusiveStartKey: {a=AttributeValue: {S:p}}"
    with rejects(message):
        ddb.query(
            TableName=hash_table,
            KeyConditionExpression="a = :p",
            ExpressionAttributeValues={":p": {"S": "p"}},
            ExclusiveStartKey={"a": {"S": "p"}},
        )


def test_a_start_of_another_partition_cannot_follow_a_sort_condition(ddb, range_table) -> None:
    with rejects("The query can return at most one row and cannot be restarted"):
        ddb.query(
            TableName=range_table,
            KeyConditionExpression="a = :p AND b = :x",
            ExpressionAttributeValues={":p": {"S": "p"}, ":x": {"S": "x"}},
            ExclusiveStartKey={"a": {"S": "q"}, "b": {"S": "x"}},
        )


START = "The provided starting key is invalid"


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"a": {"S": "p"}, "b": {}}, f"{START}: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"a": {"S": "p"}, "b": {"SS": []}}, f"{START}: One or more parameter values were invalid: An string set  may not be empty"),
        ({"a": {"S": "p"}, "b": {"N": "abc"}}, "The parameter cannot be converted to a numeric value: abc"),
        ({"a": {"S": "p"}, "b": {"NS": []}}, "One or more parameter values were invalid: An number set  may not be empty"),
        ({"a": {"S": "p"}, "b": {"NS": ["1", "1"]}}, "Input collection contains duplicates"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("call", ["query", "scan"])
def test_the_values_of_a_start_are_values(ddb, call, start, message) -> None:
    members = {"KeyConditionExpression": "a = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
    with rejects(message):
        getattr(ddb, call)(TableName="nosuch", ExclusiveStartKey=start, **(members if call == "query" else {}))
