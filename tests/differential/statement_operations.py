"""Random ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.

Statements are made of what the other operations are made of: keys, items and expressions of the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .expressions import Expressions
from .item_operations import CAPACITIES, item, key, touched
from .operation import ANY_ORDER, Operation
from .read_operations import keys_of, pick_of
from .schema import KEY_VALUES
from .statement_text import changes, condition, quoted, text_literal, written
from .values import bad_value
from .wrong_statements import wrong_statement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from .schema import Index, Table

RETURNED = ("ALL OLD *", "ALL NEW *", "MODIFIED OLD *", "MODIFIED NEW *")


@dataclass
class Statement:
    """A statement with its parameters, and what it may write."""

    text: str
    parameters: list[Any] = field(default_factory=list)
    touches: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    order: str | None = ANY_ORDER

    def members(self, chance: Random) -> dict[str, Any]:
        """The members of a request."""
        found: dict[str, Any] = {"Statement": self.text}
        parameters = list(self.parameters)
        sort = chance.random()
        if sort < 0.005 and parameters:
            parameters.pop()
        elif sort < 0.008:
            parameters.append({"S": "a"})
        elif sort < 0.012 and parameters:
            parameters[chance.randrange(len(parameters))] = bad_value(chance)
        if parameters or sort > 0.999:
            found["Parameters"] = parameters
        return found


# ---------------------------------------------------------------------------------------------------------- statements


def select(chance: Random, table: Table) -> Statement:
    """A SELECT of one partition, of several, or of everything."""
    expressions = Expressions(chance, table)
    index = chance.choice(table.indexes) if table.indexes and chance.random() < 0.35 else None
    text = f"SELECT {_projection(chance, expressions)} FROM {_source(chance, table, index)}"
    keys = keys_of(table, index)
    parts = [part for part in (_keyed(chance, table, index, expressions), _filter(chance, expressions)) if part]
    if chance.random() < 0.1:
        parts.reverse()
    if parts:
        text += f" WHERE {' AND '.join(parts)}"
    text, order = _ordered(chance, text, keys)
    if index is not None:
        order = ANY_ORDER
    statement, parameters = written(chance, text, expressions)
    return Statement(statement, parameters, order=order if statement.endswith(text[-5:]) else ANY_ORDER)


def _projection(chance: Random, expressions: Expressions) -> str:
    return "*" if chance.random() < 0.65 else expressions.projection()


def _source(chance: Random, table: Table, index: Index | None) -> str:
    if chance.random() < 0.003:
        return f'{quoted(table.name)}."no-such-index"'
    return quoted(table.name) if index is None else f"{quoted(table.name)}.{quoted(index.name)}"


def _keyed(chance: Random, table: Table, index: Index | None, expressions: Expressions) -> str:
    """What a SELECT says of the keys, or nothing."""
    keys, pick = keys_of(table, index), pick_of(chance, table)
    sort = chance.random()
    if sort < 0.5:
        return condition(chance, expressions.key_condition(keys, pick))
    if sort < 0.6:
        return by_key(expressions, {name: pick(name) for name, _ in keys})
    name, kind = keys[0]
    values = [{kind: value} for value in chance.choices(KEY_VALUES[kind][:4], k=chance.randint(1, 4))]
    own = expressions.name(name)
    if sort < 0.7:
        several = ", ".join(expressions.value(value) for value in values)
        text = f"{own} IN ({several})" if chance.random() < 0.5 else f"{own} IN [{several}]"
    elif sort < 0.8:
        text = "(" + " OR ".join(f"{own} = {expressions.value(value)}" for value in values) + ")"
    elif sort < 0.84:
        return f"NOT {own} = {expressions.value(values[0])}"
    else:
        return ""
    if len(keys) > 1 and chance.random() < 0.4:
        last, _ = keys[1]
        text += f" AND {expressions.name(last)} {chance.choice('=<>')} {expressions.value(pick(last))}"
    return text


def _filter(chance: Random, expressions: Expressions) -> str:
    if chance.random() > 0.4:
        return ""
    text = condition(chance, expressions.condition(1))
    return text if chance.random() < 0.3 and " OR " not in text else f"({text})"


def _ordered(chance: Random, text: str, keys: tuple[tuple[str, str], ...]) -> tuple[str, str | None]:
    """The text, perhaps with ORDER BY, and what the items are to be grouped by before they are compared."""
    name, _ = keys[0]
    if chance.random() > 0.2:
        return text, name
    last = quoted(keys[-1][0])
    both = [[quoted(name), "DESC,", last], [quoted(name) + ",", last]] if len(keys) > 1 else []
    words = chance.choice([[last], [last, "DESC"], [quoted(name)], [quoted(name), "DESC"], *both, ["n1"]])
    # Where the partition key has an order, the whole answer has one.
    return f"{text} ORDER BY {' '.join(words)}", None if words[0].strip(",") == quoted(name) else name


def by_key(expressions: Expressions, own: dict[str, Any]) -> str:
    """The condition that names one item."""
    parts = [f"{expressions.name(name)} = {expressions.value(value)}" for name, value in own.items()]
    if expressions.chance.random() < 0.1:
        parts.reverse()
    return " AND ".join(parts)


def select_one(chance: Random, table: Table) -> Statement:
    """A SELECT of one item."""
    expressions = Expressions(chance, table)
    text = f"SELECT {_projection(chance, expressions)} FROM {quoted(table.name)} WHERE {by_key(expressions, key(chance, table))}"
    if chance.random() < 0.04:
        text += f" AND {condition(chance, expressions.condition(0))}"
    return Statement(*written(chance, text, expressions))


def insert(chance: Random, table: Table) -> Statement:
    """An INSERT."""
    expressions, content = Expressions(chance, table), item(chance, table)
    # A text of 400 KB is longer than a statement may be; as a parameter it is as good as in a PutItem.
    members = ", ".join(f"{text_literal(name)}: {expressions.value(value)}" for name, value in content.items())
    text = f"INSERT INTO {quoted(table.name)} VALUE {{{members}}}"
    return Statement(*written(chance, text, expressions), touches=touched(table, content))


def update(chance: Random, table: Table) -> Statement:
    """An UPDATE."""
    expressions, own = Expressions(chance, table), key(chance, table)
    made = changes(chance, expressions.update(), expressions)
    text = f"UPDATE {quoted(table.name)} {made} WHERE {_conditioned(chance, expressions, own)}"
    if chance.random() < 0.5:
        text += f" RETURNING {chance.choice(RETURNED)}"
    return Statement(*written(chance, text, expressions), touches=touched(table, own))


def delete(chance: Random, table: Table) -> Statement:
    """A DELETE."""
    expressions, own = Expressions(chance, table), key(chance, table)
    text = f"DELETE FROM {quoted(table.name)} WHERE {_conditioned(chance, expressions, own)}"
    if chance.random() < 0.4:
        text += f" RETURNING {RETURNED[0] if chance.random() < 0.95 else chance.choice(RETURNED)}"
    return Statement(*written(chance, text, expressions), touches=touched(table, own))


def exists(chance: Random, table: Table) -> Statement:
    """An EXISTS, which is for transactions."""
    expressions, own = Expressions(chance, table), key(chance, table)
    text = f"EXISTS(SELECT * FROM {quoted(table.name)} WHERE {_conditioned(chance, expressions, own, 0.97)})"
    return Statement(*written(chance, text, expressions), touches=touched(table, own))


def wrong(chance: Random, table: Table) -> Statement:
    """A statement that is wrong on purpose."""
    text, own = wrong_statement(chance, table)
    return Statement(text, touches=touched(table, own))


def _conditioned(chance: Random, expressions: Expressions, own: dict[str, Any], share: float = 0.3) -> str:
    text = by_key(expressions, own)
    if chance.random() > share:
        return text
    more = condition(chance, expressions.condition(1))
    return f"{text} AND {more if chance.random() < 0.3 and ' OR ' not in more else f'({more})'}"


WRITES = (insert, update, delete)


# ---------------------------------------------------------------------------------------------------------- operations


def execute_statement(chance: Random, table: Table) -> Operation:
    """An ExecuteStatement; a SELECT is walked to its end."""
    kinds = (select, select_one, insert, update, delete, exists)
    made = chance.choices(kinds, (40, 8, 16, 28, 8, 0.3))[0](chance, table)
    if chance.random() < 0.04:
        made = wrong(chance, table)
    body = made.members(chance)
    if chance.random() < 0.25:
        body["ReturnConsumedCapacity"] = chance.choice(CAPACITIES)
    if chance.random() < 0.15:
        body["ConsistentRead"] = chance.random() < 0.5
    if chance.random() < (0.4 if not made.touches else 0.01):
        body["Limit"] = chance.choice((1, 2, 3, 5, 8)) if chance.random() < 0.98 else chance.choice((0, -1))
    if chance.random() < 0.004:
        body["NextToken"] = chance.choice(("abc", "", "AAAA"))
    _on_failure(chance, body)
    return Operation("ExecuteStatement", body, walk=True, touches=made.touches, order=made.order)


def _on_failure(chance: Random, body: dict[str, Any]) -> None:
    if chance.random() < 0.15:
        body["ReturnValuesOnConditionCheckFailure"] = chance.choice(("ALL_OLD", "ALL_OLD", "NONE"))


def batch_execute_statement(chance: Random, tables: Sequence[Table]) -> Operation:
    """A BatchExecuteStatement of reads or of writes."""
    kinds: tuple[Any, ...] = (select_one,) if chance.random() < 0.4 else WRITES
    made = _several(chance, tables, kinds, (2, 3, 4, 6))
    statements = []
    for one in made:
        members = one.members(chance)
        _on_failure(chance, members)
        if chance.random() < 0.1:
            members["ConsistentRead"] = True
        statements.append(members)
    body: dict[str, Any] = {"Statements": statements}
    _capacity(chance, body)
    return Operation("BatchExecuteStatement", body, touches=_touches(made))


def execute_transaction(chance: Random, tables: Sequence[Table]) -> Operation:
    """An ExecuteTransaction of reads, or of writes and conditions."""
    kinds: tuple[Any, ...] = (select_one,) if chance.random() < 0.25 else (*WRITES, update, exists)
    made = _several(chance, tables, kinds, (1, 2, 3, 6))
    statements = []
    for one in made:
        one.text = one.text if chance.random() < 0.03 else one.text.partition(" RETURNING")[0]
        members = one.members(chance)
        _on_failure(chance, members)
        statements.append(members)
    body: dict[str, Any] = {"TransactStatements": statements}
    _capacity(chance, body)
    return Operation("ExecuteTransaction", body, touches=_touches(made))


def _several(
    chance: Random, tables: Sequence[Table], kinds: tuple[Any, ...], counts: tuple[int, ...]
) -> list[Statement]:
    """Statements that mostly are about different items, and seldom do not belong together."""
    made: list[Statement] = []
    for _ in range(chance.choices(counts, (3, 5, 3, 1))[0]):
        table = chance.choice(list(tables))
        kind = chance.choice(kinds) if chance.random() < 0.99 else chance.choice((select, select_one, insert, exists))
        one = (kind if chance.random() < 0.99 else wrong)(chance, table)
        is_known = one.touches and one.touches[0] in _touches(made)
        if not is_known or chance.random() < 0.03:
            made.append(one)
    return made


def _touches(made: list[Statement]) -> list[tuple[str, dict[str, Any]]]:
    return [own for one in made for own in one.touches]


def _capacity(chance: Random, body: dict[str, Any]) -> None:
    if chance.random() < 0.25:
        body["ReturnConsumedCapacity"] = chance.choice(CAPACITIES)
