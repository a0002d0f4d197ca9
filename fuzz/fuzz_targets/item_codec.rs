//! Any bytes as an item: views end, and an item that a builder made from them reads back as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statordb_engine::value::{Builder, Item, ValueRef};
use statordb_store::Bytes;

/// Lists and maps that are read inside each other; stored items have at most 32.
const DEPTH_MAX: usize = 40;

fn visit(value: ValueRef<'_>, depth: usize) {
    let _ = (value.as_str(), value.as_number().map(|number| number.to_string()), value.as_binary(), value.as_bool());
    let _ = (value.len(), value.is_empty(), value.compare(&value), value.element(1), value.member("a"));
    value.set_elements().for_each(|element| assert!(element.len() <= value.as_bytes().len()));
    if depth < DEPTH_MAX {
        value.elements().for_each(|element| visit(element, depth + 1));
        value.members().for_each(|(_, member)| visit(member, depth + 1));
    }
}

/// Bytes as calls of a builder.
fn build(builder: &mut Builder, bytes: &mut impl Iterator<Item = u8>, depth: usize) {
    let length = |bytes: &mut dyn Iterator<Item = u8>| usize::from(bytes.next().unwrap_or(0) % 5);
    match bytes.next().unwrap_or(0) % 8 {
        0 => builder.null(),
        1 => builder.boolean(bytes.next().is_some_and(|byte| byte > 99)),
        2 => {
            let length = length(bytes);
            builder.binary(&bytes.take(length).collect::<Vec<_>>());
        }
        3 => {
            let length = length(bytes);
            builder.string(&bytes.take(length).map(char::from).collect::<String>());
        }
        4 => builder.number_text(&format!(
            "{}e{}",
            i16::from(bytes.next().unwrap_or(0)) - 128,
            bytes.next().unwrap_or(0) % 120
        )),
        5 if depth < 30 => {
            builder.begin_list();
            (0..length(bytes)).for_each(|_| build(builder, bytes, depth + 1));
            builder.end_list();
        }
        6 if depth < 30 => {
            builder.begin_map();
            for _ in 0..length(bytes) {
                builder.name(char::from(bytes.next().unwrap_or(b'a')).encode_utf8(&mut [0; 4]));
                build(builder, bytes, depth + 1);
            }
            builder.end_map();
        }
        _ => builder.string("leaf"),
    }
}

fn round_trip(bytes: &[u8]) {
    let mut bytes = bytes.iter().copied();
    let mut builder = Builder::item();
    for _ in 0..bytes.next().unwrap_or(0) % 8 {
        builder.name(char::from(bytes.next().unwrap_or(b'a')).encode_utf8(&mut [0; 4]));
        build(&mut builder, &mut bytes, 0);
    }
    let item = builder.finish_item().expect("a valid item");
    let stored = Item::from_bytes(Bytes::from(&item.bytes()[..])).expect("a readable item");
    assert_eq!(stored, item);
    let view = stored.view();
    assert_eq!(view.len(), view.iter().count());
    assert_eq!(view.size(), view.iter().map(|(name, value)| name.len() + value.size()).sum::<usize>());
    let mut again = Builder::item();
    for (name, value) in view {
        visit(value, 0);
        assert_eq!(view.get(name), Some(value));
        again.name(name);
        again.decoded(&value.to_value());
    }
    assert_eq!(again.finish_item().expect("a valid item"), item);
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(item) = Item::from_bytes(Bytes::from(bytes)) {
        for (name, value) in item.view() {
            item.view().get(name);
            visit(value, 0);
        }
    }
    round_trip(bytes);
});
