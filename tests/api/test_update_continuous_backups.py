"""UpdateContinuousBackups: point-in-time recovery stays disabled, and says so."""

from __future__ import annotations

import pytest

from failure import constraint, fails, rejects


def switch(ddb, table: str, enabled: bool) -> dict:
    specification = {"PointInTimeRecoveryEnabled": enabled}
    answer = ddb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)
    return answer["ContinuousBackupsDescription"]


def test_disabling_leaves_it_disabled(ddb, hash_table) -> None:
    assert switch(ddb, hash_table, False) == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }


def test_enabling_is_refused(ddb, hash_table) -> None:
    with rejects("point-in-time recovery is not supported by this version of StatorDB"):
        switch(ddb, hash_table, True)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_missing_table_has_its_own_exception(ddb, enabled) -> None:
    with fails("TableNotFoundException", "Table not found: nosuch"):
        switch(ddb, "nosuch", enabled)


@pytest.mark.parametrize("days", [0, 36])
def test_the_period_has_bounds(ddb, hash_table, days) -> None:
    path = "pointInTimeRecoverySpecification.recoveryPeriodInDays"
    text = f"Member must have value {'greater' if days == 0 else 'less'} than or equal to {1 if days == 0 else 35}"
    specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days}
    with rejects(constraint(days, path, text)):
        ddb.update_continuous_backups(TableName=hash_table, PointInTimeRecoverySpecification=specification)
