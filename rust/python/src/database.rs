//! `Database`: a service and its engine, opened and closed, and the doors that take typed values and bytes.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use statordb_engine::error::Error;
use statordb_engine::insights::{Contributor, Contributors};
use statordb_engine::ops::Caller;
use statordb_engine::ops::execute_statement::ExecuteStatement;
use statordb_engine::value::Item;
use statordb_engine::{Checkup, Engine, EngineOptions, Unsettled, Wording};
use statordb_store::{Checked, DiskStore, MemoryOptions, MemoryStore, Store};
use statordb_wire::answer::Answer;
use statordb_wire::http::{OtherService, ServerOptions};
use statordb_wire::operation::Operation;
use statordb_wire::{Call, Headers, Request, Service, ServiceOptions, handle, members, parse_worded};

use crate::clock::{SystemClock, SystemRandom};
use crate::consumer::{self, Changes, StreamReader};
use crate::disk;
use crate::errors::{self, Door};
use crate::guard::guarded;
use crate::ids::next_request_id;
use crate::log;
use crate::native;
use crate::options::engine_options;
use crate::other::PythonService;
use crate::planner::PythonPlanner;
use crate::reply;
use crate::request::{Given, Reading};
use crate::server::{Running, Server};
use crate::table::TableHandle;
use crate::ticker::Ticker;

type Any<'py> = Bound<'py, PyAny>;
/// Names of the partition key and the sort key of a table, and of both of an index.
type KeyNames = (Vec<String>, Vec<String>, Option<(Vec<String>, Vec<String>)>);
/// Status, headers and body.
type HttpReply<'py> = (u16, Bound<'py, PyDict>, Bound<'py, PyBytes>);

/// What all handles of one database share. Closing it takes the service away from all of them.
pub(crate) struct Opened {
    service: RwLock<Option<Arc<Service>>>,
    /// Servers that were started; they end with the database.
    servers: Mutex<Vec<Arc<Running>>>,
    ticker: Mutex<Option<Ticker>>,
    clock: Arc<SystemClock>,
    region: String,
    disk: Option<OnDisk>,
    /// How often the process had been forked when this was opened.
    forks: u32,
}

/// What a database on disk has beside its service.
struct OnDisk {
    store: Arc<DiskStore>,
    path: String,
}

impl Opened {
    fn over(
        store: Arc<dyn Store>,
        region: String,
        options: EngineOptions,
        disk: Option<OnDisk>,
    ) -> Result<Self, Error> {
        let clock = Arc::new(SystemClock::default());
        let random = Arc::new(SystemRandom);
        let engine = Arc::new(Engine::open(store, clock.clone(), random.clone(), options)?);
        engine.set_planner(Arc::new(PythonPlanner));
        let ticker = Mutex::new(Some(Ticker::start(&engine)));
        let options = ServiceOptions {
            region: region.clone(),
            on_fault: Some(Arc::new(log::fault)),
            ..ServiceOptions::default()
        };
        let service = RwLock::new(Some(Arc::new(Service::new(engine, clock.clone(), random, options))));
        Ok(Self { service, servers: Mutex::default(), ticker, clock, region, disk, forks: disk::forks() })
    }

