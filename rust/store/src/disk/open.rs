//! Opening a store: what the manifest says, and then what the log says behind it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};

use super::background::{Background, Signals};
use super::layers::{Layers, Version};
use super::options::DiskOptions;
use super::pace::Pace;
use super::{DiskStore, Inner, split};
use crate::io::{Folder, read_up_to};
use crate::log::change::Change;
use crate::log::record::Expected;
use crate::log::recovery::{self, Recovered, Start};
use crate::log::segment::Segment;
use crate::log::{Log, Position, Resumed, SEGMENT_BYTES_MIN, Settling};
use crate::manifest::checkpoint::{Checkpoint, FamilyRecord};
use crate::manifest::edit::{Edit, Head};
use crate::manifest::{Manifest, is_manifest};
use crate::partition::State;
use crate::routes::{Family, FamilyId, RouteTable, Routes};
use crate::sealed::{self, BlockCache, SealedFile, Section};
use crate::{Bytes, HashRange, Home, StoreError, TreeId, key_hash};

type Files = BTreeMap<u64, Arc<SealedFile>>;

impl DiskStore {
    /// Opens the store in a folder, which is made into one if it is empty. `random` tells stores apart: eight random
    /// bytes. The caller sees to it that nobody else has the folder open.
    ///
    /// # Errors
    /// `Format` for a folder that holds something else, or a store of another version; `Damaged`; `Io`.
    pub fn open(folder: Arc<dyn Folder>, options: DiskOptions, random: u64) -> Result<Self, StoreError> {
        // What a process that was killed has made, renamed or removed is seen, but may not outlive a crash yet: nothing is
        // built on it before it does.
        folder.sync().map_err(|error| StoreError::io("sync", ".", &error))?;
        let manifest = match Manifest::open(Arc::clone(&folder), options.edit_bytes())? {
            Some(manifest) => manifest,
            None => found(&folder, &options, random)?,
        };
        let threads = options.threads;
        let inner = Arc::new(Inner::open(folder, options, manifest)?);
        let background = if threads { Some(Background::start(&inner)?) } else { None };
        // What the log held may be more than is kept in memory.
        inner.signals.want_seal();
        inner.signals.want_log(crate::log::Wanted::Segment);
        Ok(Self { inner, background: Mutex::new(background), owner: Mutex::default(), process: std::process::id() })
    }
}

/// Makes a store of an empty folder. Should this be interrupted, what is there is no store yet, and is begun again.
fn found(folder: &Arc<dyn Folder>, options: &DiskOptions, random: u64) -> Result<Manifest, StoreError> {
    let names = folder.list().map_err(|error| StoreError::io("list", ".", &error))?;
    let is_ours = |name: &&String| is_manifest(name) || crate::log::segment::number(name) == Some(1);
    if let Some(other) = names.iter().find(|name| !is_ours(name) && *name != LOCK) {
        return Err(StoreError::Format(format!(
            "the folder is not a database: it has no manifest, and holds `{other}`; name an empty folder or a new one"
        )));
    }
    check_blank(folder)?;
    Segment::create(&**folder, random, 1, SEGMENT_BYTES_MIN.min(options.segment_bytes_max))?;
    let position = Position { segment: 1, offset: 0 };
    let head = Head { store: random, next_file: 1, position, ..Head::default() };
    Manifest::create(Arc::clone(folder), Checkpoint { head, families: Vec::new() }, options.edit_bytes())
}

/// Makes sure that a log without a manifest was never written to: one that was is of a store whose manifest is lost.
fn check_blank(folder: &Arc<dyn Folder>) -> Result<(), StoreError> {
    let name = crate::log::segment::name(1);
    let file = match folder.open(&name) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(|error| StoreError::io("open", &name, &error))?,
    };
    let mut start = [0; 64];
    let read = read_up_to(&*file, &mut start, 0).map_err(|error| StoreError::io("read", &name, &error))?;
    if start.iter().take(read).any(|byte| *byte != 0) {
        return Err(StoreError::Damaged { file: name, offset: 0, what: "it is in use, and there is no manifest" });
    }
    Ok(())
}

/// The name of the file by which processes keep out of each other's way.
pub(crate) const LOCK: &str = "lock";

