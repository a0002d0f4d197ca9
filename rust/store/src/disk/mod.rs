//! The store on disk: a log for what is new, maps in memory for the present, sealed sections for the past.
//!
//! A transaction locks its partitions, reads, appends one record to the log, changes the maps and lets go; it is
//! acknowledged when its record is durable, and until then nobody is shown anything of it. Maps that have become large are
//! sealed in the background, after which the log before them is used again; sections that have become many are merged.
//!
//! Lock order: partitions by family and hash, the route table, the log's tail. Sealing and merging hold locks of their
//! own, which nobody takes who holds any of these; the manifest's comes before all.

mod background;
mod check;
mod layers;
mod merge;
mod open;
mod options;
mod owner;
mod pace;
mod seal;
mod snapshot;
mod split;
mod walk;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::few::Few;
use crate::io::Folder;
use crate::log::change::{Change, encode_write};
use crate::log::{Callback, Cut, Log};
use crate::manifest::Manifest;
use crate::partition::State;
use crate::routes::{Family, FamilyId, RouteTable, Routes};
use crate::sealed::{BlockCache, SealedFile};
use crate::settle::defer;
use crate::txn::{Again, DeclaredKeys, Held, Point, Transaction, Write, Writes};
use crate::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, Read, Store, StoreCaps, StoreError, StoreStats,
    Tally, TreeId, TreeStats, Txn, Verdict, key_hash,
};
use background::{Background, Signals};
pub use check::{Checked, DiskUsage};
use layers::{Ahead, Layers, Version};
pub use options::{DiskOptions, Ticks};
use owner::Owner;
pub use owner::release_after_fork;
use pace::Pace;

const CAPS: StoreCaps = StoreCaps {
    key_bytes_max: 60 << 10,
    value_bytes_max: 16 << 20,
    transaction_writes_max: 1 << 20,
    transaction_bytes_max: 1 << 30,
    persistent: true,
};

/// A store on disk.
pub struct DiskStore {
    inner: Arc<Inner>,
    background: Mutex<Option<Background>>,
    /// Keeps other processes out.
    owner: Mutex<Option<Owner>>,
    /// The process that opened it; one that was forked from it must not touch its files.
    process: u32,
}

/// What the threads of a store share.
struct Inner {
    folder: Arc<dyn Folder>,
    options: DiskOptions,
    routes: RouteTable<Layers>,
    log: Log,
    manifest: Mutex<Manifest>,
    /// Changes of trees and partitions that no manifest has yet, by their commits.
    pending: Mutex<VecDeque<(u64, Vec<u8>)>>,
    /// Families ever made.
    families: AtomicU64,
    /// The id of the next sealed file.
    files: AtomicU64,
    /// Sealed files that somebody may be reading, by their ids.
    open_files: Mutex<HashMap<u64, Weak<SealedFile>>>,
    /// Backups that are being copied.
    backups: AtomicUsize,
    cache: Arc<BlockCache>,
    /// The cut of a seal that is under way, or has failed and is to be tried again.
    sealing: Mutex<Option<Cut>>,
    /// Held by who merges.
    merging: Mutex<()>,
    pace: Arc<Pace>,
    signals: Arc<Signals>,
    closed: AtomicBool,
}

