//! Lists that transactions append to and read: since every element is unique, a list tells the order of its writes, and a
//! read tells which of them it saw. What is told by all of them together must have one order that real time agrees with:
//! then the history was strictly serializable.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::database::{Chance, Database, operations};
use super::order::Order;

const THREADS: u64 = 4;
/// Lists that are in use at a time, and the appends after which a list is given up for a new one.
const LISTS: usize = 8;
const APPENDS: usize = 40;

/// What an operation did, by the key of each list.
#[derive(Debug, Default)]
struct Operation {
    appended: Vec<usize>,
    read: Vec<(usize, Vec<usize>)>,
    begin: u64,
    end: u64,
}

fn key(list: usize) -> String {
    format!(r#""TableName":"lists","Key":{{"k":{{"S":"list {list}"}}}}"#)
}

fn append(list: usize, element: usize) -> String {
    format!(
        r#"{},"UpdateExpression":"SET v = list_append(if_not_exists(v, :none), :v)",
           "ExpressionAttributeValues":{{":none":{{"L":[]}},":v":{{"L":[{{"N":"{element}"}}]}}}}"#,
        key(list)
    )
}

fn elements(answer: &Value) -> Vec<usize> {
    let list = answer["Item"]["v"]["L"].as_array();
    list.into_iter().flatten().map(|element| element["N"].as_str().unwrap().parse().unwrap()).collect()
}

/// One client: what it does is decided by chance, and noted with the ticks at which it began and ended.
struct Client<'h> {
    database: &'h Database,
    ticks: &'h AtomicU64,
    /// Writes that were begun; the lists in use move on with them.
    writes: &'h AtomicUsize,
    chance: Chance,
}

impl Client<'_> {
    fn lists(&mut self, count: usize) -> Vec<usize> {
        let first = self.writes.load(Ordering::Relaxed) / APPENDS;
        self.chance.several(count, LISTS).into_iter().map(|list| first + list).collect()
    }

    /// Runs one operation; `number` is its own, and the element that it appends.
    fn run(&mut self, number: usize) -> Operation {
        let mut operation = Operation { begin: self.ticks.fetch_add(1, Ordering::SeqCst), ..Operation::default() };
        match self.chance.below(10) {
            0..4 => self.append_several(number, &mut operation),
            4 => {
                let list = self.lists(1)[0];
                self.database.ok("UpdateItem", &format!("{{{}}}", append(list, number)));
                operation.appended.push(list);
                self.writes.fetch_add(1, Ordering::Relaxed);
            }
            5..9 => self.read_several(&mut operation),
            _ => {
                let list = self.lists(1)[0];
                let answer = self.database.ok("GetItem", &format!(r#"{{{},"ConsistentRead":true}}"#, key(list)));
                operation.read.push((list, elements(&answer)));
            }
        }
        operation.end = self.ticks.fetch_add(1, Ordering::SeqCst);
        operation
    }

    fn append_several(&mut self, number: usize, operation: &mut Operation) {
        let count = 1 + self.chance.below(3);
        operation.appended = self.lists(count);
        let updates: Vec<String> =
            operation.appended.iter().map(|list| format!(r#"{{"Update":{{{}}}}}"#, append(*list, number))).collect();
        self.database.ok("TransactWriteItems", &format!(r#"{{"TransactItems":[{}]}}"#, updates.join(",")));
        self.writes.fetch_add(count, Ordering::Relaxed);
    }

    fn read_several(&mut self, operation: &mut Operation) {
        let count = 1 + self.chance.below(4);
        let lists = self.lists(count);
        let gets: Vec<String> = lists.iter().map(|list| format!(r#"{{"Get":{{{}}}}}"#, key(*list))).collect();
        let answer = self.database.ok("TransactGetItems", &format!(r#"{{"TransactItems":[{}]}}"#, gets.join(",")));
        let found = answer["Responses"].as_array().unwrap().iter().map(elements);
        operation.read = lists.into_iter().zip(found).collect();
    }
}

fn history(database: &Database, operations: usize) -> Vec<Operation> {
    let (ticks, writes) = (AtomicU64::new(0), AtomicUsize::new(0));
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(operations));
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let (ticks, writes, next, done) = (&ticks, &writes, &next, &done);
            scope.spawn(move || {
                let mut client = Client { database, ticks, writes, chance: Chance::new(seed) };
                let mut own = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= operations {
                        break;
                    }
                    own.push((number, client.run(number)));
                }
                done.lock().unwrap().append(&mut own);
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, operation)| operation).collect()
}

/// The elements of every list in the end: the order in which they were appended.
fn final_lists(database: &Database, history: &[Operation]) -> HashMap<usize, Vec<usize>> {
    let mut lists = HashMap::new();
    let touched = history
        .iter()
        .flat_map(|operation| operation.appended.iter().copied().chain(operation.read.iter().map(|(list, _)| *list)));
    for list in touched {
        lists.entry(list).or_insert_with(|| {
            elements(&database.ok("GetItem", &format!(r#"{{{},"ConsistentRead":true}}"#, key(list))))
        });
    }
    lists
}

#[test]
fn transactions_and_single_operations_are_strictly_serializable() {
    let database = Database::new();
    let history = history(&database, operations(60_000));
    let lists = final_lists(&database, &history);
    let mut order = Order::of(history.len());
    let appended: usize = history.iter().map(|operation| operation.appended.len()).sum();
    assert_eq!(lists.values().map(Vec::len).sum::<usize>(), appended, "every append is there once");
    for list in lists.values() {
        list.windows(2).for_each(|pair| order.add(pair[0], pair[1]));
    }
    for (number, operation) in history.iter().enumerate() {
        for (list, seen) in &operation.read {
            let all = &lists[list];
            assert_eq!(all.get(..seen.len()), Some(seen.as_slice()), "a read saw a beginning of list {list}");
            if let Some(last) = seen.last() {
                order.add(*last, number);
            }
            if let Some(next) = all.get(seen.len()) {
                order.add(number, *next);
            }
        }
    }
    order.add_times(&history.iter().map(|operation| (operation.begin, operation.end)).collect::<Vec<_>>());
    assert_eq!(order.without_place(), 0, "operations without a place in any order");
}
