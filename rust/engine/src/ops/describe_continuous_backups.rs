//! DescribeContinuousBackups: no table has point-in-time recovery.

use std::borrow::Cow;
use std::sync::Arc;

use crate::Engine;
use crate::catalog::{Table, table_name};
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeContinuousBackups<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

/// `ContinuousBackupsDescription`: enabled, as on every table of AWS, with point-in-time recovery disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContinuousBackups;

impl Engine {
    /// Tells that a table has no point-in-time recovery.
    ///
    /// # Errors
    /// TableNotFoundException for an unknown table.
    pub fn describe_continuous_backups(&self, request: &DescribeContinuousBackups<'_>) -> Result<ContinuousBackups> {
        self.backed_up_table(&request.table).map(|_| ContinuousBackups)
    }

    /// The table of an operation on backups, which has its own word for one that is not there.
    pub(super) fn backed_up_table(&self, name_or_arn: &str) -> Result<Arc<Table>> {
        let name = table_name(name_or_arn)?;
        self.catalog.purge(self.clock.now_ms())?;
        let missing = || Error::new(ErrorKind::TableNotFound, format!("Table not found: {name}"));
        self.catalog.get(name).ok_or_else(missing)
    }
}
