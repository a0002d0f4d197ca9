//! The one walk behind Query and Scan: read a range, stop at the limits of a page, filter, project, push.

use std::ops::ControlFlow;

use statordb_store::Direction;

use crate::Engine;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::BoundProjection;
use crate::key::KeySpan;
use crate::limits::{PAGE_BYTES_MAX, PAGE_COMPARISONS_MAX};
use crate::ops::Rows;
use crate::value::{Item, ItemRef};
use crate::write::{Condition, store_error};

/// What to read.
pub(crate) struct Walk<'a> {
    pub(crate) table: &'a Table,
    pub(crate) span: KeySpan,
    pub(crate) forward: bool,
    /// Items to read at most.
    pub(crate) limit: Option<u32>,
    pub(crate) filter: Condition<'a>,
    pub(crate) projection: Option<BoundProjection<'a>>,
    /// Whether rows are wanted, or only their number.
    pub(crate) rows: bool,
}

/// How far a walk came.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) count: u64,
    pub(crate) scanned_count: u64,
    /// Sizes of the items read, before filter and projection.
    pub(crate) bytes: usize,
    /// The key of the last item, when the page is full.
    pub(crate) last_key: Option<Item>,
}

impl Engine {
    /// Reads one page. A page is full when it has read `limit` items, or when the items read reach 1 MB; the item that
    /// crosses that line is still part of it. A filter without measure ends it too, so that no request runs for long.
    pub(crate) fn walk(&self, walk: &Walk<'_>, rows: &mut dyn Rows) -> Result<Walked> {
        let mut walked = Walked::default();
        let comparisons = walk.filter.comparisons();
        if walk.span.is_empty() {
            return Ok(walked);
        }
        let direction = if walk.forward { Direction::Forward } else { Direction::Backward };
        let mut unreadable = false;
        let mut visit = |_: &[u8], bytes: &statordb_store::Bytes| match ItemRef::parse(bytes) {
            Some(item) => walk.step(item, comparisons, &mut walked, rows),
            None => {
                unreadable = true;
                ControlFlow::Break(())
            }
        };
        let range = walk.span.as_range();
        self.store.range(walk.table.tree, range, direction, &mut visit).map_err(store_error)?;
        if unreadable {
            return Err(Error::internal("a stored item cannot be read"));
        }
        Ok(walked)
    }
}

impl Walk<'_> {
    fn step(&self, item: ItemRef<'_>, comparisons: usize, walked: &mut Walked, rows: &mut dyn Rows) -> ControlFlow<()> {
        walked.scanned_count += 1;
        walked.bytes += item.size();
        if self.filter.matches(item) {
            walked.count += 1;
            self.push(item, rows);
        }
        let at_limit = self.limit.is_some_and(|limit| walked.scanned_count >= u64::from(limit));
        let compared = comparisons.saturating_mul(walked.scanned_count as usize);
        if at_limit || walked.bytes >= PAGE_BYTES_MAX || compared >= PAGE_COMPARISONS_MAX {
            walked.last_key = Some(self.table.schema().key_of(item));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn push(&self, item: ItemRef<'_>, rows: &mut dyn Rows) {
        match &self.projection {
            _ if !self.rows => {}
            None => rows.row(item),
            Some(projection) => rows.row(projection.project(item).view()),
        }
    }
}
