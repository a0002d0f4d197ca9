"""Tables with native values.

An item is a dict: str is S, int and `Decimal` are N, bytes, bytearray and memoryview are B, bool is BOOL, None is NULL,
a set of str, numbers or bytes is SS, NS or BS, list and tuple are L, dict is M. Numbers come back as `Decimal`, binary
as bytes, lists as list. A float is refused with TypeError, because DynamoDB's numbers are decimal and exact.

Expressions are DynamoDB's own, written as text with `names` for `#name` and `values` for `:value`. Where a condition, a
filter or a key condition is taken, one made with `boto3.dynamodb.conditions` is taken too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statordb.conditions import as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from statordb import _core
    from statordb.conditions import Condition

__all__ = ["BatchWriter", "Page", "Results", "Table"]

BATCH_GET_KEYS = 100
BATCH_WRITE_REQUESTS = 25

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
        projection: str | None = None,
        names: Mapping[str, str] | None = None,
        consistent: bool = False,
    ) -> Item | None:
        """Return the item of `key`, or None. `projection` names the paths to return.

        >>> import statordb
        >>> users = statordb.connect().create_table("users", "id")
        >>> users.put({"id": "ada", "name": {"given": "Ada", "family": "Lovelace"}})
        >>> users.get({"id": "ada"}, projection="#n.given", names={"#n": "name"})
        {'name': {'given': 'Ada'}}
        """
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
        projection: str | None = None,
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
        (key_text, filter_text), names, values = as_texts((key_condition, filter), names, values)
        page_size = page_size or _page_size(limit, filter_text)

        def read(start: Mapping[str, Any] | None, count_only: bool) -> Page:
            return Page(
                *self._core.query(
                    key_text or "", filter_text, projection, names, values, index, forward, consistent, page_size,
                    start, count_only,
                )
            )  # fmt: skip

        return Results(read, limit, start_key)

    def scan(
        self,
        *,
        filter: Condition | None = None,  # noqa: A002 (DynamoDB's word)
        projection: str | None = None,
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
        the same time by that many threads, and pages come as they are ready. The rest is as in `query`.

        >>> import statordb
        >>> numbers = statordb.connect().create_table("numbers", "n:N")
        >>> numbers.batch_write(puts=({"n": n} for n in range(100)))
        >>> numbers.scan(filter="n < :ten", values={":ten": 10}).count()
        10
        >>> sum(1 for _ in numbers.scan(segments=4))
        100
        """
        (filter_text,), names, values = as_texts((filter,), names, values)
        page_size = page_size or _page_size(limit, filter_text)

        def read_segment(segment: int | None, start: Mapping[str, Any] | None, count_only: bool) -> Page:
            return Page(
                *self._core.scan(
                    filter_text, projection, names, values, index, consistent, page_size, start, count_only, segment,
                    segments,
                )
            )  # fmt: skip

        if segments is None or segment is not None:
            return Results(lambda start, count_only: read_segment(segment, start, count_only), limit, start_key)
        if start_key is not None:
            raise ValueError("a scan of all segments has no start_key: give segment too")
        return ParallelResults(read_segment, segments, limit)

    def batch_get(
        self,
        keys: Iterable[Mapping[str, Any]],
        *,
        projection: str | None = None,
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
        return BatchWriter(self._core, self._key_names())

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


class Results:
    """The items of a query or scan: iterate over them, or over their `pages`.

    Nothing is read before it is asked for, and every iteration reads anew.
    """

    def __init__(
        self,
        read: Callable[[Mapping[str, Any] | None, bool], Page],
        limit: int | None,
        start_key: Mapping[str, Any] | None = None,
    ) -> None:
        self._read = read
        self._limit = limit
        self._start_key = start_key

    def __iter__(self) -> Iterator[Item]:
        left = self._limit
        if left is not None and left <= 0:
            return
        for page in self.pages():
            for item in page.items:
                yield item
                if left is not None:
                    left -= 1
                    if left == 0:
                        return

    def pages(self) -> Iterator[Page]:
        """Read page by page. `limit` does not cut pages."""
        return self._pages(count_only=False)

    def count(self) -> int:
        """Read everything and return how many items there are, without making them."""
        count = sum(page.count for page in self._pages(count_only=True))
        return count if self._limit is None else min(count, max(self._limit, 0))

    def first(self) -> Item | None:
        """Return the first item, or None."""
        return next(iter(self), None)

    def _pages(self, *, count_only: bool) -> Iterator[Page]:
        start = self._start_key
        while True:
            page = self._read(start, count_only)
            yield page
            if page.last_key is None:
                return
            start = page.last_key


class ParallelResults(Results):
    """The items of a scan whose segments are read at the same time."""

    def __init__(
        self,
        read_segment: Callable[[int | None, Mapping[str, Any] | None, bool], Page],
        segments: int,
        limit: int | None,
    ) -> None:
        super().__init__(lambda start, count_only: read_segment(None, start, count_only), limit)
        if segments < 1:
            raise ValueError(f"segments is `{segments}`: at least one is needed")
        self._read_segment = read_segment
        self._segments = segments

    def _pages(self, *, count_only: bool) -> Iterator[Page]:
        from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

        # One page a segment is read ahead, so memory is bounded by the number of segments.
        with ThreadPoolExecutor(self._segments, thread_name_prefix="statordb-scan") as pool:
            reading: dict[Future[Page], int] = {
                pool.submit(self._read_segment, segment, None, count_only): segment
                for segment in range(self._segments)
            }  # fmt: skip
            try:
                while reading:
                    done, _ = wait(reading, return_when=FIRST_COMPLETED)
                    for future in done:
                        segment, page = reading.pop(future), future.result()
                        if page.last_key is not None:
                            ahead = pool.submit(self._read_segment, segment, page.last_key, count_only)
                            reading[ahead] = segment
                        yield page
            finally:
                for future in reading:
                    future.cancel()


class BatchWriter:
    """Collects puts and deletes of one table; made with `Table.batch_writer`."""

    def __init__(self, core: _core.TableHandle, key_names: list[str]) -> None:
        self._core = core
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
        """Write what was collected."""
        waiting, self._waiting = list(self._waiting.values()), {}
        while waiting:
            now, waiting = waiting[:BATCH_WRITE_REQUESTS], waiting[BATCH_WRITE_REQUESTS:]
            self._core.batch_write(
                [request for request, is_put in now if is_put], [request for request, is_put in now if not is_put]
            )

    def _add(self, request: Mapping[str, Any], *, is_put: bool) -> None:
        self._waiting[tuple(_hashable(request.get(name)) for name in self._key_names)] = (request, is_put)
        if len(self._waiting) >= BATCH_WRITE_REQUESTS:
            self.flush()

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.flush()


def _page_size(limit: int | None, filter_text: str | None) -> int | None:
    """Return how much to read for `limit` items: no more than that when each item read is one of them."""
    return limit or None if filter_text is None else None


def _hashable(value: Any) -> Any:
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    try:
        hash(value)
    except TypeError:
        # No key can be of this type; the database says so.
        return id(value)
    return value
