//! ListImports: there are none.

use crate::Engine;

/// The answer: Imports, of which there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoImports;

impl Engine {
    /// An empty list, whatever is asked for.
    pub fn list_imports(&self) -> NoImports {
        NoImports
    }
}
