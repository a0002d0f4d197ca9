//! DescribeGlobalTableSettings.

use statordb_engine::ops::describe_global_table_settings::DescribeGlobalTableSettings;

use crate::params::Fields;
use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure = Structure::new(
    "DescribeGlobalTableSettingsInput",
    &[Member::required("GlobalTableName", &Shape::Text(TextRule::NAME))],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeGlobalTableSettings<'a> {
    DescribeGlobalTableSettings { name: fields.text(const { SHAPE.place("GlobalTableName") }).unwrap_or_default() }
}
