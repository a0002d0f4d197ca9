//! BatchGetItem: up to 100 items by key, from several tables.

use std::borrow::Cow;

use super::{NamedTexts, ReturnConsumedCapacity, Rows, Supplied};
use crate::capacity::ConsumedCapacity;
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
    pub keys: Vec<Supplied<Item>>,
    /// `AttributesToGet`.
    pub attributes_to_get: Option<Vec<Cow<'a, str>>>,
    /// `ConsistentRead`; absent is remembered, since unprocessed keys repeat the settings.
    pub consistent_read: Option<bool>,
    /// `ProjectionExpression`.
    pub projection_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames`.
    pub names: Option<NamedTexts<'a>>,
}

/// Takes the rows of a BatchGetItem, table by table.
pub trait RowsByTable: Rows {
    /// The rows that follow are of this table, named as in the request. Called once for each table of the request.
    fn table(&mut self, name: &str);
}

/// The answer beside the rows.
#[derive(Debug, Default)]
pub struct BatchGot<'a> {
    /// `UnprocessedKeys`: what did not fit, with the settings of its table.
    pub unprocessed: Vec<KeysOfTable<'a>>,
    /// `ConsumedCapacity`, one a table.
    pub capacity: Option<Vec<ConsumedCapacity>>,
}
