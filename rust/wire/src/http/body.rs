//! Bodies of requests: read whole, within bounds of size, time and memory.
//!
//! Memory is lent as bytes arrive, never for what a head announces, so a sender that sends nothing holds nothing. A body may
//! wait for a loan while it holds another; so that many such bodies cannot wait for each other for ever, each waits a
//! limited time and is then given up, which frees what it held for the next. That wait does not count as the sender's.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::ServerOptions;
use crate::limits::BODY_BYTES_MAX;

/// The unit in which memory for bodies is lent; the first of each body is not counted.
pub(super) const UNIT: usize = 64 * 1024;
/// How long, and how much, the rest of a body that is not wanted is read and thrown away, so that its sender gets to see
/// the reply before the connection ends.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);
const DISCARD_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;

/// A body, and the memory that it was lent.
pub(super) struct Whole<'s> {
    pub(super) bytes: Bytes,
    _lent: Option<SemaphorePermit<'s>>,
}

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is over the limit.
    TooLarge,
    /// It did not arrive in time.
    Slow,
    /// Other bodies have all the memory.
    NoMemory,
    /// The connection broke, or its chunks make no sense.
    Broken,
}

/// The times that a body is given.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// For its sender, in all; what is left of it.
    arrival: Duration,
    /// For its sender, from one piece to the next.
    stall: Duration,
    /// For each loan of memory.
    memory: Duration,
}

impl Times {
    pub(super) fn of(options: &ServerOptions) -> Self {
        Self { arrival: options.body_timeout, stall: options.body_stall_timeout, memory: options.body_memory_timeout }
    }

    /// The next piece of a body.
    async fn next(&mut self, body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
        let start = Instant::now();
        let piece = timeout(self.arrival.min(self.stall), next(body)).await.map_err(|_| Failure::Slow)?;
        self.arrival = self.arrival.saturating_sub(start.elapsed());
        piece
    }
}

/// Reads a body.
pub(super) async fn read<'s>(
    body: &mut Incoming,
    memory: &'s Semaphore,
    mut times: Times,
) -> Result<Whole<'s>, Failure> {
    let length = body.size_hint().exact();
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(Failure::TooLarge);
    }
    let first = if length == Some(0) { None } else { times.next(body).await? };
    let first = first.unwrap_or_default();
    // Most bodies come in one small piece, which is kept as it is.
    if length == Some(first.len() as u64) && first.len() <= UNIT {
        return Ok(Whole { bytes: first, _lent: None });
    }
    let mut growing = Growing { bytes: Vec::new(), lent: None, end: length.map_or(BODY_BYTES_MAX, |end| end as usize) };
    growing.add(&first, memory, times.memory).await?;
    drop(first);
    while let Some(piece) = times.next(body).await? {
        growing.add(&piece, memory, times.memory).await?;
    }
    Ok(Whole { bytes: growing.bytes.into(), _lent: growing.lent })
}

/// A body that is still coming.
struct Growing<'s> {
    bytes: Vec<u8>,
    lent: Option<SemaphorePermit<'s>>,
    /// Where it ends at the latest.
    end: usize,
}

impl<'s> Growing<'s> {
    async fn add(&mut self, piece: &[u8], memory: &'s Semaphore, limit: Duration) -> Result<(), Failure> {
        let length = self.bytes.len() + piece.len();
        if length > self.end {
            return Err(Failure::TooLarge);
        }
        if length > self.bytes.capacity() {
            self.grow(length, memory, limit).await?;
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Makes room for `length` bytes, twice as much as before at least; all of it but the first unit is borrowed first.
    async fn grow(&mut self, length: usize, memory: &'s Semaphore, limit: Duration) -> Result<(), Failure> {
        let room = length.max(2 * self.bytes.capacity()).next_multiple_of(UNIT).min(self.end);
        let lent = self.lent.as_ref().map_or(0, SemaphorePermit::num_permits);
        let units = u32::try_from((room.div_ceil(UNIT) - 1).saturating_sub(lent)).unwrap_or(u32::MAX);
        if units > 0 {
            let loan = timeout(limit, memory.acquire_many(units)).await.map_err(|_| Failure::NoMemory)?;
            let loan = loan.map_err(|_| Failure::NoMemory)?;
            match &mut self.lent {
                Some(lent) => lent.merge(loan),
                lent => *lent = Some(loan),
            }
        }
        self.bytes.reserve_exact(room - self.bytes.len());
        Ok(())
    }
}

async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    while let Some(frame) = body.frame().await {
        // Trailers say nothing here.
        if let Ok(bytes) = frame.map_err(|_| Failure::Broken)?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Reads what is left of a body that is not wanted, within bounds.
pub(super) async fn discard(body: &mut Incoming) {
    let read = async {
        let mut total = 0;
        while let Ok(Some(piece)) = next(body).await {
            total += piece.len();
            if total > DISCARD_BYTES_MAX {
                break;
            }
        }
    };
    // The bound is all that matters.
    let _ = timeout(DISCARD_TIMEOUT, read).await;
}
