//! DescribeKinesisStreamingDestination.

use statordb_engine::ops::describe_kinesis_streaming_destination::DescribeKinesisStreamingDestination;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeKinesisStreamingDestinationInput", &[member::table_name_of_control_plane(&Shape::Table)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeKinesisStreamingDestination<'a> {
    DescribeKinesisStreamingDestination { table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default() }
}
