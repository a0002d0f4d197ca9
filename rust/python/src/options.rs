//! The options of a database, from Python's names and units to the engine's. Python has checked the values.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use statordb_engine::{EngineOptions, Wording};

/// Reads the options of `Database`.
pub(crate) fn engine_options(given: &Bound<'_, PyDict>) -> PyResult<EngineOptions> {
    let mut options = EngineOptions::default();
    for (name, value) in given {
        let name: String = name.extract()?;
        match name.as_str() {
            "control_plane_delay" => options.control_plane_delay_ms = milliseconds(&value)?,
            "gsi_delay" => options.gsi_delay_ms = milliseconds(&value)?,
            "transaction_conflicts" => options.transaction_conflicts = value.extract()?,
            "item_collection_bytes_max" => options.item_collection_bytes_max = value.extract()?,
            "throttling" => options.throttling = value.extract()?,
            "wording" => options.wording = wording(&value)?,
            _ => return Err(PyTypeError::new_err(format!("there is no option `{name}`"))),
        }
    }
    Ok(options)
}

fn wording(name: &Bound<'_, PyAny>) -> PyResult<Wording> {
    match name.extract::<String>()?.as_str() {
        "current" => Ok(Wording::Current),
        "classic" => Ok(Wording::Classic),
        other => Err(PyValueError::new_err(format!("there is no wording `{other}`"))),
    }
}

/// Seconds, as Python has them.
fn milliseconds(seconds: &Bound<'_, PyAny>) -> PyResult<u64> {
    let seconds: f64 = seconds.extract()?;
    Ok((seconds * 1000.0).ceil() as u64)
}
