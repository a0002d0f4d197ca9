//! What there is to tell: faults of ours go to Python's `logging`, requests as lines to standard error.

use std::io::Write as _;
use std::sync::Arc;

use pyo3::prelude::*;
use statordb_wire::http::{AccessLog, AccessRecord};

use crate::errors;

/// Logs an error under the name `statordb`. Without an interpreter there is nobody to tell.
pub(crate) fn fault(text: &str) {
    let _ = Python::try_attach(|py| -> PyResult<()> {
        let logger = py.import("logging")?.call_method1("getLogger", ("statordb",))?;
        logger.call_method1("error", ("%s", text)).map(drop)
    });
}

/// The log of requests in a form, `text` or `json`; a line each, written at once, without the interpreter.
pub(crate) fn of_requests(form: Option<&str>) -> PyResult<Option<AccessLog>> {
    match form {
        None => Ok(None),
        Some("text") => Ok(Some(Arc::new(|record: &AccessRecord<'_>| write_line(record.to_string())))),
        Some("json") => Ok(Some(Arc::new(|record: &AccessRecord<'_>| {
            write_line(serde_json::to_string(record).unwrap_or_default());
        }))),
        Some(other) => Err(errors::refused(&format!("invalid request_log `{other}`: expected text or json"))),
    }
}

fn write_line(mut line: String) {
    line.push('\n');
    // A log that cannot be written is no reason to fail a request.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
