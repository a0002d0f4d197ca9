//! A table: what never changes about it, and what UpdateTable and its relatives change while it is in use.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use statordb_store::{Tally, TreeId};

use super::index::{Index, TtlIndex};
use super::{Billing, Provisioned, Settings, TableStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeySchema;
use crate::stream::Stream;
use crate::value::Kind;

/// How many items a table or index holds and how large they are. Every write keeps it, here and, by the same commit, in the
/// tally of the tree; from there it is read when the store is opened again.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    items: AtomicI64,
    bytes: AtomicI64,
}

impl Contents {
    pub(crate) fn of(items: u64, bytes: u64) -> Self {
        Self { items: AtomicI64::new(items.cast_signed()), bytes: AtomicI64::new(bytes.cast_signed()) }
    }

    /// So many items and bytes came, or, where negative, went.
    pub(crate) fn add(&self, tally: Tally) {
        if tally.items != 0 {
            self.items.fetch_add(tally.items, Ordering::Relaxed);
        }
        if tally.bytes != 0 {
            self.bytes.fetch_add(tally.bytes, Ordering::Relaxed);
        }
    }

    /// Takes what the store has counted.
    pub(crate) fn set(&self, tally: Tally) {
        self.items.store(tally.items, Ordering::Relaxed);
        self.bytes.store(tally.bytes, Ordering::Relaxed);
    }

    pub(crate) fn items(&self) -> u64 {
        self.items.load(Ordering::Relaxed).max(0) as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed).max(0) as u64
    }
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// A UUID.
    pub(crate) id: String,
    pub(crate) schema: KeySchema,
    pub(crate) tree: TreeId,
    pub(crate) contents: Contents,
    pub(crate) created_ms: u64,
    /// From when on it can be used.
    pub(crate) active_ms: u64,
    /// Until when it is listed as being deleted; `NOT_DELETED` otherwise.
    gone_ms: AtomicU64,
    /// What writes keep to: held by each of them until its commit, and by a change until it is durable.
    live: RwLock<Arc<Live>>,
    /// The same for everybody else, who waits for no change. Locked for a moment only.
    shown: RwLock<Arc<Live>>,
}

pub(super) const NOT_DELETED: u64 = u64::MAX;

/// What of a table can change while it is in use. A change makes a new one; whoever writes items holds on to the current
/// one until the commit, so that no write misses an index or a stream that is there from now on.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) definitions: Vec<(String, Kind)>,
    pub(crate) billing: Billing,
    pub(crate) provisioned: Provisioned,
    /// LSIs in their order, then GSIs in the order of their making. Every one of them is kept by writes.
    pub(crate) indexes: Vec<Arc<Index>>,
    /// GSIs that are gone and still listed.
    pub(crate) leaving: Vec<Leaving>,
    /// Where the sizes of item collections stand; with LSIs.
    pub(crate) collections: Option<TreeId>,
    pub(crate) ttl: Option<Arc<TtlIndex>>,
    /// When TTL was switched on or off.
    pub(crate) ttl_changed_ms: Option<u64>,
    /// The stream that records changes.
    pub(crate) stream: Option<Arc<Stream>>,
    /// The label of the last one that did, and does no longer.
    pub(crate) past_stream: Option<String>,
    pub(crate) settings: Settings,
    /// Until when the table answers as being updated.
    pub(crate) updating_ms: u64,
}

/// A table while it is changed: nobody writes to it, and everybody sees it as it was.
pub(crate) struct Changing<'t> {
    current: RwLockWriteGuard<'t, Arc<Live>>,
    shown: &'t RwLock<Arc<Live>>,
}

impl Changing<'_> {
    /// The table as it is.
    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.current
    }

    /// Shows the table as it is from now on.
    pub(crate) fn show(&mut self, live: Live) {
        *self.current = Arc::new(live);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&self.current);
    }
}

/// An index that was deleted, and until when it is listed as such.
#[derive(Clone, Debug)]
pub(crate) struct Leaving {
    pub(crate) index: Arc<Index>,
    pub(crate) until_ms: u64,
}

impl Live {
    /// The index `name`.
    pub(crate) fn index(&self, name: &str) -> Option<&Arc<Index>> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The indexes that are not LSIs.
    pub(crate) fn global_indexes(&self) -> impl Iterator<Item = &Arc<Index>> {
        self.indexes.iter().filter(|index| index.is_global())
    }

