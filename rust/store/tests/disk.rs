//! What a store on disk promises beyond the contract: that it is there again, whole, and that it belongs to one process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "the suite is shared with the contract")]
mod suite;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use statordb_store::io::Folder;
use statordb_store::{
    Bytes, DiskOptions, DiskStore, Durability, Home, Read, Store, StoreError, Tally, TreeId, Verdict,
};
use suite::folder::MemoryFolder;
use suite::{bytes, entries, key, put, write};

const ONE: TreeId = TreeId(1);
const TWO: TreeId = TreeId(2);
const GUEST: TreeId = TreeId(3);

/// A folder of the system that is removed when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("statordb-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn open(&self) -> Result<DiskStore, StoreError> {
        open_path(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open_path(path: &Path) -> Result<DiskStore, StoreError> {
    DiskStore::open_path(path, DiskOptions::default(), 7, "process 1 (test)")
}

fn small() -> DiskOptions {
    DiskOptions { partition_bytes_max: 20_000, memory_bytes: 1, threads: false, ..DiskOptions::default() }
}

fn open(folder: &MemoryFolder) -> DiskStore {
    DiskStore::open(Arc::new(folder.clone()), small(), 7).unwrap()
}

/// Fills three trees with what can be told apart.
fn fill(store: &DiskStore, round: u64) {
    for number in 0..200_u64 {
        let key = key(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), &number.to_be_bytes());
        write(store, |txn| {
            txn.write(
                ONE,
                &key,
                Some(bytes(&format!("{round} {number} {}", "x".repeat(100)))),
                Tally { items: 1, bytes: 9 },
            );
            txn.put(TWO, &number.to_be_bytes(), bytes(&round.to_string()));
            txn.put(GUEST, &[&[0; 8][..], &(round * 1_000 + number).to_be_bytes()].concat(), bytes("guest"));
        })
        .unwrap();
    }
}

fn filled(store: &DiskStore) {
    store.create(ONE, Home::Own).unwrap();
    store.create(TWO, Home::With(ONE)).unwrap();
    store.create(GUEST, Home::Beside(ONE)).unwrap();
    for round in 0..4 {
        fill(store, round);
        if round % 2 == 0 {
            store.maintain(true).unwrap();
        }
    }
}

type Content = Vec<Vec<(Vec<u8>, Bytes)>>;

fn content(store: &DiskStore) -> Content {
    [ONE, TWO, GUEST].map(|tree| entries(store, tree)).into()
}

fn settled(store: &DiskStore) {
    let commit = store.transact(&[], Durability::Full, &mut |_| Verdict::Commit).unwrap().unwrap();
    store.wait_durable(commit).unwrap();
}

#[test]
fn what_was_written_is_there_again_after_closing_and_after_none() {
    let folder = MemoryFolder::default();
    let store = open(&folder);
    filled(&store);
    settled(&store);
    let (expected, last) = (content(&store), put(&store, TWO, b"last", "x"));
    assert!(store.partitions(ONE).unwrap().len() > 1, "some of it was split");
    let partitions = store.partitions(ONE).unwrap();
    store.wait_durable(last).unwrap();
    // Without being closed: the folder is as a crash would leave it.
    std::mem::forget(store);
    let store = open(&folder);
    assert_eq!(content(&store)[0], expected[0]);
    assert_eq!(store.get(TWO, b"last").unwrap(), Some(bytes("x")));
    assert_eq!(store.partitions(ONE).unwrap(), partitions);
    let tally = store.stats().trees.iter().find(|row| row.tree == ONE).unwrap().tally;
    assert_eq!(tally, Tally { items: 800, bytes: 7_200 });
    assert!(put(&store, TWO, b"last", "y") > last);
    store.close().unwrap();
    let store = open(&folder);
    assert_eq!(content(&store)[0], expected[0]);
    assert_eq!(store.get(TWO, b"last").unwrap(), Some(bytes("y")));
    assert_eq!(store.stats().trees.iter().find(|row| row.tree == ONE).unwrap().tally, tally);
}

