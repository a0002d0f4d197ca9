//! ListBulkOperations: there are none.

use crate::Engine;

/// The answer: BulkOperations, of which there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoBulkOperations;

impl Engine {
    /// An empty list, whatever is asked for.
    pub fn list_bulk_operations(&self) -> NoBulkOperations {
        NoBulkOperations
    }
}
