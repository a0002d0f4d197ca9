//! Parameters as they were read: what the tables of `shapes/` describe, with the values in it, before it has a type.
//!
//! Items and attribute values are already in the engine's form here; only the members around them are loose.

use std::borrow::Cow;

use statordb_engine::ops::Supplied;
use statordb_engine::ops::batch_get_item::RequestedKey;
use statordb_engine::value::{EncodedValue, Item};

/// One parameter.
#[derive(Debug, Default)]
pub(crate) enum Param<'de> {
    /// Not there, or null.
    #[default]
    Absent,
    /// A text or a word.
    Text(Cow<'de, str>),
    /// A truth value.
    Boolean(bool),
    /// An integer, or a moment in milliseconds since 1970.
    Number(i64),
    /// An item or a key.
    Item(Supplied<Item>),
    /// A key, and how it was spelled.
    SpelledKey(RequestedKey),
    /// An attribute value.
    Value(Supplied<EncodedValue>),
    /// A list.
    List(Vec<Param<'de>>),
    /// A map, in document order.
    Map(Vec<(Cow<'de, str>, Param<'de>)>),
    /// A structure.
    Structure(Fields<'de>),
    /// Something that this version does not honour.
    Refused,
}

/// The members of a structure, in the order of its table.
#[derive(Debug, Default)]
pub(crate) struct Fields<'de> {
    slots: Vec<Param<'de>>,
}

impl<'de> Fields<'de> {
    /// A structure of `count` members, all absent.
    pub(crate) fn new(count: usize) -> Self {
        let mut slots = Vec::with_capacity(count);
        slots.resize_with(count, Param::default);
        Self { slots }
    }

    /// Sets a member; of several of one name the last one counts.
    pub(crate) fn set(&mut self, place: usize, param: Param<'de>) {
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = param;
        }
    }

    /// A member.
    pub(crate) fn get(&self, place: usize) -> &Param<'de> {
        self.slots.get(place).unwrap_or(&Param::Absent)
    }

    /// Every member, in the order of the table.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Param<'de>> {
        self.slots.iter()
    }

    fn take(&mut self, place: usize) -> Param<'de> {
        self.slots.get_mut(place).map(std::mem::take).unwrap_or_default()
    }

    /// A text.
    pub(crate) fn text(&mut self, place: usize) -> Option<Cow<'de, str>> {
        self.take(place).into_text()
    }

    /// A word, seen only.
    pub(crate) fn word(&self, place: usize) -> Option<&str> {
        match self.get(place) {
            Param::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A truth value.
    pub(crate) fn boolean(&self, place: usize) -> Option<bool> {
        match self.get(place) {
            Param::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// An integer that is not negative; the check has seen to the range.
    pub(crate) fn number<T: TryFrom<i64>>(&self, place: usize) -> Option<T> {
        match self.get(place) {
            Param::Number(number) => T::try_from(*number).ok(),
            _ => None,
        }
    }

    /// An item.
    pub(crate) fn item(&mut self, place: usize) -> Option<Supplied<Item>> {
        self.take(place).into_item()
    }

    /// An attribute value.
    pub(crate) fn value(&mut self, place: usize) -> Option<Supplied<EncodedValue>> {
        self.take(place).into_value()
    }

    /// A list, each element as `convert` sees it.
    pub(crate) fn list<T>(&mut self, place: usize, convert: impl FnMut(Param<'de>) -> Option<T>) -> Option<Vec<T>> {
        match self.take(place) {
            Param::List(elements) => Some(elements.into_iter().filter_map(convert).collect()),
            _ => None,
        }
    }

    /// A map, each value as `convert` sees it.
    pub(crate) fn map<T>(
        &mut self,
        place: usize,
        convert: impl Fn(Param<'de>) -> Option<T>,
    ) -> Option<Vec<(Cow<'de, str>, T)>> {
        match self.take(place) {
            Param::Map(entries) => {
                Some(entries.into_iter().filter_map(|(name, value)| Some((name, convert(value)?))).collect())
            }
            _ => None,
        }
    }

    /// A structure.
    pub(crate) fn structure(&mut self, place: usize) -> Option<Fields<'de>> {
        self.take(place).into_structure()
    }
}

impl<'de> Param<'de> {
    /// The text it is.
    pub(crate) fn into_text(self) -> Option<Cow<'de, str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The item it is.
    pub(crate) fn into_item(self) -> Option<Supplied<Item>> {
        match self {
            Self::Item(item) => Some(item),
            _ => None,
        }
    }

    /// The spelled key it is.
    pub(crate) fn into_spelled_key(self) -> Option<RequestedKey> {
        match self {
            Self::SpelledKey(key) => Some(key),
            _ => None,
        }
    }

    /// The attribute value it is.
    pub(crate) fn into_value(self) -> Option<Supplied<EncodedValue>> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The structure it is.
    pub(crate) fn into_structure(self) -> Option<Fields<'de>> {
        match self {
            Self::Structure(fields) => Some(fields),
            _ => None,
        }
    }

    /// The elements it has.
    pub(crate) fn into_list(self) -> Option<Vec<Param<'de>>> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }
}
