"""How Lambda refuses a request."""

from __future__ import annotations

from typing import Any

from statordb import errors

__all__ = ["fault", "invalid", "out_of_range", "refusal"]


def refusal(message: str, operation: str, code: str = "InvalidParameterValueException", status: int = 400) -> Exception:
    """Make the exception with which Lambda refuses a request."""
    return errors.answered(code, message, operation, status, "")


def fault(value: Any, place: str, constraint: str) -> str:
    """Return the words for a member that is not as it must be; `place` is its name, as in Lambda's API or ours."""
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{place[0].lower()}{place[1:]}' failed to satisfy constraint: {constraint}"


def out_of_range(value: int, place: str, least: int, most: int) -> str:
    """Return the words for a number that is none from `least` to `most`."""
    bound = f"less than or equal to {most}" if value > most else f"greater than or equal to {least}"
    return fault(value, place, f"Member must have value {bound}")


def invalid(faults: list[str], operation: str, code: str = "ValidationException") -> Exception:
    """Make the exception for the members of which `fault` tells."""
    count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: "
    return refusal(count + "; ".join(faults), operation, code)
