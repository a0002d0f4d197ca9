//! Attribute values on their way in: `{"S": "text"}` and its nine siblings, straight into the engine's builder.
//!
//! What is wrong with the type of a value stops the reading, as everywhere. What is wrong with the value itself (an empty
//! set, a number that is none, two types) the builder remembers, and the engine reports it in its turn.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use statordb_engine::value::{Builder, Kind, ValueError};

use crate::error::Failure;
use crate::mismatch::{Found, Place, Wanted};
use crate::parse::{Reading, drain, drain_map, truth};
use crate::shape::Shape;

/// Reads names and values into the open item or map.
pub(crate) fn read_attributes<'de, A: MapAccess<'de>>(
    mut map: A,
    builder: &mut Builder,
    reading: &Reading,
) -> Result<(), A::Error> {
    while map.next_key_seed(NameInto { builder, reading })?.is_some() {
        map.next_value_seed(Attribute { builder, reading })?;
    }
    Ok(())
}

/// Reads the type key of one value and what it holds.
pub(crate) fn read_value<'de, A: MapAccess<'de>>(
    mut map: A,
    builder: &mut Builder,
    reading: &Reading,
) -> Result<(), A::Error> {
    let mut types = 0;
    while let Some(kind) = map.next_key_seed(TypeKey)? {
        match kind {
            Some(kind) => types += usize::from(map.next_value_seed(Content { kind, builder, reading })?),
            None => {
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    match types {
        0 => builder.fail(ValueError::Empty),
        1 => {}
        _ => builder.fail(ValueError::MultipleTypes),
    }
    Ok(())
}

/// Writes an attribute's name into the builder.
struct NameInto<'b> {
    builder: &'b mut Builder,
    reading: &'b Reading,
}

impl<'de> DeserializeSeed<'de> for NameInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameInto<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of an attribute")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<(), E> {
        self.reading.name(name);
        self.builder.name(name);
        Ok(())
    }
}

/// The type that a key names.
struct TypeKey;

impl<'de> DeserializeSeed<'de> for TypeKey {
    type Value = Option<Kind>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TypeKey {
    type Value = Option<Kind>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a type of attribute value")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Kind::from_name(name))
    }
}

/// One attribute value.
struct Attribute<'b> {
    builder: &'b mut Builder,
    reading: &'b Reading,
}

impl<'de> DeserializeSeed<'de> for Attribute<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Attribute<'_> {
    fn refuse<E: de::Error>(&self, found: Found) -> E {
        self.reading.mismatch(found, Wanted::of(&Shape::Value), Place::Element)
    }
}

impl<'de> Visitor<'de> for Attribute<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an attribute value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.builder.fail(ValueError::Empty);
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        Err(self.refuse(Found::Boolean(value)))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Err(self.refuse(Found::Integer))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Err(self.refuse(Found::Integer))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.refuse(Found::Decimal))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Err(self.refuse(Found::Text))
    }

    fn visit_bytes<E: de::Error>(self, _: &[u8]) -> Result<(), E> {
        Err(self.refuse(Found::Text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refuse(Found::Array))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_value(map, self.builder, self.reading)
    }
}

/// What stands behind a type key; says whether anything does.
struct Content<'b> {
    kind: Kind,
    builder: &'b mut Builder,
    reading: &'b Reading,
}

impl<'de> DeserializeSeed<'de> for Content<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Content<'_> {
    fn refuse<E: de::Error>(&self, found: Found) -> E {
        let wanted = match self.kind {
            Kind::S | Kind::N => Wanted::Text,
            Kind::B => Wanted::Blob,
            Kind::Bool | Kind::Null => Wanted::Boolean,
            Kind::Ss | Kind::Ns | Kind::Bs | Kind::L => Wanted::List,
            Kind::M => Wanted::Map(&Shape::Value),
        };
        self.reading.mismatch(found, wanted, Place::Member)
    }

    fn truth(self, value: bool) -> bool {
        match (self.kind, value) {
            (Kind::Bool, _) => self.builder.boolean(value),
            (_, true) => self.builder.null(),
            (_, false) => self.builder.fail(ValueError::NullFalse),
        }
        true
    }
}

