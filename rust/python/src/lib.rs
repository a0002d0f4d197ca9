//! The extension module `statordb._core`.
mod budget; mod clock; mod errors; mod native; mod request; mod reply;
use pyo3::prelude::*;
#[pymodule]
mod _core {}
