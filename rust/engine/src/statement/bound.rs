//! A plan with the parameters of a request.

use std::borrow::Cow;

use super::{Access, Plan, SortCondition, StatementKind};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::expr::{self, BoundProjection, KeyOperator, Substitutions, Usage};
use crate::key::{
    KeyAttribute, KeySchema, KeySpan, SortRange, check_hash_size, check_key_content, check_range_size, tree_key,
};
use crate::ops::Supplied;
use crate::ops::put_item::check_size;
use crate::read::Source;
use crate::value::{Builder, EncodedValue, Item, ItemRef, Kind, ValueRef};
use crate::write::{Action, Change, Condition, Update, Write};

/// A plan whose values are known.
pub(crate) struct Bound<'p> {
    pub(crate) plan: &'p Plan,
    substitutions: Substitutions<'p>,
    item: Option<Item>,
}

/// The key of one item.
pub(crate) struct BoundKey {
    pub(crate) tree_key: Vec<u8>,
    pub(crate) key: Item,
}

/// A partition that is read.
pub(crate) struct BoundPartition {
    pub(crate) span: KeySpan,
    /// Its partition key.
    pub(crate) key: Item,
}

impl<'p> Bound<'p> {
    /// Gives a plan its parameters.
    ///
    /// # Errors
    /// ValidationException for parameters that are no values, too few of them, and one that has to be a set and is none.
    pub(crate) fn new(plan: &'p Plan, given: Option<&[Supplied<EncodedValue>]>) -> Result<Self> {
        check_parameters(given)?;
        let given = given.unwrap_or_default();
        let parameters: Vec<&EncodedValue> = given.iter().filter_map(|value| value.as_ref().ok()).collect();
        let outline = &plan.outline;
        // More than the statement has are taken, and not looked at (measured).
        if parameters.len() < outline.parameters {
            return Err(Error::validation("Number of parameters in request and statement don't match."));
        }
        let names = plan.name_keys.iter().zip(&outline.names);
        let names = names.map(|(key, name)| (Cow::Borrowed(key.as_str()), Cow::Borrowed(name.as_str()))).collect();
        let mut values = Vec::with_capacity(outline.values.len());
        for (key, template) in plan.value_keys.iter().zip(&outline.values) {
            values.push((Cow::Borrowed(key.as_str()), Ok(template.value(&parameters)?)));
        }
        let item = match &outline.access {
            Access::Item(template) => Some(template.item(&parameters)?),
            _ => None,
        };
        let bound = Self { plan, substitutions: Substitutions { names: Some(names), values: Some(values) }, item };
        for (place, message) in &outline.sets {
            if !bound.value(*place)?.kind().is_set() {
                return Err(Error::validation(message.clone()));
            }
        }
        for (one, other, message) in &outline.equals {
            if bound.value(*one)? != bound.value(*other)? {
                return Err(Error::validation(message.clone()));
            }
        }
        Ok(bound)
    }

