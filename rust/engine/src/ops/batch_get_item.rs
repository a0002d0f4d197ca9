//! BatchGetItem: up to 100 items by key, from several tables.

use std::borrow::Cow;

use std::collections::HashSet;
use std::sync::Arc;

use statordb_store::TreeId;

use super::parameters::{Presence, ReadProjection, check_attributes_to_get, check_not_mixed, supplied};
use super::{NamedTexts, ReturnConsumedCapacity, Rows, Supplied};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, HalfUnits};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{BoundProjection, Projection, Substitutions};
use crate::limits::{BATCH_GET_BYTES_MAX, BATCH_GET_KEYS_MAX};
use crate::traffic::Single;
use crate::value::Item;

/// The request.
#[derive(Debug)]
pub struct BatchGetItem<'a> {
    /// `RequestItems`, in document order.
    pub tables: Vec<KeysOfTable<'a>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
}

/// What to read from one table.
#[derive(Debug)]
pub struct KeysOfTable<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Keys`.
    pub keys: Vec<RequestedKey>,
    /// `AttributesToGet`.
    pub attributes_to_get: Option<Vec<Cow<'a, str>>>,
    /// `ConsistentRead`; absent is remembered, since unprocessed keys repeat the settings.
    pub consistent_read: Option<bool>,
    /// `ProjectionExpression`.
    pub projection_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames`.
    pub names: Option<NamedTexts<'a>>,
}

/// One element of `Keys`.
#[derive(Clone, Debug)]
pub struct RequestedKey {
    /// The key.
    pub key: Supplied<Item>,
    /// Tells apart keys that are equal by value but were written differently, such as `1` and `1.0`: only keys written
    /// alike are duplicates here (recorded on AWS). Equal spellings of equal keys give equal numbers.
    pub spelling: u64,
}

/// Takes the rows of a BatchGetItem, table by table.
pub trait RowsByTable: Rows {
    /// The rows that follow are of this table, named as in the request. Called once for each table of the request.
    fn table(&mut self, name: &str);
}

/// The answer beside the rows.
#[derive(Debug, Default)]
pub struct BatchGot<'a> {
    /// `UnprocessedKeys`: what did not fit or was throttled, with the settings of its table.
    pub unprocessed: Vec<KeysOfTable<'a>>,
    /// `ConsumedCapacity`, one a table.
    pub capacity: Option<Vec<ConsumedCapacity>>,
}

impl Engine {
    /// Reads items by key, and pushes them into `rows`, table by table. What does not fit into one answer is returned
    /// as unprocessed.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, ProvisionedThroughputExceededException and ThrottlingException when
    /// all keys were throttled; none once a row was pushed, but for a damaged store.
    pub fn batch_get_item<'a>(&self, request: BatchGetItem<'a>, rows: &mut dyn RowsByTable) -> Result<BatchGot<'a>> {
        request.check_parameters()?;
        let substitutions = request.tables.iter().map(KeysOfTable::substitutions).collect::<Vec<_>>();
        let parsed = self.parse_projections(&request.tables, &substitutions)?;
        let mut reads = Vec::with_capacity(request.tables.len());
        for ((keys, substitutions), parsed) in request.tables.iter().zip(&substitutions).zip(&parsed) {
            reads.push(keys.bind(parsed.as_deref(), substitutions)?);
        }
        let tables = request.tables.iter().map(|keys| self.table(&keys.table)).collect::<Result<Vec<_>>>()?;
        let mut encoded = Vec::with_capacity(tables.len());
        let mut seen = HashSet::new();
        for ((keys, table), projection) in request.tables.iter().zip(&tables).zip(&reads) {
            encoded.push(keys.encode(table, projection.as_ref(), &mut seen)?);
        }
        let mut budget = BATCH_GET_BYTES_MAX;
        let mut left = Left::default();
        let mut capacity = Vec::with_capacity(tables.len());
        for (place, table) in tables.iter().enumerate() {
            let (Some(keys), Some(read), Some(tree_keys)) =
                (request.tables.get(place), reads.get(place), encoded.get(place))
            else {
                continue;
            };
            rows.table(&keys.table);
            let consistent = keys.consistent_read == Some(true);
            let read = TableRead { table, projection: read.as_ref(), consistent, keys: &keys.keys };
            left.places.push(Vec::new());
            let units = self.read_keys(&read, tree_keys, &mut budget, &mut left, rows)?;
            capacity.extend(ConsumedCapacity::of_table(request.return_consumed_capacity, table.name(), units));
        }
        drop(reads);
        let asked = request.return_consumed_capacity != ReturnConsumedCapacity::None;
        let left = left.finish()?;
        let unprocessed = request.tables.into_iter().zip(left).filter_map(|(keys, left)| keys.rest(&left)).collect();
        Ok(BatchGot { unprocessed, capacity: asked.then_some(capacity) })
    }

    fn parse_projections(
        &self,
        tables: &[KeysOfTable<'_>],
        substitutions: &[Substitutions<'_>],
    ) -> Result<Vec<Option<Arc<Projection>>>> {
        let parse = |(keys, substitutions): (&KeysOfTable<'_>, &Substitutions<'_>)| {
            substitutions.check(&[keys.presence()], true)?;
            self.parse_projection(keys.projection_expression.as_deref())
        };
        tables.iter().zip(substitutions).map(parse).collect()
    }

    /// Reads the keys of one table while the answer has room; notes those that are left, and tells what the others cost.
    fn read_keys(
        &self,
        read: &TableRead<'_>,
        keys: &[Vec<u8>],
        budget: &mut usize,
        left: &mut Left,
        rows: &mut dyn RowsByTable,
    ) -> Result<HalfUnits> {
        let mut units = HalfUnits::default();
        let mut seen = HashSet::new();
        for (place, (key, requested)) in keys.iter().zip(read.keys).enumerate() {
            let single = Single { table: read.table, tree_key: key, key: supplied(&requested.key)?.view() };
            if !left.unless_throttled(place, self.admit_get(single))? {
                continue;
            }
            let item = self.read_item(read.table, key)?;
            let bytes = item.as_ref().map_or(0, |item| item.view().size());
            if bytes > *budget {
                left.add_from(place, keys.len());
                return Ok(units);
            }
            *budget -= bytes;
            let spent = HalfUnits::of_read(bytes, read.consistent);
            self.charge_get(single, spent);
            units += spent;
            if let Some(item) = item
                && seen.insert(key)
            {
                match read.projection {
                    None => rows.row(item.view()),
                    Some(projection) => rows.row(projection.project(item.view()).view()),
                }
            }
        }
        Ok(units)
    }
}

/// The keys of a batch that were not read.
#[derive(Default)]
struct Left {
    /// Their places, table by table.
    places: Vec<Vec<usize>>,
    /// The first one that was throttled.
    throttled: Option<Error>,
    /// Whether another fate than being throttled was met.
    has_other: bool,
}

impl Left {
    /// Whether a key was let in; one that was throttled is noted.
    fn unless_throttled(&mut self, place: usize, admitted: Result<()>) -> Result<bool> {
        match admitted {
            Err(error) if error.is_throttled() => {
                self.throttled.get_or_insert(error);
                self.add_from(place, place + 1);
                Ok(false)
            }
            admitted => {
                self.has_other = true;
                admitted.map(|()| true)
            }
        }
    }

    /// Notes the keys from a place on.
    fn add_from(&mut self, place: usize, end: usize) {
        if let Some(places) = self.places.last_mut() {
            places.extend(place..end);
        }
    }

    /// What is left of each table; an error when everything was throttled.
    fn finish(self) -> Result<Vec<Vec<usize>>> {
        match self.throttled {
            Some(error) if !self.has_other => Err(error),
            _ => Ok(self.places),
        }
    }
}

/// How one table of the batch is read.
struct TableRead<'a> {
    table: &'a Table,
    projection: Option<&'a BoundProjection<'a>>,
    consistent: bool,
    keys: &'a [RequestedKey],
}

