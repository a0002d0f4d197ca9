//! The one walk behind Query and Scan: read a range, stop at the limits of a page, filter, project, push.

use std::ops::ControlFlow;

use statordb_store::{Bytes, Direction, Read, StoreError, TreeId};

use crate::Engine;
use crate::capacity::{HalfUnits, Spent};
use crate::catalog::{Index, Table};
use crate::error::{Error, Result};
use crate::expr::BoundProjection;
use crate::key::{KeySchema, KeySpan};
use crate::limits::{FETCHED_BYTES_MAX, PAGE_COMPARISONS_MAX};
use crate::ops::Rows;
use crate::value::{Item, ItemRef};
use crate::write::{Condition, store_error, stored_item};

/// What is read: a table, or one of its indexes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) table: &'a Table,
    pub(crate) index: Option<&'a Index>,
}

impl<'a> Source<'a> {
    /// The keys that it is read by.
    pub(crate) fn schema(&self) -> &'a KeySchema {
        self.index.map_or(self.table.schema(), |index| &index.schema)
    }

    pub(crate) fn tree(&self) -> TreeId {
        self.index.map_or(self.table.tree, |index| index.tree)
    }

    /// It was deleted while it was read.
    fn gone(&self) -> Error {
        self.index.map_or_else(Error::table_not_found, |index| Error::index_not_found(&index.name))
    }

    /// The key of an item as `LastEvaluatedKey` shows it.
    fn key_of(&self, item: ItemRef<'_>) -> Item {
        match self.index {
            None => self.table.schema().key_of(item),
            Some(index) => self.table.schema().key_in_index(&index.schema, item),
        }
    }
}

/// What to read.
pub(crate) struct Walk<'a> {
    pub(crate) source: Source<'a>,
    /// Whether an entry of the index leads to the item in the table, which has attributes that the index lacks.
    pub(crate) fetches: bool,
    /// Whether rows are entries of the index, also when a filter looks at the items behind them.
    pub(crate) shows_entries: bool,
    pub(crate) consistent: bool,
    pub(crate) span: KeySpan,
    pub(crate) forward: bool,
    /// Items to read at most.
    pub(crate) limit: Option<u32>,
    /// Bytes of items that fill the page.
    pub(crate) bytes_max: usize,
    /// Whether the filter looks at entries of the index, also when rows are the items behind them.
    pub(crate) filters_entries: bool,
    pub(crate) filter: Condition<'a>,
    pub(crate) projection: Option<BoundProjection<'a>>,
    /// Whether rows are wanted, or only their number.
    pub(crate) rows: bool,
    /// The partition key that is read, where somebody counts what it costs.
    pub(crate) partition: Option<Item>,
}

/// How far a walk came.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) count: u64,
    pub(crate) scanned_count: u64,
    /// Sizes of the items or entries read, before filter and projection.
    pub(crate) bytes: usize,
    /// What fetching items from the table cost.
    pub(crate) fetched: HalfUnits,
    /// Sizes of the items fetched.
    pub(crate) fetched_bytes: usize,
    /// The key of the last item, when the page is full.
    pub(crate) last_key: Option<Item>,
}

impl Engine {
    /// Reads one page. A page is full when it has read `limit` items, or when the items read reach 1 MB; the item that
    /// crosses that line is still part of it. A filter without measure ends it too, so that no request runs for long.
    pub(crate) fn walk(&self, walk: &Walk<'_>, rows: &mut dyn Rows) -> Result<Walked> {
        self.admit_walk(walk)?;
        let walked = self.walk_admitted(walk, rows)?;
        self.charge_walk(walk, &walked);
        Ok(walked)
    }

