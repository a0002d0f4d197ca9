//! Streams through the engine's operations, with a clock that the tests move and partitions that split early.

mod lineage;
mod reading;
mod retention;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use statordb_store::{Durability, Home, MemoryOptions, MemoryStore, TreeId, Txn, Verdict};

use super::{Beginning, Captured, Change, Stream, StreamRecord, StreamView};
use crate::catalog::KeyRole;
use crate::clock::{Clock, Random};
use crate::error::Result;
use crate::key::{KeyAttribute, KeySchema};
use crate::ops::Caller;
use crate::ops::describe_stream::{DescribeStream, ShardDescription};
use crate::ops::get_records::{GetRecords, GotRecords};
use crate::ops::get_shard_iterator::{GetShardIterator, ShardIteratorType};
use crate::value::{Builder, Item, Kind, Value};
use crate::write::stored_item;
use crate::{Engine, EngineOptions};

const CALLER: Caller<'static> = Caller { region: "eu-west-2" };
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
/// 2026-11-23T05:46:00Z.
const START: u64 = 1_795_412_760_000;

/// A clock that tests move, and bytes that count.
#[derive(Debug)]
struct Outside(AtomicU64);

impl Clock for Outside {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Random for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(next.iter().rev().cycle()).for_each(|(to, from)| *to = *from);
    }
}

/// An engine with a table `films`, of which only the trees exist, and a stream of it.
struct World {
    engine: Engine,
    clock: Arc<Outside>,
    schema: KeySchema,
    base: TreeId,
}

impl World {
    fn new(partition_bytes_max: u64) -> Self {
        let clock = Arc::new(Outside(AtomicU64::new(START)));
        let store = Arc::new(MemoryStore::new(MemoryOptions { partition_bytes_max }));
        let random = Arc::new(Outside(AtomicU64::new(0)));
        let engine = Engine::open(store, clock.clone(), random, EngineOptions::default()).unwrap();
        let mut trees = engine.catalog.kept.new_trees();
        let base = trees.make(Home::Own).unwrap();
        trees.keep();
        let schema = KeySchema::new([KeyAttribute { name: "id".into(), kind: Kind::S }], None);
        Self { engine, clock, schema, base }
    }

