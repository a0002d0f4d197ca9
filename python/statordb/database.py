"""Databases: where tables live, and the doors to them.

A `Database` may be used from any number of threads at once. It owns its tables; what it hands out (tables, clients,
servers) ends with it.
"""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from statordb import _core
from statordb.arguments import checked_integer, checked_region
from statordb.errors import ClosedError
from statordb.options import checked_options
from statordb.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from typing_extensions import Unpack

    from statordb.client import Client, StreamsClient
    from statordb.clock import DatabaseClock
    from statordb.options import Options
    from statordb.partiql.explain import Explanation
    from statordb.server import Server
    from statordb.sql import Rows
    from statordb.streams.consumers import Consumers
    from statordb.streams.mapping import EventSourceMapping
    from statordb.streams.parameters import MappingParameters

__all__ = ["Database", "connect"]

DEFAULT_REGION = "us-east-1"
IN_MEMORY = ":memory:"

if hasattr(os, "register_at_fork"):
    # Databases on disk belong to the process that opened them.
    os.register_at_fork(after_in_child=_core.forked)


def _absolute(path: str | os.PathLike[str]) -> str:
    """The path from the root, with its links as they are."""
    from pathlib import Path

    return os.fspath(Path(path).absolute())


def connect(
    path: str | os.PathLike[str] = ":memory:", *, region: str = DEFAULT_REGION, **options: Unpack[Options]
) -> Database:
    """Open a database.

    `path` is a folder, which is made if it is not there and holds the database from then on; or `":memory:"`, and the
    database lives in this process and ends with it. `region` is what stands in ARNs. `options` are listed in
    `statordb.options`: those of the engine rehearse what AWS does and a local database does not have to do, those of
    the disk say when a write is answered and how much memory there is. Raises `StorageError` for a folder that cannot
    be used: `InUseError` while another process uses it, `FormatError` if it holds something else, `DamagedError` if it
    is not as it was written; `ValueError` for what is no name of a region and for a value that an option cannot have,
    `TypeError` for an option that there is not.

    >>> import statordb
    >>> db = statordb.connect(":memory:")
    >>> db.tables()
    []
    >>> db.close()
    """
    return Database(path, region=region, **options)


