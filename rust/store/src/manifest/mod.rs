//! The manifest: a file that says what the other files of a store are for.
//!
//! ```text
//! manifest-<number>   "STATORDB" | version u32 | zero u32 | record | record ...
//! ```
//! The first record holds a whole checkpoint, each further one an edit (`edit.rs`); records are those of `log/record.rs`,
//! numbered from 1. Nothing that an edit makes needless is removed before the edit is durable. When edits have become
//! many, a new manifest is written under a name of its own, renamed when it is durable, and the old one is removed.

pub(crate) mod checkpoint;
pub(crate) mod edit;

use std::sync::Arc;

use crate::StoreError;
use crate::io::{DiskFile, Folder, number_in, numbered, read_up_to, write_again, write_all_at};
use crate::log::record::{self, Expected, Header, Payload, Reader};
use checkpoint::Checkpoint;
use edit::{Edit, Entry};

const PREFIX: &str = "manifest-";
/// The name of a manifest that is not whole yet.
const NEW: &str = "manifest.new";
const MAGIC: &[u8; 8] = b"STATORDB";
/// The version of everything in the folder.
pub(crate) const FORMAT_VERSION: u32 = 1;
const PREAMBLE: u64 = 16;

fn name(number: u64) -> String {
    numbered(PREFIX, number)
}

fn number(name: &str) -> Option<u64> {
    number_in(PREFIX, name)
}

/// The seed of the records of a manifest. The store's own number stands in the first of them.
fn seed(number: u64) -> u64 {
    record::seed(u64::from_le_bytes(*MAGIC), number)
}

/// The manifest of an open store.
pub(crate) struct Manifest {
    folder: Arc<dyn Folder>,
    checkpoint: Checkpoint,
    number: u64,
    file: Arc<dyn DiskFile>,
    /// Where the next edit goes, and its number.
    offset: u64,
    sequence: u64,
    /// Bytes before the first edit.
    base: u64,
    /// Edits beyond this many bytes, and beyond four times the checkpoint, are written anew.
    edit_bytes: u64,
    poison: Option<StoreError>,
}

impl Manifest {
    /// Writes the first manifest of a store.
    pub(crate) fn create(folder: Arc<dyn Folder>, checkpoint: Checkpoint, edit_bytes: u64) -> Result<Self, StoreError> {
        let (file, end) = write(&*folder, 1, &checkpoint)?;
        Ok(Self { folder, checkpoint, number: 1, file, offset: end, sequence: 2, base: end, edit_bytes, poison: None })
    }

    /// Reads the manifest of a store; none if there is none.
    ///
    /// # Errors
    /// `Format` for another version, `Damaged`.
    pub(crate) fn open(folder: Arc<dyn Folder>, edit_bytes: u64) -> Result<Option<Self>, StoreError> {
        let names = folder.list().map_err(|error| StoreError::io("list", ".", &error))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        let Some(number) = numbers.pop() else { return Ok(None) };
        let name = name(number);
        let file = folder.open(&name).map_err(|error| StoreError::io("open", &name, &error))?;
        check_preamble(&*file, &name)?;
        let mut reader = Reader::new(Arc::clone(&file), name.clone(), seed(number), PREAMBLE);
        let mut expected = Expected { sequence: 1, epoch: 0 };
        let damaged = |offset, what| StoreError::Damaged { file: name.clone(), offset, what };
        let Some((_, payload)) = reader.next(expected)? else {
            return Err(damaged(PREAMBLE, "its first record is not whole"));
        };
        let Some(Entry::Checkpoint(mut checkpoint)) = Entry::decode(payload) else {
            return Err(damaged(PREAMBLE, "its first record is no checkpoint"));
        };
        let base = reader.offset();
        let mut last = base;
        loop {
            expected.sequence += 1;
            let offset = reader.offset();
            let Some((_, payload)) = reader.next(expected)? else { break };
            let Some(Entry::Edit(edit)) = Entry::decode(payload) else {
                return Err(damaged(offset, "a record is no edit"));
            };
            checkpoint.apply(&edit).map_err(|what| damaged(offset, what))?;
            last = offset;
        }
        if reader.find_later(expected)?.is_some() {
            return Err(damaged(reader.offset(), "a record is not whole, and later ones are"));
        }
        // The sync of the last edit may have failed; those before it would not have been followed by another.
        let again = write_again(&*file, last, reader.offset()).and_then(|()| file.sync());
        again.map_err(|error| StoreError::io("sync", &name, &error))?;
        for old in numbers {
            let name = self::name(old);
            folder.remove(&name).map_err(|error| StoreError::io("remove", &name, &error))?;
        }
        let (offset, sequence) = (reader.offset(), expected.sequence);
        Ok(Some(Self { folder, checkpoint, number, file, offset, sequence, base, edit_bytes, poison: None }))
    }

