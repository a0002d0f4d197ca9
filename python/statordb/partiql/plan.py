"""Nodes, and the keys of what they name, as plans: GetItem, Query, Scan, Put, Update, Delete.

A SELECT reads the partitions that its WHERE pins the partition key to (by equality, by IN, or by OR of these), and
everything where it does not. What the key says is no part of the filter; all else is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statordb.partiql.ast import (
    All,
    Between,
    Call,
    Column,
    Compared,
    Create,
    Delete,
    Drop,
    Exists,
    In,
    Insert,
    Is,
    Literal,
    Logic,
    Name,
    Parameter,
    Path,
    Projection,
    Select,
    Update,
    at,
)
from statordb.partiql.ast import List as ListNode
from statordb.partiql.ast import Sequence as SequenceNode
from statordb.partiql.errors import StatementError
from statordb.partiql.expressions import Expressions, is_value
from statordb.partiql.values import item

if TYPE_CHECKING:
    from statordb.partiql.ast import Expression, Returning, Sorted, Statement, Target
    from statordb.partiql.values import Template

__all__ = ["HASH_VALUES_MAX", "Keys", "Plan", "plan", "source_of"]

# "IN ... up to 50 hash attribute values" (developer guide, "Logical operators").
HASH_VALUES_MAX = 50
FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"
ONE_TABLE = "Only select from a single table or index is supported."
LONG_PATH = "A path may contain at most 2 components in the FROM clause"


@dataclass(frozen=True)
class Keys:
    """The names of the key attributes of a table, and of the index that is named with it."""

    hash: list[str]
    range: list[str]
    index: tuple[list[str], list[str]] | None = None


@dataclass
class Plan:
    """What a statement comes to: expressions of the API, with the placeholders of ``names`` and ``values``."""

    kind: str
    table: str
    index: str | None
    # "key", "partitions", "scan" or "item", and what belongs to it.
    access: tuple[Any, ...]
    parameters: int
    names: list[str] = field(default_factory=list)
    values: list[Template] = field(default_factory=list)
    sets: list[tuple[int, str]] = field(default_factory=list)
    equals: list[tuple[int, int, str]] = field(default_factory=list)
    condition: str | None = None
    update: str | None = None
    projected: tuple[str, list[str]] | None = None
    returning: str = "NONE"
    # What of the WHERE became the key, and what the filter or condition, for those who explain.
    key_nodes: list[Expression] = field(default_factory=list)
    rest_nodes: list[Expression] = field(default_factory=list)

    @property
    def is_full_scan(self) -> bool:
        """Whether everything is read."""
        return bool(self.access[0] == "scan")


def source_of(statement: Statement) -> tuple[str, str | None]:
    """The table that a statement is about, and the index, if it names one.

    Raises StatementError for statements that DynamoDB does not have.
    """
    match statement:
        case Select():
            return _source_of_select(statement)
        case Exists():
            return _source_of_select(statement.select)
        case Insert():
            if not statement.has_value_keyword:
                raise StatementError("Unsupported operation: InsertOp")
            if statement.target.steps:
                raise StatementError("FROM clause may only contain a single table name in data manipulation statements")
            return statement.target.name, None
        case Update() | Delete():
            if statement.is_aliased:
                raise StatementError("Aliasing is not supported")
            return _source_of_target(statement.target)
        case Create():
            raise StatementError("Unsupported operation: CreateTable")
        case Drop():
            raise StatementError("Unsupported operation: DropTable")
        case _:
            raise StatementError(f"Unsupported operation: {_operation(statement)}")


def _operation(node: Expression) -> str:
    match node:
        case Name():
            return "VariableReference"
        case Literal():
            return "Literal"
        case Parameter():
            return "Parameter"
        case _:
            return type(node).__name__


def _source_of_select(select: Select) -> tuple[str, str | None]:
    if select.quantifier == "DISTINCT":
        raise StatementError("Unsupported token in expression: DISTINCT")
    if isinstance(select.projection, Projection):
        raise StatementError("Select projection doesn't support value or pivot keywords")
    if len(select.sources) > 1:
        raise StatementError(ONE_TABLE)
    if select.has_group:
        raise StatementError("Unsupported clause: GROUP BY")
    for name, clause in (("HAVING", select.having), ("LIMIT", select.limit), ("OFFSET", select.offset)):
        if clause is not None:
            raise StatementError(f"Unsupported clause: {name} at {at(clause.token)}")
    source = select.sources[0]
    if source.is_aliased:
        raise StatementError("Aliasing is not supported")
    match source.expression:
        case Name(text=table):
            return table, None
        case Path(root=Name(text=table), steps=[str(index)]):
            return table, index
        case Path(root=Name(), steps=steps) if len(steps) > 1:
            raise StatementError(LONG_PATH)
        case _:
            raise StatementError("Unexpected from source")


def _source_of_target(target: Target) -> tuple[str, str | None]:
    if not target.steps:
        return target.name, None
    if len(target.steps) > 1:
        raise StatementError(LONG_PATH)
    raise StatementError("This operation is not supported on an index")


def plan(statement: Statement, keys: Keys, parameters: int) -> Plan:
    """The plan of a statement whose table has these keys. Raises StatementError."""
    match statement:
        case Select():
            return _Selecting(statement, keys, parameters).plan("select")
        case Exists():
            return _Selecting(statement.select, keys, parameters).plan("exists")
        case Insert():
            return _insert(statement, keys, parameters)
        case Update():
            return _update(statement, keys, parameters)
        case Delete():
            return _delete(statement, keys, parameters)
        case _:
            raise StatementError(f"Unsupported operation: {type(statement).__name__}")


def _conjuncts(node: Expression | None) -> list[Expression]:
    """The conditions all of which hold."""
    if node is None:
        return []
    if isinstance(node, Logic) and node.operator == "AND":
        return [part for operand in node.operands for part in _conjuncts(operand)]
    return [node]


def _comparison(node: Expression, attribute: str) -> tuple[str, Expression] | None:
    """The operator and the value with which an attribute is compared, with the attribute on the left."""
    if not isinstance(node, Compared) or node.operator not in FLIPPED:
        return None
    left, right = node.left, node.right
    if isinstance(left, Name) and left.text == attribute and is_value(right):
        return node.operator, right
    if isinstance(right, Name) and right.text == attribute and is_value(left):
        return FLIPPED[node.operator], left
    return None


def _equals(node: Expression, attribute: str) -> Expression | None:
    """The value that an attribute equals."""
    compared = _comparison(node, attribute)
    return compared[1] if compared is not None and compared[0] == "=" else None


def _equals_key(node: Expression, attribute: str) -> Expression | None:
    """The same, of a write: there IS NULL says that it equals NULL (measured)."""
    if isinstance(node, Is) and node.what == "NULL" and not node.negated:
        is_of_it = isinstance(node.operand, Name) and node.operand.text == attribute
        return Literal("NULL", None, node.token) if is_of_it else None
    return _equals(node, attribute)


def _pinned(node: Expression, attribute: str) -> tuple[list[Expression], bool] | None:
    """The values one of which an attribute has where a condition holds, and whether the condition says no more."""
    value = _equals(node, attribute)
    if value is not None:
        return [value], True
    match node:
        case In(operand=Name(text=name), negated=False) if name == attribute:
            return _listed(node)
        case Logic(operator="OR"):
            each = [_pinned(part, attribute) for part in node.operands]
            pinned = [part for part in each if part is not None]
            if len(pinned) < len(each):
                return None
            return [value for values, _ in pinned for value in values], all(exact for _, exact in pinned)
        case Logic(operator="AND"):
            found = [values for part in node.operands if (values := _pinned(part, attribute)) is not None]
            return (found[0][0], False) if found else None
        case _:
            return None


def _listed(node: In) -> tuple[list[Expression], bool] | None:
    among = node.among
    values = [among] if node.is_grouped else []
    if isinstance(among, SequenceNode) or (isinstance(among, ListNode) and not node.is_grouped):
        values = among.elements
    if not values or not all(is_value(value) for value in values):
        return None
    if len(values) > HASH_VALUES_MAX:
        raise StatementError(f"The IN operator is provided with too many operands; number of operands: {len(values)}")
    return values, True


class _Selecting:
    """A SELECT while it is planned."""

    def __init__(self, select: Select, keys: Keys, parameters: int) -> None:
        self.select, self.parameters = select, parameters
        self.table, self.index = _source_of_select(select)
        self.keys = keys
        self.hash, self.range = keys.index or (keys.hash, keys.range)
        self.expressions = Expressions()
        self.key_nodes: list[Expression] = []

    def plan(self, kind: str) -> Plan:
        projected = self._projected()
        if self.select.order and self.select.where is None:
            raise StatementError("Must have WHERE clause in the statement when using ORDER BY clause.")
        conjuncts = _conjuncts(self.select.where)
        if kind == "exists":
            access, rest = self._single(conjuncts) or self._access(conjuncts)
        else:
            access, rest = self._access(conjuncts)
        condition = _joined(self.expressions, rest, is_part=len(conjuncts) > 1)
        if self.select.order and access[0] == "scan":
            raise StatementError(
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
            )
        if kind == "exists":
            condition = self._exists(condition)
        return Plan(
            kind=kind,
            table=self.table,
            index=self.index,
            access=access,
            parameters=self.parameters,
            names=list(self.expressions.names),
            values=self.expressions.values,
            condition=condition,
            projected=projected,
            key_nodes=self.key_nodes,
            rest_nodes=rest,
        )

    def _exists(self, condition: str | None) -> str:
        there = f"attribute_exists({self.expressions.name(self.keys.hash[0])})"
        return there if condition is None else f"{there} AND ({condition})"

    def _projected(self) -> tuple[str, list[str]] | None:
        columns = self.select.projection
        if isinstance(columns, All | Projection):
            return None
        if any(column.is_aliased for column in columns):
            raise StatementError("Aliasing is not supported")
        paths = [self._column(column) for column in columns]
        names = [name for _, name in paths]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise StatementError(f"Duplicate identifiers in select clause: {name}")
        return ", ".join(path for path, _ in paths), names

    def _column(self, column: Column) -> tuple[str, str]:
        """The path of a column, and what it is called: the last name of the path, with the indexes behind it."""
        node = column.expression
        match node:
            case Name():
                return self.expressions.name(node.text), node.text
            case Path(root=Name(text=name)):
                path = self.expressions.path(name, node.steps)
                for step in node.steps:
                    if isinstance(step, str):
                        name = step
                    elif isinstance(step, Literal):
                        name = str(step.value) if step.kind == "S" else f"{name}[{int(str(step.value))}]"
                return path, name
            case _:
                raise StatementError(f"Unexpected path component at {at(node.token)}")

    # ---------------------------------------------------------------------------------------------------------- access

    def _single(self, conjuncts: list[Expression]) -> tuple[tuple[Any, ...], list[Expression]] | None:
        """The one item of an EXISTS, which has conditions beside its key."""
        if self.index is not None:
            return None
        values, rest = [], list(conjuncts)
        for attribute in (*self.keys.hash, *self.keys.range):
            found = next(((node, value) for node in rest if (value := _equals(node, attribute)) is not None), None)
            if found is None:
                return None
            rest = [node for node in rest if node is not found[0]]
            values.append(self.expressions.add(found[1]))
        return (("key", values), rest) if rest else None

    def _access(self, conjuncts: list[Expression]) -> tuple[tuple[Any, ...], list[Expression]]:
        partitions, rest = self._partitions(conjuncts)
        if partitions is None:
            return ("scan",), conjuncts
        order, forward = self._order()
        equal, sort, rest = self._sort(rest)
        self._check_order(len(equal))
        if self._is_one_item(partitions, equal, sort, rest):
            values = [*partitions[0], *(operand for _, operand, _ in sort)]
            return ("key", [self.expressions.add(value) for value in values]), rest
        add = self.expressions.add
        hash_values = [[add(value) for value in partition] for partition in partitions]
        sorts = [(operator, add(low), None if high is None else add(high)) for operator, low, high in sort]
        return ("partitions", hash_values, [add(value) for value in equal], sorts, order, forward), rest

    def _is_one_item(
        self,
        partitions: list[list[Expression]],
        equal: list[Expression],
        sort: list[tuple[str, Expression, Expression | None]],
        rest: list[Expression],
    ) -> bool:
        """Whether the key alone says which item is read."""
        if self.index is not None or len(partitions) != 1 or rest or equal:
            return False
        # IN of one value is a Query (measured: a batch refuses it as no read of a single item).
        if any(_equals(self.key_nodes[0], attribute) is None for attribute in self.hash):
            return False
        return [operator for operator, _, _ in sort] == ["="] * len(self.range)

    def _partitions(self, conjuncts: list[Expression]) -> tuple[list[list[Expression]] | None, list[Expression]]:
        """The values of each partition key that is read, and the conditions that are left."""
        if len(self.hash) > 1:
            return self._composed(conjuncts)
        found = [(node, pinned) for node in conjuncts if (pinned := _pinned(node, self.hash[0])) is not None]
        if not found:
            return None, conjuncts
        # The fewest partitions, and of these the condition that is no filter as well.
        node, (values, is_exact) = min(found, key=lambda each: (len(each[1][0]), not each[1][1]))
        self.key_nodes.append(node)
        rest = [other for other in conjuncts if other is not node or not is_exact]
        return [[value] for value in values], rest

    def _composed(self, conjuncts: list[Expression]) -> tuple[list[list[Expression]] | None, list[Expression]]:
        """A partition key of several attributes: each of them equals something."""
        values, rest = [], list(conjuncts)
        for attribute in self.hash:
            found = next(((node, value) for node in rest if (value := _equals(node, attribute)) is not None), None)
            if found is None:
                return None, conjuncts
            rest = [node for node in rest if node is not found[0]]
            values.append(found[1])
        self.key_nodes.extend(node for node in conjuncts if not any(node is left for left in rest))
        return [values], rest

    def _sort(
        self, conjuncts: list[Expression]
    ) -> tuple[list[Expression], list[tuple[str, Expression, Expression | None]], list[Expression]]:
        """What the first attributes of the sort key equal, what is asked of the next one, and what is left."""
        equal: list[Expression] = []
        rest = conjuncts
        for attribute in self.range[:-1]:
            found = next(((node, value) for node in rest if (value := _equals(node, attribute)) is not None), None)
            if found is None:
                break
            node, value = found
            rest = [other for other in rest if other is not node]
            self.key_nodes.append(node)
            equal.append(value)
        if not self.range:
            return equal, [], rest
        attribute = self.range[len(equal)]
        sort, left = [], []
        for node in rest:
            asked = _asked(node, attribute)
            if asked is None:
                left.append(node)
            else:
                sort.append(asked)
                self.key_nodes.append(node)
        return equal, sort, left

    def _order(self) -> tuple[bool | None, bool]:
        """Whether partitions are read in the order of their keys, ascending or not, and whether sort keys ascend."""
        order, forward = None, True
        for each in self.select.order:
            name = self._ordered_by(each)
            if name in self.hash:
                order = each.ascends
            else:
                forward = each.ascends
        return order, forward

    def _check_order(self, equal_count: int) -> None:
        """A read goes in one direction, in the order of the sort key's attributes behind those that equal something."""
        ordered = [each for each in self.select.order if self._ordered_by(each) in self.range]
        names = [self._ordered_by(each) for each in ordered]
        starts = range(equal_count + 1)
        is_in_order = any(names == self.range[start : start + len(names)] for start in starts)
        if not is_in_order or len({each.ascends for each in ordered}) > 1:
            raise StatementError(
                "ORDER BY clause must have the attributes of the sort key in their order and in one direction"
            )

    def _ordered_by(self, each: Sorted) -> str:
        node = each.expression
        if not isinstance(node, Name):
            raise StatementError(f"Unexpected path component at {at(node.token)}")
        if node.text not in (*self.hash, *self.range):
            raise StatementError(f"Variable reference {node.text} in ORDER BY clause must be part of the primary key")
        return node.text


