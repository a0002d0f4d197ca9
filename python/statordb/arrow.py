"""Rows as a table of Arrow: what `Rows.to_arrow` answers.

Every attribute is a column, and nothing is lost: numbers keep every digit, and a column whose values no type holds is
refused by name. A column is nullable, since an attribute may be missing, or NULL. pyarrow is imported here and nowhere
else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

try:
    import pyarrow
except ModuleNotFoundError as error:
    if error.name != "pyarrow":
        raise
    message = 'a table of Arrow needs the module `pyarrow`: pip install "statordb[arrow]"'
    raise ModuleNotFoundError(message, name="pyarrow") from error

__all__ = ["table_of"]

INT64 = range(-(2**63), 2**63)
KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "str"),
    (bool, "bool"),  # before numbers: a bool is an int
    ((int, Decimal), "number"),
    ((bytes, bytearray), "bytes"),
    ((set, frozenset), "set"),
    (list, "list"),
    (dict, "map"),
)


@dataclass(frozen=True)
class Form:
    """A type of Arrow, and how a value becomes one that pyarrow takes for it."""

    type: pyarrow.DataType
    of: Callable[[Any], Any]


def table_of(rows: Iterable[dict[str, Any]]) -> pyarrow.Table:
    """Make a table of rows. Raises TypeError for values of different types in one column."""
    columns: dict[str, list[Any]] = {}
    count = 0
    for row in rows:
        for name, value in row.items():
            column = columns.setdefault(name, [])
            column.extend([None] * (count - len(column)))
            column.append(value)
        count += 1
    if not columns:
        # Rows without any attribute are rows all the same.
        return pyarrow.Table.from_struct_array(pyarrow.array([{}] * count, pyarrow.struct([])))
    return pyarrow.table({name: _array(name, values, count) for name, values in columns.items()})


def _array(name: str, values: list[Any], count: int) -> Any:
    values.extend([None] * (count - len(values)))
    form = _form(name, values)
    return pyarrow.array([None if value is None else form.of(value) for value in values], form.type)


def _form(place: str, values: list[Any]) -> Form:
    """The form of all values of a place: a column, the elements of its lists, or a member of its maps."""
    present = [value for value in values if value is not None]
    kinds = sorted({_kind(place, value) for value in present})
    if len(kinds) > 1:
        raise TypeError(
            f"the column `{place}` has values of different types: {', '.join(kinds)}; a column of Arrow has one type"
        )
    match kinds:
        case []:
            return Form(pyarrow.null(), _same)
        case ["str"]:
            return Form(pyarrow.string(), _same)
        case ["bool"]:
            return Form(pyarrow.bool_(), _same)
        case ["bytes"]:
            return Form(pyarrow.binary(), bytes)
        case ["number"]:
            return _number(present)
        case ["map"]:
            return _struct(place, present)
        case ["set"]:
            return _list(place, present, sorted)
        case _:
            return _list(place, present, _same)


def _same(value: Any) -> Any:
    return value


def _kind(place: str, value: Any) -> str:
    for types, name in KINDS:
        if isinstance(value, types):
            return name
    raise TypeError(f"the column `{place}` has a value of the type {type(value).__name__}, which Arrow has no type for")


def _number(values: list[Any]) -> Form:
    """The narrowest of int64, decimal128 and decimal256 that holds all numbers exactly, else their texts."""
    whole = scale = 0
    is_integral = True
    for value in values:
        _, digits, exponent = Decimal(value).as_tuple()
        if not isinstance(exponent, int):
            return Form(pyarrow.string(), str)
        zeros = 0
        while zeros < len(digits) and digits[-1 - zeros] == 0:
            zeros += 1
        if zeros == len(digits):
            continue
        whole = max(whole, len(digits) + exponent)
        scale = max(scale, -(exponent + zeros))
        # Of a number that is too long for it no int is made: its exponent may be large.
        is_integral = is_integral and scale == 0 and whole <= 19 and int(value) in INT64
    if is_integral:
        return Form(pyarrow.int64(), int)
    precision = max(whole + scale, 1)
    if precision <= 38:
        return Form(pyarrow.decimal128(precision, scale), Decimal)
    if precision <= 76:
        return Form(pyarrow.decimal256(precision, scale), Decimal)
    return Form(pyarrow.string(), str)


def _list(place: str, values: list[Any], ordered: Callable[[Any], Any]) -> Form:
    element = _form(f"{place}[]", [element for value in values for element in value])
    return Form(
        pyarrow.list_(element.type),
        lambda value: [None if each is None else element.of(each) for each in ordered(value)],
    )


def _struct(place: str, values: list[dict[str, Any]]) -> Form:
    names = list(dict.fromkeys(name for value in values for name in value))
    members = {name: _form(f"{place}.{name}", [value.get(name) for value in values]) for name in names}
    return Form(
        pyarrow.struct([(name, member.type) for name, member in members.items()]),
        lambda value: {name: None if each is None else members[name].of(each) for name, each in value.items()},
    )
