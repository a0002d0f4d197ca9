//! Pacing: writers are slowed down a little before they would have to be stopped.
//!
//! Two things can fall behind: sealing, when maps fill faster than they are written to files, and merging, when files come
//! faster than they are merged. Each is measured, in nanoseconds that a byte takes. Where one falls behind, every byte
//! that is committed costs its writers a share of that time, from nothing at the beginning up to all of it, at which
//! writers are as slow as the work. Maps have a hard limit too: with three times of what is sealed at a time, writers
//! wait. So memory is bounded, and so is what an opening replays.

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
/// Shares are kept in so many parts.
const WHOLE: u64 = 1 << 10;
/// What is later than its base is merged from about half of it on. Up to the first of these shares merging may take its
/// time; from the second on writers are slowed down; at the third they are as slow as merging has been, and slower yet
/// beyond it, so that the share is bounded also where merging is slower than it was measured to be.
const LATER_CALM: f64 = 0.3;
const LATER_FREE: f64 = 0.45;
const LATER_MAX: f64 = 0.7;
/// By how much a kind of work may count as behind.
const BEHIND_MAX: f64 = 4.0;
/// The longest rest, in nanoseconds for each KiB that was written: so it is at most about 200 MB a second.
const REST_NS_PER_KIB: u64 = 5_000;

/// How long a kind of work takes, and how far behind it is.
#[derive(Default)]
struct Work {
    /// Nanoseconds a byte, in parts of `WHOLE`.
    byte_ns: AtomicU64,
    /// From 0 to `BEHIND_MAX`, in parts of `WHOLE`; at `WHOLE` writers are as slow as the work.
    behind: AtomicU64,
    /// The last commit at the last rest.
    rested_at: AtomicU64,
    /// Nanoseconds of rest since they were last asked for, which are none of the work's.
    rested_ns: AtomicU64,
}

impl Work {
    /// What a byte costs its writer, in parts of `WHOLE`: little at first.
    fn share(&self) -> u64 {
        let behind = self.behind.load(Ordering::Relaxed);
        if behind == 0 { 0 } else { self.byte_ns.load(Ordering::Relaxed) * behind / WHOLE * behind / WHOLE }
    }

    fn set_behind(&self, share: f64) {
        self.behind.store((share.clamp(0.0, BEHIND_MAX) * WHOLE as f64) as u64, Ordering::Relaxed);
    }

    /// What is left of a time without the rests in it.
    fn busy_ns(&self, took_ns: u64) -> u64 {
        took_ns.saturating_sub(self.rested_ns.swap(0, Ordering::Relaxed))
    }

    fn set_rate(&self, took_ns: u64, bytes: u64) {
        self.byte_ns.store(took_ns.saturating_mul(WHOLE) / bytes.max(1), Ordering::Relaxed);
    }
}

/// What merging has taken lately, and what it has brought.
#[derive(Default)]
struct Merges {
    busy_ns: f64,
    bytes: f64,
}

pub(super) struct Pace {
    seal_bytes: u64,
    ticks: Option<Arc<dyn Ticks>>,
    /// Bytes of active maps.
    active: AtomicI64,
    /// Bytes of frozen maps.
    frozen: AtomicU64,
    seal: Work,
    merge: Work,
    merges: Mutex<Merges>,
    /// How much rest a merge may take, in parts of `WHOLE`.
    slack: AtomicU64,
    /// The last commit.
    last: AtomicU64,
    /// When the next writer may go on, where they are slowed down.
    next_ns: AtomicU64,
    /// Why nobody need wait for sealing.
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
            seal: Work::default(),
            merge: Work::default(),
            merges: Mutex::default(),
            slack: AtomicU64::new(WHOLE),
            last: AtomicU64::new(0),
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

    /// Notes what an opening has found.
    pub(super) fn start(&self, active: u64) {
        self.active.store(active as i64, Ordering::Relaxed);
    }

    /// Notes by how much a commit has let the active maps grow, and what that costs; tells whether they should be sealed.
    pub(super) fn grow(&self, commit: u64, bytes: i64) -> bool {
        self.last.store(commit, Ordering::Relaxed);
        let before = self.active.fetch_add(bytes, Ordering::Relaxed).max(0) as u64;
        let after = before.saturating_add_signed(bytes);
        if after >= self.seal_bytes {
            self.seal.set_behind((after - self.seal_bytes) as f64 / self.seal_bytes as f64);
        }
        let share = self.seal.share().max(self.merge.share());
        if share > 0 {
            self.next_ns.fetch_add(share.saturating_mul(bytes.unsigned_abs()) / WHOLE, Ordering::Relaxed);
        }
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
        let took_ns = self.seal.busy_ns(took_ns);
        if bytes > self.seal_bytes / 4 {
            self.seal.set_rate(took_ns, bytes);
        }
        self.seal.set_behind(self.active().saturating_sub(self.seal_bytes) as f64 / self.seal_bytes as f64);
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.sealed.notify_all();
    }

