"""DescribeContributorInsights: whether insights are on for a table or a GSI, and by which rules."""

from __future__ import annotations

from failure import fails


def without_metadata(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_off_at_first(ddb, hash_table) -> None:
    answer = without_metadata(ddb.describe_contributor_insights(TableName=hash_table))
    assert answer == {"TableName": hash_table, "ContributorInsightsStatus": "DISABLED"}


def test_rules_are_by_partition_key_and_by_sort_key_where_there_is_one(ddb, hash_table, range_table) -> None:
    for table, words in ((hash_table, ["PKC", "PKT"]), (range_table, ["PKC", "SKC", "PKT", "SKT"])):
        ddb.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
        ddb.get_waiter("contributor_insights_enabled").wait(TableName=table)
        answer = ddb.describe_contributor_insights(TableName=table)
        prefixes = [f"DynamoDBContributorInsights-{word}-{table}-" for word in words]
        rules = answer["ContributorInsightsRuleList"]
        assert [rule.startswith(prefix) for rule, prefix in zip(rules, prefixes, strict=True)] == [True] * len(words)
        assert answer["ContributorInsightsMode"] == "ACCESSED_AND_THROTTLED_KEYS"
        assert "LastUpdateDateTime" in answer


def test_missing_tables_and_indexes_are_named(ddb, hash_table) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.describe_contributor_insights(TableName="nosuch")
    with fails("ResourceNotFoundException", "Requested resource not found: Index: nosuch of Table: hash not found"):
        ddb.describe_contributor_insights(TableName=hash_table, IndexName="nosuch")
