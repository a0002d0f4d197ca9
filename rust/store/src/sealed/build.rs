//! Writing a file: sections one behind the other, each from entries in the order of their keys.
//!
//! Bytes go out some at a time and the system begins to write them at once, so the sync at the end is short, and so is
//! what a commit meanwhile waits for. A builder holds that
//! buffer, one open block for each level, and two numbers for each key until its section ends, for the filters.

use super::file::{self, SealedFile, checksum};
use super::filter::{self, Filter};
use super::index::{IndexBuilder, Pointer};
use super::records::{Entry, RecordsBuilder};
use super::{BLOCK_BYTES, KEY_BYTES_MAX, SectionInfo, VALUE_BYTES_MAX};
use crate::io::{DiskFile, Folder, write_all_at};
use crate::{StoreError, key_hash};
use std::fmt;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

const BUFFER_BYTES: usize = 1 << 18;
/// Others are let go first after so many bytes, which take some ten microseconds.
const YIELD_BYTES: u64 = 16 << 10;
const UNSYNCED_BYTES: u64 = 64 << 20;

/// A sealed file in the making. Dropped before it is finished, it removes what it has written.
pub struct FileBuilder {
    id: u64,
    folder: Arc<dyn Folder>,
    /// None once it is finished.
    file: Option<Arc<dyn DiskFile>>,
    buffer: Vec<u8>,
    /// Bytes that the file has, without the buffer's.
    written: u64,
    synced: u64,
    /// Told of bytes that were written; may take its time.
    rest: Option<Rest>,
}

/// What whoever writes does between one piece and the next, which has so many bytes.
pub(crate) type Rest = Arc<dyn Fn(u64) + Send + Sync>;

impl FileBuilder {
    /// Begins the file with this id, which no file has had before.
    ///
    /// # Errors
    /// `Io`.
    pub fn create(folder: &Arc<dyn Folder>, id: u64) -> Result<Self, StoreError> {
        let name = file::name(id);
        let file = folder.create(&name).map_err(|error| StoreError::io("create", &name, &error))?;
        let mut buffer = Vec::with_capacity(BUFFER_BYTES + 4 * BLOCK_BYTES);
        buffer.extend_from_slice(&file::header(id));
        Ok(Self { id, folder: Arc::clone(folder), file: Some(file), buffer, written: 0, synced: 0, rest: None })
    }

    /// Rests after every piece that it has written.
    #[must_use]
    pub(crate) fn resting(mut self, rest: Rest) -> Self {
        self.rest = Some(rest);
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Bytes of the file so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Begins a section. One that is dropped before it is finished leaves bytes that nobody refers to.
    pub fn section(&mut self) -> SectionBuilder<'_> {
        SectionBuilder::new(self)
    }

    /// Makes the file outlive a crash, and opens it.
    ///
    /// # Errors
    /// `Io`; the file is removed then.
    pub fn finish(mut self) -> Result<Arc<SealedFile>, StoreError> {
        self.flush()?;
        self.sync()?;
        self.folder.sync().map_err(|error| StoreError::io("sync the folder of", &self.name(), &error))?;
        let file = self.file.take().ok_or(StoreError::Closed)?;
        Ok(Arc::new(SealedFile::new(&self.folder, self.id, file)))
    }

    /// Removes what was written; the same as dropping it.
    pub fn abandon(self) {
        drop(self);
    }

    fn name(&self) -> String {
        file::name(self.id)
    }

    /// Writes a block and tells where it is and what it must be.
    pub(super) fn append(&mut self, block: &[u8]) -> Result<Pointer, StoreError> {
        let offset = self.bytes();
        self.write(block)?;
        if offset / YIELD_BYTES != self.bytes() / YIELD_BYTES {
            // Those who commit have waited for a disk: they go first. The system would let this go on for milliseconds.
            std::thread::yield_now();
        }
        Ok(Pointer { offset, length: block.len() as u32, checksum: checksum(self.id, offset, block) })
    }

    fn append_filter(&mut self, hashes: &[u64]) -> Result<Filter, StoreError> {
        let (filter, pages) = filter::build(self.id, self.bytes(), hashes);
        self.write(&pages)?;
        Ok(filter)
    }

    /// What is as large as the buffer does not pass through it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() >= BUFFER_BYTES {
            self.flush()?;
            return self.write_through(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let flushed = self.write_through(&buffer);
        buffer.clear();
        buffer.shrink_to(BUFFER_BYTES + 4 * BLOCK_BYTES);
        self.buffer = buffer;
        flushed
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let Some(file) = &self.file else { return Ok(()) };
        write_all_at(&**file, bytes, self.written).map_err(|error| StoreError::io("write", &self.name(), &error))?;
        file.begin_writing(self.written, bytes.len() as u64);
        self.written += bytes.len() as u64;
        if self.written - self.synced >= UNSYNCED_BYTES {
            self.sync()?;
        }
        if let Some(rest) = &self.rest {
            rest(bytes.len() as u64);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.sync().map_err(|error| StoreError::io("sync", &self.name(), &error))?;
        self.synced = self.written;
        Ok(())
    }
}

impl Drop for FileBuilder {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What stays is an orphan, which the next opening removes.
            let _ = self.folder.remove(&self.name());
        }
    }
}

