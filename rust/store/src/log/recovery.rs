//! Recovery: reading what the log holds behind a checkpoint, and finding where it ends.

use std::sync::Arc;

use super::record::{Expected, Header, Reader};
use super::segment::{self, Segment};
use super::{Position, SEGMENT_BYTES_MAX};
use crate::StoreError;
use crate::io::Folder;

/// What a recovery needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) store: u64,
    /// Where the first record is, if there is one.
    pub(crate) position: Position,
    /// Its number, and the earliest epoch that it may have.
    pub(crate) expected: Expected,
}

/// What a recovery has found.
pub(crate) struct Recovered {
    /// The last record, or the one before the first.
    pub(crate) last: u64,
    /// The segments with records, the last of them current.
    pub(crate) segments: Vec<Segment>,
    /// Where in the last segment the next record goes.
    pub(crate) offset: u64,
    /// The segment behind, if there is one.
    pub(crate) next: Option<Segment>,
    /// Segments without anything that is needed.
    pub(crate) free: Vec<Segment>,
}

/// The numbers of all segments in a folder, ascending.
pub(crate) fn numbers(folder: &dyn Folder) -> Result<Vec<u64>, StoreError> {
    let names = folder.list().map_err(|error| StoreError::io("list", ".", &error))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Shows every record to `visit`, in order, and finds the end. What was read is durable when this returns: it may have
/// been in memory only.
///
/// # Errors
/// `Damaged` where a record is not whole that was durable once, or a segment is missing; those of `visit`.
pub(crate) fn recover(
    folder: &dyn Folder,
    start: Start,
    mut visit: impl FnMut(Header, &[u8]) -> Result<(), StoreError>,
) -> Result<Recovered, StoreError> {
    let numbers = numbers(folder)?;
    let mut expected = start.expected;
    let mut segments = vec![Segment::open(folder, start.store, start.position.segment)?];
    let mut offset = start.position.offset;
    while let Some(current) = segments.last() {
        let number = current.number;
        let mut reader = reader(current, offset);
        read_all(&mut reader, &mut expected, &mut visit)?;
        offset = reader.offset();
        let mut missed = reader.is_expected_missed(expected)?;
        if let Some(next) = (!missed).then(|| number.checked_add(1)).flatten().filter(|next| numbers.contains(next)) {
            let next = Segment::open(folder, start.store, next)?;
            let mut next_reader = self::reader(&next, 0);
            if next_reader.next(expected)?.is_some() {
                segments.push(next);
                offset = 0;
                continue;
            }
            missed = next_reader.is_expected_missed(expected)?;
        }
        if missed {
            let file = reader.name().to_owned();
            return Err(StoreError::Damaged { file, offset, what: "a record is not whole, and later ones are" });
        }
        break;
    }
    for segment in &segments {
        let name = segment::name(segment.number);
        segment.file.sync().map_err(|error| StoreError::io("sync", &name, &error))?;
    }
    let last = segments.last().map_or(0, |segment| segment.number);
    let open = |number: &u64| Segment::open(folder, start.store, *number);
    let next = numbers.iter().find(|number| **number == last + 1).map(open).transpose()?;
    for number in numbers.iter().filter(|number| **number > last + 1) {
        let name = segment::name(*number);
        folder.remove(&name).map_err(|error| StoreError::io("remove", &name, &error))?;
    }
    let free = numbers.iter().filter(|number| **number < start.position.segment).map(open);
    let free = free.collect::<Result<Vec<_>, _>>()?;
    Ok(Recovered { last: expected.sequence - 1, segments, offset, next, free })
}

fn reader(segment: &Segment, offset: u64) -> Reader {
    Reader::new(Arc::clone(&segment.file), segment::name(segment.number), segment.seed, offset)
}

fn read_all(
    reader: &mut Reader,
    expected: &mut Expected,
    visit: &mut impl FnMut(Header, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    while let Some((header, payload)) = reader.next(*expected)? {
        visit(header, payload)?;
        *expected = Expected { sequence: header.sequence + 1, epoch: header.epoch };
    }
    Ok(())
}

/// Whether a segment that is not needed is worth keeping.
pub(crate) fn is_worth_keeping(segment: &Segment) -> bool {
    segment.size >= SEGMENT_BYTES_MAX
}
