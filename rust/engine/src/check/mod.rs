//! Looking after what is stored: everything that the engine has written is read, and compared with what it must be.
//!
//! Each table is looked at as it was at one moment, for which its writes are held up; while it is read they go on. So
//! nothing that is under way is taken for damage. Nothing is mended. What is found is told by table, index and key, never
//! by value. A table takes as much memory as its longest item, however many it has.

mod catalog;
mod shown;
mod table;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use statordb_store::{Bytes, Direction, KeyRange, Read, StoreError, TreeId};

use crate::Engine;
use crate::error::Result;

/// Violations that are told; the others are counted.
const TOLD_MAX: usize = 100;

/// What reading all of a database has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkup {
    /// Tables.
    pub tables: u64,
    /// Items of all tables.
    pub items: u64,
    /// Entries of secondary indexes, of the indexes of time to live, and sizes of item collections.
    pub index_entries: u64,
    /// Records of streams.
    pub stream_records: u64,
    /// The first hundred things that are not as they must be, each a sentence.
    pub violations: Vec<String>,
    /// How many there are.
    pub violation_count: u64,
}

impl Checkup {
    /// Notes what is wrong; the text is made only if it is told.
    pub(crate) fn note(&mut self, text: impl FnOnce() -> String) {
        self.violation_count += 1;
        if self.violations.len() < TOLD_MAX {
            self.violations.push(text());
        }
    }

    /// Notes that a part cannot be read since it is damaged or not there, and whether it could.
    ///
    /// # Errors
    /// Faults of the store that say nothing of what is stored.
    pub(crate) fn note_unread(&mut self, place: &str, read: Stored<()>) -> Result<bool> {
        match read {
            Ok(()) => return Ok(true),
            Err(StoreError::NoSuchTree(TreeId(tree))) => {
                self.note(|| format!("{place}: its tree `{tree}` is not there"));
            }
            Err(damage @ StoreError::Damaged { .. }) => self.note(|| format!("{place}: {damage}")),
            Err(fault) => return Err(fault.into()),
        }
        Ok(false)
    }
}

/// What the store answers.
pub(crate) type Stored<T> = std::result::Result<T, StoreError>;

/// Shows the entries of a whole tree until `visit` fails.
pub(crate) fn walk(read: &dyn Read, tree: TreeId, visit: &mut dyn FnMut(&[u8], &Bytes) -> Stored<()>) -> Stored<()> {
    let mut outcome = Ok(());
    let mut each = |key: &[u8], bytes: &Bytes| {
        outcome = visit(key, bytes);
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    read.range(tree, KeyRange::ALL, Direction::Forward, &mut each)?;
    outcome
}

impl Engine {
    /// Reads all that is stored and tells what is not as it must be: items that cannot be decoded or stand under another
    /// key, entries of indexes that are missing, wrong or too many, counts that differ from what is there, records of
    /// streams, shards, tables and client tokens that cannot be or cannot be read, trees without an owner. Indexes that
    /// are still being filled are left out. Others may use the engine meanwhile.
    ///
    /// # Errors
    /// Faults of the store that say nothing of what is stored.
    pub fn check(&self) -> Result<Checkup> {
        let mut checkup = Checkup::default();
        for table in self.catalog.tables() {
            self.check_table(&table, &mut checkup)?;
        }
        self.check_catalog(&mut checkup)?;
        Ok(checkup)
    }
}
