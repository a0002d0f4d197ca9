//! DescribeTable.

use statordb_engine::ops::describe_table::DescribeTable;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeTableInput", &[member::table_name_of_control_plane(&Shape::Table)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeTable<'a> {
    DescribeTable { table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default() }
}
