"""Tables with native values."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest

import statordb
from statordb import errors


@pytest.fixture
def table():
    with statordb.connect(":memory:") as db:
        yield db.create_table("things", "id", "n:N")


VALUES = [
    ("text", "text"),
    ("", ""),
    ("snow ☃ \U0001f600", "snow ☃ \U0001f600"),
    (1, Decimal(1)),
    (-(10**37), Decimal(-(10**37))),
    (2**63, Decimal(2**63)),
    (Decimal("1.50"), Decimal("1.5")),
    (Decimal("1E-130"), Decimal("1E-130")),
    (b"bytes", b"bytes"),
    (bytearray(b"array"), b"array"),
    (memoryview(b"view"), b"view"),
    (True, True),
    (False, False),
    (None, None),
    ({"a", "b"}, {"a", "b"}),
    (frozenset({1, Decimal("2.5")}), {Decimal(1), Decimal("2.5")}),
    ({b"x", b"y"}, {b"x", b"y"}),
    ([1, "two", [3]], [Decimal(1), "two", [Decimal(3)]]),
    ((1, 2), [Decimal(1), Decimal(2)]),
    ({"deep": {"er": [None, True, {}]}}, {"deep": {"er": [None, True, {}]}}),
    ([], []),
]


@pytest.mark.parametrize(("given", "back"), VALUES, ids=[type(given).__name__ for given, _ in VALUES])
def test_values_come_back_as_the_types_of_boto3_resources(table, given, back) -> None:
    table.put({"id": "a", "n": 1, "value": given})
    found = table.get({"id": "a", "n": 1})["value"]
    assert found == back
    assert type(found) is type(back)


@pytest.mark.parametrize("value", [1.5, float("nan"), {1.5}, [1.5]], ids=str)
def test_floats_are_refused_with_a_hint(table, value) -> None:
    with pytest.raises(TypeError, match="Use Decimal types instead"):
        table.put({"id": "a", "n": 1, "value": value})


@pytest.mark.parametrize(
    "value", [object(), {"a", 1}, {1: "not a name"}, Decimal("NaN"), Decimal("Infinity"), {(1, 2)}, {True}]
)
def test_other_values_are_refused(table, value) -> None:
    with pytest.raises(TypeError):
        table.put({"id": "a", "n": 1, "value": value})


def test_the_binary_type_of_boto3_is_taken(table) -> None:
    types = pytest.importorskip("boto3.dynamodb.types")
    table.put({"id": "a", "n": 1, "value": types.Binary(b"x"), "set": {types.Binary(b"y")}})
    assert table.get({"id": "a", "n": 1}) == {"id": "a", "n": 1, "value": b"x", "set": {b"y"}}


def test_a_list_that_holds_itself_is_an_error_not_a_crash(table) -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(errors.ValidationException, match="Nesting Levels"):
        table.put({"id": "a", "n": 1, "value": endless})


def test_a_small_value_that_is_large_when_written_out_is_refused(table) -> None:
    value: list[object] = ["x" * 100]
    for _ in range(25):
        value = [value, value]
    with pytest.raises(errors.ParamValidationError, match="16 MB"):
        table.put({"id": "a", "n": 1, "value": value})


def test_put_and_delete_give_the_old_item_when_asked(table) -> None:
    assert table.put({"id": "a", "n": 1, "v": 1}) is None
    assert table.put({"id": "a", "n": 1, "v": 2}, return_values="ALL_OLD") == {"id": "a", "n": 1, "v": 1}
    assert table.delete({"id": "a", "n": 1}, return_values="ALL_OLD") == {"id": "a", "n": 1, "v": 2}
    assert table.delete({"id": "a", "n": 1}, return_values="ALL_OLD") is None
    assert table.get({"id": "a", "n": 1}) is None


def test_a_failed_condition_carries_the_item(table) -> None:
    table.put({"id": "a", "n": 1, "data": b"x"})
    with pytest.raises(errors.ConditionalCheckFailedException) as caught:
        table.put({"id": "a", "n": 1}, condition="attribute_not_exists(id)", return_item_on_failure=True)
    error = caught.value
    assert error.item == {"id": "a", "n": 1, "data": b"x"}
    assert error.response["Item"]["data"] == {"B": b"x"}
    assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert error.response["Error"]["Message"] == "The conditional request failed"
    assert error.operation_name == "PutItem"
    assert str(error) == (
        "An error occurred (ConditionalCheckFailedException) when calling the PutItem operation: "
        "The conditional request failed"
    )


def test_update_edits_and_gives_what_is_asked_for(table) -> None:
    key = {"id": "a", "n": 1}
    values = {":by": Decimal("2.5"), ":tags": {"x"}}
    assert table.update(key, "ADD #count :by, tags :tags", names={"#count": "count"}, values=values) is None
    names, values = {"#count": "count"}, {":by": 1}
    after = table.update(key, "ADD #count :by", names=names, values=values, return_values="UPDATED_NEW")
    assert after == {"count": Decimal("3.5")}
    with pytest.raises(errors.ConditionalCheckFailedException):
        table.update(key, "REMOVE tags", condition="#count > :c", names={"#count": "count"}, values={":c": 10})


def test_an_unknown_return_value_is_refused(table) -> None:
    with pytest.raises(errors.ParamValidationError, match="ALL"):
        table.put({"id": "a", "n": 1}, return_values="ALL")


def test_query_reads_lazily_page_by_page(table) -> None:
    table.batch_write(puts=({"id": "a", "n": n} for n in range(10)))
    results = table.query("id = :id AND n >= :n", values={":id": "a", ":n": 3}, page_size=3)
    assert [item["n"] for item in results] == [3, 4, 5, 6, 7, 8, 9]
    assert [page.count for page in results.pages()] == [3, 3, 1]
    assert results.count() == 7
    assert results.first() == {"id": "a", "n": 3}
    last_first = table.query("id = :id", values={":id": "a"}, forward=False, limit=2)
    assert [item["n"] for item in last_first] == [9, 8]
    first_page = next(results.pages())
    rest = table.query("id = :id", values={":id": "a"}, start_key=first_page.last_key)
    assert [item["n"] for item in rest] == [6, 7, 8, 9]


def test_scan_filters_projects_and_divides(table) -> None:
    table.batch_write(puts=({"id": f"k{n}", "n": n, "even": n % 2 == 0} for n in range(100)))
    assert table.scan(filter="even = :t", values={":t": True}).count() == 50
    assert all(set(item) == {"id"} for item in table.scan(projection="id"))
    parts = [{item["n"] for item in table.scan(segment=part, segments=3)} for part in range(3)]
    assert sorted(n for part in parts for n in part) == list(range(100))
    assert sorted(item["n"] for item in table.scan(segments=4, page_size=7)) == list(range(100))
    assert table.scan(segments=4).count() == 100
    assert len(list(table.scan(segments=4, limit=5))) == 5


def test_batches_take_any_number_and_the_last_request_for_a_key_holds(table) -> None:
    with table.batch_writer() as batch:
        for n in range(60):
            batch.put({"id": "a", "n": n})
        batch.put({"id": "a", "n": 59, "v": "last"})
        batch.put({"id": "a", "n": 58})
        batch.delete({"id": "a", "n": Decimal("58.0")})
    assert table.scan().count() == 59
    found = table.batch_get(({"id": "a", "n": n} for n in range(200)), projection="n")
    assert sorted(item["n"] for item in found) == [*range(58), 59]


def test_a_batch_that_fails_with_an_exception_is_not_written(table) -> None:
    with pytest.raises(KeyError), table.batch_writer() as batch:
        batch.put({"id": "a", "n": 1})
        raise KeyError
    assert table.scan().count() == 0


def test_conditions_of_boto3_are_taken(table) -> None:
    conditions = pytest.importorskip("boto3.dynamodb.conditions")
    attr, key = conditions.Attr, conditions.Key
    table.batch_write(puts=({"id": "a", "n": n, "in": {"deep": [n]}, "name": f"x{n}"} for n in range(10)))
    asked = table.query(key("id").eq("a") & key("n").between(2, 8), filter=attr("in.deep[0]").is_in([3, 5, 9]))
    assert [item["n"] for item in asked] == [3, 5]
    assert table.scan(filter=~attr("name").begins_with("x") | attr("name").size().gt(5)).count() == 0
    assert table.scan(filter=attr("name").attribute_type("S") & attr("name").contains("7")).count() == 1
    with pytest.raises(errors.ConditionalCheckFailedException):
        table.put({"id": "a", "n": 1}, condition=attr("id").not_exists())


def test_a_table_tells_about_itself() -> None:
    with statordb.connect(region="eu-west-1") as db:
        table = db.create_table("made", "a:B", "b", deletion_protection=True)
        description = table.describe()
        assert description["KeySchema"] == [
            {"AttributeName": "a", "KeyType": "HASH"},
            {"AttributeName": "b", "KeyType": "RANGE"},
        ]
        assert {"AttributeName": "a", "AttributeType": "B"} in description["AttributeDefinitions"]
        assert description["TableArn"].startswith("arn:aws:dynamodb:eu-west-1:")
        with pytest.raises(errors.ValidationException, match="protected against deletion"):
            table.drop()
        db.create_table("other", "with:colon:S").drop()
        assert "other" not in db.tables()


def test_a_closed_database_says_so() -> None:
    db = statordb.connect()
    table, client = db.create_table("things", "id"), db.client()
    db.close()
    db.close()
    assert db.closed
    for call in (db.tables, client.list_tables, lambda: table.get({"id": "a"}), lambda: db.table("things"), db.serve):
        with pytest.raises(errors.ClosedError, match="closed"):
            call()


def test_threads_share_a_database(table) -> None:
    def work(name: str) -> None:
        for n in range(200):
            table.put({"id": name, "n": n})
            table.update({"id": "sum", "n": 0}, "ADD hits :one", values={":one": 1})

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert table.get({"id": "sum", "n": 0})["hits"] == 800
    assert table.scan().count() == 801


def test_errors_survive_pickling() -> None:
    import pickle

    with statordb.connect() as db, pytest.raises(errors.ResourceNotFoundException) as caught:
        db.table("missing").get({"id": "a"})
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is errors.ResourceNotFoundException
    assert (copy.code, copy.message, copy.operation_name, str(copy)) == (
        "ResourceNotFoundException",
        "Requested resource not found",
        "GetItem",
        str(caught.value),
    )


def test_items_expire_while_another_table_is_being_deleted() -> None:
    with statordb.connect(control_plane_delay=0.5) as db:
        for name in ("one", "two", "three"):
            db.create_table(name, "id")
            ttl = {"Enabled": True, "AttributeName": "ends"}
            db.client().update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
        time.sleep(0.6)
        for name in ("one", "three"):
            db.table(name).put({"id": "x", "ends": 1_795_000_000})
        db.delete_table("two")
        assert "two" in db.client().list_tables()["TableNames"]
        db.expire()
        assert [db.table(name).scan().count() for name in ("one", "three")] == [0, 0]
