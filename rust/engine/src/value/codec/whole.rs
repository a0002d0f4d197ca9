//! Whether bytes have, to the last of them, the form that items are written in. Views end early where something is wrong;
//! this says so, for who looks for damage.

use super::{HEADER, ItemRef, Reader, ValueRef};
use crate::limits::NESTING_MAX;
use crate::value::{Kind, Number};

/// Containers inside each other at most: more than any item has, and few enough to walk through.
const LEVELS_MAX: usize = 2 * NESTING_MAX;

impl ItemRef<'_> {
    /// Whether the item is exactly what a builder would have written.
    pub(crate) fn is_whole(&self) -> bool {
        let is_long_enough = self.bytes.len() >= HEADER;
        let mut reader = self.contents();
        let size = attributes(&mut reader, self.len(), LEVELS_MAX);
        is_long_enough && reader.rest.is_empty() && size == Some(self.size())
    }
}

/// Reads so many attributes; tells the bytes of their names and values. Names are texts that ascend.
fn attributes(reader: &mut Reader<'_>, count: usize, levels: usize) -> Option<usize> {
    let (mut last, mut size) = (None, 0);
    for _ in 0..count {
        let name = reader.prefixed()?;
        let value = reader.value()?;
        let is_behind = last.is_none_or(|last| last < name);
        if !is_behind || std::str::from_utf8(name).is_err() || !is_whole(value, levels) {
            return None;
        }
        last = Some(name);
        size += name.len() + value.size();
    }
    Some(size)
}

fn is_whole(value: ValueRef<'_>, levels: usize) -> bool {
    match value.kind {
        Kind::Null | Kind::Bool => value.raw.len() == 1,
        kind if kind.is_container() => levels > 0 && contents(value, levels - 1).is_some(),
        kind => is_scalar(kind, value.payload),
    }
}

/// Walks through a container, to its last byte.
fn contents(value: ValueRef<'_>, levels: usize) -> Option<()> {
    let mut reader = Reader { rest: value.payload };
    let count = reader.u32()?;
    match value.kind {
        Kind::M => attributes(&mut reader, count, levels).map(drop)?,
        Kind::L => {
            (0..count).try_for_each(|_| reader.value().filter(|element| is_whole(*element, levels)).map(drop))?
        }
        kind => elements(&mut reader, kind, count)?,
    }
    reader.rest.is_empty().then_some(())
}

/// The elements of a set: there are some, and they ascend.
fn elements(reader: &mut Reader<'_>, kind: Kind, count: usize) -> Option<()> {
    let of = match kind {
        Kind::Ns => Kind::N,
        Kind::Ss => Kind::S,
        _ => Kind::B,
    };
    let mut last = None;
    for _ in 0..count {
        let element = reader.prefixed()?;
        if !is_scalar(of, element) || last.is_some_and(|last| last >= element) {
            return None;
        }
        last = Some(element);
    }
    last.map(drop)
}

fn is_scalar(kind: Kind, bytes: &[u8]) -> bool {
    match kind {
        Kind::S => std::str::from_utf8(bytes).is_ok(),
        Kind::N => is_number(bytes),
        _ => true,
    }
}

/// A number's bytes are those that its digits have.
fn is_number(bytes: &[u8]) -> bool {
    let mut digits = String::new();
    Number::from_bytes(bytes).write(&mut digits);
    Number::parse(&digits).is_ok_and(|number| number.as_bytes() == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Builder, EncodedValue, Item, Value};

    fn item() -> Item {
        let number = |text: &str| Number::parse(text).unwrap();
        let members = [("a".to_owned(), Value::Null), ("b".to_owned(), Value::L(vec![Value::Bool(true)]))];
        let values = [
            ("binary", Value::B(vec![0, 255])),
            ("map", Value::M(members.into())),
            ("number", Value::N(number("-12.5"))),
            ("numbers", Value::Ns([number("1"), number("0"), number("1e100")].into())),
            ("texts", Value::Ss(["x".to_owned(), String::new()].into())),
        ];
        let mut builder = Builder::item();
        for (name, value) in &values {
            builder.name(name);
            builder.encoded(EncodedValue::of(value).unwrap().view());
        }
        builder.finish_item().unwrap()
    }

    fn is_whole_item(bytes: &[u8]) -> bool {
        ItemRef::parse(bytes).is_some_and(|item| item.is_whole())
    }

    #[test]
    fn what_was_built_is_whole_and_no_part_of_it_is() {
        let item = item();
        assert!(item.view().is_whole());
        assert!(Item::empty().view().is_whole());
        let bytes = item.bytes();
        (0..bytes.len()).for_each(|length| assert!(!is_whole_item(&bytes[..length]), "{length}"));
        assert!(!is_whole_item(&[&bytes[..], &[0]].concat()), "a byte is left over");
    }

    #[test]
    fn a_bit_that_is_turned_never_ends_in_a_panic_and_mostly_shows() {
        let item = item();
        let mut shown = 0;
        let bits = item.bytes().len() * 8;
        for bit in 0..bits {
            let mut bytes = item.bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            shown += usize::from(!is_whole_item(&bytes));
        }
        // The rest has become another item: other letters of a name, other bytes of a value.
        assert!(shown * 2 > bits, "{shown} of {bits}");
    }
}
