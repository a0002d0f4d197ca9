"""UpdateItem: what expressions do to an item, and what each ReturnValues gives back."""

from __future__ import annotations

import functools

import pytest

from failure import ENVELOPE, INVALID, constraint, fails, rejects
from tables import put_all, sized_item

KEY = {"a": {"S": "k"}}
ITEM = {
    **KEY,
    "n": {"N": "5"},
    "s": {"S": "text"},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"S": "deep"}}}}},
    "ss": {"SS": ["one", "two"]},
    "ns": {"NS": ["1", "2"]},
}
V = {":v": {"S": "new"}}
ONE = {":v": {"N": "1"}}
PATH = "The document path provided in the update expression is invalid for update"
MISSING = "The provided expression refers to an attribute that does not exist in the item"
OPERAND = "An operand in the update expression has an incorrect data type"


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, [ITEM])
    return hash_table


def update(ddb, table, expression, values=None, **members):
    if values:
        members["ExpressionAttributeValues"] = values
    return ddb.update_item(TableName=table, Key=KEY, UpdateExpression=expression, **members)


def with_sorted_sets(item):
    """An item whose sets are in order, so that items compare equal."""
    return {
        name: {kind: sorted(content) if kind in ("SS", "NS", "BS") else content for kind, content in value.items()}
        for name, value in item.items()
    }


def changed(**attributes):
    """ITEM with attributes replaced, or removed where they are None."""
    return {name: value for name, value in {**ITEM, **attributes}.items() if value is not None}


