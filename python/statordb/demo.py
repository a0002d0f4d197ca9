"""The demo: the world's airports in a table, and questions that a user would ask of it.

The questions are data: what is asked, how a table is asked, and how plain Python finds the same answer in a dict. Every
answer is compared, so a wrong one ends the demo with an error. `Airports` is what a question needs of a table; the demo
gives it the embedded API, and a test gives it boto3.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import airportsdata
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Grid

import statordb
from statordb.errors import ConditionalCheckFailedException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from statordb.table import Table

__all__ = ["QUESTIONS", "Airports", "Question", "World", "airports", "answer_all", "main"]

Item = dict[str, Any]
Key = tuple[str, str]

SEGMENTS = 4
ROWS_SHOWN = 6
CHUNK = 500


class Airports(Protocol):
    """A table of airports with partition key `country` and sort key `code`, asked through any door."""

    def put_all(self, items: Iterable[Item]) -> None:
        """Put items."""

    def get(self, key: Item) -> Item | None:
        """Return the item of a key."""

    def get_all(self, keys: list[Item]) -> list[Item]:
        """Return the items of several keys, in any order."""

    def query(self, condition: str, values: Item, *, forward: bool = True, limit: int | None = None) -> list[Item]:
        """Return the items of one country, in the order of their codes."""

    def scan(self, condition: str, values: Item, *, segments: int) -> list[Item]:
        """Return the items for which a condition holds, in any order, reading several segments at the same time."""

    def update(self, key: Item, expression: str, values: Item, *, condition: str) -> Item | None:
        """Edit an item and return it as it is then; None if the condition was false."""

    def delete(self, key: Item, *, condition: str, values: Item) -> bool:
        """Remove an item; False if the condition was false."""


class Embedded:
    """`Airports` by the embedded API."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_all(self, items: Iterable[Item]) -> None:
        self._table.batch_write(puts=items)

    def get(self, key: Item) -> Item | None:
        return self._table.get(key, consistent=True)

    def get_all(self, keys: list[Item]) -> list[Item]:
        return self._table.batch_get(keys)

    def query(self, condition: str, values: Item, *, forward: bool = True, limit: int | None = None) -> list[Item]:
        return list(self._table.query(condition, values=values, forward=forward, limit=limit))

    def scan(self, condition: str, values: Item, *, segments: int) -> list[Item]:
        return list(self._table.scan(filter=condition, values=values, segments=segments))

    def update(self, key: Item, expression: str, values: Item, *, condition: str) -> Item | None:
        try:
            return self._table.update(key, expression, values=values, condition=condition, return_values="ALL_NEW")
        except ConditionalCheckFailedException:
            return None

    def delete(self, key: Item, *, condition: str, values: Item) -> bool:
        try:
            self._table.delete(key, condition=condition, values=values or None)
        except ConditionalCheckFailedException:
            return False
        return True


