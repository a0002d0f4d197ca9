//! Which partition a key lives in, and the order in which partitions are locked.
//!
//! Routes are immutable; a change publishes new ones. They may be behind the partitions' own states, never ahead:
//! whoever changes a partition holds its lock until the new routes are out. The lock of the route table is the last
//! one in the order: nobody waits for anything while holding it.

use crate::lock::Lock;
use crate::partition::{Layer, Partition, State};
use crate::{HashRange, StoreError, TreeId};
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

/// A family, and all of its partitions locked for reading.
pub(crate) type LockedFamily<'r, L> = (FamilyId, Vec<RwLockReadGuard<'r, State<L>>>);

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

    /// Reads the state of the partition that has a hash of a tree, and the tree there.
    pub(crate) fn read<T>(&self, tree: TreeId, hash: u64, read: impl Fn(&State<L>, &L) -> T) -> Result<T, StoreError> {
        loop {
            let routes = self.current();
            let state = routes.family(tree)?.partition(hash).map(|(_, partition)| partition.state.read());
            let covering = state.filter(|state| state.covers(hash));
            let found = covering.and_then(|state| state.tree(tree).map(|layer| read(&state, layer)));
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// The partitions of a tree, in order.
    pub(crate) fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        let partition = |hash| self.read(tree, hash, |state, _| state.range());
        // A bound between partitions stays one, so the next begins behind the last however much they are split meanwhile.
        let mut found = vec![partition(0)?];
        while let Some(hash) = found.last().and_then(|last| last.end.checked_add(1)) {
            found.push(partition(hash)?);
        }
        Ok(found)
    }

    /// Locks all partitions for reading and shows them, by family and then by hash.
    pub(crate) fn read_all<T>(&self, read: impl FnOnce(&Routes<L>, &[LockedFamily<'_, L>]) -> T) -> T {
        loop {
            let routes = self.current();
            let families: Vec<_> = routes
                .families()
                .into_iter()
                .map(|family| (family.id, family.partitions().map(|partition| partition.state.read()).collect()))
                .collect();
            // Nobody changes what the routes lead to without one of these locks, so these are all, and stay so.
            if self.is_current(&routes) {
                return read(&routes, &families);
            }
        }
    }

    /// Changes the routes and all partitions of a tree's family together: `publish` gets the routes, which are published
    /// where it succeeds, and `apply` then each partition, with what it returned.
    pub(crate) fn change_family<P: Copy>(
        &self,
        tree: TreeId,
        publish: impl Fn(&mut Routes<L>, &Arc<Family<L>>) -> Result<P, StoreError>,
        mut apply: impl FnMut(&mut State<L>, P),
    ) -> Result<(), StoreError> {
        loop {
            let routes = self.current();
            let family = routes.family(tree)?;
            let mut states: Vec<_> = family.partitions().map(|partition| partition.state.write()).collect();
            let published = self.change(|routes| {
                let is_current = Arc::ptr_eq(routes.family(tree)?, family);
                if is_current { publish(routes, family).map(Some) } else { Ok(None) }
            })?;
            if let Some(published) = published {
                states.iter_mut().for_each(|state| apply(state, published));
                return Ok(());
            }
        }
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
