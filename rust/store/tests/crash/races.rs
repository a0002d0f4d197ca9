//! Several threads on one store, crashes behind any of their calls, and what happens in the middle of something else.

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use statordb_store::{
    Bytes, CommitSeq, DiskOptions, DiskStore, Durability, Home, Read, Store, StoreError, Tally, TreeId, Verdict,
};

use crate::faulty::{Fault, Faulty};
use crate::model::{MARK, State, read_again};
use crate::script::{Dice, open, options};
use crate::{Case, kinds, points_wanted, set_mark};

const ACCOUNTS: TreeId = TreeId(1);
const NOTES: TreeId = TreeId(2);
const GUEST: TreeId = TreeId(3);
const BALANCE: u64 = 1_000;

fn account(number: u64) -> Vec<u8> {
    number.wrapping_mul(0x2E8B_A2E8_BA2E_8BA3).to_be_bytes().to_vec()
}

fn bytes(number: u64) -> Bytes {
    Bytes::from(number.to_be_bytes().to_vec())
}

fn number(bytes: &Bytes) -> u64 {
    u64::from_be_bytes(bytes[..8].try_into().unwrap())
}

type Writes = Vec<(TreeId, Vec<u8>, Bytes)>;

/// What the writers have done: every commit, and those that were acknowledged with the point by which they were.
#[derive(Default)]
struct Done {
    commits: BTreeMap<u64, Writes>,
    acknowledged: Vec<(usize, u64)>,
}

/// A transfer, with a note beside it.
fn transfer(store: &DiskStore, dice: &mut Dice, filler: &Bytes) -> (u64, Writes) {
    let (from, to) = (dice.roll(12), dice.roll(12));
    let (from, to) = (account(from), account(if from == to { (to + 1) % 12 } else { to }));
    let note = [account(dice.roll(200)), vec![dice.roll(4) as u8]].concat();
    let mut writes = Writes::new();
    let commit = store.transact(&[(ACCOUNTS, &from), (ACCOUNTS, &to)], Durability::Full, &mut |txn| {
        let left = number(&txn.get(ACCOUNTS, &from).unwrap().unwrap());
        let right = number(&txn.get(ACCOUNTS, &to).unwrap().unwrap());
        let amount = left.min(7);
        writes = vec![
            (ACCOUNTS, from.clone(), bytes(left - amount)),
            (ACCOUNTS, to.clone(), bytes(right + amount)),
            (NOTES, note.clone(), filler.clone()),
        ];
        for (tree, key, value) in &writes {
            txn.write(*tree, key, Some(value.clone()), Tally { items: 1, bytes: 1 });
        }
        Verdict::Commit
    });
    (commit.unwrap().unwrap().0, writes)
}

fn begin(folder: &Faulty, options: &DiskOptions) -> (DiskStore, Done) {
    let store = open(folder, options).unwrap();
    for (tree, home) in [(MARK, Home::Own), (ACCOUNTS, Home::Own), (NOTES, Home::Own), (GUEST, Home::Beside(ACCOUNTS))]
    {
        store.create(tree, home).unwrap();
    }
    let writes: Writes = (0..12).map(|account| (ACCOUNTS, self::account(account), bytes(BALANCE))).collect();
    let commit = store.transact(&[], Durability::Full, &mut |txn| {
        writes.iter().for_each(|(tree, key, value)| txn.put(*tree, key, value.clone()));
        Verdict::Commit
    });
    let commit = commit.unwrap().unwrap();
    store.wait_durable(commit).unwrap();
    (store, Done { commits: BTreeMap::from([(commit.0, writes)]), acknowledged: Vec::new() })
}

fn write(store: &DiskStore, folder: &Faulty, done: &Arc<Mutex<Done>>, seed: u64) {
    let mut dice = Dice::new(seed);
    for round in 0..120 {
        let filler = Bytes::from(vec![seed as u8; dice.roll(3_000) as usize]);
        let (commit, writes) = transfer(store, &mut dice, &filler);
        assert!(done.lock().unwrap().commits.insert(commit, writes).is_none());
        match dice.roll(3) {
            0 => {
                store.wait_durable(CommitSeq(commit)).unwrap();
                done.lock().unwrap().acknowledged.push((folder.points(), commit));
            }
            1 => {
                let (done, folder) = (Arc::clone(done), folder.clone());
                let note = move |outcome: Result<(), StoreError>| {
                    outcome.unwrap();
                    done.lock().unwrap().acknowledged.push((folder.points(), commit));
                };
                store.when_durable(CommitSeq(commit), Box::new(note));
            }
            _ => {}
        }
        if round % 16 == 0 {
            store.trim(GUEST, &account(round)).unwrap();
            // A tree that comes and goes beside the commits.
            let tree = TreeId(1_000 * seed + round);
            store.create(tree, Home::With(NOTES)).unwrap();
            store.drop_tree(tree).unwrap();
        }
    }
}

/// The entries after every commit up to one.
fn entries_at(commits: &BTreeMap<u64, Writes>, last: u64) -> BTreeMap<(TreeId, Vec<u8>), Bytes> {
    let mut entries = BTreeMap::new();
    for (tree, key, value) in commits.range(..=last).flat_map(|(_, writes)| writes) {
        entries.insert((*tree, key.clone()), value.clone());
    }
    entries
}

