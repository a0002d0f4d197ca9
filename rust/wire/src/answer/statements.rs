//! Answers of the operations of PartiQL.

use serde::ser::{Serialize, SerializeMap, Serializer};
use statordb_engine::ops::batch_execute_statement::{BatchExecuted, BatchResponse};
use statordb_engine::ops::execute_statement::Executed;
use statordb_engine::ops::execute_transaction::TransactionExecuted;

use super::{ItemBody, ResponseBody, Sequence, capacities, capacity, optional};
use crate::error::ReasonBody;

/// The answer of an ExecuteStatement without its rows.
pub(crate) struct ExecutedBody<'s>(pub(crate) &'s Executed);

impl Serialize for ExecutedBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        executed(self.0, &mut map)?;
        map.end()
    }
}

pub(super) fn executed<M: SerializeMap>(executed: &Executed, map: &mut M) -> Result<(), M::Error> {
    optional(map, "NextToken", executed.next_token.as_deref())?;
    optional(map, "LastEvaluatedKey", executed.last_evaluated_key.as_ref().map(|key| ItemBody(key.view())))?;
    capacity(executed.capacity.as_ref(), map)
}

pub(super) fn batch<M: SerializeMap>(executed: &BatchExecuted, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Responses", &Sequence(&executed.responses, BatchResponseBody))?;
    capacities(executed.capacity.as_deref(), map)
}

pub(super) fn transaction<M: SerializeMap>(executed: &TransactionExecuted, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("Responses", &Sequence(&executed.items, ResponseBody))?;
    capacities(executed.capacity.as_deref(), map)
}

struct BatchResponseBody<'s>(&'s BatchResponse);

impl Serialize for BatchResponseBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BatchResponse { error, table, item } = self.0;
        let mut map = serializer.serialize_map(None)?;
        optional(&mut map, "Error", error.as_ref().map(ReasonBody))?;
        optional(&mut map, "TableName", table.as_deref())?;
        optional(&mut map, "Item", item.as_ref().map(|item| ItemBody(item.view())))?;
        map.end()
    }
}
