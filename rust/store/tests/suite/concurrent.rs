//! Many threads at once: what each of them saw is explained by the order of commits, and nobody waits for ever.

use super::{Dice, Make, Model, TINY, assert_holds, bytes, entries, key, put, write};
use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, Read, Store, StoreError, TreeId, Txn, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Bound, ControlFlow};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

const BASE: TreeId = TreeId(1);
const LSI: TreeId = TreeId(2);
const GSI: TreeId = TreeId(3);
const OTHER: TreeId = TreeId(4);
const TREES: [TreeId; 4] = [BASE, LSI, GSI, OTHER];

fn four_trees(make: Make, partition_bytes_max: u64) -> Box<dyn Store> {
    let store = make(partition_bytes_max);
    store.create(BASE, Home::Own).unwrap();
    store.create(OTHER, Home::Own).unwrap();
    store.create(LSI, Home::With(BASE)).unwrap();
    store.create(GSI, Home::Own).unwrap();
    store
}

/// Says that the others may stop, also where their test has failed.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What one transaction read and wrote.
#[derive(Default)]
struct Record {
    reads: Vec<(TreeId, Vec<u8>, Option<Bytes>)>,
    writes: Vec<(TreeId, Vec<u8>, Option<Bytes>)>,
}

fn any_key(dice: &mut Dice) -> (TreeId, Vec<u8>) {
    (TREES[dice.roll(4) as usize], key(dice.roll(30).wrapping_mul(0x9E37_79B9_7F4A_7C15), &[dice.roll(2) as u8]))
}

/// One random transaction: reads what it declares, writes some of it, and writes elsewhere too.
fn random_transaction(store: &dyn Store, dice: &mut Dice, tag: &str) -> (CommitSeq, Record) {
    let keys: Vec<_> = (0..dice.roll(4)).map(|_| any_key(dice)).collect();
    let elsewhere: Vec<_> = (0..dice.roll(3)).map(|_| any_key(dice)).collect();
    let declared: Vec<(TreeId, &[u8])> = keys.iter().map(|(tree, key)| (*tree, &**key)).collect();
    let (mask, padding) = (dice.roll(256), "x".repeat(dice.roll(100) as usize));
    let mut record = Record::default();
    let commit = store.transact(&declared, Durability::Memory, &mut |txn| {
        record = Record::default();
        for (tree, key) in &declared {
            record.reads.push((*tree, key.to_vec(), txn.get(*tree, key).unwrap()));
        }
        thread::yield_now();
        for (index, (tree, key)) in keys.iter().chain(&elsewhere).enumerate() {
            let value = (mask >> index & 1 == 0).then(|| bytes(&format!("{tag} {index} {padding}")));
            match &value {
                Some(value) => txn.put(*tree, key, value.clone()),
                None if index % 2 == 0 => txn.delete(*tree, key),
                None => continue,
            }
            record.writes.push((*tree, key.clone(), value));
        }
        Verdict::Commit
    });
    (commit.unwrap().unwrap(), record)
}

/// A number for what is in a map of maps, which entries change one by one.
fn mark(tree: TreeId, key: &[u8], value: &Bytes) -> u64 {
    let mut hasher = DefaultHasher::new();
    (tree, key, value).hash(&mut hasher);
    hasher.finish()
}

fn mark_of(state: &dyn Read) -> u64 {
    let marks = |tree| entries(state, tree).into_iter().map(move |(key, value)| mark(tree, &key, &value));
    TREES.into_iter().flat_map(marks).fold(0, |all, one| all ^ one)
}

/// Replays transactions in the order of their commits and checks each read; returns the final state, and the mark of
/// the state after each commit.
fn replay(history: &BTreeMap<CommitSeq, Record>) -> (Model, Vec<u64>) {
    let mut model: Model = TREES.into_iter().map(|tree| (tree, BTreeMap::new())).collect();
    let (mut now, mut marks) = (0, vec![0]);
    for (commit, record) in history {
        for (tree, key, value) in &record.reads {
            assert_eq!(model[tree].get(key), value.as_ref(), "a read of {commit:?}");
        }
        for (tree, key, value) in &record.writes {
            let entries = model.get_mut(tree).unwrap();
            let old = match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
            now ^= old.map_or(0, |old| mark(*tree, key, &old));
            now ^= value.as_ref().map_or(0, |value| mark(*tree, key, value));
        }
        marks.push(now);
    }
    (model, marks)
}

