//! A day of the calendar: the only notion of time that policy has. No clock, no time zone.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A day, written `2026-01-15`. Days order as the calendar does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

/// From the first of March of the year 0 to the first of January 1970.
const DAYS_TO_1970: u64 = 719_468;

/// The text is no day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no day; one like \"2026-01-15\" is expected")]
pub struct DayError(String);

impl Day {
    /// The day before every other that can be written.
    pub const FIRST: Self = Self {
        year: 1,
        month: 1,
        day: 1,
    };

    /// A day of the Gregorian calendar, years 1 to 9999; `None` when there is no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let longest = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if year == 0 || year > 9999 || day == 0 || day > longest {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// When it begins in UTC, Unix ms; 0 for days before 1970.
    pub fn start_ms(self) -> u64 {
        let Self { year, month, day } = self;
        // Years that begin in March: the leap day is their last.
        let (year, month) = match month {
            1 | 2 => (u64::from(year) - 1, u64::from(month) + 9),
            _ => (u64::from(year), u64::from(month) - 3),
        };
        let days = 365 * year + year / 4 - year / 100
            + year / 400
            + (153 * month + 2) / 5
            + u64::from(day)
            - 1;
        days.saturating_sub(DAYS_TO_1970) * 24 * 3600 * 1000
    }

    /// The day before; the first day of all stays.
    #[must_use]
    pub fn before(self) -> Self {
        let Self { year, month, day } = self;
        let same_month = || Self::new(year, month, day - 1);
        let last_of = |year, month| (28..=31).rev().find_map(|day| Self::new(year, month, day));
        same_month()
            .or_else(|| last_of(year, month - 1))
            .or_else(|| Self::new(year - 1, 12, 31))
            .unwrap_or(self)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let read = || {
            let bytes = text.as_bytes();
            if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
                return None;
            }
            let digits = |part: &str| {
                let sound = part.bytes().all(|byte| byte.is_ascii_digit());
                sound.then(|| part.parse::<u16>().ok()).flatten()
            };
            let small = |part| digits(part).and_then(|number| u8::try_from(number).ok());
            Self::new(
                digits(text.get(..4)?)?,
                small(text.get(5..7)?)?,
                small(text.get(8..)?)?,
            )
        };
        read().ok_or_else(|| DayError(text.chars().take(24).collect()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// From one day up to, but not including, another; without an end when `until` is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The first day after.
    pub until: Option<Day>,
}

impl Period {
    /// Whether the day lies in the period: `from` does, `until` does not.
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Whether no day lies in it.
    pub fn is_empty(&self) -> bool {
        self.until.is_some_and(|until| until <= self.from)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        for bad in [
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-04-31",
            "26-01-01",
            "2026-1-01",
            "2026-01-01T00:00",
            "+026-01-01",
            "0000-01-01",
            "2026/01/01",
            "",
            "2026-01-é",
        ] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        assert_eq!(day("2024-03-01").before(), day("2024-02-29"));
        assert_eq!(day("2026-01-01").before(), day("2025-12-31"));
        assert_eq!(Day::FIRST.before(), Day::FIRST);
    }

    #[test]
    fn a_day_begins_when_it_does_in_utc() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("1970-03-01", 59 * 86_400),
            ("2000-02-29", 951_782_400),
            ("2026-11-21", 1_795_219_200),
            ("1969-12-31", 0),
        ] {
            assert_eq!(day(text).start_ms(), seconds * 1000, "{text}");
        }
        let (mut at, mut ms) = (day("2100-03-02"), day("2100-03-02").start_ms());
        while ms > 0 {
            (at, ms) = (at.before(), ms - 86_400_000);
            assert_eq!(at.start_ms(), ms, "{at}");
        }
    }

    #[test]
    fn a_period_holds_its_first_day_and_not_its_last() {
        let period = Period {
            from: day("2026-01-15"),
            until: Some(day("2026-01-17")),
        };
        let inside: Vec<bool> = ["2026-01-14", "2026-01-15", "2026-01-16", "2026-01-17"]
            .into_iter()
            .map(|text| period.contains(day(text)))
            .collect();
        assert_eq!(inside, [false, true, true, false]);
        assert!(!period.is_empty());
        assert!(
            Period {
                from: day("2026-01-15"),
                until: Some(day("2026-01-15"))
            }
            .is_empty()
        );
        assert!(
            Period {
                from: Day::FIRST,
                until: None
            }
            .contains(day("9999-12-31"))
        );
    }

    proptest! {
        #[test]
        fn days_read_back_and_order_as_their_text(a in (1u16..=9999, 1u8..=12, 1u8..=31), b in (1u16..=9999, 1u8..=12, 1u8..=31)) {
            let made = |(y, m, d)| Day::new(y, m, d);
            if let (Some(a), Some(b)) = (made(a), made(b)) {
                prop_assert_eq!(day(&a.to_string()), a);
                prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
                prop_assert!(a == Day::FIRST || a.before() < a);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,12}") {
            if let Ok(read) = text.parse::<Day>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
