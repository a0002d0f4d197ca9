//! DescribeContributorInsights, and how its state is named.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::{Insights, InsightsMode, Table};
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeContributorInsights<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `IndexName`, of a GSI.
    pub index: Option<Cow<'a, str>>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContributorInsights {
    /// `TableName`.
    pub table: String,
    /// `IndexName`.
    pub index: Option<String>,
    /// `ContributorInsightsStatus`.
    pub status: InsightsStatus,
    /// `ContributorInsightsRuleList`, of what is enabled.
    pub rules: Vec<String>,
    /// `ContributorInsightsMode`, if it was ever set.
    pub mode: Option<InsightsMode>,
    /// `LastUpdateDateTime`, in milliseconds since 1970.
    pub changed_ms: Option<u64>,
}

/// `ContributorInsightsStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsightsStatus {
    /// Being switched on.
    Enabling,
    /// On.
    Enabled,
    /// Being switched off.
    Disabling,
    /// Off.
    Disabled,
}

/// Keys that are looked at are those of the partition and of the sort key, accessed and throttled.
const RULES: [(&str, bool, bool); 4] =
    [("PKC", false, false), ("SKC", true, false), ("PKT", false, true), ("SKT", true, true)];

impl Engine {
    /// Tells whether contributor insights are on for a table or a GSI.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table or index.
    pub fn describe_contributor_insights(
        &self,
        request: &DescribeContributorInsights<'_>,
    ) -> Result<ContributorInsights> {
        let now_ms = self.clock.now_ms();
        let table = self.listed_table(&request.table, now_ms)?;
        let live = table.live();
        live.check_insights_of(table.name(), request.index.as_deref())?;
        let insights = live.insights(request.index.as_deref());
        let status = self.insights_status(insights, now_ms);
        let is_on = matches!(status, InsightsStatus::Enabled | InsightsStatus::Enabling);
        Ok(ContributorInsights {
            table: table.name().to_owned(),
            index: request.index.as_ref().map(|name| name.to_string()),
            status,
            rules: insights
                .filter(|_| is_on)
                .map_or_else(Vec::new, |insights| rules(&table, request.index.as_deref(), insights)),
            mode: insights.map(|insights| insights.mode),
            changed_ms: insights.map(|insights| insights.changed_ms),
        })
    }

    pub(super) fn insights_status(&self, insights: Option<Insights>, now_ms: u64) -> InsightsStatus {
        let Some(insights) = insights else { return InsightsStatus::Disabled };
        let is_changing = now_ms < insights.changed_ms + self.options.control_plane_delay_ms;
        match (insights.is_enabled, is_changing) {
            (true, true) => InsightsStatus::Enabling,
            (true, false) => InsightsStatus::Enabled,
            (false, true) => InsightsStatus::Disabling,
            (false, false) => InsightsStatus::Disabled,
        }
    }
}

/// The names of the rules: by partition key, and by sort key where there is one.
fn rules(table: &Table, index: Option<&str>, insights: Insights) -> Vec<String> {
    let live = table.live();
    let schema = index.and_then(|name| live.index(name)).map_or(table.schema(), |index| &index.schema);
    let has_range = !schema.range().is_empty();
    let of = index.map_or_else(|| table.name().to_owned(), |index| format!("{}-{index}", table.name()));
    let is_kept = |of_range: bool, of_throttled: bool| {
        (has_range || !of_range) && (of_throttled || insights.mode == InsightsMode::AccessedAndThrottledKeys)
    };
    let kept = RULES.iter().filter(|(_, of_range, of_throttled)| is_kept(*of_range, *of_throttled));
    kept.map(|(word, ..)| format!("DynamoDBContributorInsights-{word}-{of}-{}", insights.changed_ms)).collect()
}

pub(super) fn not_found(table: &str, index: &str) -> Error {
    let message = format!("Requested resource not found: Index: {index} of Table: {table} not found");
    Error::new(ErrorKind::ResourceNotFound, message)
}
