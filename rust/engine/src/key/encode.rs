//! The bytes under which an item stands in its tree, in the order in which DynamoDB returns items.
//!
//! ```text
//! of a table    partition hash u64 | length of partition key u16 | partition key | sort key       (big endian)
//! of an index   partition hash u64 | length of partition key u16 | partition key | sort attributes, ended | key in the table
//! ```
//! So the items of one partition key are one range, in the order of their sort keys; a Scan goes by the hash; a segment of
//! a parallel Scan is a range of hashes. Where something follows an attribute it is ended: a zero byte in it is followed
//! by 0xff, and behind it stand 0x00 and 0x01, so that shorter values come first. A partition key of several attributes
//! is those, each ended. Items with equal index keys follow each other by their key in the table, which begins with its hash.

use std::borrow::Cow;
use std::ops::Bound;

use statordb_store::KeyRange;

use super::hash::partition_hash;

const HASH_BYTES: usize = 8;

/// The tree key of an item.
pub(crate) fn tree_key(hash: &[u8], range: Option<&[u8]>) -> Vec<u8> {
    let range = range.unwrap_or_default();
    let mut key = partition_prefix(hash, range.len());
    key.extend_from_slice(range);
    key
}

/// The first bytes of all keys with one partition key: hash, length, partition key.
fn partition_prefix(hash: &[u8], room: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(HASH_BYTES + 2 + hash.len() + room);
    key.extend_from_slice(&partition_hash(hash).to_be_bytes());
    key.extend_from_slice(&(hash.len() as u16).to_be_bytes());
    key.extend_from_slice(hash);
    key
}

/// The part of a table's tree key that all items of its partition key share: it names their item collection.
pub(crate) fn collection_key(tree_key: &[u8]) -> &[u8] {
    let len = match tree_key.get(HASH_BYTES..HASH_BYTES + 2) {
        Some([high, low]) => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    tree_key.get(..HASH_BYTES + 2 + len).unwrap_or(tree_key)
}

/// Appends `value` without an end, its zeros marked.
fn push_marked(out: &mut Vec<u8>, value: &[u8]) {
    if !value.contains(&0) {
        out.extend_from_slice(value);
        return;
    }
    for byte in value {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xff);
        }
    }
}

fn push_ended(out: &mut Vec<u8>, value: &[u8]) {
    push_marked(out, value);
    out.extend_from_slice(&[0, 1]);
}

/// The partition key of an index, from its values.
fn index_partition<'v>(values: &[&'v [u8]]) -> Cow<'v, [u8]> {
    if let [only] = values {
        return Cow::Borrowed(only);
    }
    let mut all = Vec::with_capacity(values.iter().map(|value| value.len() + 2).sum());
    values.iter().for_each(|value| push_ended(&mut all, value));
    Cow::Owned(all)
}

/// The key of an index entry: values of the index's key attributes, and the item's key in the table.
pub(crate) fn index_key(hash: &[&[u8]], range: &[&[u8]], table_key: &[u8]) -> Vec<u8> {
    let room = range.iter().map(|value| value.len() + 2).sum::<usize>() + table_key.len();
    let mut key = partition_prefix(&index_partition(hash), room);
    range.iter().for_each(|value| push_ended(&mut key, value));
    key.extend_from_slice(table_key);
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

    /// The entries of an index with one partition key, with sort attributes that equal `equal`, one after the other, and
    /// of which the next one lies in `range`.
    pub(crate) fn of_index_partition(hash: &[&[u8]], equal: &[&[u8]], range: SortRange<'_>) -> Self {
        let mut prefix = partition_prefix(&index_partition(hash), equal.iter().map(|value| value.len() + 2).sum());
        equal.iter().for_each(|value| push_ended(&mut prefix, value));
        let ended = |sort: &[u8]| {
            let mut key = prefix.clone();
            push_ended(&mut key, sort);
            key
        };
        let begun = |sort: &[u8]| {
            let mut key = prefix.clone();
            push_marked(&mut key, sort);
            key
        };
        // Entries of one value all begin with that value, ended; so what comes behind them comes after that prefix.
        let behind = |sort: &[u8]| match after_prefix(ended(sort)) {
            Bound::Excluded(key) => Bound::Included(key),
            other => other,
        };
        let (start, end) = match range {
            SortRange::All => (Bound::Included(prefix.clone()), after_prefix(prefix)),
            SortRange::Equal(sort) => (Bound::Included(ended(sort)), after_prefix(ended(sort))),
            SortRange::Less(sort) => (Bound::Included(prefix.clone()), Bound::Excluded(ended(sort))),
            SortRange::LessOrEqual(sort) => (Bound::Included(prefix.clone()), after_prefix(ended(sort))),
            SortRange::Greater(sort) => (behind(sort), after_prefix(prefix)),
            SortRange::GreaterOrEqual(sort) => (Bound::Included(ended(sort)), after_prefix(prefix)),
            SortRange::Between(low, high) => (Bound::Included(ended(low)), after_prefix(ended(high))),
            SortRange::BeginsWith(sort) => (Bound::Included(begun(sort)), after_prefix(begun(sort))),
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

    /// The keys that lie in both ranges.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        let starts = |range: &Self| match &range.start {
            Bound::Included(key) => Some((key.clone(), false)),
            Bound::Excluded(key) => Some((key.clone(), true)),
            Bound::Unbounded => None,
        };
        // Of two ends at one key the one without that key comes first; no end comes last.
        let ends = |range: &Self| match &range.end {
            Bound::Excluded(key) => (false, Some((key.clone(), false))),
            Bound::Included(key) => (false, Some((key.clone(), true))),
            Bound::Unbounded => (true, None),
        };
        let start = if starts(&self) >= starts(&other) { self.start.clone() } else { other.start.clone() };
        let end = if ends(&self) <= ends(&other) { self.end } else { other.end };
        Self { start, end }
    }

    /// Where the range begins; nothing when it has no beginning.
    pub(crate) fn first_key(&self) -> &[u8] {
        match &self.start {
            Bound::Included(key) | Bound::Excluded(key) => key,
            Bound::Unbounded => &[],
        }
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
