//! One pass over a request: serde visitors that follow the tables of `shapes/`.
//!
//! Any deserializer will do: serde_json over a body, or one over native objects. What has the wrong type stops the reading
//! at once with the text AWS has for it; serde's own error cannot carry that, so it travels in a cell beside.
//! Nulls count as absent, unknown members are skipped.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use statordb_engine::limits::NESTING_MAX;
use statordb_engine::ops::batch_get_item::RequestedKey;
use statordb_engine::value::{Builder, ValueError};

use crate::attribute;
use crate::error::{Exception, Failure};
use crate::mismatch::{self, Found, Place, Wanted};
use crate::params::{Fields, Param};
use crate::shape::{Idle, Shape, Structure};

/// Members, elements and entries of one request. No request that DynamoDB would take has nearly as many; a body of 16 MB
/// could have enough of them, each a few bytes long, to fill the memory.
const PARAMS_MAX: usize = 1_000_000;

/// What all visitors of one request share.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    failure: RefCell<Option<Failure>>,
    depth: Cell<usize>,
    params: Cell<usize>,
    /// While a key of BatchGetItem is read: the sum over its numbers as they are spelled.
    spelling: Cell<Option<u64>>,
    /// The attribute that is read, as far as spellings need it.
    name: Cell<u64>,
    /// Whether blobs come as base64 texts: they do in JSON.
    pub(crate) blobs_are_text: bool,
}

impl Reading {
    /// Notes why the reading ends; the error itself only unwinds.
    pub(crate) fn stop<E: de::Error>(&self, failure: Failure) -> E {
        self.failure.borrow_mut().get_or_insert(failure);
        E::custom("")
    }

    /// The text for a value of the wrong type, as an error.
    pub(crate) fn mismatch<E: de::Error>(&self, found: Found, wanted: Wanted, place: Place) -> E {
        self.stop(Failure::serialization(mismatch::text(found, wanted, place)))
    }

    /// One list or map of an attribute value deeper, unless DynamoDB's limit is reached. What is deeper is not an error
    /// here; it is skipped instead of read, which also bounds the stack, whatever the deserializer.
    pub(crate) fn enter(&self) -> bool {
        let may_enter = self.depth.get() < NESTING_MAX;
        if may_enter {
            self.depth.set(self.depth.get() + 1);
        }
        may_enter
    }

    /// One parameter more.
    fn count<E: de::Error>(&self) -> Result<(), E> {
        self.params.set(self.params.get() + 1);
        if self.params.get() > PARAMS_MAX {
            return Err(self.stop(Failure::silent(Exception::Serialization)));
        }
        Ok(())
    }

    /// Notes the attribute whose value follows.
    pub(crate) fn name(&self, name: &str) {
        if self.spelling.get().is_some() {
            self.name.set(hash(name));
        }
    }

    /// Notes the spelling of a number.
    pub(crate) fn number(&self, text: &str) {
        if let Some(sum) = self.spelling.get() {
            // A sum, so that the order of attributes does not count.
            self.spelling.set(Some(sum.wrapping_add(hash(&(self.name.get(), text)))));
        }
    }

    /// And back.
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

/// Reads the parameters of an operation.
pub(crate) fn parameters<'de, D>(structure: &'static Structure, deserializer: D) -> Result<Fields<'de>, Failure>
where
    D: Deserializer<'de>,
{
    let reading = Reading { blobs_are_text: deserializer.is_human_readable(), ..Reading::default() };
    let result = deserializer.deserialize_any(Input { structure, reading: &reading });
    result.map_err(|_| reading.failure.into_inner().unwrap_or_else(|| Failure::silent(Exception::Serialization)))
}

/// The whole of a request: an object, or nothing that has a text of its own.
struct Input<'r> {
    structure: &'static Structure,
    reading: &'r Reading,
}

impl<'de> Visitor<'de> for Input<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the members of a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        read_structure(self.structure, map, self.reading)
    }
}

