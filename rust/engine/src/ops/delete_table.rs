//! DeleteTable.

use std::borrow::Cow;
use std::sync::Arc;

use super::Caller;
use crate::Engine;
use crate::catalog::{Catalog, Live, Table, TableDescription, TableStatus, table_entry, table_name, table_removal};
use crate::error::{Error, Result};
use crate::stream::Ending;

/// The request.
#[derive(Debug)]
pub struct DeleteTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

impl Engine {
    /// Drops a table with all its items; what its stream has recorded stays for a day. It is answered as being deleted and
    /// is gone at once, unless deleting was given a time.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table, ValidationException for a protected one, ResourceInUseException for
    /// one that is being created, updated or deleted, LimitExceededException when too many others are.
    pub fn delete_table(&self, caller: &Caller<'_>, request: &DeleteTable<'_>) -> Result<TableDescription> {
        let now_ms = self.clock.now_ms();
        let _shaping = self.catalog.shaping();
        self.catalog.purge(now_ms)?;
        let name = table_name(&request.table)?;
        let (table, live) = self.take_table(name, now_ms)?;
        // Nobody finds the table any more; giving its items back may take a while, and other tables must not wait for it.
        for tree in live.trees().chain([table.tree]) {
            self.traffic.insights.count(tree, None);
            self.store.drop_tree(tree)?;
        }
        Ok(table.describe_change(caller, now_ms, TableStatus::Deleting))
    }

    /// Takes a table out of the catalog, or lists it as being deleted for the time that this takes. That is recorded before
    /// anybody sees it; its stream ends by the same commit.
    fn take_table(&self, name: &str, now_ms: u64) -> Result<(Arc<Table>, Arc<Live>)> {
        let _changing = self.catalog.changing();
        let table = self.catalog.get(name).ok_or_else(|| Error::named_table_not_found(name))?;
        // Whoever fills an index for real, without a set time, is not waited for.
        let is_updating = self.has_delay() && table.status(now_ms) == TableStatus::Updating;
        table.check_settled(now_ms, is_updating)?;
        if self.has_delay() {
            // Before the guard: who holds one table and looks at another could wait for a change of that one.
            let others = self.catalog.tables();
            Catalog::check_changing(others.iter().filter(|other| !Arc::ptr_eq(other, &table)), now_ms)?;
        }
        // No write and no other change is under way while this is held.
        let changing = table.change();
        let live = Arc::clone(changing.live());
        check_unprotected(&live)?;
        let gone_ms = now_ms + self.options.control_plane_delay_ms;
        self.record_deletion(&table, &live, now_ms, gone_ms)?;
        table.delete_until(gone_ms);
        if self.has_delay() {
            self.catalog.will_purge();
        } else {
            self.catalog.remove(name);
        }
        drop(changing);
        Ok((table, live))
    }

    fn record_deletion(&self, table: &Table, live: &Live, now_ms: u64, gone_ms: u64) -> Result<()> {
        let ending = live.stream.as_ref().map_or(Ok(None), |stream| stream.end(&*self.store, now_ms))?;
        let mut entries = vec![match self.has_delay() {
            true => table_entry(table, &Live { stream: None, ..live.clone() }, Some(gone_ms)),
            false => table_removal(table.name()),
        }];
        entries.extend(ending.iter().flat_map(Ending::entries));
        let commit = self.catalog.kept.commit(&entries, None)?;
        let ended = ending.map(Ending::commit);
        self.catalog.kept.wait(commit)?;
        if let Some(ended) = ended {
            ended.show();
        }
        Ok(())
    }
}

fn check_unprotected(live: &Live) -> Result<()> {
    if live.settings.deletion_protection {
        return Err(Error::validation(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        ));
    }
    Ok(())
}
