//! Numbers: up to 38 significant decimal digits, from 1E-130 to 9.99..E+125, positive or negative, or zero.
//!
//! A [`Number`] is kept in the one form that everything else needs: bytes that sort as the numbers do, that are equal when
//! the numbers are, whose length is what AWS charges, and that AWS hashes to place a partition key
//! (measured against recorded Scan orders). Arithmetic goes through [`Decimal`] and back.
//!
//! ```text
//! zero      80
//! positive  (e - 64) & ff | group + 1 ...            e: the base-100 exponent; a group is two decimal digits
//! negative  not of the above | 101 - group ... | 66  the last byte only when there are fewer than 20 groups
//! ```

use std::cmp::Ordering;
use std::fmt;

use crate::limits::{NUMBER_DIGITS_MAX, NUMBER_EXPONENT_MAX, NUMBER_EXPONENT_MIN};

/// One byte of exponent and at most twenty groups.
pub(super) const ENCODED_MAX: usize = 21;
const GROUPS_MAX: usize = 20;
const ZERO: u8 = 0x80;
const NEGATIVE_END: u8 = 0x66;

/// A number in canonical, order-preserving bytes.
#[derive(Clone, Copy)]
pub struct Number {
    length: u8,
    bytes: [u8; ENCODED_MAX],
}

/// Why a text is not a number, or a sum not a storable one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// The text is no decimal number.
    Syntax(String),
    /// More than 38 significant digits.
    Precision,
    /// A magnitude of 1E126 or more.
    Overflow,
    /// A magnitude below 1E-130.
    Underflow,
}

impl NumberError {
    /// AWS's text.
    pub fn message(&self) -> String {
        match self {
            Self::Syntax(text) if text.is_empty() => "The parameter cannot be converted to a numeric value".into(),
            Self::Syntax(text) => format!("The parameter cannot be converted to a numeric value: {text}"),
            Self::Precision => "Attempting to store more than 38 significant digits in a Number".into(),
            Self::Overflow => {
                "Number overflow. Attempting to store a number with magnitude larger than supported range".into()
            }
            Self::Underflow => {
                "Number underflow. Attempting to store a number with magnitude smaller than supported range".into()
            }
        }
    }
}

impl Number {
    /// Reads a decimal text: sign, digits with an optional point, optional exponent; no blanks.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Decimal::parse(text)?.to_number()
    }

    /// The canonical bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Takes canonical bytes as they were stored. Bytes longer than a number can be are cut.
    pub(crate) fn from_bytes(encoded: &[u8]) -> Self {
        let mut bytes = [0; ENCODED_MAX];
        let length = encoded.len().min(ENCODED_MAX);
        for (to, from) in bytes.iter_mut().zip(encoded) {
            *to = *from;
        }
        Self { length: length as u8, bytes }
    }

    /// The exact sum.
    pub fn checked_add(&self, other: &Self) -> Result<Self, NumberError> {
        Decimal::from_number(self).add(&Decimal::from_number(other))?.to_number()
    }

    /// The exact difference.
    pub fn checked_sub(&self, other: &Self) -> Result<Self, NumberError> {
        Decimal::from_number(self).add(&Decimal::from_number(other).negated())?.to_number()
    }

    /// Appends the plain decimal text: no exponent, no needless zeros.
    pub fn write(&self, out: &mut String) {
        write_decimal(self.as_bytes(), out);
    }

    /// The number, rounded up, as seconds; nothing for what is negative or beyond 19 digits.
    pub(crate) fn whole_seconds(&self) -> Option<u64> {
        let Decimal { negative, coefficient, exponent } = Decimal::from_number(self);
        let power = 10_u128.checked_pow(exponent.unsigned_abs());
        let seconds = match (exponent, power) {
            (0.., Some(power)) => coefficient.checked_mul(power)?,
            (0.., None) => return None,
            (_, Some(power)) => coefficient.div_ceil(power),
            (_, None) => u128::from(coefficient > 0),
        };
        if negative && coefficient > 0 { None } else { u64::try_from(seconds).ok() }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.length)) {
            *place = byte;
            self.length += 1;
        }
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        let decimal = Decimal { negative: false, coefficient: u128::from(value), exponent: 0 };
        decimal.trimmed().encode()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        formatter.write_str(&text)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Number {}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Bytes that AWS charges for a number of these canonical bytes: one for the exponent, one a group, one for a minus.
pub(crate) fn charged_bytes(encoded: &[u8]) -> usize {
    // The byte at the end of a negative number stands for its minus; one with all groups has no room for that byte.
    let is_negative = encoded.first().is_some_and(|first| *first < ZERO);
    let has_end = encoded.last().is_some_and(|last| *last == NEGATIVE_END);
    encoded.len() + usize::from(is_negative && !has_end)
}

