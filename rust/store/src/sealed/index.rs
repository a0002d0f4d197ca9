//! The levels above the data blocks: which block holds a key, and what its bytes must be.
//!
//! Index blocks are written as they fill, between the data blocks, so a section in the making holds one open block for
//! each level and no more.

use super::BLOCK_BYTES;
use super::build::FileBuilder;
use super::children::ChildrenBuilder;
use crate::StoreError;
use crate::coding::{take_u32, take_u64};

/// The most levels of index blocks; more than any file can need, since every index block has several children.
pub(super) const LEVELS_MAX: usize = 24;
/// The fewest children of an index block that is not the last of its level, however long their fences.
const CHILDREN_MIN: usize = 8;

/// Where a block lies and what its bytes must be: checksums live in the parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pointer {
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) checksum: u64,
}

impl Pointer {
    pub(super) const BYTES: usize = 20;

    pub(super) fn end(&self) -> u64 {
        self.offset.saturating_add(u64::from(self.length))
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        [&self.offset.to_le_bytes()[..], &self.length.to_le_bytes(), &self.checksum.to_le_bytes()].concat()
    }

    pub(super) fn decode(from: &mut &[u8]) -> Option<Self> {
        Some(Self { offset: take_u64(from)?, length: take_u32(from)?, checksum: take_u64(from)? })
    }
}

/// The index of a section in the making.
#[derive(Default)]
pub(super) struct IndexBuilder {
    /// The open block of each level, the one above the data blocks first.
    levels: Vec<ChildrenBuilder>,
}

impl IndexBuilder {
    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// Adds a data block behind all others; its `fence` is above every key of those, and above none of its own.
    pub(super) fn push(&mut self, file: &mut FileBuilder, fence: &[u8], pointer: &Pointer) -> Result<(), StoreError> {
        self.push_at(0, file, fence, pointer)
    }

    fn push_at(
        &mut self,
        height: usize,
        file: &mut FileBuilder,
        fence: &[u8],
        pointer: &Pointer,
    ) -> Result<(), StoreError> {
        if self.levels.get(height).is_some_and(|level| is_full_for(level, fence)) {
            self.close(height, file)?;
        }
        if self.levels.len() <= height {
            self.levels.push(ChildrenBuilder::default());
        }
        if let Some(level) = self.levels.get_mut(height) {
            level.push(fence, pointer);
        }
        Ok(())
    }

    /// Writes the open block of a level and makes it a child of the one above.
    fn close(&mut self, height: usize, file: &mut FileBuilder) -> Result<(), StoreError> {
        let Some(level) = self.levels.get_mut(height) else { return Ok(()) };
        let (fence, pointer) = write(level, file)?;
        self.push_at(height + 1, file, &fence, &pointer)
    }

    /// Writes what is open, and returns the root and how many levels of index blocks there are; none where no data
    /// block was pushed.
    pub(super) fn finish(mut self, file: &mut FileBuilder) -> Result<Option<(Pointer, u8)>, StoreError> {
        let mut height = 0;
        while height + 1 < self.levels.len() {
            self.close(height, file)?;
            height += 1;
        }
        let Some(top) = self.levels.last_mut() else { return Ok(None) };
        let (_, root) = write(top, file)?;
        Ok(Some((root, self.levels.len() as u8)))
    }
}

fn is_full_for(open: &ChildrenBuilder, fence: &[u8]) -> bool {
    open.count() >= CHILDREN_MIN && open.size_with(fence) > BLOCK_BYTES
}

/// Writes an open block, and returns its fence, which is that of its first child, and where it is.
fn write(open: &mut ChildrenBuilder, file: &mut FileBuilder) -> Result<(Vec<u8>, Pointer), StoreError> {
    let (mut block, fence) = open.end();
    Ok((fence, file.append(block.end())?))
}
