"""boto3 in process: clients, resources and sessions that a database answers without a socket.

botocore asks its `before-send` hooks before it opens a connection; here one of them takes the signed request, hands
its bytes to the database and gives the answer back. Everything around it is boto3's own: checks of parameters,
signing, retries, parsing, paginators, waiters, `boto3.dynamodb` types.

`client`, `resource` and `session` belong to one database. `mock` is for code that makes its own clients: while it is
open, every client of DynamoDB in the process talks to one fresh database.
"""

from __future__ import annotations

import functools
import io
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar, overload
from urllib.parse import urlsplit

try:
    import boto3
    import botocore.awsrequest
    import botocore.handlers
    import botocore.httpsession
    import botocore.loaders
    import botocore.session
except ModuleNotFoundError as error:
    message = f"`statordb.boto` needs `{error.name}`: install boto3, or statordb with its extra `boto`"
    raise ImportError(message, name=error.name) from error

from statordb.database import DEFAULT_REGION, Database, connect
from statordb.decoration import decorated
from statordb.options import checked_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import Unpack

    from statordb.options import EngineOptions

__all__ = ["Mock", "client", "mock", "resource", "session"]

SERVICES = ("dynamodb", "dynamodb-streams")
TARGETS = (b"DynamoDB_20120810.", b"DynamoDBStreams_20120810.")
_MARK = "_answered_by_statordb"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "statordb", "AWS_SECRET_ACCESS_KEY": "statordb"}
PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


def client(database: Database, service_name: str = "dynamodb", **arguments: Any) -> Any:
    """Return `boto3.client(service_name)` answered by `database`.

    `service_name` is `dynamodb` or `dynamodbstreams`. `arguments` are those of `boto3.client`; credentials and region
    have defaults.

    >>> import statordb, statordb.boto
    >>> db = statordb.connect()
    >>> statordb.boto.client(db).list_tables()["TableNames"]
    []
    """
    credentials = {name: arguments.pop(name) for name in _SESSION_ARGUMENTS if name in arguments}
    return session(database, **credentials).client(service_name, **arguments)


def resource(database: Database, **arguments: Any) -> Any:
    """Return `boto3.resource("dynamodb")` answered by `database`. `arguments` are those of `boto3.resource`.

    >>> import statordb, statordb.boto
    >>> db = statordb.connect()
    >>> table = db.create_table("users", "id")
    >>> answer = statordb.boto.resource(db).Table("users").put_item(Item={"id": "ada"})
    >>> table.get({"id": "ada"})
    {'id': 'ada'}
    """
    credentials = {name: arguments.pop(name) for name in _SESSION_ARGUMENTS if name in arguments}
    return session(database, **credentials).resource("dynamodb", **arguments)


def session(database: Database, **arguments: Any) -> Any:
    """Return a `boto3.Session` whose clients and resources of DynamoDB are answered by `database`.

    `arguments` are those of `boto3.Session`; credentials and region have defaults. Its clients of other services are as
    usual.
    """
    core = arguments.pop("botocore_session", None) or botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    made = boto3.Session(botocore_session=core, **{**_session_defaults(database), **arguments})
    # Each session of boto3 adds its own folder once more.
    _LOADER.search_paths[:] = dict.fromkeys(_LOADER.search_paths)
    emitter = core.get_component("event_emitter")
    for service in SERVICES:
        # An open mock must not answer too: all hooks are asked, in the order in which they were made the first.
        emitter.unregister(f"before-send.{service}", _ACTIVE.answer)
        emitter.register_first(f"before-send.{service}", _Answer(database))
    return made


_SESSION_ARGUMENTS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region_name")

# Service models are large and never change: sessions share what was read.
_LOADER = botocore.loaders.create_loader()


def _session_defaults(database: Database) -> dict[str, str]:
    return {
        "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        "region_name": database.region,
    }


class _Answer:
    """A `before-send` hook of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, request: Any, **_: Any) -> Any:
        return _answered(self._database, request)


class _Raw(io.BytesIO):
    """The body of an answer, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        chunk = self.read()
        while chunk:
            yield chunk
            chunk = self.read()


def _answered(database: Database, request: Any) -> Any:
    """Answer a prepared request of botocore."""
    # botocore asks all its hooks and takes the first answer; the others must not carry the request out once more.
    if getattr(request, _MARK, False):
        return None
    setattr(request, _MARK, True)
    url = urlsplit(request.url)
    path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    status, headers, body = database._core.handle(
        request.method, path, list(request.headers.items()), _body_bytes(request.body)
    )
    return botocore.awsrequest.AWSResponse(request.url, status, headers, _Raw(body))


def _body_bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    content: bytes = body.read()
    return content


