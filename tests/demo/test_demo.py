"""The demo's job through every door: load the airports, ask every question, compare with plain Python."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import statordb
import statordb.boto
from statordb import demo

ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Boto:
    """`demo.Airports` by a boto3 resource, as users write it."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def put_all(self, items) -> None:
        with self._table.batch_writer() as batch:
            for item in items:
                batch.put_item(Item=item)

    def get(self, key):
        return self._table.get_item(Key=key, ConsistentRead=True).get("Item")

    def get_all(self, keys):
        name = self._table.name
        return self._table.meta.client.batch_get_item(RequestItems={name: {"Keys": keys}})["Responses"][name]

    def query(self, condition, values, *, forward=True, limit=None):
        call = partial(
            self._table.query,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=forward,
        )
        return call(Limit=limit)["Items"] if limit else self._pages(call)

    def scan(self, condition, values, *, segments):
        def segment(number):
            return self._pages(
                partial(
                    self._table.scan,
                    FilterExpression=condition,
                    ExpressionAttributeValues=values,
                    Segment=number,
                    TotalSegments=segments,
                )
            )

        with ThreadPoolExecutor(segments) as pool:
            return [item for items in pool.map(segment, range(segments)) for item in items]

    def update(self, key, expression, values, *, condition):
        return self._unless_refused(
            lambda: self._table.update_item(
                Key=key,
                UpdateExpression=expression,
                ExpressionAttributeValues=values,
                ConditionExpression=condition,
                ReturnValues="ALL_NEW",
            )["Attributes"]
        )

    def delete(self, key, *, condition, values):
        members = {"ExpressionAttributeValues": values} if values else {}
        call = partial(self._table.delete_item, Key=key, ConditionExpression=condition, **members)
        return self._unless_refused(call) is not None

    @staticmethod
    def _pages(call):
        page = call()
        items = page["Items"]
        while "LastEvaluatedKey" in page:
            page = call(ExclusiveStartKey=page["LastEvaluatedKey"])
            items += page["Items"]
        return items

    @staticmethod
    def _unless_refused(call):
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return None


def created(resource: Any) -> Boto:
    """The table of the demo, made with boto3."""
    table = resource.create_table(
        TableName="airports",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("country", "code")],
        KeySchema=[{"AttributeName": "country", "KeyType": "HASH"}, {"AttributeName": "code", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return Boto(table)


def asked(table: Boto, items: list[dict]) -> int:
    """Loads items, asks every question and returns how many were answered."""
    told: list[Any] = []
    table.put_all(items)
    demo.answer_all(table, items, lambda question, answer, seconds: told.append(question))
    return len(told)


def test_the_whole_demo_with_the_embedded_api(capsys) -> None:
    demo.main(None)
    printed = capsys.readouterr().out
    assert f"all {len(demo.QUESTIONS)} answers are those of plain Python" in printed
    assert re.search(r"28,\d{3} airports in \d+\.\d\d s", printed)


@pytest.mark.parametrize("limit", [1, 30, 3000])
def test_fewer_airports_give_right_answers_too(limit, capsys) -> None:
    demo.main(limit)
    assert "answers are those of plain Python" in capsys.readouterr().out


def test_the_whole_job_through_boto3_in_process() -> None:
    with statordb.connect(":memory:") as database:
        resource = statordb.boto.resource(database, config=Config(max_pool_connections=8))
        assert asked(created(resource), demo.airports()) == len(demo.QUESTIONS)


def test_the_job_through_boto3_over_http(empty_endpoint: str) -> None:
    resource = boto3.resource("dynamodb", endpoint_url=empty_endpoint, **ACCOUNT)
    assert asked(created(resource), demo.airports()) == len(demo.QUESTIONS)


def test_a_wrong_answer_ends_the_job() -> None:
    class Forgetful(demo.Embedded):
        def get_all(self, keys):
            return []

    with statordb.connect(":memory:") as database:
        table = Forgetful(database.create_table("airports", "country", "code"))
        items = demo.airports()
        table.put_all(items)
        with pytest.raises(AssertionError, match="Five great airports"):
            demo.answer_all(table, items, lambda question, answer, seconds: None)


def test_a_small_demo_has_answers_to_show_and_says_them_in_words(capsys) -> None:
    demo.main(300)
    printed = capsys.readouterr().out
    assert printed.count(", the same as plain Python finds") == len(demo.QUESTIONS)
    assert re.search(r"  \.\.\. and \d+ more\n", printed)
    assert "  no: the condition was false, in" in printed
    assert "  no, yes; it is gone, in" in printed
    assert "  1 airport in" in printed
    assert printed.count("visits") == 2
    assert not re.search(r"\b1 airports|a IATA|\[\]|None", printed)
    assert re.search(r"│ \d{1,2},\d{3} +│", printed)
    assert printed.count("  none, in") <= 2


def test_keys_are_found_before_the_clock_starts() -> None:
    """A question is asked with what was prepared from the world, never with the world itself."""
    items = demo.airports(100)
    world = demo.World(items)
    prepared = [question.prepare(world) for question in demo.QUESTIONS]
    assert {"country": world.highest["country"], "code": world.highest["code"]} in prepared
    with statordb.connect(":memory:") as database:
        table = demo.Embedded(database.create_table("airports", "country", "code"))
        table.put_all(items)
        for question, given in zip(demo.QUESTIONS, prepared, strict=True):
            world.items.clear()
            question.ask(table, given)


def test_items_are_what_the_package_tells() -> None:
    items = demo.airports()
    assert len(items) > 28_000
    assert len({(item["country"], item["code"]) for item in items}) == len(items)
    assert all(item["code"] and item["country"] for item in items)
