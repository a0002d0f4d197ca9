//! The only door to an item: calls in document order go in, canonical bytes come out.
//!
//! The builder checks what holds for every value wherever it comes from (sets, numbers, names, nesting) and remembers the
//! first thing that was wrong, in document order, as DynamoDB reports it. It promises bytes in the form of `codec.rs`, or
//! an error, never something in between.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use statordb_store::Bytes;

use super::codec::{HEADER, VERSION, tag, write_prefixed};
use super::number::{Number, NumberError};
use super::{Attributes, Item, ItemRef, Kind, Value, ValueRef};
use crate::error::Error;
use crate::limits::{ATTRIBUTE_NAME_BYTES_MAX, NESTING_MAX};

/// What can be wrong with a value, whatever it is for.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueError {
    /// No type key, or an unknown one.
    Empty,
    /// More than one type key.
    MultipleTypes,
    /// `{"NULL": false}`.
    NullFalse,
    /// A set without elements.
    EmptySet(Kind),
    /// A set with equal elements; the text lists them for SS and BS.
    Duplicates(String),
    /// A number that is none.
    Number(NumberError),
    /// Too many lists and maps inside each other.
    Nesting,
    /// An attribute without a name.
    EmptyName,
    /// A name of more than 65,535 bytes.
    LongName,
}

impl ValueError {
    /// AWS's text.
    pub fn message(&self) -> String {
        let parameter = |rest: &str| format!("One or more parameter values were invalid: {rest}");
        match self {
            Self::Empty => {
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".into()
            }
            Self::MultipleTypes => "Supplied AttributeValue has more than one datatypes set, must contain exactly one \
                                    of the supported datatypes"
                .into(),
            Self::NullFalse => parameter("Null attribute value types must have the value of true"),
            Self::EmptySet(Kind::Ns) => parameter("An number set  may not be empty"),
            Self::EmptySet(Kind::Bs) => parameter("Binary sets should not be empty"),
            Self::EmptySet(_) => parameter("An string set  may not be empty"),
            Self::Duplicates(text) => text.clone(),
            Self::Number(error) => error.message(),
            Self::Nesting => {
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels \
                              beyond supported limit"
                    .into()
            }
            Self::EmptyName => parameter("Empty attribute name"),
            Self::LongName => parameter("Attribute name is too large, must be less than 65536 bytes"),
        }
    }

    /// The exception of a request that holds such a value.
    pub fn into_error(self) -> Error {
        let message = self.message();
        match self {
            Self::NullFalse | Self::EmptySet(_) | Self::Duplicates(_) => Error::request(message),
            _ => Error::validation(message),
        }
    }

    /// Whether a starting key reports this text alone, without its prefix (recorded for numbers and duplicates).
    pub fn is_bare_in_start_key(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Duplicates(_) | Self::EmptySet(Kind::Ns))
    }
}

impl From<NumberError> for ValueError {
    fn from(error: NumberError) -> Self {
        Self::Number(error)
    }
}

/// One value in canonical bytes, owned.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedValue(Vec<u8>);

impl EncodedValue {
    /// The view that reads it.
    pub fn view(&self) -> ValueRef<'_> {
        // A builder made these bytes; the fallback exists only because this function must not panic.
        ValueRef::parse(&self.0).unwrap_or(ValueRef::NULL)
    }
}

impl std::fmt::Debug for EncodedValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.view(), formatter)
    }
}

/// Where the attribute of an open map lies in `out`.
#[derive(Clone, Copy)]
struct Entry {
    name: (usize, usize),
    start: usize,
    end: usize,
}

/// An open item, map, list or set.
struct Frame {
    kind: Kind,
    /// Where the payload starts: behind the tag, or behind the item's header.
    start: usize,
    /// The first of this map's entries.
    first_entry: usize,
    count: u32,
}

/// Builds one item or one value.
pub struct Builder {
    out: Vec<u8>,
    frames: Vec<Frame>,
    entries: Vec<Entry>,
    /// Elements of the open set, in document order.
    elements: Vec<(usize, usize)>,
    containers: usize,
    error: Option<ValueError>,
}

impl Builder {
    fn new(capacity: usize) -> Self {
        Self {
            out: Vec::with_capacity(capacity),
            frames: Vec::new(),
            entries: Vec::new(),
            elements: Vec::new(),
            containers: 0,
            error: None,
        }
    }

    /// Builds an item: call [`Self::name`] and one value after the other, then [`Self::finish_item`].
    pub fn item() -> Self {
        let mut builder = Self::new(256);
        builder.out.resize(HEADER, 0);
        builder.open(Kind::M, HEADER);
        builder
    }

