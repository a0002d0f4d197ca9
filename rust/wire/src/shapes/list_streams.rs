//! ListStreams.

use statordb_engine::ops::list_streams::ListStreams;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure, TextRule};

pub(super) const SHAPE: Structure = Structure::new(
    "ListStreamsInput",
    &[
        Member::optional("TableName", &Shape::Text(TextRule::NAME)),
        Member::optional("Limit", &Shape::Integer(1, 100)),
        Member::optional("ExclusiveStartStreamArn", &member::STREAM_ARN),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> ListStreams<'a> {
    ListStreams {
        table: fields.text(const { SHAPE.place("TableName") }),
        limit: fields.number(const { SHAPE.place("Limit") }),
        exclusive_start: fields.text(const { SHAPE.place("ExclusiveStartStreamArn") }),
    }
}
