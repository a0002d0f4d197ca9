"""A few thousand operations against DynamoDB Local where it is there; `make differential` sends a hundred thousand."""

from __future__ import annotations

from random import Random

import pytest
from bench.servers import local_server, statordb_server

from .case import Case
from .comparable import ordered_items
from .differences import DIFFERENCES, differences_of
from .expressions import Expressions
from .generator import Generator
from .operation import Operation
from .peer import Answer, Peer
from .replay import History
from .report import report
from .schema import OPERATIONS, Features, Table, features_of
from .statement_rules import changed_paths
from .statement_text import changes, literal
from .update_paths import cut, is_clearing, paths
from .values import LONG_NEGATIVE
from .worker import run_worker

SMOKE = 1500
EVERYTHING = Features(True, True, True, set(OPERATIONS))


def test_a_short_run_has_no_divergence(record_property) -> None:
    local = local_server()
    if local is None:
        pytest.skip("DynamoDB Local is not there: `make peers` fetches it, and it needs a Java runtime")
    with statordb_server() as ours, local:
        features = features_of(Peer(ours.port))
        outcome = run_worker((ours.port, local.port), features, "smoke", "smoke", SMOKE, 20)
    record_property("summary", f"differential: {SMOKE} operations, {sum(outcome.excused.values())} differ for a reason")
    assert not outcome.divergences, report(outcome, is_full=False)


def test_a_seed_gives_the_same_operations() -> None:
    one, two = (Generator("seed", "w", EVERYTHING) for _ in range(2))
    for _ in range(500):
        assert one.next().described() == two.next().described()


def test_every_operation_is_sent() -> None:
    generator = Generator("seed", "w", EVERYTHING)
    sent = {generator.next().name for _ in range(8000)}
    assert sent == set(OPERATIONS)


def test_every_difference_has_a_name_and_a_fact() -> None:
    assert len({entry.name for entry in DIFFERENCES}) == len(DIFFERENCES)
    assert all(entry.fact for entry in DIFFERENCES)


@pytest.mark.parametrize(
    ("ours", "local", "names"),
    [
        ("Requested resource not found", "Cannot do operations on a non-existent table", ["no such table"]),
        ("1 validation error detected: Invalid ConditionExpression: x", "Invalid ConditionExpression: x", ["envelope"]),
        ("1 validation error detected: Invalid ConditionExpression: x", "Invalid ConditionExpression: y", None),
        ("Requested resource not found", "The conditional request failed", ["order of faults"]),
        ("The conditional request failed", "Requested resource not found", None),
    ],
)
def test_a_difference_is_explained_only_by_what_is_known(ours, local, names) -> None:
    operation = Operation("PutItem", {"TableName": "t", "Item": {}})
    answers = (Answer(400, "SomeException", message) for message in (ours, local))
    assert differences_of(Case(operation, *answers)) == names


def test_an_item_that_only_one_server_has_is_not_explained() -> None:
    operation = Operation("GetItem", {"TableName": "t", "Key": {"p": {"S": "a"}}})
    found = Answer(200, members={"Item": {"p": {"S": "a"}}})
    assert differences_of(Case(operation, found, Answer(200))) is None
    assert differences_of(Case(operation, Answer(200), found)) is None


@pytest.mark.parametrize(
    ("table", "ours", "local", "names"),
    [
        ("w-plain", 1.5, 1.0, ["minus of a long number"]),
        ("w-plain", 1.0, 1.5, None),
        ("w-plain", 9.0, 1.0, None),
        ("w-range", 1.5, 1.0, None),
    ],
)
def test_a_minus_costs_more_only_where_long_numbers_are(table, ours, local, names) -> None:
    operation = Operation("Query", {"TableName": table})
    answers = (
        Answer(200, members={"ConsumedCapacity": {"TableName": table, "CapacityUnits": units}})
        for units in (ours, local)
    )
    assert differences_of(Case(operation, *answers)) == names


@pytest.mark.parametrize(("more", "names"), [(2, ["minus of a long number"]), (1, None), (3, None)])
def test_a_minus_is_counted_in_the_size_of_a_change(more, names) -> None:
    images = {"NewImage": {"k": {"N": LONG_NEGATIVE}, "l": {"L": [{"N": LONG_NEGATIVE}, {"S": "a"}]}}}
    operation = Operation("GetRecords", {"TableName": "w-plain"})
    answers = (
        Answer(200, members={"Changes": [{"change": {**images, "SizeBytes": size}}]}) for size in (60 + more, 60)
    )
    assert differences_of(Case(operation, *answers)) == names


