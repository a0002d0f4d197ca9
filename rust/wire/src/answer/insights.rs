//! Contributor insights.

use serde::ser::{Serialize, SerializeMap, Serializer};
use statordb_engine::catalog::InsightsMode;
use statordb_engine::ops::describe_contributor_insights::{ContributorInsights, InsightsStatus};
use statordb_engine::ops::list_contributor_insights::{ContributorInsightsList, ContributorInsightsSummary};
use statordb_engine::ops::update_contributor_insights::ContributorInsightsUpdate;

use super::{Sequence, optional, seconds};

fn status_name(status: InsightsStatus) -> &'static str {
    match status {
        InsightsStatus::Enabling => "ENABLING",
        InsightsStatus::Enabled => "ENABLED",
        InsightsStatus::Disabling => "DISABLING",
        InsightsStatus::Disabled => "DISABLED",
    }
}

fn mode_name(mode: InsightsMode) -> &'static str {
    match mode {
        InsightsMode::AccessedAndThrottledKeys => "ACCESSED_AND_THROTTLED_KEYS",
        InsightsMode::ThrottledKeys => "THROTTLED_KEYS",
    }
}

/// What all three answers tell.
fn state<M: SerializeMap>(
    (table, index): (&str, Option<&str>),
    status: InsightsStatus,
    mode: Option<InsightsMode>,
    map: &mut M,
) -> Result<(), M::Error> {
    map.serialize_entry("TableName", table)?;
    optional(map, "IndexName", index)?;
    map.serialize_entry("ContributorInsightsStatus", status_name(status))?;
    optional(map, "ContributorInsightsMode", mode.map(mode_name))
}

pub(super) fn described<M: SerializeMap>(insights: &ContributorInsights, map: &mut M) -> Result<(), M::Error> {
    state((&insights.table, insights.index.as_deref()), insights.status, insights.mode, map)?;
    optional(map, "ContributorInsightsRuleList", (!insights.rules.is_empty()).then_some(&insights.rules))?;
    optional(map, "LastUpdateDateTime", insights.changed_ms.map(seconds))
}

pub(super) fn updated<M: SerializeMap>(update: &ContributorInsightsUpdate, map: &mut M) -> Result<(), M::Error> {
    state((&update.table, update.index.as_deref()), update.status, Some(update.mode), map)
}

pub(super) fn listed<M: SerializeMap>(list: &ContributorInsightsList, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("ContributorInsightsSummaries", &Sequence(&list.summaries, Summary))?;
    optional(map, "NextToken", list.next_token.as_deref())
}

struct Summary<'s>(&'s ContributorInsightsSummary);

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let summary = self.0;
        let mut map = serializer.serialize_map(None)?;
        state((&summary.table, summary.index.as_deref()), summary.status, Some(summary.mode), &mut map)?;
        map.end()
    }
}
