//! ListExports: there are none.

use crate::Engine;

/// The answer: Exports, of which there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoExports;

impl Engine {
    /// An empty list, whatever is asked for.
    pub fn list_exports(&self) -> NoExports {
        NoExports
    }
}
