//! The bytes under which an item stands in its tree, in the order in which DynamoDB returns items.
//!
//! ```text
//! tree key   partition hash u64 | length of partition key u16 | partition key | sort key       (big endian)
//! ```
//! So the items of one partition key are one range, in the order of their sort keys; a Scan goes by the hash; a segment of
//! a parallel Scan is a range of hashes.

use std::ops::Bound;

use statordb_store::KeyRange;

use super::hash::partition_hash;

const HASH_BYTES: usize = 8;

/// The tree key of an item.
pub(crate) fn tree_key(hash: &[u8], range: Option<&[u8]>) -> Vec<u8> {
    let mut key = Vec::with_capacity(HASH_BYTES + 2 + hash.len() + range.map_or(0, <[u8]>::len));
    key.extend_from_slice(&partition_hash(hash).to_be_bytes());
    key.extend_from_slice(&(hash.len() as u16).to_be_bytes());
    key.extend_from_slice(hash);
    key.extend_from_slice(range.unwrap_or_default());
    key
}

/// What a key condition asks of the sort key, in scalar bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SortRange<'a> {
    All,
    Equal(&'a [u8]),
    Less(&'a [u8]),
    LessOrEqual(&'a [u8]),
    Greater(&'a [u8]),
    GreaterOrEqual(&'a [u8]),
    Between(&'a [u8], &'a [u8]),
    BeginsWith(&'a [u8]),
}

/// A range of tree keys.
#[derive(Clone, Debug)]
pub(crate) struct KeySpan {
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
}

/// The first bytes that follow everything that starts with `prefix`.
fn after_prefix(mut prefix: Vec<u8>) -> Bound<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            return Bound::Excluded(prefix);
        }
    }
    Bound::Unbounded
}

impl KeySpan {
    /// The keys of one partition key whose sort key lies in `range`.
    pub(crate) fn of_partition(hash: &[u8], range: SortRange<'_>) -> Self {
        let prefix = tree_key(hash, None);
        let at = |sort: &[u8]| [prefix.as_slice(), sort].concat();
        let (start, end) = match range {
            SortRange::All => (Bound::Included(prefix.clone()), after_prefix(prefix)),
            SortRange::Equal(sort) => (Bound::Included(at(sort)), Bound::Included(at(sort))),
            SortRange::Less(sort) => (Bound::Included(prefix.clone()), Bound::Excluded(at(sort))),
            SortRange::LessOrEqual(sort) => (Bound::Included(prefix.clone()), Bound::Included(at(sort))),
            SortRange::Greater(sort) => (Bound::Excluded(at(sort)), after_prefix(prefix)),
            SortRange::GreaterOrEqual(sort) => (Bound::Included(at(sort)), after_prefix(prefix)),
            SortRange::Between(low, high) => (Bound::Included(at(low)), Bound::Included(at(high))),
            SortRange::BeginsWith(sort) => (Bound::Included(at(sort)), after_prefix(at(sort))),
        };
        Self { start, end }
    }

    /// Whether `key` lies in the range.
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        let above = match &self.start {
            Bound::Included(start) => key >= start.as_slice(),
            Bound::Excluded(start) => key > start.as_slice(),
            Bound::Unbounded => true,
        };
        above
            && match &self.end {
                Bound::Included(end) => key <= end.as_slice(),
                Bound::Excluded(end) => key < end.as_slice(),
                Bound::Unbounded => true,
            }
    }

    /// Cuts the range so that it goes on behind `key`, in the direction of the walk.
    #[must_use]
    pub(crate) fn behind(mut self, key: Vec<u8>, forward: bool) -> Self {
        if forward {
            self.start = Bound::Excluded(key);
        } else {
            self.end = Bound::Excluded(key);
        }
        self
    }

    /// The range as the store takes it.
    pub(crate) fn as_range(&self) -> KeyRange<'_> {
        KeyRange { start: self.start.as_ref().map(Vec::as_slice), end: self.end.as_ref().map(Vec::as_slice) }
    }

    /// Whether no key can lie in the range; a store need not be asked then.
    pub(crate) fn is_empty(&self) -> bool {
        match (&self.start, &self.end) {
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end))
            | (Bound::Excluded(start), Bound::Included(end)) => start >= end,
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        }
    }
}

/// The keys of segment `segment` of `total`: a range of the first 12 bits of the hash, as AWS cuts them.
pub(crate) fn segment_span(segment: u32, total: u32) -> KeySpan {
    const SLOTS: u64 = 4_096;
    let cut = |place: u32| (SLOTS * u64::from(place)).div_ceil(u64::from(total.max(1)));
    let bound = |slot: u64| (slot << 52).to_be_bytes().to_vec();
    let (start, end) = (cut(segment), cut(segment.saturating_add(1)));
    if start == end {
        return KeySpan { start: Bound::Included(Vec::new()), end: Bound::Excluded(Vec::new()) };
    }
    KeySpan {
        start: Bound::Included(bound(start)),
        end: if end >= SLOTS { Bound::Unbounded } else { Bound::Excluded(bound(end)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_disjoint_and_cover_every_hash() {
        for total in [1, 2, 3, 7, 4_096, 5_000] {
            for slot in (0..4_096_u64).step_by(37) {
                let key = (slot << 52 | 0x000f_ffff_ffff_ffff).to_be_bytes();
                let holders = (0..total).filter(|segment| segment_span(*segment, total).contains(&key)).count();
                assert_eq!(holders, 1, "{slot} of {total}");
            }
        }
    }

    #[test]
    fn a_prefix_of_highest_bytes_has_no_end() {
        assert_eq!(after_prefix(vec![1, 255, 255]), Bound::Excluded(vec![2]));
        assert_eq!(after_prefix(vec![255, 255]), Bound::Unbounded);
    }
}
