//! Any bytes as a record of the catalog: a store that has it is opened or refused with a reason, and what was opened can be
//! told of. Bytes of real records are changed too, which leads deeper than chance.

#![no_main]

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use statordb_engine::clock::{Clock, Random};
use statordb_engine::ops::Caller;
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{Bytes, Direction, Durability, KeyRange, MemoryOptions, MemoryStore, Store, TreeId, Verdict};
use statordb_wire::operation::Operation;
use statordb_wire::{parse_json, run_json};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };
const CATALOG: TreeId = TreeId(0);

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        1_795_412_760_123
    }
}

impl Random for Still {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn call(engine: &Engine, operation: Operation, body: &serde_json::Value) {
    if let Ok(request) = parse_json(operation, &body.to_string()) {
        let _ = run_json(engine, &CALLER, request, &mut Vec::new());
    }
}

fn open(store: Arc<dyn Store>) -> Option<Engine> {
    Engine::open(store, Arc::new(Still), Arc::new(Still), EngineOptions::default()).ok()
}

/// A store with a table of every kind of thing, and its records.
struct Real {
    store: Box<dyn Store>,
    records: Vec<(Vec<u8>, Bytes)>,
}

static REAL: LazyLock<Real> = LazyLock::new(|| {
    let table = serde_json::json!({
        "TableName": "films",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "year", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-year",
            "KeySchema": [{"AttributeName": "year", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
        }],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Tags": [{"Key": "a", "Value": "b"}],
        "ResourcePolicy": "{}",
    });
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let engine = open(Arc::clone(&store)).expect("an empty store");
    call(&engine, Operation::CreateTable, &table);
    drop(engine);
    let mut records = Vec::new();
    let visit = &mut |key: &[u8], value: &Bytes| {
        records.push((key.to_vec(), value.clone()));
        ControlFlow::Continue(())
    };
    store.range(CATALOG, KeyRange::ALL, Direction::Forward, visit).expect("a catalog");
    Real { store: store.fork().expect("a copy"), records }
});

fuzz_target!(|bytes: &[u8]| {
    let real = &*REAL;
    let [choice, place, rest @ ..] = bytes else { return };
    let Some((key, value)) = real.records.get(usize::from(*choice) % (real.records.len() + 1)) else {
        return put(&[&[0; 8], &[*place % 5][..], rest].concat(), rest);
    };
    // What is behind the place is replaced.
    let kept = value.get(..usize::from(*place) * 2).unwrap_or(value);
    put(key, &[kept, rest].concat());
});

/// Opens the real store with one record more, or another one, and asks for everything.
fn put(key: &[u8], value: &[u8]) {
    let store = REAL.store.fork().expect("a copy");
    let written = store.transact(&[], Durability::Memory, &mut |txn| {
        txn.put(CATALOG, key, Bytes::from(value));
        Verdict::Commit
    });
    written.expect("a record");
    let Some(engine) = open(store.into()) else { return };
    let named = serde_json::json!({"TableName": "films"});
    for operation in [Operation::DescribeTable, Operation::DescribeTimeToLive, Operation::Scan] {
        call(&engine, operation, &named);
    }
    let put = serde_json::json!({"TableName": "films", "Item": {"id": {"S": "a"}, "year": {"N": "1"}}});
    call(&engine, Operation::PutItem, &put);
    let _ = engine.upkeep();
}
