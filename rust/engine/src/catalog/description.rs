//! What DescribeTable and its relatives tell about a table.

use super::{BillingMode, KeyRole, Table, TableClass, TableStatus, Throughput, table_arn};
use crate::key::KeySchema;
use crate::ops::Caller;
use crate::value::Kind;

/// Read and write units a second that an on-demand table can serve at once (AWS's default warm throughput).
const ON_DEMAND_WARM: Throughput = Throughput { read_units: 12_000, write_units: 4_000 };

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

impl Table {
    /// The description of the table in `status`, as `caller` sees it.
    pub(crate) fn describe(&self, caller: &Caller<'_>, status: TableStatus) -> TableDescription {
        let live = self.live();
        TableDescription {
            name: self.name().to_owned(),
            status,
            arn: table_arn(caller.region, self.name()),
            id: self.id.clone(),
            item_count: self.contents.items(),
            size_bytes: self.contents.bytes(),
            throughput: live.throughput,
            deletion_protection: live.deletion_protection,
            details: (status != TableStatus::Deleting).then(|| self.details(status != TableStatus::Creating)),
        }
    }

    fn details(&self, active: bool) -> TableDetails {
        let live = self.live();
        let pay_per_request = live.billing_mode == BillingMode::PayPerRequest;
        TableDetails {
            definitions: live.definitions.clone(),
            key_schema: described_keys(&self.schema),
            created_ms: self.created_ms,
            pay_per_request,
            pay_per_request_since_ms: (active && pay_per_request).then_some(self.created_ms),
            table_class: live.table_class,
            warm_throughput: active.then_some(if pay_per_request { ON_DEMAND_WARM } else { live.throughput }),
        }
    }
}

fn described_keys(schema: &KeySchema) -> Vec<(String, KeyRole)> {
    let role = |role| move |attribute: &crate::key::KeyAttribute| (attribute.name.clone(), role);
    let hash = schema.hash().iter().map(role(KeyRole::Hash));
    hash.chain(schema.range().iter().map(role(KeyRole::Range))).collect()
}