    fn value(&self, place: usize) -> Result<ValueRef<'_>> {
        let value = self.substitutions.values.as_ref().and_then(|values| values.get(place));
        let value = value.and_then(|(_, value)| value.as_ref().ok());
        value.map(EncodedValue::view).ok_or_else(|| Error::internal("a statement has a value that was not counted"))
    }

    /// What the statement counts against the limit of a transaction: its item or key, and the values of its expressions.
    pub(crate) fn payload_bytes(&self) -> usize {
        let values = self.substitutions.values.iter().flatten();
        let values = values.filter_map(|(_, value)| value.as_ref().ok()).map(|value| value.view().size());
        self.item.as_ref().map_or(0, |item| item.view().size()) + values.sum::<usize>()
    }

    /// The filter or the condition.
    pub(crate) fn condition(&self) -> Result<Condition<'_>> {
        Condition::bind(self.plan.condition.as_ref(), None, &self.substitutions, &mut Usage::default())
    }

    /// Refuses what is wrong with the expressions whatever the table is.
    pub(crate) fn check_expressions(&self) -> Result<()> {
        self.condition()?;
        self.projection()?;
        self.update().map(drop)
    }

    fn update(&self) -> Result<Update<'_>> {
        Ok(match &self.plan.update {
            Some(parsed) => Update::Expression(parsed.bind(&self.substitutions, &mut Usage::default())?),
            None => Update::Nothing,
        })
    }

    /// What is returned of an item; everything when absent.
    pub(crate) fn projection(&self) -> Result<Option<BoundProjection<'_>>> {
        let (Some(parsed), Some(projected)) = (&self.plan.projection, &self.plan.outline.projected) else {
            return Ok(None);
        };
        parsed.bind_columns(&projected.names, &self.substitutions, &mut Usage::default()).map(Some)
    }

    /// The key of the one item that the statement is about; nothing when it is about others.
    pub(crate) fn key(&self, schema: &KeySchema) -> Result<Option<BoundKey>> {
        if let Some(item) = &self.item {
            for attribute in schema.attributes() {
                let value = item.view().get(&attribute.name).ok_or_else(|| absent(attribute))?;
                check_typed(attribute, value)?;
            }
            return Ok(Some(BoundKey { tree_key: encode(schema, item.view())?, key: item.clone() }));
        }
        let Access::Key(values) = &self.plan.outline.access else { return Ok(None) };
        self.check_scalar_key(schema)?;
        let mut builder = Builder::item();
        for (attribute, place) in schema.attributes().iter().zip(values) {
            let value = self.value(*place)?;
            check_typed(attribute, value)?;
            builder.name(&attribute.name);
            builder.encoded(value);
        }
        let key = builder.finish_item().map_err(crate::value::ValueError::into_error)?;
        Ok(Some(BoundKey { tree_key: encode(schema, key.view())?, key }))
    }

    /// Whether the key of one item has values that keys can have.
    pub(crate) fn has_scalar_key(&self) -> bool {
        let Access::Key(values) = &self.plan.outline.access else { return true };
        values.iter().all(|place| self.value(*place).is_ok_and(|value| value.kind().is_ordered()))
    }

    /// Refuses what an UPDATE or a DELETE has as a key and no key can be.
    pub(crate) fn check_scalar_key(&self, schema: &KeySchema) -> Result<()> {
        let Access::Key(values) = &self.plan.outline.access else { return Ok(()) };
        if !matches!(self.plan.outline.kind, StatementKind::Update | StatementKind::Delete) {
            return Ok(());
        }
        let mut each = schema.attributes().iter().zip(values);
        each.try_for_each(|(attribute, place)| check_scalar(attribute, self.value(*place)?))
    }

    /// The partitions that are read, in their order, each once; nothing when everything is read.
    pub(crate) fn partitions(&self, source: Source<'_>) -> Result<Option<Vec<BoundPartition>>> {
        let Access::Partitions { hash, equal, sort, order, .. } = &self.plan.outline.access else { return Ok(None) };
        let schema = source.schema();
        let mut partitions = Vec::with_capacity(hash.len());
        for values in hash {
            let values = values.iter().map(|place| self.value(*place)).collect::<Result<Vec<_>>>()?;
            for (attribute, value) in schema.hash().iter().zip(&values) {
                check_typed(attribute, *value)?;
            }
            check_hash_size(values.iter().map(|value| value.scalar_bytes().len()).sum())?;
            partitions.push(values);
        }
        let equal = equal.iter().map(|place| self.value(*place)).collect::<Result<Vec<_>>>()?;
        for (attribute, value) in schema.range().iter().zip(&equal) {
            check_typed(attribute, *value)?;
        }
        let equal: Vec<&[u8]> = equal.iter().map(ValueRef::scalar_bytes).collect();
        let mut ranges = Vec::with_capacity(sort.len());
        for condition in sort {
            let attribute = schema.range().get(equal.len());
            self.check_sort(*condition)?;
            let operand = self.sort_operand(attribute, condition.operand)?;
            let upper = condition.upper.map(|place| self.sort_operand(attribute, place)).transpose()?;
            ranges.push(sort_range(condition.operator, operand, upper));
        }
        let mut bound: Vec<(Vec<&[u8]>, BoundPartition)> = Vec::with_capacity(partitions.len());
        for values in partitions {
            let hash: Vec<&[u8]> = values.iter().map(ValueRef::scalar_bytes).collect();
            if bound.iter().all(|(other, _)| *other != hash) {
                let span = span_of(source, &hash, &equal, &ranges);
                bound.push((hash, BoundPartition { span, key: partition_key(schema, &values)? }));
            }
        }
        match order {
            None => bound.sort_by(|(_, one), (_, other)| one.span.first_key().cmp(other.span.first_key())),
            Some(ascends) => {
                bound.sort_by(|(one, _), (other, _)| one.cmp(other));
                if !ascends {
                    bound.reverse();
                }
            }
        }
        Ok(Some(bound.into_iter().map(|(_, partition)| partition).collect()))
    }

    /// What a condition refuses whatever it is about, as it would in a filter.
    fn check_sort(&self, condition: SortCondition) -> Result<()> {
        let operand = self.value(condition.operand)?;
        if condition.operator == KeyOperator::BeginsWith && !matches!(operand.kind(), Kind::S | Kind::B) {
            return Err(Error::validation(format!(
                "Incorrect operand type for operator or function; operator or function: begins_with, operand type: {}",
                operand.kind().name()
            )));
        }
        let Some(upper) = condition.upper else { return Ok(()) };
        let upper = self.value(upper)?;
        match expr::refused_bounds(operand, upper) {
            Some(reason) => Err(Error::validation(reason)),
            None => Ok(()),
        }
    }

    fn sort_operand(&self, attribute: Option<&KeyAttribute>, place: usize) -> Result<&[u8]> {
        let value = self.value(place)?;
        let attribute = attribute.ok_or_else(|| Error::internal("a condition on a sort key that is not there"))?;
        check_typed(attribute, value)?;
        check_range_size(value.scalar_bytes().len())?;
        Ok(value.scalar_bytes())
    }

    /// The write that the statement comes to in its table.
    pub(crate) fn write<'w>(&'w self, table: &'w Table, return_old_on_failure: bool) -> Result<Write<'w>> {
        let condition = self.condition()?;
        let update = self.update()?;
        let Some(BoundKey { tree_key: key, key: item }) = self.key(table.schema())? else {
            return Err(Error::internal("a statement that writes has no key"));
        };
        condition.check_against(table)?;
        update.check_against(table)?;
        let action = match self.plan.outline.kind {
            StatementKind::Insert => {
                check_size(&item)?;
                Action::Put(item)
            }
            StatementKind::Update => Action::Update(Change { key: item, update }),
            StatementKind::Delete => Action::Delete(item),
            StatementKind::Select | StatementKind::Exists => Action::Check(item),
        };
        Ok(Write { table, key, action, condition, return_old_on_failure })
    }
}

