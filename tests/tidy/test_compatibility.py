"""The tables that requests are read with, the page that tells of them, and botocore's newest models agree.

What differs on purpose stands in `DIFFERENT` with its reason, and is removed when it does not differ any more.
"""

from __future__ import annotations

import botocore
import pytest

import statordb
from statordb import _core

from . import compatibility, model
from .examples import ROOT

TABLES = {f"{one['service']}.{one['name']}": one for one in _core.operations()}
ANSWERED = [name for name, operation in TABLES.items() if operation["answered"]]
MODELS = model.operations()

# What the model calls our kinds; a refused member may be anything.
KINDS = {
    "text": "string",
    "table": "string",
    "choice": "string",
    "item": "map",
    "value": "structure",
}

ARN_ALLOWED = "the model has one shape for all names of tables, and it allows ARNs; a new table has a name only"
WITHOUT_SOURCE = "the model needs it only without GlobalTableSourceArn, which is refused; AWS answers as recorded"
WITHOUT_PARTS = "AWS refuses a filter without its type or its shard; its model does not say so"
DIFFERENT = {
    ("dynamodb.CreateTable", "TableName", "min"): ARN_ALLOWED,
    ("dynamodb.CreateTable", "TableName", "max"): ARN_ALLOWED,
    ("dynamodb.CreateTable", "AttributeDefinitions", "required"): WITHOUT_SOURCE,
    ("dynamodb.CreateTable", "KeySchema", "required"): WITHOUT_SOURCE,
    ("dynamodbstreams.DescribeStream", "ShardFilter.Type", "required"): WITHOUT_PARTS,
    ("dynamodbstreams.DescribeStream", "ShardFilter.ShardId", "required"): WITHOUT_PARTS,
}


def ours(name: str) -> dict[str, dict]:
    return {member["path"]: member for member in TABLES[name]["members"]}


def theirs(name: str) -> dict[str, model.Place]:
    return {place.path: place for place in MODELS[name]}


def shared(name: str) -> list[tuple[str, dict, model.Place]]:
    """The places that both know, apart from refused ones, of which the table knows the name alone."""
    known, places = ours(name), theirs(name)
    return [(path, known[path], places[path]) for path in known if path in places and not known[path]["refused"]]


def refused_around(path: str, known: dict[str, dict]) -> bool:
    """Whether the place stands in a refused one."""
    return any(
        member["refused"] and path.startswith((f"{refused}.", f"{refused}[]", f"{refused}{{}}"))
        for refused, member in known.items()
    )


def test_the_page_is_what_is_generated_now() -> None:
    text = compatibility.PAGE.read_text(encoding="utf-8")
    assert text == compatibility.page(text), "docs/compatibility.md is out of date: run `make docs`"


def test_the_page_tells_how_many_requests_were_recorded() -> None:
    count = len((ROOT / "tests" / "vectors" / "probes.jsonl").read_text(encoding="utf-8").splitlines())
    assert f"{count:,} recorded requests" in compatibility.PAGE.read_text(encoding="utf-8")


def test_botocore_is_the_one_that_is_pinned() -> None:
    """With another one the page would be another one, too."""
    assert f'"botocore=={botocore.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_every_operation_of_botocore_is_known_and_no_other() -> None:
    assert sorted(TABLES) == sorted(MODELS)


@pytest.mark.parametrize("name", ANSWERED)
def test_every_member_that_botocore_knows_is_in_the_table(name) -> None:
    known = ours(name)
    missing = [
        path
        for path, place in theirs(name).items()
        if place.is_member and path not in known and not refused_around(path, known)
    ]
    assert missing == [], "add them to the operation's table, as refused if they are not honoured yet"


@pytest.mark.parametrize("name", ANSWERED)
def test_every_member_of_the_table_is_known_to_botocore(name) -> None:
    assert [path for path in ours(name) if path not in theirs(name)] == []


@pytest.mark.parametrize("name", ANSWERED)
def test_a_member_has_the_type_that_botocore_knows(name) -> None:
    wrong = [
        f"{path}: {member['kind']}, of botocore {place.kind}"
        for path, member, place in shared(name)
        if KINDS.get(member["kind"], member["kind"]) != place.kind
        or (member["kind"] == "value" and place.shape.name != model.ATTRIBUTE_VALUE)
        or (member["kind"] == "item" and place.shape.value.name != model.ATTRIBUTE_VALUE)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ANSWERED)
def test_a_choice_has_the_words_that_botocore_knows(name) -> None:
    wrong = [
        f"{path}: {sorted(member['choices'])}, of botocore {sorted(place.choices)}"
        for path, member, place in shared(name)
        if set(member["choices"]) != place.choices
    ]
    assert wrong == []


def differing(name: str) -> set[tuple[str, str, str]]:
    """Places whose bounds, or whose being required, are others than in the model; bounds where both have one."""
    found = set()
    for path, member, place in shared(name):
        for bound in ("min", "max"):
            mine, its = member[bound], getattr(place, bound)
            if None not in (mine, its) and mine != its:
                found.add((name, path, bound))
        if member["required"] != place.required:
            found.add((name, path, "required"))
    return found


@pytest.mark.parametrize("name", ANSWERED)
def test_constraints_are_those_of_botocore(name) -> None:
    """A difference needs a reason in `DIFFERENT`."""
    assert sorted(differing(name) - set(DIFFERENT)) == []


def test_reasons_are_given_for_what_differs_only() -> None:
    assert sorted(set(DIFFERENT) - {one for name in ANSWERED for one in differing(name)}) == []


VALUES = {
    "B": b"b",
    "BOOL": True,
    "BS": [b"b"],
    "L": [{"S": "s"}],
    "M": {"m": {"S": "s"}},
    "N": "1",
    "NS": ["1"],
    "NULL": True,
    "S": "s",
    "SS": ["s"],
}


def test_every_type_of_an_attribute_value_is_taken() -> None:
    shape = model.services()["dynamodb"].shape_for(model.ATTRIBUTE_VALUE)
    assert sorted(shape.members) == sorted(VALUES)
    with statordb.connect() as db:
        db.create_table("values", partition_key="id")
        item = {"id": {"S": "all"}, **{name: {name: value} for name, value in VALUES.items()}}
        db.client().put_item(TableName="values", Item=item)
        assert db.client().get_item(TableName="values", Key={"id": {"S": "all"}})["Item"] == item
