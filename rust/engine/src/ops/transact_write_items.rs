//! TransactWriteItems: up to 100 actions on different items, all or none.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::parameters::supplied;
use super::put_item::check_size;
use super::{MetricsByTable, ReturnConsumedCapacity, Supplied, metrics_by_table};
use crate::Engine;
use crate::capacity::{ConsumedCapacity, HalfUnits, Spent, UnitKind, report_by_table};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{self, ExpressionKind, Substitutions, Usage};
use crate::limits::TRANSACTION_BYTES_MAX;
use crate::ongoing::{NotedItems, NotedToken};
use crate::tokens::{Fingerprint, TokenUse};
use crate::value::Item;
use crate::write::{Action, Applied, Change, Condition, Proceed, Update, Write, all_or_reasons};

/// The request.
#[derive(Debug, Default)]
pub struct TransactWriteItems<'a> {
    /// `TransactItems`, 1 to 100; of each the actions that it holds, of which there must be one.
    pub items: Vec<Vec<TransactAction<'a>>>,
    /// `ClientRequestToken`.
    pub token: Option<Cow<'a, str>>,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `ReturnItemCollectionMetrics` is `SIZE`.
    pub return_item_collection_metrics: bool,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactActionKind {
    /// `ConditionCheck`.
    Check,
    /// `Put`.
    Put,
    /// `Update`.
    Update,
    /// `Delete`.
    Delete,
}

