//! All streams: found by table and label, made, listed and, a day after their end, forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use statordb_store::{Durability, Home, Store, StoreError, TreeId, Txn, Verdict};

use super::sequence::Sequence;
use super::shard::Shards;
use super::{Shard, State, Stream, StreamStatus, StreamView, horizon, record_key};
use crate::Engine;
use crate::catalog::{ACCOUNT, KeyRole};
use crate::clock::{Random, iso_date};
use crate::error::Result;
use crate::limits::TRIM_RECORDS_MAX;

/// A stream to be made.
pub(crate) struct NewStream<'a> {
    /// The table's name.
    pub(crate) table: &'a str,
    /// The table's tree.
    pub(crate) base: TreeId,
    /// A tree for the records, which does not exist yet.
    pub(crate) tree: TreeId,
    /// The table's key attributes, partition key first.
    pub(crate) keys: Vec<(String, KeyRole)>,
    pub(crate) view: StreamView,
}

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
    /// No streams. Sequence numbers begin behind `last`, the greatest that is known to be taken.
    pub(crate) fn new(last: u64, now_ms: u64) -> Self {
        Self {
            sequence: Arc::new(Sequence::behind(last, now_ms)),
            streams: RwLock::default(),
            trimming: Mutex::default(),
        }
    }

    /// Makes a stream, which records every change from now on that is handed to it.
    pub(crate) fn enable(
        &self,
        store: &dyn Store,
        random: &dyn Random,
        now_ms: u64,
        new: NewStream<'_>,
    ) -> Result<Arc<Stream>> {
        store.create(new.tree, Home::Beside(new.base))?;
        let mut id = [0; 16];
        random.fill(&mut id);
        let stream = self.add(id, now_ms, new);
        stream.refresh(store, now_ms)?;
        Ok(stream)
    }

    fn add(&self, id: [u8; 16], now_ms: u64, new: NewStream<'_>) -> Arc<Stream> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let of_table = streams.entry(new.table.to_owned()).or_default();
        // Labels of a table are all different, also where the clock stands still.
        let created_ms = of_table.last().map_or(now_ms, |last| now_ms.max(last.created_ms + 1));
        let stream = Arc::new(Stream {
            id,
            table: new.table.to_owned(),
            label: iso_date(created_ms),
            created_ms,
            keys: new.keys,
            view: new.view,
            base: new.base,
            tree: new.tree,
            sequence: Arc::clone(&self.sequence),
            state: RwLock::new(State { status: StreamStatus::Enabled, ended_ms: None, shards: Shards::of(id) }),
        });
        of_table.push(Arc::clone(&stream));
        stream
    }

    /// The stream that an ARN names, whatever its region.
    pub(crate) fn find(&self, arn: &str, now_ms: u64) -> Found {
        let Some((table, label)) = parse_arn(arn) else { return Found::NoArn };
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let named = streams.get(table).and_then(|of_table| of_table.iter().find(|stream| stream.label == label));
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
            let place = (stream.table.as_str(), stream.label.as_str());
            table.is_none_or(|table| stream.table == table)
                && start.is_none_or(|start| place > start)
                && !stream.is_past(now_ms)
        };
        let mut asked = streams.values().flatten().filter(is_asked).cloned();
        let page: Vec<_> = asked.by_ref().take(limit).collect();
        Some((page, asked.next().is_some()))
    }

    /// Deletes the records that are a day old, a batch at a time, and drops the streams that ended a day ago.
    pub(crate) fn trim(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        let _trims = self.trimming.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in self.all() {
            if stream.is_past(now_ms) {
                self.forget(store, &stream)?;
            } else {
                stream.trim(store, now_ms)?;
            }
        }
        Ok(())
    }

    fn all(&self) -> Vec<Arc<Stream>> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        streams.values().flatten().cloned().collect()
    }

    fn forget(&self, store: &dyn Store, past: &Arc<Stream>) -> Result<()> {
        {
            let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
            streams.values_mut().for_each(|of_table| of_table.retain(|stream| !Arc::ptr_eq(stream, past)));
            streams.retain(|_, of_table| !of_table.is_empty());
        }
        match store.drop_tree(past.tree) {
            // Somebody else was at it too.
            Ok(()) | Err(StoreError::NoSuchTree(_)) => Ok(()),
            Err(error) => Err(error.into()),
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
        self.streams.trim(&*self.store, self.clock.now_ms())
    }
}

impl Stream {
    fn trim(&self, store: &dyn Store, now_ms: u64) -> Result<()> {
        let shards: Vec<_> = self.read().shards.all().to_vec();
        for shard in &shards {
            while self.trim_batch(store, shard, now_ms)? {}
        }
        self.write().shards.forget(horizon(now_ms));
        Ok(())
    }

    /// Deletes the oldest records of a shard; whether there may be more of them.
    fn trim_batch(&self, store: &dyn Store, shard: &Shard, now_ms: u64) -> Result<bool> {
        let past = self.past(store, shard, TRIM_RECORDS_MAX, now_ms)?;
        let Some(last) = past.last() else { return Ok(false) };
        // First, so that nobody finds records missing without being told.
        shard.trim(*last);
        let delete = &mut |txn: &mut dyn Txn| {
            past.iter().for_each(|number| txn.delete(self.tree, &record_key(shard.range.start, shard.number, *number)));
            Verdict::Commit
        };
        store.transact(&[], Durability::Memory, delete)?;
        Ok(past.len() >= TRIM_RECORDS_MAX)
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
