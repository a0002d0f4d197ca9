//! What the manifest keeps of a section: all that is needed to read it.

use super::KEY_BYTES_MAX;
use super::filter::Filter;
use super::index::{LEVELS_MAX, Pointer};
use crate::coding::{take_u32, take_u64};
use crate::{HashRange, key_hash};

/// A section of a sealed file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SectionInfo {
    /// The id of its file.
    pub file: u64,
    /// Its first key.
    pub first_key: Vec<u8>,
    /// Its last key.
    pub last_key: Vec<u8>,
    /// Its entries that have a value.
    pub entries: u64,
    /// Its entries that say that their key is deleted.
    pub tombstones: u64,
    /// Bytes of all keys and values.
    pub bytes: u64,
    /// Where in the file it begins.
    pub start: u64,
    /// Where in the file it ends; it has every byte between.
    pub end: u64,
    pub(super) root: Pointer,
    /// Levels of index blocks above the data blocks; without any, the root is a data block.
    pub(super) levels: u8,
    /// Over the hashes of the keys.
    pub(super) hashes: Option<Filter>,
    /// Over the keys, only where several of them share a hash.
    pub(super) keys: Option<Filter>,
}

impl SectionInfo {
    /// Appends it in bytes.
    pub fn encode(&self, to: &mut Vec<u8>) {
        for number in [self.file, self.start, self.end, self.entries, self.tombstones, self.bytes] {
            to.extend_from_slice(&number.to_le_bytes());
        }
        to.extend_from_slice(&self.root.encoded());
        to.push(self.levels);
        for filter in [self.hashes, self.keys] {
            let filter = filter.unwrap_or(Filter { offset: 0, lines: 0 });
            to.extend_from_slice(&filter.offset.to_le_bytes());
            to.extend_from_slice(&filter.lines.to_le_bytes());
        }
        for key in [&self.first_key, &self.last_key] {
            to.extend_from_slice(&(key.len() as u32).to_le_bytes());
            to.extend_from_slice(key);
        }
    }

    /// Takes one from the beginning of bytes; none where they are no section that could be read.
    #[must_use]
    pub fn decode(from: &mut &[u8]) -> Option<Self> {
        let [file, start, end] = take_numbers(from)?;
        let [entries, tombstones, bytes] = take_numbers(from)?;
        let root = Pointer::decode(from)?;
        let (levels, rest) = from.split_first()?;
        *from = rest;
        let (hashes, keys) = (take_filter(from)?, take_filter(from)?);
        let (first_key, last_key) = (take_key(from)?, take_key(from)?);
        let levels = *levels;
        let info =
            Self { file, first_key, last_key, entries, tombstones, bytes, start, end, root, levels, hashes, keys };
        info.adds_up().then_some(info)
    }

    /// Whether some of its keys may have a hash of this range.
    #[must_use]
    pub fn reaches(&self, range: HashRange) -> bool {
        key_hash(&self.first_key) <= range.end && range.start <= key_hash(&self.last_key)
    }

    /// Whether its parts lie within it.
    fn adds_up(&self) -> bool {
        let has = |start: u64, end: u64| self.start <= start && start < end && end <= self.end;
        let has_filter = |filter: &Filter| has(filter.offset, filter.end());
        has(self.root.offset, self.root.end())
            && usize::from(self.levels) <= LEVELS_MAX
            && self.hashes.iter().chain(&self.keys).all(has_filter)
            && self.first_key <= self.last_key
    }
}

fn take_numbers<const COUNT: usize>(from: &mut &[u8]) -> Option<[u64; COUNT]> {
    let mut numbers = [0; COUNT];
    for number in &mut numbers {
        *number = take_u64(from)?;
    }
    Some(numbers)
}

fn take_filter(from: &mut &[u8]) -> Option<Option<Filter>> {
    let filter = Filter { offset: take_u64(from)?, lines: take_u32(from)? };
    Some((filter.lines > 0).then_some(filter))
}

fn take_key(from: &mut &[u8]) -> Option<Vec<u8>> {
    let length = take_u32(from)? as usize;
    let (key, rest) = from.split_at_checked(length).filter(|_| length <= KEY_BYTES_MAX)?;
    *from = rest;
    Some(key.to_vec())
}
