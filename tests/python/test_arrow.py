"""Rows as a table of Arrow."""

from __future__ import annotations

import random
import subprocess
import sys
from decimal import Decimal

import pyarrow
import pytest

INT64_MAX = 2**63 - 1


@pytest.fixture
def table(statordb):
    return statordb.create_table("things", "id")


def arrow(database, items):
    """A table of these items, in their order, with a number each."""
    table = database.create_table("listed", "list", "id:N")
    for number, item in enumerate(items):
        table.put({"list": "all", "id": number, **item})
    return database.sql("SELECT * FROM listed WHERE \"list\" = 'all'").to_arrow().drop_columns(["list"])


NUMBERS = [
    ([1, -5, 10**6], pyarrow.int64()),
    ([INT64_MAX, -INT64_MAX - 1], pyarrow.int64()),
    ([Decimal("1E+3"), Decimal("5.00")], pyarrow.int64()),
    ([INT64_MAX + 1], pyarrow.decimal128(19, 0)),
    ([Decimal("1.5"), 200], pyarrow.decimal128(4, 1)),
    ([Decimal("-0.001")], pyarrow.decimal128(3, 3)),
    ([Decimal("1E+37"), 0], pyarrow.decimal128(38, 0)),
    ([Decimal("1E+38")], pyarrow.decimal256(39, 0)),
    ([10**38 - 1, Decimal("1E-38")], pyarrow.decimal256(76, 38)),
    ([Decimal("1E+100"), Decimal("1E-100")], pyarrow.string()),
]


@pytest.mark.parametrize(("numbers", "kind"), NUMBERS, ids=str)
def test_numbers_are_as_narrow_as_they_can_be_and_exact(statordb, numbers, kind) -> None:
    column = arrow(statordb, [{"n": number} for number in numbers])["n"]
    assert column.type == kind
    assert [Decimal(value) for value in column.to_pylist()] == numbers


def test_no_number_loses_a_digit(statordb) -> None:
    chance = random.Random(7)
    for name, widest in enumerate((3, 20, 38, 60, 120)):
        numbers = [
            Decimal(chance.randint(-(10**digits), 10**digits)).scaleb(chance.randint(-widest, widest // 2))
            for digits in (chance.randint(1, 37) for _ in range(30))
        ]
        numbers = [number for number in numbers if not number or abs(number.adjusted()) < 120]
        table = statordb.create_table(f"numbers{name}", "id:N")
        table.batch_write(puts=({"id": place, "n": number} for place, number in enumerate(numbers)))
        made = statordb.sql(f"SELECT * FROM numbers{name}").to_arrow().to_pylist()
        assert {int(row["id"]): Decimal(row["n"]) for row in made} == dict(enumerate(numbers))


def test_every_type_has_its_own(statordb) -> None:
    made = arrow(
        statordb,
        [
            {"s": "é", "b": b"\0\xff", "t": True, "null": None, "l": [1, None], "set": {"b", "a"}, "m": {"x": 1}},
            {"l": [], "set": {"c"}, "m": {"y": {"z": ["deep"]}, "x": Decimal("0.5")}},
            {"m": None, "late": {Decimal("1.5"), Decimal(1)}, "bs": {b"b", b"a"}, "e": {}},
        ],
    )
    deep = pyarrow.struct([("z", pyarrow.list_(pyarrow.string()))])
    assert {field.name: field.type for field in made.schema} == {
        "id": pyarrow.int64(),
        "s": pyarrow.string(),
        "b": pyarrow.binary(),
        "t": pyarrow.bool_(),
        "null": pyarrow.null(),
        "l": pyarrow.list_(pyarrow.int64()),
        "set": pyarrow.list_(pyarrow.string()),
        "m": pyarrow.struct([("x", pyarrow.decimal128(2, 1)), ("y", deep)]),
        "late": pyarrow.list_(pyarrow.decimal128(2, 1)),
        "bs": pyarrow.list_(pyarrow.binary()),
        "e": pyarrow.struct([]),
    }
    first, second, third = made.to_pylist()
    assert first["set"] == ["a", "b"]
    assert first["l"] == [1, None]
    assert first["m"] == {"x": Decimal("1.0"), "y": None}
    assert second["m"] == {"x": Decimal("0.5"), "y": {"z": ["deep"]}}
    assert (second["s"], second["null"], second["l"]) == (None, None, [])
    assert (third["m"], third["late"], third["bs"]) == (None, [1, Decimal("1.5")], [b"a", b"b"])


def test_columns_are_in_the_order_of_their_first_appearance(statordb) -> None:
    made = arrow(statordb, [{"b": 1}, {"a": 1, "c": 1}])
    assert made.column_names == ["b", "id", "a", "c"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["x", 1], "the column `v` has values of different types: number, str"),
        ([{"a"}, ["a"]], "the column `v` has values of different types: list, set"),
        ([True, 1], "the column `v` has values of different types: bool, number"),
        ([["x", 1]], r"the column `v\[\]` has values of different types: number, str"),
        (
            [{"in": [{"x": 1}]}, {"in": [{"x": b""}]}],
            r"the column `v.in\[\].x` has values of different types: bytes, n",
        ),
    ],
)
def test_values_of_different_types_are_refused_by_the_name_of_the_column(statordb, values, message) -> None:
    with pytest.raises(TypeError, match=message):
        arrow(statordb, [{"v": value} for value in values])


def test_what_is_empty_is_a_table_too(table, statordb) -> None:
    made = statordb.sql("SELECT * FROM things").to_arrow()
    assert (made.num_rows, made.num_columns) == (0, 0)
    table.batch_write(puts=({"id": str(number)} for number in range(5)))
    assert statordb.sql("SELECT nosuch FROM things").to_arrow().num_rows == 5


def test_all_pages_are_read(table, statordb) -> None:
    table.batch_write(puts=({"id": str(number), "even": number % 2 == 0} for number in range(250)))
    made = statordb.sql("SELECT id FROM things WHERE even = true", page_size=20).to_arrow()
    assert sorted(made["id"].to_pylist(), key=int) == [str(number) for number in range(0, 250, 2)]


def test_pyarrow_is_imported_when_it_is_asked_for_and_missed_by_name() -> None:
    program = """
import sys, statordb, statordb.sql
assert "pyarrow" not in sys.modules
sys.modules["pyarrow"] = None
db = statordb.connect()
db.create_table("things", "id")
try:
    db.sql("SELECT * FROM things").to_arrow()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == 'a table of Arrow needs the module `pyarrow`: pip install "statordb[arrow]"\n'
