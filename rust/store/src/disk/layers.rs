//! A tree's share of a partition on disk: newest first, a map that is written to, one that is being sealed, and sealed
//! sections.
//!
//! Every commit belongs to a generation. Whoever writes to a map of an earlier one freezes it first, so a generation ends
//! everywhere without anybody stopping. A map is let go when what it holds is sealed.

use std::sync::Arc;

use crate::manifest::checkpoint::{TreeRecord, add_trimmed, trimmed_range};
use crate::partition::Layer;
use crate::sealed::{Found, Section, SectionInfo};
use crate::tree::{Tree, Value};
use crate::{Bytes, HashRange, StoreError, Tally};

/// What a map needs for an entry beside its key and value, in bytes (measured).
const ENTRY_BYTES: usize = 96;

/// The value that a commit has left, or none where it has deleted the key.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) commit: u64,
    pub(crate) value: Option<Bytes>,
}

impl Value for Version {
    fn size(&self) -> usize {
        ENTRY_BYTES + self.value.as_ref().map_or(0, |value| value.len())
    }
}

pub(crate) type Map = Tree<Version>;
/// Sections, newest first.
pub(crate) type Sections = Arc<[Arc<Section>]>;

/// A map that is being sealed, and what was counted when it was frozen.
#[derive(Clone)]
pub(crate) struct Frozen {
    pub(crate) map: Map,
    pub(crate) tally: Tally,
}

#[derive(Clone)]
pub(crate) struct Layers {
    /// That of the active map.
    generation: u64,
    pub(crate) active: Map,
    pub(crate) frozen: Option<Frozen>,
    pub(crate) sections: Sections,
    /// Ranges of keys, first and end, in which there is nothing any more.
    pub(crate) trimmed: Arc<Vec<(Vec<u8>, Vec<u8>)>>,
    /// Whether it lives beside another tree, grows at its end and is trimmed at its beginning.
    pub(crate) is_guest: bool,
}

/// What the sections say of a key, fetched before its partition was locked; it holds as long as they are the same.
#[derive(Default)]
pub(crate) struct Ahead(Option<(Sections, Option<Bytes>)>);

impl Layers {
    /// An empty share, made by a commit of a generation.
    pub(crate) fn new(generation: u64, is_guest: bool) -> Self {
        let (active, sections, trimmed) = (Map::new(), Arc::from([]), Arc::default());
        Self { generation, active, frozen: None, sections, trimmed, is_guest }
    }

    /// Nothing but sections.
    pub(crate) fn sealed(sections: Sections) -> Self {
        Self { sections, ..Self::new(0, false) }
    }

    /// The share that a checkpoint tells of.
    pub(crate) fn restored(record: &TreeRecord, sections: Sections) -> Self {
        Self { sections, trimmed: Arc::new(record.trimmed.clone()), ..Self::new(0, record.is_guest) }
    }

    /// Freezes the active map if it is of an earlier generation. `tally` is what is counted so far.
    pub(crate) fn freeze(&mut self, generation: u64, tally: Tally) {
        if self.generation < generation {
            let map = std::mem::take(&mut self.active);
            self.frozen = Some(Frozen { map, tally });
            self.generation = generation;
        }
    }

    /// Notes what a commit has left of a key.
    pub(crate) fn write(&mut self, key: &[u8], version: Version) {
        self.active.insert(key, version);
    }

    /// The version of a key in memory.
    pub(crate) fn in_memory(&self, key: &[u8]) -> Option<&Version> {
        self.active.get(key).or_else(|| self.frozen.as_ref()?.map.get(key))
    }

    pub(crate) fn is_trimmed(&self, key: &[u8]) -> bool {
        self.trimmed.iter().any(|(start, end)| start.as_slice() <= key && key < end.as_slice())
    }

