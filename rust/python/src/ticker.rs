//! The thread that tells an engine, once a second, that time has passed. It ends with the database.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use statordb_engine::Engine;

use crate::log;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until it is dropped.
pub(crate) struct Ticker {
    _running: Sender<()>,
}

impl Ticker {
    /// Starts ticking for `engine`. Where there is no thread to be had nothing ticks, and `Database.expire` is left.
    pub(crate) fn start(engine: &Arc<Engine>) -> Self {
        let (running, ended) = channel();
        let engine = Arc::downgrade(engine);
        let tick = move || tick(&engine, &ended);
        if let Err(error) = thread::Builder::new().name("statordb-upkeep".into()).spawn(tick) {
            log::fault(&format!("no thread for upkeep: {error}"));
        }
        Self { _running: running }
    }
}

fn tick(engine: &Weak<Engine>, ended: &Receiver<()>) {
    while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        let Some(engine) = engine.upgrade() else { return };
        // A fault in one round is not the end of all others.
        match catch_unwind(AssertUnwindSafe(|| engine.upkeep())) {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => log::fault(&format!("upkeep failed: {error}")),
            Err(_) => log::fault("upkeep panicked"),
        }
    }
}
