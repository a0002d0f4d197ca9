"""DescribeBackup: there are no backups."""

from __future__ import annotations

from failure import constraint, fails, rejects

NAMED = "arn:aws:dynamodb:us-east-1:000000000000:table/films/backup/01234567890123-abcdef01"


def test_what_is_asked_for_is_not_found(ddb) -> None:
    with fails("BackupNotFoundException", f"Backup not found: {NAMED}"):
        ddb.describe_backup(BackupArn=NAMED)


def test_it_must_be_named(ddb) -> None:
    with rejects(constraint(None, "backupArn", "Member must not be null")):
        ddb.describe_backup()
