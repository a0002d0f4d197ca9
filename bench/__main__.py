"""`python -m bench`: measures everything, prints one table and writes it to bench/results/.

`--quick` only looks whether everything runs. `--readme` also puts the table into README.md.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import time

from . import consumers, in_process, over_http, statements
from .servers import ROOT, Running, local_server, statordb_server
from .table import Row, as_markdown
from .timing import can_read_processes, import_ms, machine, resident_mib
from .workloads import FULL, GET, PEER, PUT, PUT_INDEXED, QUERY, QUICK, STATEMENT, TRANSACTION, Effort

RESULTS = ROOT / "bench" / "results"
README = ROOT / "README.md"
SECTION = re.compile(r"(<!-- figures: begin -->\n).*?(<!-- figures: end -->)", re.DOTALL)
ENGINE = ROOT / "target" / "release" / "examples" / "engine_bench"
STARTS = 5
REQUESTS = {
    "get": GET,
    "statement": STATEMENT,
    "put": PUT,
    "query": QUERY,
    "transaction": TRANSACTION,
    "put indexed": PUT_INDEXED,
}
ENGINE_BARS = [("get_item", 2000.0), ("put_item", None), ("update_item", None), ("query_one", None)]


def engine_rows() -> list[Row]:
    """Rows of the engine alone: its example prints lines such as `get_item_ns 812`."""
    if not ENGINE.exists():
        return []
    printed = subprocess.run([str(ENGINE)], capture_output=True, text=True, check=True).stdout
    figures = dict(line.split() for line in printed.splitlines())
    return [Row(f"engine `{name}` in Rust", "ns", float(figures[f"{name}_ns"]), bar) for name, bar in ENGINE_BARS]


def in_process_rows(effort: Effort) -> list[Row]:
    """Rows of calls in this process."""
    embedded, boto = in_process.embedded(effort), in_process.boto(effort)
    return [
        Row("`db.client().get_item`", "us", embedded["client get"], 10),
        Row("`db.client().put_item`", "us", embedded["client put"], 15),
        Row("`table.get`", "us", embedded["table get"]),
        Row("`table.put`", "us", embedded["table put"]),
        Row("boto3 in process `get_item`", "us", boto["get"]),
        Row("boto3 in process `put_item`", "us", boto["put"]),
    ]


def consumer_rows(effort: Effort) -> list[Row]:
    """Rows of functions that run from streams."""
    is_quick = effort is QUICK
    writes, records = (20, 5_000) if is_quick else (500, 200_000)
    return [
        Row("write to function, in this process, median", "us", consumers.write_to_function_us(writes), 1_000),
        Row("write to function, in a worker process, median", "us", consumers.write_to_worker_us(writes), 5_000),
        Row(
            "records a second into a function, 1,000 at a time",
            "",
            consumers.records_a_second(records),
            100_000,
            is_rate=True,
        ),
        Row("CPU of an idle consumer, each second", "ms", consumers.idle_cpu_ms(0.5 if is_quick else 3), 1),
    ]


def statement_rows(effort: Effort) -> list[Row]:
    """Rows of statements of PartiQL."""
    over = statements.over_call_us(effort)
    cold = statements.cold_us(effort)
    return [
        *(Row(f"a statement over the {name} that it comes to", "us", figure, 5) for name, figure in over.items()),
        *(Row(f"{name} whose text is new", "us", figure, 500) for name, figure in cold.items()),
    ]


def start_figures() -> dict[str, float]:
    """Readiness and idle memory of StatorDB's server: medians of several starts."""
    ready, idle = [], []
    for _ in range(STARTS):
        with statordb_server() as server:
            ready.append(server.ready_ms)
            time.sleep(0.3)
            idle.append(resident_mib(server.process_id))
    return {"ready": statistics.median(ready), "idle": statistics.median(idle)}


def http_figures(server: Running, effort: Effort) -> dict[str, float]:
    """Readiness, memory and CPU for each request of a server that was just started."""
    time.sleep(0.5)
    figures = {"ready": server.ready_ms, "idle": resident_mib(server.process_id)}
    server.load()
    for name, request in REQUESTS.items():
        figures[name], figures[f"{name} rate"] = over_http.cpu_us(server, request, effort)
    figures["scan"] = over_http.scanned_a_second(server, effort)
    return figures


def http_rows(effort: Effort) -> list[Row]:
    """Rows of the server, with DynamoDB Local beside it where it was fetched."""
    if not (can_read_processes() and over_http.generator_is_built()):
        return []
    starts = start_figures()
    with statordb_server() as server:
        own = {**http_figures(server, effort), **starts}
    local: dict[str, float] = {}
    peer = local_server()
    if peer is not None:
        with peer:
            local = http_figures(peer, QUICK if effort is QUICK else PEER)
    connections = effort.connections
    return [
        Row(f"HTTP GetItem, server CPU, {connections} connections", "us", own["get"], 20, local.get("get")),
        Row("HTTP ExecuteStatement of the same item, server CPU", "us", own["statement"], None, local.get("statement")),
        Row(f"HTTP PutItem, server CPU, {connections} connections", "us", own["put"], 30, local.get("put")),
        Row("HTTP Query of 10 items of 100, server CPU", "us", own["query"], 40, local.get("query")),
        Row("HTTP TransactWriteItems of 4 puts, server CPU", "us", own["transaction"], 80, local.get("transaction")),
        Row("HTTP PutItem with two GSIs, server CPU", "us", own["put indexed"], 45, local.get("put indexed")),
        Row("HTTP Scan of 20,000 items, items a second", "", own["scan"], 300_000, local.get("scan"), is_rate=True),
        Row(
            f"HTTP GetItem a second, {connections} connections, client on the same machine",
            "",
            own["get rate"],
            None,
            local.get("get rate"),
        ),
        Row(
            f"HTTP PutItem a second, {connections} connections, client on the same machine",
            "",
            own["put rate"],
            None,
            local.get("put rate"),
        ),
        Row("start of the server to its first answer", "ms", own["ready"], 100, local.get("ready")),
        Row("memory of the idle server (RSS)", "MiB", own["idle"], 40, local.get("idle")),
    ]


def measure(effort: Effort) -> list[Row]:
    """Every row."""
    rows = [
        *in_process_rows(effort),
        *statement_rows(effort),
        *engine_rows(),
        *consumer_rows(effort),
        *http_rows(effort),
    ]
    return [*rows, Row("`import statordb`", "ms", import_ms("statordb", rounds=2 * effort.rounds - 1), 50)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few calls, to see whether everything runs")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    rows = measure(QUICK if options.quick else FULL)
    text = as_markdown(rows, machine())
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.md").write_text(text)
    if options.readme:
        README.write_text(SECTION.sub(lambda found: f"{found[1]}{text}{found[2]}", README.read_text()))


if __name__ == "__main__":
    main()
