//! Reading a section: one key, or a range with a cursor.

use super::cache::BlockCache;
use super::children::Children;
use super::cursor::Cursor;
use super::file::SealedFile;
use super::filter::Filter;
use super::held::HeldPages;
use super::index::Pointer;
use super::info::SectionInfo;
use super::records::{Block, Records};
use crate::{Bytes, Direction, KeyRange, StoreError, key_hash};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// What a section says of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// Nothing.
    Absent,
    /// That it is deleted.
    Deleted,
    /// Its value.
    Value(Bytes),
}

/// A section that can be read.
#[derive(Debug)]
pub struct Section {
    info: SectionInfo,
    file: Arc<SealedFile>,
    cache: Arc<BlockCache>,
    /// What is held of the filters of keys and of hashes.
    held_keys: HeldPages,
    held_hashes: HeldPages,
    doomed: AtomicBool,
}

impl Section {
    /// The section that `info` describes in `file`; nothing is read.
    #[must_use]
    pub fn new(info: SectionInfo, file: Arc<SealedFile>, cache: Arc<BlockCache>) -> Self {
        let (held_keys, held_hashes) = (HeldPages::default(), HeldPages::default());
        Self { info, file, cache, held_keys, held_hashes, doomed: AtomicBool::new(false) }
    }

    /// What the manifest keeps of it.
    #[must_use]
    pub fn info(&self) -> &SectionInfo {
        &self.info
    }

    /// The file that it lies in.
    #[must_use]
    pub fn file(&self) -> &Arc<SealedFile> {
        &self.file
    }

    /// Lets its space be given back when nobody reads it any more, however long its file is needed for others.
    pub fn doom(&self) {
        self.doomed.store(true, Ordering::Release);
    }

    /// What it says of a key.
    ///
    /// # Errors
    /// `Damaged` and `Io`.
    pub fn get(&self, key: &[u8]) -> Result<Found, StoreError> {
        if key < &*self.info.first_key || key > &*self.info.last_key || !self.may_hold_key(key)? {
            return Ok(Found::Absent);
        }
        let mut pointer = self.info.root;
        for _ in 0..self.info.levels {
            let block = self.index_block(&pointer)?;
            let child = Children::of(&block).and_then(|children| children.pointer(children.of_key(key)?));
            pointer = child.ok_or_else(|| self.malformed(&pointer))?;
        }
        let block = self.data_block(&pointer)?;
        look_up(&block, key).ok_or_else(|| self.malformed(&pointer))
    }

    /// Whether a key with this hash may be in it; it is not if this says so.
    ///
    /// # Errors
    /// `Damaged` and `Io`.
    pub fn may_hold_hash(&self, hash: u64) -> Result<bool, StoreError> {
        self.info.hashes.as_ref().map_or(Ok(true), |filter| self.has(filter, &self.held_hashes, hash))
    }

    /// Whether its first and last key leave room for an entry within the range.
    #[must_use]
    pub fn overlaps(&self, range: &KeyRange<'_>) -> bool {
        is_from(range.start, &self.info.last_key) && is_until(range.end, &self.info.first_key)
    }

