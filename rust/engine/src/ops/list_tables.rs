//! ListTables: names in order, by pages.

use std::borrow::Cow;

use crate::Engine;
use crate::error::Result;
use crate::limits::LIST_TABLES_MAX;

/// The request.
#[derive(Debug, Default)]
pub struct ListTables<'a> {
    /// `ExclusiveStartTableName`; need not exist.
    pub exclusive_start: Option<Cow<'a, str>>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableNames {
    /// `TableNames`.
    pub names: Vec<String>,
    /// `LastEvaluatedTableName`.
    pub last_evaluated: Option<String>,
}

impl Engine {
    /// A page of table names.
    ///
    /// # Errors
    /// None of its own.
    pub fn list_tables(&self, request: &ListTables<'_>) -> Result<TableNames> {
        self.catalog.purge(self.clock.now_ms())?;
        let limit = request.limit.map_or(LIST_TABLES_MAX, |limit| limit as usize).min(LIST_TABLES_MAX);
        let (names, more) = self.catalog.names(request.exclusive_start.as_deref(), limit);
        let last_evaluated = if more { names.last().cloned() } else { None };
        Ok(TableNames { names, last_evaluated })
    }
}
