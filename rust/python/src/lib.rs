//! The extension module `statordb._core`: the engine and the protocol as Python sees them.
//!
//! It owns conversion of values, the lock of the interpreter and exceptions, one file per class. It promises that a panic
//! becomes an InternalServerError and that nothing it does for long keeps other threads waiting. It decides nothing that
//! DynamoDB decides: no defaults, no checks, no retries.

mod budget;
mod clock;
mod consumer;
mod database;
mod disk;
mod entries;
mod errors;
mod event;
mod guard;
mod ids;
mod log;
mod native;
mod operations;
mod options;
mod other;
mod planner;
mod reply;
mod request;
mod server;
mod table;
mod ticker;

use pyo3::prelude::*;

/// What the engine allocates; Python's objects have an allocator of their own.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    consumer::register(module)?;
    database::register(module)?;
    disk::register(module)?;
    operations::register(module)?;
    server::register(module)?;
    table::register(module)
}
