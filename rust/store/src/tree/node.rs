//! A node: a shared pointer to a leaf or a branch. Changing one changes it in place while nobody shares it, and copies
//! it first where a snapshot or a fork does.

use super::Value;
use super::branch::{BRANCH_CHILDREN_MIN, Branch};
use super::heads::Probe;
use super::leaf::{LEAF_ENTRIES_MIN, Leaf, Split};
use std::sync::Arc;

#[derive(Clone)]
pub(super) enum Node<V> {
    Leaf(Arc<Leaf<V>>),
    Branch(Arc<Branch<V>>),
}

impl<V: Value> Node<V> {
    pub(super) fn leaf(leaf: Leaf<V>) -> Self {
        Self::Leaf(Arc::new(leaf))
    }

    pub(super) fn branch(branch: Branch<V>) -> Self {
        Self::Branch(Arc::new(branch))
    }

    pub(super) fn entries(&self) -> u64 {
        match self {
            Self::Leaf(leaf) => leaf.entries().len() as u64,
            Self::Branch(branch) => branch.entries(),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Leaf(leaf) => leaf.bytes(),
            Self::Branch(branch) => branch.bytes(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Leaf(leaf) => leaf.entries().is_empty(),
            Self::Branch(branch) => branch.children().is_empty(),
        }
    }

    /// Whether it holds so little that it should be joined with a neighbour.
    pub(super) fn is_thin(&self) -> bool {
        match self {
            Self::Leaf(leaf) => leaf.entries().len() < LEAF_ENTRIES_MIN,
            Self::Branch(branch) => branch.children().len() < BRANCH_CHILDREN_MIN,
        }
    }

    pub(super) fn get(&self, probe: Probe<'_>) -> Option<&V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return leaf.get(probe),
                Self::Branch(branch) => node = branch.child(probe)?,
            }
        }
    }

    pub(super) fn insert(&mut self, probe: Probe<'_>, value: V) -> (Option<V>, Split<Self>) {
        match self {
            Self::Leaf(leaf) => {
                let (old, split) = Arc::make_mut(leaf).insert(probe, value);
                (old, split.map(|(separator, right)| (separator, Self::leaf(right))))
            }
            Self::Branch(branch) => {
                let (old, split) = Arc::make_mut(branch).insert(probe, value);
                (old, split.map(|(separator, right)| (separator, Self::branch(right))))
            }
        }
    }

    pub(super) fn remove(&mut self, probe: Probe<'_>) -> Option<V> {
        match self {
            Self::Leaf(leaf) => Arc::make_mut(leaf).remove(probe),
            Self::Branch(branch) => Arc::make_mut(branch).remove(probe),
        }
    }

    /// Joins with the node to the right, which is of the same kind, since all leaves are at one depth.
    pub(super) fn join(&mut self, separator: Arc<[u8]>, right: Self) -> Split<Self> {
        match (self, right) {
            (Self::Leaf(left), Self::Leaf(right)) => {
                let split = Arc::make_mut(left).join(Arc::unwrap_or_clone(right));
                split.map(|(separator, right)| (separator, Self::leaf(right)))
            }
            (Self::Branch(left), Self::Branch(right)) => {
                let split = Arc::make_mut(left).join(separator, Arc::unwrap_or_clone(right));
                split.map(|(separator, right)| (separator, Self::branch(right)))
            }
            (_, right) => Some((separator, right)),
        }
    }

    /// Keeps what is below the key, returns the rest; either may be empty.
    pub(super) fn split(&mut self, probe: Probe<'_>) -> Self {
        match self {
            Self::Leaf(leaf) => {
                let at = leaf.find(probe).unwrap_or_else(|index| index);
                Self::leaf(Arc::make_mut(leaf).split_off(at))
            }
            Self::Branch(branch) => Self::branch(Arc::make_mut(branch).split(probe)),
        }
    }

    /// Replaces a branch of one child by that child, and one of none by an empty leaf, as only a root may be.
    pub(super) fn collapse(&mut self) {
        while let Self::Branch(branch) = self {
            let next = match branch.children() {
                [] => Self::leaf(Leaf::new()),
                [only] => only.clone(),
                _ => return,
            };
            *self = next;
        }
    }
}
