"""Waiters shaped like botocore's, for what takes its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from statordb.errors import ClientError, ResourceNotFoundException, WaiterError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WAITERS", "Waiter"]


class Wait(NamedTuple):
    """What a waiter asks, and when it is over."""

    asks: str
    """The method of the client."""
    is_over: Callable[[dict[str, Any]], bool]
    """Whether an answer ends it."""
    when_missing: str
    """What it means that the table is not there: `over`, `go on`, or `fail`."""


WAITERS = {
    "table_exists": Wait("describe_table", lambda answer: answer["Table"]["TableStatus"] == "ACTIVE", "go on"),
    "table_not_exists": Wait("describe_table", lambda _: False, "over"),
    "contributor_insights_enabled": Wait(
        "describe_contributor_insights", lambda answer: answer["ContributorInsightsStatus"] == "ENABLED", "fail"
    ),
}

POLL_S = 0.01


class Waiter:
    """Asks again and again until something is so; made with `Client.get_waiter`."""

    def __init__(self, name: str, describe: Callable[..., dict[str, Any]]) -> None:
        self.name = name
        self._wait = WAITERS[name]
        self._describe = describe

    def wait(
        self,
        *,
        WaiterConfig: dict[str, float] | None = None,  # noqa: N803 (boto3's name)
        **members: Any,
    ) -> None:
        """Return as soon as it is so: the table `TableName` is there (and ACTIVE), or gone, or its insights are on.

        `WaiterConfig` has `Delay` in seconds and `MaxAttempts`; their product is how long to wait, 500 s without them.
        The database is in this process, so it is asked more often than `Delay` says. Raises `WaiterError` in the end.
        """
        config = WaiterConfig or {}
        delay, attempts = config.get("Delay", 20), config.get("MaxAttempts", 25)
        deadline = time.monotonic() + delay * attempts
        while True:
            answer = self._ask(members)
            if answer is None:
                return
            if time.monotonic() >= deadline:
                raise WaiterError(self.name, "Max attempts exceeded", answer)
            time.sleep(min(delay, POLL_S))

    def __repr__(self) -> str:
        return f"<statordb.Waiter {self.name}>"

    def _ask(self, members: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer that shows that it is not over yet, or None."""
        try:
            answer = self._describe(**members)
        except ClientError as error:
            meaning = self._wait.when_missing if isinstance(error, ResourceNotFoundException) else "fail"
            if meaning != "fail":
                return None if meaning == "over" else error.response
            raise WaiterError(
                self.name, f"An error occurred ({error.code}): {error.message}", error.response
            ) from error
        return None if self._wait.is_over(answer) else answer
