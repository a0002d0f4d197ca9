"""An operation that was answered in two ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .operation import Operation
    from .peer import Answer


@dataclass(frozen=True)
class Case:
    """The operation and both answers, in the form in which they are compared."""

    operation: Operation
    ours: Answer
    local: Answer

    @property
    def both_refused(self) -> bool:
        return not self.ours.is_good and not self.local.is_good

    @property
    def both_good(self) -> bool:
        return self.ours.is_good and self.local.is_good
