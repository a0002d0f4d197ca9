"""Databases on disk, as a program uses them: opened again, shared with nobody, looked after."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import statordb
from statordb.errors import ClosedError, DamagedError, FormatError, InUseError, StorageError

BOOK = {"isbn": "0-262-51087-1", "title": "SICP", "pages": 657}


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "app.stator")


def filled(path: str, **options: Any) -> statordb.Database:
    db = statordb.connect(path, **options)
    db.create_table("books", "isbn").put(BOOK)
    return db


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "statordb", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("durability", ["full", "os"])
def test_what_was_written_is_there_when_the_database_is_opened_again(path: str, durability: str) -> None:
    with filled(path, durability=durability) as db:
        assert db.path == path
    with statordb.connect(path) as db:
        assert db.tables() == ["books"]
        assert db.table("books").get({"isbn": BOOK["isbn"]}) == BOOK
        assert db.client().describe_table(TableName="books")["Table"]["ItemCount"] == 1


def test_what_was_answered_outlives_the_process_that_wrote_it(path: str) -> None:
    program = """
import os, statordb, sys
db = statordb.connect(sys.argv[1])
books = db.create_table("books", "isbn")
for number in range(100):
    books.put({"isbn": str(number)})
os.kill(os.getpid(), 9)
"""
    assert run(program, path).returncode == -9
    with statordb.connect(path) as db:
        assert len(list(db.table("books").scan())) == 100


def test_settings_streams_and_iterators_are_there_again(path: str) -> None:
    with statordb.connect(path) as db:
        client = db.client()
        client.create_table(
            TableName="events",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            Tags=[{"Key": "team", "Value": "blue"}],
        )
        client.update_time_to_live(
            TableName="events", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
        )
        db.table("events").put({"id": "a"})
        before = client.describe_table(TableName="events")["Table"]
        arn = before["LatestStreamArn"]
        shard = db.streams().describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = db.streams().get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    with statordb.connect(path) as db:
        client = db.client()
        db.table("events").put({"id": "b"})
        after = client.describe_table(TableName="events")["Table"]
        assert {**after, "ItemCount": 1, "TableSizeBytes": before["TableSizeBytes"]} == before
        assert client.list_tags_of_resource(ResourceArn=before["TableArn"])["Tags"] == [
            {"Key": "team", "Value": "blue"}
        ]
        told = client.describe_time_to_live(TableName="events")["TimeToLiveDescription"]
        assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
        records = db.streams().get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        assert [record["dynamodb"]["Keys"]["id"]["S"] for record in records] == ["a", "b"]


def test_a_transaction_is_idempotent_over_a_restart(path: str) -> None:
    add = {
        "Update": {
            "TableName": "books",
            "Key": {"isbn": {"S": BOOK["isbn"]}},
            "UpdateExpression": "ADD pages :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    with filled(path) as db:
        db.client().transact_write_items(TransactItems=[add], ClientRequestToken="once")
    with statordb.connect(path) as db:
        db.client().transact_write_items(TransactItems=[add], ClientRequestToken="once")
        assert db.table("books").get({"isbn": BOOK["isbn"]})["pages"] == 658


def test_a_second_owner_is_told_who_the_first_is(path: str) -> None:
    with filled(path):
        with pytest.raises(InUseError, match=f"in use by process {os.getpid()}"):
            statordb.connect(path)
        done = run("import statordb, sys; statordb.connect(sys.argv[1])", path)
        assert f"in use by process {os.getpid()}" in done.stderr
    with statordb.connect(path) as db:
        assert db.tables() == ["books"]


def test_a_forked_child_is_refused_and_harms_nothing(path: str) -> None:
    program = """
import os, statordb, sys
db = statordb.connect(sys.argv[1])
books = db.create_table("books", "isbn")
books.put({"isbn": "1"})
child = os.fork()
if child == 0:
    for call in (lambda: books.get({"isbn": "1"}), lambda: books.put({"isbn": "2"}), db.tables, db.check):
        try:
            call()
        except statordb.errors.ClosedError as error:
            assert "forked" in str(error), error
        else:
            os._exit(1)
    db.close()
    del books, db
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
books.put({"isbn": "3"})
db.close()
db = statordb.connect(sys.argv[1])
assert sorted(book["isbn"] for book in db.table("books").scan()) == ["1", "3"]
assert db.check()["damage"] == []
"""
    done = run(program, path)
    assert (done.returncode, done.stderr) == (0, "")


def test_children_forked_while_threads_write_can_use_a_database_of_their_own(path: str) -> None:
    program = """
