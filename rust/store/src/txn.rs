//! A transaction in progress: the partitions it holds, and the writes it keeps aside.
//!
//! Partitions are locked point by point in one total order, of families and then of hashes, and further ones only if
//! they come behind all that are held; so no two transactions ever wait for each other.

use crate::few::Few;
use crate::partition::{Layer, State};
use crate::routes::{Family, FamilyId, Routes};
use crate::{Bytes, HashRange, StoreCaps, StoreError, Tally, TreeId, Txn, key_hash};
use std::borrow::Cow;
use std::sync::RwLockWriteGuard;

/// A hash of a tree: what has to be locked.
pub(crate) struct Point<'a, L> {
    family: &'a Family<L>,
    tree: TreeId,
    hash: u64,
}

impl<L> Clone for Point<'_, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for Point<'_, L> {}

impl<'a, L: Layer> Point<'a, L> {
    pub(crate) fn new(routes: &'a Routes<L>, tree: TreeId, hash: u64) -> Result<Self, StoreError> {
        Ok(Self { family: routes.family(tree)?, tree, hash })
    }

    fn place(&self) -> (FamilyId, u64) {
        (self.family.id, self.hash)
    }
}

/// A partition that is locked for writing.
struct HeldPartition<'a, L> {
    family: FamilyId,
    state: RwLockWriteGuard<'a, State<L>>,
}

/// The partitions that are locked, in lock order.
pub(crate) struct Held<'a, L>(Few<HeldPartition<'a, L>>);

/// The routes were behind, or a lock would have been taken out of order: begin again.
pub(crate) struct Again;

impl<'a, L: Layer> Held<'a, L> {
    pub(crate) fn none() -> Self {
        Self(Few::new())
    }

    /// Locks what is not locked yet.
    pub(crate) fn lock(&mut self, points: &mut [Point<'a, L>]) -> Result<(), Again> {
        points.sort_unstable_by_key(Point::place);
        points.iter().try_for_each(|point| self.lock_point(*point))
    }

    fn lock_point(&mut self, point: Point<'a, L>) -> Result<(), Again> {
        if let Some(state) = self.state(point) {
            return state.tree(point.tree).map(|_| ()).ok_or(Again);
        }
        let (start, partition) = point.family.partition(point.hash).ok_or(Again)?;
        let last = self.0.as_slice().last().map(|last| (last.family, last.state.start()));
        // Not behind the last: out of order, or that very partition, which was split after these routes were made.
        if last.is_some_and(|last| last >= (point.family.id, start)) {
            return Err(Again);
        }
        let state = partition.state.write();
        if !state.covers(point.hash) || state.tree(point.tree).is_none() {
            return Err(Again);
        }
        self.0.push(HeldPartition { family: point.family.id, state });
        Ok(())
    }

    fn index(&self, point: Point<'_, L>) -> Option<usize> {
        let held = self.0.as_slice();
        let behind = held.partition_point(|held| (held.family, held.state.start()) <= point.place());
        let index = behind.checked_sub(1)?;
        let found = held.get(index)?;
        (found.family == point.family.id && found.state.covers(point.hash)).then_some(index)
    }

    fn state(&self, point: Point<'_, L>) -> Option<&State<L>> {
        self.0.as_slice().get(self.index(point)?).map(|held| &*held.state)
    }

    /// Hands writes whose points are all locked to the states they belong to.
    pub(crate) fn apply(&mut self, writes: Writes<'_, L>, mut apply: impl FnMut(&mut State<L>, Write<'_, L>)) {
        writes.0.into_each(|write| {
            let held = self.index(write.point).and_then(|index| self.0.as_mut_slice().get_mut(index));
            if let Some(held) = held {
                apply(&mut held.state, write);
            }
        });
    }

    /// The families and states that are locked.
    pub(crate) fn states_mut(&mut self) -> impl Iterator<Item = (FamilyId, &mut State<L>)> {
        self.0.as_mut_slice().iter_mut().map(|held| (held.family, &mut *held.state))
    }
}

/// A put (or, without a value, a delete) that waits for the verdict. The key of a declared write is the caller's own.
pub(crate) struct Write<'a, L> {
    point: Point<'a, L>,
    pub(crate) key: Cow<'a, [u8]>,
    pub(crate) value: Option<Bytes>,
    pub(crate) tally: Tally,
}

impl<L> Write<'_, L> {
    pub(crate) fn tree(&self) -> TreeId {
        self.point.tree
    }
}

/// What a transaction wants to change, in the order it said so.
pub(crate) struct Writes<'a, L>(Few<Write<'a, L>>);

impl<'a, L: Layer> Writes<'a, L> {
    pub(crate) fn as_slice(&self) -> &[Write<'a, L>] {
        self.0.as_slice()
    }

    /// The points to lock, each as often as it is written.
    pub(crate) fn points(&self) -> Few<Point<'a, L>> {
        self.0.as_slice().iter().map(|write| write.point).collect()
    }

    /// The same, in a form that outlives the routes.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = (TreeId, u64)> {
        self.0.as_slice().iter().map(|write| (write.point.tree, write.point.hash))
    }
}

/// A key that the caller declared, and which write of this transaction was the last to it.
struct Declared<'a, L: Layer> {
    point: Point<'a, L>,
    key: &'a [u8],
    ahead: L::Ahead,
    write: Option<usize>,
}

