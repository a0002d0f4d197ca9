//! Batches: commits that are written and synced together, and who waits for them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::StoreError;

/// Is told once how a batch ended.
pub(crate) type Callback = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A batch.
#[derive(Default)]
pub(crate) struct Batch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    outcome: Option<Result<(), StoreError>>,
    /// Somebody of this batch should lead it, and nobody has taken that up yet.
    wants_leader: bool,
    waiting: usize,
    callbacks: Vec<Callback>,
}

/// Why a wait is over.
pub(crate) enum Woken {
    /// The batch ended so.
    Ended(Result<(), StoreError>),
    /// The one that waited should lead.
    ToLead,
}

impl Batch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the batch has ended or wants a leader.
    pub(crate) fn wait(&self) -> Woken {
        let mut state = self.state();
        state.waiting += 1;
        let mut state = self
            .changed
            .wait_while(state, |state| state.outcome.is_none() && !state.wants_leader)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        match state.outcome.clone() {
            Some(outcome) => Woken::Ended(outcome),
            None => {
                state.wants_leader = false;
                Woken::ToLead
            }
        }
    }

    /// Calls back when the batch has ended: at once if it has.
    pub(crate) fn call(&self, callback: Callback) {
        let mut state = self.state();
        match state.outcome.clone() {
            None => state.callbacks.push(callback),
            Some(outcome) => {
                drop(state);
                callback(outcome);
            }
        }
    }

    /// Wakes one that waits, or the first that will, to lead; tells whether nobody waits but somebody wants to be called.
    pub(crate) fn want_leader(&self) -> bool {
        let mut state = self.state();
        state.wants_leader = true;
        let is_called_only = state.waiting == 0 && !state.callbacks.is_empty();
        drop(state);
        self.changed.notify_one();
        is_called_only
    }

    /// Ends the batch, and tells everybody.
    pub(crate) fn end(&self, outcome: &Result<(), StoreError>) {
        let mut state = self.state();
        state.outcome = Some(outcome.clone());
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        self.changed.notify_all();
        callbacks.into_iter().for_each(|callback| callback(outcome.clone()));
    }
}
