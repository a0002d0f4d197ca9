//! Tables: their schemas, settings and states, by name.
//!
//! The catalog is one namespace: a table is the same from every region and access key; the region of a request only stands
//! in the ARNs of its answer. A table that is being made or dropped is never found by a data operation.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use statordb_store::TreeId;

use crate::error::{Error, Result};
use crate::key::KeySchema;
use crate::ops::Caller;
use crate::value::Kind;

/// The account that stands in ARNs.
pub const ACCOUNT: &str = "000000000000";

/// Read and write units a second that an on-demand table can serve at once (AWS's default warm throughput).
const ON_DEMAND_WARM: Throughput = Throughput { read_units: 12_000, write_units: 4_000 };

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

/// What a table was made with.
#[derive(Clone, Debug)]
pub(crate) struct TableSettings {
    pub(crate) name: String,
    pub(crate) schema: KeySchema,
    pub(crate) definitions: Vec<(String, Kind)>,
    pub(crate) billing_mode: BillingMode,
    pub(crate) throughput: Throughput,
    pub(crate) table_class: Option<TableClass>,
    pub(crate) deletion_protection: bool,
}

/// How many items a table holds and how large they are; kept by every write.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    items: AtomicI64,
    bytes: AtomicI64,
}

impl Contents {
    /// One item of `old` bytes became one of `new` bytes; absent on either side counts as no item.
    pub(crate) fn change(&self, old: Option<usize>, new: Option<usize>) {
        let items = i64::from(new.is_some()) - i64::from(old.is_some());
        let bytes = new.unwrap_or(0) as i64 - old.unwrap_or(0) as i64;
        if items != 0 {
            self.items.fetch_add(items, Ordering::Relaxed);
        }
        if bytes != 0 {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn count(of: &AtomicI64) -> u64 {
        of.load(Ordering::Relaxed).max(0) as u64
    }
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) settings: TableSettings,
    pub(crate) id: String,
    pub(crate) created_ms: u64,
    pub(crate) tree: TreeId,
    pub(crate) contents: Contents,
}

impl Table {
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(crate) fn schema(&self) -> &KeySchema {
        &self.settings.schema
    }

    /// The description of the table in `status`, as `caller` sees it.
    pub(crate) fn describe(&self, caller: &Caller<'_>, status: TableStatus) -> TableDescription {
        TableDescription {
            name: self.name().to_owned(),
            status,
            arn: table_arn(caller.region, self.name()),
            id: self.id.clone(),
            item_count: Contents::count(&self.contents.items),
            size_bytes: Contents::count(&self.contents.bytes),
            throughput: self.settings.throughput,
            deletion_protection: self.settings.deletion_protection,
            details: (status != TableStatus::Deleting).then(|| self.details(status == TableStatus::Active)),
        }
    }

    fn details(&self, active: bool) -> TableDetails {
        let settings = &self.settings;
        let pay_per_request = settings.billing_mode == BillingMode::PayPerRequest;
        let roles = settings.schema.attributes().zip([KeyRole::Hash, KeyRole::Range]);
        TableDetails {
            definitions: settings.definitions.clone(),
            key_schema: roles.map(|(attribute, role)| (attribute.name.clone(), role)).collect(),
            created_ms: self.created_ms,
            pay_per_request,
            pay_per_request_since_ms: (active && pay_per_request).then_some(self.created_ms),
            table_class: settings.table_class,
            warm_throughput: active.then_some(if pay_per_request { ON_DEMAND_WARM } else { settings.throughput }),
        }
    }
}

fn table_arn(region: &str, name: &str) -> String {
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}")
}

/// The name in a `TableName` member, which may be the table's ARN. ARNs of anything else are refused.
pub(crate) fn table_name(name_or_arn: &str) -> Result<&str> {
    if !name_or_arn.starts_with("arn:") {
        return Ok(name_or_arn);
    }
    let mut parts = name_or_arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next(), parts.nth(2));
    match (service, resource.and_then(|resource| resource.strip_prefix("table/"))) {
        (Some("dynamodb"), Some(name)) if !name.is_empty() && !name.contains(['/', ':']) => Ok(name),
        _ => Err(Error::validation(format!(
            "1 validation error detected: Value '{name_or_arn}' at 'tableName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        ))),
    }
}

/// All tables.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    tables: RwLock<BTreeMap<String, Arc<Table>>>,
    trees: AtomicU64,
}

impl Catalog {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Table>>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables, locked for a change. The caller does what can fail before it changes the map.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Table>>> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// An identifier that no tree had before.
    pub(crate) fn next_tree(&self) -> TreeId {
        TreeId(self.trees.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The table of a data operation, by name or ARN.
    pub(crate) fn find(&self, name_or_arn: &str) -> Result<Arc<Table>> {
        let name = table_name(name_or_arn)?;
        self.read().get(name).cloned().ok_or_else(Error::table_not_found)
    }

    /// The table of a control-plane operation, by name or ARN.
    pub(crate) fn find_named(&self, name_or_arn: &str) -> Result<Arc<Table>> {
        let name = table_name(name_or_arn)?;
        self.read().get(name).cloned().ok_or_else(|| Error::named_table_not_found(name))
    }

    /// Up to `limit` names behind `start`, and whether there are more.
    pub(crate) fn names(&self, start: Option<&str>, limit: usize) -> (Vec<String>, bool) {
        let tables = self.read();
        let from = start.map_or(Bound::Unbounded, Bound::Excluded);
        let mut names = tables.range::<str, _>((from, Bound::Unbounded)).map(|(name, _)| name.clone());
        let page: Vec<String> = names.by_ref().take(limit).collect();
        let more = names.next().is_some();
        (page, more)
    }
}
