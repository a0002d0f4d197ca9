"""Documents are tested: every example runs, every option and public name appears, every link leads somewhere."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import statordb
import statordb.boto
import statordb.cli
from server import Server
from statordb import errors
from statordb.client import OPERATIONS
from statordb.clock import DatabaseClock
from statordb.streams.parameters import MappingParameters
from statordb.table import BatchWriter

from .examples import DOCUMENTS, ROOT, Example, examples

ADDRESS = "http://127.0.0.1:8000"
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)\)")
PROSE = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
RUNNABLE = [example for example in examples("sh") if "runnable" in example.words]


def by_place(example: Example) -> str:
    return example.place


@pytest.mark.parametrize("example", [one for one in examples("python") if "pytest" in one.words], ids=by_place)
def test_examples_of_tests_pass(example, tmp_path) -> None:
    file = tmp_path / "test_example.py"
    file.write_text(example.text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == 0, f"{example.place}\n{done.stdout}"
    assert f"{example.text.count('def test_')} passed" in done.stdout


@pytest.mark.parametrize("example", [one for one in examples("python") if "pytest" not in one.words], ids=by_place)
def test_python_examples_run(example) -> None:
    done = subprocess.run([sys.executable, "-c", example.text], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{example.place}\n{done.stderr}"


@pytest.mark.parametrize("example", RUNNABLE, ids=by_place)
@pytest.mark.skipif(os.name == "nt", reason="examples are written for a POSIX shell")
def test_shell_examples_run(example) -> None:
    if "server" in example.words:
        with Server() as server:
            run_shell(example.text.replace(ADDRESS, server.endpoint), example.place)
    else:
        run_shell(example.text, example.place)


def run_shell(text: str, place: str) -> None:
    folders = [Path(sys.executable).parent, ROOT / ".venv-awscli" / "bin"]
    environment = {**os.environ, "PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]]), "AWS_PAGER": ""}
    command = ["bash", "-euo", "pipefail", "-m", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, f"{place}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("example", examples("rust"), ids=by_place)
def test_rust_examples_are_part_of_a_program_that_is_compiled(example) -> None:
    programs = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rust").glob("*/examples/*.rs"))]
    lines = [line.strip() for line in example.text.strip().splitlines()]
    assert any("\n".join(lines) in unindented(program) for program in programs), example.place


def unindented(program: str) -> str:
    return "\n".join(line.strip() for line in program.splitlines())


def test_every_block_says_what_it_is() -> None:
    """A block without a word after its fence is neither run nor read as anything."""
    unmarked = [example.place for example in examples("") if not example.text.startswith("make ")]
    assert unmarked == []


def test_readme_starts_with_the_two_commands() -> None:
    first = examples("")[0]
    assert first.place.startswith("README.md")
    assert [line.split("#")[0].strip() for line in first.text.strip().splitlines()] == ["make run", "make test"]


def public_names() -> list[str]:
    names = [f"{module.__name__}.{name}" for module in (statordb.boto,) for name in module.__all__]
    return [*names, *statordb.__all__]


@pytest.mark.parametrize("name", public_names())
def test_every_public_name_appears(name) -> None:
    assert re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", PROSE), f"{name} is in no document"


HANDED_OUT = (
    statordb.Database,
    statordb.Table,
    statordb.Results,
    statordb.Page,
    statordb.Server,
    BatchWriter,
    statordb.boto.Mock,
    DatabaseClock,
)


def members() -> list[str]:
    """The members of what users hold, and their parameters by name."""
    found: set[str] = set(inspect.signature(statordb.connect).parameters)
    for kind in HANDED_OUT:
        for name, member in vars(kind).items():
            if not name.startswith("_"):
                found.add(name)
                found.update(inspect.signature(member).parameters if inspect.isfunction(member) else ())
    ours = {name for name in vars(statordb.Client) if not name.startswith("_")} - set(OPERATIONS)
    return sorted((found | ours | set(errors.__all__) | set(MappingParameters.__annotations__)) - {"self"})


@pytest.mark.parametrize("name", members())
def test_every_member_of_what_users_hold_appears(name) -> None:
    assert re.search(rf"(?<![\w]){name}(?![\w])", PROSE), f"{name} is in no document"


def options() -> list[str]:
    commands = statordb.cli.main.commands.values()
    return [
        text
        for command in commands
        for option in command.params
        if isinstance(option, click.Option)
        for text in option.opts
    ]


@pytest.mark.parametrize("option", sorted(set(options())))
def test_every_option_appears(option) -> None:
    assert f"`{option}`" in PROSE


@pytest.mark.parametrize("command", sorted(statordb.cli.main.commands))
def test_every_command_appears(command) -> None:
    assert f"statordb {command}" in PROSE


def test_every_target_of_the_makefile_appears() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)
    assert [target for target in targets if target != "help" and f"make {target}" not in PROSE] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    broken = [target for target in targets if ":" not in target and not (document.parent / target).exists()]
    assert broken == []


def test_every_fixture_of_the_plugin_appears() -> None:
    plugin = (ROOT / "python" / "statordb" / "pytest_plugin.py").read_text(encoding="utf-8")
    fixtures = [name.lstrip("_") for name in re.findall(r"@pytest\.fixture[^\n]*\ndef (\w+)", plugin)]
    assert fixtures
    assert [name for name in fixtures if f"`{name}`" not in PROSE] == []


CLIENTS = {
    "boto3": "boto3",
    "awscli": "the AWS CLI",
    "@aws-sdk/client-dynamodb": "the AWS SDK for JavaScript",
    "pynamodb": "PynamoDB",
    "aiodynamo": "aiodynamo",
    "dynamodb-toolbox": "dynamodb-toolbox",
    "electrodb": "ElectroDB",
    "dynamoose": "dynamoose",
}


@pytest.mark.parametrize("package", CLIENTS)
def test_clients_are_named_with_the_version_that_is_tested(package) -> None:
    clients = ROOT / "tests" / "clients"
    pinned = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pinned += (clients / "awscli" / "requirements.txt").read_text(encoding="utf-8")
    pinned += (clients / "javascript" / "package.json").read_text(encoding="utf-8")
    versions = re.findall(rf'(?<![\w/-]){re.escape(package)}(?:==|": ")([0-9.]+)', pinned)
    assert len(versions) == 1
    assert f"{CLIENTS[package]} {versions[0]}" in " ".join(PROSE.split())


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_says_what_and_why(page) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", page.stem)
    assert re.search(r"^# 0*" + str(int(page.stem[:4])) + r"[.:] ", text)
    for part in ("Summary", "Motivation"):
        assert re.search(rf"^(## |\*\*){part}", text, re.MULTILINE), part


def test_decisions_have_different_numbers() -> None:
    numbers = [page.stem[:4] for page in DECISIONS]
    assert len(numbers) == len(set(numbers))
