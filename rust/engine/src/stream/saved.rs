//! The records of streams and of their shards in the catalog. The bytes are drawn in `docs/format.md`.

use statordb_store::{HashRange, TreeId};

use super::sequence::SequenceNumber;
use super::shard::{Closed, Name, ShardParts};
use super::{Facts, StreamView};
use crate::catalog::KeyRole;
use crate::catalog::kept::{Entry, RecordKind};
use crate::record::{NUMBER_MAX, Reader, Unreadable, Writer};

const STREAM_VERSION: u8 = 1;
const SHARD_VERSION: u8 = 1;

const VIEWS: &[StreamView] =
    &[StreamView::KeysOnly, StreamView::NewImage, StreamView::OldImage, StreamView::NewAndOldImages];
const ROLES: &[KeyRole] = &[KeyRole::Hash, KeyRole::Range];

/// A stream as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedStream {
    pub(super) facts: Facts,
    /// When it was disabled.
    pub(super) ended_ms: Option<u64>,
}

impl SavedStream {
    pub(crate) fn id(&self) -> [u8; 16] {
        self.facts.id
    }

    pub(crate) fn table(&self) -> &str {
        &self.facts.table
    }

    pub(crate) fn tree(&self) -> TreeId {
        self.facts.tree
    }
}

/// The entry of a stream.
pub(super) fn stream_entry(facts: &Facts, ended_ms: Option<u64>) -> Entry {
    let mut writer = Writer::new(STREAM_VERSION);
    writer.text(&facts.table);
    writer.text(&facts.label);
    writer.word(facts.created_ms);
    writer.word(facts.base.0);
    writer.word(facts.tree.0);
    writer.one_of(VIEWS, &facts.view);
    writer.list(&facts.keys, |writer, (name, role)| {
        writer.text(name);
        writer.one_of(ROLES, role);
    });
    writer.option(ended_ms, Writer::word);
    Entry::new(RecordKind::Stream, &[&facts.id], Some(writer.finish()))
}

/// The removal of a stream's entry.
pub(super) fn stream_removal(facts: &Facts) -> Entry {
    Entry::new(RecordKind::Stream, &[&facts.id], None)
}

/// Reads the record of a stream behind its id.
///
/// # Errors
/// `Unreadable`.
pub(crate) fn read_stream(id: &[u8], bytes: &[u8]) -> Result<SavedStream, Unreadable> {
    let id = id.try_into().map_err(|_| Unreadable::Damaged)?;
    Reader::read(bytes, STREAM_VERSION, |reader| {
        let (table, label, created_ms) = (reader.text()?, reader.text()?, reader.number()?);
        let (base, tree) = (TreeId(reader.number()?), TreeId(reader.number()?));
        let view = reader.one_of(VIEWS)?;
        let keys = reader.list(|reader| Some((reader.text()?, reader.one_of(ROLES)?)))?;
        let ended_ms = reader.option(Reader::number)?;
        Some(SavedStream { facts: Facts { id, table, label, created_ms, keys, view, base, tree }, ended_ms })
    })
}

/// The entry of a shard of a stream.
pub(super) fn shard_entry(stream: &[u8; 16], shard: &ShardParts) -> Entry {
    let mut writer = Writer::new(SHARD_VERSION);
    writer.word(shard.name.ms);
    writer.option(shard.parent.as_ref(), |writer, parent| {
        writer.word(parent.number);
        writer.word(parent.ms);
    });
    for word in [shard.range.start, shard.range.end, shard.opened_ms, shard.start.0] {
        writer.word(word);
    }
    writer.option(shard.closed, |writer, closed| {
        writer.word(closed.end.0);
        writer.word(closed.at_ms);
    });
    writer.word(shard.trimmed.0);
    Entry::new(RecordKind::Shard, &[stream, &shard.name.number.to_be_bytes()], Some(writer.finish()))
}

/// The removal of a shard's entry.
pub(super) fn shard_removal(stream: &[u8; 16], number: u64) -> Entry {
    Entry::new(RecordKind::Shard, &[stream, &number.to_be_bytes()], None)
}

/// Reads the record of a shard behind the id of its stream and its number; returns the id with it.
///
/// # Errors
/// `Unreadable`.
pub(crate) fn read_shard(place: &[u8], bytes: &[u8]) -> Result<([u8; 16], SavedShard), Unreadable> {
    let (stream, number) = place.split_first_chunk::<16>().ok_or(Unreadable::Damaged)?;
    let number = u64::from_be_bytes(number.try_into().map_err(|_| Unreadable::Damaged)?);
    Reader::read(bytes, SHARD_VERSION, |reader| {
        let name = Name::new(stream, number, reader.number()?);
        let parent = reader.option(|reader| Some(Name::new(stream, reader.number()?, reader.number()?)))?;
        let range = HashRange { start: reader.word()?, end: reader.word()? };
        let (opened_ms, start) = (reader.number()?, SequenceNumber(reader.word()?));
        let closed =
            reader.option(|reader| Some(Closed { end: SequenceNumber(reader.word()?), at_ms: reader.number()? }))?;
        let trimmed = SequenceNumber(reader.word()?);
        let parts = ShardParts { name, parent, range, opened_ms, start, closed, trimmed };
        (range.start <= range.end && number <= NUMBER_MAX).then_some((*stream, SavedShard(parts)))
    })
}

/// A shard as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedShard(pub(super) ShardParts);
