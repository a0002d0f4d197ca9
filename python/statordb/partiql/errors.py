"""What is wrong with a statement."""

from __future__ import annotations

__all__ = ["MalformedError", "StatementError", "malformed"]


class StatementError(Exception):
    """A statement that DynamoDB refuses; the text is that of the ValidationException."""


class MalformedError(StatementError):
    """A text that is not PartiQL."""


def malformed(detail: str) -> MalformedError:
    """A text that is not PartiQL, and why."""
    return MalformedError(f"Statement wasn't well formed, can't be processed: {detail}")
