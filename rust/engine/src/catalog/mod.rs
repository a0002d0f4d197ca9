//! Tables: their schemas, settings and states, by name.
//!
//! The catalog is one namespace: a table is the same from every region and access key; the region of a request only stands
//! in the ARNs of its answer. A table that is being made or dropped is never found by a data operation. What is here is kept in
//! the store as well (`kept.rs`), and is there first.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::error::{Error, Result};
use crate::limits::CHANGING_TABLES_MAX;

mod backfill;
pub(crate) mod definition;
mod description;
mod edit;
mod index;
pub(crate) mod kept;
mod opening;
mod record;
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
pub(crate) use edit::Edit;
pub(crate) use index::{Index, KEY_ATTRIBUTES_MAX, KeyFault, TtlIndex};
pub use index::{IndexKind, Projected};
use kept::Kept;
pub(crate) use opening::{Opening, named_trees};
pub(crate) use record::{decode as read_table, table_entry, table_removal};
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
#[derive(Debug)]
pub(crate) struct Catalog {
    tables: RwLock<BTreeMap<String, Arc<Table>>>,
    /// How many of them are listed as being deleted until their time is over.
    leaving: AtomicUsize,
    /// Held by who makes or deletes a table, until that is recorded and shown. It comes before the lock of a table.
    changing: Mutex<()>,
    /// Held for reading by who makes or drops trees, from before the first of them is made until the last is dropped or a
    /// record names it. It comes before all other locks.
    shaping: RwLock<()>,
    /// The records of all this in the store.
    pub(crate) kept: Arc<Kept>,
}

impl Catalog {
    /// The tables that were recorded.
    pub(crate) fn new(tables: impl IntoIterator<Item = Arc<Table>>, kept: Kept) -> Self {
        let tables: BTreeMap<_, _> = tables.into_iter().map(|table| (table.name().to_owned(), table)).collect();
        let leaving = tables.values().filter(|table| table.is_deleted()).count();
        let (tables, leaving) = (RwLock::new(tables), AtomicUsize::new(leaving));
        let (changing, shaping) = (Mutex::default(), RwLock::default());
        Self { tables, leaving, changing, shaping, kept: Arc::new(kept) }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Table>>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Table>>> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nobody else make or delete a table.
    pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be held while trees are made or dropped, and taken before any other lock.
    pub(crate) fn shaping(&self) -> RwLockReadGuard<'_, ()> {
        self.shaping.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// While this is held there is no tree without a record that names it, but for what is wrong.
    pub(crate) fn at_rest(&self) -> RwLockWriteGuard<'_, ()> {
        self.shaping.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a table that was made.
    pub(crate) fn insert(&self, table: Arc<Table>) {
        self.write().insert(table.name().to_owned(), table);
    }

    /// Takes away a table that was deleted.
    pub(crate) fn remove(&self, name: &str) {
        self.write().remove(name);
    }

    /// Notes that a table stays listed as being deleted for a while.
    pub(crate) fn will_purge(&self) {
        self.leaving.fetch_add(1, Ordering::Release);
    }

    /// Forgets the tables whose deletion is over.
    pub(crate) fn purge(&self, now_ms: u64) -> Result<()> {
        if self.leaving.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let is_gone = |table: &&Arc<Table>| table.is_gone(now_ms);
        if !self.read().values().any(|table| table.is_gone(now_ms)) {
            return Ok(());
        }
        let _changing = self.changing();
        let gone: Vec<String> = self.read().values().filter(is_gone).map(|table| table.name().to_owned()).collect();
        let removals: Vec<_> = gone.iter().map(|name| table_removal(name)).collect();
        // Nobody is told of this commit: from the same records, the time alone says that these tables are gone.
        self.kept.commit(&removals, None)?;
        gone.iter().for_each(|name| self.remove(name));
        self.leaving.fetch_sub(gone.len(), Ordering::Release);
        Ok(())
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
