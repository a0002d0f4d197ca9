//! Reading a shard: where its records begin, end and reach a time, and a page of them.
//!
//! A record can be read as soon as it is committed, and no record appears before one that could be read. Records of a day
//! ago count as gone by the clock, whether they have been deleted already or not.

use std::ops::{Bound, ControlFlow};

use statordb_store::{Bytes, Direction, KeyRange, Store};

use super::record::created_ms;
use super::{Position, SequenceNumber, Shard, Stream, StreamRecord, horizon, record_key};
use crate::error::{Error, Result};
use crate::limits::GET_RECORDS_BYTES_MAX;

/// A page of records.
#[derive(Debug, Default)]
pub(crate) struct RecordPage {
    pub(crate) records: Vec<StreamRecord>,
    /// Where to go on; nowhere when the shard has ended and all of it has been read.
    pub(crate) next: Option<Position>,
}

fn unreadable() -> Error {
    Error::internal("a stream record cannot be read")
}

/// The number in a record's key.
fn number_of(key: &[u8]) -> Option<SequenceNumber> {
    key.last_chunk().map(|word| SequenceNumber(u64::from_be_bytes(*word)))
}

impl Stream {
    /// Shows the records of a shard from a number on, until `visit` breaks.
    fn visit(
        &self,
        store: &dyn Store,
        shard: &Shard,
        from: SequenceNumber,
        direction: Direction,
        visit: &mut dyn FnMut(SequenceNumber, &Bytes) -> ControlFlow<()>,
    ) -> Result<()> {
        let key = |number| record_key(shard.range.start, shard.number(), number);
        let (low, high) = (key(from), key(SequenceNumber(u64::MAX)));
        let range = KeyRange { start: Bound::Included(&low), end: Bound::Included(&high) };
        let mut each = |key: &[u8], bytes: &Bytes| number_of(key).map_or(ControlFlow::Break(()), |at| visit(at, bytes));
        store.range(self.facts.tree, range, direction, &mut each).map_err(|error| self.store_error(error))
    }

    /// The number and the time of the first record from a number on.
    fn first(&self, store: &dyn Store, shard: &Shard, from: SequenceNumber) -> Result<Option<(SequenceNumber, u64)>> {
        let mut found = None;
        self.visit(store, shard, from, Direction::Forward, &mut |number, bytes| {
            found = Some((number, created_ms(bytes)));
            ControlFlow::Break(())
        })?;
        found.map(|(number, created)| Ok((number, created.ok_or_else(unreadable)?))).transpose()
    }

    /// The number behind the last record that can be read now.
    pub(crate) fn latest(&self, store: &dyn Store, shard: &Shard) -> Result<SequenceNumber> {
        let mut last = shard.floor();
        self.visit(store, shard, shard.start, Direction::Backward, &mut |number, _| {
            last = number;
            ControlFlow::Break(())
        })?;
        Ok(last.next())
    }

    /// The number of the first record that was made at `time_ms` or later; behind the last one if none was. Times ascend
    /// with numbers, so it is found by halving.
    pub(crate) fn at_time(&self, store: &dyn Store, shard: &Shard, time_ms: u64) -> Result<SequenceNumber> {
        match self.first(store, shard, shard.start)? {
            None => return Ok(shard.floor().next()),
            Some((number, created)) if created >= time_ms => return Ok(number),
            Some(_) => {}
        }
        // Every record below `low` is too early, none from `high` on is, or there is none.
        let (mut low, mut high) = (shard.floor(), self.latest(store, shard)?);
        while low < high {
            let middle = SequenceNumber(low.0 + (high.0 - low.0) / 2);
            match self.first(store, shard, middle)? {
                Some((number, created)) if created < time_ms => low = number.next(),
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Refuses a place in a shard behind which records are gone already.
    ///
    /// # Errors
    /// TrimmedDataAccessException.
    pub(crate) fn check_untrimmed(
        &self,
        store: &dyn Store,
        shard: &Shard,
        from: SequenceNumber,
        now_ms: u64,
    ) -> Result<()> {
        let is_past = |(_, created): (SequenceNumber, u64)| created < horizon(now_ms);
        if shard.is_trimmed(from) || self.first(store, shard, from)?.is_some_and(is_past) {
            return Err(Error::trimmed());
        }
        Ok(())
    }

    /// Reads up to `limit` records, or about 1 MB of them.
    ///
    /// # Errors
    /// TrimmedDataAccessException for a place that is gone.
    pub(crate) fn page(
        &self,
        store: &dyn Store,
        shard: &Shard,
        position: Position,
        limit: usize,
        now_ms: u64,
    ) -> Result<RecordPage> {
        // Asked before the records are read: what a closed shard has can all be seen.
        let is_closed = shard.closed().is_some();
        let from = match position {
            Position::Horizon => self.at_time(store, shard, horizon(now_ms))?,
            Position::From(number) => {
                self.check_untrimmed(store, shard, number, now_ms)?;
                number
            }
        };
        let mut page = Page { stream: self, limit, bytes: 0, records: Vec::new(), is_full: false, is_broken: false };
        self.visit(store, shard, from, Direction::Forward, &mut |number, bytes| page.add(number, bytes))?;
        if page.is_broken {
            return Err(unreadable());
        }
        if let Position::From(number) = position
            && shard.is_trimmed(number)
        {
            // Deleted while they were read.
            return Err(Error::trimmed());
        }
        let behind = page.records.last().map_or(position, |last| Position::From(last.sequence.next()));
        let has_ended = is_closed && !page.is_full;
        Ok(RecordPage { records: page.records, next: (!has_ended).then_some(behind) })
    }

    /// The number of the last record of a shard that is older than the horizon.
    pub(super) fn last_past(&self, store: &dyn Store, shard: &Shard, now_ms: u64) -> Result<Option<SequenceNumber>> {
        let is_past = |(_, created): (SequenceNumber, u64)| created < horizon(now_ms);
        if !self.first(store, shard, shard.start)?.is_some_and(is_past) {
            return Ok(None);
        }
        let first_kept = self.at_time(store, shard, horizon(now_ms))?;
        Ok(Some(SequenceNumber(first_kept.0.saturating_sub(1))))
    }

    /// The number and the time of the last record of a shard.
    pub(super) fn last_record(&self, store: &dyn Store, shard: &Shard) -> Result<Option<(SequenceNumber, u64)>> {
        let mut last = None;
        self.visit(store, shard, shard.start, Direction::Backward, &mut |number, bytes| {
            last = Some((number, created_ms(bytes)));
            ControlFlow::Break(())
        })?;
        last.map(|(number, created)| Ok((number, created.ok_or_else(unreadable)?))).transpose()
    }
}

/// A page while it fills.
struct Page<'s> {
    stream: &'s Stream,
    limit: usize,
    bytes: usize,
    records: Vec<StreamRecord>,
    /// Whether there was a record that had no place.
    is_full: bool,
    is_broken: bool,
}

impl Page<'_> {
    fn add(&mut self, number: SequenceNumber, bytes: &Bytes) -> ControlFlow<()> {
        let Some(record) = self.stream.record(bytes, number) else {
            self.is_broken = true;
            return ControlFlow::Break(());
        };
        let size = record.size_bytes();
        let has_place = self.records.is_empty() || self.bytes + size <= GET_RECORDS_BYTES_MAX;
        if self.records.len() >= self.limit || !has_place {
            self.is_full = true;
            return ControlFlow::Break(());
        }
        self.bytes += size;
        self.records.push(record);
        ControlFlow::Continue(())
    }
}