impl Inner {
    fn open(folder: Arc<dyn Folder>, options: DiskOptions, mut manifest: Manifest) -> Result<Self, StoreError> {
        let head = manifest.checkpoint().head;
        let cache = Arc::new(BlockCache::new(options.cache_bytes()));
        let files = open_files(&folder, manifest.checkpoint())?;
        let mut routes = Replay::new(&options, manifest.checkpoint(), &files, &cache)?;
        let recovered = recover(&folder, options.segment_bytes_max, head, &mut routes)?;
        let epoch = head.epoch.checked_add(1).ok_or(StoreError::Unsupported("more openings of a store"))?;
        // From here on the log is written to: what it holds is not sealed any more, and is of a later opening.
        let opened = Head { is_clean: false, epoch, position: recovered.start, ..head };
        manifest.edit(&Edit { head: opened, changes: Vec::new(), trees: Vec::new() })?;
        // Not before: where a sync has failed, the disk may have a later edit than was read, until this one replaces it.
        remove_orphans(&*folder, &files)?;
        let signals = Arc::new(Signals::default());
        let told = Arc::clone(&signals);
        let settling = if options.acknowledge_written { Settling::Written } else { Settling::Synced };
        let last = recovered.last;
        let resumed = Resumed {
            store: head.store,
            segment_bytes_max: options.segment_bytes_max,
            epoch,
            last,
            segments: recovered.segments,
            offset: recovered.offset,
            next: recovered.next,
            free: recovered.free,
        };
        let log = Log::resume(Arc::clone(&folder), settling, resumed, Box::new(move |wanted| told.want_log(wanted)))?;
        let pace = Arc::new(Pace::new(options.seal_bytes(), options.ticks.clone()));
        let open_files = files.iter().map(|(id, file)| (*id, Arc::downgrade(file))).collect();
        let inner = Self {
            folder,
            options,
            routes: RouteTable::new(routes.routes),
            log,
            manifest: Mutex::new(manifest),
            pending: Mutex::new(routes.pending),
            families: AtomicU64::new(routes.families),
            files: AtomicU64::new(head.next_file),
            open_files: Mutex::new(open_files),
            backups: AtomicUsize::new(0),
            cache,
            sealing: Mutex::default(),
            merging: Mutex::default(),
            pace,
            signals,
            closed: AtomicBool::new(false),
        };
        inner.pace.start(inner.active_bytes());
        Ok(inner)
    }
}

fn open_files(folder: &Arc<dyn Folder>, checkpoint: &Checkpoint) -> Result<Files, StoreError> {
    checkpoint.files().into_iter().map(|id| Ok((id, SealedFile::open(folder, id)?))).collect()
}

/// Removes sealed files that the manifest does not know: of a seal or a merge that a crash has interrupted.
fn remove_orphans(folder: &dyn Folder, files: &Files) -> Result<(), StoreError> {
    let names = folder.list().map_err(|error| StoreError::io("list", ".", &error))?;
    for name in names {
        let is_orphan = sealed::file_id(&name).is_some_and(|id| !files.contains_key(&id)) || name == "manifest.new";
        if is_orphan {
            folder.remove(&name).map_err(|error| StoreError::io("remove", &name, &error))?;
        }
    }
    Ok(())
}

/// Reads the log behind the checkpoint.
fn recover(
    folder: &Arc<dyn Folder>,
    segment_bytes_max: u64,
    head: Head,
    replay: &mut Replay,
) -> Result<Recovered, StoreError> {
    let expected = Expected { sequence: head.sequence + 1, epoch: head.log_epoch };
    let start = Start { store: head.store, position: head.position, expected, is_end: head.is_clean };
    if head.is_clean && !recovery::numbers(&**folder)?.contains(&head.position.segment) {
        // Nothing in it was needed.
        return recovery::begin(&**folder, start, SEGMENT_BYTES_MIN.min(segment_bytes_max));
    }
    let mut recovered = recovery::recover(&**folder, start, |header, payload| replay.record(header.sequence, payload))?;
    let (kept, small): (Vec<_>, Vec<_>) =
        recovered.free.into_iter().partition(|segment| segment.is_reusable(segment_bytes_max));
    for segment in small {
        let name = crate::log::segment::name(segment.number);
        folder.remove(&name).map_err(|error| StoreError::io("remove", &name, &error))?;
    }
    recovered.free = kept;
    Ok(recovered)
}

/// A store while the log is carried out on it.
struct Replay {
    routes: Routes<Layers>,
    pending: VecDeque<(u64, Vec<u8>)>,
    families: u64,
    split_bytes: u64,
}

