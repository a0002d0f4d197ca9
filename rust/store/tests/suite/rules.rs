//! One rule each, shown by one example.

use super::{HUGE, Make, TINY, bytes, entries, key, put, write};
use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, Store, StoreError, Tally, TreeId, TreeStats,
    Verdict,
};
use std::ops::{Bound, ControlFlow};

const ONE: TreeId = TreeId(1);
const TWO: TreeId = TreeId(2);
const MISSING: TreeId = TreeId(99);

fn store(make: Make, partition_bytes_max: u64) -> Box<dyn Store> {
    let store = make(partition_bytes_max);
    store.create(ONE, Home::Own).unwrap();
    store.create(TWO, Home::Own).unwrap();
    store
}

pub(crate) fn reads_and_writes_of_a_transaction_are_its_own_until_it_commits(make: Make) {
    let store = store(make, HUGE);
    put(&*store, ONE, b"a", "old");
    let keys: [(TreeId, &[u8]); 3] = [(ONE, b"a"), (TWO, b"a"), (ONE, b"b")];
    store
        .transact(&keys, Durability::Full, &mut |txn| {
            assert_eq!(txn.get(ONE, b"a"), Ok(Some(bytes("old"))));
            txn.put(ONE, b"a", bytes("new"));
            txn.put(TWO, b"a", bytes("two"));
            assert_eq!(txn.get(ONE, b"a"), Ok(Some(bytes("new"))));
            txn.delete(ONE, b"a");
            assert_eq!(txn.get(ONE, b"a"), Ok(None));
            assert_eq!(txn.get(TWO, b"a"), Ok(Some(bytes("two"))));
            assert_eq!(txn.get(ONE, b"b"), Ok(None));
            Verdict::Commit
        })
        .unwrap();
    assert_eq!(store.get(ONE, b"a"), Ok(None));
    assert_eq!(store.get(TWO, b"a"), Ok(Some(bytes("two"))));
}

pub(crate) fn an_aborted_transaction_changes_nothing(make: Make) {
    let store = store(make, HUGE);
    put(&*store, ONE, b"a", "old");
    let result = store.transact(&[(ONE, b"a")], Durability::Os, &mut |txn| {
        txn.put(ONE, b"a", bytes("new"));
        txn.put(TWO, b"a", bytes("new"));
        Verdict::Abort
    });
    assert_eq!(result, Ok(None));
    assert_eq!(store.get(ONE, b"a"), Ok(Some(bytes("old"))));
    assert_eq!(store.get(TWO, b"a"), Ok(None));
}

pub(crate) fn a_transaction_reads_only_what_it_declared(make: Make) {
    let store = store(make, HUGE);
    store
        .transact(&[(ONE, b"b"), (ONE, b"d"), (ONE, b"b")], Durability::Memory, &mut |txn| {
            for undeclared in [b"a", b"c", b"e"] {
                assert_eq!(txn.get(ONE, undeclared), Err(StoreError::UndeclaredKey));
            }
            assert_eq!(txn.get(TWO, b"b"), Err(StoreError::UndeclaredKey));
            txn.put(ONE, b"b", bytes("twice declared"));
            assert_eq!(txn.get(ONE, b"b"), Ok(Some(bytes("twice declared"))));
            Verdict::Commit
        })
        .unwrap();
}

pub(crate) fn a_missing_tree_is_an_error_and_nothing_is_applied(make: Make) {
    let store = store(make, HUGE);
    let missing = StoreError::NoSuchTree(MISSING);
    assert_eq!(store.get(MISSING, b"a"), Err(missing.clone()));
    let visit = &mut |_: &[u8], _: &Bytes| ControlFlow::Continue(());
    assert_eq!(store.range(MISSING, KeyRange::ALL, Direction::Forward, visit), Err(missing.clone()));
    assert_eq!(store.drop_tree(MISSING), Err(missing.clone()));
    assert_eq!(store.create(TreeId(3), Home::With(MISSING)), Err(missing.clone()));
    assert_eq!(store.create(ONE, Home::Own), Err(StoreError::TreeExists(ONE)));
    assert_eq!(store.create(ONE, Home::With(TWO)), Err(StoreError::TreeExists(ONE)));
    let body = &mut |_: &mut dyn statordb_store::Txn| -> Verdict { panic!("a declared tree is missing") };
    assert_eq!(store.transact(&[(MISSING, b"a")], Durability::Memory, body), Err(missing.clone()));
    let wrote = write(&*store, |txn| {
        txn.put(ONE, b"a", bytes("lost"));
        txn.put(MISSING, b"a", bytes("lost"));
    });
    assert_eq!(wrote, Err(missing));
    assert_eq!(store.get(ONE, b"a"), Ok(None));
}

