//! The one door of every write: old image, condition, new image, commit.
//!
//! PutItem, UpdateItem, DeleteItem, the batches and the transactions differ in how they come to a [`Write`]; what a write
//! does to a table is said here alone. A write is planned on the old image, which decides whether it is done; then it is
//! carried out, with the index entries (`index.rs`) that follow from it, in the same transaction of the store.

use statordb_store::{CommitSeq, Durability, Store, StoreError, Tally, TreeId, Txn, Verdict};

use crate::Engine;
use crate::capacity::{HalfUnits, Spent};
use crate::catalog::{Live, Table};
use crate::error::{CancellationReason, Error, ErrorKind, Result};
use crate::expr::{self, BoundCondition, BoundUpdate, Substitutions, Usage};
use crate::index::{IndexChange, tally_of};
use crate::key::collection_key;
use crate::legacy::{AttributeChanges, Conditions};
use crate::limits::ITEM_BYTES_MAX;
use crate::stream::{self, Captured};
use crate::traffic::Review;
use crate::upkeep::Expired;
use crate::value::{Item, ItemRef, ValueRef};

/// One write to one item.
pub(crate) struct Write<'a> {
    pub(crate) table: &'a Table,
    /// The bytes under which the item stands.
    pub(crate) key: Vec<u8>,
    pub(crate) action: Action<'a>,
    pub(crate) condition: Condition<'a>,
    /// Whether a failed condition gives the item with its error.
    pub(crate) return_old_on_failure: bool,
}

/// What a write does.
pub(crate) enum Action<'a> {
    Put(Item),
    Update(Change<'a>),
    /// With the `Key` of the request.
    Delete(Item),
    /// Nothing: only its condition counts. With the `Key` of the request.
    Check(Item),
}

/// The change of an UpdateItem, with the key attributes that a new item starts from.
pub(crate) struct Change<'a> {
    pub(crate) key: Item,
    pub(crate) update: Update<'a>,
}

/// Where an update comes from.
pub(crate) enum Update<'a> {
    /// Neither parameter was given: the item is made if it is not there.
    Nothing,
    Expression(BoundUpdate<'a>),
    Legacy(AttributeChanges<'a>),
}

impl Update<'_> {
    /// The constant that the update assigns to a whole attribute, if it does.
    pub(crate) fn assigned(&self, name: &str) -> Option<ValueRef<'_>> {
        match self {
            Self::Nothing => None,
            Self::Expression(update) => update.assigned(name),
            Self::Legacy(changes) => changes.assigned(name),
        }
    }

    /// What its text counts against the size of an item.
    fn weight(&self) -> usize {
        match self {
            Self::Expression(update) => update.weight(),
            Self::Nothing | Self::Legacy(_) => 0,
        }
    }

    fn apply(&self, base: ItemRef<'_>, exists: bool) -> Result<Option<Item>> {
        match self {
            Self::Nothing => Ok(Some(base.to_item())),
            Self::Expression(update) => update.apply(base, exists),
            Self::Legacy(changes) => changes.apply(base, exists),
        }
    }
}

