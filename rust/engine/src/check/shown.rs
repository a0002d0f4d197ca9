//! Keys as they are shown: enough of them to find the item, and no more.

use std::fmt::Write as _;

use crate::key::{KeyAttribute, KeySchema};
use crate::value::{ItemRef, Kind, Number};

/// Characters of a key attribute, or of a key that cannot be read, which are shown.
const CHARACTERS_MAX: usize = 32;
/// Hash and length come before the partition key.
const PREFIX_BYTES: usize = 10;

/// The key of an item as it stands in a table's tree: `{id: "a", n: 7}`.
pub(super) fn table_key(schema: &KeySchema, key: &[u8]) -> String {
    let (Some(hash), Some(rest)) = (schema.hash().first(), key.get(PREFIX_BYTES..)) else { return bytes(key) };
    let length =
        key.get(8..PREFIX_BYTES).and_then(|length| length.first_chunk()).map_or(0, |two| u16::from_be_bytes(*two));
    let Some((hash_value, range_value)) = rest.split_at_checked(usize::from(length)) else { return bytes(key) };
    let mut shown = format!("{{{}", attribute(hash, hash_value));
    if let Some(range) = schema.range().first() {
        let _ = write!(shown, ", {}", attribute(range, range_value));
    }
    shown + "}"
}

/// The key attributes of an item, as far as it has them.
pub(super) fn item_key(schema: &KeySchema, item: ItemRef<'_>) -> String {
    let shown = |key: &KeyAttribute| Some(attribute(key, item.get(&key.name)?.scalar_bytes()));
    format!("{{{}}}", schema.attributes().iter().filter_map(shown).collect::<Vec<_>>().join(", "))
}

/// A key of which nothing is known.
pub(super) fn bytes(key: &[u8]) -> String {
    format!("`{}`", shortened(&key.escape_ascii().to_string()))
}

fn attribute(attribute: &KeyAttribute, value: &[u8]) -> String {
    let name = &attribute.name;
    match attribute.kind {
        Kind::N => {
            let mut digits = String::new();
            Number::from_bytes(value).write(&mut digits);
            format!("{name}: {}", shortened(&digits))
        }
        Kind::S => format!("{name}: \"{}\"", shortened(&String::from_utf8_lossy(value).escape_debug().to_string())),
        _ => format!("{name}: \"{}\"", shortened(&value.escape_ascii().to_string())),
    }
}

pub(super) fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(CHARACTERS_MAX).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Builder, Item};

    fn item(id: &str, number: &str) -> Item {
        let mut builder = Builder::item();
        builder.name("id");
        builder.string(id);
        builder.name("n");
        builder.number(&Number::parse(number).unwrap());
        builder.name("secret");
        builder.string("never shown");
        builder.finish_item().unwrap()
    }

    #[test]
    fn a_key_is_shown_alike_from_its_bytes_and_from_its_item() {
        let key = |name: &str, kind| KeyAttribute { name: name.into(), kind };
        let schema = KeySchema::new([key("id", Kind::S)], [key("n", Kind::N)]);
        for (id, number, expected) in [
            ("a", "-7.5", r#"{id: "a", n: -7.5}"#.to_owned()),
            ("\n", "0", r#"{id: "\n", n: 0}"#.to_owned()),
            (&"x".repeat(99), "1", format!("{{id: \"{}…\", n: 1}}", "x".repeat(32))),
        ] {
            let item = item(id, number);
            let bytes = schema.encode_item(item.view()).unwrap();
            assert_eq!(table_key(&schema, &bytes), expected);
            assert_eq!(item_key(&schema, item.view()), expected);
        }
        assert_eq!(table_key(&schema, b"short"), "`short`");
    }
}
