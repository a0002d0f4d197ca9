"""House rules that a machine can check: sizes of files and functions, marks left behind, traces of one machine.

`exceptions.json` names the few functions and files that are larger, with the size that they may have; a size that is no
longer needed must be removed, so the rules only get tighter.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXCEPTIONS = json.loads((Path(__file__).parent / "exceptions.json").read_text(encoding="utf-8"))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
LEFT_BEHIND = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
ONE_MACHINE = re.compile(r"/ho" r"me/\w+|/ro" r"ot/|/us" r"ers/\w+/|/wo" r"rk/|/tm" r"p/w/", re.IGNORECASE)
REGISTRY = re.compile(r"https?://[\w.-]*(pypi|npmjs|crates\.io|maven|pythonhosted|goproxy)[\w.-]*", re.IGNORECASE)
BANNED_MODULES = {"utils", "util", "helpers", "helper", "misc", "common"}
RUST_FUNCTION = re.compile(
    r"^(\s*)(?:pub(?:\([^)]*\))? )?(?:const )?(?:async )?(?:unsafe )?(?:extern \"[^\"]*\" )?fn (\w+)"
)


def tracked() -> list[Path]:
    """The files of the repository, also those not yet committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


FILES = tracked()
RUST = [path for path in FILES if path.suffix == ".rs"]
PYTHON = [path for path in FILES if path.suffix == ".py"]
TEXTS = [
    path
    for path in FILES
    if path.suffix not in (".lock", ".jsonl", ".png") and path.name not in ("LICENSE", "package-lock.json")
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_test(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return "tests" in parts or path.stem == "tests" or path.name.startswith("test_")


def code_lines(path: Path) -> int:
    """The lines of a file; of a Rust file those before its unit tests."""
    text = path.read_text(encoding="utf-8")
    return len(text.partition("\n#[cfg(test)]\nmod tests {")[0].splitlines())


def python_functions(path: Path) -> dict[str, int]:
    """The functions of a Python file and how many lines each has, without its docstring."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            has_doc = (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            )
            doc_lines = (first.end_lineno or 0) - first.lineno + 1 if has_doc else 0
            found[node.name] = (node.end_lineno or 0) - node.lineno + 1 - doc_lines
    return found


def rust_functions(path: Path) -> dict[str, int]:
    """The functions of a formatted Rust file and how many lines each has."""
    found, lines = {}, path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        match = RUST_FUNCTION.match(line)
        if match is None:
            continue
        opening = next((at for at in range(number, len(lines)) if lines[at].rstrip().endswith(("{", ";", "}"))), number)
        if lines[opening].rstrip().endswith("{"):
            end = next((at for at in range(opening + 1, len(lines)) if lines[at] == match[1] + "}"), opening)
            found[match[2]] = end - number + 1
    return found


def sizes(kind: str) -> dict[str, int]:
    """What the rules measure, by name."""
    if kind == "files":
        return {name_of(path): code_lines(path) for path in RUST + PYTHON if not is_test(path)}
    of_python = {f"{name_of(path)}::{name}": size for path in PYTHON for name, size in python_functions(path).items()}
    of_rust = {f"{name_of(path)}::{name}": size for path in RUST for name, size in rust_functions(path).items()}
    return of_python | of_rust


@pytest.mark.parametrize(("kind", "most"), [("functions", FUNCTION_LINES_MAX), ("files", FILE_LINES_MAX)])
def test_nothing_is_too_long_but_what_is_named(kind, most) -> None:
    allowed = EXCEPTIONS[kind]
    too_long = {name: size for name, size in sizes(kind).items() if size > allowed.get(name, most)}
    assert too_long == {}, f"longer than {most} lines: shorten, or name in exceptions.json"


@pytest.mark.parametrize(("kind", "most"), [("functions", FUNCTION_LINES_MAX), ("files", FILE_LINES_MAX)])
def test_exceptions_are_still_needed(kind, most) -> None:
    present = sizes(kind)
    loose = {
        name: present.get(name) for name, size in EXCEPTIONS[kind].items() if not most < present.get(name, 0) <= size
    }
    assert loose == {}


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (LEFT_BEHIND, "a mark of unfinished work"),
        (ONE_MACHINE, "a path of one machine"),
        (REGISTRY, "the host of a registry"),
    ],
)
def test_no_file_holds(pattern, what) -> None:
    found = []
    for path in TEXTS:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100]}")
    assert found == [], what


def test_no_module_is_a_drawer() -> None:
    assert [name_of(path) for path in RUST + PYTHON if path.stem in BANNED_MODULES] == []


def test_every_module_says_what_it_is() -> None:
    silent = []
    for path in PYTHON:
        text = path.read_text(encoding="utf-8")
        if text.strip() and path.name != "__init__.py" and ast.get_docstring(ast.parse(text)) is None:
            silent.append(name_of(path))
    for path in RUST:
        first = next(iter(path.read_text(encoding="utf-8").splitlines()), "")
        if not (first.startswith(("//!", "#!")) or is_test(path)):
            silent.append(name_of(path))
    assert silent == []


def test_lock_files_hold_no_addresses() -> None:
    for path in FILES:
        if path.name == "package-lock.json":
            assert '"resolved"' not in path.read_text(encoding="utf-8"), name_of(path)


def test_rooms_look_down_only() -> None:
    """The engine knows nothing of the wire, the store nothing of the engine, and nobody of the bindings."""
    above = {"store": ("engine", "wire", "python"), "engine": ("wire", "python"), "wire": ("python",)}
    for room, rooms in above.items():
        manifest = (ROOT / "rust" / room / "Cargo.toml").read_text(encoding="utf-8")
        assert [other for other in rooms if f"statordb-{other}" in manifest] == [], room


OPERATIONS = [
    path.stem
    for path in sorted((ROOT / "rust" / "engine" / "src" / "ops").glob("*.rs"))
    if path.stem not in ("mod", "parameters", "reading")
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_has_one_name_in_every_room(operation) -> None:
    assert (ROOT / "tests" / "api" / f"test_{operation}.py").exists()
