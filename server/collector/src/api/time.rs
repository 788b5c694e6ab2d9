//! RFC 3339 at the edge, Unix milliseconds inside.

use super::problem::Problem;
use jiff::Timestamp;

/// A time as text, in UTC with milliseconds; `null` for none.
pub(super) fn text(ms: u64) -> Option<String> {
    let ms = i64::try_from(ms).ok().filter(|ms| *ms != 0)?;
    let time = Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{time:.3}"))
}

/// A time as text; a dash for none.
pub(crate) fn text_or_dash(ms: u64) -> String {
    text(ms).unwrap_or_else(|| "-".to_owned())
}

/// Reads a bound of a range.
pub(super) fn bound(name: &str, text: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || {
        let shown: String = text.chars().take(40).collect();
        Problem::query(format!(
            "`{name}`: {shown:?} where a time like 2026-01-31T00:00:00Z (RFC 3339) is expected"
        ))
    };
    let time: Timestamp = text.parse().map_err(|_| wrong())?;
    u64::try_from(time.as_millisecond())
        .map(Some)
        .map_err(|_| wrong())
}

/// Reads both bounds of a half-open range; everything when neither is given.
pub(super) fn range(from: Option<&str>, until: Option<&str>) -> Result<(u64, u64), Problem> {
    let from = bound("from", from)?.unwrap_or(0);
    let until = bound("until", until)?.unwrap_or(u64::MAX);
    Ok((from, until))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_go_both_ways() {
        assert_eq!(text(1_767_225_600_123).unwrap(), "2026-01-01T00:00:00.123Z");
        assert_eq!(text(1_767_225_600_000).unwrap(), "2026-01-01T00:00:00.000Z");
        assert_eq!(text(0), None);
        assert_eq!(
            bound("from", Some("2026-01-01T00:00:00.123Z")),
            Ok(Some(1_767_225_600_123))
        );
        assert_eq!(
            bound("from", Some("2026-01-01T01:00:00+01:00")),
            Ok(Some(1_767_225_600_000))
        );
        assert!(bound("from", Some("yesterday")).is_err());
        assert!(bound("from", Some("1960-01-01T00:00:00Z")).is_err());
    }
}
