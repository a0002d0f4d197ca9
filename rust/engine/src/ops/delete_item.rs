//! DeleteItem: remove one item by its key.

use std::borrow::Cow;

use super::parameters::{check_not_mixed, check_return_values, supplied};
use super::{ConditionParameters, ItemCollectionMetrics, ReturnConsumedCapacity, ReturnValues, Supplied, Written};
use crate::Engine;
use crate::error::Result;
use crate::expr::{ExpressionKind, Substitutions, Usage};
use crate::value::Item;
use crate::write::{Action, Condition, Write};

/// The request.
#[derive(Debug)]
pub struct DeleteItem<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Key`.
    pub key: Supplied<Item>,
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
    /// Deletes one item; one that does not exist is no error.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, ConditionalCheckFailedException.
    pub fn delete_item(&self, request: &DeleteItem<'_>) -> Result<Written> {
        let parameters = &request.condition;
        check_not_mixed(&parameters.legacy_presence(), &[parameters.presence()])?;
        let key = supplied(&request.key)?;
        check_return_values(request.return_values)?;
        let expected = parameters.check_expected()?;
        request.substitutions.check(&[parameters.presence()], true)?;
        let parsed = self.parse_condition(ExpressionKind::Condition, parameters.expression.as_deref())?;
        let mut usage = Usage::default();
        let condition = Condition::bind(parsed.as_deref(), expected, &request.substitutions, &mut usage)?;
        request.substitutions.check_all_used(&usage)?;
        let table = self.table(&request.table)?;
        let tree_key = table.schema().encode_key(key.view())?;
        condition.check_against(&table)?;
        let write = Write {
            table: &table,
            key: tree_key,
            action: Action::Delete(key.clone()),
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
