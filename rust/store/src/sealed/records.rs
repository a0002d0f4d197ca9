//! A block: records, then a table of where each begins, then how many there are, so that it is searched as it lies.
//!
//! Records of data blocks are entries; those of index blocks are in `children.rs`. Whatever a block says is checked when
//! it is used: what does not add up is `None`, which callers report as damage.

use std::ops::Range;
use std::sync::Arc;

/// The bytes of a block or of a page of a filter, as they lie in the file; shared.
pub(super) type Block = Arc<[u8]>;

/// The records of a block.
#[derive(Clone, Copy)]
pub(super) struct Records<'b> {
    records: &'b [u8],
    starts: &'b [[u8; 4]],
}

impl<'b> Records<'b> {
    /// The records of these bytes; none of a block that is too short for what it says, or empty.
    pub(super) fn of(block: &'b [u8]) -> Option<Self> {
        let (body, count) = block.split_last_chunk::<4>()?;
        let count = u32::from_le_bytes(*count) as usize;
        let table = body.len().checked_sub(count.checked_mul(4)?)?;
        let (records, starts) = body.split_at_checked(table)?;
        (count > 0).then_some(Self { records, starts: starts.as_chunks().0 })
    }

    pub(super) fn count(self) -> usize {
        self.starts.len()
    }

    /// Where a record lies in the block.
    fn span(self, index: usize) -> Option<(usize, usize)> {
        let place = |start: &[u8; 4]| u32::from_le_bytes(*start) as usize;
        let start = place(self.starts.get(index)?);
        Some((start, self.starts.get(index + 1).map_or(self.records.len(), place)))
    }

    pub(super) fn record(self, index: usize) -> Option<&'b [u8]> {
        let (start, end) = self.span(index)?;
        self.records.get(start..end)
    }

    pub(super) fn entry(self, index: usize) -> Option<Entry<'b>> {
        Entry::parse(self.record(index)?)
    }

    /// Where the key of an entry lies in the block, and its value.
    pub(super) fn places(self, index: usize) -> Option<(Range<usize>, Option<Range<usize>>)> {
        let (entry, (start, end)) = (self.entry(index)?, self.span(index)?);
        let key = start + ENTRY_HEAD..start + ENTRY_HEAD + entry.key.len();
        let value = entry.value.map(|_| key.end..end);
        Some((key, value))
    }

    /// How many entries lie before the first whose key is not `before`.
    pub(super) fn entries_where(self, mut before: impl FnMut(&[u8]) -> bool) -> Option<usize> {
        partition_point(self.count(), |index| Some(before(self.entry(index)?.key)))
    }
}

/// The first index below `count` that is not `before`, where those that are come first.
pub(super) fn partition_point(count: usize, mut before: impl FnMut(usize) -> Option<bool>) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Some(low)
}

/// Bytes that an entry has besides its key and its value.
const ENTRY_HEAD: usize = 4;

/// A record of a data block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'b> {
    pub(super) key: &'b [u8],
    /// None says that the key is deleted.
    pub(super) value: Option<&'b [u8]>,
}

impl<'b> Entry<'b> {
    fn parse(record: &'b [u8]) -> Option<Self> {
        let (head, rest) = record.split_first_chunk::<ENTRY_HEAD>()?;
        let head = u32::from_le_bytes(*head);
        let (key, value) = rest.split_at_checked((head >> 1) as usize)?;
        let deleted = head & 1 == 1;
        (!deleted || value.is_empty()).then_some(Self { key, value: (!deleted).then_some(value) })
    }

    pub(super) fn size(&self) -> usize {
        ENTRY_HEAD + self.key.len() + self.value.map_or(0, <[u8]>::len)
    }

    fn write(&self, to: &mut Vec<u8>) {
        let head = (self.key.len() as u32) << 1 | u32::from(self.value.is_none());
        to.extend_from_slice(&head.to_le_bytes());
        to.extend_from_slice(self.key);
        to.extend_from_slice(self.value.unwrap_or_default());
    }
}

/// A block in the making.
#[derive(Default)]
pub(super) struct RecordsBuilder {
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl RecordsBuilder {
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// Its size if it were ended now.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + 4 * self.starts.len() + 4
    }

    pub(super) fn push_entry(&mut self, entry: &Entry<'_>) {
        self.begin();
        entry.write(&mut self.bytes);
    }

    pub(super) fn push(&mut self, parts: &[&[u8]]) {
        self.begin();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
    }

    fn begin(&mut self) {
        self.starts.push(self.bytes.len() as u32);
    }

    /// Ends the block; nothing but `clear` comes after.
    pub(super) fn end(&mut self) -> &[u8] {
        for start in &self.starts {
            self.bytes.extend_from_slice(&start.to_le_bytes());
        }
        self.bytes.extend_from_slice(&(self.starts.len() as u32).to_le_bytes());
        &self.bytes
    }

    /// Makes room for the next block, and lets go of what only a giant one needed.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(4 * super::BLOCK_BYTES);
        self.starts.clear();
    }
}
