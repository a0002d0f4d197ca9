"""Nodes as the expressions of the API: what a condition, an update and a projection are called there.

Attributes become ``#n0``, ``#n1`` and so on, values ``:v0``, ``:v1``; what the expressions themselves refuse is refused
by those who read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statordb.partiql.ast import (
    Assignment,
    Bag,
    Between,
    Call,
    Compared,
    Exists,
    In,
    Is,
    Like,
    List,
    Literal,
    Logic,
    Missing,
    Name,
    Not,
    Operation,
    Parameter,
    Path,
    Sequence,
    Signed,
    Subquery,
    Tuple,
    at,
)
from statordb.partiql.errors import StatementError, malformed
from statordb.partiql.values import template

if TYPE_CHECKING:
    from statordb.partiql.ast import Expression, Removal, Target
    from statordb.partiql.values import Template

__all__ = ["Expressions", "is_value"]

PREDICATES = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})
FUNCTIONS = PREDICATES | {"size"}
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})
SET_FUNCTIONS = {"set_add": "ADD", "set_delete": "DELETE"}

NOT_BOOLEAN = "WHERE clause must contain an expression that resolves to a boolean"
NOT_EXPRESSIONS = "The arguments to AND/OR must be Expressions"
# An index of a list is a signed number of 32 bits.
INDEX_MAX = 2**31 - 1


def is_value(node: Expression) -> bool:
    """Whether a node is a value whatever the item is."""
    return isinstance(node, Literal | Parameter | List | Sequence | Bag | Tuple)


class Expressions:
    """The expressions of one statement, with the names and values that they share."""

    def __init__(self) -> None:
        """Nothing is named yet."""
        self.names: dict[str, int] = {}
        self.values: list[Template] = []
        self.sets: list[tuple[int, str]] = []
        self.equals: list[tuple[int, int, str]] = []

    def name(self, text: str) -> str:
        """The placeholder of an attribute."""
        return f"#n{self.names.setdefault(text, len(self.names))}"

    def add(self, node: Expression) -> int:
        """The number of a value that is used."""
        return self.add_template(template(node))

    def add_template(self, value: Template) -> int:
        """The same, of a value that is no part of the statement."""
        self.values.append(value)
        return len(self.values) - 1

    # ----------------------------------------------------------------------------------------------------------- paths

    def path(self, name: str, steps: list[str | Expression]) -> str:
        """A document path."""
        return self.name(name) + "".join(self._step(step) for step in steps)

    def _step(self, step: str | Expression) -> str:
        if isinstance(step, str):
            return "." + self.name(step)
        if isinstance(step, Literal) and step.kind == "S":
            return "." + self.name(str(step.value))
        if isinstance(step, Literal) and step.kind == "N":
            text = str(step.value)
            if text.isdigit() and int(text) <= INDEX_MAX:
                return f"[{int(text)}]"
            raise StatementError(f"List index is not within the allowable range; index: [{text}] at {at(step.token)}")
        raise StatementError(f"Unexpected path component at {at(step.token)}")

    def target(self, target: Target) -> str:
        """The path of what an UPDATE changes."""
        return self.path(target.name, target.steps)

    def _path_of(self, node: Path) -> str:
        if not isinstance(node.root, Name):
            raise StatementError(f"Unexpected path component at {at(node.token)}")
        return self.path(node.root.text, node.steps)

    # ------------------------------------------------------------------------------------------------------ conditions

    def condition(self, node: Expression, *, is_part: bool = False) -> str:
        """A condition; ``is_part`` when it is one of several."""
        match node:
            case Logic():
                parts = (self._joined(part, node.operator) for part in node.operands)
                return f" {node.operator} ".join(parts)
            case Not():
                return f"NOT {self._alone(node.operand)}"
            case Compared():
                return f"{self.operand(node.left)} {node.operator} {self.operand(node.right)}"
            case Between():
                bounds = f"{self.operand(node.low)} AND {self.operand(node.high)}"
                return _negated(f"{self.operand(node.operand)} BETWEEN {bounds}", node.negated)
            case In():
                return _negated(self._in(node), node.negated)
            case Is():
                return self._is(node)
            case Like():
                raise StatementError("Unsupported operator in Condition Expression. Operator: like")
            case Call() if node.name.lower() in PREDICATES or node.name.lower() not in FUNCTIONS:
                return self._call(node, FUNCTIONS)
            case Exists() | Subquery():
                raise StatementError(f"Unsupported token in expression: SELECT at {at(node.token)}")
            case Operation() | Signed():
                raise StatementError(f"Unsupported operator in Condition Expression. Operator: {node.operator}")
            case _:
                # What is wrong inside is told first (measured).
                if isinstance(node, Sequence | Path | Call):
                    self.operand(node)
                raise StatementError(NOT_EXPRESSIONS if is_part else NOT_BOOLEAN)

    def _joined(self, node: Expression, operator: str) -> str:
        text = self.condition(node, is_part=True)
        # What is joined by AND inside OR stands by itself.
        return f"({text})" if isinstance(node, Logic) and operator == "AND" else text

    def _alone(self, node: Expression) -> str:
        text = self.condition(node)
        return f"({text})" if isinstance(node, Logic | Not) else text

    def _in(self, node: In) -> str:
        among = node.among
        elements: list[Expression] = [among] if node.is_grouped else []
        if isinstance(among, Sequence) or (isinstance(among, List) and not node.is_grouped):
            elements = among.elements
        if not elements:
            raise StatementError(
                "IN operator must have a left hand argument of type Variable Reference and right hand argument of type "
                "Seq with at least one member"
            )
        listed = ", ".join(self.operand(element) for element in elements)
        return f"{self.operand(node.operand)} IN ({listed})"

    def _is(self, node: Is) -> str:
        if not isinstance(node.operand, Name | Path) and not is_value(node.operand):
            raise StatementError("The left hand side argument to IS must be a Variable Reference, Literal, or Path")
        operand = self.operand(node.operand)
        if node.what == "NULL":
            return _negated(f"attribute_type({operand}, :v{self.add_template(('S', 'NULL'))})", node.negated)
        return f"attribute_exists({operand})" if node.negated else f"attribute_not_exists({operand})"

    def operand(self, node: Expression) -> str:
        """What is compared."""
        match node:
            case Name():
                return self.name(node.text)
            case Path():
                return self._path_of(node)
            case Missing():
                raise StatementError("MISSING must be compared using IS operator")
            case Call():
                return self._call(node, FUNCTIONS)
            case Operation():
                raise StatementError(f"Unsupported operator in Condition Expression. Operator: {node.operator}")
            case Signed():
                raise _one_operand(node)
            case Exists() | Subquery():
                raise StatementError(f"Unsupported token in expression: SELECT at {at(node.token)}")
            case Compared() | Between() | In() | Is() | Like() | Not() | Logic():
                operator = getattr(node, "operator", node.token)
                raise StatementError(f"Unsupported operator in Condition Expression. Operator: {operator.lower()}")
            case _:
                return f":v{self.add(node)}"

    def _call(self, node: Call, known: frozenset[str]) -> str:
        name = node.name.lower()
        if name not in known | FUNCTIONS | UPDATE_FUNCTIONS:
            raise StatementError(f"Unrecognized function: {node.name}")
        arguments = []
        for argument in node.arguments:
            if argument is None:
                raise malformed(f"Unexpected token at {at(node.token)}")
            arguments.append(self._of_update(argument, name) if known is UPDATE_FUNCTIONS else self.operand(argument))
        return f"{name}({', '.join(arguments)})"

    # --------------------------------------------------------------------------------------------------------- updates

    def update(self, changes: list[Assignment | Removal]) -> str:
        """An update expression."""
        sections: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
        for change in changes:
            target = self.target(change.target)
            if not isinstance(change, Assignment):
                sections["REMOVE"].append(target)
                continue
            value = change.value
            if isinstance(value, Call) and value.name.lower() in SET_FUNCTIONS:
                sections[SET_FUNCTIONS[value.name.lower()]].append(f"{target} {self._of_set(value, target)}")
            else:
                sections["SET"].append(f"{target} = {self._sum(value)}")
        return " ".join(f"{name} {', '.join(parts)}" for name, parts in sections.items() if parts)

    def _of_set(self, call: Call, target: str) -> str:
        name = call.name.upper()
        if len(call.arguments) != 2:
            raise StatementError(f"{name} must have exactly two arguments at {at(call.token)}")
        first, second = call.arguments
        if not isinstance(first, Name | Path) or self.operand(first) != target:
            raise StatementError(f"The first argument to {name} must equal the assignment value")
        # The place of a path is not told (measured).
        place = f" at {at(first.token)}" if isinstance(first, Name) else ""
        message = f"The second argument to {name} must be a value with type SET{place}"
        if not isinstance(second, Bag | Parameter):
            raise StatementError(message)
        number = self.add(second)
        self.sets.append((number, message))
        return f":v{number}"

    def _sum(self, node: Expression) -> str:
        """The right side of a SET."""
        match node:
            case Operation():
                if node.operator not in {"+", "-"}:
                    raise _not_in_update(node.operator)
                return f"{self._part(node.left)} {node.operator} {self._part(node.right)}"
            case Call() if node.name.lower() not in SET_FUNCTIONS:
                return self._call(node, UPDATE_FUNCTIONS)
            case Compared() | Between() | In() | Is() | Like() | Not() | Logic():
                raise _not_in_update(getattr(node, "operator", str(node.token)))
            case _:
                return self.operand(node)

    def _of_update(self, node: Expression, function: str) -> str:
        """An argument of a function of updates: no arithmetic, which the expressions of the API do not have there."""
        if not isinstance(node, Operation):
            return self._sum(node)
        if function == "if_not_exists":
            raise StatementError(f"Operator or function requires a document path; operator or function: {function}")
        raise _not_in_update(node.operator)

    def _part(self, node: Expression) -> str:
        text = self._sum(node)
        return f"({text})" if isinstance(node, Operation) else text


def _negated(text: str, is_negated: bool) -> str:
    return f"NOT {text}" if is_negated else text


def _not_in_update(operator: str) -> StatementError:
    return StatementError(f"Unsupported operator in Update Expression. Operator: {operator}")


def _one_operand(node: Signed) -> StatementError:
    return StatementError(
        "Incorrect number of operands for operator or function; operator or function: "
        f"{node.operator}, number of operands: 1"
    )