#[test]
fn a_closed_store_refuses_and_closing_again_does_nothing() {
    let store = open(&MemoryFolder::default());
    store.create(ONE, Home::Own).unwrap();
    store.close().unwrap();
    store.close().unwrap();
    assert_eq!(store.create(TWO, Home::Own), Err(StoreError::Closed));
    assert_eq!(store.transact(&[], Durability::Full, &mut |_| Verdict::Commit), Err(StoreError::Closed));
    assert_eq!(store.checkpoint(), Err(StoreError::Closed));
}

#[test]
fn what_is_trimmed_and_dropped_gives_its_space_back() {
    let folder = MemoryFolder::default();
    let store = open(&folder);
    filled(&store);
    store.maintain(true).unwrap();
    let before = store.usage().sealed;
    store.trim(GUEST, &[&[0; 8][..], &[0xff; 8]].concat()).unwrap();
    store.drop_tree(ONE).unwrap();
    store.maintain(true).unwrap();
    assert!(entries(&store, GUEST).is_empty());
    assert!(store.usage().sealed < before / 4, "{} of {before}", store.usage().sealed);
    store.close().unwrap();
    let files = folder.list().unwrap();
    let store = open(&folder);
    assert!(entries(&store, GUEST).is_empty());
    assert_eq!(entries(&store, TWO).len(), 200);
    assert_eq!(store.get(ONE, b"a"), Err(StoreError::NoSuchTree(ONE)));
    assert!(files.iter().filter(|name| name.starts_with("sealed-")).count() <= 2, "{files:?}");
}

#[test]
fn compacting_leaves_one_section_a_tree_and_partition() {
    let store = open(&MemoryFolder::default());
    filled(&store);
    let expected = content(&store);
    store.compact().unwrap();
    assert_eq!(content(&store), expected);
    let own = store.partitions(ONE).unwrap().len() as u64;
    let usage = store.usage();
    // Those of the guest are trimmed, and never merged.
    assert!(usage.sections >= 2 * own && usage.unsealed == 0, "{usage:?} {own}");
    let checked = store.check().unwrap();
    assert_eq!((checked.damage.as_slice(), checked.sections), ([].as_slice(), usage.sections));
    let values: usize = expected.iter().map(Vec::len).sum();
    assert_eq!(checked.entries, values as u64);
}

#[test]
fn a_backup_holds_what_there_was_and_goes_on_by_itself() {
    let store = open(&MemoryFolder::default());
    filled(&store);
    let expected = content(&store);
    let copy = MemoryFolder::default();
    store.backup_to(&(Arc::new(copy.clone()) as Arc<dyn Folder>), 8).unwrap();
    put(&store, TWO, b"later", "x");
    store.drop_tree(ONE).unwrap();
    store.maintain(true).unwrap();
    let backup = DiskStore::open(Arc::new(copy.clone()), small(), 9).unwrap();
    assert_eq!(content(&backup), expected);
    put(&backup, ONE, b"other", "y");
    backup.close().unwrap();
    let backup = DiskStore::open(Arc::new(copy.clone()), small(), 9).unwrap();
    assert_eq!(backup.get(ONE, b"other").unwrap(), Some(bytes("y")));
    let again = store.backup_to(&(Arc::new(copy) as Arc<dyn Folder>), 8);
    assert!(matches!(again, Err(StoreError::Format(_))), "{again:?}");
}

#[test]
fn a_second_owner_is_told_who_the_first_is() {
    let scratch = Scratch::new("owner");
    let store = scratch.open().unwrap();
    let second = scratch.open().map(drop);
    assert_eq!(second, Err(StoreError::InUse("process 1 (test)".into())));
    store.create(ONE, Home::Own).unwrap();
    store.close().unwrap();
    let store = scratch.open().unwrap();
    assert_eq!(store.get(ONE, b"a"), Ok(None));
    drop(store);
    scratch.open().unwrap();
}