    /// Builds a single value: call one value, then [`Self::finish_value`].
    pub fn value() -> Self {
        Self::new(32)
    }

    /// Remembers the first error of the document.
    pub fn fail(&mut self, error: ValueError) {
        self.error.get_or_insert(error);
    }

    /// Whether something was wrong so far.
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    fn open(&mut self, kind: Kind, start: usize) {
        self.frames.push(Frame { kind, start, first_entry: self.entries.len(), count: 0 });
    }

    /// Starts the attribute `name` of the open item or map. The name is written; its value must follow.
    pub fn name(&mut self, name: &str) {
        if name.is_empty() {
            self.fail(ValueError::EmptyName);
        } else if name.len() > ATTRIBUTE_NAME_BYTES_MAX {
            self.fail(ValueError::LongName);
        }
        self.close_entry();
        let start = self.out.len();
        write_prefixed(name.as_bytes(), &mut self.out);
        let end = self.out.len();
        self.entries.push(Entry { name: (end - name.len(), end), start, end });
        if let Some(frame) = self.frames.last_mut() {
            frame.count += 1;
        }
    }

    /// The value of the last attribute of the open map ends here.
    fn close_entry(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        if self.entries.len() > frame.first_entry
            && let Some(entry) = self.entries.last_mut()
        {
            entry.end = self.out.len();
        }
    }

    /// Counts an element when the open container is a list.
    fn begin_value(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && frame.kind == Kind::L
        {
            frame.count += 1;
        }
    }

    fn scalar(&mut self, tag: u8, payload: &[u8]) {
        self.begin_value();
        self.out.push(tag);
        write_prefixed(payload, &mut self.out);
    }

    /// An S.
    pub fn string(&mut self, text: &str) {
        self.scalar(tag::S, text.as_bytes());
    }

    /// An N, from its text.
    pub fn number_text(&mut self, text: &str) {
        match Number::parse(text) {
            Ok(number) => self.number(&number),
            Err(error) => self.fail(error.into()),
        }
    }

    /// An N.
    pub fn number(&mut self, number: &Number) {
        self.scalar(tag::N, number.as_bytes());
    }