import os, signal, statordb, sys, threading
db = statordb.connect(sys.argv[1], memory_bytes_max=2**26)
books = db.create_table("books", "isbn")
over = threading.Event()

def write(writer):
    number = 0
    while not over.is_set():
        number += 1
        books.put({"isbn": f"{writer}-{number % 5000}", "text": "x" * (number * 37 % 20000)})

writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
for writer in writers:
    writer.start()
for _ in range(100):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        own = statordb.connect()
        notes = own.create_table("notes", "id")
        for number in range(30):
            notes.put({"id": str(number), "text": "y" * (number * 1013 % 30000)})
        os._exit(0 if len(list(notes.scan())) == 30 else 1)
    assert os.waitpid(child, 0)[1] == 0
over.set()
for writer in writers:
    writer.join()
assert db.check()["damage"] == []
"""
    done = run(program, path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_that_outlives_its_parent_keeps_nobody_out(path: str) -> None:
    program = """
import os, statordb, sys, time
db = statordb.connect(sys.argv[1])
if os.fork() == 0:
    os.close(1); os.close(2)
    time.sleep(20)
    os._exit(0)
os._exit(0)
"""
    assert run(program, path).returncode == 0
    statordb.connect(path).close()


def test_many_threads_write_at_once(path: str) -> None:
    with filled(path) as db:
        books = db.table("books")
        threads = [
            threading.Thread(target=lambda start=start: [books.put({"isbn": str(start + n)}) for n in range(50)])
            for start in range(0, 800, 100)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list(books.scan())) == 401


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": ":memory:", "durability": "os"}, "`durability` is for a database on disk"),
        ({"path": ":memory:", "memory_bytes_max": 2**28}, "`memory_bytes_max` is for a database on disk"),
        ({"path": "here", "durability": "memory"}, "keeps nothing on disk"),
        ({"path": "here", "durability": "some"}, "one of full, os, memory"),
        ({"path": "here", "memory_bytes_max": 1024}, "at least 16777216"),
    ],
)
def test_an_option_that_cannot_be_honoured_is_refused(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    if arguments["path"] == "here":
        arguments = {**arguments, "path": tmp_path / "app.stator"}
    with pytest.raises(ValueError, match=message):
        statordb.connect(**arguments)
    assert not (tmp_path / "app.stator").exists()


def test_memory_may_be_named() -> None:
    statordb.connect(durability="memory").close()


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FormatError, match=r"notes\.txt"):
        statordb.connect(tmp_path)
    with pytest.raises(FormatError, match="is a file"):
        statordb.connect(tmp_path / "notes.txt")
    with pytest.raises(StorageError, match="not/there"):
        statordb.connect(tmp_path / "not" / "there")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def damage(path: str, prefix: str, place: float) -> str:
    """Turns one bit of a file around; returns the file's name."""
    file = min(Path(path).glob(f"{prefix}*"))
    held = bytearray(file.read_bytes())
    held[int(len(held) * place)] ^= 4
    file.write_bytes(held)
    return file.name


def test_damage_is_told_with_the_file_and_the_place(path: str) -> None:
    with filled(path) as db:
        for number in range(2_000):
            db.table("books").put({"isbn": str(number), "title": "x" * 100})
    name = damage(path, "sealed-", 0.5)
    with statordb.connect(path) as db:
        (found,) = db.check()["damage"]
        assert name in found
        assert "byte" in found
    done = cli("check", path)
    assert done.returncode == 1
    assert name in done.stderr
    name = damage(path, "manifest-", 0.5)
    with pytest.raises(DamagedError, match=name):
        statordb.connect(path)


