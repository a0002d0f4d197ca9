//! What a snapshot, a fork and a panicking body may not see or do.

use super::{Make, Model, TINY, assert_holds, bytes, entries, key, put, write};
use statordb_store::{Durability, Home, Store, StoreError, TreeId, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind};

const BASE: TreeId = TreeId(1);
const LSI: TreeId = TreeId(2);
const GSI: TreeId = TreeId(3);

/// A store of three trees with `count` entries each, over several partitions, and what it holds.
fn filled(make: Make, count: u64) -> (Box<dyn Store>, Model) {
    let store = make(TINY);
    let mut model = Model::new();
    for (tree, home) in [(BASE, Home::Own), (LSI, Home::With(BASE)), (GSI, Home::Own)] {
        store.create(tree, home).unwrap();
        let model = model.entry(tree).or_default();
        for number in 0..count {
            let key = key(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), b"key");
            put(&*store, tree, &key, "old");
            model.insert(key, bytes("old"));
        }
    }
    (store, model)
}

/// Overwrites, removes and adds entries, drops a tree and makes another.
fn disturb(store: &dyn Store) {
    for (index, (key, _)) in entries(store, BASE).into_iter().enumerate() {
        write(store, |txn| {
            txn.put(BASE, &[&key[..], b"new"].concat(), bytes("new"));
            if index % 2 == 0 {
                txn.put(BASE, &key, bytes("new"))
            } else {
                txn.delete(BASE, &key)
            }
            txn.delete(LSI, &key);
        })
        .unwrap();
    }
    store.drop_tree(GSI).unwrap();
    store.create(GSI, Home::With(BASE)).unwrap();
    put(store, GSI, b"other", "new");
    store.create(TreeId(4), Home::Own).unwrap();
}

fn current(store: &dyn Store) -> Model {
    let tree = |tree| (tree, entries(store, tree).into_iter().collect());
    store.stats().trees.iter().map(|row| tree(row.tree)).collect()
}

pub(crate) fn a_snapshot_stays_as_it_was(make: Make) {
    let (store, model) = filled(make, 100);
    let snapshot = store.snapshot().unwrap();
    disturb(&*store);
    assert_holds(&*snapshot, &model);
    assert_eq!(snapshot.get(TreeId(4), b"a"), Err(StoreError::NoSuchTree(TreeId(4))));
    for (tree, entries) in &model {
        entries.iter().for_each(|(key, value)| assert_eq!(snapshot.get(*tree, key), Ok(Some(value.clone()))));
    }
}

pub(crate) fn a_snapshot_outlives_its_store(make: Make) {
    let (store, model) = filled(make, 20);
    let snapshot = store.snapshot().unwrap();
    drop(store);
    assert_holds(&*snapshot, &model);
}

pub(crate) fn a_fork_and_its_origin_do_not_see_each_other(make: Make) {
    for disturb_fork in [false, true] {
        let (store, model) = filled(make, 100);
        let fork = store.fork().unwrap();
        let (disturbed, quiet) = if disturb_fork { (fork, store) } else { (store, fork) };
        disturb(&*disturbed);
        assert_eq!(current(&*quiet), model);
        let changed = current(&*disturbed);
        put(&*quiet, GSI, b"quiet", "too");
        assert_eq!(current(&*disturbed), changed);
        drop(disturbed);
        assert_eq!(quiet.stats().entries, 301);
    }
}

pub(crate) fn a_fork_continues_the_numbers_of_its_origin(make: Make) {
    let (store, _) = filled(make, 5);
    let fork = store.fork().unwrap();
    let last = put(&*store, BASE, b"a", "");
    assert_eq!(put(&*fork, BASE, b"b", ""), last);
    let again = fork.fork().unwrap();
    assert!(put(&*again, BASE, b"c", "") > last);
}

pub(crate) fn a_body_that_panics_changes_nothing_and_locks_nobody_out(make: Make) {
    let (store, model) = filled(make, 20);
    let keys: Vec<(TreeId, &[u8])> = model[&BASE].keys().map(|key| (BASE, &**key)).collect();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.transact(&keys, Durability::Full, &mut |txn| {
            keys.iter().for_each(|(tree, key)| txn.put(*tree, key, bytes("lost")));
            txn.delete(GSI, keys[0].1);
            panic!("the body gives up (this message is expected)");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(current(&*store), model);
    assert_holds(&*store.snapshot().unwrap(), &model);
    let commit = store.transact(&keys, Durability::Full, &mut |txn| {
        keys.iter().for_each(|(tree, key)| txn.put(*tree, key, bytes("kept")));
        Verdict::Commit
    });
    assert!(commit.unwrap().is_some());
    assert!(entries(&*store, BASE).iter().all(|(_, value)| *value == bytes("kept")));
}