def test_a_replay_has_what_was_sent_to_a_table_that_comes_and_goes() -> None:
    history = History([])
    sent = [
        Operation("CreateTable", {"TableName": "w-churn0"}),
        Operation("PutItem", {"TableName": "w-churn0"}, touches=[("w-churn0", {"p": {"S": "a"}})]),
        Operation("CreateTable", {"TableName": "w-churn1"}),
    ]
    for operation in sent:
        history.add(operation)
    replay = history.replay(Operation("Scan", {"TableName": "w-churn0"}), Peer(0))
    assert [before["name"] for before in replay["before"]] == ["CreateTable", "PutItem"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"S": "it's"}, "'it''s'"),
        ({"N": "-1.5e3"}, "-1.5e3"),
        ({"N": "NaN"}, None),
        ({"L": [{"BOOL": True}, {"M": {"a": {"NULL": True}}}]}, "[true, {'a': null}]"),
        ({"NS": ["1", "2"]}, "<<1, 2>>"),
        ({"SS": []}, None),
        ({"L": [{"B": "YQ=="}]}, None),
    ],
)
def test_values_are_written_out_where_statements_can_say_them(value, text) -> None:
    assert literal(value) == text


def test_an_update_is_written_as_clauses() -> None:
    expressions = Expressions(Random(1), Table("t", (("p", "S"),)))
    expressions.values = {":v0": {"N": "1"}, ":v1": {"SS": ["a"]}}
    made = changes(expressions.chance, "SET #a = :v0 REMOVE b, c ADD n :v0 DELETE s :v1", expressions)
    assert made == "SET #a = :v0 REMOVE b REMOVE c SET n = n + :v0, s = set_delete(s, :v1)"
    assert changed_paths('UPDATE "t" SET "a.b"[1].c = 1, d = set_add(d, ?) REMOVE e WHERE f = 1') == [
        ("a.b", 1, "c"),
        ("d",),
        ("e",),
    ]


@pytest.mark.parametrize(
    ("ours", "local", "names"),
    [
        (
            "Statement wasn't well formed, can't be processed: x",
            "Statement wasn't well formed, can't be processed: y",
            1,
        ),
        ("Statement wasn't well formed, can't be processed: x", "Requested resource not found", 1),
        ("Requested resource not found", "Unrecognized function: foo", 1),
        ("The conditional request failed", "Unrecognized function: foo", None),
        ("Unrecognized function: foo", "Unrecognized function: bar", None),
    ],
)
def test_a_fault_of_a_statement_is_explained_wherever_it_is_told(ours, local, names) -> None:
    kinds = {"Requested resource not found": "ResourceNotFoundException"}
    alone, other = (Answer(400, kinds.get(text, "ValidationException"), text) for text in (ours, local))
    found = differences_of(Case(Operation("ExecuteStatement", {"Statement": "x"}), alone, other))
    assert (found and len(found)) == names
    errors = [{"Error": {"Code": answer.kind, "Message": answer.message}} for answer in (alone, other)]
    answers = (Answer(200, members={"Responses": [{}, error]}) for error in errors)
    found = differences_of(Case(Operation("BatchExecuteStatement", {"Statements": [{}, {}]}), *answers))
    assert (found and len(found)) == names


def test_items_of_a_partition_keep_their_order() -> None:
    items = [{"p": {"S": name}, "q": {"N": number}} for name, number in (("b", "2"), ("a", "1"), ("b", "1"))]
    ordered = [("a", "1"), ("b", "2"), ("b", "1")]
    operation = Operation("ExecuteStatement", {}, order="p")
    assert [(item["p"]["S"], item["q"]["N"]) for item in ordered_items(operation, items)] == ordered


def test_paths_of_updates() -> None:
    names = {"#a": "x.y", "#b": "k"}
    expression = "SET #a[1].#b = if_not_exists(q, :v), b = :w REMOVE c[0] ADD d :x"
    assert paths(expression, names) == [("x.y", 1, "k"), ("b",), ("c", 0), ("d",)]
    assert not is_clearing({"UpdateExpression": expression})
    assert is_clearing({"UpdateExpression": "remove a, b DELETE c :v"})
    item = {"l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}, "m": {"M": {"x": {"S": "a"}, "y": {"S": "b"}}}}
    assert cut(item, [("l", 2), ("l", 0), ("m", "y"), ("m", "z"), ("n",)]) == {
        "l": {"L": [{"N": "0"}, {"N": "2"}]},
        "m": {"M": {"y": {"S": "b"}}},
    }
