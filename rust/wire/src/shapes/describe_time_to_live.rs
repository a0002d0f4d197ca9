//! DescribeTimeToLive.

use statordb_engine::ops::describe_time_to_live::DescribeTimeToLive;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeTimeToLiveInput", &[member::table_name_of_control_plane(&Shape::Table)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeTimeToLive<'a> {
    DescribeTimeToLive { table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default() }
}
