//! Dates as HTTP writes them, `Mon, 23 Nov 2026 05:46:00 GMT`, as signatures do, `20261123T054600Z`, and as
//! logs do, `2026-11-23T05:46:00.000Z`.

use std::ops::RangeInclusive;

use statordb_engine::clock::{self, civil};

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The date of a moment in milliseconds since 1970.
pub(crate) fn http_date(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let days = seconds / 86_400;
    let (year, month, day) = civil(days);
    let weekday = DAYS.get((days % 7) as usize).unwrap_or(&"");
    let month = MONTHS.get(month as usize).unwrap_or(&"");
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// The date of a moment in milliseconds since 1970, by ISO 8601, in UTC.
pub(crate) fn iso_date(milliseconds: u64) -> String {
    clock::iso_date(milliseconds) + "Z"
}

/// The day of a date in the basic format of ISO 8601, as signatures write it: `20261123` of `20261123T054600Z`.
pub(crate) fn basic_day(text: &str) -> Option<&str> {
    let (day, time) = text.split_once('T')?;
    let time = time.strip_suffix('Z')?;
    let is_day = day.len() == 8 && within(day.get(4..6)?, 1..=12) && within(day.get(6..)?, 1..=31);
    (is_day && within(day.get(..4)?, 0..=9_999) && is_time(time.get(..2)?, time.get(2..4)?, time.get(4..)?))
        .then_some(day)
}

/// The day, as `20261123`, of a date in HTTP's form, or in that of mails, which botocore writes: it differs in the zone.
pub(crate) fn http_day(text: &str) -> Option<String> {
    let mut parts = text.split_once(", ")?.1.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    parts.next().filter(|zone| matches!(*zone, "GMT" | "-0000" | "+0000"))?;
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    let mut time = time.split(':');
    let is_date = day.len() == 2 && within(day, 1..=31) && year.len() == 4 && within(year, 0..=9_999);
    let is_whole = is_date && is_time(time.next()?, time.next()?, time.next()?) && time.chain(parts).next().is_none();
    is_whole.then(|| format!("{year}{month:02}{day}"))
}

fn is_time(hour: &str, minute: &str, second: &str) -> bool {
    // A leap second is a time too.
    let parts = [(hour, 23), (minute, 59), (second, 60)];
    parts.into_iter().all(|(digits, max)| digits.len() == 2 && within(digits, 0..=max))
}

fn within(digits: &str, range: RangeInclusive<u16>) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse().is_ok_and(|number| range.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::{basic_day, http_date, http_day};

    #[test]
    fn days_are_read_from_both_forms() {
        assert_eq!(basic_day("20261123T054600Z"), Some("20261123"));
        assert_eq!(http_day("Mon, 23 Nov 2026 05:46:00 GMT").as_deref(), Some("20261123"));
        assert_eq!(http_day("Mon, 23 Nov 2026 05:46:00 -0000").as_deref(), Some("20261123"));
        let bad = [
            "",
            "T",
            "20261123",
            "20261123T0546Z",
            "20261123T054600",
            "20261123T054600+0000",
            "2026-11-23T05:46:00Z",
            "20261323T054600Z",
            "20261100T054600Z",
            "20261123T244600Z",
            "20261123T054600.1Z",
            "+0261123T054600Z",
            "2026112\u{e9}T054600Z",
            "1795412760",
            "Mon, 23 Nov 2026 05:46 GMT",
            "Mon, 23 Nov 2026 05:46:00:00 GMT",
            "Mon, 23 Nov 2026 05:46:00 x GMT",
            "Mon, 23 Nov 2026 05:46:00",
            "Mon, 23 Nov 2026 05:46:00 +0100",
            "Mon, 23 Nov 2026 05:46:00 GMT x",
            "Mon, 23 nov 2026 05:46:00 GMT",
            "Mon, 3 Nov 2026 05:46:00 GMT",
        ];
        for text in bad {
            assert_eq!((basic_day(text), http_day(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn dates_of_logs_have_milliseconds() {
        assert_eq!(super::iso_date(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::iso_date(1_709_251_199_999), "2024-02-29T23:59:59.999Z");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199_999, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_735_689_600_000, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(http_date(milliseconds), text);
        }
    }
}
