"""The extension module, written in Rust: conversion of values, the lock of the interpreter, exceptions."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, final

__all__ = [
    "Database",
    "HeldTransaction",
    "Server",
    "StreamReader",
    "TableHandle",
    "__version__",
    "forked",
    "operations",
    "sequence_number",
]

__version__: str
_T = TypeVar("_T")

def forked() -> None: ...
def operations() -> list[dict[str, Any]]: ...
def sequence_number(place: int) -> str: ...

@final
class HeldTransaction:
    def release(self) -> None: ...

@final
class Database:
    """An open database."""

    def __new__(
        cls, path: str | None, region: str, options: Mapping[str, Any], disk_options: Mapping[str, Any]
    ) -> Database: ...
    @property
    def region(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]: ...
    def handle(
        self, method: str, path: str, headers: list[tuple[str, str | bytes]], body: bytes
    ) -> tuple[int, dict[str, str], bytes]: ...
    def table(self, name: str) -> TableHandle: ...
    def serve(
        self,
        address: tuple[str, int],
        allow_public: bool,
        allow_hosts: list[str],
        request_log: str | None,
        other: tuple[list[str], Callable[[str, str, str, list[tuple[str, str]], bytes], Any]] | None,
    ) -> Server: ...
    def sql(
        self, statement: str, parameters: list[Any], consistent: bool, limit: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]: ...
    def source_keys(
        self, table: str, index: str | None
    ) -> tuple[list[str], list[str], tuple[list[str], list[str]] | None]: ...
    def expire(self) -> int: ...
    def contributors(self, table: str, index: str | None) -> dict[str, list[tuple[dict[str, Any], float]]] | None: ...
    def hold_transaction(self, arguments: dict[str, Any]) -> HeldTransaction: ...
    def check(self) -> dict[str, Any]: ...
    def compact(self) -> None: ...
    def backup(self, to: str) -> None: ...
    def usage(self) -> dict[str, int]: ...
    def close(self) -> None: ...
    def stream_reader(self, arn: str) -> StreamReader: ...
    def documents(self, prefix: str) -> list[tuple[str, bytes]]: ...
    def keep(self, changes: list[tuple[str, bytes | None]]) -> None: ...
    def now_ms(self) -> int: ...
    def advance(self, ms: int) -> None: ...

@final
class StreamReader:
    """What a consumer reads a stream by, and sleeps by."""

    @property
    def table(self) -> str: ...
    @property
    def view(self) -> str: ...
    def shards(self) -> list[tuple[str, str | None, bool]]: ...
    def last(self, shard: str) -> int: ...
    def read(
        self, shard: str, behind: int, limit: int
    ) -> tuple[list[dict[str, Any]], list[int], list[int], list[int], list[int], bool, bool]: ...
    def moment(self, shard: str | None = None) -> tuple[int, int]: ...
    def sleep(self, moment: tuple[int, int], shard: str | None = None, limit_s: float | None = None) -> None: ...
    def feeding(self, feeder: int, call: Callable[[], _T]) -> _T: ...
    def is_fed_by(self, feeder: int) -> bool: ...
    def call(self) -> None: ...
    def keep(self, changes: list[tuple[str, bytes | None]], wait: bool) -> None: ...
    def now_ms(self) -> int: ...

@final
class TableHandle:
    """One table by native values."""

    def put(
        self,
        item: Mapping[str, Any],
        condition_expression: str | None,
        names: Mapping[str, str] | None,
        values: Mapping[str, Any] | None,
        return_values_of: str,
        return_old_on_failure: bool,
    ) -> dict[str, Any] | None: ...
    def get(
        self, key: Mapping[str, Any], projection: str | None, names: Mapping[str, str] | None, consistent: bool
    ) -> dict[str, Any] | None: ...
    def update(
        self,
        key: Mapping[str, Any],
        update_expression: str,
        condition_expression: str | None,
        names: Mapping[str, str] | None,
        values: Mapping[str, Any] | None,
        return_values_of: str,
        return_old_on_failure: bool,
    ) -> dict[str, Any] | None: ...
    def delete(
        self,
        key: Mapping[str, Any],
        condition_expression: str | None,
        names: Mapping[str, str] | None,
        values: Mapping[str, Any] | None,
        return_values_of: str,
        return_old_on_failure: bool,
    ) -> dict[str, Any] | None: ...
    def query(
        self,
        key_condition: str,
        filter: str | None,
        projection: str | None,
        names: Mapping[str, str] | None,
        values: Mapping[str, Any] | None,
        index: str | None,
        forward: bool,
        consistent: bool,
        page_size: int | None,
        start_key: Mapping[str, Any] | None,
        count_only: bool,
    ) -> tuple[list[dict[str, Any]], int, int, dict[str, Any] | None]: ...
    def scan(
        self,
        filter: str | None,
        projection: str | None,
        names: Mapping[str, str] | None,
        values: Mapping[str, Any] | None,
        index: str | None,
        consistent: bool,
        page_size: int | None,
        start_key: Mapping[str, Any] | None,
        count_only: bool,
        segment: int | None,
        total_segments: int | None,
    ) -> tuple[list[dict[str, Any]], int, int, dict[str, Any] | None]: ...
    def batch_get(
        self,
        keys: list[Mapping[str, Any]],
        projection: str | None,
        names: Mapping[str, str] | None,
        consistent: bool,
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]: ...
    def batch_write(
        self, puts: list[Mapping[str, Any]], deletes: list[Mapping[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]: ...

@final
class Server:
    """A running HTTP server."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    def stop(self) -> None: ...
    def shut_down(self) -> None: ...
    def wait(self, timeout_s: float | None) -> bool: ...
