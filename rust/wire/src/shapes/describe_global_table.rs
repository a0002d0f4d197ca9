//! DescribeGlobalTable.

use statordb_engine::ops::describe_global_table::DescribeGlobalTable;

use crate::params::Fields;
use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeGlobalTableInput", &[Member::required("GlobalTableName", &Shape::Text(TextRule::NAME))]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeGlobalTable<'a> {
    DescribeGlobalTable { name: fields.text(const { SHAPE.place("GlobalTableName") }).unwrap_or_default() }
}