def test_a_backup_is_a_database_of_its_own(path: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.stator"
    with filled(path) as db:
        db.backup(copy)
        db.table("books").put({"isbn": "later"})
        with statordb.connect(copy) as backup:
            assert list(backup.table("books").scan()) == [BOOK]
        with pytest.raises(FormatError, match="not empty"):
            db.backup(copy)


def test_files_become_small_again(path: str) -> None:
    with filled(path) as db:
        books = db.table("books")
        for _ in range(3):
            for number in range(300):
                books.put({"isbn": str(number), "title": "x" * 1_000})
            db.compact()
        before = db.stats()["sealed_bytes"]
        db.delete_table("books")
        db.compact()
        assert db.stats()["sealed_bytes"] < before / 10
        assert before < 600_000
        assert db.stats()["log_bytes"] > 0


def test_a_database_in_memory_has_no_files() -> None:
    with statordb.connect() as db:
        for call in (db.compact, db.stats, lambda: db.backup("nowhere")):
            with pytest.raises(ValueError, match="in memory"):
                call()


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_everything_that_is_stored_is_looked_at(path: str, is_on_disk: bool) -> None:
    with statordb.connect(path) if is_on_disk else statordb.connect() as db:
        db.client().create_table(
            TableName="films",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "genre")],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-genre",
                    "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        for number in range(20):
            db.table("films").put(
                {"id": str(number), "genre": f"genre-{number % 3}"} if number % 2 else {"id": str(number)}
            )
        if is_on_disk:
            db.compact()
        found = db.check()
        assert found["damage"] == []
        looked_at = {name: found[name] for name in ("tables", "items", "index_entries", "stream_records")}
        assert looked_at == {"tables": 1, "items": 20, "index_entries": 10, "stream_records": 20}
        assert [found[name] > 0 for name in ("files", "sections", "blocks", "entries")] == [is_on_disk] * 4


def test_a_check_under_writers_raises_no_false_alarm(path: str) -> None:
    with filled(path) as db:
        books, is_over = db.table("books"), threading.Event()

        def write(start: int) -> None:
            number = start
            while not is_over.is_set():
                books.put({"isbn": f"{start}-{number % 50}", "pages": number})
                books.delete({"isbn": f"{start}-{(number + 7) % 50}"})
                number += 1

        threads = [threading.Thread(target=write, args=(start,)) for start in range(4)]
        for thread in threads:
            thread.start()
        found = [db.check()["damage"] for _ in range(10)]
        is_over.set()
        for thread in threads:
            thread.join()
        assert found == [[]] * 10


def test_a_closed_database_stays_closed(path: str) -> None:
    db = filled(path)
    db.close()
    db.close()
    for call in (db.tables, db.check, db.stats):
        with pytest.raises(ClosedError):
            call()


def test_the_commands_look_after_files(path: str, tmp_path: Path) -> None:
    filled(path).close()
    told = cli("check", path).stdout
    assert "is whole" in told
    assert "looked at: tables 1, items 1, index entries 0, stream records 0" in told
    assert "bytes now" in cli("compact", path).stdout
    assert "is copied to" in cli("backup", path, str(tmp_path / "copy")).stdout
    for command in (["check"], ["compact"], ["backup", "nowhere"]):
        done = cli(command[0], str(tmp_path / "none"), *command[1:])
        assert (done.returncode, "there is no database at" in done.stderr) == (1, True)


def test_a_server_keeps_what_it_is_told(path: str) -> None:
    with filled(path) as db, db.serve() as server:
        from conftest import boto_client

        client = boto_client(server.url)
        client.put_item(TableName="books", Item={"isbn": {"S": "over-http"}})
        assert client.get_item(TableName="books", Key={"isbn": {"S": "over-http"}})["Item"]
    with statordb.connect(path) as db:
        assert db.table("books").get({"isbn": "over-http"}) == {"isbn": "over-http"}


def test_opening_again_and_again_does_not_make_more_and_more_files(path: str) -> None:
    with statordb.connect(path) as db:
        db.client().create_table(
            TableName="events",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
    for number in range(40):
        with statordb.connect(path) as db:
            db.table("events").put({"id": str(number)})
            db.compact()
    assert len(list(Path(path).iterdir())) < 30
    with statordb.connect(path) as db:
        assert db.check()["damage"] == []
        assert len(list(db.table("events").scan())) == 40
