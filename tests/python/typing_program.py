"""A program of a user, for the type checker alone: what the package gives has the types that its documents promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statordb.boto import mock
from statordb.errors import ConditionalCheckFailedException

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    import statordb


@mock
def plain(x: int) -> str:
    return str(x)


@mock()
def called(x: int) -> str:
    return str(x)


@mock
async def later(x: int) -> str:
    return str(x)


@mock
def generated() -> Iterator[int]:
    yield 1


@mock
async def generated_later() -> AsyncIterator[int]:
    yield 1


@mock
class TestUsers:
    def test_nothing(self) -> int:
        return 1


of_plain: Callable[[int], str] = plain
of_called: Callable[[int], str] = called
of_later: Callable[[int], Coroutine[Any, Any, str]] = later
of_generated: Callable[[], Iterator[int]] = generated
of_class: type[TestUsers] = TestUsers
of_method: int = TestUsers().test_nothing()
wrong: Callable[[str], str] = plain  # type: ignore[assignment]


def use(database: statordb.Database) -> statordb.Server:
    table: statordb.Table = database.create_table("users", "id")
    table.put({"id": "ada"})
    item: dict[str, Any] | None = table.get({"id": "ada"}, projection=["id"])
    results: statordb.Results = table.scan(limit=3)
    page: statordb.Page = next(results.pages())
    client: statordb.Client = database.client()
    with mock() as opened:
        names: list[str] = opened.tables()
    try:
        print(item, page.last_key, client.list_tables(), names)
    except ConditionalCheckFailedException as error:
        print(error.item)
    server = database.serve()
    server.wait()
    return server
