//! Any bytes as the body of any operation: parsing ends without a panic, a body that is not JSON is told so, and an item
//! that was read is written back as JSON that reads as the same item.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statordb_engine::value::Item;
use statordb_wire::answer::ItemBody;
use statordb_wire::operation::Operation;
use statordb_wire::{Request, parse_json};

fn item_of(body: &str) -> Option<Item> {
    match parse_json(Operation::PutItem, body).ok()? {
        Request::PutItem(request) => request.item.ok(),
        _ => None,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, body)) = bytes.split_first() else { return };
    let Some(operation) = Operation::ALL.get(usize::from(which) % Operation::ALL.len()) else { return };
    let Ok(body) = std::str::from_utf8(body) else { return };
    let parsed = parse_json(*operation, body);
    if let Err(failure) = &parsed {
        serde_json::to_string(failure).expect("a failure has a body");
    }
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
    assert!(is_json || parsed.is_err_and(|failure| failure.message().is_none()), "not JSON, and not told so");
    if let Some(item) = item_of(body) {
        let written = serde_json::to_string(&ItemBody(item.view())).expect("an item has a body");
        let again = format!("{{\"TableName\":\"abc\",\"Item\":{written}}}");
        assert_eq!(item_of(&again), Some(item), "{written}");
    }
});
