//! Unix milliseconds as RFC 3339 text. What no calendar has is given as the number.

use jiff::Timestamp;

/// Always with milliseconds: times stand below each other.
pub fn time(ms: u64) -> String {
    timestamp(ms).map_or_else(|| format!("{ms} ms"), |time| format!("{time:.3}"))
}

/// As short as it can be written, for sentences.
pub fn instant(ms: u64) -> String {
    timestamp(ms).map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

fn timestamp(ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
}
