//! The threads of a store: one seals and splits, one merges, one prepares the log and syncs for those who do not wait.
//!
//! A thread that meets an error tells the writers, waits a little and tries again; a panic in one round is not the end of
//! the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::Inner;
use crate::StoreError;
use crate::log::Wanted;

/// The longest that something acknowledged when written is not synced.
const SYNC_PERIOD: Duration = Duration::from_millis(100);
/// After an error.
const PAUSE: Duration = Duration::from_millis(500);

/// What threads are to do.
#[derive(Debug, Default)]
struct Flags {
    seals: bool,
    seals_whatever: bool,
    merges: bool,
    prepares: bool,
    leads: bool,
    has_threads: bool,
}

/// How threads are told.
#[derive(Debug, Default)]
pub(super) struct Signals {
    flags: Mutex<Flags>,
    /// Whether the threads should end, set under the lock of the flags.
    over: AtomicBool,
    seal: Condvar,
    merge: Condvar,
    log: Condvar,
}

impl Signals {
    fn flags(&self) -> MutexGuard<'_, Flags> {
        self.flags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The maps are large.
    pub(super) fn want_seal(&self) {
        self.flags().seals = true;
        self.seal.notify_one();
    }

    /// There is something to be given back, however small the maps are.
    pub(super) fn want_seal_now(&self) {
        self.flags().seals_whatever = true;
        self.seal.notify_one();
    }

    fn want_merge(&self) {
        self.flags().merges = true;
        self.merge.notify_one();
    }

    /// The log asks for something.
    pub(super) fn want_log(&self, wanted: Wanted) {
        let mut flags = self.flags();
        match wanted {
            Wanted::Segment => flags.prepares = true,
            Wanted::Leader => flags.leads = true,
        }
        drop(flags);
        self.log.notify_one();
    }

    pub(super) fn has_threads(&self) -> bool {
        self.flags().has_threads
    }

    /// Whether the threads should end.
    pub(super) fn over(&self) -> &AtomicBool {
        &self.over
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    fn end(&self) {
        let mut flags = self.flags();
        flags.has_threads = false;
        self.over.store(true, Ordering::Release);
        drop(flags);
        [&self.seal, &self.merge, &self.log].into_iter().for_each(Condvar::notify_all);
    }

    /// Waits until `take` finds something to do; none when it is over.
    fn next<T>(&self, on: &Condvar, period: Option<Duration>, take: impl Fn(&mut Flags) -> Option<T>) -> Option<T> {
        let mut flags = self.flags();
        loop {
            if self.is_over() {
                return None;
            }
            if let Some(taken) = take(&mut flags) {
                return Some(taken);
            }
            flags = match period {
                None => on.wait(flags).unwrap_or_else(PoisonError::into_inner),
                Some(period) => on.wait_timeout(flags, period).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Lets a while pass after an error, or less when it is over.
    fn pause(&self, on: &Condvar) {
        let flags = self.flags();
        let _ = on.wait_timeout_while(flags, PAUSE, |_| !self.is_over());
    }
}

/// What a thread does until it is over.
type Loop = fn(&Weak<Inner>, &Signals);

/// The threads; they end when this is dropped.
pub(super) struct Background {
    signals: Arc<Signals>,
    threads: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts the threads.
    ///
    /// # Errors
    /// `Io` where there are none to be had.
    pub(super) fn start(inner: &Arc<Inner>) -> Result<Self, StoreError> {
        let mut background = Self { signals: Arc::clone(&inner.signals), threads: Vec::new() };
        inner.signals.flags().has_threads = true;
        let loops: [(&str, Loop); 3] =
            [("statordb-seal", seal_loop), ("statordb-merge", merge_loop), ("statordb-log", log_loop)];
        for (name, work) in loops {
            let (inner, signals) = (Arc::downgrade(inner), Arc::clone(&inner.signals));
            let spawned = Builder::new().name(name.into()).spawn(move || work(&inner, &signals));
            background.threads.push(spawned.map_err(|error| StoreError::io("start", name, &error))?);
        }
        Ok(background)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.signals.end();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Does one round of work; false where it failed.
fn round(inner: &Weak<Inner>, work: impl FnOnce(&Inner) -> Result<(), StoreError>) -> bool {
    let Some(inner) = inner.upgrade() else { return true };
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&inner)));
    let failed = match outcome {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error,
        Err(_) => StoreError::Poisoned("a background thread panicked".into()),
    };
    inner.pace.failed(&failed);
    false
}

fn seal_loop(inner: &Weak<Inner>, signals: &Signals) {
    let take = |flags: &mut Flags| {
        let wanted = flags.seals || flags.seals_whatever;
        let whatever = std::mem::take(&mut flags.seals_whatever);
        flags.seals = false;
        wanted.then_some(whatever)
    };
    while let Some(whatever) = signals.next(&signals.seal, None, take) {
        let is_done = round(inner, |inner| {
            let mut is_due = whatever || inner.is_seal_due();
            while is_due && !signals.is_over() {
                // Where there was nothing to be sealed, doing it again changes nothing.
                let is_sealed = inner.seal()?;
                signals.want_merge();
                inner.split_large()?;
                is_due = is_sealed && inner.is_seal_due();
            }
            Ok(())
        });
        if !is_done {
            signals.pause(&signals.seal);
            if whatever { signals.want_seal_now() } else { signals.want_seal() }
        }
    }
}

fn merge_loop(inner: &Weak<Inner>, signals: &Signals) {
    let take = |flags: &mut Flags| std::mem::take(&mut flags.merges).then_some(());
    while signals.next(&signals.merge, None, take).is_some() {
        let is_done = round(inner, |inner| {
            while !signals.is_over() && inner.merge_one()? {}
            Ok(())
        });
        if !is_done {
            signals.pause(&signals.merge);
            signals.want_merge();
        }
    }
}

/// Prepares segments, leads for those who wait without a thread, and syncs what was only written.
fn log_loop(inner: &Weak<Inner>, signals: &Signals) {
    let acknowledges_written = inner.upgrade().is_some_and(|inner| inner.options.acknowledge_written);
    let period = acknowledges_written.then_some(SYNC_PERIOD);
    let has_waited = std::cell::Cell::new(false);
    let take = |flags: &mut Flags| {
        let (prepares, leads) = (std::mem::take(&mut flags.prepares), std::mem::take(&mut flags.leads));
        let syncs = acknowledges_written && has_waited.replace(true);
        (prepares || leads || syncs).then_some((prepares, leads, syncs))
    };
    while let Some((prepares, leads, syncs)) = signals.next(&signals.log, period, take) {
        has_waited.set(false);
        let is_done = round(inner, |inner| {
            if leads {
                // Who waits is told; nobody else need be.
                let _ = inner.log.lead();
            }
            if syncs {
                inner.log.sync_written()?;
            }
            if !prepares {
                return Ok(());
            }
            if inner.is_seal_due() {
                inner.signals.want_seal();
            }
            inner.log.prepare()
        });
        if !is_done && prepares {
            signals.pause(&signals.log);
            signals.want_log(Wanted::Segment);
        }
    }
}
