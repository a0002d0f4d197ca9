"""`_core.operations` tells what requests may hold, and what it tells is so: what is refused is refused, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import xform_name

import statordb
from statordb import _core

OPERATIONS = {one["name"]: one for one in _core.operations() if one["answered"] and one["service"] == "dynamodb"}
REFUSED = [(name, member["path"]) for name, one in OPERATIONS.items() for member in one["members"] if member["refused"]]
ACCEPTED = [
    (name, member["path"], member["accepted"])
    for name, one in OPERATIONS.items()
    for member in one["members"]
    if member["accepted"] is not None
]
REFUSAL = "is not supported by this version of StatorDB"
ASKING = ("text", 7, True, ["text"], {"Other": "text"})
LEAVES = {"boolean": True, "item": {"id": {"S": "s"}}, "value": {"S": "s"}}


class Sample:
    """A request that holds what it must, and something at one more place: what is given, or what fits there."""

    def __init__(self, operation: str, path: str, given: Any = None) -> None:
        self._members = {member["path"]: member for member in OPERATIONS[operation]["members"]}
        self._path, self._given = path, given

    def structure(self, prefix: str = "") -> dict[str, Any]:
        """A structure; `prefix` is its path with a point behind it."""
        names = [path for path in self._members if path.startswith(prefix)]
        direct = [path for path in names if "." not in path[len(prefix) :] and not path.endswith(("[]", "{}"))]
        return {
            path[len(prefix) :]: self._value(path)
            for path in direct
            if self._members[path]["required"] or self._leads_on(path)
        }

    def _leads_on(self, path: str) -> bool:
        return self._path == path or self._path.startswith((f"{path}.", f"{path}[]", f"{path}{{}}"))

    def _value(self, path: str) -> Any:
        member = self._members[path]
        if path == self._path and self._given is not None:
            return self._given
        kind = member["kind"]
        if kind in ("text", "table"):
            return "a" * max(3, member["min"] or 0)
        if kind == "choice":
            return member["choices"][0]
        if kind in ("integer", "long"):
            return member["min"] or 1
        return LEAVES[kind] if kind in LEAVES else self._holder(kind, path, member)

    def _holder(self, kind: str, path: str, member: dict[str, Any]) -> Any:
        if kind == "structure":
            return self.structure(f"{path}.")
        is_filled = member["min"] or self._leads_on(path)
        if kind == "list":
            return [self._value(f"{path}[]")] if is_filled else []
        return {"aaa": self._value(f"{path}{{}}")} if is_filled else {}


def is_refused(operation: str, path: str, given: Any = None) -> bool:
    """Whether a request with this value is answered with the refusal of a member, and not with another error or none."""
    with statordb.connect() as db:
        try:
            getattr(db.client(), xform_name(operation))(**Sample(operation, path, given).structure())
        except statordb.errors.ClientError as error:
            return REFUSAL in str(error)
    return False


@pytest.mark.parametrize(("operation", "path"), REFUSED)
def test_what_is_told_to_be_refused_is_refused(operation, path) -> None:
    for given in ASKING:
        assert is_refused(operation, path, given), given


@pytest.mark.parametrize(("operation", "path", "accepted"), ACCEPTED)
def test_what_asks_for_nothing_is_accepted(operation, path, accepted) -> None:
    assert not is_refused(operation, path, accepted)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_other_member_is_refused(operation) -> None:
    members = [member for member in OPERATIONS[operation]["members"] if not member["refused"]]
    assert [member["path"] for member in members if is_refused(operation, member["path"])] == []


def test_places_are_told_with_all_that_their_table_says() -> None:
    limit = next(member for member in OPERATIONS["Query"]["members"] if member["path"] == "Limit")
    assert limit == {
        "path": "Limit",
        "kind": "integer",
        "required": False,
        "choices": [],
        "min": 1,
        "max": None,
        "refused": False,
        "accepted": None,
    }


def test_what_is_not_answered_yet_has_no_members() -> None:
    later = [one for one in _core.operations() if not one["answered"]]
    assert [one["name"] for one in later if one["members"]] == []
