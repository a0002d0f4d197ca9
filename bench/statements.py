"""What a statement costs over the call that it comes to, and what it costs when its text is new."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import statordb

from .in_process import KEYS_TYPED, loaded
from .workloads import KEYS, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .workloads import Effort

Pair = tuple["Callable[[int], object]", "Callable[[int], object]"]
READ = f'SELECT * FROM "{TABLE}" WHERE pk = ?'
FILM = {"studio": {"S": "Ghibli"}, "year": {"N": "1988"}}


def over_call_us(effort: Effort) -> dict[str, float]:
    """Microseconds of a warm statement over its call: medians of the differences of rounds that take turns."""
    with statordb.connect() as database:
        client = loaded(database.client())
        films(database)
        return {name: difference_us(pair, effort) for name, pair in pairs(client).items()}


def films(database: statordb.Database) -> None:
    """A table of ten films."""
    table = database.create_table("films", "studio", "year:N")
    table.batch_write(puts=({"studio": "Ghibli", "year": 1984 + number, "seen": 0} for number in range(10)))


def pairs(client: Any) -> dict[str, Pair]:
    """Of each kind the call of the API, and the statement that comes to it."""
    values = {":one": {"N": "1"}}
    year = {"#y": "year"}
    query = {
        "KeyConditionExpression": "studio = :s AND #y > :y",
        "ExpressionAttributeNames": year,
        "ExpressionAttributeValues": {":s": FILM["studio"], ":y": {"N": "1988"}},
    }
    change = {"UpdateExpression": "SET seen = seen + :one", "ConditionExpression": "attribute_exists(studio)"}
    return {
        "GetItem": (
            lambda number: client.get_item(TableName=TABLE, Key=KEYS_TYPED[number % KEYS]),
            lambda number: client.execute_statement(Statement=READ, Parameters=[KEYS_TYPED[number % KEYS]["pk"]]),
        ),
        "Query": (
            lambda _: client.query(TableName="films", **query),
            lambda _: client.execute_statement(
                Statement="SELECT * FROM films WHERE studio = ? AND year > ?",
                Parameters=[FILM["studio"], {"N": "1988"}],
            ),
        ),
        "UpdateItem": (
            lambda _: client.update_item(TableName="films", Key=FILM, **change, ExpressionAttributeValues=values),
            lambda _: client.execute_statement(
                Statement="UPDATE films SET seen = seen + ? WHERE studio = ? AND year = ?",
                Parameters=[{"N": "1"}, FILM["studio"], FILM["year"]],
            ),
        ),
    }


def difference_us(pair: Pair, effort: Effort) -> float:
    """Microseconds of the second call over the first."""
    differences = []
    for _ in range(effort.rounds + 1):
        one, other = (mean_us(call, effort.calls) for call in pair)
        differences.append(other - one)
    return statistics.median(differences[1:])


def mean_us(call: Callable[[int], object], calls: int) -> float:
    started = time.perf_counter()
    for number in range(calls):
        call(number)
    return (time.perf_counter() - started) / calls * 1e6


COLD = {
    "SELECT": "SELECT title, actors[0] FROM films WHERE studio = 's{}' AND year BETWEEN 1980 AND 1990 AND seen <> 0",
    "INSERT": "INSERT INTO films VALUE {{'studio': 's{}', 'year': 1988, 'seen': 0, 'actors': ['Mei', 'Satsuki']}}",
    "UPDATE": "UPDATE films SET seen = seen + 1, title = 'x' WHERE studio = 's{}' AND year = 1988 RETURNING ALL NEW *",
    "DELETE": "DELETE FROM films WHERE studio = 's{}' AND year = 1988 RETURNING ALL OLD *",
}


def cold_us(effort: Effort) -> dict[str, float]:
    """Microseconds of a statement whose text is new, whole: medians, each text once, after some that do not count."""
    count = max(20, effort.calls // 50)
    with statordb.connect() as database:
        films(database)
        client = database.client()
        for text in COLD.values():
            client.execute_statement(Statement=text.format("first"))
        return {name: statistics.median(each_us(client, text, count)) for name, text in COLD.items()}


def each_us(client: Any, text: str, count: int) -> list[float]:
    costs = []
    for number in range(count):
        statement = text.format(number)
        started = time.perf_counter()
        client.execute_statement(Statement=statement)
        costs.append((time.perf_counter() - started) * 1e6)
    return costs
