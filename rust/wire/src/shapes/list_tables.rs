//! ListTables.

use statordb_engine::ops::list_tables::ListTables;

use crate::params::Fields;
use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure = Structure::new(
    "ListTablesInput",
    &[
        Member::optional("ExclusiveStartTableName", &Shape::Text(TextRule::NAME)),
        Member::optional("Limit", &Shape::Integer(1, 100)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> ListTables<'a> {
    ListTables {
        exclusive_start: fields.text(const { SHAPE.place("ExclusiveStartTableName") }),
        limit: fields.number(const { SHAPE.place("Limit") }),
    }
}
