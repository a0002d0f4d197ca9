//! UpdateContributorInsights.

use std::borrow::Cow;

use super::describe_contributor_insights::{InsightsStatus, not_found};
use crate::Engine;
use crate::catalog::{Edit, Insights, InsightsMode, Live, TableStatus};
use crate::error::{Error, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct UpdateContributorInsights<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `IndexName`, of a GSI.
    pub index: Option<Cow<'a, str>>,
    /// `ContributorInsightsAction` is `ENABLE`.
    pub enable: bool,
    /// `ContributorInsightsMode`.
    pub mode: Option<InsightsMode>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContributorInsightsUpdate {
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
    /// Switches contributor insights of a table or a GSI on or off.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table or index, ResourceInUseException for a table that is being created or
    /// deleted.
    pub fn update_contributor_insights(
        &self,
        request: &UpdateContributorInsights<'_>,
    ) -> Result<ContributorInsightsUpdate> {
        let now_ms = self.clock.now_ms();
        let table = self.listed_table(&request.table, now_ms)?;
        if request.enable && table.status(now_ms) == TableStatus::Creating {
            return Err(not_active("TableStatus"));
        }
        let (mode, tree) = self.edit_settled(&table, now_ms, |Edit { live, .. }| {
            live.check_insights_of(table.name(), request.index.as_deref())?;
            let index = request.index.as_ref().map(|name| name.to_string());
            let is_active = |name: &str| live.index(name).is_some_and(|index| index.is_active(now_ms));
            if request.enable && !index.as_deref().is_none_or(is_active) {
                return Err(not_active("IndexStatus"));
            }
            let old = live.insights(index.as_deref()).map(|insights| insights.mode);
            let mode = request.mode.or(old).unwrap_or_default();
            live.settings.insights.retain(|(of, _)| *of != index);
            live.settings.insights.push((index, Insights { is_enabled: request.enable, mode, changed_ms: now_ms }));
            live.settings.insights.sort_by(|(one, _), (other, _)| one.cmp(other));
            let tree =
                request.index.as_deref().and_then(|name| live.index(name)).map_or(table.tree, |index| index.tree);
            Ok((mode, tree))
        })?;
        self.traffic.insights.count(tree, request.enable.then_some(mode));
        Ok(ContributorInsightsUpdate {
            table: table.name().to_owned(),
            index: request.index.as_ref().map(|name| name.to_string()),
            status: if request.enable { InsightsStatus::Enabling } else { InsightsStatus::Disabling },
            mode,
        })
    }
}

fn not_active(what: &str) -> Error {
    Error::validation(format!(
        "Table or Index is not in a valid state to update Key Access Insights: {what} must be ACTIVE to enable \
         ContributorInsights."
    ))
}

impl Live {
    /// What was set for a GSI, or for the table itself.
    pub(super) fn insights(&self, index: Option<&str>) -> Option<Insights> {
        self.settings.insights.iter().find(|(of, _)| of.as_deref() == index).map(|(_, insights)| *insights)
    }

    /// An index that is named must be a GSI of the table.
    pub(super) fn check_insights_of(&self, table: &str, index: Option<&str>) -> Result<()> {
        match index {
            Some(name) if !self.index(name).is_some_and(|index| index.is_global()) => Err(not_found(table, name)),
            _ => Ok(()),
        }
    }
}
