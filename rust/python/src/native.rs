//! Native Python values to canonical bytes and back: the form that `Table` takes and gives.
//!
//! str is S, int and Decimal are N, bytes, bytearray, memoryview and boto3's Binary are B, bool is BOOL, None is NULL, sets
//! are SS, NS or BS, list and tuple are L, mappings are M. A number comes back as Decimal, binary as bytes. A float is
//! refused, because it is not exact. What DynamoDB may refuse in a value is the builder's to say, at its place in the
//! order of checks; here only what is no value at all is an error.

use std::borrow::Cow;
use std::fmt::Write as _;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMapping, PyMemoryView, PySet,
    PyString, PyTuple, PyType,
};
use statordb_engine::ops::Supplied;
use statordb_engine::value::{Builder, EncodedValue, Item, ItemRef, Kind, Number, ValueRef};

use crate::budget::Budget;
use crate::entries::Entries;

type Any<'py> = Bound<'py, PyAny>;

/// The values of an expression, by placeholder.
pub(crate) type NamedValues = Vec<(Cow<'static, str>, Supplied<EncodedValue>)>;

/// Builds an item, or a key, from a mapping.
pub(crate) fn item(given: &Any<'_>) -> PyResult<Supplied<Item>> {
    let mut writer = Writer { builder: Builder::item(), budget: Budget::default(), text: String::new() };
    writer.members(given)?;
    Ok(writer.builder.finish_item())
}

/// Builds a value.
pub(crate) fn value(given: &Any<'_>) -> PyResult<Supplied<EncodedValue>> {
    let mut writer = Writer { builder: Builder::value(), budget: Budget::default(), text: String::new() };
    writer.value(given)?;
    Ok(writer.builder.finish_value())
}

/// Builds the values of a mapping from names.
pub(crate) fn named_values(given: &Any<'_>) -> PyResult<NamedValues> {
    let mut named = Vec::new();
    each_member(given, |name, given| {
        named.push((Cow::Owned(name.to_owned()), value(given)?));
        Ok(())
    })?;
    Ok(named)
}

/// Calls `take` with each name and value of a mapping.
pub(crate) fn each_member(given: &Any<'_>, mut take: impl FnMut(&str, &Any<'_>) -> PyResult<()>) -> PyResult<()> {
    if let Ok(dict) = given.cast::<PyDict>() {
        return Entries::of(dict).try_for_each(|(name, value)| take(name_of(&name)?.to_str()?, &value));
    }
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return Err(unsupported(given, "a dict from names to values"));
    };
    for pair in mapping.items()?.iter() {
        let (name, value): (Any<'_>, Any<'_>) = pair.extract()?;
        take(name_of(&name)?.to_str()?, &value)?;
    }
    Ok(())
}

fn name_of<'a, 'py>(name: &'a Any<'py>) -> PyResult<&'a Bound<'py, PyString>> {
    name.cast::<PyString>().map_err(|_| unsupported(name, "a name of type str"))
}

fn unsupported(given: &Any<'_>, wanted: &str) -> PyErr {
    let name = given.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("unsupported type `{name}`: expected {wanted}"))
}

struct Writer {
    builder: Builder,
    budget: Budget,
    /// Text of a number, kept for the next one.
    text: String,
}

impl Writer {
    fn value(&mut self, given: &Any<'_>) -> PyResult<()> {
        if let Ok(text) = given.cast::<PyString>() {
            let text = text.to_str()?;
            self.budget.spend(text.len())?;
            self.builder.string(text);
        } else if let Ok(truth) = given.cast::<PyBool>() {
            self.budget.spend(0)?;
            self.builder.boolean(truth.is_true());
        } else if is_number(given)? {
            self.number_text(given)?;
            self.builder.number_text(&self.text);
        } else if given.is_none() {
            self.budget.spend(0)?;
            self.builder.null();
        } else if let Ok(bytes) = given.cast::<PyBytes>() {
            self.budget.spend(bytes.as_bytes().len())?;
            self.builder.binary(bytes.as_bytes());
        } else if given.cast::<PyDict>().is_ok() {
            self.map(given)?;
        } else if given.cast::<PyList>().is_ok() || given.cast::<PyTuple>().is_ok() {
            self.list(given)?;
        } else {
            self.rarer(given)?;
        }
        Ok(())
    }

