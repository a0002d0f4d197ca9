//! UpdateItem: edit one item, or make it.

use std::borrow::Cow;

use super::parameters::{Presence, check_not_mixed, supplied};
use super::{
    ConditionParameters, ItemCollectionMetrics, LegacyMap, ReturnConsumedCapacity, ReturnValues, Supplied, Written,
};
use crate::Engine;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{BoundProjection, ExpressionKind, Substitutions, Usage};
use crate::key::KeySchema;
use crate::legacy::AttributeChanges;
use crate::value::{EncodedValue, Item};
use crate::write::{Action, Applied, Change, Condition, Update, Write};

/// The request.
#[derive(Debug)]
pub struct UpdateItem<'a> {
    /// Name or ARN of the table.
    pub table: Cow<'a, str>,
    /// `Key`.
    pub key: Supplied<Item>,
    /// `UpdateExpression`.
    pub update_expression: Option<Cow<'a, str>>,
    /// `AttributeUpdates`, the legacy form.
    pub attribute_updates: Option<LegacyMap<'a, AttributeUpdate>>,
    /// `ConditionExpression`, or `Expected` and `ConditionalOperator`.
    pub condition: ConditionParameters<'a>,
    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub substitutions: Substitutions<'a>,
    /// `ReturnValues`.
    pub return_values: ReturnValues,
    /// `ReturnConsumedCapacity`.
    pub return_consumed_capacity: ReturnConsumedCapacity,
    /// `ReturnItemCollectionMetrics` is `SIZE`.
    pub return_item_collection_metrics: bool,
}

/// One entry of `AttributeUpdates`.
#[derive(Clone, Debug)]
pub struct AttributeUpdate {
    /// `Action`; absent counts as `PUT`.
    pub action: AttributeAction,
    /// `Value`.
    pub value: Option<Supplied<EncodedValue>>,
}

/// What to do with an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttributeAction {
    /// Set it.
    #[default]
    Put,
    /// Add to a number, a set or a list.
    Add,
    /// Remove it, or elements of a set.
    Delete,
}

impl Engine {
    /// Edits one item, or makes it.
    ///
    /// # Errors
    /// ValidationException, ResourceNotFoundException, ConditionalCheckFailedException.
    pub fn update_item(&self, request: &UpdateItem<'_>) -> Result<Written> {
        self.update(request).map_err(|error| self.options.wording.in_envelope(error))
    }

    fn update(&self, request: &UpdateItem<'_>) -> Result<Written> {
        let parameters = &request.condition;
        let [expected, operator] = parameters.legacy_presence();
        let expressions = request.expression_presence();
        check_not_mixed(
            &[("AttributeUpdates", request.attribute_updates.is_some()), expected, operator],
            &expressions,
        )?;
        let key = supplied(&request.key)?;
        let legacy = request.attribute_updates.as_ref().map(AttributeChanges::new).transpose()?;
        let expected = parameters.check_expected()?;
        request.substitutions.check(&expressions, self.options.wording.writes_name_placeholders())?;
        let update_text = request.update_expression.as_deref();
        let parsed_update = update_text.map(|text| self.expressions.update(text)).transpose()?;
        let mut usage = Usage::default();
        let update = match (&parsed_update, legacy) {
            (Some(parsed), _) => Update::Expression(parsed.bind(&request.substitutions, &mut usage)?.weighed()),
            (None, Some(changes)) => Update::Legacy(changes),
            (None, None) => Update::Nothing,
        };
        let parsed = self.parse_condition(ExpressionKind::Condition, parameters.expression.as_deref())?;
        let condition = Condition::bind(parsed.as_deref(), expected, &request.substitutions, &mut usage)?;
        request.substitutions.check_all_used(&usage)?;
        let table = self.table(&request.table)?;
        let tree_key = table.schema().encode_key(key.view())?;
        update.check_against(&table)?;
        condition.check_against(&table)?;
        let write = Write {
            table: &table,
            key: tree_key,
            action: Action::Update(Change { key: key.clone(), update }),
            condition,
            return_old_on_failure: parameters.return_old_on_failure,
        };
        let applied = self.apply_one(&write)?;
        let asked = request.return_consumed_capacity;
        let wants_metrics = request.return_item_collection_metrics;
        let metrics = if wants_metrics { ItemCollectionMetrics::of(&write, &applied) } else { None };
        let capacity = applied.spent().report(asked, table.name());
        let attributes = match &write.action {
            Action::Update(change) => change.update.returned(request.return_values, applied),
            _ => None,
        };
        Ok(Written { attributes, capacity, metrics })
    }
}

impl UpdateItem<'_> {
    fn expression_presence(&self) -> [Presence; 2] {
        [("UpdateExpression", self.update_expression.is_some()), self.condition.presence()]
    }
}

impl Update<'_> {
    /// Refuses changes of key attributes, and paths into them.
    pub(crate) fn check_against(&self, table: &Table) -> Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Legacy(changes) => check_not_key(table.schema(), changes.names()),
            Self::Expression(update) => {
                check_not_key(table.schema(), update.targets().map(|path| path.name))?;
                table.check_paths(update.paths())
            }
        }
    }

    /// What `ReturnValues` asks for; an empty projection is no `Attributes` at all.
    pub(super) fn returned(&self, return_values: ReturnValues, applied: Applied) -> Option<Item> {
        let updated = |item: Option<Item>| {
            let item = item?;
            let part = match self {
                Self::Nothing => return None,
                Self::Expression(update) => update.updated(item.view()),
                Self::Legacy(changes) => BoundProjection::top_level(changes.names()).project(item.view()),
            };
            if part.view().is_empty() { None } else { Some(part) }
        };
        match return_values {
            ReturnValues::None => None,
            ReturnValues::AllOld => applied.old,
            ReturnValues::AllNew => applied.new,
            ReturnValues::UpdatedOld => updated(applied.old),
            ReturnValues::UpdatedNew => updated(applied.new),
        }
    }
}

fn check_not_key<'a>(schema: &KeySchema, mut names: impl Iterator<Item = &'a str>) -> Result<()> {
    match names.find(|name| schema.attribute(name).is_some()) {
        None => Ok(()),
        Some(name) => {
            Err(Error::parameter(format_args!("Cannot update attribute {name}. This attribute is part of the key")))
        }
    }
}
