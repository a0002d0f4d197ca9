"""Random INSERTs, UPDATEs and DELETEs, and EXISTS of transactions, with the calls that they come to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .statement_tables import Table, items_of
from .statements import (
    FREE,
    At,
    Compared,
    Expression,
    Item,
    Joined,
    Path,
    Statement,
    Value,
    free_conditions,
    free_documents,
    free_paths,
    free_values,
    scalar_conditions,
    stepped,
    trees,
    values,
)

if TYPE_CHECKING:
    from .values import Typed

RETURNING = {"ALL OLD": "ALL_OLD", "ALL NEW": "ALL_NEW", "MODIFIED OLD": "UPDATED_OLD", "MODIFIED NEW": "UPDATED_NEW"}


@dataclass(frozen=True)
class Change:
    """One change of an UPDATE: its section in an update expression, its target, and its operands."""

    section: str
    target: Path
    form: str = "value"
    operands: tuple[Any, ...] = ()

    def text(self, statement: Statement) -> str:
        target = stepped(self.target, str)
        operands = [operand.text(statement) for operand in self.operands]
        if self.section == "REMOVE":
            return target
        if self.section in ("ADD", "DELETE"):
            return f"{target} = set_{self.section.lower()}({target}, {operands[0]})"
        return f"{target} = {self._right(operands)}"

    def expression(self, expression: Expression) -> str:
        target = stepped(self.target, expression.name)
        operands = [operand.expression(expression) for operand in self.operands]
        if self.section == "SET":
            return f"{target} = {self._right(operands)}"
        return " ".join([target, *operands])

    def _right(self, operands: list[str]) -> str:
        if self.form in ("+", "-"):
            return f"{operands[0]} {self.form} {operands[1]}"
        return operands[0] if self.form == "value" else f"{self.form}({', '.join(operands)})"


@dataclass(frozen=True)
class Write:
    """A statement that writes one item, or looks at one: INSERT, UPDATE, DELETE, EXISTS."""

    kind: str
    table: Table
    key: tuple[tuple[str, Value], ...]
    """The equalities on the key attributes, in their order in the WHERE."""
    rest: tuple[Any, ...] = ()
    changes: tuple[Change, ...] = ()
    item: Item | None = None
    is_literal: bool = True
    returning: str | None = None
    returns_old_on_failure: bool = False

    # ------------------------------------------------------------------------------------------------------- statement

    def members(self) -> dict[str, Any]:
        """As ExecuteStatement takes it."""
        statement = Statement()
        text = getattr(self, f"_{self.kind}")(statement)
        if self.returning is not None:
            text += f" RETURNING {self.returning} *"
        on_failure = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if self.returns_old_on_failure else {}
        return {**statement.members(text), **on_failure}

    def _insert(self, statement: Statement) -> str:
        members = (self.item or {}).items()
        each = [f"'{name}': {statement.value(value, is_literal=self.is_literal)}" for name, value in members]
        return f"INSERT INTO {self.table.name} VALUE {{{', '.join(each)}}}"

    def _update(self, statement: Statement) -> str:
        parts = []
        for change in self.changes:
            word = "REMOVE" if change.section == "REMOVE" else "SET"
            parts.append(f"{word} {change.text(statement)}")
        return f"UPDATE {self.table.name} {' '.join(parts)} WHERE {self._where(statement)}"

    def _delete(self, statement: Statement) -> str:
        return f"DELETE FROM {self.table.name} WHERE {self._where(statement)}"

    def _exists(self, statement: Statement) -> str:
        return f"EXISTS(SELECT * FROM {self.table.name} WHERE {self._where(statement)})"

    def _where(self, statement: Statement) -> str:
        equalities = [Compared(At((name,)), "=", value) for name, value in self.key]
        return Joined("AND", (*equalities, *self.rest)).text(statement)

    # ------------------------------------------------------------------------------------------------------------ call

    def call(self) -> tuple[str, dict[str, Any]]:
        """The call that it comes to, and its members."""
        name = {"insert": "put_item", "update": "update_item", "delete": "delete_item", "exists": "condition_check"}
        expression = Expression()
        members: dict[str, Any] = {"TableName": self.table.name}
        if self.kind == "insert":
            members["Item"] = self.item
        else:
            members["Key"] = {name: value.typed for name, value in self.key}
        texts = {"ConditionExpression": self._condition(expression)}
        if self.changes:
            texts["UpdateExpression"] = self._changed(expression)
        members |= expression.members(**texts)
        if self.returning is not None:
            members["ReturnValues"] = RETURNING[self.returning]
        if self.returns_old_on_failure:
            members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return name[self.kind], members

    def _changed(self, expression: Expression) -> str:
        # Of two faults that which comes first is told: that of a SET before those of functions of sets.
        sections: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
        for change in self.changes:
            sections[change.section].append(change.expression(expression))
        return " ".join(f"{section} {', '.join(parts)}" for section, parts in sections.items() if parts)

    def _condition(self, expression: Expression) -> str | None:
        # What stands alone stands in one pair of parentheses: two are refused.
        all_of = self.rest[0] if len(self.rest) == 1 else Joined("AND", self.rest)
        rest = all_of.expression(expression) if self.rest else None
        if self.kind == "delete" and rest is None:
            return None
        key = expression.name(self.table.base.keys[0])
        if self.kind == "insert":
            return f"attribute_not_exists({key})"
        if self.kind == "delete":
            return f"attribute_not_exists({key}) OR ({rest})"
        return f"attribute_exists({key})" + (f" AND ({rest})" if rest else "")


# ---------------------------------------------------------------------------------------------------------- strategies

SETS: list[Typed] = [{"SS": ["x"]}, {"SS": ["y", "z"]}, {"NS": ["1", "-2.5"]}, {"BS": [b"a"]}]
LISTS: list[Typed] = [{"L": []}, {"L": [{"S": "x"}, {"N": "1"}]}, {"S": "x"}]
set_values = st.sampled_from([Value(each, is_literal) for each in SETS for is_literal in (False, True)])
list_values = st.sampled_from([Value(each, is_literal) for each in LISTS for is_literal in (False, True)])
targets = st.sampled_from([*FREE, *FREE, ("fresh",), ("l", 9), ("m", "z")])


@cache
@st.composite
def changes(draw: st.DrawFn, table: Table) -> Change:
    """A change of any attribute, rarely of one of a key."""
    target = draw(targets)
    if draw(st.integers(0, 7)) == 7:
        target = (draw(st.sampled_from(sorted(table.types))),)
    form = draw(
        st.sampled_from(["value", "value", "path", "+", "-", "list_append", "if_not_exists", "remove", "set", "set"])
    )
    if form == "remove":
        return Change("REMOVE", target)
    if form == "set":
        target = draw(st.sampled_from([("ss",), ("ss",), ("fresh",), target]))
        return Change(draw(st.sampled_from(["ADD", "DELETE"])), target, operands=(draw(set_values),))
    if form == "path":
        return Change("SET", target, operands=(draw(free_paths),))
    if form == "list_append":
        operands = (draw(st.sampled_from([At(("l",)), At(target)])), draw(list_values))
        return Change("SET", target, form, operands if draw(st.booleans()) else operands[::-1])
    if form in ("+", "-"):
        left = draw(st.sampled_from([At(("n",)), At(("n",)), At(target)]))
        return Change("SET", target, form, (left, draw(values("N"))))
    if form == "if_not_exists":
        return Change("SET", target, form, (draw(free_paths), draw(free_values)))
    return Change("SET", target, operands=(draw(free_values),))


@cache
def conditions(table: Table) -> Any:
    """Conditions beside a key: none of them is an equality on an attribute of the key."""
    others = [scalar_conditions(name, kind) for name, kind in table.types.items() if name not in table.base.keys]
    of_keys = [scalar_conditions(name, table.types[name]) for name in table.base.keys]
    unequal = [each.filter(lambda node: not isinstance(node, Compared) or node.operator != "=") for each in of_keys]
    return trees(st.one_of(*others, *unequal, free_conditions(), free_conditions()))


def key_of(table: Table, item: Item, *, is_literal: bool) -> tuple[tuple[str, Value], ...]:
    return tuple((name, Value(item[name], is_literal)) for name in table.base.keys)


@cache
@st.composite
def writes(draw: st.DrawFn, table: Table, *, kinds: str, returns: bool = True) -> Any:
    """A write, and the number of the item that it shall be about, if there is one."""
    kind, item = draw(st.sampled_from(kinds.split())), draw(items_of(table))
    old_on_failure = draw(st.booleans()) if kind != "insert" else False
    key = key_of(table, item, is_literal=draw(st.booleans()))
    if draw(st.booleans()):
        key = key[::-1]
    if kind == "insert":
        given = {**item, **draw(st.dictionaries(st.sampled_from(["more", "it is", "é"]), free_documents, max_size=2))}
        return Write(kind, table, key, item=given, is_literal=draw(st.booleans()))
    fewest = 1 if kind == "exists" else 0
    rest = draw(st.lists(conditions(table), min_size=fewest, max_size=max(fewest, draw(st.integers(0, 2)))))
    ways = [*RETURNING, None] if kind == "update" else ["ALL OLD", None]
    returning = draw(st.sampled_from(ways)) if returns and kind != "exists" else None
    changed = draw(st.lists(changes(table), min_size=1, max_size=3)) if kind == "update" else []
    return Write(kind, table, key, tuple(rest), tuple(changed), None, True, returning, old_on_failure)
