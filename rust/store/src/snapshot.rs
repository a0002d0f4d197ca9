//! One state of a store: of each partition, its trees as they were. Nobody changes it, so reading needs no lock.

use crate::partition::State;
use crate::routes::{Family, FamilyId, Routes};
use crate::tree::Tree;
use crate::{Bytes, Direction, KeyRange, Read, StoreError, TreeId, key_hash};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

/// The states of all partitions at one moment.
pub(crate) struct Snapshot {
    /// Every tree, by id, and the index of its family.
    trees: Vec<(TreeId, usize)>,
    /// Every family, and its partitions by hash.
    families: Vec<(FamilyId, Vec<State<Tree>>)>,
}

impl Snapshot {
    /// A snapshot of families that come in lock order.
    pub(crate) fn new(routes: &Routes<Tree>, families: Vec<(FamilyId, Vec<State<Tree>>)>) -> Self {
        let index = |family: &Family<Tree>| families.partition_point(|(id, _)| *id < family.id);
        let trees = routes.trees().iter().map(|(tree, family)| (*tree, index(family))).collect();
        Self { trees, families }
    }

    /// Routes to partitions of their own that begin in this state.
    pub(crate) fn into_routes(self) -> Result<Routes<Tree>, StoreError> {
        let family = |(id, states)| Arc::new(Family::new(id, states));
        let families: Vec<_> = self.families.into_iter().map(family).collect();
        let mut routes = Routes::default();
        for (tree, index) in self.trees {
            routes.add(tree, Arc::clone(families.get(index).ok_or(StoreError::NoSuchTree(tree))?))?;
        }
        Ok(routes)
    }

    /// The state that has a hash of a tree.
    fn state(&self, tree: TreeId, hash: u64) -> Result<&State<Tree>, StoreError> {
        let index = self.trees.binary_search_by_key(&tree, |(id, _)| *id).ok();
        let family = index.and_then(|index| self.families.get(self.trees.get(index)?.1));
        let (_, states) = family.ok_or(StoreError::NoSuchTree(tree))?;
        let behind = states.partition_point(|state| state.start() <= hash);
        behind.checked_sub(1).and_then(|index| states.get(index)).ok_or(StoreError::NoSuchTree(tree))
    }
}

impl Read for Snapshot {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let state = self.state(tree, key_hash(key))?;
        Ok(state.tree(tree).and_then(|tree| tree.get(key)).cloned())
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let part = |hash| {
            let state = self.state(tree, hash)?;
            Ok(Part::new(state, state.tree(tree).ok_or(StoreError::NoSuchTree(tree))?))
        };
        walk(range, direction, part, visit)
    }
}

/// A tree's share of one partition, at one moment.
pub(crate) struct Part {
    start: u64,
    end: u64,
    tree: Tree,
}

impl Part {
    pub(crate) fn new(state: &State<Tree>, tree: &Tree) -> Self {
        Self { start: state.start(), end: state.end(), tree: tree.clone() }
    }
}

/// Visits a range, part after part; `part` finds the one that has a hash.
pub(crate) fn walk(
    range: KeyRange<'_>,
    direction: Direction,
    part: impl Fn(u64) -> Result<Part, StoreError>,
    visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let (first, last) = (hash_or(range.start, 0), hash_or(range.end, u64::MAX));
    let mut hash = if direction == Direction::Forward { first } else { last };
    loop {
        let part = part(hash)?;
        for (key, value) in part.tree.range(range, direction) {
            if visit(key, value).is_break() {
                return Ok(());
            }
        }
        hash = match direction {
            Direction::Forward if part.end < last => part.end + 1,
            Direction::Backward if part.start > first => part.start - 1,
            _ => return Ok(()),
        };
    }
}

fn hash_or(bound: Bound<&[u8]>, unbounded: u64) -> u64 {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) => key_hash(key),
        Bound::Unbounded => unbounded,
    }
}
