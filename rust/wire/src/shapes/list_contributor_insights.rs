//! ListContributorInsights.

use statordb_engine::ops::list_contributor_insights::ListContributorInsights;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

pub(super) const SHAPE: Structure = Structure::new(
    "ListContributorInsightsInput",
    &[
        Member::optional("TableName", &Shape::Table),
        member::NEXT_TOKEN,
        Member::optional("MaxResults", &Shape::Integer(i32::MIN as i64, 100)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> ListContributorInsights<'a> {
    ListContributorInsights {
        table: fields.text(const { SHAPE.place("TableName") }),
        next_token: fields.text(const { SHAPE.place("NextToken") }),
        limit: fields.number(const { SHAPE.place("MaxResults") }),
    }
}