class World:
    """The same airports as a plain dict, by country and code."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: dict[Key, Item] = {(item["country"], item["code"]): item for item in items}

    def where(self, holds: Callable[[Item], bool]) -> list[Item]:
        """Return the items for which `holds` is true, in the order of country and code."""
        return [item for _, item in sorted(self.items.items()) if holds(item)]

    @property
    def highest(self) -> Item:
        """The highest airport."""
        return max(self.items.values(), key=lambda item: (item["elevation"], item["code"]))

    @property
    def lowest(self) -> Item:
        """The lowest airport."""
        return min(self.items.values(), key=lambda item: (item["elevation"], item["code"]))


@dataclass(frozen=True)
class Question:
    """A question: its words, how a table is asked, and how plain Python finds the answer.

    `prepare` finds in the world what is to be asked for, such as a key, before the clock starts; `ask` gets it.
    """

    words: str
    ask: Callable[[Airports, Any], Any]
    know: Callable[[World], Any]
    prepare: Callable[[World], Any] = lambda _: None
    shows: tuple[str, ...] = ("country", "code", "title", "city", "elevation")


def airports(limit: int | None = None) -> list[Item]:
    """Return the airports as items: without empty attributes, numbers as Decimal, the place as a map.

    Of fewer than all, about half are of those that the questions are about, so that there is something to answer.
    """
    items = [_item(code, row) for code, row in airportsdata.load("ICAO").items()]
    if limit is None or limit >= len(items):
        return items
    asked = [item for item in items if _is_asked_about(item)]
    others = [item for item in items if not _is_asked_about(item)]
    some = min(limit // 2, len(asked))
    return [*_spread(asked, some), *_spread(others, min(limit - some, len(others)))]


def _is_asked_about(item: Item) -> bool:
    is_there = item["country"] in ("IS", "JP") or item["code"].startswith("EDD")
    return bool(is_there or item["elevation"] > 13000 or ("iata" in item and item["place"]["lat"] > Decimal("66.56")))


def _spread(items: list[Item], count: int) -> list[Item]:
    """Return `count` of the items, from all over the list."""
    return [items[number * len(items) // count] for number in range(count)]


def _item(code: str, row: Mapping[str, Any]) -> Item:
    item: Item = {
        "country": row["country"],
        "code": code,
        "elevation": Decimal(str(row["elevation"])),
        "place": {"lat": Decimal(str(row["lat"])), "lon": Decimal(str(row["lon"]))},
    }
    texts = {"title": row["name"], "city": row["city"], "district": row["subd"], "iata": row["iata"], "zone": row["tz"]}
    return {**item, **{name: text for name, text in texts.items() if text}}


def key_of(item: Item) -> Item:
    """Return the key of an item."""
    return {"country": item["country"], "code": item["code"]}


def in_order(items: list[Item]) -> list[Item]:
    """Return items in the order of country and code, for answers that have no order."""
    return sorted(items, key=lambda item: (item["country"], item["code"]))


# ----------------------------------------------------------------------------------------------------- reading


def _query(words: str, condition: str, values: Item, holds: Callable[[Item], bool]) -> Question:
    return Question(words, lambda table, _: table.query(condition, values), lambda world: world.where(holds))


def _scan(words: str, condition: str, values: Item, holds: Callable[[Item], bool]) -> Question:
    return Question(
        words,
        lambda table, _: in_order(table.scan(condition, values, segments=SEGMENTS)),
        lambda world: world.where(holds),
    )


def _ask_last(table: Airports, _: None) -> list[Item]:
    return table.query("country = :c", {":c": "JP"}, forward=False, limit=5)


def _know_last(world: World) -> list[Item]:
    return world.where(lambda item: item["country"] == "JP")[::-1][:5]


HUBS = [("US", "KATL"), ("AE", "OMDB"), ("US", "KDFW"), ("GB", "EGLL"), ("JP", "RJTT"), ("XX", "NONE")]


def _ask_hubs(table: Airports, _: None) -> list[Item]:
    return in_order(table.get_all([{"country": country, "code": code} for country, code in HUBS]))


def _know_hubs(world: World) -> list[Item]:
    return world.where(lambda item: (item["country"], item["code"]) in HUBS)


# ----------------------------------------------------------------------------------------------------- writing

INSPECT = "SET inspected = :day ADD visits :one, inspectors :who"
NOT_TODAY = "attribute_not_exists(inspected) OR inspected < :day"


def _inspection(day: str, who: str) -> Item:
    return {":day": day, ":one": 1, ":who": {who}}


def _ask_inspect(day: str, who: str) -> Callable[[Airports, Item], Any]:
    return lambda table, key: table.update(key, INSPECT, _inspection(day, who), condition=NOT_TODAY)


def _highest_key(world: World) -> Item:
    return key_of(world.highest)


def _lowest_key(world: World) -> Item:
    return key_of(world.lowest)


def _know_inspect(day: str, who: str) -> Callable[[World], Item | None]:
    def know(world: World) -> Item | None:
        item = world.highest
        if item.get("inspected", "") >= day:
            return None
        item["inspected"], item["visits"] = day, item.get("visits", 0) + 1
        item["inspectors"] = {*item.get("inspectors", ()), who}
        return dict(item)

    return know


def _inspect(words: str, day: str, who: str) -> Question:
    shows = ("country", "code", "title", "elevation", "inspected", "inspectors", "visits")
    return Question(words, _ask_inspect(day, who), _know_inspect(day, who), _highest_key, shows)


def _ask_move(table: Airports, key: Item) -> Item | None:
    condition = "place.lat <> :lat AND size(country) = :two"
    values = {":lat": Decimal("0.5"), ":two": 2, ":step": Decimal("1.25")}
    return table.update(key, "SET place.lat = :lat, elevation = elevation + :step", values, condition=condition)


def _know_move(world: World) -> Item:
    item = world.lowest
    item["place"] = {**item["place"], "lat": Decimal("0.5")}
    item["elevation"] += Decimal("1.25")
    return dict(item)


def _ask_close(table: Airports, key: Item) -> tuple[bool, bool, Item | None]:
    kept = table.delete(key, condition="elevation < :e", values={":e": 0})
    gone = table.delete(key, condition="attribute_exists(inspected)", values={})
    return kept, gone, table.get(key)


def _know_close(world: World) -> tuple[bool, bool, Item | None]:
    del world.items[world.highest["country"], world.highest["code"]]
    return False, True, None


QUESTIONS = [
    _query(
        "Which airports of Iceland have codes from BIR to BIV?",
        "country = :c AND code BETWEEN :a AND :b",
        {":c": "IS", ":a": "BIR", ":b": "BIV"},
        lambda item: item["country"] == "IS" and "BIR" <= item["code"] <= "BIV",
    ),
    _query(
        "Which codes of Germany begin with EDD?",
        "country = :c AND begins_with(code, :a)",
        {":c": "DE", ":a": "EDD"},
        lambda item: item["country"] == "DE" and item["code"].startswith("EDD"),
    ),
    Question("Which are the last five codes of Japan?", _ask_last, _know_last),
    _query(
        "Which airports are in the United States? (more than one page)",
        "country = :c",
        {":c": "US"},
        lambda item: item["country"] == "US",
    ),
    Question("Five great airports and one that does not exist, in one call?", _ask_hubs, _know_hubs),
    _scan(
        "Which airports lie above 13,000 feet? (parallel scan)",
        "elevation > :e",
        {":e": 13000},
        lambda item: item["elevation"] > 13000,
    ),
    _scan(
        "Which airports with an IATA code lie north of the polar circle? (parallel scan)",
        "attribute_exists(iata) AND place.lat > :lat",
        {":lat": Decimal("66.56")},
        lambda item: "iata" in item and item["place"]["lat"] > Decimal("66.56"),
    ),
    _scan(
        "Which have International in the name, but no district? (parallel scan)",
        "contains(title, :word) AND attribute_not_exists(district)",
        {":word": "International"},
        lambda item: "International" in item.get("title", "") and "district" not in item,
    ),
    _inspect("Inspect the highest airport, if that was not done today", "2026-11-23", "ada"),
    _inspect("... and once more today? (the condition fails)", "2026-11-23", "alan"),
    _inspect("... and tomorrow by somebody else?", "2026-11-24", "alan"),
    Question(
        "Move the lowest airport and lift it by 1.25 feet",
        _ask_move,
        _know_move,
        _lowest_key,
        ("country", "code", "title", "elevation", "place"),
    ),
    Question(
        "Close the highest airport: only below the sea? only if inspected?", _ask_close, _know_close, _highest_key
    ),
]


# ------------------------------------------------------------------------------------------------------- doing it


def answer_all(table: Airports, items: list[Item], tell: Callable[[Question, Any, float], None]) -> None:
    """Ask every question and compare its answer; `tell` gets question, answer and seconds. Raises `AssertionError`."""
    world = World({**item} for item in items)
    for question in QUESTIONS:
        prepared = question.prepare(world)
        started = time.perf_counter()
        answer = question.ask(table, prepared)
        seconds = time.perf_counter() - started
        known = question.know(world)
        if answer != known:
            raise AssertionError(f"{question.words}\n  the table says {answer!r}\n  plain Python says {known!r}")
        tell(question, answer, seconds)


def load(table: Airports, items: list[Item], console: Console) -> float:
    """Put items with a progress bar and return the seconds that it took."""
    started = time.perf_counter()
    with Progress(console=console) as progress:
        task = progress.add_task("loading airports", total=len(items))
        for start in range(0, len(items), CHUNK):
            table.put_all(items[start : start + CHUNK])
            progress.advance(task, len(items[start : start + CHUNK]))
    return time.perf_counter() - started


def _rows(answer: Any) -> list[Item]:
    """Return the items to show of an answer."""
    if isinstance(answer, dict):
        return [answer]
    return answer if isinstance(answer, list) else []


def _said(answer: Any) -> str:
    """Return what an answer without items says, in words."""
    if isinstance(answer, tuple):
        *done, left = answer
        told = ", ".join("yes" if one else "no" for one in done)
        return f"{told}; {'it is gone' if left is None else 'it is still there'}"
    return "no: the condition was false" if answer is None else "none"


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, (int, Decimal)) else str(value)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(_number(member) for member in value.values())
    if isinstance(value, set):
        return ", ".join(sorted(value))
    return _number(value)


def _show(console: Console, question: Question, answer: Any, seconds: float) -> None:
    rows = _rows(answer)
    console.print(f"\n[bold]{question.words}[/bold]")
    took = f"in {seconds * 1000:.2f} ms, the same as plain Python finds"
    if not rows:
        console.print(f"  {_said(answer)}, {took}")
        return
    grid = Grid(*question.shows)
    for item in rows[:ROWS_SHOWN]:
        grid.add_row(*(_cell(item.get(name, "")) for name in question.shows))
    console.print(grid)
    if len(rows) > ROWS_SHOWN:
        console.print(f"  ... and {len(rows) - ROWS_SHOWN:,} more")
    console.print(f"  {len(rows):,} airport{'' if len(rows) == 1 else 's'} {took}")


def main(limit: int | None = None) -> None:
    """Load the airports (only the first `limit`, if given), answer every question, and print tables and timings."""
    console = Console()
    items = airports(limit)
    with statordb.connect(":memory:") as database:
        table = Embedded(database.create_table("airports", "country", "code"))
        seconds = load(table, items, console)
        console.print(f"{len(items):,} airports in {seconds:.2f} s: {len(items) / seconds:,.0f} items a second")
        answer_all(table, items, lambda question, answer, took: _show(console, question, answer, took))
    console.print(f"\n[green]all {len(QUESTIONS)} answers are those of plain Python[/green]")
