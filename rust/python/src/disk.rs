//! Databases on disk: opened by path, looked after, and not used by a process that was forked from their owner.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use statordb_engine::clock::Random;
use statordb_store::{Checked, DiskOptions, DiskStore, StoreError, release_after_fork};

use crate::clock::{SystemRandom, SystemTicks};
use crate::errors;

/// How often this process was forked from another, since the module was loaded.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// How often this process was forked.
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Eight random bytes, to tell stores apart.
fn random() -> u64 {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// What other processes are told of this one: its number, and what it was started with, but no more than the program and
/// what it runs, since arguments may be secret.
fn holder() -> String {
    let names: Vec<String> = std::env::args().take(2).map(|argument| name_of(&argument)).collect();
    format!("process {} ({})", std::process::id(), names.join(" "))
}

fn name_of(argument: &str) -> String {
    Path::new(argument).file_name().map_or_else(|| argument.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Opens the database at a path. Python has checked the values of the options.
pub(crate) fn open(py: Python<'_>, path: &str, given: &Bound<'_, PyDict>) -> PyResult<Arc<DiskStore>> {
    let mut options = DiskOptions { ticks: Some(Arc::new(SystemTicks::new())), ..DiskOptions::default() };
    for (name, value) in given {
        match name.extract::<String>()?.as_str() {
            "durability" => options.acknowledge_written = value.extract::<String>()? == "os",
            "memory_bytes_max" => options.memory_bytes = value.extract()?,
            other => return Err(PyTypeError::new_err(format!("there is no option `{other}`"))),
        }
    }
    let opened = py.detach(|| DiskStore::open_path(Path::new(path), options, random(), &holder()));
    opened.map(Arc::new).map_err(|error| storage_error(py, path, &error))
}

/// The exception for what a store on disk refuses.
pub(crate) fn storage_error(py: Python<'_>, path: &str, error: &StoreError) -> PyErr {
    let (class, text) = match error {
        StoreError::InUse(holder) => (
            "InUseError",
            format!(
                "the database `{path}` is in use by {holder}: close it there, or reach it over HTTP (`statordb serve`)"
            ),
        ),
        StoreError::Damaged { .. } => (
            "DamagedError",
            format!("the database `{path}` is damaged: {error}; restore a backup, or the file from one"),
        ),
        StoreError::Format(text) => ("FormatError", text.clone()),
        StoreError::Closed => return errors::closed(),
        _ => ("StorageError", format!("the database `{path}` cannot be used: {error}")),
    };
    errors::storage(py, class, &text)
}

/// Reads all files of a database.
pub(crate) fn check(py: Python<'_>, path: &str, store: &DiskStore) -> PyResult<Checked> {
    py.detach(|| store.check()).map_err(|error| storage_error(py, path, &error))
}

/// Merges all that can be merged.
pub(crate) fn compact(py: Python<'_>, path: &str, store: &DiskStore) -> PyResult<()> {
    py.detach(|| store.compact()).map_err(|error| storage_error(py, path, &error))
}

/// Copies the database into another folder.
pub(crate) fn backup(py: Python<'_>, path: &str, store: &DiskStore, to: &str) -> PyResult<()> {
    py.detach(|| store.backup(Path::new(to), random())).map_err(|error| storage_error(py, path, &error))
}

/// What the files and the memory of a database take, in bytes.
pub(crate) fn usage<'py>(py: Python<'py>, store: &DiskStore) -> PyResult<Bound<'py, PyDict>> {
    let usage = store.usage();
    let told = PyDict::new(py);
    let rows = [
        ("log_bytes", usage.log),
        ("sealed_bytes", usage.sealed),
        ("manifest_bytes", usage.manifest),
        ("unsealed_bytes", usage.unsealed),
        ("cache_bytes", usage.cache),
        ("sections", usage.sections),
    ];
    for (name, value) in rows {
        told.set_item(name, value)?;
    }
    Ok(told)
}

/// To be called in a process that was just forked: the databases on disk of its parent are not its own.
#[pyfunction]
fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    release_after_fork();
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(forked, module)?)
}
