//! Merging: the sections of one tree in one partition become fewer.
//!
//! The last section of a tree is its base, which holds no deletes; the ones before it came later. When they have become
//! half as large as the base, all are merged into a new base; when some of about the same size have come together, they
//! are merged into one, deletes and all. Partitions differ a little in what they take for half, so that they do not all
//! merge at once. Guests are trimmed at their beginning and grow at their end: small sections of theirs that lie side by
//! side are joined, so that there are not too many, and large ones are left alone.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use super::Inner;
use super::layers::{Layers, Sections};
use super::walk::{Clipped, Met, walk};
use crate::manifest::checkpoint::Checkpoint;
use crate::manifest::edit::{Edit, TreeEdit};
use crate::routes::FamilyId;
use crate::sealed::{BlockCache, FileBuilder, SealedFile, Section, SectionInfo};
use crate::{Direction, HashRange, KeyRange, StoreError, TreeId};

/// What came later is merged into a new base when it has become this share of the base: with more, less is written again
/// and again, and more space is taken meanwhile.
const LATER_SHARE: f64 = 0.5;
/// Sections of about the same size that are merged into one.
const ALIKE_MIN: usize = 8;
/// More sections than this are merged whatever their sizes, since every read looks at each.
const SECTIONS_MAX: usize = 24;
/// Sections of guests are joined up to this size, in bytes of keys and values.
const JOINED_BYTES_MAX: u64 = 16 << 20;
/// Bytes of blocks that are kept while merging: they are read once and in order.
const CACHE_BYTES: u64 = 1 << 20;

/// What is to be merged.
struct Job {
    family: FamilyId,
    range: HashRange,
    tree: TreeId,
    /// Newest first.
    inputs: Vec<Arc<Section>>,
    /// Whether the base is among them, so that deletes have nothing left to delete.
    has_base: bool,
    is_guest: bool,
    urgency: f64,
}

/// Which sections are to be merged, and how urgent that is.
type Plan = Option<(Range<usize>, f64)>;

/// Which small sections of a guest are to be joined: the first that lie side by side and are many.
fn plan_guest(sections: &[Arc<Section>]) -> Plan {
    let (mut start, mut bytes) = (0, 0);
    for (index, section) in sections.iter().enumerate() {
        bytes += section.info().bytes;
        if bytes > JOINED_BYTES_MAX {
            if index - start >= ALIKE_MIN {
                return Some((start..index, 1.0));
            }
            (start, bytes) = (index + 1, 0);
        }
    }
    let count = sections.len() - start.min(sections.len());
    (count >= ALIKE_MIN).then_some((start..sections.len(), 1.0))
}

/// How many of a tree's sections are to be merged, from the newest on, and how urgent that is.
fn plan(sections: &[Arc<Section>], jitter: f64) -> Option<(usize, f64)> {
    let (base, later) = sections.split_last()?;
    let base = base.info();
    let entry = base.bytes / base.entries.max(1);
    let size = |section: &Arc<Section>| section.info().bytes + section.info().tombstones * entry;
    let sum: u64 = later.iter().map(size).sum();
    let debt = sum as f64 / (base.bytes.max(1) as f64 * LATER_SHARE * jitter);
    if !later.is_empty() && debt > 1.0 {
        return Some((sections.len(), debt));
    }
    if later.len() >= SECTIONS_MAX {
        return Some((later.len(), later.len() as f64 / ALIKE_MIN as f64));
    }
    let mut merged = later.first().map_or(0, size);
    let mut alike = usize::from(!later.is_empty());
    for section in later.get(1..).unwrap_or_default() {
        if size(section) > 2 * merged {
            break;
        }
        merged += size(section);
        alike += 1;
    }
    (alike >= ALIKE_MIN).then_some((alike, alike as f64 / ALIKE_MIN as f64))
}

/// Between 0.7 and 1.3, and the same for a base as long as it is the base.
fn jitter(sections: &[Arc<Section>], start: u64) -> f64 {
    let base = sections.last().map_or(0, |base| base.info().file ^ base.info().start.rotate_left(32));
    let word = (base ^ start).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    0.7 + 0.6 * word as f64 / (1_u64 << 24) as f64
}