    /// The state as of the last edit.
    pub(crate) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Makes an edit durable; tells which files of sealed sections nobody needs any more. After an error nobody knows
    /// which of the two states the disk has, and no further edit is made.
    ///
    /// # Errors
    /// `Poisoned`.
    pub(crate) fn edit(&mut self, edit: &Edit) -> Result<Vec<u64>, StoreError> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        let mut after = self.checkpoint.clone();
        after.apply(edit).map_err(|what| StoreError::Damaged { file: name(self.number), offset: self.offset, what })?;
        let result = self.append(&edit.encode()).and_then(|()| self.renew_if_long(&after));
        if let Err(error) = result {
            let poison = StoreError::Poisoned(error.to_string());
            self.poison = Some(poison.clone());
            return Err(poison);
        }
        let before = std::mem::replace(&mut self.checkpoint, after);
        Ok(before.files().difference(&self.checkpoint.files()).copied().collect())
    }

    fn append(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        let header = Header { epoch: 0, sequence: self.sequence, synced: self.sequence - 1 };
        record::append(&mut bytes, header, Payload::new(payload), seed(self.number), self.offset);
        let written = write_all_at(&*self.file, &bytes, self.offset).and_then(|()| self.file.sync());
        written.map_err(|error| StoreError::io("write", &name(self.number), &error))?;
        self.offset += bytes.len() as u64;
        self.sequence += 1;
        Ok(())
    }

    fn renew_if_long(&mut self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let edits = self.offset - self.base;
        if edits < self.edit_bytes.max(4 * self.base) { Ok(()) } else { self.renew(checkpoint) }
    }

    /// Writes a new manifest of a checkpoint, and removes the old one.
    fn renew(&mut self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let (file, end) = write(&*self.folder, self.number + 1, checkpoint)?;
        let old = name(self.number);
        (self.file, self.offset, self.base, self.sequence) = (file, end, end, 2);
        self.number += 1;
        // What stays is removed by the next opening.
        let _ = self.folder.remove(&old);
        Ok(())
    }

    /// Writes the last state of a store that is closed: a manifest without edits.
    ///
    /// # Errors
    /// `Poisoned`.
    pub(crate) fn close(&mut self) -> Result<(), StoreError> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        let mut checkpoint = self.checkpoint.clone();
        checkpoint.head.is_clean = true;
        let renewed = self.renew(&checkpoint).map_err(|error| StoreError::Poisoned(error.to_string()));
        self.checkpoint = checkpoint;
        self.poison = Some(renewed.clone().err().unwrap_or(StoreError::Closed));
        renewed
    }

    /// Bytes of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.offset
    }
}

/// Writes a whole manifest and gives it its name when it is durable; returns it and where it ends.
fn write(folder: &dyn Folder, number: u64, checkpoint: &Checkpoint) -> Result<(Arc<dyn DiskFile>, u64), StoreError> {
    let mut bytes = Vec::new();
    let header = Header { epoch: 0, sequence: 1, synced: 0 };
    record::append(&mut bytes, header, Payload::new(&checkpoint.encode()), seed(number), PREAMBLE);
    let mut preamble = MAGIC.to_vec();
    preamble.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    preamble.extend_from_slice(&[0; 4]);
    let write = || {
        let file = folder.create(NEW)?;
        write_all_at(&*file, &preamble, 0)?;
        write_all_at(&*file, &bytes, PREAMBLE)?;
        file.sync()?;
        folder.rename(NEW, &name(number))?;
        folder.sync()?;
        Ok(file)
    };
    let file = write().map_err(|error| StoreError::io("write", &name(number), &error))?;
    Ok((file, PREAMBLE + bytes.len() as u64))
}

fn check_preamble(file: &dyn DiskFile, name: &str) -> Result<(), StoreError> {
    let mut bytes = [0; PREAMBLE as usize];
    let read = read_up_to(file, &mut bytes, 0).map_err(|error| StoreError::io("read", name, &error))?;
    let damaged = |what| StoreError::Damaged { file: name.to_owned(), offset: 0, what };
    if read < bytes.len() || !bytes.starts_with(MAGIC) {
        return Err(damaged("it is no manifest of a database"));
    }
    let word = |from: usize| bytes.get(from..).and_then(|mut from| crate::coding::take_u32(&mut from)).unwrap_or(0);
    match (word(8), word(12)) {
        (FORMAT_VERSION, 0) => Ok(()),
        (FORMAT_VERSION, _) => Err(damaged("its beginning is not as it was written")),
        (version, _) => Err(StoreError::Format(format!(
            "the database has format version {version}, and this program reads version {FORMAT_VERSION}: open it with the \
             program that wrote it, export it there and import it here"
        ))),
    }
}

/// Whether a name is one of this module's.
pub(crate) fn is_manifest(file: &str) -> bool {
    number(file).is_some() || file == NEW
}