impl BatchGetItem<'_> {
    fn check_parameters(&self) -> Result<()> {
        if self.tables.iter().map(|table| table.keys.len()).sum::<usize>() > BATCH_GET_KEYS_MAX {
            return Err(Error::validation("Too many items requested for the BatchGetItem call"));
        }
        // The two ways to project exclude each other even across tables (captured on AWS in 2026).
        let legacy = self.tables.iter().any(|table| table.attributes_to_get.is_some());
        let expression = self.tables.iter().any(|table| table.projection_expression.is_some());
        check_not_mixed(&[("AttributesToGet", legacy)], &[("ProjectionExpression", expression)])?;
        for table in &self.tables {
            table.keys.iter().try_for_each(|key| supplied(&key.key).map(|_| ()))?;
            check_attributes_to_get(table.attributes_to_get.as_deref())?;
        }
        Ok(())
    }
}

impl<'a> KeysOfTable<'a> {
    fn presence(&self) -> Presence {
        ("ProjectionExpression", self.projection_expression.is_some())
    }

    fn substitutions(&self) -> Substitutions<'a> {
        Substitutions { names: self.names.clone(), values: None }
    }

    fn bind<'b>(
        &'b self,
        expression: Option<&'b Projection>,
        substitutions: &'b Substitutions<'b>,
    ) -> Result<Option<BoundProjection<'b>>> {
        ReadProjection { attributes_to_get: self.attributes_to_get.as_deref(), expression, substitutions }.bind()
    }

    /// The tree keys; refuses keys that do not fit the table, and equal ones, whatever the table is called.
    fn encode(
        &self,
        table: &Table,
        projection: Option<&BoundProjection<'_>>,
        seen: &mut HashSet<(TreeId, Vec<u8>, u64)>,
    ) -> Result<Vec<Vec<u8>>> {
        let mut encoded = Vec::with_capacity(self.keys.len());
        for requested in &self.keys {
            let key = table.schema().encode_key(supplied(&requested.key)?.view())?;
            if !seen.insert((table.tree, key.clone(), requested.spelling)) {
                return Err(Error::validation("Provided list of item keys contains duplicates"));
            }
            encoded.push(key);
        }
        projection.map_or(Ok(()), |projection| table.check_paths(projection.paths()))?;
        Ok(encoded)
    }

    /// What is left when all keys were read but those at `places`, which ascend.
    fn rest(mut self, places: &[usize]) -> Option<Self> {
        let mut place = 0..;
        self.keys.retain(|_| place.next().is_some_and(|place| places.binary_search(&place).is_ok()));
        if self.keys.is_empty() { None } else { Some(self) }
    }
}
