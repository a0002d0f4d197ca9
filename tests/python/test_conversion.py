"""Values that do odd things while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import statordb

if TYPE_CHECKING:
    from collections.abc import Iterator


class Meddler(list):  # type: ignore[type-arg]
    """A list that changes a dict whenever somebody walks over it."""

    def __init__(self, target: dict[str, Any], element: Any) -> None:
        super().__init__([element])
        self.target = target

    def __iter__(self) -> Iterator[Any]:
        self.target["late"] = self.target.pop("early")
        return super().__iter__()


@pytest.fixture
def database() -> Iterator[statordb.Database]:
    with statordb.connect(":memory:") as database:
        database.create_table("items", "id")
        yield database


def test_a_typed_item_is_read_as_it_was_though_reading_it_changes_it(database: statordb.Database) -> None:
    item: dict[str, Any] = {"id": {"S": "1"}, "early": {"S": "x"}, "other": {"S": "y"}}
    item["list"] = {"L": Meddler(item, {"S": "z"})}
    database.client().put_item(TableName="items", Item=item)
    found = database.client().get_item(TableName="items", Key={"id": {"S": "1"}})["Item"]
    assert found == {"id": {"S": "1"}, "early": {"S": "x"}, "other": {"S": "y"}, "list": {"L": [{"S": "z"}]}}


def test_a_native_item_is_read_as_it_was_though_reading_it_changes_it(database: statordb.Database) -> None:
    item: dict[str, Any] = {"id": "1", "early": "x", "other": "y"}
    item["list"] = Meddler(item, "z")
    database.table("items").put(item)
    assert database.table("items").get({"id": "1"}) == {"id": "1", "early": "x", "other": "y", "list": ["z"]}
