"""UpdateContributorInsights: insights of tables and GSIs, each on its own."""

from __future__ import annotations

from failure import constraint, fails, rejects
from tables import attributes, index


def test_is_switched_on_and_off(ddb, hash_table) -> None:
    answer = ddb.update_contributor_insights(
        TableName=hash_table, ContributorInsightsAction="ENABLE", ContributorInsightsMode="THROTTLED_KEYS"
    )
    assert (answer["TableName"], answer["ContributorInsightsStatus"]) == (hash_table, "ENABLING")
    answer = ddb.describe_contributor_insights(TableName=hash_table)
    assert (answer["ContributorInsightsStatus"], answer["ContributorInsightsMode"]) == ("ENABLED", "THROTTLED_KEYS")
    assert len(answer["ContributorInsightsRuleList"]) == 1
    answer = ddb.update_contributor_insights(TableName=hash_table, ContributorInsightsAction="DISABLE")
    assert (answer["ContributorInsightsStatus"], answer["ContributorInsightsMode"]) == ("DISABLING", "THROTTLED_KEYS")
    answer = ddb.describe_contributor_insights(TableName=hash_table)
    assert answer["ContributorInsightsStatus"] == "DISABLED"
    assert "ContributorInsightsRuleList" not in answer


def test_an_index_has_its_own(ddb, hash_table) -> None:
    ddb.update_table(
        TableName=hash_table,
        AttributeDefinitions=attributes("x:S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by-x", "x")}],
    )
    ddb.update_contributor_insights(TableName=hash_table, IndexName="by-x", ContributorInsightsAction="ENABLE")
    answer = ddb.describe_contributor_insights(TableName=hash_table, IndexName="by-x")
    assert (answer["IndexName"], answer["ContributorInsightsStatus"]) == ("by-x", "ENABLED")
    assert ddb.describe_contributor_insights(TableName=hash_table)["ContributorInsightsStatus"] == "DISABLED"


def test_an_action_is_one_of_two(ddb, hash_table) -> None:
    text = "Member must satisfy enum value set: [ENABLE, DISABLE]"
    with rejects(constraint("ON", "contributorInsightsAction", text)):
        ddb.update_contributor_insights(TableName=hash_table, ContributorInsightsAction="ON")


def test_missing_tables_are_named(ddb) -> None:
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.update_contributor_insights(TableName="nosuch", ContributorInsightsAction="ENABLE")
