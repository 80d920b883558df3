//! How times are written in a notice: in UTC, and in the customer's zone.

use account::time::{At, Span};
use serde::{Deserialize, Serialize};

use crate::shown::shown;

/// A zone, as it is at the time that is told. Which offset a zone has when is looked up by the caller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Zone {
    /// Its name, such as `Europe/Berlin`.
    pub name: String,
    /// Minutes that it is before UTC; one that is more than a day off counts as a day.
    pub offset_min: i16,
}

/// Last second of the year 9999; later times are written as this one.
const LAST: u64 = 253_402_300_799;
const DAY_MIN: i16 = 24 * 60;

/// `2026-11-22 23:57` of so many seconds since 1970 (civil-from-days, Hinnant 2013).
fn minute(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second % 3_600 / 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// A time in UTC and, where one is known, in a zone.
pub fn written(at: At, zone: Option<&Zone>) -> String {
    let seconds = i64::try_from(at.0.min(LAST)).unwrap_or(0);
    let utc = format!("{} UTC", minute(seconds));
    let Some(zone) = zone else {
        return utc;
    };
    let offset_s = i64::from(zone.offset_min.clamp(-DAY_MIN, DAY_MIN)) * 60;
    format!("{utc} ({} {})", minute(seconds + offset_s), shown(&zone.name))
}

/// How long something takes, in words; a part of an hour counts as a whole one.
pub fn duration(span: Span) -> String {
    let hours = span.0.div_ceil(3_600);
    match (hours, hours % 24) {
        (1, _) => "1 hour".to_owned(),
        (72.., 0) => format!("{} days", hours / 24),
        _ => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_both() {
        let zone = |name: &str, offset_min| Some(Zone { name: name.to_owned(), offset_min });
        let at = At(1_795_391_820);
        assert_eq!(written(at, None), "2026-11-22 23:57 UTC");
        assert_eq!(
            written(at, zone("Europe/Berlin", 60).as_ref()),
            "2026-11-22 23:57 UTC (2026-11-23 00:57 Europe/Berlin)"
        );
        assert_eq!(
            written(At(0), zone("America/St_Johns", -210).as_ref()),
            "1970-01-01 00:00 UTC (1969-12-31 20:30 America/St_Johns)"
        );
        assert_eq!(written(At(1_709_164_800), None), "2024-02-29 00:00 UTC");
        assert!(
            written(At(u64::MAX), zone("x", i16::MAX).as_ref()).starts_with("9999-12-31 23:59")
        );
    }

    #[test]
    fn spans_are_written_in_words() {
        for (span, words) in [
            (Span(1), "1 hour"),
            (Span::hours(24), "24 hours"),
            (Span::hours(72), "3 days"),
            (Span(Span::hours(30).0 + 1), "31 hours"),
            (Span(u64::MAX), "5124095576030432 hours"),
        ] {
            assert_eq!(duration(span), words);
        }
    }
}
