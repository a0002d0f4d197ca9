"""Filters of records: patterns of EventBridge, compiled into one function each.

A pattern is JSON with the form of a record: objects for objects, and a list of alternatives for each value. A name in
the pattern has to be in the record; alternatives are texts, numbers, true, false, null, and objects with one operator.
It is what Lambda takes for DynamoDB streams, with the further operators of EventBridge's own rules.
"""

from __future__ import annotations

import ipaddress
import json
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = Mapping[str, Any]
    Test = Callable[[Any], bool]

__all__ = ["PATTERN_CHARACTERS_MAX", "PatternError", "compiled"]

PATTERN_CHARACTERS_MAX = 4096
"""Quota of Lambda for the text of a pattern."""
DEPTH_MAX = 100
"""More levels than a record can have: items nest 32 deep, with the type of each value between."""


class PatternError(ValueError):
    """A text is no pattern; the message says why."""


class Number(str):
    """A number of a pattern, as it is spelled: 300 is not 300.0."""

    __slots__ = ()


class _Absent:
    """What a record does not have, and what is no leaf."""


ABSENT = _Absent()


def compiled(pattern: str) -> Callable[[Record], bool]:
    """Return the test that a pattern is. Raises `PatternError`.

    >>> wanted = compiled('{"dynamodb": {"NewImage": {"state": {"S": ["DONE", {"prefix": "ARCHIVED"}]}}}}')
    >>> wanted({"dynamodb": {"NewImage": {"state": {"S": "DONE"}}}})
    True
    >>> wanted({"dynamodb": {"NewImage": {"state": {"S": "NEW"}}}})
    False
    """
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise PatternError(f"the pattern has more than {PATTERN_CHARACTERS_MAX} characters")
    try:
        parsed = json.loads(pattern, parse_int=Number, parse_float=Number, parse_constant=_no_constant)
        if not isinstance(parsed, dict):
            raise PatternError("a pattern is an object")
        if _depth(parsed) > DEPTH_MAX:
            raise PatternError(f"a pattern has at most {DEPTH_MAX} levels")
        return _object(parsed)
    except (RecursionError, json.JSONDecodeError) as error:
        raise PatternError("the pattern is no JSON") from error


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _no_constant(text: str) -> Any:
    raise PatternError(f"`{text}` is no value of JSON")


def _object(pattern: dict[str, Any]) -> Test:
    if not pattern:
        raise PatternError("an object of a pattern has at least one name")
    tests = [_any_of(part) if name == "$or" else _member(name, part) for name, part in pattern.items()]
    return lambda value: all(test(value) for test in tests)


def _any_of(parts: Any) -> Test:
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise PatternError("`$or` has a list of objects")
    tests = [_object(part) for part in parts]
    return lambda value: any(test(value) for test in tests)


def _member(name: str, part: Any) -> Test:
    if isinstance(part, dict):
        within = _object(part)
        return lambda value: any(within(inner) for inner in _inner(value, name))
    if not isinstance(part, list) or not part:
        raise PatternError(f"`{name}` has neither an object nor a list of alternatives")
    alternatives = [_alternative(each) for each in part]
    return lambda value: any(test(leaf) for leaf in _leaves(value, name) for test in alternatives)


def _inner(value: Any, name: str) -> list[Any]:
    """What a name leads to: an object, or those of a list. An empty one if there is none: only absence matches."""
    inner = value.get(name) if isinstance(value, dict) else None
    if isinstance(inner, list):
        return [each for each in inner if isinstance(each, dict)] or [{}]
    return [inner if isinstance(inner, dict) else {}]


def _leaves(value: Any, name: str) -> list[Any]:
    """The values that a name has. What is an object is no leaf, and counts as absent."""
    if not isinstance(value, dict) or name not in value:
        return [ABSENT]
    leaf = value[name]
    leaves = leaf if isinstance(leaf, list) else [leaf]
    return [ABSENT if isinstance(each, (dict, list)) else each for each in leaves] or [ABSENT]


def _alternative(part: Any) -> Test:
    if not isinstance(part, dict):
        return _equal(part)
    if len(part) != 1:
        raise PatternError("an operator stands alone in its object")
    ((name, operand),) = part.items()
    if name not in OPERATORS:
        raise PatternError(f"there is no operator `{name}`")
    return OPERATORS[name](operand)


def _equal(wanted: Any) -> Test:
    if isinstance(wanted, Number):
        return lambda leaf: _is_number(leaf) and json.dumps(leaf) == wanted
    if wanted is None or isinstance(wanted, bool):
        return lambda leaf: leaf is wanted
    if isinstance(wanted, str):
        return lambda leaf: isinstance(leaf, str) and leaf == wanted
    raise PatternError("an alternative is a text, a number, true, false, null or an operator")


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, (int, float)) and not isinstance(leaf, bool)


