//! DeleteTable.

use std::borrow::Cow;

use super::Caller;
use crate::Engine;
use crate::catalog::{TableDescription, TableStatus, table_name};
use crate::error::{Error, Result};

/// The request.
#[derive(Debug)]
pub struct DeleteTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

impl Engine {
    /// Drops a table with all its items. It is answered as being deleted and is gone at once.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table, ValidationException for a protected one.
    pub fn delete_table(&self, caller: &Caller<'_>, request: &DeleteTable<'_>) -> Result<TableDescription> {
        let name = table_name(&request.table)?;
        let mut tables = self.catalog.write();
        let table = tables.get(name).cloned().ok_or_else(|| Error::named_table_not_found(name))?;
        let live = table.live();
        if live.deletion_protection {
            return Err(Error::validation(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection \
                 first.",
            ));
        }
        tables.remove(name);
        // Nobody finds the table any more; giving its items back may take a while, and other tables must not wait for it.
        drop(tables);
        self.store.drop_tree(table.tree)?;
        let indexes = live.indexes.iter().map(|index| index.tree);
        for tree in indexes.chain(live.collections).chain(live.ttl.as_ref().map(|ttl| ttl.tree)) {
            self.store.drop_tree(tree)?;
        }
        Ok(table.describe(caller, TableStatus::Deleting))
    }
}
