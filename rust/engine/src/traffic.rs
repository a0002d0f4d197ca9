//! What requests cost tables, indexes, partitions and keys: where throttling and contributor insights look on.
//!
//! Each read and each write says before it begins what it is about, and afterwards what it cost. While nobody looks on, that
//! is a single branch.

use statordb_store::Txn;

use crate::Engine;
use crate::capacity::{HalfUnits, Spent};
use crate::catalog::{Live, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::index::IndexChange;
use crate::insights::Insights;
use crate::read::{Source, Walk, Walked};
use crate::throttle::{Access, Draw, Throttle};
use crate::value::{Item, ItemRef};
use crate::write::{Action, Applied, Condition, Unsettled, Write, all_or_reasons, store_error, stored_item};

/// Who looks on.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Present when requests are throttled.
    throttle: Option<Throttle>,
    pub(crate) insights: Insights,
}

impl Traffic {
    pub(crate) fn new(is_throttled: bool) -> Self {
        Self { throttle: is_throttled.then(Throttle::default), insights: Insights::default() }
    }

    /// Takes note of other throughput of a table and its indexes.
    pub(crate) fn change(&self, table: &Table, now_ms: u64) {
        if let Some(throttle) = &self.throttle {
            throttle.change(table, &table.live(), now_ms);
        }
    }

    /// Whether nobody looks on.
    pub(crate) fn is_idle(&self) -> bool {
        self.throttle.is_none() && !self.insights.is_any()
    }
}

/// What a request is about: what it draws on, and the key attributes of that, as far as there are any.
#[derive(Clone, Copy)]
struct Visit<'a> {
    draw: Draw<'a>,
    key: ItemRef<'a>,
}

impl<'a> Visit<'a> {
    /// An LSI draws on its table.
    fn new(source: Source<'a>, access: Access, tree_key: &'a [u8], key: ItemRef<'a>) -> Self {
        let index = source.index.filter(|index| index.is_global());
        Self { draw: Draw { table: source.table, index, access, tree_key }, key }
    }
}

/// One item of a table that is read or written by its key.
#[derive(Clone, Copy)]
pub(crate) struct Single<'a> {
    pub(crate) table: &'a Table,
    pub(crate) tree_key: &'a [u8],
    /// At least its key attributes.
    pub(crate) key: ItemRef<'a>,
}

impl<'a> Single<'a> {
    fn visit(self, access: Access) -> Visit<'a> {
        Visit::new(Source { table: self.table, index: None }, access, self.tree_key, self.key)
    }
}

/// What is decided on the outcome of a write inside its transaction.
pub(crate) type Review<'r> = dyn FnMut(&Live, &mut dyn Txn, Result<Applied>) -> Result<Applied> + 'r;

impl Write<'_> {
    /// The item that is written, as a visit.
    pub(crate) fn single(&self) -> Single<'_> {
        let item = match &self.action {
            Action::Put(item) | Action::Delete(item) | Action::Check(item) => item,
            Action::Update(change) => &change.key,
        };
        Single { table: self.table, tree_key: &self.key, key: item.view() }
    }

    /// Whether the write costs its user anything: deletions of time to live do not (developer guide).
    pub(crate) fn is_metered(&self) -> bool {
        !matches!(self.condition, Condition::Expired(_))
    }

    /// The entry of a global index that a write of this item changed: where it stands, and the image that it is of. One
    /// that moved counts where it went.
    fn entry<'i>(&self, change: &IndexChange, applied: &'i Applied) -> Option<(Vec<u8>, &'i Item)> {
        let images = [applied.new.as_ref(), applied.old.as_ref()].into_iter().flatten();
        let mut entries = images.filter_map(|item| Some((change.index.entry_key(item.view(), &self.key)?, item)));
        entries.next()
    }

    /// Calls `visit` for each global index that the write changed, with what that cost.
    fn each_entry(&self, applied: &Applied, mut visit: impl FnMut(&Visit<'_>, HalfUnits) -> Result<()>) -> Result<()> {
        let none = HalfUnits::default();
        for change in applied.indexes.iter().filter(|change| change.index.is_global() && change.units > none) {
            if let Some((tree_key, item)) = self.entry(change, applied) {
                let source = Source { table: self.table, index: Some(&change.index) };
                visit(&Visit::new(source, Access::Write, &tree_key, item.view()), change.units)?;
            }
        }
        Ok(())
    }
}

/// What a table itself has to give: its own units and those of its LSIs.
fn table_units(spent: &Spent) -> HalfUnits {
    let local = spent.local_indexes.iter().map(|(_, units)| units.0);
    HalfUnits(spent.table.0 + local.sum::<u64>())
}

impl Engine {
    fn admit(&self, visit: &Visit<'_>, live: &Live) -> Result<()> {
        let Some(throttle) = &self.traffic.throttle else { return Ok(()) };
        let draw = &visit.draw;
        throttle.admit(draw, live, self.clock.now_ms()).map_err(|throttled| {
            self.traffic.insights.throttled(draw.tree(), draw.schema(), visit.key);
            Error::throttled(throttled)
        })
    }

    fn charge(&self, visit: &Visit<'_>, live: &Live, units: HalfUnits) {
        let draw = &visit.draw;
        if let Some(throttle) = &self.traffic.throttle {
            throttle.charge(draw, live, units, self.clock.now_ms());
        }
        self.traffic.insights.accessed(draw.tree(), draw.schema(), visit.key, units);
    }

    /// Lets a read of one item in.
    ///
    /// # Errors
    /// ProvisionedThroughputExceededException, ThrottlingException.
    pub(crate) fn admit_get(&self, single: Single<'_>) -> Result<()> {
        if self.traffic.is_idle() {
            return Ok(());
        }
        self.admit(&single.visit(Access::Read), &single.table.live())
    }

