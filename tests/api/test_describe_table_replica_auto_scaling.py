"""DescribeTableReplicaAutoScaling: no table has replicas."""

from __future__ import annotations

from failure import fails


def test_a_table_has_no_replicas(ddb, hash_table) -> None:
    answer = ddb.describe_table_replica_auto_scaling(TableName=hash_table)["TableAutoScalingDescription"]
    assert answer == {"TableName": hash_table, "TableStatus": "ACTIVE", "Replicas": []}


def test_a_missing_table_is_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.describe_table_replica_auto_scaling(TableName="nosuch")
