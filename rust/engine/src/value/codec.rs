//! Items and values as bytes, and views that read them without decoding what is not asked for.
//!
//! The form is canonical: attributes in the order of their names' bytes, sets in the order of their elements, numbers in
//! their one form. So two values are equal exactly when their bytes are, and scalars of one type compare as their bytes do.
//!
//! ```text
//! item       version u8 = 1 | AWS size u32 | attributes u32 | attribute ...
//! attribute  name length varint | name | value
//! value      tag u8 | payload
//!            S, B, N     length varint | bytes           (N: the canonical bytes of a Number)
//!            BOOL, NULL  nothing, the tag says it all
//!            L           bytes u32 | count u32 | value ...
//!            M           bytes u32 | count u32 | attribute ...
//!            SS NS BS    bytes u32 | count u32 | (length varint | bytes) ...
//! ```
//! Integers are little endian; `bytes` counts what follows it. Views never panic on bytes that are not of this form: they
//! end early.

mod whole;

use std::cmp::Ordering;
use std::fmt;

use super::number::{self, Number};
use super::{Item, Kind, Value};

pub(super) const VERSION: u8 = 1;
pub(super) const HEADER: usize = 9;

pub(super) mod tag {
    pub(in super::super) const NULL: u8 = 1;
    pub(in super::super) const FALSE: u8 = 2;
    pub(in super::super) const TRUE: u8 = 3;
    pub(in super::super) const N: u8 = 4;
    pub(in super::super) const S: u8 = 5;
    pub(in super::super) const B: u8 = 6;
    pub(in super::super) const NS: u8 = 7;
    pub(in super::super) const SS: u8 = 8;
    pub(in super::super) const BS: u8 = 9;
    pub(in super::super) const L: u8 = 10;
    pub(in super::super) const M: u8 = 11;
}

fn write_varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn write_prefixed(bytes: &[u8], out: &mut Vec<u8>) {
    write_varint(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// A place in encoded bytes; every step checks that there is something to take.
#[derive(Clone, Copy)]
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<usize> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(usize::from(first));
        }
        let mut value = usize::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn u32(&mut self) -> Option<usize> {
        let (taken, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*taken) as usize)
    }

    fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = self.varint()?;
        self.take(length)
    }

    fn value(&mut self) -> Option<ValueRef<'a>> {
        let start = self.rest;
        let tag = self.byte()?;
        let (kind, payload) = match tag {
            tag::NULL => (Kind::Null, <&[u8]>::default()),
            tag::FALSE | tag::TRUE => (Kind::Bool, <&[u8]>::default()),
            tag::N => (Kind::N, self.prefixed()?),
            tag::S => (Kind::S, self.prefixed()?),
            tag::B => (Kind::B, self.prefixed()?),
            _ => {
                let length = self.u32()?;
                (container(tag)?, self.take(length)?)
            }
        };
        let raw = start.get(..start.len() - self.rest.len())?;
        Some(ValueRef { kind, raw, payload })
    }

    /// Walks over a value without a view of it.
    fn skip_value(&mut self) -> Option<()> {
        let length = match self.byte()? {
            tag::NULL | tag::FALSE | tag::TRUE => 0,
            tag::N | tag::S | tag::B => self.varint()?,
            _ => self.u32()?,
        };
        self.rest = self.rest.get(length..)?;
        Some(())
    }

    fn attribute(&mut self) -> Option<(&'a str, ValueRef<'a>)> {
        let name = self.prefixed()?;
        Some((text(name), self.value()?))
    }
}

fn container(tag: u8) -> Option<Kind> {
    Some(match tag {
        tag::NS => Kind::Ns,
        tag::SS => Kind::Ss,
        tag::BS => Kind::Bs,
        tag::L => Kind::L,
        tag::M => Kind::M,
        _ => return None,
    })
}

/// Names and strings were checked to be UTF-8 when the value was built.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A view of one encoded value.
#[derive(Clone, Copy)]
pub struct ValueRef<'a> {
    kind: Kind,
    raw: &'a [u8],
    payload: &'a [u8],
}

impl<'a> ValueRef<'a> {
    /// The NULL value.
    pub const NULL: ValueRef<'static> = ValueRef { kind: Kind::Null, raw: &[tag::NULL], payload: &[] };

    /// A view of bytes that hold exactly one value.
    pub fn parse(encoded: &'a [u8]) -> Option<Self> {
        let mut reader = Reader { rest: encoded };
        let value = reader.value()?;
        reader.rest.is_empty().then_some(value)
    }

