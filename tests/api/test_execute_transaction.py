"""ExecuteTransaction: statements about single items, all or none."""

from __future__ import annotations

import pytest

from failure import CONDITION_FAILED, NONE, cancels, constraint, fails, rejects, unfit
from tables import create_indexed_table, put_all

DUPLICATE = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
MIXED = "ExecuteTransaction API does not support both read and write operations in the same request."
TWICE = "Transaction request cannot include multiple operations on one item"


def item(name, **attributes) -> dict:
    return {"a": {"S": name}, **attributes}


def run(ddb, *statements, **members):
    given = [{"Statement": each} if isinstance(each, str) else each for each in statements]
    return ddb.execute_transaction(TransactStatements=given, **members)


def refused(place, text) -> str:
    return f"Validation failed in TransactStatements[{place}]: {text}"


@pytest.fixture
def table(ddb, hash_table) -> str:
    put_all(ddb, hash_table, [item(name, n={"N": "1"}) for name in ("x", "y", "z")])
    return hash_table


def stored(ddb, name) -> dict | None:
    return ddb.get_item(TableName="hash", Key=item(name)).get("Item")


def test_reads_are_answered_in_order(ddb, table) -> None:
    answer = run(
        ddb,
        {"Statement": "SELECT * FROM hash WHERE a = ?", "Parameters": [{"S": "y"}]},
        "SELECT * FROM hash WHERE a = 'none'",
        "SELECT n FROM hash WHERE a = 'x'",
        "SELECT q FROM hash WHERE a = 'z'",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [{"Item": item("y", n={"N": "1"})}, {}, {"Item": {"n": {"N": "1"}}}, {"Item": {}}]
    assert answer["ConsumedCapacity"] == [{"TableName": "hash", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}] * 4


def test_writes_are_all_done(ddb, table) -> None:
    answer = run(
        ddb,
        "INSERT INTO hash VALUE {'a': 'new'}",
        {"Statement": "UPDATE hash SET n = n + ? WHERE a = 'x' AND n = 1", "Parameters": [{"N": "6"}]},
        "DELETE FROM hash WHERE a = 'y'",
        "EXISTS(SELECT * FROM hash WHERE a = 'z' AND n = 1)",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == []
    assert [each["WriteCapacityUnits"] for each in answer["ConsumedCapacity"]] == [2.0] * 4
    assert [stored(ddb, name) for name in ("new", "x", "y")] == [item("new"), item("x", n={"N": "7"}), None]


def test_nothing_is_done_when_one_cannot_be(ddb, table) -> None:
    with cancels(DUPLICATE, NONE, CONDITION_FAILED, CONDITION_FAILED):
        run(
            ddb,
            "INSERT INTO hash VALUE {'a': 'x'}",
            "DELETE FROM hash WHERE a = 'y'",
            "UPDATE hash SET n = 1 WHERE a = 'none'",
            "EXISTS(SELECT * FROM hash WHERE a = 'z' AND n = 2)",
        )
    assert stored(ddb, "y") == item("y", n={"N": "1"})


def test_a_failed_condition_gives_the_item_where_it_is_asked_for(ddb, table) -> None:
    with cancels({**CONDITION_FAILED, "Item": item("x", n={"N": "1"})}):
        run(
            ddb,
            {"Statement": "DELETE FROM hash WHERE a = 'x' AND n = 2", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        )


def test_exists_wants_an_item_that_is_there(ddb, table) -> None:
    with cancels(CONDITION_FAILED):
        run(ddb, "EXISTS(SELECT * FROM hash WHERE a = 'none' AND n IS MISSING)")


def test_what_does_not_fit_the_table_is_a_reason(ddb, table) -> None:
    with cancels(NONE, unfit("Key attribute's data type should match its data type in table's schema: Key a")):
        run(ddb, "DELETE FROM hash WHERE a = 'y'", "INSERT INTO hash VALUE {'a': 1}")
    assert stored(ddb, "y") is not None


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (
            "SELECT * FROM hash",
            "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (
            "SELECT * FROM hash WHERE a = 'y' AND n = 1",
            "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (
            "EXISTS(SELECT * FROM hash WHERE a = 'y')",
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            "EXISTS(SELECT * FROM hash WHERE n = 1)",
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            "UPDATE hash SET n = 1 WHERE a = 'y' RETURNING ALL NEW *",
            "RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            "DELETE FROM hash WHERE a = 'y' RETURNING ALL OLD *",
            "RETURNING clause is not supported in ExecuteTransaction.",
        ),
        ("UPDATE hash SET n = ? WHERE a = 'y'", "Number of parameters in request and statement don't match."),
    ],
)
def test_what_cannot_stand_in_a_transaction_is_told_with_its_place(ddb, table, statement, text) -> None:
    first = "SELECT * FROM hash WHERE a = 'x'" if statement.startswith("SELECT") else "DELETE FROM hash WHERE a = 'x'"
    with rejects(refused(1, text)):
        run(ddb, first, statement)
    assert stored(ddb, "x") is not None


def test_an_index_is_not_read_in_a_transaction(ddb) -> None:
    gsi = [
        {
            "IndexName": "by_n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]
    create_indexed_table(ddb, "indexed", "a:S", "n:N", gsi=gsi)
    with rejects(refused(0, "Reads on indices are not supported within transactions.")):
        run(ddb, "SELECT * FROM indexed.by_n WHERE n = 1")


def test_reads_and_writes_are_not_mixed(ddb, table) -> None:
    with rejects(MIXED):
        run(ddb, "SELECT * FROM hash WHERE a = 'x'", "DELETE FROM hash WHERE a = 'y'")
    with rejects(MIXED):
        run(ddb, "SELECT * FROM hash WHERE a = 'x'", "EXISTS(SELECT * FROM hash WHERE a = 'y' AND n = 1)")


def test_no_item_is_named_twice(ddb, table) -> None:
    with rejects(TWICE):
        run(ddb, "SELECT * FROM hash WHERE a = 'x'", "SELECT n FROM hash WHERE a = 'x'")
    with rejects(TWICE):
        run(ddb, "DELETE FROM hash WHERE a = 'x'", "INSERT INTO hash VALUE {'a': 'x'}")


def test_a_statement_that_is_malformed_fails_all(ddb, table) -> None:
    with rejects("Statement wasn't well formed, can't be processed: Expected data manipulation"):
        run(ddb, "DELETE FROM hash WHERE a = 'x'", "SELEC * FROM hash")
    with fails("ResourceNotFoundException", "Requested resource not found"):
        run(ddb, "DELETE FROM hash WHERE a = 'x'", "DELETE FROM nowhere WHERE a = 'x'")
    assert stored(ddb, "x") is not None


def test_a_token_does_a_transaction_once(ddb, table) -> None:
    again = {"Statement": "UPDATE hash SET n = n + ? WHERE a = 'x'", "Parameters": [{"N": "1"}]}
    for units in ("WriteCapacityUnits", "ReadCapacityUnits"):
        answer = run(ddb, again, ClientRequestToken="once", ReturnConsumedCapacity="TOTAL")
        assert units in answer["ConsumedCapacity"][0]
    assert stored(ddb, "x") == item("x", n={"N": "2"})
    with fails("IdempotentParameterMismatchException"):
        run(ddb, {**again, "Parameters": [{"N": "2"}]}, ClientRequestToken="once")


def test_a_transaction_names_up_to_4_mb(ddb, table) -> None:
    def puts(count):
        text = {"S": "x" * 399_000}
        return [
            {"Statement": f"INSERT INTO hash VALUE {{'a': 'i{number}', 'text': ?}}", "Parameters": [text]}
            for number in range(count)
        ]

    with rejects() as failure:
        run(ddb, *puts(11))
    assert failure.message == f"Transaction payload size cannot exceed 4MB. Payload Size: {11 * 399_007 + 1}"
    assert run(ddb, *puts(10))["Responses"] == []


def test_a_transaction_has_one_to_100_statements(ddb, table) -> None:
    with rejects(constraint("[]", "transactStatements", "Member must have length greater than or equal to 1")):
        run(ddb)
    assert run(ddb, *(f"INSERT INTO hash VALUE {{'a': 'i{number}'}}" for number in range(100)))["Responses"] == []
    with rejects() as failure:
        run(ddb, *(f"INSERT INTO hash VALUE {{'a': 'j{number}'}}" for number in range(101)))
    assert failure.message.endswith("Member must have length less than or equal to 100")
    with rejects(constraint("", "clientRequestToken", "Member must have length greater than or equal to 1")):
        run(ddb, "DELETE FROM hash WHERE a = 'x'", ClientRequestToken="")
