//! Update expressions: a new item from an old one.
//!
//! Everything on a right side is computed from the old item; then paths are changed, and a list's indexes mean the places
//! they had before. Attributes that no path names are copied as bytes; lists and maps that a path goes into are written
//! anew around the parts that stay.

use super::ExpressionKind;
use super::ast::{Operand, Operator, PathRef, Pool, Step, Term};
use super::check::check_update_operands;
use super::parse::{Action, Section, parse_update};
use super::paths::{Paths, Target};
use super::substitutions::{Binder, Slot, Substitutions, Usage};
use crate::error::{Error, Result};
use crate::limits::NESTING_MAX;
use crate::value::{Attributes, Builder, EncodedValue, Item, ItemRef, ItemWriter, Kind, Number, ValueError, ValueRef};

/// A parsed UpdateExpression.
#[derive(Debug)]
pub struct Update {
    pub(super) pool: Pool,
    pub(super) actions: Vec<Action>,
}

impl Update {
    /// Reads a text.
    ///
    /// # Errors
    /// ValidationException for a text that is empty, too long or malformed, for limits, reserved words, functions out of
    /// place and repeated sections.
    pub fn parse(text: &str) -> Result<Self> {
        let (pool, actions) = parse_update(ExpressionKind::Update, text)?;
        Ok(Self { pool, actions })
    }

    /// Reads what the UPDATE of a statement has become.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn parse_statement(text: &str) -> Result<Self> {
        let (pool, actions) = parse_update(ExpressionKind::Statement, text)?;
        Ok(Self { pool, actions })
    }

    /// Gives the placeholders their names and values.
    ///
    /// # Errors
    /// ValidationException for undefined names, undefined values, paths that overlap or conflict, and operands that do
    /// not fit, in this order.
    pub fn bind<'a>(&'a self, subs: &'a Substitutions<'_>, usage: &mut Usage) -> Result<BoundUpdate<'a>> {
        let mut binder = Binder::new(&self.pool, subs, usage);
        binder.resolve_names_first()?;
        let slots = binder.into_slots();
        let targets = self.actions.iter().zip(0..);
        let mut targets: Vec<Target> =
            targets.map(|(action, number)| Target { path: action.path, action: number }).collect();
        Paths { pool: &self.pool, slots: &slots }.sort(&mut targets)?;
        check_update_operands(&self.pool, &slots, &self.actions)?;
        Ok(BoundUpdate { update: self, slots, targets, is_weighed: false })
    }
}

/// An update that can be applied to items.
#[derive(Debug)]
pub struct BoundUpdate<'a> {
    pub(super) update: &'a Update,
    pub(super) slots: Vec<Slot<'a>>,
    /// The paths to change, sorted.
    pub(super) targets: Vec<Target>,
    /// Whether its text counts against the size of an item.
    pub(super) is_weighed: bool,
}

/// What becomes of one path.
enum Change<'v> {
    Copy(ValueRef<'v>),
    Put(EncodedValue),
    Remove,
}

impl Change<'_> {
    fn value(&self) -> Option<ValueRef<'_>> {
        match self {
            Self::Copy(value) => Some(*value),
            Self::Put(value) => Some(value.view()),
            Self::Remove => None,
        }
    }
}

fn missing_attribute() -> Error {
    Error::validation("The provided expression refers to an attribute that does not exist in the item")
}

fn wrong_type() -> Error {
    Error::validation("An operand in the update expression has an incorrect data type")
}

fn invalid_path() -> Error {
    Error::validation("The document path provided in the update expression is invalid for update")
}