    /// The value's type.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The whole encoding, tag included. Equal values have equal bytes.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// The bytes of a scalar: UTF-8 of S, raw bytes of B, canonical bytes of N. They order as the values do.
    pub fn scalar_bytes(&self) -> &'a [u8] {
        self.payload
    }

    /// The text of an S.
    pub fn as_str(&self) -> Option<&'a str> {
        (self.kind == Kind::S).then(|| text(self.payload))
    }

    /// The number of an N.
    pub fn as_number(&self) -> Option<Number> {
        (self.kind == Kind::N).then(|| Number::from_bytes(self.payload))
    }

    /// The bytes of a B.
    pub fn as_binary(&self) -> Option<&'a [u8]> {
        (self.kind == Kind::B).then_some(self.payload)
    }

    /// The truth of a BOOL.
    pub fn as_bool(&self) -> Option<bool> {
        (self.kind == Kind::Bool).then(|| self.raw.first() == Some(&tag::TRUE))
    }

    /// Elements of a set, list or map; nothing for a scalar.
    pub fn len(&self) -> Option<usize> {
        self.kind.is_container().then(|| Reader { rest: self.payload }.u32().unwrap_or(0))
    }

    /// Whether a container has no element; nothing for a scalar.
    pub fn is_empty(&self) -> Option<bool> {
        self.len().map(|length| length == 0)
    }

    fn contents(&self, kind: Kind) -> Reader<'a> {
        let rest = if self.kind == kind { self.payload.get(4..).unwrap_or_default() } else { Default::default() };
        Reader { rest }
    }

    /// The values of an L; none for other types.
    pub fn elements(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        let mut reader = self.contents(Kind::L);
        std::iter::from_fn(move || reader.value())
    }

    /// The attributes of an M, by name; none for other types.
    pub fn members(&self) -> Attributes<'a> {
        Attributes { reader: self.contents(Kind::M) }
    }

    /// The elements of a set as scalar bytes, ascending; none for other types.
    pub fn set_elements(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = self.contents(if self.kind.is_set() { self.kind } else { Kind::Ss });
        std::iter::from_fn(move || reader.prefixed())
    }

    /// The elements of an NS, ascending; none for other types.
    pub fn set_numbers(&self) -> impl Iterator<Item = Number> + use<'a> {
        let mut reader = self.contents(Kind::Ns);
        std::iter::from_fn(move || reader.prefixed().map(Number::from_bytes))
    }

    /// The attribute `name` of an M.
    pub fn member(&self, name: &str) -> Option<ValueRef<'a>> {
        find(self.contents(Kind::M), name)
    }

    /// The element at `index` of an L.
    pub fn element(&self, index: usize) -> Option<ValueRef<'a>> {
        self.elements().nth(index)
    }

    /// The order of two scalars of one type; nothing for other pairs.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        (self.kind == other.kind && self.kind.is_ordered()).then(|| self.payload.cmp(other.payload))
    }

    /// Whether lists and maps are open inside each other more than `levels` deep, this value counted.
    pub(crate) fn is_deeper_than(&self, levels: usize) -> bool {
        match self.kind {
            Kind::L | Kind::M if levels == 0 => true,
            Kind::L => self.elements().any(|element| element.is_deeper_than(levels - 1)),
            Kind::M => self.members().any(|(_, value)| value.is_deeper_than(levels - 1)),
            _ => false,
        }
    }

    /// AWS's size of the value in bytes (measured: DynamoDB reports it through consumed capacity).
    pub fn size(&self) -> usize {
        match self.kind {
            Kind::S | Kind::B => self.payload.len(),
            Kind::N => number::charged_bytes(self.payload),
            Kind::Bool | Kind::Null => 1,
            Kind::Ss | Kind::Bs => self.set_elements().map(<[u8]>::len).sum(),
            Kind::Ns => self.set_elements().map(number::charged_bytes).sum(),
            Kind::L => 3 + self.elements().map(|element| 1 + element.size()).sum::<usize>(),
            Kind::M => 3 + self.members().map(|(name, value)| 1 + name.len() + value.size()).sum::<usize>(),
        }
    }

    /// The value decoded, to be changed.
    pub fn to_value(&self) -> Value {
        match self.kind {
            Kind::S => Value::S(text(self.payload).to_owned()),
            Kind::N => Value::N(Number::from_bytes(self.payload)),
            Kind::B => Value::B(self.payload.to_vec()),
            Kind::Bool => Value::Bool(self.as_bool() == Some(true)),
            Kind::Null => Value::Null,
            Kind::Ss => Value::Ss(self.set_elements().map(|element| text(element).to_owned()).collect()),
            Kind::Ns => Value::Ns(self.set_elements().map(Number::from_bytes).collect()),
            Kind::Bs => Value::Bs(self.set_elements().map(<[u8]>::to_vec).collect()),
            Kind::L => Value::L(self.elements().map(|element| element.to_value()).collect()),
            Kind::M => Value::M(self.members().map(|(name, value)| (name.to_owned(), value.to_value())).collect()),
        }
    }
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for ValueRef<'_> {}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_value(), formatter)
    }
}

