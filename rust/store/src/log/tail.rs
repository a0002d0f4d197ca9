//! The end of the log: what is appended and not written yet, and what is being written.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::Batch;
use super::buffer::Buffer;
use super::record::{self, Header, Payload};
use super::segment::Segment;
use super::{Position, Resumed};
use crate::StoreError;
use crate::io::{BLOCK, read_exact_at};

/// Buffers larger than this are not kept.
const SPARE_BYTES_MAX: usize = 4 << 20;
const SPARE_MAX: usize = 2;

/// Bytes to be written to one place, which is the beginning of a block.
pub(super) struct Run {
    pub(super) segment: Arc<Segment>,
    pub(super) offset: u64,
    pub(super) buffer: Buffer,
    /// Bytes at the beginning that the file has already.
    pub(super) known: usize,
}

pub(super) struct Tail {
    /// The last number given out.
    pub(super) last: u64,
    pub(super) generation: u64,
    pub(super) segment: Arc<Segment>,
    /// Where in the segment the next record goes.
    pub(super) offset: u64,
    /// What stands in the block of that offset before it.
    block: Vec<u8>,
    /// The segment behind, when it is ready.
    pub(super) next: Option<Arc<Segment>>,
    /// Why there is none.
    pub(super) refused: Option<StoreError>,
    /// Whether one was asked for.
    has_asked: bool,
    /// Earlier segments, from which a recovery may read.
    pub(super) used: VecDeque<Arc<Segment>>,
    /// What is not written yet, and who waits for it.
    runs: Vec<Run>,
    pub(super) batch: Arc<Batch>,
    /// What a leader is writing: the last commit, and who waits.
    pub(super) flying: Option<(u64, Arc<Batch>)>,
    /// Written and not synced, where that is enough to be acknowledged.
    pub(super) unsynced: Vec<Arc<Segment>>,
    pub(super) poison: Option<StoreError>,
    /// Buffers for use again.
    spare: Vec<Buffer>,
}

impl Tail {
    /// The end of a log of at least one segment.
    pub(super) fn new(resumed: Resumed) -> Result<Self, StoreError> {
        let mut used: VecDeque<Arc<Segment>> = resumed.segments.into_iter().map(Arc::new).collect();
        let segment = used.pop_back().ok_or(StoreError::Unsupported("a log without segments"))?;
        let within = resumed.offset % BLOCK as u64;
        let mut block = vec![0; within as usize];
        let read = read_exact_at(&*segment.file, &mut block, resumed.offset - within);
        read.map_err(|error| StoreError::io("read", &super::segment::name(segment.number), &error))?;
        Ok(Self {
            last: resumed.last,
            generation: 0,
            segment,
            offset: resumed.offset,
            block,
            next: resumed.next.map(Arc::new),
            refused: None,
            has_asked: false,
            used,
            runs: Vec::new(),
            batch: Arc::default(),
            flying: None,
            unsynced: Vec::new(),
            poison: None,
            spare: Vec::new(),
        })
    }

    /// Where the next record goes.
    pub(super) fn position(&self) -> Position {
        Position { segment: self.segment.number, offset: self.offset }
    }

    /// Whether there is nothing to be written.
    pub(super) fn is_written(&self) -> bool {
        self.runs.is_empty()
    }

    fn has_run(&self) -> bool {
        self.runs.last().is_some_and(|run| run.segment.number == self.segment.number)
    }

    /// Goes on to the next segment where the current one is full; tells whether a next one should be made ready.
    pub(super) fn make_room(&mut self, len: u64) -> Result<bool, StoreError> {
        if self.offset + len > self.segment.size {
            match (self.next.take(), &self.refused) {
                (Some(next), _) => {
                    self.used.push_back(std::mem::replace(&mut self.segment, next));
                    self.offset = 0;
                    self.block.clear();
                    self.has_asked = false;
                }
                // There is no space, so growing would only find that out in the middle of a commit.
                (None, Some(refused)) => {
                    let refused = refused.clone();
                    self.has_asked = false;
                    return Err(refused);
                }
                (None, None) => {}
            }
        }
        let asks = !self.has_asked && self.next.is_none() && self.offset + len > self.segment.size / 2;
        self.has_asked |= asks;
        Ok(asks)
    }

    /// Puts a record behind the last one.
    pub(super) fn push(&mut self, header: Header, payload: Payload<'_>) {
        if !self.has_run() {
            let mut buffer = self.spare.pop().unwrap_or_default();
            buffer.room(self.block.len()).extend_from_slice(&self.block);
            let (segment, known) = (Arc::clone(&self.segment), self.block.len());
            self.runs.push(Run { segment, offset: self.offset - known as u64, buffer, known });
        }
        if let Some(run) = self.runs.last_mut() {
            let bytes = run.buffer.room(payload.record_len() as usize);
            record::append(bytes, header, payload, self.segment.seed, self.offset);
        }
        self.offset += payload.record_len();
    }

    /// Takes what is to be written, up to which commit, and who waits for it.
    pub(super) fn take(&mut self) -> (Vec<Run>, u64, Arc<Batch>) {
        let runs = std::mem::take(&mut self.runs);
        if let Some(run) = runs.last() {
            let bytes = run.buffer.bytes();
            self.block.clear();
            self.block.extend_from_slice(bytes.get(bytes.len() / BLOCK * BLOCK..).unwrap_or_default());
        }
        let batch = std::mem::take(&mut self.batch);
        self.flying = Some((self.last, Arc::clone(&batch)));
        (runs, self.last, batch)
    }

    /// Keeps the buffers of what was written, unless they are unusually large.
    pub(super) fn reuse(&mut self, runs: Vec<Run>) {
        for mut buffer in runs.into_iter().map(|run| run.buffer) {
            if self.spare.len() < SPARE_MAX && buffer.capacity() <= SPARE_BYTES_MAX {
                buffer.clear();
                self.spare.push(buffer);
            }
        }
    }
}
