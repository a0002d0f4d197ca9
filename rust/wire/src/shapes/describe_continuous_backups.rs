//! DescribeContinuousBackups.

use statordb_engine::ops::describe_continuous_backups::DescribeContinuousBackups;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeContinuousBackupsInput", &[member::table_name_of_control_plane(&Shape::Table)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeContinuousBackups<'a> {
    DescribeContinuousBackups { table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default() }
}