    fn in_memory(region: String, options: EngineOptions) -> PyResult<Self> {
        let store = Arc::new(MemoryStore::new(MemoryOptions::default()));
        Self::over(store, region, options, None).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    fn on_disk(
        py: Python<'_>,
        path: &str,
        region: String,
        options: EngineOptions,
        disk_options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let store = disk::open(py, path, disk_options)?;
        let on_disk = Some(OnDisk { store: Arc::clone(&store), path: path.to_owned() });
        let opened = py.detach(|| Self::over(store, region, options, on_disk));
        opened.map_err(|error| errors::storage(py, "StorageError", &format!("cannot open `{path}`: {error}")))
    }

    fn on_disk_only(&self) -> PyResult<&OnDisk> {
        self.service()?;
        self.disk.as_ref().ok_or_else(|| PyValueError::new_err("the database is in memory: it has no files"))
    }

    pub(crate) fn service(&self) -> PyResult<Arc<Service>> {
        if self.disk.is_some() && self.forks != disk::forks() {
            return Err(errors::forked());
        }
        let service = self.service.read().unwrap_or_else(PoisonError::into_inner).clone();
        // Made outside the lock: it may hand the interpreter to a thread that waits for the lock.
        service.ok_or_else(errors::closed)
    }

    pub(crate) fn engine(&self) -> PyResult<Arc<Engine>> {
        Ok(Arc::clone(self.service()?.engine()))
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    fn add_server(&self, running: Arc<Running>) {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|server| !server.has_ended());
        servers.push(running);
    }

    /// Ends the servers and takes the service away.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.disk.is_some() && self.forks != disk::forks() {
            // Its threads and files are the parent's.
            return Ok(());
        }
        let servers = std::mem::take(&mut *self.servers.lock().unwrap_or_else(PoisonError::into_inner));
        servers.iter().for_each(|server| server.shut_down());
        drop(self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take());
        let service = self.service.write().unwrap_or_else(PoisonError::into_inner).take();
        servers.iter().try_for_each(|server| server.stop(py))?;
        // Dropped outside the lock: a large database takes time.
        py.detach(|| drop(service));
        let Some(OnDisk { store, path }) = &self.disk else { return Ok(()) };
        py.detach(|| store.close()).map_err(|error| disk::storage_error(py, path, &error))
    }

    fn is_closed(&self) -> bool {
        self.service.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let servers = self.servers.get_mut().unwrap_or_else(PoisonError::into_inner);
        servers.iter().for_each(|server| server.shut_down());
    }
}

/// An open database.
#[pyclass(frozen, module = "statordb._core")]
pub(crate) struct Database {
    opened: Arc<Opened>,
}

#[pymethods]
impl Database {
    #[new]
    fn new(
        py: Python<'_>,
        path: Option<&str>,
        region: String,
        options: &Bound<'_, PyDict>,
        disk_options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let options = engine_options(options)?;
        let opened = match path {
            None => Opened::in_memory(region, options)?,
            Some(path) => Opened::on_disk(py, path, region, options, disk_options)?,
        };
        Ok(Self { opened: Arc::new(opened) })
    }

    #[getter]
    fn region(&self) -> &str {
        &self.opened.region
    }

    #[getter]
    fn closed(&self) -> bool {
        self.opened.is_closed()
    }

    /// Carries out an operation by its typed members.
    fn call<'py>(&self, py: Python<'py>, operation: &str, arguments: &Bound<'py, PyDict>) -> PyResult<Any<'py>> {
        let service = self.opened.service()?;
        let Some(known) = Operation::from_name(operation) else {
            return Err(PyValueError::new_err(format!("there is no operation `{operation}`")));
        };
        guarded(py, operation, || {
            let request = read(py, known, arguments, service.engine().wording())?;
            let caller = Caller { region: &self.opened.region };
            let (answer, unsettled) = run(py, service.engine(), &caller, request);
            let answer = settled(py, service.engine(), unsettled)
                .and(answer)
                .map_err(|error| errors::failed(py, operation, &error.into(), Door::Typed))?;
            with_metadata(reply::to_python(py, &answer)?)
        })
    }

