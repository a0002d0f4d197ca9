//! DescribeGlobalTable: there are no global tables.

use std::borrow::Cow;
use std::convert::Infallible;

use crate::Engine;
use crate::error::{Error, ErrorKind, Result};

/// The request.
#[derive(Clone, Debug)]
pub struct DescribeGlobalTable<'a> {
    /// `GlobalTableName`.
    pub name: Cow<'a, str>,
}

impl Engine {
    /// Fails: there are no global tables.
    ///
    /// # Errors
    /// GlobalTableNotFoundException.
    pub fn describe_global_table(&self, request: &DescribeGlobalTable<'_>) -> Result<Infallible> {
        let message = format!("Global table not found: Global table with name: '{}' does not exist.", request.name);
        Err(Error::new(ErrorKind::GlobalTableNotFound, message))
    }
}
