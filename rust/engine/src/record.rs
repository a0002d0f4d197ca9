//! The parts that records of the catalog are made of, as bytes: integers little endian, texts and lists behind their length.
//!
//! Reading never panics and never takes memory for what is not there: whatever does not fit ends it, and so does a byte that
//! is left over. A record begins with its version, so that a later build can tell what it reads.

use statordb_store::Bytes;

/// No time, count or identifier comes near it.
pub(crate) const NUMBER_MAX: u64 = u64::MAX >> 2;

/// A record while it is written.
#[derive(Debug)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// A record of this version.
    pub(crate) fn new(version: u8) -> Self {
        Self(vec![version])
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(crate) fn word(&mut self, word: u64) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Sixteen bytes, without a length.
    pub(crate) fn id(&mut self, id: &[u8; 16]) {
        self.0.extend_from_slice(id);
    }

    /// A value of a few, as its place among `all` of them: a list that only ever grows at its end.
    pub(crate) fn one_of<T: PartialEq>(&mut self, all: &[T], value: &T) {
        self.byte(all.iter().position(|known| known == value).unwrap_or_default() as u8);
    }

    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&(length as u32).to_le_bytes());
    }

    /// What may be absent.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// How many there are, then each of them.
    pub(crate) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(items.len());
        items.iter().for_each(|item| write(self, item));
    }

    pub(crate) fn finish(self) -> Bytes {
        Bytes::from(self.0)
    }
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is of a version that this build does not know.
    Version(u8),
    /// It is none.
    Damaged,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => write!(
                formatter,
                "it has version `{version}`, which a later release of StatorDB wrote; open the database with that release"
            ),
            Self::Damaged => formatter
                .write_str("its bytes are not those of a record; restore the database from a copy that is whole"),
        }
    }
}

/// The rest of a record that is read.
#[derive(Debug)]
pub(crate) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// Reads a record of this version with `read`, to its end.
    ///
    /// # Errors
    /// `Unreadable`.
    pub(crate) fn read<T>(
        bytes: &'b [u8],
        version: u8,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Unreadable> {
        let mut reader = Self(bytes);
        match reader.byte() {
            None => return Err(Unreadable::Damaged),
            Some(other) if other != version => return Err(Unreadable::Version(other)),
            Some(_) => {}
        }
        read(&mut reader).filter(|_| reader.0.is_empty()).ok_or(Unreadable::Damaged)
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn word(&mut self) -> Option<u64> {
        self.take(8)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// A word that has room above it, as times, counts and identifiers have: whoever adds to one need not fear the end.
    pub(crate) fn number(&mut self) -> Option<u64> {
        self.word().filter(|number| *number <= NUMBER_MAX)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }

    pub(crate) fn id(&mut self) -> Option<[u8; 16]> {
        self.take(16)?.first_chunk().copied()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.byte()?)).copied()
    }

    fn length(&mut self) -> Option<usize> {
        self.take(4)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes) as usize)
    }

    pub(crate) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.length()?;
        // Each element has a byte or more, so there are no more of them than bytes.
        let mut items = Vec::new();
        for _ in 0..length {
            if self.0.is_empty() {
                return None;
            }
            items.push(read(self)?);
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Bytes {
        let mut writer = Writer::new(3);
        writer.text("films");
        writer.option(Some(7), Writer::word);
        writer.option(None, Writer::word);
        writer.list(&["a", "b"], |writer, text| writer.text(text));
        writer.id(&[9; 16]);
        writer.finish()
    }

    fn read(bytes: &[u8]) -> Result<(String, Option<u64>, Vec<String>), Unreadable> {
        Reader::read(bytes, 3, |reader| {
            let (text, some, none) = (reader.text()?, reader.option(Reader::word)?, reader.option(Reader::word)?);
            let list = reader.list(Reader::text)?;
            (none.is_none() && reader.id()? == [9; 16]).then_some((text, some, list))
        })
    }

    #[test]
    fn parts_are_read_back_and_nothing_else_is() {
        let bytes = record();
        assert_eq!(read(&bytes), Ok(("films".into(), Some(7), vec!["a".into(), "b".into()])));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Err(Unreadable::Damaged), "{length}");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(Unreadable::Damaged), "a byte is left over");
        assert_eq!(read(&[&[4], &bytes[1..]].concat()), Err(Unreadable::Version(4)));
    }

    #[test]
    fn a_length_that_cannot_be_takes_no_memory() {
        let bytes = [&[3][..], &[0xff; 4], &[1, 2]].concat();
        assert_eq!(Reader::read(&bytes, 3, |reader| reader.list(Reader::byte)), Err(Unreadable::Damaged));
        assert_eq!(Reader::read(&bytes, 3, |reader| reader.text()), Err(Unreadable::Damaged));
        let bytes = [&[3][..], &[0xff; 8]].concat();
        assert_eq!(Reader::read(&bytes, 3, Reader::word), Ok(u64::MAX));
        assert_eq!(Reader::read(&bytes, 3, Reader::number), Err(Unreadable::Damaged));
    }
}
