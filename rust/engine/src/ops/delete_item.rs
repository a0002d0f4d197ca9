//! DeleteItem: remove one item by its key.

use std::borrow::Cow;

use super::{ConditionParameters, ReturnConsumedCapacity, ReturnValues, Supplied};
use crate::expr::Substitutions;
use crate::value::Item;

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
}
