//! All streams: found by table and label, made, listed and, a day after their end, forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use statordb_store::{Store, TreeId};

use super::saved::{shard_entry, shard_removal, stream_removal};
use super::sequence::{Sequence, SequenceNumber};
use super::{Beginning, NewStream, SavedShard, SavedStream, Stream, StreamStatus, horizon, record_key};
use crate::Engine;
use crate::catalog::ACCOUNT;
use crate::catalog::kept::{Entry, commit_entries};
use crate::clock::Random;
use crate::error::Result;
use crate::write::Unsettled;

/// All streams.
#[derive(Debug)]
pub(crate) struct Streams {
    sequence: Arc<Sequence>,
    /// The streams of each table name, by label.
    streams: RwLock<BTreeMap<String, Vec<Arc<Stream>>>>,
    /// Held by who trims: another one could find the records of a stream gone that it has just looked up.
    trimming: Mutex<()>,
}

/// The ARN of a stream: `<table ARN>/stream/<label>`.
pub(crate) fn stream_arn(region: &str, table: &str, label: &str) -> String {
    format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}/stream/{label}")
}

/// The table's name and the label in a stream's ARN.
fn parse_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next();
    let ("arn", partition, "dynamodb", region, account) = (next()?, next()?, next()?, next()?, next()?) else {
        return None;
    };
    let is_account = account.len() == ACCOUNT.len() && account.bytes().all(|byte| byte.is_ascii_digit());
    let (table, label) = next()?.strip_prefix("table/")?.split_once("/stream/")?;
    let is_named = !table.is_empty() && !table.contains('/') && !label.is_empty() && !label.contains('/');
    (partition.starts_with("aws") && !region.is_empty() && is_account && is_named).then_some((table, label))
}

/// What a text in the place of a stream's ARN names.
#[derive(Debug)]
pub(crate) enum Found {
    /// This stream.
    Stream(Arc<Stream>),
    /// A stream that does not exist.
    Nothing,
    /// No stream: it is not the ARN of one.
    NoArn,
}

impl Streams {
    /// The streams that were recorded, with their shards. Sequence numbers go on behind the greatest that any record has.
    ///
    /// # Errors
    /// Faults of the store, and records that cannot be read.
    pub(crate) fn restore(store: &dyn Store, saved: Vec<(SavedStream, Vec<SavedShard>)>, now_ms: u64) -> Result<Self> {
        let sequence = Arc::new(Sequence::behind(0, now_ms));
        let mut streams: BTreeMap<String, Vec<Arc<Stream>>> = BTreeMap::new();
        for (saved, shards) in saved {
            let stream = Stream::restore(store, &sequence, saved, &shards)?;
            streams.entry(stream.facts.table.clone()).or_default().push(Arc::new(stream));
        }
        streams.values_mut().for_each(|of_table| of_table.sort_by_key(|stream| stream.facts.created_ms));
        Ok(Self { sequence, streams: RwLock::new(streams), trimming: Mutex::default() })
    }

    /// Prepares a stream, which records every change from the moment on at which its table has it. It is not found before
    /// it is added.
    pub(crate) fn begin(
        &self,
        store: &dyn Store,
        random: &dyn Random,
        now_ms: u64,
        beginning: Beginning<'_>,
    ) -> Result<NewStream> {
        let last_ms = {
            let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
            streams.get(beginning.table).and_then(|of_table| of_table.last()).map(|last| last.facts.created_ms)
        };
        // Labels of a table are all different, also where the clock stands still.
        let created_ms = last_ms.map_or(now_ms, |last_ms| now_ms.max(last_ms + 1));
        let mut id = [0; 16];
        random.fill(&mut id);
        NewStream::new(store, &self.sequence, beginning.facts(id, created_ms), now_ms)
    }

    /// Lists a stream that was recorded.
    pub(crate) fn add(&self, new: &NewStream) {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let stream = new.stream();
        streams.entry(stream.facts.table.clone()).or_default().push(stream);
    }

