"""ListContributorInsights: what insights were set for, by pages."""

from __future__ import annotations

from failure import constraint, fails, rejects
from tables import create_table


def test_lists_tables_by_pages(ddb) -> None:
    for name in ("one", "three", "two", "unset"):
        create_table(ddb, name, "a:S")
    for name in ("one", "two", "three"):
        ddb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    first = ddb.list_contributor_insights(MaxResults=2)
    rest = ddb.list_contributor_insights(MaxResults=2, NextToken=first["NextToken"])
    listed = first["ContributorInsightsSummaries"] + rest["ContributorInsightsSummaries"]
    assert [summary["TableName"] for summary in listed] == ["one", "three", "two"]
    assert {summary["ContributorInsightsStatus"] for summary in listed} == {"ENABLED"}
    assert "NextToken" not in rest


def test_lists_those_of_one_table(ddb) -> None:
    for name in ("one", "two"):
        create_table(ddb, name, "a:S")
        ddb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    listed = ddb.list_contributor_insights(TableName="two")["ContributorInsightsSummaries"]
    assert [summary["TableName"] for summary in listed] == ["two"]


def test_an_empty_list_and_a_missing_table(ddb) -> None:
    assert ddb.list_contributor_insights()["ContributorInsightsSummaries"] == []
    with fails("ResourceNotFoundException", "Requested resource not found: Table: nosuch not found"):
        ddb.list_contributor_insights(TableName="nosuch")
    with rejects("Invalid NextToken: /"):
        ddb.list_contributor_insights(NextToken="/")


def test_a_page_has_at_most_100_entries(ddb) -> None:
    with rejects(constraint(101, "maxResults", "Member must have value less than or equal to 100")):
        ddb.list_contributor_insights(MaxResults=101)
