"""Records what DynamoDB Local answers to the scripts: `PYTHONPATH=tests:. python -m partiql.record`."""

from __future__ import annotations

import json

from bench.servers import local_server

from conftest import boto_client
from partiql.script import FOLDER, NAMES, answer, calls, prepare
from tables import drop_all_tables


def main() -> None:
    local = local_server()
    if local is None:
        raise SystemExit("DynamoDB Local is not there: `make peers` fetches it, and it needs a Java runtime")
    with local:
        ddb = boto_client(f"http://127.0.0.1:{local.port}")
        for name in NAMES:
            prepare(ddb)
            with (FOLDER / f"{name}.jsonl").open("w") as file:
                for call in calls(name):
                    print(json.dumps([call.line, answer(ddb, call)], ensure_ascii=False), file=file)
            drop_all_tables(ddb)


if __name__ == "__main__":
    main()
