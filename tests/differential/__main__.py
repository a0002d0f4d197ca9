"""Compares StatorDB with DynamoDB Local: `make differential OPERATIONS=100000 SEED=1`."""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.servers import local_server, statordb_server

from .outcome import Outcome
from .pair import Pair
from .peer import Peer
from .replay import replayed
from .report import groups, report
from .schema import features_of
from .worker import run_worker

WORKERS = 4
FULL = 100_000
KEPT = Path(__file__).parents[2] / ".differential"
KEPT_MAX = 50


def main() -> int:
    parser = argparse.ArgumentParser(prog="differential", description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--divergences", type=int, default=200, help="end a worker after so many")
    parser.add_argument("--often", nargs="*", default=[], help="operations that are sent ten times as often as else")
    parser.add_argument("--replay", type=Path, help="see a divergence again that a run has kept, and cut it down")
    options = parser.parse_args()
    local = local_server()
    if local is None:
        print("DynamoDB Local is missing: run `make peers`, and install a Java runtime 17 or later", file=sys.stderr)
        return 2
    with statordb_server() as ours, local:
        ports = (ours.port, local.port)
        if options.replay is not None:
            print(replayed(Pair(Peer(ports[0]), Peer(ports[1]), "w"), options.replay))
            return 0
        outcome = compare(ports, options)
    print(report(outcome, is_full=options.operations >= FULL))
    keep(outcome)
    return 1 if outcome.divergences else 0


def keep(outcome: Outcome) -> None:
    """Writes what it takes to see each divergence again."""
    KEPT.mkdir(exist_ok=True)
    # The first of each kind, then the second of each, and so on.
    ranked = [(place, found) for group in groups(outcome).values() for place, found in enumerate(group)]
    for _, divergence in sorted(ranked, key=lambda pair: pair[0])[:KEPT_MAX]:
        path = KEPT / f"{divergence.seed}-{divergence.number}.json"
        path.write_text(json.dumps(divergence.replay), encoding="utf-8")
        print(f"make differential REPLAY={path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


def compare(ports: tuple[int, int], options: argparse.Namespace) -> Outcome:
    """Runs all workers, each with tables of its own."""
    share = -(-options.operations // options.workers)
    total = Outcome()
    # Asked once: workers that asked at the same time would meet each other's tables.
    features = features_of(Peer(ports[0]))
    print(f"features: {features}")
    with ProcessPoolExecutor(options.workers) as pool:
        runs = [
            pool.submit(
                run_worker,
                ports,
                features,
                f"{options.seed}-{number}",
                f"w{number}",
                share,
                options.divergences,
                options.often,
            )
            for number in range(options.workers)
        ]
        for run in runs:
            total.add(run.result())
    return total


if __name__ == "__main__":
    sys.exit(main())