fn read_structure<'de, A: MapAccess<'de>>(
    structure: &'static Structure,
    mut map: A,
    reading: &Reading,
) -> Result<Fields<'de>, A::Error> {
    let mut fields = Fields::new(structure.members.len());
    while let Some(place) = map.next_key_seed(MemberName(structure))? {
        match place.and_then(|place| Some((place, structure.members.get(place)?))) {
            Some((place, member)) => {
                fields.set(place, map.next_value_seed(Typed { shape: member.shape, place: Place::Member, reading })?);
            }
            None => {
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    Ok(fields)
}

/// Finds the place of a member by its name.
struct MemberName(&'static Structure);

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.members.iter().position(|member| member.name == name))
    }
}

/// The key of a map, borrowed from the body where it can be.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// A value of a given shape.
#[derive(Clone, Copy)]
struct Typed<'r> {
    shape: &'static Shape,
    place: Place,
    reading: &'r Reading,
}

impl<'de> DeserializeSeed<'de> for Typed<'_> {
    type Value = Param<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.reading.count()?;
        deserializer.deserialize_any(self)
    }
}

impl Typed<'_> {
    fn refuse<E: de::Error>(&self, found: Found) -> E {
        self.reading.mismatch(found, Wanted::of(self.shape), self.place)
    }

    fn text<'de, E: de::Error>(&self, text: Cow<'de, str>) -> Result<Param<'de>, E> {
        match self.shape {
            Shape::Text(_) | Shape::Table | Shape::NewTable | Shape::Choice(_) | Shape::Word(..) | Shape::Document => {
                Ok(Param::Text(text))
            }
            Shape::Boolean => match truth(&text) {
                Some(value) => Ok(Param::Boolean(value)),
                None => Err(self.refuse(Found::Text)),
            },
            Shape::Refused(_) => Ok(Param::Refused),
            _ => Err(self.refuse(Found::Text)),
        }
    }

    fn integer<'de, E: de::Error>(&self, number: i64, found: Found) -> Result<Param<'de>, E> {
        match self.shape {
            Shape::Integer(..) if i32::try_from(number).is_err() => Err(self.refuse(found)),
            Shape::Integer(..) | Shape::Long(..) => Ok(Param::Number(number)),
            Shape::Timestamp => Ok(Param::Number(number.saturating_mul(1000))),
            Shape::Refused(_) => Ok(Param::Refused),
            _ => Err(self.refuse(found)),
        }
    }

    /// A number beyond every integer.
    fn endless<'de, E: de::Error>(&self, found: Found) -> Result<Param<'de>, E> {
        match self.shape {
            Shape::Refused(_) => Ok(Param::Refused),
            _ => Err(self.refuse(found)),
        }
    }

    fn list<'de, A: SeqAccess<'de>>(self, element: &'static Shape, mut elements: A) -> Result<Param<'de>, A::Error> {
        let mut list = Vec::new();
        let seed = Self { shape: element, place: Place::Element, reading: self.reading };
        while let Some(param) = elements.next_element_seed(seed)? {
            list.push(param);
        }
        Ok(Param::List(list))
    }

    fn map<'de, A: MapAccess<'de>>(self, value: &'static Shape, mut map: A) -> Result<Param<'de>, A::Error> {
        let mut entries = Vec::new();
        let seed = Self { shape: value, place: Place::Element, reading: self.reading };
        while let Some(key) = map.next_key_seed(Key)? {
            entries.push((key, map.next_value_seed(seed)?));
        }
        Ok(Param::Map(last_of_each(entries)))
    }

    fn item<'de, A: MapAccess<'de>>(self, map: A) -> Result<Param<'de>, A::Error> {
        let mut builder = Builder::item();
        attribute::read_attributes(map, &mut builder, self.reading)?;
        Ok(Param::Item(builder.finish_item()))
    }

    fn spelled_key<'de, A: MapAccess<'de>>(self, map: A) -> Result<Param<'de>, A::Error> {
        self.reading.spelling.set(Some(0));
        let mut builder = Builder::item();
        attribute::read_attributes(map, &mut builder, self.reading)?;
        let spelling = self.reading.spelling.take().unwrap_or_default();
        Ok(Param::SpelledKey(RequestedKey { key: builder.finish_item(), spelling }))
    }

    fn value<'de, A: MapAccess<'de>>(self, map: A) -> Result<Param<'de>, A::Error> {
        let mut builder = Builder::value();
        attribute::read_value(map, &mut builder, self.reading)?;
        Ok(Param::Value(builder.finish_value()))
    }
}