impl Inner {
    /// Merges where it is most urgent; tells whether it was anywhere.
    pub(super) fn merge_one(&self) -> Result<bool, StoreError> {
        let _merges = self.merging.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_poison()?;
        let Some(job) = self.most_urgent() else { return Ok(false) };
        let began_ns = self.pace.now_ns();
        self.merge(&job)?;
        self.pace.merged(self.pace.now_ns().saturating_sub(began_ns), job.settled_bytes());
        self.look_at_debt();
        Ok(true)
    }

    /// Tells who paces writers how far merging is behind.
    pub(super) fn look_at_debt(&self) {
        let (base, later) = self.routes.read_all(|_, families| {
            let states = families.iter().flat_map(|(_, states)| states);
            let trees = states.flat_map(|state| state.trees()).filter(|(_, layers)| !layers.is_guest);
            trees.fold((0, 0), |sum, (_, layers)| {
                let Some((base, later)) = layers.sections.split_last() else { return sum };
                let later: u64 = later.iter().map(|section| section.info().bytes).sum();
                (sum.0 + base.info().bytes, sum.1 + later)
            })
        });
        self.pace.set_debt(base, later);
    }

    /// Merges all sections of every tree into one.
    pub(super) fn merge_all(&self) -> Result<(), StoreError> {
        let _merges = self.merging.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_poison()?;
        let all = |layers: &Layers, _| match layers.sections.len() {
            _ if layers.is_guest => plan_guest(&layers.sections),
            count => (count > 1).then_some((0..count, 1.0)),
        };
        self.jobs(all).iter().try_for_each(|job| self.merge(job))
    }

    fn most_urgent(&self) -> Option<Job> {
        let due = |layers: &Layers, start| {
            if layers.is_guest {
                return plan_guest(&layers.sections);
            }
            let (count, urgency) = plan(&layers.sections, jitter(&layers.sections, start))?;
            Some((0..count, urgency))
        };
        self.jobs(due).into_iter().max_by(|a, b| a.urgency.total_cmp(&b.urgency))
    }

    fn jobs(&self, plan: impl Fn(&Layers, u64) -> Plan) -> Vec<Job> {
        let routes = self.routes.current();
        let mut jobs = Vec::new();
        for family in routes.families() {
            for partition in family.partitions() {
                let state = partition.state.read();
                for (tree, layers) in state.trees() {
                    let Some((part, urgency)) = plan(layers, state.start()) else { continue };
                    let has_base = part.end == layers.sections.len();
                    let inputs = layers.sections.get(part).unwrap_or_default().to_vec();
                    let (family, range, is_guest) = (family.id, state.range(), layers.is_guest);
                    jobs.push(Job { family, range, tree, inputs, has_base, is_guest, urgency });
                }
            }
        }
        let manifest = self.manifest();
        jobs.retain(|job| job.is_in(manifest.checkpoint()));
        jobs
    }

    fn merge(&self, job: &Job) -> Result<(), StoreError> {
        // A seal drops sections of guests that are trimmed whole, and counts on finding them.
        let _seals = job.is_guest.then(|| self.sealing.lock().unwrap_or_else(PoisonError::into_inner));
        let mut builder = self.new_file(true)?;
        let written = match job.write(&mut builder, self.signals.over()) {
            Ok(written) => written,
            Err(error) => {
                builder.abandon();
                return Err(error);
            }
        };
        let file = match written {
            Some(_) => Some(builder.finish()?),
            None => {
                builder.abandon();
                None
            }
        };
        file.iter().for_each(|file| self.register(file));
        match self.note_merge(job, written.as_ref())? {
            Some(freed) => {
                self.replace(job, written, file);
                self.doom(&freed);
            }
            // What was written is needless.
            None => self.doom(&written.map(|info| info.file).into_iter().collect::<Vec<_>>()),
        }
        Ok(())
    }

