"""Servers: a database over HTTP, for every SDK and language.

A server runs in threads of the extension module; nothing of it needs the interpreter, so a busy program does not slow
it down, nor it the program.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from statordb.arguments import checked_integer
from statordb.options import poll_ms_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from statordb.database import Database
    from statordb.functions.api import LambdaApi

__all__ = ["Server"]

OTHER_PATHS = ["/2015-03-31/", "/statordb/"]
"""Paths of Lambda's API, and of what `statordb logs` and `statordb streams` ask."""


class Server:
    """A running server; made with `Database.serve`. A context manager that stops it. It keeps its database open."""

    def __init__(
        self,
        database: Database,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allow_public: bool = False,
        allow_hosts: Iterable[str] = (),
        request_log: str | None = None,
        functions: bool = False,
        pace: str = "push",
    ) -> None:
        checked_integer("port", port, 0, 65_535)
        if functions and allow_public:
            message = "functions are code of whoever reaches the port"
            raise ValueError(f"{message}: `functions` and `allow_public` exclude each other")
        poll_ms = poll_ms_of(pace)
        if poll_ms and not functions:
            raise ValueError("pace is that of functions: give `functions` too")
        if functions and any(server._api is not None for server in database._servers):
            raise ValueError("another server of this database runs its functions")
        self._api: LambdaApi | None = None
        self._is_ready = threading.Event()
        other = (OTHER_PATHS, self._answer) if functions else None
        # A database that nobody else holds would end, and its servers with it.
        self._database = database
        self._core = database._core.serve((host, port), allow_public, list(allow_hosts), request_log, other)
        if functions:
            self._open_functions(poll_ms)

    def _open_functions(self, poll_ms: int) -> None:
        from statordb.functions.api import LambdaApi

        try:
            self._api = LambdaApi(self._database._core, self._database._mappings(), self.url, poll_ms=poll_ms)
        except BaseException:
            self._core.stop()
            raise
        self._database._servers.add(self)
        self._is_ready.set()

    def _answer(self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes) -> Any:
        """Answer a request of Lambda's API."""
        self._is_ready.wait()
        if self._api is None:
            raise RuntimeError("the server has stopped")
        return self._api.answer(method, path, query, headers, body)

    @property
    def host(self) -> str:
        """The address that the server listens on."""
        return self._core.host

    @property
    def port(self) -> int:
        """The port that the server listens on; a free one was chosen for 0."""
        return self._core.port

    @property
    def url(self) -> str:
        """What to give as `endpoint_url`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def stop(self) -> None:
        """Finish the requests that came in, and stop. Stopping twice does nothing. Functions are waited for."""
        self.stop_functions()
        self._core.stop()

    def stop_functions(self) -> None:
        """Stop the mappings of functions, then their processes; the server goes on without them."""
        api, self._api = self._api, None
        self._is_ready.set()
        if api is not None:
            api.close()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the server has stopped, or for `timeout_s` seconds; return whether it has. Ctrl-C ends waiting."""
        return self._core.wait(timeout_s)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = " stopped" if self._core.wait(0) else ""
        return f"<statordb.Server {self.url}{state}>"
