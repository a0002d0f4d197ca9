//! How much one call may hand over.
//!
//! Lists that hold each other, or one long text named a million times, are small in Python and endless when written out.
//! A request of DynamoDB has at most 16 MB, so what is converted ends there.

use std::cell::Cell;

use pyo3::prelude::*;

use crate::errors;

/// Bytes of the largest request.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is left of the largest request. A value costs its bytes and one more.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(REQUEST_BYTES_MAX))
    }
}

impl Budget {
    /// Takes a value of `bytes`.
    pub(crate) fn spend(&self, bytes: usize) -> PyResult<()> {
        let left = self.0.get().checked_sub(bytes.saturating_add(1));
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| errors::refused("the request is larger than 16 MB"))
    }
}