/// Where a condition comes from.
pub(crate) enum Condition<'a> {
    None,
    Expression(BoundCondition<'a>),
    Legacy(Conditions<'a>),
    /// The time of the item has come; for the deletions of time to live.
    Expired(Expired<'a>),
}

impl<'a> Condition<'a> {
    /// Binds the expression of a request, or takes its legacy parameters; a request has at most one of them.
    pub(crate) fn bind(
        parsed: Option<&'a expr::Condition>,
        legacy: Option<Conditions<'a>>,
        substitutions: &'a Substitutions<'_>,
        usage: &mut Usage,
    ) -> Result<Self> {
        Ok(match (parsed, legacy) {
            (Some(parsed), _) => Self::Expression(parsed.bind(substitutions, usage)?),
            (None, Some(legacy)) => Self::Legacy(legacy),
            (None, None) => Self::None,
        })
    }

    /// What looking at one item costs, in comparisons, as far as the request can choose it.
    pub(crate) fn comparisons(&self) -> usize {
        match self {
            Self::None | Self::Expression(_) | Self::Expired(_) => 1,
            Self::Legacy(conditions) => conditions.comparisons(),
        }
    }

    /// Whether the item passes.
    pub(crate) fn matches(&self, item: ItemRef<'_>) -> bool {
        match self {
            Self::None => true,
            Self::Expression(condition) => condition.matches(item),
            Self::Legacy(conditions) => conditions.matches(item),
            Self::Expired(expired) => expired.matches(item),
        }
    }
}

/// What a write did.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) old: Option<Item>,
    pub(crate) new: Option<Item>,
    /// What became of its index entries.
    pub(crate) indexes: Vec<IndexChange>,
    /// Bytes of the item's collection now, in a table with LSIs.
    pub(crate) collection_bytes: Option<u64>,
    /// What it counts in the table.
    tally: Tally,
    /// Where the stream has no shard that takes its record: then the write must not be committed.
    unrecorded: Option<u64>,
}

impl Applied {
    fn size(item: Option<&Item>) -> Option<usize> {
        item.map(|item| item.view().size())
    }

    /// What the write costs: its larger image, and those of its index entries.
    pub(crate) fn spent(&self) -> Spent {
        let (old, new) = (Self::size(self.old.as_ref()), Self::size(self.new.as_ref()));
        let mut spent = Spent::on_table(HalfUnits::of_write(old.max(new).unwrap_or(0)));
        for change in self.indexes.iter().filter(|change| change.units > HalfUnits::default()) {
            spent.add_index(&change.index.name, change.index.is_global(), change.units);
        }
        spent
    }

    fn is_recorded(&self) -> bool {
        self.unrecorded.is_none()
    }

    /// Counts what came and went, once the write is committed.
    fn count(&self, table: &Table) {
        table.contents.add(self.tally);
        self.indexes.iter().for_each(IndexChange::count);
    }
}

/// Commits of an operation that has yet to wait until they are durable. Nothing is told of them before.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Unsettled(Option<CommitSeq>);

impl Unsettled {
    /// One more; to wait for the last one is to wait for all.
    pub(crate) fn add(&mut self, commit: Option<CommitSeq>) {
        self.0 = self.0.max(commit);
    }

    /// Comes back when all of them are durable.
    pub(crate) fn settle(self, store: &dyn Store) -> Result<()> {
        self.0.map_or(Ok(()), |commit| Ok(store.wait_durable(commit)?))
    }
}

/// The keys that a write reads: its item's, and that of the size of its collection where that is kept.
fn declared<'k>(write: &'k Write<'_>, live: &Live) -> impl Iterator<Item = (TreeId, &'k [u8])> {
    let collection = live.collections.map(|tree| (tree, collection_key(&write.key)));
    std::iter::once((write.table.tree, write.key.as_slice())).chain(collection)
}

impl Engine {
    /// Applies a single write, and comes back when it is durable.
    pub(crate) fn apply_one(&self, write: &Write<'_>) -> Result<Applied> {
        let mut unsettled = Unsettled::default();
        let applied = self.apply_unsettled(write, &mut unsettled)?;
        unsettled.settle(&*self.store)?;
        Ok(applied)
    }

    /// Applies a single write as one of several, which are settled together before anybody is told of them.
    pub(crate) fn apply_unsettled(&self, write: &Write<'_>, unsettled: &mut Unsettled) -> Result<Applied> {
        if self.traffic.is_idle() || !write.is_metered() {
            self.commit_one(write, None, unsettled)
        } else {
            self.apply_metered(write, unsettled)
        }
    }

    /// The same, when nobody counts what it costs, or `review` does: it decides on the outcome inside the transaction.
    pub(crate) fn commit_one(
        &self,
        write: &Write<'_>,
        mut review: Option<&mut Review<'_>>,
        unsettled: &mut Unsettled,
    ) -> Result<Applied> {
        if self.ongoing.holds(write.table.tree, &write.key) {
            return Err(Error::transaction_conflict());
        }
        self.before_write()?;
        let live = write.table.hold();
        let mut keys = [(write.table.tree, write.key.as_slice()); 2];
        let keys = match live.collections {
            Some(tree) => {
                keys[1] = (tree, collection_key(&write.key));
                keys.as_slice()
            }
            None => keys.get(..1).unwrap_or_default(),
        };
        loop {
            let mut outcome = Err(Error::internal("a write had no outcome"));
            let mut body = |txn: &mut dyn Txn| {
                outcome = write.plan(&live, txn).and_then(|planned| self.carry_out(write, &live, planned, txn));
                if let Some(review) = &mut review {
                    outcome = review(&live, txn, std::mem::replace(&mut outcome, Err(Error::internal("reviewed"))));
                }
                let is_done = outcome.as_ref().is_ok_and(Applied::is_recorded);
                if is_done { Verdict::Commit } else { Verdict::Abort }
            };
            let committed = self.store.transact(keys, Durability::Full, &mut body).map_err(store_error)?;
            let applied = outcome?;
            if self.open_shards(&live, &[&applied])? {
                continue;
            }
            applied.count(write.table);
            unsettled.add(committed);
            live.ring();
            return Ok(applied);
        }
    }