/// Snapshots and forks are taken until `done`; returns their marks, in order.
fn watch(store: &dyn Store, done: &AtomicBool) -> Vec<u64> {
    let mut marks = Vec::new();
    while !done.load(Ordering::Relaxed) {
        marks.push(mark_of(&*store.snapshot().unwrap()));
        if let Ok(fork) = store.fork() {
            marks.push(mark_of(&*fork));
            put(&*fork, BASE, b"only in the fork", "");
        }
    }
    marks
}

pub(crate) fn every_transaction_read_what_the_commits_before_it_left(make: Make) {
    for seed in 0..6 {
        let store = four_trees(make, TINY << (seed % 3 * 2));
        let done = AtomicBool::new(false);
        let work = |worker: u64| {
            let mut dice = Dice::new(seed * 100 + worker + 1);
            let one = |number| random_transaction(&*store, &mut dice, &format!("{worker} {number}"));
            (0..400).map(one).collect::<Vec<_>>()
        };
        let (history, seen) = thread::scope(|scope| {
            let watcher = scope.spawn(|| watch(&*store, &done));
            let finished = Done(&done);
            let workers: Vec<_> = (0..4).map(|worker| scope.spawn(move || work(worker))).collect();
            let history: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
            drop(finished);
            (history, watcher.join().unwrap())
        });
        let history: BTreeMap<_, _> = history.into_iter().collect();
        assert_eq!(history.len(), 1600, "no number was given twice");
        let (model, marks) = replay(&history);
        assert_holds(&*store, &model);
        let mut later = marks.iter();
        assert!(seen.iter().all(|seen| marks.contains(seen)), "a snapshot shows the state after some commit");
        let mut previous = None;
        for seen in seen.iter().filter(|seen| previous.replace(**seen) != Some(**seen)) {
            assert!(later.any(|mark| mark == seen), "snapshots do not go back");
        }
    }
}

pub(crate) fn transfers_keep_their_sum_in_every_snapshot(make: Make) {
    const ACCOUNTS: u64 = 20;
    let store = four_trees(make, TINY);
    let account = |number: u64| (TREES[number as usize % 4], key(number << 58, b"account"));
    let amount = |value: &[u8]| i64::from_be_bytes(*value.first_chunk().unwrap());
    let money = |amount: i64| Bytes::from([&amount.to_be_bytes()[..], &[0; 60]].concat());
    for (tree, key) in (0..ACCOUNTS).map(account) {
        write(&*store, |txn| txn.put(tree, &key, money(100))).unwrap();
    }
    let transfer = |dice: &mut Dice| {
        let ((from_tree, from), (to_tree, to)) = (account(dice.roll(ACCOUNTS)), account(dice.roll(ACCOUNTS)));
        let keys: [(TreeId, &[u8]); 2] = [(from_tree, &from), (to_tree, &to)];
        let committed = store.transact(&keys, Durability::Memory, &mut |txn| {
            let left = amount(&txn.get(from_tree, &from).unwrap().unwrap()) - 7;
            txn.put(from_tree, &from, money(left));
            let right = amount(&txn.get(to_tree, &to).unwrap().unwrap()) + 7;
            txn.put(to_tree, &to, money(right));
            Verdict::Commit
        });
        assert!(committed.unwrap().is_some());
    };
    let sum = |state: &dyn Read| -> i64 {
        TREES.iter().flat_map(|tree| entries(state, *tree)).map(|(_, value)| amount(&value)).sum()
    };
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert_eq!(sum(&*store.snapshot().unwrap()), 100 * ACCOUNTS as i64);
            }
        });
        let finished = Done(&done);
        let transfer = &transfer;
        let worker = |seed| {
            scope.spawn(move || {
                (0..2_000).for_each({
                    let mut dice = Dice::new(seed);
                    move |_| transfer(&mut dice)
                })
            })
        };
        let workers: Vec<_> = (1..5).map(worker).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        drop(finished);
        watcher.join().unwrap();
    });
    assert_eq!(sum(&*store), 100 * ACCOUNTS as i64);
}

pub(crate) fn opposite_orders_of_trees_do_not_deadlock(make: Make) {
    let store = four_trees(make, TINY);
    let store = &*store;
    thread::scope(|scope| {
        for (seed, first, then) in [(1u64, BASE, OTHER), (2, OTHER, BASE), (3, GSI, LSI), (4, LSI, GSI)] {
            scope.spawn(move || {
                for number in 0..1_000u64 {
                    let declared = key(number.wrapping_mul(seed) << 54, b"");
                    let elsewhere = key(!number << 54, b"");
                    let commit = store.transact(&[(first, &declared)], Durability::Memory, &mut |txn| {
                        thread::yield_now();
                        txn.put(then, &elsewhere, bytes("there"));
                        txn.put(first, &elsewhere, bytes("below or above"));
                        txn.put(first, &declared, bytes("here"));
                        Verdict::Commit
                    });
                    assert!(commit.unwrap().is_some());
                }
            });
        }
    });
    assert!(TREES.iter().all(|tree| entries(store, *tree).len() >= 1_000));
}

