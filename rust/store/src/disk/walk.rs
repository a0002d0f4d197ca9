//! Walking through the layers of a tree in one partition, in either direction: of every key the newest version.

use std::iter::Peekable;
use std::ops::{Bound, ControlFlow};

use super::layers::{Layers, Version};
use crate::partition::first_key;
use crate::sealed::Cursor;
use crate::tree;
use crate::{Bytes, Direction, HashRange, KeyRange, StoreError};

/// Where entries come from.
enum Source<'l> {
    Map(Peekable<tree::Range<'l, Version>>),
    Section(Cursor),
}

/// The key that a source is on, and whether what it has of it is in memory.
impl Source<'_> {
    fn key(&mut self) -> Option<&[u8]> {
        match self {
            Self::Map(range) => range.peek().map(|(key, _)| *key),
            Self::Section(cursor) => cursor.entry().map(|(key, _)| key),
        }
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Map(range) => {
                range.next();
                Ok(())
            }
            Self::Section(cursor) => cursor.advance(),
        }
    }
}

/// Is shown a key and what is known of it.
pub(crate) type Visit<'v> = dyn FnMut(&[u8], Met<'_>) -> Result<ControlFlow<()>, StoreError> + 'v;

/// What a walk tells of a key.
pub(crate) enum Met<'m> {
    /// Its value is in memory, or it was deleted there.
    Version(&'m Version),
    /// Its value is sealed, or it was deleted there.
    Sealed(Option<&'m [u8]>),
}

/// The part of a range that lies in a partition. Sections may reach further since a split.
pub(crate) struct Clipped<'r> {
    range: KeyRange<'r>,
    start: [u8; 8],
    end: Option<[u8; 8]>,
}

impl<'r> Clipped<'r> {
    pub(crate) fn new(range: KeyRange<'r>, hashes: HashRange) -> Self {
        Self { range, start: hashes.start.to_be_bytes(), end: hashes.end.checked_add(1).map(u64::to_be_bytes) }
    }

    pub(crate) fn range(&self) -> KeyRange<'_> {
        let (first, behind) = (first_key(&self.start), self.end.as_ref().map(|end| first_key(end)));
        let start = match self.range.start {
            Bound::Included(key) | Bound::Excluded(key) if key >= first => self.range.start,
            _ => Bound::Included(first),
        };
        let end = match (self.range.end, behind) {
            (end, None) => end,
            (Bound::Included(key), Some(behind)) if key < behind => self.range.end,
            (Bound::Excluded(key), Some(behind)) if key <= behind => self.range.end,
            (_, Some(behind)) => Bound::Excluded(behind),
        };
        KeyRange { start, end }
    }
}

/// Shows every key within a range, and the newest that is known of it, until `visit` breaks.
pub(crate) fn walk(
    layers: &Layers,
    range: KeyRange<'_>,
    direction: Direction,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, StoreError> {
    let mut sources = sources(layers, range, direction)?;
    let mut flow = ControlFlow::Continue(());
    while flow.is_continue()
        && let Some(newest) = first(&mut sources, direction)
    {
        flow = show(layers, &mut sources, newest, visit)?;
        pass(&mut sources, newest)?;
    }
    Ok(flow)
}

/// What there is in a range, newest first.
fn sources<'l>(layers: &'l Layers, range: KeyRange<'l>, direction: Direction) -> Result<Vec<Source<'l>>, StoreError> {
    let mut sources = vec![Source::Map(layers.active.range(range, direction).peekable())];
    if let Some(frozen) = &layers.frozen {
        sources.push(Source::Map(frozen.map.range(range, direction).peekable()));
    }
    for section in layers.sections.iter() {
        if section.may_hold(&range)? {
            sources.push(Source::Section(section.cursor(range, direction)?));
        }
    }
    Ok(sources)
}

/// The newest of the sources whose key comes first.
fn first(sources: &mut [Source<'_>], direction: Direction) -> Option<usize> {
    let mut best: Option<(usize, &[u8])> = None;
    for (index, source) in sources.iter_mut().enumerate() {
        let Some(key) = source.key() else { continue };
        let comes_before = match (&best, direction) {
            (None, _) => true,
            (Some((_, best)), Direction::Forward) => key < *best,
            (Some((_, best)), Direction::Backward) => key > *best,
        };
        if comes_before {
            best = Some((index, key));
        }
    }
    best.map(|(index, _)| index)
}

fn show(
    layers: &Layers,
    sources: &mut [Source<'_>],
    newest: usize,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, StoreError> {
    let entry = match sources.get_mut(newest) {
        Some(Source::Map(range)) => range.peek().map(|(key, version)| (*key, Met::Version(version))),
        Some(Source::Section(cursor)) => cursor.entry().map(|(key, value)| (key, Met::Sealed(value))),
        None => None,
    };
    match entry {
        Some((key, met)) if !layers.is_trimmed(key) => visit(key, met),
        _ => Ok(ControlFlow::Continue(())),
    }
}

/// Moves every source on that is on the key of the newest.
fn pass(sources: &mut [Source<'_>], newest: usize) -> Result<(), StoreError> {
    let Some((first, older)) =
        sources.split_at_mut_checked(newest + 1).and_then(|(newer, older)| Some((newer.last_mut()?, older)))
    else {
        return Ok(());
    };
    if let Some(key) = first.key() {
        for source in older {
            if source.key() == Some(key) {
                source.advance()?;
            }
        }
    }
    first.advance()
}

/// Shows the values within a range; `settle` is told of every commit that this shows something of.
pub(crate) fn visit_values(
    layers: &Layers,
    range: KeyRange<'_>,
    direction: Direction,
    settle: &dyn Fn(u64) -> Result<(), StoreError>,
    visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    walk(layers, range, direction, &mut |key, met| match met {
        Met::Version(version) => {
            settle(version.commit)?;
            Ok(version.value.as_ref().map_or(ControlFlow::Continue(()), |value| visit(key, value)))
        }
        Met::Sealed(Some(value)) => Ok(visit(key, &Bytes::from(value))),
        Met::Sealed(None) => Ok(ControlFlow::Continue(())),
    })
}
