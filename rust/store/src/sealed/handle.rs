//! Handles of files: a process may have only so many open at a time, and a store may have more files than that. What was
//! not read for a while is closed, and opened again when it is.

use crate::io::DiskFile;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Handles that a process keeps open: a quarter of what a process is usually allowed.
const OPEN_MAX: usize = 256;

/// Every handle that can be closed and is open, or was when it was dropped; those opened last are at the end.
static OPEN: Mutex<VecDeque<Weak<Handle>>> = Mutex::new(VecDeque::new());

/// An open file, or one that can be opened again.
#[derive(Debug)]
pub(super) struct Handle {
    file: Mutex<Option<Arc<dyn DiskFile>>>,
    /// Whether it was read since it was last looked at.
    used: AtomicBool,
}

impl Handle {
    /// A handle that stays open.
    pub(super) fn fixed(file: Arc<dyn DiskFile>) -> Arc<Self> {
        Arc::new(Self { file: Mutex::new(Some(file)), used: AtomicBool::new(true) })
    }

    /// A handle that is closed when others are wanted more.
    pub(super) fn over(file: Arc<dyn DiskFile>) -> Arc<Self> {
        let handle = Self::fixed(file);
        note_open(&handle);
        handle
    }

    fn file(&self) -> MutexGuard<'_, Option<Arc<dyn DiskFile>>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file; `open` opens it again.
    pub(super) fn get(
        self: &Arc<Self>,
        open: impl FnOnce() -> io::Result<Arc<dyn DiskFile>>,
    ) -> io::Result<Arc<dyn DiskFile>> {
        self.used.store(true, Ordering::Relaxed);
        let mut file = self.file();
        if let Some(file) = &*file {
            return Ok(Arc::clone(file));
        }
        let opened = open()?;
        *file = Some(Arc::clone(&opened));
        drop(file);
        note_open(self);
        Ok(opened)
    }

    #[cfg(test)]
    fn is_open(&self) -> bool {
        self.file().is_some()
    }
}

/// Notes an open handle, and closes others where there are too many.
fn note_open(handle: &Arc<Handle>) {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.push_back(Arc::downgrade(handle));
    if open.len() <= OPEN_MAX {
        return;
    }
    open.retain(|handle| handle.strong_count() > 0);
    // Each is looked at twice at most: what was used meanwhile gets a second chance.
    for _ in 0..2 * open.len() {
        if open.len() <= OPEN_MAX {
            return;
        }
        let Some(oldest) = open.pop_front().and_then(|oldest| oldest.upgrade()) else { continue };
        if oldest.used.swap(false, Ordering::Relaxed) {
            open.push_back(Arc::downgrade(&oldest));
        } else {
            *oldest.file() = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Empty;

    impl DiskFile for Empty {
        fn read_at(&self, _bytes: &mut [u8], _offset: u64) -> io::Result<usize> {
            Ok(0)
        }

        fn write_at(&self, bytes: &[u8], _offset: u64) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn set_size(&self, _size: u64) -> io::Result<()> {
            Ok(())
        }

        fn size(&self) -> io::Result<u64> {
            Ok(0)
        }

        fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_more_handles_are_open_than_may_be_and_each_is_there_when_it_is_wanted() {
        let handles: Vec<_> = (0..3 * OPEN_MAX).map(|_| Handle::over(Arc::new(Empty))).collect();
        let open = || handles.iter().filter(|handle| handle.is_open()).count();
        assert!(open() <= OPEN_MAX, "{} are open", open());
        for handle in &handles {
            handle.get(|| Ok(Arc::new(Empty))).unwrap();
            assert!(handle.is_open());
        }
        assert!(open() <= OPEN_MAX, "{} are open", open());
        let refused = handles.iter().find(|handle| !handle.is_open()).unwrap();
        assert!(refused.get(|| Err(io::ErrorKind::NotFound.into())).is_err());
    }
}