    /// Notes that sealing has failed.
    pub(super) fn failed(&self, error: &StoreError) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        self.sealed.notify_all();
    }

    /// Notes what a merge took, and the bytes that came later than a base and are part of it now.
    pub(super) fn merged(&self, took_ns: u64, bytes: u64) {
        let mut merges = self.merges.lock().unwrap_or_else(PoisonError::into_inner);
        // What lies some merges back counts little.
        merges.busy_ns = merges.busy_ns * 0.9 + self.merge.busy_ns(took_ns) as f64;
        merges.bytes = merges.bytes * 0.9 + bytes as f64;
        if merges.bytes > 0.0 {
            self.merge.set_rate(merges.busy_ns as u64, merges.bytes as u64);
        }
    }

    /// Notes how much there is in bases, and how much came later.
    pub(super) fn set_debt(&self, base: u64, later: u64) {
        // A few seals' worth is no debt, however small the bases are.
        let later = later.saturating_sub(4 * self.seal_bytes) as f64 / base.max(1) as f64;
        self.merge.set_behind((later - LATER_FREE) / (LATER_MAX - LATER_FREE));
        let slack = (LATER_FREE - later) / (LATER_FREE - LATER_CALM);
        self.slack.store((slack.clamp(0.0, 1.0) * WHOLE as f64) as u64, Ordering::Relaxed);
    }

    /// Rests after so many bytes of a sealed file, so that commits need not wait for the disk, or a processor, longer than
    /// they must. Not where there are none, nor where this work is about to fall behind.
    pub(super) fn rest(&self, is_merge: bool, bytes: u64) {
        let Some(ticks) = &self.ticks else { return };
        let work = if is_merge { &self.merge } else { &self.seal };
        let last = self.last.load(Ordering::Relaxed);
        if work.rested_at.swap(last, Ordering::Relaxed) == last {
            return;
        }
        // Who seals may wait for a merge, so neither rests when maps are nearly full.
        let room = WHOLE.saturating_sub(self.active() * WHOLE / self.seal_bytes);
        let slack = if is_merge { room.min(self.slack.load(Ordering::Relaxed)) } else { room };
        let rest_ns = bytes * REST_NS_PER_KIB / 1024 * slack / WHOLE;
        if rest_ns > 0 {
            work.rested_ns.fetch_add(rest_ns, Ordering::Relaxed);
            ticks.sleep(Duration::from_nanos(rest_ns));
        }
    }

    /// The time, for `sealed` and `merged`.
    pub(super) fn now_ns(&self) -> u64 {
        self.ticks.as_ref().map_or(0, |ticks| ticks.now_ns())
    }

    /// Lets a writer in, a little later where there is much to be done.
    ///
    /// # Errors
    /// Why sealing fails, when there is no room for more.
    pub(super) fn admit(&self, signals: &Signals) -> Result<(), StoreError> {
        if self.active() >= 2 * self.seal_bytes && signals.has_threads() {
            let mut waited = Ok(());
            self.aside(&mut || waited = self.wait(signals));
            waited?;
        }
        if self.seal.share() > 0 || self.merge.share() > 0 {
            self.slow_down();
        }
        Ok(())
    }

    fn aside(&self, wait: &mut dyn FnMut()) {
        match &self.ticks {
            Some(ticks) => ticks.aside(wait),
            None => wait(),
        }
    }

    /// Waits until there is room.
    fn wait(&self, signals: &Signals) -> Result<(), StoreError> {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        while self.active() >= 2 * self.seal_bytes {
            if let Some(trouble) = &*trouble {
                return Err(trouble.clone());
            }
            signals.want_seal();
            let waited = self.sealed.wait_timeout(trouble, Duration::from_millis(50));
            trouble = waited.unwrap_or_else(PoisonError::into_inner).0;
            if signals.is_over() {
                return Err(StoreError::Closed);
            }
        }
        Ok(())
    }

    /// Holds a writer up until what was committed before it is paid for.
    fn slow_down(&self) {
        let Some(ticks) = &self.ticks else { return };
        let now = ticks.now_ns();
        let next = self.next_ns.fetch_max(now, Ordering::Relaxed).max(now);
        let pause = (next - now).min(PAUSE_NS_MAX);
        if pause >= PAUSE_NS_MIN {
            ticks.aside(&mut || ticks.sleep(Duration::from_nanos(pause)));
        }
    }
}