def _asked(node: Expression, attribute: str) -> tuple[str, Expression, Expression | None] | None:
    """What a condition asks of a sort key, where a key condition can say it."""
    compared = _comparison(node, attribute)
    if compared is not None:
        return compared[0], compared[1], None
    match node:
        case Between(operand=Name(text=name), low=low, high=high, negated=False) if name == attribute:
            return ("BETWEEN", low, high) if is_value(low) and is_value(high) else None
        case Call(arguments=[Name(text=name), prefix]) if node.name.lower() == "begins_with" and name == attribute:
            return ("begins_with", prefix, None) if prefix is not None and is_value(prefix) else None
        case _:
            return None


def _joined(expressions: Expressions, conjuncts: list[Expression], *, is_part: bool) -> str | None:
    """The condition that all of them are; ``is_part`` when the WHERE says more."""
    if not conjuncts:
        return None
    if len(conjuncts) == 1:
        return expressions.condition(conjuncts[0], is_part=is_part)
    return expressions.condition(Logic("AND", conjuncts, conjuncts[0].token, 0))


# -------------------------------------------------------------------------------------------------------------- writes


def _insert(statement: Insert, keys: Keys, parameters: int) -> Plan:
    if statement.returning is not None:
        raise StatementError("RETURNING is not supported in INSERT")
    expressions = Expressions()
    return Plan(
        kind="insert",
        table=statement.target.name,
        index=None,
        access=("item", item(statement.value)),
        parameters=parameters,
        condition=f"attribute_not_exists({expressions.name(keys.hash[0])})",
        names=list(expressions.names),
    )