@pytest.mark.parametrize(
    ("expression", "values", "result"),
    [
        ("SET s = :v", V, changed(s={"S": "new"})),
        ("SET t = :v", V, changed(t={"S": "new"})),
        ("SET t = s", None, changed(t={"S": "text"})),
        ("SET s = n, n = s", None, changed(s={"N": "5"}, n={"S": "text"})),
        ("SET n = n + :v", ONE, changed(n={"N": "6"})),
        ("SET n = :v - n", ONE, changed(n={"N": "-4"})),
        ("SET n = (n + :v)", ONE, changed(n={"N": "6"})),
        ("SET n = if_not_exists(n, :v)", ONE, ITEM),
        ("SET c = if_not_exists(c, :v) + :v", ONE, changed(c={"N": "2"})),
        ("SET l = list_append(l, :v)", {":v": {"L": [{"S": "x"}]}}, changed(l={"L": [*ITEM["l"]["L"], {"S": "x"}]})),
        ("SET l = list_append(:v, l)", {":v": {"L": [{"S": "x"}]}}, changed(l={"L": [{"S": "x"}, *ITEM["l"]["L"]]})),
        ("SET l[1] = :v", V, changed(l={"L": [{"N": "0"}, {"S": "new"}, {"N": "2"}]})),
        ("SET l[99] = :v", V, changed(l={"L": [*ITEM["l"]["L"], {"S": "new"}]})),
        ("SET l[9] = :v, l[7] = s", V, changed(l={"L": [*ITEM["l"]["L"], {"S": "text"}, {"S": "new"}]})),
        ("SET m.y.z = :v", V, changed(m={"M": {"x": {"N": "1"}, "y": {"M": {"z": {"S": "new"}}}}})),
        ("SET m.w = :v", V, changed(m={"M": {"x": {"N": "1"}, "y": {"M": {"z": {"S": "deep"}}}, "w": {"S": "new"}}})),
        ("REMOVE s, n", None, changed(s=None, n=None)),
        ("REMOVE l[0], l[2]", None, changed(l={"L": [{"N": "1"}]})),
        ("REMOVE l[1] SET l[3] = :v", V, changed(l={"L": [{"N": "0"}, {"N": "2"}, {"S": "new"}]})),
        ("REMOVE m.x", None, changed(m={"M": {"y": {"M": {"z": {"S": "deep"}}}}})),
        ("REMOVE absent, l[9], m.absent", None, ITEM),
        ("ADD n :v", ONE, changed(n={"N": "6"})),
        ("ADD c :v", ONE, changed(c={"N": "1"})),
        ("ADD m.x :v", ONE, changed(m={"M": {"x": {"N": "2"}, "y": {"M": {"z": {"S": "deep"}}}}})),
        ("ADD l[1] :v", ONE, changed(l={"L": [{"N": "0"}, {"N": "2"}, {"N": "2"}]})),
        ("ADD l[9] :v", ONE, changed(l={"L": [*ITEM["l"]["L"], {"N": "1"}]})),
        ("ADD m.s :v", {":v": {"SS": ["x"]}}, changed(m={"M": {**ITEM["m"]["M"], "s": {"SS": ["x"]}}})),
        ("SET m.s = :v", {":v": {"N": "+01.50e1"}}, changed(m={"M": {**ITEM["m"]["M"], "s": {"N": "15"}}})),
        ("SET t = :v", {":v": {"L": [{"NS": ["1e3"]}]}}, changed(t={"L": [{"NS": ["1000"]}]})),
        ("ADD c :v", {":v": {"N": "1e2"}}, changed(c={"N": "100"})),
        ("ADD c :v", {":v": {"NS": ["01"]}}, changed(c={"NS": ["1"]})),
        ("SET t = if_not_exists(absent, if_not_exists(gone, :v))", ONE, changed(t={"N": "1"})),
        ("SET t = list_append(if_not_exists(absent, :v), l)", {":v": {"L": []}}, changed(t=ITEM["l"])),
        ("ADD ss :v", {":v": {"SS": ["two", "three"]}}, changed(ss={"SS": ["one", "three", "two"]})),
        ("ADD c :v", {":v": {"SS": ["x"]}}, changed(c={"SS": ["x"]})),
        ("DELETE ss :v", {":v": {"SS": ["two", "absent"]}}, changed(ss={"SS": ["one"]})),
        ("DELETE ns :v", {":v": {"NS": ["1.0", "2e0"]}}, changed(ns=None)),
        ("DELETE absent :v", {":v": {"SS": ["x"]}}, ITEM),
        ("set s = :v remove n Add c :o delete ss :d", {**V, ":o": {"N": "2"}, ":d": {"SS": ["one"]}},
         changed(s={"S": "new"}, n=None, c={"N": "2"}, ss={"SS": ["two"]})),
    ],
)  # fmt: skip
def test_expressions_change_the_item(ddb, table, expression, values, result) -> None:
    answer = update(ddb, table, expression, values, ReturnValues="ALL_NEW")
    assert with_sorted_sets(answer["Attributes"]) == result
    assert with_sorted_sets(ddb.get_item(TableName=table, Key=KEY)["Item"]) == result


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        ("SET absent.x = :v", V, PATH),
        ("SET s.x = :v", V, PATH),
        ("SET m[0] = :v", V, PATH),
        ("SET l.x = :v", V, PATH),
        ("REMOVE absent.x", None, PATH),
        ("SET t = absent", None, MISSING),
        ("SET t = absent + :v", ONE, MISSING),
        ("SET t = list_append(absent, :v)", {":v": {"L": []}}, MISSING),
        ("SET t = s + :v", ONE, OPERAND),
        ("SET t = list_append(s, :v)", {":v": {"L": []}}, OPERAND),
        ("ADD s :v", ONE, OPERAND),
        ("ADD ss :v", {":v": {"NS": ["1"]}}, OPERAND),
        ("DELETE n :v", {":v": {"NS": ["1"]}}, OPERAND),
        (
            "SET n = n + :v",
            {":v": {"N": "9.9e125"}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            "SET n = :v + n",
            {":v": {"N": "9" * 38}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            "ADD n :v",
            {":v": {"N": "0." + "0" * 37 + "1"}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        ("REMOVE s.x", None, PATH),
        ("REMOVE l.x", None, PATH),
        ("REMOVE m[0]", None, PATH),
        ("SET t = n + s", None, OPERAND),
        ("ADD l :v", ONE, OPERAND),
        ("SET a = :v", V, INVALID + "Cannot update attribute a. This attribute is part of the key"),
        ("REMOVE a", None, INVALID + "Cannot update attribute a. This attribute is part of the key"),
    ],
)
def test_updates_that_do_not_fit_the_item_are_rejected_and_change_nothing(
    ddb, table, expression, values, message
) -> None:
    with rejects(message):
        update(ddb, table, expression, values)
    assert with_sorted_sets(ddb.get_item(TableName=table, Key=KEY)["Item"]) == ITEM


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        ("", None, "The expression can not be empty;"),
        ("SET s = if_not_exists(s, n + :v)", ONE, 'Syntax error; token: "+", near: "n + :v"'),
        ("SET s = 5", None, 'Syntax error; token: "5", near: "= 5"'),
        ("SET s = :v; REMOVE n", V, 'Syntax error; token: ";", near: ":v; REMOVE"'),
        ("SET s = :v SET n = :v", V, 'The "SET" section can only be used once in an update expression;'),
        ("SET s = :v, s = :v", V, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]"),
        ("SET m.x = :v REMOVE m", V, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m]"),
        ("SET m.x = :v, m[0] = :v", V, "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m, [0]]"),
        ("SET size = :v", V, "Attribute name is a reserved keyword; reserved keyword: size"),
        ("SET s = foo(:v)", V, "Invalid function name; function: foo"),
        ("SET s = size(:v)", V, "The function is not allowed in an update expression; function: size"),
        ("SET s = if_not_exists(s)", None, "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"),
        ("SET s = if_not_exists(n, n)", None, "The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [n]"),
        ("SET s = :v + :v", V, "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
        ("ADD n :v", V, "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("DELETE ss :v", ONE, "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ],
)  # fmt: skip
def test_wrong_expressions_are_rejected_before_the_table_is_looked_up(ddb, expression, values, message) -> None:
    with rejects(f"{ENVELOPE}Invalid UpdateExpression: {message}"):
        update(ddb, "nosuch", expression, values)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        ({"ExpressionAttributeNames": {"#x": "x", "#y": "y"}}, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}"),
        ({"ExpressionAttributeValues": {":x": {"S": "x"}}}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}"),
        ({"ExpressionAttributeValues": {":x": {"NULL": False}}}, INVALID + "Null attribute value types must have the value of true"),
        ({"ExpressionAttributeValues": {":x": {"SS": ["a", "a"]}}}, INVALID + "Input collection [a, a] contains duplicates."),
        ({"ConditionExpression": "((attribute_exists(s)))"}, "Invalid ConditionExpression: The expression has redundant parentheses;"),
        ({"ConditionExpression": "s = s"}, "Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [s]"),
    ],
    ids=str,
)  # fmt: skip
def test_families_of_2026_stand_in_the_envelope(ddb, members, message) -> None:
    with rejects(ENVELOPE + message):
        ddb.update_item(TableName="nosuch", Key=KEY, UpdateExpression="REMOVE s", **members)
    if "ExpressionAttribute" in next(iter(members)):
        with rejects(ENVELOPE + message):
            ddb.put_item(TableName="nosuch", Item=KEY, ConditionExpression="attribute_exists(s)", **members)
    else:
        with rejects(ENVELOPE + message):
            ddb.put_item(TableName="nosuch", Item=KEY, **members)