#[test]
fn what_a_crash_leaves_of_many_writers_is_a_beginning_of_their_order_with_all_that_was_acknowledged() {
    let (mut images, mut commits) = (0, 0);
    for seed in 0..(points_wanted(120) / 120).max(1) as u64 {
        let folder = Faulty::default();
        let options = DiskOptions { threads: true, partition_bytes_max: 40_000, ..options() };
        let (store, done) = begin(&folder, &options);
        let (first, done) = (folder.points(), Arc::new(Mutex::new(done)));
        thread::scope(|scope| {
            for writer in 0..4 {
                let (store, folder, done) = (&store, &folder, &done);
                scope.spawn(move || write(store, folder, done, 4 * seed + writer + 1));
            }
        });
        store.close().unwrap();
        let mut crashes = folder.crashes();
        let done = done.lock().unwrap();
        commits += done.commits.len();
        let stride = (crashes.points() / 120).max(1);
        for point in (first..=crashes.points()).step_by(stride) {
            crashes.go_to(point);
            for kept in kinds(2) {
                let _case = Case(format!("seed {seed}, a crash behind call {point} that keeps {kept:?}"));
                check_transfers(&crashes.image(kept), &done, point);
                images += 1;
            }
        }
    }
    println!("{images} images of {commits} commits of four writers");
}

fn check_transfers(image: &Faulty, done: &Done, point: usize) {
    let store = open(image, &options()).unwrap();
    let state = State::read(&store).unwrap();
    read_again(&store, &state).unwrap();
    let last = set_mark(&store, 0) - 1;
    let missing = done.acknowledged.iter().find(|(by, commit)| *by <= point && *commit > last);
    assert_eq!(missing, None, "an acknowledged commit is not there, the last is {last}");
    let mut found = BTreeMap::new();
    for tree in [ACCOUNTS, NOTES] {
        let entries = state.0[&tree].entries.iter();
        found.extend(entries.map(|(key, value)| ((tree, key.clone()), value.clone())));
    }
    assert!(found == entries_at(&done.commits, last), "this is not what the commits up to {last} have left");
    assert_eq!(state.0[&ACCOUNTS].entries.values().map(number).sum::<u64>(), 12 * BALANCE);
    let items = 2 * (done.commits.range(..=last).count() as i64 - 1);
    assert_eq!(state.0[&ACCOUNTS].tally, Tally { items, bytes: items });
}

/// Ends the test when one of its threads hangs.
fn within<T: Send + 'static>(seconds: u64, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    let worker = thread::spawn(move || {
        let result = work();
        let _ = sender.send(());
        result
    });
    match receiver.recv_timeout(Duration::from_secs(seconds)) {
        Err(RecvTimeoutError::Timeout) => panic!("somebody still waits after {seconds} s"),
        _ => worker.join().unwrap(),
    }
}

/// Commits from many threads, each of which waits in one way or another, and counts who was told what.
fn commit_and_wait(store: &Arc<DiskStore>, threads: u64, rounds: u64) -> (u64, u64) {
    let workers = (0..threads).map(|thread| {
        let store = Arc::clone(store);
        thread::spawn(move || {
            let (mut dice, (sender, receiver)) = (Dice::new(thread), channel());
            let (mut asked, mut good, mut bad) = (0, 0, 0);
            for round in 0..rounds {
                let committed = store.transact(&[], Durability::Full, &mut |txn| {
                    txn.put(ACCOUNTS, &account(thread * rounds + round), bytes(round));
                    Verdict::Commit
                });
                let Ok(Some(commit)) = committed else { break };
                if dice.chance(50) {
                    asked += 1;
                    let sender = sender.clone();
                    store.when_durable(commit, Box::new(move |outcome| sender.send(outcome).unwrap()));
                } else {
                    *(if store.wait_durable(commit).is_ok() { &mut good } else { &mut bad }) += 1;
                }
            }
            for _ in 0..asked {
                *(if receiver.recv().unwrap().is_ok() { &mut good } else { &mut bad }) += 1;
            }
            (good, bad)
        })
    });
    let told = workers.collect::<Vec<_>>().into_iter().map(|worker| worker.join().unwrap());
    told.fold((0, 0), |sum, told| (sum.0 + told.0, sum.1 + told.1))
}

#[test]
fn whoever_waits_for_a_commit_is_told_also_when_the_disk_fails() {
    let (mut good, mut bad) = (0, 0);
    for seed in 0..(points_wanted(1_200) / 20) as u64 {
        let folder = Faulty::default();
        let options = DiskOptions { threads: true, acknowledge_written: seed % 3 == 2, ..options() };
        let (store, _) = begin(&folder, &options);
        if seed % 4 > 0 {
            let fault = if seed % 8 > 4 { Fault::Gone } else { Fault::Device };
            folder.fail(folder.calls() + Dice::new(seed).roll(600), fault);
        }
        let _case = Case(format!("seed {seed}"));
        let told = within(60, move || {
            let store = Arc::new(store);
            let told = commit_and_wait(&store, 8, 60);
            let _ = store.close();
            told
        });
        assert!(seed % 4 > 0 || told == (480, 0), "{told:?}");
        (good, bad) = (good + told.0, bad + told.1);
    }
    println!("{good} commits were acknowledged, {bad} refused");
    assert!(bad > 0);
}

