//! The parameters from before expressions: `Expected`, `QueryFilter`, `ScanFilter`, `KeyConditions`, `AttributeUpdates`.
//!
//! They are checked into the forms below and then take the same way as expressions do: a condition on an item, a range of
//! keys, a change of an item.

use crate::error::{Error, Result};
use crate::expr::compare::{begins_with, contains};
use crate::limits::ATTRIBUTE_NAME_BYTES_MAX;
use crate::ops::update_item::{AttributeAction, AttributeUpdate};
use crate::ops::{ComparisonOperator, ConditionalOperator, ExpectedAttribute, LegacyCondition, LegacyMap, Supplied};
use crate::value::{Builder, EncodedValue, Item, ItemRef, Kind, Value, ValueError, ValueRef};

/// One comparison of a top-level attribute.
#[derive(Debug)]
pub(crate) struct Test<'a> {
    pub(crate) name: &'a str,
    pub(crate) operator: ComparisonOperator,
    pub(crate) operands: Vec<ValueRef<'a>>,
}

/// Comparisons joined by one operator.
#[derive(Debug)]
pub(crate) struct Conditions<'a> {
    operator: ConditionalOperator,
    tests: Vec<Test<'a>>,
}

impl<'a> Conditions<'a> {
    /// Checks an `Expected`.
    pub(crate) fn of_expected(
        expected: &'a LegacyMap<'_, ExpectedAttribute>,
        operator: Option<ConditionalOperator>,
    ) -> Result<Self> {
        let tests = expected.iter().map(|(name, attribute)| expected_test(name, attribute)).collect::<Result<_>>()?;
        Ok(Self { operator: operator.unwrap_or(ConditionalOperator::And), tests })
    }

    /// Checks a `QueryFilter` or `ScanFilter`.
    pub(crate) fn of_filter(
        filter: &'a LegacyMap<'_, LegacyCondition>,
        operator: Option<ConditionalOperator>,
    ) -> Result<Self> {
        Ok(Self { operator: operator.unwrap_or(ConditionalOperator::And), tests: tests_of(filter)? })
    }

    /// Whether the item passes; no comparison at all passes.
    pub(crate) fn matches(&self, item: ItemRef<'_>) -> bool {
        let mut tests = self.tests.iter();
        match self.operator {
            _ if self.tests.is_empty() => true,
            ConditionalOperator::And => tests.all(|test| test.holds(item)),
            ConditionalOperator::Or => tests.any(|test| test.holds(item)),
        }
    }

    /// The attributes that are compared.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.tests.iter().map(|test| test.name)
    }

    /// Comparisons that one item can take. Unlike an expression's, their number is not limited.
    pub(crate) fn comparisons(&self) -> usize {
        self.tests.iter().map(|test| test.operands.len().max(1)).sum()
    }
}

/// Checks each entry of a filter or of `KeyConditions`.
pub(crate) fn tests_of<'a>(conditions: &'a LegacyMap<'_, LegacyCondition>) -> Result<Vec<Test<'a>>> {
    let test = |(name, condition): &'a (_, LegacyCondition)| {
        let name: &std::borrow::Cow<'_, str> = name;
        Test::new(name, condition.operator, operands(&condition.list)?)
    };
    conditions.iter().map(test).collect()
}

fn operands(list: &[Supplied<EncodedValue>]) -> Result<Vec<ValueRef<'_>>> {
    list.iter().map(operand).collect()
}

fn operand(value: &Supplied<EncodedValue>) -> Result<ValueRef<'_>> {
    value.as_ref().map(EncodedValue::view).map_err(|error| error.clone().into_error())
}

/// The five forms of an entry of `Expected`.
fn expected_test<'a>(name: &'a str, attribute: &'a ExpectedAttribute) -> Result<Test<'a>> {
    let refuse = |what: &str| Err(Error::parameter(format_args!("{what} for Attribute: {name}")));
    let ExpectedAttribute { value, exists, operator, list } = attribute;
    match (operator, value, list, exists) {
        (_, Some(_), Some(_), _) => refuse("Value and AttributeValueList cannot be used together"),
        (None, _, Some(_), _) => refuse("AttributeValueList can only be used with a ComparisonOperator"),
        (Some(_), _, _, Some(_)) => refuse("Exists and ComparisonOperator cannot be used together"),
        (Some(operator), None, None, None) => {
            if !matches!(operator, ComparisonOperator::Null | ComparisonOperator::NotNull) {
                let what =
                    format!("Value or AttributeValueList must be used with ComparisonOperator: {}", operator.name());
                return refuse(&what);
            }
            Test::new(name, *operator, Vec::new())
        }
        (Some(operator), Some(value), None, None) => Test::new(name, *operator, vec![operand(value)?]),
        (Some(operator), None, Some(list), None) => Test::new(name, *operator, operands(list)?),
        (None, Some(_), None, Some(false)) => refuse("Value cannot be used when Exists is false"),
        (None, Some(value), None, _) => Test::new(name, ComparisonOperator::Eq, vec![operand(value)?]),
        (None, None, None, Some(false)) => Test::new(name, ComparisonOperator::Null, Vec::new()),
        (None, None, None, Some(true)) => refuse("Value must be provided when Exists is true"),
        (None, None, None, None) => refuse("Value must be provided when Exists is null"),
    }
}