    /// A B.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.scalar(tag::B, bytes);
    }

    /// A BOOL.
    pub fn boolean(&mut self, value: bool) {
        self.begin_value();
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
    }

    /// A NULL.
    pub fn null(&mut self) {
        self.begin_value();
        self.out.push(tag::NULL);
    }

    /// A value that was built before.
    pub fn encoded(&mut self, value: ValueRef<'_>) {
        self.begin_value();
        self.out.extend_from_slice(value.as_bytes());
    }

    /// The same, where it may nest deeper than what surrounds it leaves room for.
    pub fn nested(&mut self, value: ValueRef<'_>) {
        if value.is_deeper_than(NESTING_MAX.saturating_sub(self.containers)) {
            self.fail(ValueError::Nesting);
        }
        self.encoded(value);
    }

    fn begin_container(&mut self, kind: Kind, tag: u8) {
        self.begin_value();
        self.out.push(tag);
        let start = self.out.len();
        self.out.extend_from_slice(&[0; 8]);
        self.open(kind, start);
    }

    /// Writes the byte count and the element count in front of a container's contents.
    fn end_container(&mut self, start: usize, count: u32) {
        let bytes = (self.out.len() - start - 4) as u32;
        self.patch(start, bytes);
        self.patch(start + 4, count);
    }

    fn patch(&mut self, at: usize, word: u32) {
        if let Some(place) = self.out.get_mut(at..at + 4) {
            place.copy_from_slice(&word.to_le_bytes());
        }
    }

    fn nest(&mut self) {
        self.containers += 1;
        if self.containers > NESTING_MAX {
            self.fail(ValueError::Nesting);
        }
    }

    /// Opens an L; its values follow.
    pub fn begin_list(&mut self) {
        self.nest();
        self.begin_container(Kind::L, tag::L);
    }

    /// Closes the open L.
    pub fn end_list(&mut self) {
        self.containers = self.containers.saturating_sub(1);
        if let Some(frame) = self.frames.pop() {
            self.end_container(frame.start, frame.count);
        }
    }

    /// Opens an M; names and values follow.
    pub fn begin_map(&mut self) {
        self.nest();
        self.begin_container(Kind::M, tag::M);
    }

    /// Closes the open M.
    pub fn end_map(&mut self) {
        self.containers = self.containers.saturating_sub(1);
        self.close_entry();
        if let Some(frame) = self.frames.pop() {
            let count = self.sort_entries(&frame, frame.start + 8);
            self.end_container(frame.start, count);
        }
    }

    /// Brings a map's attributes into the order of their names; of equal names the last one stays.
    fn sort_entries(&mut self, frame: &Frame, from: usize) -> u32 {
        let out = &self.out;
        let name = |entry: &Entry| out.get(entry.name.0..entry.name.1).unwrap_or_default();
        let Some(entries) = self.entries.get_mut(frame.first_entry..) else { return 0 };
        let sorted = entries.is_sorted_by(|one, two| name(one) < name(two));
        let mut count = frame.count;
        if !sorted {
            entries.sort_by(|one, two| name(one).cmp(name(two)));
            let mut body = Vec::with_capacity(out.len() - from);
            count = 0;
            for (place, entry) in entries.iter().enumerate() {
                if entries.get(place + 1).is_some_and(|next| name(next) == name(entry)) {
                    continue;
                }
                body.extend_from_slice(out.get(entry.start..entry.end).unwrap_or_default());
                count += 1;
            }
            self.out.truncate(from);
            self.out.extend_from_slice(&body);
        }
        self.entries.truncate(frame.first_entry);
        count
    }

    /// Opens a set; elements of its type follow.
    pub fn begin_set(&mut self, kind: Kind) {
        let tag = match kind {
            Kind::Ns => tag::NS,
            Kind::Bs => tag::BS,
            _ => tag::SS,
        };
        self.elements.clear();
        self.begin_container(kind, tag);
    }

    /// An element of the open SS or BS: its bytes.
    pub fn set_element(&mut self, bytes: &[u8]) {
        let start = self.out.len();
        self.out.extend_from_slice(bytes);
        self.elements.push((start, self.out.len()));
    }

    /// An element of the open NS, from its text.
    pub fn set_number_text(&mut self, text: &str) {
        match Number::parse(text) {
            Ok(number) => self.set_element(number.as_bytes()),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Closes the open set: sorts it, and refuses an empty one and equal elements.
    pub fn end_set(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let from = frame.start + 8;
        let mut contents = self.out.split_off(from.min(self.out.len()));
        let element = |place: &(usize, usize)| contents.get(place.0 - from..place.1 - from).unwrap_or_default();
        let in_order: Vec<&[u8]> = self.elements.iter().map(element).collect();
        let mut sorted = in_order.clone();
        sorted.sort_unstable();
        let error = if sorted.is_empty() && self.error.is_none() {
            Some(ValueError::EmptySet(frame.kind))
        } else if sorted.is_sorted_by(|one, two| one < two) {
            None
        } else {
            Some(ValueError::Duplicates(duplicates_text(frame.kind, &in_order)))
        };
        for bytes in &sorted {
            write_prefixed(bytes, &mut self.out);
        }
        let count = sorted.len() as u32;
        contents.clear();
        self.end_container(frame.start, count);
        if let Some(error) = error {
            self.fail(error);
        }
    }

    /// A decoded value.
    pub fn decoded(&mut self, value: &Value) {
        match value {
            Value::S(text) => self.string(text),
            Value::N(number) => self.number(number),
            Value::B(bytes) => self.binary(bytes),
            Value::Bool(value) => self.boolean(*value),
            Value::Null => self.null(),
            Value::Ss(elements) => self.decoded_set(Kind::Ss, elements.iter().map(String::as_bytes)),
            Value::Ns(elements) => self.decoded_set(Kind::Ns, elements.iter().map(Number::as_bytes)),
            Value::Bs(elements) => self.decoded_set(Kind::Bs, elements.iter().map(Vec::as_slice)),
            Value::L(values) => {
                self.begin_list();
                values.iter().for_each(|value| self.decoded(value));
                self.end_list();
            }
            Value::M(members) => {
                self.begin_map();
                for (name, value) in members {
                    self.name(name);
                    self.decoded(value);
                }
                self.end_map();
            }
        }
    }

    fn decoded_set<'a>(&mut self, kind: Kind, elements: impl Iterator<Item = &'a [u8]>) {
        self.begin_set(kind);
        elements.for_each(|element| self.set_element(element));
        self.end_set();
    }

    /// The item, or the first thing that was wrong with it. Its size is written into it, not judged.
    pub fn finish_item(mut self) -> Result<Item, ValueError> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.finish_unchecked()),
        }
    }

    pub(super) fn finish_unchecked(mut self) -> Item {
        self.close_entry();
        let Some(frame) = self.frames.pop() else { return Item::empty() };
        let count = self.sort_entries(&frame, HEADER);
        if let Some(version) = self.out.first_mut() {
            *version = VERSION;
        }
        let size: usize = ItemRef::trusted(&self.out).iter().map(|(name, value)| name.len() + value.size()).sum();
        self.patch(1, size as u32);
        self.patch(5, count);
        Item::trusted(Bytes::from(self.out))
    }

    /// The value, or the first thing that was wrong with it.
    pub fn finish_value(self) -> Result<EncodedValue, ValueError> {
        match self.error {
            Some(error) => Err(error),
            None if self.out.is_empty() => Err(ValueError::Empty),
            None => Ok(EncodedValue(self.out)),
        }
    }
}

