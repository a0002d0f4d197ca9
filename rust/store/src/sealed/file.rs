//! A file of sections: its name, its header, and how bytes of it are read so that wrong ones are found out.

use super::ahead::Ahead;
use super::filter::{self, Filter};
use super::handle::Handle;
use super::index::Pointer;
use super::records::Block;
use super::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::StoreError;
use crate::io::{DiskFile, Folder, number_in, numbered, read_exact_at, write_all_at};
use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use xxhash_rust::xxh3::xxh3_64_with_seed;

const PREFIX: &str = "sealed-";
const MAGIC: [u8; 8] = *b"STATSEAL";
const VERSION: u64 = 1;
/// Bytes that are copied at a time.
const COPY_BYTES: usize = 1 << 20;
pub(super) const HEADER_BYTES: usize = 32;
/// No block is larger: the largest has one entry, or eight children with the longest keys.
const BLOCK_BYTES_MAX: usize = VALUE_BYTES_MAX + 9 * KEY_BYTES_MAX;

/// Spreads the bits of a number over all of it.
pub(super) fn mix(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// The checksum of bytes at a place, which no other place has.
pub(super) fn checksum(file: u64, offset: u64, bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, mix(file) ^ offset)
}

/// The name of the file with this id.
pub(crate) fn name(id: u64) -> String {
    numbered(PREFIX, id)
}

/// The id of the file of this name, if it is the name of one.
pub(crate) fn id(name: &str) -> Option<u64> {
    number_in(PREFIX, name)
}

/// The bytes that a file begins with.
pub(super) fn header(id: u64) -> Vec<u8> {
    let mut header = [MAGIC, VERSION.to_le_bytes(), id.to_le_bytes()].concat();
    header.extend_from_slice(&checksum(id, 0, &header).to_le_bytes());
    header
}

/// A file of sections, open for reading. It lives until the last section in it is gone; if it was doomed by then, it is
/// removed from the folder.
pub struct SealedFile {
    id: u64,
    name: String,
    handle: Arc<Handle>,
    folder: Arc<dyn Folder>,
    doomed: AtomicBool,
}

