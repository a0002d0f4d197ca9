//! The store that keeps everything in memory: no log, no files, nothing left when it is dropped.
//!
//! Lock order: partitions by family and hash, then the route table. A commit gets its `CommitSeq` and is applied while
//! all its partitions are locked, so the order of commits is the order that every transaction saw. A snapshot or a fork
//! locks all partitions for as long as it takes to count their roots once more; after that nobody waits for it.

use crate::few::Few;
use crate::partition::State;
use crate::routes::{Family, FamilyId, LockedFamily, RouteTable, Routes};
use crate::snapshot::{Part, Snapshot, walk};
use crate::tree::Tree;
use crate::txn::{Again, DeclaredKeys, Held, Point, Transaction, Write};
use crate::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, Read, Store, StoreCaps, StoreError, StoreStats,
    Tally, TreeId, TreeStats, Txn, Verdict, key_hash,
};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const CAPS: StoreCaps = StoreCaps {
    key_bytes_max: 64 << 10,
    value_bytes_max: 16 << 20,
    transaction_writes_max: 1 << 20,
    transaction_bytes_max: 1 << 30,
    persistent: false,
};

/// How a store in memory behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryOptions {
    /// A partition that holds more bytes of keys and values than this is split, if it has more than one hash.
    pub partition_bytes_max: u64,
}

impl Default for MemoryOptions {
    /// Partitions of 256 MiB.
    fn default() -> Self {
        Self { partition_bytes_max: 256 << 20 }
    }
}

/// A store in memory. It acknowledges at once, whatever durability is asked for.
pub struct MemoryStore {
    options: MemoryOptions,
    routes: RouteTable<Tree>,
    /// The last `CommitSeq` given out.
    commits: AtomicU64,
    /// Families ever made.
    families: AtomicU64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(options: MemoryOptions) -> Self {
        Self::with(options, Routes::default(), 0, 0)
    }

    fn with(options: MemoryOptions, routes: Routes<Tree>, commits: u64, families: u64) -> Self {
        let (commits, families) = (AtomicU64::new(commits), AtomicU64::new(families));
        Self { options, routes: RouteTable::new(routes), commits, families }
    }

    /// A point read where nobody is in the way; `None` where one has to wait. The routes cannot be behind: they stay
    /// while they are borrowed, and a partition that changes stays locked until they have changed with it.
    fn get_at_once(&self, tree: TreeId, key: &[u8], hash: u64) -> Result<Option<Option<Bytes>>, StoreError> {
        let routes = self.routes.borrow();
        let partition = routes.family(tree)?.partition(hash);
        let state = partition.and_then(|(_, partition)| partition.state.try_read());
        Ok(state.and_then(|state| Some(state.tree(tree)?.get(key).cloned())))
    }

