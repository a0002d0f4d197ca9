//! ExecuteTransaction: up to 100 statements of PartiQL, all or none, all reads or all writes.

use std::borrow::Cow;
use std::sync::Arc;

use super::transact_get_items::spent_on;
use super::transact_write_items::{check_bytes, check_different};
use super::{ReturnConsumedCapacity, ReturnValues, Supplied};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, Spent, UnitKind};
use crate::catalog::Table;
use crate::error::{CancellationReason, Error, ErrorKind, Result};
use crate::statement::{Access, Bound, Plan, StatementKind, check_parameters};
use crate::tokens::Fingerprint;
use crate::traffic::Single;
use crate::value::{EncodedValue, Item};
use crate::write::{Applied, all_or_reasons};

/// The request.
#[derive(Debug, Default)]
pub struct ExecuteTransaction<'a> {
    /// `TransactStatements`, 1 to 100.
    pub statements: Vec<TransactStatement<'a>>,
    /// `ClientRequestToken`; it counts for writes.
    pub token: Option<Cow<'a, str>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
}

/// One statement.
#[derive(Debug, Default)]
pub struct TransactStatement<'a> {
    /// `Statement`.
    pub statement: Cow<'a, str>,
    /// `Parameters`.
    pub parameters: Option<Vec<Supplied<EncodedValue>>>,
    /// `ReturnValuesOnConditionCheckFailure` is `ALL_OLD`.
    pub return_old_on_failure: bool,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct TransactionExecuted {
    /// `Responses`, in the order of the statements: the item, projected; absent when there is none. None at all of writes.
    pub items: Vec<Option<Item>>,
    /// `ConsumedCapacity`, one a statement.
    pub capacity: Option<Vec<ConsumedCapacity>>,
}

impl Engine {
    /// Carries out all statements, or none.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, TransactionCanceledException with a reason for each statement,
    /// IdempotentParameterMismatchException, TransactionInProgressException.
    pub fn execute_transaction(&self, request: &ExecuteTransaction<'_>) -> Result<TransactionExecuted> {
        request.statements.iter().try_for_each(|each| check_parameters(each.parameters.as_deref()))?;
        let mut planned = Vec::with_capacity(request.statements.len());
        for (place, each) in request.statements.iter().enumerate() {
            planned.push(self.plan(&each.statement).map_err(|error| placed(place, error))?);
        }
        let (plans, tables): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        let reads = check_all_read_or_write(&plans)?;
        let mut bound = Vec::with_capacity(plans.len());
        for (place, ((plan, table), each)) in plans.iter().zip(&tables).zip(&request.statements).enumerate() {
            let checked = Bound::new(plan, each.parameters.as_deref()).and_then(|bound| {
                check_shape(&bound)?;
                bound.check_scalar_key(table.schema())?;
                bound.check_expressions()?;
                Ok(bound)
            });
            bound.push(checked.map_err(|error| placed(place, error))?);
        }
        if reads { self.read_all(request, &bound, &tables) } else { self.write_all(request, &bound, &tables) }
    }