pub(crate) fn too_large_a_key_or_value_is_an_error_and_nothing_is_applied(make: Make) {
    let store = store(make, HUGE);
    let caps = store.caps();
    let (key, value) = (vec![1; caps.key_bytes_max], Bytes::from(vec![2; caps.value_bytes_max]));
    write(&*store, |txn| txn.put(ONE, &key, value.clone())).unwrap();
    assert_eq!(store.get(ONE, &key), Ok(Some(value)));

    let long = vec![1; caps.key_bytes_max + 1];
    let size_max = caps.key_bytes_max;
    let too_large = StoreError::TooLarge { what: "key", size: size_max + 1, size_max };
    let wrote = write(&*store, |txn| {
        txn.put(TWO, b"a", bytes("lost"));
        txn.delete(ONE, &long);
    });
    assert_eq!(wrote, Err(too_large));

    let size_max = caps.value_bytes_max;
    let too_large = StoreError::TooLarge { what: "value", size: size_max + 1, size_max };
    let wrote = write(&*store, |txn| {
        txn.put(TWO, b"a", bytes("lost"));
        txn.put(TWO, b"b", Bytes::from(vec![2; size_max + 1]));
    });
    assert_eq!(wrote, Err(too_large));
    assert!(entries(&*store, TWO).is_empty());
}

pub(crate) fn a_store_takes_what_the_engine_needs(make: Make) {
    let caps = make(HUGE).caps();
    assert!(caps.key_bytes_max >= 2048 + 1024 + 64);
    assert!(caps.value_bytes_max >= 512 << 10);
    assert!(caps.transaction_writes_max >= 10_000);
    assert!(caps.transaction_bytes_max >= 64 << 20);
}

pub(crate) fn keys_are_ordered_byte_by_byte_even_where_they_are_short(make: Make) {
    let store = store(make, TINY);
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for first in [0, 1, 2, 255] {
        for len in 0..12 {
            keys.push([&[first][..], &vec![0; len]].concat());
            keys.push([&[first][..], &vec![0; len], &[1]].concat());
        }
    }
    keys.push(Vec::new());
    for key in keys.iter().rev() {
        put(&*store, ONE, key, &"x".repeat(50));
    }
    keys.sort();
    keys.dedup();
    assert_eq!(entries(&*store, ONE).into_iter().map(|(key, _)| key).collect::<Vec<_>>(), keys);
    // On disk they are split later.
    assert!(store.stats().partitions > 4 || store.caps().persistent);
    for pair in keys.windows(2) {
        let range = KeyRange { start: Bound::Excluded(&*pair[0]), end: Bound::Included(&*pair[1]) };
        let mut found = Vec::new();
        let visit = &mut |key: &[u8], _: &Bytes| {
            found.push(key.to_vec());
            ControlFlow::Continue(())
        };
        store.range(ONE, range, Direction::Backward, visit).unwrap();
        assert_eq!(found, [pair[1].clone()]);
    }
}

