"""The command `statordb shell`: typed at a prompt, and read from a pipe."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import statordb as package
from statordb.cli import main
from statordb.shell.catalog import Catalog
from statordb.shell.commands import COMMANDS
from statordb.shell.completion import StatementCompleter
from statordb.shell.history import BYTES_MAX, history_path, prepared
from statordb.shell.prompt import interact
from statordb.shell.session import Session

if TYPE_CHECKING:
    from pathlib import Path

TAB, ENTER, CTRL_C, CTRL_D, UP = "\t", "\r", "\x03", "\x04", "\x1b[A"


@pytest.fixture(autouse=True)
def history(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "state" / "history"
    monkeypatch.setenv("STATORDB_HISTORY", str(path))
    monkeypatch.setenv("COLUMNS", "80")
    return path


@pytest.fixture
def films(statordb):
    statordb.client().create_table(
        TableName="films",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in ("sS", "yN", "gS")],
        KeySchema=[{"AttributeName": "s", "KeyType": "HASH"}, {"AttributeName": "y", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-genre",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    films = statordb.table("films")
    films.put({"s": "Ghibli", "y": 1988, "title": "Totoro", "order": 1, "people": {"b", "a"}})
    films.put({"s": "Ghibli", "y": 2001, "title": "Chihiro", "note": None})
    return films


def session(database, out=None, **settings):
    out = out or io.StringIO()
    return Session(database, out, out, is_interactive=True, timer=False, **settings)


def told(database, *lines, **settings):
    """What a session at a terminal prints for statements and commands."""
    at_terminal = session(database, **settings)
    for line in lines:
        at_terminal.do(line)
    return at_terminal.out.getvalue()


def typed(database, *keys):
    """What the shell prints when these keys are typed; after a tab there is time for what it completes."""
    at_terminal = session(database)

    def wait_for(is_there) -> None:
        deadline = time.monotonic() + 5
        while not is_there() and time.monotonic() < deadline:
            time.sleep(0.01)

    def type_all(pipe, application) -> None:
        before = ""
        for some in keys:
            if some != TAB:
                pipe.send_text(some)
                before = some if some.isprintable() else before
                continue
            wait_for(lambda: application.app is not None)
            buffer = application.app.current_buffer
            wait_for(lambda: before in buffer.text)  # noqa: B023 (called at once)
            text = buffer.text
            pipe.send_text(TAB)
            wait_for(lambda: buffer.text != text)  # noqa: B023 (called at once)
        # Whatever came of it, this ends it.
        pipe.send_text(CTRL_C + CTRL_D)

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()) as application:
        typist = threading.Thread(target=type_all, args=(pipe, application))
        typist.start()
        interact(at_terminal)
        typist.join()
    return at_terminal.out.getvalue()


def script(path, text):
    return CliRunner().invoke(main, ["shell", str(path)], input=text)


# -------------------------------------------------------------------------------------------------------------- typing


def test_a_statement_spans_lines_and_ends_with_a_semicolon(films, statordb) -> None:
    printed = typed(statordb, "SELECT title" + ENTER, "FROM films" + ENTER, "WHERE y > 1990;" + ENTER, CTRL_D)
    assert printed == "title  \n───────\nChihiro\n1 row\n"


def test_several_statements_of_one_input_run_up_to_the_first_error(films, statordb) -> None:
    text = "DELETE FROM films WHERE s = 'Ghibli' AND y = 1988; SELECT * FROM nosuch; DELETE FROM films WHERE s = 'x';"
    assert typed(statordb, text + ENTER, ".exit" + ENTER) == (
        "done\nResourceNotFoundException: Requested resource not found\n"
    )
    assert films.scan().count() == 1


def test_ctrl_c_drops_what_was_typed_and_ctrl_d_ends(films, statordb) -> None:
    assert typed(statordb, "SELECT 'half" + ENTER, CTRL_C, ".tables" + ENTER, CTRL_D) == "films\n"


def test_tab_completes_while_typing(films, statordb) -> None:
    keys = ["sel", TAB, " ti", " from fil", TAB, " where tit", TAB, " = 'Totoro';", "\x1b[H"]
    # Back to `ti`, which can be completed now that the table is known.
    keys += ["\x1b[C" * len("select ti"), TAB, ENTER, CTRL_D]
    assert typed(statordb, *keys) == "title \n──────\nTotoro\n1 row\n"


def test_what_was_typed_is_remembered_for_its_owner_alone(films, statordb, history) -> None:
    typed(statordb, "SELECT y" + ENTER + "FROM films;" + ENTER, ".exit" + ENTER)
    assert "+SELECT y\n+FROM films;\n" in history.read_text()
    if os.name == "posix":
        assert history.stat().st_mode & 0o777 == 0o600
    assert typed(statordb, UP + UP, ENTER, CTRL_D).count("1988") == 1


def test_a_history_that_cannot_be_kept_is_told_and_done_without(films, statordb, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STATORDB_HISTORY", str(tmp_path / "file" / "history"))
    printed = typed(statordb, ".tables" + ENTER, CTRL_D)
    assert printed.startswith("what is typed is not remembered: ")
    assert printed.endswith("films\n")


def test_a_history_has_its_place_and_an_end(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("STATORDB_HISTORY")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert history_path() == tmp_path / "xdg" / "statordb" / "history"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    if sys.platform == "linux":
        assert history_path() == tmp_path / ".local" / "state" / "statordb" / "history"
    path = tmp_path / "deep" / "history"
    entry = "\n# 2026-01-01 00:00:00\n+SELECT * FROM films;\n"
    prepared(path).write_text(entry * (BYTES_MAX // len(entry) + 2))
    path.chmod(0o644)
    kept = prepared(path).read_text()
    assert BYTES_MAX // 2 - 100 < len(kept) <= BYTES_MAX // 2
    assert kept == entry * (len(kept) // len(entry))
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600


# ---------------------------------------------------------------------------------------------------------- completion

COMPLETED = [
    ("SEL|", ["SELECT"]),
    ("in|", ["insert into"]),
    ("|", ["SELECT", "INSERT INTO", "UPDATE", "DELETE FROM"]),
    ("SELECT * FROM f|", ["films"]),
    ("insert into |", ["films", '"other-1"']),
    ('SELECT * FROM "o|', ['"other-1"']),
    ("SELECT * FROM films.|", ['"by-genre"']),
    ('SELECT * FROM "films"."b|', ['"by-genre"']),
    ("SELECT * FROM films WHERE t|", ["title", "TRUE".lower()]),
    ("SELECT * FROM films WHERE ord|", ['"order"', "order by"]),
    ('SELECT * FROM films WHERE "or|', ['"order"']),
    ("SELECT no| FROM films", ["note", "not", "null"][:2]),
    ("SELECT * FROM films WHERE BEG|", ["begins_with("]),
    ("UPDATE films SET title = if|", ["if_not_exists("]),
    ("SELECT * FROM films; SELECT * FROM films WHERE ti|", ["title"]),
    ("SELECT * FROM nosuch WHERE ti|", []),
    ("SELECT * FROM films WHERE title = 'ti|", []),
    ("SELECT * FROM films -- ti|", []),
    ("SELECT * FROM films /* ti|", []),
    (".s|", [".schema", ".stream"]),
    (".schema fi|", ["films"]),
    (".stream |", ["films", "other-1"]),
    (".mode j|", ["json"]),
    (".timer |", ["on", "off"]),
    (".explain sel|", ["select"]),
    (".explain SELECT * FROM films WHERE ti|", ["title"]),
    (".nosuch f|", []),
]


@pytest.mark.parametrize(("text", "offered"), COMPLETED, ids=[text for text, _ in COMPLETED])
def test_completion_offers_what_may_stand_there(films, statordb, text, offered) -> None:
    statordb.create_table("other-1", "id")
    before, _, after = text.partition("|")
    completer = StatementCompleter(Catalog(statordb))
    found = list(completer.get_completions(Document(before + after, len(before)), CompleteEvent()))
    assert [each.text for each in found] == offered


def test_completion_reads_a_few_items_once(films, statordb) -> None:
    films.batch_write(puts=({"s": "many", "y": number, f"only{number}": 1} for number in range(1000)))
    catalog = Catalog(statordb)
    names = catalog.attributes("films")
    assert names[:3] == ["s", "y", "g"] or set(names[:3]) == {"s", "y", "g"}
    assert len(names) < 60
    films.put({"s": "!", "y": 0, "brand_new": 1})
    assert catalog.attributes("films") is names
    catalog.forget()
    assert catalog.attributes("nosuch") == []


# ------------------------------------------------------------------------------------------------------------ printing


def test_a_table_shows_every_type_and_what_is_missing(statordb, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    table = statordb.create_table("kinds", "list", "id:N")
    table.put({"list": "a", "id": 1, "b": b"\0" * 20, "l": [1, "it's"], "m": {"k": None}, "s": {3, 20}, "t": False})
    table.put({"list": "a", "id": 20, "n": None, "e": "", "esc": "\x1b[2J\nnew"})
    assert [line.rstrip() for line in told(statordb, "SELECT * FROM kinds WHERE \"list\" = 'a';").splitlines()] == [
        "list   id   b                                l              m             s           t       e    esc            n",
        "─" * 118,
        r"a       1   0x0000000000000000… (20 bytes)   [1, 'it''s']   {'k': NULL}   <<3, 20>>   false",
        r"a      20                                                                                     ''   \x1b[2J\nnew   NULL",
        "2 rows",
    ]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_table_fits_the_terminal(statordb, monkeypatch, columns) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    item = {"id": "1", **{f"attribute {number}": f"value {number} " * 9 for number in range(30)}, "wide": "日本" * 50}
    statordb.create_table("wide", "id").put(item)
    *table, left_out, count = told(statordb, "SELECT * FROM wide;").splitlines()
    assert max(map(len, table)) <= columns
    assert re.fullmatch(r"\d\d columns \(.*, …\) left out; `.mode line` shows all", left_out)
    assert count == "1 row"
    assert told(statordb, "SELECT * FROM wide;", mode="line").count(" = ") == 32


def test_modes(films, statordb) -> None:
    statement = "SELECT title, y FROM films WHERE y = 1988;"
    assert told(statordb, ".mode json", statement) == '{"title": "Totoro", "y": 1988}\n1 row\n'
    assert told(statordb, ".mode line", statement, ".mode") == "title = Totoro\n    y = 1988\n\n1 row\nmode is line\n"
    assert told(statordb, ".mode pretty") == "`pretty` is no mode: say one of table, json, line\n"


def test_long_results_are_shown_a_hundred_rows_at_a_time(statordb) -> None:
    statordb.create_table("numbers", "n:N").batch_write(puts=({"n": n} for n in range(250)))
    lines = told(statordb, "SELECT * FROM numbers;", ".more", ".more", ".more", mode="json").splitlines()
    assert lines[100] == lines[201] == "100 rows; `.more` shows the next"
    assert lines[252:] == ["50 rows", "there are no more rows"]
    assert sorted(json.loads(line)["n"] for line in lines if line[0] == "{") == list(range(250))


def test_a_statement_that_fails_leaves_nothing_to_show(statordb) -> None:
    statordb.create_table("numbers", "n:N").batch_write(puts=({"n": n} for n in range(150)))
    lines = told(statordb, "SELECT * FROM numbers;", "SELECT * FROM nosuch;", ".more", mode="json").splitlines()
    assert lines[100:] == [
        "100 rows; `.more` shows the next",
        "ResourceNotFoundException: Requested resource not found",
        "there are no more rows",
    ]


def test_the_timer_tells_how_long_it_took(films, statordb) -> None:
    lines = told(statordb, "SELECT * FROM films;", ".timer on", "SELECT y FROM films;", ".timer").splitlines()
    assert "2 rows" in lines
    assert any(re.fullmatch(r"2 rows \(\d+\.\d ms\)", line) for line in lines)
    assert lines[-1] == "timer is on"


@pytest.mark.parametrize(
    ("statement", "printed"),
    [
        (
            "SELECT * FROM films WHERE s = `x`",
            "SELECT * FROM films WHERE s = `x`\n" + " " * 30 + "^^^\n"
            "ValidationException: Ion Literals are not supported: SYMBOL under key root at 1:31:3\n",
        ),
        (
            "SELECT *\nFROM films\n\tWHERE '日本' = 1 AND s = `x`;",
            " WHERE '日本' = 1 AND s = `x`;\n" + " " * 26 + "^^^\n"
            "ValidationException: Ion Literals are not supported: SYMBOL under key root at 3:25:3\n",
        ),
        (
            ".explain   SELECT * FROM films WHERE s = `x`",
            "SELECT * FROM films WHERE s = `x`\n" + " " * 30 + "^^^\n"
            "ValidationException: Ion Literals are not supported: SYMBOL under key root at 1:31:3\n",
        ),
        (
            "SELECT * FROM films WHERE s = '" + "x" * 500 + "' AND y = `x` AND " + "z" * 500 + " = 1",
            "…" + "x" * 50 + "' AND y = `x` AND " + "z" * 55 + "…\n" + " " * 61 + "^^^\n"
            "ValidationException: Ion Literals are not supported: SYMBOL under key root at 1:542:3\n",
        ),
        ("SELECT * FROM nosuch;", "ResourceNotFoundException: Requested resource not found\n"),
    ],
)
def test_errors_have_carets_under_their_place(films, statordb, statement, printed) -> None:
    assert told(statordb, statement) == printed


# ------------------------------------------------------------------------------------------------------------ commands


def test_schema_tells_all_of_a_table(films, statordb) -> None:
    statordb.client().update_time_to_live(
        TableName="films", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
    )
    assert told(statordb, ".schema films") == (
        "films\n"
        "  partition key  s (S)\n"
        "  sort key       y (N)\n"
        "  global index   by-genre: g (S); with title\n"
        "  billing        on demand\n"
        "  stream         NEW_AND_OLD_IMAGES\n"
        "  time to live   ends\n"
        f"  items          2 of {films.describe()['TableSizeBytes']} bytes\n"
    )
    assert told(statordb, ".create other id:B at:S", ".schema").count("partition key") == 2


def test_tables_come_and_go(statordb) -> None:
    lines = [".create films studio year:N", ".create tags id", ".tables", ".drop films", ".tables", ".drop films"]
    assert told(statordb, *lines).splitlines() == [
        *["made films", "made tags", "films", "tags", "dropped films", "tags"],
        "ResourceNotFoundException: Requested resource not found: Table: films not found",
    ]


def test_parameters_are_for_the_statements_that_have_question_marks(films, statordb) -> None:
    lines = [
        ".params",
        '.params "Ghibli" 2000',
        "SELECT title FROM films WHERE s = ? AND y > ?;",
        "SELECT title FROM films WHERE y = 1988;",
        ".params clear",
        ".params {",
    ]
    assert told(statordb, *lines, mode="json").splitlines() == [
        "no parameters",
        '1: "Ghibli"',
        "2: 2000",
        '{"title": "Chihiro"}',
        "1 row",
        '{"title": "Totoro"}',
        "1 row",
        "no parameters",
        '`{` is no JSON; a text is "in double quotes"',
    ]


def test_consistent_is_a_switch(films, statordb) -> None:
    statement = "SELECT * FROM films.\"by-genre\" WHERE g = 'x';"
    printed = told(statordb, statement, ".consistent on", statement, ".consistent", ".consistent maybe").splitlines()
    assert printed[0] == "0 rows"
    assert printed[1].startswith("ValidationException: ")
    assert printed[2:] == ["consistent is on", "say `.consistent on` or `.consistent off`"]


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        (".nosuch", "`.nosuch` is no command: `.help` lists them"),
        (".create films", "say `.create TABLE KEY[:S|N|B] [SORT[:S|N|B]]`"),
        (".create things id:Q", "`Q` of the key 'id:Q' is no type"),
        (".stream", "say `.stream TABLE`"),
        (".explain", "say `.explain STATEMENT`"),
        (".schema 'films", "No closing quotation"),
        (".more", "there are no more rows"),
        (".tables x", "say `.tables`"),
        (".params " + "[" * 100_000, "`[[["),
    ],
)
def test_a_command_that_cannot_be_is_one_line(statordb, line, printed) -> None:
    found = told(statordb, line)
    assert found.startswith(printed)
    assert found.count("\n") == 1


def test_help_lists_every_command(statordb) -> None:
    printed = told(statordb, ".help")
    for name in COMMANDS:
        assert f"\n{name} " in "\n" + printed


def test_explain_prints_the_plan(films, statordb) -> None:
    statement = "SELECT * FROM films WHERE s = 'x'"
    assert told(statordb, f".explain {statement};") == f"{statordb.explain(statement)}\n"


class Interrupted(io.StringIO):
    """Whoever reads this presses Ctrl-C when a text appears, and does something when another does."""

    def __init__(self, first, do, last) -> None:
        super().__init__()
        self.first, self.do_it, self.last = first, do, last

    def write(self, text) -> int:
        written = super().write(text)
        if self.first in text:
            self.do_it()
        if self.last in text:
            raise KeyboardInterrupt
        return written


def test_a_stream_is_followed_until_ctrl_c(films, statordb) -> None:
    def change() -> None:
        films.update(
            {"s": "Ghibli", "y": 1988}, "SET title = :t REMOVE people ADD seen :one", values={":t": "T", ":one": 1}
        )
        threading.Timer(0.1, films.delete, ({"s": "Ghibli", "y": 2001},)).start()

    out = Interrupted("following", change, "REMOVE")
    at_terminal = session(statordb, out)
    assert at_terminal.do(".stream films")
    assert [re.sub(r"^\d\d:\d\d:\d\d", "TIME", line) for line in out.getvalue().splitlines()] == [
        "TIME  INSERT  {'s': 'Ghibli', 'y': 1988}  order: 1, people: <<'a', 'b'>>, title: Totoro",
        "TIME  INSERT  {'s': 'Ghibli', 'y': 2001}  note: NULL, title: Chihiro",
        "following the stream of films; Ctrl-C stops",
        "TIME  MODIFY  {'s': 'Ghibli', 'y': 1988}  people: was <<'a', 'b'>>, seen: 1, title: Totoro -> T",
        "TIME  REMOVE  {'s': 'Ghibli', 'y': 2001}  note: was NULL, title: was Chihiro",
        "",
    ]


def test_of_a_long_stream_the_latest_changes_are_shown(films, statordb) -> None:
    films.batch_write(puts=({"s": "many", "y": number} for number in range(3000)))
    out = Interrupted("nothing", None, "following")
    session(statordb, out, mode="json").do(".stream films")
    shown = [json.loads(line) for line in out.getvalue().splitlines() if line.startswith("{")]
    assert [change["keys"] for change in shown] == [{"s": "many", "y": y} for y in range(2990, 3000)]
    assert shown[0]["event"] == "INSERT"
    assert shown[0]["new"] == {"s": "many", "y": 2990}


def test_a_table_without_a_stream_is_told(statordb) -> None:
    statordb.create_table("still", "id")
    assert told(statordb, ".stream still").startswith("still has no stream: ")


def test_ctrl_c_ends_a_statement_and_not_the_shell(films, statordb) -> None:
    at_terminal = session(statordb, Interrupted("Ghibli", lambda: None, "Ghibli"))
    assert not at_terminal.do("SELECT s FROM films;")
    assert at_terminal.out.getvalue().endswith("interrupted\n")
    assert at_terminal.do(".tables")


# ------------------------------------------------------------------------------------------------------------- scripts


def test_a_script_is_read_from_a_pipe(tmp_path) -> None:
    text = """
    .create films studio year:N
    -- a comment; with a semicolon and a quote '
    INSERT INTO films VALUE {'studio': 'Ghibli', 'year': 1988, 'title': 'it''s; "this" /* one'};
    /* more;
       of it */ INSERT INTO films VALUE {'studio': 'Ghibli', 'year': 2001}; SELECT title FROM films
      WHERE studio = 'Ghibli' -- ; not yet
      AND "year" < 2000; .tables
    .params 2001
    SELECT * FROM films WHERE "year" = ?"""
    done = script(tmp_path / "new.stator", text)
    assert (done.exit_code, done.stderr) == (0, f"made {tmp_path}/new.stator: it was not there\n".replace("/", os.sep))
    assert done.stdout.splitlines() == [
        '{"title": "it\'s; \\"this\\" /* one"}',
        "films",
        '{"studio": "Ghibli", "year": 2001}',
    ]
    done = script(tmp_path / "new.stator", ".mode table\n.timer on\nSELECT * FROM films;\n.exit\nnonsense;")
    assert done.exit_code == 0
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "studio   year   title",
        "─" * 35,
        'Ghibli   1988   it\'s; "this" /* one',
        "Ghibli   2001",
    ]
    assert re.fullmatch(r"2 rows \(\d+\.\d ms\)\n", done.stderr)


def test_a_script_stops_at_the_first_error() -> None:
    done = script(":memory:", ".create films id\n\nSELECT *\nFROM films\nWHERE id = `x`;\n.create more id\n.tables\n")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "WHERE id = `x`;\n           ^^^\nstatordb: line 3: ValidationException: Ion Literals are not supported: SYMBOL "
        "under key root at 3:12:3\n"
    )
    assert script(":memory:", ".nosuch\n").exit_code == 1
    assert script(":memory:", "SELECT '").exit_code == 1
    endless = script(":memory:", "SELECT '" + ("x" * 99 + "\n") * 11_000)
    assert endless.exit_code == 1
    assert endless.stderr == "statordb: line 1: the statement has no end: is there a `;` or a quote missing?\n"


def test_a_script_prints_all_rows_and_all_changes(films, statordb, tmp_path) -> None:
    rows = 1234
    values = "".join(f"INSERT INTO numbers VALUE {{'n': {n}}};\n" for n in range(rows))
    done = script(":memory:", f".create numbers n:N\n{values}SELECT * FROM numbers;\n")
    assert done.exit_code == 0
    assert sorted(json.loads(line)["n"] for line in done.stdout.splitlines()) == list(range(rows))
    out = io.StringIO()
    assert Session(statordb, out, out, is_interactive=False, mode="json").do(".stream films")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["INSERT", "INSERT"]


def test_what_cannot_be_opened_is_one_line(tmp_path) -> None:
    (tmp_path / "file").write_text("dear")
    for path in (tmp_path / "file", tmp_path / "no" / "such"):
        done = script(path, ".tables\n")
        assert done.exit_code == 1
        assert done.stderr.startswith("statordb: ")
        assert done.stderr.count("\n") == 1


# ------------------------------------------------------------------------------------------------------- real terminals

WITHOUT_EXTRA = """
import sys
sys.modules["prompt_toolkit"] = None
from statordb.cli import main
main()
"""


def at_a_terminal(command, *keys):
    """What a process prints on a terminal of its own, and how it ends; keys are typed at the prompt behind a text."""
    import pty
    import select
    import signal

    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"})
        os.execv(sys.executable, [sys.executable, *command])
    printed, seen, waiting = "", 0, list(keys)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        # Keys that are typed before there is a prompt are the terminal's.
        if waiting and (found := re.compile(waiting[0][0] + ".*?statordb>", re.DOTALL).search(printed, seen)):
            seen = found.end()
            os.write(terminal, waiting.pop(0)[1].encode())
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            some = os.read(terminal, 4096)
        except OSError:
            some = b""
        if not some:
            break
        printed += some.decode(errors="replace")
    else:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", printed).replace("\r", "")
    return text, os.waitstatus_to_exitcode(status)


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_the_shell_at_a_real_terminal(tmp_path) -> None:
    path = tmp_path / "new.stator"
    printed, status = at_a_terminal(
        ["-m", "statordb", "shell", str(path)],
        ("lists commands", ".create films id\r"),
        ("made films", "INSERT INTO films\r VALUE {'id': 'Totoro'};\r"),
        ("done", "SELECT * FROM films;\r"),
        ("1 row", "\x04"),
    )
    assert status == 0
    assert f"made {path}: it was not there" in printed
    assert f"StatorDB {package.__version__}, {path}. Statements end with `;`" in printed
    assert "id    \n──────\nTotoro\n1 row (" in printed
    with package.connect(path) as db:
        assert db.table("films").get({"id": "Totoro"}) == {"id": "Totoro"}


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_a_terminal_without_the_extra_is_told_what_to_install(tmp_path) -> None:
    path = tmp_path / "new.stator"
    printed, status = at_a_terminal(["-c", WITHOUT_EXTRA, "shell", str(path)])
    assert status == 1
    assert printed == 'statordb: the shell needs the module `prompt_toolkit`: pip install "statordb[shell]"\n'
    assert not path.exists()


def test_importing_imports_none_of_the_extras() -> None:
    program = """
import sys, statordb, statordb.cli, statordb.shell, statordb.sql
print(sorted({"prompt_toolkit", "rich", "pyarrow", "lark"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"
