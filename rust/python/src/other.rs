//! Services that are written in Python and answer on a server's port: those of Lambda's API.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use statordb_wire::http::{OtherCall, OtherReply, OtherService};

use crate::log;

/// A service by the beginnings of its paths, and the callable that answers.
pub(crate) struct PythonService {
    prefixes: Vec<String>,
    answer: Py<PyAny>,
}

impl PythonService {
    pub(crate) fn new(prefixes: Vec<String>, answer: Py<PyAny>) -> Self {
        Self { prefixes, answer }
    }

    fn ask(&self, py: Python<'_>, call: OtherCall) -> PyResult<OtherReply> {
        let OtherCall { method, path, query, headers, body } = call;
        let answered = self.answer.call1(py, (method, path, query, headers, PyBytes::new(py, &body)))?;
        let (status, headers, body): (u16, Vec<(String, String)>, Vec<u8>) = answered.extract(py)?;
        Ok(OtherReply { status, headers, body })
    }
}

impl OtherService for PythonService {
    fn takes(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| path.starts_with(prefix))
    }

    fn answer(&self, call: OtherCall) -> OtherReply {
        // Nothing answers once the interpreter has begun to end.
        let answered = Python::try_attach(|py| self.ask(py, call).map_err(|error| error.to_string()));
        answered.unwrap_or_else(|| Err("the interpreter has ended".to_owned())).unwrap_or_else(|error| {
            log::fault(&format!("a request of another service failed: {error}"));
            OtherReply::fault()
        })
    }
}
