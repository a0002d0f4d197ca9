//! Ids of requests that did not come over HTTP: a random part of this process, and a number.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use statordb_engine::clock::Random;

use crate::clock::SystemRandom;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
const RANDOM_DIGITS: usize = 39;
const NUMBER_DIGITS: u32 = 13;

/// The next id: 52 characters, as AWS has them.
pub(crate) fn next_request_id() -> String {
    static PROCESS: OnceLock<String> = OnceLock::new();
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut id = String::with_capacity(RANDOM_DIGITS + NUMBER_DIGITS as usize);
    id.push_str(PROCESS.get_or_init(random_part));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    id.extend((0..NUMBER_DIGITS).rev().map(|place| digit(number >> (5 * place))));
    id
}

fn random_part() -> String {
    let mut bytes = [0; RANDOM_DIGITS];
    SystemRandom.fill(&mut bytes);
    bytes.iter().map(|byte| digit(u64::from(*byte))).collect()
}

/// The digit of the lowest five bits.
fn digit(bits: u64) -> char {
    DIGITS.get((bits & 31) as usize).copied().map_or('0', char::from)
}
