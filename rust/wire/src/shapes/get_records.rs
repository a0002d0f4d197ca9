//! GetRecords.

use statordb_engine::ops::get_records::GetRecords;

use crate::params::Fields;
use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure = Structure::new(
    "GetRecordsInput",
    &[
        Member::required("ShardIterator", &Shape::Text(TextRule { min: 1, max: 2_048, is_name: false })),
        Member::optional("Limit", &Shape::Integer(1, 1_000)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> GetRecords<'a> {
    GetRecords {
        iterator: fields.text(const { SHAPE.place("ShardIterator") }).unwrap_or_default(),
        limit: fields.number(const { SHAPE.place("Limit") }),
    }
}
