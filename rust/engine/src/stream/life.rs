//! How a stream begins, is found again when the store is opened, and ends. Each is prepared, recorded by whoever changes the
//! table, and only then shown.

use std::sync::{Arc, Mutex, RwLock};

use statordb_store::{Durability, Store, TreeId, Txn, Verdict};

use super::bell::Bell;
use super::reader::FedBy;
use super::saved::{shard_entry, stream_entry};
use super::sequence::Sequence;
use super::shard::{Closed, Plan, Shard, Shards};
use super::{Facts, SavedShard, SavedStream, State, Stream, StreamStatus, StreamView};
use crate::catalog::KeyRole;
use crate::catalog::kept::Entry;
use crate::clock::iso_date;
use crate::error::Result;

/// A stream to be made.
pub(crate) struct Beginning<'a> {
    /// The table's name.
    pub(crate) table: &'a str,
    /// The table's tree.
    pub(crate) base: TreeId,
    /// An empty tree for the records.
    pub(crate) tree: TreeId,
    /// The table's key attributes, partition key first.
    pub(crate) keys: Vec<(String, KeyRole)>,
    pub(crate) view: StreamView,
}

impl Beginning<'_> {
    pub(super) fn facts(self, id: [u8; 16], created_ms: u64) -> Facts {
        let Self { table, base, tree, keys, view } = self;
        Facts { id, table: table.to_owned(), label: iso_date(created_ms), created_ms, keys, view, base, tree }
    }
}

/// A stream that was made and that nobody knows yet.
#[derive(Debug)]
pub(crate) struct NewStream(Arc<Stream>);

impl NewStream {
    /// A stream with a shard for each partition. Nobody writes to its table meanwhile.
    pub(super) fn new(store: &dyn Store, sequence: &Arc<Sequence>, facts: Facts, now_ms: u64) -> Result<Self> {
        let mut shards = Shards::of(facts.id, []);
        let plan = shards.plan(&store.partitions(facts.tree)?, sequence, now_ms);
        shards.carry_out(plan);
        let state = State { status: StreamStatus::Enabled, ended_ms: None, shards };
        Ok(Self(Arc::new(Stream::new(facts, sequence, state))))
    }

    pub(crate) fn stream(&self) -> Arc<Stream> {
        Arc::clone(&self.0)
    }

    /// The records of the stream and of its shards.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let stream = &self.0;
        let state = stream.read();
        let shards = state.shards.all().iter().map(|shard| shard_entry(stream.id(), &shard.parts(shard.closed())));
        shards.chain([stream_entry(&stream.facts, None)]).collect()
    }
}

/// A stream that is being ended: it records nothing any more, unless this is dropped before it is committed.
#[derive(Debug)]
pub(crate) struct Ending {
    stream: Arc<Stream>,
    plan: Plan,
    ended_ms: u64,
    is_committed: bool,
}

impl Ending {
    /// The records of the stream and of the shards that are closed with it.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let shards = self.plan.parts().map(|parts| shard_entry(self.stream.id(), &parts));
        shards.chain([stream_entry(&self.stream.facts, Some(self.ended_ms))]).collect()
    }

    /// The records are committed: there is no way back.
    pub(crate) fn commit(mut self) -> Ended {
        self.is_committed = true;
        Ended { stream: Arc::clone(&self.stream), plan: std::mem::take(&mut self.plan), ended_ms: self.ended_ms }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.is_committed {
            self.stream.write().status = StreamStatus::Enabled;
        }
    }
}

/// A stream whose end is recorded.
#[derive(Debug)]
pub(crate) struct Ended {
    stream: Arc<Stream>,
    plan: Plan,
    ended_ms: u64,
}

impl Ended {
    /// Shows the end; it is durable.
    pub(crate) fn show(self) {
        {
            let mut state = self.stream.write();
            state.shards.carry_out(self.plan);
            state.status = StreamStatus::Disabled;
            state.ended_ms = Some(self.ended_ms);
        }
        self.stream.ring();
    }
}

impl Stream {
    fn new(facts: Facts, sequence: &Arc<Sequence>, state: State) -> Self {
        let (shaping, state, bell) = (Mutex::default(), RwLock::new(state), Bell::default());
        Self { facts, sequence: Arc::clone(sequence), shaping, state, bell, fed_by: FedBy::default() }
    }

    /// A stream as it was recorded. The numbers of its records and shards are taken.
    pub(super) fn restore(
        store: &dyn Store,
        sequence: &Arc<Sequence>,
        saved: SavedStream,
        shards: &[SavedShard],
    ) -> Result<Self> {
        let status = if saved.ended_ms.is_some() { StreamStatus::Disabled } else { StreamStatus::Enabled };
        let closed = |number: u64| {
            let parent = shards.iter().find(|shard| shard.0.name.number == number);
            parent.and_then(|parent| parent.0.closed).map_or(0, |closed: Closed| closed.at_ms)
        };
        let shard = |saved: &SavedShard| {
            let since_ms = saved.0.parent.as_ref().map_or(0, |parent| closed(parent.number));
            Shard::new(saved.0.clone(), since_ms)
        };
        let shards = Shards::of(saved.facts.id, shards.iter().map(shard));
        let stream = Self::new(saved.facts, sequence, State { status, ended_ms: saved.ended_ms, shards });
        for shard in stream.read().shards.all() {
            let parts = shard.parts(shard.closed());
            let ends = [Some(parts.start), Some(parts.trimmed), parts.closed.map(|closed| closed.end)];
            ends.into_iter().flatten().for_each(|number| sequence.skip(number));
            if parts.closed.is_none()
                && let Some((number, created_ms)) = stream.last_record(store, shard)?
            {
                sequence.skip(number);
                shard.stamp(created_ms);
            }
        }
        Ok(stream)
    }

    /// Prepares the end of the stream: its shards are closed, and stay readable for a day. Nothing to do for one that has
    /// ended.
    pub(crate) fn end(self: &Arc<Self>, store: &dyn Store, now_ms: u64) -> Result<Option<Ending>> {
        {
            let _shaping = self.shaping();
            let mut state = self.write();
            if state.status != StreamStatus::Enabled {
                return Ok(None);
            }
            // From now on nobody plans or trims its shards.
            state.status = StreamStatus::Disabling;
        }
        let (stream, plan) = (Arc::clone(self), Plan::default());
        let mut ending = Ending { stream, plan, ended_ms: now_ms, is_committed: false };
        // Who has taken a number has committed once its partition could be locked; who comes later finds the status.
        for range in store.partitions(self.facts.tree).map_err(|error| self.store_error(error))? {
            self.pass_partition(store, range.start)?;
        }
        ending.plan = self.read().shards.plan_end(&self.sequence, now_ms);
        Ok(Some(ending))
    }

    /// Waits for the lock of the partition that has a hash: then all writes that began before have ended.
    fn pass_partition(&self, store: &dyn Store, hash: u64) -> Result<()> {
        let mut body = |_: &mut dyn Txn| Verdict::Abort;
        let run = store.transact(&[(self.facts.tree, &hash.to_be_bytes())], Durability::Memory, &mut body);
        run.map(drop).map_err(|error| self.store_error(error))
    }
}
