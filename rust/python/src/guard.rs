//! Panics stop at the boundary: a bug in one call is an InternalServerError of that call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::errors;

/// Runs one call.
pub(crate) fn guarded<T>(py: Python<'_>, operation: &str, run: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // Nothing that `run` could leave half done is seen again: the engine's own locks and transactions guard its state.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| Err(errors::panicked(py, operation, &*payload)))
}
