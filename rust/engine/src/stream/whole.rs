//! Whether a stream is as it must be: its shards descend from each other, and each record stands in its shard, in order.

use std::collections::BTreeMap;

use statordb_store::{Bytes, Read, key_hash};

use super::record::created_ms;
use super::shard::ShardParts;
use super::{SavedShard, SavedStream, SequenceNumber, StreamRecord, horizon};
use crate::catalog::KeyRole;
use crate::check::{Checkup, walk};
use crate::error::Result;
use crate::key::tree_key;
use crate::value::ItemRef;

/// A stream as it is recorded, at one moment.
struct Recorded<'s> {
    stream: &'s SavedStream,
    shards: BTreeMap<u64, &'s ShardParts>,
    horizon_ms: u64,
}

/// Where a record stands.
#[derive(Clone, Copy)]
struct Place {
    range_start: u64,
    shard: u64,
    sequence: SequenceNumber,
}

impl Place {
    fn of(key: &[u8]) -> Option<Self> {
        let (words, rest) = key.as_chunks::<8>();
        match (words, rest) {
            ([range_start, shard, sequence], []) => Some(Self {
                range_start: u64::from_be_bytes(*range_start),
                shard: u64::from_be_bytes(*shard),
                sequence: SequenceNumber(u64::from_be_bytes(*sequence)),
            }),
            _ => None,
        }
    }
}

/// Looks at a stream and all its records.
///
/// # Errors
/// Faults of the store that say nothing of what is stored.
pub(crate) fn check_stream(
    read: &dyn Read,
    stream: &SavedStream,
    shards: &[SavedShard],
    now_ms: u64,
    checkup: &mut Checkup,
) -> Result<()> {
    let shards = shards.iter().map(|shard| (shard.0.name.number, &shard.0)).collect();
    let recorded = Recorded { stream, shards, horizon_ms: horizon(now_ms) };
    let place = recorded.place();
    for shard in recorded.shards.values() {
        if let Some(what) = recorded.fault_of(shard) {
            checkup.note(|| format!("{place}, shard `{}`: {what}", shard.name.id));
        }
    }
    // The shard of the last record, and its time.
    let mut last = (0, 0);
    let visited = walk(read, stream.tree(), &mut |key, bytes| {
        checkup.stream_records += 1;
        if let Some(what) = recorded.fault_of_record(key, bytes, &mut last) {
            let number = Place::of(key).map_or_else(|| key.escape_ascii().to_string(), |at| at.sequence.to_string());
            checkup.note(|| format!("{place}, record `{number}`: {what}"));
        }
        Ok(())
    });
    checkup.note_unread(&place, visited).map(drop)
}

impl Recorded<'_> {
    fn place(&self) -> String {
        format!("table `{}`, stream `{}`", self.stream.table(), self.stream.facts.label)
    }

    fn fault_of(&self, shard: &ShardParts) -> Option<&'static str> {
        let is_behind = |end: SequenceNumber| end >= shard.start;
        let overlaps = |other: &&ShardParts| {
            other.name.number != shard.name.number
                && other.closed.is_none()
                && other.range.start <= shard.range.end
                && shard.range.start <= other.range.end
        };
        match shard.closed {
            Some(closed) if !is_behind(closed.end) => return Some("it ends before it begins"),
            None if self.stream.ended_ms.is_some() => return Some("it is open, though its stream has ended"),
            None if self.shards.values().copied().any(|other| overlaps(&other)) => {
                return Some("another shard takes records of the same keys");
            }
            _ => {}
        }
        let parent = shard.parent.as_ref()?;
        match self.shards.get(&parent.number) {
            // One that is past was closed a day ago, and was opened before.
            None if parent.ms >= self.horizon_ms => Some("its parent is not there"),
            None => None,
            Some(parent) if parent.closed.is_none_or(|closed| closed.end >= shard.start) => {
                Some("it begins before its parent ends")
            }
            Some(parent) if !parent.range.contains(&shard.range) => Some("it has other keys than its parent"),
            Some(_) => None,
        }
    }

    fn fault_of_record(&self, key: &[u8], bytes: &Bytes, last: &mut (u64, u64)) -> Option<&'static str> {
        let Some(place) = Place::of(key) else { return Some("its key is none of a record") };
        let record = StreamRecord::parse(bytes, place.sequence, [0; 16]).filter(|record| self.is_whole(record));
        let (Some(record), Some(created)) = (record, created_ms(bytes)) else { return Some("it cannot be read") };
        let before = std::mem::replace(last, (place.shard, created));
        let Some(shard) = self.shards.get(&place.shard) else {
            // What a shard had is deleted a little later than the shard.
            let is_past =
                created < self.horizon_ms && self.shards.keys().next_back().is_none_or(|last| place.shard < *last);
            return (!is_past).then_some("it has no shard");
        };
        let is_in_shard = place.range_start == shard.range.start
            && place.sequence > shard.start
            && shard.closed.is_none_or(|closed| place.sequence <= closed.end);
        let hash = record.keys().and_then(|keys| self.hash_of(keys));
        match () {
            () if !is_in_shard => Some("it lies outside of its shard"),
            () if before.0 == place.shard && before.1 > created => Some("it is earlier than the one before it"),
            () if hash.is_none_or(|hash| hash < shard.range.start || hash > shard.range.end) => {
                Some("its key belongs to another shard")
            }
            () => None,
        }
    }

    /// Whether keys and images are whole, and are those that the view shows.
    fn is_whole(&self, record: &StreamRecord) -> bool {
        let view = self.stream.facts.view;
        let (had_old, has_new) = record.sides();
        let is_shown = |image: Option<ItemRef<'_>>, shown: bool| {
            image.is_some() == shown && image.is_none_or(|image| image.is_whole() && self.hash_of(image).is_some())
        };
        record.keys().is_some_and(|keys| keys.is_whole() && keys.len() == self.stream.facts.keys.len())
            && (had_old || has_new)
            && is_shown(record.old_image(), had_old && view.shows_old())
            && is_shown(record.new_image(), has_new && view.shows_new())
    }

    /// Where the partition of an item is, by the key attributes of the table.
    fn hash_of(&self, item: ItemRef<'_>) -> Option<u64> {
        let value = |role: KeyRole| {
            let name = self.stream.facts.keys.iter().find(|(_, of)| *of == role).map(|(name, _)| name);
            name.map(|name| item.get(name).map(|value| value.scalar_bytes()))
        };
        let range = match value(KeyRole::Range) {
            Some(range) => Some(range?),
            None => None,
        };
        Some(key_hash(&tree_key(value(KeyRole::Hash)??, range)))
    }
}
