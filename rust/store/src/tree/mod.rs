//! An ordered map of bytes whose copies share what they have in common.
//!
//! A B+tree of shared nodes: cloning a tree is one count, and a change copies only the nodes on its path that somebody
//! else still holds; where nobody does, it changes them in place. Entries and bytes are counted as they come and go.
//! Nodes keep the heads of their keys side by side, so a search rarely touches a key outside its own.

mod branch;
mod heads;
mod leaf;
mod node;
mod range;

#[cfg(test)]
mod tests;

use crate::{Bytes, Direction, KeyRange};
use branch::{BRANCH_CHILDREN_MAX, Branch};
use heads::Probe;
use leaf::{Entry, LEAF_ENTRIES_MAX, Leaf, separator};
use node::Node;
pub use range::Range;
use std::sync::Arc;

/// What a tree keeps under a key. A clone is made where a copy of a tree changes, so it should cost a count.
pub trait Value: Clone {
    /// The bytes that it counts for.
    fn size(&self) -> usize;
}

impl Value for Bytes {
    fn size(&self) -> usize {
        self.len()
    }
}

/// An ordered map of bytes to values. A clone costs one count and is independent from then on.
#[derive(Clone)]
pub struct Tree<V = Bytes> {
    root: Node<V>,
}

impl<V: Value> Tree<V> {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self { root: Node::leaf(Leaf::new()) }
    }

    /// A tree of entries that come in strictly ascending order of their keys, with every node full.
    #[must_use]
    pub fn from_sorted(entries: impl IntoIterator<Item = (Arc<[u8]>, V)>) -> Self {
        let mut level = leaves(entries.into_iter().map(|(key, value)| Entry { key, value }));
        while level.len() > 1 {
            level = branches(level);
        }
        level.pop().map_or_else(Self::new, |(_, root)| Self { root })
    }

    /// Entries in the tree.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.root.entries()
    }

    /// Bytes of all keys and values.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.root.bytes()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.root.get(Probe::new(key))
    }

    /// Sets the value of a key; returns the one it had.
    pub fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        let (old, split) = self.root.insert(Probe::new(key), value);
        if let Some((separator, right)) = split {
            self.root = Node::branch(Branch::new(vec![separator], vec![self.root.clone(), right]));
        }
        old
    }

    /// Removes a key; returns the value it had. Nothing is copied where the key is not there.
    pub fn remove(&mut self, key: &[u8]) -> Option<V> {
        let probe = Probe::new(key);
        self.root.get(probe)?;
        let old = self.root.remove(probe);
        self.root.collapse();
        old
    }

    /// The entries between two bounds, in either direction.
    #[must_use]
    pub fn range<'t>(&'t self, range: KeyRange<'t>, direction: Direction) -> Range<'t, V> {
        Range::new(&self.root, range, direction)
    }

    /// Keeps the entries below `key`, returns the others. Costs a walk from the root to a leaf.
    #[must_use]
    pub fn split_off(&mut self, key: &[u8]) -> Self {
        let mut right = Self { root: self.root.split(Probe::new(key)) };
        self.root.collapse();
        right.root.collapse();
        right
    }

    /// Bytes of the keys and values below `key`. Costs a walk from the root to a leaf.
    #[must_use]
    pub fn bytes_below(&self, key: &[u8]) -> u64 {
        let probe = Probe::new(key);
        let (mut node, mut below) = (&self.root, 0);
        loop {
            match node {
                Node::Branch(branch) => {
                    let index = branch.child_index(probe);
                    below += branch.children().iter().take(index).map(Node::bytes).sum::<u64>();
                    let Some(child) = branch.children().get(index) else { return below };
                    node = child;
                }
                Node::Leaf(leaf) => {
                    let index = leaf.find(probe).unwrap_or_else(|index| index);
                    return below + leaf.entries().iter().take(index).map(Entry::bytes).sum::<u64>();
                }
            }
        }
    }

    /// The key of the entry that `bytes` of keys and values lie before, or the last one; none of an empty tree.
    #[must_use]
    pub fn key_at_bytes(&self, bytes: u64) -> Option<&[u8]> {
        let (mut node, mut left) = (&self.root, bytes);
        loop {
            match node {
                Node::Branch(branch) => node = skip(branch.children(), &mut left, Node::bytes)?,
                Node::Leaf(leaf) => return skip(leaf.entries(), &mut left, Entry::bytes).map(|entry| &*entry.key),
            }
        }
    }
}

impl<V: Value> Default for Tree<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// The item that `left` bytes lie before, or the last one; `left` becomes what lies before it within that item.
fn skip<'t, T>(items: &'t [T], left: &mut u64, bytes_of: impl Fn(&T) -> u64) -> Option<&'t T> {
    let (last, others) = items.split_last()?;
    for item in others {
        let bytes = bytes_of(item);
        if bytes > *left {
            return Some(item);
        }
        *left -= bytes;
    }
    Some(last)
}

/// A node of the level being built, and the separator below it (not used for the first of a branch).
type Built<V> = (Arc<[u8]>, Node<V>);

fn leaves<V: Value>(entries: impl Iterator<Item = Entry<V>>) -> Vec<Built<V>> {
    let mut entries = entries.peekable();
    let mut built: Vec<Built<V>> = Vec::new();
    let mut last: Option<Arc<[u8]>> = None;
    while let Some(first) = entries.peek() {
        let below = last.map_or_else(|| Arc::from([]), |last| separator(&last, &first.key));
        let taken: Vec<Entry<V>> = entries.by_ref().take(LEAF_ENTRIES_MAX).collect();
        debug_assert!(taken.is_sorted_by(|a, b| a.key < b.key), "keys come in strictly ascending order");
        last = taken.last().map(|entry| Arc::clone(&entry.key));
        built.push((below, Node::leaf(Leaf::from_sorted(taken))));
    }
    built
}

fn branches<V: Value>(level: Vec<Built<V>>) -> Vec<Built<V>> {
    let mut level = level.into_iter().peekable();
    let mut built = Vec::new();
    while let Some((below, first)) = level.next() {
        let (mut separators, mut children) = (Vec::new(), vec![first]);
        for (separator, child) in level.by_ref().take(BRANCH_CHILDREN_MAX - 1) {
            separators.push(separator);
            children.push(child);
        }
        built.push((below, Node::branch(Branch::new(separators, children))));
    }
    built
}
