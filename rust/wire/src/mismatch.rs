//! The texts of SerializationException: what was found in a place where something else belongs.
//!
//! Recorded on AWS; the words are those of its Java parser, misspellings included.

use std::borrow::Cow;

use crate::shape::{PACKAGE, Shape};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// `true` or `false`.
    Boolean(bool),
    /// A number without a fraction.
    Integer,
    /// A number with a fraction or an exponent.
    Decimal,
    /// A text.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// What belongs there.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// A text.
    Text,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
    /// A moment.
    Timestamp,
    /// A truth value.
    Boolean,
    /// Bytes, in base64.
    Blob,
    /// A list.
    List,
    /// A map, and the class of its values.
    Map(&'static Shape),
    /// A structure, by the name of its class.
    Structure(&'static str),
}

/// Where the value stands: it decides between some texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A member of a structure.
    Member,
    /// An element of a list or a value of a map.
    Element,
}

impl Wanted {
    /// What a shape takes.
    pub(crate) fn of(shape: &'static Shape) -> Self {
        match shape {
            Shape::Text(_) | Shape::Table | Shape::NewTable | Shape::Choice(_) | Shape::Word(..) | Shape::Document => {
                Self::Text
            }
            Shape::Integer(..) => Self::Integer,
            Shape::Long(..) => Self::Long,
            Shape::Timestamp => Self::Timestamp,
            Shape::Boolean => Self::Boolean,
            Shape::Item | Shape::SpelledKey => Self::Map(&Shape::Value),
            Shape::Value | Shape::Refused(_) => Self::Structure("AttributeValue"),
            Shape::List(_) => Self::List,
            Shape::Map(rule) => Self::Map(rule.value),
            Shape::Structure(structure) => Self::Structure(structure.name),
        }
    }

    /// The scalar's Java class.
    fn class(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Integer => "Integer",
            Self::Long => "Long",
            Self::Timestamp => "Date",
            Self::Boolean => "Boolean",
            Self::Blob | Self::List | Self::Map(_) | Self::Structure(_) => "",
        }
    }
}

/// AWS's text for `found` where `wanted` belongs.
pub(crate) fn text(found: Found, wanted: Wanted, place: Place) -> Cow<'static, str> {
    match (found, wanted) {
        (Found::Array, _) => array(wanted),
        (Found::Object, _) => "Start of structure or map found where not expected".into(),
        (_, Wanted::List | Wanted::Map(_)) if place == Place::Element => PARAMETERIZED.into(),
        (_, Wanted::Structure(_)) if place == Place::Element => "Unexpected value type in payload".into(),
        (_, Wanted::List | Wanted::Map(_) | Wanted::Structure(_)) => "Unexpected field type".into(),
        (_, Wanted::Blob) => "only base-64-encoded strings are convertible to bytes".into(),
        (Found::Text, Wanted::Boolean) => "Unexpected token received from parser".into(),
        _ => format!("{} cannot be converted to {}", token(found), wanted.class()).into(),
    }
}

const PARAMETERIZED: &str = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class \
                             java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and \
                             java.lang.Class are in module java.base of loader 'bootstrap')";

fn token(found: Found) -> &'static str {
    match found {
        Found::Boolean(true) => "TRUE_VALUE",
        Found::Boolean(false) => "FALSE_VALUE",
        Found::Integer => "NUMBER_VALUE",
        Found::Decimal => "DECIMAL_VALUE",
        Found::Text => "STRING_VALUE",
        Found::Array | Found::Object => "",
    }
}

fn array(wanted: Wanted) -> Cow<'static, str> {
    let class = match wanted {
        Wanted::Blob => "class java.nio.ByteBuffer".to_owned(),
        Wanted::Map(value) => format!("java.util.Map<java.lang.String, {}>", java_type(value)),
        Wanted::Structure(name) => format!("class {PACKAGE}{name}"),
        Wanted::Timestamp => "class java.util.Date".to_owned(),
        _ => format!("class java.lang.{}", wanted.class()),
    };
    format!("Unrecognized collection type {class}").into()
}

fn java_type(shape: &'static Shape) -> String {
    match shape {
        Shape::List(rule) => format!("java.util.List<{}>", java_type(rule.element)),
        Shape::Map(rule) => format!("java.util.Map<java.lang.String, {}>", java_type(rule.value)),
        Shape::Item | Shape::SpelledKey => format!("java.util.Map<java.lang.String, {}>", java_type(&Shape::Value)),
        Shape::Structure(structure) => format!("{PACKAGE}{}", structure.name),
        Shape::Value | Shape::Refused(_) => format!("{PACKAGE}AttributeValue"),
        Shape::Integer(..) => "java.lang.Integer".into(),
        Shape::Long(..) => "java.lang.Long".into(),
        Shape::Timestamp => "java.util.Date".into(),
        Shape::Boolean => "java.lang.Boolean".into(),
        Shape::Text(_) | Shape::Table | Shape::NewTable | Shape::Choice(_) | Shape::Word(..) | Shape::Document => {
            "java.lang.String".into()
        }
    }
}
