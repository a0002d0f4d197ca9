//! Numbers and strings as bytes: little endian, and whole numbers also in groups of seven bits, the low ones first.
//!
//! What is read is checked: whoever reads past the end, or a number that has no place, gets nothing.

/// Appends a whole number in as few bytes as it needs: seven bits a byte, the eighth says that more follow.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a number that may be negative: small ones, of either sign, are short.
pub(crate) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, (number.wrapping_shl(1) ^ (number >> 63)) as u64);
}

/// Appends bytes behind their count.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) fn take_varint(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

pub(crate) fn take_signed(from: &mut &[u8]) -> Option<i64> {
    let number = take_varint(from)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

pub(crate) fn take_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(take_varint(from)?).ok()?;
    let (bytes, rest) = from.split_at_checked(len)?;
    *from = rest;
    Some(bytes)
}

pub(crate) fn take_u8(from: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = from.split_first()?;
    *from = rest;
    Some(*byte)
}

pub(crate) fn take_u32(from: &mut &[u8]) -> Option<u32> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_le_bytes(*bytes))
}

pub(crate) fn take_u64(from: &mut &[u8]) -> Option<u64> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_back() {
        let numbers = [0, 1, 127, 128, 300, 1 << 35, u64::MAX - 1, u64::MAX];
        let signed = [0, -1, 1, 63, -64, 64, i64::MAX, i64::MIN];
        let mut out = Vec::new();
        numbers.iter().for_each(|number| put_varint(&mut out, *number));
        signed.iter().for_each(|number| put_signed(&mut out, *number));
        put_bytes(&mut out, b"ada");
        let mut from = out.as_slice();
        assert!(numbers.iter().all(|number| take_varint(&mut from) == Some(*number)));
        assert!(signed.iter().all(|number| take_signed(&mut from) == Some(*number)));
        assert_eq!((take_bytes(&mut from), take_u8(&mut from)), (Some(b"ada".as_slice()), None));
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_nothing() {
        assert_eq!(take_varint(&mut [0x80].as_slice()), None);
        assert_eq!(take_varint(&mut [0xff; 9].iter().copied().chain([2]).collect::<Vec<_>>().as_slice()), None);
        assert_eq!(take_varint(&mut [0x80; 11].as_slice()), None);
        assert_eq!(take_bytes(&mut [4, 1, 2, 3].as_slice()), None);
        assert_eq!(take_u64(&mut [0; 7].as_slice()), None);
    }
}
