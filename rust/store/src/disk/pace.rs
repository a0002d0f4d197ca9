//! Pacing: writers are slowed down a little before they would have to be stopped.
//!
//! When maps hold as much as is sealed at a time they are frozen. Should they hold as much again before that is sealed,
//! writers get slower and slower, down to the rate at which sealing was last seen to go; with twice as much again they
//! wait. So memory is bounded by three times what is sealed at a time, and so is what an opening replays.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::background::Signals;
use super::options::Ticks;
use crate::StoreError;

/// The longest that a writer is held up at a time, in nanoseconds.
const PAUSE_NS_MAX: u64 = 20_000_000;
/// Shorter pauses are saved up.
const PAUSE_NS_MIN: u64 = 200_000;

pub(super) struct Pace {
    seal_bytes: u64,
    ticks: Option<Arc<dyn Ticks>>,
    /// Bytes of active maps.
    active: AtomicI64,
    /// Bytes of frozen maps.
    frozen: AtomicU64,
    /// Nanoseconds that a byte should take when writers go as fast as sealing, in 1/1024.
    drain: AtomicU64,
    /// When the next writer may go on, where they are slowed down.
    next_ns: AtomicU64,
    /// Whether anybody waits, and why nobody need wait any more.
    trouble: Mutex<Option<StoreError>>,
    sealed: Condvar,
}

impl Pace {
    pub(super) fn new(seal_bytes: u64, ticks: Option<Arc<dyn Ticks>>) -> Self {
        Self {
            seal_bytes,
            ticks,
            active: AtomicI64::new(0),
            frozen: AtomicU64::new(0),
            drain: AtomicU64::new(0),
            next_ns: AtomicU64::new(0),
            trouble: Mutex::default(),
            sealed: Condvar::new(),
        }
    }

    fn active(&self) -> u64 {
        self.active.load(Ordering::Relaxed).max(0) as u64
    }

    /// Bytes of all maps.
    pub(super) fn bytes(&self) -> u64 {
        self.active() + self.frozen.load(Ordering::Relaxed)
    }

    /// Notes by how much the active maps have grown; tells whether they should be sealed.
    pub(super) fn grow(&self, bytes: i64) -> bool {
        let before = self.active.fetch_add(bytes, Ordering::Relaxed).max(0) as u64;
        let after = before.saturating_add_signed(bytes);
        // Once in a while is enough: who seals looks again when it is done.
        before < self.seal_bytes && after >= self.seal_bytes
    }

    /// Notes that active maps have become smaller.
    pub(super) fn shrink(&self, bytes: u64) {
        self.active.fetch_sub(bytes as i64, Ordering::Relaxed);
    }

    /// Whether the active maps should be sealed.
    pub(super) fn is_due(&self) -> bool {
        self.active() >= self.seal_bytes
    }

    /// Notes what an opening has found.
    pub(super) fn start(&self, active: u64) {
        self.active.store(active as i64, Ordering::Relaxed);
    }

    /// Notes how much is frozen, which was active before; a second attempt to seal it finds it noted.
    pub(super) fn froze(&self, bytes: u64) {
        let before = self.frozen.swap(bytes, Ordering::Relaxed);
        self.active.fetch_sub(bytes.saturating_sub(before) as i64, Ordering::Relaxed);
    }

    /// Notes how much is active: counting along drifts a little, where maps are frozen while they are written to.
    pub(super) fn recount(&self, active: u64) {
        self.active.store(active as i64, Ordering::Relaxed);
    }

    /// Notes that what was frozen is sealed, and how long that took.
    pub(super) fn sealed(&self, took_ns: u64) {
        let bytes = self.frozen.swap(0, Ordering::Relaxed);
        if bytes > self.seal_bytes / 4 {
            self.drain.store(took_ns.saturating_mul(1024) / bytes, Ordering::Relaxed);
        }
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.sealed.notify_all();
    }

    /// Notes that sealing has failed.
    pub(super) fn failed(&self, error: &StoreError) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        self.sealed.notify_all();
    }

    /// The time, for `sealed`.
    pub(super) fn now_ns(&self) -> u64 {
        self.ticks.as_ref().map_or(0, |ticks| ticks.now_ns())
    }

    /// Lets a writer in, a little later where there is much to be sealed.
    ///
    /// # Errors
    /// Why sealing fails, when there is no room for more.
    pub(super) fn admit(&self, signals: &Signals) -> Result<(), StoreError> {
        let active = self.active();
        if active < self.seal_bytes {
            return Ok(());
        }
        if active >= 2 * self.seal_bytes && self.wait(signals)? {
            return Ok(());
        }
        self.slow_down(active);
        Ok(())
    }

    /// Waits until there is room; tells whether it had to.
    fn wait(&self, signals: &Signals) -> Result<bool, StoreError> {
        if !signals.has_threads() {
            return Ok(false);
        }
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        while self.active() >= 2 * self.seal_bytes {
            if let Some(trouble) = &*trouble {
                return Err(trouble.clone());
            }
            signals.want_seal();
            trouble =
                self.sealed.wait_timeout(trouble, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner).0;
            if signals.is_over() {
                return Err(StoreError::Closed);
            }
        }
        Ok(true)
    }

    /// Holds a writer up for its share: nothing at the beginning, as long as sealing takes at the end.
    fn slow_down(&self, active: u64) {
        let Some(ticks) = &self.ticks else { return };
        let over = (active - self.seal_bytes).min(self.seal_bytes);
        let full = self.drain.load(Ordering::Relaxed);
        // A writer of about 4 KB; its share grows with the square of how full it is.
        let share = full.saturating_mul(4) / 1024 * 1024 * over / self.seal_bytes * over / self.seal_bytes;
        if share == 0 {
            return;
        }
        let now = ticks.now_ns();
        let mine = self.next_ns.fetch_max(now, Ordering::Relaxed).max(now) + share;
        self.next_ns.fetch_add(share, Ordering::Relaxed);
        let pause = mine.saturating_sub(now).min(PAUSE_NS_MAX);
        if pause >= PAUSE_NS_MIN {
            ticks.sleep(Duration::from_nanos(pause));
        }
    }
}
