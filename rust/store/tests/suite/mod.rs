//! The suite: what every store must do, whatever keeps its bytes.

pub(crate) mod concurrent;
pub(crate) mod eager;
pub(crate) mod folder;
pub(crate) mod isolation;
pub(crate) mod model;
pub(crate) mod rules;

use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, KeyRange, Read, Store, StoreError, TreeId, Txn, Verdict,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Makes an empty store whose partitions split at this many bytes.
pub(crate) type Make = fn(partition_bytes_max: u64) -> Box<dyn Store>;

/// Small enough that a handful of entries splits a partition.
pub(crate) const TINY: u64 = 300;

/// Large enough that nothing splits.
pub(crate) const HUGE: u64 = 1 << 40;

/// What a store should hold.
pub(crate) type Model = BTreeMap<TreeId, BTreeMap<Vec<u8>, Bytes>>;

/// Puts a module of tests, one for each rule, around a function that makes a store. Some rules are only for a store that
/// `splits` partitions before it is asked for them, and some for one in memory, which `forks` and counts exactly.
#[macro_export]
macro_rules! store_contract {
    ($make:ident: $($more:ident)*) => {
        mod $make {
            use super::suite::{concurrent, isolation, model, rules};
            $($crate::store_contract!(@$more $make);)*
            $crate::store_contract!(@tests super::$make, rules:
                reads_and_writes_of_a_transaction_are_its_own_until_it_commits
                an_aborted_transaction_changes_nothing
                a_transaction_reads_only_what_it_declared
                a_missing_tree_is_an_error_and_nothing_is_applied
                too_large_a_key_or_value_is_an_error_and_nothing_is_applied
                a_store_takes_what_the_engine_needs
                keys_are_ordered_byte_by_byte_even_where_they_are_short
                a_visitor_may_stop_and_may_call_the_store
                the_last_write_of_a_transaction_to_a_key_counts
                a_tree_outlives_the_tree_it_lives_with
                commits_are_numbered_upwards
                a_trim_removes_what_lies_before_a_key_under_its_hash);
            $crate::store_contract!(@tests super::$make, isolation:
                a_snapshot_stays_as_it_was
                a_snapshot_outlives_its_store
                a_body_that_panics_changes_nothing_and_locks_nobody_out);
            $crate::store_contract!(@tests super::$make, model:
                a_store_behaves_like_a_map_of_maps);
            $crate::store_contract!(@tests super::$make, concurrent:
                every_transaction_read_what_the_commits_before_it_left
                transfers_keep_their_sum_in_every_snapshot
                opposite_orders_of_trees_do_not_deadlock
                a_tree_made_while_partitions_split_is_in_all_of_them
                a_tree_dropped_under_transactions_leaves_none_of_them_half_done
                readers_never_miss_a_key_while_partitions_split
                a_partition_that_was_seen_split_is_written_no_more);
        }
    };
    (@splits $make:ident) => {
        $crate::store_contract!(@tests super::$make, rules:
            a_partition_is_named_by_its_hashes
            a_guest_neither_causes_nor_places_a_split
            tallies_add_up_over_partitions_and_leave_with_their_tree);
    };
    (@forks $make:ident) => {
        $crate::store_contract!(@tests super::$make, rules:
            stats_count_entries_bytes_and_partitions);
        $crate::store_contract!(@tests super::$make, isolation:
            a_fork_and_its_origin_do_not_see_each_other
            a_fork_continues_the_numbers_of_its_origin);
    };
    (@tests $make:path, $room:ident: $($rule:ident)*) => {
        $(#[test] fn $rule() { $room::$rule($make); })*
    };
}

pub(crate) fn key(hash: u64, rest: &[u8]) -> Vec<u8> {
    [&hash.to_be_bytes(), rest].concat()
}

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::from(text.as_bytes())
}

/// Commits one transaction whose body only writes.
pub(crate) fn write(store: &dyn Store, mut body: impl FnMut(&mut dyn Txn)) -> Result<CommitSeq, StoreError> {
    let commit = store.transact(&[], Durability::Memory, &mut |txn| {
        body(txn);
        Verdict::Commit
    })?;
    Ok(commit.expect("the body said commit"))
}

pub(crate) fn put(store: &dyn Store, tree: TreeId, key: &[u8], value: &str) -> CommitSeq {
    write(store, |txn| txn.put(tree, key, bytes(value))).unwrap()
}

/// Every entry of a tree, by key.
pub(crate) fn entries(store: &dyn Read, tree: TreeId) -> Vec<(Vec<u8>, Bytes)> {
    let mut found = Vec::new();
    let visit = &mut |key: &[u8], value: &Bytes| {
        found.push((key.to_vec(), value.clone()));
        ControlFlow::Continue(())
    };
    store.range(tree, KeyRange::ALL, Direction::Forward, visit).unwrap();
    found
}

pub(crate) fn assert_holds(store: &dyn Read, model: &Model) {
    for (tree, expected) in model {
        let expected: Vec<_> = expected.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(entries(store, *tree), expected, "{tree:?}");
    }
}

/// Numbers that look random and are the same in every run of a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}
