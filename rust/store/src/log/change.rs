//! What the payload of a log record says: the changes of one commit, in their order.
//!
//! ```text
//! put      1 | tree v | key b | value b
//! delete   2 | tree v | key b
//! counted  3 | tree v | key b | value b | items s | bytes s        a put with a tally
//! counted  4 | tree v | key b | items s | bytes s                  a delete with a tally
//! create   5 | tree v | home: 0 own, 1 with, 2 beside | base v | family v
//! drop     6 | tree v
//! split    7 | tree v | family v | hash u64                        of the family that the tree was made with
//! trim     8 | tree v | key b
//! ```
//! `v` is a whole number in groups of seven bits, `s` one with a sign, `b` bytes behind their count (`coding.rs`).

use crate::coding::{put_bytes, put_signed, put_varint, take_bytes, take_signed, take_u8, take_u64, take_varint};
use crate::routes::FamilyId;
use crate::{Home, Tally, TreeId};

/// One change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change<'a> {
    /// A put, or, without a value, a delete.
    Write { tree: TreeId, key: &'a [u8], value: Option<&'a [u8]>, tally: Tally },
    /// A tree is made. A family of its own has this number.
    Create { tree: TreeId, home: Home, family: u64 },
    /// A tree is dropped.
    Drop { tree: TreeId },
    /// The partition that has the hash is cut below it.
    Split { family: FamilyId, hash: u64 },
    /// Entries of the hash of the key, and below it, are removed.
    Trim { tree: TreeId, key: &'a [u8] },
}

impl<'a> Change<'a> {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Write { tree, key, value, tally } => encode_write(out, tree, key, value, tally),
            Self::Create { tree, home, family } => {
                let (kind, base) = match home {
                    Home::Own => (0, 0),
                    Home::With(base) => (1, base.0),
                    Home::Beside(base) => (2, base.0),
                };
                out.push(5);
                put_varint(out, tree.0);
                out.push(kind);
                put_varint(out, base);
                put_varint(out, family);
            }
            Self::Drop { tree } => {
                out.push(6);
                put_varint(out, tree.0);
            }
            Self::Split { family, hash } => {
                out.push(7);
                put_varint(out, family.0.0);
                put_varint(out, family.1);
                out.extend_from_slice(&hash.to_le_bytes());
            }
            Self::Trim { tree, key } => {
                out.push(8);
                put_varint(out, tree.0);
                put_bytes(out, key);
            }
        }
    }

    /// The next change of a payload; nothing if it is none.
    pub(crate) fn take(from: &mut &'a [u8]) -> Option<Self> {
        let kind = take_u8(from)?;
        let tree = TreeId(take_varint(from)?);
        Some(match kind {
            1..=4 => {
                let key = take_bytes(from)?;
                let value = if kind % 2 == 1 { Some(take_bytes(from)?) } else { None };
                let tally =
                    if kind > 2 { Tally { items: take_signed(from)?, bytes: take_signed(from)? } } else { Tally::NONE };
                Self::Write { tree, key, value, tally }
            }
            5 => {
                let (kind, base) = (take_u8(from)?, TreeId(take_varint(from)?));
                let home = match kind {
                    0 => Home::Own,
                    1 => Home::With(base),
                    2 => Home::Beside(base),
                    _ => return None,
                };
                Self::Create { tree, home, family: take_varint(from)? }
            }
            6 => Self::Drop { tree },
            7 => Self::Split { family: FamilyId(tree, take_varint(from)?), hash: take_u64(from)? },
            8 => Self::Trim { tree, key: take_bytes(from)? },
            _ => return None,
        })
    }
}

/// Appends a write without making a `Change` of it first.
pub(crate) fn encode_write(out: &mut Vec<u8>, tree: TreeId, key: &[u8], value: Option<&[u8]>, tally: Tally) {
    let is_counted = tally != Tally::NONE;
    out.push(u8::from(value.is_none()) + 1 + 2 * u8::from(is_counted));
    put_varint(out, tree.0);
    put_bytes(out, key);
    if let Some(value) = value {
        put_bytes(out, value);
    }
    if is_counted {
        put_signed(out, tally.items);
        put_signed(out, tally.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_back() {
        let tally = Tally { items: -1, bytes: 300 };
        let changes = [
            Change::Write { tree: TreeId(7), key: b"k", value: Some(b"value"), tally: Tally::NONE },
            Change::Write { tree: TreeId(700), key: b"", value: Some(b""), tally },
            Change::Write { tree: TreeId(0), key: b"k", value: None, tally: Tally::NONE },
            Change::Write { tree: TreeId(1), key: b"k", value: None, tally },
            Change::Create { tree: TreeId(3), home: Home::Own, family: 9 },
            Change::Create { tree: TreeId(4), home: Home::With(TreeId(3)), family: 0 },
            Change::Create { tree: TreeId(5), home: Home::Beside(TreeId(3)), family: 0 },
            Change::Drop { tree: TreeId(3) },
            Change::Split { family: FamilyId(TreeId(3), 9), hash: u64::MAX },
            Change::Trim { tree: TreeId(5), key: b"upto" },
        ];
        let mut out = Vec::new();
        changes.iter().for_each(|change| change.encode(&mut out));
        let mut from = out.as_slice();
        for change in changes {
            assert_eq!(Change::take(&mut from), Some(change));
        }
        assert!(from.is_empty());
        for len in 0..out.len() {
            let mut from = out.get(..len).unwrap();
            while Change::take(&mut from).is_some() {}
        }
    }
}
