//! Buffers whose bytes begin where a device can take them from, without a copy.

use crate::io::BLOCK;

/// Bytes that begin at a multiple of `BLOCK` in memory.
#[derive(Default)]
pub(super) struct Buffer {
    /// Bytes that are not used, and the others.
    bytes: Vec<u8>,
    unused: usize,
}

impl Buffer {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.unused..).unwrap_or_default()
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.truncate(self.unused);
    }

    /// A vector to append at most `additional` bytes to, which stays where it is while that is kept to.
    pub(super) fn room(&mut self, additional: usize) -> &mut Vec<u8> {
        if self.bytes.capacity() - self.bytes.len() < additional || self.bytes.capacity() == 0 {
            self.grow(self.bytes().len() + additional);
        }
        &mut self.bytes
    }

    fn grow(&mut self, len: usize) {
        let mut bytes: Vec<u8> = Vec::with_capacity(2 * len.next_multiple_of(BLOCK) + BLOCK);
        let unused = bytes.as_ptr().align_offset(BLOCK).min(BLOCK);
        bytes.resize(unused, 0);
        bytes.extend_from_slice(self.bytes());
        (self.bytes, self.unused) = (bytes, unused);
    }

    /// Appends zeros up to a multiple of `BLOCK`.
    pub(super) fn pad(&mut self) {
        let missing = self.bytes().len().next_multiple_of(BLOCK) - self.bytes().len();
        let bytes = self.room(missing);
        bytes.resize(bytes.len() + missing, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_stays_aligned_and_as_it_was() {
        let mut buffer = Buffer::default();
        let mut expected = Vec::new();
        for round in 0..200_usize {
            let piece = vec![round as u8; round * 37 % 5_000];
            buffer.room(piece.len()).extend_from_slice(&piece);
            expected.extend_from_slice(&piece);
            assert_eq!(buffer.bytes(), expected);
            assert!((buffer.bytes().as_ptr() as usize).is_multiple_of(BLOCK));
            if round % 50 == 49 {
                buffer.pad();
                assert!(buffer.bytes().len().is_multiple_of(BLOCK) && buffer.bytes().starts_with(&expected));
                assert!(buffer.bytes().len() < expected.len() + BLOCK);
                buffer.clear();
                expected.clear();
            }
        }
    }
}
