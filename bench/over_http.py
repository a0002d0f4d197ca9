"""Server CPU for each request over HTTP, under a load generator that keeps connections open and checks every answer."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .servers import ROOT
from .timing import cpu_s
from .workloads import PLACE_OF_KEY, SCAN, UNIQUE, Request

if TYPE_CHECKING:
    from .servers import Running
    from .workloads import Effort

GENERATOR = ROOT / "target" / "release" / "examples" / "http_load"


def generate(server: Running, request: Request, *, requests: int, connections: int) -> float:
    """Sends requests and returns the requests answered in a second. Fails if an answer is not a good one."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as template:
        template.write(request.text)
        template.flush()
        command = [str(GENERATOR), f"127.0.0.1:{server.port}", request.operation, template.name, PLACE_OF_KEY]
        command += [str(request.keys), str(connections), str(requests), UNIQUE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return float(done.stdout.split()[-1])


def cpu_us(server: Running, request: Request, effort: Effort) -> tuple[float, float]:
    """Microseconds of the server's CPU for a request, and requests a second: medians over rounds after a warm-up."""
    generate(server, request, requests=effort.warm_up, connections=effort.connections)
    costs, rates = [], []
    for _ in range(effort.rounds):
        time.sleep(0.2)
        before = cpu_s(server.process_id)
        rates.append(generate(server, request, requests=effort.requests, connections=effort.connections))
        costs.append((cpu_s(server.process_id) - before) / effort.requests * 1e6)
    return statistics.median(costs), statistics.median(rates)


def scanned_a_second(server: Running, effort: Effort) -> float:
    """Items a second of a Scan of a whole table, page after page over one connection: the median over rounds."""
    rates = [generate(server, SCAN, requests=1, connections=1) for _ in range(effort.rounds + 1)]
    return statistics.median(rates[1:])


def generator_is_built() -> bool:
    """True if `cargo build --release --examples` made the load generator."""
    return Path(GENERATOR).exists()
