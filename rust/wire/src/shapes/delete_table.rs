//! DeleteTable.

use statordb_engine::ops::delete_table::DeleteTable;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DeleteTableInput", &[member::table_name_of_control_plane(&Shape::Table)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DeleteTable<'a> {
    DeleteTable { table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default() }
}
