//! ListGlobalTables: there are none.

use crate::Engine;

/// The answer: GlobalTables, of which there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoGlobalTables;

impl Engine {
    /// An empty list, whatever is asked for.
    pub fn list_global_tables(&self) -> NoGlobalTables {
        NoGlobalTables
    }
}