/// One action.
#[derive(Debug)]
pub struct TransactAction<'a> {
    /// Which one.
    pub kind: TransactActionKind,
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Item` of a Put, `Key` of the others.
    pub item: Supplied<Item>,
    /// `UpdateExpression` of an Update.
    pub update_expression: Option<Cow<'a, str>>,
    /// `ConditionExpression`.
    pub condition_expression: Option<Cow<'a, str>>,
    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub substitutions: Substitutions<'a>,
    /// `ReturnValuesOnConditionCheckFailure` is `ALL_OLD`.
    pub return_old_on_failure: bool,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct TransactWritten {
    /// `ConsumedCapacity`, one a table.
    pub capacity: Option<Vec<ConsumedCapacity>>,
    /// `ItemCollectionMetrics`.
    pub metrics: Option<MetricsByTable>,
}

/// A transaction that is held open: until this is dropped others meet it as they would on AWS.
pub struct HeldTransaction {
    _items: NotedItems,
    _token: Option<NotedToken>,
}

/// The expressions of an action, parsed, or what is wrong with them, to be reported in its turn.
struct Parsed {
    update: Option<Result<Arc<expr::Update>>>,
    condition: Result<Option<Arc<expr::Condition>>>,
}

/// What is bound of an action.
type Bound<'r> = (Update<'r>, Condition<'r>);

impl Engine {
    /// Carries out all actions, or none.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, TransactionCanceledException with a reason for each action,
    /// IdempotentParameterMismatchException, TransactionInProgressException.
    pub fn transact_write_items(&self, request: &TransactWriteItems<'_>) -> Result<TransactWritten> {
        let actions = request.actions()?;
        let parsed = self.parse_actions(&actions);
        let bound = bind_actions(&actions, &parsed)?;
        let tables = self.tables_of(&actions)?;
        let writes = writes_of(&actions, &tables, bound)?;
        check_payload(&actions)?;
        let asked = request.return_consumed_capacity;
        let token = request.token.as_deref();
        let Some(applied) = self.write_together(token, &|| fingerprint(&actions), &writes)? else {
            let spent = self.costs_of_replay(&writes)?;
            let capacity = report_by_table(asked, UnitKind::Read, writes.iter().map(|write| write.table).zip(spent));
            return Ok(TransactWritten { capacity, metrics: None });
        };
        let spent = applied.iter().map(|applied| applied.spent().in_transaction());
        let capacity = report_by_table(asked, UnitKind::Write, writes.iter().map(|write| write.table).zip(spent));
        let metrics = request.return_item_collection_metrics.then(|| metrics_by_table(&writes, &applied));
        Ok(TransactWritten { capacity, metrics })
    }

    /// Holds a transaction open: until the answer is dropped, writes and transactions that touch its items meet a
    /// conflict, and another one with its token finds it in progress. Nothing is written.
    ///
    /// # Errors
    /// Those of the request itself, and the conflicts that it meets.
    pub fn hold_transaction(&self, request: &TransactWriteItems<'_>) -> Result<HeldTransaction> {
        let actions = request.actions()?;
        let parsed = self.parse_actions(&actions);
        let bound = bind_actions(&actions, &parsed)?;
        let tables = self.tables_of(&actions)?;
        let writes = writes_of(&actions, &tables, bound)?;
        let token = request.token.as_deref().map(|token| self.ongoing.enter_token(token)).transpose()?;
        self.check_conflicts(&writes)?;
        Ok(HeldTransaction { _items: self.note_items(&writes), _token: token })
    }

    fn parse_actions(&self, actions: &[&TransactAction<'_>]) -> Vec<Parsed> {
        let parse = |action: &&TransactAction<'_>| Parsed {
            update: action.update_expression.as_deref().map(|text| self.expressions.update(text)),
            condition: self.parse_condition(ExpressionKind::Condition, action.condition_expression.as_deref()),
        };
        actions.iter().map(parse).collect()
    }

    fn tables_of(&self, actions: &[&TransactAction<'_>]) -> Result<Vec<Arc<Table>>> {
        actions.iter().map(|action| self.table(&action.table)).collect()
    }

    /// Refuses items that another transaction holds.
    fn check_conflicts(&self, writes: &[Write<'_>]) -> Result<()> {
        let free = |write: &Write<'_>| match self.ongoing.holds(write.table.tree, &write.key) {
            true => Err(Error::transaction_conflict()),
            false => Ok(()),
        };
        all_or_reasons(writes.iter().map(free).collect()).map(drop)
    }

    fn note_items(&self, writes: &[Write<'_>]) -> NotedItems {
        self.ongoing.enter(writes.iter().map(|write| (write.table.tree, write.key.clone())).collect())
    }

    /// Writes different items, all or none; nothing when the token says that this very transaction was carried out before.
    pub(super) fn write_together(
        &self,
        token: Option<&str>,
        fingerprint: &dyn Fn() -> u128,
        writes: &[Write<'_>],
    ) -> Result<Option<Vec<Applied>>> {
        let _token = token.map(|token| self.ongoing.enter_token(token)).transpose()?;
        self.check_conflicts(writes)?;
        let _items = self.options.transaction_conflicts.then(|| self.note_items(writes));
        let Some(token) = token else { return self.apply_all(writes, &[], &mut |_| Ok(Proceed::Go)) };
        let place = self.tokens.place(&*self.store, token)?;
        let fingerprint = fingerprint();
        let now_ms = self.clock.now_ms();
        let applied = self.apply_all(writes, &[(place.tree, &place.key)], &mut |txn| {
            Ok(match place.take(txn, fingerprint, now_ms)? {
                TokenUse::Fresh => Proceed::Go,
                TokenUse::Replay => Proceed::Stop,
            })
        })?;
        if applied.is_some() {
            self.tokens.note(token, now_ms);
        }
        Ok(applied)
    }

    /// Sending a transaction again costs a read of each of its items.
    pub(super) fn costs_of_replay(&self, writes: &[Write<'_>]) -> Result<Vec<Spent>> {
        writes.iter().map(|write| self.cost_of_replay(write)).collect()
    }

    fn cost_of_replay(&self, write: &Write<'_>) -> Result<Spent> {
        let item = self.read_item(write.table, &write.key)?;
        let bytes = item.map_or(0, |item| item.view().size());
        let units = HalfUnits::of_read(bytes, true).in_transaction();
        self.charge_get(write.single(), units);
        Ok(Spent::on_table(units))
    }
}

impl<'a> TransactWriteItems<'a> {
    /// The one action of each element.
    fn actions(&self) -> Result<Vec<&TransactAction<'a>>> {
        let one = |actions: &'_ Vec<TransactAction<'a>>| match actions.len() {
            1 => Ok(()),
            0 => Err(Error::validation(
                "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
            )),
            _ => Err(Error::validation("TransactItems can only contain one of Check, Put, Update or Delete")),
        };
        self.items.iter().try_for_each(one)?;
        Ok(self.items.iter().filter_map(|actions| actions.first()).collect())
    }
}

fn bind_actions<'r>(actions: &[&'r TransactAction<'_>], parsed: &'r [Parsed]) -> Result<Vec<Bound<'r>>> {
    actions.iter().zip(parsed).map(|(action, parsed)| action.bind(parsed)).collect()
}

/// The write of each action. What does not fit a table cancels the transaction; an empty key and an item named twice are
/// errors of the request (recorded).
fn writes_of<'r>(
    actions: &[&'r TransactAction<'_>],
    tables: &'r [Arc<Table>],
    bound: Vec<Bound<'r>>,
) -> Result<Vec<Write<'r>>> {
    for (action, table) in actions.iter().zip(tables) {
        table.schema().check_not_empty(supplied(&action.item)?.view())?;
    }
    let each = actions.iter().zip(tables).zip(bound);
    let writes = all_or_reasons(each.map(|((action, table), bound)| action.write(table, bound)).collect())?;
    check_different(&writes)?;
    Ok(writes)
}

/// Refuses two writes to one item.
pub(super) fn check_different(writes: &[Write<'_>]) -> Result<()> {
    let mut seen = HashSet::with_capacity(writes.len());
    if writes.iter().all(|write| seen.insert((write.table.tree, write.key.as_slice()))) {
        return Ok(());
    }
    Err(named_twice())
}

/// Two actions of a transaction are about one item.
pub(super) fn named_twice() -> Error {
    Error::validation("Transaction request cannot include multiple operations on one item")
}

/// Items and keys that a transaction names have at most 4 MB, with the values of their expressions.
fn check_payload(actions: &[&TransactAction<'_>]) -> Result<()> {
    let values = |action: &TransactAction<'_>| -> usize {
        let values = action.substitutions.values.iter().flatten();
        values.map(|(_, value)| value.as_ref().map_or(0, |value| value.view().size())).sum()
    };
    let size =
        |action: &&TransactAction<'_>| action.item.as_ref().map_or(0, |item| item.view().size()) + values(action);
    check_bytes(actions.iter().map(size).sum())
}

/// The limit of what a transaction names.
pub(super) fn check_bytes(bytes: usize) -> Result<()> {
    if bytes <= TRANSACTION_BYTES_MAX {
        return Ok(());
    }
    Err(Error::validation(format!("Transaction payload size cannot exceed 4MB. Payload Size: {bytes}")))
}

impl<'a> TransactAction<'a> {
    /// Checks what the action says by itself, and gives its expressions their names and values.
    fn bind<'r>(&'r self, parsed: &'r Parsed) -> Result<Bound<'r>> {
        let item = supplied(&self.item)?;
        let update = ("UpdateExpression", self.update_expression.is_some());
        let condition = ("ConditionExpression", self.condition_expression.is_some());
        match self.kind {
            TransactActionKind::Put => {
                check_size(item)?;
                self.substitutions.check(&[condition], true)?;
            }
            TransactActionKind::Update => self.substitutions.check(&[update, condition], true)?,
            TransactActionKind::Check | TransactActionKind::Delete => self.substitutions.check(&[condition], true)?,
        }
        let mut usage = Usage::default();
        let update = match &parsed.update {
            Some(parsed) => {
                let parsed = parsed.as_ref().map_err(Error::clone)?;
                Update::Expression(parsed.bind(&self.substitutions, &mut usage)?)
            }
            None => Update::Nothing,
        };
        let parsed = parsed.condition.as_ref().map_err(Error::clone)?;
        let condition = Condition::bind(parsed.as_deref(), None, &self.substitutions, &mut usage)?;
        self.substitutions.check_all_used(&usage)?;
        Ok((update, condition))
    }

    /// The write that the action comes to in its table.
    fn write<'r>(&'r self, table: &'r Table, (update, condition): Bound<'r>) -> Result<Write<'r>> {
        let item = supplied(&self.item)?;
        let schema = table.schema();
        let is_put = self.kind == TransactActionKind::Put;
        let key = if is_put { schema.encode_item(item.view())? } else { schema.encode_key(item.view())? };
        update.check_against(table)?;
        condition.check_against(table)?;
        let action = match self.kind {
            TransactActionKind::Check => Action::Check(item.clone()),
            TransactActionKind::Put => Action::Put(item.clone()),
            TransactActionKind::Update => Action::Update(Change { key: item.clone(), update }),
            TransactActionKind::Delete => Action::Delete(item.clone()),
        };
        Ok(Write { table, key, action, condition, return_old_on_failure: self.return_old_on_failure })
    }
}

/// The fingerprint of what a transaction does; how its answer should look does not count.
fn fingerprint(actions: &[&TransactAction<'_>]) -> u128 {
    let mut print = Fingerprint::new();
    for action in actions {
        print.add(&[action.kind as u8, u8::from(action.return_old_on_failure)]);
        print.add(crate::catalog::table_name(&action.table).unwrap_or(&action.table).as_bytes());
        print.add_optional(action.item.as_ref().ok().map(|item| item.bytes().as_ref()));
        print.add_optional(action.update_expression.as_deref().map(str::as_bytes));
        print.add_optional(action.condition_expression.as_deref().map(str::as_bytes));
        let mut names: Vec<_> = action.substitutions.names.iter().flatten().collect();
        names.sort_unstable();
        for (placeholder, name) in names {
            print.add(placeholder.as_bytes());
            print.add(name.as_bytes());
        }
        let mut values: Vec<_> = action.substitutions.values.iter().flatten().collect();
        values.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (placeholder, value) in values {
            print.add(placeholder.as_bytes());
            print.add_optional(value.as_ref().ok().map(|value| value.view().as_bytes()));
        }
    }
    print.finish()
}