pub(crate) fn a_visitor_may_stop_and_may_call_the_store(make: Make) {
    let store = store(make, TINY);
    for number in 0..50 {
        put(&*store, ONE, &key(number << 56, b""), &"x".repeat(50));
    }
    for (direction, expected) in [(Direction::Forward, [0, 1, 2]), (Direction::Backward, [49, 48, 47])] {
        let mut found = Vec::new();
        let visit = &mut |key: &[u8], value: &Bytes| {
            put(&*store, ONE, &[key, b"later"].concat(), "y");
            assert_eq!(store.get(ONE, key), Ok(Some(value.clone())));
            found.push(u64::from(key[0]));
            if found.len() < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let first = |number: u64| key(number << 56, b"");
        let (low, high) = (first(0), first(49));
        let range = KeyRange { start: Bound::Included(&*low), end: Bound::Included(&*high) };
        store.range(ONE, range, direction, visit).unwrap();
        assert_eq!(found, expected);
    }
    assert_eq!(store.get(ONE, &key(49 << 56, b"later")), Ok(Some(bytes("y"))));
}

pub(crate) fn the_last_write_of_a_transaction_to_a_key_counts(make: Make) {
    let store = store(make, HUGE);
    for declared in [&[][..], &[(ONE, b"a".as_slice()), (ONE, b"b")][..]] {
        store
            .transact(declared, Durability::Memory, &mut |txn| {
                txn.put(ONE, b"a", bytes("first"));
                txn.put(ONE, b"b", bytes("first"));
                txn.delete(ONE, b"a");
                txn.delete(ONE, b"b");
                txn.put(ONE, b"b", bytes("last"));
                Verdict::Commit
            })
            .unwrap();
        assert_eq!(entries(&*store, ONE), [(b"b".to_vec(), bytes("last"))]);
    }
}

pub(crate) fn stats_count_entries_bytes_and_partitions(make: Make) {
    let store = store(make, 1_000);
    let index = TreeId(3);
    store.create(index, Home::With(ONE)).unwrap();
    for number in 0..100 {
        put(&*store, ONE, &key(number << 56, b"rest"), &"x".repeat(88));
        put(&*store, index, &key(number << 56, b"rest"), "x");
    }
    put(&*store, TWO, b"", "four");
    let stats = store.stats();
    let row = |tree: TreeId| *stats.trees.iter().find(|row| row.tree == tree).unwrap();
    let partitions = row(ONE).partitions;
    assert!((12..=100).contains(&partitions), "{partitions} partitions");
    assert_eq!(row(ONE), TreeStats { tree: ONE, entries: 100, bytes: 10_000, tally: Tally::NONE, partitions });
    assert_eq!(row(index), TreeStats { tree: index, entries: 100, bytes: 1_300, tally: Tally::NONE, partitions });
    assert_eq!(row(TWO), TreeStats { tree: TWO, entries: 1, bytes: 4, tally: Tally::NONE, partitions: 1 });
    assert_eq!((stats.entries, stats.bytes, stats.partitions), (201, 11_304, partitions + 1));
}

pub(crate) fn a_tree_outlives_the_tree_it_lives_with(make: Make) {
    let store = store(make, TINY);
    let index = TreeId(3);
    store.create(index, Home::With(ONE)).unwrap();
    for number in 0..20 {
        put(&*store, ONE, &key(number << 59, b""), &"x".repeat(50));
        put(&*store, index, &key(number << 59, b""), "kept");
    }
    store.drop_tree(ONE).unwrap();
    assert_eq!(store.get(ONE, b"a"), Err(StoreError::NoSuchTree(ONE)));
    assert_eq!(entries(&*store, index).len(), 20);
    store.create(ONE, Home::Own).unwrap();
    assert!(entries(&*store, ONE).is_empty());
    write(&*store, |txn| {
        txn.put(index, b"a", bytes("both"));
        txn.put(ONE, b"a", bytes("both"));
    })
    .unwrap();
    assert_eq!((entries(&*store, index).len(), entries(&*store, ONE).len()), (21, 1));
}

pub(crate) fn commits_are_numbered_upwards(make: Make) {
    let store = store(make, HUGE);
    let mut last = put(&*store, ONE, b"a", "");
    assert!(last >= CommitSeq(1));
    for number in 0..10u8 {
        let commit = put(&*store, if number % 2 == 0 { ONE } else { TWO }, &[number], "");
        assert!(commit > last);
        store.wait_durable(commit).unwrap();
        last = commit;
    }
    store.checkpoint().unwrap();
    assert!(put(&*store, ONE, b"a", "") > last);
}

fn partition_of(store: &dyn Store, tree: TreeId, key: &[u8]) -> HashRange {
    let mut found = None;
    let aborted = store.transact(&[(tree, key)], Durability::Memory, &mut |txn| {
        assert_eq!(txn.partition(tree, b"undeclared"), Err(StoreError::UndeclaredKey));
        found = Some(txn.partition(tree, key).unwrap());
        Verdict::Abort
    });
    assert_eq!(aborted, Ok(None));
    found.unwrap()
}

pub(crate) fn a_partition_is_named_by_its_hashes(make: Make) {
    let store = store(make, TINY);
    let index = TreeId(3);
    store.create(index, Home::With(ONE)).unwrap();
    let whole = HashRange { start: 0, end: u64::MAX };
    assert_eq!(partition_of(&*store, ONE, b"a"), whole);
    assert_eq!(store.partitions(ONE), Ok(vec![whole]));
    for number in 0..20 {
        put(&*store, ONE, &key(number << 59, b""), &"x".repeat(50));
    }
    let ranges = store.partitions(ONE).unwrap();
    assert!(ranges.len() > 4 && ranges.iter().all(|range| whole.contains(range) && !range.contains(&whole)));
    assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, u64::MAX));
    assert!(ranges.windows(2).all(|pair| pair[0].end + 1 == pair[1].start));
    assert_eq!(store.partitions(index), Ok(ranges.clone()));
    assert_eq!(store.partitions(TWO), Ok(vec![whole]));
    for number in 0..20 {
        let hash = number << 59;
        let expected = ranges.iter().find(|range| (range.start..=range.end).contains(&hash)).unwrap();
        assert_eq!(partition_of(&*store, ONE, &key(hash, b"any")), *expected);
        assert_eq!(partition_of(&*store, index, &key(hash, b"other")), *expected);
    }
    assert_eq!(store.partitions(MISSING), Err(StoreError::NoSuchTree(MISSING)));
    if let Ok(fork) = store.fork() {
        assert_eq!(fork.partitions(ONE), Ok(ranges));
    }
}

