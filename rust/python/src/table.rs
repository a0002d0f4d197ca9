//! `TableHandle`: one table by native values, straight into the engine's requests and back, with no typed dicts between.

#![allow(clippy::too_many_arguments, reason = "the members of operations, each named in Python")]

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use statordb_engine::Engine;
use statordb_engine::error::Error;
use statordb_engine::expr::Substitutions;
use statordb_engine::ops::batch_get_item::{BatchGetItem, KeysOfTable, RequestedKey, RowsByTable};
use statordb_engine::ops::batch_write_item::{BatchWriteItem, WriteRequest};
use statordb_engine::ops::delete_item::DeleteItem;
use statordb_engine::ops::get_item::GetItem;
use statordb_engine::ops::put_item::PutItem;
use statordb_engine::ops::query::Query;
use statordb_engine::ops::scan::Scan;
use statordb_engine::ops::update_item::UpdateItem;
use statordb_engine::ops::{
    Caller, ConditionParameters, NamedTexts, Page, ReturnConsumedCapacity, ReturnValues, Rows, Select, Written,
};
use statordb_engine::value::{Item, ItemRef};

use crate::database::{Opened, settled};
use crate::errors::{self, Door};
use crate::guard::guarded;
use crate::native;

type Any<'py> = Bound<'py, PyAny>;
/// Items, how many they are, how many were read, and where to go on.
type PageOut<'py> = (Bound<'py, PyList>, u64, u64, Option<Bound<'py, PyDict>>);

/// A table of an open database, by name or ARN.
#[pyclass(frozen, module = "statordb._core")]
pub(crate) struct TableHandle {
    database: Arc<Opened>,
    name: String,
}

impl TableHandle {
    pub(crate) fn new(database: Arc<Opened>, name: String) -> Self {
        Self { database, name }
    }

    fn table(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    /// Carries out an operation. What stops it becomes an exception.
    fn run<T>(
        &self,
        py: Python<'_>,
        operation: &'static str,
        run: impl FnOnce(&Engine) -> Result<T, Stopped>,
    ) -> PyResult<T> {
        let engine = self.database.engine()?;
        let told = |error| {
            let caller = Caller { region: self.database.region() };
            errors::failed(py, operation, &engine.told(error, &caller).into(), Door::Native)
        };
        guarded(py, operation, || {
            let (result, unsettled) = engine.unsettled(|| run(&engine));
            // Neither a result nor a failed condition is shown before what it tells of is durable.
            settled(py, &engine, unsettled).map_err(told)?;
            result.map_err(|stopped| match stopped {
                Stopped::ByPython(error) => error,
                Stopped::ByEngine(error) => told(error),
            })
        })
    }
}

/// Runs what may wait for a disk, without the lock of the interpreter where there is one.
fn reaching<T: Send>(py: Python<'_>, engine: &Engine, work: impl Send + FnOnce() -> T) -> T {
    if engine.is_persistent() { py.detach(work) } else { work() }
}

/// Why an operation was not carried out.
enum Stopped {
    /// Something given is no value of an item.
    ByPython(PyErr),
    /// The engine's answer.
    ByEngine(Error),
}

impl From<PyErr> for Stopped {
    fn from(error: PyErr) -> Self {
        Self::ByPython(error)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::ByEngine(error)
    }
}

/// The names and values of an expression.
fn substitutions(names: Option<&Any<'_>>, values: Option<&Any<'_>>) -> PyResult<Substitutions<'static>> {
    let values = values.map(native::named_values).transpose()?;
    Ok(Substitutions { names: texts(names)?, values })
}

fn texts(given: Option<&Any<'_>>) -> PyResult<Option<NamedTexts<'static>>> {
    let Some(given) = given else { return Ok(None) };
    let mut texts = Vec::new();
    native::each_member(given, |name, text| {
        texts.push((Cow::Owned(name.to_owned()), Cow::Owned(text.extract()?)));
        Ok(())
    })?;
    Ok(Some(texts))
}

fn condition(expression: Option<&str>, return_old_on_failure: bool) -> ConditionParameters<'_> {
    ConditionParameters { expression: expression.map(Cow::Borrowed), return_old_on_failure, ..Default::default() }
}

fn return_values(name: &str) -> PyResult<ReturnValues> {
    Ok(match name {
        "NONE" => ReturnValues::None,
        "ALL_OLD" => ReturnValues::AllOld,
        "UPDATED_OLD" => ReturnValues::UpdatedOld,
        "ALL_NEW" => ReturnValues::AllNew,
        "UPDATED_NEW" => ReturnValues::UpdatedNew,
        _ => {
            let message =
                format!("invalid return_values `{name}`: expected NONE, ALL_OLD, UPDATED_OLD, ALL_NEW or UPDATED_NEW");
            return Err(errors::refused(&message));
        }
    })
}

