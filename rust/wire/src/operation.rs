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
    /// A table's description.
    DescribeTable,
    /// One item by its key.
    GetItem,
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
    pub const ALL: [Self; 16] = [
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::CreateTable,
        Self::DeleteItem,
        Self::DeleteTable,
        Self::DescribeEndpoints,
        Self::DescribeLimits,
        Self::DescribeTable,
        Self::GetItem,
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
            Self::DescribeTable => "DescribeTable",
            Self::GetItem => "GetItem",
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

/// The names of all operations that are known, of both services.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let later = NOT_YET.iter().chain(NOT_YET_OF_STREAMS).copied();
    Operation::ALL.into_iter().map(Operation::name).chain(later)
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

/// Operations of DynamoDB Streams that are not answered yet.
const NOT_YET_OF_STREAMS: &[&str] = &["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
