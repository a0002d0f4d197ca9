"""BatchExecuteStatement: statements about single items, each for itself."""

from __future__ import annotations

import pytest

from failure import constraint, rejects
from tables import put_all

DUPLICATES = "Provided list of item keys contains duplicates"


def item(name, **attributes) -> dict:
    return {"a": {"S": name}, **attributes}


def run(ddb, *statements, **members):
    given = [{"Statement": each} if isinstance(each, str) else each for each in statements]
    return ddb.batch_execute_statement(Statements=given, **members)


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, [item(name, n={"N": "1"}) for name in ("x", "y", "z")])
    return hash_table


def select(name, what="*", **members) -> dict:
    return {"Statement": f"SELECT {what} FROM hash WHERE a = ?", "Parameters": [{"S": name}], **members}


def test_reads_are_answered_in_order(ddb, table) -> None:
    answer = run(ddb, select("y"), select("none"), select("x", "n", ConsistentRead=True), select("z", "q"))
    assert answer["Responses"] == [
        {"TableName": "hash", "Item": item("y", n={"N": "1"})},
        {"TableName": "hash"},
        {"TableName": "hash", "Item": {"n": {"N": "1"}}},
        {"TableName": "hash", "Item": {}},
    ]


def test_writes_are_answered_with_what_they_return(ddb, table) -> None:
    answer = run(
        ddb,
        "INSERT INTO hash VALUE {'a': 'new'}",
        "UPDATE hash SET n = n + 1 WHERE a = 'x' RETURNING MODIFIED NEW *",
        "DELETE FROM hash WHERE a = 'y' RETURNING ALL OLD *",
        "DELETE FROM hash WHERE a = 'none'",
    )
    assert answer["Responses"] == [
        {"TableName": "hash"},
        {"TableName": "hash", "Item": {"n": {"N": "2"}}},
        {"TableName": "hash", "Item": item("y", n={"N": "1"})},
        {"TableName": "hash"},
    ]


def test_one_that_fails_keeps_no_other_from_being_done(ddb, table) -> None:
    answer = run(
        ddb,
        "INSERT INTO hash VALUE {'a': 'x'}",
        "INSERT INTO hash VALUE {'a': 'new'}",
        "UPDATE hash SET n = 1 WHERE a = 'none'",
        {
            "Statement": "DELETE FROM hash WHERE a = 'z' AND n > 1",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
        "INSERT INTO nowhere VALUE {'a': 'x'}",
        "INSERT INTO hash VALUE {'a': 1}",
        "INSERT INTO hash VALUES {'a': 1}",
        "UPDATE hash SET n = ? WHERE a = 'y'",
    )
    failed = "The conditional request failed"
    errors = [response.get("Error") for response in answer["Responses"]]
    assert errors == [
        {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        None,
        {"Code": "ConditionalCheckFailed", "Message": failed},
        {"Code": "ConditionalCheckFailed", "Message": failed, "Item": item("z", n={"N": "1"})},
        {"Code": "ResourceNotFound", "Message": "Requested resource not found"},
        {
            "Code": "ValidationError",
            "Message": "Key attribute's data type should match its data type in table's schema: Key a",
        },
        {
            "Code": "ValidationError",
            "Message": "Statement wasn't well formed, can't be processed: Unexpected keyword at 1:18:6",
        },
        {"Code": "ValidationError", "Message": "Number of parameters in request and statement don't match."},
    ]
    assert [response.get("TableName") for response in answer["Responses"]] == ["hash"] * 4 + [None, "hash"] + [None] * 2
    assert ddb.get_item(TableName=table, Key=item("new"))["Item"] == item("new")
    assert ddb.get_item(TableName=table, Key=item("z"))["Item"] == item("z", n={"N": "1"})


def test_exists_is_a_read_that_fails_by_itself(ddb, table) -> None:
    exists = "EXISTS(SELECT * FROM hash WHERE a = 'y' AND n = 1)"
    error = {"Code": "ValidationError", "Message": "EXISTS can only be used in ExecuteTransaction write requests."}
    assert run(ddb, exists, select("none"))["Responses"] == [{"Error": error}, {"TableName": "hash"}]
    with rejects("Read and write requests together in the same batch is not supported."):
        run(ddb, exists, "DELETE FROM hash WHERE a = 'y'")


def test_a_parameter_that_is_no_value_refuses_the_batch(ddb, table) -> None:
    with rejects("One or more parameter values were invalid: An string set  may not be empty"):
        run(ddb, select("x"), {"Statement": "SELECT * FROM hash WHERE a = ?", "Parameters": [{"SS": []}]})


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM hash",
        "SELECT * FROM hash WHERE a IN ('x')",
        "SELECT * FROM hash WHERE a = 'x' AND n = 1",
        "SELECT * FROM hash WHERE n = 1",
    ],
)
def test_a_read_is_of_one_item_by_its_key(ddb, table, statement) -> None:
    error = {"Code": "ValidationError", "Message": "Only single item select is supported"}
    assert run(ddb, statement, select("y"))["Responses"] == [
        {"Error": error},
        {"TableName": "hash", "Item": item("y", n={"N": "1"})},
    ]


def test_reads_and_writes_are_not_mixed(ddb, table) -> None:
    with rejects("Read and write requests together in the same batch is not supported."):
        run(ddb, select("x"), "DELETE FROM hash WHERE a = 'y'")
    assert "Item" in ddb.get_item(TableName=table, Key=item("y"))


def test_no_item_is_named_twice(ddb, table) -> None:
    with rejects(DUPLICATES):
        run(ddb, select("x"), select("y"), select("x"))
    with rejects(DUPLICATES):
        run(ddb, "INSERT INTO hash VALUE {'a': 'new'}", "UPDATE hash SET n = 1 WHERE a = 'new'")
    assert "Item" not in ddb.get_item(TableName=table, Key=item("new"))


def test_capacity_stands_in_the_order_of_the_statements(ddb, table) -> None:
    answer = run(ddb, select("x", ConsistentRead=True), select("y"), ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [
        {"TableName": "hash", "CapacityUnits": 1.0},
        {"TableName": "hash", "CapacityUnits": 0.5},
    ]
    assert "ConsumedCapacity" not in run(ddb, select("x"))


def test_a_batch_has_one_to_25_statements(ddb, table) -> None:
    with rejects(constraint("[]", "statements", "Member must have length greater than or equal to 1")):
        run(ddb)
    assert len(run(ddb, *(select(str(number)) for number in range(25)))["Responses"]) == 25
    with rejects() as failure:
        run(ddb, *(select(str(number)) for number in range(26)))
    assert failure.message.endswith("Member must have length less than or equal to 25")
    with rejects(constraint(None, "statements.1.member.statement", "Member must not be null")):
        run(ddb, {})