fn attributes(py: Python<'_>, written: Written) -> PyResult<Option<Bound<'_, PyDict>>> {
    written.attributes.map(|item| native::to_dict(py, item.view())).transpose()
}

fn items<'py>(py: Python<'py>, rows: &[Item]) -> PyResult<Bound<'py, PyList>> {
    let dicts = rows.iter().map(|item| native::to_dict(py, item.view())).collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, dicts)
}

fn page<'py>(py: Python<'py>, page: Page, rows: &[Item]) -> PyResult<PageOut<'py>> {
    let last_key = page.last_evaluated_key.map(|key| native::to_dict(py, key.view())).transpose()?;
    Ok((items(py, rows)?, page.count, page.scanned_count, last_key))
}

/// The rows of one table's batch.
#[derive(Default)]
struct Batch(Vec<Item>);

impl Rows for Batch {
    fn row(&mut self, item: ItemRef<'_>) {
        self.0.push(item.to_item());
    }
}

impl RowsByTable for Batch {
    fn table(&mut self, _: &str) {}
}

#[pymethods]
impl TableHandle {
    fn put<'py>(
        &self,
        py: Python<'py>,
        item: &Any<'py>,
        condition_expression: Option<&str>,
        names: Option<&Any<'py>>,
        values: Option<&Any<'py>>,
        return_values_of: &str,
        return_old_on_failure: bool,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.run(py, "PutItem", |engine| {
            let request = PutItem {
                table: self.table(),
                item: native::item(item)?,
                condition: condition(condition_expression, return_old_on_failure),
                substitutions: substitutions(names, values)?,
                return_values: return_values(return_values_of)?,
                return_consumed_capacity: ReturnConsumedCapacity::None,
                return_item_collection_metrics: false,
            };
            let written = reaching(py, engine, || engine.put_item(&request))?;
            Ok(attributes(py, written)?)
        })
    }

    fn get<'py>(
        &self,
        py: Python<'py>,
        key: &Any<'py>,
        projection: Option<&str>,
        names: Option<&Any<'py>>,
        consistent: bool,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.run(py, "GetItem", |engine| {
            let request = GetItem {
                table: self.table(),
                key: native::item(key)?,
                attributes_to_get: None,
                consistent_read: consistent,
                return_consumed_capacity: ReturnConsumedCapacity::None,
                projection_expression: projection.map(Cow::Borrowed),
                names: texts(names)?,
            };
            let got = reaching(py, engine, || engine.get_item(request))?;
            Ok(got.item.map(|item| native::to_dict(py, item.view())).transpose()?)
        })
    }

    fn update<'py>(
        &self,
        py: Python<'py>,
        key: &Any<'py>,
        update_expression: &str,
        condition_expression: Option<&str>,
        names: Option<&Any<'py>>,
        values: Option<&Any<'py>>,
        return_values_of: &str,
        return_old_on_failure: bool,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.run(py, "UpdateItem", |engine| {
            let request = UpdateItem {
                table: self.table(),
                key: native::item(key)?,
                update_expression: Some(Cow::Borrowed(update_expression)),
                attribute_updates: None,
                condition: condition(condition_expression, return_old_on_failure),
                substitutions: substitutions(names, values)?,
                return_values: return_values(return_values_of)?,
                return_consumed_capacity: ReturnConsumedCapacity::None,
                return_item_collection_metrics: false,
            };
            let written = reaching(py, engine, || engine.update_item(&request))?;
            Ok(attributes(py, written)?)
        })
    }

    fn delete<'py>(
        &self,
        py: Python<'py>,
        key: &Any<'py>,
        condition_expression: Option<&str>,
        names: Option<&Any<'py>>,
        values: Option<&Any<'py>>,
        return_values_of: &str,
        return_old_on_failure: bool,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.run(py, "DeleteItem", |engine| {
            let request = DeleteItem {
                table: self.table(),
                key: native::item(key)?,
                condition: condition(condition_expression, return_old_on_failure),
                substitutions: substitutions(names, values)?,
                return_values: return_values(return_values_of)?,
                return_consumed_capacity: ReturnConsumedCapacity::None,
                return_item_collection_metrics: false,
            };
            let written = reaching(py, engine, || engine.delete_item(&request))?;
            Ok(attributes(py, written)?)
        })
    }

    fn query<'py>(
        &self,
        py: Python<'py>,
        key_condition: &str,
        filter: Option<&str>,
        projection: Option<&str>,
        names: Option<&Any<'py>>,
        values: Option<&Any<'py>>,
        index: Option<&str>,
        forward: bool,
        consistent: bool,
        page_size: Option<u32>,
        start_key: Option<&Any<'py>>,
        count_only: bool,
    ) -> PyResult<PageOut<'py>> {
        self.run(py, "Query", |engine| {
            let query = Query {
                table: self.table(),
                index: index.map(Cow::Borrowed),
                select: count_only.then_some(Select::Count),
                attributes_to_get: None,
                limit: page_size,
                consistent_read: consistent,
                key_conditions: None,
                query_filter: None,
                conditional_operator: None,
                scan_index_forward: forward,
                exclusive_start_key: start_key.map(native::item).transpose()?,
                return_consumed_capacity: ReturnConsumedCapacity::None,
                projection_expression: projection.map(Cow::Borrowed),
                filter_expression: filter.map(Cow::Borrowed),
                key_condition_expression: Some(Cow::Borrowed(key_condition)),
                substitutions: substitutions(names, values)?,
            };
            let mut rows = Vec::new();
            let read = py.detach(|| engine.query(&query, &mut rows))?;
            Ok(page(py, read, &rows)?)
        })
    }

    fn scan<'py>(
        &self,
        py: Python<'py>,
        filter: Option<&str>,
        projection: Option<&str>,
        names: Option<&Any<'py>>,
        values: Option<&Any<'py>>,
        index: Option<&str>,
        consistent: bool,
        page_size: Option<u32>,
        start_key: Option<&Any<'py>>,
        count_only: bool,
        segment: Option<u32>,
        total_segments: Option<u32>,
    ) -> PyResult<PageOut<'py>> {
        self.run(py, "Scan", |engine| {
            let scan = Scan {
                table: self.table(),
                index: index.map(Cow::Borrowed),
                select: count_only.then_some(Select::Count),
                attributes_to_get: None,
                limit: page_size,
                consistent_read: consistent,
                scan_filter: None,
                conditional_operator: None,
                exclusive_start_key: start_key.map(native::item).transpose()?,
                return_consumed_capacity: ReturnConsumedCapacity::None,
                total_segments,
                segment,
                projection_expression: projection.map(Cow::Borrowed),
                filter_expression: filter.map(Cow::Borrowed),
                substitutions: substitutions(names, values)?,
            };
            let mut rows = Vec::new();
            let read = py.detach(|| engine.scan(&scan, &mut rows))?;
            Ok(page(py, read, &rows)?)
        })
    }

    /// Reads up to 100 keys; gives the items, and the keys that did not fit into one answer.
    fn batch_get<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyList>,
        projection: Option<&str>,
        names: Option<&Any<'py>>,
        consistent: bool,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        self.run(py, "BatchGetItem", |engine| {
            // Native numbers have one spelling, so equal keys are duplicates.
            let requested = |key| PyResult::Ok(RequestedKey { key: native::item(&key)?, spelling: 0 });
            let table = KeysOfTable {
                table: self.table(),
                keys: keys.iter().map(requested).collect::<PyResult<_>>()?,
                attributes_to_get: None,
                consistent_read: Some(consistent),
                projection_expression: projection.map(Cow::Borrowed),
                names: texts(names)?,
            };
            let request = BatchGetItem { tables: vec![table], return_consumed_capacity: ReturnConsumedCapacity::None };
            let mut rows = Batch::default();
            let got = py.detach(|| engine.batch_get_item(request, &mut rows))?;
            let left =
                got.unprocessed.into_iter().flat_map(|table| table.keys).filter_map(|requested| requested.key.ok());
            Ok((items(py, &rows.0)?, items(py, &left.collect::<Vec<_>>())?))
        })
    }

    /// Puts and deletes up to 25 items; gives the items and the keys of those that were not processed.
    fn batch_write<'py>(
        &self,
        py: Python<'py>,
        puts: &Bound<'py, PyList>,
        deletes: &Bound<'py, PyList>,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        self.run(py, "BatchWriteItem", |engine| {
            let put = |item| PyResult::Ok(WriteRequest { put: Some(native::item(&item)?), delete: None });
            let delete = |key| PyResult::Ok(WriteRequest { put: None, delete: Some(native::item(&key)?) });
            let requests = puts.iter().map(put).chain(deletes.iter().map(delete)).collect::<PyResult<_>>()?;
            let request = BatchWriteItem {
                tables: vec![(self.table(), requests)],
                return_consumed_capacity: ReturnConsumedCapacity::None,
                return_item_collection_metrics: false,
            };
            let written = py.detach(|| engine.batch_write_item(&request))?;
            let left = || written.unprocessed.iter().flat_map(|(_, requests)| requests);
            let puts = left().filter_map(|request| request.put.clone()?.ok());
            let deletes = left().filter_map(|request| request.delete.clone()?.ok());
            Ok((items(py, &puts.collect::<Vec<_>>())?, items(py, &deletes.collect::<Vec<_>>())?))
        })
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TableHandle>()
}
