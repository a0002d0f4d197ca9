"""Random attribute values in the typed form of the low-level client, and the plain forms that the models compute with."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from hypothesis import strategies as st

# Sums that do not fit into 38 digits raise instead of being rounded.
EXACT = Context(prec=38, traps=[Inexact, InvalidOperation, Overflow])

Typed = dict[str, Any]


def number_text(value: Decimal) -> str:
    """The plain decimal text of a number, as DynamoDB writes it."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0", "0") else text


numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(Decimal),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6),
    st.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-999, 999), st.integers(-120, 120)
    ),
)
texts = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=6)
short_binaries = st.binary(max_size=4)

scalars: st.SearchStrategy[Typed] = st.one_of(
    texts.map(lambda text: {"S": text}),
    numbers.map(lambda number: {"N": number_text(number)}),
    short_binaries.map(lambda data: {"B": data}),
    st.booleans().map(lambda value: {"BOOL": value}),
    st.just({"NULL": True}),
)
sets: st.SearchStrategy[Typed] = st.one_of(
    st.sets(st.sampled_from("abcd"), min_size=1, max_size=3).map(lambda items: {"SS": sorted(items)}),
    st.sets(st.integers(-3, 3), min_size=1, max_size=3).map(lambda items: {"NS": [str(item) for item in items]}),
    st.sets(st.sampled_from([b"", b"a", b"b"]), min_size=1, max_size=3).map(lambda items: {"BS": sorted(items)}),
)
documents: st.SearchStrategy[Typed] = st.recursive(
    st.one_of(scalars, sets),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: {"L": items}),
        st.dictionaries(st.sampled_from("xyz"), inner, max_size=3).map(lambda items: {"M": items}),
    ),
    max_leaves=6,
)


def plain(value: Typed) -> Any:
    """A form in which two values are equal exactly when DynamoDB says so."""
    (kind, content), *_ = value.items()
    if kind == "N":
        return ("N", Decimal(content))
    if kind == "NS":
        return ("NS", frozenset(Decimal(item) for item in content))
    if kind in ("SS", "BS"):
        return (kind, frozenset(content))
    if kind == "L":
        return ("L", [plain(item) for item in content])
    if kind == "M":
        return ("M", {name: plain(item) for name, item in content.items()})
    return (kind, content)


def typed(value: Any) -> Typed:
    """The typed form of a plain value."""
    kind, content = value
    if kind == "N":
        return {"N": number_text(content)}
    if kind == "NS":
        return {"NS": sorted(number_text(item) for item in content)}
    if kind in ("SS", "BS"):
        return {kind: sorted(content)}
    if kind == "L":
        return {"L": [typed(item) for item in content]}
    if kind == "M":
        return {"M": {name: typed(item) for name, item in content.items()}}
    return {kind: content}


def plain_item(item: dict[str, Typed]) -> dict[str, Any]:
    """All attributes of an item in their plain form."""
    return {name: plain(value) for name, value in item.items()}
