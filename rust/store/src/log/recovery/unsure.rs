//! The last records of a log, which nothing behind them shows to be durable.

use std::collections::VecDeque;
use std::ops::Range;

use crate::StoreError;
use crate::io;
use crate::log::record::Header;
use crate::log::segment::{self, Segment};

/// A record, and where it stands.
struct Place {
    sequence: u64,
    segment: u64,
    bytes: Range<u64>,
}

/// Records that were read, and may have been shown without being on the disk.
#[derive(Default)]
pub(super) struct Unsure(VecDeque<Place>);

impl Unsure {
    /// Notes a record, which tells of those before it up to which one they were durable.
    pub(super) fn note(&mut self, header: Header, segment: u64, bytes: Range<u64>) {
        while self.0.pop_front_if(|place| place.sequence <= header.synced).is_some() {}
        self.0.push_back(Place { sequence: header.sequence, segment, bytes });
    }

    /// Writes them once more, where they stand already.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn write_again(self, segments: &[Segment]) -> Result<(), StoreError> {
        for segment in segments {
            let mut places = self.0.iter().filter(|place| place.segment == segment.number);
            let Some(first) = places.next() else { continue };
            let end = places.next_back().unwrap_or(first).bytes.end;
            let written = io::write_again(&*segment.file, first.bytes.start, end);
            written.map_err(|error| StoreError::io("write", &segment::name(segment.number), &error))?;
        }
        Ok(())
    }
}
