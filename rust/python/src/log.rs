//! Faults of ours go to Python's `logging`, under the name `statordb`.

use pyo3::prelude::*;

/// Logs an error. Without an interpreter there is nobody to tell.
pub(crate) fn fault(text: &str) {
    let _ = Python::try_attach(|py| -> PyResult<()> {
        let logger = py.import("logging")?.call_method1("getLogger", ("statordb",))?;
        logger.call_method1("error", ("%s", text)).map(drop)
    });
}
