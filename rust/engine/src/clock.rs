//! Time and chance, as they are passed in.

use std::fmt;

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Milliseconds since 1970-01-01 UTC.
    fn now_ms(&self) -> u64;
}

/// Gives random bytes: for identifiers, not for secrets.
pub trait Random: fmt::Debug + Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// A version 4 UUID.
pub(crate) fn uuid(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let word = u128::from_be_bytes(bytes);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        word >> 96,
        word >> 80 & 0xffff,
        word >> 64 & 0xffff,
        word >> 48 & 0xffff,
        word & 0xffff_ffff_ffff
    )
}
