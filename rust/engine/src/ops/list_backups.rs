//! ListBackups: there are none.

use crate::Engine;

/// The answer: Backups, of which there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoBackups;

impl Engine {
    /// An empty list, whatever is asked for.
    pub fn list_backups(&self) -> NoBackups {
        NoBackups
    }
}
