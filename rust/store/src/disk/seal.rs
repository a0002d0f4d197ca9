//! Sealing: what was committed up to a cut is written to files, and the log before the cut is given up.
//!
//! | step | a crash behind it leaves |
//! |---|---|
//! | cut: a generation ends | nothing to be seen |
//! | every partition's map of that generation is frozen and copied by sharing | nothing to be seen |
//! | sections are written, synced, and their names | files that nobody refers to: removed at the next opening |
//! | the log is synced up to all that was seen meanwhile | the same |
//! | the manifest says that the files stand for the log up to the cut | recovery begins behind the cut |
//! | maps are let go, log segments used again | the same |
//!
//! When a step fails, the maps stay as they are, and the next attempt is made with the same cut.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::Inner;
use super::layers::{Layers, Map, Sections};
use crate::log::Cut;
use crate::manifest::checkpoint::Checkpoint;
use crate::manifest::edit::{Edit, Head, TreeEdit};
use crate::routes::{FamilyId, Routes};
use crate::sealed::{FileBuilder, SealedFile, Section, SectionInfo};
use crate::{StoreError, Tally, TreeId};

/// A tree's share of a partition, as it was at the cut.
struct Share {
    family: FamilyId,
    start: u64,
    tree: TreeId,
    is_guest: bool,
    map: Map,
    tally: Tally,
    sections: Sections,
    trimmed: Arc<Vec<(Vec<u8>, Vec<u8>)>>,
    written: Option<SectionInfo>,
}

impl Share {
    fn is_trimmed(&self, key: &[u8]) -> bool {
        self.trimmed.iter().any(|(start, end)| start.as_slice() <= key && key < end.as_slice())
    }

    /// The sections in which everything is trimmed.
    fn needless(&self) -> Vec<(u64, u64)> {
        let is_needless = |section: &&Arc<Section>| {
            let info = section.info();
            self.trimmed.iter().any(|(start, end)| *start <= info.first_key && info.last_key < *end)
        };
        self.sections.iter().filter(is_needless).map(|section| (section.info().file, section.info().start)).collect()
    }
}

/// Files under construction: one for what is merged later, one for what is only ever trimmed.
#[derive(Default)]
struct Files {
    merged: Option<FileBuilder>,
    trimmed: Option<FileBuilder>,
}

impl Files {
    fn abandon(self) {
        self.merged.into_iter().chain(self.trimmed).for_each(FileBuilder::abandon);
    }

    fn finish(self) -> Result<Vec<Arc<SealedFile>>, StoreError> {
        let mut finished = Vec::new();
        for file in self.merged.into_iter().chain(self.trimmed) {
            match file.finish() {
                Ok(file) => finished.push(file),
                Err(error) => {
                    finished.iter().for_each(|file: &Arc<SealedFile>| file.doom());
                    return Err(error);
                }
            }
        }
        Ok(finished)
    }
}

/// Bytes of a map that are given up at a time.
const LET_GO_BYTES: u64 = 64 << 10;

/// Gives a map up piece by piece, and lets others go first between them.
fn let_go(mut map: Map) {
    while map.bytes() > 2 * LET_GO_BYTES {
        // Something is given up each time, however large the first entry is.
        let Some((second, _)) = map.range(crate::KeyRange::ALL, crate::Direction::Forward).nth(1) else { return };
        let key = map.key_at_bytes(LET_GO_BYTES).map_or(second, |key| key.max(second)).to_vec();
        map = map.split_off(&key);
        std::thread::yield_now();
    }
}

impl Inner {
    /// Seals everything that was committed until now; tells whether there was anything.
    pub(super) fn seal(&self) -> Result<bool, StoreError> {
        let mut sealing = self.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_poison()?;
        let began_ns = self.pace.now_ns();
        let cut = match *sealing {
            Some(cut) => cut,
            None if self.log.last() == self.manifest().checkpoint().head.sequence => return Ok(false),
            None => *sealing.insert(self.log.cut()),
        };
        let outcome = self.seal_at(cut);
        match &outcome {
            Ok(()) => {
                *sealing = None;
                self.look_at_debt();
                self.pace.sealed(self.pace.now_ns().saturating_sub(began_ns));
            }
            Err(error) => self.pace.failed(error),
        }
        outcome.map(|()| true)
    }