EMPTY_VALUE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ExpressionAttributeNames": {"x": "x"}}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "x"'),
        ({"ExpressionAttributeValues": {"#x": {"S": "x"}}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "#x"'),
        ({"ExpressionAttributeValues": {":x": {}}}, EMPTY_VALUE),
        ({"ExpressionAttributeValues": {":x": {"N": "abc"}}}, "The parameter cannot be converted to a numeric value: abc"),
        (
            {"ExpressionAttributeValues": {":x": functools.reduce(lambda inner, _: {"L": [inner]}, range(32), {"N": "1"})}},
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
        ),
    ],
    ids=["name", "value", "empty", "number", "nesting"],
)  # fmt: skip
def test_other_families_are_bare(ddb, members, message) -> None:
    with rejects(message):
        ddb.update_item(TableName="nosuch", Key=KEY, UpdateExpression="REMOVE s", **members)
    with rejects(message):
        ddb.put_item(TableName="nosuch", Item=KEY, ConditionExpression="attribute_exists(s)", **members)


def test_names_and_values_are_used_if_they_are_read(ddb, table) -> None:
    """Whether the condition comes to them does not matter."""
    update(
        ddb,
        table,
        "REMOVE absent",
        V,
        ConditionExpression="attribute_exists(a) OR #s = :v",
        ExpressionAttributeNames={"#s": "s"},
    )


