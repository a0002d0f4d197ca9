//! GetItem: one item by its key.

use std::borrow::Cow;

use super::{NamedTexts, ReturnConsumedCapacity, Supplied};
use crate::capacity::ConsumedCapacity;
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
