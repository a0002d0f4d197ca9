//! DescribeContributorInsights.

use statordb_engine::ops::describe_contributor_insights::DescribeContributorInsights;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "DescribeContributorInsightsInput",
    &[member::table_name_of_control_plane(&Shape::Table), member::INDEX_NAME],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeContributorInsights<'a> {
    DescribeContributorInsights {
        table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default(),
        index: fields.text(const { SHAPE.place("IndexName") }),
    }
}
