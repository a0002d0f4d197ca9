//! The hashes of a node's keys, kept side by side in the node itself, so that a search touches the keys only where two
//! hashes are equal. A shorter key's hash is padded with zeros, so the order of hashes never contradicts that of keys.

use crate::key_hash;

/// A key to look for, with its hash computed once.
#[derive(Clone, Copy)]
pub(super) struct Probe<'k> {
    pub(super) hash: u64,
    pub(super) key: &'k [u8],
}

impl<'k> Probe<'k> {
    pub(super) fn new(key: &'k [u8]) -> Self {
        Self { hash: key_hash(key), key }
    }
}

/// Hashes of the first `len` keys of a node; the node knows `len`, which is at most `MAX`.
#[derive(Clone)]
pub(super) struct Hashes<const MAX: usize>([u64; MAX]);

impl<const MAX: usize> Hashes<MAX> {
    pub(super) fn new() -> Self {
        Self([0; MAX])
    }

    pub(super) fn from_keys<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Self {
        let mut hashes = Self::new();
        for (slot, key) in hashes.0.iter_mut().zip(keys) {
            *slot = key_hash(key);
        }
        hashes
    }

    pub(super) fn insert(&mut self, len: usize, index: usize, hash: u64) {
        if let Some(tail) = self.0.get_mut(index..=len) {
            tail.rotate_right(1);
            if let Some(slot) = tail.first_mut() {
                *slot = hash;
            }
        }
    }

    pub(super) fn remove(&mut self, len: usize, index: usize) {
        if let Some(tail) = self.0.get_mut(index..len) {
            tail.rotate_left(1);
        }
    }

    /// The hashes from `from` on, as those of a new node.
    pub(super) fn tail(&self, from: usize) -> Self {
        let mut tail = Self::new();
        for (slot, hash) in tail.0.iter_mut().zip(self.0.iter().skip(from)) {
            *slot = *hash;
        }
        tail
    }

    /// Puts the first `count` hashes of `other` behind the first `len` of these.
    pub(super) fn append(&mut self, len: usize, other: &Self, count: usize) {
        for (slot, hash) in self.0.iter_mut().skip(len).zip(other.0.iter().take(count)) {
            *slot = *hash;
        }
    }

    /// Where `probe` is among the sorted `items`, or where it would be.
    #[inline]
    pub(super) fn find<T>(&self, items: &[T], probe: Probe<'_>, key_of: impl Fn(&T) -> &[u8]) -> Result<usize, usize> {
        let hashes = self.0.get(..items.len()).unwrap_or(&self.0);
        let low = hashes.partition_point(|hash| *hash < probe.hash);
        let same = hashes.get(low..).unwrap_or_default();
        let run = match (same.first(), same.get(1)) {
            (Some(first), _) if *first != probe.hash => return Err(low),
            (None, _) => return Err(low),
            (Some(_), Some(second)) if *second == probe.hash => same.partition_point(|hash| *hash == probe.hash),
            (Some(_), _) => 1,
        };
        let run = items.get(low..low + run).unwrap_or_default();
        match run.binary_search_by(|item| key_of(item).cmp(probe.key)) {
            Ok(index) => Ok(low + index),
            Err(index) => Err(low + index),
        }
    }
}
