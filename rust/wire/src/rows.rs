//! Items as JSON, straight from the bytes in which they are stored. Rows are most of what a server writes; this writes them
//! without a serializer between, as `ItemBody` would through one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use statordb_engine::value::{ItemRef, Kind, Number, ValueRef};

/// Appends items to a body.
pub(crate) struct RowWriter<'o> {
    pub(crate) out: &'o mut Vec<u8>,
    /// The text of the number that is written; kept for the next.
    number: String,
}

impl<'o> RowWriter<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, number: String::new() }
    }

    /// An item, as an object.
    pub(crate) fn item(&mut self, item: ItemRef<'_>) {
        self.members(item);
    }

    fn members<'v>(&mut self, members: impl IntoIterator<Item = (&'v str, ValueRef<'v>)>) {
        let mut before = b'{';
        for (name, value) in members {
            self.out.push(before);
            before = b',';
            self.text(name.as_bytes());
            self.out.push(b':');
            self.value(value);
        }
        if before == b'{' {
            self.out.push(before);
        }
        self.out.push(b'}');
    }

    fn value(&mut self, value: ValueRef<'_>) {
        self.out.extend_from_slice(b"{\"");
        self.out.extend_from_slice(value.kind().name().as_bytes());
        self.out.extend_from_slice(b"\":");
        match value.kind() {
            Kind::S => self.text(value.scalar_bytes()),
            Kind::N => match value.as_number() {
                Some(number) => self.number(&number),
                None => self.out.extend_from_slice(b"null"),
            },
            Kind::B => self.binary(value.scalar_bytes()),
            Kind::Bool if value.as_bool() == Some(true) => self.out.extend_from_slice(b"true"),
            Kind::Bool => self.out.extend_from_slice(b"false"),
            Kind::Null => self.out.extend_from_slice(b"true"),
            Kind::Ss => self.sequence(value.set_elements(), Self::text),
            Kind::Ns => self.sequence(value.set_numbers(), |writer, number| writer.number(&number)),
            Kind::Bs => self.sequence(value.set_elements(), Self::binary),
            Kind::L => self.sequence(value.elements(), Self::value),
            Kind::M => self.members(value.members()),
        }
        self.out.push(b'}');
    }

    fn sequence<T>(&mut self, elements: impl Iterator<Item = T>, write: impl Fn(&mut Self, T)) {
        self.out.push(b'[');
        for (place, element) in elements.enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            write(self, element);
        }
        self.out.push(b']');
    }

    fn number(&mut self, number: &Number) {
        self.number.clear();
        number.write(&mut self.number);
        self.out.push(b'"');
        self.out.extend_from_slice(self.number.as_bytes());
        self.out.push(b'"');
    }

    fn binary(&mut self, bytes: &[u8]) {
        self.out.push(b'"');
        let start = self.out.len();
        let length = base64::encoded_len(bytes.len(), true).unwrap_or_default();
        self.out.resize(start + length, 0);
        // There is room: the length is that of the encoding.
        if let Some(room) = self.out.get_mut(start..) {
            let _ = STANDARD.encode_slice(bytes, room);
        }
        self.out.push(b'"');
    }

    /// UTF-8 as a JSON text. What is stored was checked when it was taken.
    fn text(&mut self, text: &[u8]) {
        self.out.push(b'"');
        let mut rest = text;
        while let Some((clean, escaped, tail)) = split_at_escape(rest) {
            self.out.extend_from_slice(clean);
            self.escape(escaped);
            rest = tail;
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0c => b'f',
            b'\r' => b'r',
            _ => {
                let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
                self.out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// The text before the first byte that JSON escapes, that byte, and what follows it; nothing where there is none.
fn split_at_escape(text: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    // Chunks without a branch inside: the compiler looks at all bytes of one at once.
    const CHUNK: usize = 32;
    let clean =
        text.chunks_exact(CHUNK).take_while(|chunk| !chunk.iter().fold(false, |any, byte| any | needs_escape(*byte)));
    let start = clean.count() * CHUNK;
    let place = start + text.get(start..)?.iter().position(|byte| needs_escape(*byte))?;
    let (clean, rest) = text.split_at_checked(place)?;
    let (escaped, tail) = rest.split_first()?;
    Some((clean, *escaped, tail))
}