def _is_text(operand: Any) -> bool:
    return isinstance(operand, str) and not isinstance(operand, Number)


def _texts(operand: Any, name: str) -> list[str]:
    texts = operand if isinstance(operand, list) else [operand]
    if not texts or not all(_is_text(text) for text in texts):
        raise PatternError(f"`{name}` has a text")
    return texts


def _text(operand: Any, name: str) -> str:
    if not _is_text(operand):
        raise PatternError(f"`{name}` has a text")
    return str(operand)


def _end(name: str, at_end: Callable[[str, str], bool]) -> Callable[[Any], Test]:
    """A prefix or a suffix, with or without regard to case."""

    def build(operand: Any) -> Test:
        if isinstance(operand, dict):
            if list(operand) != ["equals-ignore-case"]:
                raise PatternError(f"`{name}` has a text, or `equals-ignore-case`")
            folded = _text(operand["equals-ignore-case"], name).casefold()
            return lambda leaf: isinstance(leaf, str) and at_end(leaf.casefold(), folded)
        text = _text(operand, name)
        return lambda leaf: isinstance(leaf, str) and at_end(leaf, text)

    return build


def _ignoring_case(operand: Any) -> Test:
    folded = _text(operand, "equals-ignore-case").casefold()
    return lambda leaf: isinstance(leaf, str) and leaf.casefold() == folded


def _wildcard(operand: Any) -> Test:
    text = _text(operand, "wildcard")
    if "**" in text:
        raise PatternError("`wildcard` has no two `*` beside each other")
    pieces = text.split("*")
    if len(pieces) == 1:
        return _equal(text)
    return lambda leaf: isinstance(leaf, str) and _follows(leaf, pieces)


def _follows(leaf: str, pieces: list[str]) -> bool:
    first, *middle, last = pieces
    if len(leaf) < len(first) + len(last) or not leaf.startswith(first) or not leaf.endswith(last):
        return False
    at, end = len(first), len(leaf) - len(last)
    for piece in middle:
        at = leaf.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _anything_but(operand: Any) -> Test:
    if isinstance(operand, dict):
        if len(operand) != 1 or next(iter(operand)) not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise PatternError("`anything-but` has values, or one operator on texts")
        ((name, inner),) = operand.items()
        texts = [inner] if isinstance(inner, dict) else _texts(inner, name)
        tests = [OPERATORS[name](text) for text in texts]
        return lambda leaf: leaf is not ABSENT and not any(test(leaf) for test in tests)
    values = operand if isinstance(operand, list) else [operand]
    if not values or not all(isinstance(value, str) for value in values):
        raise PatternError("`anything-but` has texts and numbers")
    tests = [_equal(value) for value in values]
    return lambda leaf: leaf is not ABSENT and not any(test(leaf) for test in tests)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _numeric(operand: Any) -> Test:
    """One comparison, or two that bound a range. An attribute of type N is a text, and so never matches."""
    is_paired = isinstance(operand, list) and len(operand) in (2, 4)
    if not is_paired or not all(isinstance(each, Number) for each in operand[1::2]):
        raise PatternError("`numeric` has an operator and a number, or two of each")
    names = operand[::2]
    if not all(_is_text(name) and name in COMPARISONS for name in names):
        raise PatternError("`numeric` has one of =, <, <=, >, >=")
    if len(names) == 2 and not (names[0].startswith(">") and names[1].startswith("<")):
        raise PatternError("a range of `numeric` begins with > or >= and ends with < or <=")
    bounds = [(COMPARISONS[name], float(number)) for name, number in zip(names, operand[1::2], strict=True)]
    return lambda leaf: _is_number(leaf) and all(compare(leaf, bound) for compare, bound in bounds)


def _exists(operand: Any) -> Test:
    if not isinstance(operand, bool):
        raise PatternError("`exists` has true or false")
    return lambda leaf: (leaf is not ABSENT) is operand


def _cidr(operand: Any) -> Test:
    try:
        network = ipaddress.ip_network(_text(operand, "cidr"), strict=False)
    except ValueError as error:
        raise PatternError("`cidr` has a range of addresses") from error

    def test(leaf: Any) -> bool:
        try:
            return isinstance(leaf, str) and ipaddress.ip_address(leaf) in network
        except ValueError:
            return False

    return test


OPERATORS: dict[str, Callable[[Any], Test]] = {
    "prefix": _end("prefix", str.startswith),
    "suffix": _end("suffix", str.endswith),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}
