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
    /// Remove one item.
    DeleteItem,
    /// Drop a table.
    DeleteTable,
    /// Where to send requests.
    DescribeEndpoints,
    /// The quotas of the account.
    DescribeLimits,
    /// A stream and its shards.
    DescribeStream,
    /// A table's description.
    DescribeTable,
    /// One item by its key.
    GetItem,
    /// The records of a shard.
    GetRecords,
    /// Where in a shard to begin.
    GetShardIterator,
    /// The streams of a table, or all.
    ListStreams,
    /// The names of the tables.
    ListTables,
    /// Insert or replace one item.
    PutItem,
    /// The items of one partition key.
    Query,
    /// Every item.
    Scan,
    /// Up to 100 items at one moment.
    TransactGetItems,
    /// Up to 100 writes, all or none.
    TransactWriteItems,
    /// Edit one item.
    UpdateItem,
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
    pub const ALL: [Self; 20] = [
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::CreateTable,
        Self::DeleteItem,
        Self::DeleteTable,
        Self::DescribeEndpoints,
        Self::DescribeLimits,
        Self::DescribeStream,
        Self::DescribeTable,
        Self::GetItem,
        Self::GetRecords,
        Self::GetShardIterator,
        Self::ListStreams,
        Self::ListTables,
        Self::PutItem,
        Self::Query,
        Self::Scan,
        Self::TransactGetItems,
        Self::TransactWriteItems,
        Self::UpdateItem,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
            Self::CreateTable => "CreateTable",
            Self::DeleteItem => "DeleteItem",
            Self::DeleteTable => "DeleteTable",
            Self::DescribeEndpoints => "DescribeEndpoints",
            Self::DescribeLimits => "DescribeLimits",
            Self::DescribeStream => "DescribeStream",
            Self::DescribeTable => "DescribeTable",
            Self::GetItem => "GetItem",
            Self::GetRecords => "GetRecords",
            Self::GetShardIterator => "GetShardIterator",
            Self::ListStreams => "ListStreams",
            Self::ListTables => "ListTables",
            Self::PutItem => "PutItem",
            Self::Query => "Query",
            Self::Scan => "Scan",
            Self::TransactGetItems => "TransactGetItems",
            Self::TransactWriteItems => "TransactWriteItems",
            Self::UpdateItem => "UpdateItem",
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
    "BatchExecuteStatement",
    "CancelBulkOperation",
    "CreateBackup",
    "CreateGlobalTable",
    "DeleteBackup",
    "DeleteResourcePolicy",
    "DescribeBackup",
    "DescribeBulkOperation",
    "DescribeContinuousBackups",
    "DescribeContributorInsights",
    "DescribeExport",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeImport",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DescribeTimeToLive",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "GetResourcePolicy",
    "ImportTable",
    "ListBackups",
    "ListBulkOperations",
    "ListContributorInsights",
    "ListExports",
    "ListGlobalTables",
    "ListImports",
    "ListTagsOfResource",
    "PutResourcePolicy",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "SearchVectors",
    "StartBulkPutItems",
    "TagResource",
    "UntagResource",
    "UpdateContinuousBackups",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTable",
    "UpdateTableReplicaAutoScaling",
    "UpdateTimeToLive",
];
