//! Tables: their schemas, settings and states, by name.
//!
//! The catalog is one namespace: a table is the same from every region and access key; the region of a request only stands
//! in the ARNs of its answer. A table that is being made or dropped is never found by a data operation.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use statordb_store::TreeId;

use crate::error::{Error, Result};
use crate::tokens::TOKEN_TREES;
use crate::value::Kind;

mod description;
mod index;
mod table;

pub use description::{TableDescription, TableDetails};
pub(crate) use index::{Index, KEY_ATTRIBUTES_MAX, KeyFault, TtlIndex};
pub use index::{IndexKind, Projected};
pub(crate) use table::{Contents, Live, Table};

/// The account that stands in ARNs.
pub const ACCOUNT: &str = "000000000000";

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
    /// In use, while something about it changes.
    Updating,
    /// Being dropped.
    Deleting,
}

pub(crate) fn table_arn(region: &str, name: &str) -> String {
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
        TreeId(TOKEN_TREES + self.trees.fetch_add(1, Ordering::Relaxed) + 1)
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

    /// Every table.
    pub(crate) fn tables(&self) -> Vec<Arc<Table>> {
        self.read().values().cloned().collect()
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