    /// Notes that nothing is there any more under the hash of `key` and before it; returns what is not needed any more.
    pub(crate) fn trim(&mut self, key: &[u8]) -> Map {
        let mut trimmed = (*self.trimmed).clone();
        add_trimmed(&mut trimmed, key);
        self.trimmed = Arc::new(trimmed);
        let (start, end) = trimmed_range(key);
        // Nothing lies before it in what this is for; elsewhere what is trimmed is only passed over.
        if self.active.bytes_below(&start) > 0 {
            return Map::new();
        }
        let kept = self.active.split_off(&end);
        std::mem::replace(&mut self.active, kept)
    }

    /// Keeps what is below a key, which is the first of a hash; returns the rest. Sections are shared as far as they
    /// reach.
    pub(crate) fn split_off(&mut self, key: &[u8], lower: HashRange, upper: HashRange) -> Self {
        let active = self.active.split_off(key);
        let frozen = self.frozen.as_mut().map(|frozen| Frozen { map: frozen.map.split_off(key), tally: Tally::NONE });
        let of = |sections: &Sections, range: HashRange| -> Sections {
            sections.iter().filter(|section| section.info().reaches(range)).cloned().collect()
        };
        let sections = of(&self.sections, upper);
        self.sections = of(&self.sections, lower);
        Self {
            generation: self.generation,
            active,
            frozen,
            sections,
            trimmed: Arc::clone(&self.trimmed),
            is_guest: self.is_guest,
        }
    }

    /// Fetches what the sections say of a key, if they are to be asked.
    pub(crate) fn ahead(&self, key: &[u8]) -> Option<Sections> {
        (self.in_memory(key).is_none() && !self.is_trimmed(key)).then(|| Arc::clone(&self.sections))
    }

    /// Bytes of the keys and values in maps.
    pub(crate) fn map_payload_bytes(&self) -> u64 {
        let maps = [Some(&self.active), self.frozen.as_ref().map(|frozen| &frozen.map)];
        maps.into_iter().flatten().map(|map| map.bytes() - map.entries() * ENTRY_BYTES as u64).sum()
    }

    /// Entries and bytes of keys and values in every map and in the sections that `counts`, each as often as it is there.
    pub(crate) fn counted(&self, mut counts: impl FnMut(&SectionInfo) -> bool) -> (u64, u64) {
        let maps = [Some(&self.active), self.frozen.as_ref().map(|frozen| &frozen.map)].into_iter().flatten();
        let entries = maps.map(Map::entries).sum::<u64>();
        let sections = self.sections.iter().map(|section| section.info()).filter(|info| counts(info));
        sections.fold((entries, self.map_payload_bytes()), |sum, info| (sum.0 + info.entries, sum.1 + info.bytes))
    }
}

impl Ahead {
    pub(crate) fn new(sections: Sections, key: &[u8]) -> Result<Self, StoreError> {
        let value = get(&sections, key)?;
        Ok(Self(Some((sections, value))))
    }
}

/// The value of a key in sections.
pub(crate) fn get(sections: &[Arc<Section>], key: &[u8]) -> Result<Option<Bytes>, StoreError> {
    for section in sections {
        match section.get(key)? {
            Found::Absent => {}
            Found::Deleted => return Ok(None),
            Found::Value(value) => return Ok(Some(value)),
        }
    }
    Ok(None)
}

impl Layer for Layers {
    type Ahead = Ahead;

    fn read(&self, key: &[u8], ahead: &Ahead, seen: &mut u64) -> Result<Option<Bytes>, StoreError> {
        if self.is_trimmed(key) {
            return Ok(None);
        }
        if let Some(version) = self.in_memory(key) {
            *seen = (*seen).max(version.commit);
            return Ok(version.value.clone());
        }
        match &ahead.0 {
            Some((sections, value)) if Arc::ptr_eq(sections, &self.sections) => Ok(value.clone()),
            // They have changed since, which is rare: they are asked under the lock.
            _ => get(&self.sections, key),
        }
    }
}
