//! Tables: their schemas, settings and states, by name.

use crate::value::Kind;

/// What a key attribute is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRole {
    /// Partition key.
    Hash,
    /// Sort key.
    Range,
}

/// How a table is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BillingMode {
    /// By provisioned units.
    #[default]
    Provisioned,
    /// By request.
    PayPerRequest,
}

/// `TableClass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableClass {
    /// `STANDARD`.
    Standard,
    /// `STANDARD_INFREQUENT_ACCESS`.
    StandardInfrequentAccess,
}

/// `ProvisionedThroughput`, in units a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throughput {
    /// `ReadCapacityUnits`.
    pub read_units: u64,
    /// `WriteCapacityUnits`.
    pub write_units: u64,
}

/// `TableStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableStatus {
    /// Being made.
    Creating,
    /// In use.
    Active,
    /// Being dropped.
    Deleting,
}

/// `TableDescription`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDescription {
    /// `TableName`.
    pub name: String,
    /// `TableStatus`.
    pub status: TableStatus,
    /// `TableArn`.
    pub arn: String,
    /// `TableId`, a UUID.
    pub id: String,
    /// `ItemCount`.
    pub item_count: u64,
    /// `TableSizeBytes`.
    pub size_bytes: u64,
    /// `ProvisionedThroughput`; zeros when paid per request.
    pub throughput: Throughput,
    /// `DeletionProtectionEnabled`.
    pub deletion_protection: bool,
    /// What a deleted table's description leaves out.
    pub details: Option<TableDetails>,
}

/// The part of a description that a table has while it is not being deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDetails {
    /// `AttributeDefinitions`.
    pub definitions: Vec<(String, Kind)>,
    /// `KeySchema`.
    pub key_schema: Vec<(String, KeyRole)>,
    /// `CreationDateTime`, in milliseconds since 1970.
    pub created_ms: u64,
    /// `BillingModeSummary.BillingMode`; present when paid per request.
    pub pay_per_request: bool,
    /// `BillingModeSummary.LastUpdateToPayPerRequestDateTime`, in milliseconds; once active.
    pub pay_per_request_since_ms: Option<u64>,
    /// `TableClassSummary.TableClass`, when one was given.
    pub table_class: Option<TableClass>,
    /// `WarmThroughput` in units a second; once active.
    pub warm_throughput: Option<Throughput>,
}
