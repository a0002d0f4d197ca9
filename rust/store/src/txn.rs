//! A transaction in progress: the partitions it holds, and the writes it keeps aside.
//!
//! Partitions are locked point by point in one total order, of families and then of hashes, and further ones only if
//! they come behind all that are held; so no two transactions ever wait for each other.

use crate::few::Few;
use crate::partition::State;
use crate::routes::{Family, FamilyId, Routes};
use crate::{Bytes, HashRange, StoreCaps, StoreError, Tally, TreeId, Txn, key_hash};
use std::borrow::Cow;
use std::sync::RwLockWriteGuard;

/// A hash of a tree: what has to be locked.
#[derive(Clone, Copy)]
pub(crate) struct Point<'a> {
    family: &'a Family,
    tree: TreeId,
    hash: u64,
}

impl<'a> Point<'a> {
    pub(crate) fn new(routes: &'a Routes, tree: TreeId, hash: u64) -> Result<Self, StoreError> {
        Ok(Self { family: routes.family(tree)?, tree, hash })
    }

    fn place(&self) -> (FamilyId, u64) {
        (self.family.id, self.hash)
    }
}

/// A partition that is locked for writing.
struct HeldPartition<'a> {
    family: FamilyId,
    state: RwLockWriteGuard<'a, State>,
}

/// The partitions that are locked, in lock order.
pub(crate) struct Held<'a>(Few<HeldPartition<'a>>);

/// The routes were behind, or a lock would have been taken out of order: begin again.
pub(crate) struct Again;

impl<'a> Held<'a> {
    pub(crate) fn none() -> Self {
        Self(Few::new())
    }

    /// Locks what is not locked yet.
    pub(crate) fn lock(&mut self, points: &mut [Point<'a>]) -> Result<(), Again> {
        points.sort_unstable_by_key(Point::place);
        points.iter().try_for_each(|point| self.lock_point(*point))
    }

    fn lock_point(&mut self, point: Point<'a>) -> Result<(), Again> {
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

    fn index(&self, point: Point<'_>) -> Option<usize> {
        let held = self.0.as_slice();
        let behind = held.partition_point(|held| (held.family, held.state.start()) <= point.place());
        let index = behind.checked_sub(1)?;
        let found = held.get(index)?;
        (found.family == point.family.id && found.state.covers(point.hash)).then_some(index)
    }

    fn state(&self, point: Point<'_>) -> Option<&State> {
        self.0.as_slice().get(self.index(point)?).map(|held| &*held.state)
    }

    /// Applies writes whose points are all locked.
    pub(crate) fn apply(&mut self, writes: Writes<'_>) {
        let mut apply = |write: Write<'_>| {
            let held = self.index(write.point).and_then(|index| self.0.as_mut_slice().get_mut(index));
            let Some(held) = held else { return };
            if write.tally != Tally::NONE {
                held.state.count(write.point.tree, write.tally);
            }
            let Some(tree) = held.state.tree_mut(write.point.tree) else { return };
            match write.value {
                Some(value) => drop(tree.insert(&write.key, value)),
                None => drop(tree.remove(&write.key)),
            }
        };
        match writes.0 {
            Few::One(write) => apply(write),
            Few::Many(writes) => writes.into_iter().for_each(apply),
        }
    }

    /// Splits the partitions that have become too large, and hands the new parts to `publish`.
    pub(crate) fn split(&mut self, bytes_max: u64, mut publish: impl FnMut(FamilyId, Vec<State>)) {
        for held in self.0.as_mut_slice() {
            let parts = held.state.split(bytes_max);
            if !parts.is_empty() {
                publish(held.family, parts);
            }
        }
    }
}

/// A put (or, without a value, a delete) that waits for the verdict. The key of a declared write is the caller's own.
struct Write<'a> {
    point: Point<'a>,
    key: Cow<'a, [u8]>,
    value: Option<Bytes>,
    tally: Tally,
}

/// What a transaction wants to change, in the order it said so.
pub(crate) struct Writes<'a>(Few<Write<'a>>);

impl<'a> Writes<'a> {
    /// The points to lock, each as often as it is written.
    pub(crate) fn points(&self) -> Few<Point<'a>> {
        self.0.as_slice().iter().map(|write| write.point).collect()
    }

    /// The same, in a form that outlives the routes.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = (TreeId, u64)> {
        self.0.as_slice().iter().map(|write| (write.point.tree, write.point.hash))
    }
}

/// A key that the caller declared, and which write of this transaction was the last to it.
struct Declared<'a> {
    point: Point<'a>,
    key: &'a [u8],
    write: Option<usize>,
}

/// The declared keys, sorted by tree and key, so that one is found quickly among many.
pub(crate) struct DeclaredKeys<'a>(Few<Declared<'a>>);

impl<'a> DeclaredKeys<'a> {
    pub(crate) fn new(routes: &'a Routes, keys: &'a [(TreeId, &'a [u8])]) -> Result<Self, StoreError> {
        let mut declared = Few::new();
        for (tree, key) in keys {
            declared.push(Declared { point: Point::new(routes, *tree, key_hash(key))?, key, write: None });
        }
        declared.as_mut_slice().sort_unstable_by_key(|declared: &Declared<'_>| (declared.point.tree, declared.key));
        Ok(Self(declared))
    }

    pub(crate) fn points(&self) -> impl Iterator<Item = Point<'a>> {
        self.0.as_slice().iter().map(|declared| declared.point)
    }

    /// Of a key declared twice, always the same one.
    fn find(&mut self, tree: TreeId, key: &[u8]) -> Option<&mut Declared<'a>> {
        let declared = self.0.as_mut_slice();
        let index = declared.partition_point(|declared| (declared.point.tree, declared.key) < (tree, key));
        declared.get_mut(index).filter(|declared| declared.point.tree == tree && declared.key == key)
    }
}

/// What the body of a transaction sees.
pub(crate) struct MemoryTxn<'t, 'a> {
    routes: &'a Routes,
    caps: &'t StoreCaps,
    held: &'t Held<'a>,
    declared: DeclaredKeys<'a>,
    writes: Few<Write<'a>>,
    bytes: usize,
    /// The first write that cannot be done.
    fault: Option<StoreError>,
}

impl<'t, 'a> MemoryTxn<'t, 'a> {
    pub(crate) fn new(routes: &'a Routes, caps: &'t StoreCaps, held: &'t Held<'a>, declared: DeclaredKeys<'a>) -> Self {
        Self { routes, caps, held, declared, writes: Few::new(), bytes: 0, fault: None }
    }

    /// Its writes, or the first reason why they cannot be done.
    pub(crate) fn into_writes(self) -> Result<Writes<'a>, StoreError> {
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

impl Txn for MemoryTxn<'_, '_> {
    fn get(&mut self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let declared = self.declared.find(tree, key).ok_or(StoreError::UndeclaredKey)?;
        if let Some(write) = declared.write.and_then(|index| self.writes.as_slice().get(index)) {
            return Ok(write.value.clone());
        }
        let tree = self.held.state(declared.point).and_then(|state| state.tree(tree));
        Ok(tree.and_then(|tree| tree.get(key)).cloned())
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