def test_undefined_values_are_reported_without_the_envelope(ddb) -> None:
    message = "An expression attribute value used in expression is not defined; attribute value: :absent"
    with rejects(f"Invalid UpdateExpression: {message}"):
        update(ddb, "nosuch", "SET s = :absent", V)


# ----------------------------------------------------------------------------------------------------------- return values


@pytest.mark.parametrize(
    ("expression", "values", "old", "new"),
    [
        ("SET s = :v", V, {"s": {"S": "text"}}, {"s": {"S": "new"}}),
        ("SET t = :v", V, {}, {"t": {"S": "new"}}),
        ("REMOVE s", None, {"s": {"S": "text"}}, {}),
        ("SET m.x = :v", V, {"m": {"M": {"x": {"N": "1"}}}}, {"m": {"M": {"x": {"S": "new"}}}}),
        (
            "SET m.y.z = :v",
            V,
            {"m": {"M": {"y": {"M": {"z": {"S": "deep"}}}}}},
            {"m": {"M": {"y": {"M": {"z": {"S": "new"}}}}}},
        ),
        ("SET l[1] = :v", V, {"l": {"L": [{"N": "1"}]}}, {"l": {"L": [{"S": "new"}]}}),
        (
            "SET l[2] = :v, l[0] = :v",
            V,
            {"l": {"L": [{"N": "0"}, {"N": "2"}]}},
            {"l": {"L": [{"S": "new"}, {"S": "new"}]}},
        ),
        ("SET l[100] = :v", V, {}, {}),
        ("REMOVE l[1]", None, {"l": {"L": [{"N": "1"}]}}, {"l": {"L": [{"N": "2"}]}}),
        ("ADD n :v", ONE, {"n": {"N": "5"}}, {"n": {"N": "6"}}),
        ("SET n = n", None, {"n": {"N": "5"}}, {"n": {"N": "5"}}),
    ],
)
def test_updated_values_are_what_the_paths_reach(ddb, table, expression, values, old, new) -> None:
    assert update(ddb, table, expression, values, ReturnValues="UPDATED_OLD").get("Attributes", {}) == old
    ddb.put_item(TableName=table, Item=ITEM)
    assert update(ddb, table, expression, values, ReturnValues="UPDATED_NEW").get("Attributes", {}) == new


def test_paths_inside_one_attribute_share_their_skeleton(ddb, hash_table) -> None:
    """What is not there is left out, on either side; keys are never among what was updated."""
    old = {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]}
    put_all(ddb, hash_table, [{**KEY, "p": {"M": {"b": {"S": "dog"}, "c": old}}, "d": {"S": "cat"}}])
    expression = "SET p.c[1] = :v, p.added = :v, fresh = :v REMOVE d, absent"
    answer = update(ddb, hash_table, expression, V, ReturnValues="UPDATED_OLD")
    assert answer["Attributes"] == {"p": {"M": {"c": {"L": [{"N": "2"}]}}}, "d": {"S": "cat"}}
    answer = update(ddb, hash_table, expression, V, ReturnValues="UPDATED_NEW")
    new = V[":v"]
    assert answer["Attributes"] == {"p": {"M": {"c": {"L": [new]}, "added": new}}, "fresh": new}


@pytest.mark.parametrize("members", [{}, {"AttributeUpdates": {}}], ids=["nothing", "no updates"])
def test_an_update_of_nothing_has_updated_nothing(ddb, hash_table, members) -> None:
    request = {"TableName": hash_table, "Key": KEY, **members}
    for word in ("UPDATED_NEW", "UPDATED_OLD"):
        assert "Attributes" not in ddb.update_item(**request, ReturnValues=word)
        assert "Attributes" not in ddb.update_item(**request, ReturnValues=word)
    assert ddb.update_item(**request, ReturnValues="ALL_NEW")["Attributes"] == KEY
    assert ddb.update_item(**request, ReturnValues="ALL_OLD")["Attributes"] == KEY


