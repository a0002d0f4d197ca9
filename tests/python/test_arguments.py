"""Arguments that are wrong, and that the database never sees, say which they are."""

from __future__ import annotations

import errno

import pytest

import statordb
from statordb import errors


@pytest.fixture
def db():
    with statordb.connect(":memory:") as db:
        yield db


@pytest.fixture
def table(db):
    table = db.create_table("things", "id", "n:N")
    table.batch_write(puts=({"id": "a", "n": n} for n in range(50)))
    return table


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("limit", 0, ValueError),
        ("limit", -1, ValueError),
        ("limit", "3", TypeError),
        ("page_size", 0, ValueError),
        ("page_size", -5, ValueError),
        ("segment", -1, ValueError),
        ("segments", 0, ValueError),
        ("segments", 1_000_001, ValueError),
        ("segments", "4", TypeError),
        ("projection", 5, TypeError),
        ("projection", [5], TypeError),
    ],
)
def test_arguments_of_a_scan_are_checked_by_name(table, name, value, kind) -> None:
    with pytest.raises(kind, match=f"^{name} is "):
        table.scan(**{name: value})


@pytest.mark.parametrize("port", [-1, 65_536, "8000"])
def test_a_port_is_a_number_that_a_port_can_have(db, port) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^port is"):
        db.serve(port=port)


def test_a_port_in_use_is_an_oserror_with_its_number(db) -> None:
    with db.serve() as server:
        with pytest.raises(OSError, match="cannot listen on") as caught:
            db.serve(port=server.port)
        assert caught.value.errno == errno.EADDRINUSE
        assert "os error" not in str(caught.value)


@pytest.mark.parametrize("region", ["", "Mars!", "us east", "a:b", 5])
def test_a_region_can_stand_in_an_arn(region) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^region is"):
        statordb.connect(region=region)


def test_a_key_has_a_type_that_keys_can_have(db) -> None:
    with pytest.raises(ValueError, match="S, N or B"):
        db.create_table("t", "id:X")
    assert db.create_table("other", "with:colon:N").describe()["KeySchema"][0]["AttributeName"] == "with:colon"


def test_batches_take_dicts_only(table) -> None:
    for wrong in (["id"], {"id": "a", "n": 1}, [None]):
        with pytest.raises(TypeError, match="item is a dict"):
            table.batch_write(puts=wrong)
        with pytest.raises(TypeError, match="key is a dict"):
            table.batch_write(deletes=wrong)
        with pytest.raises(TypeError, match="keys is a dict"):
            table.batch_get(wrong)
    for wrong in (None, "id", [("id", "a")]):
        with pytest.raises(TypeError, match="dict"):
            table.put(wrong)


@pytest.mark.parametrize(
    "number", [10**126, 10**5000, -(10**5000), 10**100_000], ids=["126", "5000", "-5000", "100000"]
)
def test_numbers_that_are_too_large_are_the_databases_to_refuse(table, number) -> None:
    with pytest.raises(errors.ValidationException, match="Number overflow"):
        table.put({"id": "a", "n": 1, "v": number})
    table.put({"id": "a", "n": 1, "v": 10**125})


def test_a_projection_may_be_a_list_of_names(table) -> None:
    table.put({"id": "b", "n": 1, "name": "a", "a.b": 2, "c": 3})
    key = {"id": "b", "n": 1}
    assert table.get(key, projection=["name", "a.b"]) == {"name": "a", "a.b": 2}
    assert table.batch_get([key], projection=("name",)) == [{"name": "a"}]
    asked = table.query("#i = :i", names={"#i": "id"}, values={":i": "b"}, projection=["c", "c"])
    assert list(asked) == [{"c": 3}]
    assert table.scan(projection=["n"], segments=2).first().keys() == {"n"}


class Counting:
    """The handle of a table that counts what is read."""

    def __init__(self, core) -> None:
        self._core = core
        self.read = 0
        self.pages = 0

    def scan(self, *arguments):
        page = self._core.scan(*arguments)
        self.read += page[2]
        self.pages += 1
        return page


def test_count_stops_at_the_limit_and_first_reads_one_item(table) -> None:
    table._core = counting = Counting(table._core)
    assert table.scan(limit=5).count() == 5
    assert (counting.read, counting.pages) == (5, 1)
    assert table.scan(limit=7, page_size=5).count() == 7
    assert (counting.read, counting.pages) == (15, 3)
    assert table.scan().first() is not None
    assert counting.read == 16
    assert table.scan(filter="n = :n", values={":n": 49}, limit=1).count() == 1
    assert table.scan(filter="n = :n", values={":n": 49}).first() == {"id": "a", "n": 49}


def test_many_segments_are_read_by_few_threads(table) -> None:
    import threading

    seen = set()
    for _ in table.scan(segments=5_000).pages():
        seen.update(thread.name for thread in threading.enumerate() if thread.name.startswith("statordb-scan"))
    assert 1 <= len(seen) <= 32
    assert table.scan(segments=5_000).count() == 50


def test_what_is_handed_out_says_what_it_is(db, table) -> None:
    client = db.client()
    with table.batch_writer() as batch:
        batch.put({"id": "a", "n": 1})
        assert repr(batch) == "<statordb.BatchWriter of 'things', 1 waiting>"
    assert repr(table.scan(limit=3)) == "<statordb.Results of a scan of 'things', at most 3: read when iterated>"
    assert repr(table.query("id = :i")) == "<statordb.Results of a query of 'things': read when iterated>"
    assert repr(client.get_waiter("table_exists")) == "<statordb.Waiter table_exists>"
    assert repr(client.get_paginator("scan")) == "<statordb.Paginator of scan>"
    assert "PageIterator of scan" in repr(client.get_paginator("scan").paginate(TableName="things"))
    server = db.serve()
    assert repr(server) == f"<statordb.Server {server.url}>"
    server.stop()
    assert repr(server) == f"<statordb.Server {server.url} stopped>"


def test_a_closed_database_is_not_entered() -> None:
    db = statordb.connect()
    db.close()
    with pytest.raises(errors.ClosedError), db:
        pass
