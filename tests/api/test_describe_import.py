"""DescribeImport: there are no imports."""

from __future__ import annotations

from failure import constraint, fails, rejects

NAMED = "arn:aws:dynamodb:us-east-1:000000000000:table/films/import/01234567890123-abcdef01"


def test_what_is_asked_for_is_not_found(ddb) -> None:
    with fails("ImportNotFoundException", f"Import not found: {NAMED}"):
        ddb.describe_import(ImportArn=NAMED)


def test_it_must_be_named(ddb) -> None:
    with rejects(constraint(None, "importArn", "Member must not be null")):
        ddb.describe_import()
