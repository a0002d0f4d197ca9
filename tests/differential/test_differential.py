"""A few thousand operations against DynamoDB Local where it is there; `make differential` sends a hundred thousand."""

from __future__ import annotations

import pytest
from bench.servers import local_server, statordb_server

from .case import Case
from .differences import DIFFERENCES, differences_of
from .generator import Generator
from .operation import Operation
from .peer import Answer, Peer
from .replay import History
from .report import report
from .schema import OPERATIONS, Features, features_of
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
