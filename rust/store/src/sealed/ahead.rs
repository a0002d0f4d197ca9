//! A file that is read from its beginning to its end: a call reads far more than it is asked for, and most calls after it
//! need none.

use crate::io::{DiskFile, read_up_to};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Ahead {
    file: Arc<dyn DiskFile>,
    chunk: Mutex<Chunk>,
}

/// What was read last of what lies one behind the other.
#[derive(Debug, Default)]
struct Chunk {
    start: u64,
    bytes: Vec<u8>,
    /// Where the last call ended: one that begins there goes on.
    next: u64,
}

impl Chunk {
    /// What is held from an offset of the file on.
    fn from(&self, offset: u64) -> &[u8] {
        let skipped = offset.checked_sub(self.start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.bytes.get(skipped..)).unwrap_or_default()
    }

    fn fill(&mut self, file: &dyn DiskFile, offset: u64) -> io::Result<()> {
        self.bytes.resize(CHUNK_BYTES, 0);
        let read = read_up_to(file, &mut self.bytes, offset);
        // Nothing is held that was not read.
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        self.start = offset;
        read.map(drop)
    }
}

impl Ahead {
    pub(super) fn over(file: Arc<dyn DiskFile>) -> Self {
        Self { file, chunk: Mutex::default() }
    }
}

impl DiskFile for Ahead {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut chunk = self.chunk.lock().unwrap_or_else(PoisonError::into_inner);
        if chunk.from(offset).is_empty() {
            if chunk.next != offset {
                // Something beside the way, such as a block of an index: what is held is wanted again.
                let read = self.file.read_at(bytes, offset)?;
                chunk.next = offset + read as u64;
                return Ok(read);
            }
            chunk.fill(&*self.file, offset)?;
        }
        let held = chunk.from(offset);
        let read = held.len().min(bytes.len());
        if let (Some(to), Some(from)) = (bytes.get_mut(..read), held.get(..read)) {
            to.copy_from_slice(from);
        }
        chunk.next = offset + read as u64;
        Ok(read)
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn set_size(&self, _size: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}
