"""Random statements together: each of a batch does what it does alone, a transaction does what TransactWriteItems does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .statement_tables import TABLES, Table, contents_of
from .statement_writes import Write, writes
from .statements import At, Compared, Item, Joined, examples
from .test_statement_writes import Twins, outcome
from .test_statements import WRAPPED, Model, Select, selects, summed
from .values import plain_item

CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "DuplicateItemException": "DuplicateItem",
}
ACTIONS = {"insert": "Put", "update": "Update", "delete": "Delete", "exists": "ConditionCheck"}


@pytest.fixture(scope="module")
def twins() -> Any:
    with statordb.connect() as one, statordb.connect() as other, statordb.connect() as empty:
        yield Twins(one.client(), other.client(), empty.client())


def different(each: list[Write]) -> list[Write]:
    """Writes of different items: the last of each."""
    return list({str(sorted((name, str(value.typed)) for name, value in write.key)): write for write in each}.values())


def by_key(write: Write, columns: Any = (), *, is_consistent: bool = False) -> Select:
    """A SELECT of the item that a write is about."""
    equalities = tuple(Compared(At((name,)), "=", value) for name, value in write.key)
    where = equalities[0] if len(equalities) == 1 else Joined("AND", equalities)
    return Select(write.table, write.table.base, columns, where, (), is_consistent)


@st.composite
def written(draw: st.DrawFn, kinds: str, *, returns: bool) -> Any:
    table = draw(st.sampled_from(TABLES))
    each = draw(st.lists(writes(table, kinds=kinds, returns=returns), min_size=1, max_size=5))
    return table, draw(contents_of(table)), different(each)


@st.composite
def single_selects(draw: st.DrawFn, table: Table) -> list[Select]:
    each = different(draw(st.lists(writes(table, kinds="delete"), min_size=1, max_size=4)))
    columns = [(), (("v",),), (("m", "x"), ("n",)), (("l", 1), ("absent",))]
    return [by_key(write, draw(st.sampled_from(columns)), is_consistent=draw(st.booleans())) for write in each]


# -------------------------------------------------------------------------------------------------------------- batches


def assert_answered(response: dict[str, Any], alone: tuple[str, Any], told: Any) -> None:
    """A response of a batch says what ExecuteStatement says."""
    code, answer = alone
    if code:
        error = response["Error"]
        assert (error["Code"], error["Message"]) == (CODES[code], answer["Error"]["Message"]), told
        assert plain_item(error.get("Item", {})) == plain_item(answer.get("Item", {})), told
        return
    assert "Error" not in response, told
    assert response["TableName"] == answer["ConsumedCapacity"]["TableName"]
    items = [plain_item(response["Item"])] if "Item" in response else []
    assert items == [plain_item(row) for row in answer["Items"]], told


def capacities(each: list[tuple[str, Any]]) -> list[Any]:
    return [answer["ConsumedCapacity"] for code, answer in each if not code]


@settings(max_examples=examples(60), deadline=None)
@given(case=written("insert update update delete", returns=True))
def test_a_batch_of_writes_does_what_each_does_alone(twins: Twins, case: Any) -> None:
    table, items, each = case
    twins.fill(table, items)
    statements = [write.members() for write in each]
    batch = twins.stated.client.batch_execute_statement(Statements=statements, ReturnConsumedCapacity="INDEXES")
    alone = [outcome(twins.called.client.execute_statement, statement) for statement in statements]
    for response, one, statement in zip(batch["Responses"], alone, statements, strict=True):
        assert_answered(response, one, statement)
    assert batch["ConsumedCapacity"] == capacities(alone)
    twins.assert_same(statements)


@st.composite
def read(draw: st.DrawFn) -> Any:
    table = draw(st.sampled_from(TABLES))
    others = draw(st.lists(selects(table), max_size=2))
    return table, draw(contents_of(table)), draw(single_selects(table)), others


@settings(max_examples=examples(60), deadline=None)
@given(case=read())
def test_a_batch_of_reads_reads_single_items_and_refuses_all_else(twins: Twins, case: Any) -> None:
    table, items, singles, others = case
    twins.fill(table, items)
    client = twins.stated.client
    others = [select for select in others if not Model(twins.stated, select).plan.is_single]
    statements = [select.members() for select in [*others, *singles]]
    batch = client.batch_execute_statement(Statements=statements, ReturnConsumedCapacity="INDEXES")
    alone = [outcome(client.execute_statement, statement) for statement in statements]
    for place, (response, one) in enumerate(zip(batch["Responses"], alone, strict=True)):
        if place >= len(others):
            assert_answered(response, one, statements[place])
            continue
        refusal = one[1]["Error"]["Message"] if one[0] else ""
        told = response["Error"]
        assert told["Code"] == "ValidationError"
        assert told["Message"] in {"Only single item select is supported", refusal}, statements[place]
    assert batch["ConsumedCapacity"] == capacities(alone[len(others) :])


# --------------------------------------------------------------------------------------------------------- transactions


def action(write: Write) -> dict[str, Any]:
    """A write as TransactWriteItems takes it."""
    return {ACTIONS[write.kind]: write.call()[1]}


def reasons(response: Any, each: list[Write] | None = None) -> list[Any]:
    """The reasons of a cancelled transaction; an INSERT is cancelled for an item that is there."""
    found = []
    for place, reason in enumerate(response["CancellationReasons"]):
        code, text = reason["Code"], WRAPPED.sub("", reason.get("Message", ""))
        if each is not None and each[place].kind == "insert" and code == "ConditionalCheckFailed":
            code, text = "DuplicateItem", "Duplicate primary key exists in table"
        found.append((code, text, plain_item(reason.get("Item", {}))))
    return found


@settings(max_examples=examples(80), deadline=None)
@given(case=written("insert update update delete exists", returns=False))
def test_a_transaction_of_writes_is_a_transact_write_items(twins: Twins, case: Any) -> None:
    table, items, each = case
    twins.fill(table, items)
    statements = [write.members() for write in each]
    code, answer = outcome(twins.stated.client.execute_transaction, {"TransactStatements": statements})
    wanted_code, wanted = outcome(
        twins.called.client.transact_write_items, {"TransactItems": [action(write) for write in each]}
    )
    if "ValidationException" in (code, wanted_code):
        # What cannot be read is refused, or cancels: that depends on where it is read.
        assert {code, wanted_code} <= {"ValidationException", "TransactionCanceledException"}, statements
    elif code:
        assert code == wanted_code, (statements, answer, wanted)
        assert reasons(answer) == reasons(wanted, each), statements
    else:
        assert wanted_code == "", (statements, wanted)
        assert answer["Responses"] == []
        # A report for each statement; TransactWriteItems reports by table.
        assert len(answer["ConsumedCapacity"]) == len(each)
        assert summed(answer["ConsumedCapacity"]) == summed(wanted["ConsumedCapacity"]), statements
    twins.assert_same(statements)


@settings(max_examples=examples(60), deadline=None)
@given(case=read())
def test_a_transaction_of_reads_is_a_transact_get_items(twins: Twins, case: Any) -> None:
    table, items, singles, _ = case
    twins.fill(table, items)
    client = twins.stated.client
    statements = [select.members() for select in singles]
    for statement in statements:
        statement.pop("ConsistentRead", None)
    answer = client.execute_transaction(TransactStatements=statements, ReturnConsumedCapacity="INDEXES")
    keys = [Model(twins.stated, select).key() for select in singles]
    gets = [{"Get": {"TableName": table.name, "Key": key}} for key in keys]
    wanted = client.transact_get_items(TransactItems=gets, ReturnConsumedCapacity="INDEXES")
    expected = [
        projected(twins, select, found.get("Item")) for select, found in zip(singles, wanted["Responses"], strict=True)
    ]
    assert [plain_response(response) for response in answer["Responses"]] == expected, statements


def projected(twins: Twins, select: Select, item: Item | None) -> Any:
    row = None if item is None else Model(twins.stated, select).row(item)
    return None if row is None else plain_item(row)


def plain_response(response: dict[str, Any]) -> Any:
    return plain_item(response["Item"]) if "Item" in response else None
