"""Texts of PartiQL, made of the expressions of the API: names are written out, values as literals or as parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .update_paths import sections

if TYPE_CHECKING:
    from random import Random

    from .expressions import Expressions

PLACEHOLDER = re.compile(r"[:#]\w+")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
ARGUMENT = r"([^(),]*)"
EXISTS = re.compile(rf"attribute_exists\({ARGUMENT}\)")
NOT_EXISTS = re.compile(rf"attribute_not_exists\({ARGUMENT}\)")
TYPE = re.compile(rf"attribute_type\({ARGUMENT}, :\w+\)")
LISTED = re.compile(r" IN \(([^()]*)\)")
KEYWORDS = re.compile(
    r"\b(SELECT|FROM|WHERE|ORDER BY|INSERT INTO|VALUE|UPDATE|DELETE|SET|REMOVE|RETURNING|AND|OR|NOT|IN|BETWEEN|IS)\b"
)
PLAIN_MAX = 5000
# What has no business in a statement, or not everywhere.
STRAY = (
    "(",
    ")",
    "'",
    '"',
    "=",
    ",",
    ".",
    "[",
    "]",
    "<<",
    ">>",
    "{",
    "}",
    "?",
    "5",
    " ",
    ";",
    "--",
    "*",
    "NOT ",
    "AND ",
)


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def literal(value: Any) -> str | None:
    """A value as PartiQL writes it, or None where it has no way to write it."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((kind, content),) = value.items()
    if kind == "S":
        return text_literal(content)
    if kind == "N":
        return content if NUMBER.fullmatch(content) else None
    if kind == "BOOL":
        return "true" if content else "false"
    if kind == "NULL":
        return "null" if content else None
    if kind == "L":
        return _enclosed("[", [literal(element) for element in content], "]")
    if kind == "M":
        return _enclosed("{", [_member(name, literal(element)) for name, element in content.items()], "}")
    if kind in ("SS", "NS") and content:
        return _enclosed("<<", [literal({kind[0]: element}) for element in content], ">>")
    return None


def _member(name: str, value: str | None) -> str | None:
    return None if value is None else f"{text_literal(name)}: {value}"


def _enclosed(begin: str, parts: list[str | None], end: str) -> str | None:
    known = [part for part in parts if part is not None]
    return f"{begin}{', '.join(known)}{end}" if len(known) == len(parts) else None


def written(chance: Random, text: str, expressions: Expressions) -> tuple[str, list[Any]]:
    """A text with placeholders as a statement, and its parameters."""
    parameters: list[Any] = []
    share = chance.choice((0.0, 0.5, 1.0))

    def parameter(value: Any) -> str:
        parameters.append(value)
        return "?"

    def value_of(value: Any) -> str:
        if isinstance(value, dict) and value.get("L") and chance.random() < 0.005:
            return f"[{', '.join(parameter(element) for element in value['L'])}]"
        plain = literal(value) if chance.random() >= share else None
        # A statement has a length, parameters have none.
        if plain is not None and len(plain) > PLAIN_MAX and chance.random() < 0.95:
            plain = None
        return parameter(value) if plain is None else plain

    def one(found: re.Match[str]) -> str:
        if found[0] in expressions.names:
            name = expressions.names[found[0]]
            return name if chance.random() < 0.01 else quoted(name)
        # A placeholder that stands for nothing stays: it is no PartiQL.
        return value_of(expressions.values[found[0]]) if found[0] in expressions.values else found[0]

    if chance.random() < 0.1:
        text = KEYWORDS.sub(lambda found: found[0].lower(), text)
    statement = PLACEHOLDER.sub(one, text)
    return spoiled(chance, statement), parameters


def spoiled(chance: Random, statement: str) -> str:
    """The statement, or seldom one that has something too much or too little."""
    sort = chance.random()
    if sort < 0.98:
        return statement
    words = statement.split(" ")
    at = chance.randrange(len(words))
    if sort < 0.985:
        return " ".join(words[:at] + words[at + 1 :])
    if sort < 0.988:
        return " ".join([*words[:at], words[at], *words[at:]])
    if sort < 0.99:
        return " ".join(words[: at + 1])
    place = chance.randint(0, len(statement))
    return statement[:place] + chance.choice(STRAY) + statement[place:]


def condition(chance: Random, text: str) -> str:
    """A condition of the API with some of its parts as only PartiQL says them."""
    text = EXISTS.sub(lambda found: _either(chance, found, rf"{found[1]} IS NOT MISSING"), text)
    text = NOT_EXISTS.sub(lambda found: _either(chance, found, rf"{found[1]} IS MISSING"), text)
    text = TYPE.sub(lambda found: _either(chance, found, f"{found[1]} IS {chance.choice(('', 'NOT '))}NULL"), text)
    text = LISTED.sub(lambda found: _either(chance, found, f" IN [{found[1]}]"), text)
    for word in (" BETWEEN ", " IN "):
        if chance.random() < 0.1:
            text = text.replace(word, f" NOT{word}")
    return text


def _either(chance: Random, found: re.Match[str], other: str) -> str:
    return other if chance.random() < 0.5 else found[0]


def changes(chance: Random, update: str, expressions: Expressions) -> str:
    """An update expression as the clauses of an UPDATE."""
    found: list[tuple[str, str]] = []
    for word, clauses in sections(update):
        for clause in clauses:
            target, _, value = clause.partition(" ")
            if word in ("ADD", "DELETE") and value:
                found.append(("SET", f"{target} = {_of_set(word, target, value, expressions)}"))
            else:
                found.append((word, clause))
    if not found:
        return update
    text, last = "", ""
    for word, clause in found:
        text += f", {clause}" if word == last == "SET" and chance.random() < 0.7 else f" {word} {clause}"
        last = word
    return text.strip()


def _of_set(word: str, target: str, value: str, expressions: Expressions) -> str:
    if "N" in (expressions.values.get(value) or {}):
        return f"{target} {'+' if word == 'ADD' else '-'} {value}"
    return f"{'set_add' if word == 'ADD' else 'set_delete'}({target}, {value})"
