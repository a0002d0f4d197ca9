"""Kills the server, or the worker, between a function and the checkpoint: `python -m kills.functions --kills 100`.

The function writes down each record that it is given, and then takes its time. While it does so, one of the two processes
is killed. What it was given then has to come again, and nothing may be missing.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import tempfile
import time
import zipfile
from pathlib import Path

import boto3

from .server import Server

SOURCE = """
import os, time
def handler(event, context):
    with open(os.environ["LOG_FILE"], "a") as log:
        ids = " ".join(record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"])
        log.write(f"{os.getpid()} {ids}\\n")
    time.sleep(0.05)
"""
PATIENCE_S = 20
RECORDS = 3


def client(service: str, server: Server) -> object:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


class Log:
    """What the function has written down."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def calls(self) -> list[tuple[int, list[str]]]:
        """The process and the records of each call; a line that was cut off does not count."""
        lines = self.path.read_text().split("\n")[:-1]
        return [(int(line.split()[0]), line.split()[1:]) for line in lines]

    def wait(self, item: str, times: int) -> tuple[int, float]:
        """Wait until a record was given so often; the process that had it last, and when that was seen."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            calls = [call for call in self.calls() if item in call[1]]
            if len(calls) >= times:
                return calls[-1][0], time.monotonic()
            time.sleep(0.001)
        raise SystemExit(f"record {item} was given {len(calls)} times within {PATIENCE_S} s, not {times}")


def started(path: Path) -> Server:
    return Server(path, "--functions").wait()


def prepare(server: Server, log: Log) -> None:
    db, functions = client("dynamodb", server), client("lambda", server)
    db.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", SOURCE)
    functions.create_function(
        FunctionName="note",
        Runtime="python3.12",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": code.getvalue()},
        Timeout=10,
        Environment={"Variables": {"LOG_FILE": str(log.path)}},
    )
    stream = db.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    functions.create_event_source_mapping(FunctionName="note", EventSourceArn=stream, StartingPosition="TRIM_HORIZON")


def run(kills: int, folder: Path, seed: int) -> None:
    dice, log, path = random.Random(seed), Log(folder / "log"), folder / "app.stator"
    server = started(path)
    prepare(server, log)
    slowest, of_server = 0.0, 0
    for number in range(kills):
        db = client("dynamodb", server)
        for each in range(RECORDS):
            db.put_item(TableName="orders", Item={"id": {"S": f"{number}-{each}"}})
        last = f"{number}-{RECORDS - 1}"
        process, _ = log.wait(last, 1)
        time.sleep(dice.random() * 0.02)
        begun = time.monotonic()
        if dice.random() < 0.5:
            of_server += 1
            server.kill()
            server = started(path)
        else:
            os.kill(process, signal.SIGKILL)
        _, again = log.wait(last, 2)
        slowest = max(slowest, again - begun)
    db = client("dynamodb", server)
    db.put_item(TableName="orders", Item={"id": {"S": "end"}})
    log.wait("end", 1)
    given = [item for _, items in log.calls() for item in items]
    expected = [f"{number}-{each}" for number in range(kills) for each in range(RECORDS)]
    lost = [item for item in expected if item not in given]
    firsts = list(dict.fromkeys(given))
    server.kill()
    if lost or firsts != [*expected, "end"]:
        raise SystemExit(
            f"{len(lost)} records lost: {lost[:10]}; first deliveries in order: {firsts == [*expected, 'end']}"
        )
    print(
        f"{kills} kills between function and checkpoint, {of_server} of the server and {kills - of_server} of the worker: "
        f"0 of {len(expected)} records lost, in order, {len(given) - len(expected) - 1} given again; "
        f"slowest from a kill to the next delivery {slowest:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(options.kills, Path(folder), options.seed)


if __name__ == "__main__":
    main()