impl<'a> Test<'a> {
    fn new(name: &'a str, operator: ComparisonOperator, operands: Vec<ValueRef<'a>>) -> Result<Self> {
        let test = Self { name, operator, operands };
        test.check_count()?;
        test.check_types()?;
        test.check_order()?;
        Ok(test)
    }

    fn check_count(&self) -> Result<()> {
        use ComparisonOperator::{Between, In, NotNull, Null};
        let fits = match self.operator {
            Null | NotNull => self.operands.is_empty(),
            Between => self.operands.len() == 2,
            In => !self.operands.is_empty(),
            _ => self.operands.len() == 1,
        };
        if fits {
            return Ok(());
        }
        let operator = self.operator.name();
        Err(Error::parameter(format_args!("Invalid number of argument(s) for the {operator} ComparisonOperator")))
    }

    fn takes(&self, kind: Kind) -> bool {
        use ComparisonOperator as Op;
        match self.operator {
            Op::Eq | Op::Ne | Op::Null | Op::NotNull => true,
            Op::Contains | Op::NotContains => kind.is_ordered() || matches!(kind, Kind::Bool | Kind::Null),
            Op::BeginsWith => matches!(kind, Kind::S | Kind::B),
            _ => kind.is_ordered(),
        }
    }

    fn check_types(&self) -> Result<()> {
        if let Some(wrong) = self.operands.iter().map(ValueRef::kind).find(|kind| !self.takes(*kind)) {
            return Err(Error::parameter(format_args!(
                "ComparisonOperator {} is not valid for {} AttributeValue type",
                self.operator.name(),
                wrong.name()
            )));
        }
        let mut kinds = self.operands.iter().map(ValueRef::kind);
        let first = kinds.next();
        if kinds.any(|kind| Some(kind) != first) {
            return Err(Error::parameter("AttributeValues inside AttributeValueList must be of same type"));
        }
        Ok(())
    }

    fn check_order(&self) -> Result<()> {
        if let (ComparisonOperator::Between, [low, high]) = (self.operator, self.operands.as_slice())
            && low.compare(high).is_some_and(|order| order.is_gt())
        {
            return Err(Error::validation(
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
            ));
        }
        Ok(())
    }

    fn holds(&self, item: ItemRef<'_>) -> bool {
        use ComparisonOperator as Op;
        let Some(value) = item.get(self.name) else {
            return matches!(self.operator, Op::Ne | Op::Null);
        };
        let order = |place: usize| self.operands.get(place).and_then(|operand| value.compare(operand));
        let first = self.operands.first();
        match self.operator {
            Op::NotNull => true,
            Op::Null => false,
            Op::Eq | Op::In => self.operands.contains(&value),
            Op::Ne => !self.operands.contains(&value),
            Op::Le => order(0).is_some_and(|order| order.is_le()),
            Op::Lt => order(0).is_some_and(|order| order.is_lt()),
            Op::Ge => order(0).is_some_and(|order| order.is_ge()),
            Op::Gt => order(0).is_some_and(|order| order.is_gt()),
            Op::Between => order(0).is_some_and(|order| order.is_ge()) && order(1).is_some_and(|order| order.is_le()),
            Op::Contains => first.is_some_and(|operand| contains(value, *operand)),
            Op::NotContains => first.is_some_and(|operand| !contains(value, *operand)),
            Op::BeginsWith => first.is_some_and(|operand| begins_with(value, *operand)),
        }
    }
}

/// A checked `AttributeUpdates`.
#[derive(Debug)]
pub(crate) struct AttributeChanges<'a> {
    changes: Vec<(&'a str, Change<'a>)>,
}

