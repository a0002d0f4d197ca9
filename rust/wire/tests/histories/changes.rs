//! Tables change, and come and go, while transactions are about several of them at once: nobody waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use statordb_engine::EngineOptions;
use statordb_store::MemoryStore;

use super::database::{Chance, Database, SMALL, operations};

const TABLES: usize = 5;
const THREADS: u64 = 6;
/// Far more than the history takes.
const TIME_MAX: Duration = Duration::from_secs(120);

fn create(table: usize) -> String {
    format!(
        r#"{{"TableName":"table-{table}","AttributeDefinitions":[{{"AttributeName":"k","AttributeType":"S"}}],
            "KeySchema":[{{"AttributeName":"k","KeyType":"HASH"}}],"BillingMode":"PAY_PER_REQUEST"}}"#
    )
}

/// A transaction about all tables, from the first to the last or the other way round.
fn puts(key: usize, is_reversed: bool) -> String {
    let mut puts: Vec<String> = (0..TABLES)
        .map(|table| format!(r#"{{"Put":{{"TableName":"table-{table}","Item":{{"k":{{"S":"{key}"}}}}}}}}"#))
        .collect();
    if is_reversed {
        puts.reverse();
    }
    format!(r#"{{"TransactItems":[{}]}}"#, puts.join(","))
}

/// One operation; most of them are transactions. Those that meet a table that is gone are refused.
fn step(database: &Database, chance: &mut Chance) {
    let (table, key, coin) = (chance.below(TABLES), chance.below(50), chance.below(2));
    let name = format!(r#"{{"TableName":"table-{table}""#);
    let _ = match chance.below(40) {
        0 => database.call("DeleteTable", &format!("{name}}}")),
        1..3 => database.call("CreateTable", &create(table)),
        3..12 => {
            let view = if coin == 0 { r#","StreamViewType":"NEW_IMAGE""# } else { "" };
            let change = format!(r#"{name},"StreamSpecification":{{"StreamEnabled":{}{view}}}}}"#, coin == 0);
            database.call("UpdateTable", &change)
        }
        12..14 => database.call("ListTables", "{}"),
        _ => database.call("TransactWriteItems", &puts(key, coin == 0)),
    };
}

fn run(database: &Database, operations: usize) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        // All along somebody looks whether what is stored fits together.
        scope.spawn(|| {
            while next.load(Ordering::Relaxed) < operations {
                database.check();
            }
        });
        for seed in 0..THREADS {
            let next = &next;
            scope.spawn(move || {
                let mut chance = Chance::new(seed);
                while next.fetch_add(1, Ordering::Relaxed) < operations {
                    step(database, &mut chance);
                }
            });
        }
    });
}

#[test]
fn changes_of_tables_and_transactions_over_several_never_wait_for_each_other() {
    let database = Arc::new(Database::over(Box::new(MemoryStore::new(SMALL)), EngineOptions::default()));
    (0..TABLES).for_each(|table| drop(database.ok("CreateTable", &create(table))));
    let (done, ends) = mpsc::channel();
    let worked = Arc::clone(&database);
    // Not joined when it hangs: the test is to fail then, not to hang too.
    thread::spawn(move || {
        run(&worked, operations(20_000));
        let _ = done.send(());
    });
    ends.recv_timeout(TIME_MAX).expect("operations that wait for each other for ever");
    (0..TABLES).for_each(|table| drop(database.call("CreateTable", &create(table))));
    database.ok("TransactWriteItems", &puts(0, false));
}