impl SealedFile {
    /// Opens a file and reads its header, nothing else.
    ///
    /// # Errors
    /// `Io` where it cannot be read, `Damaged`, also where it is missing, and `Format` for one of another version.
    pub fn open(folder: &Arc<dyn Folder>, id: u64) -> Result<Arc<Self>, StoreError> {
        let name = name(id);
        let file = folder.open(&name).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::Damaged { file: name.clone(), offset: 0, what: "it is missing" },
            _ => StoreError::io("open", &name, &error),
        })?;
        let opened = Self::new(folder, id, file);
        opened.check_header()?;
        Ok(Arc::new(opened))
    }

    /// A file whose header is known to be right.
    pub(super) fn new(folder: &Arc<dyn Folder>, id: u64, file: Arc<dyn DiskFile>) -> Self {
        Self::with(folder, id, Handle::over(file))
    }

    fn with(folder: &Arc<dyn Folder>, id: u64, handle: Arc<Handle>) -> Self {
        Self { id, name: name(id), handle, folder: Arc::clone(folder), doomed: AtomicBool::new(false) }
    }

    /// The file itself, opened again if it was closed meanwhile.
    fn file(&self) -> Result<Arc<dyn DiskFile>, StoreError> {
        let file = self.handle.get(|| self.folder.open(&self.name));
        file.map_err(|error| StoreError::io("open", &self.name, &error))
    }

    /// Its id, which no other file has or will have.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its name in the folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets it be removed from the folder when nobody holds it any more. Should that fail, it stays as an orphan.
    pub fn doom(&self) {
        self.doomed.store(true, Ordering::Release);
    }

    /// The same file for one that reads it from its beginning to its end: what follows is read with what is asked for.
    /// It is removed by nobody.
    ///
    /// # Errors
    /// `Io`.
    pub fn ahead(&self) -> Result<Arc<Self>, StoreError> {
        let ahead = Handle::fixed(Arc::new(Ahead::over(self.file()?)));
        Ok(Arc::new(Self::with(&self.folder, self.id, ahead)))
    }

    /// Copies it into another folder, under its name, and syncs the copy. The name is durable once that folder is synced.
    ///
    /// # Errors
    /// `Io`.
    pub fn copy_to(&self, folder: &dyn Folder) -> Result<(), StoreError> {
        let file = self.file()?;
        let copy = || {
            let (to, size) = (folder.create(&self.name)?, file.size()?);
            let mut chunk = vec![0; COPY_BYTES];
            let mut offset = 0;
            while offset < size {
                let length = (size - offset).min(COPY_BYTES as u64) as usize;
                let part = chunk.get_mut(..length).unwrap_or_default();
                read_exact_at(&*file, part, offset)?;
                write_all_at(&*to, part, offset)?;
                offset += length as u64;
            }
            to.sync()
        };
        copy().map_err(|error| StoreError::io("copy", &self.name, &error))
    }

    /// Gives the space of a part back, unless the whole file goes.
    pub(super) fn give_back(&self, start: u64, end: u64) {
        if !self.doomed.load(Ordering::Acquire)
            && let Ok(file) = self.file()
        {
            file.give_back(start, end);
        }
    }

    pub(super) fn damaged(&self, offset: u64, what: &'static str) -> StoreError {
        StoreError::Damaged { file: self.name.clone(), offset, what }
    }

    /// Reads the header and checks it.
    pub(super) fn check_header(&self) -> Result<(), StoreError> {
        let header = self.read(0, HEADER_BYTES)?;
        let words = header.as_chunks::<8>().0;
        let [magic, version, id, written] = words else { return Err(self.damaged(0, "the header is cut off")) };
        let (version, id) = (u64::from_le_bytes(*version), u64::from_le_bytes(*id));
        let covered = header.get(..HEADER_BYTES - 8).unwrap_or_default();
        match () {
            () if *magic != MAGIC => Err(self.damaged(0, "this is no sealed file")),
            () if checksum(id, 0, covered) != u64::from_le_bytes(*written) => {
                Err(self.damaged(0, "the checksum of the header is wrong"))
            }
            () if id != self.id => Err(self.damaged(16, "this is another file under its name")),
            () if version != VERSION => Err(StoreError::Format(format!(
                "`{}` is written in version `{version}` of its format, and this StatorDB reads version `{VERSION}`",
                self.name
            ))),
            () => Ok(()),
        }
    }

    /// Reads a block, and makes sure that it is the one that its parent means.
    pub(super) fn read_block(&self, pointer: &Pointer) -> Result<Block, StoreError> {
        let length = pointer.length as usize;
        if length > BLOCK_BYTES_MAX {
            return Err(self.damaged(pointer.offset, "a block is said to be larger than any can be"));
        }
        let block = self.read(pointer.offset, length)?;
        if checksum(self.id, pointer.offset, &block) != pointer.checksum {
            return Err(self.damaged(pointer.offset, "the checksum of a block is wrong"));
        }
        Ok(block)
    }

    /// Reads a page of a filter, and makes sure that it is the one that was written there.
    pub(super) fn read_page(&self, filter: &Filter, page: u32) -> Result<Block, StoreError> {
        let (offset, length) = filter.page(page);
        let bytes = self.read(offset, length)?;
        if !filter::is_intact(self.id, offset, &bytes) {
            return Err(self.damaged(offset, "the checksum of a page of a filter is wrong"));
        }
        Ok(bytes)
    }

    fn read(&self, offset: u64, length: usize) -> Result<Block, StoreError> {
        let mut block: Block = std::iter::repeat_n(0, length).collect();
        let bytes = Arc::get_mut(&mut block).unwrap_or_default();
        match read_exact_at(&*self.file()?, bytes, offset) {
            Ok(()) => Ok(block),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(self.damaged(offset, "the file is cut off")),
            Err(error) => Err(StoreError::io("read", &self.name, &error)),
        }
    }
}

impl Drop for SealedFile {
    fn drop(&mut self) {
        if self.doomed.load(Ordering::Acquire) {
            // What stays is an orphan, which the next opening removes.
            let _ = self.folder.remove(&self.name);
        }
    }
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("SealedFile").field(&self.name).finish()
    }
}
