"""Throttling, through every door, for those who ask for it: the error, its reasons, and batches that come back in part."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from conftest import SIGNED_AS, boto_client, boto_in_process
from failure import fails
from server import Server
from tables import key_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

EXCEEDED = "ProvisionedThroughputExceededException"
TABLE = (
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level "
    "with the UpdateTable API."
)
INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. "
    "Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API."
)
MAXIMUM = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/meters"
LARGE = "x" * 8_000
"""What costs eight units to write and two to read; a table of one unit a second needs seconds to recover from it."""


@pytest.fixture
def throttled(door: str) -> Iterator[Any]:
    """A client of a database that throttles, and that tries once."""
    if door == "http":
        with Server("--throttling") as server:
            yield boto_client(server.endpoint)
        return
    if door == "endpoint":
        pytest.skip("a server that runs already throttles as it likes")
    import statordb

    with statordb.connect(throttling=True) as database:
        yield database.client() if door in ("embedded", "disk") else once(database)


def once(database: Any) -> Any:
    from botocore.config import Config

    import statordb.boto

    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return statordb.boto.client(database, config=config, **SIGNED_AS)


def make(ddb: Any, *keys: str, read: int = 1, write: int = 1, **further: Any) -> str:
    ddb.create_table(TableName="meters", **throughput(read, write), **key_schema(*keys), **further)
    ddb.get_waiter("table_exists").wait(TableName="meters")
    return "meters"


def throughput(read: int, write: int) -> dict[str, Any]:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}


def exhaust(ddb: Any, table: str, code: str = EXCEEDED, message: str = TABLE) -> Any:
    """Writes what costs more than there is, and gives the failure of the next write."""
    ddb.put_item(TableName=table, Item=large("spent"))
    with fails(code, message) as failure:
        ddb.put_item(TableName=table, Item=item("refused"))
    return failure


def large(key: str) -> dict[str, Any]:
    return {**item(key), "text": {"S": LARGE}}


def item(key: str) -> dict[str, Any]:
    return {"id": {"S": key}}


def test_a_write_too_many_is_refused_and_passes_later(throttled: Any) -> None:
    table = make(throttled, "id:S")
    failure = exhaust(throttled, table)
    reason = {"reason": "TableWriteProvisionedThroughputExceeded", "resource": ARN}
    assert failure.response["ThrottlingReasons"] == [reason]
    assert failure.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    deadline = time.monotonic() + 20
    passed = False
    while not passed:
        try:
            throttled.put_item(TableName=table, Item=item("b"))
            passed = True
        except Exception:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_a_read_too_many_is_refused(throttled: Any) -> None:
    table = make(throttled, "id:S", write=10)
    throttled.put_item(TableName=table, Item=large("a"))
    throttled.get_item(TableName=table, Key=item("a"), ConsistentRead=True)
    with fails(EXCEEDED, TABLE) as failure:
        throttled.get_item(TableName=table, Key=item("a"))
    assert failure.response["ThrottlingReasons"][0]["reason"] == "TableReadProvisionedThroughputExceeded"
    with fails(EXCEEDED, TABLE):
        throttled.scan(TableName=table)


def test_a_batch_comes_back_in_part(throttled: Any) -> None:
    table = make(throttled, "id:S")
    requests = [{"PutRequest": {"Item": large("a")}}, *({"PutRequest": {"Item": item(key)}} for key in "bc")]
    answer = throttled.batch_write_item(RequestItems={table: requests})
    assert answer["UnprocessedItems"] == {table: requests[1:]}
    with fails(EXCEEDED, TABLE):
        throttled.batch_write_item(RequestItems=answer["UnprocessedItems"])
    keys = [item(key) for key in "abc"]
    got = throttled.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    assert got["Responses"] == {table: [large("a")]}
    assert got["UnprocessedKeys"] == {table: {"Keys": keys[1:], "ConsistentRead": True}}
    with fails(EXCEEDED, TABLE):
        throttled.batch_get_item(RequestItems=got["UnprocessedKeys"])


def test_an_index_too_small_refuses_the_writes_that_change_it(throttled: Any) -> None:
    definitions = key_schema("id:S", "place:S")["AttributeDefinitions"]
    index = {
        "IndexName": "by_place",
        "KeySchema": [{"AttributeName": "place", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        **throughput(1, 1),
    }
    throttled.create_table(
        TableName="meters",
        **{**key_schema("id:S"), "AttributeDefinitions": definitions},
        **throughput(50, 50),
        GlobalSecondaryIndexes=[index],
    )
    throttled.get_waiter("table_exists").wait(TableName="meters")
    throttled.put_item(TableName="meters", Item={**large("a"), "place": {"S": "x"}})
    with fails(EXCEEDED, INDEX) as failure:
        throttled.put_item(TableName="meters", Item={**item("b"), "place": {"S": "x"}})
    reason = {"reason": "IndexWriteProvisionedThroughputExceeded", "resource": f"{ARN}/index/by_place"}
    assert failure.response["ThrottlingReasons"] == [reason]
    throttled.put_item(TableName="meters", Item=item("b"))


def test_a_transaction_says_which_action_was_refused(throttled: Any) -> None:
    exhaust(throttled, make(throttled, "id:S"))
    with fails("TransactionCanceledException") as failure:
        throttled.transact_write_items(TransactItems=[{"Put": {"TableName": "meters", "Item": item("b")}}])
    assert failure.response["CancellationReasons"] == [{"Code": "ProvisionedThroughputExceeded", "Message": TABLE}]


def test_another_throughput_counts_at_once(throttled: Any) -> None:
    table = make(throttled, "id:S")
    exhaust(throttled, table)
    throttled.update_table(TableName=table, **throughput(1, 1_000))
    time.sleep(0.1)
    for number in range(20):
        throttled.put_item(TableName=table, Item=item(str(number)))


def test_a_maximum_of_a_table_paid_per_request_is_kept(throttled: Any) -> None:
    throttled.create_table(
        TableName="meters",
        BillingMode="PAY_PER_REQUEST",
        OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1},
        **key_schema("id:S"),
    )
    throttled.get_waiter("table_exists").wait(TableName="meters")
    failure = exhaust(throttled, "meters", "ThrottlingException", MAXIMUM)
    reason = {"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": ARN}
    assert failure.response["throttlingReasons"] == [reason]


def test_a_database_throttles_nothing_by_itself(ddb: Any) -> None:
    table = make(ddb, "id:S")
    for number in range(30):
        ddb.put_item(TableName=table, Item=item(str(number)))


def test_a_client_of_boto3_tries_again_by_itself() -> None:
    import statordb

    with statordb.connect(throttling=True) as database:
        client = boto_in_process(database)
        table = make(client, "id:S", write=4)
        for number in range(6):
            client.put_item(TableName=table, Item=item(str(number)))
        assert client.scan(TableName=table, ReturnConsumedCapacity="NONE")["Count"] == 6