impl Replay {
    fn new(
        options: &DiskOptions,
        checkpoint: &Checkpoint,
        files: &Files,
        cache: &Arc<BlockCache>,
    ) -> Result<Self, StoreError> {
        let split_bytes = options.partition_bytes_max;
        let mut routes = Routes::default();
        for record in &checkpoint.families {
            let family = Arc::new(restored(record, split_bytes, files, cache));
            let trees = record.partitions.first().map(|partition| partition.trees.as_slice()).unwrap_or_default();
            trees.iter().try_for_each(|tree| routes.add(tree.tree, Arc::clone(&family)))?;
        }
        Ok(Self { routes, pending: VecDeque::new(), families: checkpoint.head.next_family, split_bytes })
    }

    /// Carries a commit out; nothing if it does not fit what is there.
    fn record(&mut self, sequence: u64, mut payload: &[u8]) -> Option<()> {
        while !payload.is_empty() {
            let before = payload;
            let change = Change::take(&mut payload)?;
            if !matches!(change, Change::Write { .. }) {
                let bytes = before.get(..before.len() - payload.len())?;
                self.pending.push_back((sequence, bytes.to_vec()));
            }
            self.change(sequence, change)?;
        }
        Some(())
    }

    fn change(&mut self, sequence: u64, change: Change<'_>) -> Option<()> {
        match change {
            Change::Write { tree, key, value, tally } => {
                let (_, partition) = self.routes.family(tree).ok()?.partition(key_hash(key))?;
                let mut state = partition.state.write();
                let (layers, counted) = state.tree_and_tally(tree)?;
                *counted += tally;
                layers.write(key, Version { commit: sequence, value: value.map(Bytes::from) });
                Some(())
            }
            Change::Create { tree, home: Home::Own, family } => {
                let state = State::whole(tree, Layers::new(0, false), self.split_bytes);
                self.families = self.families.max(family + 1);
                self.routes.add(tree, Arc::new(Family::new(FamilyId(tree, family), [state]))).ok()
            }
            Change::Create { tree, home, .. } => self.create_in(tree, home),
            Change::Drop { tree } => {
                let family = Arc::clone(self.routes.family(tree).ok()?);
                family.partitions().for_each(|partition| drop(partition.state.write().take(tree)));
                self.routes.remove(tree);
                Some(())
            }
            Change::Split { family, hash } => self.split(family, hash),
            Change::Trim { tree, key } => {
                let (_, partition) = self.routes.family(tree).ok()?.partition(key_hash(key))?;
                partition.state.write().tree_mut(tree).map(|layers| drop(layers.trim(key)))
            }
        }
    }

    fn create_in(&mut self, tree: TreeId, home: Home) -> Option<()> {
        let (base, is_guest) = match home {
            Home::Own => return None,
            Home::With(base) => (base, false),
            Home::Beside(base) => (base, true),
        };
        let family = Arc::clone(self.routes.family(base).ok()?);
        family
            .partitions()
            .for_each(|partition| partition.state.write().add(tree, Layers::new(0, is_guest), !is_guest));
        self.routes.add(tree, family).ok()
    }

    fn split(&mut self, id: FamilyId, hash: u64) -> Option<()> {
        let family = self.routes.families().into_iter().find(|family| family.id == id).cloned()?;
        let (_, partition) = family.partition(hash)?;
        let upper = {
            let mut state = partition.state.write();
            let HashRange { start, end } = state.range();
            if hash <= start || hash > end {
                return None;
            }
            split::cut(&mut state, hash, self.split_bytes)
        };
        self.routes.split(id, vec![upper]);
        Some(())
    }
}

fn restored(record: &FamilyRecord, split_bytes: u64, files: &Files, cache: &Arc<BlockCache>) -> Family<Layers> {
    let states = record.partitions.iter().map(|partition| {
        let mut state = State::of(partition.range, split_bytes);
        for tree in &partition.trees {
            let section = |info: &sealed::SectionInfo| {
                let file = files.get(&info.file)?;
                Some(Arc::new(Section::new(info.clone(), Arc::clone(file), Arc::clone(cache))))
            };
            let layers = Layers::restored(tree, tree.sections.iter().filter_map(section).collect());
            state = state.with(tree.tree, layers, tree.tally, !tree.is_guest);
        }
        state
    });
    Family::new(record.id, states)
}