fn put(store: &DiskStore, tree: TreeId, key: &[u8], value: &[u8]) {
    let commit = store.transact(&[], Durability::Full, &mut |txn| {
        txn.put(tree, key, Bytes::from(value.to_vec()));
        Verdict::Commit
    });
    store.wait_durable(commit.unwrap().unwrap()).unwrap();
}

/// A tree that is dropped, and made again in the same family, while what it held is being sealed: what was sealed came
/// back in the new one until the next opening, since it was put into whatever had that id by then.
#[test]
fn a_tree_made_again_while_it_is_sealed_stays_empty() {
    let folder = Faulty::default();
    let store = Arc::new(open(&folder, &options()).unwrap());
    store.create(ACCOUNTS, Home::Own).unwrap();
    store.create(NOTES, Home::With(ACCOUNTS)).unwrap();
    put(&store, NOTES, b"old", b"value");
    let other = Arc::clone(&store);
    folder.meanwhile("sealed-", move || {
        other.drop_tree(NOTES).unwrap();
        other.create(NOTES, Home::With(ACCOUNTS)).unwrap();
    });
    store.checkpoint().unwrap();
    assert_eq!(store.get(NOTES, b"old").unwrap(), None);
    put(&store, NOTES, b"new", b"value");
    for _ in 0..3 {
        store.maintain(true).unwrap();
        assert!(State::read(&store).unwrap().0[&NOTES].entries.keys().eq([b"new"]));
    }
    let state = State::read(&store).unwrap();
    store.close().unwrap();
    assert!(State::read(&open(&folder.restart(), &options()).unwrap()).unwrap() == state);
}

/// A partition that is split while it is merged: its upper part kept sections that the manifest had given up, and was
/// never merged again.
#[test]
fn a_partition_split_while_it_is_merged_is_merged_in_all_of_its_parts() {
    let folder = Faulty::default();
    let options = DiskOptions { partition_bytes_max: 40_000, ..options() };
    let store = Arc::new(open(&folder, &options).unwrap());
    store.create(NOTES, Home::Own).unwrap();
    let fill = |from: u64, len: usize| (from..from + 20).for_each(|at| put(&store, NOTES, &account(at), &vec![1; len]));
    fill(0, 900);
    store.checkpoint().unwrap();
    fill(10, 900);
    store.checkpoint().unwrap();
    let other = Arc::clone(&store);
    let (sender, receiver) = channel();
    folder.meanwhile("sealed-", move || {
        (30..50).for_each(|at| put(&other, NOTES, &account(at), &[2; 900]));
        let splitter = Arc::clone(&other);
        // It waits for the merge under way when it has sealed and split.
        sender.send(thread::spawn(move || splitter.maintain(true).unwrap())).unwrap();
        while other.partitions(NOTES).unwrap().len() == 1 {
            thread::yield_now();
        }
    });
    within(60, {
        let store = Arc::clone(&store);
        move || store.maintain(false).unwrap()
    });
    receiver.recv().unwrap().join().unwrap();
    let state = State::read(&store).unwrap();
    (0..3).for_each(|_| store.maintain(true).unwrap());
    assert!(State::read(&store).unwrap() == state && store.partitions(NOTES).unwrap().len() > 1);
    let sealed = || folder.sizes().iter().filter(|(name, _)| name.starts_with("sealed-")).count();
    let open_files = sealed();
    store.close().unwrap();
    let again = open(&folder.restart(), &options).unwrap();
    assert!(State::read(&again).unwrap() == state);
    assert_eq!(sealed(), open_files, "the store held on to files that no manifest knew");
}

/// Values are overwritten in a tree that is trimmed by the same seal: the new section was noted behind the older ones.
#[test]
fn a_seal_that_trims_and_writes_leaves_the_newest_on_top() {
    let folder = Faulty::default();
    let store = open(&folder, &options()).unwrap();
    store.create(ACCOUNTS, Home::Own).unwrap();
    store.create(GUEST, Home::Beside(ACCOUNTS)).unwrap();
    for value in [b"one", b"two"] {
        put(&store, GUEST, &[account(3), vec![1]].concat(), value);
        store.checkpoint().unwrap();
        put(&store, GUEST, &account(5), value);
        store.checkpoint().unwrap();
    }
    store.trim(GUEST, &[account(3), vec![9]].concat()).unwrap();
    put(&store, GUEST, &account(5), b"three");
    store.checkpoint().unwrap();
    let state = State::read(&store).unwrap();
    assert_eq!(store.get(GUEST, &account(5)).unwrap().as_deref(), Some(b"three".as_slice()));
    store.close().unwrap();
    assert!(State::read(&open(&folder.restart(), &options()).unwrap()).unwrap() == state);
}