    fn walk_admitted(&self, walk: &Walk<'_>, rows: &mut dyn Rows) -> Result<Walked> {
        if walk.span.is_empty() {
            return Ok(Walked::default());
        }
        if walk.fetches {
            // Entries and items are of one moment.
            return walk.run(&*self.store.snapshot()?, rows);
        }
        if self.options.gsi_delay_ms > 0 && walk.source.index.is_some_and(Index::is_global) {
            let state = self.past.state(self.clock.now_ms(), self.options.gsi_delay_ms);
            // What was written before the index was made is in it from the beginning: then the present is shown.
            if let Some(state) = state.filter(|state| walk.is_possible(&**state)) {
                return walk.run(&*state, rows);
            }
        }
        walk.run(&*self.store, rows)
    }
}

impl Walk<'_> {
    fn run(&self, read: &(impl Read + ?Sized), rows: &mut dyn Rows) -> Result<Walked> {
        let mut walked = Walked::default();
        let mut failure = None;
        let comparisons = self.filter.comparisons();
        let mut visit = |_: &[u8], bytes: &Bytes| match self.visit(read, bytes, comparisons, &mut walked, rows) {
            Ok(flow) => flow,
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        };
        let direction = if self.forward { Direction::Forward } else { Direction::Backward };
        match read.range(self.source.tree(), self.span.as_range(), direction, &mut visit) {
            // It was there when the request looked it up.
            Err(StoreError::NoSuchTree(_)) if !self.source.table.is_deleted() => return Err(self.source.gone()),
            read => read.map_err(store_error)?,
        }
        failure.map_or(Ok(walked), Err)
    }

    /// Whether a state has what is read.
    fn is_possible(&self, read: &dyn Read) -> bool {
        let first = &mut |_: &[u8], _: &Bytes| ControlFlow::Break(());
        read.range(self.source.tree(), self.span.as_range(), Direction::Forward, first).is_ok()
    }

    fn visit(
        &self,
        read: &(impl Read + ?Sized),
        bytes: &Bytes,
        comparisons: usize,
        walked: &mut Walked,
        rows: &mut dyn Rows,
    ) -> Result<ControlFlow<()>> {
        let entry = ItemRef::parse(bytes).ok_or_else(|| Error::internal("a stored item cannot be read"))?;
        walked.scanned_count += 1;
        walked.bytes += entry.size();
        let fetched = if self.fetches { self.fetch(read, entry, walked)? } else { None };
        let item = fetched.as_ref().map_or(entry, Item::view);
        if self.filter.matches(if self.filters_entries { entry } else { item }) {
            walked.count += 1;
            self.push(if self.shows_entries { entry } else { item }, rows);
        }
        let at_limit = self.limit.is_some_and(|limit| walked.scanned_count >= u64::from(limit));
        let compared = comparisons.saturating_mul(walked.scanned_count as usize);
        let is_full = walked.bytes >= self.bytes_max || walked.fetched_bytes >= FETCHED_BYTES_MAX;
        if at_limit || is_full || compared >= PAGE_COMPARISONS_MAX {
            walked.last_key = Some(self.source.key_of(entry));
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The item behind an index entry.
    fn fetch(&self, read: &(impl Read + ?Sized), entry: ItemRef<'_>, walked: &mut Walked) -> Result<Option<Item>> {
        let table = self.source.table;
        let key = table.schema().encode_item(entry)?;
        let item = stored_item(read.get(table.tree, &key).map_err(store_error)?)?;
        let bytes = item.as_ref().map_or(0, |item| item.view().size());
        walked.fetched += HalfUnits::of_read(bytes, self.consistent);
        walked.fetched_bytes += bytes;
        Ok(item)
    }

    fn push(&self, item: ItemRef<'_>, rows: &mut dyn Rows) {
        match &self.projection {
            _ if !self.rows => {}
            None => rows.row(item),
            Some(projection) => rows.row(projection.project(item).view()),
        }
    }

    /// What the walk cost: the bytes read, rounded once, and each item fetched, rounded by itself.
    pub(crate) fn spent(&self, walked: &Walked) -> Spent {
        let units = HalfUnits::of_read(walked.bytes, self.consistent);
        let Some(index) = self.source.index else { return Spent::on_table(units) };
        let mut spent = Spent::on_table(walked.fetched);
        spent.add_index(&index.name, index.is_global(), units);
        spent
    }
}
