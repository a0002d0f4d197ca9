"""Tables with native values.

An item is a dict: str is S, int and `Decimal` are N, bytes, bytearray and memoryview are B, bool is BOOL, None is NULL,
a set of str, numbers or bytes is SS, NS or BS, list and tuple are L, dict is M. Numbers come back as `Decimal`, binary
as bytes, lists as list. A float is refused with TypeError, because DynamoDB's numbers are decimal and exact.

Expressions are DynamoDB's own, written as text with `names` for `#name` and `values` for `:value`. Where a condition, a
filter or a key condition is taken, one made with `boto3.dynamodb.conditions` is taken too.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from statordb.arguments import checked_integer, checked_mapping, projected
from statordb.conditions import as_texts
from statordb.errors import ProvisionedThroughputExceededException, ThrottlingException, UnprocessedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from statordb import _core
    from statordb.arguments import Projection
    from statordb.conditions import Condition

__all__ = ["BatchWriter", "Page", "Results", "Table"]

BATCH_GET_KEYS = 100
BATCH_WRITE_REQUESTS = 25
SEGMENTS_MAX = 1_000_000
"""DynamoDB's most."""
THREADS_MAX = 32
"""Threads that read the segments of one scan."""
PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0)
"""Pauses of a batch writer while transactions under way hold all that it wants to write."""

Item = dict[str, Any]


