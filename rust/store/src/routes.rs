//! Which partition a key lives in, and the order in which partitions are locked.
//!
//! Routes are immutable; a change publishes new ones. They may be behind the partitions' own states, never ahead:
//! whoever changes a partition holds its lock until the new routes are out. The lock of the route table is the last
//! one in the order: nobody waits for anything while holding it.

use crate::lock::Lock;
use crate::partition::{Layer, Partition, State};
use crate::{StoreError, TreeId};
use std::sync::{Arc, RwLockReadGuard};

/// Identifies a family, and is its place in the lock order: the tree it was made for, then a number that tells it from
/// an earlier family of a tree of the same id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct FamilyId(pub(crate) TreeId, pub(crate) u64);

/// The partitions that a tree, and those that live with it, are spread over.
pub(crate) struct Family<L> {
    pub(crate) id: FamilyId,
    /// Each with its first hash, in order; the first begins at 0.
    partitions: Vec<(u64, Arc<Partition<L>>)>,
}

impl<L: Layer> Family<L> {
    /// A family of the given partition states, which are in order and cover every hash.
    pub(crate) fn new(id: FamilyId, states: impl IntoIterator<Item = State<L>>) -> Self {
        let partition = |state: State<L>| (state.start(), Arc::new(Partition::new(state)));
        Self { id, partitions: states.into_iter().map(partition).collect() }
    }

    /// The partition that has the hash, unless it has been split since, and the first hash of that partition.
    pub(crate) fn partition(&self, hash: u64) -> Option<(u64, &Partition<L>)> {
        let behind = self.partitions.partition_point(|(start, _)| *start <= hash);
        self.partitions.get(behind.checked_sub(1)?).map(|(start, partition)| (*start, &**partition))
    }

    pub(crate) fn partitions(&self) -> impl ExactSizeIterator<Item = &Partition<L>> {
        self.partitions.iter().map(|(_, partition)| &**partition)
    }

    fn with(&self, states: Vec<State<L>>) -> Self {
        let mut partitions = self.partitions.clone();
        partitions.extend(Self::new(self.id, states).partitions);
        partitions.sort_by_key(|(start, _)| *start);
        Self { id: self.id, partitions }
    }
}

/// Every tree, by id, and its family.
pub(crate) struct Routes<L> {
    trees: Vec<(TreeId, Arc<Family<L>>)>,
}

impl<L> Clone for Routes<L> {
    fn clone(&self) -> Self {
        Self { trees: self.trees.clone() }
    }
}

impl<L> Default for Routes<L> {
    fn default() -> Self {
        Self { trees: Vec::new() }
    }
}

impl<L: Layer> Routes<L> {
    pub(crate) fn trees(&self) -> &[(TreeId, Arc<Family<L>>)] {
        &self.trees
    }

    pub(crate) fn family(&self, tree: TreeId) -> Result<&Arc<Family<L>>, StoreError> {
        let found = self.trees.binary_search_by_key(&tree, |(id, _)| *id).ok();
        let family = found.and_then(|index| self.trees.get(index)).map(|(_, family)| family);
        family.ok_or(StoreError::NoSuchTree(tree))
    }

    /// Every family once, in lock order.
    pub(crate) fn families(&self) -> Vec<&Arc<Family<L>>> {
        let mut families: Vec<_> = self.trees.iter().map(|(_, family)| family).collect();
        families.sort_by_key(|family| family.id);
        families.dedup_by_key(|family| family.id);
        families
    }

    pub(crate) fn add(&mut self, tree: TreeId, family: Arc<Family<L>>) -> Result<(), StoreError> {
        match self.trees.binary_search_by_key(&tree, |(id, _)| *id) {
            Ok(_) => Err(StoreError::TreeExists(tree)),
            Err(index) => {
                self.trees.insert(index, (tree, family));
                Ok(())
            }
        }
    }

    pub(crate) fn remove(&mut self, tree: TreeId) {
        self.trees.retain(|(id, _)| *id != tree);
    }

    /// Adds the upper parts of a partition that was split.
    pub(crate) fn split(&mut self, id: FamilyId, parts: Vec<State<L>>) {
        let Some(family) = self.trees.iter().find(|(_, family)| family.id == id).map(|(_, family)| family) else {
            return;
        };
        let family = Arc::new(family.with(parts));
        for (_, other) in self.trees.iter_mut().filter(|(_, other)| other.id == id) {
            *other = Arc::clone(&family);
        }
    }
}

/// The routes of a store, as they are now.
pub(crate) struct RouteTable<L>(Lock<Arc<Routes<L>>>);

impl<L: Layer> RouteTable<L> {
    pub(crate) fn new(routes: Routes<L>) -> Self {
        Self(Lock::new(Arc::new(routes)))
    }

    pub(crate) fn current(&self) -> Arc<Routes<L>> {
        Arc::clone(&self.0.read())
    }

    /// The current routes without a count of one's own. Whoever holds them must not wait for any lock.
    pub(crate) fn borrow(&self) -> RwLockReadGuard<'_, Arc<Routes<L>>> {
        self.0.read()
    }

    pub(crate) fn is_current(&self, routes: &Arc<Routes<L>>) -> bool {
        Arc::ptr_eq(&self.0.read(), routes)
    }

    /// Publishes changed routes, unless the change fails.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Routes<L>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut current = self.0.write();
        let mut routes = Routes::clone(&current);
        let result = change(&mut routes)?;
        *current = Arc::new(routes);
        Ok(result)
    }

    /// The routes when everybody who was changing them is done.
    pub(crate) fn settled(&self) -> Arc<Routes<L>> {
        Arc::clone(&self.0.write())
    }

    /// Publishes the upper part of a partition, which `cut` cuts off while nobody else changes routes.
    pub(crate) fn split_with(
        &self,
        id: FamilyId,
        cut: impl FnOnce() -> Result<State<L>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut current = self.0.write();
        let mut routes = Routes::clone(&current);
        routes.split(id, vec![cut()?]);
        *current = Arc::new(routes);
        Ok(())
    }

    /// Publishes the upper parts of a partition that was split, while its lock is held.
    pub(crate) fn split(&self, id: FamilyId, parts: Vec<State<L>>) {
        let mut current = self.0.write();
        let mut routes = Routes::clone(&current);
        routes.split(id, parts);
        *current = Arc::new(routes);
    }
}
