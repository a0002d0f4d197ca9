"""The command `statordb`."""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from statordb import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statordb.database import Database
    from statordb.server import Server

__all__ = ["main"]

# Waits are short, because a long one cannot be interrupted on Windows.
POLL_S = 0.2
# Time to end in without a word about it.
FINISH_S = 0.3


class Failure(click.ClickException):
    """What a command cannot do: one line on standard error, and exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        click.echo(f"statordb: {' '.join(self.message.split())}", file=file, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="statordb")
def main() -> None:
    """DynamoDB that stays where you are."""


def _engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option of the command for each option of a database."""
    from statordb.options import DISK_OPTIONS, OPTIONS

    for option in reversed((*DISK_OPTIONS, *OPTIONS)):
        name = "--" + option.name.replace("_", "-")
        if option.kind is bool:
            command = click.option(name, is_flag=True, help=option.about)(command)
        elif option.choices:
            command = click.option(name, type=click.Choice(option.choices), help=option.about)(command)
        else:
            command = click.option(name, type=option.kind, metavar=option.unit, help=option.about)(command)
    return command


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes any.")
@click.option(
    "--path", default=":memory:", show_default=True, help="Where the database lives: a folder, or :memory: for none."
)
@click.option(
    "--log-level",
    default="warning",
    show_default=True,
    type=click.Choice(["warning", "info"]),
    help="What to write to standard error: faults, or every request too.",
)
@click.option(
    "--log-format",
    default="text",
    show_default=True,
    type=click.Choice(["text", "json"]),
    help="How to write it: lines of text, or an object of JSON a line.",
)
@click.option("--allow-public", is_flag=True, help="Listen on an address that others can reach. There is no password.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="Further value of the Host header to accept.")
@click.option("--functions", is_flag=True, help="Answer Lambda's API too, and run functions: code of whoever calls.")
@click.option(
    "--pace",
    default="push",
    show_default=True,
    type=click.Choice(["push", "aws"]),
    help="When functions are given records: at once, or four times a second as by Lambda.",
)
@_engine_options
def serve(
    host: str,
    port: int,
    path: str,
    log_level: str,
    log_format: str,
    allow_public: bool,
    allow_host: tuple[str, ...],
    functions: bool,
    pace: str,
    **options: Any,
) -> None:
    """Serve a database over HTTP until Ctrl-C."""
    from statordb.database import connect
    from statordb.errors import StatorError, StorageError

    request_log = log_format if log_level == "info" else None
    try:
        given: Any = {name: value for name, value in options.items() if value not in (None, False)}
        database = connect(path, **given)
        server = database.serve(
            host,
            port,
            allow_public=allow_public,
            allow_hosts=allow_host,
            request_log=request_log,
            functions=functions,
            pace=pace,
        )
    except (StatorError, ValueError, OSError) as error:
        raise Failure(_why(error)) from error
    if log_format == "json":
        _log_faults_as_json()
    try:
        with database, server, _signals_noted() as received:
            _announce(server, path, functions)
            while not received and not server.wait(POLL_S):
                pass
            _finish(server)
    except StorageError as error:
        raise Failure(str(error)) from error


def _finish(server: Server) -> None:
    """End the server, and say so if that takes time. Functions first: they may still ask the server."""
    import threading

    message = "finishing open requests; Ctrl-C again to stop now"
    late = threading.Timer(FINISH_S, click.echo, (message,), {"err": True})
    late.start()
    try:
        server.stop_functions()
        server._core.shut_down()
        server.wait()
    finally:
        late.cancel()


def _why(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    hint = "; `--port` takes another, and `--port 0` a free one" if error.errno == errno.EADDRINUSE else ""
    return (error.strerror or str(error)) + hint


def _log_faults_as_json() -> None:
    """Write what is logged under our name as lines of the same form as requests."""
    import json
    import logging

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = {"time_ms": int(record.created * 1000), "level": record.levelname, "message": record.getMessage()}
            click.echo(json.dumps(line), err=True)

    logger = logging.getLogger("statordb")
    logger.addHandler(Lines())
    logger.propagate = False


def _announce(server: Server, path: str, functions: bool) -> None:
    click.echo(f"StatorDB {__version__} serves {path} at {server.url}")
    click.echo(f'  boto3     boto3.client("dynamodb", endpoint_url="{server.url}", region_name="us-east-1")')
    click.echo(f"  AWS CLI   aws dynamodb list-tables --endpoint-url {server.url} --region us-east-1")
    if functions:
        click.echo(f'  functions boto3.client("lambda", endpoint_url="{server.url}", region_name="us-east-1")')
    click.echo("  Any access key and secret key will do, but there must be some. Ctrl-C stops the server.")


@contextmanager
def _signals_noted() -> Iterator[list[int]]:
    """Note Ctrl-C or an order to end instead of obeying at once, and obey the second; each platform has its own."""
    received: list[int] = []

    def note(number: int, _: Any) -> None:
        if received:
            # Nothing here is worth waiting for: what was answered is kept, wherever the database lives.
            os._exit(128 + number)
        received.append(number)

    before = {number: signal.signal(number, note) for number in _ending_signals()}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ending_signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


@contextmanager
def _opened(path: str) -> Iterator[Database]:
    """Open the database of a command that looks after its files."""
    from pathlib import Path

    from statordb.database import IN_MEMORY, connect
    from statordb.errors import StorageError

    try:
        # An empty folder would become a database.
        is_there = path != IN_MEMORY and Path(path).is_dir() and any(Path(path).iterdir())
    except OSError as error:
        raise Failure(f"`{path}` cannot be read: {_why(error)}") from error
    if not is_there:
        raise Failure(f"there is no database at `{path}`")
    try:
        with connect(path) as database:
            yield database
    except StorageError as error:
        raise Failure(str(error)) from error


@main.command()
@click.argument("path")
def check(path: str) -> None:
    """Read everything that a database holds and say what is damaged."""
    with _opened(path) as database:
        found = database.check()
    if not found["damage"]:
        click.echo(f"{path} is whole")
        _tell("read", found, ("files", "sections", "blocks", "entries"))
        _tell("looked at", found, ("tables", "items", "index_entries", "stream_records"))
        return
    for damage in found["damage"]:
        click.echo(damage, err=True)
    raise Failure(f"{path} is damaged; restore a backup, or the files named above from one")


def _tell(verb: str, found: dict[str, Any], names: tuple[str, ...]) -> None:
    click.echo(f"  {verb}: " + ", ".join(f"{name.replace('_', ' ')} {found[name]:,}" for name in names))


@main.command()
@click.argument("path")
def compact(path: str) -> None:
    """Make the files of a database as small as they can be."""
    with _opened(path) as database:
        before = database.stats()["sealed_bytes"]
        database.compact()
        after = database.stats()["sealed_bytes"]
    click.echo(f"{path}: {before:,} bytes before, {after:,} bytes now")


@main.command()
@click.argument("path")
@click.argument("target")
def backup(path: str, target: str) -> None:
    """Copy a database that no other process uses into the new folder TARGET."""
    with _opened(path) as database:
        database.backup(target)
    click.echo(f"{path} is copied to {target}")


def _write_anything() -> None:
    """Have standard output write out the characters that its encoding does not have."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _values(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> list[Any]:
    """The values of parameters, each of which is one value of JSON; numbers are Decimals."""
    from statordb.shell.values import parse_json

    found = []
    for text in given:
        try:
            values = parse_json(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from error
        if len(values) != 1:
            raise click.BadParameter(f"`{text}` is not one value: give `--param` again for each", context, option)
        found += values
    return found


@main.command()
@click.argument("statement")
@click.option("--path", required=True, metavar="DIR", help="The folder that keeps the database.")
@click.option("--explain", is_flag=True, help="Tell what the statement would do, and do not carry it out.")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="JSON",
    callback=_values,
    help="Value of a question mark, as JSON; once for each of them.",
)
@click.option("--consistent", is_flag=True, help="Read consistently.")
@click.option(
    "--format",
    "mode",
    type=click.Choice(["table", "json"]),
    help="How to print rows; a table on a terminal, else an object of JSON a line, unless given.",
)
def partiql(
    statement: str, path: str, explain: bool, parameters: list[Any], consistent: bool, mode: str | None
) -> None:
    """Carry out a statement of PartiQL and print its rows."""
    from statordb.shell.faults import FAULTS, fault_line
    from statordb.shell.session import Session

    _write_anything()
    mode = mode or ("table" if sys.stdout.isatty() else "json")
    try:
        with _opened(path) as database:
            if explain:
                click.echo(str(database.explain(statement)))
                return
            if mode == "table":
                # Before anything is written that could not be shown.
                import statordb.shell.grid  # noqa: F401 (it is used later)
            session = Session(database, sys.stdout, sys.stderr, is_interactive=False, mode=mode, timer=False)
            session.consistent, session.parameters = consistent, parameters
            session.execute(statement)
    except (*FAULTS, ModuleNotFoundError) as error:
        raise Failure(fault_line(error)) from error


@main.command()
@click.argument("database")
def shell(database: str) -> None:
    """Type statements of PartiQL for DATABASE, a folder or :memory:; or read them from a pipe."""
    from statordb.shell.faults import FAULTS, fault_line
    from statordb.shell.run import run_shell

    _write_anything()
    try:
        is_well = run_shell(database)
    except (*FAULTS, ModuleNotFoundError) as error:
        raise Failure(fault_line(error)) from error
    sys.exit(0 if is_well else 1)


ENDPOINT = click.option(
    "--endpoint-url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The server, started with `--functions`.",
)


def _asked(endpoint: str, path: str, timeout_s: float = 30) -> Any:
    """What a server answers of its functions."""
    import json
    from urllib import error, request

    if not endpoint.startswith(("http://", "https://")):
        raise Failure(f"`{endpoint}` is no address of a server")
    try:
        with request.urlopen(endpoint.rstrip("/") + path, timeout=timeout_s) as answer:  # noqa: S310 (checked)
            return json.load(answer)
    except error.HTTPError as refused:
        why = "it was started without `--functions`" if refused.code == 404 else f"it answers {refused.code}"
        raise Failure(f"the server at {endpoint} has no functions: {why}") from refused
    except (OSError, ValueError) as failed:
        cause: Any = getattr(failed, "reason", failed)
        reason = (cause.strerror if isinstance(cause, OSError) else None) or cause
        raise Failure(f"there is no server at {endpoint}: {reason}; `--endpoint-url` names it") from failed


@main.command()
@click.argument("function", required=False)
@click.option("--tail", is_flag=True, help="Go on with what is written from now on, until Ctrl-C.")
@ENDPOINT
def logs(function: str | None, tail: bool, endpoint_url: str) -> None:
    """Show what functions of a server have written: all of them, or FUNCTION."""
    from urllib.parse import urlencode

    chosen = {"function": function} if function else {}
    behind = 0
    wait: dict[str, str] = {}
    try:
        while True:
            lines = _asked(endpoint_url, "/statordb/logs?" + urlencode({"behind": behind, **chosen, **wait}))["lines"]
            for line in lines:
                behind = line["number"]
                click.echo(line["text"] if function else f"{line['function']}  {line['text']}")
            if not tail:
                return
            wait = {"wait": "1"}
    except KeyboardInterrupt:
        return


@main.command()
@ENDPOINT
def streams(endpoint_url: str) -> None:
    """Show how the functions that run from streams do."""
    consumers = _asked(endpoint_url, "/statordb/consumers")["consumers"]
    if not consumers:
        click.echo("no function runs from a stream")
    for each in consumers:
        click.echo(f"{each['function']} on {each['table']}: {each['state']}, {each['lag_ms']} ms behind")
        click.echo(
            f"  delivered {each['delivered']:,}, tried again {each['retries']:,}, given up {each['discarded']:,}; "
            f"last result {each['last_result']}"
        )
        if each["last_error"]:
            click.echo(f"  last error {each['last_error']}")
        if each["feeds_itself"]:
            click.echo("  it writes to the table whose stream it reads")


@main.command()
@click.option("--limit", type=click.IntRange(min=1), help="Load only so many airports.")
def demo(limit: int | None) -> None:
    """Load the airports of the world and answer questions about them."""
    try:
        from statordb.demo import main as run
    except ModuleNotFoundError as error:
        message = f"the demo needs the module `{error.name}`: install statordb with its extra `demo`"
        raise Failure(message) from error
    run(limit)
