//! Any bytes as a record of the catalog: a store that has it is opened or refused with a reason, and what was opened can be
//! told of. Bytes of real records are changed too, which leads deeper than chance.

#![no_main]

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use statordb_engine::clock::{Clock, Random};
use statordb_engine::ops::Caller;
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{
    Bytes, CommitSeq, Direction, Durability, HashRange, Home, KeyRange, MemoryOptions, MemoryStore, Read, Store,
    StoreCaps, StoreError, StoreStats, TreeId, Txn, Verdict,
};
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

fn open(store: Box<dyn Store>) -> Option<Engine> {
    Engine::open(store.into(), Arc::new(Still), Arc::new(Still), EngineOptions::default()).ok()
}

/// A store that is kept while an engine has it.
struct Shared(Arc<MemoryStore>);

impl Read for Shared {
    fn get(&self, tree: TreeId, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.0.get(tree, key)
    }

    fn range(
        &self,
        tree: TreeId,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.range(tree, range, direction, visit)
    }
}

impl Store for Shared {
    fn snapshot(&self) -> Result<Box<dyn Read>, StoreError> {
        self.0.snapshot()
    }

    fn fork(&self) -> Result<Box<dyn Store>, StoreError> {
        self.0.fork()
    }

    fn transact(
        &self,
        keys: &[(TreeId, &[u8])],
        durability: Durability,
        body: &mut dyn FnMut(&mut dyn Txn) -> Verdict,
    ) -> Result<Option<CommitSeq>, StoreError> {
        self.0.transact(keys, durability, body)
    }

    fn wait_durable(&self, commit: CommitSeq) -> Result<(), StoreError> {
        self.0.wait_durable(commit)
    }

    fn partitions(&self, tree: TreeId) -> Result<Vec<HashRange>, StoreError> {
        self.0.partitions(tree)
    }

    fn create(&self, tree: TreeId, home: Home) -> Result<(), StoreError> {
        self.0.create(tree, home)
    }

    fn drop_tree(&self, tree: TreeId) -> Result<(), StoreError> {
        self.0.drop_tree(tree)
    }

    fn trim(&self, tree: TreeId, key: &[u8]) -> Result<(), StoreError> {
        self.0.trim(tree, key)
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        self.0.checkpoint()
    }

    fn stats(&self) -> StoreStats {
        self.0.stats()
    }

    fn caps(&self) -> StoreCaps {
        self.0.caps()
    }
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
    let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let engine = open(Box::new(Shared(Arc::clone(&store)))).expect("an empty store");
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
    let Some(engine) = open(store) else { return };
    let named = serde_json::json!({"TableName": "films"});
    for operation in [Operation::DescribeTable, Operation::DescribeTimeToLive, Operation::Scan] {
        call(&engine, operation, &named);
    }
    let put = serde_json::json!({"TableName": "films", "Item": {"id": {"S": "a"}, "year": {"N": "1"}}});
    call(&engine, Operation::PutItem, &put);
    let _ = engine.upkeep();
}
