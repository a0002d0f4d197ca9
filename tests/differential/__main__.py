"""Compares StatorDB with DynamoDB Local: `make differential OPERATIONS=100000 SEED=1`."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

from bench.servers import local_server, statordb_server

from .report import report
from .worker import Outcome, run_worker

WORKERS = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="differential", description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--divergences", type=int, default=200, help="end a worker after so many")
    options = parser.parse_args()
    local = local_server()
    if local is None:
        print("DynamoDB Local is missing: run `make peers`, and install a Java runtime 17 or later", file=sys.stderr)
        return 2
    with statordb_server() as ours, local:
        outcome = compare((ours.port, local.port), options)
    print(report(outcome, is_full=options.operations >= 100_000))
    return 1 if outcome.divergences else 0


def compare(ports: tuple[int, int], options: argparse.Namespace) -> Outcome:
    """Runs all workers, each with tables of its own."""
    share = -(-options.operations // options.workers)
    total = Outcome()
    with ProcessPoolExecutor(options.workers) as pool:
        runs = [
            pool.submit(run_worker, ports, f"{options.seed}-{number}", f"w{number}", share, options.divergences)
            for number in range(options.workers)
        ]
        for run in runs:
            total.add(run.result())
    return total


if __name__ == "__main__":
    sys.exit(main())
