"""Random expressions with the names and values that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .values import ATTRIBUTES, KINDS, MAP_NAMES, any_value, attribute_value, bad_value, typed

if TYPE_CHECKING:
    from random import Random

    from .schema import Table

COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
PLAIN_NAMES = tuple(name for name in ATTRIBUTES if name not in ("name", "dot.ted"))
RESERVED = ("name", "size", "Data", "VALUES")
WRECKS = (
    "",
    " ",
    "a =",
    "a = = :v",
    "(a",
    "a)",
    "a b",
    "a = 5",
    "a != :v",
    "#",
    ":",
    "foo(a)",
    "size(a)",
    "SET",
    "l[00]",
    "_a",
    "a..b",
    "a[",
    "a[-1]",
    "a, ",
    "a AND",
    "NOT",
    "a BETWEEN b",
    "a IN ()",
    "((a = b))",
    "x" * 4097,
    "a[99999999999]",
    "a" + ".b" * 33,
)


class Expressions:
    """Makes the expressions of one request and collects `ExpressionAttributeNames` and `ExpressionAttributeValues`."""

    def __init__(self, chance: Random, table: Table) -> None:
        self.chance = chance
        self.table = table
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def into(self, body: dict[str, Any]) -> None:
        """Adds the names and values to a request, now and then one too many or one too few."""
        self._spoil()
        if self.names:
            body["ExpressionAttributeNames"] = self.names
        if self.values:
            body["ExpressionAttributeValues"] = self.values

    def _spoil(self) -> None:
        sort = self.chance.random()
        if sort > 0.04:
            return
        place = self.names if self.chance.random() < 0.5 else self.values
        if sort < 0.015 and place:
            del place[self.chance.choice(sorted(place))]
        elif sort < 0.03:
            self.chance.choice((self.names, self.values))[":zz" if self.chance.random() < 0.5 else "#zz"] = "unused"
        elif self.values:
            self.values[self.chance.choice(sorted(self.values))] = bad_value(self.chance)

    def name(self, attribute: str) -> str:
        """A name as an expression may write it."""
        is_word = attribute.isidentifier() and attribute.isascii() and attribute not in RESERVED
        if is_word and self.chance.random() < 0.7:
            return attribute
        for placeholder, known in self.names.items():
            if known == attribute and self.chance.random() < 0.7:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, content: Any) -> str:
        """The placeholder of a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = content
        return placeholder

    def attribute(self) -> str:
        """The name of an attribute, seldom of a key."""
        sort = self.chance.random()
        if sort < 0.03:
            return self.chance.choice(self.table.key_names)
        if sort < 0.15 and self.table.indexed:
            return self.chance.choice(sorted(self.table.indexed))
        if sort < 0.16:
            return self.chance.choice(("absent", "p.q", "a-b"))
        return self.chance.choice(sorted(ATTRIBUTES))

    def path(self) -> str:
        """A document path."""
        return self._path_into(self.attribute())

    def _path_into(self, attribute: str) -> str:
        if self.chance.random() < 0.002:
            return self.chance.choice(RESERVED)
        text = self.name(attribute)
        kind = ATTRIBUTES.get(attribute)
        steps = self.chance.choices((0, 1, 2), (3, 5, 2) if kind in ("L", "M") else (60, 1, 0))[0]
        for _ in range(steps):
            as_list = (kind == "L") == (self.chance.random() < 0.85)
            text += f"[{self.chance.randint(0, 3)}]" if as_list else "." + self.name(self.chance.choice(MAP_NAMES))
            kind = None
        return text

    def maybe_wreck(self, expression: str) -> str:
        """The expression, or seldom one that is not valid."""
        sort = self.chance.random()
        if sort < 0.985:
            return expression
        if sort < 0.992:
            return self.chance.choice(WRECKS)
        at = self.chance.randint(0, len(expression))
        return expression[:at] + self.chance.choice("()=,.:#[]5 ;") + expression[at:]

    # ------------------------------------------------------------------------------------------------- conditions

    def condition(self, depth: int = 2) -> str:
        """A condition or a filter."""
        return self.maybe_wreck(self._condition(depth))

    def _condition(self, depth: int) -> str:
        sort = self.chance.random()
        if depth == 0 or sort < 0.55:
            return self._primary()
        if sort < 0.65:
            return f"NOT {self._wrapped(depth)}"
        joint = self.chance.choice((" AND ", " OR ", " and ", " OR "))
        return f"{self._wrapped(depth)}{joint}{self._wrapped(depth)}"

    def _wrapped(self, depth: int) -> str:
        inner = self._condition(depth - 1)
        return f"({inner})" if self.chance.random() < 0.5 and not inner.startswith("(") else inner

    def _primary(self) -> str:
        attribute = self.attribute()
        path = self._path_into(attribute)
        sort = self.chance.random()
        if sort < 0.45:
            return self._comparison(attribute, path)
        if sort < 0.55:
            return self._between(attribute, path)
        if sort < 0.65:
            several = ", ".join(self._other(attribute) for _ in range(self.chance.randint(1, 3)))
            return f"{path} IN ({several})"
        return self._function(attribute, path)

    def _comparison(self, attribute: str, path: str) -> str:
        comparator = self.chance.choice(COMPARATORS)
        sort = self.chance.random()
        if sort < 0.12:
            return f"size({path}) {comparator} {self.value(typed(self.chance, 'N'))}"
        pair = [path, self._ordered(attribute) if comparator not in ("=", "<>") else self._other(attribute)]
        if sort < 0.2:
            pair.reverse()
        return f"{pair[0]} {comparator} {pair[1]}"

    def _ordered(self, attribute: str) -> str:
        """An operand of a type that has an order, but seldom."""
        kind = ATTRIBUTES.get(attribute)
        if self.chance.random() < 0.02:
            return self._other(attribute)
        if self.chance.random() < 0.1:
            return self.path()
        return self.value(typed(self.chance, kind if kind in ("S", "N", "B") else self.chance.choice("SN")))

    def _other(self, attribute: str) -> str:
        sort = self.chance.random()
        if sort < 0.8:
            return self._constant(attribute)
        return self.path() if sort < 0.95 else f"size({self.path()})"

    def _constant(self, attribute: str) -> str:
        indexed = self.table.indexed
        if attribute in indexed and self.chance.random() < 0.9:
            return self.value(self.table.index_key_value(self.chance, attribute))
        return self.value(attribute_value(self.chance, attribute))

    def _between(self, attribute: str, path: str) -> str:
        low, high = attribute_value(self.chance, attribute), attribute_value(self.chance, attribute)
        if self.chance.random() < 0.97:
            kind = ATTRIBUTES.get(attribute, "N")
            kind = kind if kind in ("S", "N", "B") else "N"
            low, high = typed(self.chance, kind), typed(self.chance, kind)
            if kind == "N":
                low, high = sorted((low, high), key=lambda number: float(number["N"]))
            elif kind == "S":
                low, high = sorted((low, high), key=lambda text: text["S"].encode())
        ends = [self.value(low), self.value(high)] if self.chance.random() < 0.9 else [self.path(), self.value(high)]
        return f"{path} BETWEEN {ends[0]} AND {ends[1]}"

    def _function(self, attribute: str, path: str) -> str:
        function = self.chance.choice(FUNCTIONS)
        if function in ("attribute_exists", "attribute_not_exists"):
            return f"{function}({path})"
        if function == "attribute_type":
            kind = {"S": self.chance.choice(KINDS)} if self.chance.random() < 0.97 else {"S": "DOG"}
            return f"{function}({path}, {self.value(kind)})"
        if function == "begins_with" and self.chance.random() < 0.98:
            return f"{function}({path}, {self.value(typed(self.chance, self.chance.choice('SSB')))})"
        return f"{function}({path}, {self._other(attribute) if self.chance.random() < 0.4 else self._scalar()})"

    def _scalar(self) -> str:
        return self.value(any_value(self.chance, 0))

    # ---------------------------------------------------------------------------------------------------- updates

    def update(self) -> str:
        """An update expression."""
        sections = self.chance.choices(
            (
                ("SET",),
                ("REMOVE",),
                ("ADD",),
                ("DELETE",),
                ("SET", "REMOVE"),
                ("ADD", "SET"),
                ("SET", "REMOVE", "ADD", "DELETE"),
            ),
            (10, 3, 4, 2, 4, 2, 1),
        )[0]
        taken: set[str] = set()
        return self.maybe_wreck(" ".join(f"{section} {self._section(section, taken)}" for section in sections))

    def _section(self, section: str, taken: set[str]) -> str:
        clauses = [self._clause(section, taken) for _ in range(self.chance.choices((1, 2, 3), (6, 3, 1))[0])]
        return ", ".join(clauses)

    def _target(self, section: str, taken: set[str]) -> str:
        wanted = {"ADD": ("N", "SS", "NS", "BS"), "DELETE": ("SS", "NS", "BS")}.get(section)
        for _ in range(8):
            attribute = self.attribute()
            fits = wanted is None or ATTRIBUTES.get(attribute) in wanted or self.chance.random() < 0.08
            is_key = attribute in self.table.key_names and self.chance.random() < 0.8
            if fits and not is_key and (attribute not in taken or self.chance.random() < 0.03):
                break
        taken.add(attribute)
        return attribute

    def _clause(self, section: str, taken: set[str]) -> str:
        attribute = self._target(section, taken)
        path = self._path_into(attribute)
        if section == "REMOVE":
            return path
        if section == "SET":
            return f"{path} = {self._right_side(attribute)}"
        kind = ATTRIBUTES.get(attribute)
        if "." in path or "[" in path or kind not in ("N", "SS", "NS", "BS") or (section == "DELETE" and kind == "N"):
            kind = self.chance.choice(("SS", "NS") if section == "DELETE" else ("N", "NS"))
        return f"{path} {self.value(typed(self.chance, kind)) if self.chance.random() < 0.97 else self._constant(attribute)}"

    def _right_side(self, attribute: str) -> str:
        kind = ATTRIBUTES.get(attribute)
        sort = self.chance.random()
        if kind == "N" and sort < 0.4:
            other = self.value(typed(self.chance, "N"))
            first = self.name(attribute) if self.chance.random() < 0.7 else self._set_operand(attribute, depth=1)
            return f"{first} {self.chance.choice('+-')} {other}"
        if kind == "L" and sort < 0.4:
            pair = [self._list_operand(attribute), self.value(typed(self.chance, "L"))]
            self.chance.shuffle(pair)
            return f"list_append({', '.join(pair)})"
        return self._set_operand(attribute, depth=1)

    def _list_operand(self, attribute: str) -> str:
        name = self.name(attribute)
        return name if self.chance.random() < 0.5 else f"if_not_exists({name}, {self.value({'L': []})})"

    def _set_operand(self, attribute: str, depth: int) -> str:
        sort = self.chance.random()
        if sort < 0.15 and depth > 0:
            return f"if_not_exists({self.path()}, {self._set_operand(attribute, depth - 1)})"
        return self.path() if sort < 0.22 else self._constant(attribute)

    # ------------------------------------------------------------------------------------------------ projections

    def projection(self) -> str:
        """A projection expression."""
        several = [self.path() for _ in range(self.chance.choices((1, 2, 3, 4), (3, 4, 2, 1))[0])]
        if self.chance.random() < 0.5:
            several.append(self.name(self.chance.choice(self.table.key_names)))
        kept = [path for at, path in enumerate(several) if path not in several[:at] or self.chance.random() < 0.05]
        return self.maybe_wreck(", ".join(kept))

    # --------------------------------------------------------------------------------------------- key conditions

    def key_condition(self, keys: tuple[tuple[str, str], ...], pick: Any) -> str:
        """A key condition on the keys of a table or an index; `pick` gives a value of a key attribute."""
        (hash_name, hash_kind), *rest = keys
        parts = [f"{self.name(hash_name)} = {self.value(self._key_value(hash_kind, pick(hash_name)))}"]
        if rest and self.chance.random() < 0.6:
            parts.append(self._sort_condition(*rest[0], pick))
        elif self.chance.random() < 0.01:
            parts.append(f"{self.name('n1')} = {self.value({'N': '1'})}")
        if self.chance.random() < 0.15:
            parts.reverse()
        if self.chance.random() < 0.1:
            parts[0] = f"({parts[0]})"
        return self.maybe_wreck(" AND ".join(parts))

    def _key_value(self, kind: str, value: Any) -> Any:
        if self.chance.random() < 0.99:
            return value
        return {"S": ""} if kind == "S" else {"N": "1"} if kind == "B" else {"S": "x"}

    def _sort_condition(self, name: str, kind: str, pick: Any) -> str:
        text, sort = self.name(name), self.chance.random()
        if sort < 0.55:
            comparator = self.chance.choice(COMPARATORS if sort < 0.02 else ("=", "<", "<=", ">", ">="))
            return f"{text} {comparator} {self.value(self._key_value(kind, pick(name)))}"
        if sort < 0.8:
            ends = (pick(name), pick(name))
            if self.chance.random() < 0.9 and kind != "B":
                ends = sorted(ends, key=lambda end: float(end["N"]) if kind == "N" else end["S"].encode())
            return f"{text} BETWEEN {self.value(ends[0])} AND {self.value(ends[1])}"
        if kind == "N" and sort < 0.97:
            return f"{text} > {self.value(pick(name))}"
        return f"begins_with({text}, {self.value(pick(name))})"
