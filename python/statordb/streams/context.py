"""What a function is told of its invocation, beside the event."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Context"]


class Context:
    """The context object of an invocation, with the names that Lambda's has for Python.

    >>> context = Context("welcome", "arn:aws:lambda:us-east-1:000000000000:function:welcome", "id-1", timeout_s=3)
    >>> context.function_name, context.get_remaining_time_in_millis() <= 3000
    ('welcome', True)
    """

    def __init__(
        self,
        name: str,
        arn: str,
        request_id: str,
        *,
        timeout_s: float,
        memory_mb: int = 128,
        version: str = "$LATEST",
        client_context: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.function_name = name
        self.function_version = version
        self.invoked_function_arn = arn
        self.memory_limit_in_mb = str(memory_mb)
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = f"[{version}]{request_id.replace('-', '')}"
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = client_context
        self._clock = clock
        self._deadline_s = clock() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left before the function is ended; never less than 0."""
        return max(0, int((self._deadline_s - self._clock()) * 1000))

    def __repr__(self) -> str:
        return f"<statordb.streams.Context {self.function_name} {self.aws_request_id}>"