def test_all_old_is_the_item_before(ddb, table) -> None:
    assert with_sorted_sets(update(ddb, table, "SET s = :v", V, ReturnValues="ALL_OLD")["Attributes"]) == ITEM


@pytest.mark.parametrize("word", ["ALL_OLD", "UPDATED_OLD"])
def test_there_are_no_old_values_of_a_new_item(ddb, hash_table, word) -> None:
    assert "Attributes" not in update(ddb, hash_table, "SET s = :v", V, ReturnValues=word)


def test_nothing_is_returned_unless_asked(ddb, table) -> None:
    assert set(update(ddb, table, "SET s = :v", V)) <= {"ResponseMetadata"}


def test_words_of_no_enum_are_rejected(ddb, table) -> None:
    text = "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
    with rejects(constraint("NEW", "returnValues", text)):
        update(ddb, table, "SET s = :v", V, ReturnValues="NEW")


# ------------------------------------------------------------------------------------------------------------------ upsert


@pytest.mark.parametrize(
    ("expression", "values", "created"),
    [
        ("SET s = :v", V, {**KEY, "s": {"S": "new"}}),
        ("ADD n :v", ONE, {**KEY, "n": {"N": "1"}}),
        ("REMOVE s", None, None),
        ("REMOVE m.x", None, None),
        ("DELETE ss :v", {":v": {"SS": ["x"]}}, None),
    ],
)
def test_only_setting_and_adding_create_an_item(ddb, hash_table, expression, values, created) -> None:
    answer = update(ddb, hash_table, expression, values, ReturnValues="ALL_NEW")
    assert answer.get("Attributes") == created
    assert ddb.get_item(TableName=hash_table, Key=KEY).get("Item") == created


def test_an_update_of_nothing_creates_the_key(ddb, hash_table) -> None:
    ddb.update_item(TableName=hash_table, Key=KEY)
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == KEY


# ------------------------------------------------------------------------------------------------------------- conditions

HOLDING = [
    "n = :five", "n >= :five AND n < :six", "NOT n > :five", "n BETWEEN :five AND :six", "n IN (:six, :five)", ":five = n",
    "attribute_exists(m.y.z)", "attribute_not_exists(absent)", "attribute_type(n, :N)", "begins_with(s, :te)", "contains(s, :te)",
    "contains(ss, :one)", "contains(l, :one_number)", "size(s) = :four", "size(l) < :four", "absent <> :five", "s <> :five",
    "absent <> gone", "NOT absent = gone", "NOT n = :six AND s <> :te", "not n = :six Or n = :six", "m . y . z <> :te", "l [ 1 ] = :one_number",
    "n IN (:te, :five)", "contains(l, :one_number)", "NOT contains(s, :one_number)", "size(utf16) = :three", "(((n = :five) AND s <> :te) OR s = :te)",
    "n = :six OR n = :five AND s <> :te", "(n = :six OR n = :five) AND s <> :te", "l[1] < l[2]", "m.x = l[1]",
]  # fmt: skip
FAILING = [
    "n <> :five", "absent = :five", "absent < :five", "s = :five", "NOT (n = :five)", "attribute_exists(m.y.absent)", "attribute_type(n, :S)",
    "n BETWEEN s AND ns", "n < s", "absent = gone", "absent IN (:five, :six)", "NOT absent <> gone", "absent BETWEEN :five AND :six", "size(absent) < :four",
    "begins_with(s, :one)", "contains(s, :one)", "size(n) = :four", "s < :five", "n = :six AND n = :five OR s = :te",
]  # fmt: skip
OPERANDS = {
    ":five": {"N": "5"}, ":six": {"N": "6"}, ":four": {"N": "4"}, ":three": {"N": "3"}, ":te": {"S": "te"}, ":one": {"S": "one"}, ":one_number": {"N": "1"},
    ":N": {"S": "N"}, ":S": {"S": "S"},
}  # fmt: skip


