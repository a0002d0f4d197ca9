//! Segments: the files that the log is written to, one after the other.
//!
//! A segment is made before it is needed, full of zeros or of what an earlier use has left, so that writing to it changes
//! nothing but data and a sync is short. Its size is where the log goes on to the next one, if that is ready; if not, it
//! grows, which is slower, and nobody waits.

use std::sync::Arc;

use super::record;
use crate::StoreError;
use crate::io::{DiskFile, Folder, number_in, numbered, write_all_at};

const PREFIX: &str = "log-";
/// Zeros are written this many at a time.
const CHUNK: usize = 1 << 20;

/// The name of the segment of a number.
pub(crate) fn name(number: u64) -> String {
    numbered(PREFIX, number)
}

/// The number of a segment, if that is what a name is of.
pub(crate) fn number(name: &str) -> Option<u64> {
    number_in(PREFIX, name)
}

/// A segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) file: Arc<dyn DiskFile>,
    /// Bytes that were prepared.
    pub(crate) size: u64,
    pub(crate) seed: u64,
}

impl Segment {
    /// Opens a segment that is there.
    pub(crate) fn open(folder: &dyn Folder, store: u64, number: u64) -> Result<Self, StoreError> {
        let name = name(number);
        let file = folder.open(&name).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                StoreError::Damaged { file: name.clone(), offset: 0, what: "it is missing" }
            }
            _ => StoreError::io("open", &name, &error),
        })?;
        let size = file.size().map_err(|error| StoreError::io("look at", &name, &error))?;
        Ok(Self { number, file, size, seed: record::seed(store, number) })
    }

    /// Makes a segment of zeros, and comes back when it is there for good.
    pub(crate) fn create(folder: &dyn Folder, store: u64, number: u64, size: u64) -> Result<Self, StoreError> {
        let name = name(number);
        let file = folder.create(&name).map_err(|error| StoreError::io("create", &name, &error))?;
        if let Err(error) = fill(&*file, size).and_then(|()| folder.sync()) {
            // Half a segment is of no use, and may have taken the last of the space.
            let _ = folder.remove(&name);
            return Err(StoreError::io("fill", &name, &error));
        }
        Ok(Self { number, file, size, seed: record::seed(store, number) })
    }

    /// Whether it may be used again: not while segments still become larger, nor if it has grown, as it would never shrink.
    pub(crate) fn is_reusable(&self, bytes_max: u64) -> bool {
        self.size >= bytes_max && self.file.size().is_ok_and(|size| size <= bytes_max + bytes_max / 4)
    }

    /// Makes a segment of one that is not needed any more. What stands in it is not valid under its new number.
    pub(crate) fn recycle(self, folder: &dyn Folder, store: u64, number: u64) -> Result<Self, StoreError> {
        let (old, new) = (name(self.number), name(number));
        let renamed = folder.rename(&old, &new).and_then(|()| folder.sync());
        renamed.map_err(|error| StoreError::io("rename", &old, &error))?;
        Ok(Self { number, seed: record::seed(store, number), ..self })
    }
}

fn fill(file: &dyn DiskFile, size: u64) -> std::io::Result<()> {
    let zeros = vec![0; CHUNK.min(size as usize)];
    let mut offset = 0;
    while offset < size {
        let len = (size - offset).min(zeros.len() as u64);
        write_all_at(file, zeros.get(..len as usize).unwrap_or(&zeros), offset)?;
        offset += len;
    }
    file.sync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_number() {
        assert_eq!(name(0x1f), "log-000000000000001f");
        assert_eq!(number(&name(u64::MAX)), Some(u64::MAX));
        for other in ["log-1", "log-00000000000000zz", "sealed-0000000000000001", ""] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
