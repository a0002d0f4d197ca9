//! The log: every commit is one record, and a commit is durable when its record is.
//!
//! A record gets its place in the order, and in a segment, under one short lock; nothing is written there. Whoever wants
//! its commit to be durable and finds nobody writing becomes the leader: it writes and syncs for everybody who has
//! appended until then, without a timer. Those who come meanwhile make up the next batch, of which one is woken to lead.
//!
//! A failed write or sync poisons the log: what the disk has of the batch is not known, so nothing is acknowledged any
//! more, and nothing is tried again.

mod batch;
mod buffer;
pub(crate) mod change;
pub(crate) mod record;
pub(crate) mod recovery;
pub(crate) mod segment;
mod tail;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::StoreError;
use crate::io::{Folder, write_all_at};
pub(crate) use batch::Callback;
use batch::Woken;
use record::{Header, Payload};
use segment::Segment;
use tail::{Run, Tail};

/// The size of the first segment, or less where none may be as large: a small database stays small.
pub(crate) const SEGMENT_BYTES_MIN: u64 = 1 << 20;
/// Segments that are kept for use again.
const FREE_MAX: usize = 6;
/// So many threads look out for the end of a batch at a time; the others sleep.
const LOOKOUTS_MAX: usize = 2;
/// How often they look before they sleep too: a few hundred microseconds where nobody else wants the processor.
const LOOKS_MAX: usize = 500;

/// When a commit may be acknowledged and shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Settling {
    /// When it is synced.
    Synced,
    /// When it is written.
    Written,
}

/// A place in the log: where the record of a commit begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Position {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
}

/// Where a commit came in the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Appended {
    pub(crate) sequence: u64,
    /// How often the maps had been frozen by then.
    pub(crate) generation: u64,
}

/// A cut through the order: commits up to it were made in earlier generations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    pub(crate) sequence: u64,
    /// The generation that begins behind it.
    pub(crate) generation: u64,
    /// Where the record behind it will begin.
    pub(crate) position: Position,
}

/// The log of an open store.
pub(crate) struct Log {
    folder: Arc<dyn Folder>,
    store: u64,
    epoch: u32,
    settling: Settling,
    segment_bytes_max: u64,
    tail: Mutex<Tail>,
    /// Segments from which no recovery reads.
    free: Mutex<Vec<Segment>>,
    /// Commits up to here are on the disk.
    synced: AtomicU64,
    /// Commits up to here may be acknowledged and shown.
    settled: AtomicU64,
    /// How many look out for the end of a batch rather than sleep.
    lookouts: AtomicUsize,
    /// Held by who syncs.
    syncing: Mutex<()>,
    /// Held by who prepares a segment.
    preparing: Mutex<()>,
    /// Told when something is to be done in the background.
    pub(crate) wanted: Box<dyn Fn(Wanted) + Send + Sync>,
}

/// What the log asks others to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// `prepare` should be called.
    Segment,
    /// `lead` should be called: somebody waits without a thread.
    Leader,
}

/// Where a log goes on.
pub(crate) struct Resumed {
    pub(crate) store: u64,
    /// The largest size of a segment.
    pub(crate) segment_bytes_max: u64,
    /// Of this opening; greater than that of every record.
    pub(crate) epoch: u32,
    /// The last commit that there is.
    pub(crate) last: u64,
    /// The segments from which a recovery may read, the current one last.
    pub(crate) segments: Vec<Segment>,
    /// Where in the last segment the next record goes.
    pub(crate) offset: u64,
    /// A segment behind the last that is ready.
    pub(crate) next: Option<Segment>,
    /// Segments for use again.
    pub(crate) free: Vec<Segment>,
}