    /// The trees that a table has beside that of its items.
    pub(crate) fn trees(&self) -> impl Iterator<Item = TreeId> {
        let indexes = self.indexes.iter().map(|index| index.tree);
        indexes.chain(self.collections).chain(self.ttl.as_ref().map(|ttl| ttl.tree))
    }

    /// Wakes who waits for stream records of what was just committed.
    pub(crate) fn ring(&self) {
        if let Some(stream) = &self.stream {
            stream.ring();
        }
    }

    /// Whether a write to the table touches nothing but the item.
    pub(crate) fn is_plain(&self) -> bool {
        self.indexes.is_empty() && self.ttl.is_none() && self.stream.is_none()
    }
}

impl Table {
    pub(crate) fn new(
        name: String,
        id: String,
        schema: KeySchema,
        tree: TreeId,
        (created_ms, active_ms): (u64, u64),
        live: Live,
    ) -> Self {
        let live = Arc::new(live);
        let (live, shown) = (RwLock::new(Arc::clone(&live)), RwLock::new(live));
        let (contents, gone_ms) = (Contents::default(), AtomicU64::new(NOT_DELETED));
        Self { name, id, schema, tree, contents, created_ms, active_ms, gone_ms, live, shown }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn schema(&self) -> &KeySchema {
        &self.schema
    }

    /// The table as it is now.
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The table for a write: as it is now, and as it stays until the guard is dropped. Nobody takes a second one meanwhile.
    pub(crate) fn hold(&self) -> RwLockReadGuard<'_, Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The table for a change, when no write is under way.
    pub(crate) fn change(&self) -> Changing<'_> {
        let current = self.live.write().unwrap_or_else(PoisonError::into_inner);
        Changing { current, shown: &self.shown }
    }

    /// Refuses a change of a table in a state that allows none.
    ///
    /// # Errors
    /// ResourceInUseException.
    pub(crate) fn check_settled(&self, now_ms: u64, is_updating: bool) -> Result<()> {
        let what = match self.state(now_ms) {
            TableStatus::Deleting => "deleted",
            TableStatus::Creating => "created",
            TableStatus::Active | TableStatus::Updating if is_updating => "updated",
            TableStatus::Active | TableStatus::Updating => return Ok(()),
        };
        let message =
            format!("Attempt to change a resource which is still in use: Table is being {what}: {}", self.name);
        Err(Error::new(ErrorKind::ResourceInUse, message))
    }

    /// Lists the table as being deleted until a time.
    pub(crate) fn delete_until(&self, gone_ms: u64) {
        self.gone_ms.store(gone_ms, Ordering::Release);
    }

    /// Whether a table that was deleted is not even listed any more.
    pub(crate) fn is_gone(&self, now_ms: u64) -> bool {
        now_ms >= self.gone_ms.load(Ordering::Acquire)
    }

    /// Whether the table was deleted, listed or not.
    pub(crate) fn is_deleted(&self) -> bool {
        self.gone_ms.load(Ordering::Acquire) != NOT_DELETED
    }

    /// Puts a table that nobody has yet together with its stream.
    pub(super) fn with_stream(self, stream: Option<Arc<Stream>>) -> Self {
        {
            let mut changing = self.change();
            let live = Live { stream, ..changing.live().as_ref().clone() };
            changing.show(live);
        }
        self
    }

    /// Whether the clock need not be asked to know that the table can be used.
    pub(crate) fn is_settled(&self) -> bool {
        self.active_ms == self.created_ms && !self.is_deleted()
    }

    /// `TableStatus` at a time.
    pub(crate) fn status(&self, now_ms: u64) -> TableStatus {
        let live = self.live();
        let is_updating = now_ms < live.updating_ms || live.indexes.iter().any(|index| !index.is_active(now_ms));
        match self.state(now_ms) {
            TableStatus::Active if is_updating => TableStatus::Updating,
            state => state,
        }
    }

    /// `TableStatus` as far as it does not depend on what changes.
    fn state(&self, now_ms: u64) -> TableStatus {
        match () {
            () if self.is_deleted() => TableStatus::Deleting,
            () if now_ms < self.active_ms => TableStatus::Creating,
            () => TableStatus::Active,
        }
    }
}