    fn seal_at(&self, cut: Cut) -> Result<(), StoreError> {
        // Whoever was changing trees before the cut has noted and published it when this lock could be taken.
        let routes = self.routes.settled();
        let mut shares = self.collect(&routes, cut);
        self.pace.froze(shares.iter().map(|share| share.map.bytes()).sum());
        let files = self.write_shares(&mut shares)?;
        // Nothing that is sealed, or was left out since it was dropped or trimmed, may be undone by a crash.
        self.log.sync(self.log.last()).inspect_err(|_| files.iter().for_each(|file| file.doom()))?;
        let freed = self.note_seal(cut, &shares)?;
        self.install(&routes, &shares, &files);
        self.pace.recount(self.active_bytes());
        shares.into_iter().for_each(|share| let_go(share.map));
        self.doom(&freed);
        self.log.release(cut.position)
    }

    /// Freezes what belongs to the cut, in every partition, and shares it.
    fn collect(&self, routes: &Routes<Layers>, cut: Cut) -> Vec<Share> {
        let mut shares = Vec::new();
        for family in routes.families() {
            for partition in family.partitions() {
                let mut state = partition.state.write();
                let start = state.start();
                for (tree, layers, tally) in state.trees_and_tallies() {
                    layers.freeze(cut.generation, *tally);
                    // Without a frozen map the tree was made behind the cut.
                    let Some(frozen) = &layers.frozen else { continue };
                    shares.push(Share {
                        family: family.id,
                        start,
                        tree,
                        is_guest: layers.is_guest,
                        map: frozen.map.clone(),
                        tally: frozen.tally,
                        sections: Arc::clone(&layers.sections),
                        trimmed: Arc::clone(&layers.trimmed),
                        written: None,
                    });
                }
            }
        }
        shares
    }

    /// Writes the maps into files, which are durable then.
    fn write_shares(&self, shares: &mut [Share]) -> Result<Vec<Arc<SealedFile>>, StoreError> {
        let mut files = Files::default();
        for share in shares.iter_mut().filter(|share| share.map.entries() > 0) {
            match self.write_share(&mut files, share) {
                Ok(written) => share.written = written,
                Err(error) => {
                    files.abandon();
                    return Err(error);
                }
            }
        }
        let finished = files.finish()?;
        finished.iter().for_each(|file| self.register(file));
        Ok(finished)
    }

    fn write_share(&self, files: &mut Files, share: &Share) -> Result<Option<SectionInfo>, StoreError> {
        let file = if share.is_guest { &mut files.trimmed } else { &mut files.merged };
        let builder = match file {
            Some(builder) => builder,
            None => file.insert(self.new_file(false)?),
        };
        let mut section = builder.section();
        // Below nothing there is nothing to delete.
        let needs_deletes = !share.sections.is_empty();
        for (key, version) in share.map.range(crate::KeyRange::ALL, crate::Direction::Forward) {
            if (version.value.is_some() || needs_deletes) && !share.is_trimmed(key) {
                section.push(key, version.value.as_deref())?;
            }
        }
        section.finish()
    }

    /// Tells the manifest; returns the files that nobody needs any more.
    fn note_seal(&self, cut: Cut, shares: &[Share]) -> Result<Vec<u64>, StoreError> {
        let mut changes = Vec::new();
        for (_, change) in self.pending().iter().filter(|(sequence, _)| *sequence <= cut.sequence) {
            changes.extend_from_slice(change);
        }
        let mut manifest = self.manifest();
        let trees = self.tree_edits(manifest.checkpoint(), &changes, shares);
        let before = manifest.checkpoint().head;
        let head =
            Head { sequence: cut.sequence, position: cut.position, log_epoch: before.epoch, ..self.head(before) };
        let edited = manifest.edit(&Edit { head, changes, trees });
        drop(manifest);
        let freed = edited.inspect_err(|error| self.log.fail(error))?;
        self.pending().retain(|(sequence, _)| *sequence > cut.sequence);
        Ok(freed)
    }

    /// What has become different about each tree.
    fn tree_edits(&self, before: &Checkpoint, changes: &[u8], shares: &[Share]) -> Vec<TreeEdit> {
        let mut edits = Vec::new();
        for share in shares {
            let partition = before.partition(share.family, share.start);
            let record =
                partition.and_then(|partition| partition.trees.iter().find(|record| record.tree == share.tree));
            let is_counted = !changes.is_empty() || record.is_none_or(|record| record.tally != share.tally);
            let edit = TreeEdit {
                family: share.family,
                hash: share.start,
                tree: share.tree,
                tally: is_counted.then_some(share.tally),
                removed: Vec::new(),
                added: share.written.clone(),
            };
            let removed = share.needless();
            // An edit of its own: what is added is the newest, and does not take the place of what goes.
            if !removed.is_empty() {
                edits.push(TreeEdit { tally: None, removed, added: None, ..edit.clone() });
            }
            if is_counted || share.written.is_some() {
                edits.push(edit);
            }
        }
        edits
    }

