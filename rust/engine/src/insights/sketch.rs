//! The most frequent of very many keys, in bounded memory: the Space-Saving counters of Metwally, Agrawal and El Abbadi.

use std::collections::HashMap;

use statordb_store::Bytes;

/// Keys that are counted at a time. A key that makes more than one in so many of all counts is always among them.
pub(super) const KEYS_MAX: usize = 512;

/// Counts by key. A key that comes when all places are taken takes that of the least counted one, with its count; so a
/// count is never too low.
#[derive(Debug, Default)]
pub(super) struct TopKeys {
    counts: HashMap<Bytes, u64>,
}

impl TopKeys {
    /// Counts `amount` for a key.
    pub(super) fn add(&mut self, key: &Bytes, amount: u64) {
        if let Some(count) = self.counts.get_mut(key) {
            *count = count.saturating_add(amount);
            return;
        }
        let taken_over = if self.counts.len() < KEYS_MAX { 0 } else { self.take_least() };
        self.counts.insert(key.clone(), taken_over.saturating_add(amount));
    }

    /// Gives up the least counted key, and tells its count. Of several, the one with the greatest bytes goes.
    fn take_least(&mut self) -> u64 {
        let order = |(key, count): (&Bytes, &u64)| (*count, std::cmp::Reverse(key.clone()));
        let Some((least, std::cmp::Reverse(key))) = self.counts.iter().map(order).min() else { return 0 };
        self.counts.remove(&key);
        least
    }

    /// The most counted keys, the first one first; of equal counts the one with the lesser bytes.
    pub(super) fn first(&self, at_most: usize) -> Vec<(Bytes, u64)> {
        let mut all: Vec<(Bytes, u64)> = self.counts.iter().map(|(key, count)| (key.clone(), *count)).collect();
        all.sort_unstable_by(|(one, one_count), (other, other_count)| {
            other_count.cmp(one_count).then_with(|| one.cmp(other))
        });
        all.truncate(at_most);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Bytes {
        number.to_be_bytes().as_slice().into()
    }

    #[test]
    fn counts_are_exact_while_all_keys_have_a_place() {
        let mut keys = TopKeys::default();
        for number in 0..KEYS_MAX {
            keys.add(&key(number), number as u64);
        }
        keys.add(&key(7), 1_000);
        assert_eq!(keys.first(2), [(key(7), 1_007), (key(KEYS_MAX - 1), KEYS_MAX as u64 - 1)]);
    }

    #[test]
    fn frequent_keys_stay_among_very_many_others() {
        let mut keys = TopKeys::default();
        for number in 0..40 * KEYS_MAX {
            keys.add(&key(1_000_000 + number), 1);
            if number % 20 == 0 {
                keys.add(&key(number / 20 % 3), 1);
            }
        }
        assert_eq!(keys.counts.len(), KEYS_MAX);
        let first: Vec<Bytes> = keys.first(3).into_iter().map(|(key, _)| key).collect();
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [key(0), key(1), key(2)]);
        assert!(keys.first(3).iter().all(|(_, count)| *count >= 2 * KEYS_MAX as u64 / 3));
    }
}
