//! The names and values that a request gives for the placeholders of its expressions.
//!
//! The maps are checked once for a request, before any expression is read; each expression then takes what it needs and
//! notes it in a [`Usage`]; in the end nothing may be left over.

use std::borrow::Cow;

use super::ExpressionKind;
use super::ast::Pool;
use super::lex::Span;
use crate::error::{Error, Result};
use crate::limits::{ATTRIBUTE_NAME_BYTES_MAX, PLACEHOLDER_BYTES_MAX, SUBSTITUTIONS_BYTES_MAX};
use crate::value::{EncodedValue, ValueError, ValueRef};

const NAMES: &str = "ExpressionAttributeNames";
const VALUES: &str = "ExpressionAttributeValues";

/// `#name` and the attribute name it stands for.
pub type NameEntry<'a> = (Cow<'a, str>, Cow<'a, str>);
/// `:value` and the value it stands for, or what is wrong with that value.
pub type ValueEntry<'a> = (Cow<'a, str>, std::result::Result<EncodedValue, ValueError>);

/// ExpressionAttributeNames and ExpressionAttributeValues, in the order of the request. A value that is not valid is
/// given as what is wrong with it, and reported by [`Self::check`].
#[derive(Clone, Debug, Default)]
pub struct Substitutions<'a> {
    /// ExpressionAttributeNames, when given.
    pub names: Option<Vec<NameEntry<'a>>>,
    /// ExpressionAttributeValues, when given.
    pub values: Option<Vec<ValueEntry<'a>>>,
}

