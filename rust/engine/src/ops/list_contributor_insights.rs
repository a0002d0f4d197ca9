//! ListContributorInsights: the tables and GSIs for which insights were ever set, by name, by pages.

use std::borrow::Cow;

use super::describe_contributor_insights::InsightsStatus;
use crate::Engine;
use crate::catalog::{InsightsMode, Table};
use crate::error::{Error, Result};
use crate::limits::LIST_INSIGHTS_MAX;
use std::sync::Arc;

/// The request.
#[derive(Clone, Debug, Default)]
pub struct ListContributorInsights<'a> {
    /// Name or ARN of a table; absent for all.
    pub table: Option<Cow<'a, str>>,
    /// `NextToken`.
    pub next_token: Option<Cow<'a, str>>,
    /// `MaxResults`, up to 100.
    pub limit: Option<u32>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContributorInsightsList {
    /// `ContributorInsightsSummaries`.
    pub summaries: Vec<ContributorInsightsSummary>,
    /// `NextToken`.
    pub next_token: Option<String>,
}

/// `ContributorInsightsSummary`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContributorInsightsSummary {
    /// `TableName`.
    pub table: String,
    /// `IndexName`.
    pub index: Option<String>,
    /// `ContributorInsightsStatus`.
    pub status: InsightsStatus,
    /// `ContributorInsightsMode`.
    pub mode: InsightsMode,
}

impl Engine {
    /// A page of summaries. The token of a page is the place behind its last one.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table, ValidationException for a token that was not given out.
    pub fn list_contributor_insights(&self, request: &ListContributorInsights<'_>) -> Result<ContributorInsightsList> {
        let now_ms = self.clock.now_ms();
        let tables = match &request.table {
            Some(name) => vec![self.listed_table(name, now_ms)?],
            None => self.catalog.tables(),
        };
        let start = request.next_token.as_deref().map(place_behind).transpose()?;
        let is_behind = |summary: &ContributorInsightsSummary| {
            let place = (summary.table.as_str(), summary.index.as_deref());
            start.as_ref().is_none_or(|start| place > *start)
        };
        let of = |table: &Arc<Table>| self.summaries(table, now_ms);
        let mut summaries = tables.iter().flat_map(of).filter(is_behind);
        let limit = request.limit.map_or(LIST_INSIGHTS_MAX, |limit| limit as usize).clamp(1, LIST_INSIGHTS_MAX);
        let page: Vec<_> = summaries.by_ref().take(limit).collect();
        let more = summaries.next().is_some();
        let token = page.last().filter(|_| more).map(|last| match &last.index {
            Some(index) => format!("{}/{index}", last.table),
            None => last.table.clone(),
        });
        Ok(ContributorInsightsList { summaries: page, next_token: token })
    }

    fn summaries(&self, table: &Table, now_ms: u64) -> Vec<ContributorInsightsSummary> {
        let live = table.live();
        let summary = |(index, insights): &(Option<String>, crate::catalog::Insights)| ContributorInsightsSummary {
            table: table.name().to_owned(),
            index: index.clone(),
            status: self.insights_status(Some(*insights), now_ms),
            mode: insights.mode,
        };
        live.settings.insights.iter().map(summary).collect()
    }
}

/// The table and the index of a token.
fn place_behind(token: &str) -> Result<(&str, Option<&str>)> {
    let (table, index) = token.split_once('/').map_or((token, None), |(table, index)| (table, Some(index)));
    if table.is_empty() || index.is_some_and(str::is_empty) {
        return Err(Error::validation(format!("Invalid NextToken: {token}")));
    }
    Ok((table, index))
}
