"""Where our answers to the scripts are not those of DynamoDB Local 3.3.1, and why."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from partiql.script import Call

Answer = dict[str, Any]


class Difference(NamedTuple):
    """A known difference: which calls it is about, and the fact behind it."""

    name: str
    fact: str
    explains: Callable[[Call, Answer, Answer], bool]


def error(answer: Answer) -> tuple[str, str]:
    code, message = answer.get("error", ("", ""))
    return code, message


def texts(ours: str, local: str) -> Callable[[Call, Answer, Answer], bool]:
    """The same exception with these texts."""

    def explains(_call: Call, one: Answer, other: Answer) -> bool:
        return bool(re.fullmatch(ours, error(one)[1]) and re.fullmatch(local, error(other)[1]))

    return explains


def line(pattern: str, ours: str = "", local: str = "") -> Callable[[Call, Answer, Answer], bool]:
    """Calls of such a line, where the answers hold these texts."""

    def explains(call: Call, one: Answer, other: Answer) -> bool:
        is_known = ours in json.dumps(one) and local in json.dumps(other)
        return is_known and re.search(pattern, call.line) is not None

    return explains


def in_other_order(call: Call, ours: Answer, local: Answer) -> bool:
    """The same items, and those of one partition in the same order, where that can be seen."""
    items, others = ours.get("Items"), local.get("Items")
    if items is None or others is None or "ORDER BY p" in call.line:
        return False
    keys = {json.dumps(item.get("p")) for item in items}
    has_several = " IN " in call.line or " OR " in call.line or "WHERE p" not in call.line
    shows_keys = all("p" in item for item in items)
    in_order = all(of(items, key) == of(others, key) for key in keys) if shows_keys else has_several
    return in_order and sorted(map(json.dumps, items)) == sorted(map(json.dumps, others))


def of(items: list[Any], key: str) -> list[Any]:
    return [item for item in items if json.dumps(item.get("p")) == key]


def cut_elsewhere(call: Call, ours: Answer, local: Answer) -> bool:
    is_cut = "Limit" in call.members and "error" not in ours and "error" not in local
    return is_cut and len(ours["Items"]) == len(local["Items"])


def constrained(_call: Call, ours: Answer, _local: Answer) -> bool:
    return error(ours)[1].startswith("1 validation error detected: ")


def renamed(ours: Answer, local: Answer, ours_text: str, local_text: str) -> bool:
    return json.dumps(ours).replace(ours_text, local_text) == json.dumps(local)


INTERNAL = "The request processing has failed because of an unknown error, exception or failure."

DIFFERENCES = [
    Difference("order of partitions", "a table has hashes of its own", in_other_order),
    Difference("page of partitions", "the same: a page begins with other items", cut_elsewhere),
    Difference("constraints", "AWS checks the members of a request by its model", constrained),
    Difference("table by ARN", "AWS takes ARNs for names since 2024", line("arn:aws:dynamodb:", "Items")),
    Difference("value on the left", "1 < s says what s > 1 says; Local reads s < 1", line("1<s")),
    Difference("order of an index", "Local fails", line("gii.*ORDER BY", "Items", INTERNAL)),
    Difference("values of two types among partition keys", "Local fails", line(r"IN \('x',1\)", "data type", INTERNAL)),
    Difference(
        "filter on what an index lacks",
        "AWS refuses it where the partition key is given and finds nothing elsewhere; Local looks at the item",
        line(r"(gkk|lii)\".* WHERE .*v='v1'", "", '"Items": [{'),
    ),
    Difference(
        "name of a duplicate",
        "the exception is DuplicateItemException in the API's model",
        lambda _call, ours, local: renamed(ours, local, "DuplicateItemException", "DuplicateItem"),
    ),
    Difference(
        "digits of a number",
        "AWS's text",
        texts("Attempting to store more than 38 .*", "DynamoDB only supports precision .*"),
    ),
    Difference(
        "parameters inside values",
        "sources disagree; the developer guide has question marks wherever a value may stand",
        line(r"\[\?\]|:\?\}\}|<<\?>>", "Items", "Unsupported data type"),
    ),
    Difference(
        "modified leaf", "AWS returns the leaf that was changed, Local the whole attribute", line(r"SET l\[0\]=9")
    ),
    Difference(
        "reason of a duplicate",
        "the code is DuplicateItem in the API's documentation",
        lambda _call, ours, local: "DuplicateItem" in json.dumps(ours) and "Duplicate primary key" in json.dumps(local),
    ),
    Difference(
        "text of a failed EXISTS",
        "the API's documentation has one text for every failed condition",
        lambda _call, ours, local: renamed(ours, local, 'conditional request failed"', 'conditional request failed."'),
    ),
    Difference(
        "token used twice", "AWS's text", texts("DynamoDB rejected the request .*", "Specified idempotent token .*")
    ),
    Difference(
        "no key in a transaction",
        "the statement alone is wrong, whatever the items are",
        texts(".*Where clause does not contain .*", "ValidationError Where clause does not contain .*"),
    ),
    Difference(
        "type of a sort key in a filter",
        "a comparison with another type is false, as in every filter",
        line("WHERE s='a'", '"Items": []', "Condition parameter type"),
    ),
    Difference(
        "token of Local",
        "a token is of the server that gave it",
        texts("Invalid NextToken", "Given NextToken has already expired"),
    ),
    Difference(
        "index key",
        "AWS's text tells which",
        texts(".*Type mismatch for Index Key g Expected.*", ".*Type mismatch for Index Key"),
    ),
    Difference("statement that is no text", "AWS tells of the type", line('"Statement":5', "SerializationException")),
]


# Texts that differ wherever they stand: what differs, the fact behind it, the text of Local, and ours.
WORDINGS = [
    (
        "no such table",
        "AWS has one text for it",
        "Cannot do operations on a non-existent table",
        "Requested resource not found",
    ),
    (
        "what is malformed",
        "Local repeats the statement, AWS says what is wrong",
        r"(Statement wasn't well formed, can't be processed: )[^\"]*",
        r"\1...",
    ),
]


def worded(answer: Answer) -> Answer:
    """An answer with one text for what is told in several."""
    text = json.dumps(answer)
    for _, _, local, ours in WORDINGS:
        text = re.sub(local, ours, text)
    result: Answer = json.loads(text)
    return result


def difference_of(call: Call, ours: Answer, local: Answer) -> str | None:
    """The name of the difference that explains these answers; nothing when none does, and "" when they are equal."""
    if ours == local:
        return ""
    ours, local = worded(ours), worded(local)
    if ours == local:
        return "wording"
    return next((known.name for known in DIFFERENCES if known.explains(call, ours, local)), None)
