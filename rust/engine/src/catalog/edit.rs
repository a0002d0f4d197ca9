//! A change of a table: prepared beside it, recorded in the store, then shown.
//!
//! The lock of the table is held throughout, so that no write sees an index or a stream before its record is durable, and
//! none commits between the record and what it says. When anything fails the table is as it was.

use super::kept::{Entry, NewTrees};
use super::record::table_entry;
use super::table::{Live, Table};
use crate::Engine;
use crate::error::Result;
use crate::stream::{Ending, NewStream};

/// A table as it is to be.
#[derive(Debug)]
pub(crate) struct Edit<'k> {
    pub(crate) live: Live,
    /// Trees that the change needs.
    pub(crate) trees: NewTrees<'k>,
    /// A stream that begins with the change.
    pub(super) begins: Option<NewStream>,
    /// A stream that ends with it.
    pub(super) ends: Option<Ending>,
}

impl<'k> Edit<'k> {
    pub(crate) fn new(live: Live, trees: NewTrees<'k>) -> Self {
        Self { live, trees, begins: None, ends: None }
    }

    /// The records that say what the change is.
    fn entries(&self, table: &Table) -> Vec<Entry> {
        let mut entries = vec![table_entry(table, &self.live, None)];
        entries.extend(self.ends.iter().flat_map(Ending::entries));
        entries.extend(self.begins.iter().flat_map(NewStream::entries));
        entries
    }
}

impl Engine {
    /// Changes what can change of a table that is in use, while no write is under way. When `edit` fails, or its outcome
    /// cannot be recorded, nothing is changed.
    ///
    /// # Errors
    /// ResourceInUseException for a table that is being created or deleted; faults of the store.
    pub(crate) fn edit_settled<T>(
        &self,
        table: &Table,
        now_ms: u64,
        edit: impl FnOnce(&mut Edit<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut changing = table.change();
        // Asked under the lock: a table that is deleted takes no change any more.
        table.check_settled(now_ms, false)?;
        let mut edited = Edit::new(changing.live().as_ref().clone(), self.catalog.kept.new_trees());
        let value = edit(&mut edited)?;
        changing.show(self.record(table, edited)?);
        Ok(value)
    }

    /// Records a change; returns the table as it is then, for the caller to show it.
    pub(crate) fn record(&self, table: &Table, edited: Edit<'_>) -> Result<Live> {
        let kept = &self.catalog.kept;
        let commit = kept.commit(&edited.entries(table), None)?;
        edited.trees.keep();
        let ends = edited.ends.map(Ending::commit);
        kept.wait(commit)?;
        if let Some(ended) = ends {
            ended.show();
        }
        if let Some(begun) = &edited.begins {
            self.streams.add(begun);
        }
        Ok(edited.live)
    }
}