    /// Takes what a read of one item cost.
    pub(crate) fn charge_get(&self, single: Single<'_>, units: HalfUnits) {
        if !self.traffic.is_idle() {
            self.charge(&single.visit(Access::Read), &single.table.live(), units);
        }
    }

    /// Lets a page of a Query or a Scan in. It draws on the partition where it begins.
    ///
    /// # Errors
    /// ProvisionedThroughputExceededException, ThrottlingException.
    pub(crate) fn admit_walk(&self, walk: &Walk<'_>) -> Result<()> {
        if self.traffic.is_idle() {
            return Ok(());
        }
        let key = walk.partition.clone().unwrap_or_else(Item::empty);
        let visit = Visit::new(walk.source, Access::Read, walk.span.first_key(), key.view());
        self.admit(&visit, &walk.source.table.live())
    }

    /// Takes what a page of a Query or a Scan cost.
    pub(crate) fn charge_walk(&self, walk: &Walk<'_>, walked: &Walked) {
        if self.traffic.is_idle() {
            return;
        }
        let spent = walk.spent(walked);
        let global = spent.global_indexes.iter().map(|(_, units)| units.0).sum::<u64>();
        let units = HalfUnits(table_units(&spent).0 + global);
        let key = walk.partition.clone().unwrap_or_else(Item::empty);
        let visit = Visit::new(walk.source, Access::Read, walk.span.first_key(), key.view());
        self.charge(&visit, &walk.source.table.live(), units);
    }

    /// Applies a single write while somebody looks on.
    pub(crate) fn apply_metered(&self, write: &Write<'_>, unsettled: &mut Unsettled) -> Result<Applied> {
        self.admit(&write.single().visit(Access::Write), &write.table.live())?;
        let mut refused = None;
        let mut review = |live: &Live, txn: &mut dyn Txn, outcome: Result<Applied>| {
            let is_refused = |error: &Error| error.kind() == ErrorKind::ConditionalCheckFailed;
            match outcome {
                Ok(applied) => self.admit_entries(write, live, applied),
                Err(error) if is_refused(&error) => {
                    refused = Some(cost_of_refusal(write, txn)?);
                    Err(error)
                }
                Err(error) => Err(error),
            }
        };
        let result = self.commit_one(write, Some(&mut review), unsettled);
        match (&result, refused) {
            (Ok(applied), _) => self.charge_write(write, applied, &applied.spent()),
            (Err(_), Some(units)) => {
                self.charge(&write.single().visit(Access::Write), &write.table.live(), units);
            }
            (Err(_), None) => {}
        }
        result
    }

    /// Refuses a write that changes a global index which has no capacity left for it.
    fn admit_entries(&self, write: &Write<'_>, live: &Live, applied: Applied) -> Result<Applied> {
        write.each_entry(&applied, |visit, _| self.admit(visit, live))?;
        Ok(applied)
    }

    /// Takes what a write cost, from its table and from the global indexes that it changed.
    fn charge_write(&self, write: &Write<'_>, applied: &Applied, spent: &Spent) {
        let live = write.table.live();
        self.charge(&write.single().visit(Access::Write), &live, table_units(spent));
        // Charging refuses nothing.
        let _ = write.each_entry(applied, |visit, units| {
            self.charge(visit, &live, units);
            Ok(())
        });
    }

    /// Lets the writes of a transaction in, all or none.
    ///
    /// # Errors
    /// TransactionCanceledException.
    pub(crate) fn admit_all(&self, writes: &[Write<'_>]) -> Result<()> {
        if self.traffic.is_idle() {
            return Ok(());
        }
        let admit = |write: &Write<'_>| self.admit(&write.single().visit(Access::Write), &write.table.live());
        all_or_reasons(writes.iter().map(admit).collect()).map(drop)
    }

    /// Lets the reads of a transaction in, all or none.
    ///
    /// # Errors
    /// TransactionCanceledException.
    pub(crate) fn admit_gets<'a>(&self, gets: impl Iterator<Item = Single<'a>>) -> Result<()> {
        if self.traffic.is_idle() {
            return Ok(());
        }
        all_or_reasons(gets.map(|single| self.admit_get(single)).collect()).map(drop)
    }

    /// Refuses those writes of a transaction that change a global index which has no capacity left.
    pub(crate) fn review_all(
        &self,
        writes: &[Write<'_>],
        lives: &[&Live],
        outcomes: Vec<Result<Applied>>,
    ) -> Vec<Result<Applied>> {
        if self.traffic.is_idle() {
            return outcomes;
        }
        let each = outcomes.into_iter().zip(writes.iter().zip(lives));
        each.map(|(outcome, (write, live))| outcome.and_then(|applied| self.admit_entries(write, live, applied)))
            .collect()
    }

    /// Takes what the writes of a transaction cost.
    pub(crate) fn charge_all(&self, writes: &[Write<'_>], applied: &[Applied]) {
        if self.traffic.is_idle() {
            return;
        }
        for (write, applied) in writes.iter().zip(applied) {
            self.charge_write(write, applied, &applied.spent().in_transaction());
        }
    }
}

/// A write whose condition failed costs as much as writing the item as it is (developer guide, "Condition expressions").
fn cost_of_refusal(write: &Write<'_>, txn: &mut dyn Txn) -> Result<HalfUnits> {
    let item = stored_item(txn.get(write.table.tree, &write.key).map_err(store_error)?)?;
    Ok(HalfUnits::of_write(item.map_or(0, |item| item.view().size())))
}
