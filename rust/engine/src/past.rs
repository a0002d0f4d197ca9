//! What global secondary indexes show while they are told to be late: states of the store from before recent writes.
//!
//! A write takes a snapshot before it begins, at most one a millisecond; so the state at any past millisecond is the first
//! snapshot that was taken behind it, or the store itself when nothing was written since. Old ones are dropped.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use statordb_store::{Read, Store};

use crate::error::Result;

/// Snapshots, with the time at which each was taken.
#[derive(Default)]
pub(crate) struct PastStates(Mutex<VecDeque<(u64, Arc<dyn Read>)>>);

impl PastStates {
    /// Keeps the state before a write that is about to begin.
    pub(crate) fn keep(&self, store: &dyn Store, now_ms: u64, delay_ms: u64) -> Result<()> {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while states.front().is_some_and(|(taken_ms, _)| taken_ms.saturating_add(delay_ms) <= now_ms) {
            states.pop_front();
        }
        if states.back().is_none_or(|(taken_ms, _)| *taken_ms < now_ms) {
            states.push_back((now_ms, Arc::from(store.snapshot()?)));
        }
        Ok(())
    }

    /// The state `delay_ms` ago, if it differs from the present one.
    pub(crate) fn state(&self, now_ms: u64, delay_ms: u64) -> Option<Arc<dyn Read>> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.iter().find(|(taken_ms, _)| taken_ms.saturating_add(delay_ms) > now_ms);
        state.map(|(_, state)| Arc::clone(state))
    }
}

impl fmt::Debug for PastStates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PastStates").finish_non_exhaustive()
    }
}
