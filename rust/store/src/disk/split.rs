//! Splitting: a partition that has become large is cut between two hashes.
//!
//! The cut is a change like others: it has its place in the log, and an opening repeats it. The parts share the sections
//! that reach over it until they are merged. Splits are made by who seals, when a seal is done.

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use super::Inner;
use super::layers::Layers;
use super::walk::{Clipped, walk};
use crate::log::change::Change;
use crate::partition::State;
use crate::routes::FamilyId;
use crate::sealed::Section;
use crate::{Direction, HashRange, KeyRange, StoreError, key_hash};

impl Inner {
    /// Splits every partition that is too large and has more than one hash.
    pub(super) fn split_large(&self) -> Result<(), StoreError> {
        let sealing = self.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        if sealing.is_some() {
            // A cut that failed counts on the partitions that there are.
            return Ok(());
        }
        let routes = self.routes.current();
        for family in routes.families() {
            let starts: Vec<u64> = family.partitions().map(|partition| partition.state.read().start()).collect();
            for start in starts {
                self.split_partition(family.id, start)?;
            }
        }
        Ok(())
    }

    fn split_partition(&self, id: FamilyId, start: u64) -> Result<(), StoreError> {
        let mut pending = vec![start];
        while let Some(start) = pending.pop() {
            if let Some(hash) = self.split_once(id, start)? {
                pending.extend([hash, start]);
            }
        }
        Ok(())
    }

    /// Splits the partition that begins at a hash, if it should be; returns where.
    fn split_once(&self, id: FamilyId, start: u64) -> Result<Option<u64>, StoreError> {
        let routes = self.routes.current();
        let family = routes.families().into_iter().find(|family| family.id == id);
        let Some((_, partition)) = family.and_then(|family| family.partition(start)) else { return Ok(None) };
        let seen = State::clone(&partition.state.read());
        if bytes(&seen) <= self.options.partition_bytes_max {
            return Ok(None);
        }
        // Found without the lock: it may take some reading.
        let Some(hash) = middle(&seen)? else { return Ok(None) };
        let mut state = partition.state.write();
        if state.range() != seen.range() || state.trees().next().is_none() {
            return Ok(None);
        }
        let upper = self.routes.split_with(id, || {
            let appended = self.log_change(Change::Split { family: id, hash })?;
            for (_, layers, tally) in state.trees_and_tallies() {
                layers.freeze(appended.generation, *tally);
            }
            Ok(cut(&mut state, hash, self.options.partition_bytes_max))
        });
        upper.map(|()| Some(hash))
    }
}

/// Cuts a partition; returns the upper part.
pub(super) fn cut(state: &mut State<Layers>, hash: u64, split_bytes: u64) -> State<Layers> {
    let HashRange { start, end } = state.range();
    let (lower, upper) = (HashRange { start, end: hash - 1 }, HashRange { start: hash, end });
    state.cut(hash, split_bytes, |layers, key| layers.split_off(key, lower, upper))
}

/// Bytes of keys and values in a partition, about: sections that reach further count by the share of their hashes.
fn bytes(state: &State<Layers>) -> u64 {
    let range = state.range();
    let section = |section: &Arc<Section>| {
        let info = section.info();
        let (first, last) = (key_hash(&info.first_key), key_hash(&info.last_key));
        let whole = (last - first) as f64 + 1.0;
        let inside = (last.min(range.end) as f64 - first.max(range.start) as f64 + 1.0).clamp(0.0, whole);
        (info.bytes as f64 * inside / whole) as u64
    };
    let of = |layers: &Layers| {
        let sections: u64 = layers.sections.iter().map(section).sum();
        sections + layers.map_payload_bytes()
    };
    state.weighing().map(of).sum()
}

/// A hash that has something on either side: in the middle of the hashes that there are, as those of partition keys are
/// spread evenly; where they are not, as near to that as something is on either side.
fn middle(state: &State<Layers>) -> Result<Option<u64>, StoreError> {
    let (Some(low), Some(high)) = (edge(state, Direction::Forward)?, edge(state, Direction::Backward)?) else {
        return Ok(None);
    };
    if low == high {
        return Ok(None);
    }
    Ok(Some(low + (high - low).div_ceil(2)))
}

/// The first or the last hash of a partition that has an entry.
fn edge(state: &State<Layers>, direction: Direction) -> Result<Option<u64>, StoreError> {
    let mut found: Option<u64> = None;
    for layers in state.weighing() {
        let clipped = Clipped::new(KeyRange::ALL, state.range());
        let _ = walk(layers, clipped.range(), direction, &mut |key, _| {
            let hash = key_hash(key);
            found = Some(match (found, direction) {
                (None, _) => hash,
                (Some(other), Direction::Forward) => other.min(hash),
                (Some(other), Direction::Backward) => other.max(hash),
            });
            Ok(ControlFlow::Break(()))
        })?;
    }
    Ok(found)
}
