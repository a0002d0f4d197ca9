//! Sequence numbers: one counter of the engine, so that an item's records ascend whichever shard they are in.
//!
//! A number is taken inside the body of a transaction, while the partition of the item is locked. So within a partition
//! the order of numbers is the order of commits, and a reader that has seen a number will see no lesser one appear.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers a millisecond that a counter may use without getting ahead of one that starts later by the same clock.
const PER_MILLISECOND: u64 = 1_000_000;
/// Digits behind the leading 1.
const DIGITS: usize = 20;

/// A sequence number. Its text has 21 digits, the first of them 1, so it has AWS's shortest length, grows as an integer
/// and as a text, and loses nothing in a program that keeps it as an integer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SequenceNumber(pub(crate) u64);

impl SequenceNumber {
    /// The number of a text; nothing for a text that no number has.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('1').filter(|digits| digits.len() == DIGITS)?;
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
        if is_number { digits.parse().ok().map(Self) } else { None }
    }

    /// The number of its place in the order.
    pub fn of(place: u64) -> Self {
        Self(place)
    }

    /// Its place in the order of all numbers.
    pub fn place(self) -> u64 {
        self.0
    }

    /// The number behind this one.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "1{:0DIGITS$}", self.0)
    }
}

/// The counter.
#[derive(Debug)]
pub(crate) struct Sequence(AtomicU64);

impl Sequence {
    /// A counter that begins behind `last`, the greatest number known to be taken, and no earlier than the clock says.
    /// Taking up to a million numbers a millisecond, it never reaches where a later counter begins.
    pub(crate) fn behind(last: u64, now_ms: u64) -> Self {
        Self(AtomicU64::new(last.max(now_ms.saturating_mul(PER_MILLISECOND))))
    }

    /// Goes on behind a number that is known to be taken.
    pub(crate) fn skip(&self, taken: SequenceNumber) {
        self.0.fetch_max(taken.0, Ordering::Relaxed);
    }

    /// Takes a number.
    pub(crate) fn take(&self) -> SequenceNumber {
        // Relaxed is enough: all taking is in one order, and who takes under a lock takes after its last owner.
        SequenceNumber(self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1))
    }

    /// The last number taken.
    pub(crate) fn last(&self) -> SequenceNumber {
        SequenceNumber(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_21_digits_and_its_text_is_read_back() {
        for number in [0, 1, 1_795_404_554_810_000_001, u64::MAX] {
            let text = SequenceNumber(number).to_string();
            assert_eq!((text.len(), text.starts_with('1')), (21, true));
            assert_eq!(SequenceNumber::parse(&text), Some(SequenceNumber(number)));
        }
        for text in ["", "1", "000000000000000000001", "100000000000000000000x", "1+0000000000000000001"] {
            assert_eq!(SequenceNumber::parse(text), None, "{text}");
        }
        assert_eq!(SequenceNumber::parse("199999999999999999999"), None, "more than the counter can count");
        assert_eq!(SequenceNumber::parse("1000000000000000000001"), None, "22 digits");
    }

    #[test]
    fn a_counter_never_goes_back() {
        let first = Sequence::behind(0, 1_000);
        let taken = (0..5).map(|_| first.take()).collect::<Vec<_>>();
        assert!(taken.is_sorted_by(|a, b| a < b));
        assert_eq!(first.last(), taken[4]);
        assert!(Sequence::behind(0, 1_001).take() > taken[4], "a later clock is enough");
        assert!(
            Sequence::behind(taken[4].0, 500).take() > taken[4],
            "and so is the last number, where the clock went back"
        );
    }
}
