"""Kills the server under writers, again and again: `make kills`."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from .check import Follower, check_index, check_sum, check_writer
from .server import Server
from .world import Counts, Written, create
from .writer import Writer

RARELY = 20
"""The whole index and the whole stream are looked at after so many kills."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long writers write, about")
    parser.add_argument("--acknowledged", type=int, default=100_000, help="go on until so many writes were answered")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the database is made; a new one of the system's without")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        return run(options, folder / "app.stator")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(options: argparse.Namespace, path: Path) -> int:
    dice = random.Random(options.seed)
    counts, follower = Counts(), Follower()
    everyone = [Written(f"writer-{number}") for number in range(options.writers)]
    writers = [Writer(written, counts, options.seed * 1_000 + place) for place, written in enumerate(everyone)]
    server = Server(path).wait()
    create(server.connect())
    kills = in_recovery = 0
    slowest_s = 0.0
    while kills < options.kills or counts.acknowledged < options.acknowledged:
        write(writers, server, dice.uniform(0.2, 1.8) * options.seconds)
        kills += 1
        while dice.random() < 0.2:
            # Once more, while it recovers or has hardly begun.
            again = Server(path)
            time.sleep(dice.uniform(0, 0.25))
            again.kill()
            kills += 1
            in_recovery += 1
        began = time.monotonic()
        server = Server(path).wait()
        slowest_s = max(slowest_s, time.monotonic() - began)
        check(server, everyone, follower if kills % RARELY < 2 else None)
        if kills % 10 == 0:
            print(f"{kills} kills, {counts.acknowledged:,} writes answered, {counts.transfers:,} transfers", flush=True)
    check(server, everyone, follower)
    items = check_index(server.connect())
    status = server.stop()
    print(
        f"{kills} kills, {in_recovery} of them while starting: 0 of {counts.acknowledged:,} answered writes lost, "
        f"{counts.transfers:,} transfers with a constant sum, {items:,} items equal to their index, "
        f"{follower.records:,} stream records without a gap; slowest start {slowest_s:.2f} s; ended with status {status}"
    )
    return 0


def write(writers: list[Writer], server: Server, seconds: float) -> None:
    """Lets all writers write for a while, and kills the server under them."""
    threads = [threading.Thread(target=writer.run, args=(server.connect(),)) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join()


def check(server: Server, everyone: list[Written], follower: Follower | None) -> None:
    connection = server.connect()
    for written in everyone:
        check_writer(connection, written)
    check_sum(connection)
    if follower is not None:
        check_index(connection)
        follower.follow(connection)
        for written in everyone:
            follower.check(written)


if __name__ == "__main__":
    sys.exit(main())
