"""Random updates change items as a model of a few lines does."""

from __future__ import annotations

import copy
import itertools
from decimal import Decimal, Inexact
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statordb

from .values import EXACT, Typed, documents, plain, plain_item

Path = tuple[str | int, ...]

PATHS: list[Path] = [("a",), ("b",), ("n",), ("m", "x"), ("m", "y"), ("l", 0), ("l", 1), ("l", 5), ("l", 7)]
small = st.integers(-50, 50).map(lambda number: {"N": str(number)})
sets = st.sets(st.sampled_from("abcd"), min_size=1, max_size=3).map(lambda items: {"SS": sorted(items)})


class Refused(Exception):
    """The model says that DynamoDB refuses the update."""


def path_text(path: Path) -> str:
    first, *rest = path
    return str(first) + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)


def resolve(item: dict[str, Any], path: Path) -> Any:
    first, *rest = path
    value = item.get(str(first))
    for step in rest:
        if value is None:
            return None
        kind, content = value
        if isinstance(step, int):
            value = content[step] if kind == "L" and step < len(content) else None
        else:
            value = content.get(step) if kind == "M" else None
    return value


class Model:
    """Applies actions to an item: all reads are of the old item, list indexes mean the old positions."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.old = item
        self.new = copy.deepcopy(item)
        self.list_changes: dict[int, Any] = {}
        self.list_removals: set[int] = set()

    def container(self, path: Path) -> Any:
        if len(path) == 1:
            return self.new
        value = self.new.get(str(path[0]))
        wanted = "L" if isinstance(path[1], int) else "M"
        if value is None or value[0] != wanted:
            raise Refused(path)
        return value[1]

    def set(self, path: Path, value: Any) -> None:
        container = self.container(path)
        last = path[-1]
        if isinstance(last, int):
            self.list_changes[last] = value
        else:
            container[last] = value

    def remove(self, path: Path) -> None:
        container = self.container(path)
        last = path[-1]
        if isinstance(last, int):
            self.list_removals.add(last)
        else:
            container.pop(last, None)

    def finish(self) -> dict[str, Any]:
        if self.list_changes or self.list_removals:
            content = self.new["l"][1]
            length = len(content)
            for index, value in sorted(self.list_changes.items()):
                if index < length:
                    content[index] = value
                else:
                    content.append(value)
            content[:] = [
                value for index, value in enumerate(content) if index >= length or index not in self.list_removals
            ]
        return self.new


def number(value: Any) -> Decimal:
    if value is None or value[0] != "N":
        raise Refused(value)
    return Decimal(value[1])


def existing(value: Any) -> Any:
    if value is None:
        raise Refused("missing")
    return value


def set_action(draw: st.DrawFn, path: Path) -> Any:
    """Text and effect of one SET action."""
    form = draw(st.sampled_from(["value", "copy", "plus", "minus", "default", "append"]))
    other = draw(st.sampled_from(PATHS))
    value = draw(documents) if form in ("value", "default") else draw(small)
    target, source = path_text(path), path_text(other)
    if form == "value":
        return lambda name: f"{target} = {name}", value, lambda model: model.set(path, plain(value))
    if form == "copy":
        return (
            lambda name: f"{target} = {source}",
            None,
            lambda model: model.set(path, existing(resolve(model.old, other))),
        )
    if form in ("plus", "minus"):
        sign = "+" if form == "plus" else "-"
        scale = 1 if form == "plus" else -1

        def add(model: Model) -> None:
            total = EXACT.add(number(existing(resolve(model.old, other))), scale * number(plain(value)))
            model.set(path, ("N", total))

        return lambda name: f"{target} = {source} {sign} {name}", value, add
    if form == "default":

        def default(model: Model) -> None:
            found = resolve(model.old, other)
            model.set(path, plain(value) if found is None else found)

        return lambda name: f"{target} = if_not_exists({source}, {name})", value, default
    addition = {"L": [value]}

    def append(model: Model) -> None:
        found = existing(resolve(model.old, other))
        if found[0] != "L":
            raise Refused(found)
        model.set(path, ("L", found[1] + [plain(value)]))

    return lambda name: f"{target} = list_append({source}, {name})", addition, append


def add_action(draw: st.DrawFn, path: Path) -> Any:
    value = draw(small | sets)

    def add(model: Model) -> None:
        old, extra = resolve(model.old, path), plain(value)
        if old is None:
            model.set(path, extra)
        elif old[0] == extra[0] == "N":
            model.set(path, ("N", EXACT.add(old[1], extra[1])))
        elif old[0] == extra[0]:
            model.set(path, (old[0], old[1] | extra[1]))
        else:
            raise Refused(old)

    return lambda name: f"{path_text(path)} {name}", value, add


def delete_action(draw: st.DrawFn, path: Path) -> Any:
    value = draw(sets)

    def delete(model: Model) -> None:
        old, gone = resolve(model.old, path), plain(value)
        model.container(path)
        if old is None:
            return
        if old[0] != gone[0]:
            raise Refused(old)
        rest = old[1] - gone[1]
        if rest:
            model.set(path, (old[0], rest))
        else:
            model.remove(path)

    return lambda name: f"{path_text(path)} {name}", value, delete


def remove_action(draw: st.DrawFn, path: Path) -> Any:
    return lambda name: path_text(path), None, lambda model: model.remove(path)


SECTIONS = {"SET": set_action, "ADD": add_action, "DELETE": delete_action, "REMOVE": remove_action}


@st.composite
def updates(draw: st.DrawFn) -> Any:
    targets = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4, unique=True))
    sections: dict[str, list[str]] = {}
    values: dict[str, Typed] = {}
    effects = []
    for target in targets:
        section = draw(st.sampled_from(sorted(SECTIONS)))
        write, value, effect = SECTIONS[section](draw, target)
        name = f":v{len(values)}"
        if value is not None:
            values[name] = value
        sections.setdefault(section, []).append(write(name))
        effects.append(effect)
    text = " ".join(f"{section} {', '.join(actions)}" for section, actions in sections.items())
    return text, values, effects


items = st.fixed_dictionaries(
    {
        "m": st.dictionaries(st.sampled_from("xyz"), documents, max_size=3).map(lambda content: {"M": content}),
        "l": st.lists(documents, max_size=3).map(lambda content: {"L": content}),
    },
    optional={"a": documents | sets, "b": documents, "n": small},
)
numbers_of_items = itertools.count()


@pytest.fixture(scope="module")
def client() -> Any:
    client = statordb.connect(":memory:").client()
    client.create_table(
        TableName="updates",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def expected(item: dict[str, Typed], effects: list[Any]) -> dict[str, Any] | None:
    model = Model(plain_item(item))
    try:
        for effect in effects:
            effect(model)
    except (Refused, Inexact):
        return None
    return model.finish()


@settings(max_examples=1500, deadline=None)
@given(item=items, update=updates())
def test_updates_change_items_as_the_model_does(client: Any, item: dict[str, Typed], update: Any) -> None:
    text, values, effects = update
    key = {"p": {"S": f"item {next(numbers_of_items)}"}}
    client.put_item(TableName="updates", Item={**key, **item})
    wanted = expected(item, effects)
    given_values = {"ExpressionAttributeValues": values} if values else {}
    try:
        answer = client.update_item(
            TableName="updates", Key=key, UpdateExpression=text, ReturnValues="ALL_NEW", **given_values
        )
        found = answer["Attributes"]
    except client.exceptions.ValidationException:
        assert wanted is None, (text, values)
        found = client.get_item(TableName="updates", Key=key)["Item"]
        wanted = plain_item(item)
    found.pop("p")
    assert plain_item(found) == wanted, (text, values)
    client.delete_item(TableName="updates", Key=key)