pub(crate) fn a_tree_dropped_under_transactions_leaves_none_of_them_half_done(make: Make) {
    let store = four_trees(make, TINY);
    let (store, victim) = (&*store, TreeId(9));
    let work = |worker: u64| {
        let mut committed = BTreeSet::new();
        for number in 0..1_000u64 {
            let key = key((number * 4 + worker).wrapping_mul(0x9E37_79B9_7F4A_7C15), b"");
            let wrote = write(store, |txn| {
                txn.put(victim, &key, bytes("gone soon"));
                txn.put(BASE, &key, bytes("stays"));
            });
            match wrote {
                Ok(_) => drop(committed.insert(key)),
                Err(error) => assert_eq!(error, StoreError::NoSuchTree(victim)),
            }
        }
        committed
    };
    let done = AtomicBool::new(false);
    let committed: BTreeSet<Vec<u8>> = thread::scope(|scope| {
        let dropper = scope.spawn(|| {
            for home in [Home::Own, Home::With(BASE), Home::With(OTHER)].into_iter().cycle() {
                store.create(victim, home).unwrap();
                thread::yield_now();
                store.drop_tree(victim).unwrap();
                if done.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let finished = Done(&done);
        let work = &work;
        let workers: Vec<_> = (0..3).map(|worker| scope.spawn(move || work(worker))).collect();
        let committed = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
        drop(finished);
        dropper.join().unwrap();
        committed
    });
    assert_eq!(entries(store, BASE).into_iter().map(|(key, _)| key).collect::<BTreeSet<_>>(), committed);
    assert_eq!(store.get(victim, b""), Err(StoreError::NoSuchTree(victim)));
    let stats = store.stats();
    let base = stats.trees.iter().find(|row| row.tree == BASE).unwrap().entries;
    assert_eq!(stats.entries, base, "a dropped tree has left nothing in any partition");
    assert!(base == committed.len() as u64 || store.caps().persistent);
}

pub(crate) fn a_tree_made_while_partitions_split_is_in_all_of_them(make: Make) {
    let store = four_trees(make, TINY);
    let store = &*store;
    // On disk every tree has to be written into every partition.
    let count = if store.caps().persistent { 300 } else { 3_000_u64 };
    let keys: Vec<_> = (0..count).map(|number| key(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), b"")).collect();
    let made = thread::scope(|scope| {
        let splitter = scope.spawn(|| keys.iter().for_each(|key| _ = put(store, BASE, key, &"x".repeat(60))));
        let mut made = Vec::new();
        while !splitter.is_finished() && made.len() < 200 {
            let tree = TreeId(100 + made.len() as u64);
            store.create(tree, Home::With(BASE)).unwrap();
            made.push(tree);
            thread::yield_now();
        }
        splitter.join().unwrap();
        made
    });
    for key in keys.iter().step_by(7) {
        write(store, |txn| made.iter().for_each(|tree| txn.put(*tree, key, bytes("")))).unwrap();
    }
    let stats = store.stats();
    let partitions = stats.trees.iter().find(|row| row.tree == BASE).unwrap().partitions;
    for row in stats.trees.iter().filter(|row| made.contains(&row.tree)) {
        assert_eq!((row.entries, row.partitions), (keys.len().div_ceil(7) as u64, partitions));
    }
}

pub(crate) fn readers_never_miss_a_key_while_partitions_split(make: Make) {
    let store = four_trees(make, TINY);
    let store = &*store;
    let fixed: Vec<Vec<u8>> = (0..40u64).map(|number| key(number << 58, b"fixed")).collect();
    for key in &fixed {
        put(store, BASE, key, "fixed");
    }
    let done = AtomicBool::new(false);
    let count = |direction| {
        let mut found = Vec::new();
        let visit = &mut |key: &[u8], _: &Bytes| {
            found.extend(key.ends_with(b"fixed").then(|| key.to_vec()));
            ControlFlow::Continue(())
        };
        store.range(BASE, KeyRange::ALL, direction, visit).unwrap();
        found
    };
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert_eq!(count(Direction::Forward), fixed);
                assert!(count(Direction::Backward).iter().rev().eq(&fixed));
                fixed.iter().for_each(|key| assert_eq!(store.get(BASE, key), Ok(Some(bytes("fixed")))));
            }
        });
        let finished = Done(&done);
        for number in 0..3_000u64 {
            put(store, BASE, &key(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), b""), &"x".repeat(60));
        }
        drop(finished);
        reader.join().unwrap();
    });
    assert!(store.stats().partitions > 100);
}