/// Attributes in the order of their names.
#[derive(Clone)]
pub struct Attributes<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.attribute()
    }
}

impl<'a> Attributes<'a> {
    /// Walks over the attributes before `name`. Gives their bytes, and the attribute itself, which is walked over too.
    pub(super) fn split_at(&mut self, name: &str) -> (&'a [u8], Option<ValueRef<'a>>) {
        let start = self.reader.rest;
        let mut here = self.reader;
        let mut found = None;
        while let Some(other) = self.reader.prefixed() {
            match other.cmp(name.as_bytes()) {
                Ordering::Less if self.reader.skip_value().is_some() => here = self.reader,
                Ordering::Equal => {
                    found = self.reader.value();
                    break;
                }
                _ => break,
            }
        }
        if found.is_none() {
            self.reader = here;
        }
        (start.get(..start.len() - here.rest.len()).unwrap_or_default(), found)
    }

    /// The bytes of the attributes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.reader.rest
    }
}

/// Room for one number as a value, for numbers that are computed while a value is compared.
#[derive(Clone, Copy, Debug)]
pub struct NumberBuffer {
    bytes: [u8; 2 + number::ENCODED_MAX],
}

impl Default for NumberBuffer {
    fn default() -> Self {
        Self { bytes: [0; 2 + number::ENCODED_MAX] }
    }
}

impl NumberBuffer {
    /// Encodes `number` and gives a view of it.
    pub fn write(&mut self, number: &Number) -> ValueRef<'_> {
        let digits = number.as_bytes();
        for (to, from) in self.bytes.iter_mut().zip([tag::N, digits.len() as u8].iter().chain(digits)) {
            *to = *from;
        }
        self.bytes.get(..2 + digits.len()).and_then(ValueRef::parse).unwrap_or(ValueRef::NULL)
    }
}

/// Walks to the attribute `name`; names ascend, so the walk stops where it would stand.
fn find<'a>(mut reader: Reader<'a>, name: &str) -> Option<ValueRef<'a>> {
    while let Some(found) = reader.prefixed() {
        match found.cmp(name.as_bytes()) {
            Ordering::Less => reader.skip_value()?,
            Ordering::Equal => return reader.value(),
            Ordering::Greater => return None,
        }
    }
    None
}

/// A view of one encoded item.
#[derive(Clone, Copy)]
pub struct ItemRef<'a> {
    bytes: &'a [u8],
}

impl<'a> ItemRef<'a> {
    /// A view of bytes that hold one item of a version that this build reads.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= HEADER && bytes.first() == Some(&VERSION)).then_some(Self { bytes })
    }

    /// The view of bytes that are known to be an item.
    pub(super) fn trusted(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The whole encoding. Equal items have equal bytes.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn word(&self, at: usize) -> usize {
        Reader { rest: self.bytes.get(at..).unwrap_or_default() }.u32().unwrap_or(0)
    }

    /// AWS's size of the item in bytes: names and values.
    pub fn size(&self) -> usize {
        self.word(1)
    }

    /// How many attributes the item has.
    pub fn len(&self) -> usize {
        self.word(5)
    }

    /// Whether the item has no attribute.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn contents(&self) -> Reader<'a> {
        Reader { rest: self.bytes.get(HEADER..).unwrap_or_default() }
    }

    /// The attributes, by name.
    pub fn iter(&self) -> Attributes<'a> {
        Attributes { reader: self.contents() }
    }

    /// The attribute `name`.
    pub fn get(&self, name: &str) -> Option<ValueRef<'a>> {
        find(self.contents(), name)
    }

    /// An owned copy.
    pub fn to_item(&self) -> Item {
        Item::trusted(statordb_store::Bytes::from(self.bytes))
    }
}

impl<'a> IntoIterator for ItemRef<'a> {
    type Item = (&'a str, ValueRef<'a>);
    type IntoIter = Attributes<'a>;

    fn into_iter(self) -> Attributes<'a> {
        self.iter()
    }
}

impl PartialEq for ItemRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl fmt::Debug for ItemRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}
