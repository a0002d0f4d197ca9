//! ListBulkOperations: there are none.

use std::convert::Infallible;

use crate::Engine;

impl Engine {
    /// All bulk operations, whatever is asked for: none, since this version makes none.
    pub fn list_bulk_operations(&self) -> [Infallible; 0] {
        []
    }
}
