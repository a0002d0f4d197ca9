//! DescribeTable.

use std::borrow::Cow;

/// The request.
#[derive(Debug)]
pub struct DescribeTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
}
