//! Records: what is appended to a file, so that a reader knows what of it is whole.
//!
//! ```text
//!  0  length    u32   bytes of the payload
//!  4  epoch     u32   which opening of the store wrote it
//!  8  sequence  u64   one more than that of the record before
//! 16  synced    u64   records up to this one were durable when this one was appended
//! 24  checksum  u64   of the payload
//! 32  checksum  u64   of the bytes 0 to 31, the file's seed and the place in it
//! 40  payload, and zeros up to a multiple of 8
//! ```
//! All numbers are little endian, all checksums XXH3 of 64 bits. As the second one depends on the file and the place, a
//! record that an earlier use of the file has left is no record any more.
//!
//! A record that is not whole ends what can be read. It is a torn tail if nothing shows that it once was durable; if a
//! later record says so, it is damage, and an error.

use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::io::{DiskFile, read_up_to};
use crate::{StoreError, coding};

pub(crate) const HEADER: usize = 40;
const ALIGN: u64 = 8;
/// A length beyond this is no length.
const PAYLOAD_BYTES_MAX: usize = 3 << 30;

/// What stands before a payload, besides what follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    pub(crate) epoch: u32,
    pub(crate) sequence: u64,
    pub(crate) synced: u64,
}

/// A payload and its checksum, which is computed while nobody waits.
#[derive(Clone, Copy)]
pub(crate) struct Payload<'p> {
    bytes: &'p [u8],
    checksum: u64,
}

impl<'p> Payload<'p> {
    pub(crate) fn new(bytes: &'p [u8]) -> Self {
        Self { bytes, checksum: xxh3_64(bytes) }
    }

    /// Bytes that its record takes.
    pub(crate) fn record_len(&self) -> u64 {
        padded(self.bytes.len())
    }
}

fn padded(payload: usize) -> u64 {
    ((HEADER + payload) as u64).next_multiple_of(ALIGN)
}

/// The seed of one file: it differs between stores and between numbers.
pub(crate) fn seed(store: u64, number: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(store.to_le_bytes().into_iter().chain(number.to_le_bytes())).for_each(|(to, from)| *to = from);
    xxh3_64(&bytes)
}

fn header_checksum(bytes: &[u8], seed: u64, offset: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed ^ offset.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Appends a record that will stand at `offset` of the file with this seed.
pub(crate) fn append(out: &mut Vec<u8>, header: Header, payload: Payload<'_>, seed: u64, offset: u64) {
    let start = out.len();
    out.reserve(payload.record_len() as usize);
    out.extend_from_slice(&(payload.bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(&header.epoch.to_le_bytes());
    for word in [header.sequence, header.synced, payload.checksum] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    let checksum = header_checksum(out.get(start..).unwrap_or_default(), seed, offset);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(payload.bytes);
    out.resize(start + payload.record_len() as usize, 0);
}

/// A header as it stands in a file, with what it says of its payload.
#[derive(Clone, Copy)]
struct Found {
    header: Header,
    len: usize,
    checksum: u64,
}

fn parse_header(bytes: &[u8], seed: u64, offset: u64) -> Option<Found> {
    let (covered, mut check) = bytes.get(..HEADER)?.split_at_checked(HEADER - 8)?;
    let mut from = covered;
    let len = coding::take_u32(&mut from)? as usize;
    let epoch = coding::take_u32(&mut from)?;
    let (sequence, synced) = (coding::take_u64(&mut from)?, coding::take_u64(&mut from)?);
    let checksum = coding::take_u64(&mut from)?;
    let is_whole = sequence > 0
        && len <= PAYLOAD_BYTES_MAX
        && coding::take_u64(&mut check) == Some(header_checksum(covered, seed, offset));
    is_whole.then_some(Found { header: Header { epoch, sequence, synced }, len, checksum })
}

/// Which record comes next, for a reader: later epochs may follow, earlier ones not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Expected {
    pub(crate) sequence: u64,
    pub(crate) epoch: u32,
}

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// Reads the records of one file in order.
pub(crate) struct Reader {
    file: Arc<dyn DiskFile>,
    name: String,
    seed: u64,
    /// Where the next record begins.
    offset: u64,
    /// Bytes of the file from `start` on.
    buffer: Vec<u8>,
    start: u64,
}

impl Reader {
    pub(crate) fn new(file: Arc<dyn DiskFile>, name: String, seed: u64, offset: u64) -> Self {
        Self { file, name, seed, offset, buffer: Vec::new(), start: 0 }
    }

    /// Where the next record begins, or would.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Sees to it that so many bytes from `offset` on are in the buffer, as far as the file has them.
    fn fill(&mut self, offset: u64, len: usize) -> Result<(), StoreError> {
        let held = self.start..self.start + self.buffer.len() as u64;
        if held.contains(&offset) && offset + len as u64 <= held.end {
            return Ok(());
        }
        self.buffer.resize(len.max(CHUNK), 0);
        let read = read_up_to(&*self.file, &mut self.buffer, offset);
        let read = read.map_err(|error| StoreError::io("read", &self.name, &error))?;
        self.buffer.truncate(read);
        self.start = offset;
        Ok(())
    }

    fn held(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.buffer.get(from..from.checked_add(len)?)
    }

    /// The next record, if it is whole and the expected one.
    pub(crate) fn next(&mut self, expected: Expected) -> Result<Option<(Header, &[u8])>, StoreError> {
        let offset = self.offset;
        self.fill(offset, HEADER)?;
        let found = self.held(offset, HEADER).and_then(|bytes| parse_header(bytes, self.seed, offset));
        let is_next = |header: &Header| header.sequence == expected.sequence && header.epoch >= expected.epoch;
        let Some(found) = found.filter(|found| is_next(&found.header)) else { return Ok(None) };
        self.fill(offset, HEADER + found.len)?;
        let whole = self.held(offset, HEADER + found.len).and_then(|bytes| bytes.get(HEADER..));
        if whole.is_none_or(|payload| xxh3_64(payload) != found.checksum) {
            return Ok(None);
        }
        self.offset = offset + padded(found.len);
        let payload = self.held(offset, HEADER + found.len).and_then(|bytes| bytes.get(HEADER..));
        Ok(Some((found.header, payload.unwrap_or_default())))
    }

    /// Where something behind shows that the expected record was durable once: a later one that says so.
    pub(crate) fn find_later(&mut self, expected: Expected) -> Result<Option<u64>, StoreError> {
        let mut offset = self.offset;
        loop {
            self.fill(offset, HEADER)?;
            let Some(bytes) = self.held(offset, HEADER) else { return Ok(None) };
            // Most places are ruled out by their sequence number alone.
            let sequence = bytes.get(8..).and_then(|mut from| coding::take_u64(&mut from)).unwrap_or(0);
            if sequence > expected.sequence
                && let Some(found) = parse_header(bytes, self.seed, offset)
                && found.header.epoch >= expected.epoch
                && found.header.synced >= expected.sequence
            {
                return Ok(Some(offset));
            }
            offset += ALIGN;
        }
    }
}
