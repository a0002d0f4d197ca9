//! BatchExecuteStatement: up to 25 statements of PartiQL, each for itself, all reads or all writes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::execute_statement::exists_out_of_place;
use super::{ReturnConsumedCapacity, Supplied};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, Spent};
use crate::catalog::Table;
use crate::error::{CancellationReason, Error, ErrorKind, Result};
use crate::statement::{Access, Bound, Plan, StatementKind, check_parameters};
use crate::value::{EncodedValue, Item};
use crate::write::Unsettled;

/// The request.
#[derive(Debug, Default)]
pub struct BatchExecuteStatement<'a> {
    /// `Statements`, 1 to 25.
    pub statements: Vec<BatchStatement<'a>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
}

/// One statement.
#[derive(Debug, Default)]
pub struct BatchStatement<'a> {
    /// `Statement`.
    pub statement: Cow<'a, str>,
    /// `Parameters`.
    pub parameters: Option<Vec<Supplied<EncodedValue>>>,
    /// `ConsistentRead`.
    pub consistent_read: bool,
    /// `ReturnValuesOnConditionCheckFailure` is `ALL_OLD`.
    pub return_old_on_failure: bool,
}

/// What became of one statement.
#[derive(Clone, Debug, Default)]
pub struct BatchResponse {
    /// `Error`: its code, its text, and the item of a failed condition.
    pub error: Option<CancellationReason>,
    /// `TableName`, once the table is known.
    pub table: Option<String>,
    /// `Item`: what was read, or what RETURNING asked for.
    pub item: Option<Item>,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct BatchExecuted {
    /// `Responses`, in the order of the statements.
    pub responses: Vec<BatchResponse>,
    /// `ConsumedCapacity`, one a statement that was carried out.
    pub capacity: Option<Vec<ConsumedCapacity>>,
}

/// A statement that can be carried out, in its table.
struct Ready<'p> {
    bound: Bound<'p>,
    table: Arc<Table>,
}

impl Engine {
    /// Carries out statements, each for itself: one that fails does not keep the others from being carried out.
    ///
    /// # Errors
    /// ValidationException when reads and writes are mixed, or an item is named twice.
    pub fn batch_execute_statement(&self, request: &BatchExecuteStatement<'_>) -> Result<BatchExecuted> {
        request.statements.iter().try_for_each(|each| check_parameters(each.parameters.as_deref()))?;
        let plans: Vec<Result<(Arc<Plan>, Arc<Table>)>> =
            request.statements.iter().map(|each| self.plan(&each.statement)).collect();
        check_all_read_or_write(plans.iter().flatten().map(|(plan, _)| &**plan))?;
        let mut ready = Vec::with_capacity(plans.len());
        for (plan, each) in plans.iter().zip(&request.statements) {
            ready.push(match plan {
                Ok((plan, table)) => prepare(plan, table, each),
                Err(error) => Err((error.clone(), None)),
            });
        }
        check_different(&ready)?;
        let (mut responses, mut capacity) = (Vec::with_capacity(ready.len()), Vec::new());
        let mut unsettled = Unsettled::default();
        for (ready, each) in ready.into_iter().zip(&request.statements) {
            let table = match &ready {
                Ok(ready) => Some(ready.table.name().to_owned()),
                Err((_, table)) => table.clone(),
            };
            let done = ready.map_err(|(error, _)| error).and_then(|ready| {
                let done = self.run_one(&ready, each, &mut unsettled)?;
                Ok((done, ready.table))
            });
            responses.push(match done {
                Ok(((item, spent), ran_in)) => {
                    capacity.extend(spent.report(request.return_consumed_capacity, ran_in.name()));
                    BatchResponse { error: None, table, item }
                }
                // A fault of ours is told of no single statement.
                Err(error) if error.kind() == ErrorKind::Internal => return Err(error),
                Err(error) => BatchResponse { error: Some(CancellationReason::of(error)), table, item: None },
            });
        }
        unsettled.settle(&*self.store)?;
        let asked = request.return_consumed_capacity != ReturnConsumedCapacity::None;
        Ok(BatchExecuted { responses, capacity: asked.then_some(capacity) })
    }

    fn run_one(
        &self,
        ready: &Ready<'_>,
        each: &BatchStatement<'_>,
        unsettled: &mut Unsettled,
    ) -> Result<(Option<Item>, Spent)> {
        match ready.bound.plan.outline.kind {
            StatementKind::Select => self.get_statement(&ready.bound, &ready.table, each.consistent_read),
            _ => self.write_statement(&ready.bound, &ready.table, each.return_old_on_failure, unsettled),
        }
    }
}

/// What is checked of one statement before any is carried out; an error with the table, once that is to be told.
fn prepare<'p>(
    plan: &'p Plan,
    table: &Arc<Table>,
    each: &BatchStatement<'_>,
) -> std::result::Result<Ready<'p>, (Error, Option<String>)> {
    let nameless = |error: Error| (error, None);
    let not_single = || nameless(Error::validation("Only single item select is supported"));
    let is_read = plan.outline.kind == StatementKind::Select;
    if plan.outline.kind == StatementKind::Exists {
        return Err(nameless(exists_out_of_place()));
    }
    if is_read && !matches!(plan.outline.access, Access::Key(_)) {
        return Err(not_single());
    }
    let bound = Bound::new(plan, each.parameters.as_deref()).map_err(nameless)?;
    if is_read && !bound.has_scalar_key() {
        return Err(not_single());
    }
    match bound.key(table.schema()) {
        Ok(_) => Ok(Ready { bound, table: Arc::clone(table) }),
        Err(error) => Err((error, Some(table.name().to_owned()))),
    }
}

/// Refuses reads beside writes.
fn check_all_read_or_write<'p>(mut plans: impl Iterator<Item = &'p Plan>) -> Result<()> {
    let reads = |plan: &Plan| matches!(plan.outline.kind, StatementKind::Select | StatementKind::Exists);
    let Some(first) = plans.next() else { return Ok(()) };
    if plans.all(|plan| reads(plan) == reads(first)) {
        return Ok(());
    }
    Err(Error::validation("Read and write requests together in the same batch is not supported."))
}

/// Refuses two statements about one item.
fn check_different<E>(ready: &[std::result::Result<Ready<'_>, E>]) -> Result<()> {
    let mut seen = HashSet::with_capacity(ready.len());
    for Ready { bound, table } in ready.iter().filter_map(|ready| ready.as_ref().ok()) {
        if let Some(key) = bound.key(table.schema())?
            && !seen.insert((table.tree, key.tree_key))
        {
            return Err(Error::validation("Provided list of item keys contains duplicates"));
        }
    }
    Ok(())
}
