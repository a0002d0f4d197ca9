//! DescribeTableReplicaAutoScaling.

use statordb_engine::ops::describe_table_replica_auto_scaling::DescribeTableReplicaAutoScaling;

use super::member;
use crate::params::Fields;
use crate::shape::{Shape, Structure};

pub(super) const SHAPE: Structure =
    Structure::new("DescribeTableReplicaAutoScalingInput", &[member::table_name_of_control_plane(&Shape::Table)]);

pub(super) fn request<'a>(fields: &mut Fields<'a>) -> DescribeTableReplicaAutoScaling<'a> {
    DescribeTableReplicaAutoScaling { table: fields.text(const { SHAPE.place("TableName") }).unwrap_or_default() }
}
