"""TransactWriteItems: up to 100 actions, all of them or none; reasons, conflicts and client tokens."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import boto_client, boto_in_process
from failure import CONDITION_FAILED, CONFLICT, INVALID, NONE, cancels, constraint, fails, rejects, unfit
from tables import create_table, put_all, sized_item

SCHEMA = "The provided key element does not match the schema"
TWICE = "Transaction request cannot include multiple operations on one item"
ABSENT = {"ConditionExpression": "attribute_not_exists(a)"}
PRESENT = {"ConditionExpression": "attribute_exists(a)"}


def key(name) -> dict:
    return {"a": {"S": str(name)}}


def put(table, item, **members) -> dict:
    return {"Put": {"TableName": table, "Item": item, **members}}


def delete(table, name, **members) -> dict:
    return {"Delete": {"TableName": table, "Key": key(name), **members}}


def update(table, name, expression="SET v = :v", value=None, **members) -> dict:
    """An update with the value `:v`, if its expression or condition names one."""
    texts = expression + members.get("ConditionExpression", "")
    values = {"ExpressionAttributeValues": {":v": value or {"N": "1"}}} if ":v" in texts else {}
    return {"Update": {"TableName": table, "Key": key(name), "UpdateExpression": expression, **values, **members}}


def check(table, name, **members) -> dict:
    return {"ConditionCheck": {"TableName": table, "Key": key(name), **members}}


def write(ddb, *actions, **members):
    return ddb.transact_write_items(TransactItems=list(actions), **members)


def stored(ddb, table) -> dict:
    """The items of a table of hash keys, by their key."""
    items = ddb.scan(TableName=table, ConsistentRead=True)["Items"]
    return {item["a"]["S"]: {name: value for name, value in item.items() if name != "a"} for item in items}


@pytest.fixture
def table(ddb, hash_table) -> str:
    """A table with the items `old` and `other`."""
    put_all(ddb, hash_table, [{**key("old"), "v": {"N": "5"}}, {**key("other"), "v": {"N": "7"}}])
    return hash_table


BEFORE = {"old": {"v": {"N": "5"}}, "other": {"v": {"N": "7"}}}


# --------------------------------------------------------------------------------------------------------- all of it


def test_all_actions_are_carried_out(ddb, table) -> None:
    answer = write(
        ddb,
        put(table, {**key("new"), "v": {"S": "put"}}),
        update(table, "made", "SET v = :v"),
        delete(table, "old", **PRESENT),
        check(table, "other", **PRESENT),
    )
    assert set(answer) <= {"ResponseMetadata"}
    assert stored(ddb, table) == {"new": {"v": {"S": "put"}}, "made": {"v": {"N": "1"}}, "other": {"v": {"N": "7"}}}


def test_each_action_sees_the_item_before_the_transaction(ddb, table) -> None:
    condition = {"ConditionExpression": "v = :v"}
    write(ddb, update(table, "old", "SET w = v, v = :v", {"N": "5"}, **condition), delete(table, "other"))
    assert stored(ddb, table) == {"old": {"v": {"N": "5"}, "w": {"N": "5"}}}


def test_actions_are_on_several_tables(ddb, table, range_table) -> None:
    item = {**key("x"), "b": {"S": "y"}}
    write(ddb, put(table, key("x")), put(range_table, item))
    assert "x" in stored(ddb, table)
    assert ddb.scan(TableName=range_table)["Items"] == [item]


def test_a_table_may_be_named_by_its_arn(ddb, table) -> None:
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    write(ddb, put(arn, key("new")), delete(table, "old"))
    assert set(stored(ddb, table)) == {"new", "other"}
    with rejects(TWICE):
        write(ddb, put(arn, key("new")), delete(table, "new"))


def test_100_actions_are_the_most(ddb, hash_table) -> None:
    write(ddb, *[put(hash_table, key(number)) for number in range(100)])
    assert ddb.scan(TableName=hash_table)["Count"] == 100
    text = "Member must have length less than or equal to 100"
    shown = re.compile(
        rf"1 validation error detected: Value '.*' at 'transactItems' failed to satisfy constraint: {text}", re.DOTALL
    )
    with rejects(shown):
        write(ddb, *[delete(hash_table, number) for number in range(101)])
    assert ddb.scan(TableName=hash_table)["Count"] == 100


def test_an_update_of_a_missing_item_that_only_removes_makes_none(ddb, table) -> None:
    write(ddb, update(table, "absent", "REMOVE v"))
    assert stored(ddb, table) == BEFORE


# ------------------------------------------------------------------------------------------------------- none of it


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_failed_condition_leaves_everything(ddb, table, place) -> None:
    actions = [put(table, key("new")), delete(table, "old")]
    actions.insert(place, check(table, "absent", **PRESENT))
    reasons = [NONE, NONE]
    reasons.insert(place, CONDITION_FAILED)
    with cancels(*reasons):
        write(ddb, *actions)
    assert stored(ddb, table) == BEFORE


def test_every_failed_condition_is_told_in_the_order_of_the_actions(ddb, table) -> None:
    with cancels(CONDITION_FAILED, NONE, CONDITION_FAILED, CONDITION_FAILED, CONDITION_FAILED):
        write(
            ddb,
            put(table, key("old"), **ABSENT),
            put(table, key("new"), **ABSENT),
            update(table, "absent", "SET v = :v", **PRESENT),
            delete(table, "nothing", **PRESENT),
            check(table, "other", **ABSENT),
        )
    assert stored(ddb, table) == BEFORE


def test_reasons_hold_the_items_that_were_asked_for(ddb, table) -> None:
    shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    old = {**CONDITION_FAILED, "Item": {**key("old"), "v": {"N": "5"}}}
    with cancels(old, CONDITION_FAILED, CONDITION_FAILED, NONE):
        write(
            ddb,
            put(table, key("old"), **ABSENT, **shown),
            delete(table, "absent", **PRESENT, **shown),
            check(table, "other", **ABSENT, ReturnValuesOnConditionCheckFailure="NONE"),
            put(table, key("new"), **ABSENT, **shown),
        )


NOT_TO_UPDATE = [
    ("SET w = absent", "The provided expression refers to an attribute that does not exist in the item"),
    ("SET v.x = :v", "The document path provided in the update expression is invalid for update"),
    ("ADD s :v", "An operand in the update expression has an incorrect data type"),
    ("SET a = :v", INVALID + "Cannot update attribute a. This attribute is part of the key"),
]


@pytest.mark.parametrize(("expression", "message"), NOT_TO_UPDATE)
def test_an_update_that_does_not_fit_its_item_is_a_reason(ddb, table, expression, message) -> None:
    put_all(ddb, table, [{**key("old"), "v": {"N": "5"}, "s": {"S": "text"}}])
    before = stored(ddb, table)
    with cancels(NONE, unfit(message)):
        write(ddb, put(table, key("new")), update(table, "old", expression))
    assert stored(ddb, table) == before


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda table: put(table, {"v": {"N": "1"}}), INVALID + "Missing the key a in the item"),
        (lambda table: put(table, {"a": {"N": "1"}}), INVALID + "Type mismatch for key a expected: S actual: N"),
        (
            lambda table: put(table, key("x" * 2049)),
            INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        (lambda table: {"Delete": {"TableName": table, "Key": {"a": {"N": "1"}}}}, SCHEMA),
        (lambda table: {"Delete": {"TableName": table, "Key": {"b": {"S": "x"}}}}, SCHEMA),
        (lambda table: {"Update": {"TableName": table, "Key": {**key(1), "b": {"S": "x"}}, "UpdateExpression": "REMOVE v"}}, SCHEMA),
        (lambda table: {"ConditionCheck": {"TableName": table, "Key": {"a": {"BOOL": True}}, **PRESENT}}, SCHEMA),
        (
            lambda table: check(table, "x", ConditionExpression="attribute_exists(a.b)"),
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: a",
        ),
    ],
    ids=["missing key", "put type", "key size", "delete type", "delete name", "update names", "check type", "nested key"],
)  # fmt: skip
def test_what_does_not_fit_its_table_is_a_reason(ddb, table, action, message) -> None:
    with cancels(NONE, unfit(message), NONE):
        write(ddb, put(table, key("new")), action(table), delete(table, "old"))
    assert stored(ddb, table) == BEFORE


def test_the_first_action_that_does_not_fit_is_the_only_reason(ddb, table) -> None:
    """No later one is told, and no condition is evaluated then."""
    with cancels(NONE, unfit(INVALID + "Missing the key a in the item"), NONE):
        write(
            ddb,
            check(table, "absent", **PRESENT),
            put(table, {"v": {"N": "1"}}),
            {"Delete": {"TableName": table, "Key": {"a": {"N": "1"}}}},
        )
    with cancels(NONE, unfit(NOT_TO_UPDATE[0][1]), NONE):
        write(
            ddb,
            check(table, "absent", **PRESENT),
            update(table, "old", NOT_TO_UPDATE[0][0]),
            update(table, "other", NOT_TO_UPDATE[0][0]),
        )


def test_an_update_that_makes_its_item_too_large_is_a_reason(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(key("old"), 400_000)])
    with cancels(NONE, unfit("Item size to update has exceeded the maximum allowed size")):
        write(ddb, put(hash_table, key("new")), update(hash_table, "old", value={"S": "x" * 20_000}))


# ---------------------------------------------------------------------------------------------- what is no transaction


def test_an_element_has_exactly_one_action(ddb, table) -> None:
    with rejects("TransactItems can only contain one of Check, Put, Update or Delete"):
        write(ddb, {**put(table, key("new")), **delete(table, "old")})
    with rejects("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"):
        write(ddb, put(table, key("new")), {})
    assert stored(ddb, table) == BEFORE


def test_there_is_an_action(ddb) -> None:
    with rejects(constraint("[]", "transactItems", "Member must have length greater than or equal to 1")):
        write(ddb)
    with rejects(constraint(None, "transactItems", "Member must not be null")):
        ddb.transact_write_items()


@pytest.mark.parametrize(
    "pair",
    [
        (lambda table: put(table, key("x")), lambda table: put(table, key("x"))),
        (lambda table: put(table, key("x")), lambda table: delete(table, "x")),
        (lambda table: update(table, "x"), lambda table: check(table, "x", **PRESENT)),
        (lambda table: check(table, "x", **PRESENT), lambda table: check(table, "x", **ABSENT)),
    ],
    ids=["two puts", "put and delete", "update and check", "two checks"],
)
def test_an_item_has_one_action(ddb, table, pair) -> None:
    with rejects(TWICE):
        write(ddb, pair[0](table), delete(table, "old"), pair[1](table))
    assert stored(ddb, table) == BEFORE


def test_one_number_is_one_key_however_it_is_written(ddb) -> None:
    table = create_table(ddb, "numbers", "a:N")
    with rejects(TWICE):
        write(ddb, put(table, {"a": {"N": "1"}}), put(table, {"a": {"N": "1.0"}}))


def test_equal_keys_of_two_tables_are_two_items(ddb, table) -> None:
    other = create_table(ddb, "second", "a:S")
    write(ddb, put(table, key("x")), put(other, key("x")))
    assert set(stored(ddb, other)) == {"x"}


def test_4_mb_are_the_most(ddb, hash_table) -> None:
    most = [put(hash_table, sized_item(key(number), 400 * 1024)) for number in range(10)]
    rest = 4 * 1024 * 1024 - 10 * 400 * 1024
    write(ddb, *most, put(hash_table, sized_item(key("last"), rest)))
    assert ddb.scan(TableName=hash_table, Select="COUNT")["Count"] > 0
    with rejects(f"Transaction payload size cannot exceed 4MB. Payload Size: {4 * 1024 * 1024 + 1}"):
        write(ddb, *most, put(hash_table, sized_item(key("last"), rest + 1)))


def test_what_is_stored_does_not_count_for_the_4_mb(ddb, hash_table) -> None:
    names = [str(number) for number in range(12)]
    put_all(ddb, hash_table, [sized_item(key(name), 400 * 1024) for name in names])
    write(ddb, *(check(hash_table, name, **PRESENT) for name in names))
    write(ddb, *(update(hash_table, name, "REMOVE absent") for name in names))
    write(ddb, *(delete(hash_table, name) for name in names))
    assert ddb.scan(TableName=hash_table)["Count"] == 0


def test_an_item_is_at_most_400_kb(ddb, hash_table) -> None:
    with rejects("Item size has exceeded the maximum allowed size"):
        write(ddb, put(hash_table, key("new")), put(hash_table, sized_item(key("large"), 409_601)))
    assert stored(ddb, hash_table) == {}


def test_an_item_is_nested_at_most_31_levels(ddb, hash_table) -> None:
    value = {"N": "1"}
    for _ in range(31):
        value = {"L": [value]}
    write(ddb, put(hash_table, {**key("new"), "v": value}))
    with rejects(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
    ):
        write(ddb, put(hash_table, {**key("newer"), "v": {"L": [value]}}))
    assert set(stored(ddb, hash_table)) == {"new"}


UNUSED_NAME = {"ExpressionAttributeNames": {"#n": "n"}}
UNUSED_VALUE = {"ExpressionAttributeValues": {":n": {"N": "1"}}}


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (put("nosuch", key(1), ConditionExpression="a ="), 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'),
        (put("nosuch", key(1), ConditionExpression=""), "Invalid ConditionExpression: The expression can not be empty;"),
        (put("nosuch", key(1), **UNUSED_NAME), "ExpressionAttributeNames can only be specified when using expressions"),
        (put("nosuch", key(1), **UNUSED_VALUE), "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"),
        (put("nosuch", key(1), **ABSENT, **UNUSED_NAME), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}"),
        (delete("nosuch", 1, **ABSENT, **UNUSED_VALUE), "Value provided in ExpressionAttributeValues unused in expressions: keys: {:n}"),
        (check("nosuch", 1, ConditionExpression="a = :n"), "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :n"),
        (check("nosuch", 1, ConditionExpression="#n = a"), "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #n"),
        (update("nosuch", 1, "SET v"), 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "v"'),
        (update("nosuch", 1, "SET v = :v SET w = :v"), 'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
        (update("nosuch", 1, "SET v = :v, v = :v"), "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [v], path two: [v]"),
        (put("nosuch", {**key(1), "v": {"SS": []}}), INVALID + "An string set  may not be empty"),
        (put("nosuch", {**key(1), "v": {"NULL": False}}), INVALID + "Null attribute value types must have the value of true"),
        (put("nosuch", {**key(1), "v": {}}), "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_by_itself_is_rejected_bare_before_the_table_is_looked_up(ddb, action, message) -> None:
    with rejects(message):
        write(ddb, action)


EMPTY_KEY = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a"


@pytest.mark.parametrize(
    "action",
    [lambda table: put(table, key("")), lambda table: delete(table, ""), lambda table: check(table, "", **PRESENT)],
    ids=["put", "delete", "check"],
)
def test_an_empty_key_rejects_the_request(ddb, table, action) -> None:
    with rejects(EMPTY_KEY):
        write(ddb, put(table, key("new")), action(table))
    assert stored(ddb, table) == BEFORE


@pytest.mark.parametrize(
    ("action", "value", "path", "text"),
    [
        ({"ConditionCheck": {"TableName": "abc", "Key": key(1)}}, None, "conditionCheck.conditionExpression", "not be null"),
        ({"Update": {"TableName": "abc", "Key": key(1)}}, None, "update.updateExpression", "not be null"),
        ({"Put": {"TableName": "abc"}}, None, "put.item", "not be null"),
        ({"Put": {"Item": key(1)}}, None, "put.tableName", "not be null"),
        ({"Delete": {"TableName": "abc"}}, None, "delete.key", "not be null"),
        (
            put("abc", key(1), ReturnValuesOnConditionCheckFailure="OLD"),
            "OLD",
            "put.returnValuesOnConditionCheckFailure",
            "satisfy enum value set: [ALL_OLD, NONE]",
        ),
    ],
    ids=["check", "update", "put", "table", "delete", "word"],
)  # fmt: skip
def test_each_action_has_what_it_needs(ddb, action, value, path, text) -> None:
    with rejects(constraint(value, f"transactItems.2.member.{path}", f"Member must {text}")):
        write(ddb, put("abc", key(1)), action)


@pytest.mark.parametrize(
    ("members", "path", "value", "text"),
    [
        ({"ClientRequestToken": ""}, "clientRequestToken", "", "have length greater than or equal to 1"),
        ({"ClientRequestToken": "x" * 37}, "clientRequestToken", "x" * 37, "have length less than or equal to 36"),
        ({"ReturnConsumedCapacity": "ALL"}, "returnConsumedCapacity", "ALL", "satisfy enum value set: [INDEXES, TOTAL, NONE]"),
        ({"ReturnItemCollectionMetrics": "ALL"}, "returnItemCollectionMetrics", "ALL", "satisfy enum value set: [SIZE, NONE]"),
    ],
)  # fmt: skip
def test_members_have_their_limits(ddb, members, path, value, text) -> None:
    with rejects(constraint(value, path, f"Member must {text}")):
        write(ddb, put("nosuch", key(1)), **members)


def test_a_missing_table_fails_the_whole_transaction(ddb, table) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found"):
        write(ddb, put(table, key("new")), put("nosuch", key("new")))
    assert stored(ddb, table) == BEFORE


# ---------------------------------------------------------------------------------------------------------- capacity


def test_units_count_twice(ddb, hash_table) -> None:
    put_all(ddb, hash_table, [sized_item(key("old"), 3000), sized_item(key("seen"), 5000)])
    answer = write(
        ddb,
        put(hash_table, sized_item(key("new"), 2000)),
        delete(hash_table, "old"),
        check(hash_table, "seen", **PRESENT),
        update(hash_table, "made"),
        check(hash_table, "absent", **ABSENT),
        ReturnConsumedCapacity="TOTAL",
    )
    units = 2.0 * (2 + 3 + 5 + 1 + 1)
    assert answer["ConsumedCapacity"] == [
        {"TableName": hash_table, "CapacityUnits": units, "WriteCapacityUnits": units}
    ]


def test_units_by_index_say_their_kind_at_every_level(ddb, hash_table) -> None:
    answer = write(ddb, put(hash_table, key("new")), ReturnConsumedCapacity="INDEXES")
    units = {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}
    assert answer["ConsumedCapacity"] == [{"TableName": hash_table, **units, "Table": units}]


def test_units_come_by_table(ddb, hash_table, range_table) -> None:
    answer = write(
        ddb,
        put(range_table, {**key("x"), "b": {"S": "y"}}),
        put(hash_table, key("x")),
        put(range_table, {**key("x"), "b": {"S": "z"}}),
        ReturnConsumedCapacity="TOTAL",
    )
    units = {report["TableName"]: report["CapacityUnits"] for report in answer["ConsumedCapacity"]}
    assert units == {range_table: 4.0, hash_table: 2.0}


@pytest.mark.parametrize("members", [{}, {"ReturnConsumedCapacity": "NONE"}])
def test_units_are_told_on_request_only(ddb, hash_table, members) -> None:
    assert "ConsumedCapacity" not in write(ddb, put(hash_table, key("x")), **members)


# ------------------------------------------------------------------------------------------------------------ tokens

MISMATCH = "IdempotentParameterMismatchException"


@pytest.fixture
def token() -> dict:
    """A token that no other test uses: a server that tests share remembers it for ten minutes."""
    return {"ClientRequestToken": str(uuid.uuid4())}


def test_sending_a_transaction_again_does_nothing_and_costs_reads(ddb, hash_table, token) -> None:
    actions = [put(hash_table, sized_item(key("large"), 5000)), update(hash_table, "count", "ADD v :v")]
    first = write(ddb, *actions, **token, ReturnConsumedCapacity="TOTAL")
    assert first["ConsumedCapacity"][0]["WriteCapacityUnits"] == 2.0 * (5 + 1)
    again = write(ddb, *actions, **token, ReturnConsumedCapacity="INDEXES")
    units = {"CapacityUnits": 6.0}
    assert again["ConsumedCapacity"] == [{"TableName": hash_table, **units, "ReadCapacityUnits": 6.0, "Table": units}]
    assert stored(ddb, hash_table)["count"] == {"v": {"N": "1"}}


def test_sent_again_it_succeeds_though_its_condition_fails_now(ddb, table, token) -> None:
    actions = [put(table, key("new"), **ABSENT), delete(table, "old", **PRESENT)]
    for _ in range(3):
        write(ddb, *actions, **token)
    assert set(stored(ddb, table)) == {"new", "other"}


@pytest.mark.parametrize(
    "other",
    [
        lambda table: [put(table, {**key("new"), "v": {"N": "2"}}), delete(table, "old")],
        lambda table: [put(table, {**key("new"), "v": {"N": "1"}})],
        lambda table: [delete(table, "old"), put(table, {**key("new"), "v": {"N": "1"}})],
        lambda table: [put(table, {**key("new"), "v": {"N": "1"}}, **ABSENT), delete(table, "old")],
        lambda table: [update(table, "new"), delete(table, "old")],
    ],
    ids=["another value", "fewer", "another order", "a condition", "another action"],
)
def test_a_token_belongs_to_one_transaction(ddb, table, other, token) -> None:
    write(ddb, put(table, {**key("new"), "v": {"N": "1"}}), delete(table, "old"), **token)
    after = stored(ddb, table)
    with fails(MISMATCH):
        write(ddb, *other(table), **token)
    assert stored(ddb, table) == after


def test_the_order_of_members_does_not_matter(ddb, table, token) -> None:
    names, values = {"#v": "v", "#w": "w"}, {":v": {"N": "1"}, ":w": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}}
    action = {"TableName": table, "Key": key("old"), "UpdateExpression": "SET #v = :v, #w = :w"}
    members = {**action, "ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    turned = dict(reversed(members.items()))
    turned["ExpressionAttributeNames"] = dict(reversed(names.items()))
    turned["ExpressionAttributeValues"] = {":w": {"M": {"y": {"S": "2"}, "x": {"S": "1"}}}, ":v": {"N": "1"}}
    write(ddb, {"Update": members}, **token)
    ddb.delete_item(TableName=table, Key=key("old"))
    write(ddb, {"Update": turned}, **token)
    assert "old" not in stored(ddb, table)


def test_how_the_answer_should_look_does_not_matter(ddb, table, token) -> None:
    write(ddb, delete(table, "old"), **token)
    write(ddb, delete(table, "old"), **token, ReturnConsumedCapacity="TOTAL", ReturnItemCollectionMetrics="SIZE")


def test_another_token_or_none_carries_it_out_again(ddb, table, token) -> None:
    for members in ({}, token, {"ClientRequestToken": str(uuid.uuid4())}, {}):
        write(ddb, update(table, "old", "ADD v :v"), **members)
    assert stored(ddb, table)["old"] == {"v": {"N": "9"}}


def test_a_transaction_that_failed_leaves_its_token_free(ddb, table, token) -> None:
    with cancels(CONDITION_FAILED):
        write(ddb, delete(table, "absent", **PRESENT), **token)
    write(ddb, put(table, key("new")), **token)
    assert "new" in stored(ddb, table)


# --------------------------------------------------------------------------------------------------------- conflicts


@pytest.fixture
def database():
    import statordb

    with statordb.connect(":memory:") as database:
        client = database.client()
        create_table(client, "held", "a:S")
        put_all(client, "held", [{**key("old"), "v": {"N": "5"}}, {**key("other"), "v": {"N": "7"}}])
        yield database


@pytest.fixture
def client(database, door):
    """A client of the database whose transactions are held, through each door."""
    if door in ("embedded", "disk"):
        yield database.client()
    elif door == "boto3":
        yield boto_in_process(database)
    elif door == "http":
        with database.serve() as server:
            yield boto_client(server.url)
    else:
        pytest.skip("a server of its own cannot be told to hold a transaction")


CONFLICT_CODE = ("TransactionConflictException", "Transaction is ongoing for the item")
HELD = [update("held", "old", "SET v = :v", {"N": "6"}), check("held", "other", **PRESENT)]


@pytest.mark.parametrize("name", ["old", "other"])
@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("put_item", lambda name: {"Item": key(name)}),
        ("update_item", lambda name: {"Key": key(name)}),
        ("delete_item", lambda name: {"Key": key(name)}),
    ],
)
def test_a_write_meets_a_conflict_with_a_transaction_under_way(database, client, operation, members, name) -> None:
    with database.hold_transaction(TransactItems=HELD), fails(*CONFLICT_CODE):
        getattr(client, operation)(TableName="held", **members(name))
    getattr(client, operation)(TableName="held", **members("free"))
    assert stored(client, "held")["old"] == {"v": {"N": "6"}}


def test_a_conflict_comes_before_the_condition(database, client) -> None:
    with database.hold_transaction(TransactItems=HELD), fails(*CONFLICT_CODE):
        client.delete_item(TableName="held", Key=key("old"), ConditionExpression="attribute_exists(absent)")


def test_transactions_meet_conflicts_as_reasons(database, client) -> None:
    with database.hold_transaction(TransactItems=HELD):
        with cancels(NONE, CONFLICT, CONFLICT):
            write(client, put("held", key("new")), delete("held", "old"), update("held", "other"))
        with cancels(CONFLICT, NONE):
            gets = [{"Get": {"TableName": "held", "Key": key(name)}} for name in ("old", "free")]
            client.transact_get_items(TransactItems=gets)
    assert stored(client, "held") == {"old": {"v": {"N": "6"}}, "other": {"v": {"N": "7"}}}


def test_other_items_and_plain_reads_are_free(database, client) -> None:
    with database.hold_transaction(TransactItems=HELD):
        assert client.get_item(TableName="held", Key=key("old"))["Item"]["v"] == {"N": "5"}
        assert stored(client, "held")["old"] == {"v": {"N": "5"}}
        client.put_item(TableName="held", Item=key("free"))
        write(client, put("held", key("free too")))
    assert set(stored(client, "held")) == {"old", "other", "free", "free too"}


def test_a_batch_leaves_the_item_that_is_in_conflict(database, client) -> None:
    put_free, delete_old = {"PutRequest": {"Item": key("free")}}, {"DeleteRequest": {"Key": key("old")}}
    with database.hold_transaction(TransactItems=HELD):
        answer = client.batch_write_item(RequestItems={"held": [delete_old, put_free]})
        assert answer["UnprocessedItems"] == {"held": [delete_old]}
        assert set(stored(client, "held")) == {"old", "other", "free"}
    assert client.batch_write_item(RequestItems=answer["UnprocessedItems"])["UnprocessedItems"] == {}
    assert set(stored(client, "held")) == {"other", "free"}


def test_a_token_that_is_in_use_is_told(database, client, token) -> None:
    with database.hold_transaction(TransactItems=HELD, **token):
        with fails("TransactionInProgressException"):
            write(client, *HELD, **token)
        with fails("TransactionInProgressException"):
            write(client, put("held", key("free")), **token)
    again = write(client, *HELD, **token, ReturnConsumedCapacity="TOTAL")
    assert "ReadCapacityUnits" in again["ConsumedCapacity"][0]


def test_a_held_transaction_is_given_up_when_its_block_fails(database, client) -> None:
    with pytest.raises(RuntimeError), database.hold_transaction(TransactItems=HELD):
        raise RuntimeError
    assert stored(client, "held")["old"] == {"v": {"N": "5"}}
    client.put_item(TableName="held", Item=key("old"))


def test_a_held_transaction_is_checked_when_it_begins_and_carried_out_when_it_ends(database, client) -> None:
    with rejects(TWICE), database.hold_transaction(TransactItems=[*HELD, delete("held", "old")]):
        pytest.fail("the block must not run")
    with cancels(CONDITION_FAILED), database.hold_transaction(TransactItems=[check("held", "absent", **PRESENT)]):
        pass
    assert stored(client, "held")["old"] == {"v": {"N": "5"}}


@pytest.mark.parametrize("conflicts", [False, True])
def test_transactions_at_once_add_up(conflicts) -> None:
    """With `transaction_conflicts` some are refused; what succeeded is counted either way."""
    import statordb

    with statordb.connect(":memory:", transaction_conflicts=conflicts) as database:
        create_table(database.client(), "counted", "a:S")
        actions = [update("counted", name, "ADD v :v") for name in ("one", "two")]

        refusals: list[dict] = []

        def count(_) -> int:
            try:
                write(database.client(), *actions)
            except statordb.errors.TransactionCanceledException as error:
                refusals.extend(error.response["CancellationReasons"])
                return 0
            return 1

        with ThreadPoolExecutor(4) as pool:
            done = sum(pool.map(count, range(400)))
        assert stored(database.client(), "counted") == {name: {"v": {"N": str(done)}} for name in ("one", "two")}
        assert all(reason in (CONFLICT, NONE) for reason in refusals)
        assert done == 400 or conflicts
