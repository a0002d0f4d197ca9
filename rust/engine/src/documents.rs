//! Documents: what other rooms keep in the database beside tables, by name.
//!
//! Consumers keep how far they have read, the service of functions keeps its functions. What a document says is theirs
//! alone; here it is bytes, written with others in one commit and read back after a crash as it was written.

use std::ops::{Bound, ControlFlow};

use statordb_store::{Bytes, Direction, KeyRange};

use crate::Engine;
use crate::catalog::kept::{CATALOG_TREE, Entry, RecordKind, commit_entries};
use crate::error::{Error, Result};

/// The most bytes that a name may have.
const NAME_BYTES_MAX: usize = 1024;
/// The most bytes that a document may have: state of 1 MB, as JSON has it, and more.
const BYTES_MAX: usize = 8 * 1024 * 1024;

impl Engine {
    /// Writes documents, or removes those without bytes, all or none. They are durable when this returns, or when the
    /// thread has settled what it defers.
    ///
    /// # Errors
    /// ValidationException for a name or a document that is too long, faults of ours.
    pub fn keep_documents(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<()> {
        for (name, bytes) in &changes {
            if name.is_empty()
                || name.len() > NAME_BYTES_MAX
                || bytes.as_ref().is_some_and(|bytes| bytes.len() > BYTES_MAX)
            {
                return Err(Error::validation(format!("the document `{name:.60}` is too large, or has no name")));
            }
        }
        let entry = |(name, bytes): (String, Option<Vec<u8>>)| {
            Entry::new(RecordKind::Document, &[name.as_bytes()], bytes.map(Bytes::from))
        };
        let entries: Vec<Entry> = changes.into_iter().map(entry).collect();
        commit_entries(&*self.store, &entries)?.map_or(Ok(()), |commit| Ok(self.store.wait_durable(commit)?))
    }

    /// The documents whose names begin with `prefix`, by name.
    ///
    /// # Errors
    /// Faults of ours.
    pub fn documents(&self, prefix: &str) -> Result<Vec<(String, Bytes)>> {
        let (first, end) = Entry::keys_of(RecordKind::Document, prefix.as_bytes());
        let range = KeyRange { start: Bound::Included(&first), end: Bound::Excluded(&end) };
        let mut found = Vec::new();
        self.store.range(CATALOG_TREE, range, Direction::Forward, &mut |key, bytes| {
            if let Some((_, name)) = RecordKind::split(key) {
                found.push((String::from_utf8_lossy(name).into_owned(), bytes.clone()));
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}
