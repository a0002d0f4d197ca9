//! DescribeTableReplicaAutoScaling: no table has replicas.

use std::borrow::Cow;

use crate::Engine;
use crate::catalog::TableStatus;
use crate::error::Result;

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeTableReplicaAutoScaling<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

/// `TableAutoScalingDescription` of a table without replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReplicas {
    /// `TableName`.
    pub table: String,
    /// `TableStatus`.
    pub status: TableStatus,
}

impl Engine {
    /// Tells that a table has no replicas.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table.
    pub fn describe_table_replica_auto_scaling(
        &self,
        request: &DescribeTableReplicaAutoScaling<'_>,
    ) -> Result<NoReplicas> {
        let now_ms = self.clock.now_ms();
        let table = self.listed_table(&request.table, now_ms)?;
        Ok(NoReplicas { table: table.name().to_owned(), status: table.status(now_ms) })
    }
}