    /// Answers one HTTP request, without HTTP.
    fn handle<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        path: &str,
        headers: &Bound<'py, PyList>,
        body: &[u8],
    ) -> PyResult<HttpReply<'py>> {
        let service = self.opened.service()?;
        let headers = headers.iter().map(|header| header_of(&header)).collect::<PyResult<Vec<_>>>()?;
        let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let call = Call { method, path, query, headers: Headers::collect(named), body };
        let reply = py.detach(|| handle(&service, &call));
        let headers = PyDict::new(py);
        for (name, value) in &reply.headers {
            headers.set_item(*name, value.as_ref())?;
        }
        Ok((reply.status, headers, PyBytes::new(py, &reply.body)))
    }

    /// A table, by name or ARN.
    fn table(&self, name: String) -> PyResult<TableHandle> {
        self.opened.service()?;
        Ok(TableHandle::new(Arc::clone(&self.opened), name))
    }

    /// Starts a server. `other` answers requests of paths that begin so. `request_log` is `text`, `json` or nothing: how
    /// requests are written to standard error.
    fn serve(
        &self,
        py: Python<'_>,
        address: (String, u16),
        allow_public: bool,
        allow_hosts: Vec<String>,
        request_log: Option<&str>,
        other: Option<(Vec<String>, Py<PyAny>)>,
    ) -> PyResult<Server> {
        let (host, port) = address;
        let other =
            other.map(|(prefixes, answer)| Arc::new(PythonService::new(prefixes, answer)) as Arc<dyn OtherService>);
        let options = ServerOptions {
            other,
            allow_public,
            allowed_hosts: allow_hosts,
            access_log: log::of_requests(request_log)?,
            ..ServerOptions::default()
        };
        let (server, running) = Server::start(py, self.opened.service()?, &host, port, options)?;
        self.opened.add_server(running);
        Ok(server)
    }

    /// Carries out a statement by native values; gives its rows, and where to go on.
    fn sql<'py>(
        &self,
        py: Python<'py>,
        statement: &str,
        parameters: &Bound<'py, PyList>,
        consistent: bool,
        limit: Option<u32>,
        next_token: Option<&str>,
    ) -> PyResult<(Bound<'py, PyList>, Option<String>)> {
        const OPERATION: &str = "ExecuteStatement";
        let engine = self.opened.engine()?;
        guarded(py, OPERATION, || {
            let request = ExecuteStatement {
                statement: statement.into(),
                parameters: Some(parameters.iter().map(|value| native::value(&value)).collect::<PyResult<_>>()?),
                consistent_read: consistent,
                next_token: next_token.map(Into::into),
                limit,
                ..ExecuteStatement::default()
            };
            let mut rows: Vec<Item> = Vec::new();
            let (executed, unsettled) =
                py.detach(|| engine.unsettled(|| engine.execute_statement(&request, &mut rows)));
            let executed = settled(py, &engine, unsettled).and(executed).map_err(|error| {
                let caller = Caller { region: &self.opened.region };
                errors::failed(py, OPERATION, &engine.told(error, &caller).into(), Door::Native)
            })?;
            let rows = rows.iter().map(|row| native::to_dict(py, row.view())).collect::<PyResult<Vec<_>>>()?;
            Ok((PyList::new(py, rows)?, executed.next_token))
        })
    }

    /// The names of the keys of a table, and of one of its indexes.
    fn source_keys(&self, py: Python<'_>, table: &str, index: Option<&str>) -> PyResult<KeyNames> {
        let keys = self.opened.engine()?.source_keys(table, index);
        let keys = keys.map_err(|error| errors::failed(py, "ExecuteStatement", &error.into(), Door::Native))?;
        Ok((keys.hash, keys.range, keys.index))
    }

    /// Deletes the items whose time has come; tells how many.
    fn expire(&self, py: Python<'_>) -> PyResult<usize> {
        let engine = self.opened.engine()?;
        guarded(py, "expire", || {
            let done = py.detach(|| engine.upkeep());
            done.map(|done| done.expired).map_err(|error| errors::failed(py, "expire", &error.into(), Door::Typed))
        })
    }

    /// A reader of the stream with this ARN.
    fn stream_reader(&self, py: Python<'_>, arn: String) -> PyResult<StreamReader> {
        let engine = self.opened.engine()?;
        let failed = |error: Error| errors::failed(py, "DescribeStream", &error.into(), Door::Typed);
        let reader = engine.stream_reader(&arn).map_err(failed)?;
        Ok(StreamReader::new(reader, arn, self.opened.region.clone()))
    }

    /// The documents whose names begin with `prefix`.
    fn documents<'py>(&self, py: Python<'py>, prefix: &str) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
        let engine = self.opened.engine()?;
        let found = py.detach(|| engine.documents(prefix));
        let found = found.map_err(|error| errors::failed(py, "documents", &error.into(), Door::Typed))?;
        Ok(found.into_iter().map(|(name, bytes)| (name, PyBytes::new(py, &bytes))).collect())
    }

    /// Writes documents, or removes those that are None, all or none of them; comes back when that is durable.
    fn keep(&self, py: Python<'_>, changes: Changes) -> PyResult<()> {
        let engine = self.opened.engine()?;
        guarded(py, "keep", || consumer::keep(py, &engine, changes, true))
    }

    /// The time of the database, in milliseconds since 1970.
    fn now_ms(&self) -> PyResult<u64> {
        Ok(self.opened.engine()?.now_ms())
    }

    /// Sets the time of the database ahead.
    fn advance(&self, ms: u64) -> PyResult<()> {
        self.opened.service()?;
        self.opened.clock.advance(ms);
        Ok(())
    }

    /// Holds a TransactWriteItems open until the answer is released.
    fn hold_transaction(&self, py: Python<'_>, arguments: &Bound<'_, PyDict>) -> PyResult<HeldTransaction> {
        const OPERATION: &str = "TransactWriteItems";
        let engine = self.opened.engine()?;
        guarded(py, OPERATION, || {
            let Request::TransactWriteItems(request) =
                read(py, Operation::TransactWriteItems, arguments, engine.wording())?
            else {
                return Err(PyValueError::new_err("not a transaction"));
            };
            let held = engine.hold_transaction(&request);
            let caller = Caller { region: &self.opened.region };
            let told = |error| errors::failed(py, OPERATION, &engine.told(error, &caller).into(), Door::Typed);
            let held = held.map_err(told)?;
            Ok(HeldTransaction { held: Mutex::new(Some(held)) })
        })
    }

    /// The keys of a table or an index that contributed most; none while contributor insights are disabled.
    fn contributors<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        index: Option<&str>,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let engine = self.opened.engine()?;
        let found = engine.contributors(table, index);
        let told = |error: Error| errors::failed(py, "DescribeContributorInsights", &error.into(), Door::Typed);
        found.map_err(told)?.map(|contributors| contributors_of(py, &contributors)).transpose()
    }

    /// Reads all files of a database, if it has any, and, if they are whole, all that is stored.
    fn check<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let engine = self.opened.engine()?;
        let files = match &self.opened.disk {
            Some(OnDisk { store, path }) => disk::check(py, path, store)?,
            None => Checked::default(),
        };
        guarded(py, "check", || {
            // What is stored in files that are damaged is not what was written: everything would be told twice.
            let is_whole = files.damage.is_empty();
            let checkup = if is_whole { py.detach(|| engine.check()) } else { Ok(Checkup::default()) };
            let unread =
                |error: Error| errors::storage(py, "StorageError", &format!("the check cannot go on: {error}"));
            checked(py, &files, &checkup.map_err(unread)?)
        })
    }

    /// Makes the files of a database on disk small.
    fn compact(&self, py: Python<'_>) -> PyResult<()> {
        let OnDisk { store, path } = self.opened.on_disk_only()?;
        disk::compact(py, path, store)
    }

    /// Copies a database on disk into another folder.
    fn backup(&self, py: Python<'_>, to: &str) -> PyResult<()> {
        let OnDisk { store, path } = self.opened.on_disk_only()?;
        disk::backup(py, path, store, to)
    }

    /// What a database on disk takes.
    fn usage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        disk::usage(py, &self.opened.on_disk_only()?.store)
    }

    /// Closes the database for all its handles.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.opened.close(py)
    }
}

