"""The AWS SDK for JavaScript, version 3, and libraries on top of it, against a running server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def node() -> str:
    command = shutil.which("node")
    if command is None or not (FOLDER / "node_modules").exists():
        pytest.skip("node or the SDK is not there: `make test` installs the SDK")
    return command


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False, env=environment
    )


def test_every_step_and_the_document_client(node: str, empty_endpoint: str) -> None:
    done = run(node, "roundtrip.mjs", empty_endpoint)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("all ")


@pytest.mark.parametrize("program", ["toolbox", "electrodb", "dynamoose"])
def test_a_library(node: str, database_endpoint: str, program: str) -> None:
    """Each test of a program is one of `node:test`; all run, and all pass."""
    done = run(node, "--test-reporter=tap", f"{program}.mjs", STATORDB_CLIENTS_ENDPOINT=database_endpoint)
    assert done.returncode == 0, done.stdout + done.stderr
    written = len(re.findall(r"^test\(", (FOLDER / f"{program}.mjs").read_text(encoding="utf-8"), re.MULTILINE))
    assert f"\n# pass {written}\n" in done.stdout, done.stdout
