//! Contributor insights: which keys of a table or an index cost the most, and which ones were throttled.
//!
//! Counted for those tables and indexes alone that were asked for; the counts are in memory, bounded, and begin anew when
//! insights are enabled again. A write or a read of one item counts for its partition key and, where there is a sort key,
//! for both together; a Query counts for its partition key; a Scan is about no key and does not count.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use statordb_store::{Bytes, TreeId};

use crate::Engine;
use crate::capacity::HalfUnits;
use crate::catalog::{InsightsMode, Table};
use crate::error::{Error, Result};
use crate::key::KeySchema;
use crate::value::{Item, ItemRef};

mod sketch;

use sketch::TopKeys;

/// Keys in a report at most, as in the reports of AWS.
const REPORTED_MAX: usize = 100;

/// A key, and how much it contributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributor {
    /// The key attributes.
    pub key: Item,
    /// Capacity units, or throttled requests.
    pub count: f64,
}

/// The keys that contributed most, the first one first, 100 at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contributors {
    /// Partition keys by consumed capacity units.
    pub accessed: Vec<Contributor>,
    /// Partition and sort keys by consumed capacity units.
    pub accessed_items: Vec<Contributor>,
    /// Partition keys by throttled requests.
    pub throttled: Vec<Contributor>,
    /// Partition and sort keys by throttled requests.
    pub throttled_items: Vec<Contributor>,
}

/// The counts of one table or index.
#[derive(Debug, Default)]
struct Counts {
    mode: InsightsMode,
    accessed: KeyCounts,
    throttled: KeyCounts,
}

#[derive(Debug, Default)]
struct KeyCounts {
    partition_keys: TopKeys,
    items: TopKeys,
}

impl KeyCounts {
    fn add(&mut self, schema: &KeySchema, key: ItemRef<'_>, amount: u64) {
        let has = |attribute: &crate::key::KeyAttribute| key.get(&attribute.name).is_some();
        if !schema.hash().iter().all(has) {
            return;
        }
        self.partition_keys.add(schema.partition_key_of(key).bytes(), amount);
        if !schema.range().is_empty() && schema.range().iter().all(has) {
            self.items.add(schema.key_of(key).bytes(), amount);
        }
    }
}

/// The counts of all tables and indexes that have them, by tree.
#[derive(Debug, Default)]
pub(crate) struct Insights {
    enabled: AtomicUsize,
    counts: Mutex<HashMap<TreeId, Counts>>,
}

impl Insights {
    fn counts(&self) -> MutexGuard<'_, HashMap<TreeId, Counts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything is counted at all.
    pub(crate) fn is_any(&self) -> bool {
        self.enabled.load(Ordering::Acquire) > 0
    }

    /// Counts for a tree from now on, in a mode; or no longer, and then forgets its counts. One that has counts keeps them.
    pub(crate) fn count(&self, tree: TreeId, mode: Option<InsightsMode>) {
        let mut counts = self.counts();
        match mode {
            Some(mode) => counts.entry(tree).or_default().mode = mode,
            None => drop(counts.remove(&tree)),
        }
        self.enabled.store(counts.len(), Ordering::Release);
    }

    /// Counts units that a key has cost.
    pub(crate) fn accessed(&self, tree: TreeId, schema: &KeySchema, key: ItemRef<'_>, units: HalfUnits) {
        let mut counts = self.counts();
        let counts = counts.get_mut(&tree).filter(|counts| counts.mode == InsightsMode::AccessedAndThrottledKeys);
        if let Some(counts) = counts {
            counts.accessed.add(schema, key, units.0);
        }
    }

    /// Counts a request about a key that was throttled.
    pub(crate) fn throttled(&self, tree: TreeId, schema: &KeySchema, key: ItemRef<'_>) {
        if let Some(counts) = self.counts().get_mut(&tree) {
            counts.throttled.add(schema, key, 1);
        }
    }

    fn report(&self, tree: TreeId) -> Option<Contributors> {
        let counts = self.counts();
        let counts = counts.get(&tree)?;
        // Units are counted in halves.
        Some(Contributors {
            accessed: first(&counts.accessed.partition_keys, 2.0),
            accessed_items: first(&counts.accessed.items, 2.0),
            throttled: first(&counts.throttled.partition_keys, 1.0),
            throttled_items: first(&counts.throttled.items, 1.0),
        })
    }
}

fn first(keys: &TopKeys, parts: f64) -> Vec<Contributor> {
    let contributor = |(key, count): (Bytes, u64)| {
        let key = Item::from_bytes(key)?;
        Some(Contributor { key, count: count as f64 / parts })
    };
    keys.first(REPORTED_MAX).into_iter().filter_map(contributor).collect()
}

impl Engine {
    /// The keys of a table, or of its index `index`, that contributed most; nothing while insights are disabled.
    ///
    /// # Errors
    /// ResourceNotFoundException for a table or an index that there is not.
    pub fn contributors(&self, table: &str, index: Option<&str>) -> Result<Option<Contributors>> {
        Ok(self.traffic.insights.report(self.tree_of(table, index)?))
    }

    /// Counts for what had insights when the store was closed. The counts begin anew.
    pub(crate) fn resume_insights(&self) {
        for table in self.catalog.tables().iter().filter(|table| !table.is_deleted()) {
            let live = table.live();
            for (index, insights) in live.settings.insights.iter().filter(|(_, insights)| insights.is_enabled) {
                let index = index.as_deref().map(|name| live.index(name).map(|index| index.tree));
                if let Some(tree) = index.unwrap_or(Some(table.tree)) {
                    self.traffic.insights.count(tree, Some(insights.mode));
                }
            }
        }
    }

    fn tree_of(&self, name: &str, index: Option<&str>) -> Result<TreeId> {
        let table = self.table(name)?;
        let Some(index) = index else { return Ok(table.tree) };
        index_tree(&table, index)
    }
}

fn index_tree(table: &Table, name: &str) -> Result<TreeId> {
    table.live().index(name).map(|index| index.tree).ok_or_else(Error::table_not_found)
}
