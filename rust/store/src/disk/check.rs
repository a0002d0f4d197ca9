//! Looking after a store that is open: reading all of it for damage, making it small, and copying it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};

use super::{DiskStore, Inner};
use crate::io::{Folder, RealFolder};
use crate::log::Position;
use crate::manifest::Manifest;
use crate::manifest::checkpoint::Checkpoint;
use crate::sealed::{SealedFile, Section};
use crate::{Store, StoreError};

/// What reading all of a store has come to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Checked {
    /// Sealed files.
    pub files: u64,
    /// Sections in them.
    pub sections: u64,
    /// Blocks that were read, each with a checksum that was right.
    pub blocks: u64,
    /// Entries in them.
    pub entries: u64,
    /// What is damaged, and where.
    pub damage: Vec<StoreError>,
}

/// What a store takes, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiskUsage {
    /// Segments of the log, those in reserve too.
    pub log: u64,
    /// Sealed files.
    pub sealed: u64,
    /// The manifest.
    pub manifest: u64,
    /// Maps in memory: what is not sealed yet.
    pub unsealed: u64,
    /// Blocks of files in memory.
    pub cache: u64,
    /// Sealed sections.
    pub sections: u64,
}

impl DiskStore {
    /// Reads everything that is sealed, and tells what is damaged. The log was read, and found whole, when the store was
    /// opened.
    ///
    /// # Errors
    /// `Closed`; `Io` where a file cannot be read at all.
    pub fn check(&self) -> Result<Checked, StoreError> {
        self.inner.check_open()?;
        let mut checked = Checked::default();
        let sections = self.inner.sections();
        let mut files: Vec<u64> = sections.iter().map(|section| section.info().file).collect();
        files.sort_unstable();
        files.dedup();
        checked.files = files.len() as u64;
        for section in sections {
            checked.sections += 1;
            match section.verify() {
                Ok(verified) => {
                    checked.blocks += verified.blocks;
                    checked.entries += verified.entries;
                }
                Err(error @ StoreError::Io { .. }) => return Err(error),
                Err(damage) => checked.damage.push(damage),
            }
        }
        Ok(checked)
    }

    /// Seals everything, and merges all sections of every tree into one.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Poisoned`, `Damaged`.
    pub fn compact(&self) -> Result<(), StoreError> {
        self.inner.check_open()?;
        self.inner.seal()?;
        self.inner.merge_all()
    }

    /// Writes a store into an empty or a new folder that holds what this one does as of some moment after the call
    /// began, while this one is used on. Its numbers of commits go on from there.
    ///
    /// # Errors
    /// `Format` for a folder that is not empty; `Closed`, `Io`, `Poisoned`, `Damaged`.
    pub fn backup(&self, path: &std::path::Path, random: u64) -> Result<(), StoreError> {
        self.inner.check_open()?;
        let name = path.display().to_string();
        let folder = RealFolder::open(path).map_err(|error| StoreError::io("open", &name, &error))?;
        self.backup_to(&(Arc::new(folder) as Arc<dyn Folder>), random)
    }

    /// The same, into any folder.
    ///
    /// # Errors
    /// As those of `backup`.
    pub fn backup_to(&self, folder: &Arc<dyn Folder>, random: u64) -> Result<(), StoreError> {
        let names = folder.list().map_err(|error| StoreError::io("list", ".", &error))?;
        if let Some(name) = names.first() {
            return Err(StoreError::Format(format!(
                "the folder for a backup is not empty: it holds `{name}`; name an empty folder or a new one"
            )));
        }
        self.checkpoint()?;
        let _copies = Copying::begin(&self.inner);
        let (mut checkpoint, files) = self.inner.sealed_state()?;
        files.iter().try_for_each(|file| file.copy_to(&**folder))?;
        folder.sync().map_err(|error| StoreError::io("sync", ".", &error))?;
        // Another store, closed in order: it has no log, and needs none.
        checkpoint.head.is_clean = true;
        checkpoint.head.store = random;
        checkpoint.head.position = Position { segment: 1, offset: 0 };
        Manifest::create(Arc::clone(folder), checkpoint, self.inner.options.edit_bytes()).map(drop)
    }

    /// What the store takes.
    #[must_use]
    pub fn usage(&self) -> DiskUsage {
        let sections = self.inner.sections();
        DiskUsage {
            log: self.inner.log.bytes(),
            sealed: sections.iter().map(|section| section.info().end - section.info().start).sum(),
            manifest: self.inner.manifest().bytes(),
            unsealed: self.inner.pace.bytes(),
            cache: self.inner.cache.bytes(),
            sections: sections.len() as u64,
        }
    }
}

/// A backup while it is copied.
struct Copying<'i>(&'i Inner);

impl<'i> Copying<'i> {
    fn begin(inner: &'i Inner) -> Self {
        inner.backups.fetch_add(1, Ordering::AcqRel);
        Self(inner)
    }
}

impl Drop for Copying<'_> {
    fn drop(&mut self) {
        self.0.backups.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Inner {
    /// Every sealed section once.
    fn sections(&self) -> Vec<Arc<Section>> {
        let mut sections: Vec<Arc<Section>> = self.routes.read_all(|_, families| {
            let states = families.iter().flat_map(|(_, states)| states);
            let trees = states.flat_map(|state| state.trees());
            trees.flat_map(|(_, layers)| layers.sections.iter().cloned()).collect()
        });
        sections.sort_by_key(|section| (section.info().file, section.info().start));
        sections.dedup_by_key(|section| (section.info().file, section.info().start));
        sections
    }

    /// The state as of the last seal, and all files that it names, which stay as long as they are held.
    fn sealed_state(&self) -> Result<(Checkpoint, Vec<Arc<SealedFile>>), StoreError> {
        // While the manifest is locked none of its files is removed.
        let manifest = self.manifest();
        let checkpoint = manifest.checkpoint().clone();
        let files = checkpoint.files().into_iter().map(|id| self.pinned(id)).collect::<Result<_, _>>()?;
        Ok((checkpoint, files))
    }

    /// A sealed file: the open one, or, where nobody reads it any more, opened again.
    fn pinned(&self, id: u64) -> Result<Arc<SealedFile>, StoreError> {
        let open = {
            let open = self.open_files.lock().unwrap_or_else(PoisonError::into_inner);
            open.get(&id).and_then(Weak::upgrade)
        };
        open.map_or_else(|| SealedFile::open(&self.folder, id), Ok)
    }
}
