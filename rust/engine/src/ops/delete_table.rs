//! DeleteTable.

use std::borrow::Cow;

/// The request.
#[derive(Debug)]
pub struct DeleteTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}