def _check(where: Expression | None) -> None:
    """Refuses what is wrong with conditions whatever the key is; that is told before all else (measured)."""
    conjuncts = _conjuncts(where)
    _joined(Expressions(), conjuncts, is_part=len(conjuncts) > 1)


def _keyed(
    where: Expression | None, keys: Keys, expressions: Expressions
) -> tuple[list[int], list[Expression], list[Expression]]:
    """The values of the key, the conditions that say them, and the conditions that are left."""
    rest = _conjuncts(where)
    values: list[int] = []
    key_nodes: list[Expression] = []
    for attribute in (*keys.hash, *keys.range):
        found = [(node, value) for node in rest if (value := _equals_key(node, attribute)) is not None]
        if not found:
            raise StatementError(NO_KEY)
        node, value = found[0]
        rest = [other for other in rest if other is not node]
        key_nodes.append(node)
        values.append(expressions.add(value))
        message = f"Multiple conditions on same key {attribute}. Only single item Update/Insert/Delete are supported"
        expressions.equals.extend((values[-1], expressions.add(other), message) for _, other in found[1:])
    return values, key_nodes, rest


def _returned(returning: Returning | None) -> str:
    if returning is None:
        return "NONE"
    if not returning.has_star:
        raise StatementError("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")
    return f"{'ALL' if returning.what == 'ALL' else 'UPDATED'}_{returning.when}"