    /// The stream of an identifier.
    pub(crate) fn by_id(&self, id: &[u8; 16]) -> Option<Arc<Stream>> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        streams.values().flatten().find(|stream| stream.id() == id).cloned()
    }

    /// The stream that an ARN names, whatever its region.
    pub(crate) fn find(&self, arn: &str, now_ms: u64) -> Found {
        let Some((table, label)) = parse_arn(arn) else { return Found::NoArn };
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let named = streams.get(table).and_then(|of_table| of_table.iter().find(|stream| stream.label() == label));
        named
            .filter(|stream| !stream.is_past(now_ms))
            .map_or(Found::Nothing, |stream| Found::Stream(Arc::clone(stream)))
    }

    /// Up to `limit` streams, of one table or of all, by table and label, behind the one whose ARN is `start`; and whether
    /// there are more. A text that is no ARN starts nowhere.
    pub(crate) fn page(
        &self,
        table: Option<&str>,
        start: Option<&str>,
        limit: usize,
        now_ms: u64,
    ) -> Option<(Vec<Arc<Stream>>, bool)> {
        let start = match start {
            Some(arn) => Some(parse_arn(arn)?),
            None => None,
        };
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let is_asked = |stream: &&Arc<Stream>| {
            let place = (stream.table(), stream.label());
            table.is_none_or(|table| stream.table() == table)
                && start.is_none_or(|start| place > start)
                && !stream.is_past(now_ms)
        };
        let mut asked = streams.values().flatten().filter(is_asked).cloned();
        let page: Vec<_> = asked.by_ref().take(limit).collect();
        Some((page, asked.next().is_some()))
    }

    /// Deletes the records that are a day old, and drops the streams that ended a day ago.
    pub(crate) fn trim(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        let _trims = self.trimming.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unsettled = Unsettled::default();
        let mut doomed = Vec::new();
        let recorded = self.all().iter().try_for_each(|stream| {
            let of_stream = match stream.is_past(now_ms) {
                true => self.forget(store, stream, &mut unsettled)?,
                false => stream.trim(store, now_ms, &mut unsettled)?,
            };
            doomed.extend(of_stream);
            Ok(())
        });
        // Nothing brings back what is deleted: that it is must be durable first.
        unsettled.settle(store)?;
        doomed.iter().try_for_each(|doomed| doomed.delete(store))?;
        recorded
    }

    /// Wakes everybody who waits for a record, of whatever stream.
    pub(crate) fn ring(&self) {
        self.all().iter().for_each(|stream| stream.ring());
    }

    fn all(&self) -> Vec<Arc<Stream>> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        streams.values().flatten().cloned().collect()
    }

    /// Removes the records of a stream, then the stream; what it kept is left to be deleted.
    fn forget(&self, store: &dyn Store, past: &Arc<Stream>, unsettled: &mut Unsettled) -> Result<Vec<Doomed>> {
        unsettled.add(commit_entries(store, &past.removals())?);
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        streams.values_mut().for_each(|of_table| of_table.retain(|stream| !Arc::ptr_eq(stream, past)));
        streams.retain(|_, of_table| !of_table.is_empty());
        Ok(vec![Doomed::Tree(past.facts.tree)])
    }
}

/// What is recorded as deleted, and to be deleted once that is durable.
enum Doomed {
    /// The records of a partition before this key.
    Records(TreeId, [u8; 24]),
    /// All records of a stream.
    Tree(TreeId),
}

impl Doomed {
    fn delete(&self, store: &dyn Store) -> Result<()> {
        match self {
            Self::Records(tree, end) => Ok(store.trim(*tree, end)?),
            Self::Tree(tree) => Ok(store.drop_tree(*tree)?),
        }
    }
}

impl Engine {
    /// Deletes stream records that are 24 hours old, and forgets streams that ended so long ago. They cannot be read any
    /// more in either case; this gives their memory back. To be called now and then.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn trim_streams(&self) -> Result<()> {
        let _shaping = self.catalog.shaping();
        self.streams.trim(&*self.store, self.clock.now_ms())
    }
}

impl Stream {
    /// Notes which records are too old, and forgets the shards that have no others.
    fn trim(&self, store: &dyn Store, now_ms: u64, unsettled: &mut Unsettled) -> Result<Vec<Doomed>> {
        let _shaping = self.shaping();
        if self.status() == StreamStatus::Disabling {
            return Ok(Vec::new());
        }
        let shards: Vec<_> = self.read().shards.all().to_vec();
        let mut entries = Vec::new();
        // Records of partitions with the same first hash are of ascending times, whichever shards they are in.
        let mut ends = BTreeMap::new();
        for shard in &shards {
            if let Some(closed) = shard.closed().filter(|_| shard.is_past(horizon(now_ms))) {
                shard.trim(closed.end);
                entries.push(shard_removal(self.id(), shard.number()));
                ends.insert(shard.range.start, record_key(shard.range.start, shard.number() + 1, SequenceNumber(0)));
            } else if let Some(last) = self.last_past(store, shard, now_ms)? {
                // First, so that nobody finds records missing without being told.
                shard.trim(last);
                entries.push(shard_entry(self.id(), &shard.parts(shard.closed())));
                ends.insert(shard.range.start, record_key(shard.range.start, shard.number(), last.next()));
            }
        }
        if !entries.is_empty() {
            unsettled.add(commit_entries(store, &entries)?);
            self.write().shards.forget(horizon(now_ms));
        }
        Ok(ends.into_values().map(|end| Doomed::Records(self.facts.tree, end)).collect())
    }

    /// What removes the records of the stream and of its shards.
    fn removals(&self) -> Vec<Entry> {
        let state = self.read();
        let shards = state.shards.all().iter().map(|shard| shard_removal(self.id(), shard.number()));
        shards.chain([stream_removal(&self.facts)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_a_table_and_a_label() {
        let arn = stream_arn("eu-west-2", "films", "2026-11-23T03:29:14.810");
        assert_eq!(arn, "arn:aws:dynamodb:eu-west-2:000000000000:table/films/stream/2026-11-23T03:29:14.810");
        assert_eq!(parse_arn(&arn), Some(("films", "2026-11-23T03:29:14.810")));
        for other in [
            "",
            "sdfadfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdfsdf",
            "arn:aws:dynamodb:eu-west-2:000000000000:table/films",
            "arn:aws:dynamodb:eu-west-2:000000000000:table/films/stream/",
            "arn:aws:dynamodb:eu-west-2:000000000000:table/films/index/by-year",
            "arn:aws:kinesis:eu-west-2:000000000000:stream/films/stream/now",
            "arn:aws:dynamodb::000000000000:table/films/stream/now",
            "arn:aws:dynamodb:eu-west-2:account:table/films/stream/now",
        ] {
            assert_eq!(parse_arn(other), None, "{other}");
        }
    }
}
