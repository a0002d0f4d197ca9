//! Parameters as DynamoDB's messages print them: the way Java prints its collections and objects.

use std::fmt::{self, Write as _};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use statordb_engine::ops::batch_get_item::RequestedKey;
use statordb_engine::value::{EncodedValue, Item, Kind, ValueRef};

use crate::params::{Fields, Param};
use crate::shape::{Shape, Structure};

/// Longest printed value; messages do not repeat a request of megabytes.
const PRINTED_MAX: usize = 2_048;

/// A parameter to be printed.
pub(crate) struct Printed<'p, 'de> {
    /// Its type.
    pub(crate) shape: &'static Shape,
    /// Itself.
    pub(crate) param: &'p Param<'de>,
}

impl fmt::Display for Printed<'_, '_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A text is printed whole: it is short, or its length is the point.
        if let Param::Text(text) = self.param {
            return formatter.write_str(text);
        }
        let mut out = Bounded(String::new());
        // The only error is that the bound was reached.
        let cut = write_param(self.shape, self.param, &mut out).is_err();
        formatter.write_str(&out.0)?;
        match cut {
            true if matches!(self.param, Param::List(_)) => formatter.write_str("...]"),
            true => formatter.write_str("..."),
            false => Ok(()),
        }
    }
}

/// Takes text up to a bound, then refuses.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = PRINTED_MAX.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = text.floor_char_boundary(room);
        self.0.push_str(text.get(..end).unwrap_or_default());
        Err(fmt::Error)
    }
}

/// Writes a member's name the way paths spell it.
pub(crate) fn write_camel(name: &str, out: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = name.chars();
    if let Some(first) = rest.next() {
        out.write_char(first.to_ascii_lowercase())?;
    }
    out.write_str(rest.as_str())
}

fn write_param(shape: &'static Shape, param: &Param<'_>, out: &mut Bounded) -> fmt::Result {
    match param {
        Param::Absent | Param::Refused => out.write_str("null"),
        Param::Text(text) => out.write_str(text),
        Param::Boolean(value) => write!(out, "{value}"),
        Param::Number(number) => write!(out, "{number}"),
        Param::Item(Ok(item)) | Param::SpelledKey(RequestedKey { key: Ok(item), .. }) => write_item(item, out),
        Param::Value(Ok(value)) => write_attribute(value, out),
        // What is wrong with it is told by another message, which this one keeps from being sent.
        Param::Item(Err(_)) | Param::SpelledKey(_) | Param::Value(Err(_)) => out.write_str("{}"),
        Param::List(elements) => {
            let Shape::List(rule) = shape else { return Ok(()) };
            write_joined(('[', ']'), elements, out, |element, out| write_param(rule.element, element, out))
        }
        Param::Map(entries) => {
            let Shape::Map(rule) = shape else { return Ok(()) };
            write_joined(('{', '}'), entries, out, |(key, value), out| {
                write!(out, "{key}=")?;
                write_param(rule.value, value, out)
            })
        }
        Param::Structure(fields) => {
            let Shape::Structure(structure) = shape else { return Ok(()) };
            write_structure(structure, fields, out)
        }
    }
}

fn write_structure(structure: &'static Structure, fields: &Fields<'_>, out: &mut Bounded) -> fmt::Result {
    out.write_str(structure.name)?;
    write_joined(('(', ')'), structure.members.iter().zip(fields.iter()), out, |(member, param), out| {
        write_camel(member.name, out)?;
        out.write_char('=')?;
        write_param(member.shape, param, out)
    })
}

fn write_item(item: &Item, out: &mut Bounded) -> fmt::Result {
    write_joined(('{', '}'), item.view(), out, |(name, value), out| {
        write!(out, "{name}=AttributeValue: ")?;
        write_value(value, out)
    })
}

fn write_attribute(value: &EncodedValue, out: &mut Bounded) -> fmt::Result {
    out.write_str("AttributeValue: ")?;
    write_value(value.view(), out)
}

/// `{S:text}`.
fn write_value(value: ValueRef<'_>, out: &mut Bounded) -> fmt::Result {
    write!(out, "{{{}:", value.kind().name())?;
    match value.kind() {
        Kind::S => out.write_str(value.as_str().unwrap_or_default())?,
        Kind::N => value.as_number().map_or(Ok(()), |number| write!(out, "{number}"))?,
        Kind::B => write!(out, "{}", Base64Display::new(value.scalar_bytes(), &STANDARD))?,
        Kind::Bool => write!(out, "{}", value.as_bool() == Some(true))?,
        Kind::Null => out.write_str("true")?,
        Kind::Ss => write_joined(('[', ']'), value.set_elements(), out, |bytes, out| {
            out.write_str(std::str::from_utf8(bytes).unwrap_or_default())
        })?,
        Kind::Ns => write_joined(('[', ']'), value.set_numbers(), out, |number, out| write!(out, "{number}"))?,
        Kind::Bs => write_joined(('[', ']'), value.set_elements(), out, |bytes, out| {
            write!(out, "{}", Base64Display::new(bytes, &STANDARD))
        })?,
        Kind::L => write_joined(('[', ']'), value.elements(), out, write_value)?,
        Kind::M => write_joined(('{', '}'), value.members(), out, |(name, value), out| {
            write!(out, "{name}=")?;
            write_value(value, out)
        })?,
    }
    out.write_char('}')
}

fn write_joined<T>(
    (open, close): (char, char),
    parts: impl IntoIterator<Item = T>,
    out: &mut Bounded,
    mut write: impl FnMut(T, &mut Bounded) -> fmt::Result,
) -> fmt::Result {
    out.write_char(open)?;
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write(part, out)?;
    }
    out.write_char(close)
}