    /// Runs a transaction once. `further` are the points that an earlier run wrote to; this run locks them first.
    fn attempt(
        &self,
        keys: &[(TreeId, &[u8])],
        further: &mut Vec<(TreeId, u64)>,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Result<Option<CommitSeq>, Again>, StoreError> {
        let routes = self.routes.current();
        let declared = DeclaredKeys::new(&routes, keys)?;
        let known = further.iter().filter_map(|(tree, hash)| Point::new(&routes, *tree, *hash).ok());
        let mut points: Few<Point<'_, Tree>> = declared.points().chain(known).collect();
        let mut held = Held::none();
        if held.lock(points.as_mut_slice()).is_err() {
            return Ok(Err(Again));
        }
        let mut txn = Transaction::new(&routes, &CAPS, &held, declared);
        if body(&mut txn) == Verdict::Abort {
            return Ok(Ok(None));
        }
        let writes = match txn.into_writes() {
            Err(StoreError::NoSuchTree(_)) if !self.routes.is_current(&routes) => return Ok(Err(Again)),
            writes => writes?,
        };
        if held.lock(writes.points().as_mut_slice()).is_err() {
            further.extend(writes.hashes());
            return Ok(Err(Again));
        }
        let commit = CommitSeq(self.commits.fetch_add(1, Ordering::Relaxed) + 1);
        held.apply(writes, apply);
        for (family, state) in held.states_mut() {
            let parts = state.split(self.options.partition_bytes_max);
            if !parts.is_empty() {
                self.routes.split(family, parts);
            }
        }
        Ok(Ok(Some(commit)))
    }

    /// A state of all partitions, and the number of commits that led to it.
    fn freeze(&self) -> (Snapshot, u64) {
        self.routes.read_all(|routes, families| {
            let states =
                |(id, guards): &LockedFamily<'_, Tree>| (*id, guards.iter().map(|state| State::clone(state)).collect());
            let families = families.iter().map(states).collect();
            (Snapshot::new(routes, families), self.commits.load(Ordering::Relaxed))
        })
    }

    fn create_own(&self, tree: TreeId) -> Result<(), StoreError> {
        let id = FamilyId(tree, self.families.fetch_add(1, Ordering::Relaxed));
        let family = Family::new(id, [State::whole(tree, Tree::new(), self.options.partition_bytes_max)]);
        self.routes.change(|routes| routes.add(tree, Arc::new(family)))
    }

    /// Makes a tree in the partitions of `base`.
    fn create_in(&self, base: TreeId, tree: TreeId, weighs: bool) -> Result<(), StoreError> {
        let publish = |routes: &mut Routes<Tree>, family: &Arc<Family<Tree>>| routes.add(tree, Arc::clone(family));
        self.routes.change_family(base, publish, |state, ()| state.add(tree, Tree::new(), weighs))
    }
}

fn apply(state: &mut State<Tree>, write: Write<'_, Tree>) {
    if write.tally != Tally::NONE {
        state.count(write.tree(), write.tally);
    }
    let Some(tree) = state.tree_mut(write.tree()) else { return };
    match write.value {
        Some(value) => drop(tree.insert(&write.key, value)),
        None => drop(tree.remove(&write.key)),
    }
}

/// Entries that are freed on the spot; more of them are freed by a thread, since a million take about a second.
const FREED_AT_ONCE_MAX: u64 = 10_000;

/// Gives the memory of trees back that nobody can reach any more.
fn free(trees: Vec<Tree>) {
    if trees.iter().map(Tree::entries).sum::<u64>() > FREED_AT_ONCE_MAX {
        // Where there is no thread to be had, the trees are freed here after all.
        let _ = std::thread::Builder::new().name("statordb-free".into()).spawn(move || drop(trees));
    }
}

impl Read for MemoryStore {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let hash = key_hash(key);
        match self.get_at_once(tree, key, hash)? {
            Some(found) => Ok(found),
            None => self.routes.read(tree, hash, |_, tree| tree.get(key).cloned()),
        }
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        walk(range, direction, |hash| self.routes.read(tree, hash, Part::new), visit)
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Read>, StoreError> {
        Ok(Box::new(self.freeze().0))
    }

    fn fork(&self) -> Result<Box<dyn Store>, StoreError> {
        let (snapshot, commits) = self.freeze();
        let families = self.families.load(Ordering::Relaxed);
        Ok(Box::new(Self::with(self.options, snapshot.into_routes()?, commits, families)))
    }

    fn transact(
        &self,
        keys: &[(TreeId, &[u8])],
        _durability: Durability,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Option<CommitSeq>, StoreError> {
        let mut further = Vec::new();
        loop {
            if let Ok(commit) = self.attempt(keys, &mut further, body)? {
                return Ok(commit);
            }
        }
    }

    fn wait_durable(&self, _commit: CommitSeq) -> Result<(), StoreError> {
        Ok(())
    }

    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        self.routes.partitions(tree)
    }

    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        match home {
            Home::Own => self.create_own(tree),
            Home::With(base) => self.create_in(base, tree, true),
            Home::Beside(base) => self.create_in(base, tree, false),
        }
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        let publish = |routes: &mut Routes<Tree>, _: &Arc<Family<Tree>>| {
            routes.remove(tree);
            Ok(())
        };
        let mut taken = Vec::new();
        self.routes.change_family(tree, publish, |state, ()| taken.extend(state.take(tree)))?;
        free(taken);
        Ok(())
    }

    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        let hash = key_hash(key);
        loop {
            let routes = self.routes.current();
            let Some((_, partition)) = routes.family(tree)?.partition(hash) else { return Ok(()) };
            let mut state = partition.state.write();
            if state.covers(hash) && state.tree(tree).is_some() {
                let trimmed = state.trim(tree, key);
                drop(state);
                free(trimmed.into_iter().collect());
                return Ok(());
            }
        }
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn stats(&self) -> StoreStats {
        self.routes.read_all(|routes, families| {
            let mut stats = StoreStats::default();
            for (tree, family) in routes.trees() {
                let partitions = family.partitions().len() as u64;
                stats.trees.push(TreeStats { tree: *tree, entries: 0, bytes: 0, tally: Tally::NONE, partitions });
            }
            stats.partitions = families.iter().map(|(_, guards)| guards.len() as u64).sum();
            for state in families.iter().flat_map(|(_, guards)| guards) {
                state.trees().for_each(|(id, tree)| stats.count(id, tree.entries(), tree.bytes(), Tally::NONE));
                state.tallies().for_each(|(id, tally)| stats.count(id, 0, 0, tally));
            }
            stats
        })
    }

    fn caps(&self) -> StoreCaps {
        CAPS
    }
}