def used(condition):
    """The operands that a condition names."""
    words = set(condition.replace("(", " ").replace(")", " ").replace(",", " ").split())
    values = {name: value for name, value in OPERANDS.items() if name in words}
    return {"ExpressionAttributeValues": values} if values else {}


@pytest.mark.parametrize("condition", HOLDING)
def test_conditions_that_hold(ddb, table, condition) -> None:
    update(ddb, table, "SET utf16 = :text", {":text": {"S": "é\U0001f600"}})
    update(ddb, table, "REMOVE absent", ConditionExpression=condition, **used(condition))


@pytest.mark.parametrize("condition", FAILING)
def test_conditions_that_fail(ddb, table, condition) -> None:
    with fails("ConditionalCheckFailedException", "The conditional request failed"):
        update(ddb, table, "REMOVE absent", ConditionExpression=condition, **used(condition))


def test_a_failed_condition_returns_the_item_on_request(ddb, table) -> None:
    with fails("ConditionalCheckFailedException") as failure:
        update(
            ddb,
            table,
            "SET s = :v",
            V,
            ConditionExpression="attribute_not_exists(a)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert with_sorted_sets(failure.response["Item"]) == ITEM


def test_a_failed_condition_on_nothing_returns_no_item(ddb, hash_table) -> None:
    asked = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD", "ReturnConsumedCapacity": "TOTAL"}
    request = {"TableName": hash_table, "ConditionExpression": "attribute_exists(a)", **asked}
    for call, members in (
        (ddb.put_item, {"Item": KEY}),
        (ddb.update_item, {"Key": KEY}),
        (ddb.delete_item, {"Key": KEY}),
    ):
        with fails("ConditionalCheckFailedException", "The conditional request failed") as failure:
            call(**members, **request)
        assert not {"Item", "ConsumedCapacity"} & set(failure.response)


def test_a_failed_legacy_condition_returns_the_item_on_request(ddb, table) -> None:
    with fails("ConditionalCheckFailedException") as failure:
        ddb.update_item(
            TableName=table, Key=KEY, Expected={"a": {"Exists": False}}, ReturnValuesOnConditionCheckFailure="ALL_OLD"
        )
    assert with_sorted_sets(failure.response["Item"]) == ITEM


def test_the_condition_sees_the_item_before_the_update(ddb, table) -> None:
    update(ddb, table, "SET n = :new", {":new": {"N": "6"}, ":old": {"N": "5"}}, ConditionExpression="n = :old")


# ------------------------------------------------------------------------------------------------- legacy, size and units


@pytest.mark.parametrize(
    ("updates", "result"),
    [
        ({"s": {"Value": {"S": "new"}}}, changed(s={"S": "new"})),
        ({"s": {"Action": "PUT", "Value": {"S": "new"}}}, changed(s={"S": "new"})),
        ({"s": {"Action": "DELETE"}}, changed(s=None)),
        ({"n": {"Action": "ADD", "Value": {"N": "2"}}}, changed(n={"N": "7"})),
        ({"l": {"Action": "ADD", "Value": {"L": [{"N": "3"}]}}}, changed(l={"L": [*ITEM["l"]["L"], {"N": "3"}]})),
        ({"ss": {"Action": "DELETE", "Value": {"SS": ["one"]}}}, changed(ss={"SS": ["two"]})),
    ],
    ids=str,
)
def test_legacy_updates_change_the_item(ddb, table, updates, result) -> None:
    answer = ddb.update_item(TableName=table, Key=KEY, AttributeUpdates=updates, ReturnValues="ALL_NEW")
    assert with_sorted_sets(answer["Attributes"]) == result


def test_a_legacy_update_leaves_the_key(ddb, table) -> None:
    for action in ({"Action": "DELETE"}, {"Value": {"S": "new"}}):
        with rejects(INVALID + "Cannot update attribute a. This attribute is part of the key"):
            ddb.update_item(TableName=table, Key=KEY, AttributeUpdates={"a": action})


def test_one_update_sets_any_number_of_attributes(ddb, hash_table) -> None:
    wanted = {f"x{number}": {"N": str(number)} for number in range(700)}
    updates = {name: {"Value": value} for name, value in wanted.items()}
    ddb.update_item(TableName=hash_table, Key=KEY, AttributeUpdates=updates)
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == {**KEY, **wanted}
    update(ddb, hash_table, "REMOVE " + ", ".join(wanted))
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == KEY


@pytest.mark.parametrize(("written", "read"), [("01.50", "1.5"), ("1e2", "100"), ("-0", "0"), ("+7.0", "7")])
def test_numbers_that_are_set_are_written_plainly(ddb, hash_table, written, read) -> None:
    value = {":v": {"M": {"deep": {"L": [{"N": written}]}, "set": {"NS": [written]}}}}
    update(ddb, hash_table, "SET n = :v", value)
    stored = ddb.get_item(TableName=hash_table, Key=KEY)["Item"]["n"]
    assert stored == {"M": {"deep": {"L": [{"N": read}]}, "set": {"NS": [read]}}}


def test_an_update_must_not_make_an_item_too_large(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(KEY, 409_000)])
    with rejects("Item size to update has exceeded the maximum allowed size"):
        update(ddb, hash_table, "SET s = :v", {":v": {"S": "x" * 1000}})
    assert "s" not in ddb.get_item(TableName=hash_table, Key=KEY)["Item"]


