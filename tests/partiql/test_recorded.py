"""Statements, one after the other, answer what DynamoDB Local 3.3.1 answered, but where AWS is known to answer otherwise."""

from __future__ import annotations

import json

import pytest
from bench.servers import local_server, statordb_server

from conftest import boto_client
from partiql.differences import DIFFERENCES, difference_of
from partiql.script import FOLDER, NAMES, answer, call, calls, prepare
from statordb.partiql.reserved import RESERVED
from tables import drop_all_tables

LITERALS = {"missing", "true", "false", "null"}


def recorded(name: str) -> list:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_those_recorded(ddb, name) -> None:
    prepare(ddb)
    unexplained = []
    for line, local in recorded(name):
        made = call(line)
        ours = json.loads(json.dumps(answer(ddb, made)))
        if difference_of(made, ours, local) is None:
            unexplained.append((line, ours, local))
    assert not unexplained


def test_everything_in_the_scripts_is_recorded() -> None:
    for name in NAMES:
        assert [line for line, _ in recorded(name)] == [made.line for made in calls(name)]


def test_every_difference_is_met() -> None:
    import statordb

    met = set()
    for name in NAMES:
        with statordb.connect() as db:
            ddb = db.client()
            prepare(ddb)
            for line, local in recorded(name):
                made = call(line)
                met.add(difference_of(made, json.loads(json.dumps(answer(ddb, made))), local))
    # What the typed door refuses before the engine is met through the others.
    unmet = {known.name for known in DIFFERENCES} - met
    assert unmet <= {"statement that is no text", "wording"}


def test_words_that_are_no_names_are_those_recorded() -> None:
    words = json.loads((FOLDER / "words.json").read_text())
    assert set(words["refused"]) - LITERALS == RESERVED
    assert not RESERVED & set(words["taken"])


def test_a_live_run_has_no_divergence(record_property) -> None:
    local = local_server()
    if local is None:
        pytest.skip("DynamoDB Local is not there: `make peers` fetches it, and it needs a Java runtime")
    unexplained, count = [], 0
    with statordb_server() as ours, local:
        doors = [boto_client(f"http://127.0.0.1:{server.port}") for server in (ours, local)]
        for name in NAMES:
            for ddb in doors:
                prepare(ddb)
            for made in calls(name):
                one, other = (json.loads(json.dumps(answer(ddb, made))) for ddb in doors)
                count += 1
                if difference_of(made, one, other) is None:
                    unexplained.append((made.line, one, other))
            for ddb in doors:
                drop_all_tables(ddb)
    record_property("summary", f"partiql: {count} calls beside DynamoDB Local")
    assert not unexplained