    fn rarer(&mut self, given: &Any<'_>) -> PyResult<()> {
        if is_set(given)? {
            return self.set(given);
        }
        if let Some(bytes) = binary(given)? {
            self.budget.spend(bytes.len())?;
            self.builder.binary(&bytes);
            return Ok(());
        }
        if given.cast::<PyFloat>().is_ok() {
            return Err(PyTypeError::new_err("Float types are not supported. Use Decimal types instead."));
        }
        if given.cast::<PyMapping>().is_ok() {
            return self.map(given);
        }
        Err(unsupported(given, "str, int, Decimal, bytes, bool, None, a set, a list or a dict"))
    }

    fn map(&mut self, given: &Any<'_>) -> PyResult<()> {
        self.budget.spend(0)?;
        self.builder.begin_map();
        // A mapping that holds itself ends here: the builder refuses to nest so deep.
        if !self.builder.has_failed() {
            self.members(given)?;
        }
        self.builder.end_map();
        Ok(())
    }

    fn members(&mut self, given: &Any<'_>) -> PyResult<()> {
        each_member(given, |name, value| {
            self.budget.spend(name.len())?;
            self.builder.name(name);
            self.value(value)
        })
    }

    fn list(&mut self, given: &Any<'_>) -> PyResult<()> {
        self.budget.spend(0)?;
        self.builder.begin_list();
        if !self.builder.has_failed() {
            for element in given.try_iter()? {
                self.value(&element?)?;
            }
        }
        self.builder.end_list();
        Ok(())
    }

    fn set(&mut self, given: &Any<'_>) -> PyResult<()> {
        self.budget.spend(0)?;
        let elements = given.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        // An empty set has no type; the builder refuses it as one of strings.
        let kind = elements.first().map_or(Ok(Kind::Ss), kind_of_set)?;
        self.builder.begin_set(kind);
        for element in &elements {
            self.set_element(kind, element)?;
        }
        self.builder.end_set();
        Ok(())
    }

    fn set_element(&mut self, kind: Kind, element: &Any<'_>) -> PyResult<()> {
        let mixed = || PyTypeError::new_err("a set holds only strings, only numbers or only binary values");
        if kind_of_set(element)? != kind {
            return Err(mixed());
        }
        if let Ok(text) = element.cast::<PyString>() {
            let text = text.to_str()?;
            self.budget.spend(text.len())?;
            self.builder.set_element(text.as_bytes());
        } else if kind == Kind::Ns {
            self.number_text(element)?;
            self.builder.set_number_text(&self.text);
        } else {
            let bytes = binary(element)?.ok_or_else(mixed)?;
            self.budget.spend(bytes.len())?;
            self.builder.set_element(&bytes);
        }
        Ok(())
    }

