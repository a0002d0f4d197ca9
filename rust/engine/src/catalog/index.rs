//! Secondary indexes: which items stand in one, under which keys, and with which attributes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use statordb_store::TreeId;

use super::table::Contents;
use super::{OnDemandThroughput, Provisioned, WarmThroughput};
use crate::error::{Error, Result};
use crate::key::{self, KeyAttribute, KeySchema};
use crate::limits::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use crate::value::{Item, ItemRef, ItemWriter, Kind, ValueRef};

/// Where an index's partitions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// With those of the table: an LSI.
    Local,
    /// Of its own: a GSI.
    Global,
}

/// `Projection`: the attributes that an index holds beside the keys of the table and its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projected {
    /// `ALL`.
    All,
    /// `KEYS_ONLY`.
    KeysOnly,
    /// `INCLUDE`, with `NonKeyAttributes`.
    Include(Vec<String>),
}

/// A secondary index.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) kind: IndexKind,
    pub(crate) schema: KeySchema,
    pub(crate) projected: Projected,
    /// The projected attributes, ascending; absent for all of them.
    kept: Option<Vec<String>>,
    pub(crate) tree: TreeId,
    pub(crate) provisioned: Provisioned,
    pub(crate) on_demand: OnDemandThroughput,
    pub(crate) warm: WarmThroughput,
    pub(crate) contents: Arc<Contents>,
    /// From when on it answers as active, once it is built.
    pub(crate) active_ms: u64,
    /// Until when it answers as being updated.
    pub(crate) updating_ms: u64,
    built: Arc<AtomicBool>,
}

/// The internal index that finds the items whose time has come: `expiry in seconds u64 | key in the table`.
#[derive(Debug)]
pub(crate) struct TtlIndex {
    pub(crate) attribute: String,
    pub(crate) tree: TreeId,
    built: AtomicBool,
}

