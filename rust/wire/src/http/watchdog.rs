//! Watches a connection between requests: a head that does not come to its end, and a client that is gone.
//!
//! Timers that are set and cleared for each request cost more than the request's parsing. So each connection has one slow
//! timer, and requests only leave marks that it looks at.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};

/// The marks of one connection. It is one task, so the order of marks needs no fences.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Requests that have begun.
    requests: AtomicU64,
    /// Whether one is being answered.
    is_busy: AtomicBool,
    /// Whether bytes came since the last request ended.
    has_bytes: AtomicBool,
}

impl Marks {
    /// A request begins: its head is complete.
    pub(super) fn begin(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.is_busy.store(true, Ordering::Relaxed);
    }

    /// It has been answered.
    pub(super) fn end(&self) {
        self.is_busy.store(false, Ordering::Relaxed);
        self.has_bytes.store(false, Ordering::Relaxed);
    }

    fn look(&self) -> (u64, bool, bool) {
        (
            self.requests.load(Ordering::Relaxed),
            self.is_busy.load(Ordering::Relaxed),
            self.has_bytes.load(Ordering::Relaxed),
        )
    }
}

/// Returns when the connection should be closed.
pub(super) async fn watch(marks: &Marks, head_timeout: Duration, idle_timeout: Duration) {
    let period = head_timeout.max(Duration::from_millis(1));
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is immediate.
    ticks.tick().await;
    let mut before = marks.look();
    let mut idle = Duration::ZERO;
    loop {
        ticks.tick().await;
        let now = marks.look();
        let (requests, is_busy, has_bytes) = now;
        let is_same = requests == before.0 && !is_busy && !before.1;
        if is_same && has_bytes && before.2 {
            return;
        }
        idle = if is_same { idle + period } else { Duration::ZERO };
        if idle >= idle_timeout {
            return;
        }
        before = now;
    }
}

/// A stream that leaves a mark when bytes come.
pub(super) struct Marked {
    pub(super) stream: TcpStream,
    pub(super) marks: Arc<Marks>,
}

impl AsyncRead for Marked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.marks.has_bytes.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for Marked {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