    fn pass(&self, milliseconds: u64) {
        self.clock.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn enable(&self, view: StreamView) -> Arc<Stream> {
        self.enable_on("films", self.base, view)
    }

    fn enable_on(&self, table: &str, base: TreeId, view: StreamView) -> Arc<Stream> {
        let keys = vec![("id".to_owned(), KeyRole::Hash)];
        let engine = &self.engine;
        let mut trees = engine.catalog.kept.new_trees();
        let tree = trees.make(Home::Beside(base)).unwrap();
        let beginning = Beginning { table, base, tree, keys, view };
        let new = engine.streams.begin(&*engine.store, &*engine.random, self.clock.now_ms(), beginning).unwrap();
        engine.catalog.kept.commit(&new.entries(), None).unwrap();
        trees.keep();
        engine.streams.add(&new);
        new.stream()
    }

    fn disable(&self, stream: &Arc<Stream>) {
        self.disable_at(stream, self.clock.now_ms());
    }

    fn disable_at(&self, stream: &Arc<Stream>, now_ms: u64) {
        let ending = stream.end(&*self.engine.store, now_ms).unwrap().unwrap();
        self.engine.catalog.kept.commit(&ending.entries(), None).unwrap();
        ending.commit().show();
    }

    /// Puts an item, or with nothing deletes it, as `write.rs` does.
    fn write(&self, stream: &Stream, id: &str, value: Option<&str>) {
        self.write_by(stream, id, value, false, Verdict::Commit);
    }

    fn write_by(&self, stream: &Stream, id: &str, value: Option<&str>, by_ttl: bool, verdict: Verdict) {
        let key = self.schema.encode_key(item(id, None).view()).unwrap();
        let new = value.map(|value| item(id, Some(value)));
        let now_ms = self.clock.now_ms();
        let mut captured = Captured::Done;
        let body = &mut |txn: &mut dyn Txn| {
            captured = Captured::Done;
            let old = stored_item(txn.get(self.base, &key).unwrap()).unwrap();
            if old == new {
                return Verdict::Abort;
            }
            match &new {
                Some(new) => txn.put(self.base, &key, new.bytes().clone()),
                None => txn.delete(self.base, &key),
            }
            let change = Change { key: &key, old: old.as_ref(), new: new.as_ref(), by_ttl, now_ms };
            captured = stream.capture(txn, &change).unwrap();
            // Others come between a number and its commit, where they can.
            std::thread::yield_now();
            if captured == Captured::Done { verdict } else { Verdict::Abort }
        };
        self.engine.store.transact(&[(self.base, &key)], Durability::Full, body).unwrap();
        if let Captured::NoShard(hash) = captured {
            stream.open_shards(&*self.engine.store, &[hash], now_ms).unwrap();
            self.write_by(stream, id, value, by_ttl, verdict);
        }
    }

    fn shards(&self, stream: &Stream) -> Vec<ShardDescription> {
        let request = DescribeStream {
            arn: Cow::Owned(stream.arn(CALLER.region)),
            limit: None,
            exclusive_start: None,
            children_of: None,
        };
        let mut found: Vec<ShardDescription> = Vec::new();
        loop {
            let start = found.last().map(|last| Cow::Owned(last.id.clone()));
            let page = DescribeStream { exclusive_start: start, arn: request.arn.clone(), ..request_rest() };
            let page = self.engine.describe_stream(&CALLER, &page).unwrap();
            found.extend(page.shards);
            if page.last_evaluated.is_none() {
                return found;
            }
        }
    }

    /// The only shard that takes records.
    fn open_shard(&self, stream: &Stream) -> String {
        let open: Vec<_> = self.shards(stream).into_iter().filter(|shard| shard.end.is_none()).collect();
        assert_eq!(open.len(), 1);
        open[0].id.clone()
    }

    fn iterator(&self, stream: &Stream, shard: &str, kind: ShardIteratorType) -> Result<String> {
        self.iterator_at(stream, shard, kind, None, None)
    }

    fn iterator_at(
        &self,
        stream: &Stream,
        shard: &str,
        kind: ShardIteratorType,
        sequence_number: Option<&str>,
        timestamp_ms: Option<u64>,
    ) -> Result<String> {
        let request = GetShardIterator {
            arn: Cow::Owned(stream.arn(CALLER.region)),
            shard_id: Cow::Borrowed(shard),
            kind,
            sequence_number: sequence_number.map(Cow::Borrowed),
            timestamp_ms: timestamp_ms.map(|time| i64::try_from(time).unwrap()),
        };
        self.engine.get_shard_iterator(&CALLER, &request)
    }

    fn get(&self, iterator: &str, limit: Option<u32>) -> Result<GotRecords> {
        self.engine.get_records(&CALLER, &GetRecords { iterator: Cow::Borrowed(iterator), limit })
    }

    /// All records that an iterator leads to now.
    fn read(&self, iterator: String) -> Vec<StreamRecord> {
        let (mut records, mut next) = (Vec::new(), Some(iterator));
        while let Some(iterator) = next {
            let page = self.get(&iterator, Some(7)).unwrap();
            if page.records.is_empty() {
                break;
            }
            records.extend(page.records);
            next = page.next;
        }
        records
    }

    fn read_shard(&self, stream: &Stream, shard: &str) -> Vec<StreamRecord> {
        self.read(self.iterator(stream, shard, ShardIteratorType::TrimHorizon).unwrap())
    }

    /// Everything in the stream, parents before their children.
    fn read_all(&self, stream: &Stream) -> Vec<StreamRecord> {
        self.shards(stream).iter().flat_map(|shard| self.read_shard(stream, &shard.id)).collect()
    }
}

fn request_rest() -> DescribeStream<'static> {
    DescribeStream { arn: Cow::Borrowed(""), limit: Some(3), exclusive_start: None, children_of: None }
}

fn item(id: &str, value: Option<&str>) -> Item {
    let mut builder = Builder::item();
    builder.name("id");
    builder.string(id);
    if let Some(value) = value {
        builder.name("value");
        builder.string(value);
    }
    builder.finish_item().unwrap()
}

fn id_of(record: &StreamRecord) -> String {
    record.keys().unwrap().get("id").unwrap().as_str().unwrap().to_owned()
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::S(text)) => Some(text),
        _ => None,
    }
}

/// The new value of a record's item; nothing when it was removed.
fn value_of(record: &StreamRecord) -> Option<String> {
    text(record.new_image().and_then(|image| image.get("value")).map(|value| value.to_value()))
}

/// What a table holds after the changes of its records.
fn replay<'r>(records: impl IntoIterator<Item = &'r StreamRecord>) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    for record in records {
        match value_of(record) {
            Some(value) => table.insert(id_of(record), value),
            None => table.remove(&id_of(record)),
        };
    }
    table
}
