"""Programs of users pass the type checker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("typing_program.py")


def test_a_typed_program_keeps_its_types_beside_the_package() -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=PROGRAM.parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
