//! UpdateItem: edit one item, or make it.

use std::borrow::Cow;

use super::{ConditionParameters, LegacyMap, ReturnConsumedCapacity, ReturnValues, Supplied};
use crate::expr::Substitutions;
use crate::value::{EncodedValue, Item};

/// The request.
#[derive(Debug)]
pub struct UpdateItem<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Key`.
    pub key: Supplied<Item>,
    /// `UpdateExpression`.
    pub update_expression: Option<Cow<'a, str>>,
    /// `AttributeUpdates`, the legacy form.
    pub attribute_updates: Option<LegacyMap<'a, AttributeUpdate>>,
    /// `ConditionExpression`, or `Expected` and `ConditionalOperator`.
    pub condition: ConditionParameters<'a>,
    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub substitutions: Substitutions<'a>,
    /// `ReturnValues`.
    pub return_values: ReturnValues,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
}

/// One entry of `AttributeUpdates`.
#[derive(Clone, Debug)]
pub struct AttributeUpdate {
    /// `Action`; absent counts as `PUT`.
    pub action: AttributeAction,
    /// `Value`.
    pub value: Option<Supplied<EncodedValue>>,
}

/// What to do with an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttributeAction {
    /// Set it.
    #[default]
    Put,
    /// Add to a number, a set or a list.
    Add,
    /// Remove it, or elements of a set.
    Delete,
}