impl fmt::Debug for FileBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FileBuilder").field("id", &self.id).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// A section in the making.
pub struct SectionBuilder<'f> {
    file: &'f mut FileBuilder,
    start: u64,
    open: RecordsBuilder,
    /// The fence of the open data block.
    fence: Vec<u8>,
    index: IndexBuilder,
    filters: FiltersBuilder,
    first_key: Vec<u8>,
    last_key: Vec<u8>,
    entries: u64,
    tombstones: u64,
    bytes: u64,
}

impl<'f> SectionBuilder<'f> {
    fn new(file: &'f mut FileBuilder) -> Self {
        Self {
            start: file.bytes(),
            file,
            open: RecordsBuilder::default(),
            fence: Vec::new(),
            index: IndexBuilder::default(),
            filters: FiltersBuilder::default(),
            first_key: Vec::new(),
            last_key: Vec::new(),
            entries: 0,
            tombstones: 0,
            bytes: 0,
        }
    }

    /// Adds an entry behind all others: the value of a key, or, where there is none, that the key is deleted.
    ///
    /// # Errors
    /// `Io`; `TooLarge`; `Damaged` for a key that is not above the one before, since entries come from what was sorted.
    pub fn push(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        check_size("key", key.len(), KEY_BYTES_MAX)?;
        check_size("value", value.map_or(0, <[u8]>::len), VALUE_BYTES_MAX)?;
        let entry = Entry { key, value };
        if self.entries + self.tombstones == 0 {
            self.first_key.extend_from_slice(key);
            self.fence.extend_from_slice(key);
        } else if *key <= *self.last_key {
            let (file, offset) = (self.file.name(), self.file.bytes());
            return Err(StoreError::Damaged { file, offset, what: "entries to be written here are out of order" });
        } else if self.is_full_for(&entry) {
            self.close(key)?;
        }
        self.add(&entry);
        Ok(())
    }

    fn is_full_for(&self, entry: &Entry<'_>) -> bool {
        self.open.size() + entry.size() / 2 > BLOCK_BYTES
    }

    /// Writes the open data block; the next one begins with `key`.
    fn close(&mut self, key: &[u8]) -> Result<(), StoreError> {
        let pointer = self.file.append(self.open.end())?;
        self.open.clear();
        self.index.push(self.file, &self.fence, &pointer)?;
        self.fence.clear();
        self.fence.extend_from_slice(separator(&self.last_key, key));
        Ok(())
    }

    fn add(&mut self, entry: &Entry<'_>) {
        self.open.push_entry(entry);
        self.filters.push(entry.key);
        self.last_key.clear();
        self.last_key.extend_from_slice(entry.key);
        self.bytes += (entry.key.len() + entry.value.map_or(0, <[u8]>::len)) as u64;
        match entry.value {
            Some(_) => self.entries += 1,
            None => self.tombstones += 1,
        }
    }

    /// Writes the rest of the section; none where nothing was pushed.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(mut self) -> Result<Option<SectionInfo>, StoreError> {
        if self.open.count() == 0 {
            return Ok(None);
        }
        let last = self.file.append(self.open.end())?;
        let (root, levels) = if self.index.is_empty() {
            (last, 0)
        } else {
            self.index.push(self.file, &self.fence, &last)?;
            self.index.finish(self.file)?.unwrap_or((last, 0))
        };
        // The only block of a section says as much as a filter, and costs the same to read.
        let (hashes, keys) = if levels == 0 { (None, None) } else { self.filters.finish(self.file)? };
        Ok(Some(SectionInfo {
            file: self.file.id,
            first_key: self.first_key,
            last_key: self.last_key,
            entries: self.entries,
            tombstones: self.tombstones,
            bytes: self.bytes,
            start: self.start,
            end: self.file.bytes(),
            root,
            levels,
            hashes,
            keys,
        }))
    }
}

impl fmt::Debug for SectionBuilder<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = out.debug_struct("SectionBuilder");
        out.field("file", &self.file.id).field("start", &self.start).field("entries", &self.entries);
        out.finish_non_exhaustive()
    }
}

fn check_size(what: &'static str, size: usize, size_max: usize) -> Result<(), StoreError> {
    if size > size_max { Err(StoreError::TooLarge { what, size, size_max }) } else { Ok(()) }
}

/// The shortest key that is above `low` and at most `high`: what `high` shares with `low`, and one byte more.
fn separator<'k>(low: &[u8], high: &'k [u8]) -> &'k [u8] {
    let shared = low.iter().zip(high).take_while(|(low, high)| low == high).count();
    high.get(..=shared).unwrap_or(high)
}

/// What the filters of a section are made of.
#[derive(Default)]
struct FiltersBuilder {
    hashes: Vec<u64>,
    keys: Vec<u64>,
}

impl FiltersBuilder {
    fn push(&mut self, key: &[u8]) {
        let hash = key_hash(key);
        if self.hashes.last() != Some(&hash) {
            self.hashes.push(hash);
        }
        self.keys.push(xxh3_64(key));
    }

    fn finish(self, file: &mut FileBuilder) -> Result<(Option<Filter>, Option<Filter>), StoreError> {
        let several = self.keys.len() > self.hashes.len();
        let hashes = file.append_filter(&self.hashes)?;
        let keys = if several { Some(file.append_filter(&self.keys)?) } else { None };
        Ok((Some(hashes), keys))
    }
}
