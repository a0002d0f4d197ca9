//! What a store holds on disk as of one commit: its families and partitions, the trees in them, their sealed sections.
//! Everything later is in the log.

use std::collections::BTreeSet;

use super::edit::{Edit, Head, TreeEdit};
use crate::log::change::Change;
use crate::partition::first_key;
use crate::routes::FamilyId;
use crate::sealed::SectionInfo;
use crate::{HashRange, Home, Tally, TreeId, key_hash};

/// The state as of a commit.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Checkpoint {
    pub(crate) head: Head,
    /// Ascending.
    pub(crate) families: Vec<FamilyRecord>,
}

/// A family of trees that share partitions.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct FamilyRecord {
    pub(crate) id: FamilyId,
    /// By their hashes; together they cover every hash.
    pub(crate) partitions: Vec<PartitionRecord>,
}

/// A partition.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct PartitionRecord {
    pub(crate) range: HashRange,
    /// In the order in which they were made.
    pub(crate) trees: Vec<TreeRecord>,
}

/// A tree's share of a partition.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct TreeRecord {
    pub(crate) tree: TreeId,
    /// Whether it lives beside another one.
    pub(crate) is_guest: bool,
    pub(crate) tally: Tally,
    /// Ranges of keys, first and end, in which there is nothing any more.
    pub(crate) trimmed: Vec<(Vec<u8>, Vec<u8>)>,
    /// Newest first.
    pub(crate) sections: Vec<SectionInfo>,
}

impl TreeRecord {
    fn new(tree: TreeId, is_guest: bool) -> Self {
        Self { tree, is_guest, tally: Tally::NONE, trimmed: Vec::new(), sections: Vec::new() }
    }

    /// The share that a part of the partition has; the lower part keeps the tally.
    fn part(&self, range: HashRange, is_lower: bool) -> Self {
        Self {
            tree: self.tree,
            is_guest: self.is_guest,
            tally: if is_lower { self.tally } else { Tally::NONE },
            trimmed: self.trimmed.iter().filter(|(start, _)| covers(range, start)).cloned().collect(),
            sections: self.sections.iter().filter(|info| info.reaches(range)).cloned().collect(),
        }
    }
}

fn covers(range: HashRange, key: &[u8]) -> bool {
    (range.start..=range.end).contains(&key_hash(key))
}

/// What a trim to `key` takes away: from the first key of its hash on.
pub(crate) fn trimmed_range(key: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (first_key(&key_hash(key).to_be_bytes()).to_vec(), key.to_vec())
}

/// Adds a range that is trimmed; of one hash only the longest is kept.
pub(crate) fn add_trimmed(trimmed: &mut Vec<(Vec<u8>, Vec<u8>)>, key: &[u8]) {
    let (start, end) = trimmed_range(key);
    match trimmed.iter_mut().find(|(other, _)| *other == start) {
        Some((_, other)) if *other < end => *other = end,
        Some(_) => {}
        None => trimmed.push((start, end)),
    }
}

