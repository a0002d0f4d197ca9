"""Random INSERTs, UPDATEs and DELETEs do what PutItem, UpdateItem and DeleteItem do with the conditions that they imply.

Two databases hold the same; one takes the statement, the other one the call.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .statement_tables import TABLES, Table, World, contents_of
from .statement_writes import Write, writes
from .statements import Item, examples
from .test_statements import WRAPPED
from .values import plain, plain_item

FEW = 120


class Twins:
    """Two databases with the same content, and an empty one."""

    def __init__(self, one: Any, other: Any, empty: Any) -> None:
        self.stated, self.called, self.empty = World(one), World(other), World(empty)

    def fill(self, table: Table, items: list[Item]) -> None:
        self.empty.fill(table, [])
        self.stated.fill(table, items)
        self.called.fill(table, items)

    def assert_same(self, told: Any) -> None:
        """Both hold the same."""
        one, other = (contents(world) for world in (self.stated, self.called))
        assert one == other, told


def contents(world: World) -> Any:
    items = world.client.scan(TableName=world.table.name)["Items"]
    return sorted((str([plain(item[name]) for name in world.table.base.keys]), plain_item(item)) for item in items)


@pytest.fixture(scope="module")
def twins() -> Any:
    with statordb.connect() as one, statordb.connect() as other, statordb.connect() as empty:
        yield Twins(one.client(), other.client(), empty.client())


# ------------------------------------------------------------------------------------------------------------- outcomes


def outcome(call: Any, members: dict[str, Any]) -> tuple[str, Any]:
    """The answer, or the exception with its text."""
    try:
        return "", call(**members, ReturnConsumedCapacity="INDEXES")
    except statordb.errors.ClientError as error:
        return error.code, error.response


def text_of(response: Any) -> str:
    return WRAPPED.sub("", response["Error"]["Message"])


def refusals(twins: Twins, write: Write) -> set[str]:
    """The texts with which a write of nothing is refused: for its condition, for its changes, for both."""
    name, members = write.call()
    told = set()
    for left in ((), ("ConditionExpression",), ("UpdateExpression",)):
        fewer = {member: value for member, value in members.items() if member not in left}
        used = " ".join(str(value) for member, value in fewer.items() if member.endswith("Expression"))
        for member in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            mentioned = {key: value for key, value in fewer.pop(member, {}).items() if is_mentioned(key, used)}
            fewer |= {member: mentioned} if mentioned else {}
        code, response = outcome(getattr(twins.empty.client, name), fewer)
        if code == "ValidationException":
            told.add(text_of(response))
        twins.empty.fill(write.table, [])
    return told


def is_mentioned(placeholder: str, texts: str) -> bool:
    return re.search(rf"{placeholder}\b", texts) is not None


def assert_alike(twins: Twins, write: Write) -> None:
    """A statement and its call have the same outcome."""
    statement = write.members()
    name, members = write.call()
    code, answer = outcome(twins.stated.client.execute_statement, statement)
    wanted_code, wanted = outcome(getattr(twins.called.client, name), members)
    if write.kind == "insert" and wanted_code == "ConditionalCheckFailedException":
        wanted_code = "DuplicateItemException"
        wanted["Error"]["Message"] = "Duplicate primary key exists in table"
    assert code == wanted_code, (statement, members, answer, wanted)
    if code == "":
        returned = [plain_item(wanted["Attributes"])] if wanted.get("Attributes") else []
        assert [plain_item(item) for item in answer["Items"]] == returned, (statement, members)
        assert answer["ConsumedCapacity"] == wanted["ConsumedCapacity"], (statement, members)
    elif code == "ValidationException" and text_of(answer) != text_of(wanted):
        assert text_of(answer) in refusals(twins, write), (statement, text_of(answer), text_of(wanted))
    else:
        assert text_of(answer) == text_of(wanted), (statement, members)
        assert plain_item(answer.get("Item", {})) == plain_item(wanted.get("Item", {})), (statement, members)
    twins.assert_same((statement, members))


# ---------------------------------------------------------------------------------------------------------------- tests


@st.composite
def cases(draw: st.DrawFn, kinds: str) -> Any:
    table = draw(st.sampled_from(TABLES))
    return table, draw(contents_of(table)), draw(st.lists(writes(table, kinds=kinds), min_size=4, max_size=4))


def check(twins: Twins, case: Any) -> None:
    table, items, each = case
    twins.fill(table, items)
    for write in each:
        assert_alike(twins, write)


@settings(max_examples=examples(FEW), deadline=None)
@given(case=cases("update"))
def test_an_update_is_an_update_item_of_what_exists(twins: Twins, case: Any) -> None:
    check(twins, case)


@settings(max_examples=examples(FEW // 2), deadline=None)
@given(case=cases("delete"))
def test_a_delete_is_a_delete_item_that_is_done_where_nothing_is(twins: Twins, case: Any) -> None:
    check(twins, case)


@settings(max_examples=examples(FEW // 2), deadline=None)
@given(case=cases("insert"))
def test_an_insert_is_a_put_item_of_what_does_not_exist(twins: Twins, case: Any) -> None:
    check(twins, case)
