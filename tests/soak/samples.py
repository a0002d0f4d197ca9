"""What the server takes, looked at every second, and whether that grows without end."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20
GROWTH_MAX = 1.25
"""The last third of a run may reach so much more than the second."""
RSS_SLACK_BYTES = 32 * MIB
LIVE_BYTES_MIN = 32 * MIB
"""With less there is more of what does not grow than of what does."""
RATIO_SLACK = 0.5


class Sample(NamedTuple):
    """One look."""

    at_s: float
    rss_bytes: int
    files: int
    file_bytes: int
    log_bytes: int
    live_bytes: int

    @property
    def ratio(self) -> float:
        """Files but for the log, by what is in them."""
        return (self.file_bytes - self.log_bytes) / max(self.live_bytes, LIVE_BYTES_MIN)


def folder(path: Path) -> tuple[int, int, int]:
    """How many files a database has, their bytes, and those of the log."""
    count = every = log = 0
    for file in path.iterdir():
        try:
            size = file.stat().st_size
        except FileNotFoundError:
            continue
        count += 1
        every += size
        log += size if file.name.startswith("log-") else 0
    return count, every, log


class Samples:
    """All looks of a run."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._lock = threading.Lock()
        self._samples: list[Sample] = []

    def __len__(self) -> int:
        return len(self._samples)

    def add(self, rss_bytes: int, path: Path, live_bytes: int) -> None:
        sample = Sample(time.monotonic() - self._began_s, rss_bytes, *folder(path), live_bytes)
        with self._lock:
            self._samples.append(sample)

    def thirds(self) -> list[list[Sample]]:
        end_s = self._samples[-1].at_s if self._samples else 0.0
        return [
            [sample for sample in self._samples if part * end_s / 3 <= sample.at_s <= (part + 1) * end_s / 3]
            for part in range(3)
        ]

    def report(self) -> str:
        """What the thirds of the run came to."""
        thirds = [third for third in self.thirds() if third]
        rss = " ".join(f"{max(sample.rss_bytes for sample in third) / MIB:.0f}" for third in thirds)
        ratio = " ".join(f"{max(sample.ratio for sample in third):.2f}" for third in thirds)
        last = self._samples[-1]
        return (
            f"by thirds: at most {rss} MiB of memory, files but for the log {ratio} of what is in them; at last "
            f"{last.file_bytes / MIB:.0f} MiB of {last.files} files, {last.log_bytes / MIB:.0f} of them log, for {last.live_bytes / MIB:.0f} MiB"
        )

    def violations(self) -> list[str]:
        _, second, last = self.thirds()
        if not second or not last:
            return ["too short a run to say anything about growth"]
        found = []
        before, after = (max(sample.rss_bytes for sample in third) for third in (second, last))
        if after > before * GROWTH_MAX + RSS_SLACK_BYTES:
            found.append(f"memory grows: {before / MIB:.0f} MiB, then {after / MIB:.0f} MiB")
        ratio_before, ratio_after = (max(sample.ratio for sample in third) for third in (second, last))
        if ratio_after > ratio_before * GROWTH_MAX + RATIO_SLACK:
            found.append(f"files grow: {ratio_before:.2f} times what is in them, then {ratio_after:.2f}")
        return found
