//! What requests share: which parameters may stand together, and how conditions, projections and starting keys are made
//! of them.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{ConditionParameters, ConditionalOperator, ReturnValues, Supplied};
use crate::Engine;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{BoundProjection, ExpressionKind, PathRef, Substitutions, Usage};
use crate::key::KeySchema;
use crate::legacy::Conditions;
use crate::value::Item;
use crate::write::Condition;

/// Whether a parameter was given, by its name.
pub(crate) type Presence = (&'static str, bool);

/// Refuses expressions beside the parameters from before them.
pub(crate) fn check_not_mixed(legacy: &[Presence], expressions: &[Presence]) -> Result<()> {
    let present = |parameters: &[Presence]| -> Vec<&'static str> {
        parameters.iter().filter(|(_, present)| *present).map(|(name, _)| *name).collect()
    };
    let (legacy, expressions) = (present(legacy), present(expressions));
    if legacy.is_empty() || expressions.is_empty() {
        return Ok(());
    }
    Err(Error::request(format!(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {{{}}} \
         Expression parameters: {{{}}}",
        legacy.join(", "),
        expressions.join(", ")
    )))
}

/// `ConditionalOperator` joins the entries of a map, so it needs one that has at least two.
pub(crate) fn check_operator_used(operator: Option<ConditionalOperator>, entries: Option<usize>) -> Result<()> {
    match (operator, entries.unwrap_or(0)) {
        (Some(_), 0) => Err(Error::validation("ConditionalOperator cannot be used without Filter or Expected")),
        (Some(_), 1) => Err(Error::validation(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        )),
        _ => Ok(()),
    }
}

/// PutItem and DeleteItem return the old item or nothing.
pub(crate) fn check_return_values(return_values: ReturnValues) -> Result<()> {
    match return_values {
        ReturnValues::None | ReturnValues::AllOld => Ok(()),
        _ => Err(Error::request("ReturnValues can only be ALL_OLD or NONE")),
    }
}

/// `AttributesToGet` names an attribute once.
pub(crate) fn check_attributes_to_get(names: Option<&[Cow<'_, str>]>) -> Result<()> {
    let names = names.unwrap_or_default();
    let mut seen = HashSet::with_capacity(names.len());
    match names.iter().map(AsRef::as_ref).find(|name: &&str| !seen.insert(*name)) {
        Some(twice) => Err(Error::parameter(format_args!("Duplicate value in attribute name: {twice}"))),
        None => Ok(()),
    }
}

/// The item or key of a request, or what is wrong with one of its values.
pub(crate) fn supplied(item: &Supplied<Item>) -> Result<&Item> {
    item.as_ref().map_err(|error| error.clone().into_error())
}

impl ConditionParameters<'_> {
    /// `Expected` and `ConditionalOperator`, for the check against expressions.
    pub(crate) fn legacy_presence(&self) -> [Presence; 2] {
        [("Expected", self.expected.is_some()), ("ConditionalOperator", self.conditional_operator.is_some())]
    }

    /// `ConditionExpression`, likewise.
    pub(crate) fn presence(&self) -> Presence {
        ("ConditionExpression", self.expression.is_some())
    }

    /// The legacy condition, checked; it comes before the expressions.
    pub(crate) fn check_expected(&self) -> Result<Option<Conditions<'_>>> {
        let check = |expected| Conditions::of_expected(expected, self.conditional_operator);
        let conditions = self.expected.as_ref().map(check).transpose()?;
        check_operator_used(self.conditional_operator, self.expected.as_ref().map(Vec::len))?;
        Ok(conditions)
    }
}

impl Table {
    /// Refuses paths that go into a key attribute of the table or an index: keys are scalars.
    pub(crate) fn check_paths<'a>(&self, paths: impl Iterator<Item = PathRef<'a>>) -> Result<()> {
        let mut nested = paths.filter(|path| path.is_nested).peekable();
        if nested.peek().is_none() {
            return Ok(());
        }
        let live = self.live();
        nested.try_for_each(|path| {
            let is_index_key = || live.indexes.iter().any(|index| index.schema.attribute(path.name).is_some());
            let which = match self.schema().attribute(path.name) {
                Some(_) => "Key",
                None if is_index_key() => "IndexKey",
                None => return Ok(()),
            };
            Err(Error::validation(format!(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {which}: {}",
                path.name
            )))
        })
    }
}

impl KeySchema {
    /// Refuses a filter that compares a key attribute.
    pub(crate) fn check_filter<'a>(&self, what: &str, mut names: impl Iterator<Item = &'a str>) -> Result<()> {
        match names.find(|name| self.attribute(name).is_some()) {
            None => Ok(()),
            Some(name) => Err(Error::validation(format!(
                "{what} can only contain non-primary key attributes: Primary key attribute: {name}"
            ))),
        }
    }
}

impl Condition<'_> {
    /// Refuses a filter of a Query that compares the keys that it queries by.
    pub(crate) fn check_not_on_keys(&self, schema: &KeySchema) -> Result<()> {
        match self {
            Self::None | Self::Expired(_) => Ok(()),
            Self::Legacy(conditions) => schema.check_filter("QueryFilter", conditions.names()),
            Self::Expression(condition) => {
                schema.check_filter("Filter Expression", condition.paths().map(|path| path.name))
            }
        }
    }

    /// The attributes that it looks at.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::None | Self::Expired(_) => Vec::new(),
            Self::Legacy(conditions) => conditions.names().collect(),
            Self::Expression(condition) => condition.paths().map(|path| path.name).collect(),
        }
    }

    /// Refuses a condition with a path into a key attribute.
    pub(crate) fn check_against(&self, table: &Table) -> Result<()> {
        match self {
            Self::Expression(condition) => table.check_paths(condition.paths()),
            _ => Ok(()),
        }
    }
}

/// What a read with a projection alone needs: GetItem, and each table of a BatchGetItem.
pub(crate) struct ReadProjection<'a> {
    pub(crate) attributes_to_get: Option<&'a [Cow<'a, str>]>,
    pub(crate) expression: Option<&'a crate::expr::Projection>,
    pub(crate) substitutions: &'a Substitutions<'a>,
}

impl<'a> ReadProjection<'a> {
    /// Binds the projection, and refuses names that it does not use.
    pub(crate) fn bind(&self) -> Result<Option<BoundProjection<'a>>> {
        let Some(expression) = self.expression else {
            return Ok(self.attributes_to_get.map(|names| BoundProjection::top_level(names.iter().map(AsRef::as_ref))));
        };
        let mut usage = Usage::default();
        let bound = expression.bind(self.substitutions, &mut usage)?;
        self.substitutions.check_all_used(&usage)?;
        Ok(Some(bound))
    }
}

impl Engine {
    /// Parses an optional condition or filter.
    pub(crate) fn parse_condition(
        &self,
        kind: ExpressionKind,
        text: Option<&str>,
    ) -> Result<Option<std::sync::Arc<crate::expr::Condition>>> {
        text.map(|text| self.expressions.condition(kind, text)).transpose()
    }

    /// Parses an optional projection.
    pub(crate) fn parse_projection(
        &self,
        text: Option<&str>,
    ) -> Result<Option<std::sync::Arc<crate::expr::Projection>>> {
        text.map(|text| self.expressions.projection(text)).transpose()
    }
}
