//! PutItem: insert or replace one item.

use std::borrow::Cow;

use super::parameters::{check_not_mixed, check_return_values, supplied};
use super::{ConditionParameters, ItemCollectionMetrics, ReturnConsumedCapacity, ReturnValues, Supplied, Written};
use crate::Engine;
use crate::error::{Error, Result};
use crate::expr::{ExpressionKind, Substitutions, Usage};
use crate::limits::ITEM_BYTES_MAX;
use crate::value::Item;
use crate::write::{Action, Condition, Write};

/// The request.
#[derive(Debug)]
pub struct PutItem<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Item`.
    pub item: Supplied<Item>,
    /// `ConditionExpression`, or `Expected` and `ConditionalOperator`.
    pub condition: ConditionParameters<'a>,
    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub substitutions: Substitutions<'a>,
    /// `ReturnValues`.
    pub return_values: ReturnValues,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `ReturnItemCollectionMetrics` is `SIZE`.
    pub return_item_collection_metrics: bool,
}

impl Engine {
    /// Puts one item.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, ConditionalCheckFailedException.
    pub fn put_item(&self, request: &PutItem<'_>) -> Result<Written> {
        self.put(request).map_err(|error| self.options.wording.in_envelope(error))
    }

    fn put(&self, request: &PutItem<'_>) -> Result<Written> {
        let parameters = &request.condition;
        check_not_mixed(&parameters.legacy_presence(), &[parameters.presence()])?;
        let item = supplied(&request.item)?;
        check_return_values(request.return_values)?;
        check_size(item)?;
        let expected = parameters.check_expected()?;
        let names_placeholders = self.options.wording.writes_name_placeholders();
        request.substitutions.check(&[parameters.presence()], names_placeholders)?;
        let parsed = self.parse_condition(ExpressionKind::Condition, parameters.expression.as_deref())?;
        let mut usage = Usage::default();
        let condition = Condition::bind(parsed.as_deref(), expected, &request.substitutions, &mut usage)?;
        request.substitutions.check_all_used(&usage)?;
        let table = self.table(&request.table)?;
        let key = table.schema().encode_item(item.view())?;
        condition.check_against(&table)?;
        let write = Write {
            table: &table,
            key,
            action: Action::Put(item.clone()),
            condition,
            return_old_on_failure: parameters.return_old_on_failure,
        };
        let applied = self.apply_one(&write)?;
        let asked = request.return_consumed_capacity;
        let wants_metrics = request.return_item_collection_metrics;
        let metrics = if wants_metrics { ItemCollectionMetrics::of(&write, &applied) } else { None };
        let capacity = applied.spent().report(asked, table.name());
        let attributes = if request.return_values == ReturnValues::AllOld { applied.old } else { None };
        Ok(Written { attributes, capacity, metrics })
    }
}

/// An item as a whole is at most 400 KB.
pub(crate) fn check_size(item: &Item) -> Result<()> {
    if item.view().size() <= ITEM_BYTES_MAX {
        return Ok(());
    }
    Err(Error::item_too_large())
}
