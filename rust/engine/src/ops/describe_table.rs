//! DescribeTable.

use std::borrow::Cow;

use super::Caller;
use crate::Engine;
use crate::catalog::TableDescription;
use crate::error::Result;

/// The request.
#[derive(Debug)]
pub struct DescribeTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}

impl Engine {
    /// Describes a table.
    ///
    /// # Errors
    /// ResourceNotFoundException for an unknown table.
    pub fn describe_table(&self, caller: &Caller<'_>, request: &DescribeTable<'_>) -> Result<TableDescription> {
        let now_ms = self.clock.now_ms();
        Ok(self.listed_table(&request.table, now_ms)?.describe(caller, now_ms))
    }
}
