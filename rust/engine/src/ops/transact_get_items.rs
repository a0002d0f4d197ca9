//! TransactGetItems: up to 100 items as they are at one moment.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use statordb_store::{Durability, TreeId, Txn, Verdict};

use super::parameters::{ReadProjection, supplied};
use super::transact_write_items::{check_bytes, named_twice};
use super::{NamedTexts, ReturnConsumedCapacity, Supplied};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, HalfUnits, Spent, UnitKind, report_by_table};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::Substitutions;
use crate::traffic::Single;
use crate::value::Item;
use crate::write::{all_or_reasons, store_error, stored_item};

/// The request.
#[derive(Debug, Default)]
pub struct TransactGetItems<'a> {
    /// `TransactItems`, 1 to 100: the `Get` of each.
    pub items: Vec<TransactGet<'a>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
}

/// One `Get`.
#[derive(Debug)]
pub struct TransactGet<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Key`.
    pub key: Supplied<Item>,
    /// `ProjectionExpression`.
    pub projection_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames`.
    pub names: Option<NamedTexts<'a>>,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct TransactGot {
    /// `Responses`, in the order of the request: the item, projected; absent when there is none, or nothing of it.
    pub items: Vec<Option<Item>>,
    /// `ConsumedCapacity`, one a table.
    pub capacity: Option<Vec<ConsumedCapacity>>,
}

impl Engine {
    /// Reads items as they are at one moment.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, TransactionCanceledException with a reason for each item.
    pub fn transact_get_items(&self, request: &TransactGetItems<'_>) -> Result<TransactGot> {
        for get in &request.items {
            supplied(&get.key)?;
        }
        let substitutions: Vec<Substitutions<'_>> = request.items.iter().map(TransactGet::substitutions).collect();
        let mut parsed = Vec::with_capacity(substitutions.len());
        for (get, substitutions) in request.items.iter().zip(&substitutions) {
            substitutions.check(&[("ProjectionExpression", get.projection_expression.is_some())], true)?;
            parsed.push(self.parse_projection(get.projection_expression.as_deref())?);
        }
        let mut projections = Vec::with_capacity(parsed.len());
        for (expression, substitutions) in parsed.iter().zip(&substitutions) {
            let projection =
                ReadProjection { attributes_to_get: None, expression: expression.as_deref(), substitutions };
            projections.push(projection.bind()?);
        }
        let tables = request.items.iter().map(|get| self.table(&get.table)).collect::<Result<Vec<_>>>()?;
        let mut keys = Vec::with_capacity(tables.len());
        for ((get, table), projection) in request.items.iter().zip(&tables).zip(&projections) {
            let key = supplied(&get.key)?.view();
            table.schema().check_not_empty(key)?;
            let encoded = table.schema().encode_key(key);
            keys.push(encoded.and_then(|key| {
                projection.as_ref().map_or(Ok(()), |projection| table.check_paths(projection.paths()))?;
                Ok(key)
            }));
        }
        let keys = all_or_reasons(keys)?;
        let found = self.get_together(&request.singles(&tables, &keys))?;
        let spent = found.iter().map(|item| spent_on(item.as_ref()));
        let capacity = report_by_table(
            request.return_consumed_capacity,
            UnitKind::Read,
            tables.iter().map(|table| &**table).zip(spent),
        );
        let items = found.into_iter().zip(&projections).map(|(item, projection)| match projection {
            None => item,
            Some(projection) => item.map(|item| projection.project(item.view())).filter(|item| !item.view().is_empty()),
        });
        Ok(TransactGot { items: items.collect(), capacity })
    }

    /// Reads different items as they are at one moment.
    pub(super) fn get_together(&self, singles: &[Single<'_>]) -> Result<Vec<Option<Item>>> {
        let places: Vec<(TreeId, &[u8])> = singles.iter().map(|single| (single.table.tree, single.tree_key)).collect();
        let mut seen = HashSet::with_capacity(places.len());
        if !places.iter().all(|place| seen.insert(*place)) {
            return Err(named_twice());
        }
        self.admit_gets(singles.iter().copied())?;
        let found = self.read_together(&places)?;
        for (single, item) in singles.iter().zip(&found) {
            self.charge_get(*single, HalfUnits::of_read(size_of(item.as_ref()), true).in_transaction());
        }
        check_bytes(found.iter().map(|item| size_of(item.as_ref())).sum())?;
        Ok(found)
    }

    /// Reads items in one transaction of the store, which changes nothing.
    fn read_together(&self, places: &[(TreeId, &[u8])]) -> Result<Vec<Option<Item>>> {
        let free = |(tree, key): &(TreeId, &[u8])| match self.ongoing.holds(*tree, key) {
            true => Err(Error::transaction_conflict()),
            false => Ok(()),
        };
        all_or_reasons(places.iter().map(free).collect())?;
        let mut found = Ok(Vec::new());
        let mut body = |txn: &mut dyn Txn| {
            let read = |(tree, key): &(TreeId, &[u8])| stored_item(txn.get(*tree, key).map_err(store_error)?);
            found = places.iter().map(read).collect();
            Verdict::Abort
        };
        self.store.transact(places, Durability::Full, &mut body).map_err(store_error)?;
        found
    }
}

impl TransactGetItems<'_> {
    /// What is read, for those who count it.
    fn singles<'s>(&'s self, tables: &'s [Arc<Table>], keys: &'s [Vec<u8>]) -> Vec<Single<'s>> {
        let each = self.items.iter().zip(tables).zip(keys).filter_map(|((get, table), tree_key)| {
            let key = get.key.as_ref().ok()?.view();
            Some(Single { table, tree_key, key })
        });
        each.collect()
    }
}

fn size_of(item: Option<&Item>) -> usize {
    item.map_or(0, |item| item.view().size())
}

/// What reading an item in a transaction costs.
pub(super) fn spent_on(item: Option<&Item>) -> Spent {
    Spent::on_table(HalfUnits::of_read(size_of(item), true)).in_transaction()
}

impl<'a> TransactGet<'a> {
    fn substitutions(&self) -> Substitutions<'a> {
        Substitutions { names: self.names.clone(), values: None }
    }
}