impl BoundUpdate<'_> {
    /// The document paths of the update, those that are written and those that are read, in the order of the text.
    pub fn paths(&self) -> impl Iterator<Item = PathRef<'_>> {
        let pool = &self.update.pool;
        (0..pool.paths.len() as u16).map(move |path| pool.path_ref(path, &self.slots))
    }

    /// The paths that the update writes, in the order of the text.
    pub fn targets(&self) -> impl Iterator<Item = PathRef<'_>> {
        self.update.actions.iter().map(|action| self.update.pool.path_ref(action.path, &self.slots))
    }

    /// The constant that a SET assigns to the whole attribute `name`, if there is one.
    pub(crate) fn assigned(&self, name: &str) -> Option<ValueRef<'_>> {
        let pool = &self.update.pool;
        self.update.actions.iter().filter(|action| matches!(action.section, Section::Set)).find_map(|action| {
            let path = pool.path_ref(action.path, &self.slots);
            match (action.value, path.is_nested || path.name != name) {
                (Some(Operand::Value(slot)), false) => match self.slots.get(usize::from(slot)) {
                    Some(Slot::Value(value)) => Some(*value),
                    _ => None,
                },
                _ => None,
            }
        })
    }

    /// The item after the update. `base` is the stored item, or, when none `exists`, an item of the key attributes alone;
    /// nothing comes of a missing item that is only to lose something.
    ///
    /// # Errors
    /// ValidationException, without the name of the expression, when the old item does not have what the update needs.
    pub fn apply(&self, base: ItemRef<'_>, exists: bool) -> Result<Option<Item>> {
        if exists {
            return self.apply_targets(base, &self.targets).map(Some);
        }
        let is_write = |target: &&Target| self.action(**target).is_some_and(writes_value);
        let targets: Vec<Target> = self.targets.iter().filter(is_write).copied().collect();
        if targets.is_empty() {
            return Ok(None);
        }
        self.apply_targets(base, &targets).map(Some)
    }

    /// The part of an item that UPDATED_OLD (of the old item) or UPDATED_NEW (of the new one) returns: what the written
    /// paths lead to, inside what surrounds it. A path means the same place in both items, even where elements of a list
    /// have moved or were appended.
    pub fn updated(&self, item: ItemRef<'_>) -> Item {
        self.paths_of().project(item, &self.targets)
    }

    fn paths_of(&self) -> Paths<'_> {
        Paths { pool: &self.update.pool, slots: &self.slots }
    }

    fn action(&self, target: Target) -> Option<&Action> {
        self.update.actions.get(usize::from(target.action))
    }

    fn apply_targets(&self, base: ItemRef<'_>, targets: &[Target]) -> Result<Item> {
        let mut changes: Vec<Change<'_>> = Vec::with_capacity(self.update.actions.len());
        for action in &self.update.actions {
            let applies = targets.len() == self.targets.len() || writes_value(action);
            changes.push(if applies { self.change(action, base)? } else { Change::Remove });
        }
        Editor { paths: self.paths_of(), changes: &changes }.edit_item(base, targets)
    }

    /// Computes what becomes of an action's path, from the old item.
    fn change<'v>(&'v self, action: &Action, old: ItemRef<'v>) -> Result<Change<'v>> {
        let pool = &self.update.pool;
        let Some(operand) = action.value else { return Ok(Change::Remove) };
        let change = match action.section {
            Section::Add => add(pool.follow(action.path, &self.slots, old), self.value(operand, old)?)?,
            Section::Delete => delete(pool.follow(action.path, &self.slots, old), &self.value(operand, old)?)?,
            _ => self.value(operand, old)?,
        };
        let surrounding = pool.elements_of(action.path).len() - 1;
        if change.value().is_some_and(|value| value.is_deeper_than(NESTING_MAX.saturating_sub(surrounding))) {
            return Err(ValueError::Nesting.into_error());
        }
        Ok(change)
    }

    /// The value of an operand, from the old item.
    fn value<'v>(&'v self, operand: Operand, old: ItemRef<'v>) -> Result<Change<'v>> {
        let pool = &self.update.pool;
        match operand {
            Operand::Path(path) => pool.follow(path, &self.slots, old).map(Change::Copy).ok_or_else(missing_attribute),
            Operand::Value(slot) => match self.slots.get(usize::from(slot)) {
                Some(Slot::Value(value)) => Ok(Change::Copy(*value)),
                _ => Err(missing_attribute()),
            },
            Operand::Term(term) => self.compute(pool.term(term).ok_or_else(missing_attribute)?, old),
        }
    }

    /// The value of a function, sum or difference. They nest no deeper than 4,096 bytes of text allow, some 250 calls.
    fn compute<'v>(&'v self, term: &Term, old: ItemRef<'v>) -> Result<Change<'v>> {
        let [one, two] = self.update.pool.operands_of(term) else { return Err(missing_attribute()) };
        match (term.operator, one) {
            (Operator::IfNotExists, Operand::Path(path)) => match self.update.pool.follow(*path, &self.slots, old) {
                Some(value) => Ok(Change::Copy(value)),
                None => self.value(*two, old),
            },
            (Operator::ListAppend, _) => append(&self.value(*one, old)?, &self.value(*two, old)?),
            (operator, _) => calculate(operator, &self.value(*one, old)?, &self.value(*two, old)?),
        }
    }
}

