"""Where the shell keeps what was typed: a file that only its owner reads."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

__all__ = ["history_path", "prepared"]

BYTES_MAX = 1_000_000
"""The size from which the older half is dropped."""


def history_path() -> Path:
    """The file: what STATORDB_HISTORY names, or one where this system keeps such things."""
    if chosen := os.environ.get("STATORDB_HISTORY"):
        return Path(chosen).expanduser()
    if state := os.environ.get("XDG_STATE_HOME"):
        return Path(state) / "statordb" / "history"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "statordb" / "history"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "statordb" / "history"
    return Path.home() / ".local" / "state" / "statordb" / "history"


def prepared(path: Path) -> Path:
    """Have the file there, for its owner alone, and not too large. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Its mode is right from the first moment on.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        return path
    if found.st_mode & 0o077:
        path.chmod(0o600)
    if found.st_size > BYTES_MAX:
        _shorten(path, found.st_size)
    return path


def _shorten(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(size - BYTES_MAX // 2)
        latest = file.read()
        # An entry begins with an empty line and its time.
        begin = latest.find(b"\n# ")
        file.seek(0)
        file.write(latest[begin:] if begin >= 0 else b"")
        file.truncate()