    /// The numbers that every edit carries, as they are now.
    pub(super) fn head(&self, before: Head) -> Head {
        use std::sync::atomic::Ordering;
        Head {
            is_clean: false,
            next_file: self.files.load(Ordering::Relaxed),
            next_family: self.families.load(Ordering::Relaxed),
            ..before
        }
    }

    /// Lets the frozen maps go, and puts sections in their place.
    fn install(&self, routes: &Routes<Layers>, shares: &[Share], files: &[Arc<SealedFile>]) {
        let place = |share: &Share| (share.family, share.start, share.tree);
        let shares: BTreeMap<_, &Share> = shares.iter().map(|share| (place(share), share)).collect();
        for family in routes.families() {
            for partition in family.partitions() {
                let mut state = partition.state.write();
                let start = state.start();
                for (tree, layers, _) in state.trees_and_tallies() {
                    // Without a frozen map it is another tree of that id, made after the first was dropped meanwhile.
                    if let Some(share) = shares.get(&(family.id, start, tree)).filter(|_| layers.frozen.is_some()) {
                        layers.frozen = None;
                        self.put_sections(layers, share, files);
                    }
                }
            }
        }
    }

    fn put_sections(&self, layers: &mut Layers, share: &Share, files: &[Arc<SealedFile>]) {
        let needless = share.needless();
        if share.written.is_none() && needless.is_empty() {
            return;
        }
        let is_needless = |section: &Arc<Section>| needless.contains(&(section.info().file, section.info().start));
        let written = share.written.as_ref().and_then(|info| {
            let file = files.iter().find(|file| file.id() == info.file)?;
            Some(Arc::new(Section::new(info.clone(), Arc::clone(file), Arc::clone(&self.cache))))
        });
        let kept = layers.sections.iter().filter(|section| !is_needless(section)).cloned();
        layers.sections = written.into_iter().chain(kept).collect();
    }

    /// Bytes of all active maps.
    pub(super) fn active_bytes(&self) -> u64 {
        let routes = self.routes.current();
        let mut bytes = 0;
        for partition in routes.families().into_iter().flat_map(|family| family.partitions()) {
            bytes += partition.state.read().trees().map(|(_, layers)| layers.active.bytes()).sum::<u64>();
        }
        bytes
    }

    /// A new sealed file.
    pub(super) fn new_file(&self, is_merge: bool) -> Result<FileBuilder, StoreError> {
        let pace = Arc::clone(&self.pace);
        let file = FileBuilder::create(&self.folder, self.files.fetch_add(1, std::sync::atomic::Ordering::Relaxed))?;
        Ok(file.resting(Arc::new(move |bytes| pace.rest(is_merge, bytes))))
    }

    /// Remembers an open file, so that it can be removed once nobody reads it.
    pub(super) fn register(&self, file: &Arc<SealedFile>) {
        let mut open = self.open_files.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, file| file.strong_count() > 0);
        open.insert(file.id(), Arc::downgrade(file));
    }

    /// Removes files that no manifest refers to, each when nobody reads it any more.
    pub(super) fn doom(&self, freed: &[u64]) {
        for id in freed {
            let open = {
                let mut open = self.open_files.lock().unwrap_or_else(PoisonError::into_inner);
                open.remove(id).and_then(|file| file.upgrade())
            };
            match open {
                Some(file) => file.doom(),
                // What cannot be removed now is an orphan, which the next opening removes.
                None => drop(self.folder.remove(&crate::sealed::file_name(*id))),
            }
        }
    }

    /// Lets the space of sections be given back that a checkpoint does not have any more. While a backup is copied, whose
    /// checkpoint may have them, it is not: then it comes back with their files.
    pub(super) fn doom_sections(&self, sections: &[Arc<Section>], checkpoint: &Checkpoint) {
        if self.backups.load(std::sync::atomic::Ordering::Acquire) > 0 {
            return;
        }
        let is_kept = |section: &Arc<Section>| {
            let place = (section.info().file, section.info().start);
            checkpoint.sections().any(|info| (info.file, info.start) == place)
        };
        sections.iter().filter(|section| !is_kept(section)).for_each(|section| section.doom());
    }
}
