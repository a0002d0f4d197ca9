"""What a call must fail with, compared in the same way through every door."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

VALIDATION = "ValidationException"
ENVELOPE = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "


class Failure:
    """The error of a call: DynamoDB's name for it, its message, and the whole answer."""

    code = ""
    message = ""
    response: dict[str, Any]


def constraint(value: object, path: str, text: str) -> str:
    """The message of one member that is against its constraint."""
    shown = "null" if value is None else f"'{value}'"
    return f"{ENVELOPE}Value {shown} at '{path}' failed to satisfy constraint: {text}"


NONE = {"Code": "None"}
CONDITION_FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
CONFLICT = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}


def unfit(message: str) -> dict[str, str]:
    """The reason of an action that does not fit its table or its item."""
    return {"Code": "ValidationError", "Message": message}


@contextmanager
def fails(code: str, message: str | re.Pattern[str] | None = None) -> Iterator[Failure]:
    """The block ends with an error answer of this name and, if given, exactly this message (or one that a pattern matches)."""
    failure = Failure()
    try:
        yield failure
    except Exception as error:
        response = getattr(error, "response", None)
        if response is None:
            raise
        failure.response = response
        failure.code, failure.message = response["Error"]["Code"], response["Error"]["Message"]
    else:
        raise AssertionError(f"answered instead of failing with {code}: {message}")
    assert failure.code == code, f"{failure.code}: {failure.message}"
    if isinstance(message, re.Pattern):
        assert message.fullmatch(failure.message), failure.message
    elif message is not None:
        assert failure.message == message


def rejects(message: str | re.Pattern[str] | None = None) -> Any:
    """The block ends with a ValidationException."""
    return fails(VALIDATION, message)


@contextmanager
def cancels(*reasons: dict[str, Any]) -> Iterator[Failure]:
    """The block ends with a canceled transaction, with exactly these reasons for its actions."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    with fails("TransactionCanceledException", message) as failure:
        yield failure
    assert failure.response["CancellationReasons"] == list(reasons)
