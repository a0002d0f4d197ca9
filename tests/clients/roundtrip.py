"""What every client must be able to do, as data: steps in order, each an operation, its members and what its answer must hold.

The Python client test, the test of the AWS CLI and the one in JavaScript read these steps, so all three do the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STEPS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "steps.json").read_text(encoding="utf-8"))


def holds(expected: Any, answer: Any) -> bool:
    """True if an answer has every expected member; lists and values must be equal."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        return all(name in answer and holds(value, answer[name]) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(answer, list):
        return len(expected) == len(answer) and all(
            holds(one, other) for one, other in zip(expected, answer, strict=True)
        )
    return bool(expected == answer)
