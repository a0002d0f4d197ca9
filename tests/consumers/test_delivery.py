"""What a function is given, and when: events, batches, windows, filters, positions."""

from __future__ import annotations

import json
import threading
import time

import pytest

import statordb

from .conftest import Noted, eventually, ids_of


def put(table: statordb.Table, *ids: str, **attributes: object) -> None:
    for each in ids:
        table.put({"id": each, **attributes})


def test_an_event_has_the_form_of_lambdas(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted()
    db.event_source_mapping(noted, "orders")
    orders.put({"id": "1", "data": b"\x00\xff", "tags": {"a"}, "n": 7, "deep": {"list": [None, True]}})
    orders.put({"id": "1", "n": 8})
    orders.delete({"id": "1"})
    eventually(lambda: len(noted.flat()) == 3)
    inserted, modified, removed = [record for event in noted.events for record in event["Records"]]
    stream = db.streams().list_streams()["Streams"][0]["StreamArn"]
    assert sorted(inserted) == [
        "awsRegion",
        "dynamodb",
        "eventID",
        "eventName",
        "eventSource",
        "eventSourceARN",
        "eventVersion",
    ]
    assert {
        name: inserted[name] for name in ("awsRegion", "eventName", "eventSource", "eventSourceARN", "eventVersion")
    } == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": stream,
        "eventVersion": "1.1",
    }
    assert int(inserted["eventID"], 16) >= 0
    change = inserted["dynamodb"]
    assert abs(change["ApproximateCreationDateTime"] - time.time()) < 60
    assert change["Keys"] == {"id": {"S": "1"}}
    assert change["NewImage"] == {
        "id": {"S": "1"},
        "data": {"B": "AP8="},
        "tags": {"SS": ["a"]},
        "n": {"N": "7"},
        "deep": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": True}]}}},
    }
    assert "OldImage" not in change
    assert (change["StreamViewType"], len(change["SequenceNumber"])) == ("NEW_AND_OLD_IMAGES", 21)
    assert [modified["eventName"], modified["dynamodb"]["OldImage"]["n"], modified["dynamodb"]["NewImage"]] == [
        "MODIFY",
        {"N": "7"},
        {"id": {"S": "1"}, "n": {"N": "8"}},
    ]
    assert (removed["eventName"], "NewImage" in removed["dynamodb"]) == ("REMOVE", False)
    assert all("userIdentity" not in record for record in (inserted, modified, removed))
    json.dumps(noted.events)


