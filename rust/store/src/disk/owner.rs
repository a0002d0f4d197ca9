//! One process owns a store: a lock on a file in its folder, which also tells who that is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::open::LOCK;
use super::{DiskOptions, DiskStore};
use crate::StoreError;
use crate::io::RealFolder;

/// Bytes of what is told of a holder.
const HOLDER_BYTES_MAX: u64 = 1_000;

/// A lock, until it is dropped.
#[derive(Debug)]
pub(super) struct Owner {
    _lock: Arc<Mutex<Option<File>>>,
}

/// Every lock of this process, so that a process forked from it can let go of them.
static LOCKS: Mutex<Vec<Weak<Mutex<Option<File>>>>> = Mutex::new(Vec::new());

impl Owner {
    /// Locks a folder. `holder` is what others are told of this process.
    fn lock(path: &Path, holder: &str) -> Result<Self, StoreError> {
        let io = |doing| move |error: std::io::Error| StoreError::io(doing, LOCK, &error);
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).open(path.join(LOCK));
        let mut file = opened.map_err(io("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(told(&mut file))),
            Err(TryLockError::Error(error)) => return Err(io("lock")(error)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(holder.as_bytes())
        };
        write(&mut file).map_err(io("write"))?;
        let lock = Arc::new(Mutex::new(Some(file)));
        let mut locks = LOCKS.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|lock| lock.strong_count() > 0);
        locks.push(Arc::downgrade(&lock));
        Ok(Self { _lock: lock })
    }
}

/// What the holder of a lock has told of itself.
fn told(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(HOLDER_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "a process that has not told its name".to_owned(),
    }
}

/// Lets go of the locks that a forked process has inherited, without unlocking them for their owner. To be called in the
/// child, where the stores of the parent must not be used.
pub fn release_after_fork() {
    // Whoever held this in the parent does not exist here; then the locks stay until this process ends.
    let Ok(mut locks) = LOCKS.try_lock() else { return };
    for lock in locks.drain(..).filter_map(|lock| lock.upgrade()) {
        if let Ok(mut file) = lock.try_lock() {
            drop(file.take());
        }
    }
}

impl DiskStore {
    /// Opens the store in the folder at `path` for this process alone. The folder is made if it is not there; the one
    /// above it must be. `holder` is what other processes are told while this one has it; `random` as in `open`.
    ///
    /// # Errors
    /// `InUse`, `Format`, `Damaged`, `Io`.
    pub fn open_path(path: &Path, options: DiskOptions, random: u64, holder: &str) -> Result<Self, StoreError> {
        if path.is_file() {
            let path = path.display();
            return Err(StoreError::Format(format!("`{path}` is a file: a database is a folder of files")));
        }
        let name = path.display().to_string();
        let folder = RealFolder::open(path).map_err(|error| StoreError::io("open", &name, &error))?;
        let owner = Owner::lock(path, holder)?;
        let mut store = Self::open(Arc::new(folder), options, random)?;
        *store.owner.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(owner);
        Ok(store)
    }
}