class _Active:
    """The databases of the mocks that are open in this process, and what they changed in it while any is.

    botocore's own list of handlers serves sessions made from now on, ahead of other mocks; the hook in the HTTP session
    serves clients that were made before.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open: list[Database] = []
        self._undo: list[Callable[[], None]] = []
        self._is_registered = False

    def add(self, database: Database) -> None:
        with self._lock:
            if not self._open:
                self._install()
            self._open.append(database)

    def remove(self, database: Database) -> None:
        with self._lock:
            self._open[:] = [other for other in self._open if other is not database]
            if not self._open:
                while self._undo:
                    self._undo.pop()()

    def answer(self, request: Any, **_: Any) -> Any:
        """Answer `request` from the mock that was opened last; None when none is open or it is not for DynamoDB."""
        target = request.headers.get("X-Amz-Target", b"")
        target = target.encode() if isinstance(target, str) else target
        with self._lock:
            database = self._open[-1] if self._open else None
        if database is None or not target.startswith(TARGETS):
            return None
        return _answered(database, request)

    def _install(self) -> None:
        self._register()
        send = botocore.httpsession.URLLib3Session.send

        def send_or_answer(session: Any, request: Any) -> Any:
            answer = self.answer(request)
            return send(session, request) if answer is None else answer

        self._replace(botocore.httpsession.URLLib3Session, "send", send_or_answer)
        make = botocore.session.create_loader

        def shared_or_made(search_path_string: str | None = None) -> Any:
            return make(search_path_string) if search_path_string else _LOADER

        self._replace(botocore.session, "create_loader", shared_or_made)
        self._set_environment()
        default = boto3.DEFAULT_SESSION
        self._undo.append(lambda: setattr(boto3, "DEFAULT_SESSION", default))

    def _replace(self, owner: Any, name: str, ours: Any) -> None:
        before = getattr(owner, name)

        def undo() -> None:
            # What another tool has put over ours stays; ours passes everything on when no mock is open.
            if getattr(owner, name) is ours:
                setattr(owner, name, before)

        setattr(owner, name, ours)
        self._undo.append(undo)

    def _register(self) -> None:
        if not self._is_registered:
            self._is_registered = True
            for service in SERVICES:
                handler = (f"before-send.{service}", self.answer, botocore.handlers.REGISTER_FIRST)
                botocore.handlers.BUILTIN_HANDLERS.append(handler)

    def _set_environment(self) -> None:
        # botocore reads the region from AWS_DEFAULT_REGION only.
        wanted = {**CREDENTIALS, "AWS_DEFAULT_REGION": os.environ.get("AWS_REGION") or DEFAULT_REGION}
        for name, value in wanted.items():
            if not os.environ.get(name):
                self._undo.append(functools.partial(_set, name, os.environ.get(name)))
                os.environ[name] = value
        # A profile would be looked for in files, and would take the place of the credentials.
        for name in PROFILES:
            if name in os.environ:
                self._undo.append(functools.partial(_set, name, os.environ.pop(name)))


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


_ACTIVE = _Active()


class Mock:
    """What `mock()` gives: a context manager, with `start` and `stop` for those who cannot use `with`."""

    def __init__(self, **options: Unpack[EngineOptions]) -> None:
        # Now, not when it opens: where it is written is where a wrong option is to be told.
        checked_options(options, on_disk=False)
        self._options = options
        self._opened: list[Database] = []

    def start(self) -> Database:
        """Open the mock and return its database; `stop` ends it."""
        database = connect(":memory:", **self._options)
        self._opened.append(database)
        _ACTIVE.add(database)
        return database

    def stop(self) -> None:
        """End what `start` opened last. Without anything open it does nothing."""
        if self._opened:
            database = self._opened.pop()
            _ACTIVE.remove(database)
            database.close()

    def __enter__(self) -> Database:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __call__(self, function_or_class: Decorated) -> Decorated:
        """Return the function or class, each call or test of which has a fresh database."""
        wrapped: Decorated = decorated(function_or_class, functools.partial(Mock, **self._options))
        return wrapped

    def __repr__(self) -> str:
        return f"<statordb.boto.mock {'open' if self._opened else 'not open'}>"


@overload
def mock(function_or_class: None = None, /, **options: Unpack[EngineOptions]) -> Mock: ...
@overload
def mock(function_or_class: Decorated, /) -> Decorated: ...
def mock(function_or_class: Any = None, /, **options: Unpack[EngineOptions]) -> Any:
    """While it is open, all of boto3 in this process talks to one fresh database.

    A context manager, and a decorator of functions, methods and classes of tests, with or without parentheses::

        @mock
        def test_signup(): ...

        with mock() as db:
            boto3.resource("dynamodb").Table("users")

    Clients may be made before or inside. Other services are as usual. A decorated function may be asynchronous or a
    generator; a generator has its database until it ends, so `mock` below `pytest.fixture` holds until the tear-down. A
    decorated class has a fresh database for each of its tests, from before its set-up and fixtures until after its
    tear-down; set-up that all tests share is refused with `TypeError`, as is what is no function and no class of tests.

    `options` are those of `statordb.connect`, for each of its databases: `mock(throttling=True)`.

    Dummy credentials and a region are set in the environment where there are none, and `AWS_PROFILE` is taken out of
    it, until the last mock ends. Mocks may be opened inside each other: the innermost answers. It holds for all threads
    of the process.

    >>> import boto3, statordb.boto
    >>> with statordb.boto.mock() as db:
    ...     table = db.create_table("users", "id")
    ...     boto3.client("dynamodb").list_tables()["TableNames"]
    ['users']
    """
    made = Mock(**options)
    return made if function_or_class is None else made(function_or_class)
