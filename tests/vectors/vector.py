"""The recorded requests, and what is expected of each.

`probes.jsonl` holds requests with the answers of DynamoDB Local, in the order in which they were sent to an empty endpoint.
`aws.jsonl` says, by name, where AWS answers otherwise; one line is one of

    {"status", "type", "message"}      an error; `also` lists other wordings that were seen, `pattern` stands for a message
                                       of which only the shape is known
    {"status", "response"}             an answer; `volatile` replaces the recorded one
    {"status", "response_pattern"}     an answer as compact JSON, where a value depends on the request
    {"status", "any"}                  any answer with this status, for the reason given
    {"same"}                           the recorded answer stands, for the reason given

A line's `classic` is the message of an error in the words that AWS had before mid-2026, where they were others.

`why` names the source or the reason; `undo` is a request to send after one that AWS accepts and the recording did not.

A recorded request may hold `{{name}}`, which stands for what an earlier answer had at the place that its `capture` names.

Where `aws_2026_prefix` is set, AWS puts that text before the recorded message today. `scope.json` names what is left for later, with
reasons; `excused.json` names what StatorDB answers otherwise on purpose: `[{"name", "reason"}]`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Expected:
    """The answer that a vector asks for."""

    status: int
    response: Any = None
    type: str | None = None
    messages: tuple[str, ...] = ()
    pattern: str | None = None
    response_pattern: str | None = None
    any: bool = False


@dataclass(frozen=True)
class Vector:
    """One request, its expected answer, and how the two are compared."""

    name: str
    operation: str
    target: str
    body: dict[str, Any]
    expected: Expected
    volatile: frozenset[str] = frozenset()
    unordered: tuple[str, ...] = ()
    later: str | None = None
    excused: str | None = None
    undo: dict[str, Any] | None = None
    capture: dict[str, str] = field(default_factory=dict, repr=False)
    marked: bool = field(default=False, repr=False)

    @property
    def is_run(self) -> bool:
        """False of a vector that is left for later and on which no other depends."""
        return self.later is None or (
            self.operation in SCOPE and self.expected.status == 200 and "IndexName" not in self.body
        )


def lines(name: str) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object a line."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def document(name: str) -> Any:
    """The content of a JSON file of this folder."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


SCOPE = frozenset(document("scope.json")["operations"])


def repeated(value: Any) -> Any:
    """`{{repeat:x:3}}` written out, anywhere in a value."""
    if isinstance(value, str):
        return re.sub(r"\{\{repeat:(.):(\d+)\}\}", lambda found: found[1] * int(found[2]), value)
    if isinstance(value, list):
        return [repeated(element) for element in value]
    if isinstance(value, dict):
        return {name: repeated(element) for name, element in value.items()}
    return value


def recorded(probe: dict[str, Any], classic: bool = False) -> Expected:
    """The recorded answer, with AWS's prefix of 2026 where it is marked; without it in classic words."""
    response = repeated(probe["response"])
    if probe["status"] == 200:
        return Expected(200, response=response)
    rest = {name: value for name, value in response.items() if name not in ("__type", "Message", "message")}
    prefix = "" if classic else probe.get("aws_2026_prefix", "")
    message = prefix + (response.get("Message") or response.get("message") or "")
    return Expected(probe["status"], rest, response["__type"].rpartition("#")[2], (message,))


def expected(probe: dict[str, Any], aws: dict[str, Any] | None, classic: bool = False) -> Expected:
    """What AWS answers, as far as it is known to differ; else what was recorded."""
    if classic and aws is not None and "classic" in aws:
        return replace(expected(probe, aws), messages=(aws["classic"],), pattern=None)
    prefix = probe.get("aws_2026_prefix", "") if classic else ""
    if aws is None or "same" in aws:
        return recorded(probe, classic)
    messages = (aws["message"], *aws.get("also", ())) if "message" in aws else ()
    messages = tuple(message.removeprefix(prefix) for message in messages)
    response = aws.get("response", {} if aws["status"] != 200 else None)
    return Expected(
        aws["status"],
        response,
        aws.get("type"),
        messages,
        aws.get("pattern"),
        aws.get("response_pattern"),
        "any" in aws,
    )


def left_for_later(probe: dict[str, Any], reasons: dict[str, str]) -> str | None:
    """Why a vector does not count yet, or None."""
    if probe["op"] not in SCOPE:
        return f"operation {probe['op']}"
    return reasons.get(probe["name"])


def load(classic: bool = False) -> list[Vector]:
    """Every vector, in order; with what AWS answered before mid-2026 if `classic` is true."""
    aws = {line["name"]: line for line in lines("aws.jsonl")}
    reasons = {name: group["reason"] for group in document("scope.json")["later"] for name in group["names"]}
    excused = {entry["name"]: entry["reason"] for entry in document("excused.json")}
    vectors = []
    for probe in lines("probes.jsonl"):
        override = aws.get(probe["name"])
        vectors.append(
            Vector(
                name=probe["name"],
                operation=probe["op"],
                target=f"{probe.get('target', 'DynamoDB_20120810')}.{probe['op']}",
                body=repeated(probe["body"]),
                expected=expected(probe, override, classic),
                volatile=frozenset((override or {}).get("volatile", probe.get("volatile", ()))),
                unordered=tuple(probe.get("unordered", ())),
                later=left_for_later(probe, reasons),
                excused=excused.get(probe["name"]),
                undo=(override or {}).get("undo"),
                capture=probe.get("capture", {}),
                marked=probe["aws_differs"] is not None,
            )
        )
    return vectors
