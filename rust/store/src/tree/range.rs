//! Walking a tree in either direction between two bounds.

use super::Value;
use super::branch::Branch;
use super::heads::Probe;
use super::leaf::{Entry, Leaf};
use super::node::Node;
use crate::{Direction, KeyRange};
use std::ops::Bound;

/// The entries of a range, in the order of its direction. Made by `Tree::range`.
pub struct Range<'t, V> {
    /// The branches above the current leaf, and which child of each is being walked.
    path: Vec<(&'t Branch<V>, usize)>,
    /// What is left of the current leaf.
    rest: &'t [Entry<V>],
    /// The bound that ends the walk.
    far: Bound<Probe<'t>>,
    direction: Direction,
    /// Whether the range ends within the current leaf.
    last: bool,
}

impl<'t, V: Value> Range<'t, V> {
    pub(super) fn new(root: &'t Node<V>, range: KeyRange<'t>, direction: Direction) -> Self {
        let (start, end) = (range.start.map(Probe::new), range.end.map(Probe::new));
        let (near, far) = match direction {
            Direction::Forward => (start, end),
            Direction::Backward => (end, start),
        };
        let mut walk = Self { path: Vec::new(), rest: &[], far, direction, last: false };
        walk.descend(root, near);
        walk
    }

    fn descend(&mut self, mut node: &'t Node<V>, near: Bound<Probe<'_>>) {
        loop {
            match node {
                Node::Leaf(leaf) => return self.enter(leaf, near),
                Node::Branch(branch) => {
                    let index = self.first_child(branch, near);
                    let Some(child) = branch.children().get(index) else { return };
                    self.path.push((branch, index));
                    node = child;
                }
            }
        }
    }

    fn first_child(&self, branch: &Branch<V>, near: Bound<Probe<'_>>) -> usize {
        match (near, self.direction) {
            (Bound::Included(probe) | Bound::Excluded(probe), _) => branch.child_index(probe),
            (Bound::Unbounded, Direction::Forward) => 0,
            (Bound::Unbounded, Direction::Backward) => branch.children().len().saturating_sub(1),
        }
    }

    fn enter(&mut self, leaf: &'t Leaf<V>, near: Bound<Probe<'_>>) {
        let (start, end) = match self.direction {
            Direction::Forward => (leaf.start(near), leaf.end(self.far)),
            Direction::Backward => (leaf.start(self.far), leaf.end(near)),
        };
        self.last = match self.direction {
            Direction::Forward => end < leaf.entries().len(),
            Direction::Backward => start > 0,
        };
        self.rest = leaf.entries().get(start..end).unwrap_or_default();
    }

    /// Moves to the leaf beside the current one; false where there is none.
    fn advance(&mut self) -> bool {
        while let Some((branch, index)) = self.path.pop() {
            let next = match self.direction {
                Direction::Forward => index.checked_add(1),
                Direction::Backward => index.checked_sub(1),
            };
            let Some(next) = next else { continue };
            if let Some(child) = branch.children().get(next) {
                self.path.push((branch, next));
                self.descend(child, Bound::Unbounded);
                return true;
            }
        }
        false
    }
}

impl<'t, V: Value> Iterator for Range<'t, V> {
    type Item = (&'t [u8], &'t V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let taken = match self.direction {
                Direction::Forward => self.rest.split_first(),
                Direction::Backward => self.rest.split_last(),
            };
            if let Some((entry, rest)) = taken {
                self.rest = rest;
                return Some((&entry.key, &entry.value));
            }
            if self.last || !self.advance() {
                return None;
            }
        }
    }
}