/// What is wrong with an index key attribute of an item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyFault<'a> {
    Type(&'a KeyAttribute, Kind),
    Empty(&'a KeyAttribute),
    HashSize,
    RangeSize,
}

impl Index {
    pub(crate) fn new(
        table: &KeySchema,
        name: String,
        kind: IndexKind,
        schema: KeySchema,
        projected: Projected,
        tree: TreeId,
    ) -> Self {
        let keys = || table.attributes().iter().chain(schema.attributes()).map(|key| key.name.clone());
        let kept = match &projected {
            Projected::All => None,
            Projected::KeysOnly => Some(keys().collect()),
            Projected::Include(names) => Some(keys().chain(names.iter().cloned()).collect()),
        };
        let kept = kept.map(|mut names: Vec<String>| {
            names.sort_unstable();
            names.dedup();
            names
        });
        Self {
            name,
            kind,
            schema,
            projected,
            kept,
            tree,
            provisioned: Provisioned::default(),
            on_demand: OnDemandThroughput::default(),
            warm: WarmThroughput::default(),
            contents: Arc::default(),
            active_ms: 0,
            updating_ms: 0,
            built: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Whether every item of the table that belongs into the index is in it.
    pub(crate) fn is_built(&self) -> bool {
        self.built.load(Ordering::Acquire)
    }

    pub(crate) fn set_built(&self, built: bool) {
        self.built.store(built, Ordering::Release);
    }

    /// The same index, to be filled from the start in a tree that is empty.
    pub(super) fn emptied(&self, tree: TreeId) -> Self {
        Self { tree, contents: Arc::default(), built: Arc::default(), ..self.clone() }
    }

    /// The same index, once it is built.
    pub(super) fn completed(&self) -> Self {
        Self { built: Arc::new(AtomicBool::new(true)), ..self.clone() }
    }

    /// Whether it can be read.
    pub(crate) fn is_active(&self, now_ms: u64) -> bool {
        self.is_built() && now_ms >= self.active_ms
    }

    pub(crate) fn is_global(&self) -> bool {
        self.kind == IndexKind::Global
    }

    /// Whether an attribute is in the index.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        let kept = self.kept.as_ref();
        kept.is_none_or(|kept| kept.binary_search_by(|other| other.as_str().cmp(name)).is_ok())
    }

    /// What an entry of the item holds.
    pub(crate) fn entry(&self, item: &Item) -> Item {
        let Some(kept) = &self.kept else { return item.clone() };
        let mut writer = ItemWriter::new(64);
        let mut names = kept.iter().peekable();
        for (name, value) in item.view() {
            while names.next_if(|kept| kept.as_str() < name).is_some() {}
            if names.next_if(|kept| kept.as_str() == name).is_some() {
                writer.attribute(name, value);
            }
        }
        writer.finish()
    }

    /// The bytes that the entry of an item has.
    pub(crate) fn entry_size(&self, item: ItemRef<'_>) -> usize {
        match &self.kept {
            None => item.size(),
            Some(kept) => {
                let size = |name: &String| item.get(name).map_or(0, |value| name.len() + value.size());
                kept.iter().map(size).sum()
            }
        }
    }

    /// Whether two images of an item, both in the index under the same key, have different entries.
    pub(crate) fn entries_differ(&self, old: ItemRef<'_>, new: ItemRef<'_>) -> bool {
        match &self.kept {
            None => old != new,
            Some(kept) => kept.iter().any(|name| old.get(name) != new.get(name)),
        }
    }

    /// The key under which an item stands in the index; none if it lacks a key attribute or has one that cannot be a key.
    pub(crate) fn entry_key(&self, item: ItemRef<'_>, table_key: &[u8]) -> Option<Vec<u8>> {
        // One attribute of each kind is the rule; four the most there are.
        let mut values: [&[u8]; KEY_ATTRIBUTES_MAX] = [&[]; KEY_ATTRIBUTES_MAX];
        let attributes = self.schema.attributes();
        for (attribute, value) in attributes.iter().zip(&mut values) {
            *value = usable(attribute, item.get(&attribute.name)?)?;
        }
        let (hash, range) = values.get(..attributes.len())?.split_at_checked(self.schema.hash().len())?;
        let bytes = |values: &[&[u8]]| values.iter().map(|value| value.len()).sum::<usize>();
        if bytes(hash) > PARTITION_KEY_BYTES_MAX || bytes(range) > SORT_KEY_BYTES_MAX {
            return None;
        }
        Some(key::index_key(hash, range, table_key))
    }

    /// The first thing that keeps an item from being written to a table with this index, among the key attributes that
    /// are not to be `skipped`. A missing attribute does not. Sizes are those of a whole key, with what is skipped of it,
    /// unless all of it is.
    pub(crate) fn fault_unless(
        &self,
        item: ItemRef<'_>,
        skipped: impl Fn(&KeyAttribute) -> bool,
    ) -> Option<KeyFault<'_>> {
        for attribute in self.schema.attributes().iter().filter(|attribute| !skipped(attribute)) {
            let Some(value) = item.get(&attribute.name) else { continue };
            if value.kind() != attribute.kind {
                return Some(KeyFault::Type(attribute, value.kind()));
            }
            if value.scalar_bytes().is_empty() {
                return Some(KeyFault::Empty(attribute));
            }
        }
        let (hash, range) = self.schema.attributes().split_at_checked(self.schema.hash().len())?;
        let is_too_large = |part: &[KeyAttribute], most: usize| {
            let size = |attribute: &KeyAttribute| Some(item.get(&attribute.name)?.scalar_bytes().len());
            !part.iter().all(&skipped) && part.iter().filter_map(size).sum::<usize>() > most
        };
        match () {
            () if is_too_large(hash, PARTITION_KEY_BYTES_MAX) => Some(KeyFault::HashSize),
            () if is_too_large(range, SORT_KEY_BYTES_MAX) => Some(KeyFault::RangeSize),
            () => None,
        }
    }

    /// Bytes of the entry that an item has here; none where it has no entry.
    pub(crate) fn size_if_entered(&self, item: ItemRef<'_>) -> usize {
        let is_entered = self.schema.attributes().iter().all(|attribute| item.get(&attribute.name).is_some());
        if is_entered { self.entry_size(item) } else { 0 }
    }

    /// Refuses an item, as PutItem words it.
    pub(crate) fn check_put(&self, item: ItemRef<'_>) -> Result<()> {
        let Some(fault) = self.fault_unless(item, |_| false) else { return Ok(()) };
        Err(match fault {
            KeyFault::Type(attribute, actual) => self.type_mismatch(attribute, actual),
            KeyFault::Empty(attribute) => Error::validation(format!(
                "One or more parameter values are not valid. A value specified for a secondary index key is not supported. \
                 The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}",
                if attribute.kind == Kind::B { "binary" } else { "string" },
                self.name,
                attribute.name
            )),
            KeyFault::HashSize => return key::check_hash_size(usize::MAX),
            KeyFault::RangeSize => return key::check_range_size(usize::MAX),
        })
    }

    /// A value of a wrong type for an index key.
    pub(crate) fn type_mismatch(&self, attribute: &KeyAttribute, actual: Kind) -> Error {
        Error::parameter(format_args!(
            "Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}",
            attribute.name,
            attribute.kind.name(),
            actual.name(),
            self.name
        ))
    }
}

/// Key attributes that an index has at most: four of the partition key, four of the sort key.
pub(crate) const KEY_ATTRIBUTES_MAX: usize = 8;

/// The bytes of a value that can be a key.
fn usable<'v>(attribute: &KeyAttribute, value: ValueRef<'v>) -> Option<&'v [u8]> {
    (value.kind() == attribute.kind && !value.scalar_bytes().is_empty()).then(|| value.scalar_bytes())
}

impl TtlIndex {
    pub(crate) fn new(attribute: String, tree: TreeId, is_built: bool) -> Self {
        Self { attribute, tree, built: AtomicBool::new(is_built) }
    }

    /// Whether every item that expires is in it.
    pub(crate) fn is_built(&self) -> bool {
        self.built.load(Ordering::Acquire)
    }

    pub(crate) fn set_built(&self) {
        self.built.store(true, Ordering::Release);
    }

    /// The key under which an item stands: only numbers of whole or broken seconds from 1970 on count.
    pub(crate) fn entry_key(&self, item: ItemRef<'_>, table_key: &[u8]) -> Option<Vec<u8>> {
        let expires = item.get(&self.attribute)?.as_number()?.whole_seconds()?;
        let mut key = Vec::with_capacity(8 + table_key.len());
        key.extend_from_slice(&expires.to_be_bytes());
        key.extend_from_slice(table_key);
        Some(key)
    }
}
