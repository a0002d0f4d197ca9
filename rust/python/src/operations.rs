//! `operations`: what DynamoDB can be asked and how much of it this version takes, as lists and dicts.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use statordb_wire::tables::{self, Accepted, MemberEntry, OperationEntry};

/// Every operation of DynamoDB's API that is known: service, name, whether it is answered, and the places in its requests.
///
/// A place has a path (`KeySchema[].KeyType`), a kind, whether it is required, the words it may be, its smallest and largest
/// value or length, whether it is refused, and the value that is accepted of it nevertheless, if there is one.
#[pyfunction]
fn operations(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let entries = tables::operations();
    PyList::new(py, entries.iter().map(|entry| operation(py, entry)).collect::<PyResult<Vec<_>>>()?)
}

fn operation<'py>(py: Python<'py>, entry: &OperationEntry) -> PyResult<Bound<'py, PyDict>> {
    let members = entry.members.iter().flatten().map(|entry| member(py, entry)).collect::<PyResult<Vec<_>>>()?;
    let dict = PyDict::new(py);
    dict.set_item("service", entry.service)?;
    dict.set_item("name", entry.name)?;
    dict.set_item("answered", entry.members.is_some())?;
    dict.set_item("members", members)?;
    Ok(dict)
}

fn member<'py>(py: Python<'py>, entry: &MemberEntry) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("path", &entry.path)?;
    dict.set_item("kind", entry.kind)?;
    dict.set_item("required", entry.is_required)?;
    dict.set_item("choices", entry.choices)?;
    dict.set_item("min", entry.min)?;
    dict.set_item("max", entry.max)?;
    dict.set_item("refused", entry.kind == "refused")?;
    dict.set_item("accepted", accepted(py, entry.accepted)?)?;
    Ok(dict)
}

/// The value itself, as a request would hold it.
fn accepted(py: Python<'_>, accepted: Accepted) -> PyResult<Bound<'_, PyAny>> {
    Ok(match accepted {
        Accepted::Nothing => py.None().into_bound(py),
        Accepted::EmptyList => PyList::empty(py).into_any(),
    })
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(operations, module)?)
}
