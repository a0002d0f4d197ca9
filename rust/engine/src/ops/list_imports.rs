//! ListImports: there are none.

use std::convert::Infallible;

use crate::Engine;

impl Engine {
    /// All imports, whatever is asked for: none, since this version makes none.
    pub fn list_imports(&self) -> [Infallible; 0] {
        []
    }
}
