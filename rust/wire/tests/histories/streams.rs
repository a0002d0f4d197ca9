//! A stream that is read while its table is written to: its records, replayed, are the table.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use statordb_engine::EngineOptions;
use statordb_store::MemoryStore;

use super::database::{Database, SMALL, operations};
use super::follower::Follower;
use super::things;
use super::writes::{Purpose, Request, SetAtEnd, put_fixed, write_all};

const HOUR_MS: u64 = 60 * 60 * 1_000;
/// Hours by which the clock is moved while the history runs: shards end after four, records after 24.
const HOURS: usize = 14;

/// Of so many operations the first quarter waits for the first reader, so that it is there when shards end; the rest
/// leaves it behind.
const TURN: usize = 1_000;
/// Operations that a writer may be ahead of the first reader while it waits for it.
const AHEAD: usize = 100;

/// What writers and readers know of each other.
#[derive(Default)]
struct Progress {
    /// The number of the next operation.
    next: AtomicUsize,
    /// The first reader has seen all records of operations that had ended when this was the next one.
    read: AtomicUsize,
    /// Set when the first reader reads no more.
    has_left: AtomicBool,
    /// Set when nobody will write any more.
    has_ended: AtomicBool,
}

impl Progress {
    /// Reads until the writers have ended and nothing is left.
    fn follow<'h>(&self, mut follower: Follower<'h>) -> Follower<'h> {
        loop {
            let has_ended = self.has_ended.load(Ordering::Acquire);
            match follower.read(&mut |_| ()) {
                0 if has_ended => return follower,
                0 => thread::sleep(Duration::from_millis(1)),
                _ => {}
            }
        }
    }

    /// The same, and tells how far it has come.
    fn lead<'h>(&self, mut follower: Follower<'h>) -> Follower<'h> {
        let _has_left = SetAtEnd(&self.has_left);
        while !self.has_ended.load(Ordering::Acquire) {
            let next = self.next.load(Ordering::Acquire);
            follower.read(&mut |_| ());
            self.read.store(next, Ordering::Release);
        }
        self.follow(follower)
    }

    /// Lets a writer wait for the first reader.
    fn wait(&self) {
        let must_wait = || {
            let next = self.next.load(Ordering::Acquire);
            next % TURN < TURN / 4 && next > self.read.load(Ordering::Acquire) + AHEAD
        };
        while must_wait() && !self.has_left.load(Ordering::Acquire) {
            thread::yield_now();
        }
    }
}

/// Lets time pass and does what is due, until the operation `end` has come; tells how many items have expired.
fn let_time_pass(database: &Database, next: &AtomicUsize, end: usize, ended: &AtomicBool) -> usize {
    let (mut hours, mut expired) = (0, 0);
    loop {
        let has_ended = ended.load(Ordering::Acquire);
        if hours < HOURS && next.load(Ordering::Relaxed) > end / (HOURS + 1) * (hours + 1) {
            database.later(HOUR_MS);
            hours += 1;
        }
        expired += database.upkeep();
        if has_ended {
            return expired;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn database() -> Database {
    let database = Database::over(Box::new(MemoryStore::new(SMALL)), EngineOptions::default());
    things::create(&database);
    let expiry = r#"{"TableName":"things","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"t"}}"#;
    database.ok("UpdateTimeToLive", expiry);
    database
}

#[test]
fn records_replayed_are_the_table_whenever_the_reading_began() {
    let database = database();
    let arn = things::stream_arn(&database);
    let (half, all) = (operations(6_000) / 2, operations(6_000));
    let progress = Progress::default();
    let enough = AtomicBool::new(true);
    let write = |end: usize| {
        let each = |(): &mut (), _: &Request, _: &Value| progress.wait();
        write_all(&database, Purpose::Shards, (&progress.next, end), &enough, each);
    };
    let begin = |seed| Follower::from_horizon(&database, &arn, seed);
    let (readers, quiet, latest, expired) = thread::scope(|scope| {
        let _has_ended = SetAtEnd(&progress.has_ended);
        let readers = [scope.spawn(|| progress.lead(begin(0))), scope.spawn(|| progress.follow(begin(1)))];
        put_fixed(&database);
        let pause = AtomicBool::new(false);
        let expired = thread::scope(|scope| {
            let _pause = SetAtEnd(&pause);
            let clock = scope.spawn(|| let_time_pass(&database, &progress.next, half, &pause));
            write(half);
            pause.store(true, Ordering::Release);
            clock.join().unwrap()
        });
        let mut quiet = begin(2);
        quiet.catch_up(&mut |_| ());
        let table = things::scan(&database);
        assert_eq!(quiet.items, table, "the records until now are the table as it is now");
        let latest = Follower::from_latest(&database, &arn, table);
        let latest = scope.spawn(|| progress.follow(latest));
        write(all);
        progress.has_ended.store(true, Ordering::Release);
        (readers.map(|reader| reader.join().unwrap()), quiet, latest.join().unwrap(), expired)
    });
    let table = things::scan(&database);
    for reader in readers.iter().chain([&latest]) {
        assert_eq!(reader.items, table, "what was read comes to the table");
        reader.check_shards();
    }
    assert!(quiet.events.is_disjoint(&latest.events), "LATEST shows nothing from before");
    let joined: HashSet<u128> = quiet.events.union(&latest.events).copied().collect();
    assert!(readers.iter().all(|reader| reader.events == joined), "all readers saw the same records");
    let (shards, ends) = readers[0].shard_counts();
    println!(
        "operations {all}, records {}, before LATEST {}, shards {shards}, ended {ends}, items {}, expired {expired}, \
         iterators renewed {}",
        joined.len(),
        quiet.events.len(),
        table.len(),
        readers[0].renewed
    );
    assert!(ends > 0 && expired > 0, "partitions have split and time has passed");
}