impl Substitutions<'_> {
    /// Checks the maps of a request. `parameters` are the expressions that the operation knows, in the order in which its
    /// messages list them, and whether they were given; a ProjectionExpression has no values and is not listed where
    /// values have no use. `wrap_values` puts the placeholder around the message of an invalid value, as all operations
    /// but PutItem and UpdateItem do.
    pub fn check(&self, parameters: &[(&'static str, bool)], wrap_values: bool) -> Result<()> {
        self.check_use(parameters)?;
        for (key, name) in self.names.iter().flatten() {
            check_key(NAMES, key, '#')?;
            check_name(key, name)?;
        }
        for (key, value) in self.values.iter().flatten() {
            check_key(VALUES, key, ':')?;
            if let Err(error) = value {
                return Err(invalid_value(key, error, wrap_values));
            }
        }
        self.check_size()
    }

    fn check_use(&self, parameters: &[(&'static str, bool)]) -> Result<()> {
        if self.names.is_some() && parameters.iter().all(|(_, given)| !given) {
            return Err(Error::request(format!("{NAMES} can only be specified when using expressions")));
        }
        let takes_values = |parameter: &&(&'static str, bool)| parameter.0 != ExpressionKind::Projection.parameter();
        let given = parameters.iter().filter(takes_values).any(|(_, given)| *given);
        if self.values.is_some() && !given {
            let listed: Vec<&str> = parameters.iter().filter(takes_values).map(|(name, _)| *name).collect();
            let verb = if listed.len() > 1 { "are" } else { "is" };
            let listed = listed.join(" and ");
            return Err(Error::request(format!(
                "{VALUES} can only be specified when using expressions: {listed} {verb} null"
            )));
        }
        let empty = if self.names.as_ref().is_some_and(Vec::is_empty) {
            NAMES
        } else if self.values.as_ref().is_some_and(Vec::is_empty) {
            VALUES
        } else {
            return Ok(());
        };
        Err(Error::request(format!("{empty} must not be empty")))
    }

    fn check_size(&self) -> Result<()> {
        let names = self.names.iter().flatten().map(|(key, name)| key.len() + name.len());
        let values = self
            .values
            .iter()
            .flatten()
            .map(|(key, value)| key.len() + value.as_ref().map_or(0, |value| value.view().as_bytes().len()));
        let size: usize = names.chain(values).sum();
        if size > SUBSTITUTIONS_BYTES_MAX {
            return Err(Error::request(format!(
                "The combined size of {NAMES} and {VALUES} has exceeded the maximum allowed size; size: {size}"
            )));
        }
        Ok(())
    }

    /// Checks that the expressions of the request have used every name, and every value.
    pub fn check_all_used(&self, usage: &Usage) -> Result<()> {
        let names = self.names.iter().flatten().map(|(key, _)| key.as_ref());
        check_used(NAMES, names, &usage.names)?;
        let values = self.values.iter().flatten().map(|(key, _)| key.as_ref());
        check_used(VALUES, values, &usage.values)
    }
}

fn check_used<'a>(map: &str, keys: impl Iterator<Item = &'a str>, used: &Bits) -> Result<()> {
    let unused: Vec<&str> = keys.enumerate().filter(|(place, _)| !used.has(*place)).map(|(_, key)| key).collect();
    if unused.is_empty() {
        return Ok(());
    }
    let unused = unused.join(", ");
    Err(Error::request(format!("Value provided in {map} unused in expressions: keys: {{{unused}}}")))
}

fn check_key(map: &str, key: &str, sigil: char) -> Result<()> {
    let is_word =
        |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if key.len() > PLACEHOLDER_BYTES_MAX {
        let length = key.len();
        return Err(Error::validation(format!(
            "{map} contains invalid key: The key is too long; maximum length: {PLACEHOLDER_BYTES_MAX}, length: {length}"
        )));
    }
    if key.strip_prefix(sigil).is_some_and(is_word) {
        return Ok(());
    }
    Err(Error::validation(format!("{map} contains invalid key: Syntax error; key: \"{key}\"")))
}

fn check_name(key: &str, name: &str) -> Result<()> {
    let error = match name.len() {
        0 => ValueError::EmptyName,
        length if length > ATTRIBUTE_NAME_BYTES_MAX => ValueError::LongName,
        _ => return Ok(()),
    };
    Err(Error::validation(format!("{NAMES} contains invalid value: {} for key {key}", error.message())))
}

fn invalid_value(key: &str, error: &ValueError, wrap: bool) -> Error {
    if !wrap {
        return error.clone().into_error();
    }
    Error::request(format!("{VALUES} contains invalid value: {} for key {key}", error.message()))
}

/// Which names and values of a request its expressions have used so far.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    names: Bits,
    values: Bits,
}

/// A set of small numbers; the first 64 need no memory.
#[derive(Clone, Debug, Default)]
struct Bits {
    first: u64,
    rest: Vec<u64>,
}

impl Bits {
    fn set(&mut self, place: usize) {
        if place < 64 {
            self.first |= 1 << place;
            return;
        }
        let word = place / 64 - 1;
        if self.rest.len() <= word {
            self.rest.resize(word + 1, 0);
        }
        if let Some(word) = self.rest.get_mut(word) {
            *word |= 1 << (place % 64);
        }
    }

    fn has(&self, place: usize) -> bool {
        let word = if place < 64 { Some(&self.first) } else { self.rest.get(place / 64 - 1) };
        word.is_some_and(|word| word & (1 << (place % 64)) != 0)
    }
}

/// What a placeholder of one expression stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot<'a> {
    /// An attribute's name.
    Name(&'a str),
    /// A value.
    Value(ValueRef<'a>),
}

/// Resolves the placeholders of one expression, in their order.
pub(super) struct Binder<'a, 'u> {
    pool: &'a Pool,
    subs: &'a Substitutions<'a>,
    usage: &'u mut Usage,
    slots: Vec<Slot<'a>>,
    /// Where to look first: requests list their names and values mostly in the order of their use.
    next_name: usize,
    next_value: usize,
}

impl<'a, 'u> Binder<'a, 'u> {
    pub(super) fn new(pool: &'a Pool, subs: &'a Substitutions<'a>, usage: &'u mut Usage) -> Self {
        let slots = Vec::with_capacity(pool.slots.len());
        Self { pool, subs, usage, slots, next_name: 0, next_value: 0 }
    }

    /// The placeholders resolved so far.
    pub(super) fn slots(&self) -> &[Slot<'a>] {
        &self.slots
    }

    /// All of them, when all are resolved.
    pub(super) fn into_slots(self) -> Vec<Slot<'a>> {
        self.slots
    }

    /// Resolves the placeholders before the one numbered `end`.
    pub(super) fn resolve_to(&mut self, end: usize) -> Result<()> {
        while self.slots.len() < end
            && let Some(span) = self.pool.slots.get(self.slots.len())
        {
            let slot = self.resolve(*span)?;
            self.slots.push(slot);
        }
        Ok(())
    }

    /// Resolves all; an undefined name is reported before any undefined value.
    pub(super) fn resolve_names_first(&mut self) -> Result<()> {
        let mut undefined_value = None;
        for span in &self.pool.slots {
            match self.resolve(*span) {
                Ok(slot) => self.slots.push(slot),
                Err(error) if self.pool.text(*span).starts_with('#') => return Err(error),
                Err(error) => {
                    undefined_value.get_or_insert(error);
                    self.slots.push(Slot::Value(ValueRef::NULL));
                }
            }
        }
        undefined_value.map_or(Ok(()), Err)
    }

    fn resolve(&mut self, span: Span) -> Result<Slot<'a>> {
        let key = self.pool.text(span);
        if key.starts_with('#') { self.name(key) } else { self.value(key) }
    }

    fn name(&mut self, key: &str) -> Result<Slot<'a>> {
        let names: &'a [NameEntry<'a>] = self.subs.names.as_deref().unwrap_or_default();
        let Some((place, (_, name))) = find(names, self.next_name, key) else {
            return Err(self.pool.kind.bare_error(format_args!(
                "An expression attribute name used in the document path is not defined; attribute name: {key}"
            )));
        };
        self.next_name = place + 1;
        self.usage.names.set(place);
        Ok(Slot::Name(name))
    }

    fn value(&mut self, key: &str) -> Result<Slot<'a>> {
        let values: &'a [ValueEntry<'a>] = self.subs.values.as_deref().unwrap_or_default();
        let Some((place, (_, value))) = find(values, self.next_value, key) else {
            return Err(self.pool.kind.bare_error(format_args!(
                "An expression attribute value used in expression is not defined; attribute value: {key}"
            )));
        };
        self.next_value = place + 1;
        self.usage.values.set(place);
        match value {
            Ok(value) => Ok(Slot::Value(EncodedValue::view(value))),
            Err(error) => Err(ValueError::clone(error).into_error()),
        }
    }
}

/// Finds a key, starting at `from` and going round.
fn find<'a, T>(entries: &'a [(Cow<'a, str>, T)], from: usize, key: &str) -> Option<(usize, &'a (Cow<'a, str>, T))> {
    let (before, behind) = entries.split_at_checked(from).unwrap_or((entries, &[]));
    let behind = behind.iter().zip(from..);
    let (entry, place) = behind.chain(before.iter().zip(0..)).find(|(entry, _)| entry.0 == key)?;
    Some((place, entry))
}
