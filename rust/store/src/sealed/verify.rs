//! Reading all of a section, from the file and not from the cache, to see that it is what was written.
//!
//! Checked are the header, every checksum, the order of all keys, that each lies within the fences of its blocks and is
//! held by the filters, the counts, and that no byte of the section belongs to nothing.

use super::children::Children;
use super::filter::Filter;
use super::index::Pointer;
use super::records::{Block, Entry, Records};
use super::section::Section;
use crate::{StoreError, key_hash};
use xxhash_rust::xxh3::xxh3_64;

/// How much a section was found to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    /// Blocks and pages.
    pub blocks: u64,
    /// Entries that have a value.
    pub entries: u64,
    /// Entries that say that their key is deleted.
    pub tombstones: u64,
    /// Bytes of all keys and values.
    pub bytes: u64,
}

impl Section {
    /// Reads all of it and checks that it is what was written. Holds its filters in memory meanwhile.
    ///
    /// # Errors
    /// `Damaged` with the place of the first thing that is wrong, and `Io`.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        self.file().check_header()?;
        Walk::new(self)?.run()
    }
}

/// A walk through all blocks of a section.
struct Walk<'s> {
    section: &'s Section,
    hashes: Option<Pages>,
    keys: Option<Pages>,
    found: Verified,
    /// Bytes of the file that were accounted for.
    covered: u64,
    last_key: Option<Vec<u8>>,
}

/// All pages of a filter.
struct Pages {
    filter: Filter,
    pages: Vec<Block>,
}

/// The keys that a block may have: from the first fence on, and below the second.
#[derive(Clone, Copy)]
struct Fences<'k> {
    low: &'k [u8],
    high: Option<&'k [u8]>,
}

impl Fences<'_> {
    fn hold(&self, key: &[u8]) -> bool {
        self.low <= key && self.high.is_none_or(|high| key < high)
    }
}

impl<'s> Walk<'s> {
    fn new(section: &'s Section) -> Result<Self, StoreError> {
        let (found, covered, last_key) = (Verified::default(), 0, None);
        let mut walk = Self { section, hashes: None, keys: None, found, covered, last_key };
        walk.hashes = section.info().hashes.map(|filter| walk.pages(filter)).transpose()?;
        walk.keys = section.info().keys.map(|filter| walk.pages(filter)).transpose()?;
        Ok(walk)
    }

    fn pages(&mut self, filter: Filter) -> Result<Pages, StoreError> {
        self.covered += filter.end() - filter.offset;
        self.found.blocks += u64::from(filter.pages());
        let pages = (0..filter.pages()).map(|page| self.section.file().read_page(&filter, page));
        Ok(Pages { filter, pages: pages.collect::<Result<_, _>>()? })
    }

    fn run(mut self) -> Result<Verified, StoreError> {
        let info = self.section.info();
        self.visit(&info.root, info.levels, Fences { low: b"", high: None })?;
        let found = self.found;
        let at_start = |what| Err(self.section.file().damaged(info.start, what));
        if (found.entries, found.tombstones, found.bytes) != (info.entries, info.tombstones, info.bytes) {
            return at_start("a section has not as much as it should");
        }
        if self.last_key.as_ref() != Some(&info.last_key) {
            return at_start("a section does not end with the key that it should");
        }
        if self.covered != info.end - info.start {
            return at_start("a section has bytes that belong to nothing");
        }
        Ok(found)
    }

    fn visit(&mut self, pointer: &Pointer, levels: u8, fences: Fences<'_>) -> Result<(), StoreError> {
        let block = self.section.read_block(pointer)?;
        self.covered += block.len() as u64;
        self.found.blocks += 1;
        let malformed = || self.section.malformed(pointer);
        match levels.checked_sub(1) {
            Some(below) => {
                let children = Children::of(&block).ok_or_else(malformed)?;
                self.children(pointer, children, below, fences)
            }
            None => {
                let records = Records::of(&block).ok_or_else(malformed)?;
                self.entries(pointer, records, fences)
            }
        }
    }

    fn children(
        &mut self,
        pointer: &Pointer,
        children: Children<'_>,
        below: u8,
        fences: Fences<'_>,
    ) -> Result<(), StoreError> {
        for index in 0..children.count() {
            let malformed = || self.section.malformed(pointer);
            let (fence, next) = (children.fence(index).ok_or_else(malformed)?, children.fence(index + 1));
            let within = Fences { low: &fence, high: next.as_deref().or(fences.high) };
            let in_order = within.high.is_none_or(|high| within.low < high);
            if !in_order || !fences.hold(&fence) {
                return Err(self.section.file().damaged(pointer.offset, "the fences of an index block are wrong"));
            }
            let child = children.pointer(index).ok_or_else(malformed)?;
            self.visit(&child, below, within)?;
        }
        Ok(())
    }

    fn entries(&mut self, pointer: &Pointer, records: Records<'_>, fences: Fences<'_>) -> Result<(), StoreError> {
        for index in 0..records.count() {
            let entry = records.entry(index).ok_or_else(|| self.section.malformed(pointer))?;
            if !fences.hold(entry.key) || !self.comes_next(entry.key) {
                return Err(self.section.file().damaged(pointer.offset, "the keys of a block are out of order"));
            }
            if !self.is_in_filters(entry.key) {
                return Err(self.section.file().damaged(pointer.offset, "a filter denies a key of this block"));
            }
            self.count(&entry);
        }
        Ok(())
    }

    /// Whether a key is above the one before, or, without one, the first of the section.
    fn comes_next(&self, key: &[u8]) -> bool {
        self.last_key.as_deref().map_or(*key == *self.section.info().first_key, |last| last < key)
    }

    fn is_in_filters(&self, key: &[u8]) -> bool {
        self.hashes.as_ref().is_none_or(|pages| pages.hold(key_hash(key)))
            && self.keys.as_ref().is_none_or(|pages| pages.hold(xxh3_64(key)))
    }

    fn count(&mut self, entry: &Entry<'_>) {
        match entry.value {
            Some(_) => self.found.entries += 1,
            None => self.found.tombstones += 1,
        }
        self.found.bytes += (entry.key.len() + entry.value.map_or(0, <[u8]>::len)) as u64;
        let last_key = self.last_key.get_or_insert_default();
        last_key.clear();
        last_key.extend_from_slice(entry.key);
    }
}

impl Pages {
    fn hold(&self, hash: u64) -> bool {
        let spot = self.filter.spot(hash);
        self.pages.get(spot.page as usize).and_then(|page| spot.is_set(page)).unwrap_or(false)
    }
}
