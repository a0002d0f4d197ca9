//! `Server`: the HTTP listener on threads of its own. Nothing that it does for a request needs the interpreter.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use statordb_wire::Service;
use statordb_wire::http::{self, ServerError, ServerOptions, ShutdownHandle};

use crate::{errors, log};

/// How often a wait looks for Ctrl-C.
const SIGNALS_EVERY: Duration = Duration::from_millis(100);

/// A server that was started, for its handle and for the database that ends it.
pub(crate) struct Running {
    address: SocketAddr,
    shutdown: ShutdownHandle,
    has_ended: Mutex<bool>,
    ended: Condvar,
}

impl Running {
    fn start(server: http::Server) -> std::io::Result<Arc<Self>> {
        let running = Arc::new(Self {
            address: server.address(),
            shutdown: server.shutdown_handle(),
            has_ended: Mutex::new(false),
            ended: Condvar::new(),
        });
        let told = Arc::clone(&running);
        std::thread::Builder::new().name("statordb-serve".into()).spawn(move || {
            if let Err(error) = server.run() {
                log::fault(&error.to_string());
            }
            *told.has_ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
            told.ended.notify_all();
        })?;
        Ok(running)
    }

    /// Waits until the server has ended, or for `limit`.
    fn wait(&self, limit: Duration) -> bool {
        let has_ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ended.wait_timeout_while(has_ended, limit, |has_ended| !*has_ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Says that the server is to end.
    pub(crate) fn shut_down(&self) {
        self.shutdown.shutdown();
    }

    pub(crate) fn has_ended(&self) -> bool {
        *self.has_ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the server: requests in flight are answered, within a bound of the listener's. Ctrl-C ends the waiting.
    pub(crate) fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.shut_down();
        while !py.detach(|| self.wait(SIGNALS_EVERY)) {
            py.check_signals()?;
        }
        Ok(())
    }
}

/// A running HTTP server. It ends when it is stopped or its database is closed.
#[pyclass(frozen, module = "statordb._core")]
pub(crate) struct Server {
    running: Arc<Running>,
}

impl Server {
    /// Binds and starts.
    pub(crate) fn start(
        py: Python<'_>,
        service: Arc<Service>,
        host: &str,
        port: u16,
        options: ServerOptions,
    ) -> PyResult<(Self, Arc<Running>)> {
        let started = py.detach(|| {
            let address = (host, port).to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or(None)?;
            let server = http::Server::bind(ServerOptions { address, ..options }, service).map_err(Some)?;
            Running::start(server).map_err(|error| Some(ServerError::Runtime(error)))
        });
        let running = started.map_err(|error| match error {
            None => PyOSError::new_err(format!("cannot find the address of `{host}`")),
            Some(error @ ServerError::Public(_)) => errors::refused(&error.to_string()),
            Some(ServerError::Bind(address, error)) => not_bound(address, &error),
            Some(error) => PyOSError::new_err(error.to_string()),
        })?;
        Ok((Self { running: Arc::clone(&running) }, running))
    }
}

/// The OSError of an address that cannot be listened on, with the system's number.
fn not_bound(address: SocketAddr, error: &std::io::Error) -> PyErr {
    let why = error.to_string();
    // The number has a place of its own in the exception.
    let why = why.split(" (os error").next().unwrap_or_default();
    let message = format!("cannot listen on `{address}`: {why}");
    match error.raw_os_error() {
        Some(number) => PyOSError::new_err((number, message)),
        None => PyOSError::new_err(message),
    }
}

/// How long to wait; none for a wait without end, or for one longer than can be told.
fn limit_of(timeout_s: Option<f64>) -> PyResult<Option<Duration>> {
    let Some(seconds) = timeout_s else { return Ok(None) };
    if seconds.is_nan() {
        return Err(PyValueError::new_err("timeout_s is not a number"));
    }
    Ok(Duration::try_from_secs_f64(seconds.max(0.0)).ok())
}

#[pymethods]
impl Server {
    #[getter]
    fn host(&self) -> String {
        self.running.address.ip().to_string()
    }

    #[getter]
    fn port(&self) -> u16 {
        self.running.address.port()
    }

    /// Ends the server and waits for it.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.running.stop(py)
    }

    /// Says that the server is to end, without waiting for it.
    fn shut_down(&self) {
        self.running.shut_down();
    }

    /// Waits up to `timeout_s` seconds, or without end, until the server has ended; gives whether it has. Ctrl-C ends the
    /// waiting.
    fn wait(&self, py: Python<'_>, timeout_s: Option<f64>) -> PyResult<bool> {
        let mut left = limit_of(timeout_s)?;
        loop {
            let now = left.map_or(SIGNALS_EVERY, |left| left.min(SIGNALS_EVERY));
            if py.detach(|| self.running.wait(now)) {
                return Ok(true);
            }
            py.check_signals()?;
            left = left.map(|left| left.saturating_sub(now));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Server>()
}
