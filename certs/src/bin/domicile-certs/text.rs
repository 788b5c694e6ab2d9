//! Times and durations as people write them.

use jiff::{Span, SpanRelativeTo, Timestamp, Unit};

/// Milliseconds of a duration such as `12h` or `30d`; a day has 24 hours.
pub(crate) fn duration_ms(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a duration above zero; write for example 12h or 30d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let days = SpanRelativeTo::days_are_24_hours();
    let seconds = span.total((Unit::Second, days)).map_err(|_| wrong())?;
    if (1.0..=3650.0 * 86_400.0).contains(&seconds) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range just checked
        Ok(seconds as u64 * 1000)
    } else if seconds > 0.0 {
        Err(format!("`{text}` is not between a second and ten years"))
    } else {
        Err(wrong())
    }
}

/// Unix ms of an RFC 3339 time.
pub(crate) fn time_ms(text: &str) -> Result<u64, String> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| format!("`{text}` is not a time in RFC 3339, like 2027-01-31T00:00:00Z"))?;
    u64::try_from(time.as_millisecond()).map_err(|_| format!("`{text}` lies before 1970"))
}

/// RFC 3339 of a Unix time in ms.
pub(crate) fn rfc3339(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration_ms("30d"), Ok(30 * 86_400_000));
        assert_eq!(duration_ms("12h"), Ok(12 * 3_600_000));
        assert_eq!(duration_ms("1h 30m"), Ok(5_400_000));
        for wrong in [
            "",
            "30",
            "0d",
            "-1d",
            "d",
            "1mo",
            "20y",
            "99999999999999d",
            "1d ago",
        ] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time_ms("2026-01-01T00:00:00Z"), Ok(1_767_225_600_000));
        assert_eq!(time_ms("2026-01-01T01:00:00+01:00"), Ok(1_767_225_600_000));
        assert_eq!(rfc3339(1_767_225_600_000), "2026-01-01T00:00:00Z");
        for wrong in [
            "",
            "2026-01-01",
            "1969-12-31T23:59:59Z",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(time_ms(wrong).is_err(), "{wrong}");
        }
    }
}