fn add<'v>(old: Option<ValueRef<'v>>, operand: Change<'v>) -> Result<Change<'v>> {
    let Some(old) = old else { return Ok(operand) };
    match operand.value() {
        Some(value) if value.kind() != old.kind() => Err(wrong_type()),
        Some(value) if value.kind().is_set() => unite(old, value),
        _ => calculate(Operator::Plus, &Change::Copy(old), &operand),
    }
}

fn delete<'v>(old: Option<ValueRef<'_>>, operand: &Change<'_>) -> Result<Change<'v>> {
    let (Some(old), Some(value)) = (old, operand.value()) else { return Ok(Change::Remove) };
    if value.kind() != old.kind() {
        return Err(wrong_type());
    }
    subtract(old, value)
}

fn writes_value(action: &Action) -> bool {
    matches!(action.section, Section::Set | Section::Add)
}

fn put<'v>(builder: Builder) -> Result<Change<'v>> {
    builder.finish_value().map(Change::Put).map_err(ValueError::into_error)
}

/// A sum or difference of two numbers.
fn calculate<'v>(operator: Operator, one: &Change<'_>, two: &Change<'_>) -> Result<Change<'v>> {
    let number = |change: &Change<'_>| change.value().and_then(|value| value.as_number()).ok_or_else(wrong_type);
    let (one, two) = (number(one)?, number(two)?);
    let result = if operator == Operator::Minus { one.checked_sub(&two) } else { one.checked_add(&two) };
    let result: Number = result.map_err(|error| Error::validation(error.message()))?;
    let mut builder = Builder::value();
    builder.number(&result);
    put(builder)
}

/// The elements of two lists, one behind the other.
fn append<'v>(one: &Change<'_>, two: &Change<'_>) -> Result<Change<'v>> {
    let list = |change: &Change<'_>| change.value().is_some_and(|value| value.kind() == Kind::L);
    if !list(one) || !list(two) {
        return Err(wrong_type());
    }
    let mut builder = Builder::value();
    builder.begin_list();
    for element in [one, two].into_iter().filter_map(Change::value).flat_map(|list| list.elements()) {
        builder.encoded(element);
    }
    builder.end_list();
    put(builder)
}

/// The elements of two sets of one type. Elements ascend, so equal ones meet.
fn unite<'v>(one: ValueRef<'_>, two: ValueRef<'_>) -> Result<Change<'v>> {
    let mut builder = Builder::value();
    builder.begin_set(one.kind());
    let mut others = two.set_elements().peekable();
    for element in one.set_elements() {
        while let Some(other) = others.next_if(|other| *other < element) {
            builder.set_element(other);
        }
        others.next_if_eq(&element);
        builder.set_element(element);
    }
    others.for_each(|other| builder.set_element(other));
    builder.end_set();
    put(builder)
}

/// The elements of a set that another one of its type does not have; a set without elements is no set.
fn subtract<'v>(one: ValueRef<'_>, two: ValueRef<'_>) -> Result<Change<'v>> {
    let mut builder = Builder::value();
    builder.begin_set(one.kind());
    let mut others = two.set_elements().peekable();
    let mut is_empty = true;
    for element in one.set_elements() {
        while others.next_if(|other| *other < element).is_some() {}
        if others.next_if_eq(&element).is_none() {
            builder.set_element(element);
            is_empty = false;
        }
    }
    if is_empty {
        return Ok(Change::Remove);
    }
    builder.end_set();
    put(builder)
}

/// Writes an item anew, with the changes in their places.
struct Editor<'e> {
    paths: Paths<'e>,
    /// By number of action.
    changes: &'e [Change<'e>],
}