class Table:
    """One table of a database, by name; made with `Database.table`.

    >>> import statordb
    >>> db = statordb.connect()
    >>> users = db.create_table("users", "id")
    >>> users.put({"id": "ada", "tags": {"math", "poetry"}})
    >>> sorted(users.get({"id": "ada"})["tags"])
    ['math', 'poetry']
    """

    def __init__(self, database: _core.Database, name: str) -> None:
        self._database = database
        self._core = database.table(name)
        self._name = name

    @property
    def name(self) -> str:
        """The name, or the ARN, that the table was asked for by."""
        return self._name

    def __repr__(self) -> str:
        return f"<statordb.Table {self._name!r}>"

    def put(
        self,
        item: Mapping[str, Any],
        *,
        condition: Condition | None = None,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        return_values: str = "NONE",
        return_item_on_failure: bool = False,
    ) -> Item | None:
        """Insert `item`, or replace the item that has its key.

        Returns the item before with `return_values="ALL_OLD"`, if there was one. Raises
        `ConditionalCheckFailedException` when `condition` is false; its `item` is the item as it is when
        `return_item_on_failure` is true.

        >>> import statordb
        >>> users = statordb.connect().create_table("users", "id")
        >>> users.put({"id": "ada"}, condition="attribute_not_exists(id)")
        >>> users.put({"id": "ada", "born": 1815}, return_values="ALL_OLD")
        {'id': 'ada'}
        """
        (condition,), names, values = as_texts((condition,), names, values)
        return self._core.put(item, condition, names, values, return_values, return_item_on_failure)

    def get(
        self,
        key: Mapping[str, Any],
        *,
        projection: Projection | None = None,
        names: Mapping[str, str] | None = None,
        consistent: bool = False,
    ) -> Item | None:
        """Return the item of `key`, or None. `projection` is DynamoDB's text, or a list of names of attributes.

        >>> import statordb
        >>> users = statordb.connect().create_table("users", "id")
        >>> users.put({"id": "ada", "name": {"given": "Ada", "family": "Lovelace"}})
        >>> users.get({"id": "ada"}, projection="#n.given", names={"#n": "name"})
        {'name': {'given': 'Ada'}}
        """
        if projection is not None and not isinstance(projection, str):
            projection, names = projected(projection, names)
        return self._core.get(key, projection, names, consistent)

    def update(
        self,
        key: Mapping[str, Any],
        expression: str,
        *,
        condition: Condition | None = None,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        return_values: str = "NONE",
        return_item_on_failure: bool = False,
    ) -> Item | None:
        """Edit the item of `key`, or make it, by DynamoDB's update expression.

        `return_values` is `NONE`, `ALL_OLD`, `UPDATED_OLD`, `ALL_NEW` or `UPDATED_NEW`; what it names is returned, if
        there is any. Raises like `put`.

        >>> import statordb
        >>> pages = statordb.connect().create_table("pages", "path")
        >>> pages.update({"path": "/"}, "ADD hits :one", values={":one": 1}, return_values="UPDATED_NEW")
        {'hits': Decimal('1')}
        """
        (condition,), names, values = as_texts((condition,), names, values)
        return self._core.update(key, expression, condition, names, values, return_values, return_item_on_failure)

    def delete(
        self,
        key: Mapping[str, Any],
        *,
        condition: Condition | None = None,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        return_values: str = "NONE",
        return_item_on_failure: bool = False,
    ) -> Item | None:
        """Remove the item of `key`, if there is one. Returns and raises like `put`."""
        (condition,), names, values = as_texts((condition,), names, values)
        return self._core.delete(key, condition, names, values, return_values, return_item_on_failure)

    def query(
        self,
        key_condition: Condition,
        *,
        filter: Condition | None = None,  # noqa: A002 (DynamoDB's word)
        projection: Projection | None = None,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        index: str | None = None,
        forward: bool = True,
        consistent: bool = False,
        limit: int | None = None,
        page_size: int | None = None,
        start_key: Mapping[str, Any] | None = None,
    ) -> Results:
        """Return the items of one partition key in the order of their sort key, read page by page when asked for.

        `filter` drops items after they were read. `limit` is the most items to give; `page_size` the most to read at a
        time, which is `Limit` of DynamoDB. `start_key` is the `last_key` of an earlier page.

        >>> import statordb
        >>> notes = statordb.connect().create_table("notes", "user", "at:N")
        >>> for at in range(3):
        ...     notes.put({"user": "ada", "at": at})
        >>> newest = notes.query("#u = :u", names={"#u": "user"}, values={":u": "ada"}, forward=False, limit=2)
        >>> [int(note["at"]) for note in newest]
        [2, 1]
        """
        checked_integer("limit", limit, 1)
        checked_integer("page_size", page_size, 1)
        (key_text, filter_text), names, values = as_texts((key_condition, filter), names, values)
        paths, names = projected(projection, names)

        def read(start: Mapping[str, Any] | None, count_only: bool, most: int | None) -> Page:
            return Page(
                *self._core.query(
                    key_text or "", filter_text, paths, names, values, index, forward, consistent, most, start,
                    count_only,
                )
            )  # fmt: skip

        bounds = Bounds(limit, page_size, has_filter=filter_text is not None)
        return Results(f"query of {self._name!r}", read, bounds, start_key)

    def scan(
        self,
        *,
        filter: Condition | None = None,  # noqa: A002 (DynamoDB's word)
        projection: Projection | None = None,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        index: str | None = None,
        consistent: bool = False,
        limit: int | None = None,
        page_size: int | None = None,
        start_key: Mapping[str, Any] | None = None,
        segment: int | None = None,
        segments: int | None = None,
    ) -> Results:
        """Return every item, read page by page as they are asked for.

        With `segment` and `segments`, the items of one part of that many. With `segments` alone all parts are read at
        the same time, by up to 32 threads, and pages come as they are ready. The rest is as in `query`.

        >>> import statordb
        >>> numbers = statordb.connect().create_table("numbers", "n:N")
        >>> numbers.batch_write(puts=({"n": n} for n in range(100)))
        >>> numbers.scan(filter="n < :ten", values={":ten": 10}).count()
        10
        >>> sum(1 for _ in numbers.scan(segments=4))
        100
        """
        checked_integer("limit", limit, 1)
        checked_integer("page_size", page_size, 1)
        checked_integer("segment", segment, 0, SEGMENTS_MAX - 1)
        checked_integer("segments", segments, 1, SEGMENTS_MAX)
        (filter_text,), names, values = as_texts((filter,), names, values)
        paths, names = projected(projection, names)

        def read_segment(
            segment: int | None, start: Mapping[str, Any] | None, count_only: bool, most: int | None
        ) -> Page:
            return Page(
                *self._core.scan(
                    filter_text, paths, names, values, index, consistent, most, start, count_only, segment, segments
                )
            )  # fmt: skip

        what, bounds = f"scan of {self._name!r}", Bounds(limit, page_size, has_filter=filter_text is not None)
        if segments is None or segment is not None:
            return Results(what, partial(read_segment, segment), bounds, start_key)
        if start_key is not None:
            raise ValueError("a scan of all segments has no start_key: give segment too")
        return ParallelResults(what, read_segment, bounds, segments)

    def batch_get(
        self,
        keys: Iterable[Mapping[str, Any]],
        *,
        projection: Projection | None = None,
        names: Mapping[str, str] | None = None,
        consistent: bool = False,
    ) -> list[Item]:
        """Return the items of `keys`, any number of them; those that exist, in no particular order.

        >>> import statordb
        >>> users = statordb.connect().create_table("users", "id")
        >>> users.batch_write(puts=[{"id": "ada"}, {"id": "alan"}])
        >>> sorted(user["id"] for user in users.batch_get([{"id": "ada"}, {"id": "alan"}, {"id": "nobody"}]))
        ['ada', 'alan']
        """
        found: list[Item] = []
        waiting = list(keys)
        for key in waiting:
            if not isinstance(key, dict):
                checked_mapping("an element of keys", key)
        projection, names = projected(projection, names)
        while waiting:
            now, waiting = waiting[:BATCH_GET_KEYS], waiting[BATCH_GET_KEYS:]
            items, unprocessed = self._core.batch_get(now, projection, names, consistent)
            found.extend(items)
            waiting[:0] = unprocessed
        return found

    def batch_write(self, puts: Iterable[Mapping[str, Any]] = (), deletes: Iterable[Mapping[str, Any]] = ()) -> None:
        """Put items and delete keys, any number of them, 25 at a time.

        Each is done on its own, without conditions. Of several for one key the last one holds; deletes come after puts.
        """
        with self.batch_writer() as batch:
            for item in puts:
                batch.put(item)
            for key in deletes:
                batch.delete(key)

    def batch_writer(self) -> BatchWriter:
        """Return a context manager that collects puts and deletes and writes them 25 at a time.

        What was collected last is written when the block ends, unless it ends with an exception.

        >>> import statordb
        >>> users = statordb.connect().create_table("users", "id")
        >>> with users.batch_writer() as batch:
        ...     batch.put({"id": "ada"})
        ...     batch.delete({"id": "alan"})
        """
        return BatchWriter(self._core, self._name, self._key_names())

    def describe(self) -> dict[str, Any]:
        """Return DynamoDB's description of the table: status, key schema, counts, ARN."""
        description: dict[str, Any] = self._database.call("DescribeTable", {"TableName": self._name})["Table"]
        return description

    def drop(self) -> None:
        """Drop the table and its items."""
        self._database.call("DeleteTable", {"TableName": self._name})

    def _key_names(self) -> list[str]:
        return [element["AttributeName"] for element in self.describe()["KeySchema"]]