impl<'de> Visitor<'de> for Typed<'_> {
    type Value = Param<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of the member's type")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(match (self.shape, self.place) {
            (Shape::Value, Place::Element) => Param::Value(Err(ValueError::Empty)),
            _ => Param::Absent,
        })
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        match self.shape {
            Shape::Boolean => Ok(Param::Boolean(value)),
            Shape::Refused(_) => Ok(Param::Refused),
            _ => Err(self.refuse(Found::Boolean(value))),
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        self.integer(number, Found::Integer)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.integer(number, Found::Integer),
            Err(_) => self.endless(Found::Integer),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        // 2^63, the first that is no longer an integer of 64 bits; what is no number is not in the range either.
        const END: f64 = 9_223_372_036_854_775_808.0;
        if matches!(self.shape, Shape::Timestamp) && number.is_finite() {
            // The nearest millisecond: most of them have no exact form in seconds.
            Ok(Param::Number((number * 1000.0).round() as i64))
        } else if (-END..END).contains(&number) {
            self.integer(number.floor() as i64, Found::Decimal)
        } else {
            self.endless(Found::Decimal)
        }
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        self.text(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.text(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        self.text(Cow::Owned(text))
    }

    fn visit_bytes<E: de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Err(self.refuse(Found::Text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        match self.shape {
            Shape::List(rule) => self.list(rule.element, elements),
            Shape::Refused(idle) => {
                let is_empty = drain(elements)?;
                Ok(match idle {
                    Idle::EmptyList if is_empty => Param::Absent,
                    _ => Param::Refused,
                })
            }
            _ => Err(self.refuse(Found::Array)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        match self.shape {
            Shape::Structure(structure) => Ok(Param::Structure(read_structure(structure, map, self.reading)?)),
            Shape::Map(rule) => self.map(rule.value, map),
            Shape::Item => self.item(map),
            Shape::SpelledKey => self.spelled_key(map),
            Shape::Value => self.value(map),
            Shape::Refused(_) => {
                drain_map(map)?;
                Ok(Param::Refused)
            }
            _ => Err(self.refuse(Found::Object)),
        }
    }
}

/// Skips what is left of a list; whether it was empty.
pub(crate) fn drain<'de, A: SeqAccess<'de>>(mut elements: A) -> Result<bool, A::Error> {
    let mut empty = true;
    while elements.next_element::<IgnoredAny>()?.is_some() {
        empty = false;
    }
    Ok(empty)
}

/// Skips what is left of a map.
pub(crate) fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// A hash that is the same for the same text, within one build.
fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The words that count as truth values, in any case.
pub(crate) fn truth(text: &str) -> Option<bool> {
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if ["true", "1", "yes"].iter().any(&is) {
        Some(true)
    } else if ["false", "0", "no"].iter().any(is) {
        Some(false)
    } else {
        None
    }
}

/// Of entries with the same key the last one stays, in the place of the first.
fn last_of_each<'de>(entries: Vec<(Cow<'de, str>, Param<'de>)>) -> Vec<(Cow<'de, str>, Param<'de>)> {
    if entries.len() < 2 {
        return entries;
    }
    let mut places: HashMap<Cow<'de, str>, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<(Cow<'de, str>, Param<'de>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match places.get(&key).and_then(|place| kept.get_mut(*place)) {
            Some(entry) => entry.1 = value,
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}