fn absent(attribute: &KeyAttribute) -> Error {
    Error::validation(format!("Key attribute should be present in the item: Key {}", attribute.name))
}

/// Refuses a value that no key attribute has; UPDATE and DELETE have a text for it (measured).
fn check_scalar(attribute: &KeyAttribute, value: ValueRef<'_>) -> Result<()> {
    if value.kind().is_ordered() {
        return Ok(());
    }
    Err(Error::validation(format!(
        "Key value must be of type S, N, or B. Key name: {}, Key type: {}",
        attribute.name,
        value.kind().name()
    )))
}

/// Refuses parameters that are no values.
///
/// # Errors
/// ValidationException.
pub(crate) fn check_parameters(given: Option<&[Supplied<EncodedValue>]>) -> Result<()> {
    let wrong = given.unwrap_or_default().iter().find_map(|value| value.as_ref().err());
    wrong.map_or(Ok(()), |error| Err(error.clone().into_error()))
}

/// Refuses a value that cannot be one of a key attribute (measured texts).
fn check_typed(attribute: &KeyAttribute, value: ValueRef<'_>) -> Result<()> {
    if value.kind() != attribute.kind {
        return Err(Error::validation(format!(
            "Key attribute's data type should match its data type in table's schema: Key {}",
            attribute.name
        )));
    }
    check_key_content(attribute, value.scalar_bytes())
}

/// The tree key of an item whose key attributes have their types.
fn encode(schema: &KeySchema, item: ItemRef<'_>) -> Result<Vec<u8>> {
    let mut values = schema.attributes().iter().map(|attribute| item.get(&attribute.name));
    let hash = values.next().flatten().map(|value| value.scalar_bytes()).unwrap_or_default();
    let range = values.next().flatten().map(|value| value.scalar_bytes());
    check_hash_size(hash.len())?;
    check_range_size(range.map_or(0, <[u8]>::len))?;
    Ok(tree_key(hash, range))
}

fn partition_key(schema: &KeySchema, values: &[ValueRef<'_>]) -> Result<Item> {
    let mut builder = Builder::item();
    for (attribute, value) in schema.hash().iter().zip(values) {
        builder.name(&attribute.name);
        builder.encoded(*value);
    }
    builder.finish_item().map_err(crate::value::ValueError::into_error)
}

/// The keys that all conditions on the sort key leave.
fn span_of(source: Source<'_>, hash: &[&[u8]], equal: &[&[u8]], ranges: &[SortRange<'_>]) -> KeySpan {
    let of = |range: SortRange<'_>| match (source.index, hash) {
        (None, [hash]) => KeySpan::of_partition(hash, range),
        _ => KeySpan::of_index_partition(hash, equal, range),
    };
    let mut spans = ranges.iter().map(|range| of(*range));
    let first = spans.next().unwrap_or_else(|| of(SortRange::All));
    spans.fold(first, KeySpan::and)
}

fn sort_range<'v>(operator: KeyOperator, operand: &'v [u8], upper: Option<&'v [u8]>) -> SortRange<'v> {
    match operator {
        KeyOperator::Equal => SortRange::Equal(operand),
        KeyOperator::Less => SortRange::Less(operand),
        KeyOperator::LessOrEqual => SortRange::LessOrEqual(operand),
        KeyOperator::Greater => SortRange::Greater(operand),
        KeyOperator::GreaterOrEqual => SortRange::GreaterOrEqual(operand),
        KeyOperator::Between => SortRange::Between(operand, upper.unwrap_or(operand)),
        KeyOperator::BeginsWith => SortRange::BeginsWith(operand),
    }
}
