//! The one place where exceptions of `statordb.errors` are made.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

const MODULE: &str = "statordb.errors";

/// An exception that the database answers.
pub(crate) struct Answered<'a> {
    /// DynamoDB's name of it.
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) operation: &'a str,
    /// As HTTP would have it.
    pub(crate) status: u16,
}

impl Answered<'_> {
    /// The Python exception. `item` is what its `item` shows, `typed_item` what its response holds.
    pub(crate) fn raise(
        &self,
        py: Python<'_>,
        item: Option<Bound<'_, PyDict>>,
        typed_item: Option<Bound<'_, PyDict>>,
    ) -> PyErr {
        let arguments = (self.code, self.message, self.operation, self.status, item, typed_item);
        made(py, "answered", |function| function.call1(arguments))
    }
}

/// ParamValidationError: a call is wrong in a way that shows before the engine is asked.
pub(crate) fn refused(message: &str) -> PyErr {
    Python::attach(|py| made(py, "ParamValidationError", |class| class.call1((message,))))
}

/// ClosedError.
pub(crate) fn closed() -> PyErr {
    let message = "the database is closed: open one with `statordb.connect`";
    Python::attach(|py| made(py, "ClosedError", |class| class.call1((message,))))
}

/// Calls a member of `statordb.errors` that makes an exception. What goes wrong on the way is raised instead.
fn made<'py>(py: Python<'py>, name: &str, make: impl FnOnce(Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>) -> PyErr {
    let made = PyModule::import(py, MODULE).and_then(|module| module.getattr(name)).and_then(make);
    made.map_or_else(|error| error, PyErr::from_value)
}

/// What a panic leaves behind: a fault of ours, for this call only.
pub(crate) fn panicked(py: Python<'_>, operation: &str, payload: &(dyn std::any::Any + Send)) -> PyErr {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    let internal = Answered { code: "InternalServerError", message: "The request processing has failed because of an internal error.", operation, status: 500 };
    let error = internal.raise(py, None, None);
    error.set_cause(py, Some(PyRuntimeError::new_err(text)));
    error
}