thread_local! {
    /// The payload of the record that this thread makes.
    static PAYLOAD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Entries of a trimmed tree that are deleted at a time.
const DOOMED_MAX: usize = 1_000;
/// Payload buffers larger than this are not kept.
const PAYLOAD_BYTES_KEPT: usize = 1 << 20;

impl Inner {
    fn manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, VecDeque<(u64, Vec<u8>)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::Acquire) { Err(StoreError::Closed) } else { Ok(()) }
    }

    /// Files that are written when the log takes no more, or the manifest, would never be referred to.
    fn check_poison(&self) -> Result<(), StoreError> {
        self.log.poison().map_or(Ok(()), Err)
    }

    /// Whether there is much to be sealed, or much to be replayed.
    fn is_seal_due(&self) -> bool {
        self.pace.is_due() || self.log.used_bytes() >= self.options.log_bytes()
    }

    /// Sees to it that a commit is durable before anything of it is shown.
    fn settle(&self, commit: u64) -> Result<(), StoreError> {
        if commit <= self.log.settled() || defer(commit) { Ok(()) } else { self.log.wait(commit) }
    }

    /// Runs a transaction once. `further` are the points that an earlier run wrote to; this run locks them first.
    fn attempt(
        &self,
        keys: &[(TreeId, &[u8])],
        further: &mut Vec<(TreeId, u64)>,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Result<Option<CommitSeq>, Again>, StoreError> {
        let routes = self.routes.current();
        let mut declared = DeclaredKeys::new(&routes, keys)?;
        declared.fetch_ahead(|tree, key| self.fetch_ahead(tree, key))?;
        let known = further.iter().filter_map(|(tree, hash)| Point::new(&routes, *tree, *hash).ok());
        let mut points: Few<Point<'_, Layers>> = declared.points().chain(known).collect();
        let mut held = Held::none();
        if held.lock(points.as_mut_slice()).is_err() {
            return Ok(Err(Again));
        }
        let mut txn = Transaction::new(&routes, &CAPS, &held, declared);
        let verdict = body(&mut txn);
        if verdict == Verdict::Abort {
            let seen = txn.seen();
            drop(held);
            // What it has seen may be why it was aborted, and so be shown.
            self.settle(seen)?;
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
        self.commit(&mut held, writes).map(|commit| Ok(Some(commit)))
    }

    fn fetch_ahead(&self, tree: TreeId, key: &[u8]) -> Result<Ahead, StoreError> {
        match self.routes.read(tree, key_hash(key), |_, layers| layers.ahead(key))? {
            Some(sections) => Ahead::new(sections, key),
            None => Ok(Ahead::default()),
        }
    }

    /// Logs and applies what a transaction wrote, while all of its partitions are locked.
    fn commit<'a>(&self, held: &mut Held<'a, Layers>, writes: Writes<'a, Layers>) -> Result<CommitSeq, StoreError> {
        let appended = PAYLOAD.with_borrow_mut(|payload| {
            payload.clear();
            for write in writes.as_slice() {
                encode_write(payload, write.tree(), &write.key, write.value.as_deref(), write.tally);
            }
            let appended = self.log.append(payload);
            payload.shrink_to(PAYLOAD_BYTES_KEPT);
            appended
        })?;
        let mut grown = 0;
        held.apply(writes, |state, write| grown += apply(state, write, appended.generation, appended.sequence));
        if self.pace.grow(appended.sequence, grown) {
            self.signals.want_seal();
        }
        Ok(CommitSeq(appended.sequence))
    }

    /// Logs a change of trees or partitions and notes it for the manifest. The caller holds the route table, or the
    /// partition that is changed, so that whoever seals finds it noted.
    fn log_change(&self, change: Change<'_>) -> Result<crate::log::Appended, StoreError> {
        let mut payload = Vec::new();
        change.encode(&mut payload);
        let appended = self.log.append(&payload)?;
        // Those who change trees and those who trim hold different locks, so they may come here out of order.
        let mut pending = self.pending();
        let place = pending.partition_point(|(sequence, _)| *sequence < appended.sequence);
        pending.insert(place, (appended.sequence, payload));
        drop(pending);
        Ok(appended)
    }

    fn create_own(&self, tree: TreeId) -> Result<(), StoreError> {
        self.routes.change(|routes| {
            if routes.family(tree).is_ok() {
                return Err(StoreError::TreeExists(tree));
            }
            let id = FamilyId(tree, self.families.fetch_add(1, Ordering::Relaxed));
            let appended = self.log_change(Change::Create { tree, home: Home::Own, family: id.1 })?;
            let layers = Layers::new(appended.generation, false);
            let state = State::whole(tree, layers, self.options.partition_bytes_max);
            routes.add(tree, Arc::new(Family::new(id, [state])))
        })
    }

    /// Makes a tree in the partitions of `base`.
    fn create_in(&self, base: TreeId, tree: TreeId, home: Home) -> Result<(), StoreError> {
        let is_guest = matches!(home, Home::Beside(_));
        let publish = |routes: &mut Routes<Layers>, family: &Arc<Family<Layers>>| {
            if routes.family(tree).is_ok() {
                return Err(StoreError::TreeExists(tree));
            }
            let appended = self.log_change(Change::Create { tree, home, family: 0 })?;
            routes.add(tree, Arc::clone(family))?;
            Ok(appended.generation)
        };
        self.routes.change_family(base, publish, |state, generation| {
            state.add(tree, Layers::new(generation, is_guest), !is_guest);
        })
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        let publish = |routes: &mut Routes<Layers>, _: &Arc<Family<Layers>>| {
            self.log_change(Change::Drop { tree })?;
            routes.remove(tree);
            Ok(())
        };
        let mut taken = Vec::new();
        self.routes.change_family(tree, publish, |state, ()| taken.extend(state.take(tree)))?;
        self.pace.shrink(taken.iter().map(|layers| layers.active.bytes()).sum());
        drop(taken);
        // Its files are given back when a manifest says so.
        self.signals.want_seal_now();
        Ok(())
    }

    /// Trims a tree beside another one.
    fn trim_guest(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        let hash = key_hash(key);
        loop {
            let routes = self.routes.current();
            let Some((_, partition)) = routes.family(tree)?.partition(hash) else { return Ok(()) };
            let mut state = partition.state.write();
            if !state.covers(hash) || state.tree(tree).is_none() {
                continue;
            }
            let appended = self.log_change(Change::Trim { tree, key })?;
            let Some((layers, tally)) = state.tree_and_tally(tree) else { return Ok(()) };
            layers.freeze(appended.generation, *tally);
            let trimmed = layers.trim(key);
            drop(state);
            self.pace.shrink(trimmed.bytes());
            return Ok(());
        }
    }

    /// Deletes the entries of a tree that have the hash of a key and lie before it, some at a time.
    fn delete_before(&self, store: &DiskStore, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        let (start, end) = crate::manifest::checkpoint::trimmed_range(key);
        loop {
            let mut doomed: Vec<Vec<u8>> = Vec::new();
            let range = KeyRange { start: std::ops::Bound::Included(&start), end: std::ops::Bound::Excluded(&end) };
            store.range(tree, range, Direction::Forward, &mut |key, _| {
                doomed.push(key.to_vec());
                if doomed.len() < DOOMED_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            if !doomed.is_empty() {
                store.transact(&[], Durability::Memory, &mut |txn| {
                    doomed.iter().for_each(|key| txn.delete(tree, key));
                    Verdict::Commit
                })?;
            }
            // Looking once more might fail when all is done.
            if doomed.len() < DOOMED_MAX {
                return Ok(());
            }
        }
    }
}

/// Carries a write out; returns by how many bytes the maps have grown.
fn apply(state: &mut State<Layers>, write: Write<'_, Layers>, generation: u64, commit: u64) -> i64 {
    let Some((layers, tally)) = state.tree_and_tally(write.tree()) else { return 0 };
    layers.freeze(generation, *tally);
    *tally += write.tally;
    let before = layers.active.bytes();
    layers.write(&write.key, Version { commit, value: write.value });
    layers.active.bytes() as i64 - before as i64
}

impl DiskStore {
    /// Does in this thread what the background threads would: writes the log for those who wait without a thread, prepares
    /// it, seals, splits and merges what is due.
    /// For a store that was opened without such threads. `eagerly` seals however little there is.
    ///
    /// # Errors
    /// `Io`, `Poisoned`, `Damaged`.
    pub fn maintain(&self, eagerly: bool) -> Result<(), StoreError> {
        self.inner.log.lead()?;
        self.inner.log.prepare()?;
        if eagerly || self.inner.is_seal_due() {
            self.inner.seal()?;
            self.inner.split_large()?;
        }
        while self.inner.merge_one()? {}
        Ok(())
    }
}

impl Read for DiskStore {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.inner.get(tree, key)
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.inner.range(tree, range, direction, visit)
    }
}

impl Store for DiskStore {
    fn snapshot(&self) -> Result<Box<dyn Read>, StoreError> {
        Ok(Box::new(self.inner.snapshot()?))
    }

    fn fork(&self) -> Result<Box<dyn Store>, StoreError> {
        Err(StoreError::Unsupported("forks of a database on disk"))
    }

    fn transact(
        &self,
        keys: &[(TreeId, &[u8])],
        _durability: Durability,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Option<CommitSeq>, StoreError> {
        self.inner.check_open()?;
        self.inner.pace.admit(&self.inner.signals)?;
        let mut further = Vec::new();
        loop {
            if let Ok(commit) = self.inner.attempt(keys, &mut further, body)? {
                return Ok(commit);
            }
        }
    }

    fn wait_durable(&self, commit: CommitSeq) -> Result<(), StoreError> {
        self.inner.settle(commit.0)
    }

    fn when_durable(&self, commit: CommitSeq, callback: Callback) {
        self.inner.log.call_when_settled(commit.0, callback);
    }

    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        self.inner.routes.partitions(tree)
    }

    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        self.inner.check_open()?;
        match home {
            Home::Own => self.inner.create_own(tree),
            Home::With(base) | Home::Beside(base) => self.inner.create_in(base, tree, home),
        }
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        self.inner.check_open()?;
        self.inner.drop_tree(tree)
    }

    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        self.inner.check_open()?;
        if self.inner.routes.read(tree, key_hash(key), |_, layers| layers.is_guest)? {
            return self.inner.trim_guest(tree, key);
        }
        self.inner.delete_before(self, tree, key)
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        self.inner.check_open()?;
        self.inner.seal().map(drop)
    }

    fn close(&self) -> Result<(), StoreError> {
        let was_closed = self.inner.closed.swap(true, Ordering::AcqRel);
        // A merge under way ends when it sees that.
        drop(self.background.lock().unwrap_or_else(PoisonError::into_inner).take());
        if was_closed {
            return Ok(());
        }
        let closed = self.inner.close();
        drop(self.owner.lock().unwrap_or_else(PoisonError::into_inner).take());
        closed
    }

    fn stats(&self) -> StoreStats {
        self.inner.stats()
    }

    fn caps(&self) -> StoreCaps {
        CAPS
    }
}

