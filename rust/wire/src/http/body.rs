//! Bodies of requests: read whole, within bounds of size, time and memory.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::limits::BODY_BYTES_MAX;

/// The unit in which memory for bodies is lent; smaller bodies are not counted.
pub(super) const UNIT: usize = 64 * 1024;
/// How long, and how much, the rest of a body that is too large is read and thrown away, so that its sender gets to see
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
    /// The connection broke, or its chunks make no sense.
    Broken,
}

/// Reads a body.
pub(super) async fn read<'s>(
    body: &mut Incoming,
    memory: &'s Semaphore,
    limit: Duration,
) -> Result<Whole<'s>, Failure> {
    let length = body.size_hint().exact();
    if length == Some(0) {
        return Ok(Whole { bytes: Bytes::new(), _lent: None });
    }
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(Failure::TooLarge);
    }
    timeout(limit, collect(body, length, memory)).await.unwrap_or(Err(Failure::Slow))
}

async fn collect<'s>(body: &mut Incoming, length: Option<u64>, memory: &'s Semaphore) -> Result<Whole<'s>, Failure> {
    let length = length.map(|length| length as usize);
    let mut lent = None;
    if let Some(length) = length
        && length > UNIT
    {
        lent = Some(borrow(memory, length).await?);
    }
    let Some(first) = next(body).await? else { return Ok(Whole { bytes: Bytes::new(), _lent: lent }) };
    // Most bodies come in one piece, which is kept as it is.
    if length == Some(first.len()) {
        return Ok(Whole { bytes: first, _lent: lent });
    }
    let mut whole = Vec::with_capacity(length.unwrap_or(2 * first.len()));
    whole.extend_from_slice(&first);
    while let Some(piece) = next(body).await? {
        if whole.len() + piece.len() > BODY_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        if lent.is_none() && whole.len() + piece.len() > UNIT {
            lent = Some(borrow(memory, BODY_BYTES_MAX).await?);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Whole { bytes: whole.into(), _lent: lent })
}

async fn borrow(memory: &Semaphore, bytes: usize) -> Result<SemaphorePermit<'_>, Failure> {
    let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
    memory.acquire_many(units).await.map_err(|_| Failure::Broken)
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

/// Reads what is left of a body that is too large, within bounds.
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