class Page:
    """What one read of a query or scan gave."""

    __slots__ = ("count", "items", "last_key", "scanned_count")

    def __init__(self, items: list[Item], count: int, scanned_count: int, last_key: Item | None) -> None:
        self.items = items
        """The items that passed the filter."""
        self.count = count
        """How many they are."""
        self.scanned_count = scanned_count
        """How many items were read, before the filter."""
        self.last_key = last_key
        """Where to go on from (`start_key`); None when this was the last page."""

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        more = "" if self.last_key is None else ", more to come"
        return f"<statordb.Page of {self.count} items{more}>"


class Bounds:
    """How many items results give, and how many they read at a time."""

    def __init__(self, limit: int | None, page_size: int | None, *, has_filter: bool) -> None:
        self.limit = limit
        # Without a filter each item read is one of the result, so that no more than those are read.
        self.page = page_size if page_size is not None or has_filter else limit
        self.page_of_first = page_size if page_size is not None or has_filter else 1


class Results:
    """The items of a query or scan: iterate over them, or over their `pages`.

    Nothing is read before it is asked for, and every iteration reads anew.
    """

    def __init__(
        self,
        what: str,
        read: Callable[[Mapping[str, Any] | None, bool, int | None], Page],
        bounds: Bounds,
        start_key: Mapping[str, Any] | None = None,
    ) -> None:
        self._what = what
        self._read = read
        self._bounds = bounds
        self._start_key = start_key

    def __iter__(self) -> Iterator[Item]:
        left = self._bounds.limit
        for page in self.pages():
            for item in page.items:
                yield item
                if left is not None:
                    left -= 1
                    if left == 0:
                        return

    def pages(self) -> Iterator[Page]:
        """Read page by page. `limit` does not cut pages."""
        return self._pages(self._bounds.page, count_only=False)

    def count(self) -> int:
        """Return how many items there are, up to `limit`, without making them."""
        count, limit = 0, self._bounds.limit
        for page in self._pages(self._bounds.page, count_only=True):
            count += page.count
            if limit is not None and count >= limit:
                return limit
        return count

    def first(self) -> Item | None:
        """Return the first item, or None."""
        for page in self._pages(self._bounds.page_of_first, count_only=False):
            if page.items:
                return page.items[0]
        return None

    def __repr__(self) -> str:
        limit = "" if self._bounds.limit is None else f", at most {self._bounds.limit}"
        return f"<statordb.Results of a {self._what}{limit}: read when iterated>"

    def _pages(self, most: int | None, *, count_only: bool) -> Iterator[Page]:
        start = self._start_key
        while True:
            page = self._read(start, count_only, most)
            yield page
            if page.last_key is None:
                return
            start = page.last_key


