//! The one place where exceptions of `statordb.errors` are made.

use std::any::Any;

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use statordb_wire::error::{Exception, Failure};

use crate::ids::next_request_id;
use crate::{native, reply};

const MODULE: &str = "statordb.errors";

/// The form of items that a door gives.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Door {
    /// Native values.
    Native,
    /// Values with their types.
    Typed,
}

/// The exception that `operation` is answered with.
pub(crate) fn failed(py: Python<'_>, operation: &str, failure: &Failure, door: Door) -> PyErr {
    let parts = items(py, failure, door).and_then(|items| Ok((items, further(py, failure)?)));
    match parts {
        Ok(((item, typed_item), further)) => {
            let exception = failure.exception();
            let message = failure.message().unwrap_or_default();
            let status = exception.status();
            let arguments =
                (exception.name(), message, operation, status, next_request_id(), item, typed_item, further);
            made(py, "answered", |function| function.call1(arguments))
        }
        Err(error) => error,
    }
}

/// What a response has beside the error: why a transaction was canceled, or what was throttled; by its member.
fn further<'py>(py: Python<'py>, failure: &Failure) -> PyResult<Bound<'py, PyDict>> {
    let further = PyDict::new(py);
    let reasons = (!failure.reasons().is_empty()).then_some("CancellationReasons");
    for member in [reasons, failure.throttling_member()].into_iter().flatten() {
        further.set_item(member, reply::to_python(py, failure)?.get_item(member)?)?;
    }
    Ok(further)
}

type Items<'py> = (Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

/// The item of a failed condition: as the door gives it, and as a response has it.
fn items<'py>(py: Python<'py>, failure: &Failure, door: Door) -> PyResult<Items<'py>> {
    let Some(item) = failure.item() else { return Ok((None, None)) };
    let typed = reply::to_python(py, failure)?.get_item(intern!(py, "Item"))?;
    let shown = if door == Door::Native { native::to_dict(py, item.view())?.into_any() } else { typed.clone() };
    Ok((Some(shown), Some(typed)))
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

/// One of the exceptions of databases on disk, by its name.
pub(crate) fn storage(py: Python<'_>, class: &str, message: &str) -> PyErr {
    made(py, class, |class| class.call1((message,)))
}

/// ClosedError, for a database of a process that this one was forked from.
pub(crate) fn forked() -> PyErr {
    let message = "the database was opened before this process was forked: open it in one of the two processes only";
    Python::attach(|py| made(py, "ClosedError", |class| class.call1((message,))))
}

/// Calls a member of `statordb.errors` that makes an exception. What goes wrong on the way is raised instead.
fn made<'py>(
    py: Python<'py>,
    name: &str,
    make: impl FnOnce(Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyErr {
    let made = PyModule::import(py, MODULE).and_then(|module| module.getattr(name)).and_then(make);
    made.map_or_else(|error| error, PyErr::from_value)
}

/// What a panic leaves behind: a fault of ours, for this call only.
pub(crate) fn panicked(py: Python<'_>, operation: &str, payload: &(dyn Any + Send)) -> PyErr {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = "The request processing has failed because of an unknown error";
    let error = failed(py, operation, &Failure::new(Exception::InternalServerError, message), Door::Typed);
    error.set_cause(py, Some(PyRuntimeError::new_err(text.unwrap_or_default().to_owned())));
    error
}
