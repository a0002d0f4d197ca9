//! BatchWriteItem: up to 25 puts and deletes, each on its own.

use std::borrow::Cow;

use std::collections::HashSet;
use std::sync::Arc;

use statordb_store::TreeId;

use super::parameters::supplied;
use super::put_item::check_size;
use super::{ItemCollectionMetrics, MetricsByTable, ReturnConsumedCapacity, Supplied, by_table};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, Spent};
use crate::catalog::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::BATCH_WRITE_REQUESTS_MAX;
use crate::value::Item;
use crate::write::{Action, Applied, Condition, Unsettled, Write};

/// The request.
#[derive(Debug)]
pub struct BatchWriteItem<'a> {
    /// `RequestItems`, in document order.
    pub tables: Vec<(Cow<'a, str>, Vec<WriteRequest>)>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `ReturnItemCollectionMetrics` is `SIZE`.
    pub return_item_collection_metrics: bool,
}

/// One element: exactly one of the two.
#[derive(Clone, Debug, Default)]
pub struct WriteRequest {
    /// `PutRequest.Item`.
    pub put: Option<Supplied<Item>>,
    /// `DeleteRequest.Key`.
    pub delete: Option<Supplied<Item>>,
}

/// Requests by the name of their table, as the request has it.
pub type RequestsByTable = Vec<(String, Vec<WriteRequest>)>;

/// The answer.
#[derive(Debug, Default)]
pub struct BatchWritten {
    /// `UnprocessedItems`: what was throttled, or met a transaction.
    pub unprocessed: RequestsByTable,
    /// `ConsumedCapacity`, one a table.
    pub capacity: Option<Vec<ConsumedCapacity>>,
    /// `ItemCollectionMetrics`.
    pub metrics: Option<MetricsByTable>,
}

impl Engine {
    /// Puts and deletes items, each on its own. What is wrong with one of them refuses all, before anything is written.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException; ProvisionedThroughputExceededException and ThrottlingException when
    /// all of them were throttled.
    pub fn batch_write_item(&self, request: &BatchWriteItem<'_>) -> Result<BatchWritten> {
        if request.tables.iter().map(|(_, requests)| requests.len()).sum::<usize>() > BATCH_WRITE_REQUESTS_MAX {
            return Err(Error::validation("Too many items requested for the BatchWriteItem call"));
        }
        let all = request.tables.iter().flat_map(|(_, requests)| requests);
        all.into_iter().try_for_each(|request| request.check())?;
        let find = |(name, _): &(Cow<'_, str>, _)| self.table(name);
        let tables = request.tables.iter().map(find).collect::<Result<Vec<Arc<Table>>>>()?;
        let mut seen = HashSet::new();
        let mut writes = Vec::with_capacity(tables.len());
        for (table, (_, requests)) in tables.iter().zip(&request.tables) {
            writes.push(table_writes(table, requests, &mut seen)?);
        }
        let mut unsettled = Unsettled::default();
        let written = self.write_batch(request, &tables, &writes, &mut unsettled);
        // Nothing is told of any of them, not even an error, before all that were written are durable.
        unsettled.settle(&*self.store)?;
        written
    }

    fn write_batch(
        &self,
        request: &BatchWriteItem<'_>,
        tables: &[Arc<Table>],
        writes: &[Vec<Write<'_>>],
        unsettled: &mut Unsettled,
    ) -> Result<BatchWritten> {
        let mut capacity = Vec::new();
        let mut metrics = Vec::new();
        let mut left = Left::default();
        for ((table, (name, requests)), writes) in tables.iter().zip(&request.tables).zip(writes) {
            let mut spent = Spent::default();
            for (write, request_of_it) in writes.iter().zip(requests) {
                let result = self.apply_unsettled(write, unsettled);
                let Some(applied) = left.unless_processed(result, name, request_of_it)? else {
                    continue;
                };
                spent.add(&applied.spent());
                if request.return_item_collection_metrics {
                    metrics.extend(ItemCollectionMetrics::of(write, &applied).map(|metrics| (table.name(), metrics)));
                }
            }
            capacity.extend(spent.report(request.return_consumed_capacity, table.name()));
        }
        let asked = request.return_consumed_capacity != ReturnConsumedCapacity::None;
        let metrics = request.return_item_collection_metrics.then(|| by_table(metrics));
        Ok(BatchWritten { unprocessed: left.finish()?, capacity: asked.then_some(capacity), metrics })
    }
}

/// What of a batch was not processed.
#[derive(Default)]
struct Left {
    requests: RequestsByTable,
    /// The first one that was throttled.
    throttled: Option<Error>,
    /// Whether another fate than being throttled was met.
    has_other: bool,
}

impl Left {
    /// What a write did, or nothing if it may be done later: then it is noted.
    fn unless_processed(
        &mut self,
        result: Result<Applied>,
        table: &str,
        request: &WriteRequest,
    ) -> Result<Option<Applied>> {
        let error = match result {
            Err(error) if error.is_throttled() => error,
            Err(error) if error.kind() == ErrorKind::TransactionConflict => {
                self.has_other = true;
                error
            }
            result => {
                self.has_other = true;
                return result.map(Some);
            }
        };
        if error.is_throttled() {
            self.throttled.get_or_insert(error);
        }
        match self.requests.last_mut().filter(|(name, _)| name == table) {
            Some((_, requests)) => requests.push(request.clone()),
            None => self.requests.push((table.to_owned(), vec![request.clone()])),
        }
        Ok(None)
    }

    /// What is left; an error when everything was throttled.
    fn finish(self) -> Result<RequestsByTable> {
        match self.throttled {
            Some(error) if !self.has_other => Err(error),
            _ => Ok(self.requests),
        }
    }
}

/// The writes of one table; refuses keys that do not fit it, and two requests for one item, also when the table is named
/// twice, by its name and by its ARN.
fn table_writes<'a>(
    table: &'a Table,
    requests: &[WriteRequest],
    seen: &mut HashSet<(TreeId, Vec<u8>)>,
) -> Result<Vec<Write<'a>>> {
    let live = table.live();
    let mut writes = Vec::with_capacity(requests.len());
    for request in requests {
        let (key, action) = request.plan(table)?;
        if !seen.insert((table.tree, key.clone())) {
            return Err(Error::validation("Provided list of item keys contains duplicates"));
        }
        let write = Write { table, key, action, condition: Condition::None, return_old_on_failure: false };
        write.check_index_keys(&live)?;
        writes.push(write);
    }
    Ok(writes)
}

impl WriteRequest {
    /// Exactly one of the two, and values that are values.
    fn check(&self) -> Result<()> {
        match (&self.put, &self.delete) {
            (Some(put), None) => check_size(supplied(put)?),
            (None, Some(delete)) => supplied(delete).map(|_| ()),
            _ => Err(Error::validation(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported \
                 datatypes",
            )),
        }
    }

    fn plan(&self, table: &Table) -> Result<(Vec<u8>, Action<'static>)> {
        match (&self.put, &self.delete) {
            (Some(put), _) => {
                let item = supplied(put)?;
                Ok((table.schema().encode_batch_item(item.view())?, Action::Put(item.clone())))
            }
            (None, Some(delete)) => {
                let key = supplied(delete)?;
                Ok((table.schema().encode_key(key.view())?, Action::Delete(key.clone())))
            }
            (None, None) => Err(Error::internal("a write request without a request")),
        }
    }
}
