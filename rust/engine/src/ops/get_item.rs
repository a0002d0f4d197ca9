//! GetItem: one item by its key.

use std::borrow::Cow;

use super::parameters::{ReadProjection, check_attributes_to_get, check_not_mixed, supplied};
use super::{NamedTexts, ReturnConsumedCapacity, Supplied};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, HalfUnits};
use crate::error::Result;
use crate::expr::Substitutions;
use crate::traffic::Single;
use crate::value::Item;

/// The request.
#[derive(Debug)]
pub struct GetItem<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Key`.
    pub key: Supplied<Item>,
    /// `AttributesToGet`, the legacy projection.
    pub attributes_to_get: Option<Vec<Cow<'a, str>>>,
    /// `ConsistentRead`.
    pub consistent_read: bool,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `ProjectionExpression`.
    pub projection_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames`.
    pub names: Option<NamedTexts<'a>>,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Got {
    /// The item, projected; absent when there is none.
    pub item: Option<Item>,
    /// `ConsumedCapacity`.
    pub capacity: Option<ConsumedCapacity>,
}

impl Engine {
    /// Reads one item.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException.
    pub fn get_item(&self, request: GetItem<'_>) -> Result<Got> {
        let legacy = request.attributes_to_get.as_deref();
        check_not_mixed(
            &[("AttributesToGet", legacy.is_some())],
            &[("ProjectionExpression", request.projection_expression.is_some())],
        )?;
        let key = supplied(&request.key)?;
        check_attributes_to_get(legacy)?;
        let substitutions = Substitutions { names: request.names, values: None };
        substitutions.check(&[("ProjectionExpression", request.projection_expression.is_some())], true)?;
        let expression = self.parse_projection(request.projection_expression.as_deref())?;
        let projection = ReadProjection {
            attributes_to_get: legacy,
            expression: expression.as_deref(),
            substitutions: &substitutions,
        };
        let projection = projection.bind()?;
        let table = self.table(&request.table)?;
        let tree_key = table.schema().encode_key(key.view())?;
        if let Some(projection) = &projection {
            table.check_paths(projection.paths())?;
        }
        let single = Single { table: &table, tree_key: &tree_key, key: key.view() };
        self.admit_get(single)?;
        let item = self.read_item(&table, &tree_key)?;
        let bytes = item.as_ref().map_or(0, |item| item.view().size());
        let units = HalfUnits::of_read(bytes, request.consistent_read);
        self.charge_get(single, units);
        let capacity = ConsumedCapacity::of_table(request.return_consumed_capacity, table.name(), units);
        let item = match &projection {
            None => item,
            Some(projection) => item.map(|item| projection.project(item.view())),
        };
        Ok(Got { item, capacity })
    }
}