def test_an_event_is_what_get_records_answers(db: statordb.Database, orders: statordb.Table) -> None:
    put(orders, "1", "2", text='quotes " and \\ and \n and \x01 and ü')
    noted = Noted()
    db.event_source_mapping(noted, "orders")
    eventually(lambda: len(noted.flat()) == 2)
    streams = db.streams()
    stream = streams.list_streams()["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    for record, given in zip(records, noted.events[0]["Records"], strict=True):
        created = record["dynamodb"].pop("ApproximateCreationDateTime")
        assert given["dynamodb"].pop("ApproximateCreationDateTime") == created.timestamp()
        assert given.pop("eventSourceARN") == stream
        assert given == record


def test_the_size_of_an_event_is_that_of_its_json(db: statordb.Database, orders: statordb.Table) -> None:
    put(orders, "1", text='" \\ \n \x01 ü', data=b"123", tags={"a", "bc"}, n=10**20, deep={"k": [1, None, False, {}]})
    stream = db.streams().list_streams()["Streams"][0]["StreamArn"]
    reader = db._core.stream_reader(stream)
    ((shard, _, _),) = reader.shards()
    events, _, sizes, *_ = reader.read(shard, 0, 10)
    exact = [len(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()) for event in events]
    assert all(size - 60 <= real <= size for size, real in zip(sizes, exact, strict=True)), (sizes, exact)


def test_an_item_that_ttl_removes_says_who_did(db: statordb.Database, orders: statordb.Table) -> None:
    db.client().update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    noted = Noted()
    db.event_source_mapping(noted, "orders", filters=[{"eventName": ["REMOVE"]}])
    put(orders, "old", until=int(time.time()) + 60)
    db.clock.advance(minutes=2)
    assert db.expire() == 1
    eventually(lambda: noted.flat() == ["old"])
    assert noted.events[0]["Records"][0]["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }


def test_the_context_tells_of_the_invocation(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted()
    db.event_source_mapping(noted, "orders", name="take-orders")
    put(orders, "1")
    eventually(lambda: noted.contexts)
    (context,) = noted.contexts
    assert context.function_name == "take-orders"
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:000000000000:function:take-orders"
    assert (context.function_version, context.memory_limit_in_mb) == ("$LATEST", "128")
    assert context.log_group_name == "/aws/lambda/take-orders"
    assert 0 < context.get_remaining_time_in_millis() <= 900_000
    assert len(context.aws_request_id) == 36


def test_trim_horizon_begins_with_what_is_there_and_latest_with_what_comes(
    db: statordb.Database, orders: statordb.Table
) -> None:
    put(orders, "before")
    all_of_it, latest = Noted(), Noted()
    db.event_source_mapping(all_of_it, "orders", name="all", starting_position="TRIM_HORIZON")
    db.event_source_mapping(latest, "orders", name="latest", starting_position="LATEST")
    put(orders, "behind")
    eventually(lambda: all_of_it.flat() == ["before", "behind"] and latest.flat())
    assert latest.flat() == ["behind"]


def test_a_batch_has_no_more_records_than_its_size(db: statordb.Database, orders: statordb.Table) -> None:
    put(orders, *map(str, range(25)))
    noted = Noted()
    db.event_source_mapping(noted, "orders", batch_size=10)
    eventually(lambda: len(noted.flat()) == 25)
    assert [len(batch) for batch in noted.ids()] == [10, 10, 5]
    assert noted.flat() == [str(number) for number in range(25)]


def test_without_a_window_a_function_runs_as_soon_as_there_is_a_record(
    db: statordb.Database, orders: statordb.Table
) -> None:
    noted = Noted()
    db.event_source_mapping(noted, "orders")
    for each in "abc":
        put(orders, each)
        eventually(lambda each=each: noted.flat()[-1:] == [each])
    assert noted.ids() == [["a"], ["b"], ["c"]]


def test_a_window_waits_for_more_by_the_clock_of_the_database(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted()
    db.event_source_mapping(noted, "orders", maximum_batching_window_in_seconds=300, batch_size=3)
    put(orders, "a", "b")
    time.sleep(0.1)
    assert noted.events == []
    db.clock.advance(minutes=6)
    eventually(lambda: noted.ids() == [["a", "b"]])
    put(orders, "c", "d", "e", "f")
    eventually(lambda: noted.ids() == [["a", "b"], ["c", "d", "e"]])
    time.sleep(0.05)
    assert len(noted.events) == 2, "the fourth waits for its own window"


def test_a_batch_is_no_larger_than_what_lambda_takes(db: statordb.Database, orders: statordb.Table) -> None:
    # 522 KB of JSON each, since a control character takes six bytes there.
    put(orders, *map(str, range(16)), text="\x01" * 87_000)
    noted = Noted()
    db.event_source_mapping(noted, "orders", batch_size=1000)
    eventually(lambda: len(noted.flat()) == 16)
    sizes = [len(json.dumps(event, separators=(",", ":"))) for event in noted.events]
    assert max(sizes) <= 6 * 1024 * 1024
    assert [len(batch) for batch in noted.ids()] == [12, 4]
    assert noted.flat() == [str(number) for number in range(16)]


def test_filters_are_alternatives_and_what_they_leave_out_is_not_counted(
    db: statordb.Database, orders: statordb.Table
) -> None:
    noted = Noted()
    wanted = [{"dynamodb": {"NewImage": {"kind": {"S": [kind]}}}} for kind in ("a", "b")]
    mapping = db.event_source_mapping(
        noted, "orders", filters=wanted, batch_size=4, maximum_batching_window_in_seconds=60
    )
    for number in range(24):
        put(orders, str(number), kind="abc"[number % 3])
    eventually(lambda: len(noted.flat()) == 16)
    assert {len(batch) for batch in noted.ids()} == {4}
    assert noted.flat() == [str(number) for number in range(24) if number % 3 < 2]
    eventually(lambda: mapping.status()["lag_ms"] == 0)


def test_what_filters_leave_out_is_passed_for_good(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted()
    mapping = db.event_source_mapping(noted, "orders", filters=[{"eventName": ["REMOVE"]}])
    put(orders, *map(str, range(50)))
    last = eventually(lambda: mapping.status()["shards"][0]["after"])
    mapping.stop()
    kept = json.loads(
        dict(db._core.documents(f"mapping/{mapping.uuid}/"))[f"mapping/{mapping.uuid}/{mapping.reader.shards()[0][0]}"]
    )
    assert kept["after"] >= last > 0


def test_a_function_gets_an_event_of_its_own_each_time(db: statordb.Database, orders: statordb.Table) -> None:
    seen = []

    def spoil(event: dict, context: object) -> None:
        seen.append(ids_of(event))
        event["Records"][0]["dynamodb"]["Keys"] = None
        event["Records"].clear()
        if len(seen) < 3:
            raise RuntimeError("again")

    db.event_source_mapping(spoil, "orders")
    put(orders, "a")
    eventually(lambda: len(seen) == 3)
    assert seen == [["a"], ["a"], ["a"]]


def test_a_disabled_mapping_keeps_its_place(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted()
    mapping = db.event_source_mapping(noted, "orders", enabled=False)
    assert mapping.state == "Disabled"
    put(orders, "a")
    mapping.start()
    eventually(lambda: noted.flat() == ["a"])
    mapping.stop()
    assert mapping.state == "Disabled"
    put(orders, "b")
    time.sleep(0.05)
    assert noted.flat() == ["a"]
    mapping.start()
    eventually(lambda: noted.flat() == ["a", "b"])


def test_a_mapping_goes_on_after_a_restart(tmp_path: object) -> None:
    first, second = Noted(), Noted()
    with statordb.connect(f"{tmp_path}/app.stator") as db:
        table = db.create_table("orders", "id", stream="NEW_IMAGE")
        db.event_source_mapping(first, "orders", name="take")
        put(table, "a", "b")
        eventually(lambda: first.flat() == ["a", "b"])
    with statordb.connect(f"{tmp_path}/app.stator") as db:
        put(db.table("orders"), "c")
        db.event_source_mapping(second, "orders", name="take")
        eventually(lambda: second.flat() == ["c"])


def test_a_mapping_of_a_new_table_of_the_same_name_is_another_one(
    db: statordb.Database, orders: statordb.Table
) -> None:
    old, new = Noted(), Noted()
    mapping = db.event_source_mapping(old, "orders", name="take")
    put(orders, "a")
    eventually(lambda: old.flat() == ["a"])
    db.delete_table("orders")
    db.create_table("orders", "id", stream="NEW_IMAGE")
    other = db.event_source_mapping(new, "orders", name="take")
    put(db.table("orders"), "b")
    eventually(lambda: new.flat() == ["b"])
    assert old.flat() == ["a"]
    assert mapping.uuid != other.uuid


def test_the_same_function_and_stream_twice_is_a_conflict(db: statordb.Database, orders: statordb.Table) -> None:
    mapping = db.event_source_mapping(Noted(), "orders")
    with pytest.raises(statordb.ClientError, match=mapping.uuid) as caught:
        db.event_source_mapping(Noted(), "orders")
    assert caught.value.code == "ResourceConflictException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_a_table_without_a_stream_is_refused_with_what_to_do(db: statordb.Database) -> None:
    db.create_table("plain", "id")
    with pytest.raises(ValueError, match="StreamSpecification"):
        db.event_source_mapping(Noted(), "plain")


def test_a_stream_that_was_disabled_is_read_to_its_end(db: statordb.Database, orders: statordb.Table) -> None:
    put(orders, "a", "b")
    stream = db.streams().list_streams()["Streams"][0]["StreamArn"]
    db.client().update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    noted = Noted()
    mapping = db.event_source_mapping(noted, stream)
    eventually(lambda: noted.flat() == ["a", "b"])
    eventually(lambda: mapping.status()["shards"] == [])


def test_children_come_after_their_parents(db: statordb.Database, orders: statordb.Table) -> None:
    put(orders, "a")
    held = threading.Event()
    noted = Noted(lambda event: held.wait(20) and None)
    mapping = db.event_source_mapping(noted, "orders")
    eventually(lambda: noted.events)
    db.clock.advance(hours=5)
    put(orders, "a", more=1)
    time.sleep(0.1)
    assert noted.flat() == ["a"], "the child waits for its parent"
    assert len(mapping.reader.shards()) == 2
    held.set()
    eventually(lambda: noted.flat() == ["a", "a"])
    (shard,) = eventually(lambda: mapping.status()["shards"])
    assert shard["id"] == mapping.reader.shards()[1][0]


def test_parallel_lanes_keep_the_order_of_each_item(db: statordb.Database, orders: statordb.Table) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def slow(event: dict) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    noted = Noted(slow)
    db.event_source_mapping(noted, "orders", parallelization_factor=4, batch_size=5)
    for number in range(200):
        put(orders, f"item-{number % 20}", number=number)
    eventually(lambda: len(noted.flat()) == 200)
    by_item: dict[str, list[int]] = {}
    for event in noted.events:
        for record in event["Records"]:
            image = record["dynamodb"]["NewImage"]
            by_item.setdefault(image["id"]["S"], []).append(int(image["number"]["N"]))
    assert all(numbers == sorted(numbers) for numbers in by_item.values())
    assert 1 < most[0] <= 4


def test_one_invocation_at_a_time_without_parallel_lanes(db: statordb.Database, orders: statordb.Table) -> None:
    lock = threading.Lock()

    def alone(event: dict) -> None:
        assert lock.acquire(blocking=False)
        time.sleep(0.001)
        lock.release()

    noted = Noted(alone)
    mapping = db.event_source_mapping(noted, "orders", batch_size=1)
    put(orders, *map(str, range(50)))
    eventually(lambda: len(noted.flat()) == 50)
    assert mapping.status()["last_error"] is None


def test_a_pace_like_awss_reads_four_times_a_second(db: statordb.Database, orders: statordb.Table) -> None:
    noted = Noted()
    db.event_source_mapping(noted, "orders", pace="aws")
    put(orders, "a")
    time.sleep(0.05)
    put(orders, "b")
    eventually(lambda: noted.flat() == ["a", "b"])
    with pytest.raises(ValueError, match="pace"):
        db.event_source_mapping(noted, "orders", name="other", pace="slow")


def test_closing_a_database_waits_for_the_function_that_runs(db: statordb.Database, orders: statordb.Table) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(event: dict, context: object) -> None:
        begun.set()
        time.sleep(0.2)
        ended.set()

    db.event_source_mapping(slow, "orders")
    put(orders, "a")
    assert begun.wait(10)
    db.close()
    assert ended.is_set()


def test_consumers_are_told_of(db: statordb.Database, orders: statordb.Table) -> None:
    def fail(event: dict, context: object) -> None:
        raise RuntimeError("no")

    mapping = db.event_source_mapping(fail, "orders", maximum_retry_attempts=1)
    put(orders, "a")
    eventually(lambda: mapping.status()["discarded"] == 1)
    (told,) = db.consumers()
    assert (told["function"], told["table"], told["state"]) == ("fail", "orders", "Enabled")
    assert (told["last_error"], told["retries"], told["delivered"]) == ("RuntimeError: no", 1, 0)
    assert told["last_result"] == "PROBLEM: Function call failed"
    assert told["lag_ms"] == 0
    assert not told["feeds_itself"]


def test_a_function_that_feeds_its_own_stream_is_warned_of(
    db: statordb.Database, orders: statordb.Table, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "statordb.streams")

    def echo(event: dict, context: object) -> None:
        for each in ids_of(event):
            if len(each) < 5:
                orders.put({"id": each + "a"})

    mapping = db.event_source_mapping(echo, "orders")
    put(orders, "a")
    eventually(lambda: mapping.status()["feeds_itself"])
    eventually(lambda: mapping.status()["delivered"] == 5)
    assert sum("whose stream it reads" in message for message in caplog.messages) == 1
