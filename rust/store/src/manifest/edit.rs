//! Checkpoints and their edits as bytes.
//!
//! ```text
//! head        clean u8 | store u64 | epoch v | next file v | next family v
//!             | sequence v | segment v | offset v | log epoch v
//! checkpoint  0 | head | families v, each: tree v | number v | partitions v, each:
//!             start u64 | end u64 | trees v, each: tree v | guest u8 | items s | bytes s
//!             | trimmed v, each: start b | end b | sections v, each: a section (sealed files)
//! edit        1 | head | changes b (as in the log) | trees v, each:
//!             tree of the family v | number v | hash u64 | tree v
//!             | counted u8, and if 1: items s | bytes s
//!             | removed v, each: file v | start v | added u8, and if 1: a section
//! ```
//! `v`, `s` and `b` are the numbers and strings of the log's changes.

use super::checkpoint::{Checkpoint, FamilyRecord, PartitionRecord, TreeRecord};
use crate::coding::{put_bytes, put_signed, put_varint, take_bytes, take_signed, take_u8, take_u64, take_varint};
use crate::log::Position;
use crate::routes::FamilyId;
use crate::sealed::SectionInfo;
use crate::{HashRange, Tally, TreeId};

/// What every checkpoint and every edit begins with: all that is one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Head {
    /// Whether the store was closed in order, so that the log holds nothing that is not sealed.
    pub(crate) is_clean: bool,
    /// Random, and the same as long as the store exists.
    pub(crate) store: u64,
    /// How often the store was opened.
    pub(crate) epoch: u32,
    /// The id of the next sealed file.
    pub(crate) next_file: u64,
    /// Families ever made.
    pub(crate) next_family: u64,
    /// The commit as of which this is.
    pub(crate) sequence: u64,
    /// Where in the log the commit behind it is, or will be.
    pub(crate) position: Position,
    /// The earliest epoch that it may have.
    pub(crate) log_epoch: u32,
}

/// What has become different about a tree's share of a partition.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct TreeEdit {
    pub(crate) family: FamilyId,
    /// One of the partition's hashes.
    pub(crate) hash: u64,
    pub(crate) tree: TreeId,
    pub(crate) tally: Option<Tally>,
    /// File and start of the sections that go.
    pub(crate) removed: Vec<(u64, u64)>,
    /// Takes the place of the first that goes, or comes before all others.
    pub(crate) added: Option<SectionInfo>,
}

/// What has become different between two checkpoints.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Edit {
    pub(crate) head: Head,
    /// Changes of trees and partitions, in the log's bytes; they come before those of sections.
    pub(crate) changes: Vec<u8>,
    pub(crate) trees: Vec<TreeEdit>,
}

/// What a record of the manifest says.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Entry {
    Checkpoint(Checkpoint),
    Edit(Edit),
}

fn put_head(out: &mut Vec<u8>, head: &Head) {
    out.push(u8::from(head.is_clean));
    out.extend_from_slice(&head.store.to_le_bytes());
    let Position { segment, offset } = head.position;
    for number in [
        u64::from(head.epoch),
        head.next_file,
        head.next_family,
        head.sequence,
        segment,
        offset,
        u64::from(head.log_epoch),
    ] {
        put_varint(out, number);
    }
}

fn take_head(from: &mut &[u8]) -> Option<Head> {
    let (is_clean, store) = (take_flag(from)?, take_u64(from)?);
    let mut next = || take_varint(from);
    let (epoch, next_file, next_family, sequence) = (next()?, next()?, next()?, next()?);
    let position = Position { segment: next()?, offset: next()? };
    let log_epoch = u32::try_from(next()?).ok()?;
    let epoch = u32::try_from(epoch).ok()?;
    Some(Head { is_clean, store, epoch, next_file, next_family, sequence, position, log_epoch })
}