class Database:
    """An open database; also a context manager that closes it.

    >>> import statordb
    >>> with statordb.connect() as db:
    ...     db.create_table("books", "isbn").put({"isbn": "0-262-51087-1", "title": "SICP"})
    ...     db.tables()
    ['books']
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ":memory:",
        *,
        region: str = DEFAULT_REGION,
        **options: Unpack[Options],
    ) -> None:
        checked_region(region)
        self._path = os.fspath(path)
        on_disk = self._path != IN_MEMORY
        engine, disk = checked_options(options, on_disk=on_disk)
        # An absolute path: the program may go elsewhere before a message names it.
        self._core = _core.Database(_absolute(path) if on_disk else None, region, engine, disk)
        self._consumers: Consumers | None = None
        # Those that run functions.
        self._servers: weakref.WeakSet[Server] = weakref.WeakSet()

    @property
    def path(self) -> str:
        """Where the database lives: a folder, or `":memory:"`."""
        return self._path

    @property
    def region(self) -> str:
        """The region in ARNs of calls through this object."""
        return self._core.region

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._core.closed

    def close(self) -> None:
        """Close the database: later calls raise `ClosedError`, servers stop. Closing twice does nothing.

        Functions that run from streams are waited for. On disk everything is settled first, so that the next opening is
        quick; without closing, nothing that was answered is lost, and the next opening takes a little longer. Raises
        `StorageError` where settling fails.
        """
        for server in list(self._servers):
            server.stop_functions()
        if self._consumers is not None:
            self._consumers.stop()
        self._core.close()

    def __enter__(self) -> Database:
        if self.closed:
            raise ClosedError("the database is closed: open one with `statordb.connect`")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = " closed" if self.closed else ""
        return f"<statordb.Database {self._path!r}{state}>"

    def create_table(
        self,
        name: str,
        partition_key: str,
        sort_key: str | None = None,
        *,
        deletion_protection: bool = False,
        stream: str | None = None,
    ) -> Table:
        """Make a table, paid per request, and return it ready for use.

        A key is the name of its attribute, with `:S`, `:N` or `:B` behind it for its type; without one it is a string.
        `stream` enables the table's stream, and is what its records show: `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or
        `NEW_AND_OLD_IMAGES`. `db.client().create_table(...)` takes every member of DynamoDB's CreateTable. Raises
        `ResourceInUseException` when the table exists, `ValueError` for another type of key.

        >>> import statordb
        >>> db = statordb.connect()
        >>> orders = db.create_table("orders", "customer", "placed_at:N")
        >>> orders.put({"customer": "ada", "placed_at": 1})
        """
        keys = [("HASH", *_typed_name(partition_key))]
        if sort_key is not None:
            keys.append(("RANGE", *_typed_name(sort_key)))
        members: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for _, key, kind in keys],
            "KeySchema": [{"AttributeName": key, "KeyType": role} for role, key, _ in keys],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if deletion_protection:
            members["DeletionProtectionEnabled"] = True
        if stream is not None:
            members["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
        self._core.call("CreateTable", members)
        self.client().get_waiter("table_exists").wait(TableName=name)
        return self.table(name)

    def table(self, name: str) -> Table:
        """Return the table `name`, by native values. Whether it exists shows with the first call.

        `name` may be the table's ARN.
        """
        return Table(self._core, name)

    def tables(self) -> list[str]:
        """Return the names of all tables, in order."""
        names: list[str] = []
        members: dict[str, Any] = {}
        while True:
            answer = self._core.call("ListTables", members)
            names.extend(answer["TableNames"])
            if "LastEvaluatedTableName" not in answer:
                return names
            members = {"ExclusiveStartTableName": answer["LastEvaluatedTableName"]}

    def delete_table(self, name: str) -> None:
        """Drop a table and its items. Raises `ResourceNotFoundException` when there is none."""
        self._core.call("DeleteTable", {"TableName": name})

    def sql(
        self,
        statement: str,
        parameters: Sequence[Any] | None = None,
        *,
        consistent: bool = False,
        page_size: int | None = None,
    ) -> Rows:
        """Carry out a statement of PartiQL, and return its rows.

        `parameters` are native values, one for each question mark. `page_size` is the most items to read at a time,
        which is `Limit` of DynamoDB. A SELECT reads on when its rows are asked for. Raises what `ExecuteStatement`
        raises: `ValidationException`, `ResourceNotFoundException`, `ConditionalCheckFailedException`,
        `DuplicateItemException`.

        >>> import statordb
        >>> db = statordb.connect()
        >>> _ = db.create_table("films", "studio", "year:N")
        >>> _ = db.sql("INSERT INTO films VALUE {'studio': 'Ghibli', 'year': ?, 'title': ?}", [1988, "Totoro"])
        >>> db.sql("SELECT title FROM films WHERE studio = ? AND year < 2000", ["Ghibli"]).all()
        [{'title': 'Totoro'}]
        """
        from statordb.sql import Rows

        checked_integer("page_size", page_size, 1)
        if not isinstance(statement, str):
            raise TypeError(f"statement is a str, not {statement!r}")
        if isinstance(parameters, (str, bytes, dict)):
            # A str is a sequence, too; each of its letters would be a parameter.
            raise TypeError(f"parameters is a list of values, not {parameters!r}")
        given = [] if parameters is None else list(parameters)

        def read(token: str | None) -> tuple[list[dict[str, Any]], str | None]:
            return self._core.sql(statement, given, consistent, page_size, token)

        return Rows(statement, read(None), read)

    def explain(self, statement: str) -> Explanation:
        """Tell what a statement of PartiQL would do, and why, without doing it.

        Raises `ValidationException` for a statement that DynamoDB refuses, `ResourceNotFoundException` for a table that
        is not there.
        """
        from statordb.errors import ValidationException
        from statordb.partiql.errors import StatementError
        from statordb.partiql.explain import explained

        try:
            return explained(statement, self._core.source_keys)
        except StatementError as error:
            details = {"Error": {"Code": "ValidationException", "Message": str(error)}}
            raise ValidationException(details, "ExecuteStatement") from None

    def client(self) -> Client:
        """Return a client shaped like `boto3.client("dynamodb")`, with typed values and no botocore inside."""
        from statordb.client import Client

        return Client(self._core)

    def streams(self) -> StreamsClient:
        """Return a client shaped like `boto3.client("dynamodbstreams")`: what happened to the items of tables.

        >>> import statordb
        >>> with statordb.connect() as db:
        ...     db.streams().list_streams()["Streams"]
        []
        """
        from statordb.client import StreamsClient

        return StreamsClient(self._core)

    def on_stream(
        self, table: str, **parameters: Unpack[MappingParameters]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Run the function below from the stream of a table; what it may be given is said at `event_source_mapping`.

        >>> import statordb, threading
        >>> db, seen = statordb.connect(), threading.Event()
        >>> orders = db.create_table("orders", "id", stream="NEW_IMAGE")
        >>> @db.on_stream("orders", batch_size=10, filters=[{"eventName": ["INSERT"]}])
        ... def welcome(event, context):
        ...     for record in event["Records"]:
        ...         print(record["dynamodb"]["Keys"]["id"]["S"])
        ...     seen.set()
        >>> orders.put({"id": "42"}); seen.wait(5)
        42
        True
        >>> db.close()
        """

        def decorated(handler: Callable[..., Any]) -> Callable[..., Any]:
            self.event_source_mapping(handler, table, **parameters)
            return handler

        return decorated

    def event_source_mapping(
        self, handler: Callable[..., Any], table: str, **parameters: Unpack[MappingParameters]
    ) -> EventSourceMapping:
        """Run `handler(event, context)` from the stream of `table`, a name or the ARN of a stream, as Lambda would.

        The handler runs in threads of this program, one batch of a shard at a time, with the event that Lambda makes.
        It goes on where a mapping of the same name and stream has stopped, also after a restart of a database on disk.
        The parameters are those of Lambda's CreateEventSourceMapping in small letters (`statordb.streams.parameters`);
        `starting_position` is TRIM_HORIZON without one. `name` is the function's, the handler's own without. `filters`
        are patterns, texts or dicts. `on_failure` is a callable that is given the documents of batches that were given
        up, or where they go: the ARN of a table, of a queue, a topic or a bucket, a file:// or http:// URL. `pace` is
        `push`, or `aws` to read a shard four times a second as Lambda does. Raises `ValueError` where the table has no
        stream, and what Lambda answers to a parameter that cannot be.
        """
        from statordb.streams.parameters import members_of

        name, on_failure, pace, members = members_of(parameters)
        return self._mappings().add(handler, table, members, name=name, on_failure=on_failure, pace=pace)

    def consumers(self) -> list[dict[str, Any]]:
        """Return how each mapping of a function to a stream does.

        Each has `uuid`, `function`, `table`, `stream_arn`, `state`; `lag_ms`, how old the first record is that is not
        finished; `last_result` and `last_error`; how many records were `delivered` and `discarded`, and how many
        `retries` there were; `feeds_itself`, whether the function was seen to write to the table; and its `shards`.
        """
        return [mapping.status() for mapping in self._mappings().list()]

    def _mappings(self) -> Consumers:
        if self._consumers is None:
            from statordb.streams.consumers import Consumers

            self._consumers = Consumers(self._core)
        return self._consumers

    @property
    def clock(self) -> DatabaseClock:
        """The clock of the database, which a test may set ahead."""
        from statordb.clock import DatabaseClock

        return DatabaseClock(self._core, self._mappings())

    def check(self) -> dict[str, Any]:
        """Read everything that the database holds and return what was found.

        `files`, `sections`, `blocks` and `entries` count what was read of the files of a database on disk, every block
        with its checksum. `tables`, `items`, `index_entries` and `stream_records` count what was looked at in them:
        items are under their keys, indexes have exactly the entries that the items ask for, counts are right, streams
        are in order. `damage` lists what is not as it must be, and where: nothing, if all is well. What is in files
        that are damaged is not looked at. Others may use the database meanwhile; each table waits for a moment.

        >>> import statordb
        >>> with statordb.connect() as db:
        ...     db.create_table("books", "isbn").put({"isbn": "0-262-51087-1"})
        ...     found = db.check()
        >>> found["items"], found["damage"]
        (1, [])
        """
        return self._core.check()

    def compact(self) -> None:
        """Make the files of a database on disk as small as they can be, which takes as long as writing them anew.

        It is never necessary: files are merged in the background. Raises `ValueError` for a database in memory.
        """
        self._core.compact()

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy a database on disk into another folder, which must be empty or new, while it is used on.

        The copy holds what the database did at one moment after the call began, and is a database of its own. Raises
        `FormatError` for a folder that is not empty, `ValueError` for a database in memory.

        >>> import statordb, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with statordb.connect(folder + "/app.stator") as db:
        ...         db.create_table("books", "isbn").put({"isbn": "0-262-51087-1"})
        ...         db.backup(folder + "/copy.stator")
        ...     with statordb.connect(folder + "/copy.stator") as copy:
        ...         copy.tables()
        ['books']
        """
        self._core.backup(_absolute(path))

    def stats(self) -> dict[str, int]:
        """Return what a database on disk takes, in bytes.

        `log_bytes` is the log with what is kept in reserve, `sealed_bytes` the files behind it, `manifest_bytes` what
        tells of them; `unsealed_bytes` is the memory for what is only in the log, `cache_bytes` that for blocks of
        files. `sections` is how many sorted pieces the files consist of. Raises `ValueError` for a database in memory.
        """
        return self._core.usage()

    def expire(self) -> int:
        """Delete the items whose time to live is over, now, and return how many there were.

        A database does so by itself every second; AWS does within some days. Streams show such deletions as AWS's.
        """
        return self._core.expire()

    def contributors(
        self, table: str, index: str | None = None
    ) -> dict[str, list[tuple[dict[str, Any], float]]] | None:
        """Return the keys of a table, or of a global index, that contributed most; None unless insights count them.

        UpdateContributorInsights enables them; when it disables them, the counts are forgotten. `accessed` and
        `accessed_items` are keys with the units that they cost, by partition key and by partition and sort key;
        `throttled` and `throttled_items` are those of requests that were throttled, with their number. Each list has
        100 keys at most, the greatest first. Counts are exact for up to 512 keys, and may be too high for more.
        """
        return self._core.contributors(table, index)

    @contextmanager
    def hold_transaction(self, **members: Any) -> Iterator[None]:
        """Hold a TransactWriteItems open: it takes the members of `client.transact_write_items`.

        Inside the block the items of the transaction are in use: other writes to them raise
        `TransactionConflictException`, transactions `TransactionCanceledException`, and another transaction with the
        same `ClientRequestToken` raises `TransactionInProgressException`. When the block ends the transaction is
        carried out, and raises what it raises; when the block raises, it is given up.

        >>> import statordb
        >>> db = statordb.connect()
        >>> stock = db.create_table("stock", "sku")
        >>> put = {"Put": {"TableName": "stock", "Item": {"sku": {"S": "a"}}}}
        >>> with db.hold_transaction(TransactItems=[put]):
        ...     try:
        ...         stock.put({"sku": "a"})
        ...     except statordb.errors.TransactionConflictException as error:
        ...         print(error.message)
        Transaction is ongoing for the item
        >>> stock.get({"sku": "a"})
        {'sku': 'a'}
        """
        held = self._core.hold_transaction(members)
        try:
            yield
        except BaseException:
            held.release()
            raise
        held.release()
        self._core.call("TransactWriteItems", members)

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allow_public: bool = False,
        allow_hosts: Iterable[str] = (),
        request_log: str | None = None,
        functions: bool = False,
        pace: str = "push",
    ) -> Server:
        """Serve this database over HTTP from a thread of its own, until the server is stopped.

        `port` 0 takes a free one. `host` other than loopback needs `allow_public`. `allow_hosts` are further values of
        the `Host` header to accept. `request_log` is `"text"` or `"json"` for a line for each request on standard
        error. `functions` answers Lambda's API on the same port and runs functions in processes of this machine, so it
        is for those alone who may run code here; `pace` is that of their mappings. The server is a context manager that
        stops it, and keeps the database open. Raises `OSError` when the address cannot be listened on.

        >>> import statordb
        >>> with statordb.connect() as db, db.serve() as server:
        ...     server.url.startswith("http://127.0.0.1:")
        True
        """
        from statordb.server import Server

        return Server(
            self,
            host,
            port,
            allow_public=allow_public,
            allow_hosts=allow_hosts,
            request_log=request_log,
            functions=functions,
            pace=pace,
        )


def _typed_name(key: str) -> tuple[str, str]:
    name, colon, kind = key.rpartition(":")
    if not colon:
        return key, "S"
    if kind not in ("S", "N", "B"):
        raise ValueError(f"`{kind}` of the key {key!r} is no type: it must be S, N or B; a name with a colon needs one")
    return name, kind
