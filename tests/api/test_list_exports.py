"""ListExports: there are no exports."""

from __future__ import annotations

from failure import constraint, rejects


def test_the_list_is_empty(ddb) -> None:
    answer = ddb.list_exports()
    answer.pop("ResponseMetadata", None)
    assert answer == {"ExportSummaries": []}


def test_what_is_asked_for_is_checked(ddb) -> None:
    with rejects(constraint(26, "maxResults", "Member must have value less than or equal to 25")):
        ddb.list_exports(MaxResults=26)