fn take_flag(from: &mut &[u8]) -> Option<bool> {
    match take_u8(from)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn put_tally(out: &mut Vec<u8>, tally: Tally) {
    put_signed(out, tally.items);
    put_signed(out, tally.bytes);
}

fn take_tally(from: &mut &[u8]) -> Option<Tally> {
    Some(Tally { items: take_signed(from)?, bytes: take_signed(from)? })
}

fn take_family(from: &mut &[u8]) -> Option<FamilyId> {
    Some(FamilyId(TreeId(take_varint(from)?), take_varint(from)?))
}

/// Takes as many things as a count says; the count itself reserves nothing.
fn take_all<T>(from: &mut &[u8], mut take: impl FnMut(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let count = take_varint(from)?;
    (0..count).map(|_| take(from)).collect()
}

impl TreeRecord {
    fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.tree.0);
        out.push(u8::from(self.is_guest));
        put_tally(out, self.tally);
        put_varint(out, self.trimmed.len() as u64);
        for (start, end) in &self.trimmed {
            put_bytes(out, start);
            put_bytes(out, end);
        }
        put_varint(out, self.sections.len() as u64);
        self.sections.iter().for_each(|info| info.encode(out));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            tree: TreeId(take_varint(from)?),
            is_guest: take_flag(from)?,
            tally: take_tally(from)?,
            trimmed: take_all(from, |from| Some((take_bytes(from)?.to_vec(), take_bytes(from)?.to_vec())))?,
            sections: take_all(from, SectionInfo::decode)?,
        })
    }
}

impl Checkpoint {
    /// The payload of a record that says all of it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![0];
        put_head(&mut out, &self.head);
        put_varint(&mut out, self.families.len() as u64);
        for family in &self.families {
            put_varint(&mut out, family.id.0.0);
            put_varint(&mut out, family.id.1);
            put_varint(&mut out, family.partitions.len() as u64);
            for partition in &family.partitions {
                out.extend_from_slice(&partition.range.start.to_le_bytes());
                out.extend_from_slice(&partition.range.end.to_le_bytes());
                put_varint(&mut out, partition.trees.len() as u64);
                partition.trees.iter().for_each(|tree| tree.encode(&mut out));
            }
        }
        out
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let head = take_head(from)?;
        let families = take_all(from, |from| {
            let id = take_family(from)?;
            let partitions = take_all(from, |from| {
                let range = HashRange { start: take_u64(from)?, end: take_u64(from)? };
                Some(PartitionRecord { range, trees: take_all(from, TreeRecord::take)? })
            })?;
            covers_every_hash(&partitions).then_some(FamilyRecord { id, partitions })
        })?;
        families.is_sorted_by(|a, b| a.id < b.id).then_some(Self { head, families })
    }
}

fn covers_every_hash(partitions: &[PartitionRecord]) -> bool {
    let mut next = Some(0);
    for partition in partitions {
        if next != Some(partition.range.start) || partition.range.end < partition.range.start {
            return false;
        }
        next = partition.range.end.checked_add(1);
    }
    next.is_none() && !partitions.is_empty()
}

impl TreeEdit {
    fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.family.0.0);
        put_varint(out, self.family.1);
        out.extend_from_slice(&self.hash.to_le_bytes());
        put_varint(out, self.tree.0);
        out.push(u8::from(self.tally.is_some()));
        if let Some(tally) = self.tally {
            put_tally(out, tally);
        }
        put_varint(out, self.removed.len() as u64);
        for (file, start) in &self.removed {
            put_varint(out, *file);
            put_varint(out, *start);
        }
        out.push(u8::from(self.added.is_some()));
        if let Some(added) = &self.added {
            added.encode(out);
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            family: take_family(from)?,
            hash: take_u64(from)?,
            tree: TreeId(take_varint(from)?),
            tally: if take_flag(from)? { Some(take_tally(from)?) } else { None },
            removed: take_all(from, |from| Some((take_varint(from)?, take_varint(from)?)))?,
            added: if take_flag(from)? { Some(SectionInfo::decode(from)?) } else { None },
        })
    }
}

impl Edit {
    /// The payload of its record.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![1];
        put_head(&mut out, &self.head);
        put_bytes(&mut out, &self.changes);
        put_varint(&mut out, self.trees.len() as u64);
        self.trees.iter().for_each(|tree| tree.encode(&mut out));
        out
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let (head, changes) = (take_head(from)?, take_bytes(from)?.to_vec());
        Some(Self { head, changes, trees: take_all(from, TreeEdit::take)? })
    }
}

impl Entry {
    /// What a payload says; nothing if it says nothing, or more than that.
    pub(crate) fn decode(mut from: &[u8]) -> Option<Self> {
        let entry = match take_u8(&mut from)? {
            0 => Self::Checkpoint(Checkpoint::take(&mut from)?),
            1 => Self::Edit(Edit::take(&mut from)?),
            _ => return None,
        };
        from.is_empty().then_some(entry)
    }
}
