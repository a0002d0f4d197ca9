//! A token bucket: capacity that comes back as time passes, up to what may be saved.

use crate::capacity::HalfUnits;

/// Thousandths of half units, so that a millisecond of one unit a second is a whole number.
const THOUSANDTHS: i64 = 1_000;

/// What is left of one kind of capacity. It may go below nothing: a request is let in while anything is left, and what it
/// costs is known only afterwards.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// In thousandths of half units.
    level: i64,
    /// Units a second.
    rate: u64,
    /// How many seconds of unused capacity are kept.
    saved_s: u64,
    settled_ms: u64,
}

impl Bucket {
    /// A bucket with the capacity of one second: nothing was saved yet.
    pub(super) fn new(rate: u64, saved_s: u64, now_ms: u64) -> Self {
        Self { level: of_seconds(rate, 1), rate, saved_s, settled_ms: now_ms }
    }

    /// Lets in what has come since the last time, and takes another rate from now on.
    pub(super) fn settle(&mut self, rate: u64, now_ms: u64) {
        let passed_ms = i64::try_from(now_ms.saturating_sub(self.settled_ms)).unwrap_or(i64::MAX);
        let come = of_seconds(self.rate, 1).saturating_mul(passed_ms) / 1_000;
        self.rate = rate;
        self.level = self.level.saturating_add(come).min(of_seconds(rate, self.saved_s));
        self.settled_ms = self.settled_ms.max(now_ms);
    }

    /// Whether anything is left.
    pub(super) fn has_any(&self) -> bool {
        self.level > 0
    }

    /// Takes units, also those that are not there.
    pub(super) fn take(&mut self, units: HalfUnits) {
        let taken = i64::try_from(units.0).unwrap_or(i64::MAX).saturating_mul(THOUSANDTHS);
        self.level = self.level.saturating_sub(taken);
    }

    /// When it was last looked at.
    pub(super) fn settled_ms(&self) -> u64 {
        self.settled_ms
    }
}

/// What a rate gives in so many seconds.
fn of_seconds(rate: u64, seconds: u64) -> i64 {
    let half_units = rate.saturating_mul(2).saturating_mul(seconds);
    i64::try_from(half_units).unwrap_or(i64::MAX).saturating_mul(THOUSANDTHS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: HalfUnits = HalfUnits(2);

    #[test]
    fn a_new_bucket_has_one_second() {
        let mut bucket = Bucket::new(2, 300, 0);
        bucket.take(UNIT);
        assert!(bucket.has_any());
        bucket.take(UNIT);
        assert!(!bucket.has_any());
        bucket.settle(2, 0);
        assert!(!bucket.has_any());
        bucket.settle(2, 1);
        assert!(bucket.has_any());
    }

    #[test]
    fn what_is_unused_is_saved_up_to_a_limit() {
        let mut bucket = Bucket::new(1, 300, 0);
        bucket.settle(1, 10_000_000);
        bucket.take(HalfUnits(2 * 300 - 1));
        assert!(bucket.has_any());
        bucket.take(HalfUnits(1));
        assert!(!bucket.has_any());
    }

    #[test]
    fn a_debt_is_paid_back() {
        let mut bucket = Bucket::new(1, 300, 0);
        bucket.take(HalfUnits(2 * 11));
        bucket.settle(1, 10_000);
        assert!(!bucket.has_any());
        bucket.settle(1, 10_001);
        assert!(bucket.has_any());
    }

    #[test]
    fn another_rate_holds_from_the_moment_it_is_taken() {
        let mut bucket = Bucket::new(1, 300, 0);
        bucket.take(HalfUnits(2 * 101));
        bucket.settle(100, 0);
        bucket.settle(100, 1_000);
        assert!(!bucket.has_any());
        bucket.settle(100, 1_001);
        assert!(bucket.has_any());
        let mut saved = Bucket::new(1_000, 300, 0);
        saved.settle(1_000, 300_000);
        saved.settle(1, 300_000);
        saved.take(HalfUnits(2 * 300));
        assert!(!saved.has_any());
    }

    #[test]
    fn extremes_do_not_overflow() {
        let mut bucket = Bucket::new(u64::MAX, 300, 0);
        bucket.settle(u64::MAX, u64::MAX);
        bucket.take(HalfUnits(u64::MAX));
        assert!(!bucket.has_any());
        bucket.settle(1, 0);
    }
}