    /// Leaves the exact text of an int or a Decimal in `self.text`.
    fn number_text(&mut self, given: &Any<'_>) -> PyResult<()> {
        self.text.clear();
        if given.cast::<PyInt>().is_ok()
            && let Ok(small) = given.extract::<i64>()
        {
            self.budget.spend(8)?;
            // Writing into a String cannot fail.
            let _ = write!(self.text, "{small}");
            return Ok(());
        }
        if is_beyond_all_numbers(given)? {
            self.budget.spend(8)?;
            self.text.push_str(BEYOND_ALL_NUMBERS);
            return Ok(());
        }
        let text = given.str()?;
        let text = text.to_str()?;
        self.budget.spend(text.len())?;
        if text.ends_with("NaN") || text.ends_with("Infinity") {
            return Err(PyTypeError::new_err("Infinity and NaN not supported"));
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// A number that the builder refuses as too large.
const BEYOND_ALL_NUMBERS: &str = "1E+200";

/// Whether an int is larger than any number of DynamoDB. Python does not write out the largest of them, and would take long.
fn is_beyond_all_numbers(given: &Any<'_>) -> PyResult<bool> {
    if given.cast::<PyInt>().is_err() {
        return Ok(false);
    }
    // The largest number has 126 digits, which is 419 bits.
    Ok(given.call_method0(intern!(given.py(), "bit_length"))?.extract::<u64>()? > 512)
}

fn kind_of_set(element: &Any<'_>) -> PyResult<Kind> {
    if element.cast::<PyString>().is_ok() {
        Ok(Kind::Ss)
    } else if element.cast::<PyBool>().is_err() && is_number(element)? {
        Ok(Kind::Ns)
    } else if element.cast::<PyFloat>().is_ok() {
        Err(PyTypeError::new_err("Float types are not supported. Use Decimal types instead."))
    } else if binary(element)?.is_some() {
        Ok(Kind::Bs)
    } else {
        Err(unsupported(element, "str, int, Decimal or bytes as an element of a set"))
    }
}

fn is_number(given: &Any<'_>) -> PyResult<bool> {
    Ok(given.cast::<PyInt>().is_ok() || given.is_instance(decimal(given.py())?)?)
}

fn is_set(given: &Any<'_>) -> PyResult<bool> {
    if given.cast::<PySet>().is_ok() || given.cast::<PyFrozenSet>().is_ok() {
        return Ok(true);
    }
    static SET: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    given.is_instance(SET.import(given.py(), "collections.abc", "Set")?)
}

/// The bytes of a binary value, or nothing when it is none.
pub(crate) fn binary(given: &Any<'_>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if let Ok(bytes) = given.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec()));
    }
    if given.cast::<PyMemoryView>().is_ok() {
        return Ok(Some(given.call_method0(intern!(given.py(), "tobytes"))?.cast::<PyBytes>()?.as_bytes().to_vec()));
    }
    // boto3's Binary, known by its name so that boto3 need not be imported.
    if given.get_type().name()? == "Binary" {
        return binary(&given.getattr(intern!(given.py(), "value"))?);
    }
    Ok(None)
}

fn decimal(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

/// A dict of native values.
pub(crate) fn to_dict<'py>(py: Python<'py>, item: ItemRef<'_>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in item {
        dict.set_item(name, to_python(py, value)?)?;
    }
    Ok(dict)
}

fn to_python<'py>(py: Python<'py>, value: ValueRef<'_>) -> PyResult<Any<'py>> {
    Ok(match value.kind() {
        Kind::S => PyString::new(py, value.as_str().unwrap_or_default()).into_any(),
        Kind::N => value.as_number().map_or_else(|| Ok(py.None().into_bound(py)), |number| to_decimal(py, &number))?,
        Kind::B => PyBytes::new(py, value.scalar_bytes()).into_any(),
        Kind::Bool => PyBool::new(py, value.as_bool() == Some(true)).to_owned().into_any(),
        Kind::Null => py.None().into_bound(py),
        Kind::L => {
            let elements = value.elements().map(|element| to_python(py, element)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, elements)?.into_any()
        }
        Kind::M => {
            let dict = PyDict::new(py);
            for (name, member) in value.members() {
                dict.set_item(name, to_python(py, member)?)?;
            }
            dict.into_any()
        }
        Kind::Ss | Kind::Ns | Kind::Bs => to_set(py, value)?.into_any(),
    })
}

fn to_set<'py>(py: Python<'py>, value: ValueRef<'_>) -> PyResult<Bound<'py, PySet>> {
    let set = PySet::empty(py)?;
    match value.kind() {
        Kind::Ns => value.set_numbers().try_for_each(|number| set.add(to_decimal(py, &number)?))?,
        Kind::Bs => value.set_elements().try_for_each(|bytes| set.add(PyBytes::new(py, bytes)))?,
        _ => value.set_elements().try_for_each(|bytes| set.add(PyString::from_bytes(py, bytes)?))?,
    }
    Ok(set)
}

fn to_decimal<'py>(py: Python<'py>, number: &Number) -> PyResult<Any<'py>> {
    let mut text = String::with_capacity(40);
    number.write(&mut text);
    decimal(py)?.call1((text,))
}
