//! BatchWriteItem: up to 25 puts and deletes, each on its own.

use std::borrow::Cow;

use super::{ReturnConsumedCapacity, Supplied};
use crate::capacity::ConsumedCapacity;
use crate::value::Item;

/// The request.
#[derive(Debug)]
pub struct BatchWriteItem<'a> {
    /// `RequestItems`, in document order.
    pub tables: Vec<(Cow<'a, str>, Vec<WriteRequest>)>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
}

/// One element: exactly one of the two.
#[derive(Clone, Debug, Default)]
pub struct WriteRequest {
    /// `PutRequest.Item`.
    pub put: Option<Supplied<Item>>,
    /// `DeleteRequest.Key`.
    pub delete: Option<Supplied<Item>>,
}

/// The answer. Nothing stays unprocessed while no throttling is configured.
#[derive(Debug, Default)]
pub struct BatchWritten {
    /// `ConsumedCapacity`, one a table.
    pub capacity: Option<Vec<ConsumedCapacity>>,
}
