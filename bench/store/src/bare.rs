//! The floor: fdatasync alone, and a log of the same bytes without anything behind it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::clients::{Report, Target};
use crate::options::Options;
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
pub fn fdatasync(options: &Options, folder: &Path) -> Report {
    let file = zeroed(&folder.join("raw"), FILE_BYTES);
    let (bytes, mut offset, mut latencies) = (filled(COMMIT_BYTES, 1), 0, Vec::new());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(options.seconds.min(20)) {
        let at = Instant::now();
        file.write_all_at(&bytes, offset).unwrap();
        file.sync_data().unwrap();
        latencies.push(at.elapsed().as_nanos() as u32);
        offset = (offset + COMMIT_BYTES as u64) % (FILE_BYTES - COMMIT_BYTES as u64);
    }
    let took = began.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |share: f64| f64::from(latencies[(latencies.len() as f64 * share) as usize]) / 1e3;
    Report {
        target: "fdatasync".into(),
        clients: 1,
        per_second: latencies.len() as f64 / took,
        p50_us: at(0.5),
        p99_us: at(0.99),
        p999_us: at(0.999),
        max_ms: f64::from(*latencies.last().unwrap()) / 1e6,
        ..Report::default()
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