    fn read_all(
        &self,
        request: &ExecuteTransaction<'_>,
        bound: &[Bound<'_>],
        tables: &[Arc<Table>],
    ) -> Result<TransactionExecuted> {
        let mut keys = Vec::with_capacity(bound.len());
        let mut projections = Vec::with_capacity(bound.len());
        for (bound, table) in bound.iter().zip(tables) {
            let projection = bound.projection()?;
            projection.as_ref().map_or(Ok(()), |projection| table.check_paths(projection.paths()))?;
            projections.push(projection);
            keys.push(bound.key(table.schema()));
        }
        let keys = all_or_reasons(keys)?;
        let each = keys.iter().flatten().zip(tables);
        let singles: Vec<_> =
            each.map(|(key, table)| Single { table, tree_key: &key.tree_key, key: key.key.view() }).collect();
        let found = self.get_together(&singles)?;
        let spent = found.iter().map(|item| spent_on(item.as_ref()));
        let capacity = report(request, UnitKind::Read, tables, spent);
        let items = found.into_iter().zip(&projections).map(|(item, projection)| match projection {
            None => item,
            Some(projection) => item.map(|item| projection.project(item.view())),
        });
        Ok(TransactionExecuted { items: items.collect(), capacity })
    }

    fn write_all(
        &self,
        request: &ExecuteTransaction<'_>,
        bound: &[Bound<'_>],
        tables: &[Arc<Table>],
    ) -> Result<TransactionExecuted> {
        let each = bound.iter().zip(tables).zip(&request.statements);
        let writes = each.map(|((bound, table), each)| bound.write(table, each.return_old_on_failure));
        let writes = all_or_reasons(writes.collect())?;
        check_different(&writes)?;
        check_bytes(bound.iter().map(Bound::payload_bytes).sum())?;
        let told = |place: usize, reason: CancellationReason| match bound.get(place) {
            Some(bound) if reason.code == "ConditionalCheckFailed" => as_told(bound.plan.outline.kind, reason),
            _ => reason,
        };
        let written = self.write_together(request.token.as_deref(), &|| fingerprint(request), &writes);
        let Some(applied) = written.map_err(|error| error.with_reasons(told))? else {
            let spent = self.costs_of_replay(&writes)?;
            let capacity = report(request, UnitKind::Read, tables, spent.into_iter());
            return Ok(TransactionExecuted { items: Vec::new(), capacity });
        };
        let spent = applied.iter().map(Applied::spent).map(Spent::in_transaction);
        let capacity = report(request, UnitKind::Write, tables, spent);
        Ok(TransactionExecuted { items: Vec::new(), capacity })
    }
}

/// Refuses reads beside writes; whether all are reads.
fn check_all_read_or_write(plans: &[Arc<Plan>]) -> Result<bool> {
    let reads = plans.iter().filter(|plan| plan.outline.kind == StatementKind::Select).count();
    if reads > 0 && reads < plans.len() {
        return Err(Error::validation(
            "ExecuteTransaction API does not support both read and write operations in the same request.",
        ));
    }
    Ok(reads > 0)
}

/// What is wrong with one statement, told with its place, unless it is not even a statement (measured).
fn placed(place: usize, error: Error) -> Error {
    const OF_NO_STATEMENT: [&str; 2] = ["Statement wasn't well formed", "Unsupported operation: "];
    let is_none = OF_NO_STATEMENT.iter().any(|text| error.message().starts_with(text));
    if error.kind() != ErrorKind::Validation || is_none {
        return error;
    }
    Error::validation(format!("Validation failed in TransactStatements[{place}]: {}", error.message()))
}

/// What of a statement cannot stand in a transaction (measured texts).
fn check_shape(bound: &Bound<'_>) -> Result<()> {
    let outline = &bound.plan.outline;
    let is_single = matches!(outline.access, Access::Key(_)) && outline.index.is_none() && bound.has_scalar_key();
    Err(Error::validation(match outline.kind {
        StatementKind::Select if outline.index.is_some() => "Reads on indices are not supported within transactions.",
        StatementKind::Select if !is_single => {
            "Select statements within ExecuteTransaction must specify the primary key in the where clause."
        }
        StatementKind::Exists if !is_single || !outline.has_condition => {
            "EXISTS() must contain a single item read with additional condition"
        }
        _ if outline.returning != ReturnValues::None => "RETURNING clause is not supported in ExecuteTransaction.",
        _ => return Ok(()),
    }))
}

/// A failed condition, as PartiQL tells it.
fn as_told(kind: StatementKind, reason: CancellationReason) -> CancellationReason {
    match kind {
        StatementKind::Insert => CancellationReason::of(Error::duplicate_item()),
        _ => reason,
    }
}

/// The reports of the statements, in their order.
fn report(
    request: &ExecuteTransaction<'_>,
    kind: UnitKind,
    tables: &[Arc<Table>],
    spent: impl Iterator<Item = Spent>,
) -> Option<Vec<ConsumedCapacity>> {
    let asked = request.return_consumed_capacity;
    if asked == ReturnConsumedCapacity::None {
        return None;
    }
    let each = tables.iter().zip(spent).filter_map(|(table, spent)| spent.report(asked, table.name()));
    Some(each.map(|report| ConsumedCapacity { kind: Some(kind), ..report }).collect())
}

/// The fingerprint of what a transaction does.
fn fingerprint(request: &ExecuteTransaction<'_>) -> u128 {
    let mut print = Fingerprint::new();
    for each in &request.statements {
        print.add(each.statement.as_bytes());
        print.add(&[u8::from(each.return_old_on_failure)]);
        print.add(&(each.parameters.as_ref().map_or(0, Vec::len) as u64).to_le_bytes());
        for parameter in each.parameters.iter().flatten() {
            print.add_optional(parameter.as_ref().ok().map(|value| value.view().as_bytes()));
        }
    }
    print.finish()
}