    /// Opens the shards that these writes to a table were in want of; whether there were any.
    fn open_shards(&self, live: &Live, applied: &[&Applied]) -> Result<bool> {
        let hashes: Vec<u64> = applied.iter().filter_map(|applied| applied.unrecorded).collect();
        match &live.stream {
            Some(stream) if !hashes.is_empty() => {
                stream.open_shards(&*self.store, &hashes, self.clock.now_ms()).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// Applies `writes`, all or none, and comes back when they are durable. Their items must be different ones. `first`
    /// runs before them inside the transaction, with the keys `further` to read beside those of the items; when it says
    /// that nothing is to be done, nothing is.
    ///
    /// # Errors
    /// TransactionCanceledException with a reason for each write, and what `first` fails with.
    pub(crate) fn apply_all(
        &self,
        writes: &[Write<'_>],
        further: &[(TreeId, &[u8])],
        first: &mut dyn FnMut(&mut dyn Txn) -> Result<Proceed>,
    ) -> Result<Option<Vec<Applied>>> {
        self.admit_all(writes)?;
        self.before_write()?;
        // One guard a table: a second one of the same thread could wait for a change that waits for the first. In one
        // order: two transactions that want the same tables could each wait for a change that waits for the other.
        let mut tables: Vec<&Table> = writes.iter().map(|write| write.table).collect();
        tables.sort_unstable_by_key(|table| table.tree);
        tables.dedup_by_key(|table| table.tree);
        let held: Vec<(TreeId, _)> = tables.iter().map(|table| (table.tree, table.hold())).collect();
        let live =
            |write: &Write<'_>| held.iter().find(|(tree, _)| *tree == write.table.tree).map(|(_, live)| &***live);
        let lives: Vec<&Live> = writes.iter().filter_map(live).collect();
        let mut keys: Vec<(TreeId, &[u8])> = further.to_vec();
        keys.extend(writes.iter().zip(&lives).flat_map(|(write, live)| declared(write, live)));
        let mut unsettled = Unsettled::default();
        let applied = loop {
            let mut outcome = Ok(None);
            let mut body = |txn: &mut dyn Txn| {
                outcome = first(txn).and_then(|proceed| match proceed {
                    Proceed::Stop => Ok(None),
                    Proceed::Go => self.carry_out_all(writes, &lives, txn).map(Some),
                });
                let is_done = matches!(&outcome, Ok(Some(applied)) if applied.iter().all(Applied::is_recorded));
                if is_done { Verdict::Commit } else { Verdict::Abort }
            };
            let committed = self.store.transact(&keys, Durability::Full, &mut body).map_err(store_error)?;
            let applied = outcome?;
            if !self.open_all_shards(&lives, applied.as_deref().unwrap_or_default())? {
                unsettled.add(committed);
                break applied;
            }
        };
        for (write, applied) in writes.iter().zip(applied.iter().flatten()) {
            applied.count(write.table);
        }
        held.iter().for_each(|(_, live)| live.ring());
        drop(held);
        self.charge_all(writes, applied.as_deref().unwrap_or_default());
        unsettled.settle(&*self.store)?;
        Ok(applied)
    }

    /// The same for writes to several tables.
    fn open_all_shards(&self, lives: &[&Live], applied: &[Applied]) -> Result<bool> {
        let mut has_opened = false;
        for (live, applied) in lives.iter().zip(applied) {
            has_opened |= self.open_shards(live, &[applied])?;
        }
        Ok(has_opened)
    }

    /// Plans all writes, and carries them out if every plan holds.
    fn carry_out_all(&self, writes: &[Write<'_>], lives: &[&Live], txn: &mut dyn Txn) -> Result<Vec<Applied>> {
        let plans = writes.iter().zip(lives).map(|(write, live)| write.plan(live, txn));
        let plans = all_or_reasons(plans.collect())?;
        let mut applied = Vec::with_capacity(plans.len());
        for ((write, live), planned) in writes.iter().zip(lives).zip(plans) {
            applied.push(self.carry_out(write, live, planned, txn));
        }
        all_or_reasons(self.review_all(writes, lives, applied))
    }

    /// Hands what was planned to the transaction, with all that follows from it.
    fn carry_out(&self, write: &Write<'_>, live: &Live, planned: Planned, txn: &mut dyn Txn) -> Result<Applied> {
        let Planned { old, new } = planned;
        let tree = write.table.tree;
        if old == new {
            return Ok(Applied {
                collection_bytes: self.collection(write, live, 0, txn)?,
                old,
                new,
                ..Applied::default()
            });
        }
        let tally = tally_of(Applied::size(old.as_ref()), Applied::size(new.as_ref()));
        txn.write(tree, &write.key, new.as_ref().map(|new| new.bytes().clone()), tally);
        let mut applied = Applied { old, new, tally, ..Applied::default() };
        if live.is_plain() {
            return Ok(applied);
        }
        let (old, new) = (applied.old.as_ref(), applied.new.as_ref());
        if let Some(stream) = &live.stream {
            let by_ttl = matches!(write.condition, Condition::Expired(_));
            let change = stream::Change { key: &write.key, old, new, by_ttl, now_ms: self.clock.now_ms() };
            if let Captured::NoShard(hash) = stream.capture(txn, &change)? {
                applied.unrecorded = Some(hash);
                return Ok(applied);
            }
        }
        applied.indexes = live.edit_indexes(&write.key, old, new, txn);
        let local = applied.indexes.iter().filter(|change| !change.index.is_global()).map(|change| change.tally.bytes);
        let grown = tally.bytes + local.sum::<i64>();
        applied.collection_bytes = self.collection(write, live, grown, txn)?;
        Ok(applied)
    }

    /// Keeps the size of the item's collection, where the table keeps such sizes, and tells it.
    fn collection(&self, write: &Write<'_>, live: &Live, grown: i64, txn: &mut dyn Txn) -> Result<Option<u64>> {
        let Some(tree) = live.collections else { return Ok(None) };
        let key = collection_key(&write.key);
        let stored = txn.get(tree, key).map_err(store_error)?;
        let before = stored.and_then(|bytes| Some(u64::from_le_bytes(*bytes.first_chunk()?))).unwrap_or(0);
        let now = before.saturating_add_signed(grown);
        if grown > 0 && now > self.options.item_collection_bytes_max {
            return Err(Error::new(ErrorKind::ItemCollectionSizeLimitExceeded, "Collection size exceeded."));
        }
        match now {
            _ if now == before => {}
            0 => txn.delete(tree, key),
            _ => txn.put(tree, key, now.to_le_bytes().as_slice().into()),
        }
        Ok(Some(now))
    }

    fn before_write(&self) -> Result<()> {
        match self.options.gsi_delay_ms {
            0 => Ok(()),
            delay_ms => self.past.keep(&*self.store, self.clock.now_ms(), delay_ms),
        }
    }

    /// The item under a key, as it is now.
    pub(crate) fn read_item(&self, table: &Table, key: &[u8]) -> Result<Option<Item>> {
        stored_item(self.store.get(table.tree, key).map_err(store_error)?)
    }
}

/// What the first part of a transaction says of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proceed {
    Go,
    Stop,
}

/// All results, or the cancellation that their errors come to. The first ValidationError stands alone: AWS does not look
/// further then, and evaluates no condition (recorded). A fault of ours is no reason; it is the answer.
pub(crate) fn all_or_reasons<T>(results: Vec<Result<T>>) -> Result<Vec<T>> {
    if results.iter().all(Result::is_ok) {
        return results.into_iter().collect();
    }
    let is =
        |kind: ErrorKind| move |result: &Result<T>| result.as_ref().err().is_some_and(|error| error.kind() == kind);
    let alone = results.iter().position(is(ErrorKind::Validation));
    let mut reasons = Vec::with_capacity(results.len());
    for (place, result) in results.into_iter().enumerate() {
        reasons.push(match result {
            Err(error) if matches!(error.kind(), ErrorKind::Internal | ErrorKind::ResourceNotFound) => {
                return Err(error);
            }
            Err(error) if alone.is_none_or(|alone| alone == place) => CancellationReason::of(error),
            _ => CancellationReason::NONE,
        });
    }
    Err(Error::transaction_canceled(reasons))
}

/// A table can be dropped between its look-up and the store's.
pub(crate) fn store_error(error: StoreError) -> Error {
    match error {
        StoreError::NoSuchTree(_) => Error::table_not_found(),
        other => other.into(),
    }
}

pub(crate) fn stored_item(bytes: Option<statordb_store::Bytes>) -> Result<Option<Item>> {
    let item = |bytes| Item::from_bytes(bytes).ok_or_else(|| Error::internal("a stored item cannot be read"));
    bytes.map(item).transpose()
}

/// The images of an item before and after a write that may be done.
pub(crate) struct Planned {
    old: Option<Item>,
    new: Option<Item>,
}

impl Write<'_> {
    /// Decides on the old image.
    fn plan(&self, live: &Live, txn: &mut dyn Txn) -> Result<Planned> {
        self.check_index_keys(live)?;
        let old = stored_item(txn.get(self.table.tree, &self.key).map_err(store_error)?)?;
        self.check_condition(old.as_ref())?;
        let new = self.new_image(old.as_ref())?;
        if let (Action::Update(_), Some(new)) = (&self.action, &new) {
            live.check_changed_keys(old.as_ref(), new)?;
        }
        if let (Action::Put(_) | Action::Update(_), Some(new)) = (&self.action, &new) {
            self.check_size_with_entries(live, new)?;
        }
        Ok(Planned { old, new })
    }

    /// Refuses what cannot be a key of an index, as far as it is known before the item.
    pub(crate) fn check_index_keys(&self, live: &Live) -> Result<()> {
        match &self.action {
            _ if live.indexes.is_empty() => Ok(()),
            Action::Put(item) => live.indexes.iter().try_for_each(|index| index.check_put(item.view())),
            Action::Update(change) => live.check_assigned_keys(&change.update),
            Action::Delete(_) | Action::Check(_) => Ok(()),
        }
    }

    fn check_condition(&self, old: Option<&Item>) -> Result<()> {
        if matches!(self.condition, Condition::None) {
            return Ok(());
        }
        let missing;
        let item = match old {
            Some(item) => item,
            None => {
                missing = Item::empty();
                &missing
            }
        };
        if self.condition.matches(item.view()) {
            return Ok(());
        }
        let shown = if self.return_old_on_failure { old.cloned() } else { None };
        Err(Error::conditional_check_failed(shown))
    }

    fn new_image(&self, old: Option<&Item>) -> Result<Option<Item>> {
        match &self.action {
            Action::Put(item) => Ok(Some(item.clone())),
            Action::Delete(_) => Ok(None),
            Action::Check(_) => Ok(old.cloned()),
            Action::Update(change) => {
                let base = old.unwrap_or(&change.key);
                let new = change.update.apply(base.view(), old.is_some())?;
                let weight = change.update.weight();
                if new.as_ref().is_some_and(|new| new.view().size().max(weight) > ITEM_BYTES_MAX) {
                    return Err(self.too_large());
                }
                Ok(new)
            }
        }
    }

    /// An item and its entries in LSIs have 400 KB together (AWS documentation).
    fn check_size_with_entries(&self, live: &Live, new: &Item) -> Result<()> {
        let local = live.indexes.iter().filter(|index| !index.is_global());
        let entries = local.map(|index| index.size_if_entered(new.view())).sum::<usize>();
        if entries > 0 && new.view().size() + entries > ITEM_BYTES_MAX { Err(self.too_large()) } else { Ok(()) }
    }

    fn too_large(&self) -> Error {
        match self.action {
            Action::Update(_) => Error::validation("Item size to update has exceeded the maximum allowed size"),
            _ => Error::item_too_large(),
        }
    }
}
