//! The bell of a stream: who waits for records sleeps until there are some.
//!
//! A writer looks at one number after its commit, and does no more where nobody sleeps. A reader notes what was taken from
//! its shard before it looks for records; should there be none, it sleeps unless that has changed since. So a record that
//! was committed after it looked wakes it, however the two overlap: one of them sees what the other did before.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A bell, and those who sleep beside it.
#[derive(Debug, Default)]
pub(super) struct Bell {
    sleeping: AtomicUsize,
    sleepers: Mutex<Vec<Arc<Sleeper>>>,
}

/// One who sleeps.
struct Sleeper {
    /// Whether there is reason to get up.
    is_due: Box<dyn Fn() -> bool + Send + Sync>,
    is_awake: Mutex<bool>,
    wake: Condvar,
}

impl std::fmt::Debug for Sleeper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sleeper").finish_non_exhaustive()
    }
}

impl Bell {
    /// Wakes those who are due. To be called once what they wait for can be seen.
    pub(super) fn ring(&self) {
        // Orders what the caller has done before the look at who sleeps.
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::Relaxed) > 0 {
            self.sleepers().iter().filter(|sleeper| (sleeper.is_due)()).for_each(|sleeper| sleeper.get_up());
        }
    }

    /// Sleeps until the bell rings and `is_due`, which is asked under the bell's lock and at once too; or for `limit`.
    pub(super) fn sleep(&self, is_due: impl Fn() -> bool + Send + Sync + 'static, limit: Option<Duration>) {
        let sleeper = Arc::new(Sleeper { is_due: Box::new(is_due), is_awake: Mutex::new(false), wake: Condvar::new() });
        self.sleepers().push(Arc::clone(&sleeper));
        self.sleeping.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if !(sleeper.is_due)() {
            sleeper.sleep(limit);
        }
        self.sleeping.fetch_sub(1, Ordering::SeqCst);
        self.sleepers().retain(|other| !Arc::ptr_eq(other, &sleeper));
    }

    fn sleepers(&self) -> MutexGuard<'_, Vec<Arc<Sleeper>>> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sleeper {
    fn sleep(&self, limit: Option<Duration>) {
        let is_awake = self.is_awake.lock().unwrap_or_else(PoisonError::into_inner);
        match limit {
            Some(limit) => drop(self.wake.wait_timeout_while(is_awake, limit, |is_awake| !*is_awake)),
            None => drop(self.wake.wait_while(is_awake, |is_awake| !*is_awake)),
        }
    }

    fn get_up(&self) {
        *self.is_awake.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64};
    use std::thread;

    use super::*;

    fn wait_until_somebody_sleeps(bell: &Bell) {
        while bell.sleeping.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn who_is_not_due_sleeps_on() {
        let (bell, is_due) = (Arc::new(Bell::default()), Arc::new(AtomicBool::new(false)));
        let sleeper = {
            let (bell, is_due) = (Arc::clone(&bell), Arc::clone(&is_due));
            thread::spawn(move || bell.sleep(move || is_due.load(Ordering::SeqCst), None))
        };
        wait_until_somebody_sleeps(&bell);
        bell.ring();
        thread::sleep(Duration::from_millis(20));
        assert!(!sleeper.is_finished());
        is_due.store(true, Ordering::SeqCst);
        bell.ring();
        sleeper.join().unwrap();
        assert_eq!(bell.sleepers().len(), 0);
    }

    #[test]
    fn a_sleep_has_a_limit_and_nobody_sleeps_who_is_due() {
        let bell = Bell::default();
        bell.sleep(|| false, Some(Duration::from_millis(1)));
        bell.sleep(|| true, None);
        assert_eq!(bell.sleeping.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn no_ring_is_missed_however_it_falls() {
        let (bell, taken) = (Arc::new(Bell::default()), Arc::new(AtomicU64::new(0)));
        const LAST: u64 = 20_000;
        let reader = {
            let (bell, taken) = (Arc::clone(&bell), Arc::clone(&taken));
            thread::spawn(move || {
                let mut seen = 0;
                while seen < LAST {
                    let taken = Arc::clone(&taken);
                    bell.sleep(
                        {
                            let taken = Arc::clone(&taken);
                            move || taken.load(Ordering::Relaxed) != seen
                        },
                        None,
                    );
                    seen = taken.load(Ordering::Relaxed);
                }
            })
        };
        for number in 1..=LAST {
            taken.store(number, Ordering::Relaxed);
            bell.ring();
        }
        reader.join().unwrap();
    }
}
