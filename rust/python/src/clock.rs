//! The system's clock and the operating system's randomness: the only place of the project that asks for either.

use std::time::{SystemTime, UNIX_EPOCH};

use statordb_engine::clock::{Clock, Random};

/// The time of the machine.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that all others are passed")]
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The randomness of the operating system.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            fill_from_hasher(bytes);
        }
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