/// The tree of notes, beside `BASE`.
const NOTES: TreeId = TreeId(5);

/// The key of a note: the partition that a writer was in, and a number taken while it was locked.
fn note(range: HashRange, number: u64) -> Vec<u8> {
    [range.start.to_be_bytes(), range.end.to_be_bytes(), number.to_be_bytes()].concat()
}

/// The notes of one partition, in order.
fn noted(store: &dyn Store, range: HashRange) -> Vec<Vec<u8>> {
    let (low, high) = (note(range, 0), note(range, u64::MAX));
    let bounds = KeyRange { start: Bound::Included(&*low), end: Bound::Included(&*high) };
    let mut found = Vec::new();
    let visit = &mut |key: &[u8], _: &Bytes| {
        found.push(key.to_vec());
        ControlFlow::Continue(())
    };
    store.range(NOTES, bounds, Direction::Forward, visit).unwrap();
    found
}

/// Writes an entry somewhere, and a note of it.
fn write_noted(store: &dyn Store, dice: &mut Dice, numbers: &AtomicU64) {
    let key = key(dice.roll(1 << 52) << 12, b"");
    let body = &mut |txn: &mut dyn Txn| {
        let range = txn.partition(BASE, &key).unwrap();
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        thread::yield_now();
        txn.put(BASE, &key, bytes(&"x".repeat(60)));
        txn.put(NOTES, &note(range, number), bytes(""));
        Verdict::Commit
    };
    store.transact(&[(BASE, &*key)], Durability::Memory, body).unwrap();
}

/// The notes of partitions, as they were when each was last seen: those that were seen split, and the others.
#[derive(Default)]
struct Watched {
    closed: BTreeMap<HashRange, Vec<Vec<u8>>>,
    open: BTreeMap<HashRange, Vec<Vec<u8>>>,
}

impl Watched {
    fn look(&mut self, store: &dyn Store) {
        let ranges: BTreeSet<HashRange> = store.partitions(BASE).unwrap().into_iter().collect();
        let split: Vec<_> = self.open.keys().filter(|range| !ranges.contains(range)).copied().collect();
        for range in split {
            self.open.remove(&range);
            self.closed.insert(range, noted(store, range));
        }
        for range in ranges {
            let (found, known) = (noted(store, range), self.open.entry(range).or_default());
            assert!(found.starts_with(known), "a note came before one that was visible");
            *known = found;
        }
    }
}

/// Writers note each of their writes beside the partition that they are in. Whoever has seen that partition split must
/// find all its notes there, in the order of their numbers.
pub(crate) fn a_partition_that_was_seen_split_is_written_no_more(make: Make) {
    let store = four_trees(make, TINY);
    let store = &*store;
    store.create(NOTES, Home::Beside(BASE)).unwrap();
    // How often the watcher has looked: writers wait for it now and then, so that it sees them on a busy machine too.
    let (numbers, looks, done) = (&AtomicU64::new(0), &AtomicU64::new(0), AtomicBool::new(false));
    let write_many = move |seed| {
        let mut dice = Dice::new(seed);
        for number in 0..600 {
            write_noted(store, &mut dice, numbers);
            let seen = looks.load(Ordering::Relaxed);
            // Not for ever: the watcher may have found a fault and be gone.
            let mut waits = if number % 20 == 0 { 100_000 } else { 0 };
            while waits > 0 && looks.load(Ordering::Relaxed) == seen {
                waits -= 1;
                thread::yield_now();
            }
        }
    };
    let watched = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut watched = Watched::default();
            while !done.load(Ordering::Relaxed) {
                watched.look(store);
                looks.fetch_add(1, Ordering::Relaxed);
            }
            watched
        });
        let finished = Done(&done);
        let workers: Vec<_> = (1..4).map(|seed| scope.spawn(move || write_many(seed))).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        drop(finished);
        watcher.join().unwrap()
    });
    let (closed, open) = (watched.closed.len(), watched.open.len());
    assert!(closed > 10 && open > 10, "{closed} closed, {open} open");
    for (range, seen) in watched.closed {
        assert_eq!(noted(store, range), seen, "{range:?} was written after it had been seen split");
    }
    assert_eq!(entries(store, NOTES).len(), 1_800);
}
