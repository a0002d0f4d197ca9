"""Values as texts: for a cell of a table, and as JSON.

Whatever an item holds, none of these texts has a control character: a terminal is not told what to do by data.
"""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

__all__ = ["as_cell", "as_json", "cut", "parse_json", "plain"]

CELL_LENGTH_MAX = 500
BYTES_SHOWN = 8
# Numbers with more digits than these before or behind the point are shown with an exponent.
DIGITS_MAX = 40
# What JSON leaves as it is, and terminals may obey.
DELETE_AND_C1 = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def plain(text: str) -> str:
    """A text in one line, with what cannot be printed written out."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def cut(text: str, length: int = CELL_LENGTH_MAX) -> str:
    """The beginning of a text that may be very long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def as_cell(value: Any) -> str:
    """A value as a table shows it: texts bare, sets, lists and maps as PartiQL writes them."""
    if isinstance(value, str):
        return plain(cut(value)) or "''"
    return cut(_literal(value))


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return _number(value)
        case str():
            return "'" + plain(cut(value)).replace("'", "''") + "'"
        case bytes():
            more = f"… ({len(value)} bytes)" if len(value) > BYTES_SHOWN else ""
            return f"0x{value[:BYTES_SHOWN].hex()}{more}"
        case set() | frozenset():
            return "<<" + _some(sorted(value)) + ">>"
        case list():
            return "[" + _some(value) + "]"
        case dict():
            return "{" + ", ".join(f"{_literal(name)}: {_literal(each)}" for name, each in _first(value.items())) + "}"
        case _:
            return plain(str(value))


def _some(values: list[Any]) -> str:
    return ", ".join(_literal(value) for value in _first(values))


def _first(values: Any) -> list[Any]:
    """As many of the values as a cell can show: each takes two characters and more."""
    return list(values)[:CELL_LENGTH_MAX]


def _number(value: int | Decimal) -> str:
    number = Decimal(value)
    _, digits, exponent = number.as_tuple()
    is_short = isinstance(exponent, int) and exponent >= -DIGITS_MAX and len(digits) + exponent <= DIGITS_MAX
    return f"{number:f}" if is_short else str(number)


def as_json(value: Any, *, ascii_only: bool = False) -> str:
    """A value as JSON: numbers with all their digits, sets as lists in order, binaries in base64."""
    match value:
        case str():
            text = json.dumps(value, ensure_ascii=ascii_only)
            return text if text.isprintable() else text.translate(DELETE_AND_C1)
        case int() | Decimal() if not isinstance(value, bool):
            return _number(value)
        case bytes():
            return f'"{base64.b64encode(value).decode("ascii")}"'
        case set() | frozenset() | list():
            values = value if isinstance(value, list) else sorted(value)
            return "[" + ", ".join(as_json(each, ascii_only=ascii_only) for each in values) + "]"
        case dict():
            members = (
                f"{as_json(name, ascii_only=ascii_only)}: {as_json(each, ascii_only=ascii_only)}"
                for name, each in value.items()
            )
            return "{" + ", ".join(members) + "}"
        case _:
            return json.dumps(value)


def parse_json(text: str) -> list[Any]:
    """The values of a text with any number of values of JSON; numbers are Decimals. Raises ValueError."""
    decoder = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    values, place = [], 0
    text = text.strip()
    while place < len(text):
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise ValueError(f'`{plain(cut(text[place:], 40))}` is no JSON; a text is "in double quotes"') from error
        values.append(value)
        place = end
        while place < len(text) and text[place].isspace():
            place += 1
    return values


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
