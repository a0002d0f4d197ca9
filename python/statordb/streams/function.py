"""Functions: what a mapping invokes, and what came of it."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from statordb.streams.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Function", "LocalFunction", "Outcome", "function_arn"]

LOGGER = logging.getLogger("statordb.streams")
ACCOUNT = "000000000000"
TIMEOUT_S = 900
"""The longest time that a function of Lambda may take."""


def function_arn(region: str, name: str, qualifier: str | None = None) -> str:
    """Return the ARN of a function, or of a version or an alias of it."""
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"
    return f"{arn}:{qualifier}" if qualifier else arn


@dataclass(frozen=True)
class Outcome:
    """What came of an invocation."""

    request_id: str
    value: Any = None
    """What the function returned."""
    error: str | None = None
    """Why it failed, if it did."""
    was_called: bool = True
    """Whether the function ran; if not, the attempt does not count."""


class Function(Protocol):
    """What can be invoked with an event."""

    @property
    def name(self) -> str:
        """The name of the function."""
        ...

    @property
    def arn(self) -> str:
        """Its ARN."""
        ...

    @property
    def version(self) -> str:
        """The version that is invoked."""
        ...

    @property
    def qualifier(self) -> str | None:
        """The version or the alias that was asked for, if one was."""
        ...

    def invoke(self, event: dict[str, Any], feeder: int) -> Outcome:
        """Run it for the mapping that `feeder` stands for, and come back when it has ended."""
        ...


class LocalFunction:
    """A handler of this program, called in a thread of the mapping."""

    version = "$LATEST"
    qualifier = None

    def __init__(self, handler: Callable[[dict[str, Any], Context], Any], name: str, arn: str) -> None:
        self.handler = handler
        self.name = name
        self.arn = arn

    def invoke(self, event: dict[str, Any], _feeder: int) -> Outcome:
        """Call the handler. What it raises, or returns that is no JSON, is a function error."""
        request_id = str(uuid.uuid4())
        try:
            value = self.handler(event, Context(self.name, self.arn, request_id, timeout_s=TIMEOUT_S))
            if value is not None:
                value = json.loads(json.dumps(value))
        except BaseException as error:
            LOGGER.warning("`%s` failed: %s: %s", self.name, type(error).__name__, error, exc_info=True)
            return Outcome(request_id, error=f"{type(error).__name__}: {error}")
        return Outcome(request_id, value)