def _update(statement: Update, keys: Keys, parameters: int) -> Plan:
    expressions = Expressions()
    _check(statement.where)
    update = expressions.update(statement.changes)
    values, key_nodes, rest = _keyed(statement.where, keys, expressions)
    returning = _returned(statement.returning)
    # An UPDATE makes no item (measured).
    there = f"attribute_exists({expressions.name(keys.hash[0])})"
    condition = _joined(expressions, rest, is_part=True)
    return Plan(
        kind="update",
        table=statement.target.name,
        index=None,
        access=("key", values),
        parameters=parameters,
        condition=there if condition is None else f"{there} AND ({condition})",
        update=update,
        names=list(expressions.names),
        values=expressions.values,
        sets=expressions.sets,
        equals=expressions.equals,
        returning=returning,
        key_nodes=key_nodes,
        rest_nodes=rest,
    )


def _delete(statement: Delete, keys: Keys, parameters: int) -> Plan:
    expressions = Expressions()
    _check(statement.where)
    values, key_nodes, rest = _keyed(statement.where, keys, expressions)
    returning = _returned(statement.returning)
    if returning not in {"NONE", "ALL_OLD"} and statement.returning is not None:
        raise StatementError(
            f"Invalid returning clause: RETURNING {statement.returning.what} {statement.returning.when} *. Only "
            "RETURNING ALL OLD * is allowed in DELETE statements."
        )
    condition = _joined(expressions, rest, is_part=True)
    if condition is not None:
        # A DELETE of what is not there is done, whatever its condition (measured).
        condition = f"attribute_not_exists({expressions.name(keys.hash[0])}) OR ({condition})"
    return Plan(
        kind="delete",
        table=statement.target.name,
        index=None,
        access=("key", values),
        parameters=parameters,
        condition=condition,
        names=list(expressions.names),
        values=expressions.values,
        equals=expressions.equals,
        returning=returning,
        key_nodes=key_nodes,
        rest_nodes=rest,
    )