# What the text of an update has beside the value: 3, 19 for a SET or ADD, the path, and for each operand its cost.
WEIGHTS = [
    ("SET filler = :v", 3 + 19 + 6),
    ("SET filler = if_not_exists(filler, :v)", 3 + 19 + 6 + 39 + (1 + 14 + 6)),
    ("SET filler = :v REMOVE gone", 3 + 19 + 6 + 1 + 4),
]


@pytest.mark.parametrize(("expression", "weight"), WEIGHTS)
def test_what_an_update_writes_counts_against_the_size_of_an_item(ddb, hash_table, expression, weight) -> None:
    fits = {":v": {"S": "x" * (409_600 - weight)}}
    update(ddb, hash_table, expression, fits)
    with rejects("Item size to update has exceeded the maximum allowed size"):
        update(ddb, hash_table, expression, {":v": {"S": "x" * (409_600 - weight + 1)}})
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == {**KEY, "filler": fits[":v"]}


def test_an_update_of_a_transaction_counts_the_item_alone(ddb, hash_table) -> None:
    item = sized_item(KEY, 409_600)
    values = {":v": item["filler"]}
    action = {"TableName": hash_table, "Key": KEY, "UpdateExpression": "SET filler = :v"}
    ddb.transact_write_items(TransactItems=[{"Update": {**action, "ExpressionAttributeValues": values}}])
    assert ddb.get_item(TableName=hash_table, Key=KEY)["Item"] == item
    with rejects("Item size to update has exceeded the maximum allowed size"):
        update(ddb, hash_table, "SET filler = :v", values)


@pytest.mark.parametrize(
    ("expression", "values", "units"),
    [("REMOVE filler", None, 5.0), ("SET s = :v", {":v": {"S": "x" * 1000}}, 6.0), ("REMOVE absent", None, 5.0)],
)
def test_units_are_per_kb_of_the_larger_item(ddb, hash_table, expression, values, units) -> None:
    put_all(ddb, hash_table, [sized_item(KEY, 5000)])
    answer = update(ddb, hash_table, expression, values, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": hash_table, "CapacityUnits": units}


def test_takes_an_arn_for_a_table(ddb, table) -> None:
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    assert update(ddb, arn, "SET s = :v", V, ReturnValues="UPDATED_NEW")["Attributes"] == {"s": {"S": "new"}}


@pytest.mark.parametrize("key", [{"b": {"S": "x"}}, {"a": {"N": "1"}}, {**KEY, "b": {"S": "x"}}])
def test_a_key_must_match_the_schema(ddb, table, key) -> None:
    with rejects("The provided key element does not match the schema"):
        ddb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE s")
