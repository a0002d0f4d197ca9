//! The heads of a node's keys, kept side by side in the node itself, so that a search touches the keys only where two
//! heads are equal.
//!
//! A head is eight bytes of a key, padded with zeros: the first eight, its hash, or, in a node whose keys all begin
//! alike, as under one partition key, the eight behind what they share. The order of heads never contradicts that of
//! keys.

use super::Value;
use super::leaf::Entry;
use crate::key_hash;
use std::cmp::Ordering;
use std::sync::Arc;

/// A key to look for, with its hash computed once.
#[derive(Clone, Copy)]
pub(super) struct Probe<'k> {
    hash: u64,
    pub(super) key: &'k [u8],
}

impl<'k> Probe<'k> {
    pub(super) fn new(key: &'k [u8]) -> Self {
        Self { hash: key_hash(key), key }
    }

    fn head(&self, skip: usize) -> u64 {
        if skip == 0 { self.hash } else { head(self.key, skip) }
    }
}

/// What a node keeps in order: entries in a leaf, separators in a branch.
pub(super) trait Keyed {
    fn key(&self) -> &[u8];
}

impl<V: Value> Keyed for Entry<V> {
    fn key(&self) -> &[u8] {
        &self.key
    }
}

impl Keyed for Arc<[u8]> {
    fn key(&self) -> &[u8] {
        self
    }
}

/// The heads of a node's items, of which there are at most `MAX`; the node knows how many, and keeps the items.
#[derive(Clone)]
pub(super) struct Heads<const MAX: usize> {
    heads: [u64; MAX],
    /// How many bytes at the beginning of all keys are alike, and not part of their heads.
    skip: usize,
}

impl<const MAX: usize> Heads<MAX> {
    pub(super) fn new() -> Self {
        Self { heads: [0; MAX], skip: 0 }
    }

    pub(super) fn of<T: Keyed>(items: &[T]) -> Self {
        let mut heads = Self::new();
        heads.fill(items, 0);
        heads.tighten(items);
        heads
    }

    /// To be told of an item that has just been inserted.
    pub(super) fn inserted<T: Keyed>(&mut self, items: &[T], index: usize) {
        let Some(key) = items.get(index).map(T::key) else { return };
        let neighbour = items.get(usize::from(index == 0)).map(T::key);
        let shared = neighbour.map_or(0, |neighbour| shared_len(neighbour, key));
        if shared < self.skip {
            return self.fill(items, shared);
        }
        if let Some(tail) = self.heads.get_mut(index..items.len()) {
            tail.rotate_right(1);
            if let Some(slot) = tail.first_mut() {
                *slot = head(key, self.skip);
            }
        }
        if items.len() >= 4 && items.len().is_power_of_two() {
            self.tighten(items);
        }
    }

    /// To be told that the item at `index` of `len` has been removed.
    pub(super) fn removed(&mut self, len: usize, index: usize) {
        if let Some(tail) = self.heads.get_mut(index..len) {
            tail.rotate_left(1);
        }
    }

    /// To be told that the items have been cut into `left` and `right`; returns the heads of the latter.
    pub(super) fn split<T: Keyed>(&mut self, left: &[T], right: &[T]) -> Self {
        let mut other = Self { heads: [0; MAX], skip: self.skip };
        for (slot, head) in other.heads.iter_mut().zip(self.heads.iter().skip(left.len())) {
            *slot = *head;
        }
        self.tighten(left);
        other.tighten(right);
        other
    }

    /// Skips what all keys share, if all heads have become the same.
    fn tighten<T: Keyed>(&mut self, items: &[T]) {
        let heads = self.heads.get(..items.len()).unwrap_or(&self.heads);
        if let (true, Some(first), Some(last)) = (heads.first() == heads.last(), items.first(), items.last()) {
            let shared = shared_len(first.key(), last.key());
            if items.len() > 1 && shared > self.skip {
                self.fill(items, shared);
            }
        }
    }

    fn fill<T: Keyed>(&mut self, items: &[T], skip: usize) {
        self.skip = skip;
        for (slot, item) in self.heads.iter_mut().zip(items) {
            *slot = head(item.key(), skip);
        }
    }

    /// Where `probe` is among the sorted `items`, or where it would be.
    #[inline]
    pub(super) fn find<T: Keyed>(&self, items: &[T], probe: Probe<'_>) -> Result<usize, usize> {
        if self.skip > 0 {
            let shared = items.first().and_then(|item| item.key().get(..self.skip)).unwrap_or_default();
            match probe.key.get(..self.skip).unwrap_or(probe.key).cmp(shared) {
                Ordering::Less => return Err(0),
                Ordering::Equal => {}
                Ordering::Greater => return Err(items.len()),
            }
        }
        self.find_alike(items, probe)
    }

    /// The same for a probe that begins like the items do. For another, `Ok` is still right, and `Err` means nothing.
    #[inline]
    pub(super) fn find_alike<T: Keyed>(&self, items: &[T], probe: Probe<'_>) -> Result<usize, usize> {
        let heads = self.heads.get(..items.len()).unwrap_or(&self.heads);
        let sought = probe.head(self.skip);
        let low = heads.partition_point(|head| *head < sought);
        let same = heads.get(low..).unwrap_or_default();
        let run = match (same.first(), same.get(1)) {
            (Some(first), Some(second)) if (*first, *second) == (sought, sought) => {
                same.partition_point(|head| *head == sought)
            }
            (Some(first), _) if *first == sought => 1,
            _ => return Err(low),
        };
        let run = items.get(low..low + run).unwrap_or_default();
        match run.binary_search_by(|item| item.key().cmp(probe.key)) {
            Ok(index) => Ok(low + index),
            Err(index) => Err(low + index),
        }
    }
}

fn head(key: &[u8], skip: usize) -> u64 {
    key.get(skip..).map_or(0, key_hash)
}

/// How many bytes two keys have in common at their beginning.
pub(super) fn shared_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
