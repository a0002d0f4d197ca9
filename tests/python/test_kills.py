"""A short form of `make kills`: the server is killed under writers some times, and nothing that was answered is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_a_server_that_is_killed_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    options = {"--kills": "6", "--writers": "6", "--seconds": "0.5", "--acknowledged": "0", "--folder": str(tmp_path)}
    command = [sys.executable, "-m", "kills", *(text for option in options.items() for text in option)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ": 0 of " in done.stdout
    assert " without a gap" in done.stdout


def test_what_a_function_had_in_hand_when_a_process_was_killed_comes_again() -> None:
    command = [sys.executable, "-m", "kills.functions", "--kills", "8"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 of 24 records lost, in order" in done.stdout
