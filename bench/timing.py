"""Time per call in this process, and CPU time, memory and readiness of another."""

from __future__ import annotations

import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READY_S = 60


def per_call_us(call: Callable[[int], object], *, calls: int, rounds: int) -> float:
    """The median over rounds of the mean microseconds of one call, after a round that does not count."""
    means = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        for number in range(calls):
            call(number)
        means.append((time.perf_counter() - started) / calls * 1e6)
    return statistics.median(means[1:])


def cpu_s(process_id: int) -> float:
    """Seconds of CPU that a process has used in all its threads."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(process_id: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no VmRSS of process {process_id}")


def can_read_processes() -> bool:
    """True where the system shows CPU time and memory of processes as files."""
    return Path("/proc/self/stat").exists()


def free_port() -> int:
    """A port of the loopback address on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def import_ms(module: str, *, rounds: int) -> float:
    """The median milliseconds of importing a module in a new interpreter."""
    program = f"import time; started = time.perf_counter(); import {module}; print(time.perf_counter() - started)"
    command = [sys.executable, "-c", program]
    runs = [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(rounds + 1)
    ]
    return statistics.median(runs[1:]) * 1000


def machine() -> str:
    """The machine in a few words."""
    cores = os.cpu_count()
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}"
