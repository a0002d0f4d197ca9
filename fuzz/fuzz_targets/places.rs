//! Any text as a place or a name: shard iterators, sequence numbers, shards, ARNs of tables and streams, names. Whatever
//! it is, it is answered or refused, and never with a fault of ours.

#![no_main]

use std::sync::Arc;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use statordb_engine::clock::{Clock, Random};
use statordb_engine::error::ErrorKind;
use statordb_engine::ops::Caller;
use statordb_engine::{Engine, EngineOptions};
use statordb_store::{MemoryOptions, MemoryStore};
use statordb_wire::operation::Operation;
use statordb_wire::{parse_json, run_json};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };
const ARN: &str = "arn:aws:dynamodb:eu-west-2:000000000000:table/films";

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

struct Database {
    engine: Engine,
    stream: String,
    shard: String,
    iterator: String,
}

impl Database {
    fn call(&self, operation: Operation, body: &serde_json::Value) -> Option<serde_json::Value> {
        call(&self.engine, operation, body)
    }
}

fn call(engine: &Engine, operation: Operation, body: &serde_json::Value) -> Option<serde_json::Value> {
    let body = body.to_string();
    let request = parse_json(operation, &body).ok()?;
    let mut out = Vec::new();
    match run_json(engine, &CALLER, request, &mut out) {
        Ok(()) => serde_json::from_slice(&out).ok(),
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Internal, "{operation} {body}: {error}");
            None
        }
    }
}

static DATABASE: LazyLock<Database> = LazyLock::new(|| {
    let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
    let options = EngineOptions::default();
    let engine = Engine::open(store, Arc::new(Still), Arc::new(Still), options).expect("an empty store");
    let table = serde_json::json!({
        "TableName": "films",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    call(&engine, Operation::CreateTable, &table).expect("a table");
    for id in ["a", "b", "c"] {
        let put = serde_json::json!({"TableName": "films", "Item": {"id": {"S": id}}});
        call(&engine, Operation::PutItem, &put).expect("an item");
    }
    let text =
        |answer: &serde_json::Value, path: &str| answer.pointer(path).and_then(|text| text.as_str()).map(str::to_owned);
    let listed = call(&engine, Operation::ListStreams, &serde_json::json!({})).expect("streams");
    let stream = text(&listed, "/Streams/0/StreamArn").expect("a stream");
    let described =
        call(&engine, Operation::DescribeStream, &serde_json::json!({"StreamArn": stream})).expect("a stream");
    let shard = text(&described, "/StreamDescription/Shards/0/ShardId").expect("a shard");
    let start = serde_json::json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let place = call(&engine, Operation::GetShardIterator, &start).expect("an iterator");
    let iterator = text(&place, "/ShardIterator").expect("an iterator");
    Database { engine, stream, shard, iterator }
});

/// A good text with a piece of it replaced.
fn spliced(good: &str, at: u8, cut: u8, piece: &str) -> String {
    let characters: Vec<char> = good.chars().collect();
    let start = usize::from(at) % (characters.len() + 1);
    let end = (start + usize::from(cut % 24)).min(characters.len());
    let (before, after) = (characters.get(..start).unwrap_or_default(), characters.get(end..).unwrap_or_default());
    before.iter().copied().chain(piece.chars()).chain(after.iter().copied()).collect()
}

fuzz_target!(|input: (u8, u8, u8, &str)| {
    let (which, at, cut, piece) = input;
    let database = &*DATABASE;
    let changed = |good: &str| spliced(good, at, cut, piece);
    let (stream, shard) = (&database.stream, &database.shard);
    let (operation, body) = match which % 10 {
        0 => (Operation::GetRecords, serde_json::json!({"ShardIterator": changed(&database.iterator)})),
        1 => (Operation::DescribeStream, serde_json::json!({"StreamArn": changed(stream)})),
        2 => (
            Operation::DescribeStream,
            serde_json::json!({"StreamArn": stream, "ExclusiveStartShardId": changed(shard)}),
        ),
        3 => (
            Operation::GetShardIterator,
            serde_json::json!({"StreamArn": changed(stream), "ShardId": shard, "ShardIteratorType": "LATEST"}),
        ),
        4 => (
            Operation::GetShardIterator,
            serde_json::json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "AT_SEQUENCE_NUMBER",
                "SequenceNumber": changed("100000001795412760123")}),
        ),
        5 => (Operation::ListStreams, serde_json::json!({"ExclusiveStartStreamArn": changed(stream)})),
        6 => (Operation::ListTagsOfResource, serde_json::json!({"ResourceArn": changed(ARN)})),
        7 => (Operation::GetItem, serde_json::json!({"TableName": changed(ARN), "Key": {"id": {"S": "a"}}})),
        8 => (Operation::Scan, serde_json::json!({"TableName": "films", "IndexName": changed("index")})),
        _ => (Operation::GetResourcePolicy, serde_json::json!({"ResourceArn": changed(ARN)})),
    };
    if let Some(answer) = database.call(operation, &body) {
        assert!(answer.is_object(), "{answer}");
    }
});