#[derive(Debug)]
enum Change<'a> {
    Set(ValueRef<'a>),
    Remove,
    Add(ValueRef<'a>),
    Subtract(ValueRef<'a>),
}

impl<'a> AttributeChanges<'a> {
    /// Checks an `AttributeUpdates` as far as its table does not matter.
    pub(crate) fn new(updates: &'a LegacyMap<'_, AttributeUpdate>) -> Result<Self> {
        let mut changes = Vec::with_capacity(updates.len());
        for (name, update) in updates {
            check_name(name)?;
            changes.push((name.as_ref(), change(update)?));
        }
        // In the order in which an item has its attributes, so that both are walked once.
        changes.sort_by_key(|(name, _)| *name);
        Ok(Self { changes })
    }

    /// The attributes that are changed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.changes.iter().map(|(name, _)| *name)
    }

    /// The value that an attribute is set to, if it is.
    pub(crate) fn assigned(&self, name: &str) -> Option<ValueRef<'a>> {
        self.changes.iter().find_map(|(other, change)| match change {
            Change::Set(value) if *other == name => Some(*value),
            _ => None,
        })
    }

    /// The item after the changes; nothing when they only remove and there is no item.
    pub(crate) fn apply(&self, base: ItemRef<'_>, exists: bool) -> Result<Option<Item>> {
        let removes = |change: &Change<'_>| matches!(change, Change::Remove | Change::Subtract(_));
        if !exists && !self.changes.is_empty() && self.changes.iter().all(|(_, change)| removes(change)) {
            return Ok(None);
        }
        let mut builder = Builder::item();
        let mut attributes = base.iter().peekable();
        for (name, change) in &self.changes {
            while let Some((kept, value)) = attributes.next_if(|(found, _)| found < name) {
                builder.name(kept);
                builder.encoded(value);
            }
            let old = attributes.next_if(|(found, _)| found == name).map(|(_, value)| value);
            if let Some(value) = change.apply(old)? {
                builder.name(name);
                builder.encoded(value.view());
            }
        }
        for (kept, value) in attributes {
            builder.name(kept);
            builder.encoded(value);
        }
        builder.finish_item().map(Some).map_err(|error| error.into_error())
    }
}

fn check_name(name: &str) -> Result<()> {
    match name.len() {
        0 => Err(ValueError::EmptyName.into_error()),
        1..=ATTRIBUTE_NAME_BYTES_MAX => Ok(()),
        _ => Err(ValueError::LongName.into_error()),
    }
}

fn change(update: &AttributeUpdate) -> Result<Change<'_>> {
    let value = update.value.as_ref().map(operand).transpose()?;
    let unsupported = |action: &str, value: ValueRef<'_>| {
        Error::parameter(format_args!("{action} is not supported for the type {}", value.kind().name()))
    };
    match (update.action, value) {
        (AttributeAction::Delete, None) => Ok(Change::Remove),
        (_, None) => Err(Error::parameter("Only DELETE action is allowed when no attribute value is specified")),
        (AttributeAction::Put, Some(value)) => Ok(Change::Set(value)),
        (AttributeAction::Add, Some(value)) => match value.kind() {
            Kind::N | Kind::Ss | Kind::Ns | Kind::Bs | Kind::L => Ok(Change::Add(value)),
            _ => Err(unsupported("ADD action", value)),
        },
        (AttributeAction::Delete, Some(value)) if value.kind().is_set() => Ok(Change::Subtract(value)),
        (AttributeAction::Delete, Some(value)) => Err(unsupported("DELETE action with value", value)),
    }
}

impl Change<'_> {
    /// The attribute's new value, or nothing when it goes.
    fn apply(&self, old: Option<ValueRef<'_>>) -> Result<Option<EncodedValue>> {
        match (self, old) {
            (Self::Set(value), _) | (Self::Add(value), None) => Ok(Some(EncodedValue::copy(*value))),
            (Self::Remove, _) | (Self::Subtract(_), None) => Ok(None),
            (Self::Add(value), Some(old)) => encode(&added(old.to_value(), value.to_value())?).map(Some),
            (Self::Subtract(value), Some(old)) => {
                let rest = subtracted(old.to_value(), &value.to_value())?;
                rest.as_ref().map(encode).transpose()
            }
        }
    }
}

fn encode(value: &Value) -> Result<EncodedValue> {
    EncodedValue::of(value).map_err(|error| error.into_error())
}

fn type_mismatch() -> Error {
    Error::validation("Type mismatch for attribute to update")
}

fn added(old: Value, value: Value) -> Result<Value> {
    Ok(match (old, value) {
        (Value::N(old), Value::N(value)) => {
            Value::N(old.checked_add(&value).map_err(|error| Error::validation(error.message()))?)
        }
        (Value::Ss(old), Value::Ss(value)) => Value::Ss(old.into_iter().chain(value).collect()),
        (Value::Ns(old), Value::Ns(value)) => Value::Ns(old.into_iter().chain(value).collect()),
        (Value::Bs(old), Value::Bs(value)) => Value::Bs(old.into_iter().chain(value).collect()),
        (Value::L(old), Value::L(value)) => Value::L(old.into_iter().chain(value).collect()),
        _ => return Err(type_mismatch()),
    })
}

/// A set without the elements of another; an emptied set is no attribute.
fn subtracted(old: Value, value: &Value) -> Result<Option<Value>> {
    let rest = match (old, value) {
        (Value::Ss(old), Value::Ss(value)) => Value::Ss(&old - value),
        (Value::Ns(old), Value::Ns(value)) => Value::Ns(&old - value),
        (Value::Bs(old), Value::Bs(value)) => Value::Bs(&old - value),
        _ => return Err(type_mismatch()),
    };
    let empty = match &rest {
        Value::Ss(set) => set.is_empty(),
        Value::Ns(set) => set.is_empty(),
        Value::Bs(set) => set.is_empty(),
        _ => false,
    };
    Ok(if empty { None } else { Some(rest) })
}