impl Log {
    /// Goes on with a log of at least one segment, whose records are all durable.
    pub(crate) fn resume(
        folder: Arc<dyn Folder>,
        settling: Settling,
        resumed: Resumed,
        wanted: Box<dyn Fn(Wanted) + Send + Sync>,
    ) -> Result<Self, StoreError> {
        let (store, segment_bytes_max) = (resumed.store, resumed.segment_bytes_max);
        let (epoch, last) = (resumed.epoch, resumed.last);
        let free = Mutex::new(resumed.free);
        let tail = Tail::new(Resumed { free: Vec::new(), ..resumed })?;
        Ok(Self {
            folder,
            store,
            epoch,
            settling,
            segment_bytes_max,
            tail: Mutex::new(tail),
            free,
            synced: AtomicU64::new(last),
            settled: AtomicU64::new(last),
            lookouts: AtomicUsize::new(0),
            syncing: Mutex::default(),
            preparing: Mutex::default(),
            wanted,
        })
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn free(&self) -> MutexGuard<'_, Vec<Segment>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits up to here may be shown.
    pub(crate) fn settled(&self) -> u64 {
        self.settled.load(Ordering::Acquire)
    }

    /// The last number given out.
    pub(crate) fn last(&self) -> u64 {
        self.tail().last
    }

    /// Why nothing is acknowledged any more, if so.
    pub(crate) fn poison(&self) -> Option<StoreError> {
        self.tail().poison.clone()
    }

    /// Takes no further commits: something without which they could not be kept has failed.
    pub(crate) fn fail(&self, error: &StoreError) {
        let mut tail = self.tail();
        let poison = tail.poison.get_or_insert_with(|| error.clone()).clone();
        // A leader under way tells them when it is done.
        let open = tail.flying.is_none().then(|| Arc::clone(&tail.batch));
        drop(tail);
        if let Some(open) = open {
            open.end(&Err(poison));
        }
    }

    /// Takes no further commits, unless there was one behind `last`; tells whether that is so.
    pub(crate) fn end(&self, last: u64) -> bool {
        let mut tail = self.tail();
        if tail.last == last {
            tail.poison.get_or_insert(StoreError::Closed);
        }
        tail.last == last
    }

    /// Gives a commit its place. The caller holds what the commit changes, and applies it before it lets go. Nothing is
    /// changed where this fails.
    pub(crate) fn append(&self, payload: &[u8]) -> Result<Appended, StoreError> {
        let payload = Payload::new(payload);
        let synced = self.synced.load(Ordering::Relaxed);
        let (appended, wants_segment) = {
            let mut tail = self.tail();
            if let Some(poison) = &tail.poison {
                return Err(poison.clone());
            }
            let wants_segment = tail.make_room(payload.record_len())?;
            tail.last += 1;
            let header = Header { epoch: self.epoch, sequence: tail.last, synced };
            tail.push(header, payload);
            (Appended { sequence: tail.last, generation: tail.generation }, wants_segment)
        };
        if wants_segment {
            (self.wanted)(Wanted::Segment);
        }
        Ok(appended)
    }

    /// Ends a generation.
    pub(crate) fn cut(&self) -> Cut {
        let mut tail = self.tail();
        tail.generation += 1;
        Cut { sequence: tail.last, generation: tail.generation, position: tail.position() }
    }

    /// Comes back when a commit may be acknowledged.
    pub(crate) fn wait(&self, sequence: u64) -> Result<(), StoreError> {
        while self.settled() < sequence {
            let batch = {
                let tail = self.tail();
                if self.settled() >= sequence || sequence > tail.last {
                    break;
                }
                if let Some(poison) = &tail.poison {
                    return Err(poison.clone());
                }
                match &tail.flying {
                    None => {
                        self.lead_from(tail)?;
                        continue;
                    }
                    Some((last, flying)) if sequence <= *last => Arc::clone(flying),
                    Some(_) => Arc::clone(&tail.batch),
                }
            };
            if self.look_out() {
                continue;
            }
            match batch.wait() {
                Woken::Ended(outcome) => outcome?,
                Woken::ToLead => {}
            }
        }
        Ok(())
    }

    /// Looks whether a batch ends, for about as long as the disk takes for one, and lets others go first all the while;
    /// tells whether one has ended. Not when enough others look out already.
    ///
    /// A processor without work goes to sleep when everybody waits for the disk, and takes as long to get up as a tenth of
    /// a sync; with somebody who looks out it is awake.
    fn look_out(&self) -> bool {
        if self.lookouts.fetch_add(1, Ordering::Relaxed) >= LOOKOUTS_MAX {
            self.lookouts.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        let before = self.settled();
        let has_ended = (0..LOOKS_MAX).any(|_| {
            thread::yield_now();
            self.settled() != before
        });
        self.lookouts.fetch_sub(1, Ordering::Relaxed);
        has_ended
    }

    /// Calls back when a commit may be acknowledged, on whatever thread finds that out.
    pub(crate) fn call_when_settled(&self, sequence: u64, callback: Callback) {
        let tail = self.tail();
        if self.settled() >= sequence || sequence > tail.last {
            drop(tail);
            return callback(Ok(()));
        }
        if let Some(poison) = tail.poison.clone() {
            drop(tail);
            return callback(Err(poison));
        }
        match &tail.flying {
            Some((last, flying)) if sequence <= *last => {
                let flying = Arc::clone(flying);
                drop(tail);
                flying.call(callback);
            }
            flying => {
                let (batch, is_led) = (Arc::clone(&tail.batch), flying.is_some());
                // Under the lock of the tail, so that the leader under way sees that somebody wants to be called.
                batch.call(callback);
                drop(tail);
                if !is_led {
                    (self.wanted)(Wanted::Leader);
                }
            }
        }
    }

    /// Writes and syncs what is there, unless somebody else is at it.
    pub(crate) fn lead(&self) -> Result<(), StoreError> {
        let tail = self.tail();
        if tail.flying.is_some() || tail.is_written() {
            return Ok(());
        }
        if let Some(poison) = &tail.poison {
            return Err(poison.clone());
        }
        self.lead_from(tail)
    }

    fn lead_from(&self, mut tail: MutexGuard<'_, Tail>) -> Result<(), StoreError> {
        let (mut runs, last, batch) = tail.take();
        drop(tail);
        let outcome = self.write(&mut runs);
        let mut tail = self.tail();
        tail.flying = None;
        match &outcome {
            Ok(()) => self.settle(&mut tail, last, &runs),
            Err(error) => tail.poison = Some(error.clone()),
        }
        tail.reuse(runs);
        let open = Arc::clone(&tail.batch);
        let is_poisoned = tail.poison.clone();
        drop(tail);
        // The next leader first, so that the disk has work while those who are told now go on to their next commits.
        if let Some(poison) = is_poisoned {
            open.end(&Err(poison));
        } else if open.want_leader() {
            (self.wanted)(Wanted::Leader);
        }
        batch.end(&outcome);
        outcome
    }

    fn settle(&self, tail: &mut Tail, last: u64, runs: &[Run]) {
        match self.settling {
            Settling::Synced => self.synced.store(last, Ordering::Release),
            Settling::Written => {
                for run in runs {
                    if tail.unsynced.last().is_none_or(|segment| segment.number != run.segment.number) {
                        tail.unsynced.push(Arc::clone(&run.segment));
                    }
                }
            }
        }
        self.settled.store(last, Ordering::Release);
    }

    /// Writes runs, and syncs them where that is asked for.
    fn write(&self, runs: &mut [Run]) -> Result<(), StoreError> {
        for run in runs {
            let file = &*run.segment.file;
            let written = match self.settling {
                Settling::Synced => {
                    run.buffer.pad();
                    file.write_synced(run.buffer.bytes(), run.offset)
                }
                Settling::Written => {
                    let new = run.buffer.bytes().get(run.known..).unwrap_or_default();
                    write_all_at(file, new, run.offset + run.known as u64)
                }
            };
            written.map_err(|error| poisoned("write", &run.segment, &error))?;
        }
        Ok(())
    }

    /// Comes back when a commit is on the disk, whatever it takes to be acknowledged.
    pub(crate) fn sync(&self, sequence: u64) -> Result<(), StoreError> {
        self.wait(sequence)?;
        if self.synced.load(Ordering::Acquire) >= sequence {
            return Ok(());
        }
        self.sync_written()
    }

    /// Syncs what was written.
    pub(crate) fn sync_written(&self) -> Result<(), StoreError> {
        let _syncs = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let (written, segments) = {
            let mut tail = self.tail();
            if let Some(poison) = &tail.poison {
                return Err(poison.clone());
            }
            (self.settled(), std::mem::take(&mut tail.unsynced))
        };
        for segment in &segments {
            if let Err(error) = segment.file.sync() {
                let error = poisoned("sync", segment, &error);
                self.fail(&error);
                return Err(error);
            }
        }
        self.synced.fetch_max(written, Ordering::Release);
        Ok(())
    }

    /// Prepares the next segment, if there is none.
    pub(crate) fn prepare(&self) -> Result<(), StoreError> {
        let _prepares = self.preparing.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, size) = {
            let tail = self.tail();
            if tail.next.is_some() {
                return Ok(());
            }
            if let Some(poison) = &tail.poison {
                return Err(poison.clone());
            }
            (
                tail.segment.number + 1,
                (tail.segment.size * 2).clamp(SEGMENT_BYTES_MIN.min(self.segment_bytes_max), self.segment_bytes_max),
            )
        };
        let free = self.free().pop();
        let made = match free {
            Some(free) => free.recycle(&*self.folder, self.store, number),
            None => Segment::create(&*self.folder, self.store, number, size),
        };
        let mut tail = self.tail();
        match made {
            Ok(made) => {
                tail.next = Some(Arc::new(made));
                tail.refused = None;
                Ok(())
            }
            Err(error) => {
                tail.refused = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Gives up the segments before `start`: no recovery reads them any more.
    pub(crate) fn release(&self, start: Position) -> Result<(), StoreError> {
        let mut released = Vec::new();
        {
            let mut tail = self.tail();
            while let Some(segment) = tail.used.pop_front_if(|segment| segment.number < start.segment) {
                match Arc::try_unwrap(segment) {
                    Ok(segment) => released.push(segment),
                    // It is being written or synced still: it is let go the next time.
                    Err(segment) => {
                        tail.used.push_front(segment);
                        break;
                    }
                }
            }
        }
        let mut removed = Ok(());
        for segment in released {
            let mut free = self.free();
            if free.len() < FREE_MAX && segment.is_reusable(self.segment_bytes_max) {
                free.push(segment);
                continue;
            }
            let name = segment::name(segment.number);
            let gone = self.folder.remove(&name).map_err(|error| StoreError::io("remove", &name, &error));
            removed = removed.and(gone);
        }
        removed
    }

    /// Bytes of the full segments that a recovery would read, and that sealing lets go.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.tail().used.iter().map(|segment| segment.size).sum()
    }

    /// Bytes of all segments.
    pub(crate) fn bytes(&self) -> u64 {
        let written = {
            let tail = self.tail();
            let used: u64 = tail.used.iter().map(|segment| segment.size).sum();
            used + tail.segment.size.max(tail.offset) + tail.next.as_ref().map_or(0, |next| next.size)
        };
        written + self.free().iter().map(|segment| segment.size).sum::<u64>()
    }
}

fn poisoned(doing: &'static str, segment: &Segment, error: &std::io::Error) -> StoreError {
    StoreError::Poisoned(StoreError::io(doing, &segment::name(segment.number), error).to_string())
}