impl<'de> Visitor<'de> for Content<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the content of an attribute value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_none<E: de::Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
        match self.kind {
            Kind::Bool | Kind::Null => Ok(self.truth(value)),
            _ => Err(self.refuse(Found::Boolean(value))),
        }
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<bool, E> {
        Err(self.refuse(Found::Integer))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<bool, E> {
        Err(self.refuse(Found::Integer))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<bool, E> {
        Err(self.refuse(Found::Decimal))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<bool, E> {
        match self.kind {
            Kind::S => self.builder.string(text),
            Kind::N => {
                self.reading.number(text);
                self.builder.number_text(text);
            }
            Kind::B => {
                let builder = self.builder;
                blob(text, self.reading, |bytes| builder.binary(bytes))?;
            }
            Kind::Bool | Kind::Null => {
                return match truth(text) {
                    Some(value) => Ok(self.truth(value)),
                    None => Err(self.refuse(Found::Text)),
                };
            }
            _ => return Err(self.refuse(Found::Text)),
        }
        Ok(true)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<bool, E> {
        match self.kind {
            Kind::B => self.builder.binary(bytes),
            _ => return Err(self.refuse(Found::Text)),
        }
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<bool, A::Error> {
        let Self { kind, builder, reading } = self;
        match kind {
            Kind::L if !reading.enter() => {
                drain(elements)?;
                builder.fail(ValueError::Nesting);
            }
            Kind::L => {
                builder.begin_list();
                while elements.next_element_seed(Attribute { builder, reading })?.is_some() {}
                builder.end_list();
                reading.leave();
            }
            Kind::Ss | Kind::Ns | Kind::Bs => {
                builder.begin_set(kind);
                while elements.next_element_seed(Element { kind, builder, reading })?.is_some() {}
                builder.end_set();
            }
            _ => return Err(Self { kind, builder, reading }.refuse(Found::Array)),
        }
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        if self.kind != Kind::M {
            return Err(self.refuse(Found::Object));
        }
        if !self.reading.enter() {
            drain_map(map)?;
            self.builder.fail(ValueError::Nesting);
            return Ok(true);
        }
        self.builder.begin_map();
        read_attributes(map, self.builder, self.reading)?;
        self.builder.end_map();
        self.reading.leave();
        Ok(true)
    }
}

/// An element of a set.
struct Element<'b> {
    kind: Kind,
    builder: &'b mut Builder,
    reading: &'b Reading,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Element<'_> {
    fn refuse<E: de::Error>(&self, found: Found) -> E {
        let wanted = if self.kind == Kind::Bs { Wanted::Blob } else { Wanted::Text };
        self.reading.mismatch(found, wanted, Place::Element)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an element of a set")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.builder.fail(ValueError::Empty);
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        Err(self.refuse(Found::Boolean(value)))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Err(self.refuse(Found::Integer))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Err(self.refuse(Found::Integer))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.refuse(Found::Decimal))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let builder = self.builder;
        match self.kind {
            Kind::Ns => builder.set_number_text(text),
            Kind::Bs => blob(text, self.reading, |bytes| builder.set_element(bytes))?,
            _ => builder.set_element(text.as_bytes()),
        }
        Ok(())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<(), E> {
        match self.kind {
            Kind::Bs => self.builder.set_element(bytes),
            _ => return Err(self.refuse(Found::Text)),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refuse(Found::Array))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refuse(Found::Object))
    }
}

/// Hands on the bytes of a blob that came as a text: base64 in JSON, itself elsewhere.
fn blob<E: de::Error>(text: &str, reading: &Reading, take: impl FnOnce(&[u8])) -> Result<(), E> {
    if !reading.blobs_are_text {
        take(text.as_bytes());
        return Ok(());
    }
    if !text.len().is_multiple_of(4) {
        let length = text.len();
        let text = format!("Base64 encoded length is expected a multiple of 4 bytes but found: {length}");
        return Err(reading.stop(Failure::serialization(text)));
    }
    // The misspelling is AWS's.
    const BAD: &str = "Invalid last non-pad Base64 character dectected";
    let bytes = STANDARD.decode(text).map_err(|_| reading.stop(Failure::serialization(BAD)))?;
    take(&bytes);
    Ok(())
}