impl Inner {
    /// Seals all there is, and leaves a manifest that needs no log.
    fn close(&self) -> Result<(), StoreError> {
        loop {
            let sealed = self.manifest().checkpoint().head.sequence;
            // Whoever began before this was closed may still commit, but not when all is sealed.
            if self.log.end(sealed) {
                return self.manifest().close();
            }
            self.seal().inspect_err(|_| self.log.fail(&StoreError::Closed))?;
        }
    }

    fn stats(&self) -> StoreStats {
        self.routes.read_all(|routes, families| {
            let mut stats = StoreStats::default();
            for (tree, family) in routes.trees() {
                let partitions = family.partitions().len() as u64;
                stats.trees.push(TreeStats { tree: *tree, entries: 0, bytes: 0, tally: Tally::NONE, partitions });
            }
            for (_, states) in families {
                stats.partitions += states.len() as u64;
                // The parts of a partition that was split share sections.
                let mut seen = HashSet::new();
                for (state, (id, layers)) in
                    states.iter().flat_map(|state| state.trees().map(move |tree| (state, tree)))
                {
                    let (entries, bytes) = layers.counted(|section| seen.insert((id, section.file, section.start)));
                    let tally = state.tallies().find(|(tree, _)| *tree == id).map_or(Tally::NONE, |(_, tally)| tally);
                    stats.count(id, entries, bytes, tally);
                }
            }
            stats
        })
    }
}

impl Drop for DiskStore {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            // Whoever wants to know how it went closes it before.
            let _ = self.close();
            return;
        }
        // A copy in a forked process: its threads do not exist, and its files belong to the parent.
        std::mem::forget(self.background.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        std::mem::forget(Arc::clone(&self.inner));
    }
}
