"""Patterns of EventBridge, as Lambda takes them for records of streams."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from statordb.streams.filter import PATTERN_CHARACTERS_MAX, PatternError, compiled

RECORD = {
    "eventName": "INSERT",
    "dynamodb": {
        "ApproximateCreationDateTime": 300,
        "Keys": {"id": {"S": "A-1"}},
        "NewImage": {
            "id": {"S": "A-1"},
            "state": {"S": "Done"},
            "empty": {"S": ""},
            "count": {"N": "7"},
            "tags": {"SS": ["red", "green"]},
            "paid": {"BOOL": True},
            "nothing": {"NULL": True},
            "address": {"S": "10.0.0.77"},
            "file": {"S": "lib/images/logo.png"},
            "deep": {"M": {"inner": {"L": [{"S": "x"}, {"N": "1"}]}}},
        },
    },
}


def image(name: str, kind: str, alternatives: list) -> dict:
    return {"dynamodb": {"NewImage": {name: {kind: alternatives}}}}


CASES = [
    # Values
    ({"eventName": ["INSERT"]}, True),
    ({"eventName": ["MODIFY", "REMOVE"]}, False),
    ({"eventName": ["REMOVE", "INSERT"]}, True),
    (image("state", "S", ["Done"]), True),
    (image("state", "S", ["done"]), False),
    (image("empty", "S", [""]), True),
    (image("paid", "BOOL", [True]), True),
    (image("paid", "BOOL", [False]), False),
    (image("nothing", "NULL", [True]), True),
    (image("nothing", "NULL", [None]), False),
    (image("tags", "SS", ["green"]), True),
    (image("tags", "SS", ["blue"]), False),
    # A name of the pattern has to be there; several names all count.
    (image("absent", "S", ["x"]), False),
    ({"eventName": ["INSERT"], **image("state", "S", ["New"])}, False),
    ({"eventName": ["INSERT"], **image("state", "S", ["Done"])}, True),
    # Leaving out the type never matches.
    ({"dynamodb": {"NewImage": {"state": ["Done"]}}}, False),
    # Texts
    (image("state", "S", [{"prefix": "Do"}]), True),
    (image("state", "S", [{"prefix": "do"}]), False),
    (image("state", "S", [{"prefix": {"equals-ignore-case": "dO"}}]), True),
    (image("state", "S", [{"suffix": "ne"}]), True),
    (image("state", "S", [{"suffix": {"equals-ignore-case": "NE"}}]), True),
    (image("state", "S", [{"suffix": "NE"}]), False),
    (image("state", "S", [{"equals-ignore-case": "DONE"}]), True),
    (image("file", "S", [{"wildcard": "lib/*/logo.*"}]), True),
    (image("file", "S", [{"wildcard": "*.png"}]), True),
    (image("file", "S", [{"wildcard": "*logo"}]), False),
    (image("file", "S", [{"wildcard": "lib*lib*"}]), False),
    (image("address", "S", [{"cidr": "10.0.0.0/24"}]), True),
    (image("address", "S", [{"cidr": "10.0.1.0/24"}]), False),
    (image("state", "S", [{"cidr": "10.0.1.0/24"}]), False),
    # Anything but
    (image("state", "S", [{"anything-but": "New"}]), True),
    (image("state", "S", [{"anything-but": ["New", "Done"]}]), False),
    (image("state", "S", [{"anything-but": {"prefix": "N"}}]), True),
    (image("state", "S", [{"anything-but": {"suffix": ["x", "ne"]}}]), False),
    (image("state", "S", [{"anything-but": {"equals-ignore-case": "DONE"}}]), False),
    (image("state", "S", [{"anything-but": {"wildcard": "*o*"}}]), False),
    (image("absent", "S", [{"anything-but": "New"}]), False),
    # Numbers: attributes of type N are texts; numbers compare by how they are spelled.
    ({"dynamodb": {"ApproximateCreationDateTime": [300]}}, True),
    ({"dynamodb": {"ApproximateCreationDateTime": [300.0]}}, False),
    ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 299, "<=", 300.0]}]}}, True),
    ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": ["=", 3e2]}]}}, True),
    ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": ["<", 300]}]}}, False),
    ({"dynamodb": {"ApproximateCreationDateTime": [{"anything-but": [300]}]}}, False),
    (image("count", "N", ["7"]), True),
    (image("count", "N", [7]), False),
    (image("count", "N", [{"numeric": [">", 0]}]), False),
    # Existence is one of leaves.
    (image("state", "S", [{"exists": True}]), True),
    (image("absent", "S", [{"exists": True}]), False),
    (image("absent", "S", [{"exists": False}]), True),
    (image("state", "S", [{"exists": False}]), False),
    ({"dynamodb": {"NewImage": {"state": [{"exists": True}]}}}, False),
    ({"dynamodb": {"NewImage": {"state": [{"exists": False}]}}}, True),
    ({"dynamodb": {"NewImage": {"absent": [{"exists": False}]}}}, True),
    ({"dynamodb": {"OldImage": {"state": {"S": [{"exists": False}]}}}}, True),
    # Or
    ({"$or": [{"eventName": ["REMOVE"]}, image("state", "S", ["Done"])]}, True),
    ({"$or": [{"eventName": ["REMOVE"]}, image("state", "S", ["New"])]}, False),
    ({"eventName": ["INSERT"], "$or": [{"eventName": ["REMOVE"]}, image("state", "S", ["New"])]}, False),
    ({"dynamodb": {"NewImage": {"$or": [{"state": {"S": ["New"]}}, {"empty": {"S": [""]}}]}}}, True),
    # What is nested, also in lists
    (image("deep", "M", []) | {"dynamodb": {"NewImage": {"deep": {"M": {"inner": {"L": {"S": ["x"]}}}}}}}, True),
    ({"dynamodb": {"NewImage": {"deep": {"M": {"inner": {"L": {"N": ["2"]}}}}}}}, False),
]


@pytest.mark.parametrize(("pattern", "is_wanted"), CASES, ids=lambda each: json.dumps(each)[:80])
def test_a_pattern_wants_what_eventbridge_would_match(pattern: dict, is_wanted: bool) -> None:
    assert compiled(json.dumps(pattern))(RECORD) is is_wanted


def test_of_names_that_stand_twice_the_last_one_counts() -> None:
    assert compiled('{"eventName": ["REMOVE"], "eventName": ["INSERT"]}')(RECORD)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "no JSON",
        "[]",
        '"text"',
        "{}",
        '{"a": {}}',
        '{"a": []}',
        '{"a": "text"}',
        '{"a": 1}',
        '{"a": null}',
        '{"a": [["x"]]}',
        '{"a": [{}]}',
        '{"a": [{"prefix": "x", "suffix": "y"}]}',
        '{"a": [{"contains": "x"}]}',
        '{"a": [{"prefix": 1}]}',
        '{"a": [{"prefix": {"suffix": "x"}}]}',
        '{"a": [{"exists": "true"}]}',
        '{"a": [{"numeric": []}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": [">", "1"]}]}',
        '{"a": [{"numeric": ["!=", 1]}]}',
        '{"a": [{"numeric": [[], 1]}]}',
        '{"a": [{"numeric": ["<", 1, ">", 0]}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"anything-but": {"numeric": ["=", 1]}}]}',
        '{"a": [{"anything-but": [true]}]}',
        '{"a": [{"wildcard": "a**b"}]}',
        '{"a": [{"cidr": "10.0.0.0/33"}]}',
        '{"a": [NaN]}',
        '{"$or": []}',
        '{"$or": [1]}',
        "[" * 4000,
        '{"a":' * 800,
        '{"a": ["' + "x" * PATTERN_CHARACTERS_MAX + '"]}',
    ],
    ids=lambda pattern: pattern[:40],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=3),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_a_pattern_is_refused_or_says_yes_or_no_of_anything(pattern: object, value: object) -> None:
    try:
        test = compiled(json.dumps(pattern))
    except PatternError:
        return
    assert test(value) in (True, False)


@given(some.text(alphabet="ab*", max_size=8), some.text(alphabet="ab", max_size=10))
def test_a_wildcard_matches_what_a_search_of_all_splits_matches(pattern: str, text: str) -> None:
    if "**" in pattern:
        return

    def matches(pieces: str, rest: str) -> bool:
        if not pieces:
            return not rest
        if pieces[0] == "*":
            return any(matches(pieces[1:], rest[start:]) for start in range(len(rest) + 1))
        return rest[:1] == pieces[0] and matches(pieces[1:], rest[1:])

    assert compiled(json.dumps({"a": [{"wildcard": pattern}]}))({"a": text}) is matches(pattern, text)
