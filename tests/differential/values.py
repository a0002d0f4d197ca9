"""Random attribute values: mostly small and well-formed, sometimes such that DynamoDB refuses them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Typed = dict[str, Any]
Item = dict[str, Typed]

KINDS = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")
WORDS = ("", "a", "b", "ab", "abc", "B", "zz", "é", "😀", "a b", "10")
NUMBERS = ("0", "1", "-1", "2", "3", "10", "-7", "1.5", "0.25", "-0.5", "100", "12345678901234567890", "0.001", "99")
# Numbers whose text is not the one that DynamoDB answers with.
SPELLINGS = ("1.0", "01", "1e2", "-0", "+5", ".5", "2.50", "1E-3", "100e-2")
EXTREME_NUMBERS = (
    "9.9999999999999999999999999999999999999E+125",
    "-9.9999999999999999999999999999999999999E+125",
    "1E-130",
    "12345678901234567890123456789012345678",
    "1E125",
)
BAD_NUMBERS = ("", "abc", "1e126", "1e-131", "123456789012345678901234567890123456789", "NaN", "1 ", "0x10", "--1")
BLOBS = tuple(base64.b64encode(data).decode() for data in (b"", b"a", b"ab", b"b", b"\x00", b"\xff\xfe", b"abc"))
# 38 digits in 20 groups of two, and where alone they are, so that it is known what may be charged differently.
LONG_NUMBERS = "-plain"
LONG_NEGATIVE = "-1.2345678901234567890123456789012345678"
MAP_NAMES = ("x", "y", "z")

# What an attribute mostly holds, so that conditions and updates meet values of their type.
ATTRIBUTES: dict[str, str] = {
    "n1": "N",
    "n2": "N",
    "s1": "S",
    "s2": "S",
    "b1": "B",
    "f1": "BOOL",
    "z1": "NULL",
    "ss1": "SS",
    "ns1": "NS",
    "bs1": "BS",
    "l1": "L",
    "l2": "L",
    "m1": "M",
    "m2": "M",
    "name": "S",
    "dot.ted": "N",
}


def number(chance: Random) -> str:
    """The text of a number."""
    sort = chance.random()
    if sort < 0.85:
        return chance.choice(NUMBERS)
    if sort < 0.97:
        return str(chance.randint(-50, 50))
    return chance.choice(EXTREME_NUMBERS) if sort < 0.99 else chance.choice(SPELLINGS)


def word(chance: Random) -> str:
    """A short text."""
    return chance.choice(WORDS)


def typed(chance: Random, kind: str, depth: int = 2) -> Typed:
    """A well-formed value of a kind."""
    if kind == "S":
        return {"S": word(chance)}
    if kind == "N":
        return {"N": number(chance)}
    if kind == "B":
        return {"B": chance.choice(BLOBS)}
    if kind == "BOOL":
        return {"BOOL": chance.random() < 0.5}
    if kind == "NULL":
        return {"NULL": True}
    if kind in ("SS", "NS", "BS"):
        return {kind: members(chance, kind)}
    inner = range(chance.randint(0, 3))
    if kind == "L":
        return {"L": [any_value(chance, depth - 1) for _ in inner]}
    return {"M": {chance.choice(MAP_NAMES): any_value(chance, depth - 1) for _ in inner}}


def members(chance: Random, kind: str) -> list[str]:
    """The elements of a set."""
    pool = {"SS": WORDS, "NS": NUMBERS, "BS": BLOBS}[kind]
    return chance.sample(pool, chance.randint(1, 3))


def any_value(chance: Random, depth: int = 2) -> Typed:
    """A well-formed value of any kind, of documents less often the deeper it is."""
    weights = (6, 6, 2, 1, 1, 1, 1, 1, 1, 1) if depth > 0 else (6, 6, 2, 1, 1, 1, 1, 1, 0, 0)
    return typed(chance, chance.choices(KINDS, weights)[0], depth)


def attribute_value(chance: Random, name: str) -> Typed:
    """A value that an attribute of this name could hold."""
    kind = ATTRIBUTES.get(name)
    return typed(chance, kind) if kind is not None and chance.random() < 0.9 else any_value(chance)


def bad_value(chance: Random) -> Any:
    """Something that is no value of DynamoDB."""
    sort = chance.randrange(11)
    if sort < 4:
        return {"N": chance.choice(BAD_NUMBERS)}
    return (
        {},
        {"S": "a", "N": "1"},
        {"NULL": False},
        {"SS": []},
        {"NS": ["1", "1.0"]},
        {"SS": ["a", "a"]},
        {"M": {"x": {"L": [{"BS": []}]}}},
    )[sort - 4]


def large_text(chance: Random) -> Typed:
    """A text that takes more than one unit of capacity."""
    return {"S": "x" * chance.choice((600, 1100, 4200, 9000))}


def long_negatives(chance: Random) -> Typed:
    """A list of numbers whose sizes differ, and that together take about one unit of writing or of reading."""
    return {"L": [{"N": LONG_NEGATIVE}] * chance.choice((40, 42, 43, 44, 45, 90, 172, 175, 177, 178, 180))}
