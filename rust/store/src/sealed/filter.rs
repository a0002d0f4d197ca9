//! Which hashes a section may hold, so that most reads of what is not there touch no block.
//!
//! A Bloom filter of about ten bits for each hash, in lines of 64 bytes: all bits of a hash lie in one line. Lines are
//! kept in pages that end with a checksum of their own, and are read one at a time.

use super::file::{checksum, mix};

const LINE_BYTES: usize = 64;
const LINE_BITS: u64 = 512;
/// Lines of a page; with its checksum a page stays below 4 KiB.
const PAGE_LINES: u32 = 63;
const PAGE_BYTES: u64 = (PAGE_LINES as usize * LINE_BYTES + CHECKSUM_BYTES) as u64;
const CHECKSUM_BYTES: usize = 8;
const BITS_PER_HASH: u64 = 10;
const BITS_SET: u32 = 6;

/// A filter in a file: where its first page lies, and how many lines it has, at least one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Filter {
    pub(super) offset: u64,
    pub(super) lines: u32,
}

/// Where the bits of a hash lie: in which page, in which line of it, and nine bits of the pattern for each bit.
pub(super) struct Spot {
    pub(super) page: u32,
    line: usize,
    pattern: u64,
}

impl Filter {
    pub(super) fn pages(&self) -> u32 {
        self.lines.div_ceil(PAGE_LINES)
    }

    /// Where a page lies in the file: its offset and its length.
    pub(super) fn page(&self, page: u32) -> (u64, usize) {
        let lines = self.lines.saturating_sub(page.saturating_mul(PAGE_LINES)).min(PAGE_LINES) as usize;
        (self.offset.saturating_add(u64::from(page) * PAGE_BYTES), lines * LINE_BYTES + CHECKSUM_BYTES)
    }

    /// Where all of it ends.
    pub(super) fn end(&self) -> u64 {
        let last = self.page(self.pages().saturating_sub(1));
        last.0.saturating_add(last.1 as u64)
    }

    pub(super) fn spot(&self, hash: u64) -> Spot {
        let mixed = mix(hash);
        let line = (((mixed >> 32) * u64::from(self.lines)) >> 32) as u32;
        Spot { page: line / PAGE_LINES, line: (line % PAGE_LINES) as usize, pattern: mix(mixed) }
    }
}

impl Spot {
    /// Whether a page has every bit of the hash set; none of a page that lacks the line.
    pub(super) fn is_set(&self, page: &[u8]) -> Option<bool> {
        let line = page.as_chunks::<LINE_BYTES>().0.get(self.line)?;
        Some(bits(self.pattern).all(|(byte, mask)| line.get(byte).is_some_and(|byte| byte & mask != 0)))
    }
}

/// The byte of a line and the bit of the byte, for each bit that a pattern sets.
fn bits(pattern: u64) -> impl Iterator<Item = (usize, u8)> {
    (0..BITS_SET).map(move |index| {
        let bit = pattern >> (9 * index) & (LINE_BITS - 1);
        ((bit >> 3) as usize, 1 << (bit & 7))
    })
}

/// Whether the checksum at the end of a page is right.
pub(super) fn is_intact(file: u64, offset: u64, page: &[u8]) -> bool {
    let Some((lines, written)) = page.split_last_chunk::<CHECKSUM_BYTES>() else { return false };
    u64::from_le_bytes(*written) == checksum(file, offset, lines)
}

/// The pages of a filter of these hashes which will lie at `offset` of `file`.
pub(super) fn build(file: u64, offset: u64, hashes: &[u64]) -> (Filter, Vec<u8>) {
    let lines = (hashes.len() as u64 * BITS_PER_HASH).div_ceil(LINE_BITS).clamp(1, u64::from(u32::MAX)) as u32;
    let filter = Filter { offset, lines };
    let mut pages = vec![0; (filter.end() - offset) as usize];
    for hash in hashes {
        let spot = filter.spot(*hash);
        let (start, _) = filter.page(spot.page);
        let line = (start - offset) as usize + spot.line * LINE_BYTES;
        for (byte, mask) in bits(spot.pattern) {
            if let Some(byte) = pages.get_mut(line + byte) {
                *byte |= mask;
            }
        }
    }
    for (page, offset) in pages.chunks_mut(PAGE_BYTES as usize).zip((offset..).step_by(PAGE_BYTES as usize)) {
        if let Some((lines, end)) = page.split_last_chunk_mut::<CHECKSUM_BYTES>() {
            *end = checksum(file, offset, lines).to_le_bytes();
        }
    }
    (filter, pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(filter: &Filter, pages: &[u8], hash: u64) -> bool {
        let spot = filter.spot(hash);
        let (start, length) = filter.page(spot.page);
        let start = (start - filter.offset) as usize;
        spot.is_set(&pages[start..start + length]).unwrap()
    }

    #[test]
    fn a_filter_holds_what_it_was_made_of_and_little_else() {
        for count in [1, 10, 51, 52, 1_000, 3_212, 3_225, 3_226, 50_000] {
            let hashes: Vec<u64> = (0..count).collect();
            let (filter, pages) = build(7, 1_000, &hashes);
            assert_eq!(pages.len() as u64, filter.end() - 1_000);
            assert!(hashes.iter().all(|hash| holds(&filter, &pages, *hash)), "{count} hashes");
            let wrong = (1 << 40..(1 << 40) + 20_000).filter(|hash| holds(&filter, &pages, *hash)).count();
            assert!(wrong < 20_000 / 40, "{wrong} of 20,000 others in a filter of {count}");
        }
    }

    #[test]
    fn a_page_is_only_intact_in_its_place() {
        let (filter, pages) = build(7, 1_000, &(0..10_000).collect::<Vec<_>>());
        assert!(filter.pages() > 2);
        for page in 0..filter.pages() {
            let (offset, length) = filter.page(page);
            let start = (offset - 1_000) as usize;
            let bytes = &pages[start..start + length];
            assert!(is_intact(7, offset, bytes));
            assert!(!is_intact(8, offset, bytes) && !is_intact(7, offset + 1, bytes));
        }
    }
}
