"""What a run found, as text: divergences in groups of a kind, differences that were met, and those that never were."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from .differences import DIFFERENCES

if TYPE_CHECKING:
    from .outcome import Divergence, Outcome
    from .peer import Answer

VARYING = re.compile(r"[:#]\w+|\d+|'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\{[^}]*\}|(?<=attribute name: ).*|(?<=keyword: ).*")


def report(outcome: Outcome, *, is_full: bool) -> str:
    """The whole text."""
    lines = [
        f"{sum(outcome.operations.values())} operations in {outcome.seconds:.0f} s, {sum(outcome.refused.values())} of them refused, "
        f"everything stored compared {outcome.checks} times, {outcome.records} records of streams"
    ]
    for name, count in sorted(outcome.operations.items()):
        lines.append(f"  {name:20} {count:7} ({outcome.refused[name]} refused)")
    lines.append(f"{sum(outcome.excused.values())} answers differ for a reason:")
    for name, count in outcome.excused.most_common():
        lines.append(f"  {count:7} {name}")
    if is_full:
        lines += [f"  never met: {entry.name}" for entry in DIFFERENCES if not outcome.excused[entry.name]]
    inferred = {entry.name for entry in DIFFERENCES if entry.fact.startswith("inferred")}
    lines.append(
        f"{sum(outcome.excused[name] for name in inferred)} of them by entries that are inferred, not known of AWS"
    )
    lines.append(f"{len(outcome.divergences)} divergences")
    for kind, found in sorted(groups(outcome).items(), key=lambda group: -len(group[1])):
        lines.append(f"{len(found)} x {kind}\n  {found[0]}")
    return "\n".join(lines)


def groups(outcome: Outcome) -> dict[str, list[Divergence]]:
    """Divergences by what they have in common."""
    found: dict[str, list[Divergence]] = defaultdict(list)
    for divergence in outcome.divergences:
        parts = (divergence.operation["name"], gist(divergence.ours), gist(divergence.local))
        found[" | ".join(parts)].append(divergence)
    return found


def gist(answer: Answer) -> str:
    """An answer without what varies."""
    return f"{answer.status} {answer.kind} {VARYING.sub('*', answer.message)}"