impl EncodedValue {
    /// Encodes a decoded value.
    pub fn of(value: &Value) -> Result<Self, ValueError> {
        let mut builder = Builder::value();
        builder.decoded(value);
        builder.finish_value()
    }

    /// Copies a value.
    pub fn copy(value: ValueRef<'_>) -> Self {
        Self(value.as_bytes().to_vec())
    }
}

/// Writes an item out of parts of other items: whole attributes, in the order of their names, that need no check.
pub(crate) struct ItemWriter {
    out: Vec<u8>,
    written: Sum,
    /// Attributes of the base that were walked over and not copied.
    replaced: Sum,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    size: usize,
}

impl Sum {
    fn add(&mut self, name: &str, value: ValueRef<'_>) {
        self.count += 1;
        self.size += name.len() + value.size();
    }
}

impl ItemWriter {
    /// An item without attributes, with room for `capacity` bytes.
    pub(crate) fn new(capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity.max(HEADER));
        out.resize(HEADER, 0);
        Self { out, written: Sum::default(), replaced: Sum::default() }
    }

    /// Writes an attribute.
    pub(crate) fn attribute(&mut self, name: &str, value: ValueRef<'_>) {
        write_prefixed(name.as_bytes(), &mut self.out);
        self.out.extend_from_slice(value.as_bytes());
        self.written.add(name, value);
    }

    /// Copies the attributes of the base that stand before `name`, and walks over the one of that name.
    pub(crate) fn copy_before<'a>(&mut self, base: &mut Attributes<'a>, name: &str) -> Option<ValueRef<'a>> {
        let (before, found) = base.split_at(name);
        self.out.extend_from_slice(before);
        if let Some(value) = found {
            self.replaced.add(name, value);
        }
        found
    }

    /// Copies the attributes of the base that were not walked over.
    pub(crate) fn copy_rest(&mut self, base: &Attributes<'_>) {
        self.out.extend_from_slice(base.rest());
    }

    /// The item of the attributes that were written.
    pub(crate) fn finish(self) -> Item {
        let Sum { count, size } = self.written;
        self.finish_as(count, size)
    }

    /// The item of all attributes of `base` but those that were walked over, and of those that were written.
    pub(crate) fn finish_changed(self, base: ItemRef<'_>) -> Item {
        let count = (base.len() + self.written.count).saturating_sub(self.replaced.count);
        let size = (base.size() + self.written.size).saturating_sub(self.replaced.size);
        self.finish_as(count, size)
    }

    fn finish_as(mut self, count: usize, size: usize) -> Item {
        if let Some((header, _)) = self.out.split_first_chunk_mut::<HEADER>() {
            let [version, size_bytes @ .., c0, c1, c2, c3] = header;
            *version = VERSION;
            *size_bytes = (size as u32).to_le_bytes();
            [*c0, *c1, *c2, *c3] = (count as u32).to_le_bytes();
        }
        Item::trusted(Bytes::from(self.out))
    }
}

/// The text of a set with equal elements, listing it in document order (NS does not list).
fn duplicates_text(kind: Kind, elements: &[&[u8]]) -> String {
    let list = |texts: Vec<String>| format!("[{}]", texts.join(", "));
    match kind {
        Kind::Ns => "Input collection contains duplicates".into(),
        Kind::Bs => {
            let texts = elements.iter().map(|bytes| STANDARD.encode(bytes)).collect();
            format!(
                "One or more parameter values were invalid: Input collection {}of type BS contains duplicates.",
                list(texts)
            )
        }
        _ => {
            let texts = elements.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
            format!("One or more parameter values were invalid: Input collection {} contains duplicates.", list(texts))
        }
    }
}