/// Appends the plain decimal text of canonical bytes.
pub(crate) fn write_decimal(encoded: &[u8], out: &mut String) {
    let Some((&first, rest)) = encoded.split_first() else { return };
    if rest.is_empty() {
        out.push('0');
        return;
    }
    let negative = first < ZERO;
    let head = if negative { !first } else { first };
    let mut digits = [0_u8; 2 * GROUPS_MAX];
    let mut count = 0;
    for byte in rest.iter().take(GROUPS_MAX) {
        let group = if negative { 101_u8.wrapping_sub(*byte) } else { byte.wrapping_sub(1) };
        if group > 99 {
            break;
        }
        if let Some([tens, ones]) = digits.get_mut(count..count + 2) {
            *tens = b'0' + group / 10;
            *ones = b'0' + group % 10;
        }
        count += 2;
    }
    // The base-100 exponent counts pairs of digits before the point.
    let mut point = 2 * i32::from((head as i8).wrapping_add(64));
    let mut digits = digits.get(..count).unwrap_or_default();
    if let [b'0', tail @ ..] = digits {
        digits = tail;
        point -= 1;
    }
    if let [lead @ .., b'0'] = digits {
        digits = lead;
    }
    if negative {
        out.push('-');
    }
    place_point(digits, point, out);
}

/// Writes `0.DIGITS x 10^point` without an exponent.
fn place_point(digits: &[u8], point: i32, out: &mut String) {
    let zeros = |out: &mut String, count: i32| (0..count).for_each(|_| out.push('0'));
    // Digits are ASCII.
    let text = |out: &mut String, part: &[u8]| out.push_str(std::str::from_utf8(part).unwrap_or_default());
    let count = digits.len() as i32;
    if point <= 0 {
        out.push_str("0.");
        zeros(out, -point);
        text(out, digits);
    } else if point >= count {
        text(out, digits);
        zeros(out, point - count);
    } else {
        let (whole, fraction) = digits.split_at_checked(point as usize).unwrap_or((digits, &[]));
        text(out, whole);
        out.push('.');
        text(out, fraction);
    }
}

/// A number as sign, coefficient and power of ten, for arithmetic. The coefficient has no trailing zero.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    negative: bool,
    coefficient: u128,
    exponent: i32,
}

/// The parts of a decimal text while it is read.
#[derive(Default)]
struct Digits {
    coefficient: u128,
    /// Digits taken into the coefficient, from the first one that is not zero.
    significant: u32,
    /// Zeros seen since the last digit that was not zero, not yet taken.
    pending_zeros: u32,
    /// Digits seen behind the point.
    fraction: i32,
    any: bool,
    too_many: bool,
}

impl Digits {
    fn take(&mut self, digit: u8, behind_point: bool) {
        self.any = true;
        self.fraction += i32::from(behind_point);
        if digit == 0 {
            self.pending_zeros += u32::from(self.significant > 0);
            return;
        }
        let width = self.pending_zeros + 1;
        if self.significant + width > NUMBER_DIGITS_MAX {
            self.too_many = true;
            return;
        }
        self.coefficient = self.coefficient * 10_u128.pow(width) + u128::from(digit);
        self.significant += width;
        self.pending_zeros = 0;
    }
}

impl Decimal {
    const ZERO: Self = Self { negative: false, coefficient: 0, exponent: 0 };

    fn parse(text: &str) -> Result<Self, NumberError> {
        let syntax = || NumberError::Syntax(text.to_owned());
        let mut bytes = text.as_bytes();
        let negative = matches!(bytes.first(), Some(b'-'));
        if let [b'-' | b'+', tail @ ..] = bytes {
            bytes = tail;
        }
        let mut digits = Digits::default();
        let mut behind_point = false;
        let mut exponent = 0;
        while let Some((&byte, tail)) = bytes.split_first() {
            match byte {
                b'0'..=b'9' => digits.take(byte - b'0', behind_point),
                b'.' if !behind_point => behind_point = true,
                b'e' | b'E' if digits.any => {
                    exponent = parse_exponent(tail).ok_or_else(syntax)?;
                    break;
                }
                _ => return Err(syntax()),
            }
            bytes = tail;
        }
        if !digits.any {
            return Err(syntax());
        }
        Self::from_digits(negative, &digits, exponent)
    }

    fn from_digits(negative: bool, digits: &Digits, exponent: i32) -> Result<Self, NumberError> {
        let exponent = exponent.saturating_sub(digits.fraction);
        if digits.too_many {
            return Err(NumberError::Precision);
        }
        if digits.coefficient == 0 {
            // `0e126` is refused and `0.0e126` is not: AWS looks at the exponent of the last zero (recorded quirk).
            return if exponent > NUMBER_EXPONENT_MAX { Err(NumberError::Overflow) } else { Ok(Self::ZERO) };
        }
        let exponent = exponent.saturating_add(digits.pending_zeros as i32);
        Ok(Self { negative, coefficient: digits.coefficient, exponent })
    }

