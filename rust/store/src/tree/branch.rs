//! A branch: children in order, and between any two of them a separator, which is above every key of the left one and
//! not above any key of the right one. All leaves of a tree are at the same depth.

use super::Value;
use super::heads::{Heads, Probe};
use super::leaf::Split;
use super::node::Node;
use std::sync::Arc;

/// More children than a leaf has entries: branches are few, and a wide one saves a level.
pub(super) const BRANCH_CHILDREN_MAX: usize = 64;

/// A branch with fewer children than this is joined with a neighbour when it loses one.
pub(super) const BRANCH_CHILDREN_MIN: usize = BRANCH_CHILDREN_MAX / 4;

#[derive(Clone)]
pub(super) struct Branch<V> {
    heads: Heads<BRANCH_CHILDREN_MAX>,
    separators: Vec<Arc<[u8]>>,
    children: Vec<Node<V>>,
    entries: u64,
    bytes: u64,
}

impl<V: Value> Branch<V> {
    /// A branch of at most `BRANCH_CHILDREN_MAX` children and one separator fewer (none for no children).
    pub(super) fn new(separators: Vec<Arc<[u8]>>, children: Vec<Node<V>>) -> Self {
        let entries = children.iter().map(Node::entries).sum();
        let bytes = children.iter().map(Node::bytes).sum();
        Self { heads: Heads::of(&separators), separators, children, entries, bytes }
    }

    pub(super) fn children(&self) -> &[Node<V>] {
        &self.children
    }

    #[cfg(test)]
    pub(super) fn separators(&self) -> &[Arc<[u8]>] {
        &self.separators
    }

    /// Entries of all leaves below.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// Bytes of keys and values of all leaves below.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The index of the child that has the key, if any has.
    #[inline]
    pub(super) fn child_index(&self, probe: Probe<'_>) -> usize {
        self.heads.find(&self.separators, probe).map_or_else(|index| index, |index| index + 1)
    }

    #[inline]
    pub(super) fn child(&self, probe: Probe<'_>) -> Option<&Node<V>> {
        self.children.get(self.child_index(probe))
    }

    /// Sets a value below; returns the one it had, and the sibling that a full branch gave birth to.
    pub(super) fn insert(&mut self, probe: Probe<'_>, value: V) -> (Option<V>, Split<Self>) {
        let index = self.child_index(probe);
        let added = (probe.key.len() + value.size()) as u64;
        let Some(child) = self.children.get_mut(index) else { return (None, None) };
        let (old, split) = child.insert(probe, value);
        self.bytes += added;
        match &old {
            Some(old) => self.bytes -= (probe.key.len() + old.size()) as u64,
            None => self.entries += 1,
        }
        let split = split.and_then(|(separator, right)| self.insert_child(index, separator, right));
        (old, split)
    }

    /// Puts a child, which is counted already, behind the one at `index`.
    fn insert_child(&mut self, index: usize, separator: Arc<[u8]>, child: Node<V>) -> Split<Self> {
        if self.children.len() < BRANCH_CHILDREN_MAX {
            self.insert_at(index, separator, child);
            return None;
        }
        self.insert_splitting(index, separator, child)
    }

    fn insert_at(&mut self, index: usize, separator: Arc<[u8]>, child: Node<V>) {
        self.separators.insert(index, separator);
        self.heads.inserted(&self.separators, index);
        self.children.insert(index + 1, child);
    }

    /// A branch that grows at its end is left nearly full, so that keys inserted in order fill every branch.
    fn insert_splitting(&mut self, index: usize, separator: Arc<[u8]>, child: Node<V>) -> Split<Self> {
        let len = self.children.len();
        let at = if index + 1 == len { len - 1 } else { len / 2 };
        let (middle, mut right) = self.split_off(at)?;
        let (entries, bytes) = (child.entries(), child.bytes());
        let to = if index < at { &mut *self } else { &mut right };
        to.insert_at(if index < at { index } else { index - at }, separator, child);
        // Both halves were counted without the new child, whose entries were those of the child it came from.
        to.entries += entries;
        to.bytes += bytes;
        Some((middle, right))
    }

