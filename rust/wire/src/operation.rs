//! The names of operations: those that this version answers, and those of DynamoDB that it knows but does not have yet.

use std::fmt;

/// An operation that this version answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Up to 25 statements of PartiQL, each for itself.
    BatchExecuteStatement,
    /// Up to 100 items by key.
    BatchGetItem,
    /// Up to 25 puts and deletes.
    BatchWriteItem,
    /// Make a table.
    CreateTable,
    /// Delete a backup.
    DeleteBackup,
    /// Remove one item.
    DeleteItem,
    /// Take the policy from a resource.
    DeleteResourcePolicy,
    /// Drop a table.
    DeleteTable,
    /// A backup.
    DescribeBackup,
    /// Whether a table can be restored to a point in time.
    DescribeContinuousBackups,
    /// Whether insights are on.
    DescribeContributorInsights,
    /// Where to send requests.
    DescribeEndpoints,
    /// An export.
    DescribeExport,
    /// A global table of the first kind.
    DescribeGlobalTable,
    /// Settings of a global table of the first kind.
    DescribeGlobalTableSettings,
    /// An import.
    DescribeImport,
    /// Where changes of a table go.
    DescribeKinesisStreamingDestination,
    /// The quotas of the account.
    DescribeLimits,
    /// A stream and its shards.
    DescribeStream,
    /// A table's description.
    DescribeTable,
    /// Scaling of replicas.
    DescribeTableReplicaAutoScaling,
    /// Whether items expire.
    DescribeTimeToLive,
    /// A statement of PartiQL.
    ExecuteStatement,
    /// Up to 100 statements of PartiQL, all or none.
    ExecuteTransaction,
    /// One item by its key.
    GetItem,
    /// The records of a shard.
    GetRecords,
    /// The policy of a resource.
    GetResourcePolicy,
    /// Where in a shard to begin.
    GetShardIterator,
    /// Backups.
    ListBackups,
    /// Bulk operations.
    ListBulkOperations,
    /// Where insights are on.
    ListContributorInsights,
    /// Exports.
    ListExports,
    /// Global tables of the first kind.
    ListGlobalTables,
    /// Imports.
    ListImports,
    /// The streams of a table, or all.
    ListStreams,
    /// The names of the tables.
    ListTables,
    /// The tags of a table.
    ListTagsOfResource,
    /// Insert or replace one item.
    PutItem,
    /// Give a resource a policy.
    PutResourcePolicy,
    /// The items of one partition key.
    Query,
    /// Every item.
    Scan,
    /// Add tags to a table.
    TagResource,
    /// Up to 100 items at one moment.
    TransactGetItems,
    /// Up to 100 writes, all or none.
    TransactWriteItems,
    /// Take tags from a table.
    UntagResource,
    /// Whether a table can be restored to a point in time.
    UpdateContinuousBackups,
    /// Switch insights on or off.
    UpdateContributorInsights,
    /// Edit one item.
    UpdateItem,
    /// Change a table.
    UpdateTable,
    /// Let items expire.
    UpdateTimeToLive,
}

/// What an `X-Amz-Target` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An operation that this version answers.
    Known(Operation),
    /// An operation of DynamoDB that this version does not have yet.
    NotYet(&'static str),
    /// Nothing that DynamoDB has.
    Unknown,
}

