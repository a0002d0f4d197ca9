//! Tables: their schemas, settings and states, by name.
//!
//! The catalog is one namespace: a table is the same from every region and access key; the region of a request only stands
//! in the ARNs of its answer. A table that is being made or dropped is never found by a data operation.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use statordb_store::TreeId;

use crate::error::{Error, Result};
use crate::limits::CHANGING_TABLES_MAX;
use crate::tokens::TOKEN_TREES;

mod backfill;
pub(crate) mod definition;
mod description;
mod index;
mod resource;
mod settings;
mod streaming;
mod table;

pub(crate) use backfill::Target;
pub use definition::{NewIndex, Projection, ProjectionType};
pub(crate) use description::ON_DEMAND_WARM;
pub use description::{
    BillingSummary, EncryptionSummary, GlobalIndexDetails, IndexDescription, StreamSummary, TableDescription,
    TableDetails, ThroughputSummary, WarmSummary,
};
pub(crate) use index::{Index, KEY_ATTRIBUTES_MAX, KeyFault, TtlIndex};
pub use index::{IndexKind, Projected};
pub(crate) use resource::Resource;
pub(crate) use settings::{Billing, Encryption, Insights, Policy, Provisioned, Settings};
pub use settings::{BillingMode, InsightsMode, OnDemandThroughput, SseType, TableClass, Throughput, WarmThroughput};
pub(crate) use table::{Leaving, Live, Table};

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

impl KeyRole {
    /// The name in requests and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hash => "HASH",
            Self::Range => "RANGE",
        }
    }
}

/// `TableStatus`, and `IndexStatus`, which has the same words.
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
    /// How many of them are listed as being deleted until their time is over.
    leaving: AtomicUsize,
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

    /// Notes that a table stays listed as being deleted for a while.
    pub(crate) fn will_purge(&self) {
        self.leaving.fetch_add(1, Ordering::Release);
    }

    /// Forgets the tables whose deletion is over.
    pub(crate) fn purge(&self, now_ms: u64) {
        if self.leaving.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut tables = self.write();
        let before = tables.len();
        tables.retain(|_, table| !table.is_gone(now_ms));
        self.leaving.fetch_sub(before - tables.len(), Ordering::Release);
    }

    /// Refuses one more change of a table while as many tables as may be are in change.
    ///
    /// # Errors
    /// LimitExceededException.
    pub(crate) fn check_changing<'t>(tables: impl Iterator<Item = &'t Arc<Table>>, now_ms: u64) -> Result<()> {
        if tables.filter(|table| table.status(now_ms) != TableStatus::Active).count() < CHANGING_TABLES_MAX {
            return Ok(());
        }
        Err(Error::limit_exceeded(format_args!(
            "Only {CHANGING_TABLES_MAX} tables can be created, updated, or deleted simultaneously"
        )))
    }

    /// The table of a data operation, by name or ARN.
    pub(crate) fn find(&self, name_or_arn: &str) -> Result<Arc<Table>> {
        let name = table_name(name_or_arn)?;
        self.read().get(name).cloned().ok_or_else(Error::table_not_found)
    }

    /// The table of a control-plane operation, by name or ARN.
    pub(crate) fn find_named(&self, name_or_arn: &str) -> Result<Arc<Table>> {
        let name = table_name(name_or_arn)?;
        self.get(name).ok_or_else(|| Error::named_table_not_found(name))
    }

    /// The table of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Table>> {
        self.read().get(name).cloned()
    }

    /// Every table, by name.
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
