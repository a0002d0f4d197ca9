"""The code of functions: zip files that are unpacked without leaving their folder."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

__all__ = ["CodeError", "unpacked"]

UNPACKED_BYTES_MAX = 250 * 1024 * 1024
"""Lambda's quota of a function's code."""
FILES_MAX = 50_000
BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
"""What reading a file that is no zip file, or no whole one, may raise."""


class CodeError(ValueError):
    """The code of a function cannot be used; the message says why."""


def unpacked(code: bytes, folder: Path) -> None:
    """Unpack a zip file into an empty folder. Raises `CodeError`, with nothing written outside the folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            members = archive.infolist()
            if len(members) > FILES_MAX or sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
                raise CodeError(f"Unzipped size must be smaller than {UNPACKED_BYTES_MAX} bytes")
            for member in members:
                _write(archive, member, folder)
    except CodeError:
        raise
    except BROKEN as error:
        raise CodeError("Could not unzip uploaded file. Please check your file, then try to upload again.") from error


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = PurePosixPath(member.filename)
    mode = member.external_attr >> 16
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or "\0" in member.filename:
        raise CodeError(f"`{member.filename}` leads out of the folder of the function")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise CodeError(f"`{member.filename}` is neither a file nor a folder")
    target = folder.joinpath(*path.parts)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as source, target.open("xb") as file:
        # What a file says of its size may be untrue.
        while chunk := source.read(min(left + 1, 1 << 20)):
            left -= len(chunk)
            if left < 0:
                raise CodeError(f"`{member.filename}` is larger than it says")
            file.write(chunk)
    target.chmod(0o755 if mode & 0o111 else 0o644)