    fn from_number(number: &Number) -> Self {
        let Some((&first, groups)) = number.as_bytes().split_first() else { return Self::ZERO };
        if groups.is_empty() {
            return Self::ZERO;
        }
        let negative = first < ZERO;
        let head = if negative { !first } else { first };
        let mut exponent = 2 * i32::from((head as i8).wrapping_add(64));
        let mut coefficient = 0_u128;
        let mut groups = groups.iter().take(GROUPS_MAX).peekable();
        while let Some(byte) = groups.next() {
            let group = if negative { 101_u8.wrapping_sub(*byte) } else { byte.wrapping_sub(1) };
            if group > 99 {
                break;
            }
            let last = groups.peek().is_none_or(|next| negative && **next == NEGATIVE_END);
            // The last digit of the last group may be padding; a 38-digit coefficient has no room for it.
            let (shift, digits) = if last && group.is_multiple_of(10) { (1, group / 10) } else { (2, group) };
            coefficient = coefficient * 10_u128.pow(shift) + u128::from(digits);
            exponent -= shift as i32;
        }
        Self { negative, coefficient, exponent }
    }

    fn negated(self) -> Self {
        Self { negative: !self.negative && self.coefficient != 0, ..self }
    }

    fn trimmed(mut self) -> Self {
        if self.coefficient == 0 {
            return Self::ZERO;
        }
        while self.coefficient.is_multiple_of(10) {
            self.coefficient /= 10;
            self.exponent += 1;
        }
        self
    }

    /// The exact sum. One that needs more than 38 digits is an overflow, as AWS reports it.
    fn add(&self, other: &Self) -> Result<Self, NumberError> {
        if self.coefficient == 0 {
            return Ok(*other);
        }
        if other.coefficient == 0 {
            return Ok(*self);
        }
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // Both end in a digit that is not zero, so a wider gap than this cannot be written in 38 digits.
        let gap = u32::try_from(high.exponent - low.exponent).unwrap_or(u32::MAX);
        let scale = 10_u128.checked_pow(gap).ok_or(NumberError::Overflow)?;
        let aligned = high.coefficient.checked_mul(scale).ok_or(NumberError::Overflow)?;
        let (negative, coefficient) = if high.negative == low.negative {
            (high.negative, aligned.checked_add(low.coefficient).ok_or(NumberError::Overflow)?)
        } else if aligned >= low.coefficient {
            (high.negative, aligned - low.coefficient)
        } else {
            (low.negative, low.coefficient - aligned)
        };
        let sum = Self { negative, coefficient, exponent: low.exponent }.trimmed();
        if sum.digit_count() > NUMBER_DIGITS_MAX { Err(NumberError::Overflow) } else { Ok(sum) }
    }

    fn digit_count(&self) -> u32 {
        self.coefficient.checked_ilog10().map_or(0, |log| log + 1)
    }

    fn to_number(self) -> Result<Number, NumberError> {
        if self.coefficient == 0 {
            return Ok(self.encode());
        }
        let leading = self.exponent.saturating_add(self.digit_count() as i32 - 1);
        if leading > NUMBER_EXPONENT_MAX {
            return Err(NumberError::Overflow);
        }
        if leading < NUMBER_EXPONENT_MIN {
            return Err(NumberError::Underflow);
        }
        Ok(self.encode())
    }

    /// Canonical bytes of a number whose range was checked.
    fn encode(&self) -> Number {
        let mut number = Number { length: 0, bytes: [0; ENCODED_MAX] };
        if self.coefficient == 0 {
            number.push(ZERO);
            return number;
        }
        let digits = self.digit_count() as i32;
        let point = self.exponent + digits;
        let odd = point.rem_euclid(2);
        let head = ((point + odd) / 2 - 64) as u8;
        number.push(if self.negative { !head } else { head });
        let mut groups = [0_u8; GROUPS_MAX];
        let count = self.fill_groups(((digits + odd + 1) / 2) as usize, (digits + odd) % 2 == 1, &mut groups);
        for group in groups.iter().take(count) {
            number.push(if self.negative { 101 - group } else { group + 1 });
        }
        if self.negative && count < GROUPS_MAX {
            number.push(NEGATIVE_END);
        }
        number
    }

    /// Cuts the coefficient into `count` groups of two digits; the last one is padded when `padded`.
    fn fill_groups(&self, count: usize, padded: bool, groups: &mut [u8; GROUPS_MAX]) -> usize {
        let mut rest = self.coefficient;
        for (place, group) in groups.iter_mut().take(count).rev().enumerate() {
            if place == 0 && padded {
                *group = (rest % 10 * 10) as u8;
                rest /= 10;
            } else if let Ok(small) = u64::try_from(rest) {
                *group = (small % 100) as u8;
                rest = u128::from(small / 100);
            } else {
                *group = (rest % 100) as u8;
                rest /= 100;
            }
        }
        count
    }
}

/// Reads the digits behind an `e`; larger than any limit counts as very large.
fn parse_exponent(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'-', tail @ ..] => (true, tail),
        [b'+', tail @ ..] => (false, tail),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0_i32, |sum, digit| (sum * 10 + i32::from(digit - b'0')).min(99_999_999));
    Some(if negative { -magnitude } else { magnitude })
}
