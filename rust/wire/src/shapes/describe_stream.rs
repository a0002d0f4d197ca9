//! DescribeStream.

use statordb_engine::ops::describe_stream::DescribeStream;

use super::member;
use crate::params::Fields;
use crate::shape::{Member, Shape, Structure};

const SHARD_FILTER: Structure = Structure::new(
    "ShardFilter",
    &[Member::required("Type", &Shape::Choice(&["CHILD_SHARDS"])), Member::required("ShardId", &member::SHARD_ID)],
);

pub(super) const SHAPE: Structure = Structure::new(
    "DescribeStreamInput",
    &[
        Member::required("StreamArn", &member::STREAM_ARN),
        Member::optional("Limit", &Shape::Integer(1, 100)),
        Member::optional("ExclusiveStartShardId", &member::SHARD_ID),
        Member::optional("ShardFilter", &Shape::Structure(&SHARD_FILTER)),
    ],
);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeStream<'a> {
    let filter = fields.structure(const { SHAPE.place("ShardFilter") });
    DescribeStream {
        arn: fields.text(const { SHAPE.place("StreamArn") }).unwrap_or_default(),
        limit: fields.number(const { SHAPE.place("Limit") }),
        exclusive_start: fields.text(const { SHAPE.place("ExclusiveStartShardId") }),
        children_of: filter.and_then(|mut filter| filter.text(const { SHARD_FILTER.place("ShardId") })),
    }
}