#[test]
fn what_is_no_database_is_left_alone() {
    let scratch = Scratch::new("foreign");
    std::fs::create_dir_all(&scratch.0).unwrap();
    std::fs::write(scratch.0.join("notes.txt"), "mine").unwrap();
    let opened = scratch.open().map(drop);
    assert!(matches!(&opened, Err(StoreError::Format(text)) if text.contains("notes.txt")), "{opened:?}");
    assert_eq!(std::fs::read_to_string(scratch.0.join("notes.txt")).unwrap(), "mine");
    let opened = open_path(&scratch.0.join("notes.txt")).map(drop);
    assert!(matches!(&opened, Err(StoreError::Format(text)) if text.contains("is a file")), "{opened:?}");
    let opened = open_path(&scratch.0.join("not").join("there")).map(drop);
    assert!(matches!(opened, Err(StoreError::Io { .. })), "{opened:?}");
}

#[test]
fn a_store_of_a_later_version_is_refused_with_what_to_do() {
    let scratch = Scratch::new("version");
    scratch.open().unwrap().close().unwrap();
    let names = std::fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().path());
    let manifest = names.into_iter().find(|path| path.to_string_lossy().contains("manifest-")).unwrap();
    let mut held = std::fs::read(&manifest).unwrap();
    held[8] = 99;
    std::fs::write(&manifest, held).unwrap();
    let opened = scratch.open().map(drop);
    assert!(matches!(&opened, Err(StoreError::Format(text)) if text.contains("version 99")), "{opened:?}");
}

#[test]
fn a_guest_that_is_sealed_often_does_not_become_many_sections() {
    let folder = MemoryFolder::default();
    let mut store = open(&folder);
    store.create(ONE, Home::Own).unwrap();
    store.create(GUEST, Home::Beside(ONE)).unwrap();
    for number in 0..300_u64 {
        put(&store, GUEST, &[&[0; 8][..], &number.to_be_bytes()].concat(), "record");
        if number % 3 == 0 {
            store.maintain(true).unwrap();
        }
        if number % 50 == 0 {
            store.close().unwrap();
            store = open(&folder);
        }
        if number == 200 {
            store.trim(GUEST, &[&[0; 8][..], &100_u64.to_be_bytes()].concat()).unwrap();
        }
    }
    store.maintain(true).unwrap();
    assert!(store.usage().sections < 20, "{:?}", store.usage());
    let left: Vec<u64> =
        entries(&store, GUEST).iter().map(|(key, _)| u64::from_be_bytes(key[8..].try_into().unwrap())).collect();
    assert_eq!(left, (100..300).collect::<Vec<_>>());
    assert!(folder.list().unwrap().iter().filter(|name| name.starts_with("sealed-")).count() < 20);
}

#[test]
fn a_key_that_is_written_again_and_again_does_not_make_the_log_grow_without_end() {
    let folder = MemoryFolder::default();
    let options = DiskOptions { segment_bytes_max: 32 << 10, ..small() };
    let store = DiskStore::open(Arc::new(folder.clone()), options.clone(), 7).unwrap();
    store.create(ONE, Home::Own).unwrap();
    for round in 0..4_000_u64 {
        put(&store, ONE, b"key", &format!("{round} {}", "x".repeat(1_000)));
        store.maintain(false).unwrap();
    }
    let log = store.usage().log;
    assert!(log < 1 << 20, "{log} bytes of log after 4 MB of writes to one key");
    drop(store);
    let store = DiskStore::open(Arc::new(folder), options, 7).unwrap();
    assert!(entries(&store, ONE)[0].1.starts_with(b"3999 "));
}

#[test]
fn a_commit_larger_than_the_log_should_be_keeps_nobody_from_closing() {
    let options = DiskOptions { segment_bytes_max: 32 << 10, threads: true, ..small() };
    let store = DiskStore::open(Arc::new(MemoryFolder::default()), options, 7).unwrap();
    store.create(ONE, Home::Own).unwrap();
    put(&store, ONE, b"key", &"x".repeat(4 << 20));
    store.checkpoint().unwrap();
    for round in 0..100 {
        put(&store, ONE, b"key", &format!("{round}"));
    }
    store.close().unwrap();
}
