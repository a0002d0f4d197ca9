"""Waiters shaped like botocore's, for tables that come and go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from statordb.errors import ClientError, ResourceNotFoundException, WaiterError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WAITERS", "Waiter"]

WAITERS = ("table_exists", "table_not_exists")

POLL_S = 0.01


class Waiter:
    """Asks again and again until a table is there, or is gone; made with `Client.get_waiter`."""

    def __init__(self, name: str, describe: Callable[..., dict[str, Any]]) -> None:
        if name not in WAITERS:
            raise ValueError(f"there is no waiter `{name}`: the waiters are {', '.join(WAITERS)}")
        self.name = name
        self._describe = describe

    def wait(
        self,
        *,
        WaiterConfig: dict[str, float] | None = None,  # noqa: N803 (boto3's name)
        **members: Any,
    ) -> None:
        """Return as soon as the table `TableName` is there (and ACTIVE), or is gone.

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
        exists = self.name == "table_exists"
        try:
            answer = self._describe(**members)
        except ResourceNotFoundException as error:
            return error.response if exists else None
        except ClientError as error:
            raise WaiterError(
                self.name, f"An error occurred ({error.code}): {error.message}", error.response
            ) from error
        return None if exists and answer["Table"]["TableStatus"] == "ACTIVE" else answer
