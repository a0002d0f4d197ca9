//! The floor: fdatasync alone, and a log of the same bytes without anything behind it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::clients::Target;
use crate::rows::{ENTRY_BYTES, ITEM_BYTES, RECORD_BYTES, filled};

/// What the store's record of a commit takes.
const COMMIT_BYTES: usize = 40 + 36 + ITEM_BYTES + 63 + ENTRY_BYTES + 24 + RECORD_BYTES + 13;
const FILE_BYTES: u64 = 512 << 20;

fn zeroed(path: &Path, bytes: u64) -> File {
    let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..bytes >> 20).for_each(|chunk| file.write_all_at(&zeros, chunk << 20).unwrap());
    file.sync_all().unwrap();
    file
}

/// One thread that writes a commit's bytes into a file of zeros and syncs them, over and over.
pub struct Fdatasync {
    file: File,
    bytes: Vec<u8>,
    offset: AtomicU64,
}

impl Fdatasync {
    pub fn new(folder: &Path) -> Self {
        let file = zeroed(&folder.join("raw"), FILE_BYTES);
        Self { file, bytes: filled(COMMIT_BYTES, 1), offset: AtomicU64::new(0) }
    }
}

impl Target for Fdatasync {
    fn commit(&self, _number: u64, _seed: u64) {
        let offset = self.offset.fetch_add(COMMIT_BYTES as u64, Ordering::Relaxed);
        self.file.write_all_at(&self.bytes, offset % (FILE_BYTES - COMMIT_BYTES as u64)).unwrap();
        self.file.sync_data().unwrap();
    }
}

struct Tail {
    pending: Vec<u8>,
    /// The batch that is being filled.
    batch: u64,
    leading: bool,
}

/// A log with group commit: whoever finds nobody writing writes and syncs for all.
pub struct BareLog {
    file: File,
    tail: Mutex<Tail>,
    written: Mutex<(u64, u64)>,
    done: Condvar,
    bytes: Vec<u8>,
}

impl BareLog {
    pub fn new(folder: &Path) -> Self {
        Self {
            file: zeroed(&folder.join("log"), FILE_BYTES),
            tail: Mutex::new(Tail { pending: Vec::new(), batch: 1, leading: false }),
            written: Mutex::new((0, 0)),
            done: Condvar::new(),
            bytes: filled(COMMIT_BYTES, 1),
        }
    }

    fn lead(&self) {
        loop {
            let (batch, pending) = {
                let mut tail = self.tail.lock().unwrap();
                if tail.pending.is_empty() {
                    tail.leading = false;
                    return;
                }
                tail.batch += 1;
                (tail.batch - 1, std::mem::take(&mut tail.pending))
            };
            let offset = {
                let mut written = self.written.lock().unwrap();
                let offset = written.1;
                written.1 = (offset + pending.len() as u64) % (FILE_BYTES - (64 << 20));
                offset
            };
            self.file.write_all_at(&pending, offset).unwrap();
            self.file.sync_data().unwrap();
            self.written.lock().unwrap().0 = batch;
            self.done.notify_all();
            // The next batch is led by one of those who wait for it.
            self.tail.lock().unwrap().leading = false;
            return;
        }
    }
}

impl Target for BareLog {
    fn commit(&self, _number: u64, seed: u64) {
        // A client makes its bytes, whatever they are written to.
        std::hint::black_box(filled(COMMIT_BYTES, seed));
        let batch = {
            let mut tail = self.tail.lock().unwrap();
            tail.pending.extend_from_slice(&self.bytes);
            tail.batch
        };
        loop {
            let leads = {
                let mut tail = self.tail.lock().unwrap();
                !std::mem::replace(&mut tail.leading, true)
            };
            if leads {
                self.lead();
            }
            let written = self.written.lock().unwrap();
            if written.0 >= batch {
                return;
            }
            let is_led = self.tail.lock().unwrap().leading;
            if is_led {
                let written = self.done.wait_timeout(written, Duration::from_millis(1)).unwrap().0;
                if written.0 >= batch {
                    return;
                }
            }
        }
    }
}
