//! Waiting for durability once an operation, where the caller waits best.
//!
//! An operation may commit many times and may read what is not durable yet. Run by itself it waits each time; run with
//! [`Engine::unsettled`] it never does, and its result must not be shown before what it met is durable: by [`Engine::settle`],
//! which waits, or by [`Engine::when_settled`], which calls back.

use statordb_store::{CommitSeq, deferring};

use crate::Engine;
use crate::error::{Error, Result};

/// What has to be durable before a result may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Unsettled(CommitSeq);

impl Engine {
    /// Runs operations of this engine on this thread without waiting for anything to be durable. Nothing is to be waited
    /// for where nothing is told.
    pub fn unsettled<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Unsettled>) {
        let (result, met) = deferring(work);
        (result, met.map(Unsettled))
    }

    /// Waits until a result may be shown.
    ///
    /// # Errors
    /// A fault of ours when it never will: what was written may be lost.
    pub fn settle(&self, met: Unsettled) -> Result<()> {
        Ok(self.store.wait_durable(met.0)?)
    }

    /// Calls back, on any thread, when `settle` would return.
    pub fn when_settled(&self, met: Unsettled, callback: impl FnOnce(Result<()>) + Send + 'static) {
        self.store.when_durable(met.0, Box::new(move |durable| callback(durable.map_err(Error::from))));
    }

    /// Whether what is written outlives the process, so that reading and writing may wait for a disk.
    pub fn is_persistent(&self) -> bool {
        self.store.caps().persistent
    }
}
