//! A place in a section that moves entry by entry, in either direction, up to the end of a range.
//!
//! A cursor holds the blocks on the path to its entry and a copy of the bound that it moves towards, and borrows from
//! nobody. Moving within a block compares no keys: which entries of a block are in the range is found out once.

use super::children::Children;
use super::index::Pointer;
use super::records::{Block, Records};
use super::section::{Section, is_from, is_until};
use crate::{Direction, KeyRange, StoreError};
use std::fmt;
use std::ops::{Bound, Range};
use std::sync::Arc;

/// A place in a section.
pub struct Cursor {
    section: Arc<Section>,
    direction: Direction,
    /// The bound that it moves towards.
    far: Bound<Vec<u8>>,
    /// The index blocks above the data block, from the root on.
    path: Vec<Step>,
    /// None at the end.
    leaf: Option<Leaf>,
}

/// An index block, and which of its children was taken.
struct Step {
    pointer: Pointer,
    block: Block,
    at: usize,
}

/// A data block, and which of its entries are within the range and still to come.
struct Leaf {
    pointer: Pointer,
    block: Block,
    within: Range<usize>,
    /// Whether the range ends within this block.
    is_last: bool,
    /// Where the key of the entry lies that the cursor is on, and its value.
    key: Range<usize>,
    value: Option<Range<usize>>,
}

impl Cursor {
    pub(super) fn new(section: &Arc<Section>, range: KeyRange<'_>, direction: Direction) -> Result<Self, StoreError> {
        let (near, far) = match direction {
            Direction::Forward => (range.start, range.end),
            Direction::Backward => (range.end, range.start),
        };
        let far = far.map(<[u8]>::to_vec);
        let mut cursor = Self { section: Arc::clone(section), direction, far, path: Vec::new(), leaf: None };
        if section.overlaps(&range) {
            cursor.path.reserve_exact(usize::from(section.info().levels));
            cursor.descend(section.info().root, near)?;
            cursor.settle()?;
        }
        Ok(cursor)
    }

    /// The entry that it is on: its key, and its value or that it is deleted; none at the end of the range.
    #[must_use]
    pub fn entry(&self) -> Option<(&[u8], Option<&[u8]>)> {
        let leaf = self.leaf.as_ref()?;
        let key = leaf.block.get(leaf.key.clone())?;
        match &leaf.value {
            Some(value) => Some((key, Some(leaf.block.get(value.clone())?))),
            None => Some((key, None)),
        }
    }

    /// Moves to the next entry. After an error it is at the end.
    ///
    /// # Errors
    /// `Damaged` and `Io`.
    pub fn advance(&mut self) -> Result<(), StoreError> {
        let Some(leaf) = &mut self.leaf else { return Ok(()) };
        match self.direction {
            Direction::Forward => leaf.within.start += 1,
            Direction::Backward => leaf.within.end -= 1,
        }
        let settled = self.settle();
        if settled.is_err() {
            self.leaf = None;
        }
        settled
    }

    /// Goes on to the nearest data block with an entry within the range, this one if it has any, and looks at it.
    fn settle(&mut self) -> Result<(), StoreError> {
        while let Some(leaf) = &mut self.leaf {
            if !leaf.within.is_empty() {
                let looked = leaf.look(self.direction);
                return looked.ok_or_else(|| self.section.malformed(&leaf.pointer));
            }
            if leaf.is_last {
                self.leaf = None;
            } else {
                self.next_leaf()?;
            }
        }
        Ok(())
    }

    fn next_leaf(&mut self) -> Result<(), StoreError> {
        self.leaf = None;
        while let Some(mut step) = self.path.pop() {
            let Some(pointer) = self.sibling(&mut step)? else { continue };
            self.path.push(step);
            return self.descend(pointer, Bound::Unbounded);
        }
        Ok(())
    }

    /// Takes the next child of an index block; none where there is no more.
    fn sibling(&self, step: &mut Step) -> Result<Option<Pointer>, StoreError> {
        let malformed = || self.section.malformed(&step.pointer);
        let children = Children::of(&step.block).ok_or_else(malformed)?;
        let next = match self.direction {
            Direction::Forward => Some(step.at + 1).filter(|at| *at < children.count()),
            Direction::Backward => step.at.checked_sub(1),
        };
        let Some(at) = next else { return Ok(None) };
        let pointer = children.pointer(at).ok_or_else(malformed)?;
        step.at = at;
        Ok(Some(pointer))
    }

    /// Comes down to a data block at the bound `near`, or, without one, at the side that the cursor comes from.
    fn descend(&mut self, mut pointer: Pointer, near: Bound<&[u8]>) -> Result<(), StoreError> {
        while self.path.len() < usize::from(self.section.info().levels) {
            let block = self.section.index_block(&pointer)?;
            let (at, child) = self.choose(&block, near).ok_or_else(|| self.section.malformed(&pointer))?;
            self.path.push(Step { pointer, block, at });
            pointer = child;
        }
        let block = self.section.data_block(&pointer)?;
        let leaf = self.leaf(&block, near).ok_or_else(|| self.section.malformed(&pointer))?;
        let (within, is_last) = leaf;
        self.leaf = Some(Leaf { pointer, block, within, is_last, key: 0..0, value: None });
        Ok(())
    }

    fn choose(&self, block: &[u8], near: Bound<&[u8]>) -> Option<(usize, Pointer)> {
        let children = Children::of(block)?;
        let at = match (near, self.direction) {
            (Bound::Included(key) | Bound::Excluded(key), _) => children.of_key(key)?,
            (Bound::Unbounded, Direction::Forward) => 0,
            (Bound::Unbounded, Direction::Backward) => children.count() - 1,
        };
        Some((at, children.pointer(at)?))
    }

    /// Which entries of a data block are within the range, and whether the range ends with them.
    fn leaf(&self, block: &[u8], near: Bound<&[u8]>) -> Option<(Range<usize>, bool)> {
        let records = Records::of(block)?;
        let far = self.far.as_ref().map(Vec::as_slice);
        let before = |start| records.entries_where(|key| !is_from(start, key));
        let until = |end| records.entries_where(|key| is_until(end, key));
        match self.direction {
            Direction::Forward => {
                let start = if near == Bound::Unbounded { 0 } else { before(near)? };
                let goes_on = is_until(far, records.entry(records.count() - 1)?.key);
                Some((start..if goes_on { records.count() } else { until(far)? }, !goes_on))
            }
            Direction::Backward => {
                let end = if near == Bound::Unbounded { records.count() } else { until(near)? };
                let goes_on = is_from(far, records.entry(0)?.key);
                Some((if goes_on { 0 } else { before(far)? }..end, !goes_on))
            }
        }
    }
}

impl Leaf {
    /// Notes where the nearest entry within the range lies.
    fn look(&mut self, direction: Direction) -> Option<()> {
        let at = match direction {
            Direction::Forward => self.within.start,
            Direction::Backward => self.within.end.checked_sub(1)?,
        };
        (self.key, self.value) = Records::of(&self.block)?.places(at)?;
        Some(())
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cursor").field("direction", &self.direction).field("entry", &self.entry()).finish()
    }
}
