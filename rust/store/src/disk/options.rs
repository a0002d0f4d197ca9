//! What can be chosen about a store on disk.

use std::sync::Arc;
use std::time::Duration;

/// A monotonic clock, and how to wait: passed in, so that a test decides what time does.
pub trait Ticks: Send + Sync + std::fmt::Debug {
    /// Nanoseconds since some moment.
    fn now_ns(&self) -> u64;

    /// Lets time pass.
    fn sleep(&self, duration: Duration);

    /// Calls something that waits. Where the thread has other work to do than its caller's, others are to do that
    /// meanwhile.
    fn aside(&self, wait: &mut dyn FnMut()) {
        wait();
    }
}

/// Options of a store on disk.
#[derive(Clone, Debug)]
pub struct DiskOptions {
    /// A partition with more bytes of keys and values than this is split, if it has more than one hash.
    pub partition_bytes_max: u64,
    /// Bytes of memory that the store may use: half of it for blocks of files, the rest for what is not sealed yet.
    pub memory_bytes: u64,
    /// The largest size of a segment of the log, in bytes. Edits of the manifest may waste a sixty-fourth of it.
    pub segment_bytes_max: u64,
    /// Whether a commit is acknowledged when the operating system has it, and synced within 100 ms, rather than when the
    /// disk has it.
    pub acknowledge_written: bool,
    /// Whether threads of the store seal, merge and prepare. Without them `DiskStore::maintain` has to be called.
    pub threads: bool,
    /// For pacing writers; none for a store that never paces.
    pub ticks: Option<Arc<dyn Ticks>>,
}

/// Bytes of entries that are sealed at a time: large enough that files are large, small enough that replaying is quick.
const SEAL_BYTES_MAX: u64 = 64 << 20;
const SEAL_BYTES_MIN: u64 = 64 << 10;
const SEGMENT_BYTES_MAX: u64 = 64 << 20;

impl Default for DiskOptions {
    /// Partitions of 256 MiB, 256 MiB of memory, segments of 64 MiB, acknowledged when synced, with threads, not paced.
    fn default() -> Self {
        Self {
            partition_bytes_max: 256 << 20,
            memory_bytes: 256 << 20,
            segment_bytes_max: SEGMENT_BYTES_MAX,
            acknowledge_written: false,
            threads: true,
            ticks: None,
        }
    }
}

impl DiskOptions {
    /// Bytes of maps at which they are sealed; three times as many may there be.
    pub(super) fn seal_bytes(&self) -> u64 {
        (self.memory_bytes / 8).clamp(SEAL_BYTES_MIN, SEAL_BYTES_MAX)
    }

    /// Bytes of the log at which the maps are sealed however small they are: the same keys may have been written all over
    /// again.
    pub(super) fn log_bytes(&self) -> u64 {
        6 * self.seal_bytes().max(self.segment_bytes_max)
    }

    /// Edits of the manifest beyond this many bytes, and beyond four times what they began with, are written anew.
    pub(super) fn edit_bytes(&self) -> u64 {
        self.segment_bytes_max / 64
    }

    pub(super) fn cache_bytes(&self) -> u64 {
        self.memory_bytes / 2
    }
}
