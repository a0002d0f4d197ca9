//! A stream that is read while its table is written to: its records, replayed, are the table.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use statordb_engine::EngineOptions;
use statordb_store::MemoryStore;

use super::database::{Database, SMALL, operations};
use super::follower::Follower;
use super::things;
use super::writes::{Purpose, SetAtEnd, put_fixed, write_all};

const HOUR_MS: u64 = 60 * 60 * 1_000;
/// Hours by which the clock is moved while the history runs: shards end after four, records after 24.
const HOURS: usize = 14;

/// Reads until the writers have ended and nothing is left.
fn follow<'h>(mut follower: Follower<'h>, ended: &AtomicBool) -> Follower<'h> {
    loop {
        let has_ended = ended.load(Ordering::Acquire);
        match follower.read(&mut |_| ()) {
            0 if has_ended => return follower,
            0 => thread::sleep(Duration::from_millis(1)),
            _ => {}
        }
    }
}

/// Lets time pass and does what is due, until the operation `end` has come; tells how many items have expired.
fn let_time_pass(database: &Database, next: &AtomicUsize, end: usize, ended: &AtomicBool) -> usize {
    let (mut hours, mut expired) = (0, 0);
    while !ended.load(Ordering::Acquire) {
        if hours < HOURS && next.load(Ordering::Relaxed) > end / (HOURS + 1) * (hours + 1) {
            database.later(HOUR_MS);
            hours += 1;
        }
        expired += database.upkeep();
        thread::sleep(Duration::from_millis(2));
    }
    expired
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
    let (half, all) = (operations(10_000) / 2, operations(10_000));
    let (next, ended, enough) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(true));
    let (readers, quiet, latest, expired) = thread::scope(|scope| {
        let _ended = SetAtEnd(&ended);
        let begin = |follower| scope.spawn(|| follow(follower, &ended));
        let readers = [0, 1].map(|seed| begin(Follower::from_horizon(&database, &arn, seed)));
        put_fixed(&database);
        let pause = AtomicBool::new(false);
        let expired = thread::scope(|scope| {
            let _pause = SetAtEnd(&pause);
            let clock = scope.spawn(|| let_time_pass(&database, &next, half, &pause));
            write_all::<()>(&database, Purpose::Shards, (&next, half), &enough, |(), _, _| ());
            pause.store(true, Ordering::Release);
            clock.join().unwrap()
        });
        let mut quiet = Follower::from_horizon(&database, &arn, 2);
        quiet.catch_up(&mut |_| ());
        let table = things::scan(&database);
        assert_eq!(quiet.items, table, "the records until now are the table as it is now");
        let latest = begin(Follower::from_latest(&database, &arn, table));
        write_all::<()>(&database, Purpose::Shards, (&next, all), &enough, |(), _, _| ());
        ended.store(true, Ordering::Release);
        (readers.map(|reader| reader.join().unwrap()), quiet, latest.join().unwrap(), expired)
    });
    let table = things::scan(&database);
    for reader in readers.iter().chain([&latest]) {
        assert_eq!(reader.items, table, "what was read comes to the table");
        reader.check_shards();
    }
    assert!(quiet.events.is_disjoint(&latest.events), "LATEST shows nothing from before");
    let joined: std::collections::HashSet<u128> = quiet.events.union(&latest.events).copied().collect();
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
    assert!(ends > 10 && expired > 0, "partitions have split and time has passed");
}
