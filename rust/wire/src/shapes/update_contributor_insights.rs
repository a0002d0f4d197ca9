//! UpdateContributorInsights.

use statordb_engine::catalog::InsightsMode;
use statordb_engine::ops::update_contributor_insights::UpdateContributorInsights;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "UpdateContributorInsightsInput",
    &[
        member::table_name_of_control_plane(&Shape::Table),
        member::INDEX_NAME,
        Member::required("ContributorInsightsAction", &Shape::Choice(&["ENABLE", "DISABLE"])),
        Member::optional("ContributorInsightsMode", &Shape::Choice(&["THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"])),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> UpdateContributorInsights<'a> {
    let mode = fields.word(const { SHAPE.place("ContributorInsightsMode") }).map(|word| match word {
        "THROTTLED_KEYS" => InsightsMode::ThrottledKeys,
        _ => InsightsMode::AccessedAndThrottledKeys,
    });
    UpdateContributorInsights {
        enable: fields.word(const { SHAPE.place("ContributorInsightsAction") }) == Some("ENABLE"),
        mode,
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        index: fields.text(const { SHAPE.place("IndexName") }),
    }
}
