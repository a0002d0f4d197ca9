"""The command `statordb partiql`: one statement on a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from click.testing import CliRunner

import statordb
from statordb.cli import main

FILM = {
    "studio": "Ghibli",
    "year": 1988,
    "title": "Totoro \x1b[31m\x9b",
    "rating": Decimal("8.10"),
    "tags": {"b", "a"},
    "poster": b"\x00\xff",
    "sequel": None,
    "crew": {"music": ["Hisaishi", 12345678901234567890]},
}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "films.stator"
    with statordb.connect(path, durability="os") as db:
        films = db.create_table("films", "studio", "year:N")
        films.put(FILM)
        films.put({"studio": "Ghibli", "year": 2001, "title": "Chihiro"})
        films.put({"studio": "Ealing", "year": 1949, "title": "Kind Hearts"})
    return str(path)


def partiql(folder, *arguments):
    return CliRunner().invoke(main, ["partiql", "--path", folder, *arguments])


def test_rows_are_lines_of_json_where_nobody_looks(folder) -> None:
    done = partiql(folder, "SELECT * FROM films WHERE studio = 'Ghibli' ORDER BY year DESC;")
    assert done.exit_code == 0
    newest, oldest = done.stdout.splitlines()
    assert newest == '{"studio": "Ghibli", "year": 2001, "title": "Chihiro"}'
    assert "\x9b" not in oldest
    assert json.loads(oldest, parse_int=Decimal, parse_float=Decimal) == {
        **FILM,
        "tags": ["a", "b"],
        "poster": "AP8=",
        "crew": {"music": ["Hisaishi", Decimal("12345678901234567890")]},
    }


def test_a_table_has_the_columns_that_were_asked_for(folder) -> None:
    statement = "SELECT year, title, tags, poster, sequel, nosuch FROM films WHERE studio = 'Ghibli'"
    done = partiql(folder, "--format", "table", statement)
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        r"year   title                 tags           poster   sequel   nosuch",
        "─" * 68,
        r"1988   Totoro \x1b[31m\x9b   <<'a', 'b'>>   0x00ff   NULL",
        r"2001   Chihiro",
    ]


def test_parameters_are_json(folder) -> None:
    done = partiql(
        folder, "--param", '"Ghibli"', "--param", "1988", "SELECT title FROM films WHERE studio = ? AND year > ?"
    )
    assert done.stdout == '{"title": "Chihiro"}\n'
    given = ['"a"', "0.10", "true", "null", '[1, "x"]', '{"deep": {"er": 1e2}}']
    names = "abcdef"
    fields = ", ".join(f"'{name}': ?" for name in names)
    options = [word for value in given for word in ("--param", value)]
    done = partiql(folder, *options, f"INSERT INTO films VALUE {{'studio': 'new', 'year': 1, {fields}}}")
    assert (done.exit_code, done.output) == (0, "")
    with statordb.connect(folder) as db:
        item = db.table("films").get({"studio": "new", "year": 1})
    assert [item[name] for name in names] == ["a", Decimal("0.1"), True, None, [1, "x"], {"deep": {"er": 100}}]


@pytest.mark.parametrize("text", ["x", "1 2", "", "NaN", '"a', "[" * 100_000, "1e99999999999999999999"])
def test_what_is_no_json_is_refused_before_anything_is_done(folder, text) -> None:
    done = partiql(folder, "--param", text, "SELECT * FROM films WHERE title = ?")
    assert done.exit_code == 2
    assert "--param" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 1000


def test_what_an_encoding_does_not_have_is_written_out(folder) -> None:
    with statordb.connect(folder) as db:
        db.table("films").put({"studio": "日本", "year": 1})
    statement = "SELECT studio FROM films WHERE studio = '日本'"
    for mode, printed in (("json", '{"studio": "\\u65e5\\u672c"}'), ("table", "\\u65e5\\u672c")):
        command = [sys.executable, "-m", "statordb", "partiql", "--path", folder, "--format", mode, statement]
        environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
        done = subprocess.run(command, capture_output=True, timeout=30, check=True, env=environment)
        assert done.stdout.decode("ascii", "replace").splitlines()[-1].rstrip() == printed


def test_explain_tells_and_does_nothing(folder) -> None:
    done = partiql(folder, "--explain", "DELETE FROM films WHERE studio = 'Ghibli' AND year = 1988")
    assert done.exit_code == 0
    with statordb.connect(folder) as db:
        assert done.stdout == f"{db.explain('''DELETE FROM films WHERE studio = 'Ghibli' AND year = 1988''')}\n"
        assert db.table("films").get({"studio": "Ghibli", "year": 1988}) is not None


def test_consistent_reads_are(folder) -> None:
    assert partiql(folder, "--consistent", "SELECT title FROM films WHERE studio = 'Ealing'").stdout == (
        '{"title": "Kind Hearts"}\n'
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SELECT * FROM films WHERE"], "ValidationException: Statement wasn't well formed, can't be processed: Unex"),
        (["--explain", "SELECT * FROM films WHERE x ="], "ValidationException: Statement wasn't well formed"),
        (["SELECT * FROM nosuch"], "ResourceNotFoundException: Requested resource not found"),
        (
            ["INSERT INTO films VALUE {'studio': 'Ghibli', 'year': 1988}"],
            "DuplicateItemException: Duplicate primary key exists in table",
        ),
        (["--param", "1e200", "SELECT * FROM films WHERE title = ?"], "ValidationException: Number overflow"),
        (["--param", '"\\ud800"', "SELECT * FROM films WHERE title = ?"], ""),
        (["--param", "[" * 400 + "]" * 400, "SELECT * FROM films WHERE title = ?"], ""),
    ],
)
def test_errors_are_one_line(folder, arguments, message) -> None:
    done = partiql(folder, *arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"statordb: {message}")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_folder_that_is_no_database_stays_as_it_is(tmp_path) -> None:
    missing, empty, other = tmp_path / "missing", tmp_path / "empty", tmp_path / "other"
    empty.mkdir()
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    for path in (missing, empty, other, ":memory:"):
        done = partiql(str(path), "SELECT * FROM films")
        assert done.exit_code == 1
        assert "no" in done.stderr
        assert done.stderr.startswith("statordb: ")
        assert done.stderr.count("\n") == 1
    assert not missing.exists()
    assert list(empty.iterdir()) == []
    assert (other / "letter.txt").read_text() == "dear"


def test_a_database_in_use_is_not_waited_for(folder) -> None:
    with statordb.connect(folder):
        done = subprocess.run(
            [sys.executable, "-m", "statordb", "partiql", "--path", folder, "SELECT * FROM films"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("statordb: ")
    assert done.stderr.count("\n") == 1


def test_json_needs_no_extra_and_a_table_names_the_one_that_it_needs(folder) -> None:
    program = """
import sys
sys.modules["rich"] = sys.modules["prompt_toolkit"] = sys.modules["pyarrow"] = None
from statordb.cli import main
main()
"""
    for arguments, status, out in ((["json"], 0, '{"title": "Kind Hearts"}\n'), (["table"], 1, "")):
        command = ["partiql", "--path", folder, "SELECT title FROM films WHERE studio = 'Ealing'", "--format"]
        done = subprocess.run(
            [sys.executable, "-c", program, *command, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stdout) == (status, out)
        assert done.stderr == "" if status == 0 else 'pip install "statordb[shell]"' in done.stderr
