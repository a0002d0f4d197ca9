"""What is wrong with a statement."""

from __future__ import annotations

__all__ = ["StatementError", "malformed"]


class StatementError(Exception):
    """A statement that DynamoDB refuses; the text is that of the ValidationException."""


def malformed(detail: str) -> StatementError:
    """A text that is not PartiQL, and why."""
    return StatementError(f"Statement wasn't well formed, can't be processed: {detail}")
