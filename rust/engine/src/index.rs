//! What a write does to the indexes of its table: entries that come, go and change, and what refuses a write.

use std::sync::Arc;

use statordb_store::{Bytes, Tally, Txn};

use crate::capacity::HalfUnits;
use crate::catalog::{Index, KeyFault, Live};
use crate::error::{Error, Result};
use crate::key::{KeyAttribute, check_hash_size, check_range_size};
use crate::value::{Item, ItemRef, Kind, ValueRef};
use crate::write::Update;

/// What a write did to one index.
#[derive(Debug)]
pub(crate) struct IndexChange {
    pub(crate) index: Arc<Index>,
    pub(crate) units: HalfUnits,
    /// Entries and bytes that came less those that went.
    pub(crate) tally: Tally,
}

impl IndexChange {
    pub(crate) fn count(&self) {
        self.index.contents.add(self.tally);
    }
}

/// Where an image of an item stands in an index, and how large its entry is.
struct Entry {
    key: Vec<u8>,
    size: usize,
}

impl Live {
    /// Brings the index entries of an item that has changed from `old` to `new` in line with it. Only what differs is
    /// written: an entry whose key and projection stay is left alone, and costs nothing.
    pub(crate) fn edit_indexes(
        &self,
        table_key: &[u8],
        old: Option<&Item>,
        new: Option<&Item>,
        txn: &mut dyn Txn,
    ) -> Vec<IndexChange> {
        self.edit_ttl(table_key, old, new, txn);
        let mut changes = Vec::with_capacity(self.indexes.len());
        for index in &self.indexes {
            if let (Some(old), Some(new)) = (old, new)
                && index.has_same_key(old.view(), new.view())
                && !index.entries_differ(old.view(), new.view())
            {
                continue;
            }
            changes.extend(edit_entry(index, table_key, old, new, txn));
        }
        changes
    }

    fn edit_ttl(&self, table_key: &[u8], old: Option<&Item>, new: Option<&Item>, txn: &mut dyn Txn) {
        let Some(ttl) = &self.ttl else { return };
        let key = |item: Option<&Item>| item.and_then(|item| ttl.entry_key(item.view(), table_key));
        let (old, new) = (key(old), key(new));
        if old == new {
            return;
        }
        if let Some(old) = old {
            txn.delete(ttl.tree, &old);
        }
        if let Some(new) = new {
            txn.put(ttl.tree, &new, Bytes::default());
        }
    }

    /// Refuses an update that assigns a constant which cannot be a key of an index.
    pub(crate) fn check_assigned_keys(&self, update: &Update<'_>) -> Result<()> {
        for index in &self.indexes {
            for attribute in index.schema.attributes() {
                if let Some(value) = update.assigned(&attribute.name) {
                    check_assigned(index, attribute, value)?;
                }
            }
        }
        Ok(())
    }

    /// Refuses an update that has changed a key of an index into something that cannot be one. Keys that it leaves as they
    /// are may be unusable: an index that was made later does not hold such items.
    pub(crate) fn check_changed_keys(&self, old: Option<&Item>, new: &Item) -> Result<()> {
        for index in &self.indexes {
            let unchanged = |attribute: &KeyAttribute| {
                old.is_some_and(|old| old.view().get(&attribute.name) == new.view().get(&attribute.name))
            };
            if index.schema.attributes().iter().all(unchanged) {
                continue;
            }
            match index.fault_unless(new.view(), unchanged) {
                None => {}
                Some(KeyFault::Type(..)) => {
                    return Err(Error::validation(
                        "The update expression attempted to update the secondary index key to unsupported type",
                    ));
                }
                Some(KeyFault::Empty(attribute)) => return Err(empty_key(attribute)),
                Some(KeyFault::HashSize) => return check_hash_size(usize::MAX),
                Some(KeyFault::RangeSize) => return check_range_size(usize::MAX),
            }
        }
        Ok(())
    }
}

fn check_assigned(index: &Index, attribute: &KeyAttribute, value: ValueRef<'_>) -> Result<()> {
    if value.kind() != attribute.kind {
        return Err(index.type_mismatch(attribute, value.kind()));
    }
    if value.scalar_bytes().is_empty() { Err(empty_key(attribute)) } else { Ok(()) }
}

fn empty_key(attribute: &KeyAttribute) -> Error {
    let what = if attribute.kind == Kind::B { "binary" } else { "string" };
    Error::validation(format!(
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a \
         value that is not supported. The AttributeValue for a key attribute cannot contain an empty {what} value."
    ))
}

/// Moves or rewrites the entry of one item in one index.
fn edit_entry(
    index: &Arc<Index>,
    table_key: &[u8],
    old: Option<&Item>,
    new: Option<&Item>,
    txn: &mut dyn Txn,
) -> Option<IndexChange> {
    let entry = |item: &Item| {
        let key = index.entry_key(item.view(), table_key)?;
        Some(Entry { key, size: index.entry_size(item.view()) })
    };
    let (before, after) = (old.and_then(entry), new.and_then(entry));
    let tally = tally_of(before.as_ref().map(|entry| entry.size), after.as_ref().map(|entry| entry.size));
    // The commit counts it once, with whichever of the two writes there is.
    let mut uncounted = tally;
    if let Some(before) = &before
        && after.as_ref().is_none_or(|after| after.key != before.key)
    {
        txn.write(index.tree, &before.key, None, std::mem::take(&mut uncounted));
    }
    if let (Some(after), Some(new)) = (&after, new) {
        txn.write(index.tree, &after.key, Some(index.entry(new).bytes().clone()), uncounted);
    }
    let size = |entry: &Option<Entry>| entry.as_ref().map_or(0, |entry| entry.size);
    let units = match (&before, &after) {
        (None, None) => return None,
        (Some(before), Some(after)) if before.key != after.key => {
            let mut units = HalfUnits::of_write(before.size);
            units += HalfUnits::of_write(after.size);
            units
        }
        _ => HalfUnits::of_write(size(&before).max(size(&after))),
    };
    Some(IndexChange { index: Arc::clone(index), units, tally })
}

/// What it counts that something of `old` bytes became one of `new` bytes; absent on either side counts as nothing.
pub(crate) fn tally_of(old: Option<usize>, new: Option<usize>) -> Tally {
    Tally {
        items: i64::from(new.is_some()) - i64::from(old.is_some()),
        bytes: new.unwrap_or(0) as i64 - old.unwrap_or(0) as i64,
    }
}

impl Index {
    /// Whether two images of an item have the same values for the keys of the index.
    fn has_same_key(&self, old: ItemRef<'_>, new: ItemRef<'_>) -> bool {
        self.schema.attributes().iter().all(|attribute| old.get(&attribute.name) == new.get(&attribute.name))
    }
}
