//! What a body may be made of, looked at before it is parsed: one pass, without recursion and without memory.
//!
//! Whether the body is JSON at all is the parser's to say. This only makes sure that no parser, of today or of tomorrow, is
//! given a nesting or a number without end.

use memchr::memchr2;

use crate::limits::{NESTING_MAX, NUMBER_BYTES_MAX};

/// Whether lists and objects are nested no deeper, and bare numbers no longer, than the limits.
pub(crate) fn are_kept(body: &[u8]) -> bool {
    let mut rest = body;
    let (mut depth, mut number) = (0_usize, 0_usize);
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        number = if matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E') { number + 1 } else { 0 };
        match byte {
            b'"' => rest = behind_string(rest),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING_MAX || number > NUMBER_BYTES_MAX {
            return false;
        }
    }
    true
}

/// What follows the string whose opening quote was just passed.
fn behind_string(mut rest: &[u8]) -> &[u8] {
    while let Some(place) = memchr2(b'"', b'\\', rest) {
        let is_end = rest.get(place) == Some(&b'"');
        // An escape is two bytes as far as the end of the string is concerned.
        rest = rest.get(place + if is_end { 1 } else { 2 }..).unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::are_kept;

    #[test]
    fn nesting_is_bounded_whatever_stands_in_strings() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(are_kept(nested(4_096).as_bytes()));
        assert!(!are_kept(nested(4_097).as_bytes()));
        assert!(!are_kept("{\"a\":".repeat(5_000).as_bytes()));
        assert!(are_kept(format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(5_000)).as_bytes()));
        assert!(are_kept("[]".repeat(5_000).as_bytes()));
    }

    #[test]
    fn bare_numbers_are_bounded_and_numbers_in_strings_are_not() {
        assert!(are_kept(format!("{{\"Limit\":{}}}", "1".repeat(64)).as_bytes()));
        assert!(!are_kept(format!("{{\"Limit\":{}}}", "1".repeat(65)).as_bytes()));
        assert!(are_kept(format!("{{\"N\":\"{}\"}}", "1".repeat(500)).as_bytes()));
    }

    #[test]
    fn bodies_that_are_no_json_are_left_to_the_parser() {
        for body in ["", "\"", "\"\\", "]]]", "{\"a\":\"unfinished"] {
            assert!(are_kept(body.as_bytes()), "{body}");
        }
    }
}