/// What was read, and everything that is wrong, each a sentence.
fn checked<'py>(py: Python<'py>, files: &Checked, checkup: &Checkup) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    for (name, count) in [
        ("files", files.files),
        ("sections", files.sections),
        ("blocks", files.blocks),
        ("entries", files.entries),
        ("tables", checkup.tables),
        ("items", checkup.items),
        ("index_entries", checkup.index_entries),
        ("stream_records", checkup.stream_records),
    ] {
        told.set_item(name, count)?;
    }
    let untold = checkup.violation_count.saturating_sub(checkup.violations.len() as u64);
    let more = (untold > 0).then(|| format!("and {untold} more"));
    let damage = files.damage.iter().map(ToString::to_string).chain(checkup.violations.iter().cloned()).chain(more);
    told.set_item("damage", PyList::new(py, damage.collect::<Vec<_>>())?)?;
    Ok(told)
}

/// Keys with their counts, by what was counted.
fn contributors_of<'py>(py: Python<'py>, contributors: &Contributors) -> PyResult<Bound<'py, PyDict>> {
    let counts = |list: &[Contributor]| {
        let each = list.iter().map(|one| Ok((native::to_dict(py, one.key.view())?, one.count)));
        PyList::new(py, each.collect::<PyResult<Vec<_>>>()?)
    };
    let found = PyDict::new(py);
    found.set_item("accessed", counts(&contributors.accessed)?)?;
    found.set_item("accessed_items", counts(&contributors.accessed_items)?)?;
    found.set_item("throttled", counts(&contributors.throttled)?)?;
    found.set_item("throttled_items", counts(&contributors.throttled_items)?)?;
    Ok(found)
}

