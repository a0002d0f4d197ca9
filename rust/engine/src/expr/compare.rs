//! What operators and functions mean for two values. Legacy conditions use the same.

use std::borrow::Cow;
use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::value::{Kind, ValueRef};

/// Whether two values are equal: types and contents, sets without order, numbers by value, documents deeply.
pub fn equal(one: ValueRef<'_>, two: ValueRef<'_>) -> bool {
    one == two
}

/// The order of two strings, numbers or binaries; nothing for values of different types or of types without an order.
pub fn compare(one: ValueRef<'_>, two: ValueRef<'_>) -> Option<Ordering> {
    one.compare(&two)
}

/// Whether a value lies between two bounds, both included.
pub fn between(value: ValueRef<'_>, low: ValueRef<'_>, high: ValueRef<'_>) -> bool {
    compare(value, low).is_some_and(Ordering::is_ge) && compare(value, high).is_some_and(Ordering::is_le)
}

/// Whether a string or binary starts with another of its type.
pub fn begins_with(value: ValueRef<'_>, prefix: ValueRef<'_>) -> bool {
    matches!(value.kind(), Kind::S | Kind::B)
        && value.kind() == prefix.kind()
        && value.scalar_bytes().starts_with(prefix.scalar_bytes())
}

/// Whether a string or binary holds another as a part of it, or a set or list holds a value as an element.
pub fn contains(value: ValueRef<'_>, part: ValueRef<'_>) -> bool {
    match (value.kind(), part.kind()) {
        (Kind::S, Kind::S) => match (value.as_str(), part.as_str()) {
            (Some(text), Some(part)) => text.contains(part),
            _ => false,
        },
        (Kind::B, Kind::B) => holds_bytes(value.scalar_bytes(), part.scalar_bytes()),
        (Kind::Ss, Kind::S) | (Kind::Ns, Kind::N) | (Kind::Bs, Kind::B) => {
            value.set_elements().any(|element| element == part.scalar_bytes())
        }
        (Kind::L, _) => value.elements().any(|element| element == part),
        _ => false,
    }
}

/// The longest binary that is looked for by trying every place.
const SHORT_PART: usize = 32;

fn holds_bytes(bytes: &[u8], part: &[u8]) -> bool {
    if part.is_empty() {
        return true;
    }
    if part.len() <= SHORT_PART {
        return bytes.windows(part.len()).any(|window| window == part);
    }
    holds_long_bytes(bytes, part)
}

/// Knuth, Morris and Pratt's search: a long part of one repeated byte must not cost the product of the lengths.
fn holds_long_bytes(bytes: &[u8], part: &[u8]) -> bool {
    let mut borders = vec![0_usize; part.len()];
    let advance = |borders: &[usize], mut matched: usize, byte: u8| {
        while matched > 0 && part.get(matched) != Some(&byte) {
            matched = borders.get(matched - 1).copied().unwrap_or(0);
        }
        matched + usize::from(part.get(matched) == Some(&byte))
    };
    let mut matched = 0;
    for (place, byte) in part.iter().enumerate().skip(1) {
        matched = advance(&borders, matched, *byte);
        if let Some(border) = borders.get_mut(place) {
            *border = matched;
        }
    }
    matched = 0;
    for byte in bytes {
        matched = advance(&borders, matched, *byte);
        if matched == part.len() {
            return true;
        }
    }
    false
}

/// The size of a string in UTF-16 code units, of a binary in bytes, of a set, list or map in elements; nothing for a
/// number, boolean or null (measured: `é😀` has the size 3).
pub fn size(value: ValueRef<'_>) -> Option<usize> {
    match value.kind() {
        Kind::S => Some(utf16_units(value.scalar_bytes())),
        Kind::B => Some(value.scalar_bytes().len()),
        _ => value.len(),
    }
}

/// One unit for each character, and a second one for those of four bytes in UTF-8.
fn utf16_units(utf8: &[u8]) -> usize {
    utf8.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

/// A value as messages print it: `{N:5}`.
pub fn print(value: ValueRef<'_>) -> String {
    format!("{{{}:{}}}", value.kind().name(), contents(value))
}

fn contents(value: ValueRef<'_>) -> Cow<'_, str> {
    match value.kind() {
        Kind::S => Cow::Borrowed(value.as_str().unwrap_or_default()),
        Kind::N => value.as_number().map(|number| number.to_string()).unwrap_or_default().into(),
        Kind::B => STANDARD.encode(value.scalar_bytes()).into(),
        Kind::Bool => (value.as_bool() == Some(true)).to_string().into(),
        Kind::Null => "true".into(),
        _ => format!("{value:?}").into(),
    }
}
