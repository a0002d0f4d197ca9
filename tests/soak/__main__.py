"""Uses a server in every way at once, kills it now and then, and looks whether anything is lost or grows: `make soak`."""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from kills.check import check_sum, check_writer
from kills.server import Connection, Gone, Server
from kills.world import ACCOUNTS, ITEMS, Counts, Written, create

from .actors import EXPIRING, Actor, Dropper, Expirer, Indexer, Pacer, Reader
from .samples import Samples

KILLS_A_CHECK = 10
"""The closed database is checked after so many kills, and at the end."""
SAMPLE_S = 1.0
CHECK_S_MAX = 600
SERVER_OPTIONS = ("--memory-bytes-max", str(64 << 20))
"""So little that it is full long before the end."""


class Soak:
    """One run."""

    def __init__(self, options: argparse.Namespace, path: Path) -> None:
        self.path = path
        self.dice = random.Random(options.seed)
        self.end_s = time.monotonic() + options.seconds
        # A short run has its kills too.
        self.life_s = (min(20.0, options.seconds / 20), min(60.0, options.seconds / 8))
        self.counts, self.samples, self.reader = Counts(), Samples(), Reader(options.seed)
        self.written = [Written(f"writer-{number}") for number in range(options.writers)]
        self.expirer, self.indexer, self.dropper = (
            actor(options.seed + place) for place, actor in enumerate((Expirer, Indexer, Dropper))
        )
        writers = [Pacer(each, self.counts, options.seed * 1_000 + place) for place, each in enumerate(self.written)]
        self.actors: list[Actor] = [*writers, self.expirer, self.indexer, self.dropper, self.reader]
        self.kills = self.checks = 0
        self.slowest_start_s = 0.0
        self.live_bytes = 0

    def run(self) -> list[str]:
        """Goes on until the time is over or something is wrong; tells what is."""
        server = self.start()
        create(server.connect())
        self.expirer.create(server.connect())
        while not (found := self.violations()) and time.monotonic() < self.end_s:
            self.live(server)
            killed_s = time.monotonic()
            self.kills += 1
            if self.kills % KILLS_A_CHECK == 0 and (found := self.check_closed()):
                return found
            server = self.start()
            self.check(server)
            self.expirer.was_away(time.monotonic() - killed_s)
            print(self.progress(), flush=True)
        status = server.stop()
        if status != 0:
            found.append(f"the server ended with status {status}")
        return found + self.check_closed() + self.samples.violations()

    def start(self) -> Server:
        began_s = time.monotonic()
        server = Server(self.path, *SERVER_OPTIONS).wait()
        self.slowest_start_s = max(self.slowest_start_s, time.monotonic() - began_s)
        return server

    def live(self, server: Server) -> None:
        """Everybody works for a while; then the server is killed under them."""
        is_over = threading.Event()
        threads = [threading.Thread(target=actor.run, args=(server.connect(), is_over)) for actor in self.actors]
        threads.append(threading.Thread(target=self.sample, args=(server, is_over)))
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, min(self.dice.uniform(*self.life_s), self.end_s - time.monotonic())))
        server.kill()
        is_over.set()
        for thread in threads:
            thread.join()

    def sample(self, server: Server, is_over: threading.Event) -> None:
        connection = server.connect()
        try:
            while not is_over.wait(SAMPLE_S):
                self.live_bytes = stored_bytes(connection) + self.reader.follower.bytes
                self.samples.add(server.rss_bytes(), self.path, self.live_bytes)
        except (Gone, OSError, StopIteration):
            return

    def check(self, server: Server) -> None:
        """What everybody was told is so."""
        connection = server.connect()
        try:
            self.reader.follower.follow(connection)
            for written in self.written:
                check_writer(connection, written)
                self.reader.follower.check(written)
            check_sum(connection)
        except AssertionError as error:
            self.reader.violations.append(str(error))

    def check_closed(self) -> list[str]:
        """`statordb check`, which opens the database, and with that recovers it."""
        command = [sys.executable, "-m", "statordb", "check", str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=CHECK_S_MAX, check=False)
        self.checks += 1
        print(done.stdout.strip(), flush=True)
        return [] if done.returncode == 0 else [f"`statordb check` after {self.kills} kills: {done.stderr.strip()}"]

    def violations(self) -> list[str]:
        return [text for actor in self.actors for text in actor.violations]

    def progress(self) -> str:
        return (
            f"{self.kills} kills, {self.checks} checks of the closed database, {self.counts.acknowledged:,} writes "
            f"answered, {self.counts.transfers:,} transfers, {self.expirer.done:,} items expired, {self.indexer.done} "
            f"changes of indexes, {self.dropper.done} tables dropped, {self.reader.follower.records:,} stream records, "
            f"slowest start {self.slowest_start_s:.2f} s"
        )


def stored_bytes(connection: Connection) -> int:
    """What tables and indexes say that they hold."""
    total = 0
    for name in (ITEMS, ACCOUNTS, EXPIRING):
        table = connection.call("DescribeTable", {"TableName": name})["Table"]
        total += table["TableSizeBytes"]
        total += sum(index["IndexSizeBytes"] for index in table.get("GlobalSecondaryIndexes", []))
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1_800)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the database is made; a new one of the system's without")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    soak = Soak(options, folder / "app.stator")
    found = soak.run()
    print(f"soak: {soak.progress()}; {soak.samples.report()}", flush=True)
    for violation in found:
        print(f"soak: VIOLATED: {violation}", file=sys.stderr)
    if found:
        print(f"soak: the database is left in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("soak: nothing is violated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
