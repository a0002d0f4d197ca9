"""ExecuteStatement: one statement of PartiQL, and all its members."""

from __future__ import annotations

import pytest

from failure import constraint, fails, rejects
from tables import create_indexed_table, create_table, put_all, sized_item

MALFORMED = "Statement wasn't well formed, can't be processed: "
PARAMETERS = "Number of parameters in request and statement don't match."


def run(ddb, statement, *parameters, **members):
    given = {"Parameters": list(parameters)} if parameters else {}
    return ddb.execute_statement(Statement=statement, **given, **members)


def items(ddb, statement, *parameters, **members):
    return run(ddb, statement, *parameters, **members)["Items"]


def note(user, at, **attributes) -> dict:
    return {"user": {"S": user}, "at": {"N": str(at)}, **attributes}


@pytest.fixture
def notes(ddb) -> str:
    """Ten notes of ada and two of bob, with an index by tag."""
    gsi = [
        {
            "IndexName": "by_tag",
            "KeySchema": [{"AttributeName": "tag", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ]
    name = create_indexed_table(ddb, "notes", "user:S at:N", "tag:S", gsi=gsi)
    put_all(ddb, name, [note("ada", at, tag={"S": "odd" if at % 2 else "even"}, n={"N": str(-at)}) for at in range(10)])
    put_all(ddb, name, [note("bob", at, n={"N": "0"}) for at in range(2)])
    return name


def pages(ddb, statement, *parameters, **members):
    """The pages of a statement, each the whole answer."""
    token: dict = {}
    while True:
        answer = run(ddb, statement, *parameters, **members, **token)
        yield answer
        if "NextToken" not in answer:
            return
        token = {"NextToken": answer["NextToken"]}


# --------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ('SELECT "user", "at" FROM notes', []),
        ("SELECT * FROM notes WHERE \"user\" = 'ada'", []),
        (
            'SELECT * FROM notes WHERE "user" = ? AND "at" > 2 AND n < 0 AND "at" <= 8 ORDER BY "at" DESC',
            [{"S": "ada"}],
        ),
        ("SELECT * FROM notes WHERE \"user\" IN ('ada', 'bob')", []),
        ('SELECT * FROM notes WHERE "user" IN (\'ada\', \'bob\') ORDER BY "user" DESC, "at" DESC', []),
        ('SELECT * FROM "notes"."by_tag"', []),
        ('SELECT * FROM "notes"."by_tag" WHERE tag = \'even\' ORDER BY "at" DESC', []),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_together_are_the_whole(ddb, notes, statement, parameters, limit) -> None:
    whole = run(ddb, statement, *parameters)
    assert "NextToken" not in whole
    assert "LastEvaluatedKey" not in whole
    each = list(pages(ddb, statement, *parameters, Limit=limit))
    assert [item for page in each for item in page["Items"]] == whole["Items"]
    assert all(len(page["Items"]) <= limit for page in each)
    assert all(("NextToken" in page) == ("LastEvaluatedKey" in page) for page in each)
    assert len(each) == 1 or limit < 100


def test_a_paginator_of_botocore_reads_every_page(ddb, notes) -> None:
    paginate = pytest.importorskip("botocore.paginate")
    config = {"input_token": "NextToken", "output_token": "NextToken", "limit_key": "Limit", "result_key": "Items"}
    service = pytest.importorskip("botocore.session").get_session().get_service_model("dynamodb")
    paginator = paginate.Paginator(ddb.execute_statement, config, service.operation_model("ExecuteStatement"))
    statement = "SELECT * FROM notes WHERE \"user\" IN ('ada', 'bob')"
    result = paginator.paginate(Statement=statement, PaginationConfig={"PageSize": 5}).build_full_result()
    assert result["Items"] == items(ddb, statement)
    cut = paginator.paginate(Statement=statement, PaginationConfig={"PageSize": 5, "MaxItems": 7}).build_full_result()
    rest = paginator.paginate(Statement=statement, PaginationConfig={"StartingToken": cut["NextToken"]})
    assert cut["Items"] + rest.build_full_result()["Items"] == result["Items"]


def test_a_limit_counts_what_is_read_not_what_is_returned(ddb, notes) -> None:
    answer = run(ddb, "SELECT * FROM notes WHERE \"user\" = 'ada' AND n = -5", Limit=5)
    assert answer["Items"] == []
    assert answer["LastEvaluatedKey"] == note("ada", 4)


def test_a_page_ends_at_a_megabyte_over_several_partitions(ddb) -> None:
    table = create_table(ddb, "large", "a:S", "b:S")
    for partition in "xyz":
        put_all(
            ddb, table, [sized_item({"a": {"S": partition}, "b": {"S": str(number)}}, 100_000) for number in range(5)]
        )
    each = list(pages(ddb, "SELECT b FROM large WHERE a IN ('x', 'y', 'z')", ReturnConsumedCapacity="TOTAL"))
    assert [len(page["Items"]) for page in each] == [11, 4]
    assert [page["ConsumedCapacity"]["CapacityUnits"] for page in each] == [135.5, 49.0]


def test_one_item_by_its_key_has_one_page(ddb, notes) -> None:
    assert "NextToken" not in run(ddb, 'SELECT * FROM notes WHERE "user" = \'ada\' AND "at" = 1', Limit=1)


def test_a_token_is_good_for_its_statement_and_its_parameters(ddb, notes) -> None:
    statement = 'SELECT * FROM notes WHERE "user" = ?'
    token = run(ddb, statement, {"S": "ada"}, Limit=2)["NextToken"]
    assert items(ddb, statement, {"S": "ada"}, NextToken=token, Limit=1) == [
        note("ada", 2, tag={"S": "even"}, n={"N": "-2"})
    ]
    for other, parameter in ((statement, "bob"), (statement + " ", "ada")):
        with rejects("NextToken does not match request"):
            run(ddb, other, {"S": parameter}, NextToken=token)
    for bad in ("x", token[:-4], "AAAA"):
        with rejects("Invalid NextToken"):
            run(ddb, statement, {"S": "ada"}, NextToken=bad)


def test_a_token_for_what_has_no_pages_is_refused(ddb, notes) -> None:
    token = run(ddb, "SELECT * FROM notes", Limit=2)["NextToken"]
    for statement in (
        'SELECT * FROM notes WHERE "user" = \'ada\' AND "at" = 1',
        "INSERT INTO notes VALUE {'user': 'z', 'at': 1}",
    ):
        with rejects("NextToken does not match request"):
            run(ddb, statement, NextToken=token)


# ------------------------------------------------------------------------------------------------------------ capacity


@pytest.mark.parametrize(
    ("statement", "consistent", "units"),
    [
        ('SELECT * FROM notes WHERE "user" = \'ada\' AND "at" = 1', False, 0.5),
        ('SELECT * FROM notes WHERE "user" = \'ada\' AND "at" = 1', True, 1.0),
        ('SELECT * FROM notes WHERE "user" = \'none\' AND "at" = 1', False, 0.5),
        ("SELECT * FROM notes WHERE \"user\" = 'ada'", False, 0.5),
        ("SELECT * FROM notes WHERE \"user\" IN ('ada', 'bob', 'none')", False, 1.5),
        ("SELECT * FROM notes", True, 1.0),
        ("INSERT INTO notes VALUE {'user': 'eve', 'at': 1}", False, 1.0),
        ("INSERT INTO notes VALUE {'user': 'eve', 'at': 1, 'tag': 'x'}", False, 2.0),
        ('UPDATE notes SET n = 1 WHERE "user" = \'ada\' AND "at" = 1', False, 1.0),
        ('DELETE FROM notes WHERE "user" = \'ada\' AND "at" = 1', False, 2.0),
        ('DELETE FROM notes WHERE "user" = \'none\' AND "at" = 1', False, 1.0),
    ],
)
def test_capacity_is_that_of_the_call_it_comes_to(ddb, notes, statement, consistent, units) -> None:
    answer = run(ddb, statement, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": "notes", "CapacityUnits": units}


def test_capacity_of_an_index_is_told_apart(ddb, notes) -> None:
    answer = run(ddb, 'SELECT * FROM "notes"."by_tag" WHERE tag = \'odd\'', ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": "notes",
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by_tag": {"CapacityUnits": 0.5}},
    }


def test_no_capacity_is_told_unless_it_is_asked_for(ddb, notes) -> None:
    assert "ConsumedCapacity" not in run(ddb, "SELECT * FROM notes")


# -------------------------------------------------------------------------------------------------------------- writes


def test_an_insert_makes_an_item_once(ddb, notes) -> None:
    statement = "INSERT INTO notes VALUE {'user': ?, 'at': ?, 'm': {'l': [?, 1]}, 's': <<'b', 'a'>>}"
    given = [{"S": "eve"}, {"N": "1"}, {"B": b"\x00"}]
    assert items(ddb, statement, *given) == []
    found = ddb.get_item(TableName=notes, Key=note("eve", 1))["Item"]
    assert found == note("eve", 1, m={"M": {"l": {"L": [{"B": b"\x00"}, {"N": "1"}]}}}, s={"SS": ["a", "b"]})
    with fails("DuplicateItemException", "Duplicate primary key exists in table"):
        run(ddb, statement, *given)


def test_an_update_makes_no_item(ddb, notes) -> None:
    with fails("ConditionalCheckFailedException", "The conditional request failed"):
        run(ddb, 'UPDATE notes SET n = 1 WHERE "user" = \'eve\' AND "at" = 1')
    assert "Item" not in ddb.get_item(TableName=notes, Key=note("eve", 1))


def test_a_failed_condition_gives_the_item_where_it_is_asked_for(ddb, notes) -> None:
    statement = 'DELETE FROM notes WHERE "user" = \'bob\' AND "at" = 1 AND n > 5'
    with fails("ConditionalCheckFailedException", "The conditional request failed") as failure:
        run(ddb, statement)
    assert "Item" not in failure.response
    with fails("ConditionalCheckFailedException", "The conditional request failed") as failure:
        run(ddb, statement, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failure.response["Item"] == note("bob", 1, n={"N": "0"})


@pytest.mark.parametrize(
    ("returning", "expected"),
    [
        ("ALL OLD", note("bob", 1, n={"N": "0"})),
        ("ALL NEW", note("bob", 1, n={"N": "7"}, z={"BOOL": True})),
        ("MODIFIED OLD", {"n": {"N": "0"}}),
        ("MODIFIED NEW", {"n": {"N": "7"}, "z": {"BOOL": True}}),
    ],
)
def test_returning_gives_what_it_says(ddb, notes, returning, expected) -> None:
    statement = f'UPDATE notes SET n = n + ? SET z = true WHERE "user" = \'bob\' AND "at" = 1 RETURNING {returning} *'
    assert items(ddb, statement, {"N": "7"}) == [expected]


def test_what_is_returned_of_nothing_is_no_row(ddb, notes) -> None:
    assert items(ddb, 'DELETE FROM notes WHERE "user" = \'none\' AND "at" = 1 RETURNING ALL OLD *') == []


def test_a_stream_and_an_index_see_what_statements_write(ddb, notes) -> None:
    run(ddb, "INSERT INTO notes VALUE {'user': 'eve', 'at': 1, 'tag': 'new'}")
    assert items(ddb, 'SELECT "user" FROM "notes"."by_tag" WHERE tag = \'new\'') == [{"user": {"S": "eve"}}]
    run(ddb, 'UPDATE notes REMOVE tag WHERE "user" = \'eve\' AND "at" = 1')
    assert items(ddb, 'SELECT "user" FROM "notes"."by_tag" WHERE tag = \'new\'') == []


# ------------------------------------------------------------------------------------------------------ tables, texts


def test_a_statement_means_the_table_that_is_there(ddb) -> None:
    statement = "SELECT * FROM films WHERE a = 'x'"
    with fails("ResourceNotFoundException", "Requested resource not found"):
        run(ddb, statement)
    create_table(ddb, "films", "a:S")
    ddb.put_item(TableName="films", Item={"a": {"S": "x"}, "b": {"N": "1"}})
    assert items(ddb, statement) == [{"a": {"S": "x"}, "b": {"N": "1"}}]
    ddb.delete_table(TableName="films")
    with fails("ResourceNotFoundException", "Requested resource not found"):
        run(ddb, statement)
    # The same text is another plan: now it is a filter of a Scan.
    create_table(ddb, "films", "b:N", "a:S")
    ddb.put_item(TableName="films", Item={"a": {"S": "x"}, "b": {"N": "2"}})
    assert items(ddb, statement) == [{"a": {"S": "x"}, "b": {"N": "2"}}]
    with rejects("Where clause does not contain a mandatory equality on all key attributes"):
        run(ddb, "DELETE FROM films WHERE a = 'x'")


def test_an_index_that_is_made_later_is_found(ddb) -> None:
    create_table(ddb, "films", "a:S")
    statement = "SELECT * FROM films.later WHERE b = 1"
    with rejects("The table does not have the specified index: later"):
        run(ddb, statement)
    ddb.put_item(TableName="films", Item={"a": {"S": "x"}, "b": {"N": "1"}})
    ddb.update_table(
        TableName="films",
        AttributeDefinitions=[
            {"AttributeName": "a", "AttributeType": "S"},
            {"AttributeName": "b", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "later",
                    "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    assert items(ddb, statement) == [{"a": {"S": "x"}, "b": {"N": "1"}}]


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("SELEC * FROM notes", "Expected data manipulation"),
        ("", None),
        ("-- nothing", "Expected data manipulation"),
        ("UPDATE notes WHERE a = 1", "Expected data manipulation"),
        ("SELECT * FROM", "Unexpected end of statement"),
        ("SELECT * FROM notes WHERE", "Unexpected end of statement"),
        ("SELECT * FROM notes WHERE a = ", "Unexpected end of statement"),
        ("SELECT user FROM notes", "Unexpected keyword at 1:8:4"),
        ("SELECT a\nFROM notes\nWHERE order = 1", "Unexpected keyword at 3:7:5"),
        ("SELECT a b c FROM notes", "Unexpected identifier at 1:12:1"),
        ("SELECT * FROM notes WHERE a = 'x", "Unexpected character at 1:31:1"),
        ("SELECT * FROM notes WHERE a == 1", "Unexpected token at 1:30:1"),
        ("SELECT * FROM notes WHERE a # 1", "Unexpected character at 1:29:1"),
        ("INSERT INTO notes (key) VALUES (1)", "Unexpected keyword at 1:20:3"),
    ],
)
def test_a_malformed_statement_is_told_where(ddb, notes, statement, detail) -> None:
    expected = constraint("", "statement", "Member must have length greater than or equal to 1")
    with rejects(expected if detail is None else MALFORMED + detail):
        run(ddb, statement)


def test_members_have_the_constraints_of_the_api(ddb, notes) -> None:
    statement = "SELECT * FROM notes"
    with rejects(constraint("[]", "parameters", "Member must have length greater than or equal to 1")):
        ddb.execute_statement(Statement=statement, Parameters=[])
    with rejects(constraint("", "nextToken", "Member must have length greater than or equal to 1")):
        run(ddb, statement, NextToken="")
    with rejects(constraint("0", "limit", "Member must have value greater than or equal to 1")):
        run(ddb, statement, Limit=0)
    with rejects(constraint(None, "statement", "Member must not be null")):
        ddb.execute_statement()
    long = statement + " " * (8193 - len(statement))
    with rejects(constraint(long, "statement", "Member must have length less than or equal to 8192")):
        run(ddb, long)
    assert len(items(ddb, long[:-1])) == 12


def test_parameters_are_counted(ddb, notes) -> None:
    with rejects(PARAMETERS):
        run(ddb, 'SELECT * FROM notes WHERE "user" = ? AND n = ?', {"S": "ada"})
    # DynamoDB Local takes more than there are.
    assert len(items(ddb, 'SELECT * FROM notes WHERE "user" = ?', {"S": "bob"}, {"N": "1"})) == 2


def test_a_parameter_that_is_no_value_is_refused(ddb, notes) -> None:
    with rejects("One or more parameter values were invalid: An number set  may not be empty"):
        run(ddb, "SELECT * FROM notes WHERE n = ?", {"NS": []})


def test_exists_is_for_transactions(ddb, notes) -> None:
    with rejects("EXISTS can only be used in ExecuteTransaction write requests."):
        run(ddb, 'EXISTS(SELECT * FROM notes WHERE "user" = \'ada\' AND "at" = 1 AND n = 1)')


def test_fifty_partition_keys_can_be_listed(ddb, notes) -> None:
    listed = ", ".join(f"'u{number}'" for number in range(49))
    assert len(items(ddb, f"SELECT * FROM notes WHERE \"user\" IN ({listed}, 'bob')")) == 2
    with rejects("The IN operator is provided with too many operands; number of operands: 51"):
        run(ddb, f"SELECT * FROM notes WHERE \"user\" IN ({listed}, 'bob', 'ada')")
    hundred = ", ".join(str(number) for number in range(100))
    assert len(items(ddb, f"SELECT * FROM notes WHERE n IN ({hundred})")) == 3
    with rejects("The IN operator is provided with too many operands; number of operands: 101"):
        run(ddb, f"SELECT * FROM notes WHERE n IN ({hundred}, 100)")
