//! An index block: its children, and the heads of their fences side by side, so that a search rarely reads a fence.
//!
//! The first record of the block has the heads and what all fences begin with; each other record is a child. A head is
//! eight bytes of a fence behind what all of them begin with, padded with zeros; the order of heads never contradicts
//! that of fences.

use super::index::Pointer;
use super::records::{Records, RecordsBuilder, partition_point};
use crate::key_hash;

const HEAD_BYTES: usize = 8;
/// Bytes that a child has besides its fence: its pointer, its head, and where it begins.
const CHILD_BYTES: usize = Pointer::BYTES + HEAD_BYTES + 4;

/// The children of an index block.
#[derive(Clone, Copy)]
pub(super) struct Children<'b> {
    records: Records<'b>,
    heads: &'b [[u8; HEAD_BYTES]],
    /// What all fences begin with.
    shared: &'b [u8],
}

impl<'b> Children<'b> {
    /// The children of these bytes; none of a block that has not what it says, or no child.
    pub(super) fn of(block: &'b [u8]) -> Option<Self> {
        let records = Records::of(block)?;
        let count = records.count().checked_sub(1).filter(|count| *count > 0)?;
        let (heads, shared) = records.record(0)?.split_at_checked(count * HEAD_BYTES)?;
        Some(Self { records, heads: heads.as_chunks().0, shared })
    }

    pub(super) fn count(self) -> usize {
        self.heads.len()
    }

    pub(super) fn pointer(self, index: usize) -> Option<Pointer> {
        Pointer::decode(&mut self.records.record(index + 1)?)
    }

    /// The child in which a key lies if it is there at all: the last one whose fence is not above it, or the first.
    pub(super) fn of_key(self, key: &[u8]) -> Option<usize> {
        let Some(rest) = key.strip_prefix(self.shared) else {
            return Some(if key < self.shared { 0 } else { self.count() - 1 });
        };
        let head = key_hash(rest);
        let below = partition_point(self.count(), |index| {
            let other = self.head(index)?;
            Some(other < head || other == head && self.rest(index)? <= rest)
        })?;
        Some(below.saturating_sub(1))
    }

    /// The whole fence of a child: at most every key of it, and above every key of the one before. None also where its
    /// head is another's.
    pub(super) fn fence(self, index: usize) -> Option<Vec<u8>> {
        let rest = self.rest(index)?;
        (self.head(index)? == key_hash(rest)).then(|| [self.shared, rest].concat())
    }

    fn head(self, index: usize) -> Option<u64> {
        self.heads.get(index).map(|head| u64::from_le_bytes(*head))
    }

    /// The fence of a child behind what all of them begin with.
    fn rest(self, index: usize) -> Option<&'b [u8]> {
        self.records.record(index + 1)?.get(Pointer::BYTES..)
    }
}

/// An index block in the making.
#[derive(Default)]
pub(super) struct ChildrenBuilder {
    children: Vec<(Pointer, Vec<u8>)>,
    fence_bytes: usize,
    /// How many bytes all fences begin with.
    shared: usize,
}

impl ChildrenBuilder {
    pub(super) fn count(&self) -> usize {
        self.children.len()
    }

    /// The size of the block if it were ended with one more child.
    pub(super) fn size_with(&self, fence: &[u8]) -> usize {
        let (count, shared) = (self.count() + 1, self.shared_with(fence));
        8 + count * CHILD_BYTES + self.fence_bytes + fence.len() - count * shared + shared
    }

    fn shared_with(&self, fence: &[u8]) -> usize {
        let Some((_, first)) = self.children.first() else { return fence.len() };
        let most = first.get(..self.shared).unwrap_or_default();
        most.iter().zip(fence).take_while(|(a, b)| a == b).count()
    }

    /// Adds a child behind all others.
    pub(super) fn push(&mut self, fence: &[u8], pointer: &Pointer) {
        self.shared = self.shared_with(fence);
        self.fence_bytes += fence.len();
        self.children.push((*pointer, fence.to_vec()));
    }

    /// Gives the block, and the fence of its first child, and begins anew.
    pub(super) fn end(&mut self) -> (RecordsBuilder, Vec<u8>) {
        let Self { mut children, shared, .. } = std::mem::take(self);
        let mut block = RecordsBuilder::default();
        let mut search = Vec::new();
        for (_, fence) in &children {
            search.extend_from_slice(&key_hash(fence.get(shared..).unwrap_or_default()).to_le_bytes());
        }
        search.extend_from_slice(children.first().and_then(|(_, fence)| fence.get(..shared)).unwrap_or_default());
        block.push(&[&search]);
        for (pointer, fence) in &children {
            block.push(&[&pointer.encoded(), fence.get(shared..).unwrap_or_default()]);
        }
        (block, children.first_mut().map(|(_, fence)| std::mem::take(fence)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pointer(number: usize) -> Pointer {
        Pointer { offset: number as u64, length: 1, checksum: 2 }
    }

    fn any_fence() -> impl Strategy<Value = Vec<u8>> {
        let digits = |digits: Vec<u8>, most| prop::collection::vec(prop::sample::select(digits), 0..most);
        (any::<bool>(), digits(vec![0, 1], 12), digits(vec![0, 1, 255], 4))
            .prop_map(|(long, begin, end)| [vec![7; if long { 30 } else { 28 }], begin, end].concat())
    }

    proptest! {
        #[test]
        fn a_key_is_sought_behind_the_last_fence_that_is_not_above_it(
            fences in prop::collection::btree_set(any_fence(), 1..40),
            skip in 0_usize..29,
            keys in prop::collection::vec(any_fence(), 20),
        ) {
            let fences: Vec<&[u8]> = fences.iter().map(|fence| &fence[skip..]).collect();
            let mut builder = ChildrenBuilder::default();
            let mut size = 0;
            for (index, fence) in fences.iter().enumerate() {
                size = builder.size_with(fence);
                builder.push(fence, &pointer(index));
            }
            let (mut block, first) = builder.end();
            prop_assert_eq!(&first, fences[0]);
            let bytes = block.end();
            prop_assert_eq!(bytes.len(), size);
            let children = Children::of(bytes).unwrap();
            prop_assert_eq!(children.count(), fences.len());
            for (index, fence) in fences.iter().enumerate() {
                prop_assert_eq!(children.fence(index).unwrap(), *fence);
                prop_assert_eq!(children.pointer(index).unwrap(), pointer(index));
            }
            let keys = keys.iter().map(|key| &key[skip..]).chain(keys.iter().map(|key| &key[..])).chain(fences.clone());
            for key in keys.chain([b"".as_slice(), &[255; 40]]) {
                let expected = fences.partition_point(|fence| *fence <= key).saturating_sub(1);
                prop_assert_eq!(children.of_key(key), Some(expected));
            }
        }
    }
}