/// A transaction that is held open.
#[pyclass(frozen, module = "statordb._core")]
pub(crate) struct HeldTransaction {
    held: Mutex<Option<statordb_engine::ops::transact_write_items::HeldTransaction>>,
}

#[pymethods]
impl HeldTransaction {
    /// Lets the items and the token go.
    fn release(&self) {
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Reads the members of a call.
fn read<'py>(
    py: Python<'py>,
    operation: Operation,
    arguments: &Bound<'py, PyDict>,
    wording: Wording,
) -> PyResult<Request<'static>> {
    let reading = Reading::default();
    parse_worded(operation, Given::arguments(arguments, &reading), wording).map_err(|failure| {
        if let Some(error) = reading.take_error() {
            return error;
        }
        match reading.take_unknown() {
            Some(name) => unknown_member(operation, &name),
            None => errors::failed(py, operation.name(), &failure, Door::Typed),
        }
    })
}

fn unknown_member(operation: Operation, name: &str) -> PyErr {
    let known = members(operation).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    errors::refused(&format!("unknown parameter `{name}` of {operation}: its parameters are {known}"))
}

/// Runs a request. Other threads of Python go on while one that may take long is carried out.
fn run<'a>(
    py: Python<'_>,
    engine: &Engine,
    caller: &Caller<'_>,
    request: Request<'a>,
) -> (Result<Answer<'a>, Error>, Option<Unsettled>) {
    let takes_long = matches!(
        request.operation(),
        Operation::BatchExecuteStatement
            | Operation::BatchGetItem
            | Operation::BatchWriteItem
            | Operation::DeleteTable
            | Operation::DescribeStream
            | Operation::ExecuteStatement
            | Operation::ExecuteTransaction
            | Operation::GetRecords
            | Operation::GetShardIterator
            | Operation::Query
            | Operation::Scan
            | Operation::UpdateTable
            | Operation::UpdateTimeToLive
    );
    let work = || engine.unsettled(|| request.run(engine, caller));
    if takes_long || engine.is_persistent() { py.detach(work) } else { work() }
}

/// Waits until a result may be shown, without the lock of the interpreter.
pub(crate) fn settled(py: Python<'_>, engine: &Engine, unsettled: Option<Unsettled>) -> Result<(), Error> {
    unsettled.map_or(Ok(()), |met| py.detach(|| engine.settle(met)))
}

/// Adds what botocore tells about a reply.
fn with_metadata(answer: Any<'_>) -> PyResult<Any<'_>> {
    let py = answer.py();
    let metadata = PyDict::new(py);
    metadata.set_item(intern!(py, "RequestId"), next_request_id())?;
    metadata.set_item(intern!(py, "HTTPStatusCode"), 200)?;
    metadata.set_item(intern!(py, "HTTPHeaders"), PyDict::new(py))?;
    metadata.set_item(intern!(py, "RetryAttempts"), 0)?;
    answer.set_item(intern!(py, "ResponseMetadata"), metadata)?;
    Ok(answer)
}

/// The name and the value of a header; botocore has values as text or bytes.
fn header_of(header: &Any<'_>) -> PyResult<(String, Vec<u8>)> {
    let (name, value): (String, Any<'_>) = header.extract()?;
    let value = match value.cast::<PyBytes>() {
        Ok(bytes) => bytes.as_bytes().to_vec(),
        Err(_) => value.str()?.to_str()?.as_bytes().to_vec(),
    };
    Ok((name, value))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<HeldTransaction>()?;
    module.add_class::<Database>()
}
