"""ListBulkOperations: there are no bulk operations."""

from __future__ import annotations

from failure import constraint, rejects


def test_the_list_is_empty(ddb) -> None:
    answer = ddb.list_bulk_operations()
    answer.pop("ResponseMetadata", None)
    assert answer == {"BulkOperationsSummaryList": []}


def test_what_is_asked_for_is_checked(ddb) -> None:
    with rejects(constraint(0, "maxResults", "Member must have value greater than or equal to 1")):
        ddb.list_bulk_operations(MaxResults=0)
