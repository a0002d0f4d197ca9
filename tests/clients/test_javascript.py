"""The AWS SDK for JavaScript, version 3, against a running server."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "javascript"


def test_every_step_and_the_document_client(empty_endpoint: str) -> None:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").exists():
        pytest.skip("node or the SDK is not there: `make test` installs the SDK")
    command = [node, "roundtrip.mjs", empty_endpoint]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("all ")
