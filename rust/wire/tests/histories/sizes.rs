//! How many bytes an item has, by its JSON: a slow calculation after the measured rules, which shares nothing with the
//! engine's.

use serde_json::{Map, Value};

/// The size of an item.
pub(crate) fn item_size(item: &Map<String, Value>) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    let (kind, content) = value.as_object().unwrap().iter().next().unwrap();
    let text = || content.as_str().unwrap();
    let texts = || content.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    match kind.as_str() {
        "S" => text().len(),
        "N" => number_size(text()),
        "B" => binary_size(text()),
        "BOOL" | "NULL" => 1,
        "SS" => texts().map(str::len).sum(),
        "NS" => texts().map(number_size).sum(),
        "BS" => texts().map(binary_size).sum(),
        "L" => 3 + content.as_array().unwrap().iter().map(|element| 1 + value_size(element)).sum::<usize>(),
        "M" => {
            3 + content
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| 1 + name.len() + value_size(value))
                .sum::<usize>()
        }
        other => panic!("{other}"),
    }
}

fn binary_size(base64: &str) -> usize {
    base64.len() / 4 * 3 - base64.bytes().filter(|byte| *byte == b'=').count()
}

/// One byte, one for each pair of digits between the first and the last that are not zero, pairs lying at the decimal
/// point, and one for a minus. Zero has one byte. Only numbers that are written without an exponent.
fn number_size(text: &str) -> usize {
    let (minus, digits) = text.strip_prefix('-').map_or((0, text), |digits| (1, digits));
    let (whole, broken) = digits.split_once('.').unwrap_or((digits, ""));
    let pad = |digits: &str| "0".repeat(digits.len() % 2);
    let all = format!("{}{whole}{broken}{}", pad(whole), pad(broken));
    let pairs: Vec<&[u8]> = all.as_bytes().chunks(2).collect();
    let is_worth = |pair: &&[u8]| *pair != b"00";
    match (pairs.iter().position(is_worth), pairs.iter().rposition(is_worth)) {
        (Some(first), Some(last)) => 1 + minus + last - first + 1,
        _ => 1,
    }
}

#[test]
fn numbers_have_the_sizes_that_were_measured() {
    for (text, size) in
        [("0", 1), ("12", 2), ("120", 3), ("0.012", 3), ("100", 2), ("-1", 3), ("12.3456", 4), ("999.9", 4)]
    {
        assert_eq!(number_size(text), size, "{text}");
    }
}
