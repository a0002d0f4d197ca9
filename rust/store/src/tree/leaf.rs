//! A leaf: sorted entries. It may be empty only where it is the whole tree.

use super::Value;
use super::heads::{Heads, Probe, shared_len};
use std::ops::Bound;
use std::sync::Arc;

/// Measured with 1 KB values: 16, 32 and 64 read and write alike within the noise, and the first writes after a fork,
/// which copy leaves, cost about twice as much with 64.
pub(super) const LEAF_ENTRIES_MAX: usize = 32;

/// A leaf with fewer entries than this is joined with a neighbour when it loses one.
pub(super) const LEAF_ENTRIES_MIN: usize = LEAF_ENTRIES_MAX / 4;

/// A key and its value; both are shared, so that copying a leaf copies no bytes of theirs.
#[derive(Clone)]
pub(super) struct Entry<V> {
    pub(super) key: Arc<[u8]>,
    pub(super) value: V,
}

impl<V: Value> Entry<V> {
    pub(super) fn bytes(&self) -> u64 {
        (self.key.len() + self.value.size()) as u64
    }
}

#[derive(Clone)]
pub(super) struct Leaf<V> {
    heads: Heads<LEAF_ENTRIES_MAX>,
    entries: Vec<Entry<V>>,
    bytes: u64,
}

/// What an insertion into a full node leaves over: a right-hand sibling, and the key that separates it.
pub(super) type Split<N> = Option<(Arc<[u8]>, N)>;

impl<V: Value> Leaf<V> {
    pub(super) fn new() -> Self {
        Self { heads: Heads::new(), entries: Vec::new(), bytes: 0 }
    }

    /// A leaf of at most `LEAF_ENTRIES_MAX` sorted entries.
    pub(super) fn from_sorted(entries: Vec<Entry<V>>) -> Self {
        let bytes = entries.iter().map(Entry::bytes).sum();
        Self { heads: Heads::of(&entries), entries, bytes }
    }

    pub(super) fn entries(&self) -> &[Entry<V>] {
        &self.entries
    }

    /// Bytes of keys and values.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    #[inline]
    pub(super) fn find(&self, probe: Probe<'_>) -> Result<usize, usize> {
        self.heads.find(&self.entries, probe)
    }

    #[inline]
    pub(super) fn get(&self, probe: Probe<'_>) -> Option<&V> {
        let index = self.heads.find_alike(&self.entries, probe).ok()?;
        self.entries.get(index).map(|entry| &entry.value)
    }

    /// The index of the first entry within a lower bound.
    pub(super) fn start(&self, bound: Bound<Probe<'_>>) -> usize {
        match bound {
            Bound::Unbounded => 0,
            Bound::Included(probe) => self.find(probe).unwrap_or_else(|index| index),
            Bound::Excluded(probe) => self.find(probe).map_or_else(|index| index, |index| index + 1),
        }
    }

    /// The index behind the last entry within an upper bound.
    pub(super) fn end(&self, bound: Bound<Probe<'_>>) -> usize {
        match bound {
            Bound::Unbounded => self.entries.len(),
            Bound::Included(probe) => self.find(probe).map_or_else(|index| index, |index| index + 1),
            Bound::Excluded(probe) => self.find(probe).unwrap_or_else(|index| index),
        }
    }

    /// Sets a value; returns the one it had, and the sibling that a full leaf gave birth to.
    pub(super) fn insert(&mut self, probe: Probe<'_>, value: V) -> (Option<V>, Split<Self>) {
        match self.find(probe) {
            Ok(index) => (self.replace(index, value), None),
            Err(index) if self.entries.len() < LEAF_ENTRIES_MAX => {
                self.insert_at(index, probe, value);
                (None, None)
            }
            Err(index) => (None, self.insert_splitting(index, probe, value)),
        }
    }

    fn replace(&mut self, index: usize, value: V) -> Option<V> {
        let entry = self.entries.get_mut(index)?;
        self.bytes += value.size() as u64;
        self.bytes -= entry.value.size() as u64;
        Some(std::mem::replace(&mut entry.value, value))
    }

    fn insert_at(&mut self, index: usize, probe: Probe<'_>, value: V) {
        let entry = Entry { key: probe.key.into(), value };
        self.bytes += entry.bytes();
        self.entries.insert(index, entry);
        self.heads.inserted(&self.entries, index);
    }

    /// A leaf that grows at its end is left full, so that keys inserted in order fill every leaf.
    fn insert_splitting(&mut self, index: usize, probe: Probe<'_>, value: V) -> Split<Self> {
        let at = if index == self.entries.len() { index } else { self.entries.len() / 2 };
        let mut right = self.split_off(at);
        if index > at || at == LEAF_ENTRIES_MAX {
            right.insert_at(index - at, probe, value);
        } else {
            self.insert_at(index, probe, value);
        }
        self.separated(right)
    }

    /// Removes a key; returns its value.
    pub(super) fn remove(&mut self, probe: Probe<'_>) -> Option<V> {
        let index = self.find(probe).ok()?;
        self.heads.removed(self.entries.len(), index);
        let entry = self.entries.remove(index);
        self.bytes -= entry.bytes();
        Some(entry.value)
    }

    /// Keeps the entries before `at`, returns the others.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let entries = self.entries.split_off(at.min(self.entries.len()));
        let heads = self.heads.split(&self.entries, &entries);
        let bytes = entries.iter().map(Entry::bytes).sum();
        self.bytes -= bytes;
        Self { heads, entries, bytes }
    }

    fn append(&mut self, mut right: Self) {
        self.entries.append(&mut right.entries);
        self.heads = Heads::of(&self.entries);
        self.bytes += right.bytes;
    }

    /// Joins with the leaf to the right; where both do not fit into one, shares the entries evenly.
    pub(super) fn join(&mut self, mut right: Self) -> Split<Self> {
        let (here, there) = (self.entries.len(), right.entries.len());
        if here + there <= LEAF_ENTRIES_MAX {
            self.append(right);
            return None;
        }
        if here < there {
            let rest = right.split_off((there - here) / 2);
            self.append(right);
            return self.separated(rest);
        }
        let mut tail = self.split_off(here - (here - there) / 2);
        tail.append(right);
        self.separated(tail)
    }

    /// The shortest key that is above this leaf and not above the first of `right`.
    fn separated(&self, right: Self) -> Split<Self> {
        let (last, first) = (self.entries.last()?, right.entries.first()?);
        Some((separator(&last.key, &first.key), right))
    }
}

/// The shortest key that is above `low` and at most `high`: what `high` shares with `low`, and one byte more.
pub(super) fn separator(low: &[u8], high: &[u8]) -> Arc<[u8]> {
    high.get(..=shared_len(low, high)).unwrap_or(high).into()
}