    /// Tells the manifest; returns the files that nobody needs any more. None where the tree was dropped, or the partition
    /// split, and the manifest has that already.
    fn note_merge(&self, job: &Job, written: Option<&SectionInfo>) -> Result<Option<Vec<u64>>, StoreError> {
        let mut manifest = self.manifest();
        if !job.is_in(manifest.checkpoint()) {
            return Ok(None);
        }
        let removed = job.inputs.iter().map(|section| (section.info().file, section.info().start)).collect();
        let (family, hash, tree) = (job.family, job.range.start, job.tree);
        let trees = vec![TreeEdit { family, hash, tree, tally: None, removed, added: written.cloned() }];
        let head = self.head(manifest.checkpoint().head);
        let edited = manifest.edit(&Edit { head, changes: Vec::new(), trees });
        if edited.is_ok() {
            self.doom_sections(&job.inputs, manifest.checkpoint());
        }
        drop(manifest);
        edited.map(Some).inspect_err(|error| self.log.fail(error))
    }

    /// Puts what was written in the place of what it was made of, in every part of the partition where it was split
    /// meanwhile.
    fn replace(&self, job: &Job, written: Option<SectionInfo>, file: Option<Arc<SealedFile>>) {
        let section = written.zip(file).map(|(info, file)| Arc::new(Section::new(info, file, Arc::clone(&self.cache))));
        loop {
            let routes = self.routes.current();
            let family = routes.families().into_iter().find(|family| family.id == job.family).cloned();
            for partition in family.iter().flat_map(|family| family.partitions()) {
                let mut state = partition.state.write();
                let range = state.range();
                if let Some(layers) = state.tree_mut(job.tree).filter(|_| job.range.contains(&range)) {
                    let section = section.as_ref().filter(|section| section.info().reaches(range));
                    layers.sections = job.replaced(&layers.sections, section);
                }
            }
            // A part that was cut off while this went on is in the routes by then.
            if self.routes.is_current(&routes) {
                return;
            }
        }
    }
}

impl Job {
    /// Bytes that came later than the base and become part of it.
    fn settled_bytes(&self) -> u64 {
        let later = self.inputs.split_last().map(|(_, later)| later).filter(|_| self.has_base);
        later.unwrap_or_default().iter().map(|section| section.info().bytes).sum()
    }

    /// Whether a checkpoint has the very partition and sections, which it has not where they were split or dropped since.
    fn is_in(&self, checkpoint: &Checkpoint) -> bool {
        let partition = checkpoint.partition(self.family, self.range.start);
        let record = partition
            .filter(|partition| partition.range == self.range)
            .and_then(|partition| partition.trees.iter().find(|record| record.tree == self.tree));
        let Some(record) = record else { return false };
        let is_there = |input: &Arc<Section>| {
            let is_it = |info: &SectionInfo| (info.file, info.start) == (input.info().file, input.info().start);
            record.sections.iter().any(is_it)
        };
        self.inputs.iter().all(is_there)
    }

    /// Writes the newest of every key. Deletes are left out where there is nothing below.
    fn write(&self, builder: &mut FileBuilder, ends: &AtomicBool) -> Result<Option<SectionInfo>, StoreError> {
        let cache = Arc::new(BlockCache::new(CACHE_BYTES));
        let private = |input: &Arc<Section>| {
            Ok(Arc::new(Section::new(input.info().clone(), input.file().ahead()?, Arc::clone(&cache))))
        };
        let sections: Sections = self.inputs.iter().map(private).collect::<Result<_, StoreError>>()?;
        let layers = Layers::sealed(sections);
        let clipped = Clipped::new(KeyRange::ALL, self.range);
        let mut section = builder.section();
        let flow = walk(&layers, clipped.range(), Direction::Forward, &mut |key, met| {
            if let Met::Sealed(value) = met
                && (value.is_some() || !self.has_base)
            {
                section.push(key, value)?;
            }
            Ok(if ends.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if flow.is_break() {
            return Err(StoreError::Closed);
        }
        section.finish()
    }

    /// Sections with the new one in the place of those it was made of; the same where none of them is there.
    fn replaced(&self, sections: &Sections, section: Option<&Arc<Section>>) -> Sections {
        let is_input = |other: &Arc<Section>| self.inputs.iter().any(|input| Arc::ptr_eq(input, other));
        let Some(place) = sections.iter().position(is_input) else { return Arc::clone(sections) };
        let (newer, rest) = sections.split_at(place);
        let older = rest.iter().filter(|other| !is_input(other));
        newer.iter().chain(section).chain(older).cloned().collect()
    }
}
