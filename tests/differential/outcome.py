"""What came of a run: counts, the differences that were met, and what nothing explains."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .operation import as_text

if TYPE_CHECKING:
    from .peer import Answer


@dataclass
class Divergence:
    """A difference that nothing excuses. `replay` is all that is needed to see it again."""

    seed: str
    number: int
    operation: dict[str, Any]
    ours: Answer
    local: Answer
    replay: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        head = f"operation {self.number} of seed {self.seed}: {as_text(self.operation)}"
        return f"{head}\n  ours  {self.ours}\n  local {self.local}"


@dataclass
class Outcome:
    """The counts of a worker, or of all."""

    operations: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    divergences: list[Divergence] = field(default_factory=list)
    checks: int = 0
    records: int = 0
    seconds: float = 0.0

    def add(self, other: Outcome) -> None:
        self.operations += other.operations
        self.refused += other.refused
        self.excused += other.excused
        self.divergences += other.divergences
        self.checks += other.checks
        self.records += other.records
        self.seconds = max(self.seconds, other.seconds)
