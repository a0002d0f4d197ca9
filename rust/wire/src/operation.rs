//! The names of operations: those that this version answers, and those of DynamoDB that it knows but does not have yet.

use std::fmt;

/// An operation that this version answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
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
    /// A table's description.
    DescribeTable,
    /// Scaling of replicas.
    DescribeTableReplicaAutoScaling,
    /// Whether items expire.
    DescribeTimeToLive,
    /// One item by its key.
    GetItem,
    /// The policy of a resource.
    GetResourcePolicy,
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
    pub const ALL: [Self; 41] = [
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
        Self::DescribeTable,
        Self::DescribeTableReplicaAutoScaling,
        Self::DescribeTimeToLive,
        Self::GetItem,
        Self::GetResourcePolicy,
        Self::ListBackups,
        Self::ListBulkOperations,
        Self::ListContributorInsights,
        Self::ListExports,
        Self::ListGlobalTables,
        Self::ListImports,
        Self::ListTables,
        Self::ListTagsOfResource,
        Self::PutItem,
        Self::PutResourcePolicy,
        Self::Query,
        Self::Scan,
        Self::TagResource,
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
            Self::DescribeTable => "DescribeTable",
            Self::DescribeTableReplicaAutoScaling => "DescribeTableReplicaAutoScaling",
            Self::DescribeTimeToLive => "DescribeTimeToLive",
            Self::GetItem => "GetItem",
            Self::GetResourcePolicy => "GetResourcePolicy",
            Self::ListBackups => "ListBackups",
            Self::ListBulkOperations => "ListBulkOperations",
            Self::ListContributorInsights => "ListContributorInsights",
            Self::ListExports => "ListExports",
            Self::ListGlobalTables => "ListGlobalTables",
            Self::ListImports => "ListImports",
            Self::ListTables => "ListTables",
            Self::ListTagsOfResource => "ListTagsOfResource",
            Self::PutItem => "PutItem",
            Self::PutResourcePolicy => "PutResourcePolicy",
            Self::Query => "Query",
            Self::Scan => "Scan",
            Self::TagResource => "TagResource",
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
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Target {
    /// Reads an `X-Amz-Target`.
    pub fn parse(target: &str) -> Self {
        let (names, name) = if let Some(name) = target.strip_prefix("DynamoDB_20120810.") {
            (NOT_YET, name)
        } else if let Some(name) = target.strip_prefix("DynamoDBStreams_20120810.") {
            return not_yet(NOT_YET_OF_STREAMS, name);
        } else {
            return Self::Unknown;
        };
        Operation::from_name(name).map_or_else(|| not_yet(names, name), Self::Known)
    }
}

fn not_yet(names: &[&'static str], name: &str) -> Target {
    names.iter().find(|known| **known == name).map_or(Target::Unknown, |known| Target::NotYet(known))
}

/// Operations of DynamoDB's API of 2026 that are not answered yet.
const NOT_YET: &[&str] = &[
    "BatchExecuteStatement",
    "CancelBulkOperation",
    "CreateBackup",
    "CreateGlobalTable",
    "DescribeBulkOperation",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "ImportTable",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "SearchVectors",
    "StartBulkPutItems",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
];

/// Operations of DynamoDB Streams that are not answered yet.
const NOT_YET_OF_STREAMS: &[&str] = &["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