impl Editor<'_> {
    fn leaf(&self, group: &[Target], depth: usize) -> Option<Option<ValueRef<'_>>> {
        let target = self.paths.leaf(group, depth)?;
        Some(self.changes.get(usize::from(target.action)).and_then(Change::value))
    }

    fn edit_item(&self, base: ItemRef<'_>, targets: &[Target]) -> Result<Item> {
        let added: usize = self.changes.iter().filter_map(Change::value).map(|value| value.as_bytes().len() + 32).sum();
        let mut writer = ItemWriter::new(base.as_bytes().len() + added);
        let mut attributes = base.iter();
        let mut rest = targets;
        while let Some((Step::Name(name), group, behind)) = self.paths.group(rest, 0) {
            rest = behind;
            let old = writer.copy_before(&mut attributes, name);
            self.edit_attribute(&mut writer, name, old, group)?;
        }
        writer.copy_rest(&attributes);
        Ok(writer.finish_changed(base))
    }

    fn edit_attribute(
        &self,
        writer: &mut ItemWriter,
        name: &str,
        old: Option<ValueRef<'_>>,
        group: &[Target],
    ) -> Result<()> {
        match (self.leaf(group, 0), old) {
            (Some(Some(value)), _) => writer.attribute(name, value),
            (Some(None), _) => {}
            (None, None) => return Err(invalid_path()),
            (None, Some(old)) => {
                let mut builder = Builder::value();
                self.edit(&mut builder, old, group, 1)?;
                let value = builder.finish_value().map_err(ValueError::into_error)?;
                writer.attribute(name, value.view());
            }
        }
        Ok(())
    }

    /// Writes a map or list with the changes of `targets`, which all go into it.
    fn edit(&self, builder: &mut Builder, old: ValueRef<'_>, targets: &[Target], depth: usize) -> Result<()> {
        match (targets.first().and_then(|target| self.paths.step(*target, depth)), old.kind()) {
            (Some(Step::Name(_)), Kind::M) => {
                builder.begin_map();
                self.edit_members(builder, old, targets, depth)?;
                builder.end_map();
                Ok(())
            }
            (Some(Step::Index(_)), Kind::L) => {
                builder.begin_list();
                self.edit_elements(builder, old, targets, depth)?;
                builder.end_list();
                Ok(())
            }
            _ => Err(invalid_path()),
        }
    }

    fn edit_members(&self, builder: &mut Builder, old: ValueRef<'_>, targets: &[Target], depth: usize) -> Result<()> {
        let mut members: std::iter::Peekable<Attributes<'_>> = old.members().peekable();
        let mut rest = targets;
        while let Some((Step::Name(name), group, behind)) = self.paths.group(rest, depth) {
            rest = behind;
            while let Some((other, value)) = members.next_if(|(other, _)| *other < name) {
                builder.name(other);
                builder.encoded(value);
            }
            let found = members.next_if(|(other, _)| *other == name).map(|(_, value)| value);
            match (self.leaf(group, depth), found) {
                (Some(Some(value)), _) => {
                    builder.name(name);
                    builder.encoded(value);
                }
                (Some(None), _) => {}
                (None, None) => return Err(invalid_path()),
                (None, Some(found)) => {
                    builder.name(name);
                    self.edit(builder, found, group, depth + 1)?;
                }
            }
        }
        for (name, value) in members {
            builder.name(name);
            builder.encoded(value);
        }
        Ok(())
    }

    /// Places behind the end are new elements, in the order of their indexes.
    fn edit_elements(&self, builder: &mut Builder, old: ValueRef<'_>, targets: &[Target], depth: usize) -> Result<()> {
        let mut elements = (0..).zip(old.elements()).peekable();
        let mut rest = targets;
        while let Some((Step::Index(index), group, behind)) = self.paths.group(rest, depth) {
            rest = behind;
            while let Some((_, element)) = elements.next_if(|(place, _)| *place < index) {
                builder.encoded(element);
            }
            match (self.leaf(group, depth), elements.next_if(|(place, _)| *place == index)) {
                (Some(Some(value)), _) => builder.encoded(value),
                (Some(None), _) => {}
                (None, None) => return Err(invalid_path()),
                (None, Some((_, element))) => self.edit(builder, element, group, depth + 1)?,
            }
        }
        elements.for_each(|(_, element)| builder.encoded(element));
        Ok(())
    }
}