    /// Removes a key below; returns its value. The branch may be left with too few children, or with none.
    pub(super) fn remove(&mut self, probe: Probe<'_>) -> Option<V> {
        let index = self.child_index(probe);
        let child = self.children.get_mut(index)?;
        let old = child.remove(probe)?;
        let (empty, thin) = (child.is_empty(), child.is_thin());
        self.entries -= 1;
        self.bytes -= (probe.key.len() + old.size()) as u64;
        if empty {
            self.remove_child(index);
        } else if thin {
            self.join_child(index);
        }
        Some(old)
    }

    fn remove_child(&mut self, index: usize) {
        self.children.remove(index);
        if !self.separators.is_empty() {
            self.remove_separator(index.saturating_sub(1));
        }
    }

    fn remove_separator(&mut self, index: usize) -> Arc<[u8]> {
        self.heads.removed(self.separators.len(), index);
        self.separators.remove(index)
    }

    /// Joins the child at `index` with a neighbour, if it has one.
    fn join_child(&mut self, index: usize) {
        if self.children.len() < 2 {
            return;
        }
        let left = if index + 1 < self.children.len() { index } else { index - 1 };
        let right = self.children.remove(left + 1);
        let separator = self.remove_separator(left);
        let split = self.children.get_mut(left).and_then(|child| child.join(separator, right));
        if let Some((separator, right)) = split {
            self.insert_at(left, separator, right);
        }
    }

    /// Keeps the children before `at`, which is neither the first nor behind the last; returns the separator and the
    /// others.
    fn split_off(&mut self, at: usize) -> Split<Self> {
        let separators = self.separators.split_off(at);
        let heads = self.heads.split(&self.separators, &separators);
        let middle = self.separators.pop()?;
        let children = self.children.split_off(at);
        let entries = children.iter().map(Node::entries).sum();
        let bytes = children.iter().map(Node::bytes).sum();
        self.recount();
        Some((middle, Self { heads, separators, children, entries, bytes }))
    }

    fn recount(&mut self) {
        self.entries = self.children.iter().map(Node::entries).sum();
        self.bytes = self.children.iter().map(Node::bytes).sum();
    }

    fn append(&mut self, separator: Arc<[u8]>, mut right: Self) {
        self.separators.push(separator);
        self.separators.append(&mut right.separators);
        self.heads = Heads::of(&self.separators);
        self.children.append(&mut right.children);
        self.entries += right.entries;
        self.bytes += right.bytes;
    }

    /// Joins with the branch to the right; where both do not fit into one, shares the children evenly.
    pub(super) fn join(&mut self, separator: Arc<[u8]>, mut right: Self) -> Split<Self> {
        let (here, there) = (self.children.len(), right.children.len());
        if here + there <= BRANCH_CHILDREN_MAX {
            self.append(separator, right);
            return None;
        }
        if here < there {
            let (middle, rest) = right.split_off((there - here) / 2)?;
            self.append(separator, right);
            return Some((middle, rest));
        }
        let (middle, mut tail) = self.split_off(here - (here - there) / 2)?;
        tail.append(separator, right);
        Some((middle, tail))
    }

    /// Keeps what is below the key, returns the rest; either may be left without children.
    pub(super) fn split(&mut self, probe: Probe<'_>) -> Self {
        let index = self.child_index(probe);
        let mut separators = self.separators.split_off(index.min(self.separators.len()));
        let mut children = self.children.split_off(index.min(self.children.len()));
        let mut rest = None;
        if let Some(child) = children.first_mut() {
            let right = child.split(probe);
            let left = if right.is_empty() { children.remove(0) } else { std::mem::replace(child, right) };
            rest = Some(left).filter(|left| !left.is_empty());
            if children.len() == separators.len() && !separators.is_empty() {
                separators.remove(0);
            }
        }
        match rest {
            Some(left) => self.children.push(left),
            None => drop(self.separators.pop()),
        }
        *self = Self::new(std::mem::take(&mut self.separators), std::mem::take(&mut self.children));
        Self::new(separators, children)
    }
}