impl Operation {
    /// Every operation, by name.
    pub const ALL: [Self; 50] = [
        Self::BatchExecuteStatement,
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::CreateTable,
        Self::DeleteBackup,
        Self::DeleteItem,
        Self::DeleteResourcePolicy,
        Self::DeleteTable,
        Self::DescribeBackup,
        Self::DescribeContinuousBackups,
        Self::DescribeContributorInsights,
        Self::DescribeEndpoints,
        Self::DescribeExport,
        Self::DescribeGlobalTable,
        Self::DescribeGlobalTableSettings,
        Self::DescribeImport,
        Self::DescribeKinesisStreamingDestination,
        Self::DescribeLimits,
        Self::DescribeStream,
        Self::DescribeTable,
        Self::DescribeTableReplicaAutoScaling,
        Self::DescribeTimeToLive,
        Self::ExecuteStatement,
        Self::ExecuteTransaction,
        Self::GetItem,
        Self::GetRecords,
        Self::GetResourcePolicy,
        Self::GetShardIterator,
        Self::ListBackups,
        Self::ListBulkOperations,
        Self::ListContributorInsights,
        Self::ListExports,
        Self::ListGlobalTables,
        Self::ListImports,
        Self::ListStreams,
        Self::ListTables,
        Self::ListTagsOfResource,
        Self::PutItem,
        Self::PutResourcePolicy,
        Self::Query,
        Self::Scan,
        Self::TagResource,
        Self::TransactGetItems,
        Self::TransactWriteItems,
        Self::UntagResource,
        Self::UpdateContinuousBackups,
        Self::UpdateContributorInsights,
        Self::UpdateItem,
        Self::UpdateTable,
        Self::UpdateTimeToLive,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchExecuteStatement => "BatchExecuteStatement",
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
            Self::CreateTable => "CreateTable",
            Self::DeleteBackup => "DeleteBackup",
            Self::DeleteItem => "DeleteItem",
            Self::DeleteResourcePolicy => "DeleteResourcePolicy",
            Self::DeleteTable => "DeleteTable",
            Self::DescribeBackup => "DescribeBackup",
            Self::DescribeContinuousBackups => "DescribeContinuousBackups",
            Self::DescribeContributorInsights => "DescribeContributorInsights",
            Self::DescribeEndpoints => "DescribeEndpoints",
            Self::DescribeExport => "DescribeExport",
            Self::DescribeGlobalTable => "DescribeGlobalTable",
            Self::DescribeGlobalTableSettings => "DescribeGlobalTableSettings",
            Self::DescribeImport => "DescribeImport",
            Self::DescribeKinesisStreamingDestination => "DescribeKinesisStreamingDestination",
            Self::DescribeLimits => "DescribeLimits",
            Self::DescribeStream => "DescribeStream",
            Self::DescribeTable => "DescribeTable",
            Self::DescribeTableReplicaAutoScaling => "DescribeTableReplicaAutoScaling",
            Self::DescribeTimeToLive => "DescribeTimeToLive",
            Self::ExecuteStatement => "ExecuteStatement",
            Self::ExecuteTransaction => "ExecuteTransaction",
            Self::GetItem => "GetItem",
            Self::GetRecords => "GetRecords",
            Self::GetResourcePolicy => "GetResourcePolicy",
            Self::GetShardIterator => "GetShardIterator",
            Self::ListBackups => "ListBackups",
            Self::ListBulkOperations => "ListBulkOperations",
            Self::ListContributorInsights => "ListContributorInsights",
            Self::ListExports => "ListExports",
            Self::ListGlobalTables => "ListGlobalTables",
            Self::ListImports => "ListImports",
            Self::ListStreams => "ListStreams",
            Self::ListTables => "ListTables",
            Self::ListTagsOfResource => "ListTagsOfResource",
            Self::PutItem => "PutItem",
            Self::PutResourcePolicy => "PutResourcePolicy",
            Self::Query => "Query",
            Self::Scan => "Scan",
            Self::TagResource => "TagResource",
            Self::TransactGetItems => "TransactGetItems",
            Self::TransactWriteItems => "TransactWriteItems",
            Self::UntagResource => "UntagResource",
            Self::UpdateContinuousBackups => "UpdateContinuousBackups",
            Self::UpdateContributorInsights => "UpdateContributorInsights",
            Self::UpdateItem => "UpdateItem",
            Self::UpdateTable => "UpdateTable",
            Self::UpdateTimeToLive => "UpdateTimeToLive",
        }
    }

    /// The operation of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Whether it belongs to DynamoDB Streams, which has targets of its own.
    pub fn is_of_streams(self) -> bool {
        matches!(self, Self::DescribeStream | Self::GetRecords | Self::GetShardIterator | Self::ListStreams)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Target {
    /// Reads an `X-Amz-Target`.
    pub fn parse(target: &str) -> Self {
        let (is_of_streams, name) = if let Some(name) = target.strip_prefix("DynamoDB_20120810.") {
            (false, name)
        } else if let Some(name) = target.strip_prefix("DynamoDBStreams_20120810.") {
            (true, name)
        } else {
            return Self::Unknown;
        };
        match Operation::from_name(name) {
            Some(operation) if operation.is_of_streams() == is_of_streams => Self::Known(operation),
            None if !is_of_streams => not_yet(name),
            _ => Self::Unknown,
        }
    }
}

fn not_yet(name: &str) -> Target {
    NOT_YET.iter().find(|known| **known == name).map_or(Target::Unknown, |known| Target::NotYet(known))
}

/// The names of all operations that are known, of both services.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Operation::ALL.into_iter().map(Operation::name).chain(NOT_YET.iter().copied())
}

/// Operations of DynamoDB's API of 2026 that are not answered yet.
const NOT_YET: &[&str] = &[
    "CancelBulkOperation",
    "CreateBackup",
    "CreateGlobalTable",
    "DescribeBulkOperation",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExportTableToPointInTime",
    "ImportTable",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "SearchVectors",
    "StartBulkPutItems",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
];
