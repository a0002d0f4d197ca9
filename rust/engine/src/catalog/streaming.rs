//! Streams, as far as tables tell of them: the setting, its label, and where it is switched on and off.

use std::fmt::Write as _;

use super::{Live, StreamView, Table};
use crate::Engine;
use crate::error::{Error, Result};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Engine {
    /// Switches the stream of a table on, while no write is under way.
    ///
    /// # Errors
    /// ValidationException when it is on.
    pub(crate) fn enable_stream(&self, table: &Table, live: &mut Live, view: StreamView, now_ms: u64) -> Result<()> {
        if live.streaming.is_some_and(|streaming| streaming.view.is_some()) {
            let name = table.name();
            return Err(Error::validation(format!("Table already has an enabled stream: TableName: {name}")));
        }
        live.streaming = Some(Streaming { view: Some(view), enabled_ms: now_ms });
        Ok(())
    }

    /// Switches the stream of a table off, while no write is under way.
    ///
    /// # Errors
    /// ValidationException when it is off.
    pub(crate) fn disable_stream(&self, table: &Table, live: &mut Live) -> Result<()> {
        match &mut live.streaming {
            Some(streaming) if streaming.view.is_some() => streaming.view = None,
            _ => {
                let name = table.name();
                return Err(Error::validation(format!("Table has no stream to disable: TableName: {name}")));
            }
        }
        Ok(())
    }
}

/// A stream's settings, as descriptions tell them; they stay when the stream is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Streaming {
    /// What records show; absent once the stream is disabled.
    pub(crate) view: Option<StreamView>,
    /// When it was enabled: its label.
    pub(crate) enabled_ms: u64,
}

impl Streaming {
    /// `LatestStreamLabel`: the time of enabling, `2026-11-23T03:29:14.810`.
    pub(crate) fn label(&self) -> String {
        let (days, seconds) = (self.enabled_ms / DAY_MS, self.enabled_ms / 1000);
        let (year, month, day) = civil(days);
        let mut label = format!("{year:04}-{month:02}-{day:02}T");
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        // Writing to a text does not fail.
        let _ = write!(label, "{hour:02}:{minute:02}:{second:02}.{:03}", self.enabled_ms % 1000);
        label
    }
}

/// Year, month and day of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Counted from 0000-03-01, so that a leap day is the last of its year; 146,097 days are 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month < 3), month, of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_dates() {
        let label = |enabled_ms| Streaming { view: None, enabled_ms }.label();
        assert_eq!(label(0), "1970-01-01T00:00:00.000");
        assert_eq!(label(1_795_404_558_192), "2026-11-23T03:29:18.192");
        assert_eq!(label(951_782_400_000), "2000-02-29T00:00:00.000");
        assert_eq!(label(4_107_542_399_999), "2100-02-28T23:59:59.999");
    }
}
