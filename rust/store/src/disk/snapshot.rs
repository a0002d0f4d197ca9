//! Reads: of the store as it is now, and of one state for ever.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use super::Inner;
use super::layers::{self, Layers};
use super::walk::{Clipped, visit_values};
use crate::partition::State;
use crate::routes::{FamilyId, LockedFamily};
use crate::{Bytes, Direction, HashRange, KeyRange, Read, StoreError, TreeId, key_hash};

/// A tree's share of one partition, at one moment.
struct Part {
    range: HashRange,
    layers: Layers,
}

/// Visits a range, part after part; `part` finds the one that has a hash.
fn visit_parts(
    range: KeyRange<'_>,
    direction: Direction,
    part: impl Fn(u64) -> Result<Part, StoreError>,
    settle: &dyn Fn(u64) -> Result<(), StoreError>,
    visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let (first, last) = (hash_or(range.start, 0), hash_or(range.end, u64::MAX));
    let mut hash = if direction == Direction::Forward { first } else { last };
    loop {
        let part = part(hash)?;
        let clipped = Clipped::new(range, part.range);
        if visit_values(&part.layers, clipped.range(), direction, settle, visit)?.is_break() {
            return Ok(());
        }
        hash = match direction {
            Direction::Forward if part.range.end < last => part.range.end + 1,
            Direction::Backward if part.range.start > first => part.range.start - 1,
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

/// What a look at a partition has found of a key.
enum Look {
    Version(u64, Option<Bytes>),
    Trimmed,
    Sections(layers::Sections),
}

impl Inner {
    pub(super) fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let look = self.routes.read(tree, key_hash(key), |_, layers| match layers.in_memory(key) {
            _ if layers.is_trimmed(key) => Look::Trimmed,
            Some(version) => Look::Version(version.commit, version.value.clone()),
            None => Look::Sections(Arc::clone(&layers.sections)),
        })?;
        match look {
            Look::Version(commit, value) => self.settle(commit).map(|()| value),
            Look::Trimmed => Ok(None),
            Look::Sections(sections) => layers::get(&sections, key),
        }
    }

    pub(super) fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let part =
            |hash| self.routes.read(tree, hash, |state, layers| Part { range: state.range(), layers: layers.clone() });
        visit_parts(range, direction, part, &|commit| self.settle(commit), visit)
    }

    /// All partitions at one moment, when all that they hold is durable.
    pub(super) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let (snapshot, last) = self.routes.read_all(|routes, families| {
            let copy = |(id, guards): &LockedFamily<'_, Layers>| {
                (*id, guards.iter().map(|state| State::clone(state)).collect::<Vec<_>>())
            };
            let families: Vec<_> = families.iter().map(copy).collect();
            let index = |id: FamilyId| families.partition_point(|(other, _)| *other < id);
            let trees = routes.trees().iter().map(|(tree, family)| (*tree, index(family.id))).collect();
            (Snapshot { trees, families }, self.log.last())
        });
        self.log.wait(last)?;
        Ok(snapshot)
    }
}

/// One state of a store.
pub(super) struct Snapshot {
    /// Every tree, by id, and the index of its family.
    trees: Vec<(TreeId, usize)>,
    /// Every family, and its partitions by hash.
    families: Vec<(FamilyId, Vec<State<Layers>>)>,
}

impl Snapshot {
    fn state(&self, tree: TreeId, hash: u64) -> Result<(&State<Layers>, &Layers), StoreError> {
        let index = self.trees.binary_search_by_key(&tree, |(id, _)| *id).ok();
        let family = index.and_then(|index| self.families.get(self.trees.get(index)?.1));
        let (_, states) = family.ok_or(StoreError::NoSuchTree(tree))?;
        let behind = states.partition_point(|state| state.start() <= hash);
        let state = behind.checked_sub(1).and_then(|index| states.get(index));
        state.and_then(|state| Some((state, state.tree(tree)?))).ok_or(StoreError::NoSuchTree(tree))
    }
}

impl Read for Snapshot {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let (_, layers) = self.state(tree, key_hash(key))?;
        if layers.is_trimmed(key) {
            return Ok(None);
        }
        match layers.in_memory(key) {
            Some(version) => Ok(version.value.clone()),
            None => layers::get(&layers.sections, key),
        }
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let part = |hash| {
            let (state, layers) = self.state(tree, hash)?;
            Ok(Part { range: state.range(), layers: layers.clone() })
        };
        visit_parts(range, direction, part, &|_| Ok(()), visit)
    }
}