/// The declared keys, sorted by tree and key, so that one is found quickly among many.
pub(crate) struct DeclaredKeys<'a, L: Layer>(Few<Declared<'a, L>>);

impl<'a, L: Layer> DeclaredKeys<'a, L> {
    pub(crate) fn new(routes: &'a Routes<L>, keys: &'a [(TreeId, &'a [u8])]) -> Result<Self, StoreError> {
        let mut declared = Few::new();
        for (tree, key) in keys {
            declared.push(Declared {
                point: Point::new(routes, *tree, key_hash(key))?,
                key,
                ahead: L::Ahead::default(),
                write: None,
            });
        }
        declared.as_mut_slice().sort_unstable_by_key(|declared: &Declared<'_, L>| (declared.point.tree, declared.key));
        Ok(Self(declared))
    }

    pub(crate) fn points(&self) -> impl Iterator<Item = Point<'a, L>> {
        self.0.as_slice().iter().map(|declared| declared.point)
    }

    /// Lets `fetch` say what is known of each key ahead of the locks.
    pub(crate) fn fetch_ahead(
        &mut self,
        mut fetch: impl FnMut(TreeId, &[u8]) -> Result<L::Ahead, StoreError>,
    ) -> Result<(), StoreError> {
        for declared in self.0.as_mut_slice() {
            declared.ahead = fetch(declared.point.tree, declared.key)?;
        }
        Ok(())
    }

    /// Of a key declared twice, always the same one.
    fn find(&mut self, tree: TreeId, key: &[u8]) -> Option<&mut Declared<'a, L>> {
        let declared = self.0.as_mut_slice();
        let index = declared.partition_point(|declared| (declared.point.tree, declared.key) < (tree, key));
        declared.get_mut(index).filter(|declared| declared.point.tree == tree && declared.key == key)
    }
}

/// What the body of a transaction sees.
pub(crate) struct Transaction<'t, 'a, L: Layer> {
    routes: &'a Routes<L>,
    caps: &'t StoreCaps,
    held: &'t Held<'a, L>,
    declared: DeclaredKeys<'a, L>,
    writes: Few<Write<'a, L>>,
    bytes: usize,
    /// The latest commit that it has read something of, as far as the store knows.
    seen: u64,
    /// The first write that cannot be done.
    fault: Option<StoreError>,
}

impl<'t, 'a, L: Layer> Transaction<'t, 'a, L> {
    pub(crate) fn new(
        routes: &'a Routes<L>,
        caps: &'t StoreCaps,
        held: &'t Held<'a, L>,
        declared: DeclaredKeys<'a, L>,
    ) -> Self {
        Self { routes, caps, held, declared, writes: Few::new(), bytes: 0, seen: 0, fault: None }
    }

    /// The latest commit that it has read something of, as far as the store knows.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Its writes, or the first reason why they cannot be done.
    pub(crate) fn into_writes(self) -> Result<Writes<'a, L>, StoreError> {
        self.fault.map_or(Ok(Writes(self.writes)), Err)
    }

    fn try_write(&mut self, tree: TreeId, key: &[u8], value: Option<Bytes>, tally: Tally) -> Result<(), StoreError> {
        let value_len = value.as_ref().map_or(0, |value| value.len());
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(value_len);
        within("key", key.len(), self.caps.key_bytes_max)?;
        within("value", value_len, self.caps.value_bytes_max)?;
        within("transaction bytes", self.bytes, self.caps.transaction_bytes_max)?;
        let written = self.writes.as_slice().len();
        within("transaction writes", written + 1, self.caps.transaction_writes_max)?;
        let write = match self.declared.find(tree, key) {
            Some(declared) => {
                declared.write = Some(written);
                Write { point: declared.point, key: Cow::Borrowed(declared.key), value, tally }
            }
            None => {
                let point = Point::new(self.routes, tree, key_hash(key))?;
                Write { point, key: Cow::Owned(key.to_vec()), value, tally }
            }
        };
        self.writes.push(write);
        Ok(())
    }
}

fn within(what: &'static str, size: usize, size_max: usize) -> Result<(), StoreError> {
    if size <= size_max { Ok(()) } else { Err(StoreError::TooLarge { what, size, size_max }) }
}

impl<L: Layer> Txn for Transaction<'_, '_, L> {
    fn get(&mut self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let declared = self.declared.find(tree, key).ok_or(StoreError::UndeclaredKey)?;
        if let Some(write) = declared.write.and_then(|index| self.writes.as_slice().get(index)) {
            return Ok(write.value.clone());
        }
        let layer = self.held.state(declared.point).and_then(|state| state.tree(tree));
        layer.map_or(Ok(None), |layer| layer.read(key, &declared.ahead, &mut self.seen))
    }

    fn partition(&mut self, tree: TreeId, key: &[u8]) -> Result<HashRange, StoreError> {
        let point = self.declared.find(tree, key).ok_or(StoreError::UndeclaredKey)?.point;
        // The points of declared keys are all held.
        self.held.state(point).map(State::range).ok_or(StoreError::UndeclaredKey)
    }

    fn write(&mut self, tree: TreeId, key: &[u8], value: Option<Bytes>, tally: Tally) {
        if let Err(fault) = self.try_write(tree, key, value, tally) {
            self.fault.get_or_insert(fault);
        }
    }
}
