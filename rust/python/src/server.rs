//! `Server`
use std::sync::Arc;
use pyo3::prelude::*;
use statordb_wire::Service;
#[pyclass(frozen, module = "statordb._core")]
pub(crate) struct Server {}
impl Server {
    pub(crate) fn start(_: Python<'_>, _service: Arc<Service>, _host: &str, _port: u16, _allow_public: bool, _allow_hosts: Vec<String>) -> PyResult<Self> { Ok(Self {}) }
}
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> { module.add_class::<Server>() }
