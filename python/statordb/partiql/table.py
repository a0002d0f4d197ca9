"""The parser's table: made of the grammar once, kept beside it, and loaded in some hundredths of a second.

``python -m statordb.partiql.table`` makes it again; a test tells when that is due.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

__all__ = ["TABLE", "digest", "load", "made"]

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLE = Path(__file__).with_name("grammar.json")
# JSON has no numbers as keys: such a dict is kept as the list of its pairs, under this name.
PAIRS = "#"


def made() -> str:
    """The table of the grammar, as it is kept."""
    data, memo = _of_grammar().memo_serialize([TerminalDef, Rule])
    kept = {"lark": lark.__version__, "grammar": digest(), "data": _kept(data), "memo": _kept(memo)}
    return json.dumps(kept, separators=(",", ":")) + "\n"


def digest() -> str:
    """What the grammar is known by: the table of one grammar may be written in several orders."""
    return hashlib.sha256(GRAMMAR.read_bytes()).hexdigest()


def load(transformer: lark.Transformer[Any, Any]) -> lark.Lark:
    """The parser, which calls ``transformer`` while it reads.

    From the table where that was made with this version of lark; else from the grammar, which takes half a second.
    """
    kept = json.loads(TABLE.read_text("utf-8"), object_hook=_as_it_was)
    if kept["lark"] != lark.__version__:
        return _of_grammar(transformer)
    loaded: lark.Lark = lark.Lark._load_from_dict(kept["data"], kept["memo"], transformer=transformer)  # type: ignore[no-untyped-call]
    return loaded


def _of_grammar(transformer: lark.Transformer[Any, Any] | None = None) -> lark.Lark:
    return lark.Lark(GRAMMAR.read_text("utf-8"), parser="lalr", maybe_placeholders=True, transformer=transformer)


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        if any(isinstance(key, int) for key in value):
            return {PAIRS: [[key, _kept(inner)] for key, inner in value.items()]}
        return {key: _kept(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(inner) for inner in value]
    return value


def _as_it_was(value: dict[str, Any]) -> dict[Any, Any]:
    return dict(value[PAIRS]) if PAIRS in value else value


if __name__ == "__main__":
    TABLE.write_text(made(), "utf-8")