    /// Whether an entry within the range may be in it; where both ends have the same hash, the filter is asked too.
    ///
    /// # Errors
    /// `Damaged` and `Io`.
    pub fn may_hold(&self, range: &KeyRange<'_>) -> Result<bool, StoreError> {
        match (range.start, range.end) {
            _ if !self.overlaps(range) => Ok(false),
            (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end))
                if key_hash(start) == key_hash(end) =>
            {
                self.may_hold_hash(key_hash(start))
            }
            _ => Ok(true),
        }
    }

    /// A cursor on the first entry within the range, as the direction has it.
    ///
    /// # Errors
    /// `Damaged` and `Io`.
    pub fn cursor(self: &Arc<Self>, range: KeyRange<'_>, direction: Direction) -> Result<Cursor, StoreError> {
        Cursor::new(self, range, direction)
    }

    fn may_hold_key(&self, key: &[u8]) -> Result<bool, StoreError> {
        match &self.info.keys {
            Some(filter) => self.has(filter, &self.held_keys, xxh3_64(key)),
            None => self.may_hold_hash(key_hash(key)),
        }
    }

    fn has(&self, filter: &Filter, held: &HeldPages, hash: u64) -> Result<bool, StoreError> {
        let spot = filter.spot(hash);
        let (offset, _) = filter.page(spot.page);
        let is_set = match held.get(spot.page) {
            Some(page) => spot.is_set(page),
            None => {
                let page = self.page(filter, held, spot.page)?;
                spot.is_set(&page)
            }
        };
        is_set.ok_or_else(|| self.file.damaged(offset, "a page of a filter is too short"))
    }

    /// A page of a filter that is not held yet, which it is from now on if there is room.
    fn page(&self, filter: &Filter, held: &HeldPages, page: u32) -> Result<Block, StoreError> {
        let (file, (offset, _)) = (self.file.id(), filter.page(page));
        let (block, is_cached) = match self.cache.get(file, offset) {
            Some(block) => (block, true),
            None => (self.file.read_page(filter, page)?, false),
        };
        if !held.hold(filter, page, &block, &self.cache) && !is_cached {
            self.cache.insert(file, offset, &block);
        }
        Ok(block)
    }

    /// An index block, from the cache or the file.
    pub(super) fn index_block(&self, pointer: &Pointer) -> Result<Block, StoreError> {
        self.cached(pointer.offset, || self.read_block(pointer))
    }

    /// A data block, from the cache or the file.
    pub(super) fn data_block(&self, pointer: &Pointer) -> Result<Block, StoreError> {
        let (file, offset) = (self.file.id(), pointer.offset);
        if let Some(block) = self.cache.get(file, offset) {
            return Ok(block);
        }
        let block = self.read_block(pointer)?;
        self.cache.insert_if_seen(file, offset, &block);
        Ok(block)
    }

    /// A block, from the file.
    pub(super) fn read_block(&self, pointer: &Pointer) -> Result<Block, StoreError> {
        if pointer.offset < self.info.start || pointer.end() > self.info.end {
            return Err(self.file.damaged(pointer.offset, "an index leads out of its section"));
        }
        self.file.read_block(pointer)
    }

    fn cached(&self, offset: u64, read: impl FnOnce() -> Result<Block, StoreError>) -> Result<Block, StoreError> {
        if let Some(block) = self.cache.get(self.file.id(), offset) {
            return Ok(block);
        }
        let block = read()?;
        self.cache.insert(self.file.id(), offset, &block);
        Ok(block)
    }

    pub(super) fn malformed(&self, pointer: &Pointer) -> StoreError {
        self.file.damaged(pointer.offset, "a block does not hold what its section needs")
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        self.held_keys.let_go(&self.cache);
        self.held_hashes.let_go(&self.cache);
        if self.doomed.load(Ordering::Acquire) {
            self.file.give_back(self.info.start, self.info.end);
        }
    }
}

/// What a data block says of a key; none where the block is malformed.
fn look_up(block: &[u8], key: &[u8]) -> Option<Found> {
    let records = Records::of(block)?;
    let at = records.entries_where(|other| other < key)?;
    if at == records.count() {
        return Some(Found::Absent);
    }
    let entry = records.entry(at)?;
    Some(match entry.value {
        _ if entry.key != key => Found::Absent,
        Some(value) => Found::Value(value.into()),
        None => Found::Deleted,
    })
}

/// Whether a key is not before where a range begins.
pub(super) fn is_from(start: Bound<&[u8]>, key: &[u8]) -> bool {
    match start {
        Bound::Included(start) => key >= start,
        Bound::Excluded(start) => key > start,
        Bound::Unbounded => true,
    }
}

/// Whether a key is not behind where a range ends.
pub(super) fn is_until(end: Bound<&[u8]>, key: &[u8]) -> bool {
    match end {
        Bound::Included(end) => key <= end,
        Bound::Excluded(end) => key < end,
        Bound::Unbounded => true,
    }
}