impl Checkpoint {
    /// Carries out an edit. A part that does not fit is told by name.
    pub(crate) fn apply(&mut self, edit: &Edit) -> Result<(), &'static str> {
        let mut changes = edit.changes.as_slice();
        while !changes.is_empty() {
            self.change(Change::take(&mut changes).ok_or("a change cannot be read")?)?;
        }
        edit.trees.iter().try_for_each(|edit| self.edit_tree(edit))?;
        self.head = edit.head;
        Ok(())
    }

    /// Carries out a change of trees or partitions.
    pub(crate) fn change(&mut self, change: Change<'_>) -> Result<(), &'static str> {
        match change {
            Change::Create { tree, home, family } => self.create(tree, home, family),
            Change::Drop { tree } => {
                for partition in self.families.iter_mut().flat_map(|family| &mut family.partitions) {
                    partition.trees.retain(|record| record.tree != tree);
                }
                let is_used =
                    |family: &FamilyRecord| family.partitions.iter().any(|partition| !partition.trees.is_empty());
                self.families.retain(is_used);
                Ok(())
            }
            Change::Split { family, hash } => self.split(family, hash),
            Change::Trim { tree, key } => {
                let partitions = self.families.iter_mut().flat_map(|family| &mut family.partitions);
                for partition in partitions.filter(|partition| covers(partition.range, key)) {
                    if let Some(record) = partition.trees.iter_mut().find(|record| record.tree == tree) {
                        add_trimmed(&mut record.trimmed, key);
                    }
                }
                Ok(())
            }
            Change::Write { .. } => Err("a write is no change of trees"),
        }
    }

    fn create(&mut self, tree: TreeId, home: Home, family: u64) -> Result<(), &'static str> {
        let (base, is_guest) = match home {
            Home::Own => {
                let id = FamilyId(tree, family);
                let place = self.families.partition_point(|family| family.id < id);
                let range = HashRange { start: 0, end: u64::MAX };
                let partitions = vec![PartitionRecord { range, trees: vec![TreeRecord::new(tree, false)] }];
                self.families.insert(place, FamilyRecord { id, partitions });
                return Ok(());
            }
            Home::With(base) => (base, false),
            Home::Beside(base) => (base, true),
        };
        let family = self.families.iter_mut().find(|family| family.has(base)).ok_or("a tree has no home")?;
        family.partitions.iter_mut().for_each(|partition| partition.trees.push(TreeRecord::new(tree, is_guest)));
        Ok(())
    }

    fn split(&mut self, id: FamilyId, hash: u64) -> Result<(), &'static str> {
        let family = self.families.iter_mut().find(|family| family.id == id).ok_or("a family is not there")?;
        let found = family
            .partitions
            .iter()
            .position(|partition| (partition.range.start + 1..=partition.range.end).contains(&hash));
        let index = found.ok_or("a partition is not there")?;
        let whole = family.partitions.remove(index);
        let HashRange { start, end } = whole.range;
        for (place, range) in
            [HashRange { start, end: hash - 1 }, HashRange { start: hash, end }].into_iter().enumerate()
        {
            let trees = whole.trees.iter().map(|tree| tree.part(range, place == 0)).collect();
            family.partitions.insert(index + place, PartitionRecord { range, trees });
        }
        Ok(())
    }

    fn edit_tree(&mut self, edit: &TreeEdit) -> Result<(), &'static str> {
        let record = self.tree_mut(edit.family, edit.hash, edit.tree).ok_or("a tree is not there")?;
        let is_removed = |info: &SectionInfo| edit.removed.contains(&(info.file, info.start));
        let place = record.sections.iter().position(is_removed).unwrap_or(0);
        let before = record.sections.len();
        record.sections.retain(|info| !is_removed(info));
        if before - record.sections.len() != edit.removed.len() {
            return Err("a section is not there");
        }
        if let Some(added) = &edit.added {
            record.sections.insert(place, added.clone());
        }
        if let Some(tally) = edit.tally {
            record.tally = tally;
        }
        Ok(())
    }

    fn tree_mut(&mut self, family: FamilyId, hash: u64, tree: TreeId) -> Option<&mut TreeRecord> {
        let family = self.families.iter_mut().find(|record| record.id == family)?;
        let partition = family
            .partitions
            .iter_mut()
            .find(|partition| (partition.range.start..=partition.range.end).contains(&hash))?;
        partition.trees.iter_mut().find(|record| record.tree == tree)
    }

    /// The partition that begins at a hash.
    pub(crate) fn partition(&self, family: FamilyId, start: u64) -> Option<&PartitionRecord> {
        let family = self.families.iter().find(|record| record.id == family)?;
        family.partitions.iter().find(|partition| partition.range.start == start)
    }

    /// Every sealed section.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &SectionInfo> {
        let trees = self.families.iter().flat_map(|family| &family.partitions).flat_map(|partition| &partition.trees);
        trees.flat_map(|tree| &tree.sections)
    }

    /// The files that sealed sections are in.
    pub(crate) fn files(&self) -> BTreeSet<u64> {
        self.sections().map(|info| info.file).collect()
    }
}

impl FamilyRecord {
    pub(crate) fn has(&self, tree: TreeId) -> bool {
        self.partitions.first().is_some_and(|partition| partition.trees.iter().any(|record| record.tree == tree))
    }
}
