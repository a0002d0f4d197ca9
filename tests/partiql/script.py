"""Scripts: calls of PartiQL, one a line, in the order in which they are made on two tables.

A line is a statement, perhaps with further members behind ` ;; ` as JSON, or a whole call as JSON with its `op`. Lines that
begin with `//` are titles.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

from tables import create_indexed_table, create_table

FOLDER = Path(__file__).with_name("recorded")
NAMES = ("reads", "writes", "rules")
UNTOLD = ("NextToken", "LastEvaluatedKey", "ConsumedCapacity", "ResponseMetadata")


class Call(NamedTuple):
    """One call: the method of a client, its members, and the line it was written in."""

    method: str
    members: dict[str, Any]
    line: str


def calls(name: str) -> list[Call]:
    """The calls of a script."""
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return [call(line) for line in lines if line and not line.startswith("//")]


def call(line: str) -> Call:
    if line.startswith("{"):
        members = json.loads(line)
        return Call(members.pop("op", "execute_statement"), members, line)
    statement, _, further = line.partition(" ;; ")
    return Call("execute_statement", {"Statement": statement, **(json.loads(further) if further else {})}, line)


def prepare(ddb: Any) -> None:
    """Makes the two tables, and fills them."""
    create_table(ddb, "hhh", "a:S")
    keys = [{"AttributeName": "g", "KeyType": "HASH"}]
    gsi = [
        {
            "IndexName": "gii",
            "KeySchema": [*keys, {"AttributeName": "q", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        },
        {"IndexName": "gkk", "KeySchema": keys, "Projection": {"ProjectionType": "KEYS_ONLY"}},
    ]
    lsi = [
        {
            "IndexName": "lii",
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "q", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ]
    create_indexed_table(ddb, "hrr", "p:S s:N", "g:S q:N", gsi=gsi, lsi=lsi)
    for number in range(6):
        ddb.put_item(TableName="hrr", Item=_item_of_range(number))
    ddb.put_item(TableName="hhh", Item=ITEM)


def _item_of_range(number: int) -> dict[str, Any]:
    return {
        "p": {"S": "x" if number < 4 else "y"},
        "s": {"N": str(number)},
        "g": {"S": "G" if number % 2 else "H"},
        "q": {"N": str(10 - number)},
        "v": {"S": f"v{number}"},
        "m": {"M": {"k": {"N": str(number)}, "l": {"L": [{"S": "e0"}, {"S": "e1"}]}}},
        "ss": {"SS": ["a", "b"]},
        "n": {"NULL": True} if number == 0 else {"N": "1"},
    }


ITEM = {
    "a": {"S": "one"},
    "n": {"N": "5"},
    "m": {"M": {"k": {"M": {"z": {"N": "9"}}}}},
    "l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]},
    "ss": {"SS": ["x", "y"]},
    "ns": {"NS": ["1", "2"]},
    "b": {"BOOL": True},
    "nul": {"NULL": True},
    "bin": {"B": b"ab"},
    "long name": {"S": "q"},
}


def answer(ddb: Any, made: Call) -> dict[str, Any]:
    """What a call answers, in a form that can be compared and kept; an error by its code and message."""
    try:
        answered = getattr(ddb, made.method)(**made.members)
    except Exception as error:
        response = getattr(error, "response", None)
        if response is None:
            return {"raises": type(error).__name__}
        told = {key: response[key] for key in ("Item", "CancellationReasons") if key in response}
        return comparable({"error": [response["Error"]["Code"], response["Error"].get("Message", "")], **told})
    return comparable(answered)


def comparable(value: Any) -> Any:
    """Sets in one order, binaries as text, and nothing of what is different each time."""
    if isinstance(value, dict):
        kept = {name: comparable(inner) for name, inner in value.items() if name not in UNTOLD}
        return {name: sorted(inner) if name in ("SS", "NS", "BS") else inner for name, inner in sorted(kept.items())}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes | bytearray) else value
