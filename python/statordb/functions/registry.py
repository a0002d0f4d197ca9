"""All functions of a database: their versions, aliases and code, kept as documents; their workers; what they write."""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
import uuid
import weakref
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statordb.functions import archive
from statordb.functions.function import LATEST, FunctionConfiguration, Name, unlike_pattern
from statordb.functions.logs import Logs
from statordb.functions.pool import Pool
from statordb.streams.function import function_arn
from statordb.streams.refusal import refusal

if TYPE_CHECKING:
    from statordb import _core

__all__ = ["Registry", "sha256_of"]

CHUNK_BYTES = 4 * 1024 * 1024
OPEN: weakref.WeakSet[Registry] = weakref.WeakSet()
ALIAS = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{1,128}")


class Registry:
    """The functions of one database."""

    def __init__(self, database: _core.Database, endpoint: str) -> None:
        self.database = database
        self.endpoint = endpoint
        self.region = database.region
        self.logs = Logs()
        self._process = os.getpid()
        OPEN.add(self)
        self._lock = threading.RLock()
        self._unpacked = Path(tempfile.mkdtemp(prefix="statordb-functions-"))
        self._functions: dict[str, dict[str, FunctionConfiguration]] = {}
        self._aliases: dict[str, dict[str, dict[str, Any]]] = {}
        self._pools: dict[str, Pool] = {}
        for name, document in database.documents("function/"):
            self._read(name.split("/"), json.loads(document))

    def _read(self, place: list[str], document: dict[str, Any]) -> None:
        if place[2] == "alias":
            self._aliases.setdefault(place[1], {})[place[3]] = document
        else:
            self._functions.setdefault(place[1], {})[place[2]] = FunctionConfiguration(**document)

    # ------------------------------------------------------------------------------------------------ found

    def names(self) -> list[str]:
        """The names of all functions, in order."""
        with self._lock:
            return sorted(self._functions)

    def find(self, name: Name, operation: str) -> FunctionConfiguration:
        """The version that a name means. Raises ResourceNotFoundException."""
        with self._lock:
            versions = self._functions.get(name.name, {})
            qualifier = name.qualifier or LATEST
            alias = self._aliases.get(name.name, {}).get(qualifier)
            found = versions.get(alias["version"] if alias else qualifier)
        if found is None:
            arn = function_arn(self.region, name.name, name.qualifier)
            raise refusal(f"Function not found: {arn}", operation, "ResourceNotFoundException", 404)
        return found

    def versions(self, name: Name, operation: str) -> list[FunctionConfiguration]:
        """All versions of a function, $LATEST first."""
        latest = self.find(Name(name.name, None, operation), operation)
        with self._lock:
            numbered = [each for version, each in self._functions[name.name].items() if version != LATEST]
        return [latest, *sorted(numbered, key=lambda each: int(each.version))]

    # ------------------------------------------------------------------------------------------------ changed

    def create(self, configuration: FunctionConfiguration, code: bytes | None, operation: str) -> FunctionConfiguration:
        """Add a function. Raises ResourceConflictException for one that is there."""
        with self._lock:
            if configuration.name in self._functions:
                message = f"Function already exist: {configuration.name}"
                raise refusal(message, operation, "ResourceConflictException", 409)
            return self._put(configuration, code)

    def change(self, name: Name, fields: dict[str, Any], code: bytes | None, operation: str) -> FunctionConfiguration:
        """Change what is $LATEST."""
        with self._lock:
            before = self.find(Name(name.name, None, operation), operation)
            return self._put(replace(before, **fields, revision=str(uuid.uuid4())), code)

    def _put(self, configuration: FunctionConfiguration, code: bytes | None) -> FunctionConfiguration:
        configuration = replace(configuration, modified_ms=self.database.now_ms())
        changes: list[tuple[str, bytes | None]] = []
        before = self._functions.get(configuration.name, {}).get(configuration.version)
        if before is not None:
            changes.extend((piece, None) for piece in self._unused_code([before], configuration))
        if code is not None:
            for number, piece in enumerate(_pieces(configuration)):
                changes.append((piece, code[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES]))
        place = f"function/{configuration.name}/{configuration.version}"
        changes.append((place, json.dumps(configuration.kept()).encode()))
        self.database.keep(changes)
        self._functions.setdefault(configuration.name, {})[configuration.version] = configuration
        self._retire(configuration.name, configuration.version)
        return configuration

    def delete(self, name: Name, operation: str) -> None:
        """Remove a function with all its versions and aliases, or one version."""
        with self._lock:
            found = self.find(name, operation)
            if name.qualifier and name.qualifier != found.version:
                raise refusal("Deletion of an alias is DeleteAlias", operation)
            if name.qualifier == LATEST:
                raise refusal("$LATEST version cannot be deleted without deleting the function.", operation)
            versions = [found.version] if name.qualifier else list(self._functions[name.name])
            changes: list[tuple[str, bytes | None]] = [(f"function/{name.name}/{each}", None) for each in versions]
            aliases = [] if name.qualifier else list(self._aliases.get(name.name, {}))
            changes.extend((f"function/{name.name}/alias/{alias}", None) for alias in aliases)
            gone = [self._functions[name.name][version] for version in versions]
            changes.extend((piece, None) for piece in self._unused_code(gone))
            self.database.keep(changes)
            for version in versions:
                del self._functions[name.name][version]
                self._retire(name.name, version)
            if not self._functions[name.name]:
                del self._functions[name.name]
                self._aliases.pop(name.name, None)

    def _unused_code(self, gone: list[FunctionConfiguration], *fresh: FunctionConfiguration) -> set[str]:
        """The pieces of code that nothing uses when some versions are gone, or others in their place."""
        there = [each for versions in self._functions.values() for each in versions.values() if each not in gone]
        used = {each.code_sha256 for each in (*there, *fresh)}
        return {piece for each in gone if each.code_sha256 not in used for piece in _pieces(each)}

    def publish(self, name: Name, description: str | None, operation: str) -> FunctionConfiguration:
        """Make a version of what is $LATEST; none where nothing has changed since the last one."""
        with self._lock:
            latest = self.find(Name(name.name, None, operation), operation)
            numbers = [int(version) for version in self._functions[name.name] if version != LATEST]
            if numbers:
                last = self._functions[name.name][str(max(numbers))]
                unlike = {"version", "revision", "modified_ms", "description", "tags"}
                if all(value == getattr(last, each) for each, value in vars(latest).items() if each not in unlike):
                    return last
            version = str(max(numbers, default=0) + 1)
            text = latest.description if description is None else description
            return self._put(replace(latest, version=version, description=text, revision=str(uuid.uuid4())), None)

    # ------------------------------------------------------------------------------------------------ aliases

    def alias(self, name: Name, alias: str, operation: str) -> dict[str, Any]:
        """An alias. Raises ResourceNotFoundException."""
        with self._lock:
            found = self._aliases.get(name.name, {}).get(alias)
        if found is None:
            arn = function_arn(self.region, name.name, alias)
            raise refusal(f"Cannot find alias arn: {arn}", operation, "ResourceNotFoundException", 404)
        return found

    def aliases(self, name: Name) -> dict[str, dict[str, Any]]:
        """All aliases of a function, by name."""
        with self._lock:
            return dict(sorted(self._aliases.get(name.name, {}).items()))

    def put_alias(self, name: Name, alias: str, version: str, description: str, operation: str) -> dict[str, Any]:
        """Make an alias, or change it."""
        if not ALIAS.fullmatch(alias):
            raise unlike_pattern(alias, "name", operation)
        with self._lock:
            self.find(Name(name.name, version, operation), operation)
            document = {"version": version, "description": description, "revision": str(uuid.uuid4())}
            self.database.keep([(f"function/{name.name}/alias/{alias}", json.dumps(document).encode())])
            self._aliases.setdefault(name.name, {})[alias] = document
        return document

    def delete_alias(self, name: Name, alias: str) -> None:
        """Remove an alias, if it is there."""
        with self._lock:
            self.database.keep([(f"function/{name.name}/alias/{alias}", None)])
            self._aliases.get(name.name, {}).pop(alias, None)

    # ------------------------------------------------------------------------------------------------ code, workers

    def _code(self, configuration: FunctionConfiguration) -> bytes:
        """The zip file of a function."""
        return b"".join(part for _, part in self.database.documents(_place_of(configuration.code_sha256)))

    def folder(self, configuration: FunctionConfiguration) -> Path:
        """Where the code of a function lies unpacked."""
        if configuration.folder is not None:
            return Path(configuration.folder)
        with self._lock:
            folder = self._unpacked / hashlib.sha256(configuration.code_sha256.encode()).hexdigest()[:32]
            if not folder.exists():
                fresh = Path(tempfile.mkdtemp(dir=self._unpacked))
                archive.unpacked(self._code(configuration), fresh)
                fresh.chmod(0o755)
                fresh.rename(folder)
            return folder

    def pool(self, configuration: FunctionConfiguration) -> Pool:
        """The workers of a version of a function."""
        key = f"{configuration.name}/{configuration.version}"
        with self._lock:
            pool = self._pools.get(key)
            if pool is None or pool.configuration.revision != configuration.revision:
                if pool is not None:
                    pool.end()
                pool = self._pools[key] = Pool(self, configuration)
            return pool

    def _retire(self, name: str, version: str) -> None:
        pool = self._pools.pop(f"{name}/{version}", None)
        if pool is not None:
            pool.end()

    def close(self) -> None:
        """End all workers. What a forked child has are its parent's."""
        OPEN.discard(self)
        if os.getpid() != self._process:
            return
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
        for pool in pools:
            pool.kill()
        shutil.rmtree(self._unpacked, ignore_errors=True)


def _place_of(sha256: str) -> str:
    """Under which names the pieces of a zip file are kept."""
    return f"code/{sha256.replace('/', '_')}/"


def _pieces(configuration: FunctionConfiguration) -> list[str]:
    """The names under which the zip file of a function is kept; none for one that runs from its folder."""
    count = -(-configuration.code_size // CHUNK_BYTES)
    return [f"{_place_of(configuration.code_sha256)}{number:04d}" for number in range(count)]


def sha256_of(code: bytes) -> str:
    """CodeSha256 of a zip file."""
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


@atexit.register
def _close_all() -> None:
    """End the workers of every registry, and remove what was unpacked, before the interpreter ends."""
    for registry in list(OPEN):
        registry.close()