class ParallelResults(Results):
    """The items of a scan whose segments are read at the same time."""

    def __init__(
        self,
        what: str,
        read_segment: Callable[[int | None, Mapping[str, Any] | None, bool, int | None], Page],
        bounds: Bounds,
        segments: int,
    ) -> None:
        super().__init__(what, partial(read_segment, None), bounds)
        self._read_segment = read_segment
        self._segments = segments

    def _pages(self, most: int | None, *, count_only: bool) -> Iterator[Page]:
        from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

        threads = min(self._segments, THREADS_MAX)
        with ThreadPoolExecutor(threads, thread_name_prefix="statordb-scan") as pool:
            reading: dict[Future[Page], int] = {}

            def read(segment: int, start: Item | None) -> None:
                reading[pool.submit(self._read_segment, segment, start, count_only, most)] = segment

            # One page a thread is read ahead, so memory is bounded by their number.
            coming = iter(range(self._segments))
            for segment in islice(coming, threads):
                read(segment, None)
            try:
                while reading:
                    done, _ = wait(reading, return_when=FIRST_COMPLETED)
                    for future in done:
                        segment, page = reading.pop(future), future.result()
                        if page.last_key is not None:
                            read(segment, page.last_key)
                        else:
                            for another in islice(coming, 1):
                                read(another, None)
                        yield page
            finally:
                for future in reading:
                    future.cancel()


class BatchWriter:
    """Collects puts and deletes of one table; made with `Table.batch_writer`."""

    def __init__(self, core: _core.TableHandle, name: str, key_names: list[str]) -> None:
        self._core = core
        self._name = name
        self._key_names = key_names
        # By key, because a batch may name a key only once; the later request takes the place of the earlier one.
        self._waiting: dict[tuple[Any, ...], tuple[Mapping[str, Any], bool]] = {}

    def put(self, item: Mapping[str, Any]) -> None:
        """Put `item` with this batch or a later one."""
        self._add(item, is_put=True)

    def delete(self, key: Mapping[str, Any]) -> None:
        """Delete the item of `key` with this batch or a later one."""
        self._add(key, is_put=False)

    def flush(self) -> None:
        """Write what was collected, again and again what a transaction under way keeps from being written.

        Raises `UnprocessedError` when one holds it for seconds. That, and what was throttled, waits on in the writer.
        """
        pauses = iter(PAUSES_S)
        while self._waiting:
            now = {key: self._waiting.pop(key) for key in list(self._waiting)[:BATCH_WRITE_REQUESTS]}
            try:
                puts, deletes = self._core.batch_write(*_puts_and_deletes(now.values()))
            except (ProvisionedThroughputExceededException, ThrottlingException):
                self._waiting = {**now, **self._waiting}
                raise
            for request, is_put in [*((put, True) for put in puts), *((key, False) for key in deletes)]:
                self._waiting[self._key_of(request)] = (request, is_put)
            if len(puts) + len(deletes) < len(now):
                pauses = iter(PAUSES_S)
            else:
                self._pause(pauses)

    def _pause(self, pauses: Iterator[float]) -> None:
        pause_s = next(pauses, None)
        if pause_s is None:
            raise UnprocessedError(*_puts_and_deletes(self._waiting.values()))
        time.sleep(pause_s)

    def _key_of(self, request: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(_hashable(request.get(name)) for name in self._key_names)

    def _add(self, request: Mapping[str, Any], *, is_put: bool) -> None:
        if not isinstance(request, dict):
            checked_mapping("item" if is_put else "key", request)
        self._waiting[self._key_of(request)] = (request, is_put)
        if len(self._waiting) >= BATCH_WRITE_REQUESTS:
            self.flush()

    def __repr__(self) -> str:
        return f"<statordb.BatchWriter of {self._name!r}, {len(self._waiting)} waiting>"

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.flush()


def _puts_and_deletes(
    requests: Iterable[tuple[Mapping[str, Any], bool]],
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    both = list(requests)
    return [request for request, is_put in both if is_put], [request for request, is_put in both if not is_put]


def _hashable(value: Any) -> Any:
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    try:
        hash(value)
    except TypeError:
        # No key can be of this type; the database says so.
        return id(value)
    return value
