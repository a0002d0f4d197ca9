//! What global secondary indexes show while they are told to be late: states of the store from before recent writes.
//!
//! A write takes a snapshot before it begins, unless the last one is young: a delay has a hundred at most, so that memory
//! has a bound. Writes are shown no earlier than the delay, and a hundredth of it later at most. Old snapshots are dropped.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use statordb_store::{Read, Store};

use crate::error::Result;

/// Snapshots that a delay is divided by at most.
const SNAPSHOTS_MAX: u64 = 100;

/// Snapshots, with the time at which each was taken.
#[derive(Default)]
pub(crate) struct PastStates(Mutex<VecDeque<(u64, Arc<dyn Read>)>>);

/// Until when a snapshot is shown: the writes that follow it may begin up to a step later.
fn shown_until_ms(taken_ms: u64, delay_ms: u64) -> u64 {
    taken_ms.saturating_add(delay_ms).saturating_add(step_ms(delay_ms) - 1)
}

/// The least time between two snapshots, one millisecond or more.
fn step_ms(delay_ms: u64) -> u64 {
    (delay_ms / SNAPSHOTS_MAX).max(1)
}

impl PastStates {
    /// Keeps the state before a write that is about to begin.
    pub(crate) fn keep(&self, store: &dyn Store, now_ms: u64, delay_ms: u64) -> Result<()> {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget_old(&mut states, now_ms, delay_ms);
        if states.back().is_none_or(|(taken_ms, _)| taken_ms.saturating_add(step_ms(delay_ms)) <= now_ms) {
            states.push_back((now_ms, Arc::from(store.snapshot()?)));
        }
        Ok(())
    }

    /// Drops what is not shown any more.
    pub(crate) fn forget(&self, now_ms: u64, delay_ms: u64) {
        forget_old(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), now_ms, delay_ms);
    }

    /// The state `delay_ms` ago, if it differs from the present one.
    pub(crate) fn state(&self, now_ms: u64, delay_ms: u64) -> Option<Arc<dyn Read>> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.iter().find(|(taken_ms, _)| shown_until_ms(*taken_ms, delay_ms) > now_ms);
        state.map(|(_, state)| Arc::clone(state))
    }
}

fn forget_old(states: &mut VecDeque<(u64, Arc<dyn Read>)>, now_ms: u64, delay_ms: u64) {
    while states.front().is_some_and(|(taken_ms, _)| shown_until_ms(*taken_ms, delay_ms) <= now_ms) {
        states.pop_front();
    }
}

impl fmt::Debug for PastStates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PastStates").finish_non_exhaustive()
    }
}