pub(crate) fn a_guest_neither_causes_nor_places_a_split(make: Make) {
    let store = store(make, 1_000);
    let guest = TreeId(3);
    store.create(guest, Home::Beside(ONE)).unwrap();
    for number in 0..100 {
        put(&*store, guest, &key(number << 57, b"beside"), &"x".repeat(88));
    }
    assert_eq!(store.partitions(ONE).unwrap().len(), 1);
    for hash in [1 << 62, (1 << 62) + 1, u64::MAX - 1, u64::MAX] {
        put(&*store, ONE, &key(hash, b""), &"x".repeat(300));
    }
    let cut = store.partitions(ONE).unwrap()[0].end;
    assert_eq!(store.partitions(ONE).unwrap().len(), 2);
    assert!((1 << 62..u64::MAX - 1).contains(&cut), "{cut} does not part the entries of the tree that weighs");
    assert_eq!(entries(&*store, guest).len(), 100);
    store.drop_tree(ONE).unwrap();
    for number in 0..100 {
        put(&*store, guest, &key(number << 57, b"after"), &"x".repeat(88));
    }
    assert_eq!((store.partitions(guest).unwrap().len(), entries(&*store, guest).len()), (2, 200));
}

pub(crate) fn tallies_add_up_over_partitions_and_leave_with_their_tree(make: Make) {
    let store = make(TINY);
    store.create(ONE, Home::Own).unwrap();
    let count = |items, bytes| Tally { items, bytes };
    for number in 0..100_u64 {
        let key = key(number << 56, b"k");
        write(&*store, |txn| txn.write(ONE, &key, Some(bytes("a value of some length")), count(1, 50))).unwrap();
    }
    write(&*store, |txn| txn.write(ONE, &key(7 << 56, b"k"), None, count(-1, -50))).unwrap();
    write(&*store, |txn| txn.write(ONE, b"", None, count(3, 5))).unwrap();
    let tally = |tree| store.stats().trees.iter().find(|row| row.tree == tree).map(|row| row.tally);
    assert_eq!(tally(ONE), Some(count(102, 4_955)));
    assert!(store.stats().partitions > 1);
    store.drop_tree(ONE).unwrap();
    store.create(ONE, Home::Own).unwrap();
    assert_eq!(tally(ONE), Some(Tally::NONE));
}

pub(crate) fn a_trim_removes_what_lies_before_a_key_under_its_hash(make: Make) {
    let store = make(HUGE);
    store.create(ONE, Home::Own).unwrap();
    store.create(TWO, Home::Beside(ONE)).unwrap();
    let all: Vec<Vec<u8>> =
        [(3, 9), (5, 1), (5, 2), (5, 3), (6, 0)].map(|(hash, rest)| key(hash, &[rest])).into_iter().collect();
    for tree in [ONE, TWO] {
        for key in &all {
            put(&*store, tree, key, "v");
        }
        store.trim(tree, &key(5, &[3])).unwrap();
        let left: Vec<Vec<u8>> = entries(&*store, tree).into_iter().map(|(key, _)| key).collect();
        assert_eq!(left, [all[0].clone(), all[3].clone(), all[4].clone()]);
        put(&*store, tree, &all[4], "w");
        store.trim(tree, &key(5, &[3])).unwrap();
        store.trim(tree, &key(3, &[255])).unwrap();
        assert_eq!(entries(&*store, tree), [(all[3].clone(), bytes("v")), (all[4].clone(), bytes("w"))]);
        assert_eq!(store.get(tree, &all[1]).unwrap(), None);
    }
    assert_eq!(store.trim(TreeId(99), &all[0]), Err(StoreError::NoSuchTree(TreeId(99))));
}
