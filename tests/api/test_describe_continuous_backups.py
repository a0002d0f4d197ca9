"""DescribeContinuousBackups: no table has point-in-time recovery."""

from __future__ import annotations

from failure import fails

DESCRIPTION = {
    "ContinuousBackupsStatus": "ENABLED",
    "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
}


def test_recovery_is_disabled(ddb, hash_table) -> None:
    assert ddb.describe_continuous_backups(TableName=hash_table)["ContinuousBackupsDescription"] == DESCRIPTION


def test_a_missing_table_has_its_own_exception(ddb) -> None:
    with fails("TableNotFoundException", "Table not found: nosuch"):
        ddb.describe_continuous_backups(TableName="nosuch")
