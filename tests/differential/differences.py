"""What DynamoDB Local answers differently from AWS, as data: each entry says how, and which fact about AWS makes it so.

An entry turns Local's answer into the one that AWS gives. A difference is excused if the entries together turn Local's answer
into ours, so several of them may meet in one answer. Most entries rewrite one message or one member and leave the rest to be
compared. Some take our answer as a whole where the request and Local's message fit: what they excuse is not compared further.
A fact that begins with `inferred` is not known of AWS: it is what the known facts suggest, and the first place to look for a
mistake of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .index_rules import INDEXES
from .order_of_faults import ORDER
from .rules import RULES, SHAPE
from .statement_rules import LAST, STATEMENTS
from .table_rules import TABLES
from .transactions import TRANSACTIONS
from .wordings import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case
    from .peer import Answer


@dataclass(frozen=True)
class Difference:
    """A difference that is meant to be. `aws` gives AWS's answer for Local's, or Local's where the entry does not apply."""

    name: str
    fact: str
    aws: Callable[[Case], Answer]


DIFFERENCES: tuple[Difference, ...] = tuple(
    Difference(name, fact, rule)
    for name, fact, rule in (*SHAPE, *STATEMENTS, *WORDINGS, *TRANSACTIONS, *RULES, *INDEXES, *TABLES, *ORDER, *LAST)
)


def differences_of(case: Case) -> list[str] | None:
    """The names of the entries that explain a case, or None."""
    met = []
    for entry in DIFFERENCES:
        translated = entry.aws(case)
        if translated != case.local:
            met.append(entry.name)
            case = replace(case, local=translated)
        if case.local == case.ours:
            return met
    return None
