//! `StreamReader`: what a consumer of a table's stream reads it by, and sleeps by.

use std::sync::Arc;
use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use statordb_engine::Engine;
use statordb_engine::error::Error;
use statordb_engine::stream::{Moment, SequenceNumber, StreamReader as Reader, feeding};

use crate::errors::{self, Door};
use crate::event::EventForm;
use crate::guard::guarded;

const OPERATION: &str = "GetRecords";

/// A reader of one stream, whose database may be closed while it sleeps.
#[pyclass(frozen, module = "statordb._core")]
pub(crate) struct StreamReader {
    reader: Arc<Reader>,
    arn: String,
    region: String,
}

/// The id of a shard, that of its parent, and whether it takes records.
type ShardRow = (String, Option<String>, bool);

impl StreamReader {
    pub(crate) fn new(reader: Reader, arn: String, region: String) -> Self {
        Self { reader: Arc::new(reader), arn, region }
    }

    /// The error of a call: that the database is closed, if it is.
    fn failed(&self, py: Python<'_>, error: Error) -> PyErr {
        if self.reader.living_engine().is_none() {
            return errors::closed();
        }
        errors::failed(py, OPERATION, &error.into(), Door::Typed)
    }
}

/// Documents by name; one without bytes is to be removed.
pub(crate) type Changes = Vec<(String, Option<Vec<u8>>)>;

/// Writes documents.
pub(crate) fn keep(py: Python<'_>, engine: &Engine, changes: Changes, wait: bool) -> PyResult<()> {
    let kept = py.detach(|| {
        let (kept, met) = engine.unsettled(|| engine.keep_documents(changes));
        match met {
            Some(met) if wait => kept.and_then(|()| engine.settle(met)),
            _ => kept,
        }
    });
    kept.map_err(|error| errors::failed(py, "keep", &error.into(), Door::Typed))
}

#[pymethods]
impl StreamReader {
    #[getter]
    fn table(&self) -> &str {
        self.reader.table()
    }

    #[getter]
    fn view(&self) -> &'static str {
        self.reader.view().name()
    }

    /// All shards that can be read, parents before their children.
    fn shards(&self, py: Python<'_>) -> PyResult<Vec<ShardRow>> {
        let shards = py.detach(|| self.reader.shards()).map_err(|error| self.failed(py, error))?;
        Ok(shards.into_iter().map(|shard| (shard.id, shard.parent, shard.is_open)).collect())
    }

    /// The number of the last record of a shard; a lesser one if it has none.
    fn last(&self, py: Python<'_>, shard: &str) -> PyResult<u64> {
        let last = py.detach(|| self.reader.last(shard)).map_err(|error| self.failed(py, error))?;
        Ok(last.place())
    }

    /// Reads up to `limit` records behind the number `behind`.
    ///
    /// Gives the records as Lambda has them, and for each its number, the bytes that it takes as JSON, when it was made
    /// in milliseconds since 1970, and a hash of its partition key; then whether the shard has ended and whether records
    /// were too old to be read.
    fn read<'py>(&self, py: Python<'py>, shard: &str, behind: u64, limit: usize) -> PyResult<Bound<'py, PyTuple>> {
        guarded(py, OPERATION, || {
            let read = py.detach(|| self.reader.read(shard, SequenceNumber::of(behind), limit));
            let read = read.map_err(|error| self.failed(py, error))?;
            let form = EventForm::new(py, &self.arn, &self.region, self.reader.view());
            let count = read.records.len();
            let _rest = GarbageRest::over(py, count)?;
            let mut events = Vec::with_capacity(count);
            let (mut numbers, mut sizes) = (Vec::with_capacity(count), Vec::with_capacity(count));
            let (mut times, mut hashes) = (Vec::with_capacity(count), Vec::with_capacity(count));
            for record in &read.records {
                let (event, bytes) = form.record(record)?;
                events.push(event);
                numbers.push(record.sequence_number().place());
                sizes.push(bytes);
                times.push(record.created_ms());
                hashes.push(self.reader.partition_hash(record));
            }
            let (events, numbers, sizes) =
                (PyList::new(py, events)?, PyList::new(py, numbers)?, PyList::new(py, sizes)?);
            let (times, hashes) = (PyList::new(py, times)?, PyList::new(py, hashes)?);
            (events, numbers, sizes, times, hashes, read.has_ended, read.was_trimmed).into_pyobject(py)
        })
    }

    /// What to give `sleep`; to be asked before `read`.
    #[pyo3(signature = (shard=None))]
    fn moment(&self, shard: Option<&str>) -> (u64, u64) {
        let moment = self.reader.moment(shard);
        (moment.taken, moment.calls)
    }

    /// Sleeps until something happens to the shard, the reader is called, or the time is over.
    #[pyo3(signature = (moment, shard=None, limit_s=None))]
    fn sleep(&self, py: Python<'_>, moment: (u64, u64), shard: Option<&str>, limit_s: Option<f64>) {
        let (taken, calls) = moment;
        let limit = limit_s.and_then(|limit_s| Duration::try_from_secs_f64(limit_s.max(0.0)).ok());
        py.detach(|| self.reader.sleep(shard, Moment { taken, calls }, limit));
    }

    /// Calls `call` for `feeder`: what this thread writes meanwhile is noted as its.
    fn feeding<'py>(&self, feeder: u64, call: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        feeding(feeder, || call.call0())
    }

    /// Whether `feeder` was the last of those who are known to have written to the stream.
    fn is_fed_by(&self, feeder: u64) -> bool {
        self.reader.is_fed_by(feeder)
    }

    /// Calls everybody who sleeps by this reader.
    fn call(&self) {
        self.reader.call();
    }

    /// Writes documents, or removes those that are None, all or none of them; waits until that is durable if asked to.
    fn keep(&self, py: Python<'_>, changes: Changes, wait: bool) -> PyResult<()> {
        let Some(engine) = self.reader.living_engine() else { return Err(errors::closed()) };
        guarded(py, "keep", || keep(py, &engine, changes, wait))
    }

    /// The time of the database, in milliseconds since 1970.
    fn now_ms(&self) -> PyResult<u64> {
        self.reader.living_engine().map(|engine| engine.now_ms()).ok_or_else(errors::closed)
    }
}

/// So few records make no collection worth speaking of.
const RESTLESS_MAX: usize = 16;

/// While this lives, and the interpreter's lock is not let go of, no garbage is collected, unless nobody collects anyway.
///
/// A page of records is thousands of dicts at once, none of them garbage: looking through them, and now and then through all
/// that the program has, took up to half of the time of reading.
struct GarbageRest<'py>(Option<Bound<'py, PyModule>>);

impl<'py> GarbageRest<'py> {
    fn over(py: Python<'py>, records: usize) -> PyResult<Self> {
        if records <= RESTLESS_MAX {
            return Ok(Self(None));
        }
        let gc = py.import(intern!(py, "gc"))?;
        if !gc.call_method0(intern!(py, "isenabled"))?.is_truthy()? {
            return Ok(Self(None));
        }
        gc.call_method0(intern!(py, "disable"))?;
        Ok(Self(Some(gc)))
    }
}

impl Drop for GarbageRest<'_> {
    fn drop(&mut self) {
        if let Some(gc) = &self.0 {
            // It takes nothing that could be wrong.
            let _ = gc.call_method0(intern!(gc.py(), "enable"));
        }
    }
}

/// The SequenceNumber of a record by its place in the order of all.
#[pyfunction]
fn sequence_number(place: u64) -> String {
    SequenceNumber::of(place).to_string()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(sequence_number, module)?)?;
    module.add_class::<StreamReader>()
}
