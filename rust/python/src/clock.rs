//! The system's clock and the operating system's randomness: the only place of the project that asks for either.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use statordb_engine::clock::{Clock, Random};
use statordb_store::Ticks;

/// The time of the machine, and how far a program has set it ahead.
#[derive(Debug, Default)]
pub(crate) struct SystemClock {
    ahead_ms: AtomicU64,
}

impl SystemClock {
    /// Sets it ahead by so much more.
    pub(crate) fn advance(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that all others are passed")]
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        now_ms.saturating_add(self.ahead_ms.load(Ordering::Relaxed))
    }
}

/// The monotonic clock of the machine.
#[derive(Debug)]
pub(crate) struct SystemTicks(Instant);

impl SystemTicks {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that all others are passed")]
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Ticks for SystemTicks {
    fn now_ns(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn aside(&self, wait: &mut dyn FnMut()) {
        statordb_wire::http::aside(wait);
    }
}

/// The randomness of the operating system.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        RESERVE.with_borrow_mut(|reserve| reserve.fill(bytes));
    }
}

thread_local! {
    static RESERVE: RefCell<Reserve> = const { RefCell::new(Reserve { bytes: [0; RESERVE_BYTES], left: 0, process: 0 }) };
}

/// Bytes that a thread fetches at a time: a request takes 32 for its id, and asking the system costs as much as a read.
const RESERVE_BYTES: usize = 1024;

/// Random bytes that a thread has fetched and not given out.
struct Reserve {
    bytes: [u8; RESERVE_BYTES],
    left: usize,
    /// The process that fetched them: a fork has the same bytes, and must not give them out too.
    process: u32,
}

impl Reserve {
    fn fill(&mut self, bytes: &mut [u8]) {
        let process = std::process::id();
        if bytes.len() > RESERVE_BYTES {
            return fetch(bytes);
        }
        if self.left < bytes.len() || self.process != process {
            fetch(&mut self.bytes);
            (self.left, self.process) = (RESERVE_BYTES, process);
        }
        let end = self.left;
        self.left -= bytes.len();
        if let Some(given) = self.bytes.get_mut(self.left..end) {
            bytes.copy_from_slice(given);
            given.fill(0);
        }
    }
}

fn fetch(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        fill_from_hasher(bytes);
    }
}

/// The seeds of hash maps are random too; enough for identifiers on a machine without a random source.
fn fill_from_hasher(bytes: &mut [u8]) {
    use std::hash::{BuildHasher, RandomState};
    for (place, chunk) in bytes.chunks_mut(8).enumerate() {
        let word = RandomState::new().hash_one(place).to_le_bytes();
        for (to, from) in chunk.iter_mut().zip(word) {
            *to = from;
        }
    }
}
