//! Recovery: reading what the log holds behind a checkpoint, and finding where it ends.

mod unsure;

use std::sync::Arc;

use super::Position;
use super::record::{Expected, HEADER, Header, Reader};
use super::segment::{self, Segment};
use crate::StoreError;
use crate::io::{Folder, write_all_at};
use unsure::Unsure;

/// What a recovery needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) store: u64,
    /// Where the first record is, if there is one.
    pub(crate) position: Position,
    /// Its number, and the earliest epoch that it may have.
    pub(crate) expected: Expected,
    /// Whether it is known that there is none.
    pub(crate) is_end: bool,
}

/// What a recovery has found.
pub(crate) struct Recovered {
    /// The last record, or the one before the first.
    pub(crate) last: u64,
    /// Where the next recovery begins, as long as nothing more is sealed.
    pub(crate) start: Position,
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

/// Shows every record to `visit`, in order, and finds the end; `visit` returns nothing for a record that makes no sense.
/// What was read is durable when this returns: it may have been in memory only. The caller has synced the folder.
///
/// # Errors
/// `Damaged` where a record is not whole that was durable once, or a segment is missing, or a record makes no sense.
pub(crate) fn recover(
    folder: &dyn Folder,
    start: Start,
    mut visit: impl FnMut(Header, &[u8]) -> Option<()>,
) -> Result<Recovered, StoreError> {
    let numbers = numbers(folder)?;
    let open = |number: &u64| Segment::open(folder, start.store, *number);
    let mut expected = start.expected;
    let mut segments = vec![open(&start.position.segment)?];
    let mut unsure = Unsure::default();
    let mut offset = start.position.offset;
    while let Some(current) = segments.last().filter(|_| !start.is_end) {
        let behind = current.number + 1;
        offset = read_all(current, offset, &mut expected, &mut unsure, &mut visit)?;
        let Some(next) = numbers.contains(&behind).then(|| open(&behind)).transpose()? else { break };
        if find_later(current, offset, expected)?.is_some() || !begins_with(&next, expected)? {
            break;
        }
        segments.push(next);
        offset = 0;
    }
    let last = segments.last().map_or(0, |segment| segment.number);
    let later = numbers.iter().filter(|number| **number > last).map(open).collect::<Result<Vec<_>, _>>()?;
    if later.first().is_some_and(|segment| segment.number > last + 1) {
        // They are made one after the other, and removed from the last on.
        return Err(StoreError::Damaged { file: segment::name(last + 1), offset: 0, what: "it is missing" });
    }
    if !start.is_end {
        check_end(&segments, offset, &later, expected)?;
    }
    unsure.write_again(&segments)?;
    let next = settle_end(&segments, offset, later, folder)?;
    let free = numbers.iter().filter(|number| **number < start.position.segment).map(open);
    let free = free.collect::<Result<Vec<_>, _>>()?;
    Ok(Recovered { last: expected.sequence - 1, start: start.position, segments, offset, next, free })
}

/// Begins a log anew where there is none and none is needed.
///
/// # Errors
/// `Io`.
pub(crate) fn begin(folder: &dyn Folder, start: Start, segment_bytes: u64) -> Result<Recovered, StoreError> {
    for number in numbers(folder)? {
        let name = segment::name(number);
        folder.remove(&name).map_err(|error| StoreError::io("remove", &name, &error))?;
    }
    let position = Position { segment: start.position.segment + 1, offset: 0 };
    let segment = Segment::create(folder, start.store, position.segment, segment_bytes)?;
    let (segments, free) = (vec![segment], Vec::new());
    Ok(Recovered { last: start.expected.sequence - 1, start: position, segments, offset: 0, next: None, free })
}

/// Shows the records of a segment; returns where they end.
fn read_all(
    segment: &Segment,
    offset: u64,
    expected: &mut Expected,
    unsure: &mut Unsure,
    visit: &mut impl FnMut(Header, &[u8]) -> Option<()>,
) -> Result<u64, StoreError> {
    let mut reader = reader(segment, offset);
    loop {
        let offset = reader.offset();
        let Some((header, payload)) = reader.next(*expected)? else { return Ok(offset) };
        if visit(header, payload).is_none() {
            let file = segment::name(segment.number);
            return Err(StoreError::Damaged { file, offset, what: "a record cannot be carried out" });
        }
        *expected = Expected { sequence: header.sequence + 1, epoch: header.epoch };
        unsure.note(header, segment.number, offset..reader.offset());
    }
}

fn reader(segment: &Segment, offset: u64) -> Reader {
    Reader::new(Arc::clone(&segment.file), segment::name(segment.number), segment.seed, offset)
}

fn begins_with(segment: &Segment, expected: Expected) -> Result<bool, StoreError> {
    Ok(reader(segment, 0).next(expected)?.is_some())
}

fn find_later(segment: &Segment, offset: u64, expected: Expected) -> Result<Option<u64>, StoreError> {
    reader(segment, offset).find_later(expected)
}

/// Makes sure that nothing behind the end, in no segment, shows that the record there was durable once.
fn check_end(segments: &[Segment], offset: u64, later: &[Segment], expected: Expected) -> Result<(), StoreError> {
    let Some(last) = segments.last() else { return Ok(()) };
    let damaged = |number, offset| {
        Err(StoreError::Damaged {
            file: segment::name(number),
            offset,
            what: "a record is not whole, and later ones are",
        })
    };
    if find_later(last, offset, expected)?.is_some() {
        return damaged(last.number, offset);
    }
    for segment in later {
        match find_later(segment, 0, expected)? {
            None => {}
            // What is in front of it there is what should have come next.
            Some(1..) if segment.number == last.number + 1 => return damaged(segment.number, 0),
            Some(_) => return damaged(last.number, offset),
        }
    }
    Ok(())
}

/// Makes durable what was read, and makes sure that what a crash has left behind the end stays no record: of a torn one,
/// the beginning is erased, since the end of another of the same bytes might make it whole. Returns the segment that goes
/// on, and removes those behind it.
fn settle_end(
    segments: &[Segment],
    offset: u64,
    mut later: Vec<Segment>,
    folder: &dyn Folder,
) -> Result<Option<Segment>, StoreError> {
    while let Some(needless) =
        later.pop_if(|segment| segments.last().is_none_or(|last| segment.number > last.number + 1))
    {
        let name = segment::name(needless.number);
        // One after the other, so that a crash leaves no gap.
        let removed = folder.remove(&name).and_then(|()| folder.sync());
        removed.map_err(|error| StoreError::io("remove", &name, &error))?;
    }
    let next = later.pop();
    if let Some(last) = segments.last() {
        erase_header(last, offset)?;
    }
    next.iter().try_for_each(|next| erase_header(next, 0))?;
    for segment in segments.iter().chain(&next) {
        let name = segment::name(segment.number);
        segment.file.sync().map_err(|error| StoreError::io("sync", &name, &error))?;
    }
    Ok(next)
}

/// Writes zeros where the header of a record would be. Something may be there even where nothing is seen: after a sync
/// that failed, the disk may have what the system has forgotten.
fn erase_header(segment: &Segment, offset: u64) -> Result<(), StoreError> {
    let written = write_all_at(&*segment.file, &[0; HEADER], offset);
    written.map_err(|error| StoreError::io("write", &segment::name(segment.number), &error))
}
